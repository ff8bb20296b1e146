package reporting

import (
	"bytes"
	"net/http"
	"net/url"
	"strconv"

	"suiji/internal/errs"
	"suiji/internal/page"
	"suiji/internal/report"
)

// scope reads what is asked for: the newest year with a plan, if nothing is.
// years is never empty: without a plan it is this year.
func (s *Server) scope(r *http.Request) (c report.Scope, years []int, err error) {
	if years, err = s.Report.Years(r.Context(), actor(r).Authority); err != nil {
		return c, nil, err
	}
	if len(years) == 0 {
		years = []int{s.Now().Year()}
	}
	c.Year = years[0]
	if y := r.URL.Query().Get("year"); y != "" {
		if c.Year, err = strconv.Atoi(y); err != nil || c.Year < 2000 || c.Year > 2999 {
			return c, nil, errs.E(errs.NotFound, "没有这个年度")
		}
	}
	c.Round = r.URL.Query().Get("round")
	return c, years, nil
}

// query is the scope as an address has it.
func query(c report.Scope) string {
	q := "?year=" + strconv.Itoa(c.Year)
	if c.Round != "" {
		q += "&round=" + url.QueryEscape(c.Round)
	}
	return q
}

type reportsPage struct {
	page.Base
	Scope    report.Scope
	Before   string // what is compared with; empty: nothing
	Rows     []figureRow
	Progress []report.Progress
	Years    []page.Option
	Rounds   []page.Option
	Query    string
}

// figureRow is a number, with what it was before.
type figureRow struct {
	report.Figure
	Was  string
	Href string
}

func (s *Server) reports(r *http.Request) (page.Page, error) {
	ctx, a := r.Context(), actor(r)
	c, years, err := s.scope(r)
	if err != nil {
		return nil, err
	}
	p := &reportsPage{Base: page.Base{Title: "统计报表"}, Scope: c, Query: query(c)}
	for _, y := range years {
		p.Years = append(p.Years, page.Option{Value: strconv.Itoa(y), Label: strconv.Itoa(y) + " 年度"})
	}
	rounds, err := s.Report.Rounds(ctx, a.Authority, c.Year)
	if err != nil {
		return nil, err
	}
	for _, id := range rounds {
		p.Rounds = append(p.Rounds, page.Option{Value: id, Label: id})
	}
	all, progress, err := s.Report.Overview(ctx, a.Authority, c)
	if err != nil {
		return nil, err
	}
	p.Progress = progress
	was := map[string]string{}
	before, err := s.Report.Before(ctx, a.Authority, c)
	switch {
	case err == nil:
		p.Before = before.Name()
		old, _, err := s.Report.Overview(ctx, a.Authority, before)
		if err != nil {
			return nil, err
		}
		for _, f := range old {
			was[f.Key] = f.Text()
		}
	case errs.KindOf(err) != errs.NotFound:
		return nil, err
	}
	for _, f := range all {
		p.Rows = append(p.Rows, figureRow{f, was[f.Key], "/w/reports/list/" + f.Key + query(c)})
	}
	return p, nil
}

type listPage struct {
	page.Base
	report.Figure
	Scope report.Scope
	Rows  []listRow
}

// listRow is a line with its place in the list.
type listRow struct {
	No int
	report.Line
}

func (s *Server) list(r *http.Request) (page.Page, error) {
	c, _, err := s.scope(r)
	if err != nil {
		return nil, err
	}
	f, err := s.Report.Figure(r.Context(), actor(r).Authority, c, r.PathValue("key"))
	if err != nil {
		return nil, err
	}
	t := append(trail(), page.Link{Word: c.Name(), Href: "/w/reports" + query(c)})
	p := &listPage{Base: page.Base{Title: f.Name, Trail: t}, Figure: f, Scope: c}
	var rounds []string
	for i, l := range f.Lines {
		p.Rows = append(p.Rows, listRow{i + 1, l})
		if l.Round != "" && f.Key != "planned" {
			rounds = append(rounds, l.Round)
		}
	}
	return p, s.Round.Look(r.Context(), actor(r), rounds)
}

func (s *Server) workbook(r *http.Request) (*page.File, error) {
	c, _, err := s.scope(r)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = s.Report.WriteTables(r.Context(), &b, actor(r).Authority, c)
	return &page.File{Name: "统计报表-" + c.Name() + ".xlsx", Type: xlsx, Body: b.Bytes()}, err
}

// Media types of what is downloaded.
const (
	xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
)
