package fresh

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// world is a database whose state and time a test sets.
type world struct {
	state string
	err   error
	at    time.Time
}

func (w *world) cache(budget int) *Cache {
	return New(func(context.Context) (string, error) { return w.state, w.err }, func() time.Time { return w.at }, budget)
}

func noon() time.Time { return time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC) }

func TestKept(t *testing.T) {
	tests := []struct {
		name   string
		change func(w *world)
		kept   bool
	}{
		{"nothing changes", func(*world) {}, true},
		{"something is committed", func(w *world) { w.state = "2" }, false},
		{"59 seconds pass", func(w *world) { w.at = w.at.Add(59 * time.Second) }, true},
		{"a minute passes", func(w *world) { w.at = w.at.Add(time.Minute) }, false},
		{"the state cannot be known", func(w *world) { w.err = errors.New("gone") }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := &world{state: "1", at: noon()}
			c := w.cache(1 << 20)
			ctx := c.Begin(t.Context())
			c.Put(ctx, "k", "v", 1)
			tt.change(w)
			if v, ok := c.Get(c.Begin(t.Context()), "k"); ok != tt.kept || ok && v != "v" {
				t.Errorf("Get = %v, %v, want kept %v", v, ok, tt.kept)
			}
		})
	}
}

// Days end in China: a page that says how many days are left is made anew.
func TestMidnight(t *testing.T) {
	w := &world{state: "1", at: time.Date(2026, 3, 2, 15, 59, 50, 0, time.UTC)}
	c := w.cache(1 << 20)
	c.Put(c.Begin(t.Context()), "k", "v", 1)
	w.at = w.at.Add(10 * time.Second)
	if _, ok := c.Get(c.Begin(t.Context()), "k"); ok {
		t.Error("kept over midnight")
	}
}

// What was made of an earlier state is not found under a later one, whoever
// comes last.
func TestLateComer(t *testing.T) {
	w := &world{state: "1", at: noon()}
	c := w.cache(1 << 20)
	early := c.Begin(t.Context())
	w.state = "2"
	late := c.Begin(t.Context())
	c.Put(late, "k", "new", 1)
	c.Put(early, "k", "old", 1)
	if v, ok := c.Get(c.Begin(t.Context()), "k"); ok && v != "new" {
		t.Errorf("Get = %v, want nothing or new", v)
	}
}

func TestBudget(t *testing.T) {
	w := &world{state: "1", at: noon()}
	c := w.cache(100_000)
	ctx := c.Begin(t.Context())
	c.Put(ctx, "huge", "v", 50_000)
	if _, ok := c.Get(ctx, "huge"); ok {
		t.Error("a value of half the budget is kept")
	}
	c.Put(ctx, "hot", "v", 1000)
	for i := range 10_000 {
		c.Put(ctx, fmt.Sprint(i), i, 1000)
		c.Get(ctx, "hot")
		if n := len(c.young) + len(c.old); n*1000 > 100_000 {
			t.Fatalf("%d values of 1,000 bytes are kept of 100,000", n)
		}
	}
	if _, ok := c.Get(ctx, "hot"); !ok {
		t.Error("what is asked for all the time is gone")
	}
}

func TestRead(t *testing.T) {
	w := &world{state: "1", at: noon()}
	c := w.cache(1 << 20)
	asked := 0
	read := func(ctx context.Context, c *Cache, err error) int {
		v, got := Read(ctx, c, "k", func(int) int { return 8 }, func() (int, error) { asked++; return asked, err })
		if got != err {
			t.Errorf("Read = %v, want the error of the reading", got)
		}
		return v
	}
	ctx, failed := c.Begin(t.Context()), errors.New("no")
	read(ctx, c, failed)
	if a, b := read(ctx, c, nil), read(ctx, c, nil); a != 2 || b != 2 {
		t.Errorf("after a failure read %d and %d, want 2 and 2", a, b)
	}
	if v := read(t.Context(), c, nil); v != 3 {
		t.Errorf("without a state read %d, want 3: read anew", v)
	}
	if v := read(ctx, nil, nil); v != 4 {
		t.Errorf("without a cache read %d, want 4", v)
	}
}

// A crowd that asks for one thing has it read once; if the one who reads goes
// away, the others read for themselves.
func TestCrowd(t *testing.T) {
	w := &world{state: "1", at: time.Unix(0, 0)}
	c := w.cache(1 << 20)
	first, leave := context.WithCancel(c.Begin(t.Context()))
	defer leave()
	for _, gone := range []bool{false, true} {
		var reads atomic.Int32
		begun, wait := make(chan bool), make(chan bool)
		ask := func(ctx context.Context) (int, error) {
			return Read(ctx, c, fmt.Sprint("thing ", gone), func(int) int { return 8 }, func() (int, error) {
				if reads.Add(1) == 1 {
					close(begun)
					<-wait
				}
				return 7, ctx.Err()
			})
		}
		var all sync.WaitGroup
		all.Go(func() { ask(first) })
		<-begun
		for range 9 {
			all.Go(func() {
				if v, err := ask(c.Begin(t.Context())); v != 7 || err != nil {
					t.Errorf("gone %t: %d, %v", gone, v, err)
				}
			})
		}
		time.Sleep(20 * time.Millisecond) // they wait
		if gone {
			leave()
		}
		close(wait)
		all.Wait()
		if n := reads.Load(); gone == (n == 1) {
			t.Errorf("gone %t: read %d times", gone, n)
		}
	}
}
