package round

import (
	"context"
	"slices"

	"suiji/draw"
	"suiji/internal/access"
	"suiji/internal/store"
)

// Look leaves a record of who looked at the drawn names of rounds that are not
// disclosed yet. Without the record there is nothing to see: a page of such
// names asks for it first.
func (s *Service) Look(ctx context.Context, a access.Actor, rounds []string) error {
	rounds = slices.Clone(rounds)
	slices.Sort(rounds)
	for _, id := range slices.Compact(rounds) {
		x, err := s.Round(ctx, a.Authority, id)
		if err != nil {
			return err
		}
		draws, err := s.Draws(ctx, a.Authority, id)
		if err != nil {
			return err
		}
		if x.Disclosure == string(draw.AtOnce) || len(draws) == 0 || draws[0].State != "drawn" || draws[0].Bundle != "" {
			continue
		}
		if err := s.Door.Do(ctx, a, access.DrawnLook, id, func(*store.DB) error { return nil }); err != nil {
			return err
		}
	}
	return nil
}
