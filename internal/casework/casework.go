// Package casework follows what an inspection found to its end (后续处置,
// 1.24–1.27, 1.34, 1.39): rectification with its deadline and re-check, the case
// (立案) with the clocks of 劳动保障监察条例, handing over to a case unit or another
// department, to the police (国务院令第310号), what a result code asks for, and
// penalties. It owns the tables casework_….
//
// An open end is a finding without its outcome, or a result code that asks for
// something. What is done about it is a matter; one may follow another:
//
//	finding ─▶ rectify ─▶ rectified
//	   │          └─▶ failed ─▶ again, case, unit, department, police
//	   ├─▶ case ─▶ penalty, order, withdrawn, unit, department, police
//	   ├─▶ unit, department: sent ─▶ received ─▶ feedback
//	   │                       └─▶ back ─▶ another way
//	   ├─▶ police: reported ─▶ approved ─▶ sent ─▶ received ─▶ filed
//	   │               └─▶ back (refused) ◀──────────┘ ─▶ another way
//	   └─▶ settled: on the spot, no penalty, unfounded
//
// The finding has its one outcome when it is mended, settled, a case is filed,
// or a receiver has signed; the case and the answer go on beyond the round.
package casework

import (
	"context"
	"time"

	"suiji/calendar"
	"suiji/internal/audit"
	"suiji/internal/inspection"
	"suiji/internal/reference"
	"suiji/internal/store"
)

// Kind is what is done about an open end.
type Kind string

// The kinds.
const (
	Undecided  Kind = "undecided"  // 待定处置
	Rectify    Kind = "rectify"    // 责令限期改正
	Case       Kind = "case"       // 立案查处
	Unit       Kind = "unit"       // 移交办案机构
	Department Kind = "department" // 移送其他部门
	Police     Kind = "police"     // 移送公安机关
	Told       Kind = "told"       // 线索告知、名录更新
	Settled    Kind = "settled"    // 当场改正、不予处罚、不属实
	Final      Kind = "final"      // R8 以最终结果更正
)

// Kinds lists the kinds with their Chinese names, as the board has them.
var Kinds = []struct {
	Kind Kind
	Name string
}{
	{Undecided, "待定处置"}, {Rectify, "限期改正"}, {Case, "立案查处"}, {Unit, "移交办案机构"}, {Department, "移送其他部门"},
	{Police, "移送公安机关"}, {Told, "线索和名录"}, {Final, "最终结果更正"}, {Settled, "直接了结"},
}

// Name returns the kind in Chinese.
func (k Kind) Name() string {
	for _, x := range Kinds {
		if x.Kind == k {
			return x.Name
		}
	}
	return string(k)
}

// State is how far a matter has come; each kind has its own.
type State string

// The states.
const (
	Ordered   State = "ordered"   // 待企业改正
	Submitted State = "submitted" // 企业已交材料，待复查
	Failed    State = "failed"    // 复查不合格
	Filed     State = "filed"     // 调查中
	Deciding  State = "deciding"  // 处罚决定待复核
	Sent      State = "sent"      // 已送出，待签收
	Received  State = "received"  // 已签收，待反馈
	Back      State = "back"      // 已退回，待另行处置
	Reported  State = "reported"  // 待局领导决定
	Approved  State = "approved"  // 待送公安机关
)

// Name returns the state in Chinese.
func (s State) Name() string {
	return map[State]string{Ordered: "待企业改正", Submitted: "待复查", Failed: "复查不合格", Filed: "调查中", Deciding: "处罚决定待复核",
		Sent: "已送出，待签收", Received: "已签收，待反馈", Back: "已退回，待另行处置", Reported: "待局领导决定", Approved: "已批准，待送出"}[s]
}

// Ending is how a matter ended.
type Ending string

// The endings.
const (
	Rectified   Ending = "rectified"
	Escalated   Ending = "escalated" // another matter follows
	Penalised   Ending = "penalty"
	OrderedTo   Ending = "order"
	Withdrawn   Ending = "withdrawn"
	Transferred Ending = "transferred" // of a case
	FedBack     Ending = "feedback"
	Done        Ending = "done" // told, updated
	NotNeeded   Ending = "not-needed"
	AtOnce      Ending = "at-once"
)

// Name returns the ending in Chinese.
func (e Ending) Name() string {
	return map[Ending]string{Rectified: "已改正（复查合格）", Escalated: "转入另一种处置", Penalised: "行政处罚", OrderedTo: "责令改正或行政处理决定", Withdrawn: "撤销立案",
		Transferred: "移送", FedBack: "已反馈", Done: "已办理", NotNeeded: "不需要办理", AtOnce: "直接了结"}[e]
}

// Key names an open end: a form, and a finding's number or a result code.
type Key struct {
	Form     string
	Ref      string
	Revision int64 // steps that the person had seen
}

// Matter is one thing that is done about an open end.
type Matter struct {
	Authority  string
	FormID     string
	Ref        string
	No         int
	RoundID    string
	Kind       Kind
	State      State
	Ending     Ending // empty: it goes on
	Person     string // account
	PersonName string
	OpenedOn   calendar.Date
	EndedOn    calendar.Date
	File
}

// File has the fields of a matter's kind; the others are nil.
type File struct {
	Rectification *Rectification `json:"rectification,omitempty"`
	Case          *Investigation `json:"case,omitempty"`
	Handover      *Handover      `json:"handover,omitempty"`
	Police        *Police310     `json:"police,omitempty"`
	Note          *Note          `json:"note,omitempty"`
}

// Step is one line of the timeline.
type Step struct {
	No     int // matter
	Act    string
	Text   string
	Day    calendar.Date
	ByID   string // empty: the firm
	ByName string
	At     time.Time
}

// Config is what a Service stands on. All are required.
type Config struct {
	DB         *store.DB
	Door       *audit.Door
	Now        func() time.Time
	Reference  *reference.Service
	Inspection *inspection.Service
	Dir        string // what firms send is kept under casework/
}

// Service keeps what follows.
type Service struct{ Config }

// New makes the service.
func New(c Config) *Service { return &Service{c} }

func (s *Service) today() calendar.Date { return calendar.In(s.Now()) }

func (s *Service) calendar(ctx context.Context) (calendar.Calendar, error) {
	return s.Reference.Calendar(ctx)
}
