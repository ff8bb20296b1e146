package visit

import (
	"cmp"
	"context"
	"slices"

	"suiji/calendar"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/schedule"
)

// History is what a firm sees of its own inspections: those that have begun,
// by whatever body. That it has been drawn again is not in it until it has been
// inspected, nor in the counts.
type History struct {
	Year    int
	Past    []Inspected // the newest first
	Count   int         // visits of the year that count
	Counted schedule.Counted
}

// Inspected is one inspection that has begun.
type Inspected struct {
	Day    calendar.Date
	Body   string
	What   string
	Reason string // why it is not counted; empty: it is
}

// History returns what the firm of a form sees of its inspections.
func (s *Service) History(ctx context.Context, f inspection.Form) (h History, err error) {
	h.Year = s.today().Year()
	begun, err := s.begun(ctx, f)
	if err != nil {
		return h, err
	}
	office, err := s.Identity.Authority(ctx, f.Authority)
	if err != nil {
		return h, err
	}
	h.Counted, err = s.Inspection.Schedule.Counted(ctx, f.Authority, f.Firm.TargetID, h.Year, func(round string) bool { return begun[round].ID != "" })
	if err != nil {
		return h, err
	}
	for _, v := range h.Counted.Typed {
		h.add(Inspected{Day: v.Day, Body: v.Body, Reason: h.Counted.Spared[v.Source]})
	}
	for id, x := range begun {
		h.add(Inspected{Day: x.StartedOn, Body: office.Name, What: x.Task.Name, Reason: h.Counted.Spared[id]})
	}
	slices.SortFunc(h.Past, func(x, y Inspected) int {
		return cmp.Or(y.Day.Compare(x.Day), cmp.Compare(x.Body, y.Body), cmp.Compare(x.What, y.What))
	})
	return h, nil
}

func (h *History) add(x Inspected) {
	h.Past = append(h.Past, x)
	if x.Reason == "" && x.Day.Year() == h.Year {
		h.Count++
	}
}

// begun are the inspections of the form's firm that have begun, by round; of
// those of several departments, the first.
func (s *Service) begun(ctx context.Context, f inspection.Form) (map[string]inspection.Form, error) {
	forms, err := s.Inspection.Forms(identity.Everything(ctx), f.Authority, inspection.Filter{TargetID: f.Firm.TargetID})
	first := map[string]inspection.Form{}
	for _, x := range forms {
		was, ok := first[x.RoundID]
		if !x.StartedOn.Zero() && (!ok || x.StartedOn.Before(was.StartedOn)) {
			first[x.RoundID] = x
		}
	}
	return first, err
}
