package disclosure

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/search"
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
}

// Found is one page of public results, the newest first.
type Found struct {
	Results []Version
	Next    string // empty: there are no more
	Total   int    // of all pages
}

// Results returns what the public may read now.
func (s *Service) Results(ctx context.Context, authority string, q Query) (Found, error) {
	where, args := q.where(authority)
	total := 0
	if !q.Uncounted {
		var err error
		if total, err = store.One(ctx, s.DB, store.Value[int], `
			SELECT count(*)
			FROM disclosure_posting p
			WHERE `+where, args...); err != nil {
			return Found{}, err
		}
	}
	if at, id, ok := cutCursor(q.After); ok {
		args = append(args, at, id)
		where += fmt.Sprintf(" AND (p.posted_at, p.form_id) < ($%d, $%d)", len(args)-1, len(args))
	}
	limit := q.limit()
	args = append(args, limit+1)
	list, err := store.All(ctx, s.DB, scanVersion, `
		SELECT `+versionCols+`
		FROM disclosure_posting p
		WHERE `+where+`
		ORDER BY p.posted_at DESC, p.form_id DESC
		LIMIT $`+strconv.Itoa(len(args)), args...)
	f := Found{Results: list, Total: total}
	if len(list) > limit {
		last := list[limit-1]
		f.Results, f.Next = list[:limit], fmt.Sprintf("%d/%s", last.PostedAt.UnixMilli(), last.FormID)
	}
	return f, err
}

func (q Query) limit() int {
	if q.Limit <= 0 {
		return 20
	}
	return min(q.Limit, 1000)
}

func (q Query) where(authority string) (string, []any) {
	where, args := "p.authority_id = $1 AND p.current", []any{authority}
	and := func(piece string, arg any) {
		args = append(args, arg)
		where += fmt.Sprintf(" AND "+piece, len(args))
	}
	if t := fold(q.Text); t != "" {
		and(`p.search LIKE $%d ESCAPE '\'`, likeAnywhere(t))
	}
	if q.Year != 0 {
		and("p.year = $%d", q.Year)
	}
	if q.RoundID != "" {
		and("p.round_id = $%d", q.RoundID)
	}
	if q.Code != "" {
		and(`EXISTS (SELECT 1 FROM disclosure_result x
			WHERE x.authority_id = p.authority_id AND x.form_id = p.form_id AND x.version = p.version AND x.code = $%d)`, string(q.Code))
	}
	return where, args
}

// Facets are how many public results there are of each year, round and code, as
// the rest of a query has them.
type Facets struct {
	Years  map[string]int
	Rounds map[string]int
	Codes  map[string]int
}

// Facets counts what each choice would find.
func (s *Service) Facets(ctx context.Context, authority string, q Query) (f Facets, err error) {
	year, of, code := q, q, q
	year.Year, of.RoundID, code.Code = 0, "", ""
	for _, x := range []struct {
		to      *map[string]int
		q       Query
		by, sql string
	}{
		{&f.Years, year, "CAST(p.year AS TEXT)", `disclosure_posting p`}, {&f.Rounds, of, "p.round_id", `disclosure_posting p`},
		{&f.Codes, code, "r.code", `disclosure_posting p
			JOIN disclosure_result r ON r.authority_id = p.authority_id AND r.form_id = p.form_id AND r.version = p.version`},
	} {
		*x.to = map[string]int{}
		where, args := x.q.where(authority)
		err = errors.Join(err, store.Each(ctx, s.DB, scanFacet, func(c facet) error {
			(*x.to)[c.value] = c.n
			return nil
		}, `
			SELECT `+x.by+`, count(*)
			FROM `+x.sql+`
			WHERE `+where+`
			GROUP BY `+x.by, args...))
	}
	return f, err
}

type facet struct {
	value string
	n     int
}

func scanFacet(row store.Scanner) (f facet, err error) {
	err = row.Scan(&f.value, &f.n)
	return f, err
}

// likeAnywhere is the pattern of a text's part, its own % and _ made plain.
func likeAnywhere(t string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(t) + "%"
}

func cutCursor(after string) (at int64, id string, ok bool) {
	ms, id, ok := strings.Cut(after, "/")
	at, err := strconv.ParseInt(ms, 10, 64)
	return at, id, ok && err == nil
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
		WHERE authority_id = $1 AND state IN ('corrected', 'withdrawn')
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
	ids, err := search.Find(ctx, s.DB, authority, search.Query{Text: text, Limit: limit, Within: `EXISTS (
		SELECT 1
		FROM disclosure_posting p
		WHERE p.authority_id = $1 AND p.target_id = d.target_id AND p.current)`})
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	args, places := []any{authority}, ""
	for i, id := range ids {
		args, places = append(args, id), places+fmt.Sprintf(", $%d", i+2)
	}
	found, err := store.All(ctx, s.DB, scanPublicFirm, `
		SELECT target_id, max(firm_name), max(firm_code), count(*)
		FROM disclosure_posting
		WHERE authority_id = $1 AND current AND target_id IN (`+places[2:]+`)
		GROUP BY target_id
		ORDER BY target_id`, args...)
	slices.SortFunc(found, func(a, b PublicFirm) int { return slices.Index(ids, a.TargetID) - slices.Index(ids, b.TargetID) })
	return found, err
}

