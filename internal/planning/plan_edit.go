package planning

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/errs"
	"suiji/internal/page"
	"suiji/internal/plan"
)

func (s *Server) planEditRoutes(m counter.Routes) {
	edit := func(path, name string, show page.Show, act page.Act) {
		m.Get("/w/plans/{id}/"+path, name, show)
		m.Post("/w/plans/{id}/"+path, name, show, act)
	}
	edit("document", "plan-document", s.planDocument, s.savePlan(planDocumentOf))
	edit("windows", "plan-windows", s.planWindows, s.savePlan(planWindowsOf))
	edit("strata", "plan-strata", s.planStrata, s.savePlan(s.strataOf))
	edit("limits", "plan-limits", s.planLimits, s.savePlan(planLimitsOf))
	edit("departments", "plan-departments", s.planDepartments, s.savePlan(departmentsTyped))
	m.Get("/w/plans/{id}/tasks", "plan-tasks", s.planTasks)
	edit("tasks/{no}", "plan-task", s.planTask, s.savePlan(planTaskOf))
	m.Post("/w/plans/{id}/tasks/{no}/delete", "plan-tasks", s.planTasks, s.savePlan(planWithoutTask))
}

// planSteps are the sections of a draft as a list of tasks. The last one
// hands it over, and opens only when nothing refuses.
func planSteps(v planView) []page.Step {
	p := v.Plan
	sections := []struct {
		path, name, note string
		begun            bool
	}{
		{"document", "文件", p.Number, p.Number != "" || p.Body != ""},
		{"tasks", "范围与事项", fmt.Sprintf("%d 项抽查任务", len(p.Tasks)), len(p.Tasks) > 0},
		{"departments", "检查部门", planDepartmentsNote(p), len(p.Tasks) > 0},
		{"windows", "批次", planWindowsNote(p), len(p.Windows) > 0},
		{"strata", "比例与分层", fmt.Sprintf("年度不低于 %s，%d 户中至少 %d 户", p.Ratio, p.BaseCount, v.Sum.Floor), len(v.Rows) > 0},
		{"limits", "人员与期限", fmt.Sprintf("每组 %d 人；归档截止 %s", p.Officers, p.ArchiveOn), !p.ArchiveOn.Zero()},
	}
	var steps []page.Step
	for _, x := range sections {
		bad := slices.ContainsFunc(v.Defects, func(d page.Step) bool {
			return d.State.Tone == page.Bad && strings.HasPrefix(d.Href, planPath(p.ID, x.path))
		})
		state := page.Tag{Tone: page.OK, Word: "已填写"}
		switch {
		case !x.begun:
			state = page.Tag{Word: "未开始"}
		case bad:
			state = page.Tag{Tone: page.Warn, Word: "需要修改"}
		}
		steps = append(steps, page.Step{Name: x.name, Note: x.note, Href: planPath(p.ID, x.path), State: state})
	}
	last := page.Step{Name: "核对并报批", Note: "逐项核对后提交局领导审批", Href: planPath(p.ID, "check"), State: page.Tag{Tone: page.Doing, Word: "可以报批"}}
	if v.Refused > 0 {
		last.State = page.Tag{Word: "暂不能开始"}
		last.Note = fmt.Sprintf("还有 %d 处必须修改", v.Refused)
	}
	return append(steps, last)
}

func planDepartmentsNote(p plan.Plan) string {
	var parts []string
	for _, t := range p.Tasks {
		if len(t.Slots) > 0 {
			parts = append(parts, fmt.Sprintf("%s：%d 个部门", t.Name, len(t.Slots)))
		}
	}
	if len(parts) == 0 {
		return "联合抽查、市抽县查的填写；其余不填"
	}
	return strings.Join(parts, "；")
}

func planWindowsNote(p plan.Plan) string {
	var parts []string
	for _, w := range p.Windows {
		parts = append(parts, fmt.Sprintf("%s 至 %s", w.StartsOn, w.EndsOn))
	}
	return strings.Join(parts, "；")
}

// planEdit is what the pages of all sections have.
type planEdit struct {
	page.Base
	Plan    plan.Plan
	Defects []page.Step // of this section
}

