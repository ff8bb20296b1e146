package planning

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"suiji/calendar"
	"suiji/internal/errs"
	"suiji/internal/page"
	"suiji/internal/plan"
	"suiji/internal/register"
)

type planTasksPage struct {
	planEdit
	Next int // number of the task that would be added
}

func (s *Server) planTasks(r *http.Request) (page.Page, error) {
	e, _, err := s.planSection(r, "范围与事项", "tasks")
	if err != nil {
		return nil, err
	}
	return &planTasksPage{planEdit: e, Next: len(e.Plan.Tasks) + 1}, nil
}

// planMethods are the ways of inspection that platforms know (domain.md §3.5).
var planMethods = []string{"实地检查", "书面检查", "网络监测", "检验检测", "委托专业机构辅助", "行政部门检查结果或专业意见"}

type planTaskPage struct {
	planEdit
	Task    plan.Task
	Chosen  []string // ids of its items
	Ways    []string // of its inspection
	Items   []page.Option
	Methods []page.Option
	Kinds   []page.Option
	Types   []page.Option
	Tags    []page.Option
	New     bool
}

// Name is the name of an input of this task's form.
func (p *planTaskPage) Name(field string) string { return fmt.Sprintf("task-%d-%s", p.Task.No, field) }

func (s *Server) planTask(r *http.Request) (page.Page, error) {
	no, err := strconv.Atoi(r.PathValue("no"))
	if err != nil || no < 1 {
		return nil, errs.E(errs.NotFound, "没有这项任务")
	}
	e, facts, err := s.planSection(r, fmt.Sprintf("第 %d 项任务", no), fmt.Sprintf("tasks/%d", no))
	if err != nil {
		return nil, err
	}
	p := &planTaskPage{planEdit: e, Task: plan.NewTask(e.Plan), New: no > len(e.Plan.Tasks)}
	if !p.New {
		p.Task = e.Plan.Tasks[no-1]
	} else if no > len(e.Plan.Tasks)+1 {
		return nil, errs.E(errs.NotFound, "没有这项任务")
	}
	p.Trail = append(p.Trail, page.Link{Word: "范围与事项", Href: planPath(e.Plan.ID, "tasks")})
	for _, i := range p.Task.Items {
		p.Chosen = append(p.Chosen, i.ID)
	}
	p.Ways = strings.FieldsFunc(p.Task.Method, func(c rune) bool { return c == '、' })
	p.Methods = page.Options(planMethods, func(m string) (string, string) { return m, m })
	p.Kinds = page.Options(register.Kinds, func(k string) (string, string) { return k, k })
	p.Types = []page.Option{{Value: "false", Label: "不定向：在全部对象中随机抽取"}, {Value: "true", Label: "定向：在下面限定的类型、标签或区域中随机抽取"}}
	p.Items = planItems(facts)
	p.Tags, err = s.planTags(r, p.Task.Scope.Tag)
	return p, err
}

// planItems lists the items in use; those that cannot be used say why.
func planItems(facts plan.Facts) []page.Option {
	var options []page.Option
	for _, id := range slices.Sorted(maps.Keys(facts.Items)) {
		i := facts.Items[id]
		if !i.Active {
			continue
		}
		o := page.Option{Value: id, Label: i.Name, Hint: fmt.Sprintf("要点 %d 条", i.Points)}
		switch {
		case !i.Published:
			o.Hint = "尚未公布，不能使用"
		case i.Basis == "":
			o.Hint = "没有法律依据，不能使用"
		}
		options = append(options, o)
	}
	return options
}

// planTags lists the register's tags, with how many firms have each, and those
// that a plan names although no firm has them.
func (s *Server) planTags(r *http.Request, named ...string) ([]page.Option, error) {
	tags, err := s.Register.Tags(r.Context(), actor(r).Authority)
	if err != nil {
		return nil, err
	}
	var options []page.Option
	for _, t := range tags {
		options = append(options, page.Option{Value: t.Word, Label: fmt.Sprintf("%s（%d 户）", t.Word, t.Count)})
	}
	for _, n := range named {
		if n != "" && !slices.ContainsFunc(options, func(o page.Option) bool { return o.Value == n }) {
			options = append(options, page.Option{Value: n, Label: n + "（0 户）"})
		}
	}
	return options, nil
}

