package followup

import (
	"net/http"
	"slices"
	"strconv"

	"suiji/internal/access"
	"suiji/internal/casework"
	"suiji/internal/counter"
	"suiji/internal/documents"
	"suiji/internal/errs"
	"suiji/internal/page"
)

type endPage struct {
	page.Base
	Whole     casework.Whole
	Row       boardRow
	Act       *act  // whose form is open; nil: nothing is this person's to do
	Others    []act // without their forms
	Penalties []penaltyRow
	Accounts  []page.Option // who can be made responsible; nil: not to be done now
	Self      string
	Other     bool // the open form is not the next act's
	Docs      []paperRow
	Kinds     []documents.Kind // that this person can make for the end
}

// Field makes the part "field" of an act's input.
func (p *endPage) Field(i input) page.Field {
	f := page.Field{Name: i.Name, ID: page.FieldID(i.Name), Label: i.Label, Kind: i.Kind, Hint: i.Hint, Value: i.Given, Error: p.Failed(i.Name),
		Rows: i.Rows, Required: !i.Optional}
	chosen := i.Chosen
	if p.Typed != nil {
		if chosen = p.Typed[i.Name]; len(chosen) > 0 {
			f.Value = chosen[0]
		} else {
			f.Value = ""
		}
	}
	if i.Kind == "date" || i.Kind == "datetime-local" {
		f.Width = "m"
	}
	for _, o := range i.Options {
		o.Chosen = slices.Contains(chosen, o.Value)
		f.Options = append(f.Options, o)
	}
	return f
}

func (s *Server) followup(r *http.Request) (page.Page, error) {
	ctx, a := r.Context(), actor(r)
	w, err := s.Casework.Whole(ctx, a.Authority, r.PathValue("form"), r.PathValue("ref"))
	if err != nil {
		return nil, err
	}
	p := &endPage{Base: page.Base{Title: w.Firm, Trail: trail()}, Whole: w, Row: rowOf(w.End), Self: href(w.FormID, w.Ref)}
	for _, x := range w.Penalties {
		p.Penalties = append(p.Penalties, penaltyRowOf(x))
	}
	if err := s.papers(r, p); err != nil {
		return nil, err
	}
	name := r.PathValue("act")
	if name == "" {
		name = r.URL.Query().Get("act")
	}
	for _, x := range s.acts(w) {
		if !access.Allow(a, x.need) {
			continue
		}
		x.fill(p.Docs)
		if p.Act == nil && (name == "" || x.Name == name) {
			p.Act, p.Other = &x, len(p.Others) > 0
		} else {
			p.Others = append(p.Others, x)
		}
	}
	if p.Act == nil && len(p.Others) > 0 { // what was asked for cannot be done any more
		p.Act, p.Others = &p.Others[0], p.Others[1:]
	}
	if w.Matter != nil && !w.Closed && access.Allow(a, access.FindingClose) {
		all, err := s.Identity.Accounts(ctx, a.Authority)
		if err != nil {
			return nil, err
		}
		for _, x := range all {
			if x.Active && access.Allow(x.Actor(), access.RectifyEdit) {
				p.Accounts = append(p.Accounts, page.Option{Value: x.ID, Label: x.Name})
			}
		}
	}
	return p, s.Round.Look(ctx, a, []string{w.RoundID})
}

// do carries out one act and shows the end as it stands then.
func (s *Server) do(r *http.Request) (string, error) {
	ctx, a := r.Context(), actor(r)
	k := casework.Key{Form: r.PathValue("form"), Ref: r.PathValue("ref")}
	err := s.may(r)
	if err != nil {
		return "", err
	}
	if k.Revision, err = strconv.ParseInt(r.PostFormValue("revision"), 10, 64); err != nil {
		return "", errs.E(errs.Invalid, "这一页不完整，没有改动，请刷新后再办")
	}
	next := href(k.Form, k.Ref)
	if r.PathValue("act") == "assign" {
		return next, s.Casework.Assign(ctx, a, k, counter.Text(r, "account"))
	}
	w, err := s.Casework.Whole(ctx, a.Authority, k.Form, k.Ref)
	if err != nil {
		return "", err
	}
	all := s.every(w)
	i := slices.IndexFunc(all, func(x act) bool { return x.Name == r.PathValue("act") })
	if i < 0 {
		return "", errs.E(errs.NotFound, "没有这种办法")
	}
	return next, all[i].do(s, r, k)
}

// may asks for the right to an act by its name, before anything is read.
func (s *Server) may(r *http.Request) error {
	for _, x := range s.every(casework.Whole{}) {
		if x.Name == r.PathValue("act") {
			return s.Identity.Ask(r.Context(), actor(r), r.URL.Path, x.need)
		}
	}
	return nil
}

// paper hands out what a firm sent.
func (s *Server) paper(r *http.Request) (*page.File, error) {
	ctx, a := r.Context(), actor(r)
	f, err := s.Inspection.Form(ctx, a.Authority, r.PathValue("form"))
	if err != nil {
		return nil, err
	}
	if err := s.Round.Look(ctx, a, []string{f.RoundID}); err != nil {
		return nil, err
	}
	p, body, err := s.Casework.Paper(ctx, a.Authority, f.ID, r.PathValue("ref"), r.PathValue("digest"))
	return &page.File{Name: p.Name, Type: p.Type(), Body: body}, err
}
