package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"runtime"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"suiji/internal/errs"
)

// Engine is one of the two database engines.
type Engine string

// The engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// Open opens the database that dsn names: a postgres:// address, or the path
// of an SQLite file, and brings its schema up to date.
func Open(ctx context.Context, dsn string) (*DB, error) {
	if strings.HasPrefix(dsn, "postgres://") {
		return openPostgres(ctx, dsn)
	}
	return openSQLite(ctx, dsn)
}

// openSQLite opens one writer and several readers: SQLite has one writer
// anyway, and waiting for it in Go is cheaper than SQLITE_BUSY.
func openSQLite(ctx context.Context, path string) (*DB, error) {
	q := url.Values{"_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)",
	}}
	// The writer keeps 32 MB of pages: half a million rows of one draw would else
	// be written into indexes whose pages come and go.
	write, err := sql.Open("sqlite", path+"?_txlock=immediate&_pragma=cache_size(-32768)&"+q.Encode())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	write.SetMaxOpenConns(1)
	read, err := sql.Open("sqlite", path+"?"+q.Encode())
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	db := readers(&DB{engine: SQLite, write: write, read: read})
	if err := errors.Join(checkSQLite(ctx, write), migrate(ctx, db, path)); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// readers completes a handle on an SQLite file: several connections that read,
// and one that watches.
func readers(db *DB) *DB {
	db.read.SetMaxOpenConns(max(4, runtime.NumCPU()) + 1)
	db.read.SetMaxIdleConns(max(4, runtime.NumCPU()) + 1)
	db.q, db.watch, db.writer = &known{pool: db.read}, &watch{}, &known{pool: db.write}
	return db
}

// checkSQLite refuses an SQLite that can corrupt its file in WAL mode (before
// 3.51.3).
func checkSQLite(ctx context.Context, db *sql.DB) error {
	var v string
	if err := db.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&v); err != nil {
		return fmt.Errorf("ask SQLite for its version: %w", err)
	}
	var major, minor, patch int
	if _, err := fmt.Sscanf(v, "%d.%d.%d", &major, &minor, &patch); err != nil {
		return fmt.Errorf("read SQLite version %q: %w", v, err)
	}
	if major*1_000_000+minor*1_000+patch < 3_051_003 {
		return fmt.Errorf("SQLite %s is too old: 3.51.3 or newer is needed", v)
	}
	return nil
}

func openPostgres(ctx context.Context, dsn string) (*DB, error) {
	pool, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL: %w", err)
	}
	pool.SetMaxOpenConns(16)
	pool.SetMaxIdleConns(16) // else all but two are opened anew for each burst
	db := &DB{engine: Postgres, write: pool, read: pool, q: pool}
	if err := errors.Join(checkPostgres(ctx, pool), migrate(ctx, db, "")); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// checkPostgres refuses a database whose text order is not bytewise: the
// order of names would differ between machines.
func checkPostgres(ctx context.Context, db *sql.DB) error {
	var c string
	err := db.QueryRowContext(ctx, "SELECT datcollate FROM pg_database WHERE datname = current_database()").Scan(&c)
	if err != nil {
		return fmt.Errorf("ask PostgreSQL for its collation: %w", err)
	}
	if c != "C" && c != "POSIX" && c != "C.UTF-8" {
		return fmt.Errorf("the database has collation %q, it must be made with C: CREATE DATABASE … LC_COLLATE 'C' TEMPLATE template0", c)
	}
	return nil
}

// classify turns a driver's error into one with a kind.
func classify(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		return errs.Because(errs.NotFound, "没有找到所请求的内容", err)
	}
	switch code(err) {
	case "unique":
		return errs.Because(errs.Conflict, "同样的内容已经存在", err)
	case "constraint":
		return errs.Because(errs.Invalid, "内容不符合数据约束", err)
	case "no text":
		return errs.Because(errs.Invalid, "内容里有不能识别的字符（不是 UTF-8 编码，或者是空字符），没有保存任何改动。请删去以后再试", err)
	case "full":
		return errs.Because(errs.Full, "服务器磁盘空间不足，没有保存任何改动。请联系系统管理员清理磁盘，然后再提交一次", err)
	case "away":
		return errs.Because(errs.Away, "数据库暂时不能读写，没有保存任何改动。请稍后再试；持续出现，请联系系统管理员", err)
	}
	return err
}

// begun is classify for a transaction that did not begin: whatever went wrong,
// nothing was kept.
func begun(err error) error {
	if code(err) == "retry" || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if named := classify(err); errs.KindOf(named) != errs.Internal {
		return named
	}
	return errs.Because(errs.Away, "数据库暂时不能读写，没有保存任何改动。请稍后再试；持续出现，请联系系统管理员", err)
}

// code names the sort of a driver's error in one vocabulary.
func code(err error) string {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_FULL:
			return "full"
		case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN:
			return "away"
		}
		switch lite.Code() {
		case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
			return "unique"
		case sqlite3.SQLITE_CONSTRAINT_CHECK, sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY, sqlite3.SQLITE_CONSTRAINT_NOTNULL:
			return "constraint"
		case sqlite3.SQLITE_BUSY:
			return "retry"
		}
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code {
		case "23505":
			return "unique"
		case "23503", "23514", "23502":
			return "constraint"
		case "40001", "40P01":
			return "retry"
		case "22021", "22P05": // bytes that are no text, which SQLite keeps as they are
			return "no text"
		case "53100":
			return "full"
		case "57P01", "57P02", "57P03", "53300": // it stops, has crashed, starts, has no connection left
			return "away"
		}
		if strings.HasPrefix(pg.Code, "08") || strings.HasPrefix(pg.Code, "58") { // the connection; its disk
			return "away"
		}
	}
	var connect *pgconn.ConnectError
	var network net.Error
	if errors.As(err, &connect) || errors.As(err, &network) && !errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, driver.ErrBadConn) {
		return "away"
	}
	return ""
}

// TestOnlyRaw opens a PostgreSQL server without our schema, for tests that
// make databases.
func TestOnlyRaw(dsn string) (*sql.DB, error) { return sql.Open("pgx", dsn) }
