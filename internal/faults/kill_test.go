package faults

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// Killed at each named step of the day, and at moments drawn at random, the
// office has what it acknowledged, and goes on to the same end.
func TestKilledDay(t *testing.T) {
	dir, want := before(t)
	clean := order{dir: copyOf(t, dir)}.run(t)
	if !clean.ended || len(clean.ok) != len(day) {
		t.Fatalf("a quiet day: %v\n%s", clean.no, clean.out)
	}
	steps := numbered(clean.steps)
	if !full() { // each name once
		steps = sampleOf(steps, 4)
	}
	kills, acked := 0, 0
	for _, step := range steps {
		c := order{dir: copyOf(t, dir), env: []string{envKill + "=" + step}}
		h := c.run(t)
		if h.ended {
			t.Errorf("the office lives on after %s", step)
		}
		kills, acked = kills+1, acked+len(h.ok)
		if err := whole(t, c.dir, "", h, want); err != nil {
			t.Errorf("killed at %s: %v", step, err)
		}
	}
	seed := rand.Uint64()
	dice := rand.New(rand.NewPCG(seed, 1))
	for range many(2, 60) {
		c := order{dir: copyOf(t, dir), killAfter: time.Duration(50+dice.IntN(1500)) * time.Millisecond}
		h := c.run(t)
		if !h.ended {
			kills++
		}
		acked += len(h.ok)
		if err := whole(t, c.dir, "", h, want); err != nil {
			t.Errorf("killed after %v: %v", c.killAfter, err)
		}
	}
	figure(t, "kill -9 of the day, at each of its steps and at random", "%d kills, %d acts acknowledged, 0 lost, seed %d", kills, acked, seed)
}

// numbered gives each step its turn: name#n.
func numbered(names []string) []string {
	n, all := map[string]int{}, []string{}
	for _, name := range names {
		n[name]++
		all = append(all, fmt.Sprintf("%s#%d", name, n[name]))
	}
	return all
}

// sampleOf draws n of all.
func sampleOf(all []string, n int) []string {
	var some []string
	for _, i := range rand.Perm(len(all))[:min(n, len(all))] {
		some = append(some, all[i])
	}
	return some
}
