package notice

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/identity"
)

// Kind is one sort of thing that can be due.
type Kind string

// The kinds, in the order of the year.
const (
	PlanFiled   Kind = "plan"        // 公布年度计划
	Holidays    Kind = "holidays"    // 录入放假通知
	Certificate Kind = "certificate" // 执法证到期
	Window      Kind = "window"      // 检查期开始、截止
	Confirm     Kind = "confirm"     // 比对确认
	Match       Kind = "match"       // 匹配检查人员
	Schedule    Kind = "schedule"    // 安排检查日期并报批
	Approve     Kind = "approve"     // 批准检查安排
	Urgent      Kind = "urgent"      // 紧急检查补办批准
	Written     Kind = "written"     // 书面检查材料提交截止
	Issue       Kind = "issue"       // 制作检查表
	Inspect     Kind = "inspect"     // 实施检查
	Rectify     Kind = "rectify"     // 改正到期
	Case        Kind = "case"        // 案件调查
	Handover    Kind = "handover"    // 移送签收、反馈
	Crime       Kind = "crime"       // 涉嫌犯罪案件移送
	Lead        Kind = "lead"        // 线索告知、名录更新
	Publish     Kind = "publish"     // 公示结果
	Objection   Kind = "objection"   // 等级异议
	Contest     Kind = "contest"     // 对公示的异议
	Complaint   Kind = "complaint"   // 答复投诉
	Exchange    Kind = "exchange"    // 报送退回
	Supervise   Kind = "supervise"   // 答复监督问题
	Penalty     Kind = "penalty"     // 公示行政处罚
	Takedown    Kind = "takedown"    // 停止公示行政处罚
	Repair      Kind = "repair"      // 信用修复
	Disclose    Kind = "disclose"    // 公开抽取名单
	Archive     Kind = "archive"     // 办结归档
)

