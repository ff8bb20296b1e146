// Package store is the one handle to the database: two engines (SQLite,
// PostgreSQL), one SQL text, and the migrations. Domain packages keep their
// own SQL; nothing else reaches a driver.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"suiji/internal/errs"
)

// DB is a handle that may be a transaction. Its reading methods work in
// either; Exec works in a transaction only.
type DB struct {
	engine Engine
	write  *sql.DB
	read   *sql.DB
	q      querier
	tx     *sql.Tx
	watch  *watch   // SQLite only
	writer *known   // SQLite only
	inner  *written // SQLite only, in a transaction
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// ask runs a query; done is called when its rows are closed.
func (db *DB) ask(ctx context.Context, query string, args ...any) (rows *sql.Rows, done func(), err error) {
	if db.inner != nil {
		return db.inner.ask(ctx, query, args...)
	}
	rows, err = db.q.QueryContext(ctx, query, args...)
	return rows, func() {}, err
}

// Scanner is a row to read from.
type Scanner interface{ Scan(dest ...any) error }

// Engine says which engine db talks to.
func (db *DB) Engine() Engine { return db.engine }

// Pools tells of each handle how its connections are used.
func (db *DB) Pools() map[string]sql.DBStats {
	if db.read == db.write {
		return map[string]sql.DBStats{"all": db.write.Stats()}
	}
	return map[string]sql.DBStats{"read": db.read.Stats(), "write": db.write.Stats()}
}

// Close closes every connection.
func (db *DB) Close() error {
	if db.watch != nil {
		db.watch.close()
	}
	if db.read == db.write {
		return db.write.Close()
	}
	return errors.Join(db.read.Close(), db.write.Close())
}

// retries is how often a transaction that lost a serialisation race starts
// again, each time after a longer wait.
const retries = 20

// InTx runs fn in one serialisable transaction. fn must be repeatable and do
// nothing outside the database: it runs again after a lost race. An error of
// the commit itself has kind Unknown: nobody can say whether it was kept.
func (db *DB) InTx(ctx context.Context, fn func(tx *DB) error) error {
	return db.inTx(ctx, sql.LevelSerializable, fn)
}

// InTurn is InTx for those who queue by a row that each of them changes first,
// and read what others only add to. On PostgreSQL each of its statements sees
// what was committed before it, so that it never loses a race to those others.
func (db *DB) InTurn(ctx context.Context, fn func(tx *DB) error) error {
	return db.inTx(ctx, sql.LevelReadCommitted, fn)
}

func (db *DB) inTx(ctx context.Context, level sql.IsolationLevel, fn func(tx *DB) error) error {
	if db.tx != nil {
		return errors.New("BUG: a transaction inside a transaction")
	}
	var err error
	for i := range retries {
		if err = db.once(ctx, level, fn); code(err) != "retry" {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(i+1) * 5 * time.Millisecond):
		}
	}
	return errs.Because(errs.Conflict, "同一内容正被他人修改，本次没有写入任何数据，请稍后再试", err)
}

// Raced reports whether a transaction was given up because it lost every race
// against others: nothing is wrong, and the next try may win.
func Raced(err error) bool { return code(err) == "retry" }

// begin starts a transaction.
func (db *DB) begin(ctx context.Context, level sql.IsolationLevel) (*DB, error) {
	in := &DB{engine: db.engine, write: db.write, read: db.read}
	var err error
	if db.engine == Postgres {
		in.tx, err = db.write.BeginTx(ctx, &sql.TxOptions{Isolation: level})
	} else if in.inner, err = db.writer.begin(ctx); err == nil {
		in.tx = in.inner.tx
	}
	in.q = in.tx
	return in, err
}

