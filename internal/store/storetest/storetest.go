// Package storetest gives tests a fresh database on each engine.
package storetest

import (
	"context"
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
		t.Run("postgres", func(t T) { body(t, open(t, Postgres(t, dsn))) })
	}
}

// SQLite returns a fresh SQLite database.
func SQLite(t testing.TB) *store.DB {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "suiji.db"))
}

// Postgres makes a fresh database on the server that dsn names and returns
// its address.
func Postgres(t testing.TB, dsn string) string {
	t.Helper()
	name := strings.ToLower("t" + store.NewID(time.Now()))
	admin, err := store.TestOnlyRaw(dsn)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Exec("CREATE DATABASE " + name + " TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
		admin.Close()
	})
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(fmt.Errorf("SUIJI_TEST_POSTGRES: %w", err))
	}
	u.Path = "/" + name
	return u.String()
}

func open(t testing.TB, dsn string) *store.DB {
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