// Kinds lists the kinds with their Chinese names and whose they are.
var Kinds = []struct {
	Kind  Kind
	Name  string
	Roles []access.Role
}{
	{PlanFiled, "公布年度计划", []access.Role{access.Clerk, access.Leader}},
	{Holidays, "录入放假通知", []access.Role{access.Admin}},
	{Certificate, "执法证到期", []access.Role{access.Clerk, access.ListAdmin}},
	{Window, "检查期", []access.Role{access.Operator, access.Clerk}},
	{Confirm, "比对确认", []access.Role{access.ListAdmin}},
	{Match, "匹配检查人员", []access.Role{access.Operator}},
	{Schedule, "安排检查", []access.Role{access.Clerk, access.ListAdmin}},
	{Approve, "批准检查安排", []access.Role{access.Leader}},
	{Urgent, "紧急检查补办批准", []access.Role{access.Leader, access.Clerk}},
	{Written, "书面检查材料", []access.Role{access.Clerk}},
	{Issue, "制作检查表", []access.Role{access.Clerk, access.ListAdmin}},
	{Inspect, "实施检查", []access.Role{access.Clerk}},
	{Rectify, "改正到期", []access.Role{access.Clerk}},
	{Case, "案件调查", []access.Role{access.Clerk}},
	{Handover, "移送签收", []access.Role{access.Clerk}},
	{Crime, "涉嫌犯罪移送", []access.Role{access.Clerk, access.Leader}},
	{Lead, "线索和名录", []access.Role{access.Clerk, access.ListAdmin}},
	{Publish, "公示检查结果", []access.Role{access.Reviewer}},
	{Objection, "等级异议", []access.Role{access.Clerk}},
	{Contest, "公示异议", []access.Role{access.Leader}},
	{Complaint, "答复投诉", []access.Role{access.Leader}},
	{Exchange, "报送退回", []access.Role{access.Clerk, access.Reviewer}},
	{Supervise, "答复监督问题", []access.Role{access.Clerk}},
	{Penalty, "公示行政处罚", []access.Role{access.Reviewer}},
	{Takedown, "停止公示处罚", []access.Role{access.Reviewer}},
	{Repair, "信用修复", []access.Role{access.Leader}},
	{Disclose, "公开抽取名单", []access.Role{access.Operator, access.Reviewer}},
	{Archive, "办结归档", []access.Role{access.Clerk, access.Leader}},
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

func (k Kind) roles() []access.Role {
	for _, x := range Kinds {
		if x.Kind == k {
			return x.Roles
		}
	}
	return nil
}

// Person is an officer whose own matter something is.
type Person struct {
	Officer string // id in the register
	Account string // empty: cannot sign in
	Name    string
	Things  int // of a row that counts, this many are the officer's
}

// ID tells one person from another: of the register, or else of the account.
func (p Person) ID() string { return cmp.Or(p.Officer, p.Account) }

// Row is one thing that is due.
type Row struct {
	Key    string // what it is about, the same as long as it is due
	Kind   Kind
	What   string // for the people of the office; names no firm
	Round  string // empty: none
	Due    calendar.Date
	How    string // how the day was found, or why it cannot be known
	Href   string // where to do it; empty: not a page of whoever looks
	Roles  []access.Role
	People []Person // officers, besides the roles
	Passed bool     // its hour has passed, though the day has not
}

// Of reports whether the row is somebody's to do.
func (r Row) Of(a access.Actor) bool {
	return slices.ContainsFunc(r.Roles, a.Has) || slices.ContainsFunc(r.People, func(p Person) bool { return p.Account == a.ID })
}

// within reports whether somebody of a unit may know of the row: it was made of
// the unit's forms alone.
func (r Row) within(a access.Actor) bool {
	return len(a.Units) == 0 || slices.Contains([]Kind{Inspect, Rectify, Case, Handover, Crime, Publish}, r.Kind)
}

// opens reports whether the row's page is there for a.
func (r Row) opens(a access.Actor) bool {
	switch r.Kind {
	case Holidays:
		return access.Allow(a, access.CalendarEdit)
	case Supervise:
		return r.Of(a) || access.Allow(a, access.SuperviseRead)
	case Archive:
		return access.Allow(a, access.ArchiveRead)
	}
	return true
}

// Group is how near a day is.
type Group string

// The groups. A row is overdue from 00:00 of the day after its last.
const (
	Overdue Group = "overdue"
	Today   Group = "today"
	In3     Group = "3"
	In7     Group = "7"
	Later   Group = "later"
	Unknown Group = "unknown" // the year has no holiday notice yet
)

// Groups lists the groups as the board shows them, the worst first.
var Groups = []struct {
	Group Group
	Name  string
}{{Overdue, "已超期"}, {Unknown, "日期未定"}, {Today, "今天"}, {In3, "3 天内"}, {In7, "7 天内"}, {Later, "以后"}}

// GroupOf says how near a last day is.
func GroupOf(due, today calendar.Date) Group {
	if due.Zero() {
		return Unknown
	}
	switch left := today.DaysUntil(due); {
	case left < 0:
		return Overdue
	case left == 0:
		return Today
	case left <= 3:
		return In3
	case left <= 7:
		return In7
	}
	return Later
}

// group says how near the row is: one with an hour is overdue after it.
func (r Row) group(today calendar.Date) Group {
	if r.Passed {
		return Overdue
	}
	return GroupOf(r.Due, today)
}

// Left says in words how far off the row is.
func (r Row) Left(today calendar.Date) string {
	if r.Passed && r.Due == today {
		return "已超过时限"
	}
	return Left(r.Due, today)
}

// Filter says which rows are asked for; empty fields ask for all.
type Filter struct {
	Role  access.Role
	Round string
	Who   string // id of an officer or account that is named in the row
	Mine  bool   // only what is the asker's own to do
}

// Board is what is due in an office on one day.
type Board struct {
	On     calendar.Date
	Rows   []Row // by last day
	Hidden int   // overdue rows that the filter leaves out
	Rounds []string
	People []Person // who is named in any row, by name
}

// In returns the rows of a group.
func (b Board) In(g Group) []Row {
	var rows []Row
	for _, r := range b.Rows {
		if r.group(b.On) == g {
			rows = append(rows, r)
		}
	}
	return rows
}

// Board lists what is due, as far as a may see it: the people of the office
// see all, an administrator his own.
func (s *Service) Board(ctx context.Context, a access.Actor, f Filter) (Board, error) {
	rows, err := s.rows(identity.WithActor(ctx, a), a.Authority)
	b := Board{On: s.today()}
	for _, r := range rows {
		if !access.Allow(a, access.DeskRead) && !r.Of(a) || !r.within(a) || r.Kind == Complaint && !access.Allow(a, access.ComplaintAnswer) {
			continue
		}
		if r.Round != "" && !slices.Contains(b.Rounds, r.Round) {
			b.Rounds = append(b.Rounds, r.Round)
		}
		for _, p := range r.People {
			if !slices.ContainsFunc(b.People, func(q Person) bool { return q.ID() == p.ID() }) {
				b.People = append(b.People, p)
			}
		}
		named := slices.ContainsFunc(r.People, func(p Person) bool { return p.ID() == f.Who })
		switch out := f.Role != "" && !slices.Contains(r.Roles, f.Role) || f.Who != "" && !named || f.Round != "" && r.Round != f.Round || f.Mine && !r.Of(a); {
		case !out:
			if !r.opens(a) {
				r.Href = ""
			}
			b.Rows = append(b.Rows, r)
		case r.group(b.On) == Overdue:
			b.Hidden++
		}
	}
	slices.Sort(b.Rounds)
	slices.SortFunc(b.People, func(p, q Person) int { return cmp.Or(cmp.Compare(p.Name, q.Name), cmp.Compare(p.ID(), q.ID())) })
	return b, err
}

// rows gathers everything, by last day; a day that is not known comes first.
func (s *Service) rows(ctx context.Context, authority string) ([]Row, error) {
	y, err := s.year(ctx, authority)
	if err != nil {
		return nil, err
	}
	var rows []Row
	for _, part := range []func() []Row{y.filing, y.holidays, y.certificates, y.windows, y.draws, y.schedules, y.inspections, y.followups,
		y.publications, y.contests, y.complaints, y.penalties, y.takedowns, y.repairs, y.objections, y.returned, y.questions, y.disclosures, y.archive} {
		rows = append(rows, part()...)
	}
	slices.SortStableFunc(rows, func(a, b Row) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Key, b.Key)) })
	return rows, nil
}

// Left says in words how far off a last day is.
func Left(due, today calendar.Date) string {
	if due.Zero() {
		return "算不出来"
	}
	switch n := today.DaysUntil(due); {
	case n < 0:
		return fmt.Sprintf("已超期 %d 天", -n)
	case n == 0:
		return "今天是最后一天"
	default:
		return fmt.Sprintf("还有 %d 天", n)
	}
}

// Whose says in words which roles have to do it.
func (r Row) Whose() string {
	var names []string
	for _, x := range r.Roles {
		names = append(names, x.Name())
	}
	return strings.Join(names, "、")
}

// Words names an officer and how much is his.
func (p Person) Words() string {
	if p.Things == 0 {
		return p.Name
	}
	return fmt.Sprintf("%s %d", p.Name, p.Things)
}
