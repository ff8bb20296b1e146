package main

import (
	"suiji/internal/access"
	"suiji/internal/documents"
	"suiji/internal/inspection"
)

// demoTexts are what the handler of the demo fills in.
var demoTexts = map[string]string{
	"开始时间": "9 时 10 分", "结束时间": "10 时 40 分", "现场负责人": "企业负责人", "记录人": "检查人员",
	"违反规定": "《中华人民共和国劳动合同法》第十条第一款", "改正要求": "十五日内与职工补签书面劳动合同", "处理意见": "请按要求改正，本机关将复查。",
}

// papers issues documents of one of the running round's inspections: the notice
// replaced by another with its receipt of service, one that waits as a draft.
func (d *demo) papers() error {
	d.on(d.today)
	forms, err := d.app.inspection.Forms(d.ctx, demoAuthority, inspection.Filter{RoundID: d.running, State: inspection.Confirmed})
	if err != nil || len(forms) == 0 {
		return err
	}
	f := forms[0]
	for _, x := range forms { // one where something was found, if there is
		if info, _ := x.Codes[0].Info(); info.Problem {
			f = x
			break
		}
	}
	first, err := d.written(documents.NewPaper{Kind: documents.Notice, FormID: f.ID})
	if err != nil {
		return err
	}
	served := ""
	for _, n := range []documents.NewPaper{{Kind: documents.Notice, Replaces: first}, {Kind: documents.Record}, {Kind: documents.Result}, {Kind: documents.Correction}} {
		n.FormID = f.ID
		id, err := d.written(n)
		if err != nil {
			return err
		}
		if n.Kind == documents.Notice {
			served = id
		}
	}
	if _, err := d.written(documents.NewPaper{Kind: documents.Receipt, FormID: f.ID, About: served}); err != nil {
		return err
	}
	_, err = d.app.documents.Begin(d.ctx, d.as(access.Clerk), documents.NewPaper{Kind: documents.Inquiry, FormID: f.ID})
	return err
}

// written makes one document and issues it, if nothing is missing.
func (d *demo) written(n documents.NewPaper) (string, error) {
	s, clerk := d.app.documents, d.as(access.Clerk)
	id, err := s.Begin(d.ctx, clerk, n)
	if err != nil {
		return "", err
	}
	p, err := s.Paper(d.ctx, demoAuthority, id)
	if err != nil {
		return "", err
	}
	for _, f := range p.Kind.Kind().Fields {
		if p.Fields[f.Name] == "" {
			p.Fields[f.Name] = demoTexts[f.Name]
		}
		if p.Fields[f.Name] == "" && f.Date {
			p.Fields[f.Name] = d.today.AddDays(15).String()
		}
	}
	if err := s.Save(d.ctx, clerk, id, p.Revision, p.Fields, p.Template); err != nil {
		return "", err
	}
	if p, err = s.Paper(d.ctx, demoAuthority, id); err != nil {
		return "", err
	}
	c, err := s.Preview(d.ctx, demoAuthority, p)
	if err != nil || len(c.Missing(p.Kind.Kind())) > 0 { // it stays a draft
		return id, err
	}
	return id, s.Issue(d.ctx, clerk, id, c.Digest())
}
