package reckon

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"suiji/draw"
	"suiji/internal/plan"
	"suiji/internal/round"
	"suiji/ledger"
)

// outcome holds what the round's tables say became of its draws to what was
// drawn and to every event since.
func (r *run) outcome(x round.Round, draws []round.Draw, last *half) error {
	if len(draws) == 0 {
		r.differs(nil, "round "+x.ID, "没有任何抽取")
		return nil
	}
	r.state(x, draws)
	if draws[0].State != "drawn" {
		return nil
	}
	if err := r.firms(x, draws[0]); err != nil {
		return err
	}
	if last.draw.Half != round.Targets && last.draw.State == "drawn" {
		if err := r.teams(x, last.draw); err != nil {
			return err
		}
	}
	standing, err := r.replay.Standing(r.ctx, r.authority, x.ID)
	if err != nil {
		return err
	}
	r.want(standing.Agrees, nil, "round_removal、round_substitution "+x.ID, "%s", standing.Fault)
	return nil
}

// state holds the round's state to those of its draws.
func (r *run) state(x round.Round, draws []round.Draw) {
	closed := len(r.all(x.ID, ledger.RateStated)) > 0
	may := map[string][]round.State{"frozen": {round.Frozen}, "sealed": {round.Sealed}, "abandoned": {round.Abandoned}, "drawn": {round.Drawn, round.Confirmed}}
	last := draws[len(draws)-1]
	if len(draws) > 1 {
		may = map[string][]round.State{"frozen": {round.MatchFrozen}, "sealed": {round.MatchSealed}, "abandoned": {round.Confirmed}, "drawn": {round.Matched}}
		if closed {
			may["drawn"] = []round.State{round.Closed}
		}
	}
	r.want(slices.Contains(may[last.State], x.State), nil, "round "+x.ID, "状态“%s”与抽取和台账不符", x.State.Name())
	matched := len(draws) > 1 && last.State == "drawn"
	r.want(x.DrawnAt.IsZero() == (draws[0].State != "drawn") && x.MatchedAt.IsZero() == !matched, nil, "round "+x.ID, "抽取或匹配的时间与抽取不符")
	reason, known := "", true
	for _, d := range draws {
		if d.State != "abandoned" {
			continue
		}
		if known = d.Manifest != ""; known { // what was not sealed is not in the ledger
			for _, e := range r.all(x.ID+"."+d.Half, ledger.RoundAbandoned) {
				reason = e.text("reason")
			}
		}
	}
	r.want(!known || reason == x.Reason, nil, "round "+x.ID, "作废原因与台账不符")
}

// firms holds each firm's row to the result and to the removals.
func (r *run) firms(x round.Round, d round.Draw) error {
	result, err := draw.ParseTargetsResult([]byte(d.Result))
	if err != nil {
		return nil // noted before
	}
	rows, err := r.Round.Firms(r.ctx, r.authority, x.ID)
	if err != nil {
		return err
	}
	removals, err := r.Round.Removals(r.ctx, r.authority, x.ID)
	if err != nil {
		return err
	}
	want := map[string]round.Firm{}
	for _, s := range result.Strata {
		for i, id := range slices.Concat(s.Drawn, s.Reserves) {
			state := round.FirmDrawn
			if i >= len(s.Drawn) {
				state = round.FirmReserve
			}
			want[id] = round.Firm{TargetID: id, Stratum: s.Name, Rank: i + 1, State: state}
		}
	}
	r.removals(x, want, removals)
	if x.State != round.Drawn {
		for id, f := range want {
			if f.State == round.FirmDrawn || f.State == round.FirmPromoted {
				f.State = round.FirmConfirmed
				want[id] = f
			}
		}
	}
	p, err := r.Plan.Plan(r.ctx, r.authority, x.PlanID)
	if err != nil {
		return err
	}
	for _, f := range rows {
		record := fmt.Sprintf("round_target %s %s", x.ID, f.TargetID)
		r.want(maySlots(p, x.TaskNo, f.Slots), nil, record, "检查部门与计划不符")
		w, ok := want[f.TargetID]
		r.want(ok, nil, record, "没有抽中过")
		same := w.Stratum == f.Stratum && w.Rank == f.Rank && w.State == f.State
		r.want(!ok || same, nil, record, "位次或状态应为 %s %d %s，却是 %s %d %s", w.Stratum, w.Rank, w.State.Name(), f.Stratum, f.Rank, f.State.Name())
		delete(want, f.TargetID)
		r.counted("round_target")
	}
	for id := range want {
		r.differs(nil, fmt.Sprintf("round_target %s %s", x.ID, id), "抽中了，数据库里没有")
	}
	return nil
}

