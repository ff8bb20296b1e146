package paperwork

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/documents"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/keep"
	"suiji/internal/page"
)

type formPage struct {
	page.Base
	Form   inspection.Form
	Kinds  []documents.Kind
	Papers []docRow
	Files  []documents.Attachment
	Edit   bool
	MB     int
}

func (s *Server) ofForm(r *http.Request) (page.Page, error) {
	ctx, a := r.Context(), actor(r)
	f, err := s.Inspection.Form(ctx, a.Authority, r.PathValue("form"))
	if err != nil {
		return nil, err
	}
	p := &formPage{Base: page.Base{Title: "文书和附件", Trail: trail(page.Link{Word: "制作文书", Href: "/w/docs/new?round=" + f.RoundID})}, Form: f,
		Edit: access.Allow(a, access.DocumentEdit) && s.Documents.MayDraft(ctx, a, f.ID, "") == nil, MB: documents.MaxFile >> 20}
	for _, k := range documents.Kinds {
		if !k.About {
			p.Kinds = append(p.Kinds, k)
		}
	}
	all, err := s.Documents.Papers(ctx, a.Authority, documents.Filter{FormID: f.ID})
	for _, x := range all {
		p.Papers = append(p.Papers, rowOf(x))
	}
	if err != nil {
		return nil, err
	}
	if p.Files, err = s.Documents.Attachments(ctx, a.Authority, f.ID); err != nil {
		return nil, err
	}
	return p, s.Round.Look(ctx, a, []string{f.RoundID})
}

func (s *Server) begin(r *http.Request) (string, error) {
	id, err := s.Documents.Begin(r.Context(), actor(r), documents.NewPaper{Kind: documents.KindID(r.PostFormValue("kind")), FormID: r.PathValue("form"), Ref: r.PostFormValue("ref")})
	return "/w/docs/papers/" + id, err
}

// upload reads the file that came with a form.
func upload(r *http.Request) (name string, body []byte, err error) {
	f, head, err := r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return "", nil, errs.At("file", "请选择一个文件。没有保存")
	}
	if err == nil {
		body, err = io.ReadAll(io.LimitReader(f, documents.MaxFile+1))
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return "", nil, errs.Because(errs.Invalid, "文件没有完整收到，没有保存。请再提交一次", err)
	}
	return head.Filename, body, nil
}

func (s *Server) attach(r *http.Request) (string, error) {
	name, body, err := upload(r)
	if err != nil {
		return "", err
	}
	form := r.PathValue("form")
	return "/w/docs/forms/" + form, s.Documents.Attach(r.Context(), actor(r), form, "", name, body)
}

func (s *Server) attachTo(r *http.Request) (string, error) {
	name, body, err := upload(r)
	if err != nil {
		return "", err
	}
	p, err := s.Documents.Paper(r.Context(), actor(r).Authority, r.PathValue("id"))
	if err != nil {
		return "", err
	}
	return path(r), s.Documents.Attach(r.Context(), actor(r), p.FormID, p.ID, name, body)
}

func (s *Server) attachment(r *http.Request) (*page.File, error) {
	ctx, a := r.Context(), actor(r)
	form, err := s.Inspection.Form(ctx, a.Authority, r.PathValue("form"))
	if err != nil {
		return nil, err
	}
	if err := s.Round.Look(ctx, a, []string{form.RoundID}); err != nil {
		return nil, err
	}
	f, body, err := s.Documents.Attachment(ctx, a.Authority, form.ID, r.PathValue("digest"))
	return &page.File{Name: f.Name, Type: f.Kind.Type(), Body: body}, err
}

type docPage struct {
	page.Base
	Paper   docRow
	Kind    documents.Kind
	Inputs  []input
	Known   []known
	Missing []documents.Missing // that the system should know
	Blank   []documents.Missing // that the handler fills in
	Seen    string
	Changes []documents.Change
	Files   []documents.Attachment
	Served  *documents.Paper // what a receipt is of
	Matter  string           // the page of the open end that it is made for
	Edit    bool
	Issue   bool
	Void    bool
	NoPDF   string
	MB      int

	Templates []page.Option
}

// input is one field of a draft.
type input struct {
	documents.Field
	Input, Text, Rows, Type, Hint, Need string
}

// known is a text that the system fills in.
type known struct{ Name, Text string }

