package desk

import (
	"net/http"

	"suiji/internal/inspection"
	"suiji/internal/page"
	"suiji/internal/visit"
)

// visitPage is what was recorded on the spot, for who reviews the conclusion.
type visitPage struct {
	page.Base
	Form  inspection.Form
	Visit visit.Visit
	Void  bool // a word was changed after the signatures
}

func (s *Server) visit(r *http.Request) (page.Page, error) {
	f, err := s.Inspection.Form(r.Context(), actor(r).Authority, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	p := &visitPage{Base: page.Base{Title: "现场记录", Trail: []page.Link{{Word: "检查表", Href: "/w/forms?round=" + f.RoundID}, {Word: f.Firm.Name, Href: formPath(r)}}}, Form: f}
	p.Visit, err = s.Visit.Visit(r.Context(), f)
	for _, x := range p.Visit.Signatures {
		p.Void = p.Void || x.Void()
	}
	return p, err
}

func (s *Server) visitPhoto(r *http.Request) (*page.File, error) {
	body, err := s.Visit.Picture(r.Context(), actor(r).Authority, r.PathValue("id"), r.PathValue("digest"))
	return &page.File{Name: "photo.jpg", Type: "image/jpeg", Inline: true, Body: body}, err
}
