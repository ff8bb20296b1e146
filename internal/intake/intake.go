// Package intake takes files into the registers: CSV and XLSX with items,
// targets and officers (clauses 1.07–1.11), as offices have them. It owns the
// tables intake_….
//
// Files come in by two steps. Check stores the upload, judges every row and
// compares it with what is kept; Write, after a person has looked, enters all
// accepted rows in one transaction. An import adds and replaces, it never
// takes away: to withdraw a record is an act of its own.
//
//	upload ──Check──▶ checked ──Write──▶ written
//	                      └────Drop───▶ dropped
//
// Nothing here tells where a firm is from the digits of its code.
package intake

import (
	"time"

	"suiji/calendar"
	"suiji/internal/audit"
	"suiji/internal/register"
	"suiji/internal/store"
)

// Config is what a Service works with. Nothing in it may be empty.
type Config struct {
	DB       *store.DB
	Door     *audit.Door
	Register *register.Service
	Now      func() time.Time
	Dir      string // uploads are kept in Dir/uploads, by their digest
}

// Service takes files in for every authority of one database.
type Service struct {
	db       *store.DB
	door     *audit.Door
	register *register.Service
	now      func() time.Time
	dir      string
}

// New makes the service.
func New(c Config) *Service {
	return &Service{db: c.DB, door: c.Door, register: c.Register, now: c.Now, dir: c.Dir}
}

func (s *Service) today() calendar.Date { return calendar.In(s.now()) }

// instant turns UTC milliseconds into a time; 0 is the zero time.
func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
