package scribe

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/ledger"
)

// batch is how many entries get their positions in one transaction.
const batch = 1000

// Waiting returns the authorities that have entries without a position, or a
// tree that is larger than its newest checkpoint.
func (s *Scribe) Waiting(ctx context.Context) ([]string, error) {
	return store.All(ctx, s.db, store.Value[string], `
		SELECT authority_id
		FROM ledger_entry
		WHERE position IS NULL
		UNION
		SELECT t.authority_id
		FROM ledger_turn t
		WHERE (
			SELECT coalesce(max(e.position), -1)
			FROM ledger_entry e
			WHERE e.authority_id = t.authority_id) >= (
			SELECT coalesce(max(c.size), 0)
			FROM ledger_checkpoint c
			WHERE c.authority_id = t.authority_id)
		ORDER BY authority_id`)
}

// Sequence gives every waiting entry of the authority its position, extends
// the tree and signs a checkpoint over it. What may happen in between:
//
//	positions ─commit─▶ signature ─▶ file beside the database ─▶ checkpoint ─commit─▶ public
//
// Only a tree that the database has kept is signed, so that there is one of
// each size; and the file has a checkpoint before anybody can see it, so that
// an older copy of the database is always noticed. Whoever dies in between is
// followed by one who goes on. It does nothing but check when nothing waits.
// Errors: Conflict when the database does not hold what was signed before
// (restored from an old copy, or altered): it then signs nothing.
func (s *Scribe) Sequence(ctx context.Context, authority string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.sequence(ctx, authority)
	s.stopped.note(authority, err)
	if err != nil {
		return fmt.Errorf("sequence %s: %w", authority, err)
	}
	return nil
}

func (s *Scribe) sequence(ctx context.Context, authority string) error {
	k, err := s.key(ctx, authority)
	if err != nil {
		return err
	}
	if err := s.confirm(ctx, authority, k); err != nil {
		return err
	}
	for {
		n, err := s.extend(ctx, authority, k)
		if err == nil {
			err = s.publish(ctx, authority, k)
		}
		if err != nil || n < batch {
			return err
		}
	}
}

