package portal

import (
	"net/http"
	"slices"
	"strings"

	"suiji/internal/gazette"
	"suiji/internal/openbook"
	"suiji/internal/page"
	"suiji/internal/plan"
)

type plansPage struct {
	sheet
	Plans []plan.Plan
}

// JSON is the list's twin.
func (p *plansPage) JSON() any { return map[string]any{"plans": plansJSON(p.Plans)} }

func plansJSON(list []plan.Plan) []any {
	out := []any{}
	for _, x := range list {
		out = append(out, map[string]any{"id": x.ID, "year": x.Year, "title": x.Title, "number": x.Number, "issuer": x.Issuer,
			"issued_on": x.IssuedOn.String(), "published_at": stamp(x.PublishedAt), "state": string(x.State), "digest": x.Digest, "version": x.Version, "first": x.Root})
	}
	return out
}

func (s *Server) plans(r *http.Request) (page.Page, error) {
	sh, err := s.sheet(r, "年度计划")
	if err != nil {
		return nil, err
	}
	p := &plansPage{sheet: sh}
	p.Plans, err = s.Plan.Published(r.Context(), sh.Of.ID)
	return p, err
}

type planPage struct {
	sheet
	Plan       plan.Plan
	Public     plan.Public
	Body       []string // paragraphs
	Disclosure string
	Days       string        // unit of the days to publish
	Versions   []plan.Plan   // the first one first
	Newest     plan.Plan     // of them
	Changes    []plan.Change // from the version before
	Rounds     []roundLine
	Entries    []entryLine
	PDF        bool // the machine has fonts for one
}

// JSON is the plan's record, whose digest is in the ledger.
func (p *planPage) JSON() any {
	return map[string]any{"record": p.Public, "digest": p.Plan.Digest, "state": string(p.Plan.State),
		"published_at": stamp(p.Plan.PublishedAt), "versions": plansJSON(p.Versions), "rounds": roundsJSON(p.Rounds), "ledger": entriesJSON(p.Entries)}
}

func (s *Server) plan(r *http.Request) (page.Page, error) {
	sh, err := s.sheet(r, "", page.Link{Word: "年度计划", Href: "/plans"})
	if err != nil {
		return nil, err
	}
	x, err := s.published(r.Context(), sh.Of.ID, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	p := &planPage{sheet: sh, Plan: x, Public: x.Public(), Disclosure: plan.DisclosureName(x.Disclosure), Days: "日",
		PDF: s.Gazette.Fonts.Missing() == ""}
	p.Title = x.Title
	if x.PublishUnit != "days" {
		p.Days = "个工作日"
	}
	for para := range strings.SplitSeq(x.Body, "\n") {
		if para = strings.TrimSpace(para); para != "" {
			p.Body = append(p.Body, para)
		}
	}
	rounds, err := openbook.Of(s.Round).Rounds(r.Context(), sh.Of.ID)
	if err != nil {
		return nil, err
	}
	if p.Versions, err = s.Plan.Versions(r.Context(), sh.Of.ID, x.Root); err != nil {
		return nil, err
	}
	p.Newest = p.Versions[len(p.Versions)-1]
	var of []openbook.Round
	for _, y := range rounds {
		if slices.ContainsFunc(p.Versions, func(v plan.Plan) bool { return v.ID == y.PlanID }) {
			of = append(of, y)
		}
	}
	for _, v := range p.Versions {
		if v.ID == x.Amends {
			p.Changes = plan.Diff(v, x)
		}
	}
	p.Rounds = lines(of)
	p.Entries, err = s.entries(r.Context(), sh.Of.ID, x.ID)
	return p, err
}

func (s *Server) planFile(r *http.Request) (*page.File, error) {
	a, _, err := s.pick(r)
	if err != nil {
		return nil, err
	}
	x, err := s.published(r.Context(), a.ID, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	name, media, body, err := s.Gazette.File(x, gazette.Form(r.PathValue("form")))
	return &page.File{Name: name, Type: media, Body: body}, err
}