func scanPublicFirm(row store.Scanner) (f PublicFirm, err error) {
	err = row.Scan(&f.TargetID, &f.Name, &f.Code, &f.Results)
	return f, err
}

// Firm returns a firm's public results, the newest first; the firm is named by
// its identifier or its code. Errors: NotFound if it has none.
func (s *Service) Firm(ctx context.Context, authority, id string) (PublicFirm, []Version, error) {
	list, err := store.All(ctx, s.DB, scanVersion, `
		SELECT `+versionCols+`
		FROM disclosure_posting
		WHERE authority_id = $1 AND current AND (target_id = $2 OR firm_code = $3)
		ORDER BY posted_at DESC, form_id DESC`, authority, id, strings.ToUpper(strings.TrimSpace(id)))
	if err != nil {
		return PublicFirm{}, nil, err
	}
	if len(list) == 0 {
		return PublicFirm{}, nil, errs.E(errs.NotFound, "本平台没有该企业的检查记录")
	}
	r := list[0].Record
	return PublicFirm{list[0].TargetID, r.Firm.Name, r.Firm.Code, len(list)}, list, nil
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
	const rounds = `FROM round r
		JOIN plan p ON p.authority_id = r.authority_id AND p.plan_id = r.plan_id`
	const real = `r.authority_id = $1 AND p.year = $2 AND NOT r.rehearsal AND r.state <> 'abandoned' AND r.drawn_at > 0`
	for _, q := range []struct {
		to  *int
		sql string
	}{
		{&c.Rounds, `SELECT count(*) ` + rounds + ` WHERE ` + real},
		{&c.Drawn, `SELECT count(*) ` + rounds + ` JOIN round_target t ON t.authority_id = r.authority_id AND t.round_id = r.round_id
			WHERE ` + real + ` AND t.state IN ('drawn', 'removing', 'promoted', 'confirmed')`},
		{&c.Inspected, `SELECT count(*) FROM (SELECT f.round_id, f.target_id ` + rounds + ` JOIN inspection_form f ON f.authority_id = r.authority_id AND f.round_id = r.round_id
			WHERE ` + real + ` GROUP BY f.round_id, f.target_id HAVING min(f.ended_on) <> '') AS firms`},
		{&c.Published, `SELECT count(*) FROM (SELECT f.round_id, f.target_id FROM inspection_form f
			LEFT JOIN disclosure_posting p ON p.authority_id = f.authority_id AND p.form_id = f.form_id AND p.current
			WHERE f.authority_id = $1 GROUP BY f.round_id, f.target_id HAVING count(p.form_id) = count(*) AND min(p.year) = $2) AS firms`},
		{&c.Corrected, `SELECT count(DISTINCT form_id) FROM disclosure_posting WHERE authority_id = $1 AND year = $2 AND state = 'corrected'`},
		{&c.Withdrawn, `SELECT count(DISTINCT form_id) FROM disclosure_posting WHERE authority_id = $1 AND year = $2 AND state = 'withdrawn'`},
	} {
		n, err := store.One(ctx, s.DB, store.Value[int], q.sql, authority, year)
		if err != nil {
			return c, err
		}
		*q.to = n
	}
	return c, s.countCodes(ctx, authority, &c)
}

// countCodes counts public results by code, and those with any problem.
func (s *Service) countCodes(ctx context.Context, authority string, c *Counters) error {
	const from = `FROM disclosure_result x
		JOIN disclosure_posting p ON p.authority_id = x.authority_id AND p.form_id = x.form_id AND p.version = x.version
		WHERE p.authority_id = $1 AND p.year = $2 AND p.current`
	counts, err := store.All(ctx, s.DB, func(row store.Scanner) (n CodeCount, err error) {
		err = row.Scan(&n.Code, &n.Count)
		return n, err
	}, `SELECT x.code, count(*) `+from+` GROUP BY x.code ORDER BY x.code`, authority, c.Year)
	if err != nil {
		return err
	}
	c.ByCode = counts
	var marks []string
	args := []any{authority, c.Year}
	for _, x := range inspection.Codes {
		if x.Problem {
			args = append(args, string(x.Code))
			marks = append(marks, "$"+strconv.Itoa(len(args)))
		}
	}
	c.Problems, err = store.One(ctx, s.DB, store.Value[int],
		`SELECT count(DISTINCT x.form_id) `+from+` AND x.code IN (`+strings.Join(marks, ", ")+`)`, args...)
	return err
}
