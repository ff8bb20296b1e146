package scribe_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"suiji/internal/errs"
	"suiji/internal/scribe"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/ledger"
)

func (d *desk) sequence(authority string) {
	d.t.Helper()
	if err := d.Sequence(d.t.Context(), authority); err != nil {
		d.t.Fatal(err)
	}
}

// some enters and sequences n entries.
func (d *desk) some(authority string, n int) {
	d.t.Helper()
	err := d.door.Keep(d.t.Context(), func(tx *store.DB) error {
		for i := range n {
			if err := d.Enter(d.t.Context(), tx, authority, "result.published", fmt.Sprintf("f%d.%d", d.at.UnixNano(), i), map[string]any{"digest": i}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
	d.sequence(authority)
}

func (d *desk) checkpoint(authority string) ledger.Checkpoint {
	d.t.Helper()
	signed, size, err := d.Checkpoint(d.t.Context(), authority)
	if err != nil {
		d.t.Fatal(err)
	}
	c, err := ledger.OpenCheckpoint(signed, d.verifier(authority))
	if err != nil || c.Size != size {
		d.t.Fatalf("checkpoint of %d: %+v, %v", size, c, err)
	}
	return c
}

func (d *desk) verifier(authority string) string {
	d.t.Helper()
	key, err := d.VerifierKey(d.t.Context(), authority)
	if err != nil {
		d.t.Fatal(err)
	}
	return key
}

func (d *desk) checkpointFile(authority string) string {
	return filepath.Join(d.dir, "ledger", authority+".checkpoint")
}

func (d *desk) exec(query string, args ...any) {
	d.t.Helper()
	err := d.door.Keep(d.t.Context(), func(tx *store.DB) error {
		n, err := tx.Exec(d.t.Context(), query, args...)
		if err == nil && n == 0 {
			err = fmt.Errorf("no row changed")
		}
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// wantStopped holds that the sequencer refuses with a sentence that has want
// in it, and signs nothing.
func (d *desk) wantStopped(authority, want string) {
	d.t.Helper()
	before := d.count(`SELECT count(*) FROM ledger_checkpoint`)
	d.enter(authority, "rate.stated", "rate", map[string]any{"due": 1})
	err := d.Sequence(d.t.Context(), authority)
	if errs.KindOf(err) != errs.Conflict || !strings.Contains(errs.Sentence(err), want) {
		d.t.Errorf("Sequence = %v, want a Conflict that says %q", err, want)
	}
	if after := d.count(`SELECT count(*) FROM ledger_checkpoint`); after != before {
		d.t.Errorf("Sequence signed %d checkpoints, want none", after-before)
	}
}

func TestTwoAuthoritiesTwoTrees(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		if _, _, err := d.Checkpoint(t.Context(), rs); errs.KindOf(err) != errs.NotFound {
			t.Errorf("Checkpoint of an empty tree: %v, want NotFound", err)
		}
		d.enter(rs, "round.sealed", "r1", map[string]any{"n": 1})
		d.enter(mk, "round.sealed", "r1", map[string]any{"n": 1})
		d.enter(rs, "round.drawn", "r1", map[string]any{"n": 2})
		if got, err := d.Waiting(t.Context()); err != nil || fmt.Sprint(got) != fmt.Sprint([]string{mk, rs}) {
			t.Errorf("Waiting = %v, %v, want both", got, err)
		}
		d.sequence(rs)
		if got, err := d.Waiting(t.Context()); err != nil || fmt.Sprint(got) != fmt.Sprint([]string{mk}) {
			t.Errorf("Waiting = %v, %v, want %s", got, err, mk)
		}
		d.sequence(mk)
		a, b := d.checkpoint(rs), d.checkpoint(mk)
		if a.Origin != "suiji/130132-rs" || a.Size != 2 || b.Origin != "suiji/130132-mk" || b.Size != 1 {
			t.Errorf("checkpoints %+v and %+v, want trees of 2 and 1", a, b)
		}
		if d.verifier(rs) == d.verifier(mk) {
			t.Error("two authorities have one key")
		}
		all, err := d.All(t.Context(), rs, 0, 10)
		if err != nil || len(all) != 2 || all[0].Entry.Type != ledger.RoundSealed || all[1].Position != 1 {
			t.Errorf("All = %+v, %v, want the seal and the draw", all, err)
		}
	})
}

func TestEntriesKeepTheirOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		const n = 30 // all in one millisecond
		for i := range n {
			if i == n/2 {
				d.open() // a second process, whose queue begins anew
			}
			d.enter(rs, "round.rolled", "r1", map[string]any{"n": i})
		}
		waiting, err := d.Entries(t.Context(), rs, "r1")
		if err != nil || len(waiting) != n || waiting[0].Position != -1 {
			t.Fatalf("Entries = %d, %v, want %d waiting", len(waiting), err, n)
		}
		d.sequence(rs)
		all, err := d.Entries(t.Context(), rs, "r1")
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range all {
			if r.Position != int64(i) || r.Entry.Data["n"] != int64(i) {
				t.Errorf("entry %d stands at %d with %v, want %d", i, r.Position, r.Entry.Data, i)
			}
		}
	})
}

func TestManyBatches(t *testing.T) {
	d := newDesk(t, storetest.SQLite(t))
	d.some(rs, 2100)
	if c := d.checkpoint(rs); c.Size != 2100 {
		t.Errorf("tree of %d, want 2100", c.Size)
	}
	if n, err := d.Check(t.Context(), rs); n != 2100 || err != nil {
		t.Errorf("Check = %d, %v, want 2100, nil", n, err)
	}
}

// TestWritersWhileSequencing lets two processes sequence while others act: no
// turn is lost to the acts, and no size is signed in two ways.
func TestWritersWhileSequencing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		var mu sync.Mutex
		notes := map[string]string{} // by size
		once := func(note string) {
			mu.Lock()
			defer mu.Unlock()
			size := strings.Split(note, "\n")[1]
			if was, ok := notes[size]; ok && was != note {
				t.Errorf("two trees of %s were signed", size)
			}
			notes[size] = note
		}
		second := newScribe(db, d.door, func() time.Time { return d.at }, d.dir)
		d.sequence(rs) // makes the key
		var acts, turns sync.WaitGroup
		const writers, each = 3, 15
		for w := range writers {
			acts.Go(func() {
				for i := range each {
					if err := d.tryEnter(rs, "round.rolled", fmt.Sprint("r", w), map[string]any{"n": i}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		ended := make(chan struct{})
		for _, s := range []*scribe.Scribe{d.Scribe, second} {
			s.TestOnlySigned(once)
			turns.Go(func() {
				for going := true; going; {
					select {
					case <-ended:
						going = false
					default:
					}
					if err := s.Sequence(t.Context(), rs); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		acts.Wait()
		close(ended)
		turns.Wait()
		if n, err := d.Check(t.Context(), rs); n != writers*each || err != nil {
			t.Errorf("Check = %d, %v, want %d, nil", n, err, writers*each)
		}
	})
}

func TestFilesAreForTheOwnerAlone(t *testing.T) {
	d := newDesk(t, storetest.SQLite(t))
	d.some(rs, 1)
	for _, path := range []string{filepath.Join(d.dir, "keys", rs+".key"), d.checkpointFile(rs)} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", path, info.Mode())
		}
		left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*.tmp"))
		if err != nil || len(left) > 0 {
			t.Errorf("left over: %v, %v", left, err)
		}
	}
	for _, bad := range []string{"", "../x", "a/b", strings.Repeat("a", 41)} {
		if _, err := d.VerifierKey(t.Context(), bad); errs.KindOf(err) != errs.NotFound {
			t.Errorf("VerifierKey(%q) = %v, want NotFound", bad, err)
		}
	}
}

// TestRestoredFromAnOldCopy copies an SQLite file as a backup would, and puts
// it back.
func TestRestoredFromAnOldCopy(t *testing.T) {
	dir := t.TempDir()
	open := func(path string) *desk {
		db, err := store.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		return &desk{t: t, db: db, dir: dir, at: time.Date(2022, 6, 6, 1, 2, 3, 0, time.UTC)}
	}
	path := filepath.Join(dir, "suiji.db")
	shut := func(d *desk) {
		if err := d.db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	d := open(path)
	d.open()
	d.some(rs, 3)
	shut(d)
	backup, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d = open(path)
	d.open()
	d.at = d.at.Add(time.Hour)
	d.some(rs, 2)
	shut(d)

	if err := os.WriteFile(path, backup, 0o600); err != nil {
		t.Fatal(err)
	}
	d = open(path)
	d.open()
	d.at = d.at.Add(2 * time.Hour)
	if err := d.Sequence(t.Context(), rs); errs.KindOf(err) != errs.Conflict {
		t.Errorf("Sequence with nothing waiting = %v, want Conflict", err)
	}
	d.wantStopped(rs, "数据库里只有 3 条")
	if _, err := d.Check(t.Context(), rs); errs.KindOf(err) != errs.Conflict {
		t.Errorf("Check = %v, want Conflict", err)
	}
	// Even a tree that was grown past the file without us is refused.
	kept, err := os.ReadFile(d.checkpointFile(rs))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.checkpointFile(rs), []byte(d.note()), 0o600); err != nil {
		t.Fatal(err)
	}
	d.some(rs, 4)
	if err := os.WriteFile(d.checkpointFile(rs), kept, 0o600); err != nil {
		t.Fatal(err)
	}
	d.wantStopped(rs, "前 5 条记录与已公布的检查点不同")
	shut(d)
}

func TestDamageStopsTheSequencer(t *testing.T) {
	tests := []struct {
		name   string
		damage func(d *desk)
		want   string
	}{
		{"stored hash changed", func(d *desk) {
			d.exec(`UPDATE ledger_hash SET hash = $1 WHERE place = 2`, make([]byte, 32))
		}, "不符"},
		{"stored hash lost", func(d *desk) { d.exec(`DELETE FROM ledger_hash WHERE place = 2`) }, "不见了"},
		{"checkpoint changed", func(d *desk) { d.exec(`UPDATE ledger_checkpoint SET note = 'x'`) }, "不符"},
		{"key lost", func(d *desk) { d.remove(filepath.Join(d.dir, "keys", rs+".key")) }, "不见了"},
		{"another key", func(d *desk) {
			d.remove(filepath.Join(d.dir, "keys", rs+".key"))
			other := newDesk(d.t, storetest.SQLite(d.t))
			other.dir = d.dir
			other.open()
			other.verifier(rs)
		}, "不符"},
		{"checkpoint file damaged", func(d *desk) {
			if err := os.WriteFile(d.checkpointFile(rs), []byte("x"), 0o600); err != nil {
				d.t.Fatal(err)
			}
		}, "已损坏"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				d := newDesk(t, db)
				d.some(rs, 2) // the root is the hash at place 2
				tt.damage(d)
				d.wantStopped(rs, tt.want)
			})
		})
	}
}

func (d *desk) remove(path string) {
	d.t.Helper()
	if err := os.Remove(path); err != nil {
		d.t.Fatal(err)
	}
}

func TestCheckFindsEveryChange(t *testing.T) {
	tests := []struct {
		name, query string
		args        []any
	}{
		{"a leaf's hash", `UPDATE ledger_hash SET hash = $1 WHERE place = 0`, []any{make([]byte, 32)}},
		{"an entry", `UPDATE ledger_entry SET body = (SELECT body FROM ledger_entry WHERE position = 4) WHERE position = 3`, nil},
		{"an entry lost", `DELETE FROM ledger_entry WHERE position = 3`, nil},
		{"the last entries lost", `DELETE FROM ledger_entry WHERE position > 4`, nil},
		{"a hash too much away", `DELETE FROM ledger_hash WHERE place = 1`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				d := newDesk(t, db)
				d.some(rs, 3)
				d.at = d.at.Add(time.Second)
				d.some(rs, 4)
				if n, err := d.Check(t.Context(), rs); n != 7 || err != nil {
					t.Fatalf("Check = %d, %v, want 7, nil", n, err)
				}
				d.exec(tt.query, tt.args...)
				if _, err := d.Check(t.Context(), rs); errs.KindOf(err) != errs.Conflict {
					t.Errorf("Check = %v, want Conflict", err)
				}
			})
		})
	}
}
