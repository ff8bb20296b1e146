package register

import (
	"context"
	"hash/maphash"
	"slices"

	"suiji/internal/store"
)

// Presence tells which texts a table certainly does not hold, in eight bytes a
// row. A text that it has may rarely be missing in the table: whoever needs to
// know looks there. So the rows of a file that are new to the register, a
// million of them the first time, cost no look at all.
type Presence struct {
	seed   maphash.Seed
	hashes []uint64 // ascending
}

// presenceOf reads one column of a list's table.
func presenceOf(ctx context.Context, db *store.DB, authority string, list List, column string) (*Presence, error) {
	p := &Presence{seed: maphash.MakeSeed()}
	err := store.Each(ctx, db, store.Value[string], func(s string) error {
		p.hashes = append(p.hashes, maphash.String(p.seed, s))
		return nil
	}, `SELECT `+column+` FROM `+tables[list].table+` WHERE authority_id = $1`, authority)
	slices.Sort(p.hashes)
	return p, err
}

// Maybe reports whether the table may hold s.
func (p *Presence) Maybe(s string) bool {
	_, found := slices.BinarySearch(p.hashes, maphash.String(p.seed, s))
	return found
}
