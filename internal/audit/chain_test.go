package audit_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

var clerk = access.Actor{Authority: "x", ID: "c", Name: "李敏", Roles: []access.Role{access.Clerk}}

// logged is a door with a chain of so many entries.
func logged(t *testing.T, db *store.DB, n int) (*audit.Door, string) {
	t.Helper()
	at := time.Date(2022, 6, 6, 1, 2, 3, 0, time.UTC)
	d := audit.New(db, func() time.Time { at = at.Add(time.Second); return at })
	dir := t.TempDir()
	d.KeepHeads(dir)
	for i := range n {
		if err := d.Do(t.Context(), clerk, access.PlanEdit, fmt.Sprintf("p%d", i), func(*store.DB) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Link(t.Context(), "x"); err != nil {
		t.Fatal(err)
	}
	return d, dir
}

func behind(t *testing.T, d *audit.Door, query string) {
	t.Helper()
	err := d.Keep(t.Context(), func(tx *store.DB) error {
		n, err := tx.Exec(t.Context(), query)
		if err == nil && n == 0 {
			err = fmt.Errorf("nothing changed")
		}
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// Whatever is done to an entry behind the program's back, the chain shows it.
func TestChain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d, _ := logged(t, db, 5)
		if c, err := d.Check(t.Context(), "x"); err != nil || c.Broken != "" || c.Linked != 5 || c.Waiting != 0 {
			t.Fatalf("Check = %+v, %v, want five whole entries", c, err)
		}
		if err := d.Do(t.Context(), clerk, access.PlanEdit, "late", func(*store.DB) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if c, err := d.Check(t.Context(), "x"); err != nil || c.Broken != "" || c.Waiting != 1 {
			t.Errorf("with one that waits: %+v, %v", c, err)
		}
	})
	for name, query := range map[string]string{
		"who":             `UPDATE audit_entry SET actor_name = '别人' WHERE no = 3`,
		"whose account":   `UPDATE audit_entry SET actor_id = 'd' WHERE no = 3`,
		"when":            `UPDATE audit_entry SET at = at + 1 WHERE no = 3`,
		"what":            `UPDATE audit_entry SET action = 'plan.approve' WHERE no = 3`,
		"of what":         `UPDATE audit_entry SET object = 'p9' WHERE no = 3`,
		"whether allowed": `UPDATE audit_entry SET allowed = FALSE WHERE no = 3`,
		"under which key": `UPDATE audit_entry SET request_key = 'k' WHERE no = 3`,
		"its hash":        `UPDATE audit_entry SET hash = 'ab' WHERE no = 3`,
		"taken out":       `DELETE FROM audit_entry WHERE no = 3`,
		"the last":        `DELETE FROM audit_entry WHERE no = 5`,
		"all":             `DELETE FROM audit_entry`,
		"unlinked":        `UPDATE audit_entry SET no = NULL, hash = NULL WHERE no = 3`,
	} {
		d, _ := logged(t, storetest.SQLite(t), 5)
		behind(t, d, query)
		for range 2 {
			if c, err := d.Check(t.Context(), "x"); err != nil || c.Broken == "" {
				t.Errorf("%s: %+v, %v, want it noticed", name, c, err)
			}
			if err := d.Link(t.Context(), "x"); err != nil { // goes on, and hides nothing
				t.Fatal(err)
			}
		}
	}
}

// Who writes the whole chain anew does not get past the head that was kept.
func TestChainWrittenAnew(t *testing.T) {
	d, dir := logged(t, storetest.SQLite(t), 5)
	behind(t, d, `UPDATE audit_entry SET no = NULL, hash = NULL`)
	behind(t, d, `UPDATE audit_entry SET actor_name = '别人' WHERE object = 'p2'`)
	if err := d.Link(t.Context(), "x"); err != nil {
		t.Fatal(err)
	}
	if c, err := d.Check(t.Context(), "x"); err != nil || !strings.Contains(c.Broken, "整段改写") {
		t.Errorf("Check = %+v, %v, want the kept head to differ", c, err)
	}
	if err := os.Remove(filepath.Join(dir, "x.audit")); err != nil {
		t.Fatal(err)
	}
	if c, err := d.Check(t.Context(), "x"); err != nil || c.Broken != "" {
		t.Errorf("without the file: %+v, %v: this is what the file is for", c, err)
	}
}

// What cannot be recorded is not done, nor is a refusal passed off as one.
func TestUnrecordedIsUndone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d, _ := logged(t, db, 1)
		mark := func(ctx context.Context) error {
			return d.Do(ctx, clerk, access.PlanEdit, "p", func(tx *store.DB) error {
				_, err := tx.Exec(ctx, `INSERT INTO audit_probe (id) VALUES ('done')`)
				return err
			})
		}
		count := func() int64 {
			n, err := store.One(t.Context(), db, store.Value[int64], `SELECT count(*) FROM audit_probe`)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		create := func(query string) {
			if err := d.Keep(t.Context(), func(tx *store.DB) error { _, err := tx.Exec(t.Context(), query); return err }); err != nil {
				t.Fatal(err)
			}
		}
		create(`CREATE TABLE audit_probe (id TEXT)`)
		if err := mark(t.Context()); err != nil || count() != 1 {
			t.Fatalf("with a log: %v, %d", err, count())
		}
		create(`ALTER TABLE audit_entry RENAME TO audit_gone`)
		if err := mark(t.Context()); err == nil || count() != 1 {
			t.Errorf("without a log: %v, done %d times, want an error and nothing done", err, count())
		}
		if err := d.Do(t.Context(), clerk, access.PlanApprove, "p", nil); err == nil || strings.Contains(err.Error(), "此次尝试已记录") {
			t.Errorf("a refusal that cannot be recorded: %v, want no word of a record", err)
		}
	})
}

func TestFind(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d, _ := logged(t, db, 3)
		d.Do(t.Context(), clerk, access.PlanApprove, "q1", nil)
		start := time.Date(2022, 6, 6, 1, 2, 3, 0, time.UTC)
		for _, tt := range []struct {
			q    audit.Query
			want int
		}{
			{audit.Query{}, 4}, {audit.Query{Refused: true}, 1}, {audit.Query{Actor: "敏"}, 4}, {audit.Query{Actor: "%"}, 0}, {audit.Query{Action: "plan.e"}, 3},
			{audit.Query{Object: "p1"}, 1}, {audit.Query{Object: "'; --"}, 0}, {audit.Query{From: start.Add(time.Hour)}, 0}, {audit.Query{Before: start}, 0}, {audit.Query{From: start, Refused: true, Object: "q"}, 1},
		} {
			all, err := d.Find(t.Context(), "x", tt.q, 10)
			n := 0
			err2 := d.Each(t.Context(), "x", tt.q, func(audit.Entry) error { n++; return nil })
			if err != nil || err2 != nil || len(all) != tt.want || n != tt.want {
				t.Errorf("%+v: %d and %d entries, %v, %v, want %d", tt.q, len(all), n, err, err2, tt.want)
			}
		}
	})
}
