package reporting

import (
	"bytes"
	"net/http"
	"strconv"

	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/errs"
	"suiji/internal/page"
	"suiji/internal/report"
)

type summariesPage struct {
	page.Base
	Rows     []report.Summary
	Subjects []page.Option
	May      bool
}

func (s *Server) summaries(r *http.Request) (page.Page, error) {
	ctx, a := r.Context(), actor(r)
	p := &summariesPage{Base: page.Base{Title: "工作总结", Trail: trail()}, May: access.Allow(a, access.ReportEdit)}
	var err error
	if p.Rows, err = s.Report.Summaries(ctx, a.Authority); err != nil {
		return nil, err
	}
	years, err := s.Report.Years(ctx, a.Authority)
	for _, y := range years {
		p.Subjects = append(p.Subjects, page.Option{Value: "year/" + strconv.Itoa(y), Label: strconv.Itoa(y) + " 年度"})
		rounds, err := s.Report.Rounds(ctx, a.Authority, y)
		if err != nil {
			return nil, err
		}
		for _, id := range rounds {
			p.Subjects = append(p.Subjects, page.Option{Value: "round/" + id, Label: "轮次 " + id})
		}
	}
	return p, err
}

func path(k report.Key) string { return "/w/reports/summaries/" + k.Path() }

func (s *Server) draft(r *http.Request) (string, error) {
	given := counter.Text(r, "subject")
	if given == "" {
		return "", errs.At("subject", "请选择年度或者轮次")
	}
	k := report.Key{Kind: report.OfYear}
	if n := len("round/"); len(given) > n && given[:n] == "round/" {
		k.Kind, k.Subject = report.OfRound, given[n:]
	} else if n := len("year/"); len(given) > n {
		k.Subject = given[n:]
	}
	k, err := s.Report.Draft(r.Context(), actor(r), k)
	if k.No == 0 { // the form was sent twice: it stands already
		return "/w/reports/summaries", err
	}
	return path(k), err
}

func key(r *http.Request) (report.Key, error) {
	no, err := strconv.Atoi(r.PathValue("no"))
	if err != nil || no < 1 {
		return report.Key{}, errs.E(errs.NotFound, "没有这份总结")
	}
	return report.Key{Kind: report.Kind(r.PathValue("kind")), Subject: r.PathValue("subject"), No: no}, nil
}

// part is a section, with what it would say now if that differs.
type part struct {
	report.Section
	Now string
}

type summaryPage struct {
	page.Base
	report.Summary
	Parts   []part
	Stale   bool // a number has changed since it was counted
	Edit    bool // may write now
	Decide  bool // may approve now
	Mine    bool // handed it in himself
	Verdict []page.Option
	Address string
}

func (s *Server) summary(r *http.Request) (page.Page, error) {
	k, err := key(r)
	if err != nil {
		return nil, err
	}
	a := actor(r)
	x, err := s.Report.Summary(r.Context(), a.Authority, k)
	if err != nil {
		return nil, err
	}
	p := &summaryPage{Base: page.Base{Title: x.Content.Title, Trail: append(trail(), page.Link{Word: "工作总结", Href: "/w/reports/summaries"})}, Summary: x, Address: path(k),
		Edit: x.State == report.Drafted && access.Allow(a, access.ReportEdit), Decide: x.State == report.Submitted && access.Allow(a, access.ReportApprove), Mine: x.SubmittedBy == a.ID,
		Verdict: []page.Option{{Value: "yes", Label: "批准，按这一稿保存"}, {Value: "no", Label: "退回修改"}}}
	stale, err := s.Report.Stale(r.Context(), a.Authority, x)
	for _, sec := range x.Content.Sections {
		p.Parts = append(p.Parts, part{sec, stale[sec.Key]})
	}
	p.Stale = len(stale) > 0
	return p, err
}

func revision(r *http.Request) int64 {
	n, err := strconv.ParseInt(counter.Text(r, "revision"), 10, 64)
	if err != nil {
		return -1 // no summary has it: the form is stale
	}
	return n
}

func (s *Server) save(r *http.Request) (string, error) {
	k, err := key(r)
	if err != nil {
		return "", err
	}
	words := map[string]string{}
	for name := range r.PostForm {
		words[name] = r.PostFormValue(name)
	}
	return path(k), s.Report.Save(r.Context(), actor(r), k, revision(r), words)
}

func (s *Server) recount(r *http.Request) (string, error) {
	k, err := key(r)
	if err != nil {
		return "", err
	}
	return path(k), s.Report.Recount(r.Context(), actor(r), k, revision(r))
}

func (s *Server) submit(r *http.Request) (string, error) {
	k, err := key(r)
	if err != nil {
		return "", err
	}
	return path(k), s.Report.Submit(r.Context(), actor(r), k, revision(r))
}

func (s *Server) decide(r *http.Request) (string, error) {
	k, err := key(r)
	if err != nil {
		return "", err
	}
	verdict := counter.Text(r, "verdict")
	if verdict != "yes" && verdict != "no" {
		return "", errs.At("verdict", "请选择批准还是退回")
	}
	return path(k), s.Report.Decide(r.Context(), actor(r), k, counter.Text(r, "digest"), verdict == "yes", r.PostFormValue("opinion"))
}

func (s *Server) file(r *http.Request) (*page.File, error) {
	k, err := key(r)
	if err != nil {
		return nil, err
	}
	x, err := s.Report.Summary(r.Context(), actor(r).Authority, k)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	f := &page.File{Name: x.Content.Title}
	switch r.PathValue("file") {
	case "summary.docx":
		f.Name, f.Type, err = f.Name+".docx", docx, x.WriteDOCX(&b)
	case "summary.xlsx":
		f.Name, f.Type, err = f.Name+".xlsx", xlsx, x.WriteXLSX(&b)
	case "summary.pdf":
		f.Name, f.Type, err = f.Name+".pdf", "application/pdf", s.Report.WritePDF(&b, x)
	default:
		err = errs.E(errs.NotFound, "没有这个文件")
	}
	f.Body = b.Bytes()
	return f, err
}
