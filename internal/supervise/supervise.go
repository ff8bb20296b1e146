// Package supervise looks for odd patterns in what the office has recorded
// (监督线索, domain.md §4.4, §4.5) and asks about them: too many visits at a firm,
// the same officer and firm again and again, a visit before its draw or its
// approval, a way that nobody drives in that time, removals in clusters. It
// owns the tables supervise_….
//
// A pattern is no verdict. It is a question with the rows behind it, put to
// those concerned, and answered within working days:
//
//	open ──Answer──▶ answered ──Judge──▶ accepted
//	  ▲                  │
//	  └────── Judge ─────┘
//
// Who answers does not judge. The same facts raise the same question once,
// however often the program looks. When they change, the old question is closed
// and says why, and a new one stands in its place; an accepted one stays as it
// is. Nothing here changes a draw, a team or a result, and nothing counts
// visits or fines to anybody's credit.
package supervise

import (
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/reference"
	"suiji/internal/store"
)

// State is how far a question has come.
type State string

// The states.
const (
	Open     State = "open"     // 待答复
	Answered State = "answered" // 待审阅
	Accepted State = "accepted" // 已接受
	Closed   State = "closed"   // 已终止: the facts are no longer these
)

// States lists the states in order, with their Chinese names.
var States = []struct {
	State State
	Name  string
}{{Open, "待答复"}, {Answered, "待审阅"}, {Accepted, "已接受"}, {Closed, "已终止"}}

// Name returns the state in Chinese.
func (s State) Name() string {
	for _, x := range States {
		if x.State == s {
			return x.Name
		}
	}
	return string(s)
}

// Row is one fact behind a question.
type Row struct {
	Day    calendar.Date // zero: none
	At     time.Time     // zero: only the day is known
	Round  string        // empty: another body's
	Form   string        // empty: none
	Target string
	Firm   string // name
	Words  string
}

// Person is somebody who is asked.
type Person struct {
	Kind string // officer: ID is of the register; account: of an account that is none
	ID   string
	Name string
}

// Word is one thing that was said to a question.
type Word struct {
	No   int
	Kind string // answer, accept, reopen; by the program: closed, again
	Text string
	ByID string
	By   string // name
	At   time.Time
}

// KindName returns in Chinese what was done.
func (w Word) KindName() string {
	return map[string]string{"answer": "答复", "accept": "接受", "reopen": "退回再问", "closed": "终止", "again": "再次出现"}[w.Kind]
}

// Question is an odd pattern, asked about.
type Question struct {
	ID       string
	Rule     Code
	Subject  string
	What     string // what was counted
	State    State
	Role     access.Role // asked besides the people
	RaisedAt time.Time
	AskedAt  time.Time
	Previous string // the question whose place it takes
	Next     string // the question that took its place
	Why      string // why it was closed
	ClosedAt time.Time
	Due      calendar.Date // last day to answer; zero: not known, or nothing to answer
	How      string        // how that day was found
	Asked    []Person
	Rows     []Row
	Words    []Word
}

// RuleOf returns the question's rule.
func (q Question) RuleOf() Rule { return ruleOf(q.Rule) }

// Last returns the last answer; its number is 0 if there is none.
func (q Question) Last() (w Word) {
	for _, x := range q.Words {
		if x.Kind == "answer" {
			w = x
		}
	}
	return w
}

// Late reports whether the last day to answer has passed.
func (q Question) Late(today calendar.Date) bool {
	return q.State == Open && !q.Due.Zero() && today.After(q.Due)
}

// Rounds are those of the rows, for who must write down that drawn names were
// looked at.
func (q Question) Rounds() (ids []string) {
	for _, r := range q.Rows {
		if r.Round != "" {
			ids = append(ids, r.Round)
		}
	}
	return ids
}

// Config is what a Service stands on. All are required.
type Config struct {
	DB         *store.DB
	Door       *audit.Door
	Now        func() time.Time
	Identity   *identity.Service
	Reference  *reference.Service
	Inspection *inspection.Service
}

// Service keeps the questions.
type Service struct{ Config }

// New makes the service.
func New(c Config) *Service { return &Service{c} }
