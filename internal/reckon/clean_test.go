package reckon_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// TestCleanRuns lets offices work for a year each. They differ in every salt,
// secret and outcome, in their size, their hash, and in what happens to them.
// Each is looked at after every act, and its files at the end by what everybody
// has: nothing is suspected where nothing was done.
func TestCleanRuns(t *testing.T) {
	t.Parallel()
	want, seed := 3, rand.Uint64()
	if full {
		want = 1000
	}
	dsn := os.Getenv("SUIJI_TEST_POSTGRES")
	runs, checks, entries := map[store.Engine]int{}, 0, int64(0)
	for n := range want {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			at := filepath.Join(t.TempDir(), "suiji.db")
			if dsn != "" && n%10 == 0 {
				at = storetest.Postgres(t, dsn)
			}
			db, err := store.Open(ctx, at)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			o := newOffice(t, db)
			o.dice = rand.New(rand.NewPCG(seed, uint64(n)))
			o.step = func(when string) {
				o.clean("after " + when)
				checks++
			}
			f := mirror(o)
			if r := f.check(); !r.OK || r.Since == 0 || r.Bundles != 2 || r.SM2 != (f.sm2 != "") {
				t.Errorf("the mirror: %+v", r)
			} else {
				entries += r.Size
			}
			runs[db.Engine()]++
		})
		if t.Failed() {
			t.Fatalf("run %d with seed %d", n, seed)
		}
	}
	t.Logf("clean runs: %v, with %d checks of the database and %d entries in mirrors; no false alarm", runs, checks, entries)
}
