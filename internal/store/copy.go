package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"

	"github.com/pressly/goose/v3"

	"suiji/internal/errs"
)

// OpenCopy opens an SQLite file that nobody writes, to be read alone: nothing
// is migrated, locked or made beside it.
// Errors: Conflict if the file is of another version of the program, or its
// last changes are not in it.
func OpenCopy(ctx context.Context, path string) (*DB, error) {
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() > 0 {
		return nil, errs.E(errs.Conflict, path+"-wal 里还有没有并入的改动：这不是停稳的副本，没有打开。请用备份或者 suiji portal copy 做的副本")
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if _, err := os.Stat(path); err != nil {
		return nil, errs.Because(errs.NotFound, "副本里没有 "+path, err)
	}
	q := url.Values{"_pragma": {"query_only(ON)"}, "mode": {"ro"}, "immutable": {"1"}}
	read, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db := readers(&DB{engine: SQLite, write: read, read: read})
	if err := errors.Join(checkSQLite(ctx, read), sameSchema(ctx, db)); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// sameSchema refuses a copy that an older or newer program has made.
func sameSchema(ctx context.Context, db *DB) error {
	all, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db.write, ofEngine{all, db.engine}, goose.WithVerbose(false), goose.WithAllowOutofOrder(true))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	pending, err := p.HasPending(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if pending || current != target {
		return errs.E(errs.Conflict, fmt.Sprintf("副本的版本是 %d，本程序的是 %d：请用同一版程序做的副本。没有改动副本", current, target))
	}
	return nil
}

// Strip changes an SQLite file that nobody else has open by statements, and
// leaves nothing of what was deleted in it.
func Strip(ctx context.Context, path string, statements []string) (err error) {
	db, err := sql.Open("sqlite", path+"?_pragma=foreign_keys(OFF)&_pragma=secure_delete(ON)&_pragma=journal_mode(DELETE)")
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, s := range append(statements, "VACUUM") {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}
