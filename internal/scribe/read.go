package scribe

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/ledger"
)

// Recorded is an entry and where it stands.
type Recorded struct {
	Position int64 // from 0; -1: waiting for its position
	Entry    ledger.Entry
}

const recordedCols = `coalesce(position, -1), body`

func scanRecorded(row store.Scanner) (r Recorded, err error) {
	var body string
	if err = row.Scan(&r.Position, &body); err != nil {
		return r, err
	}
	r.Entry, err = ledger.ParseEntry([]byte(body))
	return r, err
}

// Entries returns all entries about a subject in the order in which they were
// entered, waiting ones among them.
func (s *Scribe) Entries(ctx context.Context, authority, subject string) ([]Recorded, error) {
	return store.All(ctx, s.db, scanRecorded, `
		SELECT `+recordedCols+`
		FROM ledger_entry
		WHERE authority_id = $1 AND subject = $2
		ORDER BY made, entry_id`, authority, subject)
}

// Last returns the entry about a subject that was entered last. Errors: NotFound.
func (s *Scribe) Last(ctx context.Context, authority, subject string) (Recorded, error) {
	return store.One(ctx, s.db, scanRecorded, `
		SELECT `+recordedCols+`
		FROM ledger_entry
		WHERE authority_id = $1 AND subject = $2
		ORDER BY made DESC, entry_id DESC
		LIMIT 1`, authority, subject)
}

// All returns up to limit entries of the tree from a position on.
func (s *Scribe) All(ctx context.Context, authority string, from int64, limit int) ([]Recorded, error) {
	return store.All(ctx, s.db, scanRecorded, `
		SELECT `+recordedCols+`
		FROM ledger_entry
		WHERE authority_id = $1 AND position >= $2
		ORDER BY position
		LIMIT $3`, authority, from, limit)
}

// Checkpoint returns the newest signed checkpoint and its tree's size.
// Errors: NotFound while nothing was sequenced.
func (s *Scribe) Checkpoint(ctx context.Context, authority string) (note string, size int64, err error) {
	return newest(ctx, s.db, authority)
}

// VerifierKey returns the key under which the authority's checkpoints verify,
// for people to publish and to keep.
func (s *Scribe) VerifierKey(ctx context.Context, authority string) (string, error) {
	k, err := s.key(ctx, authority)
	return k.verifier, err
}

type sized struct {
	note string
	size int64
}

func scanSized(row store.Scanner) (c sized, err error) {
	err = row.Scan(&c.note, &c.size)
	return c, err
}

func newest(ctx context.Context, db *store.DB, authority string) (string, int64, error) {
	c, err := store.One(ctx, db, scanSized, `
		SELECT note, size
		FROM ledger_checkpoint
		WHERE authority_id = $1
		ORDER BY size DESC
		LIMIT 1`, authority)
	return c.note, c.size, err
}

// checkpointAt returns the checkpoint of a tree of size, or the newest for 0.
func (s *Scribe) checkpointAt(ctx context.Context, authority string, size int64) (string, int64, error) {
	if size == 0 {
		return newest(ctx, s.db, authority)
	}
	c, err := store.One(ctx, s.db, scanSized, `
		SELECT note, size
		FROM ledger_checkpoint
		WHERE authority_id = $1 AND size = $2`, authority, size)
	return c.note, c.size, err
}

// stored is a hash and its place in tlog's order.
type stored struct {
	place int64
	hash  ledger.Hash
}

func scanStored(row store.Scanner) (h stored, err error) {
	var b []byte
	if err = row.Scan(&h.place, &b); err != nil {
		return h, err
	}
	if len(b) != len(h.hash) {
		return h, fmt.Errorf("stored hash %d has %d bytes", h.place, len(b))
	}
	copy(h.hash[:], b)
	return h, nil
}

// readHashes returns the stored hashes at the places, in their order.
func readHashes(ctx context.Context, db *store.DB, authority string, places []int64) ([]ledger.Hash, error) {
	if len(places) == 0 {
		return nil, nil
	}
	marks := make([]string, len(places))
	args := []any{authority}
	for i, p := range places {
		marks[i] = fmt.Sprintf("$%d", i+2)
		args = append(args, p)
	}
	rows, err := store.All(ctx, db, scanStored, `
		SELECT place, hash
		FROM ledger_hash
		WHERE authority_id = $1 AND place IN (`+strings.Join(marks, ", ")+`)
		ORDER BY place`, args...)
	if err != nil {
		return nil, err
	}
	found := make(map[int64]ledger.Hash, len(rows))
	for _, r := range rows {
		found[r.place] = r.hash
	}
	out := make([]ledger.Hash, len(places))
	for i, p := range places {
		h, ok := found[p]
		if !ok {
			return nil, errs.E(errs.Conflict, fmt.Sprintf("台账数据不完整：第 %d 个散列不见了。请从备份恢复数据库", p))
		}
		out[i] = h
	}
	return out, nil
}

// reader reads an authority's stored hashes for tlog.
func reader(ctx context.Context, db *store.DB, authority string) tlog.HashReader {
	return tlog.HashReaderFunc(func(places []int64) ([]ledger.Hash, error) {
		return readHashes(ctx, db, authority, places)
	})
}

func frontier(ctx context.Context, db *store.DB, authority string, size int64) (ledger.Frontier, error) {
	hashes, err := readHashes(ctx, db, authority, ledger.FrontierPlaces(size))
	if err != nil {
		return ledger.Frontier{}, err
	}
	return ledger.OpenFrontier(size, hashes), nil
}
