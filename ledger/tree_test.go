package ledger

import (
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// TestFrontier compares with tlog at every size, and opens the frontier anew
// at each of them.
func TestFrontier(t *testing.T) {
	const n = 70
	r := sampleTree(t, n)
	var f Frontier
	for i := range int64(n) {
		want, err := tlog.TreeHash(i, r)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Root(); got != want || f.Size() != i {
			t.Fatalf("Root() of %d = %v, want %v", f.Size(), got, want)
		}
		hashes, err := r.ReadHashes(FrontierPlaces(i))
		if err != nil {
			t.Fatal(err)
		}
		f = OpenFrontier(i, hashes)
		place := tlog.StoredHashIndex(0, i)
		for _, h := range f.Add(LeafHash(r.leaves[i])) {
			if h != r.hashes[place] {
				t.Fatalf("Add of leaf %d: hash at place %d = %v, want %v", i, place, h, r.hashes[place])
			}
			place++
		}
		if place != tlog.StoredHashIndex(0, i+1) {
			t.Fatalf("Add of leaf %d stores up to place %d, want %d", i, place, tlog.StoredHashIndex(0, i+1))
		}
	}
}
