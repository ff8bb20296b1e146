// Package round carries out one public drawing: the register is frozen, the
// manifest sealed, numbers rolled and revealed, the firms drawn; the list
// administrator compares and confirms; then the officers are drawn and
// matched. There is no redraw: a drawing that stops is abandoned, with its
// reason, for all to see (clauses 1.12, 1.13, 1.21–1.23; docs/spec/draw.md).
//
// A round's states:
//
//	frozen → sealed → drawn → confirmed → match-frozen → match-sealed → matched → closed
//	   └────────┴→ abandoned      └ a match ceremony broken off goes back to confirmed
//
// Each step is a method, an act of one role, one transaction, and an entry of
// the ledger. It owns the tables round and round_….
package round

import (
	"context"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/canon"
	"suiji/internal/caps"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/plan"
	"suiji/internal/reference"
	"suiji/internal/register"
	"suiji/internal/roster"
	"suiji/internal/scribe"
	"suiji/internal/store"
	"suiji/ledger"
)

// State is how far a round has come.
type State string

// The states, in order.
const (
	Frozen      State = "frozen"       // 名录已冻结
	Sealed      State = "sealed"       // 已封存
	Drawn       State = "drawn"        // 对象已抽取，比对确认中
	Confirmed   State = "confirmed"    // 已确认
	MatchFrozen State = "match-frozen" // 人员名录已冻结
	MatchSealed State = "match-sealed" // 人员抽取已封存
	Matched     State = "matched"      // 已匹配
	Closed      State = "closed"       // 已办结
	Abandoned   State = "abandoned"    // 已作废
)

var stateNames = map[State]string{
	Frozen: "名录已冻结", Sealed: "已封存", Drawn: "比对确认中", Confirmed: "对象已确认",
	MatchFrozen: "人员名录已冻结", MatchSealed: "人员抽取已封存", Matched: "已匹配", Closed: "已办结", Abandoned: "已作废",
}

// Name returns the state in Chinese.
func (s State) Name() string { return stateNames[s] }

// Round is one drawing of firms and officers within a plan's task and window.
type Round struct {
	Authority   string
	ID          string // public: 130132-rs.2022-1
	PlanID      string
	TaskNo      int
	WindowNo    int
	Rehearsal   bool // a rehearsal (演练) never counts and never becomes real
	Attempt     int
	Previous    string // the abandoned round that this one follows; empty: none
	State       State
	Disclosure  string // at-once, digest-first, after-check
	DiscloseBy  calendar.Date
	Operator    string // account that froze and draws
	ListAdmin   string // account that confirmed
	FrozenAt    time.Time
	DrawnAt     time.Time
	ConfirmDue  calendar.Date // compare and confirm, working days (1.21)
	ConfirmedAt time.Time
	MatchedAt   time.Time
	ClosedAt    time.Time
	Reason      string     // why abandoned
	Hash        canon.Hash // of its draws, as set when it was frozen
}

// Half returns the draw that the round is at: of the firms, or, once they are
// confirmed, of the officers.
func (r Round) Half() string {
	switch r.State {
	case Frozen, Sealed, Drawn, Abandoned:
		return Targets
	}
	return Match
}

// The halves of a round. A match that was abandoned is followed by match-2,
// match-3 and so on.
const (
	Targets = "targets"
	Match   = "match"
)

// Service carries out rounds.
type Service struct {
	Config
}

// Config is what a Service stands on. All are required.
type Config struct {
	DB        *store.DB
	Door      *audit.Door
	Scribe    *scribe.Scribe
	Now       func() time.Time
	Identity  *identity.Service
	Reference *reference.Service
	Register  *register.Service
	Plan      *plan.Service
	Caps      *caps.Service
	Roster    *roster.Service
}

// New makes the service.
func New(c Config) *Service { return &Service{c} }

func (s *Service) today() calendar.Date { return calendar.In(s.Now()) }

// roundFor returns the round inside a transaction if it is in one of the
// states, or says in which it is.
func (s *Service) roundFor(ctx context.Context, tx *store.DB, a access.Actor, id string, states ...State) (Round, error) {
	r, err := readRound(ctx, tx, a.Authority, id)
	if err != nil {
		return r, err
	}
	for _, st := range states {
		if r.State == st {
			return r, nil
		}
	}
	return r, errs.E(errs.Conflict, "本轮次目前是“"+r.State.Name()+"”，不能进行此操作。没有任何改动，请刷新页面查看最新状态")
}

// move takes a round from one state to the next; Conflict if somebody was
// first.
func (s *Service) move(ctx context.Context, tx *store.DB, r Round, to State) error {
	n, err := tx.Exec(ctx, `
		UPDATE round
		SET state = $4
		WHERE authority_id = $1 AND round_id = $2 AND state = $3`,
		r.Authority, r.ID, string(r.State), string(to))
	if err == nil && n == 0 {
		err = errs.E(errs.Conflict, "本轮次的状态刚刚被他人改变，没有任何改动，请刷新页面")
	}
	return err
}

// enter writes an entry to the ledger, except for a rehearsal: what never
// counts is not an act of the office.
func (s *Service) enter(ctx context.Context, tx *store.DB, r Round, typ ledger.Type, half string, data any) error {
	if r.Rehearsal {
		return nil
	}
	return s.Scribe.Enter(ctx, tx, r.Authority, string(typ), r.ID+"."+half, data)
}

// CloseTx ends a round whose results are all public, in the transaction that
// states its publication rate.
func (s *Service) CloseTx(ctx context.Context, tx *store.DB, a access.Actor, id string) error {
	r, err := s.roundFor(ctx, tx, a, id, Matched)
	if err != nil {
		return err
	}
	if err := s.move(ctx, tx, r, Closed); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE round
		SET closed_at = $3
		WHERE authority_id = $1 AND round_id = $2`, a.Authority, id, s.Now().UnixMilli())
	return err
}