// planSection returns the draft that a section's page edits. Whoever may not
// edit, or comes too late, is told so.
func (s *Server) planSection(r *http.Request, title, path string) (planEdit, plan.Facts, error) {
	var facts plan.Facts
	if !access.Allow(actor(r), access.PlanEdit) {
		return planEdit{}, facts, errs.E(errs.Forbidden, "起草计划须由经办人办理")
	}
	p, err := s.Plan.Plan(r.Context(), actor(r).Authority, r.PathValue("id"))
	if err != nil {
		return planEdit{}, facts, err
	}
	if p.State != plan.Draft {
		return planEdit{}, facts, errs.E(errs.Conflict, "计划目前是“"+p.State.Name()+"”，不能再改。需要修改的，请先由领导退回")
	}
	if facts, err = s.Plan.FactsOf(r.Context(), p); err != nil {
		return planEdit{}, facts, err
	}
	e := planEdit{Base: page.Base{Title: title, Trail: planTrailTo(p)}, Plan: p}
	for _, d := range plan.Check(p, facts) {
		if href := planDefectHref(p.ID, d.Field); strings.HasPrefix(href, planPath(p.ID, path)+"#") {
			e.Defects = append(e.Defects, planDefect(d, "#"+page.FieldID(d.Field)))
		}
	}
	return e, facts, nil
}

// savePlan makes the act of a section's form: the stored plan with that
// section as typed.
func (s *Server) savePlan(typed func(f *planForm, p *plan.Plan)) page.Act {
	return func(r *http.Request) (string, error) {
		p, err := s.Plan.Plan(r.Context(), actor(r).Authority, r.PathValue("id"))
		if err != nil {
			return "", err
		}
		f := &planForm{r: r}
		p.Revision = f.number("revision", 1, 1<<31-1)
		typed(f, &p)
		if err := errs.All(f.problems); err != nil {
			return "", err
		}
		notices, err := s.Plan.Save(r.Context(), actor(r), p)
		next := planPath(p.ID)
		if len(notices) > 0 {
			next += "?number=1"
		}
		return next, err
	}
}

// planForm reads a form and gathers what cannot be read.
type planForm struct {
	r        *http.Request
	problems []errs.Problem
}

func (f *planForm) bad(name, sentence string) {
	f.problems = append(f.problems, errs.Problem{Field: name, Sentence: sentence})
}

func (f *planForm) text(name string) string { return strings.TrimSpace(f.r.PostFormValue(name)) }

func (f *planForm) has(name string) bool {
	_, ok := f.r.PostForm[name]
	return ok
}

func (f *planForm) number(name string, least, most int) int {
	n, err := strconv.Atoi(f.text(name))
	if err != nil || n < least || n > most {
		f.bad(name, fmt.Sprintf("应填 %d 到 %d 之间的整数", least, most))
		return 0
	}
	return n
}

// date reads a date; nothing typed is no date.
func (f *planForm) date(name string) calendar.Date {
	var d calendar.Date
	if err := d.UnmarshalText([]byte(f.text(name))); err != nil {
		f.bad(name, err.Error())
	}
	return d
}

func (f *planForm) ratio(name string) plan.Ratio {
	ratio, err := plan.ParseRatio(f.text(name))
	if err != nil {
		f.bad(name, errs.Sentence(err))
	}
	return ratio
}

// planBlankRows is how many empty lines a table of inputs ends with.
const planBlankRows = 2

// value is what was typed into a refused form, else what is stored.
func planTyped(r *http.Request, name, stored string) string {
	if r.Method == http.MethodPost {
		return r.PostFormValue(name)
	}
	return stored
}

// planCell is one input of a table of inputs; a select if it has options.
type planCell struct {
	Name, Label, Column, Value, Type string
	Options                          []page.Option
	None                             string // what choosing none of them means; empty: 无
}

type planDocumentPage struct {
	planEdit
	Rows [][]planCell // of basis documents
}

func (s *Server) planDocument(r *http.Request) (page.Page, error) {
	e, _, err := s.planSection(r, "文件", "document")
	if err != nil {
		return nil, err
	}
	p := &planDocumentPage{planEdit: e}
	for i := range len(e.Plan.Bases) + planBlankRows {
		var b plan.Basis
		if i < len(e.Plan.Bases) {
			b = e.Plan.Bases[i]
		}
		at := fmt.Sprintf("basis-%d-", i+1)
		label := fmt.Sprintf("第 %d 个依据文件的", i+1)
		p.Rows = append(p.Rows, []planCell{
			{Name: at + "title", Label: label + "名称", Column: "名称", Value: planTyped(r, at+"title", b.Title), Type: "text"},
			{Name: at + "number", Label: label + "文号", Column: "文号", Value: planTyped(r, at+"number", b.Number), Type: "text"},
			{Name: at + "issuer", Label: label + "发文单位", Column: "发文单位", Value: planTyped(r, at+"issuer", b.Issuer), Type: "text"},
		})
	}
	return p, nil
}

