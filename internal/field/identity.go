package field

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/skip2/go-qrcode"

	"suiji/calendar"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/page"
)

type identityPage struct {
	page.Base
	Form    inspection.Form
	Me      inspection.Officer
	Others  []inspection.Officer
	Lapsed  bool // the certificate has run out
	Today   calendar.Date
	Day     bool   // the code of the day, for where there is no signal
	Picture string // address of the QR
}

// identity shows who the inspector is, with a code that the firm scans.
func (s *Server) identity(r *http.Request) (page.Page, error) {
	f, me, err := s.me(r)
	if err != nil {
		return nil, err
	}
	p := &identityPage{Base: page.Base{Title: "亮码", Trail: []page.Link{{Word: f.Firm.Name, Href: "/m/tasks/" + f.ID}}}, Form: f, Me: me,
		Today: s.today(), Day: r.URL.Query().Has("day"), Picture: "/m/tasks/" + f.ID + "/code.png"}
	p.Lapsed = me.CertUntil.Before(p.Today)
	if p.Day {
		p.Picture += "?day"
	}
	for _, o := range f.Team {
		if o.ID != me.ID {
			p.Others = append(p.Others, o)
		}
	}
	return p, nil
}

// me returns a form of the inspector's, and who the inspector is in its team.
func (s *Server) me(r *http.Request) (f inspection.Form, me inspection.Officer, err error) {
	if f, err = s.Visit.Own(r.Context(), actor(r), r.PathValue("id")); err != nil {
		return f, me, err
	}
	officer, err := s.Visit.Officer(r.Context(), actor(r))
	if err != nil {
		return f, me, err
	}
	i := slices.IndexFunc(f.Team, func(o inspection.Officer) bool { return o.ID == officer })
	if i < 0 {
		return f, me, errs.E(errs.NotFound, "这次检查已经办结，您不在当时的检查组里")
	}
	return f, f.Team[i], nil
}

func (s *Server) identityQR(r *http.Request) (*page.File, error) {
	f, me, err := s.me(r)
	if err != nil {
		return nil, err
	}
	code, err := s.Visit.IdentityCode(r.Context(), f, me.ID, r.URL.Query().Has("day"))
	if err != nil {
		return nil, err
	}
	q, err := qrcode.New(inspection.CodeURL(s.BaseURL, f.Code)+"/id/"+code, qrcode.Medium)
	if err != nil {
		return nil, fmt.Errorf("qr of an identity: %w", err)
	}
	png, err := q.PNG(600)
	return &page.File{Name: "code.png", Type: "image/png", Inline: true, Body: png}, err
}
