package planning

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/canon"
	"suiji/internal/counter"
	"suiji/internal/errs"
	"suiji/internal/gazette"
	"suiji/internal/page"
	"suiji/internal/plan"
	"suiji/internal/store"
)

func (s *Server) planRoutes(m counter.Routes) {
	m.Get("/w/plans", "plans", s.plans)
	m.Post("/w/plans", "plans", s.plans, s.draftPlan)
	m.Get("/w/plans/{id}", "plan", s.plan)
	m.File("/w/plans/{id}/record.json", s.planRecord)
	m.File("/w/plans/{id}/files/{form}", s.planFile)

	s.planEditRoutes(m)

	m.Get("/w/plans/{id}/check", "plan-check", s.checkPlan)
	m.Post("/w/plans/{id}/submit", "plan-check", s.checkPlan, s.submitPlan)
	m.Get("/w/plans/{id}/approve", "plan-approve", s.planApproval)
	m.Post("/w/plans/{id}/approve", "plan-approve", s.planApproval, s.approvePlan)
	m.Post("/w/plans/{id}/return", "plan-approve", s.planApproval, s.returnPlan)
	m.Post("/w/plans/{id}/publish", "plan", s.plan, s.publishPlan)
	m.Post("/w/plans/{id}/amend", "plan", s.plan, s.amendPlan, access.PlanEdit)
	m.Post("/w/plans/{id}/close", "plan", s.plan, s.closePlan)
}

func planPath(id string, parts ...string) string {
	return strings.Join(append([]string{"/w/plans", id}, parts...), "/")
}

var planTrail = []page.Link{{Word: "年度计划", Href: "/w/plans"}}

// planRow is one plan in the list.
type planRow struct {
	plan.Plan
	Sum   plan.Sum
	State page.Tag
}

type plansPage struct {
	page.Base
	Plans []planRow
	Edit  bool   // whether to offer a new draft
	ID    string // of the draft that the form would make
	Year  int
}

func (s *Server) plans(r *http.Request) (page.Page, error) {
	all, err := s.Plan.Plans(r.Context(), actor(r).Authority)
	if err != nil {
		return nil, err
	}
	p := &plansPage{Base: page.Base{Title: "年度计划"}, Edit: access.Allow(actor(r), access.PlanEdit), ID: store.NewID(s.Now()), Year: s.today().Year()}
	if id := r.PostFormValue("id"); id != "" {
		p.ID = id
	}
	for _, x := range all {
		p.Plans = append(p.Plans, planRow{Plan: x, Sum: plan.Calculate(x), State: planTag(x)})
	}
	return p, nil
}

func planTag(p plan.Plan) page.Tag {
	if p.Replaced {
		return page.Tag{Word: "已被新版本代替"}
	}
	tones := map[plan.State]page.Tone{plan.Draft: page.Doing, plan.Submitted: page.Warn, plan.Approved: page.Doing, plan.Published: page.OK}
	return page.Tag{Tone: tones[p.State], Word: p.State.Name()}
}

func (s *Server) draftPlan(r *http.Request) (string, error) {
	year, err := strconv.Atoi(strings.TrimSpace(r.PostFormValue("year")))
	if err != nil {
		return "", errs.At("year", "请填写年度，如 2022")
	}
	id := r.PostFormValue("id")
	return planPath(id), s.Plan.Draft(r.Context(), actor(r), id, year)
}

// planView is a plan with all that is worked out from it, for reading.
type planView struct {
	Plan    plan.Plan
	Sum     plan.Sum
	State   page.Tag
	Rows    []planStratumRow
	Windows []planWindowRow
	Lines   []string // of the document's text
	Limits  []page.Fact
	Digest  string
	Hash    string // name of the digest's algorithm
	Defects []page.Step
	Refused int // defects that refuse
	Load    plan.Forecast
	Before  plan.Plan // the version that this one amends
	Changes []plan.Change

	Disclosure string // in Chinese
	Edit       bool   // the reader may change the draft
}

// planStratumRow is a line of the plan's table.
type planStratumRow struct {
	Task    plan.Task
	Stratum plan.Stratum
	Sum     plan.StratumSum
	Size    int // strata of the task, in its first row; else 0
	Draws   []planDraw
}

// planDraw is how many firms a stratum gives in a round of the year.
type planDraw struct{ No, Firms int }

