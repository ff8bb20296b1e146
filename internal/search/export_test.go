package search

import (
	"context"

	"suiji/internal/store"
)

// SoundsOf are the first initials of a text.
func SoundsOf(s string) string {
	var out string
	for _, c := range fold(s) {
		out += soundsOf(c)[:1]
	}
	return out
}

// Bare asks the engine's index alone.
func Bare(ctx context.Context, db *store.DB, authority, query string) (int, error) {
	f := finder{ctx: ctx, db: db, authority: authority, query: Query{Limit: Most}, words: wordsOf(query), hits: map[string]hit{}}
	condition, match := `SELECT rowid FROM search_terms WHERE search_terms MATCH $1 LIMIT $2`, f.match(" AND ", " OR ", quoteSQLite)
	if db.Engine() == store.Postgres {
		condition, match = `SELECT 1 FROM search_target WHERE terms @@ CAST($1 AS tsquery) LIMIT $2`, f.match(" & ", " | ", quotePostgres)
	}
	all, err := store.All(ctx, db, store.Value[int64], condition, match, Most)
	return len(all), err
}
