package credit

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// FactKind is a kind of thing that happened to a firm.
type FactKind string

// The kinds of fact. All but complaints and problems found count in the
// re-grading (2.6).
const (
	Complaint   FactKind = "complaint"
	Problem     FactKind = "problem" // entered when a problem of an inspection has its outcome
	Violation   FactKind = "violation"
	Refusal     FactKind = "refusal"
	Obstruction FactKind = "obstruction"
	MassEvent   FactKind = "mass-event"
	ChildLabour FactKind = "child-labour"
	Forced      FactKind = "forced-labour"
	Crime       FactKind = "crime"
)

// FactKinds lists the kinds with their Chinese names.
var FactKinds = []struct {
	Kind FactKind
	Name string
}{
	{Complaint, "投诉举报查实"}, {Problem, "检查发现问题"}, {Violation, "因违法行为被查处"}, {Refusal, "拒不履行处理、处罚决定"}, {Obstruction, "拒绝、阻挠检查"},
	{MassEvent, "引发群体性事件"}, {ChildLabour, "使用童工"}, {Forced, "强迫劳动"}, {Crime, "被追究刑事责任"},
}

// Name returns a kind in Chinese.
func (k FactKind) Name() string {
	for _, x := range FactKinds {
		if x.Kind == k {
			return x.Name
		}
	}
	return ""
}

// Fact is one thing that happened to a firm, with the number of the paper that
// shows it.
type Fact struct {
	ID      string
	Target  string // id
	Name    string // of the firm
	Kind    FactKind
	On      calendar.Date
	Text    string
	Source  string
	By      string
	At      time.Time
	Revoked string // why it no longer counts; empty: it counts
}

const factCols = `f.fact_id, f.target_id, t.name, f.kind, f.happened_on, f.text, f.source, f.by_name, f.at, f.revoked`

func scanFact(row store.Scanner) (f Fact, err error) {
	var on string
	var at int64
	if err = row.Scan(&f.ID, &f.Target, &f.Name, &f.Kind, &on, &f.Text, &f.Source, &f.By, &at, &f.Revoked); err != nil {
		return f, err
	}
	f.At = time.UnixMilli(at).UTC()
	f.On, err = day(on)
	return f, err
}

const fromFacts = `
		FROM credit_fact f
		JOIN register_target t ON t.authority_id = f.authority_id AND t.target_id = f.target_id`

// Facts returns what happened to a firm (empty: to any), newest first.
func (s *Service) Facts(ctx context.Context, authority, target string, limit int) ([]Fact, error) {
	return store.All(ctx, s.DB, scanFact, `
		SELECT `+factCols+fromFacts+`
		WHERE f.authority_id = $1 AND (f.target_id = $2 OR $2 = '')
		ORDER BY f.happened_on DESC, f.fact_id DESC
		LIMIT $3`, authority, target, limit)
}

// Record enters a fact about the firm with this number. The same paper is
// entered once for each kind. Errors: Invalid with the input to be mended;
// Conflict if it is there already.
func (s *Service) Record(ctx context.Context, a access.Actor, number string, f Fact) error {
	t, err := s.Register.TargetWith(ctx, a.Authority, number)
	if errs.KindOf(err) == errs.NotFound {
		return errs.At("target", "名录里没有这个检查对象；请填统一社会信用代码")
	}
	if err != nil {
		return err
	}
	if err := f.check(s.today()); err != nil {
		return err
	}
	f.Target = t.ID
	return s.Door.Do(ctx, a, access.CreditEdit, "credit/facts/"+t.ID, func(tx *store.DB) error {
		n, err := s.insertFact(ctx, tx, a, f)
		if err == nil && n == 0 {
			err = errs.E(errs.Conflict, "同一份材料的这项记录此前已登记，没有改动")
		}
		return err
	})
}

// RecordTx enters a fact in the transaction of the act that brought it about,
// such as a problem's outcome; once.
func (s *Service) RecordTx(ctx context.Context, tx *store.DB, a access.Actor, f Fact) error {
	_, err := s.insertFact(ctx, tx, a, f)
	return err
}

