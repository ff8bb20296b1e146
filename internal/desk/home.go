package desk

import (
	"net/http"
	"slices"

	"suiji/calendar"
	"suiji/internal/inspection"
	"suiji/internal/notice"
	"suiji/internal/page"
	"suiji/internal/plan"
	"suiji/internal/register"
	"suiji/internal/round"
)

// dueRow is one thing that is due.
type dueRow struct {
	What  string
	Round string
	Href  string
	On    calendar.Date
	Tag   page.Tag
}

type homePage struct {
	page.Base
	Figures []page.Link
	Tasks   []page.Step
	Due     []dueRow
	DueAll  int // on the whole board
	DueLate int // overdue ones among them
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
	return p, s.due(r, p)
}

// year is what the workbench knows of the year's work.
type year struct {
	targets, officers, items int
	plans                    []plan.Plan
	rounds                   []round.Round // without rehearsals and abandoned ones
	forms                    map[inspection.State]int
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
	forms, err := s.Inspection.Tallies(ctx, authority)
	y.forms = map[inspection.State]int{}
	for _, t := range forms {
		y.forms[t.State] += t.Forms
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

// due lists what comes first of the board, and how many there are in all.
func (s *Server) due(r *http.Request, p *homePage) error {
	b, err := s.Notice.Board(r.Context(), actor(r), notice.Filter{})
	if err != nil {
		return err
	}
	p.DueAll, p.DueLate = len(b.Rows), len(b.In(notice.Overdue))
	for _, x := range b.Rows[:min(len(b.Rows), 12)] {
		p.Due = append(p.Due, dueRow{What: x.What, Round: x.Round, Href: x.Href, On: x.Due, Tag: dueTag(x.Due, s.today())})
	}
	return nil
}

func dueTag(due, today calendar.Date) page.Tag {
	switch n := today.DaysUntil(due); {
	case due.Zero():
		return page.Tag{Tone: page.Bad, Word: "日期未定"}
	case n < 0:
		return page.Tag{Tone: page.Bad, Word: "已超期"}
	case n == 0:
		return page.Tag{Tone: page.Warn, Word: "今天到期"}
	case n <= soon:
		return page.Tag{Tone: page.Warn, Word: "即将到期"}
	}
	return page.Tag{Tone: page.Doing, Word: "办理中"}
}
