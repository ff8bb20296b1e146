package registry

import (
	"fmt"
	"net/http"
	"strings"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/intake"
	"suiji/internal/office"
	"suiji/internal/page"
	"suiji/internal/register"
	"suiji/internal/roster"
)

type comparePage struct {
	page.Base
	May    bool
	Recent []intake.Import // earlier files that can be compared again
	Import *intake.Import  // nil: none chosen
	roster.Comparison
}

// rosterCompare shows the register beside the export of the authority that
// issues the certificates.
func (s *Server) rosterCompare(r *http.Request) (page.Page, error) {
	ctx, a := r.Context(), actor(r)
	p := &comparePage{Base: page.Base{Title: "与发证机关名册核对", Trail: upTo("执法人员", "/w/officers")}, May: access.Allow(a, access.RegisterImport)}
	imports, err := s.Intake.Imports(ctx, a.Authority, register.Officers, recent)
	if err != nil {
		return nil, err
	}
	for _, i := range imports {
		if i.State == intake.Checked || i.State == intake.Written {
			p.Recent = append(p.Recent, i)
		}
	}
	id := r.URL.Query().Get("import")
	if id == "" {
		return p, nil
	}
	i, export, err := s.Intake.Officers(ctx, a.Authority, id)
	if err != nil {
		return nil, err
	}
	p.Import = &i
	p.Comparison, err = s.Roster.Compare(ctx, a.Authority, export)
	return p, err
}

// uploadExport takes the export in as an import that waits for a person: it is
// compared, and nothing of it is written until that import is confirmed.
func (s *Server) uploadExport(r *http.Request) (string, error) {
	r.PostForm.Set("list", string(register.Officers))
	next, err := s.checkImport(r)
	if err != nil {
		return "", err
	}
	id := strings.TrimPrefix(next, "/w/imports/")
	i, err := s.Intake.Import(r.Context(), actor(r).Authority, id)
	if err != nil || i.State != intake.Checked {
		return next, err // its columns have to be matched, or it is still read: the import's page says so
	}
	return "/w/officers/compare?import=" + id, nil
}

func (s *Server) rosterCompareFile(r *http.Request) (*page.File, error) {
	shown, err := s.rosterCompare(r)
	if err != nil {
		return nil, err
	}
	p := shown.(*comparePage)
	var missing, gone, differ [][]string
	for _, o := range p.Missing {
		missing = append(missing, []string{o.CertNo, o.Name, o.Unit, o.CertUntil.String(), o.Reason})
	}
	for _, x := range p.Gone {
		which := "另登记的证件"
		if x.Own {
			which = "名录证件"
		}
		gone = append(gone, []string{x.Number, x.Officer.Name, x.Officer.Unit, x.Officer.CertUntil.String(), which})
	}
	for _, d := range p.Differ {
		for _, f := range d.Fields {
			differ = append(differ, []string{d.Number, d.Officer.Name, f.Label, f.Before, f.After})
		}
	}
	about := [][]string{{"核对时间", calendar.Clock(s.Now()).Format("2006-01-02 15:04")}, {"核对人", actor(r).Name}, {"名录人数", fmt.Sprint(p.Register)}, {"发证机关名册行数", fmt.Sprint(p.Export)},
		{"一致", fmt.Sprint(p.Same)}, {"名录中缺少", fmt.Sprint(len(missing))}, {"名册中已没有", fmt.Sprint(len(gone))}, {"内容不同", fmt.Sprint(len(p.Differ))}}
	if p.Import != nil {
		about = append(about, []string{"文件", p.Import.FileName}, []string{"文件 SHA-256", p.Import.Digest})
	}
	return workbook("执法人员核对-"+s.today().String()+".xlsx",
		office.Sheet{Name: "名录中缺少", Header: []string{"执法证号", "姓名", "单位、科室", "有效期至", "移出名录的原因"}, Widths: []float64{20, 12, 24, 14, 30}, Rows: office.Texts(missing)},
		office.Sheet{Name: "名册中已没有", Header: []string{"执法证号", "姓名", "单位、科室", "名录证件有效期至", "证件"}, Widths: []float64{20, 12, 24, 18, 14}, Rows: office.Texts(gone)},
		office.Sheet{Name: "内容不同", Header: []string{"执法证号", "姓名", "项目", "名录", "发证机关名册"}, Widths: []float64{20, 12, 14, 30, 30}, Rows: office.Texts(differ)},
		office.Sheet{Name: "核对说明", Header: []string{"项目", "内容"}, Widths: []float64{20, 70}, Rows: office.Texts(about)}), nil
}
