package store_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"suiji/internal/audit"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// addresses makes the address of a fresh database, by engine.
func addresses() map[string]func(t *testing.T) string {
	engines := map[string]func(t *testing.T) string{"sqlite": func(t *testing.T) string { return filepath.Join(t.TempDir(), "suiji.db") }}
	if dsn := os.Getenv("SUIJI_TEST_POSTGRES"); dsn != "" {
		engines["postgres"] = func(t *testing.T) string { return storetest.Postgres(t, dsn) }
	}
	return engines
}

// both opens a database twice, as two nodes do, on each engine.
func both(t *testing.T, body func(t *testing.T, one, two *store.DB)) {
	for name, address := range addresses() {
		t.Run(name, func(t *testing.T) {
			dsn := address(t)
			var nodes []*store.DB
			for range 2 {
				db, err := store.Open(t.Context(), dsn)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { db.Close() })
				nodes = append(nodes, db)
			}
			body(t, nodes[0], nodes[1])
		})
	}
}

// The edition changes with each commit, on whatever node, and with nothing
// that was rolled back on SQLite; it stays while nobody writes.
func TestEdition(t *testing.T) {
	both(t, func(t *testing.T, one, two *store.DB) {
		edition := func(db *store.DB) string {
			e, err := db.Edition(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return e
		}
		seen := map[string]bool{edition(one): true}
		for i := range 6 {
			writer := []*store.DB{one, two}[i%2]
			if err := audit.New(writer, time.Now).Keep(t.Context(), func(tx *store.DB) error {
				_, err := tx.Exec(t.Context(), `INSERT INTO reference_day (year, day, work, name) VALUES ($1, '3000-01-01', FALSE, '')`, 3000+i)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			e := edition(one)
			if seen[e] {
				t.Fatalf("after commit %d the edition is %s, as before", i, e)
			}
			seen[e] = true
			if again := edition(one); again != e && one.Engine() == store.SQLite {
				t.Errorf("nobody wrote, and the edition went from %s to %s", e, again)
			}
		}
	})
}

// A statement that is asked often stays prepared, and answers each asker with
// its own rows, also while the schema changes under it.
func TestOftenAsked(t *testing.T) {
	db := storetest.SQLite(t)
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 200 {
				n, err := store.One(t.Context(), db, store.Value[int], `SELECT $1 + count(*) FROM identity_authority`, 1000*w+i)
				if err != nil || n != 1000*w+i {
					t.Errorf("asked for %d, got %d, %v", 1000*w+i, n, err)
				}
			}
		})
	}
	wg.Wait()
	if _, err := store.One(t.Context(), db, store.Value[int], `SELECT year FROM reference_day WHERE year = $1`, -1); err == nil {
		t.Error("a row that is not there was found")
	}
	for i := range 20 {
		if _, err := store.All(t.Context(), db, store.Value[string], `SELECT nothing FROM nowhere`); err == nil {
			t.Fatal("a wrong statement is answered", i)
		}
	}
	if err := audit.New(db, time.Now).Keep(t.Context(), func(tx *store.DB) error {
		_, err := tx.Exec(t.Context(), `ALTER TABLE identity_authority ADD COLUMN later TEXT NOT NULL DEFAULT ''`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if n, err := store.One(t.Context(), db, store.Value[int], `SELECT $1 + count(*) FROM identity_authority`, 7); err != nil || n != 7 {
		t.Errorf("after the schema changed: %d, %v", n, err)
	}
}
