package roster

import (
	"context"
	"fmt"
	"slices"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/register"
	"suiji/internal/store"
)

// Reason is why an officer does not enter a pool.
type Reason string

// The reasons, in the order in which they are looked for.
const (
	CertRevoked   Reason = "cert-revoked"
	CertSuspended Reason = "cert-suspended"
	CertExpires   Reason = "cert-expires" // before the window's last day
	CertNotYet    Reason = "cert-not-yet"
	OtherField    Reason = "other-field"
	OtherUnit     Reason = "other-unit"
	OnLeave       Reason = "on-leave"
	Untrained     Reason = "untrained"
)

var reasonNames = map[Reason]string{
	CertRevoked: "执法证已吊销、注销", CertSuspended: "执法证暂扣", CertExpires: "执法证在检查期限最后一天前到期", CertNotYet: "执法证尚未生效",
	OtherField: "没有本计划领域的执法证", OtherUnit: "不是本任务检查部门的人员", OnLeave: "检查期限内休假、外出", Untrained: "本年度没有培训、考核记录",
}

// Name returns the reason in Chinese.
func (r Reason) Name() string { return reasonNames[r] }

// Leave says how leave keeps an officer out of a pool.
type Leave string

// The ways.
const (
	WholeWindow Leave = "whole" // away on every day of the window
	AnyDay      Leave = "any"   // away on any day of it
	NoLeave     Leave = "none"  // never
)

// Leaves lists the ways.
var Leaves = []Leave{WholeWindow, AnyDay, NoLeave}

// Name returns the way in Chinese.
func (l Leave) Name() string {
	return map[Leave]string{WholeWindow: "检查期限内每天都不在岗的，不参加抽取", AnyDay: "检查期限内有一天不在岗的，不参加抽取", NoLeave: "不在岗不影响参加抽取"}[l]
}

// Rule is how an authority decides on leave and training (1.12, 1.15).
type Rule struct {
	Leave    Leave
	Training bool // only who has a passed record of the window's year enters
}

// RuleOf returns the rule of an authority; by default who is away for the whole
// window stays out, and training does not count.
func (s *Service) RuleOf(ctx context.Context, authority string) (Rule, error) {
	return ruleOf(ctx, s.db, authority)
}

func ruleOf(ctx context.Context, db *store.DB, authority string) (Rule, error) {
	r := Rule{Leave: WholeWindow}
	rows, err := store.All(ctx, db, func(row store.Scanner) (x [2]string, err error) {
		return x, row.Scan(&x[0], &x[1])
	}, `
		SELECT rule, choice
		FROM roster_rule
		WHERE authority_id = $1
		ORDER BY rule`, authority)
	for _, x := range rows {
		switch x[0] {
		case "leave":
			r.Leave = Leave(x[1])
		case "training":
			r.Training = x[1] == "year"
		}
	}
	return r, err
}

