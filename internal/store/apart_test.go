package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// A part of a transaction that fails leaves nothing, and the rest goes on.
func TestApart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		stop := errors.New("stop")
		add := func(tx *store.DB, day string) error {
			_, err := tx.Exec(ctx, insertDay, 2022, day, true, "节")
			return err
		}
		err := db.InTx(ctx, func(tx *store.DB) error {
			for _, tt := range []struct {
				name string
				fn   func() error
				want func(error) bool
			}{
				{"kept", func() error { return add(tx, "2022-01-01") }, func(err error) bool { return err == nil }},
				{"stopped", func() error { return errors.Join(add(tx, "2022-01-02"), stop) }, func(err error) bool { return errors.Is(err, stop) }},
				{"refused by the database", func() error { return errors.Join(add(tx, "2022-01-03"), add(tx, "2022-01-01")) },
					func(err error) bool { return errs.KindOf(err) == errs.Conflict }},
				{"kept after", func() error { return add(tx, "2022-01-04") }, func(err error) bool { return err == nil }},
			} {
				if err := tx.Apart(ctx, tt.fn); !tt.want(err) {
					t.Errorf("%s: Apart = %v", tt.name, err)
				}
			}
			return nil
		})
		if got := days(t, db); err != nil || got != 2 {
			t.Errorf("InTx = %v, %d rows, want 2", err, got)
		}
		if err := db.Apart(ctx, func() error { return nil }); err == nil {
			t.Error("Apart outside a transaction succeeded")
		}
	})
}

// The writer keeps what it asks often prepared. That changes no answer: not of a
// statement that is asked again while its rows are read, nor after a transaction
// was taken back.
func TestWriterAsksOften(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		if err := db.InTx(ctx, func(tx *store.DB) error {
			for i := range 5 {
				if _, err := tx.Exec(ctx, insertDay, 2022, fmt.Sprintf("2022-01-%02d", i+1), true, "节"); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		const after = `SELECT day FROM reference_day WHERE year = $1 AND day > $2 ORDER BY day`
		stop := errors.New("stop")
		for i := range 30 {
			pairs := 0
			err := db.InTx(ctx, func(tx *store.DB) error {
				each := func(day string) error {
					return store.Each(ctx, tx, store.Value[string], func(later string) error {
						if pairs++; later <= day {
							t.Errorf("%s is not after %s", later, day)
						}
						return nil
					}, after, 2022, day)
				}
				var err error
				if db.Engine() == store.SQLite {
					err = store.Each(ctx, tx, store.Value[string], each, after, 2022, "")
				} else { // PostgreSQL has one query open at a time
					var days []string
					days, err = store.All(ctx, tx, store.Value[string], after, 2022, "")
					for _, day := range days {
						err = errors.Join(err, each(day))
					}
				}
				if err != nil {
					return err
				}
				if _, err := tx.Exec(ctx, `UPDATE reference_day SET name = $1 WHERE day = $2`, fmt.Sprint(i), "2022-01-01"); err != nil || i%2 == 1 {
					return errors.Join(err, stop)
				}
				return nil
			})
			if i%2 == 1 && !errors.Is(err, stop) || i%2 == 0 && err != nil || pairs != 4+3+2+1 {
				t.Fatalf("transaction %d: %v, %d pairs, want 10", i, err, pairs)
			}
			name, err := store.One(ctx, db, store.Value[string], `SELECT name FROM reference_day WHERE day = $1`, "2022-01-01")
			if want := fmt.Sprint(i - i%2); err != nil || name != want {
				t.Fatalf("after transaction %d: %q, %v, want %s", i, name, err, want)
			}
		}
		gone, cancel := context.WithCancel(ctx)
		cancel()
		if err := db.InTx(gone, func(*store.DB) error { return nil }); err == nil {
			t.Error("a transaction began although nobody waits for it")
		}
	})
}
