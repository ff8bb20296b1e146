// Package notice knows what is due in an office, by when and how that day was
// found, whose it is, and tells those people: in the program, by e-mail and by
// webhook. Nobody calls it when something happens: it looks at what the rooms
// below have, so that nothing can be forgotten while the program stood still.
//
// It owns the tables notice_…. A row of the board has no switch that hides it:
// it leaves when the thing is done. No row names a firm.
package notice

import (
	"time"

	"suiji/calendar"
	"suiji/internal/audit"
	"suiji/internal/casework"
	"suiji/internal/disclosure"
	"suiji/internal/identity"
	"suiji/internal/plan"
	"suiji/internal/reference"
	"suiji/internal/round"
	"suiji/internal/store"
)

// Config is what a Service stands on. All are required, but Out: its zero value
// lets nothing leave the house.
type Config struct {
	DB         *store.DB
	Door       *audit.Door
	Now        func() time.Time
	Identity   *identity.Service
	Reference  *reference.Service
	Plan       *plan.Service
	Round      *round.Service
	Disclosure *disclosure.Service
	Casework   *casework.Service
	Out        Outgoing
}

// Service keeps the board.
type Service struct{ Config }

// New makes the service.
func New(c Config) *Service { return &Service{c} }

// Today is the office's day.
func (s *Service) Today() calendar.Date { return s.today() }

func (s *Service) today() calendar.Date { return calendar.In(s.Now()) }
