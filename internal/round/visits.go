package round

import (
	"context"

	"suiji/internal/caps"
	"suiji/internal/store"
)

// visited tells the counter of visits which firms this round will visit, as
// the draw and then the confirmation leave them: however many departments come
// together, they are one visit. A rehearsal visits nobody.
func (s *Service) visited(ctx context.Context, tx *store.DB, r Round) error {
	if r.Rehearsal {
		return nil
	}
	p, err := s.Plan.Plan(ctx, r.Authority, r.PlanID)
	if err != nil {
		return err
	}
	firms, err := readFirms(ctx, tx, r.Authority, r.ID)
	if err != nil {
		return err
	}
	var visits []caps.Visit
	for _, f := range firms {
		if f.State != FirmReserve && f.State != FirmRemoved {
			visits = append(visits, caps.Visit{Target: f.TargetID, Items: p.Tasks[r.TaskNo-1].ItemsFor(f.Slots), Day: s.today(), Body: p.Issuer, Who: caps.Authority})
		}
	}
	return s.Caps.Replace(ctx, tx, r.Authority, r.ID, visits)
}
