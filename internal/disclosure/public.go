package disclosure

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/store"
)

// Query says which public results are asked for. Empty fields ask for all.
type Query struct {
	Text    string // part of a firm's name or code
	Code    inspection.Code
	Year    int
	RoundID string
	After   string // Next of the page before
	Limit   int    // 0: 20; at most 1000

	Uncounted bool // leave Total out, which a long list is counted for
	Whole     bool // decode Record; JSON is there anyway
}

// Found is one page of public results, the newest first.
type Found[T any] struct {
	Results []T
	Next    string // empty: there are no more
	Total   int    // of all pages
	AtLeast bool   // the text fits very many firms: there are more than Total
}

// narrowed is what a query asks for, as a condition on rows.
type narrowed struct {
	from  string // disclosure_posting p, and what it is joined to
	order string // the columns of the list's order, in the index that is read
	where string
	args  []any
}

// and adds a condition on one argument.
func (n *narrowed) and(piece string, arg any) {
	n.args = append(n.args, arg)
	n.where += fmt.Sprintf(" AND "+piece, len(n.args))
}

// Results returns what the public may read now.
func (s *Service) Results(ctx context.Context, authority string, q Query) (Found[Version], error) {
	return find(ctx, s, authority, q, postingCols, scanOf(q.Whole), func(v Version) (time.Time, string) { return v.PostedAt, v.FormID })
}

// List returns what a list shows of the same; Query.Whole is not asked.
func (s *Service) List(ctx context.Context, authority string, q Query) (Found[Listed], error) {
	return find(ctx, s, authority, q, listedCols, scanListed, func(l Listed) (time.Time, string) { return l.PostedAt, l.FormID })
}

func find[T any](ctx context.Context, s *Service, authority string, q Query, cols string, scan func(store.Scanner) (T, error), place func(T) (time.Time, string)) (f Found[T], err error) {
	n := q.narrowed(authority)
	if fold(q.Text) != "" {
		m, err := s.match(ctx, authority, q.Text)
		if f.Total, f.AtLeast = m.results.total(q), m.most; err != nil || f.Total == 0 && !f.AtLeast {
			return f, err
		}
		n = q.ofText(authority, m)
	} else if !q.Uncounted {
		if f.Total, err = s.total(ctx, authority, q); err != nil || f.Total == 0 {
			return f, err
		}
	}
	if at, id, ok := cutCursor(q.After); ok {
		n.args = append(n.args, at, id)
		n.where += fmt.Sprintf(" AND ("+n.order+") < ($%d, $%d)", len(n.args)-1, len(n.args))
	}
	limit := min(cmp.Or(max(q.Limit, 0), 20), 1000)
	n.args = append(n.args, limit+1)
	f.Results = make([]T, 0, limit+1)
	err = store.Each(ctx, s.DB, scan, func(x T) error {
		f.Results = append(f.Results, x)
		return nil
	}, `
		SELECT `+cols+`
		FROM `+n.from+`
		WHERE `+n.where+`
		ORDER BY `+strings.ReplaceAll(n.order, ",", " DESC,")+` DESC
		LIMIT $`+strconv.Itoa(len(n.args)), n.args...)
	if len(f.Results) > limit {
		at, id := place(f.Results[limit-1])
		f.Results, f.Next = f.Results[:limit], fmt.Sprintf("%d/%s", at.UnixMilli(), id)
	}
	if f.AtLeast {
		f.Total = max(f.Total, len(f.Results)) // the firms counted may have none of these
	}
	return f, err
}

func scanOf(whole bool) func(store.Scanner) (Version, error) {
	if whole {
		return scanVersion
	}
	return scanBare
}

// narrowed says where the results of a query without its text are found. Those
// of a code are in the order of time among their own, but within a round, which
// is short, they are looked for among the round's.
func (q Query) narrowed(authority string) narrowed {
	n := narrowed{"disclosure_posting p", "p.posted_at, p.form_id", "p.authority_id = $1 AND p.current", []any{authority}}
	year := "p.year = $%d"
	if q.Code != "" && q.RoundID == "" {
		n.from = `disclosure_result x
		JOIN disclosure_posting p ON p.authority_id = x.authority_id AND p.form_id = x.form_id AND p.version = x.version`
		n.order, n.where, year = "x.posted_at, x.form_id", "x.authority_id = $1 AND p.current", "x.year = $%d"
		n.and("x.code = $%d", string(q.Code))
		q.Code = ""
	}
	n.rest(q, year)
	return n
}

