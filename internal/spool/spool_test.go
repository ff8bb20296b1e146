package spool

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// desk is a spool whose makers a test leads by the hand.
type desk struct {
	*Spool
	t     *testing.T
	dir   string
	made  atomic.Int32 // makings begun
	ended atomic.Int32 // makings ended
	next  chan string  // a piece for the maker to write
	err   chan error   // or its end
}

func newDesk(t *testing.T) *desk {
	d := &desk{t: t, dir: filepath.Join(t.TempDir(), "spool"), next: make(chan string), err: make(chan error)}
	d.Spool = New(d.dir, time.Now)
	return d
}

func (d *desk) recipe(mark string) Recipe {
	return Recipe{Key: "k", Mark: mark, Write: func(ctx context.Context, w io.Writer) error {
		d.made.Add(1)
		defer d.ended.Add(1)
		for {
			select {
			case piece := <-d.next:
				// Larger than what is gathered before it goes to the disk.
				if _, err := io.WriteString(w, strings.Repeat(piece, 300<<10)); err != nil {
					return err
				}
			case err := <-d.err:
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}}
}

func (d *desk) take(r Recipe) *Hold {
	d.t.Helper()
	h, err := d.Take(d.t.Context(), r)
	if err != nil {
		d.t.Fatal(err)
	}
	return h
}

// taker takes a file beside the test.
type taker struct {
	got bytes.Buffer
	err error
	end chan bool
}

func send(ctx context.Context, h *Hold) *taker {
	k := &taker{end: make(chan bool)}
	go func() { k.err = h.Send(ctx, &k.got); close(k.end) }()
	return k
}

func (d *desk) left() int {
	d.t.Helper()
	all, err := os.ReadDir(d.dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		d.t.Fatal(err)
	}
	return len(all)
}

// Two who ask for the same get one making, from its first byte while it is made;
// who comes afterwards gets it from the disk, in parts.
func TestMadeOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		defer d.Close()
		one, two := d.take(d.recipe("1")), d.take(d.recipe("1"))
		defer one.Release()
		defer two.Release()
		first := send(t.Context(), one)
		d.next <- "a"
		second := send(t.Context(), two)
		synctest.Wait()
		if first.got.Len() == 0 || second.got.Len() == 0 {
			t.Fatalf("%d and %d bytes while it is made, want what there is", first.got.Len(), second.got.Len())
		}
		if content, _, err := two.Whole(t.Context()); content != nil || err != nil {
			t.Errorf("Whole while it is made = %v, %v, want nothing", content, err)
		}
		d.next <- "b"
		d.err <- nil
		<-first.end
		<-second.end
		want := strings.Repeat("a", 300<<10) + strings.Repeat("b", 300<<10)
		if first.got.String() != want || second.got.String() != want || first.err != nil || second.err != nil {
			t.Errorf("got %d bytes (%v) and %d (%v), want %d", first.got.Len(), first.err, second.got.Len(), second.err, len(want))
		}
		third := d.take(d.recipe("1"))
		defer third.Release()
		content, tag, err := third.Whole(t.Context())
		if err != nil || content == nil || !strings.HasPrefix(tag, "1.") {
			t.Fatalf("Whole = %v, tag %q, %v", content, tag, err)
		}
		if _, err := content.Seek(300<<10, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if part, err := io.ReadAll(content); err != nil || string(part) != want[300<<10:] {
			t.Errorf("the second half has %d bytes, %v", len(part), err)
		}
		if d.made.Load() != 1 {
			t.Errorf("made %d times, want once", d.made.Load())
		}
		if runtime.GOOS != "windows" && d.left() != 0 {
			t.Errorf("%d names in the folder, want none: a killed process would leave them", d.left())
		}
	})
}

// Work ends with the last who waits for it, not with the first.
func TestWhoBreaksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		defer d.Close()
		ctx, leave := context.WithCancel(t.Context())
		one, two := d.take(d.recipe("1")), d.take(d.recipe("1"))
		first := send(ctx, one)
		d.next <- "a"
		leave()
		<-first.end
		one.Release()
		synctest.Wait()
		if !errors.Is(first.err, context.Canceled) || d.ended.Load() != 0 {
			t.Errorf("one of two left: %v, %d makings ended, want that it goes on", first.err, d.ended.Load())
		}
		two.Release()
		synctest.Wait()
		if d.ended.Load() != 1 {
			t.Error("all have left, and it is still made")
		}
		three := d.take(d.recipe("1"))
		defer three.Release()
		synctest.Wait()
		if d.made.Load() != 2 {
			t.Errorf("made %d times, want anew for who comes after", d.made.Load())
		}
	})
}