func planTaskOf(f *planForm, p *plan.Plan) {
	no, _ := strconv.Atoi(f.r.PathValue("no")) // checked where the form was shown
	if no < 1 || no > len(p.Tasks)+1 {
		f.bad("", "这项任务已不存在，没有保存")
		return
	}
	if no > len(p.Tasks) {
		p.Tasks = append(p.Tasks, plan.NewTask(*p))
	}
	at := fmt.Sprintf("task-%d-", no)
	t := &p.Tasks[no-1]
	t.Name, t.Directed = f.text(at+"name"), f.text(at+"directed") == "true"
	t.Scope = plan.Scope{Kind: f.text(at + "scope_kind"), Tag: f.text(at + "scope_tag"), Area: f.text(at + "scope_area")}
	t.Method = strings.Join(f.r.PostForm[at+"method"], "、")
	t.Lead, t.Units, t.Level, t.Note = f.text(at+"lead"), f.text(at+"units"), f.text(at+"level"), f.text(at+"note")
	was := t.Items
	t.Items = nil
	for _, id := range f.r.PostForm[at+"items"] {
		i := plan.Item{ID: id}
		if k := slices.IndexFunc(was, func(x plan.Item) bool { return x.ID == id }); k >= 0 {
			i.Slot = was[k].Slot
		}
		t.Items = append(t.Items, i)
	}
}

func planWithoutTask(f *planForm, p *plan.Plan) {
	no, err := strconv.Atoi(f.r.PathValue("no"))
	if err != nil || no < 1 || no > len(p.Tasks) {
		f.bad("", "这项任务已不存在，没有改动")
		return
	}
	p.Tasks = slices.Delete(slices.Clone(p.Tasks), no-1, no)
	for i := range p.Tasks {
		p.Tasks[i].No = i + 1
	}
}

type planStrataPage struct {
	planEdit
	Sum    plan.Sum
	Blocks []planBlock
	Counts []page.Option // whether the base is counted
	Rounds []page.Option // whether shares are rounded up
	Based  []string
	Upward []string
}

// planBlock is one task's table of strata and of tickets.
type planBlock struct {
	Task    plan.Task
	Strata  []planStrataInput
	Tickets []planTicketInput
	Sum     plan.TaskSum
}

type planStrataInput struct {
	Cells []planCell
	Sum   plan.StratumSum
	Blank bool
}

type planTicketInput struct {
	Cells  []planCell
	Chance string
}

func (s *Server) planStrata(r *http.Request) (page.Page, error) {
	e, _, err := s.planSection(r, "比例与分层", "strata")
	if err != nil {
		return nil, err
	}
	p := &planStrataPage{planEdit: e, Sum: plan.Calculate(e.Plan), Upward: []string{e.Plan.Rounding}}
	p.Counts = []page.Option{{Value: "yes", Label: "以检查对象名录现行版本的户数为抽查基数，保存时计数"}}
	p.Rounds = []page.Option{{Value: plan.Up, Label: "不足一户的按一户计（向上取整）"}}
	if !e.Plan.BaseOn.Zero() {
		p.Based = []string{"yes"}
	}
	for i, t := range e.Plan.Tasks {
		tags, err := s.planTags(r, planTagsOf(t)...)
		if err != nil {
			return nil, err
		}
		p.Blocks = append(p.Blocks, planBlock{Task: t, Strata: planStrataInputs(r, t, p.Sum.Tasks[i], tags), Tickets: planTicketInputs(r, t, tags), Sum: p.Sum.Tasks[i]})
	}
	return p, nil
}

func planTagsOf(t plan.Task) []string {
	var tags []string
	for _, st := range t.Strata {
		tags = append(tags, st.Tag)
	}
	for _, k := range t.Tickets {
		tags = append(tags, k.Tag)
	}
	return tags
}

// planChoose marks the value among the options, for one cell.
func planChoose(options []page.Option, value string) []page.Option {
	options = slices.Clone(options)
	for i := range options {
		options[i].Chosen = options[i].Value == value
	}
	return options
}

func planStrataInputs(r *http.Request, t plan.Task, sum plan.TaskSum, tags []page.Option) []planStrataInput {
	var rows []planStrataInput
	for i := range len(t.Strata) + planBlankRows {
		row := planStrataInput{Blank: i >= len(t.Strata)}
		var st plan.Stratum
		var ratio, reserve string
		if !row.Blank {
			st = t.Strata[i]
			ratio, reserve = st.Share(), strconv.Itoa(st.Reserve)
			row.Sum = sum.Strata[i]
		}
		at := fmt.Sprintf("task-%d-stratum-%d-", t.No, i+1)
		label := fmt.Sprintf("第 %d 层的", i+1)
		row.Cells = stratumCells(r, at, label, st, ratio, reserve, tags)
		rows = append(rows, row)
	}
	return rows
}

