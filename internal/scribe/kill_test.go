package scribe_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/ledger"
)

// died is what a killed program throws in these tests.
type died struct{}

// steps are the points between the sequencer's writes, in their order, and
// what each write before it has left behind: positions, file, checkpoint.
var steps = []struct {
	name                    string
	placed, file, published bool
}{
	{"ledger before positions commit", false, false, false}, // the first commit did not happen
	{"ledger positions committed", true, false, false},      // it did
	{"ledger before checkpoint file", true, false, false},   // signed, and nobody has seen it
	{"ledger after checkpoint file", true, true, false},     // the file is there
	{"ledger before checkpoint commit", true, true, false},  // the second commit did not happen
	{"", true, true, true},                                  // all of it did
}

// kill sequences, dies at the named step and starts the program anew.
func (d *desk) kill(authority, step string) {
	d.t.Helper()
	reached := step == ""
	d.door.TestOnlyStep(func(name string) {
		if name == step {
			reached = true
			panic(died{})
		}
	})
	func() {
		defer func() {
			if p := recover(); p != nil && p != (died{}) {
				panic(p)
			}
		}()
		if err := d.Sequence(d.t.Context(), authority); err != nil {
			d.t.Error(err)
		}
	}()
	if !reached {
		d.t.Fatalf("step %q was not reached", step)
	}
	d.open()
}

// left says what is on the disk.
func (d *desk) left(authority string) (placed, file, published int64) {
	d.t.Helper()
	placed = d.count(`SELECT coalesce(max(position) + 1, 0) FROM ledger_entry WHERE authority_id = $1`, authority)
	published = d.count(`SELECT coalesce(max(size), 0) FROM ledger_checkpoint WHERE authority_id = $1`, authority)
	raw, err := os.ReadFile(d.checkpointFile(authority))
	if errors.Is(err, os.ErrNotExist) {
		return placed, 0, published
	}
	if err != nil {
		d.t.Fatal(err)
	}
	n, err := ledger.OpenNote(string(raw), d.verifier(authority))
	if err != nil {
		d.t.Fatal(err)
	}
	return placed, n.Size, published
}

// signatures notes what the key signs, and fails when it signs two trees of
// one size.
type signatures struct {
	t     testing.TB
	mu    sync.Mutex
	trees map[string]string // origin and size: root
	n     int
}

func (s *signatures) add(signed string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var origin, size, root string
	if _, err := fmt.Sscanf(signed, "%s\n%s\n%s\n", &origin, &size, &root); err != nil {
		s.t.Fatal(err)
	}
	s.n++
	if before, ok := s.trees[origin+" "+size]; ok && before != root {
		s.t.Fatalf("two trees of size %s were signed: %s and %s", size, before, root)
	}
	s.trees[origin+" "+size] = root
}

func (d *desk) watch() *signatures {
	s := &signatures{t: d.t, trees: map[string]string{}}
	d.started = func() { d.TestOnlySigned(s.add) }
	d.started()
	return s
}

// TestKilledAtEveryWrite lets the sequencer die between any two of its writes,
// on an empty tree and on one that has something, and holds what is left, and
// that the next one ends with the tree that was begun.
func TestKilledAtEveryWrite(t *testing.T) {
	for _, step := range steps {
		for _, before := range []int{0, 3} {
			t.Run(fmt.Sprintf("%s after %d", step.name, before), func(t *testing.T) {
				storetest.Each(t, func(t *testing.T, db *store.DB) {
					d := newDesk(t, db)
					d.watch()
					if before > 0 {
						d.some(rs, before)
					}
					old := int64(before)
					d.enter(rs, "rate.stated", "a", map[string]any{"due": 1})
					d.enter(rs, "rate.stated", "b", map[string]any{"due": 2})
					d.kill(rs, step.name)
					placed, file, published := d.left(rs)
					want := func(done bool) int64 {
						if done {
							return old + 2
						}
						return old
					}
					if placed != want(step.placed) || file != want(step.file) || published != want(step.published) {
						t.Errorf("left are %d entries, a file of %d, a checkpoint of %d; want %d, %d, %d",
							placed, file, published, want(step.placed), want(step.file), want(step.published))
					}
					waiting, err := d.Waiting(t.Context())
					if err != nil || (len(waiting) == 1) == step.published {
						t.Errorf("Waiting = %v, %v, want the tree unless all was done", waiting, err)
					}
					d.enter(rs, "rate.stated", "c", map[string]any{"due": 3})
					d.sequence(rs)
					if c := d.checkpoint(rs); c.Size != old+3 {
						t.Errorf("afterwards a tree of %d, want %d", c.Size, old+3)
					}
					if n, err := d.Check(t.Context(), rs); n != old+3 || err != nil {
						t.Errorf("Check = %d, %v, want %d, nil", n, err, old+3)
					}
				})
			})
		}
	}
}

