package store

import (
	"context"
	"database/sql"
	"strings"
	"sync"
)

// known asks SQLite with statements that stay prepared once they have been
// asked often: making a plan anew each time takes longer than most answers.
// (PostgreSQL's driver does so itself.)
type known struct {
	pool *sql.DB

	mu       sync.RWMutex
	prepared map[string]*sql.Stmt
	asked    map[string]int
}

// How often a statement is asked before it stays prepared, how many stay, how
// many are counted, and how long they may be: those made of a list of
// arguments are of many lengths.
const (
	often      = 8
	mostKnown  = 256
	mostAsked  = 2048
	longestSQL = 4096
	manyArgs   = 64
)

// QueryContext runs a query. To SQLite $1 is a name, looked up among all the
// names before it: a list of a thousand takes longer to read than to answer. So
// long lists go as numbers, ?1.
func (k *known) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if len(args) > manyArgs {
		return k.pool.QueryContext(ctx, strings.ReplaceAll(query, "$", "?"), args...)
	}
	if st := k.statement(ctx, query); st != nil {
		return st.QueryContext(ctx, args...)
	}
	return k.pool.QueryContext(ctx, query, args...)
}

// statement returns the prepared statement of a text; nil while it is none.
func (k *known) statement(ctx context.Context, query string) *sql.Stmt {
	k.mu.RLock()
	st, full := k.prepared[query], len(k.prepared) >= mostKnown
	k.mu.RUnlock()
	if st != nil || full || len(query) > longestSQL || !k.due(query) {
		return st
	}
	// Not under the lock: a connection may have to be waited for.
	st, err := k.pool.PrepareContext(context.WithoutCancel(ctx), query)
	if err != nil {
		return nil // the query itself will say what is wrong
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.prepared == nil {
		k.prepared = map[string]*sql.Stmt{}
	}
	k.prepared[query] = st
	return st
}

// due reports whether a text is asked for the time at which it is prepared.
func (k *known) due(query string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.asked == nil || len(k.asked) >= mostAsked {
		k.asked = map[string]int{}
	}
	k.asked[query]++
	return k.asked[query] == often
}
