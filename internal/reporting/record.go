package reporting

import (
	"net/http"
	"strconv"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/page"
	"suiji/internal/report"
)

type recordPage struct {
	page.Base
	report.Record
	Years []page.Option
}

// own is the record of whoever is signed in.
func (s *Server) own(r *http.Request) (page.Page, error) {
	officer, err := s.Report.Own(r.Context(), actor(r))
	if err != nil {
		return nil, err
	}
	return s.recordOf(r, officer)
}

// record is an officer's, for those who see to the officers, and for himself.
func (s *Server) record(r *http.Request) (page.Page, error) {
	a := actor(r)
	own, err := s.Report.Own(r.Context(), a)
	if err != nil {
		return nil, err
	}
	if officer := r.PathValue("officer"); officer == own || a.Has(access.Leader) || a.Has(access.ListAdmin) || a.Has(access.Auditor) {
		return s.recordOf(r, officer)
	}
	return nil, errs.E(errs.Forbidden, "年度记录由本人、局领导、名录管理员和审计员查看")
}

func (s *Server) recordOf(r *http.Request, officer string) (page.Page, error) {
	c, years, err := s.scope(r)
	if err != nil {
		return nil, err
	}
	p := &recordPage{Base: page.Base{Title: "年度记录", Trail: trail()}}
	for _, y := range years {
		p.Years = append(p.Years, page.Option{Value: strconv.Itoa(y), Label: strconv.Itoa(y) + " 年度"})
	}
	p.Year = c.Year
	if officer == "" {
		return p, nil
	}
	p.Record, err = s.Report.Record(r.Context(), actor(r).Authority, officer, c.Year)
	if err != nil {
		return nil, err
	}
	var rounds []string
	for _, f := range p.Inspections {
		rounds = append(rounds, f.RoundID)
	}
	return p, s.Round.Look(r.Context(), actor(r), rounds)
}
