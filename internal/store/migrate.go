package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"

	"suiji/internal/errs"
	files "suiji/internal/keep"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date, forward only, each file in a
// transaction, and refuses a database that a newer program has written. Files
// with a lower number that came later (branches land in their own order) are
// applied too. An SQLite file (path) is copied first, if there is anything to lose.
func migrate(ctx context.Context, db *DB, path string) error {
	dialect := goose.DialectSQLite3
	if db.engine == Postgres {
		dialect = goose.DialectPostgres
	}
	all, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	files := ofEngine{all, db.engine}
	p, err := goose.NewProvider(dialect, db.write, files, goose.WithVerbose(false), goose.WithAllowOutofOrder(true))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	h, err := hands(ctx, db)
	if err != nil {
		return fmt.Errorf("ask PostgreSQL for the role's rights: %w", err)
	}
	if !h.migrates && !h.reads {
		return h.refuse()
	}
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if current > target {
		return fmt.Errorf("the database has schema %d, this program knows %d: start a newer program", current, target)
	}
	if current > 0 {
		v, err := foreign(ctx, db)
		if err != nil {
			return fmt.Errorf("read schema version: %w", err)
		}
		if v != 0 {
			return fmt.Errorf("the database has schema %d, which this program does not know: start a newer program", v)
		}
	}
	pending, err := p.HasPending(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if pending && !h.migrates {
		return h.refuse()
	}
	if path != "" && current > 0 && pending {
		if err := keep(ctx, db, fmt.Sprintf("%s.before-%d", path, target)); err != nil {
			return fmt.Errorf("copy the database before it is migrated: %w", err)
		}
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// hand is the role of PostgreSQL that has signed in, and what it may do with the
// schema; on SQLite whoever opens the file may do all.
type hand struct {
	role, owner     string
	migrates, reads bool
}

// hands asks without making anything, which goose would.
func hands(ctx context.Context, db *DB) (hand, error) {
	if db.engine != Postgres {
		return hand{migrates: true, reads: true}, nil
	}
	return One(ctx, db, func(s Scanner) (h hand, err error) {
		err = s.Scan(&h.role, &h.owner, &h.migrates, &h.reads)
		return h, err
	}, `
		SELECT current_user::text, pg_get_userbyid(coalesce(t.relowner, d.datdba))::text,
			coalesce(pg_has_role(t.relowner, 'USAGE'), has_schema_privilege(current_schema(), 'CREATE'), FALSE),
			coalesce(has_table_privilege(t.oid, 'SELECT'), FALSE)
		FROM pg_database d LEFT JOIN pg_class t ON t.oid = to_regclass('goose_db_version')
		WHERE d.datname = current_database()`)
}

// refuse says who must bring the schema up to date first, and how.
func (h hand) refuse() error {
	return errs.E(errs.Invalid, fmt.Sprintf("数据库的表还没有升级到本程序的版本，或者没有授权，而角色 %[1]s 不能改表：没有启动，也没有改动任何内容。"+
		"请先以表的所有者 %[2]s 运行 suiji database migrate --database postgres://%[2]s@…，再运行 suiji database grants %[1]s | psql postgres://%[2]s@…，然后重新启动", h.role, h.owner))
}

// Schema returns the version of the schema that the database has, and the one
// that this program knows. They differ on a node that another has overtaken.
func (db *DB) Schema(ctx context.Context) (has, knows int64, err error) {
	has, err = One(ctx, db, Value[int64], `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`)
	v, err2 := foreign(ctx, db)
	if v != 0 {
		has = v
	}
	all, err3 := numbers()
	for n := range all {
		knows = max(knows, n)
	}
	return has, knows, errors.Join(err, err2, err3)
}

// numbers are those of the migrations that this program knows.
func numbers() (map[int64]bool, error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	all := map[int64]bool{}
	for _, f := range files {
		n, err := goose.NumericComponent(f)
		if err != nil {
			return nil, fmt.Errorf("read migrations: %w", err)
		}
		all[n] = true
	}
	return all, err
}

// foreign returns a migration of the database that this program does not know,
// be its number higher than all others or lower, as of one that came late; 0:
// there is none.
func foreign(ctx context.Context, db *DB) (int64, error) {
	known, err := numbers()
	if err != nil {
		return 0, err
	}
	applied, err := All(ctx, db, Value[int64], `SELECT version_id FROM goose_db_version WHERE is_applied AND version_id > 0`)
	i := slices.IndexFunc(applied, func(v int64) bool { return !known[v] })
	if err != nil || i < 0 {
		return 0, err
	}
	return applied[i], nil
}

// keep copies the database to a file, unless an attempt before this one did.
func keep(ctx context.Context, db *DB, path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	part := path + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := db.Snapshot(ctx, part); err != nil {
		return err
	}
	// SQLite does not sync a copy, and the next attempt believes what stands
	// under this name.
	f, err := os.OpenFile(part, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	return files.SyncFolder(filepath.Dir(path))
}

// ofEngine shows the migrations of one engine: those with one text for both,
// and of a pair (NNNN_words.sqlite.sql, NNNN_words.postgres.sql) its own.
type ofEngine struct {
	fs.FS
	engine Engine
}

// ReadDir lists the files of the engine.
func (f ofEngine) ReadDir(name string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(f.FS, name)
	return slices.DeleteFunc(all, func(e fs.DirEntry) bool {
		parts := strings.Split(e.Name(), ".")
		return len(parts) == 3 && parts[1] != string(f.engine)
	}), err
}
