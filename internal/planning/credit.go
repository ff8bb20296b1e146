package planning

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/credit"
	"suiji/internal/errs"
	"suiji/internal/page"
	"suiji/internal/store"
)

func (s *Server) creditRoutes(m counter.Routes) {
	m.Get("/w/credit", "credit", s.credit)
	m.Post("/w/credit/schemes", "credit", s.credit, s.addScheme, access.CreditEdit)
	m.Get("/w/credit/schemes/{id}", "credit-scheme", s.scheme)
	m.Post("/w/credit/schemes/{id}/files", "credit-scheme", s.scheme, s.checkGrades, access.CreditEdit)
	m.Post("/w/credit/schemes/{id}/propose", "credit-scheme", s.scheme, s.propose, access.CreditEdit)
	m.Get("/w/credit/imports/{id}", "credit-import", s.gradeImport)
	m.Post("/w/credit/imports/{id}/write", "credit-import", s.gradeImport, s.writeGrades)
	m.Post("/w/credit/imports/{id}/drop", "credit-import", s.gradeImport, s.dropGrades)

	m.Get("/w/credit/facts", "credit-facts", s.facts)
	m.Post("/w/credit/facts", "credit-facts", s.facts, s.recordFact)
	m.Post("/w/credit/facts/{id}/revoke", "credit-facts", s.facts, s.revokeFact)
	m.Post("/w/credit/rules", "credit", s.credit, s.saveRule, access.CreditEdit)
	m.Post("/w/credit/rules/end", "credit", s.credit, s.endRule)
	m.Post("/w/credit/rules/apply", "credit", s.credit, s.applyRules)

	m.Get("/w/credit/proposals", "credit-proposals", s.proposals)
	m.Post("/w/credit/proposals/review", "credit-proposals", s.proposals, s.reviewProposals, access.CreditReview)
	m.Post("/w/credit/proposals/tell", "credit-proposals", s.proposals, s.tellProposals, access.CreditEdit)
	m.Post("/w/credit/proposals/enforce", "credit-proposals", s.proposals, s.enforceProposals)
	m.Get("/w/credit/proposals/{id}", "credit-proposal", s.proposal)
	m.File("/w/credit/proposals/{id}/files/{form}", s.gradeNotice)
	m.Post("/w/credit/proposals/{id}/object", "credit-proposal", s.proposal, s.objectProposal, access.CreditEdit)
	m.Post("/w/credit/proposals/{id}/decide", "credit-proposal", s.proposal, s.decideProposal, access.CreditDecide)

	m.Get("/w/credit/policies/{id}", "credit-policy", s.policy)
	m.Post("/w/credit/policies/{id}", "credit-policy", s.policy, s.savePolicy, access.CreditEdit)
	m.Post("/w/credit/policies/{id}/plan", "credit-policy", s.policy, s.usePolicy, access.PlanEdit)
}

const creditPath = "/w/credit"

var creditTrail = []page.Link{{Word: "信用等级", Href: creditPath}}

// schemeRow is a scheme with how its grades are spread.
type schemeRow struct {
	credit.Scheme
	Spread []credit.Tally
	Latest credit.Version // zero: no grades yet
}

type creditPage struct {
	page.Base
	Schemes  []schemeRow
	Presets  []page.Option // not in use yet
	Rules    []credit.Due
	Changes  int // firms whose tags the rules would change today
	Kinds    []page.Option
	Policies []page.Step
	Waiting  []page.Step // proposals by state
	NewID    string      // of a policy
	May      bool
}

