package faults

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"suiji/internal/errs"
	"suiji/internal/store"
)

// jumps are by how much the machine's clock is wrong between two acts.
var jumps = []time.Duration{-24 * time.Hour, -time.Hour, time.Hour, 24 * time.Hour}

// The machine's clock jumps between acts: each act is done, or refused with a
// sentence and not done; with the clock right again it is done, once; and the
// ledger's times never go back. A clock that was ahead of the ledger's last
// entry must reach it again first.
func TestClockJumps(t *testing.T) {
	dir, want := before(t)
	ctx := context.Background()
	seed := rand.Uint64()
	dice := rand.New(rand.NewPCG(seed, 6))
	jumped, refused := 0, 0
	for range many(2, 40) {
		o, err := reopen(t, ctx, copyOf(t, dir), "")
		must(t, err)
		ahead := time.Duration(0)
		for _, a := range day {
			o.Skew = jumps[dice.IntN(len(jumps))]
			if o.Skew > 0 && a.dated() { // what is really a day late changes what may follow
				o.Skew = time.Hour
			}
			jumped++
			if err := a.ask(ctx, o); err != nil {
				refused++
				if errs.Sentence(err) == "" && a.name != "arrive" && a.name != "result" { // those come back as the phone's answer
					t.Errorf("%s with the clock off by %v: %v, want a sentence", a.name, o.Skew, err)
				}
				if there, err := a.there(ctx, o); err == nil && there {
					t.Errorf("%s with the clock off by %v was refused, and is there", a.name, o.Skew)
				}
			} else {
				ahead = max(ahead, o.Skew)
			}
			must(t, o.Scribe.Sequence(ctx, authority))
			// Right again; if the ledger is ahead, as late as the ledger.
			for _, o.Skew = range []time.Duration{0, time.Hour + time.Minute, ahead, ahead + time.Minute} {
				if err = a.ask(ctx, o); err == nil {
					break
				}
			}
			if err != nil {
				t.Fatalf("%s with the clock right again: %v (seed %d)", a.name, err, seed)
			}
			must(t, o.Scribe.Sequence(ctx, authority))
		}
		o.Skew = 0
		must(t, errors.Join(o.same(ctx, want), o.verified(ctx, nil), o.monotone(ctx), o.DB.Close()))
	}
	figure(t, "the clock jumps by an hour or a day, back and forth, before each act", "%d jumps, %d acts refused with a sentence, 0 lost, 0 twice, seed %d", jumped, refused, seed)
}

// dated reports whether the day of the act decides when later acts may be
// done: who was matched tomorrow is not inspected today.
func (a act) dated() bool {
	return !slices.Contains([]string{"import", "photograph", "arrive", "result", "check", "publish", "proof"}, a.name)
}

// monotone fails if the ledger's times go back.
func (o *office) monotone(ctx context.Context) error {
	at, err := store.All(ctx, o.DB, store.Value[int64], `
		SELECT at
		FROM ledger_entry
		WHERE authority_id = $1 AND position IS NOT NULL
		ORDER BY position`, authority)
	if err == nil && !slices.IsSorted(at) {
		err = errors.New("the ledger's times go back")
	}
	return err
}

// Two clerks press at once, a request comes twice, an old one comes late, one
// is broken off by whoever sent it: each act is done once.
func TestPressedAtOnce(t *testing.T) {
	dir, want := before(t)
	seed := rand.Uint64()
	dice := rand.New(rand.NewPCG(seed, 8))
	var broken, doubled, late, clerks int
	for range many(2, 40) {
		ctx := context.Background()
		o, err := reopen(t, ctx, copyOf(t, dir), "")
		must(t, err)
		others := false
		for i, a := range day {
			must(t, a.when(ctx, o))
			short, cancel := context.WithTimeout(ctx, time.Duration(dice.IntN(4000))*time.Microsecond)
			if a.do(short, o) != nil {
				broken++
			}
			cancel()
			if i > 0 && dice.IntN(2) == 0 { // an earlier request arrives only now
				late++
				if err := day[dice.IntN(i)].ask(ctx, o); err != nil && errs.KindOf(err) != errs.Conflict {
					t.Errorf("an old request: %v", err)
				}
				must(t, a.when(ctx, o))
			}
			second := ctx
			if a.audited() && dice.IntN(2) == 0 { // another clerk, with a form of his own
				second, others = context.WithValue(ctx, clerk{}, true), true
				clerks++
			} else {
				doubled++
			}
			if err := together(a, ctx, second, o); err != nil {
				t.Errorf("%s, twice at once: %v", a.name, err)
			}
			must(t, o.Scribe.Sequence(ctx, authority))
		}
		if others { // whose key the audit has is a matter of chance
			want = maps.Clone(want)
			delete(want, "acts")
		}
		must(t, errors.Join(o.same(ctx, want), o.verified(ctx, nil), o.DB.Close()))
	}
	figure(t, "requests broken off, doubled, late, and two clerks at once, at each act", "%d broken off, %d doubled, %d late, %d times two clerks, 0 lost, 0 twice, seed %d", broken, doubled, late, clerks, seed)
}

// audited reports whether the audit knows the act by its key alone.
func (a act) audited() bool {
	return !slices.Contains([]string{"import", "photograph", "arrive", "result", "proof"}, a.name)
}

// together asks for an act twice at the same moment. One of the two is done;
// the other is done too (the same request) or hears in a sentence that it was
// (another's).
func together(a act, first, second context.Context, o *office) error {
	said := make([]error, 2)
	var wg sync.WaitGroup
	for i, ctx := range []context.Context{first, second} {
		wg.Go(func() { said[i] = a.do(ctx, o) })
	}
	wg.Wait()
	if first == second {
		return errors.Join(said...)
	}
	for _, err := range said {
		if err != nil && errs.KindOf(err) != errs.Conflict {
			return err
		}
	}
	return nil
}
