package scribe

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

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
		opened, err := ledger.OpenNote(c.note, k.verifier, k.further...)
		if err != nil || opened.Size != c.size || opened.Others > 0 {
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

// filed is an entry as its row says it beside the body.
type filed struct {
	Recorded
	typ, subject string
	at, made     int64
}

func scanFiled(row store.Scanner) (f filed, err error) {
	var body string
	if err = row.Scan(&f.Position, &body, &f.typ, &f.subject, &f.at, &f.made); err == nil {
		f.Entry, err = ledger.ParseEntry([]byte(body))
	}
	return f, err
}

// Everything returns all entries of the authority, those of the tree first and
// then those that wait. Errors: Conflict with the first whose row says other
// things than its body, or which stands before one that was entered earlier
// about its subject; the entries are returned all the same.
func (s *Scribe) Everything(ctx context.Context, authority string) (all []Recorded, err error) {
	var first error
	made := map[string]int64{}
	err = store.Each(ctx, s.db, scanFiled, func(f filed) error {
		e := f.Entry
		if first == nil && (string(e.Type) != f.typ || e.Subject != f.subject || e.At.UnixMilli() != f.at) {
			first = differs("第 %d 条记录 %s %s 的类型、主题或时间与它的正文不同", f.Position, e.Type, e.Subject)
		}
		if first == nil && f.made <= made[e.Subject] {
			first = differs("第 %d 条记录 %s %s 的次序被改动过", f.Position, e.Type, e.Subject)
		}
		made[e.Subject] = f.made
		all = append(all, f.Recorded)
		return nil
	}, `
		SELECT coalesce(position, -1), body, type, subject, at, made
		FROM ledger_entry
		WHERE authority_id = $1
		ORDER BY CASE WHEN position IS NULL THEN 1 ELSE 0 END, position, made, entry_id`, authority)
	if err == nil {
		err = first
	}
	return all, err
}

// CheckRest looks at what Check does not need for the tree: the SM2 key, hashes
// beyond the tree, the newest checkpoint, and the witnesses' lines. Errors: Conflict.
func (s *Scribe) CheckRest(ctx context.Context, authority string) error {
	k, err := s.key(ctx, authority)
	if err == nil {
		err = s.checkSM2(ctx, authority)
	}
	if err != nil {
		return err
	}
	size, err := store.One(ctx, s.db, scanSizes, `
		SELECT (SELECT count(*) FROM ledger_hash WHERE authority_id = $1), (
			SELECT coalesce(max(position), -1) + 1
			FROM ledger_entry
			WHERE authority_id = $1)`, authority)
	if err != nil {
		return err
	}
	if want := tlog.StoredHashCount(size.placed); size.all != want {
		return differs("散列有 %d 个，%d 条记录应有 %d 个", size.all, size.placed, want)
	}
	signed, newest, err := newest(ctx, s.db, authority)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return err
	}
	kept, err := s.readCheckpoint(authority, k)
	if err != nil {
		return err
	}
	if kept.Size > newest {
		return differs("最后一个检查点（%d 条）只在文件里，数据库里没有；若不是刚刚停电，就是被删去了", kept.Size)
	}
	if signed == "" {
		return nil
	}
	return s.checkCosigned(ctx, authority, k)
}

// checkCosigned opens every checkpoint with its witnesses' lines.
func (s *Scribe) checkCosigned(ctx context.Context, authority string, k key) error {
	known := k.further
	for _, w := range s.witnesses {
		known = append(known, w.Cosigner)
	}
	sizes, err := store.All(ctx, s.db, store.Value[int64], `
		SELECT DISTINCT size
		FROM ledger_cosignature
		WHERE authority_id = $1
		ORDER BY size`, authority)
	if err != nil {
		return err
	}
	for _, size := range sizes {
		signed, _, err := s.checkpointAt(ctx, authority, size)
		if err != nil {
			return differs("%d 条时的联署没有检查点", size)
		}
		all, lines, err := s.cosigned(ctx, authority, signed, size)
		if err != nil {
			return err
		}
		if err := s.checkLabels(ctx, authority, size); err != nil {
			return err
		}
		n, err := ledger.OpenNote(all, k.verifier, known...)
		if err != nil {
			return differs("%d 条时的见证方联署不成立", size)
		}
		for _, c := range n.Cosignatures {
			if !slices.ContainsFunc(lines, func(l ledger.Cosignature) bool { return l.Line == c.Line && l.Name == c.Name && l.At.Equal(c.At) }) {
				return differs("%d 条时 %s 的联署与所记的名称或时间不同", size, c.Name)
			}
		}
	}
	return nil
}

// checkLabels holds the name and key hash under which a line is kept to the
// line.
func (s *Scribe) checkLabels(ctx context.Context, authority string, size int64) error {
	return store.Each(ctx, s.db, func(row store.Scanner) (x [2]string, err error) {
		err = row.Scan(&x[0], &x[1])
		return x, err
	}, func(x [2]string) error {
		words := strings.Fields(x[1])
		if len(words) != 3 {
			return differs("%d 条时 %s 的联署不成形", size, x[0])
		}
		raw, err := base64.StdEncoding.DecodeString(words[2])
		if err != nil || len(raw) < 4 || x[0] != fmt.Sprintf("%s+%x", words[1], raw[:4]) {
			return differs("%d 条时 %s 的联署与所记的名称或密钥不同", size, x[0])
		}
		return nil
	}, `
		SELECT witness, line
		FROM ledger_cosignature
		WHERE authority_id = $1 AND size = $2
		ORDER BY witness`, authority, size)
}