func (s *Server) credit(r *http.Request) (page.Page, error) {
	ctx, a := r.Context(), actor(r)
	p := &creditPage{Base: page.Base{Title: "信用等级"}, Kinds: factKinds(), NewID: store.NewID(s.Now()), May: access.Allow(a, access.CreditEdit)}
	schemes, err := s.Credit.Schemes(ctx, a.Authority)
	if err != nil {
		return nil, err
	}
	used := map[string]bool{}
	for _, x := range schemes {
		row := schemeRow{Scheme: x}
		used[x.ID] = true
		if row.Spread, err = s.Credit.Spread(ctx, a.Authority, x); err != nil {
			return nil, err
		}
		versions, err := s.Credit.Versions(ctx, a.Authority, x.ID)
		if err != nil {
			return nil, err
		}
		if len(versions) > 0 {
			row.Latest = versions[0]
		}
		p.Schemes = append(p.Schemes, row)
	}
	for _, x := range credit.Presets {
		if !used[x.ID] {
			p.Presets = append(p.Presets, page.Option{Value: x.ID, Label: x.Name, Hint: x.Issuer})
		}
	}
	if p.Rules, err = s.Credit.Due(ctx, a.Authority); err != nil {
		return nil, err
	}
	for _, d := range p.Rules {
		p.Changes += d.Gain + d.Lose
	}
	policies, err := s.Credit.Policies(ctx, a.Authority)
	if err != nil {
		return nil, err
	}
	for _, x := range policies {
		p.Policies = append(p.Policies, page.Step{Name: x.Name, Note: x.Basis, Href: creditPath + "/policies/" + x.ID})
	}
	p.Waiting, err = s.waiting(r)
	return p, err
}

// waiting lists the proposals that somebody has to do something about.
func (s *Server) waiting(r *http.Request) ([]page.Step, error) {
	var all []page.Step
	for _, x := range credit.ProposalStates[:5] {
		_, n, err := s.Credit.Proposals(r.Context(), actor(r).Authority, credit.ProposalFilter{State: x.State, Limit: 1})
		if err != nil {
			return nil, err
		}
		if n > 0 {
			all = append(all, page.Step{Name: x.Name, Href: creditPath + "/proposals?state=" + string(x.State), State: page.Tag{Tone: page.Doing, Word: fmt.Sprintf("%d 户", n)}})
		}
	}
	return all, nil
}

func factKinds() []page.Option {
	return page.Options(credit.FactKinds, func(x struct {
		Kind credit.FactKind
		Name string
	}) (string, string) {
		return string(x.Kind), x.Name
	})
}

// addScheme takes a preset into use, or a scheme of the office's own words.
func (s *Server) addScheme(r *http.Request) (string, error) {
	for _, x := range credit.Presets {
		if x.ID == r.PostFormValue("preset") {
			return creditPath + "/schemes/" + x.ID, s.Credit.AddScheme(r.Context(), actor(r), x)
		}
	}
	x := credit.Scheme{ID: counter.Text(r, "id"), Name: counter.Text(r, "name"), Issuer: counter.Text(r, "issuer"), Basis: counter.Text(r, "basis"), Prefix: counter.Text(r, "prefix"),
		Grades: credit.ParseGrades(r.PostFormValue("grades")), Enterprises: r.PostFormValue("enterprises") != ""}
	return creditPath + "/schemes/" + url.PathEscape(x.ID), s.Credit.AddScheme(r.Context(), actor(r), x)
}

type schemePage struct {
	page.Base
	Scheme   credit.Scheme
	Spread   []credit.Tally
	Versions []credit.Version
	Criteria []credit.Grade // of the bureau's own grading
	LastYear int
	May      bool
}

func (s *Server) scheme(r *http.Request) (page.Page, error) {
	ctx, a := r.Context(), actor(r)
	x, err := s.Credit.Scheme(ctx, a.Authority, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	p := &schemePage{Base: page.Base{Title: x.Name, Trail: creditTrail}, Scheme: x, LastYear: s.today().Year() - 1, May: access.Allow(a, access.CreditEdit)}
	if x.Own {
		p.Criteria = credit.IntegrityRules()
	}
	if p.Spread, err = s.Credit.Spread(ctx, a.Authority, x); err != nil {
		return nil, err
	}
	p.Versions, err = s.Credit.Versions(ctx, a.Authority, x.ID)
	return p, err
}

func (s *Server) checkGrades(r *http.Request) (string, error) {
	f, head, err := r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return "", errs.At("file", "请选择等级文件")
	}
	if err != nil {
		return "", errs.Because(errs.Invalid, "文件没有完整收到，没有导入任何数据。请再上传一次", err)
	}
	on, err := counter.Date(r, "data_on")
	if err != nil {
		return "", errors.Join(err, f.Close())
	}
	i, err := s.Credit.Check(r.Context(), actor(r), r.PathValue("id"), head.Filename, on, f)
	return creditPath + "/imports/" + i.ID, errors.Join(err, f.Close())
}

