package round

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"suiji/internal/access"
	"suiji/internal/canon"
	"suiji/internal/caps"
	"suiji/internal/errs"
	"suiji/internal/plan"
	"suiji/internal/register"
	"suiji/internal/store"
)

// Reasons why a firm of the register is not in a draw. They stand in the
// public list excluded.tsv.
const (
	OutOfScope    = "out-of-scope"    // 不在本任务范围
	NotOperating  = "not-operating"   // 非存续状态
	DrawnThisYear = "drawn-this-year" // 本年度已抽中
	NoStratum     = "no-stratum"      // 不属于任何分层
	NoSlot        = "no-slot"         // 不归任一检查部门检查
	AtCap         = "at-cap"          // 已达检查频次上限
)

var exclusionNames = map[string]string{
	OutOfScope: "不在本任务范围", NotOperating: "非存续（在营）状态", DrawnThisYear: "本年度已抽中", NoStratum: "不属于任何分层", NoSlot: "不归任一检查部门检查", AtCap: "已达检查频次上限",
}

// ExclusionName returns a reason in Chinese.
func ExclusionName(code string) string { return exclusionNames[code] }

// NewRound asks for a round to be frozen.
type NewRound struct {
	PlanID    string
	TaskNo    int
	WindowNo  int
	Rehearsal bool
	// More raises a stratum's number above what the plan demands; by stratum
	// name. Fewer than the plan demands is refused.
	More map[string]int
}

// Freeze takes the register as it stands and fixes, for one task and window of
// a published plan, who can be drawn, who cannot and why, and how many are to
// be drawn from each stratum. It returns the round's id.
func (s *Service) Freeze(ctx context.Context, a access.Actor, n NewRound) (string, error) {
	p, err := s.Plan.Plan(ctx, a.Authority, n.PlanID)
	if err != nil {
		return "", err
	}
	task, err := s.mayFreeze(p, n)
	if err != nil {
		return "", err
	}
	auth, err := s.Identity.Authority(ctx, a.Authority)
	if err != nil {
		return "", err
	}
	var id string
	err = s.Door.Do(ctx, a, access.RoundFreeze, n.PlanID, func(tx *store.DB) error {
		r, drawn, err := s.place(ctx, tx, a, p, n)
		if err != nil {
			return err
		}
		id, r.Hash = r.ID, auth.DrawHash
		if err := insertRound(ctx, tx, r); err != nil {
			return err
		}
		count, err := s.Caps.Counter(ctx, tx, a.Authority, s.today(), task.ItemIDs())
		if err != nil {
			return err
		}
		f := freezer{count: count, s: s, ctx: ctx, tx: tx, round: r, plan: p, task: task, drawn: drawn, hash: r.Hash}
		return f.freeze(n.More)
	})
	return id, err
}

func (s *Service) mayFreeze(p plan.Plan, n NewRound) (plan.Task, error) {
	if p.State != plan.Published || p.Replaced {
		return plan.Task{}, errs.E(errs.Conflict, "计划尚未公布，或已被变更后的版本代替，不能抽取")
	}
	t := slices.IndexFunc(p.Tasks, func(t plan.Task) bool { return t.No == n.TaskNo })
	w := slices.IndexFunc(p.Windows, func(w plan.Window) bool { return w.No == n.WindowNo })
	if t < 0 || w < 0 {
		return plan.Task{}, errs.E(errs.NotFound, "计划里没有这项任务或这一批次")
	}
	win, today := p.Windows[w], s.today()
	if !n.Rehearsal && (today.Before(win.StartsOn) || today.After(win.EndsOn)) {
		return plan.Task{}, errs.E(errs.Conflict, fmt.Sprintf("第 %d 批次的时间是 %s 至 %s，今天（%s）不在其内，不能抽取；需要改期请先变更计划",
			win.No, win.StartsOn, win.EndsOn, today))
	}
	return p.Tasks[t], nil
}