// removals holds each removal to its entries, and notes in firms what it
// leaves.
func (r *run) removals(x round.Round, firms map[string]round.Firm, removals []round.Removal) {
	subject := x.ID + "." + round.Targets
	set := func(id string, s round.FirmState) {
		if f, ok := firms[id]; ok {
			f.State = s
			firms[id] = f
		}
	}
	for _, m := range removals {
		if m.Approved && m.Promoted != "" {
			set(m.Promoted, round.FirmPromoted)
		}
	}
	for _, m := range removals {
		record := fmt.Sprintf("round_removal %s %s", x.ID, m.TargetID)
		if !m.Approved {
			if m.DecidedBy == "" {
				set(m.TargetID, round.FirmRemoving)
			}
			continue
		}
		set(m.TargetID, round.FirmRemoved)
		r.counted("round_removal")
		out := firms[m.TargetID]
		e := r.salted(subject, ledger.TargetRemoved, x.Hash, m.Salt, m.TargetID)
		r.want(e != nil && e.text("reason") == m.Reason && e.text("stratum") == out.Stratum && e.number("rank") == int64(out.Rank) && e.near(m.DecidedAt) &&
			e.text("proof") == proof(x, m.ProofSalt, m.Proof), e, record, "剔除与台账不符")
		if m.Promoted == "" {
			continue
		}
		in := firms[m.Promoted]
		e = r.salted(subject, ledger.TargetPromoted, x.Hash, m.Salt, m.Promoted)
		r.want(e != nil && e.text("stratum") == in.Stratum && e.number("rank") == int64(in.Rank) && e.number("instead_of") == int64(out.Rank),
			e, record, "递补与台账不符")
	}
}

// maySlots reports whether a plan's task can have these slots for a firm: all
// those that inspect every firm, and none that it does not have.
func maySlots(p plan.Plan, task int, slots []string) bool {
	i := slices.IndexFunc(p.Tasks, func(t plan.Task) bool { return t.No == task })
	if i < 0 {
		return false
	}
	all := p.SlotsOf(p.Tasks[i])
	for _, s := range all {
		if s.Tag == "" && s.Area == "" && !slices.Contains(slots, s.Name) {
			return false
		}
	}
	return !slices.ContainsFunc(slots, func(name string) bool {
		return !slices.ContainsFunc(all, func(s plan.Slot) bool { return s.Name == name })
	})
}

// seat is an officer's place in a firm's team.
type seat struct{ firm, slot, officer string }

