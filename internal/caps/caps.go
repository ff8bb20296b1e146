// Package caps keeps how often a firm may be inspected (涉企行政检查频次上限).
// Every place has other caps, so they are data: whose visits count, for which
// item, for firms of which grade, in how many years, how many. A firm at its
// cap is left out of the list that a draw is made from, with the reason; a cap
// never takes out a firm that was drawn (product decision 5; 国办发〔2024〕54号).
// It owns the tables caps_….
package caps

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// Who says whose visits a cap counts; of a visit, how near its body is.
type Who string

// The bodies, each including those before it.
const (
	Authority Who = "authority" // this office alone
	Level     Who = "level"     // all bodies of this level
	All       Who = "all"       // all bodies of all levels
)

// Names lists the bodies in Chinese.
var Names = []struct {
	Who  Who
	Name string
}{{Authority, "本机关"}, {Level, "本级合计"}, {All, "各级合计"}}

// Name returns a body in Chinese.
func (w Who) Name() string {
	for _, x := range Names {
		if x.Who == w {
			return x.Name
		}
	}
	return string(w)
}

func (w Who) rank() int {
	return slices.Index([]Who{Authority, Level, All}, w)
}

// Rule is one cap.
type Rule struct {
	No     int
	Title  string
	Source string // the document that sets it
	Who    Who
	Item   string // id of an item; empty: whatever is inspected
	Tag    string // firms with this grade or tag; empty: every firm
	Except string // but not firms with this tag
	Years  int    // calendar years, the running one last; 1: this year
	Most   int    // visits; 0: none
}

// Check refuses a rule that says nothing.
func (r Rule) Check() error {
	var ps []errs.Problem
	add := func(bad bool, field, sentence string) {
		if bad {
			ps = append(ps, errs.Problem{Field: field, Sentence: sentence})
		}
	}
	add(r.Title == "", "title", "请填写上限的名称")
	add(r.Source == "", "source", "请填写规定上限的文件")
	add(r.Who.rank() < 0, "who", "请选择计入哪些机关的检查")
	add(r.Years < 1 || r.Years > 10, "years", "周期应为 1 到 10 年")
	add(r.Most < 0 || r.Most > 365, "most", "次数应为 0 到 365")
	add(r.Tag != "" && r.Tag == r.Except, "except", "适用的标签和除外的标签不能相同")
	return errs.All(ps)
}

// String says the rule in one sentence.
func (r Rule) String() string {
	period := "每年"
	if r.Years > 1 {
		period = fmt.Sprintf("每 %d 年", r.Years)
	}
	whom := "每户"
	if r.Tag != "" {
		whom = "“" + r.Tag + "”的对象每户"
	}
	if r.Except != "" {
		whom += "（“" + r.Except + "”除外）"
	}
	item := ""
	if r.Item != "" {
		item = "同一事项"
	}
	return fmt.Sprintf("%s：%s%s，%s%s不超过 %d 次（%s）", r.Title, whom, period, r.Who.Name(), item, r.Most, r.Source)
}

// Typed reports whether somebody entered the visit by hand: no round stands
// behind it.
func (v Visit) Typed() bool { return strings.Contains(v.Source, " ") }

// Visit is one inspection of a firm.
type Visit struct {
	Target string
	Source string // a round's id; empty: made of body and day
	Items  []string
	Day    calendar.Date
	Body   string
	Who    Who
	Reason string // why it was made if not by draw; empty: ordinary
}

// Service keeps the caps and the visits.
type Service struct {
	db   *store.DB
	door *audit.Door
}

// New makes the service.
func New(db *store.DB, door *audit.Door) *Service { return &Service{db, door} }

const ruleCols = `no, title, source, who, item_id, tag, except_tag, years, most`

func scanRule(row store.Scanner) (r Rule, err error) {
	err = row.Scan(&r.No, &r.Title, &r.Source, &r.Who, &r.Item, &r.Tag, &r.Except, &r.Years, &r.Most)
	return r, err
}

