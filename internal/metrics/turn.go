package metrics

import (
	"context"
	"runtime"
	"runtime/debug"
	"sync"
)

// Turn is whose turn it is among jobs that go through all of an office's years:
// together, at the start, they would hold as much memory as a machine may have.
type Turn struct {
	mu    sync.Mutex
	begun bool
}

// muchRead is from how many bytes on what a job needed is given back at once.
const muchRead = 32 << 20

// In is do when no other job of the turn is under way. What it needed goes back
// to the machine, and after the first one what the program's start needed: by
// itself the runtime takes minutes, or keeps it.
func (t *Turn) In(do func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		t.mu.Lock()
		defer t.mu.Unlock()
		var before, after runtime.MemStats
		if t.begun { // else all that was made so far counts
			runtime.ReadMemStats(&before)
		}
		t.begun = true
		err := do(ctx)
		if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > muchRead {
			debug.FreeOSMemory()
		}
		return err
	}
}