// turn queues those who extend or sign one tree, in whatever process they
// are: the second one waits for the first, and sees what it did.
func turn(ctx context.Context, tx *store.DB, authority string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO ledger_turn (authority_id, origin, turns)
		VALUES ($1, $2, 1)
		ON CONFLICT (authority_id, origin) DO UPDATE SET turns = ledger_turn.turns + 1`, authority, ledger.Origin(authority))
	return err
}

// extend gives one batch its positions and returns its length.
func (s *Scribe) extend(ctx context.Context, authority string, k key) (n int, err error) {
	var end int64
	err = s.door.KeepInTurn(ctx, func(tx *store.DB) error {
		if err := turn(ctx, tx, authority); err != nil {
			return err
		}
		t, err := s.stand(ctx, tx, authority, k)
		if err != nil {
			return err
		}
		waiting, err := waitingEntries(ctx, tx, authority)
		if err != nil {
			return err
		}
		if n = len(waiting); n == 0 {
			return nil
		}
		if end, err = place(ctx, tx, authority, &t.f, waiting); err != nil {
			return err
		}
		s.door.Step("ledger before positions commit")
		return nil
	})
	if err != nil || n == 0 {
		return 0, err
	}
	s.tail.set(authority, end)
	s.door.Step("ledger positions committed")
	return n, nil
}

// publish signs the tree as the database has kept it. The file is written
// while the turn is held, and although the transaction may run again: it is
// the same tree, so it gets the same bytes.
func (s *Scribe) publish(ctx context.Context, authority string, k key) error {
	return s.door.KeepInTurn(ctx, func(tx *store.DB) error {
		if err := turn(ctx, tx, authority); err != nil {
			return err
		}
		t, err := s.stand(ctx, tx, authority, k)
		if err != nil || t.f.Size() == 0 {
			return err
		}
		if t.f.Size() == t.size {
			return s.keepCheckpoint(authority, k, t.note)
		}
		c := ledger.Checkpoint{Origin: ledger.Origin(authority), Size: t.f.Size(), Root: t.f.Root()}
		signed, err := s.sign(ctx, authority, k, c)
		if err != nil {
			return err
		}
		s.door.Step("ledger before checkpoint file")
		if err := s.keepCheckpoint(authority, k, signed); err != nil {
			return err
		}
		s.door.Step("ledger after checkpoint file")
		_, err = tx.Exec(ctx, `
			INSERT INTO ledger_checkpoint (authority_id, size, at, note)
			VALUES ($1, $2, $3, $4)`, authority, c.Size, s.now().UnixMilli(), signed)
		s.door.Step("ledger before checkpoint commit")
		return err
	})
}

// standing is where a tree stands.
type standing struct {
	f    ledger.Frontier // of all entries that have positions
	note string          // the newest checkpoint; empty: nothing was signed
	size int64           // its size
}

// stand returns where the tree stands, having checked that the database still
// holds the tree that was signed last and the tree that is kept in the file.
func (s *Scribe) stand(ctx context.Context, tx *store.DB, authority string, k key) (t standing, err error) {
	placed, err := store.One(ctx, tx, store.Value[int64], `
		SELECT coalesce(max(position), -1) + 1
		FROM ledger_entry
		WHERE authority_id = $1`, authority)
	if err != nil {
		return t, err
	}
	t.note, t.size, err = newest(ctx, tx, authority)
	if errs.KindOf(err) == errs.NotFound {
		err = nil
	}
	if err != nil {
		return t, err
	}
	if t.size > placed {
		return t, altered(t.size, nil)
	}
	if t.f, err = frontier(ctx, tx, authority, placed); err != nil {
		return t, err
	}
	if t.size > 0 {
		f, err := frontier(ctx, tx, authority, t.size)
		if err != nil {
			return t, err
		}
		n, err := ledger.OpenNote(t.note, k.verifier, k.further...)
		if err != nil || n.Size != t.size || n.Root != f.Root() || n.Others > 0 {
			return t, altered(t.size, err)
		}
	}
	return t, s.checkKept(ctx, tx, authority, k, placed)
}

func altered(size int64, cause error) error {
	return errs.Because(errs.Conflict, fmt.Sprintf("台账已停止签发：数据库里的 %d 条记录与最后一个检查点不符，数据已损坏或被改动，或密钥文件换过。请从备份恢复数据库和 keys 目录", size), cause)
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
type waitingEntry struct {
	id, body string
	at       int64
}

func scanWaiting(row store.Scanner) (w waitingEntry, err error) {
	err = row.Scan(&w.id, &w.body, &w.at)
	return w, err
}

func waitingEntries(ctx context.Context, tx *store.DB, authority string) ([]waitingEntry, error) {
	return store.All(ctx, tx, scanWaiting, `
		SELECT entry_id, body, at
		FROM ledger_entry
		WHERE authority_id = $1 AND position IS NULL
		ORDER BY made, entry_id
		LIMIT $2`, authority, batch)
}

// notBefore gives the entry the time of the one before it if its own lies
// earlier: two acts at one moment may come to the queue in either order.
func (w *waitingEntry) notBefore(at int64) error {
	if w.at >= at {
		return nil
	}
	e, err := ledger.ParseEntry([]byte(w.body))
	if err != nil {
		return err
	}
	w.at, e.At = at, time.UnixMilli(at).UTC()
	body, err := e.Bytes()
	w.body = string(body)
	return err
}

// place gives the entries the next positions, stores the tree's new hashes and
// returns the time of the last entry.
func place(ctx context.Context, tx *store.DB, authority string, f *ledger.Frontier, waiting []waitingEntry) (end int64, err error) {
	if end, err = lastTime(ctx, tx, authority); err != nil {
		return 0, err
	}
	position, done1, err := tx.Prepare(ctx, `
		UPDATE ledger_entry
		SET position = $3, at = $4, body = $5
		WHERE authority_id = $1 AND entry_id = $2`)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, done1()) }()
	keep, done2, err := tx.Prepare(ctx, `
		INSERT INTO ledger_hash (authority_id, place, hash)
		VALUES ($1, $2, $3)`)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, done2()) }()
	for _, w := range waiting {
		at := f.Size()
		if err := w.notBefore(end); err != nil {
			return 0, fmt.Errorf("position %d: %w", at, err)
		}
		end = w.at
		if err := position(authority, w.id, at, w.at, w.body); err != nil {
			return 0, fmt.Errorf("position %d: %w", at, err)
		}
		for i, h := range f.Add(ledger.LeafHash([]byte(w.body))) {
			if err := keep(authority, tlog.StoredHashIndex(0, at)+int64(i), h[:]); err != nil {
				return 0, fmt.Errorf("hash of position %d: %w", at, err)
			}
		}
	}
	return end, nil
}

// key returns the authority's key. It is made on first use, but never for a
// tree that was signed with another.
func (s *Scribe) key(ctx context.Context, authority string) (key, error) {
	if s.public {
		return s.publicKey(ctx, authority)
	}
	k, err := s.readKey(authority)
	if err == nil {
		return s.pin(ctx, authority, k)
	}
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
