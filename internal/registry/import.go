package registry

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/errs"
	"suiji/internal/intake"
	"suiji/internal/page"
	"suiji/internal/register"
)

func (s *Server) importRoutes(m counter.Routes) {
	m.Get("/w/imports", "imports", s.importsPage)
	m.Get("/w/imports/new", "import-new", s.newImport)
	m.Post("/w/imports/new", "import-new", s.newImport, s.checkImport)
	m.Get("/w/imports/{id}", "import", s.importPage)
	m.Post("/w/imports/{id}/write", "import", s.importPage, s.writeImport)
	m.Post("/w/imports/{id}/drop", "import", s.importPage, s.dropImport)
	m.Post("/w/imports/{id}/match", "import", s.importPage, s.matchImport, access.RegisterImport)
	m.Post("/w/imports/{id}/undo", "import", s.importPage, s.undoImport)
	m.File("/w/imports/{id}/issues.csv", s.issueFile)
	m.File("/w/imports/{id}/marked.xlsx", s.markedFile)
	m.File("/w/templates/{list}", s.templateFile)
}

// listPaths are the pages of the lists.
var listPaths = map[register.List]string{register.Targets: "/w/targets", register.Officers: "/w/officers", register.Items: "/w/items"}

var listWords = map[register.List]string{register.Targets: "检查对象", register.Officers: "执法人员", register.Items: "抽查事项"}

// importRow is an import in the list of them.
type importRow struct {
	intake.Import
	Tag page.Tag
}

// Undoable reports whether there is something to undo, unless a sealed round
// has used it; its own page knows.
func (r importRow) Undoable() bool { return r.State == intake.Written && r.Version != 0 }

// Judged reports whether its rows are counted.
func (r importRow) Judged() bool {
	return !r.State.Working() && r.State != intake.Matching && r.State != intake.Refused
}

type importsPage struct {
	page.Base
	List  register.List
	Tabs  []page.Link
	Rows  []importRow
	Pager page.Pager
	May   bool
}

// importsPage lists the imports into one list, whatever became of them.
func (s *Server) importsPage(r *http.Request) (page.Page, error) {
	list := register.List(r.FormValue("list"))
	if !list.Known() {
		list = register.Targets
	}
	n, per := page.Window(r)
	all, total, err := s.Intake.Page(r.Context(), actor(r).Authority, list, (n-1)*per, per)
	p := &importsPage{Base: page.Base{Title: "导入记录", Trail: upTo(listWords[list], listPaths[list])}, List: list, Pager: page.NewPager(r, total),
		May: access.Allow(actor(r), access.RegisterImport)}
	for _, l := range register.Lists {
		p.Tabs = append(p.Tabs, page.Link{Word: listWords[l], Href: "/w/imports?list=" + string(l), Current: l == list})
	}
	for _, i := range all {
		p.Rows = append(p.Rows, importRow{i, importTag(i.State)})
	}
	return p, err
}

type newImportPage struct {
	page.Base
	List  register.List
	Lists []page.Option
	May   bool
}

func (s *Server) newImport(r *http.Request) (page.Page, error) {
	list := register.List(r.FormValue("list"))
	if !list.Known() {
		list = register.Targets
	}
	return &newImportPage{Base: page.Base{Title: "导入" + list.Name(), Trail: upTo(listWords[list], listPaths[list])}, List: list,
		Lists: page.Options(register.Lists, func(l register.List) (string, string) { return string(l), l.Name() }),
		May:   access.Allow(actor(r), access.RegisterImport)}, nil
}

func (s *Server) checkImport(r *http.Request) (string, error) {
	f, head, err := r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return "", errs.At("file", "请选择要导入的文件")
	}
	if err != nil {
		return "", errs.Because(errs.Invalid, "文件没有完整收到，没有导入任何数据。请再上传一次", err)
	}
	ctx, a := r.Context(), actor(r)
	i, err := s.Intake.Receive(ctx, a, intake.Upload{List: register.List(r.PostFormValue("list")), FileName: head.Filename, Follows: r.PostFormValue("follows"), Content: f})
	if err = errors.Join(err, f.Close()); err != nil {
		return "", err
	}
	if i, err = s.Intake.Await(ctx, a.Authority, i.ID, patience); err != nil {
		return "", err
	}
	if i.State == intake.Refused {
		return "", errs.At("file", i.Sentence)
	}
	return "/w/imports/" + i.ID, nil
}

// patience is how long a form waits for work that is mostly done by then; if
// it is not, the page says how far it has come.
const patience = 1500 * time.Millisecond

type importPage struct {
	page.Base
	Import   intake.Import
	Tag      page.Tag
	Back     string // the list
	Severity string
	Tabs     []page.Link
	Issues   []intake.Issue
	Pager    page.Pager
	May      bool // decide
	Today    string
	Done, Of int // rows, while it works; Of is 0 while nobody knows
	Fields   []page.Option
	WhyNot   string         // it cannot be undone; empty: it can
	Marks    bool           // there is a file to mend
	Before   *intake.Import // the one that it repairs, if that still waits
}

// EffectiveHint says which days the changes can hold from.
func (p *importPage) EffectiveHint() string {
	hint := "补录以前的变动时改成当时的日期；不能晚于今天"
	if !p.Import.NotBefore.Zero() {
		hint += "，也不能早于 " + p.Import.NotBefore.String() + "（要改动的记录里有的那天才改过）"
	}
	return hint
}

// shownRows is how many of a file's first rows stand beside each column.
const shownRows = 5

// sampleColumn is a column of the file's first rows: what stands there from
// the top, and the input that says what it is.
type sampleColumn struct {
	Name, Input string
	Texts       []string
}

