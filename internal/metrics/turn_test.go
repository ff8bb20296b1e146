package metrics

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// Jobs of one turn are never two at a time, and tell how they ended.
func TestTurn(t *testing.T) {
	var turn Turn
	var under, most atomic.Int64
	stop := errors.New("stop")
	job := turn.In(func(context.Context) error {
		most.Store(max(most.Load(), under.Add(1)))
		for range 1000 {
			_ = make([]byte, 100<<10) // enough to be given back
		}
		under.Add(-1)
		return stop
	})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := job(t.Context()); err != stop {
				t.Errorf("a job ended with %v, want %v", err, stop)
			}
		})
	}
	wg.Wait()
	if most.Load() != 1 {
		t.Errorf("%d at a time, want 1", most.Load())
	}
}

// The first job gives back what the start threw away, a later one what it needed
// itself, if that was much.
func TestTurnGivesBack(t *testing.T) {
	var turn Turn
	var thrown []byte
	throw := func(context.Context) error { thrown = make([]byte, 2*muchRead); return nil }
	nothing := func(context.Context) error { return nil }
	throw(t.Context())
	for _, tt := range []struct {
		name string
		do   func(context.Context) error
		want uint32
	}{{"the first", nothing, 1}, {"a small one", nothing, 0}, {"a large one", throw, 1}} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := turn.In(tt.do)(t.Context()); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if got := after.NumForcedGC - before.NumForcedGC; got != tt.want {
			t.Errorf("%s: given back %d times, want %d", tt.name, got, tt.want)
		}
	}
	runtime.KeepAlive(thrown)
}
