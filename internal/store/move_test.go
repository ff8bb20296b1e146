package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// fill enters rows of every type, with texts that engines like to spoil.
func fill(t *testing.T, db *store.DB) {
	t.Helper()
	err := db.InTx(t.Context(), func(tx *store.DB) error {
		_, err := tx.Exec(t.Context(), `
			INSERT INTO identity_authority (authority_id, name, short_name, area_code, area_name, phone, hash, relaxed_duties, demo)
			VALUES ('b', '元氏县“人社局”', '', '130132', '', '', 'sha256', TRUE, FALSE), ('B', '乙
丙', '', '', '', '', 'sm3', FALSE, FALSE)`)
		return err
	})
	if err == nil {
		return
	}
	t.Fatal(err)
}

func TestMove(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		fill(t, db)
		before, err := db.Tally(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		storetest.Each(t, func(t *testing.T, to *store.DB) {
			moved, err := db.Move(t.Context(), to)
			if err != nil {
				t.Fatal(err)
			}
			after, err := to.Tally(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(before, moved); d != "" {
				t.Errorf("what was read is not what the tables say: %s", d)
			}
			if d := cmp.Diff(before, after); d != "" {
				t.Errorf("what arrived is not what was there: %s", d)
			}
			if _, err := db.Move(t.Context(), to); errs.KindOf(err) != errs.Conflict {
				t.Errorf("a second move: %v, want a Conflict: the database is not empty", err)
			}
		})
		if again, err := db.Tally(t.Context()); err != nil || !cmp.Equal(before, again) {
			t.Errorf("the source has changed: %v", err)
		}
	})
}

// One value that differs, in any column, gives another digest.
func TestTallyTells(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		fill(t, db)
		digest := func() string {
			all, err := db.Tally(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range all {
				if x.Table == "identity_authority" {
					return x.Digest
				}
			}
			return ""
		}
		first := digest()
		for _, change := range []string{`name = '乙 丙'`, `demo = TRUE`, `phone = '0'`} {
			err := db.InTx(t.Context(), func(tx *store.DB) error {
				_, err := tx.Exec(t.Context(), `UPDATE identity_authority SET `+change+` WHERE authority_id = 'B'`)
				return err
			})
			if next := digest(); err != nil || next == first {
				t.Errorf("%s: %v, digest %s as before", change, err, next)
			} else {
				first = next
			}
		}
	})
}

func TestSnapshot(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		fill(t, db)
		path := filepath.Join(t.TempDir(), "copy.db")
		if err := db.Snapshot(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		if err := db.Snapshot(t.Context(), path); err == nil {
			t.Error("a file that is there was overwritten")
		}
		copied, err := store.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		defer copied.Close()
		before, err := db.Tally(t.Context())
		after, err2 := copied.Tally(t.Context())
		if err != nil || err2 != nil || !cmp.Equal(before, after) {
			t.Errorf("the copy differs: %v, %v, %s", err, err2, cmp.Diff(before, after))
		}
		if err := copied.Sound(t.Context()); err != nil {
			t.Error(err)
		}
		spoilt := filepath.Join(t.TempDir(), "spoilt.db")
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := len(b) / 2; i < len(b)/2+8192; i++ {
			b[i] ^= 0xff
		}
		if err := os.WriteFile(spoilt, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if bad, err := store.Open(t.Context(), spoilt); err == nil {
			defer bad.Close()
			if err := bad.Sound(t.Context()); err == nil {
				t.Error("a spoilt file is called whole")
			}
		}
	})
}
