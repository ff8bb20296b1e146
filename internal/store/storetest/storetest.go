// Package storetest gives tests a fresh database on each engine.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"suiji/internal/store"
)

// runner is a test or a benchmark.
type runner[T any] interface {
	testing.TB
	Run(name string, body func(T)) bool
}

// Each runs body on a fresh SQLite file and, when SUIJI_TEST_POSTGRES names a
// server (make test sets it), on a fresh PostgreSQL database.
func Each[T runner[T]](t T, body func(t T, db *store.DB)) {
	t.Helper()
	t.Run("sqlite", func(t T) { body(t, SQLite(t)) })
	if dsn := os.Getenv("SUIJI_TEST_POSTGRES"); dsn != "" {
		t.Run("postgres", func(t T) { body(t, Open(t, Postgres(t, dsn))) })
	}
}

// SQLite returns a fresh SQLite database.
func SQLite(t testing.TB) *store.DB {
	t.Helper()
	return Open(t, filepath.Join(t.TempDir(), "suiji.db"))
}

// Server names the server of PostgreSQL that the tests have; without one a test
// that is about nothing else is left out.
func Server(t testing.TB) string {
	t.Helper()
	dsn := os.Getenv("SUIJI_TEST_POSTGRES")
	if dsn == "" {
		t.Skip("wants PostgreSQL: scripts/with-postgres")
	}
	return dsn
}

// Postgres makes a fresh database on the server that dsn names and returns
// its address.
func Postgres(t testing.TB, dsn string) string {
	t.Helper()
	name := strings.ToLower("t" + store.NewID(time.Now()))
	SQL(t, dsn, "CREATE DATABASE "+name+" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
	t.Cleanup(func() { SQL(t, dsn, "DROP DATABASE "+name+" WITH (FORCE)") })
	u := parse(t, dsn)
	u.Path = "/" + name
	return u.String()
}

// Roles makes a fresh database with no tables, and returns its address for two
// roles: its owner and one that owns nothing. Neither is the server's administrator.
func Roles(t testing.TB, dsn string) (owner, serving string) {
	t.Helper()
	admin := Postgres(t, dsn)
	u := parse(t, admin)
	as := func(role string) string {
		u.User = url.User(role)
		return u.String()
	}
	base := strings.TrimPrefix(u.Path, "/")
	o, s := base+"_owner", base+"_app"
	SQL(t, dsn, "CREATE ROLE "+o+" LOGIN; CREATE ROLE "+s+" LOGIN; ALTER DATABASE "+base+" OWNER TO "+o)
	t.Cleanup(func() {
		SQL(t, admin, "DROP OWNED BY "+s+"; REASSIGN OWNED BY "+o+" TO CURRENT_USER; DROP OWNED BY "+o+"; DROP ROLE "+s+"; DROP ROLE "+o)
	})
	return as(o), as(s)
}

// Served makes a fresh database as an office should have it: its owner has made
// the tables, and the program has signed in as the role that only serves.
func Served(t testing.TB, dsn string) (owner, serving string) {
	t.Helper()
	owner, serving = Roles(t, dsn)
	db, err := store.Open(context.Background(), owner)
	if err == nil {
		err = db.Close()
	}
	sql, err2 := store.Grants(parse(t, serving).User.Username())
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	SQL(t, owner, sql)
	return owner, serving
}

// SQL runs statements on PostgreSQL, beside the program.
func SQL(t testing.TB, dsn, statements string) {
	t.Helper()
	db, err := store.TestOnlyRaw(dsn)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(statements)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Errorf("%s: %v", statements, err)
	}
}

func parse(t testing.TB, dsn string) *url.URL {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(fmt.Errorf("SUIJI_TEST_POSTGRES: %w", err))
	}
	return u
}

// Open opens a database until the test ends.
func Open(t testing.TB, dsn string) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}
