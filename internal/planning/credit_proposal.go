package planning

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/credit"
	"suiji/internal/errs"
	"suiji/internal/gazette"
	"suiji/internal/page"
	"suiji/internal/plan"
)

type proposalsPage struct {
	page.Base
	State, Grade   string
	States, Grades []page.Option
	Chips          []page.Chip
	Rows           []proposalRow
	Pager          page.Pager
	All            bool // every proposal of the page is ticked
	AllHref        string
	Review         bool // may confirm those that wait for it
	Tell           bool
	Enforce        bool
}

type proposalRow struct {
	credit.Proposal
	Tag page.Tag
}

func proposalTag(s credit.ProposalState) page.Tag {
	tones := map[credit.ProposalState]page.Tone{credit.Effective: page.OK, credit.Rejected: page.Mute, credit.Objected: page.Warn}
	tone, ok := tones[s]
	if !ok {
		tone = page.Doing
	}
	return page.Tag{Tone: tone, Word: s.Name()}
}

func (s *Server) proposals(r *http.Request) (page.Page, error) {
	ctx, a, q := r.Context(), actor(r), r.URL.Query()
	p := &proposalsPage{Base: page.Base{Title: "守法诚信等级评价建议", Trail: creditTrail}, State: q.Get("state"), Grade: q.Get("grade"), All: q.Get("all") != ""}
	for _, x := range credit.ProposalStates {
		p.States = append(p.States, page.Option{Value: string(x.State), Label: x.Name})
	}
	for _, g := range []string{"C", "B", "A"} {
		p.Grades = append(p.Grades, page.Option{Value: g, Label: g + " 级"})
	}
	p.Chips = page.Chips(r, []page.Filter{{Name: "state", Value: p.State, Options: p.States}, {Name: "grade", Value: p.Grade, Options: p.Grades}})
	n, per := page.Window(r)
	all, total, err := s.Credit.Proposals(ctx, a.Authority, credit.ProposalFilter{State: credit.ProposalState(p.State), Grade: p.Grade, Skip: (n - 1) * per, Limit: per})
	if err != nil {
		return nil, err
	}
	p.Pager = page.NewPager(r, total)
	for _, x := range all {
		p.Rows = append(p.Rows, proposalRow{x, proposalTag(x.State)})
	}
	q.Set("all", "1")
	p.AllHref = r.URL.Path + "?" + q.Encode()
	p.Review = p.State == string(credit.Proposed) && access.Allow(a, access.CreditReview)
	p.Tell = p.State == string(credit.Confirmed) && access.Allow(a, access.CreditEdit)
	p.Enforce = access.Allow(a, access.CreditReview)
	return p, nil
}

func (s *Server) reviewProposals(r *http.Request) (string, error) {
	return creditPath + "/proposals?state=proposed", s.Credit.Review(r.Context(), actor(r), r.PostForm["proposal"], r.PostFormValue("verdict") == "confirm", r.PostFormValue("opinion"))
}

func (s *Server) tellProposals(r *http.Request) (string, error) {
	on, err := counter.Date(r, "told_on")
	if err != nil {
		return "", err
	}
	return creditPath + "/proposals?state=confirmed", s.Credit.Tell(r.Context(), actor(r), r.PostForm["proposal"], on, r.PostFormValue("told_how"))
}

func (s *Server) enforceProposals(r *http.Request) (string, error) {
	_, err := s.Credit.Enforce(r.Context(), actor(r))
	return creditPath + "/proposals?state=effective", err
}

type proposalPage struct {
	page.Base
	Proposal credit.Proposal
	Tag      page.Tag
	Grades   []page.Option
	Object   bool
	Decide   bool
	Paper    bool   // there is a notice to the firm
	NoPDF    string // why it cannot be a PDF
}

