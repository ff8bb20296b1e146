package scribe

import (
	"context"
	"fmt"

	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/ledger"
)

// Refill brings back entries that a database restored from an older copy
// lacks, from a mirror's files: bodies are all entries of the tree, signed its
// checkpoint under the authority's own key. The tree that comes of it must be
// the one that was signed, and begin with what the database has; waiting
// entries come behind. It returns how many entries came back. The acts that
// they speak of do not come back with them. Errors: Conflict when the mirror
// is of another tree, or has nothing to give.
func (s *Scribe) Refill(ctx context.Context, authority, signed string, bodies [][]byte) (n int, err error) {
	k, err := s.key(ctx, authority)
	if err != nil {
		return 0, err
	}
	note, err := ledger.OpenNote(signed, k.verifier, k.further...)
	if err != nil || note.Size != int64(len(bodies)) {
		return 0, errs.Because(errs.Conflict, "镜像的检查点不是用本单位的密钥签的，或记录不全，没有补回任何记录", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.door.Keep(ctx, func(tx *store.DB) error {
		if err := turn(ctx, tx, authority); err != nil {
			return err
		}
		n, err = s.refill(ctx, tx, authority, note.Checkpoint, bodies)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("refill %s: %w", authority, err)
	}
	return n, s.keepCheckpoint(authority, k, signed)
}

func (s *Scribe) refill(ctx context.Context, tx *store.DB, authority string, c ledger.Checkpoint, bodies [][]byte) (int, error) {
	has, err := store.One(ctx, tx, scanSizes, `
		SELECT count(*), coalesce(max(position), -1) + 1
		FROM ledger_entry
		WHERE authority_id = $1`, authority)
	if err != nil {
		return 0, err
	}
	if has.placed >= c.Size {
		return 0, errs.E(errs.Conflict, fmt.Sprintf("数据库里已有 %d 条记录，镜像只有 %d 条，没有可补回的", has.placed, c.Size))
	}
	f, err := frontier(ctx, tx, authority, has.placed)
	if err != nil {
		return 0, err
	}
	missing, err := s.admit(ctx, tx, authority, bodies[has.placed:])
	if err != nil {
		return 0, err
	}
	if _, err := place(ctx, tx, authority, &f, missing); err != nil {
		return 0, err
	}
	if f.Root() != c.Root {
		return 0, errs.E(errs.Conflict, fmt.Sprintf("数据库里的前 %d 条记录与镜像的不同，是两本账，没有补回任何记录", has.placed))
	}
	return len(missing), nil
}

// admit writes entries without a position, to be placed at once.
func (s *Scribe) admit(ctx context.Context, tx *store.DB, authority string, bodies [][]byte) ([]waitingEntry, error) {
	var all []waitingEntry
	for _, body := range bodies {
		e, err := ledger.ParseEntry(body)
		if err != nil {
			return nil, errs.Because(errs.Conflict, "镜像里有一条记录不合格式，没有补回任何记录", err)
		}
		w := waitingEntry{id: store.NewID(s.now()), body: string(body), at: e.At.UnixMilli()}
		_, err = tx.Exec(ctx, `
			INSERT INTO ledger_entry (authority_id, entry_id, made, at, type, subject, body, position)
			VALUES ($1, $2, $3, $4, $5, $6, $7, NULL)`,
			authority, w.id, s.queue.tick(s.now()), w.at, string(e.Type), e.Subject, w.body)
		if err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	return all, nil
}
