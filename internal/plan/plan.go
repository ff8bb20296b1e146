// Package plan keeps the year's inspection plan (年度抽查计划) as what it is: an
// official document whose table is data. It owns the tables plan, plan_….
//
//	draft ──Submit──▶ submitted ──Approve──▶ approved ──Publish──▶ published ──Close──▶ closed
//	  ▲                   │                      │
//	  └──────Return───────┴──────────Return──────┘
//
// Nothing changes after the draft but the state: the leader approves the
// digest of exactly the record that the public will read, and the same digest
// goes into the ledger. A published plan is amended by a new version that goes
// the same way and then replaces it. Check names the defects of a plan before anyone signs
// it. Clauses 1.01 to 1.20, 1.28, 1.41 and 1.43 of the field's rules.
package plan

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/errs"
)

// State is how far a plan has come.
type State string

// The states of a plan, in order.
const (
	Draft     State = "draft"
	Submitted State = "submitted"
	Approved  State = "approved"
	Published State = "published"
	Closed    State = "closed"
)

// Name returns the state in Chinese.
func (s State) Name() string {
	switch s {
	case Draft:
		return "起草中"
	case Submitted:
		return "待审批"
	case Approved:
		return "已批准"
	case Published:
		return "已公布"
	case Closed:
		return "已结束"
	}
	return string(s)
}

// Plan is one year's plan with all that belongs to it. In a draft anything
// may still be missing: the zero value of a field means that it is not stated.
type Plan struct {
	Authority string
	ID        string
	Year      int
	Serial    int // of the plans published for the year, from 1; 0: not published
	State     State

	Title      string
	Number     string // 文号, 元人社〔2022〕3号
	Issuer     string
	IssuedOn   calendar.Date
	Addressees string
	Leader     string // 负责领导
	Contact    string // 联系科室和办公电话, public
	Body       string // the document's text
	Bases      []Basis

	BaseVersion int64 // the target register's version that the base was counted in
	BaseCount   int   // 抽查基数: firms that the ratio is taken of
	BaseOn      calendar.Date
	Ratio       Ratio  // floor for the year, of the base, on distinct firms (1.20)
	Rounding    string // Up, the only rule there is; empty: the plan does not say
	FloorSize   int    // a stratum with fewer firms is inspected whole
	Windows     []Window
	Tasks       []Task

	Caps        string // frequency caps when the base was counted, a sentence a line
	LeaveDays   int    // working days that an officer is away in a window
	Officers    int    // in a team, at least 2 (1.12)
	Field       string // field of enforcement (执法领域) they must have; empty: any
	ConfirmDays int    // working days to compare and confirm (1.21)
	PublishDays int    // from the end of each inspection (1.35)
	PublishUnit calendar.Unit
	TaskDays    int           // working days from the end of the task, the national rule
	ArchiveOn   calendar.Date // last day to hand over and to file (1.43)
	Disclosure  string        // AtOnce, DigestFirst, AfterCheck

	RuleVanished string // what becomes of a firm that has vanished
	RuleAgain    string // … that was drawn before
	RuleRecusal  string

	Root        string // id of the first version; its own if it is the first
	Version     int    // from 1
	Amends      string // id of the version before; empty: the first
	AmendReason string // why it was amended, public
	Replaced    bool   // a newer version is published

	Trail
}

// Trail is who did what to a plan. Accounts are ids.
type Trail struct {
	DraftedBy      string
	SubmittedBy    string
	ApprovedBy     string
	ApprovedDigest string // of exactly what the leader saw
	Opinion        string
	Reason         string // why it was last returned
	PublishedAt    time.Time
	Digest         string // of the public record, as in the ledger
	Revision       int    // counts the savings; a save must name the one it started from
	SavedBy        string // name of who saved last
	SavedAt        time.Time
}

// Basis is a document of a higher office that the plan rests on (1.02).
type Basis struct{ Number, Title, Issuer string }

// Up rounds a share of firms up to a number of firms.
const Up = "up"

// Window is one round of the year (批次).
type Window struct {
	No       int // from 1, in order
	StartsOn calendar.Date
	EndsOn   calendar.Date // the last day
}

// The ways to disclose the names of a round (docs/spec/draw.md).
const (
	AtOnce      = "at-once"
	DigestFirst = "digest-first"
	AfterCheck  = "after-check"
)

// Disclosures lists the ways with their Chinese wording, the usual one first.
var Disclosures = []struct{ Disclosure, Name string }{
	{DigestFirst, "先公开指纹，名单随检查结果公开"},
	{AtOnce, "抽取后立即公开名单"},
	{AfterCheck, "检查结束后公开名单"},
}

// DisclosureName returns a way in Chinese.
func DisclosureName(disclosure string) string {
	for _, x := range Disclosures {
		if x.Disclosure == disclosure {
			return x.Name
		}
	}
	return disclosure
}