// teams holds each officer's row to the match and to the substitutions.
func (r *run) teams(x round.Round, d round.Draw) error {
	result, err := draw.ParseMatchResult([]byte(d.Result))
	if err != nil {
		return nil // noted before
	}
	rows, err := r.Round.Members(r.ctx, r.authority, x.ID)
	if err != nil {
		return err
	}
	substitutions, err := r.Round.Substitutions(r.ctx, r.authority, x.ID)
	if err != nil {
		return err
	}
	want := map[seat]round.Member{}
	for _, m := range result.Matches {
		for _, t := range m.Teams {
			for i, o := range slices.Concat(t.Officers, t.Reserves) {
				state := round.InTeam
				if i >= len(t.Officers) {
					state = round.InReserve
				}
				want[seat{m.Target, t.Slot, o}] = round.Member{TargetID: m.Target, Slot: t.Slot, OfficerID: o, Place: i + 1, State: state}
			}
		}
	}
	r.substitutions(x, d, want, substitutions)
	for _, m := range rows {
		record := fmt.Sprintf("round_officer %s %s %s", x.ID, m.TargetID, m.OfficerID)
		w, ok := want[seat{m.TargetID, m.Slot, m.OfficerID}]
		r.want(ok, nil, record, "没有抽中过")
		r.want(!ok || w == m, nil, record, "位次或状态应为 %d %s，却是 %d %s", w.Place, w.State.Name(), m.Place, m.State.Name())
		delete(want, seat{m.TargetID, m.Slot, m.OfficerID})
		r.counted("round_officer")
	}
	for s := range want {
		r.differs(nil, fmt.Sprintf("round_officer %s %s %s", x.ID, s.firm, s.officer), "抽中了，数据库里没有")
	}
	return nil
}

// substitutions holds each substitution to its entry, and notes in seats what
// it leaves.
func (r *run) substitutions(x round.Round, d round.Draw, seats map[seat]round.Member, all []round.Substitution) {
	set := func(m round.Substitution, officer string, s round.MemberState) int {
		at := seat{m.TargetID, m.Slot, officer}
		w, ok := seats[at]
		if ok {
			w.State = s
			seats[at] = w
		}
		return w.Place
	}
	for _, m := range all {
		if !m.Approved {
			continue
		}
		record := fmt.Sprintf("round_substitution %s 第 %d 项", x.ID, m.No)
		r.counted("round_substitution")
		set(m, m.OfficerID, round.Replaced)
		var passed []any
		sound := true
		for _, p := range m.Passed {
			sound = sound && set(m, p.OfficerID, round.Passed) == p.Rank
			passed = append(passed, map[string]any{"rank": p.Rank, "reason": p.Reason})
		}
		typ, rank := ledger.OfficerSubstituted, int64(-1)
		if m.ByHand == "" {
			rank = int64(set(m, m.Substitute, round.InTeam))
		} else {
			typ = ledger.OfficerAssigned
			seats[seat{m.TargetID, m.Slot, m.Substitute}] = round.Member{TargetID: m.TargetID, Slot: m.Slot, OfficerID: m.Substitute, Place: beyond(seats, m),
				State: round.InTeam, ByHand: true}
		}
		e := r.salted(x.ID+"."+d.Half, typ, x.Hash, m.Salt, m.TargetID)
		r.want(e != nil && sound && (m.ByHand == "" || m.ByHand == m.Substitute) && e.text("reason") == m.Reason && e.number("rank") == rank &&
			same(e.Entry.Data["passed"], passed) && e.text("proof") == proof(x, m.ProofSalt, m.Proof) && e.near(m.DecidedAt), e, record, "替换与台账不符")
	}
}

// beyond is the place of an officer who is assigned by hand: behind all of the
// firm's.
func beyond(seats map[seat]round.Member, m round.Substitution) int {
	last := 0
	for at, w := range seats {
		if at.firm == m.TargetID {
			last = max(last, w.Place)
		}
	}
	return last + 1
}

// proof is the ledger's digest of the file that shows a reason.
func proof(x round.Round, salt, file string) string {
	if _, err := hex.DecodeString(salt); err != nil {
		return "?"
	}
	return round.ProofDigest(x.Hash, salt, file)
}

// same compares what an entry says with what a table says; both are lists.
func same(entry any, rows []any) bool {
	a, err1 := json.Marshal(entry)
	b, err2 := json.Marshal(rows)
	return err1 == nil && err2 == nil && (string(a) == string(b) || string(a) == "[]" && len(rows) == 0)
}
