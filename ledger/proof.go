package ledger

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a hash of the tree (SHA-256, RFC 6962), whatever a draw's own hash.
type Hash = tlog.Hash

// LeafHash returns the tree's hash of an entry's canonical JSON.
func LeafHash(entry []byte) Hash { return tlog.RecordHash(entry) }

// CheckInclusion returns nil if the proof shows that the entry stands at index
// (from 0) in the tree of c.
func CheckInclusion(c Checkpoint, entry []byte, index int64, proof []Hash) error {
	if index < 0 || index >= c.Size {
		return fmt.Errorf("index %d is not in a tree of %d", index, c.Size)
	}
	if err := tlog.CheckRecord(proof, c.Size, c.Root, index, LeafHash(entry)); err != nil {
		return fmt.Errorf("inclusion proof of index %d in a tree of %d does not hold", index, c.Size)
	}
	return nil
}

// CheckConsistency returns nil if the proof shows that the tree of newer
// begins with all of the tree of older.
func CheckConsistency(older, newer Checkpoint, proof []Hash) error {
	if older.Origin != newer.Origin {
		return fmt.Errorf("checkpoints of two trees, %q and %q", older.Origin, newer.Origin)
	}
	if older.Size > newer.Size {
		return fmt.Errorf("a tree of %d cannot extend a tree of %d", newer.Size, older.Size)
	}
	if older.Size == newer.Size || older.Size == 0 {
		return checkTrivial(older, newer, proof)
	}
	if err := tlog.CheckTree(proof, newer.Size, newer.Root, older.Size, older.Root); err != nil {
		return fmt.Errorf("the tree of %d does not extend the tree of %d", newer.Size, older.Size)
	}
	return nil
}

// checkTrivial settles what needs no proof: one size, or an empty tree.
func checkTrivial(older, newer Checkpoint, proof []Hash) error {
	if len(proof) > 0 {
		return errors.New("a proof where none is needed")
	}
	if older.Size == newer.Size && older.Root != newer.Root {
		return fmt.Errorf("two different trees of %d", newer.Size)
	}
	return nil
}
