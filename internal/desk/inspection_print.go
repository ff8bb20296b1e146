package desk

import (
	"net/http"

	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/page"
)

// printedForm is one firm's form on its sheets.
type printedForm struct {
	inspection.Form
	Items   []string
	Sheets  []inspection.Sheet
	Methods []page.Option
	Codes   []page.Option
	Answers []answerName
	Parts   []inspection.Part // of the other departments at the same firm
}

type answerName struct {
	Answer inspection.Answer
	Name   string
}

type formPrintPage struct {
	page.Base
	Authority identity.Authority
	Forms     []printedForm
}

func (s *Server) printForm(r *http.Request) (page.Page, error) {
	f, err := s.Inspection.Form(r.Context(), actor(r).Authority, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	return s.printed(r, "打印检查表 "+f.ID, page.Link{Word: "检查表", Href: formPath(r)}, []string{f.ID})
}

// printRound prints every form of a round, one firm after the other.
func (s *Server) printRound(r *http.Request) (page.Page, error) {
	id := r.PathValue("id")
	forms, err := s.Inspection.Forms(r.Context(), actor(r).Authority, inspection.Filter{RoundID: id})
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, f := range forms {
		ids = append(ids, f.ID)
	}
	return s.printed(r, "打印检查表 "+id, page.Link{Word: "检查表列表", Href: "/w/forms?round=" + id}, ids)
}

func (s *Server) printed(r *http.Request, title string, back page.Link, ids []string) (page.Page, error) {
	ctx, authority := r.Context(), actor(r).Authority
	auth, err := s.Identity.Authority(ctx, authority)
	if err != nil {
		return nil, err
	}
	p := &formPrintPage{Base: page.Base{Title: title, Trail: []page.Link{back}}, Authority: auth}
	for _, id := range ids {
		f, err := s.Inspection.Form(ctx, authority, id)
		if err != nil {
			return nil, err
		}
		parts, err := s.Inspection.Parts(ctx, f)
		if err != nil {
			return nil, err
		}
		v := viewOf(f, f.Entry())
		x := printedForm{Form: f, Items: f.Items(), Sheets: inspection.Pages(f, parts...), Parts: parts, Methods: v.Methods, Codes: v.Codes}
		for _, a := range inspection.Answers {
			x.Answers = append(x.Answers, answerName{a.Answer, a.Name})
		}
		p.Forms = append(p.Forms, x)
	}
	return p, nil
}

// qr is the picture of a form's code.
func (s *Server) qr(r *http.Request) (*page.File, error) {
	f, err := s.Inspection.Form(r.Context(), actor(r).Authority, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	png, err := inspection.QR(s.BaseURL, f.Code)
	return &page.File{Name: f.ID + ".png", Type: "image/png", Inline: true, Body: png}, err
}