func (s *Server) propose(r *http.Request) (string, error) {
	year, err := strconv.Atoi(r.PostFormValue("year"))
	if err != nil {
		return "", errs.At("year", "请填写年份，例如 2021")
	}
	_, err = s.Credit.Propose(r.Context(), actor(r), year)
	return creditPath + "/proposals", err
}

// mostProblems is how many rows of a file are shown that cannot be written.
const mostProblems = 200

type gradeImportPage struct {
	page.Base
	Import credit.Import
	Scheme credit.Scheme
	Rows   []credit.Row
	May    bool
}

func (s *Server) gradeImport(r *http.Request) (page.Page, error) {
	ctx, a := r.Context(), actor(r)
	i, err := s.Credit.Import(ctx, a.Authority, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	x, err := s.Credit.Scheme(ctx, a.Authority, i.Scheme)
	if err != nil {
		return nil, err
	}
	p := &gradeImportPage{Base: page.Base{Title: "导入等级", Trail: []page.Link{{Word: "信用等级", Href: creditPath}, {Word: x.Name, Href: creditPath + "/schemes/" + x.ID}}},
		Import: i, Scheme: x, May: i.State == credit.Checked && access.Allow(a, access.CreditEdit)}
	p.Rows, err = s.Credit.Problems(ctx, a.Authority, i.ID, mostProblems)
	return p, err
}

func (s *Server) writeGrades(r *http.Request) (string, error) {
	id := r.PathValue("id")
	return creditPath + "/imports/" + url.PathEscape(id), s.Credit.Write(r.Context(), actor(r), id)
}

func (s *Server) dropGrades(r *http.Request) (string, error) {
	id := r.PathValue("id")
	return creditPath + "/imports/" + url.PathEscape(id), s.Credit.Drop(r.Context(), actor(r), id)
}

// mostFacts is how many records the page shows.
const mostFacts = 200

type factsPage struct {
	page.Base
	Target string
	Facts  []credit.Fact
	Kinds  []page.Option
	May    bool
}

func (s *Server) facts(r *http.Request) (page.Page, error) {
	ctx, a := r.Context(), actor(r)
	p := &factsPage{Base: page.Base{Title: "投诉和违法记录", Trail: creditTrail}, Target: r.FormValue("target"), Kinds: factKinds(), May: access.Allow(a, access.CreditEdit)}
	var err error
	p.Facts, err = s.Credit.Facts(ctx, a.Authority, p.Target, mostFacts)
	return p, err
}

func (s *Server) recordFact(r *http.Request) (string, error) {
	on, err := counter.Date(r, "happened_on")
	if err != nil {
		return "", err
	}
	f := credit.Fact{Kind: credit.FactKind(r.PostFormValue("kind")), On: on, Text: counter.Text(r, "text"), Source: counter.Text(r, "source")}
	return creditPath + "/facts", s.Credit.Record(r.Context(), actor(r), counter.Text(r, "target"), f)
}

func (s *Server) revokeFact(r *http.Request) (string, error) {
	return creditPath + "/facts", s.Credit.Revoke(r.Context(), actor(r), r.PathValue("id"), r.PostFormValue("reason"))
}

func (s *Server) saveRule(r *http.Request) (string, error) {
	rule := credit.Rule{Tag: r.PostFormValue("tag")}
	rule.Months, _ = strconv.Atoi(r.PostFormValue("months")) // 0 is refused
	rule.Least, _ = strconv.Atoi(r.PostFormValue("least"))   // 0 is refused
	for _, k := range r.PostForm["kinds"] {
		rule.Kinds = append(rule.Kinds, credit.FactKind(k))
	}
	return creditPath, s.Credit.SaveRule(r.Context(), actor(r), rule)
}

func (s *Server) endRule(r *http.Request) (string, error) {
	return creditPath, s.Credit.EndRule(r.Context(), actor(r), r.PostFormValue("tag"))
}

func (s *Server) applyRules(r *http.Request) (string, error) {
	_, err := s.Credit.Apply(r.Context(), actor(r))
	return creditPath, err
}