// rest adds a query's year, by a condition on it, its round and its code.
func (n *narrowed) rest(q Query, year string) {
	if q.Year != 0 {
		n.and(year, q.Year)
	}
	if q.RoundID != "" {
		n.and("p.round_id = $%d", q.RoundID)
	}
	if q.Code != "" {
		n.and(`EXISTS (SELECT 1 FROM disclosure_result x
			WHERE x.authority_id = p.authority_id AND x.form_id = p.form_id AND x.version = p.version AND x.code = $%d)`, string(q.Code))
	}
}

func cutCursor(after string) (at int64, id string, ok bool) {
	ms, id, ok := strings.Cut(after, "/")
	at, err := strconv.ParseInt(ms, 10, 64)
	return at, id, ok && err == nil
}

// PostingsMark is short for all that was ever posted: whatever changes in what the
// public reads of results is a version more, and changes it.
func (s *Service) PostingsMark(ctx context.Context, authority string) (string, error) {
	return store.One(ctx, s.DB, store.Value[string], `
		SELECT count(*) || '-' || coalesce(max(posted_at), 0)
		FROM disclosure_posting
		WHERE authority_id = $1`, authority)
}

// Result returns every version of a form's public record, the first first. Of
// a withdrawn one only dates, digests and reason are there; its page stays
// (410). Errors: NotFound if it was never public.
func (s *Service) Result(ctx context.Context, authority, formID string) ([]Version, error) {
	versions, err := readVersions(ctx, s.DB, authority, formID)
	if err == nil && len(versions) == 0 {
		err = errs.E(errs.NotFound, "没有公示过这条检查结果")
	}
	return versions, err
}

// Changes lists corrections and withdrawals, the newest first.
func (s *Service) Changes(ctx context.Context, authority string, limit int) ([]Version, error) {
	return store.All(ctx, s.DB, scanVersion, `
		SELECT `+versionCols+`
		FROM disclosure_posting
		WHERE authority_id = $1 AND state <> 'published'
		ORDER BY posted_at DESC, form_id DESC, version DESC
		LIMIT $2`, authority, limit)
}

// PublicFirm is a firm with public results.
type PublicFirm struct {
	TargetID string
	Name     string
	Code     string
	Results  int
}

// Firms finds firms with public results by part of a name, the end of a number
// or initials, best first, at most limit. The index is the register's; only
// what was published is shown.
func (s *Service) Firms(ctx context.Context, authority, text string, limit int) ([]PublicFirm, error) {
	if len([]rune(fold(text))) < 2 {
		return nil, errs.At("q", "请至少输入两个字")
	}
	m, err := s.match(ctx, authority, text)
	ids := m.ids[:min(limit, len(m.ids))]
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	among, args := store.OneOf("target_id", ids, []any{authority})
	found, err := store.All(ctx, s.DB, scanPublicFirm, `
		SELECT target_id, max(firm_name), max(firm_code), count(*)
		FROM disclosure_posting
		WHERE authority_id = $1 AND current AND `+among+`
		GROUP BY target_id
		ORDER BY target_id`, args...)
	slices.SortFunc(found, func(a, b PublicFirm) int { return slices.Index(ids, a.TargetID) - slices.Index(ids, b.TargetID) })
	return found, err
}

func scanPublicFirm(row store.Scanner) (f PublicFirm, err error) {
	err = row.Scan(&f.TargetID, &f.Name, &f.Code, &f.Results)
	return f, err
}

// Counters are a year's figures for the public. Each opens its list.
type Counters struct {
	Year      int
	Rounds    int // drawn, without rehearsals and abandoned ones
	Drawn     int // firms, without removed ones
	Inspected int // inspections that have ended
	Published int // results to be read now
	Problems  int // of these, with a problem
	Corrected int // results with a correction
	Withdrawn int // results taken back
	ByCode    []CodeCount
}

// CodeCount says how many public results have a code.
type CodeCount struct {
	Code  inspection.Code
	Count int
}