// TestFileThatCannotBeWritten holds that a checkpoint which the file did not
// take is not published, and is as soon as it can be.
func TestFileThatCannotBeWritten(t *testing.T) {
	d := newDesk(t, storetest.SQLite(t))
	d.watch()
	d.some(rs, 2)
	folder := filepath.Dir(d.checkpointFile(rs))
	if err := os.Rename(folder, folder+".away"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(folder, nil, 0o600); err != nil { // a file where the folder should be
		t.Fatal(err)
	}
	d.enter(rs, "rate.stated", "a", map[string]any{"due": 1})
	if err := d.Sequence(t.Context(), rs); err == nil {
		t.Error("Sequence without a folder for the file succeeded")
	}
	if c := d.checkpoint(rs); c.Size != 2 {
		t.Errorf("a tree of %d was published, want the old one of 2", c.Size)
	}
	d.remove(folder)
	if err := os.Rename(folder+".away", folder); err != nil {
		t.Fatal(err)
	}
	d.sequence(rs)
	if c := d.checkpoint(rs); c.Size != 3 {
		t.Errorf("a tree of %d, want 3", c.Size)
	}
}

// TestThousandKills kills the sequencer at points drawn at random, with acts
// coming in all the time, and holds that no two trees of one size were ever
// signed, and that nothing was lost.
func TestThousandKills(t *testing.T) {
	kills := 1000
	if testing.Short() {
		kills = 200
	}
	d := newDesk(t, storetest.SQLite(t))
	s := d.watch()
	dice := rand.New(rand.NewPCG(18, 130))
	entered := 0
	for range kills {
		for range 1 + dice.IntN(3) {
			d.enter(rs, "rate.stated", fmt.Sprint("r", entered), map[string]any{"due": entered})
			entered++
		}
		d.at = d.at.Add(time.Second)
		d.kill(rs, steps[dice.IntN(len(steps)-1)].name)
	}
	d.sequence(rs)
	if n, err := d.Check(t.Context(), rs); n != int64(entered) || err != nil {
		t.Errorf("Check = %d, %v, want %d, nil", n, err, entered)
	}
	t.Logf("%d kills, %d entries, %d signatures over %d trees", kills, entered, s.n, len(s.trees))
}

// TestTwoSequencers runs two programs on one database and one folder: every
// entry gets one position, every size one tree.
func TestTwoSequencers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		s := d.watch()
		const entries = 60
		done := make(chan error, 2)
		for range 2 {
			other := newScribe(d.db, d.door, func() time.Time { return d.at }, d.dir)
			other.TestOnlySigned(s.add)
			go func() {
				for {
					err := other.Sequence(t.Context(), rs)
					if err != nil && errs.KindOf(err) != errs.Conflict {
						done <- err
						return
					}
					n, err := store.One(t.Context(), db, store.Value[int64], `SELECT coalesce(max(size), 0) FROM ledger_checkpoint`)
					if n == entries || err != nil {
						done <- err
						return
					}
				}
			}()
		}
		for i := range entries {
			d.enter(rs, "rate.stated", fmt.Sprint("r", i), map[string]any{"due": i})
		}
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if n, err := d.Check(t.Context(), rs); n != entries || err != nil {
			t.Errorf("Check = %d, %v, want %d, nil", n, err, entries)
		}
		if placed, file, published := d.left(rs); !slices.Equal([]int64{placed, file, published}, []int64{entries, entries, entries}) {
			t.Errorf("left are %d entries, a file of %d, a checkpoint of %d, want %d of each", placed, file, published, entries)
		}
	})
}