// Rules returns the caps of an authority, in order.
func (s *Service) Rules(ctx context.Context, authority string) ([]Rule, error) {
	return rules(ctx, s.db, authority)
}

func rules(ctx context.Context, db *store.DB, authority string) ([]Rule, error) {
	return store.All(ctx, db, scanRule, `
		SELECT `+ruleCols+`
		FROM caps_rule
		WHERE authority_id = $1
		ORDER BY no`, authority)
}

// Sentences returns the caps of an authority in words, with the reasons for
// which a visit does not count; nothing if there is no cap.
func (s *Service) Sentences(ctx context.Context, tx *store.DB, authority string) ([]string, error) {
	if tx == nil {
		tx = s.db
	}
	list, err := rules(ctx, tx, authority)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	var all []string
	for _, r := range list {
		all = append(all, r.String())
	}
	reasons, err := exemptions(ctx, tx, authority)
	if len(reasons) > 0 {
		all = append(all, "不计入的检查："+strings.Join(reasons, "、"))
	}
	return all, err
}

// Exemptions returns the reasons for which a visit does not count.
func (s *Service) Exemptions(ctx context.Context, authority string) ([]string, error) {
	return exemptions(ctx, s.db, authority)
}

func exemptions(ctx context.Context, db *store.DB, authority string) ([]string, error) {
	return store.All(ctx, db, store.Value[string], `
		SELECT reason
		FROM caps_exemption
		WHERE authority_id = $1
		ORDER BY reason`, authority)
}

