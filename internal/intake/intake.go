// Package intake takes files into the registers: CSV and XLSX with items,
// targets and officers (clauses 1.07–1.11), as offices have them. It owns the
// tables intake_….
//
// Files come in by two steps. Check stores the upload, judges every row and
// compares it with what is kept; Write, after a person has looked, enters all
// accepted rows in one transaction. An import adds and replaces, it never
// takes away: to withdraw a record is an act of its own.
//
//	upload ─Receive─▶ reading ──▶ checked ──Write──▶ writing ──▶ written ──Undo──▶ undone
//	                   │ │  ▲          │ │
//	                   │ │  └──Match───┘ └──Drop──▶ dropped
//	                   │ └──▶ matching (a person says what the columns hold, by Match)
//	                   └────▶ refused
//
// A file is opened in the airlock; what comes out is kept beside it as rows.
// Reading and writing are jobs: whoever waits may leave, a job can be stopped,
// and one whose process has died is taken up again (reading) or given back
// with a word (writing).
//
// Nothing here tells where a firm is from the digits of its code.
package intake

import (
	"time"

	"suiji/calendar"
	"suiji/internal/airlock"
	"suiji/internal/audit"
	"suiji/internal/register"
	"suiji/internal/store"
)

// Config is what a Service works with.
type Config struct {
	DB       *store.DB
	Door     *audit.Door
	Register *register.Service
	Now      func() time.Time
	Dir      string         // uploads are kept in Dir/uploads, by their digest
	Program  string         // executable that becomes the airlock's child; empty: files are read in this process
	Limits   airlock.Limits // of the child; zero: the airlock's own
}

// Service takes files in for every authority of one database.
type Service struct {
	db       *store.DB
	door     *audit.Door
	register *register.Service
	now      func() time.Time
	dir      string
	program  string
	limits   airlock.Limits
	jobs     jobs
}

// New makes the service.
func New(c Config) *Service {
	return &Service{db: c.DB, door: c.Door, register: c.Register, now: c.Now, dir: c.Dir, program: c.Program, limits: c.Limits,
		jobs: jobs{me: store.NewID(c.Now()), running: map[string]*running{}, wake: make(chan bool, 1)}}
}

func (s *Service) today() calendar.Date { return calendar.In(s.now()) }