// A file is kept for one mark: the next one takes its place, and who reads the
// old one reads it to its end.
func TestOutOfDate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		defer d.Close()
		old := d.take(d.recipe("1"))
		d.next <- "a"
		d.err <- nil
		synctest.Wait()
		content, tag, err := old.Whole(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		newer := d.take(d.recipe("2"))
		d.next <- "b"
		d.err <- nil
		if _, err := io.Copy(io.Discard, content); err != nil {
			t.Errorf("the old one broke off: %v", err)
		}
		old.Release()
		if old.x.f != nil {
			t.Error("the old file is still open")
		}
		synctest.Wait()
		if _, after, err := newer.Whole(t.Context()); err != nil || after == tag {
			t.Errorf("tag %s, before %s, %v", after, tag, err)
		}
		newer.Release()
	})
}

// An error reaches all who wait, and is not kept; of what has changed while it
// was made those who wait get what there is, and nobody else.
func TestNotKept(t *testing.T) {
	bad := errors.New("the database went away")
	for name, end := range map[string]error{"fails": bad, "passed": ErrPassed} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				defer d.Close()
				h := d.take(d.recipe("1"))
				got := send(t.Context(), h)
				d.next <- "a"
				d.err <- end
				<-got.end
				if end == bad && !errors.Is(got.err, bad) || end == ErrPassed && got.err != nil || got.got.Len() != 300<<10 {
					t.Errorf("Send = %v after %d bytes", got.err, got.got.Len())
				}
				h.Release()
				again := d.take(d.recipe("1"))
				defer again.Release()
				synctest.Wait()
				if d.made.Load() != 2 || h.x.f != nil {
					t.Errorf("made %d times, the first one open: %v; want twice, and closed", d.made.Load(), h.x.f != nil)
				}
			})
		})
	}
}

// A file that is made in its place goes to nobody before its end. A maker that
// panics ends neither the program nor in a file.
func TestInItsPlace(t *testing.T) {
	d := newDesk(t)
	defer d.Close()
	h := d.take(Recipe{Key: "k", Mark: "1", At: func(_ context.Context, path string) error { return os.WriteFile(path, []byte("whole"), 0o600) }})
	defer h.Release()
	var b bytes.Buffer
	if err := h.Send(t.Context(), &b); err != nil || b.String() != "whole" {
		t.Errorf("Send = %q, %v", b.String(), err)
	}
	if content, _, err := h.Whole(t.Context()); err != nil || content == nil {
		t.Errorf("Whole = %v, %v", content, err)
	}
	if runtime.GOOS != "windows" && d.left() != 0 {
		t.Errorf("%d names are left", d.left())
	}
	broken := d.take(Recipe{Key: "p", Mark: "1", At: func(context.Context, string) error { panic("maker") }})
	defer broken.Release()
	if _, _, err := broken.Whole(t.Context()); err == nil || !strings.Contains(err.Error(), "maker") {
		t.Errorf("Whole of what panicked: %v", err)
	}
}

// What nobody asks for, and what a killed process has left, is taken away.
func TestTidy(t *testing.T) {
	now := time.Now()
	d := newDesk(t)
	d.Spool = New(d.dir, func() time.Time { return now })
	h := d.take(Recipe{Key: "k", Mark: "1", Write: func(_ context.Context, w io.Writer) error { _, err := io.WriteString(w, "x"); return err }})
	if err := h.Send(t.Context(), io.Discard); err != nil {
		t.Fatal(err)
	}
	h.Release()
	for name, age := range map[string]time.Duration{"suiji-spool-1.tmp": 2 * abandoned, "suiji-spool-2.tmp": time.Minute, "other.txt": 2 * abandoned} {
		path := filepath.Join(d.dir, name)
		if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Chtimes(path, now, now.Add(-age))); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		after time.Duration
		kept  bool
	}{{idle - time.Second, true}, {time.Second, false}} {
		now = now.Add(step.after)
		if err := d.Tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
		if (h.x.f != nil) != step.kept {
			t.Errorf("after %v kept: %v, want %v", step.after, h.x.f != nil, step.kept)
		}
	}
	if n := d.left(); n != 2 {
		t.Errorf("%d files are left, want the young one and what is not ours", n)
	}
	d.Close()
	if _, err := d.Take(t.Context(), d.recipe("1")); err == nil {
		t.Error("a closed spool makes files")
	}
}