// Counters counts a plan year.
func (s *Service) Counters(ctx context.Context, authority string, year int) (Counters, error) {
	c := Counters{Year: year}
	all, err := s.tallies(ctx, authority)
	if err != nil {
		return c, err
	}
	counts := map[string]int{}
	for _, t := range all {
		if t.Year == year {
			counts[t.Code] += t.N
		}
	}
	c.Problems = counts[anyProblem]
	for _, x := range inspection.Codes {
		if n := counts[string(x.Code)]; n > 0 {
			c.ByCode = append(c.ByCode, CodeCount{x.Code, n})
		}
	}
	if err := s.countRounds(ctx, authority, &c); err != nil {
		return c, err
	}
	if c.Published, err = s.countFirms(ctx, authority, year, counts[anyResult], all); err != nil {
		return c, err
	}
	for state, to := range map[VersionState]*int{Corrected: &c.Corrected, Withdrawn: &c.Withdrawn} {
		if *to, err = store.One(ctx, s.DB, store.Value[int], `
			SELECT count(DISTINCT form_id)
			FROM disclosure_posting
			WHERE authority_id = $1 AND year = $2 AND state = $3 AND state <> 'published'`, authority, year, string(state)); err != nil {
			return c, err
		}
	}
	return c, nil
}

// past is what a round comes to.
type past struct {
	id               string
	closedAt         int64
	drawn, inspected int
}

// countRounds counts what the year's rounds drew and inspected. A closed round
// comes to the same for ever, and is counted once.
func (s *Service) countRounds(ctx context.Context, authority string, c *Counters) error {
	rounds, err := store.All(ctx, s.DB, func(row store.Scanner) (p past, err error) {
		err = row.Scan(&p.id, &p.closedAt)
		return p, err
	}, `
		SELECT r.round_id, r.closed_at
		FROM round r
		JOIN plan p ON p.authority_id = r.authority_id AND p.plan_id = r.plan_id
		WHERE r.authority_id = $1 AND p.year = $2 AND NOT r.rehearsal AND r.state <> 'abandoned' AND r.drawn_at > 0`, authority, c.Year)
	for _, p := range rounds {
		if err == nil {
			p, err = s.countRound(ctx, authority, p)
			c.Rounds, c.Drawn, c.Inspected = c.Rounds+1, c.Drawn+p.drawn, c.Inspected+p.inspected
		}
	}
	return err
}

func (s *Service) countRound(ctx context.Context, authority string, p past) (past, error) {
	key := authority + " " + p.id
	if known, ok := s.closed.Load(key); ok && p.closedAt > 0 && known.(past).closedAt == p.closedAt {
		return known.(past), nil
	}
	var err error
	if p.drawn, err = store.One(ctx, s.DB, store.Value[int], `
		SELECT count(*)
		FROM round_target
		WHERE authority_id = $1 AND round_id = $2 AND state IN ('drawn', 'removing', 'promoted', 'confirmed')`, authority, p.id); err != nil {
		return p, err
	}
	p.inspected, err = store.One(ctx, s.DB, store.Value[int], `
		SELECT count(*)
		FROM (
			SELECT target_id
			FROM inspection_form
			WHERE authority_id = $1 AND round_id = $2
			GROUP BY target_id
			HAVING min(ended_on) <> '') AS firms`, authority, p.id)
	if err == nil && p.closedAt > 0 {
		s.closed.Store(key, p)
	}
	return p, err
}

// countFirms counts the firms of which all departments' results are public.
// Where one department inspects, they are as many as the results.
func (s *Service) countFirms(ctx context.Context, authority string, year, results int, all Tallies) (int, error) {
	joint, err := store.All(ctx, s.DB, store.Value[string], `
		SELECT r.round_id
		FROM round r
		WHERE r.authority_id = $1
			AND EXISTS (SELECT 1 FROM plan_slot x WHERE x.authority_id = r.authority_id AND x.plan_id = r.plan_id AND x.task_no = r.task_no)
		ORDER BY r.round_id`, authority)
	for _, id := range joint {
		if err != nil {
			return 0, err
		}
		n := all.total(Query{Year: year, RoundID: id})
		if n == 0 {
			continue
		}
		var firms int
		firms, err = store.One(ctx, s.DB, store.Value[int], `
			SELECT count(*)
			FROM (
				SELECT f.target_id
				FROM inspection_form f
				LEFT JOIN disclosure_posting p ON p.authority_id = f.authority_id AND p.form_id = f.form_id AND p.current
				WHERE f.authority_id = $1 AND f.round_id = $2
				GROUP BY f.target_id
				HAVING count(p.form_id) = count(*) AND min(p.year) = $3) AS firms`, authority, id, year)
		results += firms - n
	}
	return results, err
}
