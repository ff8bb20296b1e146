package scribe

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/ledger"
)

// Check works the authority's whole tree out anew from the entries and
// compares every stored hash, every checkpoint and the checkpoint file with
// it. It returns the number of entries. Errors: Conflict with the first place
// where they differ.
func (s *Scribe) Check(ctx context.Context, authority string) (int64, error) {
	k, err := s.key(ctx, authority)
	if err != nil {
		return 0, err
	}
	roots, err := s.checkpointRoots(ctx, authority, k)
	if err != nil {
		return 0, fmt.Errorf("check ledger of %s: %w", authority, err)
	}
	var f ledger.Frontier
	for {
		n, err := s.checkPart(ctx, authority, &f, roots)
		if err != nil {
			return f.Size(), fmt.Errorf("check ledger of %s: %w", authority, err)
		}
		if n == 0 {
			break
		}
	}
	if len(roots) > 0 {
		return f.Size(), differs("数据库里缺少检查点所含的记录，只有 %d 条", f.Size())
	}
	return f.Size(), s.checkKept(ctx, s.db, authority, k, f.Size())
}

func differs(format string, args ...any) error {
	return errs.E(errs.Conflict, "台账核对不符："+fmt.Sprintf(format, args...))
}

// checkpointRoots returns the root that was signed for each size.
func (s *Scribe) checkpointRoots(ctx context.Context, authority string, k key) (map[int64]ledger.Hash, error) {
	roots := map[int64]ledger.Hash{}
	err := store.Each(ctx, s.db, scanSized, func(c sized) error {
		opened, err := ledger.OpenNote(c.note, k.verifier)
		if err != nil || opened.Size != c.size {
			return differs("%d 条时的检查点不是用现在的密钥签的，或已损坏", c.size)
		}
		roots[c.size] = opened.Root
		return nil
	}, `
		SELECT note, size
		FROM ledger_checkpoint
		WHERE authority_id = $1
		ORDER BY size`, authority)
	return roots, err
}

// checkPart goes on by up to a batch of entries and returns how many there
// were. It takes each checkpoint that it passes out of roots.
func (s *Scribe) checkPart(ctx context.Context, authority string, f *ledger.Frontier, roots map[int64]ledger.Hash) (int, error) {
	from := f.Size()
	part, err := s.All(ctx, authority, from, batch)
	if err != nil {
		return 0, err
	}
	hashes, err := s.hashesOf(ctx, authority, from, from+int64(len(part)))
	if err != nil {
		return 0, err
	}
	for _, r := range part {
		if r.Position != f.Size() {
			return 0, differs("第 %d 条记录不见了", f.Size())
		}
		leaf, err := r.Entry.Bytes()
		if err != nil {
			return 0, err
		}
		for _, h := range f.Add(ledger.LeafHash(leaf)) {
			if len(hashes) == 0 || hashes[0].hash != h {
				return 0, differs("第 %d 条记录或它的散列被改动过", r.Position)
			}
			hashes = hashes[1:]
		}
		if root, ok := roots[f.Size()]; ok && root != f.Root() {
			return 0, differs("记录与 %d 条时的检查点不符", f.Size())
		}
		delete(roots, f.Size())
	}
	return len(part), nil
}

// hashesOf returns the hashes that were stored with the entries from … to-1.
func (s *Scribe) hashesOf(ctx context.Context, authority string, from, to int64) ([]stored, error) {
	return store.All(ctx, s.db, scanStored, `
		SELECT place, hash
		FROM ledger_hash
		WHERE authority_id = $1 AND place >= $2 AND place < $3
		ORDER BY place`, authority, tlog.StoredHashIndex(0, from), tlog.StoredHashIndex(0, to))
}
