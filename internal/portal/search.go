package portal

import (
	"net/http"
	"net/url"
	"strings"

	"suiji/internal/disclosure"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/page"
)

// The kinds of things that a search finds; what is looked at is in the address
// (?in=).
var searchKinds = []page.Option{{Value: "firms", Label: "企业"}, {Value: "results", Label: "检查结果"}, {Value: "penalties", Label: "处罚信息"},
	{Value: "items", Label: "抽查事项"}, {Value: "plans", Label: "年度计划"}}

type searchPage struct {
	sheet
	Query  string
	Asked  bool
	Kind   string // which kind alone is shown; empty: every kind
	Facets []facet
	Firms  []foundFirm
	Others []foundPage
	Total  int
	More   bool   // there are more firms than were looked for
	Form   string // the query is the code of a form
	Hint   string // what is wrong with the number that was typed
}

// facet is a kind with how many of it were found.
type facet struct {
	page.Link
	AtLeast bool // counting stopped there: there may be more
}

// tally is how many of a kind were found so far.
type tally struct {
	n       int
	atLeast bool
}

type foundFirm struct {
	disclosure.PublicFirm
	Unit string
	In   string
}

// foundPage is a record that was found, of any kind but firms.
type foundPage struct {
	Kind  string
	Title string
	Note  string
	Href  string
}

// Shows reports whether a kind is looked at.
func (p *searchPage) Shows(kind string) bool { return p.Kind == "" || p.Kind == kind }

// JSON is the search's twin.
func (p *searchPage) JSON() any {
	firms, others, counts, least := []any{}, []any{}, map[string]int{}, []string{}
	for _, f := range p.Firms {
		firms = append(firms, map[string]any{"id": f.TargetID, "name": f.Name, "code": f.Code, "results": f.Results, "authority": f.Unit})
	}
	for _, o := range p.Others {
		others = append(others, map[string]any{"kind": o.Kind, "title": o.Title, "note": o.Note, "address": o.Href})
	}
	for i, f := range p.Facets {
		counts[searchKinds[i].Value] = f.Count
		if f.AtLeast {
			least = append(least, searchKinds[i].Value)
		}
	}
	return map[string]any{"query": p.Query, "counts": counts, "at_least": least, "firms": firms, "others": others}
}

// mostFirms is how many firms a search shows; more words find fewer. Of the
// other kinds it shows mostOthers.
const (
	mostFirms  = 50
	mostOthers = 20
)

func (s *Server) search(r *http.Request) (page.Page, error) {
	sh, err := s.sheet(r, "查询")
	if err != nil {
		return nil, err
	}
	p := &searchPage{sheet: sh, Query: r.URL.Query().Get("q"), Asked: r.URL.Query().Has("q"), Kind: r.URL.Query().Get("in")}
	if !p.Asked {
		return p, nil
	}
	p.Title = "查询“" + p.Query + "”"
	all, err := s.offices(r.Context())
	if err != nil {
		return nil, err
	}
	counts := map[string]tally{}
	for i, a := range all {
		err := s.find(r, p, a, query(i, a.ID), counts)
		if errs.KindOf(err) == errs.Invalid {
			p.Problems, p.Status = errs.Problems(err), http.StatusUnprocessableEntity
			return p, nil
		}
		if err != nil {
			return nil, err
		}
	}
	for _, k := range searchKinds {
		v := url.Values{"q": {p.Query}, "in": {k.Value}}
		c := counts[k.Value]
		p.Facets = append(p.Facets, facet{page.Link{Word: k.Label, Href: "/search?" + v.Encode(), Count: c.n, Current: p.Kind == k.Value}, c.atLeast})
		p.Total += c.n
	}
	p.More = counts["firms"].atLeast
	if p.Total == 0 {
		p.Hint = numberHint(p.Query)
		if _, err := s.Inspection.FormOfCode(r.Context(), p.Query); err == nil {
			p.Form = p.Query
		}
	}
	return p, nil
}

// find looks through what one authority has in public.
func (s *Server) find(r *http.Request, p *searchPage, a identity.Authority, in string, counts map[string]tally) error {
	ctx := r.Context()
	firms, err := s.Disclosure.Firms(ctx, a.ID, p.Query, mostFirms)
	if err != nil {
		return err
	}
	count := func(kind string, n int, atLeast bool) {
		c := counts[kind]
		counts[kind] = tally{c.n + n, c.atLeast || atLeast}
	}
	count("firms", len(firms), len(firms) == mostFirms)
	for _, f := range firms {
		if p.Shows("firms") {
			p.Firms = append(p.Firms, foundFirm{f, a.Name, in})
		}
	}
	n := map[string]int{}
	add := func(kind, title, note, href string) {
		if n[kind]++; p.Shows(kind) && n[kind] <= mostOthers {
			p.Others = append(p.Others, foundPage{kind, title, note, href})
		}
	}
	results, err := s.Disclosure.List(ctx, a.ID, disclosure.Query{Text: p.Query, Limit: mostOthers})
	if err != nil {
		return err
	}
	for _, v := range results.Results {
		add("results", v.Firm.Name, v.Task+"，"+v.Ended, "/results/"+v.FormID)
	}
	n["results"] = results.Total
	penalties, err := s.Disclosure.Penalties(ctx, a.ID, "", p.Query)
	if err != nil {
		return err
	}
	for _, v := range penalties {
		add("penalties", v.Record.Firm.Name, v.Number, "/penalties/"+v.ID)
	}
	if err := s.findPapers(r, p, a, in, add); err != nil {
		return err
	}
	for kind, x := range n {
		count(kind, x, kind == "results" && results.AtLeast)
	}
	return nil
}

// findPapers looks through the items and the plans.
func (s *Server) findPapers(r *http.Request, p *searchPage, a identity.Authority, in string, add func(kind, title, note, href string)) error {
	items, err := s.Disclosure.Items(r.Context(), a.ID)
	if err != nil {
		return err
	}
	for _, i := range items {
		if strings.Contains(i.Name+i.Sub+i.Category+i.Basis, strings.TrimSpace(p.Query)) {
			add("items", i.Name, i.Category, "/items/"+url.PathEscape(i.ID)+in)
		}
	}
	plans, err := s.Plan.Published(r.Context(), a.ID)
	for _, x := range plans {
		if strings.Contains(x.Title+x.Number, strings.TrimSpace(p.Query)) {
			add("plans", x.Title, x.Number, "/plans/"+x.ID+in)
		}
	}
	return err
}

// KindName names a kind of what was found.
func (p *searchPage) KindName(kind string) string {
	for _, k := range searchKinds {
		if k.Value == kind {
			return k.Label
		}
	}
	return kind
}