func planDocumentOf(f *planForm, p *plan.Plan) {
	p.Title, p.Number, p.Issuer = f.text("title"), f.text("number"), f.text("issuer")
	p.IssuedOn, p.Addressees = f.date("issued_on"), f.text("addressees")
	p.Leader, p.Contact, p.Body = f.text("leader"), f.text("contact"), f.text("body")
	p.Bases = nil
	for i := 1; f.has(fmt.Sprintf("basis-%d-title", i)); i++ {
		at := fmt.Sprintf("basis-%d-", i)
		p.Bases = append(p.Bases, plan.Basis{Number: f.text(at + "number"), Title: f.text(at + "title"), Issuer: f.text(at + "issuer")})
	}
}

type planWindowsPage struct {
	planEdit
	Rows []planWindowInput
}

type planWindowInput struct {
	No    int
	Cells []planCell
}

func (s *Server) planWindows(r *http.Request) (page.Page, error) {
	e, _, err := s.planSection(r, "批次", "windows")
	if err != nil {
		return nil, err
	}
	p := &planWindowsPage{planEdit: e}
	for i := range len(e.Plan.Windows) + planBlankRows {
		var w plan.Window
		if i < len(e.Plan.Windows) {
			w = e.Plan.Windows[i]
		}
		at := fmt.Sprintf("window-%d-", i+1)
		p.Rows = append(p.Rows, planWindowInput{i + 1, []planCell{
			{Name: at + "starts", Label: fmt.Sprintf("第 %d 批的开始日期", i+1), Column: "开始日期", Value: planTyped(r, at+"starts", w.StartsOn.String()), Type: "date"},
			{Name: at + "ends", Label: fmt.Sprintf("第 %d 批的截止日期", i+1), Column: "截止日期", Value: planTyped(r, at+"ends", w.EndsOn.String()), Type: "date"},
		}})
	}
	return p, nil
}

func planWindowsOf(f *planForm, p *plan.Plan) {
	p.Windows = nil
	for i := 1; f.has(fmt.Sprintf("window-%d-starts", i)); i++ {
		at := fmt.Sprintf("window-%d-", i)
		w := plan.Window{No: len(p.Windows) + 1, StartsOn: f.date(at + "starts"), EndsOn: f.date(at + "ends")}
		if w.StartsOn.Zero() != w.EndsOn.Zero() {
			f.bad(at+"starts", fmt.Sprintf("第 %d 批次请把开始和截止日期都填上；不要这一批次的，都留空", i))
		}
		if !w.StartsOn.Zero() {
			p.Windows = append(p.Windows, w)
		}
	}
}

type planLimitsPage struct {
	planEdit
	Fields      []page.Option
	Units       []page.Option
	Disclosures []page.Option
	Windows     []planWindowRow
}

func (s *Server) planLimits(r *http.Request) (page.Page, error) {
	e, facts, err := s.planSection(r, "人员与期限", "limits")
	if err != nil {
		return nil, err
	}
	p := &planLimitsPage{planEdit: e}
	fields := []string{}
	for _, o := range facts.Officers {
		fields = append(fields, o.Fields...)
	}
	if e.Plan.Field != "" {
		fields = append(fields, e.Plan.Field)
	}
	slices.Sort(fields)
	p.Fields = page.Options(slices.Compact(fields), func(x string) (string, string) { return x, x })
	p.Units = []page.Option{{Value: string(calendar.Days), Label: "日（自然日）"}, {Value: string(calendar.Workdays), Label: "工作日"}}
	for _, d := range plan.Disclosures {
		p.Disclosures = append(p.Disclosures, page.Option{Value: d.Disclosure, Label: d.Name})
	}
	v := planView{Plan: e.Plan, Sum: plan.Calculate(e.Plan)}
	v.limits(facts.Calendar)
	p.Windows = v.Windows
	return p, nil
}

func planLimitsOf(f *planForm, p *plan.Plan) {
	p.Officers, p.Field = f.number("officers", 2, 20), f.text("field")
	p.ConfirmDays = f.number("confirm_days", 1, 60)
	p.PublishDays, p.PublishUnit = f.number("publish_days", 1, 365), calendar.Unit(f.text("publish_unit"))
	if f.has("leave_days") {
		p.LeaveDays = f.number("leave_days", 0, 100)
	}
	p.TaskDays = f.number("task_days", 0, 365)
	p.ArchiveOn, p.Disclosure = f.date("archive_on"), f.text("disclosure")
	p.RuleVanished, p.RuleAgain, p.RuleRecusal = f.text("rule_vanished"), f.text("rule_again"), f.text("rule_recusal")
}
