package schedule

import (
	"context"
	"slices"

	"suiji/internal/caps"
)

// Counted is how the inspections of a firm count.
type Counted struct {
	Typed  []caps.Visit      // other bodies', which somebody entered
	Spared map[string]string // why a visit is not counted, by its source
	Caps   []caps.Standing
}

// Counted returns how the inspections of a firm count in a year: those that
// were entered, and those of the rounds that have begun.
func (s *Service) Counted(ctx context.Context, authority, target string, year int, begun func(round string) bool) (c Counted, err error) {
	exempt, err := s.Caps.Exemptions(ctx, authority)
	if err != nil {
		return c, err
	}
	visits, err := s.Caps.Of(ctx, authority, target)
	if err != nil {
		return c, err
	}
	c.Spared = map[string]string{}
	for _, v := range visits {
		if v.Reason == caps.InWriting || slices.Contains(exempt, v.Reason) {
			c.Spared[v.Source] = v.Reason
		}
		if v.Typed() {
			c.Typed = append(c.Typed, v)
		}
	}
	firm, err := s.Register.Target(ctx, authority, target)
	if err != nil {
		return c, err
	}
	c.Caps, err = s.Caps.StandingBy(ctx, authority, target, firm.Tags, year, func(source string) bool {
		return begun(source) || caps.Visit{Source: source}.Typed()
	})
	return c, err
}
