package search

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"suiji/internal/store"
)

// Query is what is looked for, and where.
type Query struct {
	Text  string
	Limit int // 0: Most
	// Within is a condition on d.target_id in the caller's own tables, so that
	// a narrow choice is not lost among many that fit; ? stands for each of
	// Args. Empty: everywhere.
	Within string
	Args   []any
}

// Find returns the identifiers of the firms that fit, best first: the whole
// name or number, then what begins so, then what holds it, then what sounds
// so. More firms than Limit that fit are left out, the worse before the
// better as far as the engine came upon them. A query without a letter or
// digit finds nothing.
func Find(ctx context.Context, db *store.DB, authority string, q Query) ([]string, error) {
	words := wordsOf(q.Text)
	if len(words) == 0 {
		return nil, nil
	}
	if q.Limit == 0 {
		q.Limit = Most
	}
	f := finder{ctx: ctx, db: db, authority: authority, query: q, words: words, hits: map[string]hit{}}
	if len(words) == 1 {
		if err := f.beginning(words[0]); err != nil {
			return nil, err
		}
	}
	if len(f.hits) < q.Limit {
		if err := f.matching(); err != nil {
			return nil, err
		}
	}
	all := make([]hit, 0, len(f.hits))
	for _, h := range f.hits {
		all = append(all, h)
	}
	slices.SortFunc(all, hit.compare)
	ids := make([]string, 0, min(len(all), q.Limit))
	for _, h := range all[:cap(ids)] {
		ids = append(ids, h.target)
	}
	return ids, nil
}

type finder struct {
	ctx       context.Context
	db        *store.DB
	authority string
	query     Query
	words     []word
	hits      map[string]hit
}

// beginning finds names and numbers that begin with the word, in their
// indexes' order, so that these are there however many others hold it.
func (f *finder) beginning(w word) error {
	err := f.look(`d.name >= ? AND d.name < ?`, []any{w.text, w.text + "\U0010FFFF"}, `ORDER BY d.name, d.target_id`)
	if err != nil || !w.number || len(w.text) < head {
		return err
	}
	// Identifiers are numbers in capitals (register.identifier).
	id := strings.ToUpper(w.text)
	return f.look(`d.target_id >= ? AND d.target_id < ?`, []any{id, id + "\U0010FFFF"}, `ORDER BY d.target_id`)
}

// matching asks the engine's text index. It has no order: sorting all that fit
// a broad word would cost more than the answer is worth.
func (f *finder) matching() error {
	if f.db.Engine() == store.Postgres {
		return f.look(`d.terms @@ CAST(? AS tsquery)`, []any{f.match(" & ", " | ", quotePostgres)}, "")
	}
	return f.look(`search_terms MATCH ?`, []any{f.match(" AND ", " OR ", quoteSQLite)}, "")
}

func quotePostgres(term string) string {
	if begin, ok := strings.CutSuffix(term, "*"); ok {
		return "'" + begin + "':*"
	}
	return "'" + term + "'"
}

func quoteSQLite(term string) string {
	if begin, ok := strings.CutSuffix(term, "*"); ok {
		return `"` + begin + `"*`
	}
	return `"` + term + `"`
}

// match writes the words as the engine reads them. Folded words hold letters
// and digits only, so that nothing in them is an operator.
func (f *finder) match(and, or string, quote func(string) string) string {
	var all []string
	for _, w := range f.words {
		var ways []string
		for _, c := range w.clauses() {
			var terms []string
			for _, t := range c {
				terms = append(terms, quote(t))
			}
			ways = append(ways, "("+strings.Join(terms, and)+")")
		}
		all = append(all, "("+strings.Join(ways, or)+")")
	}
	return strings.Join(all, and)
}

type row struct{ target, text string }

func scanRow(s store.Scanner) (r row, err error) {
	err = s.Scan(&r.target, &r.text)
	return r, err
}

// look takes the rows of a condition that fit, up to the limit.
func (f *finder) look(condition string, args []any, order string) error {
	all := []any{f.authority}
	condition = places(condition, len(all))
	all = append(all, args...)
	if f.query.Within != "" {
		condition += " AND " + places(f.query.Within, len(all))
		all = append(all, f.query.Args...)
	}
	from := "search_target d"
	if strings.HasPrefix(condition, "search_terms") {
		from = "search_terms CROSS JOIN search_target d ON d.doc = search_terms.rowid" // CROSS: in this order
	}
	all = append(all, f.query.Limit+1)
	rows, err := store.All(f.ctx, f.db, scanRow, fmt.Sprintf(`
		SELECT d.target_id, d.text
		FROM %s
		WHERE d.authority_id = $1 AND %s
		%s
		LIMIT $%d`, from, condition, order, len(all)), all...)
	for _, r := range rows {
		if h, ok := judge(f.words, r.target, r.text); ok {
			f.hits[h.target] = h
		}
	}
	return err
}

// places numbers the marks of a condition, after the n arguments before it.
func places(condition string, n int) string {
	var b strings.Builder
	for i, part := range strings.Split(condition, "?") {
		if i > 0 {
			n++
			fmt.Fprintf(&b, "$%d", n)
		}
		b.WriteString(part)
	}
	return b.String()
}
