package intake

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"suiji/internal/access"
	"suiji/internal/register"
	"suiji/internal/store/storetest"
)

// works lets a desk do its jobs until the test ends.
func (d *desk) works(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan bool)
	go func() { d.Work(ctx, slog.New(slog.DiscardHandler)); close(done) }()
	t.Cleanup(func() { stop(); <-done })
	for !d.awake() {
		time.Sleep(time.Millisecond)
	}
}

// firms are some of the generated firms, as CSV.
func firms(t testing.TB, from, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprintln(&b, strings.Join(madeHead, ","))
	for i := from; i < from+n; i++ {
		fmt.Fprintln(&b, strings.Join(madeRow(i), ","))
	}
	return b.Bytes()
}

// A write that is stopped in its middle has written nothing, says so, and can
// be confirmed again.
func TestStoppedWrite(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		i := d.check(register.Targets, "a.csv", firms(t, 0, 2000))
		half, on := make(chan bool), make(chan bool)
		var once, told sync.Once
		d.door.TestOnlyStep(func(step string) {
			if step == "import rows half written" {
				once.Do(func() { close(half); <-on })
			}
		})
		d.works(t)
		if err := d.Begin(t.Context(), clerk, i.ID, ""); err != nil {
			t.Fatal(err)
		}
		<-half
		if now, err := d.Import(t.Context(), authority, i.ID); err != nil || now.State != Writing {
			t.Fatalf("in the middle it is %s, %v", now.State, err)
		}
		if rows, of := d.Progress(i); rows < 900 || of != 2000 {
			t.Errorf("progress = %d of %d, want about half of 2000", rows, of)
		}
		d.jobs.mu.Lock()
		job := d.jobs.running[i.ID]
		cancel := job.cancel
		job.cancel = func() { cancel(); told.Do(func() { close(on) }) }
		d.jobs.mu.Unlock()
		stopped := make(chan error)
		go func() { stopped <- d.Drop(context.Background(), clerk, i.ID) }()
		if err := <-stopped; err != nil {
			t.Fatal(err)
		}
		got, err := d.Import(t.Context(), authority, i.ID)
		if err != nil || got.State != Checked || got.Sentence != "写入已停止，没有写入任何数据；可以再次确认导入" {
			t.Errorf("stopped = %s %q, %v", got.State, got.Sentence, err)
		}
		if v := d.version(register.Targets); v.Number != 0 {
			t.Errorf("the register has version %d, want none", v.Number)
		}
		if err := d.Begin(t.Context(), clerk, i.ID, ""); err != nil {
			t.Fatal(err)
		}
		if got, err = d.Await(t.Context(), authority, i.ID, time.Minute); err != nil || got.State != Written || got.Added != 2000 {
			t.Errorf("confirmed again = %+v, %v", got, err)
		}
	})
}

// Two clerks upload and confirm at once, with firms in common: both are
// written, one after the other, and each is told what it did.
func TestTwoClerksAtOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.works(t)
		var wg sync.WaitGroup
		var got [2]Import
		for n := range got {
			wg.Go(func() {
				by := access.Actor{Authority: authority, ID: fmt.Sprint("clerk", n), Name: fmt.Sprint("经办", n), Roles: []access.Role{access.Clerk}}
				i, err := d.Receive(context.Background(), by, Upload{List: register.Targets, FileName: fmt.Sprintf("%d.csv", n), Content: bytes.NewReader(firms(t, n*500, 1000))})
				if err == nil {
					i, err = d.Await(context.Background(), authority, i.ID, time.Minute)
				}
				for range 2 { // a double click
					if err == nil {
						err = d.Begin(context.Background(), by, i.ID, "")
					}
				}
				if err == nil {
					got[n], err = d.Await(context.Background(), authority, i.ID, time.Minute)
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		slices.SortFunc(got[:], func(a, b Import) int { return int(a.Version - b.Version) })
		if got[0].State != Written || got[1].State != Written || got[0].Version != 1 || got[1].Version != 2 || got[0].Added != 1000 || got[1].Added != 500 || got[1].Unchanged != 500 {
			t.Errorf("the first = %+v\nthe second = %+v\nwant versions 1 and 2 with 1000 and 500 added", got[0], got[1])
		}
		if v := d.version(register.Targets); v.Number != 2 || v.Count != 1500 {
			t.Errorf("the register = version %d of %d, want 2 of 1500", v.Number, v.Count)
		}
	})
}

// The user's own workbook of thirty thousand rows comes back whole, with marks
// where they belong, from a child within its memory.
func TestLargeMarkedWorkbook(t *testing.T) {
	if testing.Short() {
		t.Skip("half a minute")
	}
	const n, every = 30_000 - 1, 300
	rows := [][]string{madeHead}
	for i := range n {
		row := madeRow(i)
		if i%every == 0 {
			row[1] = row[1][:17] + "I" // no such character in a code
		}
		rows = append(rows, row)
	}
	d := guarded(t, storetest.SQLite(t))
	i := d.check(register.Targets, "三万行.xlsx", workbook(t, rows))
	var b bytes.Buffer
	if err := d.Marked(t.Context(), authority, i.ID, &b); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	back, err := f.GetRows(f.GetSheetName(0))
	if err != nil || len(back) != n+1 || !slices.Equal(back[n], rows[n]) {
		t.Fatalf("%d rows came back, %v, want %d", len(back), err, n+1)
	}
	notes, err := f.GetComments(f.GetSheetName(0))
	if err != nil || len(notes) != n/every+1 || i.Rejected != n/every+1 {
		t.Fatalf("%d notes for %d rejected rows, %v, want %d", len(notes), i.Rejected, err, n/every+1)
	}
	for k, note := range notes {
		if want := fmt.Sprintf("B%d", k*every+2); note.Cell != want {
			t.Errorf("note %d stands at %s, want %s", k, note.Cell, want)
		}
	}
}