// planWindowRow is a round of the year with its last day of publication.
type planWindowRow struct {
	plan.Window
	Draws   int
	Publish string
	How     string
}

// planDefect is a defect as a line of a list that leads to where it is mended.
func planDefect(d plan.Defect, href string) page.Step {
	state := page.Tag{Tone: page.Warn, Word: "请留意"}
	if d.Severity == plan.Refuse {
		state = page.Tag{Tone: page.Bad, Word: "须修改"}
	}
	return page.Step{Name: d.Sentence, Href: href, State: state}
}

// planView works out what a page shows of the plan that the request names.
func (s *Server) planView(r *http.Request) (planView, error) {
	ctx := r.Context()
	p, err := s.Plan.Plan(ctx, actor(r).Authority, r.PathValue("id"))
	if err != nil {
		return planView{}, err
	}
	v := planView{
		Plan: p, Sum: plan.Calculate(p), State: planTag(p), Disclosure: plan.DisclosureName(p.Disclosure),
		Edit: p.State == plan.Draft && access.Allow(actor(r), access.PlanEdit),
	}
	office, err := s.Identity.Authority(ctx, p.Authority)
	if err != nil {
		return v, err
	}
	v.Hash = map[canon.Hash]string{canon.SHA256: "SHA-256", canon.SM3: "SM3"}[office.Hash]
	if v.Digest, err = p.DigestWith(office.Hash); err != nil {
		return v, err
	}
	facts, err := s.Plan.FactsOf(ctx, p)
	if err != nil {
		return v, err
	}
	v.Load = p.Forecast(facts)
	if facts.Before != nil {
		v.Before, v.Changes = *facts.Before, plan.Diff(*facts.Before, p)
	}
	for _, d := range plan.Check(p, facts) {
		href := ""
		if v.Edit {
			href = planDefectHref(p.ID, d.Field)
		}
		v.Defects = append(v.Defects, planDefect(d, href))
		if d.Severity == plan.Refuse {
			v.Refused++
		}
	}
	slices.SortStableFunc(v.Defects, planGraver)
	v.Lines = strings.Split(p.Body, "\n")
	v.rows()
	v.limits(facts.Calendar)
	return v, nil
}

func (v *planView) rows() {
	for i, t := range v.Plan.Tasks {
		for j, st := range t.Strata {
			row := planStratumRow{Task: t, Stratum: st, Sum: v.Sum.Tasks[i].Strata[j]}
			if j == 0 {
				row.Size = len(t.Strata)
			}
			for k, n := range row.Sum.Windows {
				row.Draws = append(row.Draws, planDraw{k + 1, n})
			}
			v.Rows = append(v.Rows, row)
		}
	}
}

func (v *planView) limits(cal calendar.Calendar) {
	p := v.Plan
	for i, w := range p.Windows {
		row := planWindowRow{Window: w, Draws: v.Sum.Windows[i]}
		due, err := p.PublishBy(cal, w.EndsOn, w.EndsOn)
		if err != nil {
			row.How = err.Error()
		} else {
			row.Publish, row.How = due.Due.String(), due.Explain()
		}
		v.Windows = append(v.Windows, row)
	}
	publish := fmt.Sprintf("每户检查结束之日起 %s内", p.PublishRule())
	if p.TaskDays > 0 {
		publish += fmt.Sprintf("；任务完成后 %s内；两者以先到者为准", p.TaskRule())
	}
	archive := "没有写明截止日"
	if !p.ArchiveOn.Zero() {
		archive = "不晚于 " + p.ArchiveOn.String()
	}
	v.Limits = []page.Fact{
		{Name: "比对确认", Text: fmt.Sprintf("抽取之日起 %s内", p.ConfirmRule())},
		{Name: "结果公示", Text: publish},
		{Name: "移送归档", Text: archive},
	}
}

// planGraver puts what refuses before what warns.
func planGraver(a, b page.Step) int {
	weight := map[page.Tone]int{page.Bad: 0, page.Warn: 1}
	return weight[a.State.Tone] - weight[b.State.Tone]
}

