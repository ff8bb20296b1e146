// Package disclosure makes the results of inspections public, in time and
// whole (1.25, 1.35–1.38): what the public reads of each inspection, by when
// it must be there, its corrections and withdrawals, and the publication rate
// of a round, whose numerator and denominator open to single firms. It owns
// the tables disclosure_….
//
// The versions of one form's public record:
//
//	Publish ──▶ published ──Correct──▶ corrected ──Correct──▶ …
//	   ▲             └────────┬────────────┘
//	   └── withdrawn ◀─ Withdraw
//
// Each version is an entry of the ledger with the salted digest of the record.
// A correction leaves the version before it to be read; a withdrawal empties
// every version and leaves the dates, the digests and the reason. An objection
// (objection.go) marks the record until it is answered and, if upheld, the
// record is corrected or withdrawn.
package disclosure

import (
	"sync"
	"time"

	"suiji/calendar"
	"suiji/internal/audit"
	"suiji/internal/fresh"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/reference"
	"suiji/internal/round"
	"suiji/internal/scribe"
	"suiji/internal/store"
)

// Config is what a Service stands on. All are required but Fresh.
type Config struct {
	DB         *store.DB
	Door       *audit.Door
	Scribe     *scribe.Scribe
	Now        func() time.Time
	Identity   *identity.Service
	Reference  *reference.Service
	Round      *round.Service
	Inspection *inspection.Service
	Fresh      *fresh.Cache // keeps what the public asks for again and again; nil: nothing is kept
}

// Service publishes results.
type Service struct {
	Config
	closed *sync.Map // round id → past: what a closed round comes to
}

// New makes the service.
func New(c Config) *Service { return &Service{c, new(sync.Map)} }

func (s *Service) today() calendar.Date { return calendar.In(s.Now()) }
