package scribe

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/mod/sumdb/tlog"

	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/ledger"
)

// batch is how many entries get their positions in one transaction.
const batch = 1000

// Waiting returns the authorities that have entries without a position.
func (s *Scribe) Waiting(ctx context.Context) ([]string, error) {
	return store.All(ctx, s.db, store.Value[string], `
		SELECT DISTINCT authority_id
		FROM ledger_entry
		WHERE position IS NULL
		ORDER BY authority_id`)
}

// Sequence gives every waiting entry of the authority its position, extends
// the tree, signs a checkpoint over it and, once the database has kept all
// that, writes the checkpoint to a file beside the database. It does nothing
// but check when nothing waits. Errors: Conflict when the database does not
// hold what was signed before (restored from an old copy, or altered): it
// then signs nothing.
func (s *Scribe) Sequence(ctx context.Context, authority string) error {
	k, err := s.key(ctx, authority)
	if err != nil {
		return fmt.Errorf("sequence %s: %w", authority, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		n, err := s.extend(ctx, authority, k)
		if err != nil {
			return fmt.Errorf("sequence %s: %w", authority, err)
		}
		if n < batch {
			return nil
		}
	}
}

// extend sequences one batch and returns its length. A checkpoint that was
// signed in a transaction that did not commit is forgotten with it; nobody
// else has seen it.
func (s *Scribe) extend(ctx context.Context, authority string, k key) (int, error) {
	var signed string
	var n int
	err := s.door.Keep(ctx, func(tx *store.DB) error {
		f, old, err := s.stand(ctx, tx, authority, k)
		if err != nil {
			return err
		}
		waiting, err := waitingEntries(ctx, tx, authority)
		if err != nil {
			return err
		}
		signed, n = old, len(waiting)
		if n == 0 {
			return nil
		}
		if err := place(ctx, tx, authority, &f, waiting); err != nil {
			return err
		}
		signed, err = s.sign(ctx, tx, authority, &f, k)
		return err
	})
	if err != nil || signed == "" {
		return 0, err
	}
	s.door.Step("ledger before checkpoint file")
	return n, s.keepCheckpoint(authority, k, signed)
}

// stand returns the tree's frontier and newest checkpoint, having checked
// that the database still holds the tree that was signed last and the tree
// that is kept in the file.
func (s *Scribe) stand(ctx context.Context, tx *store.DB, authority string, k key) (ledger.Frontier, string, error) {
	signed, size, err := newest(ctx, tx, authority)
	if errs.KindOf(err) == errs.NotFound {
		signed, size, err = "", 0, nil
	}
	if err != nil {
		return ledger.Frontier{}, "", err
	}
	f, err := frontier(ctx, tx, authority, size)
	if err != nil {
		return f, "", err
	}
	if size > 0 {
		c, err := ledger.OpenCheckpoint(signed, k.verifier)
		if err != nil || c.Size != size || c.Root != f.Root() {
			return f, "", errs.Because(errs.Conflict, fmt.Sprintf("台账已停止签发：数据库里的 %d 条记录与最后一个检查点不符，数据已损坏或被改动，或密钥文件换过。请从备份恢复数据库和 keys 目录", size), err)
		}
	}
	return f, signed, s.checkKept(ctx, tx, authority, k, size)
}

// checkKept refuses a database that lacks, or tells differently, what the
// checkpoint file says was signed.
func (s *Scribe) checkKept(ctx context.Context, tx *store.DB, authority string, k key, size int64) error {
	kept, err := s.readCheckpoint(authority, k)
	if err != nil || kept.Size == 0 {
		return err
	}
	if kept.Size > size {
		return errs.E(errs.Conflict, fmt.Sprintf("台账已停止签发：已公布的检查点有 %d 条记录，数据库里只有 %d 条，数据库是从较旧的备份恢复的。请停止办理，换用包含全部记录的备份恢复；同一位置不会签两份不同的记录", kept.Size, size))
	}
	f, err := frontier(ctx, tx, authority, kept.Size)
	if err != nil {
		return err
	}
	if f.Root() != kept.Root {
		return errs.E(errs.Conflict, fmt.Sprintf("台账已停止签发：数据库里前 %d 条记录与已公布的检查点不同，数据库是从旧备份恢复后又写过的，或被改动过。请停止办理，换用与检查点相符的备份恢复", kept.Size))
	}
	return nil
}

// waitingEntry is an entry without a position.
type waitingEntry struct{ id, body string }

func scanWaiting(row store.Scanner) (w waitingEntry, err error) {
	err = row.Scan(&w.id, &w.body)
	return w, err
}

func waitingEntries(ctx context.Context, tx *store.DB, authority string) ([]waitingEntry, error) {
	return store.All(ctx, tx, scanWaiting, `
		SELECT entry_id, body
		FROM ledger_entry
		WHERE authority_id = $1 AND position IS NULL
		ORDER BY made, entry_id
		LIMIT $2`, authority, batch)
}

// place gives the entries the next positions and stores the tree's new hashes.
func place(ctx context.Context, tx *store.DB, authority string, f *ledger.Frontier, waiting []waitingEntry) (err error) {
	position, done1, err := tx.Prepare(ctx, `
		UPDATE ledger_entry
		SET position = $3
		WHERE authority_id = $1 AND entry_id = $2`)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done1()) }()
	keep, done2, err := tx.Prepare(ctx, `
		INSERT INTO ledger_hash (authority_id, place, hash)
		VALUES ($1, $2, $3)`)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done2()) }()
	for _, w := range waiting {
		at := f.Size()
		if err := position(authority, w.id, at); err != nil {
			return fmt.Errorf("position %d: %w", at, err)
		}
		for i, h := range f.Add(ledger.LeafHash([]byte(w.body))) {
			if err := keep(authority, tlog.StoredHashIndex(0, at)+int64(i), h[:]); err != nil {
				return fmt.Errorf("hash of position %d: %w", at, err)
			}
		}
	}
	return nil
}

// sign writes the checkpoint of the extended tree.
func (s *Scribe) sign(ctx context.Context, tx *store.DB, authority string, f *ledger.Frontier, k key) (string, error) {
	c := ledger.Checkpoint{Origin: ledger.Origin(authority), Size: f.Size(), Root: f.Root()}
	signed, err := c.Sign(k.signer)
	if err != nil {
		return "", err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO ledger_checkpoint (authority_id, size, at, note)
		VALUES ($1, $2, $3, $4)`, authority, c.Size, s.now().UnixMilli(), signed)
	return signed, err
}

// key returns the authority's key. It is made on first use, but never for a
// tree that was signed with another.
func (s *Scribe) key(ctx context.Context, authority string) (key, error) {
	k, err := s.readKey(authority)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	_, _, err = newest(ctx, s.db, authority)
	if err == nil {
		return key{}, errs.E(errs.Conflict, "台账已停止签发：签名密钥文件 "+s.keyPath(authority)+" 不见了。请从备份取回该文件，系统不会另造一把")
	}
	if errs.KindOf(err) != errs.NotFound {
		return key{}, err
	}
	return s.makeKey(authority)
}