// planDefectHref leads to the input that mends a defect.
func planDefectHref(id, field string) string {
	section := "limits"
	name, rest, _ := strings.Cut(field, "-")
	switch name {
	case "title", "number", "issuer", "issued_on", "addressees", "body", "basis":
		section = "document"
	case "tasks":
		section = "tasks"
	case "task":
		no, what, _ := strings.Cut(rest, "-")
		section = "tasks/" + no
		if strings.HasPrefix(what, "slot") {
			section = "departments"
		} else if strings.HasPrefix(what, "strat") || strings.HasPrefix(what, "ticket") {
			section = "strata"
		}
	case "windows", "window":
		section = "windows"
	case "base", "ratio", "floor_size":
		section = "strata"
	}
	return planPath(id, section) + "#" + page.FieldID(field)
}

type planPage struct {
	page.Base
	planView
	Steps          []page.Step // nil unless the reader may edit the draft
	People         []page.Fact // who did what
	Mended         string      // what was put right on saving
	Approve        bool        // the reader may approve or return it
	Publish        bool
	Close          bool
	Unsealed, Left int         // files of the archive, if the plan can be closed
	Amend          bool        // offer a new version
	NewID          string      // of that version
	History        []plan.Plan // published versions, if there are several
	NoPDF          string      // why there is no PDF
}

func (s *Server) plan(r *http.Request) (page.Page, error) {
	v, err := s.planView(r)
	if err != nil {
		return nil, err
	}
	a, state := actor(r), v.Plan.State
	p := &planPage{
		Base:     page.Base{Title: fmt.Sprintf("%d 年度抽查计划", v.Plan.Year), Trail: planTrail},
		planView: v,
		Approve:  (state == plan.Submitted || state == plan.Approved) && access.Allow(a, access.PlanApprove),
		Publish:  state == plan.Approved && access.Allow(a, access.PlanPublish),
		NoPDF:    s.Gazette.Fonts.Missing(),
	}
	if v.Edit {
		p.Steps = planSteps(v)
	}
	if p.History, err = s.Plan.Versions(r.Context(), v.Plan.Authority, v.Plan.Root); err != nil {
		return nil, err
	}
	p.Amend, p.NewID = state == plan.Published && !v.Plan.Replaced && access.Allow(a, access.PlanEdit), store.NewID(s.Now())
	if id := r.PostFormValue("id"); id != "" {
		p.NewID = id
	}
	if n := len(v.Plan.Windows); n > 0 && state == plan.Published && !v.Plan.Replaced {
		p.Close = access.Allow(a, access.PlanPublish) && s.today().After(v.Plan.Windows[n-1].EndsOn)
	}
	if err := s.filed(r, p); err != nil {
		return nil, err
	}
	if r.URL.Query().Get("number") != "" {
		p.Mended = "文号的括号已按公文格式（GB/T 9704）统一为〔〕：" + v.Plan.Number
	}
	p.People, err = s.planPeople(r, v.Plan)
	return p, err
}

// filed counts the files that are not sealed, or not handed over, when the plan
// can be closed.
func (s *Server) filed(r *http.Request, p *planPage) error {
	if !p.Close {
		return nil
	}
	t, err := s.Archive.PlanTally(r.Context(), p.Plan.Authority, p.Plan.ID)
	p.Unsealed, p.Left = t.Unsealed(), t.Left()-t.Unsealed()
	return err
}

// planPeople names who drafted, submitted and approved a plan.
func (s *Server) planPeople(r *http.Request, p plan.Plan) ([]page.Fact, error) {
	facts := []page.Fact{{Name: "起草", Text: p.DraftedBy}, {Name: "报批", Text: p.SubmittedBy}, {Name: "批准", Text: p.ApprovedBy}}
	for i := range facts {
		if facts[i].Text == "" {
			continue
		}
		acc, err := s.Identity.Account(r.Context(), p.Authority, facts[i].Text)
		if err == nil {
			facts[i].Text = acc.Name
		} else if errs.KindOf(err) != errs.NotFound { // the program itself has no account
			return nil, err
		}
	}
	return facts, nil
}

func (s *Server) planRecord(r *http.Request) (*page.File, error) {
	p, err := s.Plan.Plan(r.Context(), actor(r).Authority, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	body, err := canon.JSON(p.Public())
	if err != nil {
		return nil, err
	}
	return &page.File{Name: fmt.Sprintf("plan-%d.json", p.Year), Type: "application/json", Body: body}, nil
}

func (s *Server) planFile(r *http.Request) (*page.File, error) {
	p, err := s.Plan.Plan(r.Context(), actor(r).Authority, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	name, media, body, err := s.Gazette.File(p, gazette.Form(r.PathValue("form")))
	return &page.File{Name: name, Type: media, Body: body}, err
}
