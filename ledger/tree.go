package ledger

import "golang.org/x/mod/sumdb/tlog"

// Frontier is all of a tree that is needed to extend it: the hashes of its
// perfect subtrees along the right edge. The zero value is the empty tree.
type Frontier struct {
	size  int64
	peaks [63]Hash // peaks[i] counts while bit i of size is set
}

// FrontierPlaces returns where a tree of size keeps its frontier, as places in
// tlog's order of stored hashes, for OpenFrontier.
func FrontierPlaces(size int64) []int64 {
	var places []int64
	for level := range 63 {
		if size>>level&1 == 1 {
			places = append(places, tlog.StoredHashIndex(level, size>>level-1))
		}
	}
	return places
}

// OpenFrontier returns the frontier of a tree of size from the hashes that
// stand at FrontierPlaces(size), in that order.
func OpenFrontier(size int64, hashes []Hash) Frontier {
	f := Frontier{size: size}
	for level := range 63 {
		if size>>level&1 == 1 {
			f.peaks[level], hashes = hashes[0], hashes[1:]
		}
	}
	return f
}

// Size returns the number of entries.
func (f *Frontier) Size() int64 { return f.size }

// Add appends a leaf and returns the hashes to store, which come at the places
// from tlog.StoredHashIndex(0, its index) on.
func (f *Frontier) Add(leaf Hash) []Hash {
	stored := []Hash{leaf}
	level := 0
	for ; f.size>>level&1 == 1; level++ {
		leaf = tlog.NodeHash(f.peaks[level], leaf)
		stored = append(stored, leaf)
	}
	f.peaks[level] = leaf
	f.size++
	return stored
}

// Root returns the tree's root hash.
func (f *Frontier) Root() Hash {
	var root Hash
	found := false
	for level := range 63 {
		switch {
		case f.size>>level&1 == 0:
		case found:
			root = tlog.NodeHash(f.peaks[level], root)
		default:
			root, found = f.peaks[level], true
		}
	}
	if !found {
		root, _ = tlog.TreeHash(0, nil) // never fails: an empty tree reads nothing
	}
	return root
}
