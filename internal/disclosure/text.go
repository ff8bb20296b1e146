package disclosure

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"suiji/internal/errs"
	"suiji/internal/fresh"
	"suiji/internal/search"
	"suiji/internal/store"
)

// longText is the longest text that is looked for, in characters.
const longText = 100

// mostNamed is how many firms a text may fit for its results to be counted. Who
// finds more needs another word.
const mostNamed = 200

// sampled is how many of the firms are looked at whose results are not counted to
// the end, the best first: enough to tell whether a text fits what was published.
const sampled = 100

// published is the condition that a firm of the search has a public result.
const published = `EXISTS (
		SELECT 1
		FROM disclosure_posting p
		WHERE p.authority_id = $1 AND p.target_id = d.target_id AND p.current)`

// tooLong refuses a text that nobody needs to find a firm.
func tooLong(text string) error {
	if utf8.RuneCountInString(text) > longText {
		return errs.At("q", fmt.Sprintf("查找的内容最多 %d 字，没有查找。请只填名称的一部分，或者号码的末几位", longText))
	}
	return nil
}

// A match is what a text finds.
type match struct {
	ids     []string // firms with public results that it may fit
	most    bool     // there are more
	results Tallies  // of these firms, whose published names it fits; if there are more, of some, without codes
}

// match looks a text up, once for each state of the database.
func (s *Service) match(ctx context.Context, authority, text string) (match, error) {
	if err := tooLong(text); err != nil {
		return match{}, err
	}
	text = fold(text)
	size := func(m match) int { return 40*len(m.ids) + 64*len(m.results) }
	return fresh.Read(ctx, s.Fresh, "match "+authority+" "+text, size, func() (m match, err error) {
		if m.ids, m.most, err = s.named(ctx, authority, text); err == nil {
			some := m.ids
			if m.most {
				some = m.ids[:sampled]
			}
			m.results, err = s.talliesOf(ctx, authority, text, some, !m.most)
		}
		return m, err
	})
}

// named returns the firms with public results that a folded text may fit, by
// the register's index; most: there are more.
func (s *Service) named(ctx context.Context, authority, text string) (ids []string, most bool, err error) {
	ids, err = search.Find(ctx, s.DB, authority, search.Query{Text: text, Limit: mostNamed, Within: published})
	if code := strings.ToUpper(text); err == nil && len(ids) < mostNamed && len(code) >= codeHead {
		var more []string
		more, err = store.All(ctx, s.DB, store.Value[string], `
			SELECT DISTINCT target_id
			FROM disclosure_posting
			WHERE authority_id = $1 AND current AND firm_code >= $2 AND firm_code < $3
			ORDER BY target_id
			LIMIT $4`, authority, code, code+"\U0010FFFF", mostNamed-len(ids))
		ids = append(ids, more...)
	}
	return ids, len(ids) == mostNamed, err
}

// codeHead is the fewest characters of the beginning of a published code that
// find it: those of the place and of the kind are everybody's.
const codeHead = 8

// talliesOf counts the results of some firms whose published names a folded
// text fits, by their codes too if these are asked for. The CROSS JOIN keeps
// SQLite from going through all results' codes.
func (s *Service) talliesOf(ctx context.Context, authority, text string, ids []string, codes bool) (Tallies, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	among, args := store.OneOf("p.target_id", ids, []any{authority, store.Anywhere(text)})
	where := `p.authority_id = $1 AND p.current AND p.search LIKE $2 ESCAPE '\' AND ` + among
	sql := `
		SELECT +p.year, p.round_id, '', count(*)
		FROM disclosure_posting p
		WHERE ` + where + `
		GROUP BY +p.year, p.round_id`
	if codes {
		sql += `
		UNION ALL
		SELECT +p.year, p.round_id, r.code, count(*)
		FROM disclosure_posting p
		CROSS JOIN disclosure_result r
		WHERE ` + where + ` AND r.authority_id = p.authority_id AND r.form_id = p.form_id AND r.version = p.version
		GROUP BY +p.year, p.round_id, r.code`
	}
	return store.All(ctx, s.DB, func(row store.Scanner) (t Tally, err error) {
		err = row.Scan(&t.Year, &t.RoundID, &t.Code, &t.N)
		return t, err
	}, sql, args...)
}

// among says where the results of some firms are found. The + keeps SQLite
// from going through all results in the order of time, or all of a year, to
// find them.
func (q Query) among(authority string, ids []string) narrowed {
	n := narrowed{from: "disclosure_posting p", order: "+p.posted_at, p.form_id"}
	n.where, n.args = store.OneOf("p.target_id", ids, []any{authority})
	n.where = "p.authority_id = $1 AND p.current AND " + n.where
	n.rest(q, "+p.year = $%d")
	return n
}

// common is the share of the firms sampled, one in so many, that a text has to
// fit for a list in order of time to come upon enough of them soon.
const common = 20

// ofText narrows a query to the results that its text fits. Of a text that
// fits very many firms it looks through the newest first; one that only seems
// to fit many (by initials, say) finds those of the firms that came first.
func (q Query) ofText(authority string, m match) narrowed {
	n := q.narrowed(authority)
	if !m.most || m.results.total(Query{}) < sampled/common {
		n = q.among(authority, m.ids)
	}
	n.and(`p.search LIKE $%d ESCAPE '\'`, store.Anywhere(fold(q.Text)))
	return n
}
