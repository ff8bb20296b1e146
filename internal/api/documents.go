package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"suiji/internal/access"
	"suiji/internal/documents"
	"suiji/internal/keep"
	"suiji/internal/shape"
	"suiji/internal/token"
)

// papers registers the documents of an inspection. They are drafted, issued and
// voided at the desk: whoever signs has looked at what it says.
func (s *Server) papers() {
	get := func(id, path, summary, about string) operation {
		return operation{id: id, method: http.MethodGet, path: "/office" + path, tag: "办公", summary: summary, about: about, scope: token.ReadDocument}
	}
	var types []string
	for _, k := range keep.Files {
		types = append(types, k.Type())
	}
	add(s, get("listDocuments", "/documents", "执法文书", "按标识。名单公开以前，每次读取都记入审计日志。"), s.documents)
	add(s, get("getDocument", "/documents/{id}", "一份执法文书", "连同签发时写定的内容。"), s.paper)
	add(s, keeps(get("getDocumentFile", "/documents/{id}/{format}", "执法文书的文件", "已签发、已作废的才有；每次都是同样的字节，可以分段读取。"), keep.PDF.Type(), keep.DOCX.Type()), s.documentFile)
	add(s, get("listAttachments", "/forms/{form}/attachments", "一次检查的附件", "各份文书的附件也在内，先上传的在前。"), s.attachments)
	add(s, keeps(get("getAttachment", "/forms/{form}/attachments/{digest}", "一个附件", "可以分段读取。"), types...), s.attachment)
	attach := operation{id: "attachFile", method: http.MethodPost, path: "/office/forms/{form}/attachments", tag: "办公", summary: "上传附件",
		about: "请求体就是文件：PDF、JPG、PNG、DOCX、XLSX，按内容判断，最大 20 MB。同一个文件再传一次还是那一个。", scope: token.WriteDocument, kinds: changes, status: http.StatusCreated}
	add(s, attach.wants(access.DocumentEdit), s.attach)
}

func documentLine(p documents.Paper) shape.DocumentLine {
	x := shape.DocumentLine{ID: p.ID, Kind: string(p.Kind), KindLabel: p.Kind.Name(), Number: p.Number, State: string(p.State), StateLabel: p.State.Name(), Form: p.FormID,
		Ref: p.Ref, Round: p.RoundID, Target: p.TargetID, Firm: p.Firm, About: p.About, Replaces: p.Replaces, IssuedBy: p.IssuedName, VoidReason: p.VoidReason, Files: []shape.FileOnDisk{}}
	if p.State == documents.Draft {
		return x
	}
	x.IssuedOn = p.IssuedOn().String()
	at := prefix + "office/documents/" + p.ID + "/"
	x.Files = append(x.Files, shape.FileOnDisk{Type: keep.DOCX.Type(), URL: at + "docx", SHA256: p.DOCX})
	if p.HasPDF() {
		x.Files = append(x.Files, shape.FileOnDisk{Type: keep.PDF.Type(), URL: at + "pdf", SHA256: p.PDF})
	}
	return x
}

func (s *Server) documents(ctx context.Context, in *struct {
	Paging
	Round  string `query:"round" maxLength:"100" doc:"轮次"`
	Form   string `query:"form" maxLength:"100" doc:"检查表编号"`
	Target string `query:"target" maxLength:"100" doc:"对象标识"`
	State  string `query:"state" enum:"draft,issued,void" doc:"状态"`
}) (*listed[shape.DocumentLine], error) {
	a := actor(ctx)
	all, err := s.Documents.Papers(ctx, a.Authority, documents.Filter{RoundID: in.Round, FormID: in.Form, TargetID: in.Target, State: documents.State(in.State)})
	if err != nil {
		return nil, err
	}
	some, next, err := cut(all, of("office/documents", in.Round, in.Form, in.Target, in.State), in.Paging, func(p documents.Paper) string { return p.ID })
	if err != nil {
		return nil, err
	}
	var out []shape.DocumentLine
	var rounds []string
	for _, p := range some {
		out, rounds = append(out, documentLine(p)), append(rounds, p.RoundID)
	}
	return pageOf("office/documents", filters(in.Paging, "round", in.Round, "form", in.Form, "target", in.Target, "state", in.State), out, next), s.Round.Look(ctx, a, rounds)
}

