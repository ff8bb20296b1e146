// Package scribe keeps each authority's transparency ledger: it enters the
// acts that the public may hold the office to, in the transaction of the act;
// gives the entries their positions; signs checkpoints; and hands out the
// proofs (docs/spec/ledger.md). It owns the tables ledger_…, and beside the
// database the signing keys and the last checkpoint of each tree.
//
//	act ──Enter──▶ waiting (no position) ──Sequence──▶ in the tree, under a checkpoint
package scribe

import (
	"context"
	"fmt"
	"sync"
	"time"

	"suiji/internal/audit"
	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/ledger"
)

// Config is what a Scribe works with. Nothing in it may be empty.
type Config struct {
	DB   *store.DB
	Door *audit.Door
	Now  func() time.Time
	Dir  string // beside the database: Dir/keys, Dir/ledger
}

// Scribe keeps the ledgers of every authority of one database.
type Scribe struct {
	db   *store.DB
	door *audit.Door
	now  func() time.Time
	dir  string

	mu    sync.Mutex // one sequencer and one maker of keys
	queue clock
}

// New makes the scribe of a database.
func New(c Config) *Scribe {
	return &Scribe{db: c.DB, door: c.Door, now: c.Now, dir: c.Dir}
}

// clock gives every entry of this process its own microsecond, in the order
// in which the acts entered them.
type clock struct {
	mu   sync.Mutex
	last int64
}

func (c *clock) tick(now time.Time) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = max(c.last+1, now.UnixMicro())
	return c.last
}

// Enter writes an entry in the transaction of its act: if the act is rolled
// back there is none. data is anything that prints as a JSON object; personal
// data never belongs in it. The entry has no position until Sequence.
// Errors: Conflict when the machine's clock stands before the subject's last
// entry.
func (s *Scribe) Enter(ctx context.Context, tx *store.DB, authority, typ, subject string, data any) error {
	if !ledger.Type(typ).Known() {
		return fmt.Errorf("BUG: no ledger entry has type %q", typ)
	}
	now := s.now()
	e, err := ledger.New(ledger.Type(typ), now, subject, data)
	if err != nil {
		return err
	}
	body, err := e.Bytes()
	if err != nil {
		return err
	}
	made, err := s.after(ctx, tx, authority, e)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO ledger_entry (authority_id, entry_id, made, at, type, subject, body, position)
		VALUES ($1, $2, $3, $4, $5, $6, $7, NULL)`,
		authority, store.NewID(now), made, e.At.UnixMilli(), typ, subject, string(body))
	if err != nil {
		return fmt.Errorf("enter %s for %s: %w", typ, subject, err)
	}
	return nil
}

// last is where a subject's entries end.
type last struct{ made, at int64 }

func scanLast(row store.Scanner) (l last, err error) {
	err = row.Scan(&l.made, &l.at)
	return l, err
}

// after returns the place of e in the queue, behind every earlier entry of
// its subject: a bundle's entries must stand in order, and their times must
// not go back.
func (s *Scribe) after(ctx context.Context, tx *store.DB, authority string, e ledger.Entry) (int64, error) {
	l, err := store.One(ctx, tx, scanLast, `
		SELECT coalesce(max(made), 0), coalesce(max(at), 0)
		FROM ledger_entry
		WHERE authority_id = $1 AND subject = $2`, authority, e.Subject)
	if err != nil {
		return 0, fmt.Errorf("last entry of %s: %w", e.Subject, err)
	}
	if l.at > e.At.UnixMilli() {
		return 0, errs.E(errs.Conflict, "服务器的时间早于这件事上一条公开记录的时间，没有写入任何数据。请校准服务器时间后再办理")
	}
	return max(l.made+1, s.queue.tick(s.now())), nil
}
