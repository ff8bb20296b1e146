package throttle

import (
	"testing"
	"time"
)

func TestWait(t *testing.T) {
	l := Limit{Free: 5, First: time.Minute, Longest: 30 * time.Minute}
	for n, want := range map[int64]time.Duration{1: 0, 4: 0, 5: time.Minute, 6: 2 * time.Minute, 9: 16 * time.Minute, 10: 30 * time.Minute, 1000000: 30 * time.Minute} {
		if got := l.wait(n); got != want {
			t.Errorf("wait(%d) = %v, want %v", n, got, want)
		}
	}
}
