package register

import (
	"context"
	"hash/maphash"
	"slices"

	"suiji/internal/store"
)

// presence tells which texts a table certainly does not hold, in eight bytes a
// row. A text that it has may rarely be missing in the table: whoever needs to
// know looks there. So the rows of a file that are new to the register, a
// million of them the first time, cost no look at all.
type presence struct {
	seed   maphash.Seed
	hashes []uint64 // ascending
}

// presenceOf reads one column of a list's table.
func presenceOf(ctx context.Context, db *store.DB, authority string, list List, column string) (*presence, error) {
	p := &presence{seed: maphash.MakeSeed()}
	err := store.Each(ctx, db, store.Value[string], func(s string) error {
		p.hashes = append(p.hashes, maphash.String(p.seed, s))
		return nil
	}, `SELECT `+column+` FROM `+tables[list].table+` WHERE authority_id = $1`, authority)
	slices.Sort(p.hashes)
	return p, err
}

// maybe reports whether the table may hold s.
func (p *presence) maybe(s string) bool {
	_, found := slices.BinarySearch(p.hashes, maphash.String(p.seed, s))
	return found
}