func (s *Server) proposal(r *http.Request) (page.Page, error) {
	ctx, a := r.Context(), actor(r)
	x, err := s.Credit.Proposal(ctx, a.Authority, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	p := &proposalPage{Base: page.Base{Title: x.Name, Trail: []page.Link{{Word: "信用等级", Href: creditPath}, {Word: "评价建议", Href: creditPath + "/proposals"}}},
		Proposal: x, Tag: proposalTag(x.State), Paper: x.State != credit.Proposed && x.State != credit.Rejected, NoPDF: s.Gazette.Fonts.Missing(),
		Object: x.State == credit.Told && access.Allow(a, access.CreditEdit), Decide: x.State == credit.Objected && access.Allow(a, access.CreditDecide)}
	for _, g := range []string{"A", "B", "C"} {
		p.Grades = append(p.Grades, page.Option{Value: g, Label: g + " 级"})
	}
	return p, nil
}

// gradeNotice is the paper by which a firm is told of its proposed grade, once
// the proposal has been reviewed.
func (s *Server) gradeNotice(r *http.Request) (*page.File, error) {
	ctx, a := r.Context(), actor(r)
	x, err := s.Credit.Proposal(ctx, a.Authority, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if x.State == credit.Proposed || x.State == credit.Rejected {
		return nil, errs.E(errs.Conflict, "评价建议“"+x.State.Name()+"”，审核通过以后才有告知书")
	}
	office, err := s.Identity.Authority(ctx, a.Authority)
	if err != nil {
		return nil, err
	}
	firm, err := s.Register.Target(ctx, a.Authority, x.Target)
	if err != nil {
		return nil, err
	}
	n := gazette.GradeNotice{Office: office.Name, Phone: office.Phone, Firm: firm.Name, Code: firm.Code, Year: x.Year, Old: x.Old, Grade: x.Grade, Rule: x.Rule,
		Told: x.ToldOn, Until: x.ObjectUntil, ObjectDays: credit.ObjectDays}
	for _, f := range x.Evidence {
		if f.Revoked == "" {
			n.Evidence = append(n.Evidence, gazette.GradeEvidence{On: f.On, Kind: f.Kind.Name(), Source: f.Source, Text: f.Text})
		}
	}
	form := gazette.Form(r.PathValue("form"))
	media, body, err := s.Gazette.GradeFile(n, form)
	return &page.File{Name: fmt.Sprintf("grade-%d-%s-%s", x.Year, x.Target, form), Type: media, Body: body}, err
}

func (s *Server) objectProposal(r *http.Request) (string, error) {
	on, err := counter.Date(r, "objected_on")
	if err != nil {
		return "", err
	}
	id := r.PathValue("id")
	return creditPath + "/proposals/" + url.PathEscape(id), s.Credit.Object(r.Context(), actor(r), id, on, r.PostFormValue("objection"))
}

func (s *Server) decideProposal(r *http.Request) (string, error) {
	id := r.PathValue("id")
	return creditPath + "/proposals/" + url.PathEscape(id), s.Credit.Decide(r.Context(), actor(r), id, r.PostFormValue("grade"), r.PostFormValue("decision"))
}

type policyPage struct {
	page.Base
	Policy   credit.Policy
	Strata   [][]planCell
	Tickets  [][]planCell
	Outlooks []credit.Outlook
	Tasks    []page.Option // of drafts that could take the policy over
	May      bool
	Use      bool
}

// policy shows a policy and what it would do; an unknown id is a new one.
func (s *Server) policy(r *http.Request) (page.Page, error) {
	ctx, a := r.Context(), actor(r)
	x, err := s.Credit.Policy(ctx, a.Authority, r.PathValue("id"))
	if errs.KindOf(err) == errs.NotFound {
		x, err = credit.Policy{ID: r.PathValue("id"), Strata: []plan.Stratum{{Name: "rest", Title: "其余对象", Ratio: 500, Reserve: 10}}}, nil
	}
	if err != nil {
		return nil, err
	}
	p := &policyPage{Base: page.Base{Title: "差异化抽查办法", Trail: creditTrail}, Policy: x, May: access.Allow(a, access.CreditEdit)}
	tags, err := s.planTags(r, planTagsOf(plan.Task{Strata: x.Strata, Tickets: x.Tickets})...)
	if err != nil {
		return nil, err
	}
	for i := range len(x.Strata) + planBlankRows {
		var st plan.Stratum
		ratio, reserve := "", ""
		if i < len(x.Strata) {
			st = x.Strata[i]
			ratio, reserve = st.Share(), strconv.Itoa(st.Reserve)
		}
		p.Strata = append(p.Strata, stratumCells(r, fmt.Sprintf("stratum-%d-", i+1), fmt.Sprintf("第 %d 层的", i+1), st, ratio, reserve, tags))
	}
	for i := range len(x.Tickets) + planBlankRows {
		tag, tickets := "", ""
		if i < len(x.Tickets) {
			tag, tickets = x.Tickets[i].Tag, strconv.Itoa(x.Tickets[i].Tickets)
		}
		p.Tickets = append(p.Tickets, ticketCells(r, fmt.Sprintf("ticket-%d-", i+1), i+1, tag, tickets, tags))
	}
	if x.Revision == 0 {
		return p, nil
	}
	if p.Outlooks, err = s.Credit.Outlooks(ctx, a.Authority, x); err != nil {
		return nil, err
	}
	return p, s.policyTasks(r, p)
}

// policyTasks lists the tasks of drafts that could take a policy over.
func (s *Server) policyTasks(r *http.Request, p *policyPage) error {
	p.Use = access.Allow(actor(r), access.PlanEdit)
	plans, err := s.Plan.Plans(r.Context(), actor(r).Authority)
	for _, x := range plans {
		if x.State != plan.Draft {
			continue
		}
		for _, t := range x.Tasks {
			p.Tasks = append(p.Tasks, page.Option{Value: fmt.Sprintf("%s|%d|%d", x.ID, x.Revision, t.No), Label: fmt.Sprintf("%d 年度计划，第 %d 项任务：%s", x.Year, t.No, t.Name)})
		}
	}
	return err
}

func (s *Server) savePolicy(r *http.Request) (string, error) {
	f := &planForm{r: r}
	x := credit.Policy{ID: r.PathValue("id"), Name: f.text("name"), Basis: f.text("basis")}
	x.Revision, _ = strconv.Atoi(f.text("revision")) // 0 is a new one
	for n := 1; f.has(fmt.Sprintf("stratum-%d-name", n)); n++ {
		if st, ok := f.stratum(fmt.Sprintf("stratum-%d-", n)); ok {
			x.Strata = append(x.Strata, st)
		}
	}
	slices.SortStableFunc(x.Strata, func(a, b plan.Stratum) int { return planCatchAll(a) - planCatchAll(b) })
	for n := 1; f.has(fmt.Sprintf("ticket-%d-tag", n)); n++ {
		at := fmt.Sprintf("ticket-%d-", n)
		if f.text(at+"tag") != "" || f.text(at+"tickets") != "" {
			x.Tickets = append(x.Tickets, plan.Ticket{Tag: f.text(at + "tag"), Tickets: f.number(at+"tickets", 1, 1000)})
		}
	}
	at := creditPath + "/policies/" + url.PathEscape(x.ID)
	if err := errs.All(f.problems); err != nil {
		return at, err
	}
	return at, s.Credit.SavePolicy(r.Context(), actor(r), x)
}

// usePolicy puts a policy's strata and tickets in place of those of a draft's
// task.
func (s *Server) usePolicy(r *http.Request) (string, error) {
	ctx, a := r.Context(), actor(r)
	var id string
	var revision, no int
	if _, err := fmt.Sscanf(strings.ReplaceAll(r.PostFormValue("task"), "|", " "), "%s %d %d", &id, &revision, &no); err != nil {
		return "", errs.At("task", "请选择计划和任务")
	}
	x, err := s.Credit.Policy(ctx, a.Authority, r.PathValue("id"))
	if err != nil {
		return "", err
	}
	p, err := s.Plan.Plan(ctx, a.Authority, id)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(p.Tasks, func(t plan.Task) bool { return t.No == no })
	if i < 0 {
		return "", errs.At("task", "这项任务已不存在，没有改动")
	}
	p.Revision = revision
	p.Tasks[i].Strata, p.Tasks[i].Tickets = x.Strata, x.Tickets
	_, err = s.Plan.Save(ctx, a, p)
	return planPath(id, "strata"), err
}