func (s *Server) doc(r *http.Request) (page.Page, error) {
	ctx, a := r.Context(), actor(r)
	x, err := s.Documents.Paper(ctx, a.Authority, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	p := &docPage{Base: page.Base{Title: x.Title(), Trail: trail(page.Link{Word: x.Firm, Href: "/w/docs/forms/" + x.FormID})}, Paper: rowOf(x), Kind: x.Kind.Kind(), MB: documents.MaxFile >> 20}
	own := s.Documents.MayDraft(ctx, a, x.FormID, x.Ref) == nil
	p.Edit = x.State == documents.Draft && access.Allow(a, access.DocumentEdit) && own
	if x.Ref != "" {
		p.Matter = "/w/followups/" + x.FormID + "/" + x.Ref
	}
	p.Issue = x.State == documents.Draft && access.Allow(a, access.DocumentIssue)
	p.Void = x.State == documents.Issued && access.Allow(a, access.DocumentVoid)
	p.NoPDF = s.Documents.WithoutPDF(x)
	if err := s.say(r, p); err != nil {
		return nil, err
	}
	files, err := s.Documents.Attachments(ctx, a.Authority, x.FormID)
	for _, f := range files {
		if f.DocumentID == x.ID {
			p.Files = append(p.Files, f)
		}
	}
	if err != nil {
		return nil, err
	}
	if x.About != "" {
		served, err := s.Documents.Paper(ctx, a.Authority, x.About)
		if err != nil {
			return nil, err
		}
		p.Served = &served
	}
	return p, s.Round.Look(ctx, a, []string{x.RoundID})
}

// say shows what the document says, or would say.
func (s *Server) say(r *http.Request, p *docPage) error {
	x := p.Paper.Paper
	now, err := s.Documents.Preview(r.Context(), actor(r).Authority, x)
	if err != nil {
		return err
	}
	c := now
	if x.State == documents.Draft {
		p.Seen = now.Digest()
		for _, m := range now.Missing(p.Kind) {
			if m.Field {
				p.Blank = append(p.Blank, m)
			} else {
				p.Missing = append(p.Missing, m)
			}
		}
	} else {
		c = x.Content
		p.Changes = c.Changes(now)
	}
	for _, v := range documents.Values {
		if t := c.Values[v.Name]; t != "" {
			p.Known = append(p.Known, known{v.Name, t})
		}
	}
	for i, f := range p.Kind.Fields {
		in := input{Field: f, Input: documents.FieldName(i), Text: x.Fields[f.Name], Type: "type=text", Hint: "hint=" + f.Hint, Need: "required"}
		if f.Optional {
			in.Need = "none="
		}
		if f.Rows > 0 {
			in.Rows = "rows=" + strconv.Itoa(f.Rows)
		}
		if f.Date {
			in.Type = "type=date"
		}
		if len(f.Columns) > 0 {
			in.Hint = "hint=一行一项，各栏用 | 隔开：" + strings.Join(f.Columns, " | ")
		}
		p.Inputs = append(p.Inputs, in)
	}
	return s.templatesOf(r, p)
}

func (s *Server) templatesOf(r *http.Request, p *docPage) error {
	all, err := s.Documents.Templates(r.Context(), actor(r).Authority)
	for _, t := range all {
		if t.Kind == p.Kind.ID && (t.Active || t.Digest == p.Paper.Template) {
			p.Templates = append(p.Templates, page.Option{Value: t.Digest, Label: "本单位模板：" + t.Name})
		}
	}
	return err
}

func path(r *http.Request) string { return "/w/docs/papers/" + r.PathValue("id") }

func (s *Server) save(r *http.Request) (string, error) {
	p, err := s.Documents.Paper(r.Context(), actor(r).Authority, r.PathValue("id"))
	if err != nil {
		return "", err
	}
	revision, err := strconv.ParseInt(r.PostFormValue("revision"), 10, 64)
	if err != nil {
		return "", errs.E(errs.Invalid, "这一页不完整，没有改动，请刷新后再改")
	}
	fields := map[string]string{}
	for i, f := range p.Kind.Kind().Fields {
		fields[f.Name] = r.PostFormValue(documents.FieldName(i))
	}
	return path(r), s.Documents.Save(r.Context(), actor(r), p.ID, revision, fields, r.PostFormValue("template"))
}

func (s *Server) issue(r *http.Request) (string, error) {
	return path(r), s.Documents.Issue(r.Context(), actor(r), r.PathValue("id"), r.PostFormValue("seen"))
}

func (s *Server) drop(r *http.Request) (string, error) {
	return "/w/docs", s.Documents.Drop(r.Context(), actor(r), r.PathValue("id"))
}

func (s *Server) void(r *http.Request) (string, error) {
	return path(r), s.Documents.Void(r.Context(), actor(r), r.PathValue("id"), counter.Text(r, "reason"))
}

// next begins what follows an issued document: its receipt of service, or the
// one that takes its place.
func (s *Server) next(r *http.Request) (string, error) {
	p, err := s.Documents.Paper(r.Context(), actor(r).Authority, r.PathValue("id"))
	if err != nil {
		return "", err
	}
	n := documents.NewPaper{Kind: documents.Receipt, FormID: p.FormID, About: p.ID}
	if r.PostFormValue("what") == "replace" {
		n = documents.NewPaper{Kind: p.Kind, FormID: p.FormID, About: p.About, Replaces: p.ID}
	}
	id, err := s.Documents.Begin(r.Context(), actor(r), n)
	return "/w/docs/papers/" + id, err
}

// media are the types of the files.
var media = map[documents.Form]string{documents.DOCX: keep.DOCX.Type(), documents.PDF: keep.PDF.Type()}

func (s *Server) file(form documents.Form) func(*http.Request) (*page.File, error) {
	return func(r *http.Request) (*page.File, error) {
		p, body, err := s.Documents.File(r.Context(), actor(r).Authority, r.PathValue("id"), form)
		if err != nil {
			return nil, err
		}
		return &page.File{Name: p.Number + p.Kind.Name() + "." + string(form), Type: media[form], Inline: form == documents.PDF, Body: body},
			s.Round.Look(r.Context(), actor(r), []string{p.RoundID})
	}
}

// preview makes a draft's file without keeping it.
func (s *Server) preview(form documents.Form) func(*http.Request) (*page.File, error) {
	return func(r *http.Request) (*page.File, error) {
		ctx, a := r.Context(), actor(r)
		p, err := s.Documents.Paper(ctx, a.Authority, r.PathValue("id"))
		if err != nil {
			return nil, err
		}
		c, err := s.Documents.Preview(ctx, a.Authority, p)
		if err != nil {
			return nil, err
		}
		body, err := s.Documents.Draw(ctx, a.Authority, p, c, form)
		if err != nil {
			return nil, err
		}
		return &page.File{Name: "草稿-" + p.Kind.Name() + "-" + p.Firm + "." + string(form), Type: media[form], Inline: form == documents.PDF, Body: body},
			s.Round.Look(ctx, a, []string{p.RoundID})
	}
}
