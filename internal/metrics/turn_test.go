package metrics

import (
	"context"
	"errors"
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