// Task is one line of the plan's table (抽查任务).
type Task struct {
	No       int // from 1, in order
	Name     string
	Directed bool // 定向: random inside a set fixed by kind, tag or area
	Scope    Scope
	Items    []Item
	Method   string // 检查方式
	Lead     string // 发起部门
	Units    string // 参与部门、科室
	Level    string // 实施层级, 县抽县查
	Note     string
	Slots    []Slot // who inspects; none: the plan says
	Strata   []Stratum
	Tickets  []Ticket
}

// Scope is the set of firms of a task. A filter by name or identifier does
// not exist: it would aim.
type Scope struct {
	Kind string // empty: every kind
	Tag  string // empty: every firm
	Area string // GB/T 2260 or longer; empty: the whole area
}

// Holds reports whether a firm of this kind, with these tags, in this area, is
// in the scope. An area holds all that lies in it: 130100 holds 130132.
func (s Scope) Holds(kind string, tags []string, areaCode string) bool {
	return (s.Kind == "" || s.Kind == kind) &&
		(s.Tag == "" || slices.Contains(tags, s.Tag)) &&
		within(s.Area, areaCode)
}

// Item is an inspection item (抽查事项) of a task. Name and Basis are copied
// from the list when the plan is saved, and stand as they were (1.09).
type Item struct {
	ID, Name, Basis string
	Slot            string // whose it is; empty: every slot's
}

// Stratum is a part of a task's firms with a ratio of its own. A firm belongs
// to the first stratum whose tag it has and in whose area its people work.
type Stratum struct {
	Name    string // identifier, as in the manifest of a draw
	Title   string
	Tag     string // empty, as the area: all that are left; the last one
	Area    string // GB/T 2260 or longer
	Ratio   Ratio  // of the stratum, for the year
	Number  int    // firms for the year, in place of a ratio; 0: the ratio holds
	Reserve int    // reserves in each round
	Size    int    // firms when the base was counted
	Capped  int    // of them, those at a frequency cap
}

// Wants returns how many of the stratum's n firms the year asks for.
func (s Stratum) Wants(n int) int {
	if s.Number > 0 {
		return min(s.Number, n)
	}
	return s.Ratio.Of(n)
}

// Share says what the stratum asks for, as a person types it: 5% or 150户.
func (s Stratum) Share() string {
	if s.Number > 0 {
		return strconv.Itoa(s.Number) + "户"
	}
	return s.Ratio.String()
}

// ParseShare reads a ratio, or a number of firms: 5%, 150户, 97 家.
func ParseShare(s string) (Ratio, int, error) {
	s = strings.TrimSpace(digits.Replace(s))
	number, firms := strings.CutSuffix(s, "户")
	if !firms {
		number, firms = strings.CutSuffix(s, "家")
	}
	if !firms {
		ratio, err := ParseRatio(s)
		return ratio, 0, err
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > 1e9 {
		return 0, 0, errs.E(errs.Invalid, "抽取数量“"+s+"”应写成 150户 的样子")
	}
	return 0, n, nil
}

// Ticket gives firms with a tag more tickets than one (1.18). Of several the
// most counts.
type Ticket struct {
	Tag     string
	Tickets int // 1 to 1000
}

// All reports whether the stratum takes all that are left.
func (s Stratum) All() bool { return s.Tag == "" && s.Area == "" }

// Stratum returns the name of the stratum to which a firm with these tags,
// whose people work in this area, belongs, or "".
func (t Task) Stratum(tags []string, workArea string) string {
	if i := t.stratum(tags, workArea); i >= 0 {
		return t.Strata[i].Name
	}
	return ""
}

func (t Task) stratum(tags []string, workArea string) int {
	return slices.IndexFunc(t.Strata, func(s Stratum) bool {
		return (s.Tag == "" || slices.Contains(tags, s.Tag)) && (s.Area == "" || within(s.Area, workArea))
	})
}

// ItemIDs returns the ids of the task's items.
func (t Task) ItemIDs() []string {
	var ids []string
	for _, i := range t.Items {
		ids = append(ids, i.ID)
	}
	return ids
}

// TicketsOf returns how many tickets a firm with these tags has.
func (t Task) TicketsOf(tags []string) int {
	most := 1
	for _, k := range t.Tickets {
		if slices.Contains(tags, k.Tag) {
			most = max(most, k.Tickets)
		}
	}
	return most
}

// NewTask returns the next task of p before anybody has written in it: all
// firms in one stratum, at the ratio of the year.
func NewTask(p Plan) Task {
	return Task{
		No: len(p.Tasks) + 1, Lead: p.Issuer,
		Strata: []Stratum{{Name: "all", Title: "全部对象", Ratio: p.Ratio, Reserve: 10}},
	}
}
