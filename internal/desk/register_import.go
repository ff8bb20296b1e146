package desk

import (
	"errors"
	"io"
	"net/http"
	"net/url"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/intake"
	"suiji/internal/page"
	"suiji/internal/register"
)

// listPaths are the pages of the lists.
var listPaths = map[register.List]string{register.Targets: "/w/targets", register.Officers: "/w/officers", register.Items: "/w/items"}

var listWords = map[register.List]string{register.Targets: "检查对象", register.Officers: "执法人员", register.Items: "抽查事项"}

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
	i, err := s.Intake.Check(r.Context(), actor(r), register.List(r.PostFormValue("list")), head.Filename, f)
	return "/w/imports/" + i.ID, errors.Join(err, f.Close())
}

type importPage struct {
	page.Base
	Import   intake.Import
	Tag      page.Tag
	Path     string // of the list
	Severity string
	Tabs     []page.Link
	Issues   []intake.Issue
	Pager    page.Pager
	May      bool // decide
}

func (s *Server) importPage(r *http.Request) (page.Page, error) {
	ctx, a := r.Context(), actor(r)
	i, err := s.Intake.Import(ctx, a.Authority, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	severity := intake.Severity(r.URL.Query().Get("show"))
	n, per := page.Window(r)
	issues, total, err := s.Intake.Issues(ctx, a.Authority, i.ID, intake.IssueFilter{Severity: severity, Skip: (n - 1) * per, Limit: per})
	if err != nil {
		return nil, err
	}
	return &importPage{
		Base:   page.Base{Title: "导入" + i.List.Name(), Trail: upTo(listWords[i.List], listPaths[i.List])},
		Import: i, Tag: importTag(i.State), Path: listPaths[i.List], Severity: string(severity), Tabs: issueTabs(i, severity),
		Issues: issues, Pager: page.NewPager(r, total), May: i.State == intake.Checked && access.Allow(a, access.RegisterImport),
	}, nil
}

func importTag(s intake.ImportState) page.Tag {
	tones := map[intake.ImportState]page.Tone{intake.Checked: page.Doing, intake.Written: page.OK}
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
	_, err := s.Intake.Write(r.Context(), actor(r), id)
	return "/w/imports/" + url.PathEscape(id), err
}

func (s *Server) dropImport(r *http.Request) (string, error) {
	id := r.PathValue("id")
	i, err := s.Intake.Import(r.Context(), actor(r).Authority, id)
	if err != nil {
		return "", err
	}
	return "/w/imports/new?list=" + string(i.List), s.Intake.Drop(r.Context(), actor(r), id)
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