// stratumCells are the inputs of one stratum.
func stratumCells(r *http.Request, at, label string, st plan.Stratum, ratio, reserve string, tags []page.Option) []planCell {
	return []planCell{
		{Name: at + "title", Label: label + "名称", Column: "名称", Value: planTyped(r, at+"title", st.Title), Type: "text"},
		{Name: at + "name", Label: label + "代号", Column: "代号", Value: planTyped(r, at+"name", st.Name), Type: "text"},
		{Name: at + "tag", Label: label + "标签", Column: "标签", Options: planChoose(tags, planTyped(r, at+"tag", st.Tag))},
		{Name: at + "area", Label: label + "用工地区划", Column: "用工地", Value: planTyped(r, at+"area", st.Area), Type: "text"},
		{Name: at + "ratio", Label: label + "年度比例或户数", Column: "年度比例或户数", Value: planTyped(r, at+"ratio", ratio), Type: "text"},
		{Name: at + "reserve", Label: label + "每批候补数", Column: "每批候补", Value: planTyped(r, at+"reserve", reserve), Type: "text"},
	}
}

func planTicketInputs(r *http.Request, t plan.Task, tags []page.Option) []planTicketInput {
	var rows []planTicketInput
	for i := range len(t.Tickets) + planBlankRows {
		var tag, tickets string
		var row planTicketInput
		if i < len(t.Tickets) {
			tag, tickets = t.Tickets[i].Tag, strconv.Itoa(t.Tickets[i].Tickets)
			row.Chance = t.Tickets[i].Chance()
		}
		row.Cells = ticketCells(r, fmt.Sprintf("task-%d-ticket-%d-", t.No, i+1), i+1, tag, tickets, tags)
		rows = append(rows, row)
	}
	return rows
}

// ticketCells are the inputs of one rule of tickets.
func ticketCells(r *http.Request, at string, no int, tag, tickets string, tags []page.Option) []planCell {
	return []planCell{
		{Name: at + "tag", Label: fmt.Sprintf("第 %d 条签数规则的标签", no), Column: "标签", Options: planChoose(tags, planTyped(r, at+"tag", tag))},
		{Name: at + "tickets", Label: fmt.Sprintf("第 %d 条签数规则的签数", no), Column: "签数", Value: planTyped(r, at+"tickets", tickets), Type: "text"},
	}
}

// strataOf reads the ratio, the base, and every task's strata and tickets.
func (s *Server) strataOf(f *planForm, p *plan.Plan) {
	p.Ratio, p.FloorSize, p.Rounding = f.ratio("ratio"), f.number("floor_size", 1, 1000), f.text("rounding")
	if f.text("base") == "" {
		p.BaseOn = calendar.Date{}
	} else if p.BaseOn.Zero() {
		p.BaseOn = s.today()
	}
	for i := range p.Tasks {
		t := &p.Tasks[i]
		before := *t
		t.Strata, t.Tickets = nil, nil
		for n := 1; f.has(fmt.Sprintf("task-%d-stratum-%d-name", t.No, n)); n++ {
			if st, ok := f.stratum(fmt.Sprintf("task-%d-stratum-%d-", t.No, n)); ok {
				t.Strata = append(t.Strata, st)
			}
		}
		for n := 1; f.has(fmt.Sprintf("task-%d-ticket-%d-tag", t.No, n)); n++ {
			at := fmt.Sprintf("task-%d-ticket-%d-", t.No, n)
			if tag := f.text(at + "tag"); tag != "" || f.text(at+"tickets") != "" {
				t.Tickets = append(t.Tickets, plan.Ticket{Tag: tag, Tickets: f.number(at+"tickets", 1, 1000)})
			}
		}
		if len(t.Strata) == 0 && !f.has(fmt.Sprintf("task-%d-stratum-1-name", t.No)) {
			*t = before // the task came after the form was shown
		}
		// New lines stand at the end of the form, the stratum of all others
		// stands at the end of the plan.
		slices.SortStableFunc(t.Strata, func(a, b plan.Stratum) int { return planCatchAll(a) - planCatchAll(b) })
	}
}

func planCatchAll(s plan.Stratum) int {
	if s.All() {
		return 1
	}
	return 0
}

// stratum reads one line; an empty one is none.
func (f *planForm) stratum(at string) (plan.Stratum, bool) {
	st := plan.Stratum{Name: f.text(at + "name"), Title: f.text(at + "title"), Tag: f.text(at + "tag"), Area: f.text(at + "area")}
	if st.Name == "" && st.Title == "" && st.All() && f.text(at+"ratio") == "" {
		return st, false
	}
	var err error
	if st.Ratio, st.Number, err = plan.ParseShare(f.text(at + "ratio")); err != nil {
		f.bad(at+"ratio", errs.Sentence(err))
	}
	if f.text(at+"reserve") != "" {
		st.Reserve = f.number(at+"reserve", 0, 100000)
	}
	return st, true
}
