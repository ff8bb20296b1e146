package store

import (
	"context"
	"database/sql"
	"sync"
)

// watch is SQLite's connection that only looks whether others have changed the
// file: its count is of what others than itself commit.
type watch struct {
	mu   sync.Mutex
	conn *sql.Conn
	stmt *sql.Stmt
}

// Edition names what can be read now: if two calls return the same, nothing
// was committed between them, by nobody, in this process or in another. Names
// are compared among the calls on one handle, not with those of others.
func (db *DB) Edition(ctx context.Context) (string, error) {
	if db.engine == Postgres {
		// A snapshot lists which transactions are seen: two that are equal see
		// the same.
		return One(ctx, db, Value[string], `SELECT CAST(pg_current_snapshot() AS TEXT)`)
	}
	return db.watch.version(ctx, db.read)
}

func (w *watch) version(ctx context.Context, pool *sql.DB) (v string, err error) {
	// SQLite's driver starts a goroutine for each statement that could be
	// cancelled; this one reads a number from shared memory.
	ctx = context.WithoutCancel(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stmt == nil {
		if w.conn, err = pool.Conn(ctx); err != nil {
			return "", err
		}
		if w.stmt, err = w.conn.PrepareContext(ctx, "PRAGMA data_version"); err != nil {
			return "", err
		}
	}
	err = w.stmt.QueryRowContext(ctx).Scan(&v)
	return v, err
}

func (w *watch) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.conn != nil {
		w.conn.Close()
		w.conn, w.stmt = nil, nil
	}
}
