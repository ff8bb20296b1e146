// Package canon gives every value one byte string and that string one digest:
// hashes (SHA-256, SM3), canonical JSON, Merkle roots of lists, and the forms
// of the values that go into a draw's seed. It is pure.
package canon

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"

	"github.com/emmansun/gmsm/sm3"
)

// Size is the length of a digest in bytes, the same for both hashes.
const Size = 32

// Hash names a hash as manifests do.
type Hash string

// The two hashes. SM3 (GB/T 32905) is for authorities that must use national
// algorithms (商用密码).
const (
	SHA256 Hash = "sha256"
	SM3    Hash = "sm3"
)

// Valid reports whether h is one of the two hashes.
func (h Hash) Valid() bool { return h == SHA256 || h == SM3 }

// New returns a fresh running hash. It panics if h is not valid.
func (h Hash) New() hash.Hash {
	switch h {
	case SHA256:
		return sha256.New()
	case SM3:
		return sm3.New()
	}
	panic("BUG: canon: no hash named " + string(h))
}

// Sum returns the digest of b, Size bytes. It panics if h is not valid.
func (h Hash) Sum(b []byte) []byte {
	d := h.New()
	d.Write(b)
	return d.Sum(nil)
}

// Hex returns the digest of b as 64 lower-case hexadecimal digits. It panics
// if h is not valid.
func (h Hash) Hex(b []byte) string { return hex.EncodeToString(h.Sum(b)) }
