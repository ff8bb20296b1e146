package paperwork

import (
	"net/http"

	"suiji/internal/access"
	"suiji/internal/documents"
	"suiji/internal/keep"
	"suiji/internal/page"
)

type templatesPage struct {
	page.Base
	Templates []documents.Template
	Kinds     []page.Option
	Values    []documents.Value
	Lists     []documents.List
	Fields    []documents.Kind // with what the handler fills in
	Edit      bool
}

func (s *Server) templates(r *http.Request) (page.Page, error) {
	p := &templatesPage{Base: page.Base{Title: "本单位的模板", Trail: trail()}, Values: documents.Values, Lists: documents.Lists, Fields: documents.Kinds,
		Edit: access.Allow(actor(r), access.DocumentSet)}
	for _, k := range documents.Kinds {
		p.Kinds = append(p.Kinds, page.Option{Value: string(k.ID), Label: k.Name})
	}
	var err error
	p.Templates, err = s.Documents.Templates(r.Context(), actor(r).Authority)
	return p, err
}

func (s *Server) addTemplate(r *http.Request) (string, error) {
	name, body, err := upload(r)
	if err != nil {
		return "", err
	}
	return "/w/docs/templates", s.Documents.AddTemplate(r.Context(), actor(r), documents.KindID(r.PostFormValue("kind")), name, body)
}

func (s *Server) offer(r *http.Request) (string, error) {
	return "/w/docs/templates", s.Documents.OfferTemplate(r.Context(), actor(r), documents.KindID(r.PostFormValue("kind")), r.PostFormValue("digest"))
}

func (s *Server) template(r *http.Request) (*page.File, error) {
	t, body, err := s.Documents.TemplateFile(r.Context(), actor(r).Authority, documents.KindID(r.PathValue("kind")), r.PathValue("digest"))
	return &page.File{Name: t.Name, Type: keep.DOCX.Type(), Body: body}, err
}
