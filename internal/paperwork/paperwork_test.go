package paperwork

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"suiji/internal/access"
	"suiji/internal/casework"
	"suiji/internal/documents"
	"suiji/internal/inspection"
	"suiji/internal/page"
	"suiji/internal/page/pagetest"
	"suiji/internal/papers"
	"suiji/internal/reference"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/internal/visit"
)

// fixture is the pages over an office with a matched round of five firms, whose
// forms are out.
type fixture struct {
	*roundtest.Office
	server  *Server
	handler http.Handler
	round   string
	form    inspection.Form
}

func newPages(t *testing.T, db *store.DB) *fixture {
	t.Helper()
	o := roundtest.New(t, db)
	o.Firms(200)
	f := &fixture{Office: o, round: o.Matched(o.Publish(nil), 1, "2022-06-06")}
	forms := inspection.New(inspection.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Credit: o.Credit, Schedule: o.Schedule})
	v := visit.New(visit.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Inspection: forms, Dir: o.Dir})
	docs := documents.New(documents.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Inspection: forms, Visit: v,
		Casework: casework.New(casework.Config{DB: db, Door: o.Door, Now: o.Now, Reference: reference.New(db, o.Door), Inspection: forms, Dir: o.Dir}), Fonts: papers.FindFonts(""), Dir: o.Dir, BaseURL: "https://suiji.example"})
	o.Approved(f.round)
	o.Must(forms.Issue(t.Context(), roundtest.As(access.Clerk), f.round))
	all, err := forms.Forms(t.Context(), roundtest.Authority, inspection.Filter{RoundID: f.round})
	o.Must(err)
	f.form = all[0]
	f.server = New(Config{Identity: o.Identity, Round: o.Round, Inspection: forms, Documents: docs, Now: o.Now, Log: slog.New(slog.DiscardHandler)})
	f.handler = f.server.Handler()
	return f
}

func (f *fixture) as(r *http.Request, role string) *http.Request { return roundtest.SignedIn(r, role) }

func (f *fixture) run(t *testing.T, cases []pagetest.Case) {
	t.Helper()
	pagetest.Run(t, f.handler, f.as, cases)
}

func post(name, as, path string, status int, location string, pairs ...string) pagetest.Case {
	m := pagetest.Form(pairs...)
	m["key"] = []string{name}
	return pagetest.Case{Name: name, As: as, Method: "POST", Path: path, Form: m, Status: status, Location: location}
}

func wants(c pagetest.Case, want pagetest.Want) pagetest.Case {
	c.Want = want
	return c
}

func get(name, as, path string, want pagetest.Want) pagetest.Case {
	return pagetest.Case{Name: name, As: as, Method: "GET", Path: path, Status: 200, Want: want}
}

// body is a download.
func (f *fixture) body(path string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	f.handler.ServeHTTP(rec, f.as(httptest.NewRequest("GET", path, nil), "clerk"))
	return rec
}

// Every template fits its struct.
func TestTemplates(t *testing.T) {
	pagetest.Check(t, newPages(t, storetest.SQLite(t)).server.Set(), map[string]page.Page{
		"docs": &registerPage{}, "docs-new": &choosePage{}, "docs-form": &formPage{}, "doc": &docPage{}, "docs-numbers": &numbersPage{}, "docs-templates": &templatesPage{},
	})
}

// A document from the choice of the firm to its number, its receipt and its end.
func TestDocument(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newPages(t, db)
		of := "/w/docs/forms/" + f.form.ID
		f.run(t, []pagetest.Case{
			{Name: "a stranger", Method: "GET", Path: "/w/docs", Status: 303, Location: "/w/login?next=%2Fw%2Fdocs"},
			{Name: "the administrator", As: "admin", Method: "GET", Path: "/w/docs", Status: 403},
			get("nothing yet", "clerk", "/w/docs", pagetest.Want{".empty": "没有已签发的文书"}),
			get("which firm", "clerk", "/w/docs/new?name="+f.form.Code, pagetest.Want{"table.list tbody tr": 1}),
			get("no such firm", "clerk", "/w/docs/new?name=ZZZ", pagetest.Want{".empty": "没有符合条件的检查"}),
			get("which document", "clerk", of, pagetest.Want{"button[name=kind]": len(documents.Kinds) - 1}),
			get("to look at only", "auditor", of, pagetest.Want{"button[name=kind]": 0}),
			{Name: "no such inspection", As: "clerk", Method: "GET", Path: "/w/docs/forms/none", Status: 404},
			post("no such document", "clerk", of, 404, "", "kind", "none"),
			post("the reviewer cannot", "reviewer", of, 403, "", "kind", "notice"),
		})
		f.Must(f.issued(t))
	})
}