// place gives the round its id, its attempt and its predecessor, and returns
// the firms that the year has already drawn.
func (s *Service) place(ctx context.Context, tx *store.DB, a access.Actor, p plan.Plan, n NewRound) (Round, map[string]bool, error) {
	now := s.Now().UTC()
	r := Round{Authority: a.Authority, PlanID: p.ID, TaskNo: n.TaskNo, WindowNo: n.WindowNo, Rehearsal: n.Rehearsal,
		Attempt: 1, State: Frozen, Disclosure: p.Disclosure, DiscloseBy: p.ArchiveOn, Operator: a.ID, FrozenAt: now}
	all, err := store.All(ctx, tx, scanRound, `
		SELECT `+roundCols+`
		FROM round
		WHERE authority_id = $1 AND task_no = $3
			AND plan_id IN (SELECT v.plan_id FROM plan v WHERE v.authority_id = $1 AND v.root_id = $2)
		ORDER BY frozen_at, round_id`, a.Authority, p.Root, n.TaskNo)
	if err != nil {
		return r, nil, err
	}
	sealed, err := s.sealedRounds(ctx, tx, a.Authority)
	if err != nil {
		return r, nil, err
	}
	var rehearsals, tries int
	for _, o := range all {
		switch {
		case o.Rehearsal:
			rehearsals++
		case n.Rehearsal:
		case o.State == Frozen || o.State == Sealed || o.State == Drawn:
			return r, nil, errs.E(errs.Conflict, "轮次 "+o.ID+" 还没有完成对象的抽取和确认，不能再冻结新的轮次")
		case o.WindowNo == n.WindowNo && o.State != Abandoned:
			return r, nil, errs.E(errs.Conflict, "这一批次已由轮次 "+o.ID+" 抽取，结果不能重抽")
		case o.WindowNo == n.WindowNo:
			tries++
			if sealed[o.ID] {
				r.Attempt, r.Previous = o.Attempt+1, o.ID
			}
		}
	}
	r.ID = roundID(p, r, tries+1, rehearsals+1)
	drawn, err := s.drawnThisYear(ctx, tx, a.Authority, p.Root)
	return r, drawn, err
}

// sealedRounds returns the rounds whose manifest was sealed: only these count
// as attempts, a list that was frozen and given up was never a draw.
func (s *Service) sealedRounds(ctx context.Context, tx *store.DB, authority string) (map[string]bool, error) {
	ids, err := store.All(ctx, tx, store.Value[string], `
		SELECT round_id
		FROM round_draw
		WHERE authority_id = $1 AND half = 'targets' AND digest <> ''
		ORDER BY round_id`, authority)
	return set(ids), err
}

func set(ids []string) map[string]bool {
	m := make(map[string]bool, len(ids))
	for _, id := range ids {
		m[id] = true
	}
	return m
}

// roundID builds the public number: authority, year, window; the task if it is
// not the first; a count if the window was frozen before.
func roundID(p plan.Plan, r Round, try, rehearsal int) string {
	id := fmt.Sprintf("%s.%d-%d", r.Authority, p.Year, r.WindowNo)
	if p.Serial > 1 {
		id += "-p" + strconv.Itoa(p.Serial)
	}
	if r.TaskNo > 1 {
		id += "-t" + strconv.Itoa(r.TaskNo)
	}
	if r.Rehearsal {
		return id + "-rehearsal" + strconv.Itoa(rehearsal)
	}
	if try > 1 {
		id += "-a" + strconv.Itoa(try)
	}
	return id
}

