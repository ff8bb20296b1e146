package canon

import "hash"

// Root works out the RFC 6962 Merkle tree hash of a list, line by line, with
// memory of one hash for each doubling of the list.
type Root struct {
	h       hash.Hash
	peaks   []peak // perfect trees, largest first, no two of one height
	n       int
	scratch []byte
}

// peak is the hash of a perfect tree of 2^height leaves.
type peak struct {
	height int
	sum    [Size]byte
}

// NewRoot returns the root of an empty list made with h. It panics if h is not
// valid.
func NewRoot(h Hash) *Root { return &Root{h: h.New()} }

// Add appends one leaf; for a list its input is the line without its LF.
func (r *Root) Add(line []byte) {
	r.scratch = append(append(r.scratch[:0], 0), line...)
	p := peak{}
	r.digest(&p.sum)
	r.n++
	for len(r.peaks) > 0 && r.peaks[len(r.peaks)-1].height == p.height {
		left := r.peaks[len(r.peaks)-1]
		r.peaks = r.peaks[:len(r.peaks)-1]
		r.join(&left, &p)
		p.height++
	}
	r.peaks = append(r.peaks, p)
}

// Count returns the number of lines added.
func (r *Root) Count() int { return r.n }

// Sum returns the root of the lines added so far, Size bytes; lines may be
// added afterwards. The root of no lines is the hash of nothing.
func (r *Root) Sum() []byte {
	if r.n == 0 {
		r.h.Reset()
		return r.h.Sum(nil)
	}
	last := r.peaks[len(r.peaks)-1]
	for i := len(r.peaks) - 2; i >= 0; i-- {
		r.join(&r.peaks[i], &last)
	}
	return append([]byte(nil), last.sum[:]...)
}

// join sets right to the node over left and right.
func (r *Root) join(left, right *peak) {
	r.scratch = append(r.scratch[:0], 1)
	r.scratch = append(r.scratch, left.sum[:]...)
	r.scratch = append(r.scratch, right.sum[:]...)
	r.digest(&right.sum)
}

// digest hashes the scratch bytes into sum.
func (r *Root) digest(sum *[Size]byte) {
	r.h.Reset()
	r.h.Write(r.scratch)
	r.scratch = r.h.Sum(r.scratch[:0])
	copy(sum[:], r.scratch)
}