func (f *fixture) issued(t *testing.T) error {
	ctx, clerk := t.Context(), roundtest.As(access.Clerk)
	of := "/w/docs/forms/" + f.form.ID
	id, err := f.server.Documents.Begin(ctx, clerk, documents.NewPaper{Kind: documents.Notice, FormID: f.form.ID})
	if err != nil {
		return err
	}
	result, err := f.server.Documents.Begin(ctx, clerk, documents.NewPaper{Kind: documents.Result, FormID: f.form.ID})
	if err != nil {
		return err
	}
	p, err := f.server.Documents.Paper(ctx, roundtest.Authority, id)
	if err != nil {
		return err
	}
	c, err := f.server.Documents.Preview(ctx, roundtest.Authority, p)
	if err != nil {
		return err
	}
	at := "/w/docs/papers/" + id
	f.run(t, []pagetest.Case{
		post("the same draft", "clerk", of, 303, at, "kind", "notice"),
		get("a draft", "clerk", at, pagetest.Want{"form[action=" + at + "]": 1, ".facts": f.form.Firm.Name, "form[action=" + at + "/issue]": 1}),
		get("what the system lacks", "clerk", "/w/docs/papers/"+result, pagetest.Want{"section.notice": "检查结果还没有录入"}),
		wants(post("lacking", "clerk", "/w/docs/papers/"+result+"/issue", 422, "", "seen", "x"), pagetest.Want{".problems": "缺“检查结果”"}),
		post("not as it was looked at", "clerk", at+"/issue", 409, "", "seen", "x"),
		post("saved by an old page", "clerk", at, 409, "", "revision", "7"),
		post("issued", "clerk", at+"/issue", 303, at, "seen", c.Digest()),
		post("issued again", "clerk", at+"/issue", 303, at, "seen", c.Digest()),
		get("under its number", "auditor", at, pagetest.Want{"h1": "第1号", "a[href='" + at + "/paper.docx']": 1, "form[action=" + at + "/void]": 0}),
		get("in the register", "clerk", "/w/docs?kind=notice&year=2022", pagetest.Want{"table.list tbody tr": 1}),
		get("the numbers", "clerk", "/w/docs/numbers", pagetest.Want{"table.list tbody": "第2号"}),
		wants(post("a pattern without a number", "clerk", "/w/docs/numbers", 422, "", "kind", "notice", "pattern", "x"), pagetest.Want{".problems": "编号样式"}),
		post("a pattern", "clerk", "/w/docs/numbers", 303, "/w/docs/numbers", "kind", "notice", "pattern", "元人社检通〔{年}〕{号}号"),
		get("no templates", "clerk", "/w/docs/templates", pagetest.Want{"form[action=/w/docs/templates]": 1, "table.list": 0}),
		wants(post("no template", "clerk", "/w/docs/templates", 422, "", "kind", "notice"), pagetest.Want{".problems": "请选择一个文件"}),
		post("an unknown template", "clerk", "/w/docs/templates/offer", 404, "", "kind", "notice", "digest", "x"),
		wants(post("void without reason", "clerk", at+"/void", 422, "", "reason", ""), pagetest.Want{".problems": "作废原因"}),
		wants(post("no file", "clerk", at+"/files", 422, ""), pagetest.Want{".problems": "请选择一个文件"}),
		post("void", "leader", at+"/void", 303, at, "reason", "检查日期改期"),
		get("void, with its number", "clerk", at, pagetest.Want{".notice.bad": "检查日期改期", "h1": "第1号"}),
		post("no receipt of a void one", "clerk", at+"/next", 409, "", "what", "service"),
		post("the draft goes", "clerk", "/w/docs/papers/"+result+"/drop", 303, "/w/docs"),
	})
	docx := f.body(at + "/paper.docx")
	if again := f.body(at + "/paper.docx"); docx.Code != 200 || !bytes.Equal(docx.Body.Bytes(), again.Body.Bytes()) {
		t.Errorf("the document: %d, and another the second time", docx.Code)
	}
	if csv := f.body("/w/docs/list.csv"); csv.Code != 200 || !strings.Contains(csv.Body.String(), "检查日期改期") {
		t.Errorf("the register as CSV: %d %s", csv.Code, csv.Body)
	}
	if pdf := f.body("/w/docs/rounds/" + f.round + "/forms.pdf"); pdf.Code != 200 || !strings.HasPrefix(pdf.Body.String(), "%PDF-") || !strings.HasSuffix(pdf.Body.String(), "%%EOF\n") {
		t.Errorf("the forms: %d, %d bytes", pdf.Code, pdf.Body.Len())
	}
	if pdf := f.body("/w/docs/rounds/none/forms.pdf"); pdf.Code != 404 {
		t.Errorf("the forms of no round: %d", pdf.Code)
	}
	if xlsx := f.body("/w/docs/list.xlsx"); xlsx.Code != 200 || xlsx.Body.Len() < 1000 {
		t.Errorf("the register as XLSX: %d", xlsx.Code)
	}
	return nil
}