func (s *Service) insertFact(ctx context.Context, tx *store.DB, a access.Actor, f Fact) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO credit_fact (authority_id, fact_id, target_id, kind, happened_on, text, source, by_name, at, revoked)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '')
		ON CONFLICT (authority_id, target_id, kind, source) DO NOTHING`,
		a.Authority, store.NewID(s.Now()), f.Target, string(f.Kind), f.On.String(), f.Text, f.Source, a.Name, s.Now().UnixMilli())
}

func (f Fact) check(today calendar.Date) error {
	var ps []errs.Problem
	add := func(bad bool, field, sentence string) {
		if bad {
			ps = append(ps, errs.Problem{Field: field, Sentence: sentence})
		}
	}
	add(f.Kind.Name() == "", "kind", "请选择记录的类别")
	add(f.On.Zero(), "happened_on", "请填写发生或查实的日期")
	add(f.On.After(today), "happened_on", fmt.Sprintf("日期不能晚于今天（%s）", today))
	add(strings.TrimSpace(f.Source) == "" || len([]rune(f.Source)) > 100, "source", "请写明材料的文号或编号，最多 100 字")
	add(len([]rune(f.Text)) > 500, "text", "情况说明最多 500 字")
	return errs.All(ps)
}

// Revoke makes a fact count no longer: a decision was withdrawn, an entry was
// wrong. It stays with its reason.
func (s *Service) Revoke(ctx context.Context, a access.Actor, id, reason string) error {
	reason = strings.TrimSpace(reason)
	if n := len([]rune(reason)); n < 5 || n > 200 {
		return errs.At("reason", "请写明原因，5 到 200 字")
	}
	return s.Door.Do(ctx, a, access.CreditEdit, "credit/facts/"+id, func(tx *store.DB) error {
		n, err := tx.Exec(ctx, `
			UPDATE credit_fact
			SET revoked = $3
			WHERE authority_id = $1 AND fact_id = $2 AND revoked = ''`, a.Authority, id, reason)
		if err == nil && n == 0 {
			err = errs.E(errs.Conflict, "没有这项记录，或者此前已作废，没有改动")
		}
		return err
	})
}

// Rule gives a tag to firms to which certain things happened often enough in
// the months before today (1.18: 投诉举报多、存在问题较多).
type Rule struct {
	Tag    string
	Kinds  []FactKind
	Months int
	Least  int
}

// Sentence says the rule in Chinese.
func (r Rule) Sentence() string {
	var names []string
	for _, k := range r.Kinds {
		names = append(names, k.Name())
	}
	return fmt.Sprintf("%d 个月内“%s”合计 %d 次以上", r.Months, strings.Join(names, "、"), r.Least)
}

func scanRule(row store.Scanner) (r Rule, err error) {
	var kinds string
	err = row.Scan(&r.Tag, &kinds, &r.Months, &r.Least)
	for _, k := range strings.Fields(kinds) {
		r.Kinds = append(r.Kinds, FactKind(k))
	}
	return r, err
}

// Rules returns the rules in force, by tag.
func (s *Service) Rules(ctx context.Context, authority string) ([]Rule, error) {
	return readRules(ctx, s.DB, authority)
}

func readRules(ctx context.Context, db *store.DB, authority string) ([]Rule, error) {
	return store.All(ctx, db, scanRule, `
		SELECT tag, kinds, months, least
		FROM credit_rule
		WHERE authority_id = $1
		ORDER BY tag`, authority)
}

// SaveRule enters a rule in place of the one for the same tag.
func (s *Service) SaveRule(ctx context.Context, a access.Actor, r Rule) error {
	r.Tag = strings.TrimSpace(r.Tag)
	var kinds []string
	for _, k := range r.Kinds {
		if k.Name() != "" {
			kinds = append(kinds, string(k))
		}
	}
	switch {
	case r.Tag == "" || len([]rune(r.Tag)) > 30 || strings.ContainsAny(r.Tag, "\n\t、"):
		return errs.At("tag", "请填写标签，最多 30 字，不含顿号")
	case len(kinds) == 0:
		return errs.At("kinds", "请至少选一类记录")
	case r.Months < 1 || r.Months > 120:
		return errs.At("months", "月数应为 1 到 120")
	case r.Least < 1 || r.Least > 1000:
		return errs.At("least", "次数应为 1 到 1000")
	}
	schemes, err := s.Schemes(ctx, a.Authority)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(schemes, func(x Scheme) bool { return x.tags(r.Tag) }); i >= 0 {
		return errs.At("tag", "“"+r.Tag+"”是“"+schemes[i].Name+"”的等级，请换一个标签")
	}
	return s.Door.Do(ctx, a, access.CreditEdit, "credit/rules/"+r.Tag, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO credit_rule (authority_id, tag, kinds, months, least)
			VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (authority_id, tag) DO UPDATE SET kinds = excluded.kinds, months = excluded.months, least = excluded.least`,
			a.Authority, r.Tag, strings.Join(kinds, "\n"), r.Months, r.Least)
		return err
	})
}