// Set replaces the caps and the reasons for exemption by these. Lists that are
// there already change nothing.
func (s *Service) Set(ctx context.Context, a access.Actor, list []Rule, exemptions []string) error {
	for i, r := range list {
		if err := r.Check(); err != nil {
			return placed(err, i+1)
		}
	}
	var reasons []string
	for _, x := range exemptions {
		if x = strings.TrimSpace(x); x != "" && !slices.Contains(reasons, x) {
			reasons = append(reasons, x)
		}
	}
	return s.door.Do(ctx, a, access.CapEdit, a.Authority, func(tx *store.DB) error {
		for _, table := range []string{"caps_rule", "caps_exemption"} {
			if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE authority_id = $1`, a.Authority); err != nil {
				return err
			}
		}
		for i, r := range list {
			_, err := tx.Exec(ctx, `
				INSERT INTO caps_rule (authority_id, `+ruleCols+`)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
				a.Authority, i+1, r.Title, r.Source, string(r.Who), r.Item, r.Tag, r.Except, r.Years, r.Most)
			if err != nil {
				return err
			}
		}
		for _, reason := range reasons {
			_, err := tx.Exec(ctx, `
				INSERT INTO caps_exemption (authority_id, reason)
				VALUES ($1, $2)`, a.Authority, reason)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// placed names the line that a rule's problems belong to.
func placed(err error, no int) error {
	ps := slices.Clone(errs.Problems(err))
	for i := range ps {
		ps[i] = errs.Problem{Field: fmt.Sprintf("rule-%d-%s", no, ps[i].Field), Sentence: fmt.Sprintf("第 %d 行：%s", no, ps[i].Sentence)}
	}
	return errs.All(ps)
}

// Enter writes down visits of other bodies, so that the counter sees them. A
// visit that is there already changes nothing.
func (s *Service) Enter(ctx context.Context, a access.Actor, visits []Visit) error {
	return s.door.Do(ctx, a, access.CapEdit, a.Authority, func(tx *store.DB) error {
		return insert(ctx, tx, a.Authority, These(visits))
	})
}

// These hands visits on one at a time.
func These(visits []Visit) iter.Seq2[Visit, error] {
	return func(yield func(Visit, error) bool) {
		for _, v := range visits {
			if !yield(v, nil) {
				return
			}
		}
	}
}

// Replace makes these the visits of a round, in the transaction of the act
// that changed who is drawn. They come one at a time: there may be a million.
func (s *Service) Replace(ctx context.Context, tx *store.DB, authority, round string, visits iter.Seq2[Visit, error]) error {
	_, err := tx.Exec(ctx, `
		DELETE FROM caps_visit
		WHERE authority_id = $1 AND source = $2`, authority, round)
	if err != nil {
		return err
	}
	return insert(ctx, tx, authority, func(yield func(Visit, error) bool) {
		for v, err := range visits {
			v.Source = round
			if !yield(v, err) {
				return
			}
		}
	})
}

// InWriting is the reason of a review in writing, which is no visit on the spot
// and is not counted as one.
const InWriting = "书面检查"

// Review says whether a round's visit of a firm is a review in writing.
func (s *Service) Review(ctx context.Context, tx *store.DB, authority, round, target string, written bool) error {
	from, to := InWriting, ""
	if written {
		from, to = to, from
	}
	_, err := tx.Exec(ctx, `
		UPDATE caps_visit
		SET reason = $5
		WHERE authority_id = $1 AND source = $2 AND target_id = $3 AND reason = $4`, authority, round, target, from, to)
	return err
}

func insert(ctx context.Context, tx *store.DB, authority string, visits iter.Seq2[Visit, error]) (err error) {
	b := &store.Bulk{Ctx: ctx, Tx: tx, Cols: 8, Insert: `INSERT INTO caps_visit (authority_id, target_id, source, item_id, day, body, who, reason) VALUES `,
		Tail: ` ON CONFLICT (authority_id, target_id, source, item_id) DO NOTHING`}
	defer func() { err = errors.Join(err, b.Close()) }()
	for v, err := range visits {
		if err != nil {
			return err
		}
		if v.Source == "" {
			v.Source = v.Body + " " + v.Day.String()
		}
		items := v.Items
		if len(items) == 0 {
			items = []string{""}
		}
		for _, item := range items {
			if err := b.Add(authority, v.Target, v.Source, item, v.Day.String(), v.Body, string(v.Who), v.Reason); err != nil {
				return err
			}
		}
	}
	return b.Flush()
}

// Counter knows how often each firm was visited, as far as caps ask, and in the
// running year.
type Counter struct {
	rules  []Rule
	visits map[string][]Visit
}

// Counter reads what the caps of an authority need for a draw on a day that is
// for these items.
func (s *Service) Counter(ctx context.Context, tx *store.DB, authority string, day calendar.Date, items []string) (*Counter, error) {
	if tx == nil {
		tx = s.db
	}
	all, err := rules(ctx, tx, authority)
	if err != nil {
		return nil, err
	}
	c := &Counter{visits: map[string][]Visit{}}
	years := 1
	for _, r := range all {
		if r.Item == "" || slices.Contains(items, r.Item) {
			c.rules, years = append(c.rules, r), max(years, r.Years)
		}
	}
	from, to := strconv.Itoa(day.Year()-years+1)+"-01-01", strconv.Itoa(day.Year())+"-12-31"
	list, err := store.All(ctx, tx, scanVisit, `
		SELECT target_id, source, item_id, day, who
		FROM caps_visit
		WHERE authority_id = $1 AND day >= $2 AND day <= $3 AND reason <> '`+InWriting+`'
			AND reason NOT IN (SELECT reason FROM caps_exemption WHERE authority_id = $1)
		ORDER BY target_id, source, item_id`, authority, from, to)
	for _, v := range list {
		c.add(v)
	}
	return c, err
}

// Of returns the visits of one firm, the newest first, exempt ones too.
func (s *Service) Of(ctx context.Context, authority, target string) ([]Visit, error) {
	return store.All(ctx, s.db, func(row store.Scanner) (v Visit, err error) {
		var day string
		if err = row.Scan(&v.Target, &v.Source, &day, &v.Body, &v.Who, &v.Reason); err == nil {
			err = v.Day.UnmarshalText([]byte(day))
		}
		return v, err
	}, `
		SELECT DISTINCT target_id, source, day, body, who, reason
		FROM caps_visit
		WHERE authority_id = $1 AND target_id = $2
		ORDER BY day DESC, source`, authority, target)
}

func scanVisit(row store.Scanner) (v Visit, err error) {
	var item, day string
	if err = row.Scan(&v.Target, &v.Source, &item, &day, &v.Who); err == nil {
		v.Items = []string{item}
		err = v.Day.UnmarshalText([]byte(day))
	}
	return v, err
}

// add counts a visit; its items come one after the other.
func (c *Counter) add(v Visit) {
	list := c.visits[v.Target]
	if n := len(list); n > 0 && list[n-1].Source == v.Source {
		list[n-1].Items = append(list[n-1].Items, v.Items...)
		return
	}
	c.visits[v.Target] = append(list, v)
}

// Turn is which visit of a year a firm is at, as its tightest cap counts.
type Turn struct {
	Visits int  // that the cap counts, those planned among them
	Rule   Rule // zero: no cap
}

// Turn returns how a firm with these tags stands in a year: against the cap of
// which least is left, or, without any cap, how often this office visits it.
func (c *Counter) Turn(target string, tags []string, year int) (s Turn) {
	for _, v := range c.visits[target] {
		if v.Who == Authority && v.Day.Year() == year {
			s.Visits++
		}
	}
	least := -1
	for _, r := range c.rules {
		if !r.binds(tags) {
			continue
		}
		n := r.used(c.visits[target], year)
		if left := max(0, r.Most-n); least < 0 || left < least {
			least, s = left, Turn{n, r}
		}
	}
	return s
}

// Full returns the first cap that forbids another visit of a firm with these
// tags in a year, or false.
func (c *Counter) Full(target string, tags []string, year int) (Rule, bool) {
	for _, r := range c.rules {
		if r.binds(tags) && r.used(c.visits[target], year) >= r.Most {
			return r, true
		}
	}
	return Rule{}, false
}

// binds reports whether a cap is for firms with these tags.
func (r Rule) binds(tags []string) bool {
	return (r.Tag == "" || slices.Contains(tags, r.Tag)) && (r.Except == "" || !slices.Contains(tags, r.Except))
}

// used counts the visits that a cap counts in the period that ends with a year.
func (r Rule) used(visits []Visit, year int) (n int) {
	for _, v := range visits {
		if v.Who.rank() <= r.Who.rank() && v.Day.Year() > year-r.Years && (r.Item == "" || slices.Contains(v.Items, r.Item)) {
			n++
		}
	}
	return n
}

// Standing is how far a firm is from a cap.
type Standing struct {
	Rule
	Used, Left int // visits; Left is never below 0
}

// Standing returns each cap that binds a firm with these tags and how far the
// firm is from it in a year, as a draw would count.
func (s *Service) Standing(ctx context.Context, authority, target string, tags []string, year int) ([]Standing, error) {
	return s.StandingBy(ctx, authority, target, tags, year, func(string) bool { return true })
}

// StandingBy is Standing as far as visits of some sources go.
func (s *Service) StandingBy(ctx context.Context, authority, target string, tags []string, year int, source func(string) bool) ([]Standing, error) {
	all, err := rules(ctx, s.db, authority)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	list, err := store.All(ctx, s.db, scanVisit, `
		SELECT target_id, source, item_id, day, who
		FROM caps_visit
		WHERE authority_id = $1 AND target_id = $2 AND reason <> '`+InWriting+`'
			AND reason NOT IN (SELECT reason FROM caps_exemption WHERE authority_id = $1)
		ORDER BY source, item_id`, authority, target)
	if err != nil {
		return nil, err
	}
	c := &Counter{visits: map[string][]Visit{}}
	for _, v := range list {
		if source(v.Source) {
			c.add(v)
		}
	}
	var out []Standing
	for _, r := range all {
		if r.binds(tags) {
			used := r.used(c.visits[target], year)
			out = append(out, Standing{r, used, max(0, r.Most-used)})
		}
	}
	return out, nil
}
