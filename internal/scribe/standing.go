package scribe

import (
	"context"
	"strings"
	"sync"
	"time"

	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/ledger"
)

// stopped remembers for which reason an authority's ledger is not going on.
type stopped struct {
	mu  sync.Mutex
	why map[string]error
}

func (s *stopped) note(authority string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if errs.KindOf(err) != errs.Conflict || store.Raced(err) {
		err = nil // a fault of the moment: the next try will tell
	}
	s.why[authority] = err
}

// Standing is how an authority's ledger stands, for everybody to see.
type Standing struct {
	Size      int64 // entries under the newest checkpoint
	Note      string
	At        time.Time // when it was signed
	Cosigned  []ledger.Cosignature
	Witnesses []Seen // those that are configured
	Stopped   string // why nothing is signed, and what to do; empty: it is going on
}

// Seen is the last checkpoint that a witness cosigned; Size 0: none yet.
type Seen struct {
	Name    string
	Size    int64
	At      time.Time
	Trouble Trouble
}

// Standing returns how an authority's ledger stands. Errors: NotFound while
// nothing was sequenced.
func (s *Scribe) Standing(ctx context.Context, authority string) (Standing, error) {
	v := Standing{Stopped: s.Stopped(authority)}
	var err error
	if v.Note, v.Size, err = newest(ctx, s.db, authority); err != nil {
		return v, err
	}
	at, err := store.One(ctx, s.db, store.Value[int64], `
		SELECT at
		FROM ledger_checkpoint
		WHERE authority_id = $1 AND size = $2`, authority, v.Size)
	if err != nil {
		return v, err
	}
	v.At = time.UnixMilli(at).UTC()
	if v.Note, v.Cosigned, err = s.cosigned(ctx, authority, v.Note, v.Size); err != nil {
		return v, err
	}
	for _, w := range s.witnesses {
		seen := Seen{Name: w.Name()}
		last, err := store.One(ctx, s.db, scanSeen, `
			SELECT size, at
			FROM ledger_cosignature
			WHERE authority_id = $1 AND witness = $2
			ORDER BY size DESC
			LIMIT 1`, authority, w.id())
		if err != nil && errs.KindOf(err) != errs.NotFound {
			return v, err
		}
		if err == nil {
			seen.Size, seen.At = last.Size, last.At
		}
		if seen.Trouble, err = s.trouble(ctx, authority, w); err != nil {
			return v, err
		}
		v.Witnesses = append(v.Witnesses, seen)
	}
	return v, nil
}

func scanSeen(row store.Scanner) (v Seen, err error) {
	var at int64
	err = row.Scan(&v.Size, &at)
	v.At = time.UnixMilli(at).UTC()
	return v, err
}

// Backlog is how far the positions are behind the acts.
type Backlog struct {
	Size    int64     // entries under the newest checkpoint
	Waiting int64     // entries without a position
	Oldest  time.Time // when the first of them was made; zero: none waits
}

// Backlog counts an authority's backlog.
func (s *Scribe) Backlog(ctx context.Context, authority string) (Backlog, error) {
	return store.One(ctx, s.db, scanBacklog, `
		SELECT coalesce((SELECT max(size) FROM ledger_checkpoint WHERE authority_id = $1), 0), count(*), coalesce(min(made), 0)
		FROM ledger_entry
		WHERE authority_id = $1 AND position IS NULL`, authority)
}

func scanBacklog(row store.Scanner) (b Backlog, err error) {
	var oldest int64
	err = row.Scan(&b.Size, &b.Waiting, &oldest)
	if oldest > 0 {
		b.Oldest = time.UnixMicro(oldest).UTC()
	}
	return b, err
}

// Stopped returns the sentence that says why nothing is signed for the
// authority; empty while it is going on.
func (s *Scribe) Stopped(authority string) string {
	if err := s.halted(authority); err != nil {
		return errs.Sentence(err)
	}
	s.stopped.mu.Lock()
	defer s.stopped.mu.Unlock()
	return errs.Sentence(s.stopped.why[authority])
}

// Why says to everybody why nothing is signed: a witness's proof in full, and
// of the rest nothing about the office's machines. Empty: it is going on.
func (s *Scribe) Why(authority string) string {
	const end = "。已公布的记录和检查点照旧可以查询、核验；期间办理的事项恢复后依次补入"
	if why := s.haltedBy(authority); why != "" {
		return "台账已停止签发：" + why + end
	}
	if s.Stopped(authority) != "" {
		return "台账已停止签发，原因正在查明" + end
	}
	return ""
}

// cosigned returns a checkpoint with the lines of the witnesses below it.
func (s *Scribe) cosigned(ctx context.Context, authority, signed string, size int64) (string, []ledger.Cosignature, error) {
	all, err := store.All(ctx, s.db, scanCosignature, `
		SELECT witness, at, line
		FROM ledger_cosignature
		WHERE authority_id = $1 AND size = $2
		ORDER BY witness`, authority, size)
	for _, c := range all {
		signed += c.Line
	}
	return signed, all, err
}

func scanCosignature(row store.Scanner) (c ledger.Cosignature, err error) {
	var witness string
	var at int64
	err = row.Scan(&witness, &at, &c.Line)
	c.Name, _, _ = strings.Cut(witness, "+")
	c.At = time.UnixMilli(at).UTC()
	return c, err
}

// bestSize returns the size of the newest cosigned tree that holds a position;
// 0 if there is none: the newest tree must do.
func (s *Scribe) bestSize(ctx context.Context, authority string, position int64) (int64, error) {
	return store.One(ctx, s.db, store.Value[int64], `
		SELECT coalesce(max(size), 0)
		FROM ledger_cosignature
		WHERE authority_id = $1 AND size > $2`, authority, position)
}
