package field

import (
	"net/http"

	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/page"
	"suiji/internal/round"
	"suiji/internal/visit"
)

// shownPage tells a firm who stands before it.
type shownPage struct {
	page.Base
	Verdict  verdict
	Of       identity.Authority
	Form     inspection.Form
	Identity visit.Identity
	Code     string
}

// verdict is what the head of the page says.
type verdict string

const (
	genuine  verdict = "genuine"  // shown just now, by an officer of the team
	offline  verdict = "offline"  // the code of the day, shown without signal
	stale    verdict = "stale"    // it was good once
	lapsed   verdict = "lapsed"   // the officer's certificate has run out
	overtime verdict = "overtime" // the round's time is over
	unknown  verdict = "unknown"  // nobody of ours showed it
)

// Good reports whether the inspection may go on.
func (p *shownPage) Good() bool { return p.Verdict == genuine || p.Verdict == offline }

func (s *Server) shown(r *http.Request) (page.Page, error) {
	p := &shownPage{Base: page.Base{Title: "核对检查人员"}, Code: r.PathValue("code"), Verdict: unknown}
	f, err := s.Inspection.FormOfCode(r.Context(), p.Code)
	if err == nil {
		p.Form = f
		p.Identity, err = s.Visit.Shown(r.Context(), f, r.PathValue("shown"))
	}
	if errs.KindOf(err) == errs.NotFound {
		p.Status = http.StatusNotFound
		return p, s.whom(r, p)
	}
	if err != nil {
		return nil, err
	}
	today := s.today()
	switch {
	case p.Identity.Officer.CertUntil.Before(today):
		p.Verdict = lapsed
	case f.Task.RoundState != string(round.Matched) || today.After(f.Task.To):
		p.Verdict = overtime
	case !p.Identity.Fresh:
		p.Verdict = stale
	case p.Identity.Day:
		p.Verdict = offline
	default:
		p.Verdict = genuine
	}
	return p, s.whom(r, p)
}

// whom finds the authority to be asked: the form's, or the first.
func (s *Server) whom(r *http.Request, p *shownPage) (err error) {
	if p.Form.Authority != "" {
		p.Of, err = s.Identity.Authority(r.Context(), p.Form.Authority)
		return err
	}
	all, err := s.Identity.Authorities(r.Context())
	if len(all) > 0 {
		p.Of = all[0]
	}
	return err
}