// SetRule changes the rule for pools that are frozen from now on.
func (s *Service) SetRule(ctx context.Context, a access.Actor, r Rule) error {
	if r.Leave.Name() == "" {
		return errs.At("leave", "请选择休假的处理办法")
	}
	training := "none"
	if r.Training {
		training = "year"
	}
	err := s.door.Do(ctx, a, access.RegisterEdit, "officers", func(tx *store.DB) error {
		for rule, choice := range map[string]string{"leave": string(r.Leave), "training": training} {
			_, err := tx.Exec(ctx, `
				INSERT INTO roster_rule (authority_id, rule, choice)
				VALUES ($1, $2, $3)
				ON CONFLICT (authority_id, rule) DO UPDATE SET choice = excluded.choice`, a.Authority, rule, choice)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("set the rule of the pool: %w", err)
	}
	return nil
}

// Window is what a pool is for.
type Window struct {
	Field       string   // 执法领域; empty: any
	Units       []string // whose people it is for; empty: anybody's
	From, Until calendar.Date
}

// Out is an officer who does not enter a pool.
type Out struct {
	OfficerID string
	Name      string
	Reason    Reason
}

// facts are what decides on all officers of an authority.
type facts struct {
	rule    Rule
	more    map[string][]Certificate
	events  map[string][]Event
	duties  []Duty
	trained map[string]bool
}

func (s *Service) facts(ctx context.Context, tx *store.DB, authority string, w Window) (f facts, err error) {
	f.more, f.events, f.trained = map[string][]Certificate{}, map[string][]Event{}, map[string]bool{}
	if f.rule, err = ruleOf(ctx, tx, authority); err != nil {
		return f, err
	}
	more, err := further(ctx, tx, authority, "")
	if err != nil {
		return f, err
	}
	for _, c := range more {
		f.more[c.OfficerID] = append(f.more[c.OfficerID], c)
	}
	happened, err := events(ctx, tx, authority, "")
	if err != nil {
		return f, err
	}
	for _, e := range happened {
		f.events[e.OfficerID] = append(f.events[e.OfficerID], e)
	}
	if f.duties, err = between(ctx, tx, authority, w.From, w.Until); err != nil {
		return f, err
	}
	trained, err := store.All(ctx, tx, store.Value[string], `
		SELECT DISTINCT officer_id
		FROM roster_training
		WHERE authority_id = $1 AND day >= $2 AND passed
		ORDER BY officer_id`, authority, fmt.Sprintf("%04d-01-01", w.Until.Year()))
	for _, id := range trained {
		f.trained[id] = true
	}
	return f, err
}

// judge says why an officer may not enter the pool; empty: they may. The
// register's own certificate must hold, since the draw, the minutes and the
// forms name it; and one for the field.
func (f facts) judge(o register.Officer, w Window) Reason {
	if len(w.Units) > 0 && !slices.Contains(w.Units, o.Unit) {
		return OtherUnit
	}
	if r := f.certified(o, w.Field, w.Until); r != "" {
		return r
	}
	all, some := away(f.duties, o.ID, w.From, w.Until)
	switch {
	case f.rule.Leave == WholeWindow && all, f.rule.Leave == AnyDay && some:
		return OnLeave
	case f.rule.Training && !f.trained[o.ID]:
		return Untrained
	}
	return ""
}

// certified says why an officer's certificates do not hold for a field on a
// day; empty: they do.
func (f facts) certified(o register.Officer, field string, on calendar.Date) Reason {
	first := own(o)
	first.stand(f.events[o.ID], on)
	if r := first.On(on); r != "" {
		return r
	}
	why := OtherField
	for _, c := range append([]Certificate{first}, f.more[o.ID]...) {
		if !c.Covers(field) {
			continue
		}
		c.stand(f.events[o.ID], on)
		if why = c.On(on); why == "" {
			return ""
		}
	}
	return why
}

// Pool divides the officers in the register: who may be drawn for a window, by
// ascending id, and who not, each with the reason. tx may be a transaction.
func (s *Service) Pool(ctx context.Context, tx *store.DB, authority string, w Window) (in []string, out []Out, err error) {
	f, err := s.facts(ctx, tx, authority, w)
	if err != nil {
		return nil, nil, err
	}
	err = s.register.EachOfficer(ctx, tx, authority, func(o register.Officer) error {
		if r := f.judge(o, w); r != "" {
			out = append(out, Out{o.ID, o.Name, r})
		} else {
			in = append(in, o.ID)
		}
		return nil
	})
	return in, out, err
}

// Bar says why an officer in the register cannot come on a day for a field;
// empty: they can.
func (s *Service) Bar(ctx context.Context, tx *store.DB, authority string, o register.Officer, w Window) (Reason, error) {
	f, err := s.facts(ctx, tx, authority, w)
	return f.judge(o, w), err
}

// Certified tells why an officer's certificates do not hold for a field on a
// day, in words; empty: they do, or the officer has left the register.
func (s *Service) Certified(ctx context.Context, tx *store.DB, authority string) (func(officer, field string, on calendar.Date) string, error) {
	f, err := s.facts(ctx, tx, authority, Window{})
	if err != nil {
		return nil, err
	}
	officers := map[string]register.Officer{}
	err = s.register.EachOfficer(ctx, tx, authority, func(o register.Officer) error {
		officers[o.ID] = o
		return nil
	})
	return func(officer, field string, on calendar.Date) string {
		o, ok := officers[officer]
		if !ok {
			return ""
		}
		switch r := f.certified(o, field, on); {
		case r == CertExpires && o.CertUntil.Before(on):
			return "执法证已到期（有效期至 " + o.CertUntil.String() + "）"
		case r == CertExpires:
			return "“" + field + "”领域的执法证已到期"
		case r == OtherField:
			return "没有“" + field + "”领域的执法证"
		default:
			return r.Name()
		}
	}, err
}

// KeepOut writes down who stayed out of the pool of a round's half, in the
// round's transaction.
func (s *Service) KeepOut(ctx context.Context, tx *store.DB, authority, roundID, half string, out []Out) error {
	b := &store.Bulk{Ctx: ctx, Tx: tx, Cols: 5, Insert: `INSERT INTO roster_kept_out (authority_id, round_id, half, officer_id, reason) VALUES `}
	for _, o := range out {
		if err := b.Add(authority, roundID, half, o.OfficerID, string(o.Reason)); err != nil {
			return err
		}
	}
	if err := b.Flush(); err != nil {
		return err
	}
	return b.Close()
}

// KeptOut returns who stayed out of the pool of a round's half: for the office
// alone; the public gets the counts.
func (s *Service) KeptOut(ctx context.Context, authority, roundID, half string) ([]Out, error) {
	return store.All(ctx, s.db, func(row store.Scanner) (o Out, err error) {
		return o, row.Scan(&o.OfficerID, &o.Name, &o.Reason)
	}, `
		SELECT k.officer_id, o.name, k.reason
		FROM roster_kept_out k
		JOIN register_officer o ON o.authority_id = k.authority_id AND o.officer_id = k.officer_id
		WHERE k.authority_id = $1 AND k.round_id = $2 AND k.half = $3
		ORDER BY k.reason, k.officer_id`, authority, roundID, half)
}
