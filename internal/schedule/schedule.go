// Package schedule plans the visits of a matched round (检查安排, clauses 1.31,
// 1.47): which firm on which half-day of the task's window, with which vehicle,
// in which order; and holds that nothing is inspected before the responsible
// person has approved exactly that (1.32, 国办发〔2024〕54号). It owns the
// tables schedule_….
//
// The schedule itself is one living table that clerks change by hand. What the
// leader signs is a version of it, line by line:
//
//	(change) ──Submit──▶ submitted ──Approve──▶ approved
//	                        │  └──Return──▶ returned
//	                        └──Submit again──▶ replaced
//
// A firm may be visited while its line is, word for word, that of the latest
// approved version: who, what, when, which items. A line that was changed since
// waits for the next approval; the others go on. In an emergency the inspection
// may begin on the spot with a reason, and a clock runs for its approval.
package schedule

import (
	"context"
	"time"

	"suiji/calendar"
	"suiji/internal/audit"
	"suiji/internal/caps"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/reference"
	"suiji/internal/register"
	"suiji/internal/roster"
	"suiji/internal/round"
	"suiji/internal/store"
)

// Mode is whether a firm is visited.
type Mode string

// The modes.
const (
	OnSite  Mode = "on-site" // 实地检查
	Written Mode = "written" // 书面检查: the firm sends papers by a day
)

// Half is a part of a day.
type Half string

// The parts.
const (
	Morning   Half = "am"
	Afternoon Half = "pm"
	WholeDay  Half = "day"
)

// Halves lists the parts with their names.
var Halves = []struct {
	Half Half
	Name string
}{{Morning, "上午"}, {Afternoon, "下午"}, {WholeDay, "全天"}}

// Name returns the part in Chinese.
func (h Half) Name() string {
	for _, x := range Halves {
		if x.Half == h {
			return x.Name
		}
	}
	return ""
}

// parts are the half-days that are taken.
func (h Half) parts() []Half {
	switch h {
	case WholeDay:
		return []Half{Morning, Afternoon}
	case Morning, Afternoon:
		return []Half{h}
	}
	return nil
}

// Officer is one of a team.
type Officer struct {
	ID, Name, CertNo string
	field            string // for which they were matched; empty: any
}

// Visit is one firm's line.
type Visit struct {
	RoundID  string
	TargetID string
	Firm     string // name
	Code     string
	Area     string
	Address  string // where it is visited
	Phone    string // never public
	Point    *Point // nil: not known

	Mode        Mode
	Day         calendar.Date // zero: not placed; written: last day for the papers
	Half        Half
	Vehicle     string
	Stop        int
	Team        []Officer // as it is now, in the order of the match
	Booked      string    // key of the team as it was placed
	Why         string
	Begun       calendar.Date // zero: nobody was there yet
	Revision    int64
	ChangedName string
	ChangedAt   time.Time

	Approved int      // latest approved version that holds the line as it stands; 0: none
	Stale    bool     // an older line was approved, this one is not
	Before   bool     // it had begun before approvals were kept
	Urgent   *Urgent  // the latest
	Clashes  []string // what has come between since it was placed
}

// Placed reports whether it has its day.
func (v Visit) Placed() bool { return !v.Day.Zero() }

// When says the day in words.
func (v Visit) When() string {
	switch {
	case !v.Placed():
		return "未安排"
	case v.Mode == Written:
		return v.Day.String() + " 24:00 前提交材料"
	}
	return v.Day.String() + " " + v.Half.Name()
}

// Schedule is a round's.
type Schedule struct {
	Round       round.Round
	From, To    calendar.Date // the window; To is its last day
	Task        string
	Issuer      string
	Items       []Item
	Unannounced bool // one of the items is
	Visits      []Visit
	Versions    []Version // the newest first
}

// Item is what is inspected.
type Item struct {
	ID, Name, Basis string
	Unannounced     bool
	Prepare         string // papers to be prepared, one a line
}

// Pending returns the version that waits for its decision, or nil.
func (s Schedule) Pending() *Version {
	if len(s.Versions) > 0 && s.Versions[0].State == Submitted {
		return &s.Versions[0]
	}
	return nil
}

// Visit returns a firm's line. Errors: NotFound.
func (s Schedule) Visit(target string) (Visit, error) {
	for _, v := range s.Visits {
		if v.TargetID == target {
			return v, nil
		}
	}
	return Visit{}, errNoVisit
}

var errNoVisit = errs.E(errs.NotFound, "本轮次的检查安排里没有这一户")

// Config is what a Service stands on. All are required.
type Config struct {
	DB        *store.DB
	Door      *audit.Door
	Now       func() time.Time
	Identity  *identity.Service
	Reference *reference.Service
	Register  *register.Service
	Roster    *roster.Service
	Caps      *caps.Service
	Dir       string // what firms send is kept under it
}

// Service keeps the schedules.
type Service struct{ Config }

// New makes the service.
func New(c Config) *Service { return &Service{c} }

func (s *Service) today() calendar.Date { return calendar.In(s.Now()) }

// Schedule returns a round's visits, those without a day first, then by day,
// team and stop. Errors: Conflict before the match.
func (s *Service) Schedule(ctx context.Context, authority, roundID string) (Schedule, error) {
	return s.read(ctx, s.DB, authority, roundID, "")
}

// Of returns a round's schedule with the visit of one firm alone, and the visit.
// Errors: as Schedule; NotFound.
func (s *Service) Of(ctx context.Context, authority, roundID, target string) (Schedule, Visit, error) {
	x, err := s.read(ctx, s.DB, authority, roundID, target)
	if err != nil {
		return x, Visit{}, err
	}
	v, err := x.Visit(target)
	return x, v, err
}
