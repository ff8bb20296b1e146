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
	waiting  []string // to be prepared when the writer is free
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
	st, due := k.statement(query)
	if due {
		st = k.prepare(context.WithoutCancel(ctx), query)
	}
	if st != nil {
		return st.QueryContext(ctx, args...)
	}
	return k.pool.QueryContext(ctx, query, args...)
}

// statement returns the prepared statement of a text; nil while it is none. due
// says that now is the time to prepare it.
func (k *known) statement(query string) (st *sql.Stmt, due bool) {
	k.mu.RLock()
	st, full := k.prepared[query], len(k.prepared) >= mostKnown
	k.mu.RUnlock()
	return st, st == nil && !full && len(query) <= longestSQL && k.due(query)
}

// prepare keeps a text prepared.
func (k *known) prepare(ctx context.Context, query string) *sql.Stmt {
	// Not under the lock: a connection may have to be waited for.
	st, err := k.pool.PrepareContext(ctx, query)
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

// written is one transaction of SQLite's writer. A statement that it has asked often
// is prepared before some later transaction begins: there is one connection, and
// this one holds it.
type written struct {
	tx   *sql.Tx
	k    *known
	own  map[string]*sql.Stmt
	open map[string]bool // being read: to be asked again only apart from it
}

// begin starts a transaction of the writer.
func (k *known) begin(ctx context.Context) (*written, error) {
	k.mu.Lock()
	waiting := k.waiting
	k.waiting = nil
	k.mu.Unlock()
	for i, query := range waiting {
		if k.prepare(ctx, query) == nil && ctx.Err() != nil {
			k.mu.Lock()
			k.waiting = append(k.waiting, waiting[i:]...)
			k.mu.Unlock()
			break
		}
	}
	tx, err := k.pool.BeginTx(ctx, nil)
	return &written{tx: tx, k: k, own: map[string]*sql.Stmt{}, open: map[string]bool{}}, err
}

// statement returns what is prepared of a text and not being read; nil if nothing.
func (w *written) statement(ctx context.Context, query string, args []any) *sql.Stmt {
	if w.open[query] || len(args) > manyArgs {
		return nil
	}
	if st := w.own[query]; st != nil {
		return st
	}
	st, due := w.k.statement(query)
	if due {
		w.k.mu.Lock()
		w.k.waiting = append(w.k.waiting, query)
		w.k.mu.Unlock()
	}
	if st == nil {
		return nil
	}
	w.own[query] = w.tx.StmtContext(ctx, st)
	return w.own[query]
}

// ask runs a query; done is called when its rows are closed.
func (w *written) ask(ctx context.Context, query string, args ...any) (rows *sql.Rows, done func(), err error) {
	done = func() {}
	st := w.statement(ctx, query, args)
	if st == nil {
		rows, err = w.tx.QueryContext(ctx, query, args...)
		return rows, done, err
	}
	if rows, err = st.QueryContext(ctx, args...); err == nil {
		w.open[query] = true
		done = func() { delete(w.open, query) }
	}
	return rows, done, err
}

// ExecContext runs a statement that changes rows.
func (w *written) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if st := w.statement(ctx, query, args); st != nil {
		return st.ExecContext(ctx, args...)
	}
	return w.tx.ExecContext(ctx, query, args...)
}
