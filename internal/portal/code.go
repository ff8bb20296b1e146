package portal

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/page"
	"suiji/internal/round"
)

// codePage tells who holds a form, or stands before a team that shows one,
// whether it is genuine.
type codePage struct {
	sheet
	Code    string // as it was typed
	Asking  bool   // nothing was typed yet
	Verdict verdict
	Form    inspection.Form
	Team    []teamLine
	Result  bool // its result is public
	Owed    []owed
}

// verdict is what the head of the page says.
type verdict string

const (
	unknownForm verdict = "unknown" // no such form
	validForm   verdict = "valid"   // the visit may take place
	doneForm    verdict = "done"    // genuine; the visit is over
	expiredForm verdict = "expired" // genuine; the round's time is over
)

type teamLine struct {
	inspection.Officer
	Lapsed bool // the certificate has run out
}

// askCode shows where to type a code, and leads on from there.
func (s *Server) askCode() http.Handler {
	ask := s.set.Get("code", func(r *http.Request) (page.Page, error) {
		sh, err := s.sheet(r, "核对检查表")
		return &codePage{sheet: sh, Asking: true}, err
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		code := strings.TrimSpace(r.URL.Query().Get("code"))
		if code == "" {
			ask.ServeHTTP(w, r)
			return
		}
		http.Redirect(w, r, "/c/"+url.PathEscape(code), http.StatusSeeOther)
	})
}

func (s *Server) code(r *http.Request) (page.Page, error) {
	sh, err := s.sheet(r, "核对检查表")
	if err != nil {
		return nil, err
	}
	p := &codePage{sheet: sh, Code: r.PathValue("code")}
	p.Form, err = s.Inspection.FormOfCode(r.Context(), p.Code)
	if errs.KindOf(err) == errs.NotFound {
		p.Verdict, p.Status = unknownForm, http.StatusNotFound
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	p.Title = "检查表 " + p.Form.ID
	if p.Of, err = s.Identity.Authority(r.Context(), p.Form.Authority); err != nil {
		return nil, err
	}
	today := s.today()
	p.Verdict = judge(p.Form, today)
	for _, o := range p.Form.Team {
		p.Team = append(p.Team, teamLine{o, o.CertUntil.Before(today)})
	}
	if p.Owed, err = s.owes(r.Context(), p.Form); err != nil {
		return nil, err
	}
	versions, err := s.Disclosure.Result(r.Context(), p.Form.Authority, p.Form.ID)
	if errs.KindOf(err) == errs.NotFound {
		return p, nil
	}
	p.Result = err == nil && shown(versions, "") >= 0
	return p, err
}

// Mends reports whether the concluded inspection found something: the firm may
// have to show that it was put right.
func (p *codePage) Mends() bool {
	return slices.ContainsFunc(p.Form.Findings, func(f inspection.Finding) bool { return f.Confirmed })
}

// judge tells what a genuine form is worth today.
func judge(f inspection.Form, today calendar.Date) verdict {
	switch {
	case !f.StartedOn.Zero():
		return doneForm
	case f.Task.RoundState != string(round.Matched) || today.After(f.Task.To):
		return expiredForm
	}
	return validForm
}

func (s *Server) today() calendar.Date { return calendar.In(s.Now()) }

// minute prints a moment as pages do; empty for none.
func minute(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return calendar.Clock(t).Format("2006-01-02 15:04")
}
