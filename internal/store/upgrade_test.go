package store_test

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"suiji/internal/store"
)

// sqliteOnly hides the texts of the other engine.
type sqliteOnly struct{ fs.FS }

func (f sqliteOnly) ReadDir(name string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(f.FS, name)
	var own []fs.DirEntry
	for _, e := range all {
		if !strings.HasSuffix(e.Name(), ".postgres.sql") {
			own = append(own, e)
		}
	}
	return own, err
}

// without hides one file more.
type without struct {
	fs.FS
	name string
}

func (f without) ReadDir(name string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(f.FS, name)
	return slices.DeleteFunc(all, func(e fs.DirEntry) bool { return e.Name() == f.name }), err
}

// A file that came later with a lower number is applied, after a copy.
func TestLateMigration(t *testing.T) {
	path := filepath.Join(t.TempDir(), "suiji.db")
	old, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, old, without{sqliteOnly{os.DirFS("migrations")}, "0038_filter.sql"})
	if err == nil {
		_, err = p.Up(t.Context())
	}
	if err == nil {
		err = old.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := store.One(t.Context(), db, store.Value[int], `SELECT count(*) FROM filter_saved`); err != nil {
		t.Error(err)
	}
	if copies, err := filepath.Glob(path + ".before-*"); err != nil || len(copies) != 1 {
		t.Errorf("copies %v, %v, want one", copies, err)
	}
}

// A database that an older program made is copied before it is brought up to
// date, once; a fresh one is not.
func TestUpgradeCopiesFirst(t *testing.T) {
	path := filepath.Join(t.TempDir(), "suiji.db")
	old, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, old, sqliteOnly{os.DirFS("migrations")})
	if err == nil {
		_, err = p.UpTo(t.Context(), 1)
	}
	if err == nil {
		_, err = old.Exec(`INSERT INTO identity_authority (authority_id, name, short_name, area_code, area_name, phone, hash, relaxed_duties, demo)
			VALUES ('a', '甲', '', '', '', '', 'sha256', FALSE, FALSE)`)
	}
	if err == nil {
		err = old.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		db, err := store.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := store.One(t.Context(), db, store.Value[int], `SELECT count(*) FROM identity_authority`); err != nil || n != 1 {
			t.Errorf("%d authorities, %v, want the one from before", n, err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		copies, err := filepath.Glob(path + ".before-*")
		if err != nil || len(copies) != 1 || strings.HasSuffix(copies[0], ".part") {
			t.Fatalf("copies %v, %v, want one", copies, err)
		}
		kept, err := sql.Open("sqlite", copies[0])
		if err != nil {
			t.Fatal(err)
		}
		var version int
		if err := kept.QueryRow(`SELECT max(version_id) FROM goose_db_version`).Scan(&version); err != nil || version != 1 {
			t.Errorf("the copy has schema %d, %v, want 1, as it was", version, err)
		}
		if err := kept.Close(); err != nil {
			t.Fatal(err)
		}
	}
	fresh := filepath.Join(t.TempDir(), "fresh.db")
	db, err := store.Open(t.Context(), fresh)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if copies, _ := filepath.Glob(fresh + ".before-*"); len(copies) > 0 {
		t.Errorf("a fresh database was copied: %v", copies)
	}
}

// A program refuses a schema that a newer one has changed: by a file with a
// higher number, and by one that came late, with a lower number.
func TestNewerSchemaIsRefused(t *testing.T) {
	for name, address := range addresses() {
		for _, version := range []int{9999, 2} {
			t.Run(fmt.Sprint(name, version), func(t *testing.T) {
				dsn := address(t)
				db, err := store.Open(t.Context(), dsn)
				if err != nil {
					t.Fatal(err)
				}
				err = db.InTx(t.Context(), func(tx *store.DB) error {
					_, err := tx.Exec(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES ($1, TRUE)`, version)
					return err
				})
				if err := errors.Join(err, db.Close()); err != nil {
					t.Fatal(err)
				}
				db, err = store.Open(t.Context(), dsn)
				if err == nil {
					db.Close()
				}
				if err == nil || !strings.Contains(err.Error(), "start a newer program") {
					t.Errorf("it is opened: %v", err)
				}
			})
		}
	}
}
