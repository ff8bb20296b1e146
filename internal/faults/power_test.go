package faults

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// taped is a day, call by call.
type taped struct {
	dir   string // the office before the day
	to    string // where the day was
	calls []call
}

// tape records a day of an office in a process of its own.
func tape(t *testing.T, dir string, env ...string) taped {
	t.Helper()
	traced(t)
	x := taped{dir: dir, to: copyOf(t, dir)}
	log := filepath.Join(t.TempDir(), "calls")
	h := order{dir: x.to, env: env, under: tracer(log)}.run(t)
	if !h.ended || len(h.ok) != len(day) {
		t.Fatalf("a quiet day under strace: %v\n%s", h.no, h.out)
	}
	x.calls = calls(t, log)
	return x
}

// play lets the day happen to a disk, and calls at before each call.
func (x taped) play(t *testing.T, at func(i int, d *disk)) *disk {
	t.Helper()
	d, err := newDisk(x.dir)
	must(t, err)
	d.root = x.to // the calls name this directory
	for i, c := range x.calls {
		at(i, d)
		if err := d.do(c); err != nil {
			t.Fatalf("call %d, %s(%.100s): %v", i, c.name, strings.Join(c.args, ", "), err)
		}
	}
	at(len(x.calls), d)
	return d
}

// The disk that plays the recorded calls ends with the bytes that are really
// there: it knows every call that changes something.
func TestTheDiskIsTheDisk(t *testing.T) {
	dir, _ := before(t)
	x := tape(t, dir)
	d := x.play(t, func(int, *disk) {})
	got := filepath.Join(t.TempDir(), "got")
	must(t, os.Mkdir(got, 0o700))
	must(t, d.write(got, &luck{rand.New(rand.NewPCG(1, 1)), 1}))
	n := 0
	must(t, filepath.WalkDir(x.to, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(x.to, path) // it lies under x.to
		a, err := os.ReadFile(path)
		b, err2 := os.ReadFile(filepath.Join(got, rel))
		if err != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("%s: %d bytes really, %d on the disk, %v %v", rel, len(a), len(b), err, err2)
		}
		n++
		return nil
	}))
	if n < 8 {
		t.Errorf("%d files were compared, want the database, keys, uploads, photographs and proofs", n)
	}
}

// cut lets the power fail at n moments and returns what was wrong afterwards.
func (x taped) cut(t *testing.T, n int, want map[string]string, seed uint64) (wrong []string, acked int) {
	t.Helper()
	dice := rand.New(rand.NewPCG(seed, 2))
	moments := map[int]int{}
	for i := range n {
		if i < len(x.calls) && n > len(x.calls) {
			moments[i]++ // each, and the rest anywhere
			continue
		}
		moments[dice.IntN(len(x.calls)+1)]++
	}
	var mu sync.Mutex
	var total atomic.Int64
	var wg sync.WaitGroup
	turn := make(chan struct{}, runtime.NumCPU())
	x.play(t, func(i int, d *disk) {
		for range moments[i] {
			to, err := os.MkdirTemp(scratch(), "cut-*")
			must(t, err)
			p := []float64{0, 0, 1, 0.5, dice.Float64()}[dice.IntN(5)]
			must(t, d.write(to, &luck{dice, p}))
			var h heard
			h.read(slices.Clone(d.said.Bytes()))
			total.Add(int64(len(h.ok)))
			turn <- struct{}{}
			wg.Go(func() {
				defer func() { <-turn }()
				if err := whole(t, to, "", h, want); err != nil {
					mu.Lock()
					wrong = append(wrong, fmt.Sprintf("cut before call %d (%.2f of the unconfirmed): %v", i, p, err))
					mu.Unlock()
				}
				os.RemoveAll(to)
			})
		}
	})
	wg.Wait()
	return wrong, int(total.Load())
}

// The power fails at any moment of the day: what the disk had confirmed is
// there, of the rest some is, some is torn. Nothing acknowledged is lost,
// nothing is half there, and the ledger is the one that the public has seen.
func TestPowerCuts(t *testing.T) {
	dir, want := before(t)
	x := tape(t, dir)
	seed, n := rand.Uint64(), many(24, 2500)
	wrong, acked := x.cut(t, n, want, seed)
	for _, w := range wrong {
		t.Error(w)
	}
	figure(t, "power cut, the disk with a random part of what it had not confirmed", "%d cuts in %d calls, %d acts acknowledged before them, %d wrong, seed %d", n, len(x.calls), acked, len(wrong), seed)
}

// A database that does not wait for the disk loses what it acknowledged, and
// this test can tell.
func TestPowerCutsTell(t *testing.T) {
	dir, want := before(t)
	x := tape(t, dir, envUnsynced+"=yes")
	n := many(12, 200)
	wrong, _ := x.cut(t, n, want, 7)
	if len(wrong) == 0 {
		t.Error("synchronous=OFF loses nothing in a power cut: the test is blind")
	}
	figure(t, "the same with synchronous=OFF: the test must find losses", "%d of %d cuts", len(wrong), n)
}
