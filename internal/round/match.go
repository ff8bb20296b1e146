package round

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"suiji/draw"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/plan"
	"suiji/internal/register"
	"suiji/internal/roster"
	"suiji/internal/store"
)

// reserves is how many reserves are drawn for each firm and slot.
const reserves = 3

// FreezeMatch takes the confirmed firms and the officers who may inspect them
// as they stand: in force, in the plan's field of enforcement, with
// certificates that are valid on the window's last day, and at their post
// (1.11, 1.12).
func (s *Service) FreezeMatch(ctx context.Context, a access.Actor, id string) error {
	return s.Door.Do(ctx, a, access.RoundFreeze, id+" match", func(tx *store.DB) error {
		r, err := s.roundFor(ctx, tx, a, id, Confirmed)
		if err != nil {
			return err
		}
		if r.ListAdmin == a.ID {
			auth, err := s.Identity.Authority(ctx, a.Authority)
			if err != nil {
				return err
			}
			if !auth.RelaxedDuties {
				return errs.E(errs.Forbidden, "您是本轮次的名录管理员，不能同时担任抽取操作员")
			}
		}
		draws, err := readDraws(ctx, tx, r.Authority, r.ID)
		if err != nil {
			return err
		}
		half := Match
		if len(draws) > 1 {
			half = fmt.Sprintf("%s-%d", Match, len(draws))
		}
		if err := insertDraw(ctx, tx, r, half); err != nil {
			return err
		}
		if err := s.matchLists(ctx, tx, r, half); err != nil {
			return err
		}
		return s.move(ctx, tx, r, MatchFrozen)
	})
}

func (s *Service) matchLists(ctx context.Context, tx *store.DB, r Round, half string) error {
	p, err := s.Plan.Plan(ctx, r.Authority, r.PlanID)
	if err != nil {
		return err
	}
	firms, err := readFirms(ctx, tx, r.Authority, r.ID)
	if err != nil {
		return err
	}
	var targets, officers, recusals []string
	in := map[string]bool{}
	for _, f := range firms {
		if f.State == FirmConfirmed {
			targets = append(targets, draw.SlotsLine(f.TargetID, f.Slots))
			in[f.TargetID] = true
		}
	}
	if len(targets) == 0 {
		return errs.E(errs.Conflict, "确认后的名单里没有检查对象，不能抽取检查人员")
	}
	pool, err := s.pool(ctx, tx, r, p, half)
	if err != nil {
		return err
	}
	for o, slots := range pool {
		officers = append(officers, draw.SlotsLine(o, slots))
	}
	all, err := s.Register.Recusals(ctx, r.Authority)
	if err != nil {
		return err
	}
	for _, x := range all {
		if in[x.TargetID] && pool[x.OfficerID] != nil {
			recusals = append(recusals, draw.RecusalLine(x.OfficerID, x.TargetID))
		}
	}
	for list, lines := range map[string][]string{"targets": targets, "officers": officers, "recusals": recusals} {
		if err := s.writeList(ctx, tx, r, half, list, lines); err != nil {
			return err
		}
	}
	return nil
}

// pool returns the officers who may be drawn, each with the slots that they may
// fill, and writes down who may fill none, and why.
func (s *Service) pool(ctx context.Context, tx *store.DB, r Round, p plan.Plan, half string) (map[string][]string, error) {
	w := slices.IndexFunc(p.Windows, func(w plan.Window) bool { return w.No == r.WindowNo })
	if w < 0 {
		return nil, errs.E(errs.NotFound, "计划里没有这一批次")
	}
	pool, kept := map[string][]string{}, map[string]roster.Out{}
	for _, x := range p.SlotsOf(p.Tasks[r.TaskNo-1]) {
		in, out, err := s.Roster.Pool(ctx, tx, r.Authority, roster.Window{Field: x.Field, Units: x.UnitList(), From: p.Windows[w].StartsOn, Until: p.Windows[w].EndsOn})
		if err != nil {
			return nil, err
		}
		for _, o := range in {
			pool[o] = append(pool[o], x.Name)
		}
		for _, o := range out {
			if had, ok := kept[o.OfficerID]; !ok || had.Reason == roster.OtherUnit {
				kept[o.OfficerID] = o // what keeps them from their own department says more
			}
		}
	}
	var none []roster.Out
	for id, o := range kept {
		if pool[id] == nil {
			none = append(none, o)
		}
	}
	return pool, s.Roster.KeepOut(ctx, tx, r.Authority, r.ID, half, none)
}

// slotsOf returns, for every firm of a draw, the slots that have to inspect it
// as the register stands, joined by commas; nothing if the task has no slots,
// where the main one has every firm.
func (s *Service) slotsOf(ctx context.Context, tx *store.DB, r Round, p plan.Plan, res draw.TargetsResult) (map[string]string, error) {
	t, slots := p.Tasks[r.TaskNo-1], map[string]string{}
	if len(t.Slots) == 0 {
		return nil, nil
	}
	for _, st := range res.Strata {
		for _, id := range slices.Concat(st.Drawn, st.Reserves) {
			slots[id] = plan.MainSlot
		}
	}
	return slots, s.Register.EachTarget(ctx, tx, r.Authority, register.Scope{}, func(f register.Target) error {
		if _, ok := slots[f.ID]; ok {
			slots[f.ID] = strings.Join(t.SlotsFor(f), ",")
		}
		return nil
	})
}

// KeptOut counts the officers who stayed out of the pool of a half, by reason.
func (s *Service) KeptOut(ctx context.Context, r Round, half string) ([]Counted, error) {
	out, err := s.Roster.KeptOut(ctx, r.Authority, r.ID, half)
	counts := map[string]int{}
	for _, o := range out {
		counts[string(o.Reason)]++
	}
	return Count(counts, func(code string) string { return roster.Reason(code).Name() }), err
}

func (s *Service) writeList(ctx context.Context, tx *store.DB, r Round, half, list string, lines []string) error {
	w, err := newListWriter(ctx, tx, r, half, list, r.Hash)
	if err != nil {
		return err
	}
	slices.Sort(lines)
	for _, l := range lines {
		if err := w.line(l); err != nil {
			return err
		}
	}
	return w.close()
}

func (s *Service) matchManifest(ctx context.Context, tx *store.DB, r Round, half string, p plan.Plan, m *draw.Manifest) error {
	m.Scheme, m.Attempt, m.Mode, m.Reserve = draw.MatchScheme, 1, draw.Each, reserves
	titles := map[string]any{}
	for _, x := range p.SlotsOf(p.Tasks[r.TaskNo-1]) {
		m.Slots = append(m.Slots, draw.Slot{Name: x.Name, Size: x.Size})
		titles[x.Name] = x.Title
	}
	m.Extra["slots_titles"] = titles
	draws, err := readDraws(ctx, tx, r.Authority, r.ID)
	if err != nil {
		return err
	}
	for _, d := range draws[1 : len(draws)-1] {
		if d.Digest != "" {
			m.Attempt, m.Previous = m.Attempt+1, d.Digest
		}
	}
	return s.listings(ctx, tx, r, half, map[string]*draw.Listing{"targets": &m.Targets, "officers": &m.Officers, "recusals": &m.Recusals})
}