func (db *DB) once(ctx context.Context, level sql.IsolationLevel, fn func(tx *DB) error) error {
	in, err := db.begin(ctx, level)
	if err != nil {
		return fmt.Errorf("begin: %w", begun(err))
	}
	tx := in.tx
	// Also when fn panics: an open transaction would hold SQLite's only writer
	// for ever. The first error is the one that tells; a failed rollback only
	// means that it was committed, or that the connection is gone.
	defer func() { _ = tx.Rollback() }()
	if err := fn(in); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		switch code(err) {
		case "retry":
			return err
		case "full": // SQLite found no room for the last page: it has kept none
			return classify(err)
		}
		return errs.Because(errs.Unknown, "数据库没有确认是否保存。请用同一页面再提交一次：系统不会重复办理", err)
	}
	return nil
}

// Exec runs a statement that changes rows and returns how many. It refuses to
// run outside a transaction.
func (db *DB) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	if db.tx == nil {
		return 0, errors.New("BUG: a change outside a transaction")
	}
	exec := db.tx.ExecContext
	if db.inner != nil {
		exec = db.inner.ExecContext
	}
	res, err := exec(ctx, query, args...)
	if err != nil {
		return 0, classify(err)
	}
	return res.RowsAffected()
}

// Apart runs fn as a part of the transaction that can be taken back by itself: if
// fn returns an error, what it changed is as before, and the transaction goes on.
// If not even that can be done, the transaction is lost, and the error has no kind
// of fn's.
func (db *DB) Apart(ctx context.Context, fn func() error) error {
	if _, err := db.Exec(ctx, `SAVEPOINT part`); err != nil {
		return err
	}
	failed := fn()
	if failed != nil {
		if _, err := db.Exec(ctx, `ROLLBACK TO SAVEPOINT part`); err != nil {
			return fmt.Errorf("take back after %v: %w", failed, err)
		}
	}
	if _, err := db.Exec(ctx, `RELEASE SAVEPOINT part`); err != nil {
		return fmt.Errorf("release: %w", err)
	}
	return failed
}

// Prepare returns a function that runs one changing statement many times.
func (db *DB) Prepare(ctx context.Context, query string) (exec func(args ...any) error, done func() error, err error) {
	if db.tx == nil {
		return nil, nil, errors.New("BUG: a change outside a transaction")
	}
	st, err := db.tx.PrepareContext(ctx, query)
	if err != nil {
		return nil, nil, classify(err)
	}
	exec = func(args ...any) error {
		_, err := st.ExecContext(ctx, args...)
		return classify(err)
	}
	return exec, st.Close, nil
}

// All returns every row of a query. The slice is empty, not an error, when
// there is none.
func All[T any](ctx context.Context, db *DB, scan func(Scanner) (T, error), query string, args ...any) ([]T, error) {
	var all []T
	err := Each(ctx, db, scan, func(v T) error {
		all = append(all, v)
		return nil
	}, query, args...)
	return all, err
}

// Each hands every row of a query to fn, one at a time, in memory of one row.
func Each[T any](ctx context.Context, db *DB, scan func(Scanner) (T, error), fn func(T) error, query string, args ...any) error {
	rows, done, err := db.ask(ctx, query, args...)
	if err != nil {
		return classify(err)
	}
	defer done()
	defer rows.Close()
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return fmt.Errorf("scan: %w", err)
		}
		if err := fn(v); err != nil {
			return err
		}
	}
	return classify(rows.Err())
}

// One returns the one row of a query, or an error of kind NotFound.
func One[T any](ctx context.Context, db *DB, scan func(Scanner) (T, error), query string, args ...any) (v T, err error) {
	rows, done, err := db.ask(ctx, query, args...)
	if err != nil {
		return v, classify(err)
	}
	defer done()
	defer rows.Close()
	if !rows.Next() {
		if err = rows.Err(); err == nil {
			err = sql.ErrNoRows
		}
		return v, classify(err)
	}
	if v, err = scan(rows); err == nil {
		err = rows.Close()
	}
	return v, classify(err)
}

// Value scans a row of a single column.
func Value[T any](s Scanner) (v T, err error) {
	err = s.Scan(&v)
	return v, err
}

// Instant reads a time as the tables keep it, in UTC milliseconds; 0 is none.
func Instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// Millis is a time as the tables keep it; none is 0.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
