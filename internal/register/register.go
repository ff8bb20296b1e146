// Package register keeps what a draw is made from: the item list
// (随机抽查事项清单) and the two registers, of targets (检查对象名录库) and of
// officers (执法检查人员名录库), with the recusals between them (clauses
// 1.07–1.11). It owns the tables register_….
//
// Each change of a list makes a new version of it, whose root over all records
// in force goes into the ledger (register.versioned) in the same transaction.
// Nothing here tells where a firm is from the digits of its code.
package register

import (
	"fmt"
	"time"

	"suiji/calendar"
	"suiji/internal/audit"
	"suiji/internal/scribe"
	"suiji/internal/store"
)

// List names one of the three lists.
type List string

// The lists.
const (
	Targets  List = "targets"
	Officers List = "officers"
	Items    List = "items"
)

// Lists holds the lists in the order of the office's work.
var Lists = []List{Items, Targets, Officers}

var listNames = map[List]string{Targets: "检查对象名录", Officers: "执法检查人员名录", Items: "随机抽查事项清单"}

// Name returns the list's Chinese name.
func (l List) Name() string { return listNames[l] }

// Known reports whether l is one of the lists.
func (l List) Known() bool { return listNames[l] != "" }

// Config is what a Service works with. Nothing in it may be empty.
type Config struct {
	DB     *store.DB
	Door   *audit.Door
	Scribe *scribe.Scribe
	Now    func() time.Time
}

// Service keeps the registers of every authority of one database.
type Service struct {
	db     *store.DB
	door   *audit.Door
	scribe *scribe.Scribe
	now    func() time.Time
}

// New makes the service.
func New(c Config) *Service {
	return &Service{db: c.DB, door: c.Door, scribe: c.Scribe, now: c.Now}
}

func (s *Service) today() calendar.Date { return calendar.In(s.now()) }

// handle is tx, or the service's own handle when there is no transaction.
func (s *Service) handle(tx *store.DB) *store.DB {
	if tx == nil {
		return s.db
	}
	return tx
}

// day reads a stored date; an empty one is the zero Date.
func day(s string) (calendar.Date, error) {
	if s == "" {
		return calendar.Date{}, nil
	}
	d, err := calendar.Parse(s)
	if err != nil {
		return d, fmt.Errorf("stored date: %w", err)
	}
	return d, nil
}
