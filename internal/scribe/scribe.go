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
	"net/http"
	"sync"
	"time"

	"suiji/internal/audit"
	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/ledger"
)

// Config is what a Scribe works with. Only the last two may be empty.
type Config struct {
	DB        *store.DB
	Door      *audit.Door
	Now       func() time.Time
	Dir       string       // beside the database: Dir/keys, Dir/ledger
	Witnesses []Witness    // none: the ledger is not witnessed
	Client    *http.Client // with which they are asked
	Public    bool         // a copy for the public: Dir/keys holds verifier keys alone, nothing is ever signed
}

// Scribe keeps the ledgers of every authority of one database.
type Scribe struct {
	db   *store.DB
	door *audit.Door
	now  func() time.Time
	dir  string

	public    bool
	witnesses []Witness
	client    *http.Client

	mu    sync.Mutex // one sequencer and one maker of keys
	queue clock
	tail  tail
	stopped
	noted  noted
	signed func(note string) // tests only: what the key was used for
}

// New makes the scribe of a database.
func New(c Config) *Scribe {
	return &Scribe{db: c.DB, door: c.Door, now: c.Now, dir: c.Dir, public: c.Public, witnesses: c.Witnesses, client: c.Client,
		tail: tail{at: map[string]int64{}}, stopped: stopped{why: map[string]error{}}, noted: noted{of: map[string]Trouble{}}, signed: func(string) {}}
}

// TestOnlySigned calls fn with every checkpoint that the key signs.
func (s *Scribe) TestOnlySigned(fn func(note string)) { s.signed = fn }

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
// Errors: Conflict when the machine's clock stands well before the ledger's
// last entry.
func (s *Scribe) Enter(ctx context.Context, tx *store.DB, authority, typ, subject string, data any) error {
	if !ledger.Type(typ).Known() {
		return fmt.Errorf("BUG: no ledger entry has type %q", typ)
	}
	now := s.now()
	e, err := ledger.New(ledger.Type(typ), now, subject, data)
	if err != nil {
		return err
	}
	before, err := s.before(ctx, tx, authority, subject)
	if err != nil {
		return err
	}
	if e.At, err = notBefore(e.At, before.at); err != nil {
		return err
	}
	body, err := e.Bytes()
	if err != nil {
		return err
	}
	made := max(before.made+1, s.queue.tick(now))
	_, err = tx.Exec(ctx, `
		INSERT INTO ledger_entry (authority_id, entry_id, made, at, type, subject, body, position)
		VALUES ($1, $2, $3, $4, $5, $6, $7, NULL)`,
		authority, store.NewID(now), made, e.At.UnixMilli(), typ, subject, string(body))
	if err != nil {
		return fmt.Errorf("enter %s for %s: %w", typ, subject, err)
	}
	return nil
}

// last is where entries end.
type last struct{ made, at int64 }

func scanLast(row store.Scanner) (l last, err error) {
	err = row.Scan(&l.made, &l.at)
	return l, err
}

// before returns what a new entry must stand behind: every earlier entry of
// its subject in the queue, and in time also what the tree ends with.
func (s *Scribe) before(ctx context.Context, tx *store.DB, authority, subject string) (last, error) {
	l, err := store.One(ctx, tx, scanLast, `
		SELECT coalesce(max(made), 0), coalesce(max(at), 0)
		FROM ledger_entry
		WHERE authority_id = $1 AND subject = $2`, authority, subject)
	if err != nil {
		return l, fmt.Errorf("last entry of %s: %w", subject, err)
	}
	end, err := s.tail.read(ctx, s.db, authority)
	l.at = max(l.at, end)
	return l, err
}

// lag is how far the clock may stand behind the last entry without stopping
// anybody: a clock that was set right by seconds, an act that took its time.
const lag = time.Minute

// notBefore returns the time of an entry: never before that of the entry
// before it.
func notBefore(at time.Time, before int64) (time.Time, error) {
	floor := time.UnixMilli(before).UTC()
	if !at.Before(floor) {
		return at, nil
	}
	if floor.Sub(at) > lag {
		return at, errs.E(errs.Conflict, "服务器的时间早于公开台账的最后一条记录，没有写入任何数据。请校准服务器时间后再办理")
	}
	return floor, nil
}

// tail remembers the time of each tree's last entry, so that acts need not
// read what the sequencer is writing.
type tail struct {
	mu sync.Mutex
	at map[string]int64
}

func (t *tail) read(ctx context.Context, db *store.DB, authority string) (int64, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if at, ok := t.at[authority]; ok {
		return at, nil
	}
	at, err := lastTime(ctx, db, authority)
	if err == nil {
		t.at[authority] = at
	}
	return at, err
}

func (t *tail) set(authority string, at int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.at[authority] = max(t.at[authority], at)
}

// lastTime returns the time of the tree's last entry, 0 if it is empty.
func lastTime(ctx context.Context, db *store.DB, authority string) (int64, error) {
	at, err := store.One(ctx, db, store.Value[int64], `
		SELECT at
		FROM ledger_entry
		WHERE authority_id = $1 AND position IS NOT NULL
		ORDER BY position DESC
		LIMIT 1`, authority)
	if errs.KindOf(err) == errs.NotFound {
		return 0, nil
	}
	return at, err
}
