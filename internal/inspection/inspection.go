// Package inspection keeps the record of each inspection: one form for each
// firm that a round has confirmed (一企一表, 1.23), in a joint inspection one for
// each department that has to inspect it, from its issue over the
// entry of what was found to the reviewed conclusion, and follows every
// problem to its outcome (1.24–1.27, 1.39). It owns the tables inspection_….
//
// A form's states:
//
//	issued ──Enter──▶ entered ──Confirm──▶ confirmed
//	                  ▲  │                     │
//	                Enter└─Return─▶ returned ◀─┘ Reopen (更正)
//
// The conclusion is confirmed by another hand than the entry's. A problem
// stays open until it has an outcome, and once it stood in a confirmed
// conclusion it can only be closed, never dropped. What of this the public
// reads is the business of package disclosure.
package inspection

import (
	"fmt"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/audit"
	"suiji/internal/credit"
	"suiji/internal/identity"
	"suiji/internal/register"
	"suiji/internal/schedule"
	"suiji/internal/store"
)

// State is how far a form has come.
type State string

// The states of a form.
const (
	Issued    State = "issued"    // 待检查
	Entered   State = "entered"   // 待审核
	Returned  State = "returned"  // 已退回
	Confirmed State = "confirmed" // 结论已审核
)

// States lists the states in order, with their Chinese names.
var States = []struct {
	State State
	Name  string
}{{Issued, "待检查"}, {Entered, "待审核"}, {Returned, "已退回"}, {Confirmed, "已审核"}}

// Name returns the state in Chinese.
func (s State) Name() string {
	for _, x := range States {
		if x.State == s {
			return x.Name
		}
	}
	return string(s)
}

// Form is one firm's record form. Forms, the list, leaves out what is marked
// "alone": Form reads it.
type Form struct {
	Authority  string
	ID         string // serial number, public: 130132-rs.2022-1.0007
	RoundID    string
	No         int    // place in the drawn list, from 1
	Code       string // 8 characters on paper and in the QR
	State      State
	Slot       string // whose form it is, as the round's match knows it
	Department string // whose form it is, in a task of several departments; else empty
	Firm       Firm
	Task       Task
	Codes      []Code // the result

	Methods    []Method // alone, as all down to Reviews
	Points     []Point
	Attempts   []Attempt
	Findings   []Finding
	Team       []Officer
	Reviews    []Review
	FirmPerson string // who stood for the firm; never public
	Refusal    string // why the firm did not sign, and the witness
	Summary    string
	Evidence   string

	StartedOn     calendar.Date // zero: not entered
	EndedOn       calendar.Date
	EnteredBy     string // account; empty: not entered
	EnteredName   string
	EnteredAt     time.Time
	ConfirmedBy   string
	ConfirmedName string
	ConfirmedAt   time.Time // zero: not confirmed as it stands
	Opinion       string    // the reviewer's last words
	ChangedName   string
	ChangedAt     time.Time
	Revision      int64

	units string // whose people the department's are; empty: anybody's
	leads bool   // the department is the first of its task
}

// Firm is the inspected firm as the register has it.
type Firm struct {
	TargetID    string
	Name        string
	Code        string
	CodeKind    string // uscc, registration, other
	Kind        string
	AreaName    string
	Address     string
	WorkAddress string // place of employment
	Places      []register.Place
	Contact     string // never public
	Phone       string // never public
}

// Place is where the firm is to be visited: the place of employment, which
// decides jurisdiction (劳动保障监察条例), else the registered address.
func (f Firm) Place() string {
	if len(f.Places) > 0 {
		var all []string
		for _, p := range f.Places {
			text := p.Address
			if p.People > 0 {
				text += fmt.Sprintf("（%d 人）", p.People)
			}
			all = append(all, text)
		}
		return strings.Join(all, "；")
	}
	if f.WorkAddress != "" {
		return f.WorkAddress
	}
	return f.Address
}

// Task is what the form is issued for, with the plan's time limits.
type Task struct {
	PlanID      string
	Plan        string // title
	Number      string // 文号
	Year        int
	Name        string // of the task
	WindowNo    int
	From, To    calendar.Date // the window; To is its last day
	MatchedOn   calendar.Date // no visit lies before
	Operator    string        // accounts of the round's other duties
	ListAdmin   string
	RoundState  string
	PublishDays int
	PublishUnit calendar.Unit
	TaskDays    int // working days
}

// Point is one check point (检查要点) and its answer.
type Point struct {
	ItemID string
	Item   string // the item's name
	No     int
	Text   string
	Basis  string
	Answer Answer // empty: none
	Note   string
}

// Attempt is one try to reach a firm that cannot be found.
type Attempt struct {
	On  calendar.Date
	How string
}

// Officer is a member of the team: as the register has them until the entry,
// afterwards as they stood at it.
type Officer struct {
	ID        string        `json:"id"`
	Slot      string        `json:"slot"`
	Place     int           `json:"place"`
	Name      string        `json:"name"`
	CertNo    string        `json:"cert_no"`
	CertUntil calendar.Date `json:"cert_until"` // last day of validity
	Unit      string        `json:"unit"`
	Post      string        `json:"post"`
	ByHand    bool          `json:"by_hand,omitempty"` // assigned, not drawn: not random
}

// Finding is one problem that was found.
type Finding struct {
	No        int // from 1; 0: a new one
	Fact      string
	Measure   string        // what the firm was told to do
	DueOn     calendar.Date // by when; zero: no limit
	Outcome   Outcome       // empty: open
	OutcomeOn calendar.Date
	Note      string // of the outcome
	Closed    string // name of who recorded the outcome
	Confirmed bool   // stood in a confirmed conclusion
}

// Open reports whether the finding still waits for its outcome.
func (f Finding) Open() bool { return f.Outcome == "" }

// Review is one act of the reviewer.
type Review struct {
	Verdict string // confirmed, returned, reopened
	Opinion string
	Name    string
	At      time.Time
}

// VerdictName returns the act in Chinese.
func (r Review) VerdictName() string {
	return map[string]string{"confirmed": "审核通过", "returned": "退回", "reopened": "退回更正"}[r.Verdict]
}

// Config is what a Service stands on. All are required.
type Config struct {
	DB       *store.DB
	Door     *audit.Door
	Now      func() time.Time
	Identity *identity.Service
	Credit   *credit.Service
	Schedule *schedule.Service
}

// Service keeps the forms.
type Service struct{ Config }

// New makes the service.
func New(c Config) *Service { return &Service{c} }

func (s *Service) today() calendar.Date { return calendar.In(s.Now()) }
