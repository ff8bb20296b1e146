package round

import (
	"context"
	"errors"
	"slices"
	"strings"

	"suiji/draw"
	"suiji/internal/caps"
	"suiji/internal/plan"
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
	task, day := p.Tasks[r.TaskNo-1], s.today()
	return s.Caps.Replace(ctx, tx, r.Authority, r.ID, func(yield func(caps.Visit, error) bool) {
		for last := ""; ; {
			firms, err := someFirms(ctx, tx, r, last)
			if err != nil {
				yield(caps.Visit{}, err)
				return
			}
			for _, f := range firms {
				last = f.TargetID
				visit := caps.Visit{Target: f.TargetID, Items: task.ItemsFor(f.Slots), Day: day, Body: p.Issuer, Who: caps.Authority}
				if f.State != FirmReserve && f.State != FirmRemoved && !yield(visit, nil) {
					return
				}
			}
			if len(firms) < atOnce {
				return
			}
		}
	})
}

// atOnce is how many firms are held at a time where there may be a million.
const atOnce = 1000

// someFirms are the next firms of a round by id.
func someFirms(ctx context.Context, tx *store.DB, r Round, after string) ([]Firm, error) {
	return store.All(ctx, tx, scanFirm, `
		SELECT target_id, stratum, rank, state, slots
		FROM round_target
		WHERE authority_id = $1 AND round_id = $2 AND target_id > $3
		ORDER BY target_id
		LIMIT $4`, r.Authority, r.ID, after, atOnce)
}

// writeFirms writes down who was drawn. Rows come in the order of ids, beside
// which they lie in the tables: half a million in the order of their ranks would
// each turn to another page.
func writeFirms(ctx context.Context, tx *store.DB, r Round, res draw.TargetsResult, slots map[string]string) (err error) {
	type row struct {
		id            string
		stratum, rank int32
	}
	var rows []row
	for i, st := range res.Strata {
		rows = slices.Grow(rows, len(st.Drawn)+len(st.Reserves))
		for j, id := range slices.Concat(st.Drawn, st.Reserves) {
			rows = append(rows, row{id, int32(i), int32(j + 1)})
		}
	}
	slices.SortFunc(rows, func(a, b row) int { return strings.Compare(a.id, b.id) })
	b := &store.Bulk{Ctx: ctx, Tx: tx, Cols: 7, Insert: `INSERT INTO round_target (authority_id, round_id, target_id, stratum, rank, state, slots) VALUES `}
	defer func() { err = errors.Join(err, b.Close()) }()
	for _, x := range rows {
		st, state := res.Strata[x.stratum], FirmDrawn
		if int(x.rank) > len(st.Drawn) {
			state = FirmReserve
		}
		at, ok := slots[x.id]
		if !ok {
			at = plan.MainSlot
		}
		if err := b.Add(r.Authority, r.ID, x.id, st.Name, x.rank, string(state), at); err != nil {
			return err
		}
	}
	return b.Flush()
}
