package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

const insertDay = `INSERT INTO reference_day (year, day, work, name) VALUES ($1, $2, $3, $4)`

func days(t *testing.T, db *store.DB) int64 {
	t.Helper()
	n, err := store.One(t.Context(), db, store.Value[int64], `SELECT count(*) FROM reference_day`)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestInTx(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		if _, err := db.Exec(ctx, insertDay, 2022, "2022-01-01", true, "元旦"); err == nil {
			t.Fatal("Exec outside a transaction succeeded")
		}
		stop := errors.New("stop")
		err := db.InTx(ctx, func(tx *store.DB) error {
			if _, err := tx.Exec(ctx, insertDay, 2022, "2022-01-01", true, "元旦"); err != nil {
				return err
			}
			return stop
		})
		if !errors.Is(err, stop) || days(t, db) != 0 {
			t.Fatalf("InTx = %v with %d rows left, want %v and 0", err, days(t, db), stop)
		}
		add := func(tx *store.DB) error {
			_, err := tx.Exec(ctx, insertDay, 2022, "2022-01-01", true, "元旦")
			return err
		}
		if err := db.InTx(ctx, add); err != nil {
			t.Fatal(err)
		}
		if err := db.InTx(ctx, add); errs.KindOf(err) != errs.Conflict {
			t.Errorf("second insert: kind %v, want Conflict", errs.KindOf(err))
		}
		if got := days(t, db); got != 1 {
			t.Errorf("%d rows, want 1", got)
		}
	})
}

// The rows of the table in docs/sql.md that this house leans on most.
func TestOneTextTwoEngines(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		err := db.InTx(ctx, func(tx *store.DB) error {
			for _, d := range []string{"2022-01-03", "2022-01-01", "2022-01-02"} {
				if _, err := tx.Exec(ctx, insertDay, 2022, d, d != "2022-01-02", "节"); err != nil {
					return err
				}
			}
			_, err := tx.Exec(ctx, insertDay+` ON CONFLICT (year, day) DO UPDATE SET name = excluded.name`, 2022, "2022-01-03", true, "改")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		tests := []struct {
			name, query string
			args        []any
			want        string
		}{
			{"repeated and out of order", `SELECT cast($2 AS TEXT) || cast($1 AS TEXT) || cast($2 AS TEXT)`, []any{"a", "b"}, "bab"},
			{"filter", `SELECT cast(count(*) FILTER (WHERE work) AS TEXT) FROM reference_day`, nil, "2"},
			{"row comparison", `SELECT day FROM reference_day WHERE (year, day) > ($1, $2) ORDER BY year, day LIMIT 1`, []any{2022, "2022-01-01"}, "2022-01-02"},
			{"string_agg in order", `SELECT string_agg(day, ',' ORDER BY day DESC) FROM reference_day`, nil, "2022-01-03,2022-01-02,2022-01-01"},
			{"upsert", `SELECT name FROM reference_day WHERE day = '2022-01-03'`, nil, "改"},
			{"prefix", `SELECT day FROM reference_day WHERE substr(day, 1, length($1)) = $1 ORDER BY day LIMIT 1`, []any{"2022-01-0"}, "2022-01-01"},
		}
		for _, tt := range tests {
			if got, err := store.One(ctx, db, store.Value[string], tt.query, tt.args...); err != nil || got != tt.want {
				t.Errorf("%s: got %q, %v, want %q", tt.name, got, err, tt.want)
			}
		}
		for _, bytes := range []string{"\x00", "\xff"} { // SQLite takes them as they are
			if _, err := store.One(ctx, db, store.Value[string], `SELECT day FROM reference_day WHERE day = $1`, bytes); errs.KindOf(err) != errs.NotFound && errs.KindOf(err) != errs.Invalid {
				t.Errorf("%q: %v, want NotFound or Invalid", bytes, err)
			}
		}
		if _, err := store.One(ctx, db, store.Value[string], `SELECT day FROM reference_day WHERE day = 'x'`); errs.KindOf(err) != errs.NotFound {
			t.Errorf("no row: kind %v, want NotFound", errs.KindOf(err))
		}
	})
}

func TestTwoWritersBothCount(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		done := make(chan error)
		const writers, each = 4, 10
		for range writers {
			go func() {
				for range each {
					if err := db.InTx(ctx, func(tx *store.DB) error { return increment(ctx, tx) }); err != nil {
						done <- err
						return
					}
				}
				done <- nil
			}()
		}
		for range writers {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if got := days(t, db); got != writers*each {
			t.Errorf("%d rows, want %d", got, writers*each)
		}
	})
}

// increment adds a row numbered by a count, so that a lost race would show.
func increment(ctx context.Context, tx *store.DB) error {
	n, err := store.One(ctx, tx, store.Value[int64], `SELECT count(*) FROM reference_day`)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, insertDay, n, "2022-01-01", true, "")
	return err
}

func TestNewIDSortsByTime(t *testing.T) {
	at := time.UnixMilli(1_650_000_000_000)
	a, b := store.NewID(at), store.NewID(at.Add(time.Millisecond))
	if len(a) != 26 || a >= b {
		t.Errorf("NewID: %q then %q, want 26 characters ascending", a, b)
	}
}