// drawnThisYear returns the firms that count towards the plan's ratio already:
// drawn in another round of the plan, under whichever of its versions, and not
// removed.
func (s *Service) drawnThisYear(ctx context.Context, tx *store.DB, authority, root string) (map[string]bool, error) {
	ids, err := store.All(ctx, tx, store.Value[string], `
		SELECT t.target_id
		FROM round_target t
		JOIN round r ON r.authority_id = t.authority_id AND r.round_id = t.round_id
		JOIN plan v ON v.authority_id = r.authority_id AND v.plan_id = r.plan_id
		WHERE t.authority_id = $1 AND v.root_id = $2 AND r.state <> 'abandoned' AND NOT r.rehearsal
			AND t.state IN ('drawn', 'promoted', 'confirmed', 'removing')
		ORDER BY t.target_id`, authority, root)
	return set(ids), err
}

// freezer writes the frozen lists and the quotas of one round.
type freezer struct {
	s     *Service
	ctx   context.Context
	tx    *store.DB
	round Round
	plan  plan.Plan
	task  plan.Task
	drawn map[string]bool
	count *caps.Counter
	hash  canon.Hash
}

func (f *freezer) freeze(more map[string]int) error {
	if err := insertDraw(f.ctx, f.tx, f.round, Targets); err != nil {
		return err
	}
	counts, err := f.lists()
	if err != nil {
		return err
	}
	f.s.Door.Step("freeze lists written")
	quotas, err := f.plan.Quotas(f.task, f.round.WindowNo, counts, more)
	if err != nil {
		return err
	}
	for _, q := range quotas {
		_, err := f.tx.Exec(f.ctx, `
			INSERT INTO round_quota (authority_id, round_id, `+quotaCols+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			f.round.Authority, f.round.ID, q.No, q.Name, q.Title, q.Size, q.Base, q.Need, q.Draw, q.Reserve)
		if err != nil {
			return err
		}
	}
	return nil
}

func insertDraw(ctx context.Context, tx *store.DB, r Round, half string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO round_draw (authority_id, round_id, half, state, manifest, digest, sealed_at, reveal, result, drawn_at, tree_size, bundle)
		VALUES ($1, $2, $3, 'frozen', '', '', 0, '', '', 0, 0, '')`, r.Authority, r.ID, half)
	return err
}

// lists writes who can be drawn and who cannot, and counts by stratum.
func (f *freezer) lists() (map[string]plan.Count, error) {
	in, err := newListWriter(f.ctx, f.tx, f.round, Targets, "targets", f.hash)
	if err != nil {
		return nil, err
	}
	out, err := newListWriter(f.ctx, f.tx, f.round, Targets, "excluded", f.hash)
	if err != nil {
		return nil, err
	}
	counts := map[string]plan.Count{}
	err = f.s.Register.EachTarget(f.ctx, f.tx, f.round.Authority, register.Scope{}, func(t register.Target) error {
		stratum, tickets, reason := f.judge(t)
		if stratum != "" {
			counts[stratum] = counts[stratum].With(reason == "", reason == DrawnThisYear)
		}
		if reason != "" {
			return out.line(t.ID + "\t" + reason)
		}
		return in.line(t.ID + "\t" + stratum + "\t" + strconv.Itoa(tickets))
	})
	if err == nil {
		err = in.close()
	}
	if err == nil {
		err = out.close()
	}
	return counts, err
}

// judge says to which stratum a firm belongs and with how many tickets, or why
// it cannot be drawn.
func (f *freezer) judge(t register.Target) (stratum string, tickets int, reason string) {
	if !f.task.Scope.Holds(t.Kind, t.Tags, t.WorkArea()) {
		return "", 0, OutOfScope
	}
	if len(f.task.SlotsFor(t)) == 0 {
		return "", 0, NoSlot
	}
	stratum = f.task.Stratum(t.Tags, t.WorkArea())
	if stratum == "" {
		return "", 0, NoStratum
	}
	if f.drawn[t.ID] {
		return stratum, 0, DrawnThisYear
	}
	if !t.Operating() {
		return stratum, 0, NotOperating
	}
	if _, full := f.count.Full(t.ID, t.Tags, f.plan.Year); full {
		return stratum, 0, AtCap
	}
	return stratum, f.task.TicketsOf(t.Tags), ""
}