func (s *Server) paper(ctx context.Context, in *ID) (*body[shape.Document], error) {
	a := actor(ctx)
	p, err := s.Documents.Paper(ctx, a.Authority, in.ID)
	if err != nil {
		return nil, missing(err)
	}
	x := shape.Document{DocumentLine: documentLine(p), Fields: p.Fields, Content: p.Content}
	return &body[shape.Document]{x}, s.Round.Look(ctx, a, []string{p.RoundID})
}

func (s *Server) documentFile(ctx context.Context, in *struct {
	ID
	Format string `path:"format" enum:"docx,pdf" doc:"docx 或者 pdf"`
}) (*huma.StreamResponse, error) {
	a, form := actor(ctx), documents.Form(in.Format)
	p, content, err := s.Documents.File(ctx, a.Authority, in.ID.ID, form)
	if err != nil {
		return nil, missing(err)
	}
	if err := s.Round.Look(ctx, a, []string{p.RoundID}); err != nil {
		return nil, err
	}
	kind, digest := keep.DOCX.Type(), p.DOCX
	if form == documents.PDF {
		kind, digest = keep.PDF.Type(), p.PDF
	}
	return kept(p.Number+p.Kind.Name()+"."+in.Format, kind, digest, content), nil
}

func attached(f documents.Attachment) shape.AttachedFile {
	return shape.AttachedFile{FileOnDisk: shape.FileOnDisk{Type: f.Kind.Type(), URL: attachmentsOf(f.FormID) + f.Digest, SHA256: f.Digest},
		Name: f.Name, Document: f.DocumentID, Size: f.Size, KeptBy: f.KeptName, KeptAt: instant(f.KeptAt)}
}

// attachmentsOf begins the addresses of a form's attachments.
func attachmentsOf(form string) string {
	return prefix + "office/forms/" + url.PathEscape(form) + "/attachments/"
}

func (s *Server) attachments(ctx context.Context, in *struct {
	FormID
	Paging
}) (*listed[shape.AttachedFile], error) {
	a := actor(ctx)
	f, err := s.Inspection.Form(ctx, a.Authority, in.Form)
	if err != nil {
		return nil, missing(err)
	}
	all, err := s.Documents.Attachments(ctx, a.Authority, f.ID)
	if err != nil {
		return nil, err
	}
	path := "office/forms/" + url.PathEscape(f.ID) + "/attachments"
	some, next, err := cut(all, path, in.Paging, func(x documents.Attachment) string { return instant(x.KeptAt) + x.DocumentID + x.Digest })
	var out []shape.AttachedFile
	for _, x := range some {
		out = append(out, attached(x))
	}
	if err != nil {
		return nil, err
	}
	return pageOf(path, filters(in.Paging), out, next), s.Round.Look(ctx, a, []string{f.RoundID})
}

func (s *Server) attachment(ctx context.Context, in *struct {
	FormID
	Digest string `path:"digest" maxLength:"64" doc:"文件的 SHA-256（十六进制）"`
}) (*huma.StreamResponse, error) {
	a := actor(ctx)
	form, err := s.Inspection.Form(ctx, a.Authority, in.Form)
	if err != nil {
		return nil, missing(err)
	}
	if err := s.Round.Look(ctx, a, []string{form.RoundID}); err != nil {
		return nil, err
	}
	f, content, err := s.Documents.Attachment(ctx, a.Authority, form.ID, in.Digest)
	if err != nil {
		return nil, missing(err)
	}
	return kept(f.Name, f.Kind.Type(), f.Digest, content), nil
}

func (s *Server) attach(ctx context.Context, in *struct {
	FormID
	Name     string `query:"name" required:"true" minLength:"1" maxLength:"200" doc:"文件名"`
	Document string `query:"document" maxLength:"100" doc:"属于哪一份文书；不填属于整个检查"`
	RawBody  []byte `contentType:"application/octet-stream" required:"true"`
}) (*created[shape.AttachedFile], error) {
	a := actor(ctx)
	if err := s.Documents.Attach(ctx, a, in.Form, in.Document, in.Name, in.RawBody); err != nil {
		return nil, missing(err)
	}
	sum := sha256.Sum256(in.RawBody)
	digest := hex.EncodeToString(sum[:])
	all, err := s.Documents.Attachments(ctx, a.Authority, in.Form)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(f documents.Attachment) bool { return f.Digest == digest && f.DocumentID == in.Document })
	return &created[shape.AttachedFile]{attachmentsOf(in.Form) + digest, attached(all[i])}, nil
}
