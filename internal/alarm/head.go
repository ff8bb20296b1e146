package alarm

import (
	"context"
	"time"

	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/ledger"
)

// HeadSubject is what the ledger's entries of an authority's audit log are
// about.
func HeadSubject(authority string) string { return authority + ".audit" }

// headAge is how old the head of the audit log in the ledger may become.
const headAge = 24 * time.Hour

// log holds the audit log to the head of it that the ledger has, and enters a
// newer one once a day. Where they differ there is an alarm, and nothing newer
// is entered: what the ledger has stays as evidence.
func (s *Service) log(ctx context.Context, authority string) error {
	newest, err := s.Scribe.Last(ctx, authority, HeadSubject(authority))
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return err
	}
	last := int64(0)
	if err == nil {
		e := newest.Entry
		no, _ := e.Data["no"].(int64)
		hash, _ := e.Data["hash"].(string)
		why, err := s.Door.Differs(ctx, authority, no, hash)
		if err != nil {
			return err
		}
		if why != "" {
			return s.raise(ctx, Alarm{ID: "audit " + s.Now().UTC().Format("2006-01-02"), Kind: Log, Number: no}, authority)
		}
		if s.Now().Sub(e.At) < headAge {
			return nil
		}
		last = no
	}
	no, hash, err := s.Door.Head(ctx, authority)
	if err != nil || no <= last {
		return err
	}
	return s.Door.Keep(ctx, func(tx *store.DB) error {
		return s.Scribe.Enter(ctx, tx, authority, string(ledger.AuditHead), HeadSubject(authority), map[string]any{"no": no, "hash": hash})
	})
}