// EndRule takes a rule out of force; its tag stays with the firms that have it
// until somebody takes it away.
func (s *Service) EndRule(ctx context.Context, a access.Actor, tag string) error {
	return s.Door.Do(ctx, a, access.CreditEdit, "credit/rules/"+tag, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `DELETE FROM credit_rule WHERE authority_id = $1 AND tag = $2`, a.Authority, tag)
		return err
	})
}

// Due is what the rules would change today: firms that get or lose a tag.
type Due struct {
	Rule  Rule
	Gain  int
	Lose  int
	Has   int // after it
	gains []string
	loses []string
}

// Due works out what the rules would change today, rule by rule.
func (s *Service) Due(ctx context.Context, authority string) ([]Due, error) {
	return s.due(ctx, s.DB, authority)
}

func (s *Service) due(ctx context.Context, db *store.DB, authority string) ([]Due, error) {
	rules, err := readRules(ctx, db, authority)
	if err != nil {
		return nil, err
	}
	var all []Due
	for _, r := range rules {
		d := Due{Rule: r}
		want, err := s.earned(ctx, db, authority, r)
		if err != nil {
			return nil, err
		}
		have, err := store.All(ctx, db, store.Value[string], `
			SELECT target_id
			FROM register_target_tag
			WHERE authority_id = $1 AND tag = $2
			ORDER BY target_id`, authority, r.Tag)
		if err != nil {
			return nil, err
		}
		d.gains, d.loses = without(want, have), without(have, want)
		d.Gain, d.Lose, d.Has = len(d.gains), len(d.loses), len(want)
		all = append(all, d)
	}
	return all, nil
}

// earned returns the firms of the register that a rule gives its tag to, in
// order.
func (s *Service) earned(ctx context.Context, db *store.DB, authority string, r Rule) ([]string, error) {
	t := s.today()
	since := calendar.In(t.Start().AddDate(0, -r.Months, 0))
	args := []any{authority, since.String(), t.String(), r.Least}
	var places []string
	for _, k := range r.Kinds {
		args = append(args, string(k))
		places = append(places, fmt.Sprintf("$%d", len(args)))
	}
	return store.All(ctx, db, store.Value[string], `
		SELECT f.target_id`+fromFacts+`
		WHERE f.authority_id = $1 AND f.happened_on > $2 AND f.happened_on <= $3 AND f.revoked = ''
			AND f.kind IN (`+strings.Join(places, ", ")+`)
		GROUP BY f.target_id
		HAVING count(*) >= $4
		ORDER BY f.target_id`, args...)
}

// without returns what of a, ascending, is not in b, ascending.
func without(a, b []string) []string {
	var out []string
	for _, x := range a {
		if _, found := slices.BinarySearch(b, x); !found {
			out = append(out, x)
		}
	}
	return out
}

// Apply gives and takes the rules' tags as of today. It makes one version of
// the register for each rule that changes anything, and returns how many firms
// changed.
func (s *Service) Apply(ctx context.Context, a access.Actor) (int, error) {
	n := 0
	err := s.Door.Do(ctx, a, access.CreditEdit, "credit/rules", func(tx *store.DB) error {
		n = 0
		all, err := s.due(ctx, tx, a.Authority)
		if err != nil {
			return err
		}
		for _, d := range all {
			changes := map[string][]string{}
			for _, id := range d.gains {
				changes[id] = []string{d.Rule.Tag}
			}
			for _, id := range d.loses {
				changes[id] = nil
			}
			if len(changes) == 0 {
				continue
			}
			changed, err := s.Register.Retag(ctx, tx, a, func(t string) bool { return t == d.Rule.Tag }, changes)
			if err != nil {
				return err
			}
			n += changed
		}
		return nil
	})
	return n, err
}
