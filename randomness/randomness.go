// Package randomness serves the people who make a draw's seed together: it
// makes secrets and their commitments, and judges what was rolled in public.
// It is pure; randomness itself is given to it. docs/spec/draw.md, "The seed".
package randomness

import (
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"suiji/internal/canon"
)

// Hash is the draw's hash, "sha256" or "sm3".
type Hash = canon.Hash

// Kind is the kind of a source: "committed", "public" or "drand".
type Kind = canon.Kind

// EnoughBits is the entropy, in bits, from which a public roll makes a draw
// publicly verifiable; a shorter one can be searched.
const EnoughBits = canon.EnoughBits

// ErrCommitment is returned by Open for a secret that is not the one that was
// committed to.
var ErrCommitment = errors.New("秘密值与事先公布的承诺不符")

// NewSecret makes a secret (秘密值) of 32 bytes read from r, as 64 hexadecimal
// digits. r must be a source that nobody can foresee, such as the operating
// system's.
func NewSecret(r io.Reader) (string, error) {
	var b [canon.Size]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return "", fmt.Errorf("make a secret: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

// Commit returns the commitment (承诺) of the source called name to value, 64
// hexadecimal digits: H("suiji/commit/1" LF name LF value LF). It panics if h
// is not one of the two hashes.
func Commit(h Hash, name, value string) string { return canon.Commitment(h, name, value) }

// Open checks a revealed secret (揭示): its form, and that it fits its
// commitment. It panics if h is not one of the two hashes.
func Open(h Hash, name, value, commitment string) error {
	if err := CheckValue(canon.Committed, value); err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(Commit(h, name, value)), []byte(commitment)) != 1 {
		return ErrCommitment
	}
	return nil
}

// CheckValue returns nil if value has the form that a source of this kind must
// reveal, and otherwise one sentence for the person who entered it.
func CheckValue(kind Kind, value string) error { return canon.CheckValue(kind, value) }

// Entropy returns how many whole bits a public roll can hold at most. Only its
// digits count: for dice if all lie between 1 and 6, else for decimal digits.
func Entropy(value string) int { return canon.RollBits(value) }
