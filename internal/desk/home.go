package desk

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/disclosure"
	"suiji/internal/inspection"
	"suiji/internal/page"
	"suiji/internal/plan"
	"suiji/internal/register"
	"suiji/internal/round"
)

// dueRow is one thing that is due.
type dueRow struct {
	What string
	Href string
	On   calendar.Date
	Tag  page.Tag
}

type homePage struct {
	page.Base
	Figures []page.Link
	Tasks   []page.Step
	Due     []dueRow
	Stopped string // why the ledger is not going on, for the administrator
}

// soon is how many days before its end a deadline is shown as near.
const soon = 3

func (s *Server) today() calendar.Date { return calendar.In(s.Now()) }

// home shows how far the year has come, what comes next, and what is due.
func (s *Server) home(r *http.Request) (page.Page, error) {
	y, err := s.year(r)
	if err != nil {
		return nil, err
	}
	p := &homePage{Base: page.Base{Title: "工作台"}, Figures: y.figures(), Tasks: y.tasks()}
	if a := actor(r); a.Has(access.Admin) {
		p.Stopped = s.Scribe.Stopped(a.Authority)
	}
	p.Due, err = s.due(r, y)
	return p, err
}

// year is what the workbench knows of the year's work.
type year struct {
	targets, officers, items int
	plans                    []plan.Plan
	rounds                   []round.Round // without rehearsals and abandoned ones
	forms                    map[inspection.State]int
	all                      []inspection.Form
}

func (s *Server) year(r *http.Request) (y year, err error) {
	ctx, authority := r.Context(), actor(r).Authority
	for list, n := range map[register.List]*int{register.Targets: &y.targets, register.Officers: &y.officers, register.Items: &y.items} {
		v, err := s.Register.Version(ctx, authority, list)
		if err != nil {
			return y, err
		}
		*n = v.Count
	}
	if y.plans, err = s.Plan.Plans(ctx, authority); err != nil {
		return y, err
	}
	rounds, err := s.Round.Rounds(ctx, authority)
	if err != nil {
		return y, err
	}
	for _, x := range rounds {
		if !x.Rehearsal && x.State != round.Abandoned {
			y.rounds = append(y.rounds, x)
		}
	}
	y.all, err = s.Inspection.Forms(ctx, authority, inspection.Filter{})
	y.forms = map[inspection.State]int{}
	for _, f := range y.all {
		y.forms[f.State]++
	}
	return y, err
}

func (y year) figures() []page.Link {
	return []page.Link{
		{Word: "检查对象", Href: "/w/targets", Count: y.targets},
		{Word: "执法人员", Href: "/w/officers", Count: y.officers},
		{Word: "待检查", Href: "/w/forms?state=issued", Count: y.forms[inspection.Issued]},
		{Word: "待审核", Href: "/w/forms?state=entered", Count: y.forms[inspection.Entered]},
		{Word: "已退回", Href: "/w/forms?state=returned", Count: y.forms[inspection.Returned]},
		{Word: "结论已审核", Href: "/w/publish", Count: y.forms[inspection.Confirmed]},
	}
}

// tasks lists the steps of the year, each with its state.
func (y year) tasks() []page.Step {
	step := func(name, href string, done bool, note string) page.Step {
		x := page.Step{Name: name, Href: href, Done: done, Note: note, State: page.Tag{Tone: page.OK, Word: "已完成"}}
		if !done {
			x.State = page.Tag{Tone: page.Mute, Word: "未开始"}
		}
		return x
	}
	published := slices.ContainsFunc(y.plans, func(p plan.Plan) bool { return p.State == plan.Published || p.State == plan.Closed })
	steps := []page.Step{
		step("导入检查对象", "/w/imports/new?list=targets", y.targets > 0, ""),
		step("导入执法人员", "/w/imports/new?list=officers", y.officers > 0, ""),
		step("导入抽查事项", "/w/imports/new?list=items", y.items > 0, ""),
		step("起草、审批并公布年度计划", "/w/plans", published, ""),
	}
	if len(y.plans) > 0 && !published {
		steps[3].State = page.Tag{Tone: page.Doing, Word: "进行中"}
	}
	if len(y.rounds) == 0 {
		return append(steps, step("抽取检查对象和检查人员", "/w/rounds", false, ""))
	}
	for _, x := range slices.Backward(y.rounds) {
		steps = append(steps, page.Step{Name: "轮次 " + x.ID, Href: "/w/rounds/" + x.ID, State: roundTag(x), Done: x.State == round.Closed})
	}
	return steps
}

// due lists the deadlines that run: to confirm drawn firms, to publish results.
func (s *Server) due(r *http.Request, y year) ([]dueRow, error) {
	var rows []dueRow
	today := s.today()
	for _, x := range y.rounds {
		if x.State == round.Drawn {
			rows = append(rows, dueRow{"比对确认 " + x.ID, "/w/rounds/" + x.ID + "/firms", x.ConfirmDue, dueTag(x.ConfirmDue, today)})
		}
		if x.State != round.Matched {
			continue
		}
		if row, ok := y.window(x); ok {
			row.Tag = dueTag(row.On, today)
			rows = append(rows, row)
		}
		rate, err := s.Disclosure.Rate(r.Context(), x.Authority, x.ID)
		if err != nil {
			return nil, err
		}
		for _, f := range rate.Rows {
			if f.State == disclosure.Waiting || f.State == disclosure.Overdue {
				rows = append(rows, dueRow{"公示 " + f.Form.Firm.Name, "/w/forms/" + f.Form.ID, f.Due.On, dueTag(f.Due.On, today)})
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b dueRow) int { return cmp.Or(a.On.Compare(b.On), cmp.Compare(a.What, b.What)) })
	return rows[:min(len(rows), 12)], nil
}

// window is the end of a round's inspections, while some are not entered.
func (y year) window(x round.Round) (row dueRow, open bool) {
	n := 0
	for _, f := range y.all {
		if f.RoundID == x.ID && (f.State == inspection.Issued || f.State == inspection.Returned) {
			n, row.On = n+1, f.Task.To
		}
	}
	row.What, row.Href = fmt.Sprintf("完成检查 %d 户（第 %d 批次）", n, x.WindowNo), "/w/forms?round="+x.ID
	return row, n > 0
}

func dueTag(due, today calendar.Date) page.Tag {
	switch n := today.DaysUntil(due); {
	case n < 0:
		return page.Tag{Tone: page.Bad, Word: "已超期"}
	case n == 0:
		return page.Tag{Tone: page.Warn, Word: "今天到期"}
	case n <= soon:
		return page.Tag{Tone: page.Warn, Word: "即将到期"}
	}
	return page.Tag{Tone: page.Doing, Word: "办理中"}
}