// SampleColumns are the columns of the file's first rows.
func (p *importPage) SampleColumns() []sampleColumn {
	var out []sampleColumn
	for _, row := range p.Import.Sample[:min(len(p.Import.Sample), shownRows)] {
		for n, text := range row[1:] {
			if n == len(out) {
				out = append(out, sampleColumn{Name: "第 " + strconv.Itoa(n+1) + " 列", Input: "field-" + strconv.Itoa(n)})
			}
			if text != "" {
				out[n].Texts = append(out[n].Texts, text)
			}
		}
	}
	return out
}

func (s *Server) importPage(r *http.Request) (page.Page, error) {
	ctx, a := r.Context(), actor(r)
	i, err := s.Intake.Import(ctx, a.Authority, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	p := &importPage{Import: i, Today: s.today().String(), Tag: importTag(i.State), Back: listPaths[i.List], Marks: i.Warned+i.Rejected > 0 && i.State != intake.Dropped,
		May: access.Allow(a, access.RegisterImport), Fields: words(intake.FieldNames(i.List))}
	p.Done, p.Of = s.Intake.Progress(i)
	if i.State == intake.Written {
		if p.WhyNot, err = s.Intake.WhyNoUndo(ctx, a.Authority, i); err != nil {
			return nil, err
		}
	}
	if before, err := s.Intake.Import(ctx, a.Authority, i.Follows); i.Follows != "" && err == nil && before.State == intake.Checked {
		p.Before = &before
	}
	severity := intake.Severity(r.URL.Query().Get("show"))
	n, per := page.Window(r)
	issues, total, err := s.Intake.Issues(ctx, a.Authority, i.ID, intake.IssueFilter{Severity: severity, Skip: (n - 1) * per, Limit: per})
	if err != nil {
		return nil, err
	}
	p.Base = page.Base{Title: "导入" + i.List.Name(), Trail: append(upTo(listWords[i.List], listPaths[i.List]), page.Link{Word: "导入记录", Href: "/w/imports?list=" + string(i.List)})}
	p.Severity, p.Tabs, p.Issues, p.Pager = string(severity), issueTabs(i, severity), issues, page.NewPager(r, total)
	return p, nil
}

func importTag(s intake.State) page.Tag {
	tones := map[intake.State]page.Tone{intake.Reading: page.Doing, intake.Matching: page.Doing, intake.Checked: page.Doing, intake.Writing: page.Doing, intake.Written: page.OK, intake.Refused: page.Bad}
	return page.Tag{Tone: tones[s], Word: s.Name()}
}

func issueTabs(i intake.Import, now intake.Severity) []page.Link {
	at := "/w/imports/" + i.ID
	tabs := []page.Link{{Word: "全部问题", Href: at}}
	for _, s := range []intake.Severity{intake.Reject, intake.Warn} {
		tabs = append(tabs, page.Link{Word: s.Name(), Href: at + "?show=" + string(s), Current: s == now})
	}
	tabs[0].Current = !tabs[1].Current && !tabs[2].Current
	return tabs
}

func (s *Server) writeImport(r *http.Request) (string, error) {
	id := r.PathValue("id")
	err := s.Intake.Begin(r.Context(), actor(r), id, r.PostFormValue("effective"))
	if err == nil {
		_, err = s.Intake.Await(r.Context(), actor(r).Authority, id, patience)
	}
	return "/w/imports/" + url.PathEscape(id), err
}

// matchImport takes what a person says of the columns: field-0, field-1, ….
func (s *Server) matchImport(r *http.Request) (string, error) {
	id := r.PathValue("id")
	row, err := strconv.Atoi(cmp.Or(r.PostFormValue("row"), "0"))
	if err != nil || row < 0 {
		return "", errs.At("row", "请选择表头所在的行")
	}
	fields := []string{}
	for n := 0; r.PostForm.Has("field-" + strconv.Itoa(n)); n++ {
		fields = append(fields, r.PostFormValue("field-"+strconv.Itoa(n)))
	}
	return "/w/imports/" + url.PathEscape(id), s.Intake.Match(r.Context(), actor(r), id, row, fields)
}

func (s *Server) undoImport(r *http.Request) (string, error) {
	id := r.PathValue("id")
	return "/w/imports/" + url.PathEscape(id), s.Intake.Undo(r.Context(), actor(r), id)
}

func (s *Server) markedFile(r *http.Request) (*page.File, error) {
	a := actor(r)
	i, err := s.Intake.Import(r.Context(), a.Authority, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = s.Intake.Marked(r.Context(), a.Authority, i.ID, &b)
	return &page.File{Name: intake.MarkedName(i), Type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Body: b.Bytes()}, err
}

func (s *Server) dropImport(r *http.Request) (string, error) {
	id := r.PathValue("id")
	i, err := s.Intake.Import(r.Context(), actor(r).Authority, id)
	if err != nil {
		return "", err
	}
	next := "/w/imports/new?list=" + string(i.List)
	if i.State == intake.Writing { // it goes on waiting
		next = "/w/imports/" + url.PathEscape(id)
	}
	return next, s.Intake.Drop(r.Context(), actor(r), id)
}

func (s *Server) issueFile(r *http.Request) (*page.File, error) {
	i, err := s.Intake.Import(r.Context(), actor(r).Authority, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	return &page.File{Name: "问题清单-" + i.FileName + ".csv", Type: "text/csv; charset=utf-8", Write: func(w io.Writer) error {
		return s.Intake.IssueFile(r.Context(), actor(r).Authority, i.ID, w)
	}}, nil
}

func (s *Server) templateFile(r *http.Request) (*page.File, error) {
	list := register.List(r.PathValue("list"))
	body, err := s.Intake.Template(list)
	return &page.File{Name: list.Name() + "模板.xlsx", Type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Body: body}, err
}
