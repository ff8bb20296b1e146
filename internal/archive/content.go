package archive

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/inspection"
	"suiji/internal/visit"
)

// clockText writes an instant as China's clock shows it.
func clockText(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return calendar.Clock(at).Format("2006-01-02 15:04")
}

// formSheet is the record of the inspection (一企一表).
func (w *Whole) formSheet(p Part) sheet {
	f := p.Form
	s := sheet{Title: "行政检查记录表 " + f.ID}
	s.add(sheetPart{Rows: [][]string{
		{"检查机关", w.Office.Name + space(f.Department)}, {"被检查单位", f.Firm.Name}, {"证照号码", f.Firm.Code}, {"登记地址", f.Firm.Address}, {"检查地点", f.Firm.Place()},
		{"计划", f.Task.Plan + space(f.Task.Number)}, {"任务", f.Task.Name}, {"轮次", f.RoundID}, {"检查事项", strings.Join(f.Items(), "；")},
		{"检查人员", team(f)}, {"检查方式", methods(f)}, {"检查日期", f.StartedOn.String() + " 至 " + f.EndedOn.String()},
		{"检查结果", results(f)}, {"企业现场负责人", f.FirmPerson}, {"拒签情况", f.Refusal}, {"检查情况", f.Summary}, {"证据", f.Evidence}}})
	points := sheetPart{Head: "检查要点", Cols: []string{"序号", "内容", "依据", "结果", "说明"}, Widths: []float64{1, 5, 4, 1.6, 3}}
	for i, x := range f.Points {
		points.Rows = append(points.Rows, []string{strconv.Itoa(i + 1), x.Item + "：" + x.Text, x.Basis, x.Answer.Name(), x.Note})
	}
	s.add(points)
	found := sheetPart{Head: "发现的问题", Cols: []string{"序号", "事实", "改正要求", "期限", "处理结果"}, Widths: []float64{1, 4, 4, 2, 3}}
	for _, x := range f.Findings {
		end := ""
		if !x.Open() {
			end = x.Outcome.Name() + "（" + x.OutcomeOn.String() + " " + x.Closed + "）" + x.Note
		}
		found.Rows = append(found.Rows, []string{strconv.Itoa(x.No), x.Fact, x.Measure, x.DueOn.String(), end})
	}
	s.add(found)
	tries := sheetPart{Head: "联系经过", Cols: []string{"次序", "日期", "经过"}, Widths: []float64{1, 2, 8}}
	for i, a := range f.Attempts {
		tries.Rows = append(tries.Rows, []string{strconv.Itoa(i + 1), a.On.String(), a.How})
	}
	s.add(tries)
	hands := sheetPart{Head: "录入和审核", Cols: []string{"事项", "人员", "时间", "意见"}, Widths: []float64{2, 2, 3, 5}}
	if f.EnteredName != "" {
		hands.Rows = append(hands.Rows, []string{"录入", f.EnteredName, clockText(f.EnteredAt), ""})
	}
	for _, r := range f.Reviews {
		hands.Rows = append(hands.Rows, []string{r.VerdictName(), r.Name, clockText(r.At), r.Opinion})
	}
	s.add(hands)
	return s
}

func space(text string) string {
	if text == "" {
		return ""
	}
	return "，" + text
}

func team(f inspection.Form) string {
	var all []string
	for _, o := range f.Team {
		all = append(all, o.Name+"（"+o.CertNo+"）")
	}
	return strings.Join(all, "；")
}

func methods(f inspection.Form) string {
	var all []string
	for _, m := range f.Methods {
		all = append(all, m.Name())
	}
	return strings.Join(all, "、")
}

func results(f inspection.Form) string {
	var all []string
	for _, c := range f.Codes {
		all = append(all, c.Name())
	}
	return strings.Join(all, "；")
}

// spotSheet is what was recorded on the spot (全过程记录).
func (w *Whole) spotSheet(p Part) sheet {
	s := sheet{Title: "现场记录 " + p.Form.ID}
	told := sheetPart{Head: "通知送达", Cols: []string{"日期", "方式", "回执", "登记"}, Widths: []float64{2, 2, 4, 3}}
	for _, t := range w.Told {
		told.Rows = append(told.Rows, []string{t.Day.String(), t.Name(), t.Receipt, t.By + " " + clockText(t.At)})
	}
	s.add(told)
	came := sheetPart{Head: "到达登记", Cols: []string{"手机时间", "收到时间", "登记人", "经纬度（WGS 84）", "说明"}, Widths: []float64{2, 2, 2, 3, 3}}
	for _, a := range p.Visit.Arrivals {
		at := ""
		if a.Lat != "" {
			at = fmt.Sprintf("%s，%s（±%d 米）", a.Lat, a.Lon, a.Accuracy)
		}
		came.Rows = append(came.Rows, []string{clockText(a.DeviceAt), clockText(a.ReceivedAt), a.Account, at, a.Reason + a.Late})
	}
	s.add(came)
	photos := sheetPart{Head: "照片", Cols: []string{"内容", "拍摄时间", "拍摄人", "指纹 SHA-256", "相机原图"}, Widths: []float64{3, 2, 2, 5, 2}}
	for _, x := range p.Visit.Photos {
		kept := "即此文件"
		if x.Original != "" && x.Whole {
			kept = "另存"
		} else if x.Original != "" {
			kept = "没有上传，指纹 " + x.Original
		}
		photos.Rows = append(photos.Rows, []string{x.UseName(), clockText(x.TakenAt()), x.Account, x.Digest, kept})
	}
	s.add(photos)
	signed := sheetPart{Head: "签字", Cols: []string{"签字人", "时间", "所签文本的指纹 SHA-256", "以后"}, Widths: []float64{2, 2, 5, 3}}
	for _, x := range p.Visit.Signatures {
		since := "内容没有改动"
		if x.Void() {
			since = "内容有改动：" + strings.Join(x.Come, "；")
		}
		signed.Rows = append(signed.Rows, []string{x.Name + "（" + roleName(x.Role) + "）", clockText(time.UnixMilli(x.At)), x.Digest, since})
	}
	s.add(signed)
	return s
}

func roleName(role string) string {
	return map[string]string{visit.Inspector1: "检查人员一", visit.Inspector2: "检查人员二", visit.ByFirm: "被检查单位"}[role]
}

// followSheet is what followed, step by step.
func (w *Whole) followSheet() sheet {
	s := sheet{Title: "后续处置经过 " + w.Firm}
	for _, p := range w.Parts {
		for _, e := range p.Ends {
			part := sheetPart{Head: p.Form.ID + " " + e.What + "（" + e.Stands() + "）", Cols: []string{"日期", "事项", "内容", "登记"}, Widths: []float64{2, 2, 6, 3}}
			for _, x := range e.Steps {
				by := x.ByName
				if by == "" {
					by = "企业"
				}
				part.Rows = append(part.Rows, []string{x.Day.String(), x.Act, x.Text, by + " " + clockText(x.At)})
			}
			if len(e.Steps) == 0 && e.Finding != nil && !e.Finding.Open() {
				part.Rows = append(part.Rows, []string{e.Finding.OutcomeOn.String(), e.Finding.Outcome.Name(), e.Finding.Note, e.Finding.Closed})
			}
			s.add(part)
		}
	}
	return s
}

// publicSheet is what the public read, and what was said against it.
func (w *Whole) publicSheet() sheet {
	s := sheet{Title: "公示记录 " + w.Firm}
	for _, p := range w.Parts {
		part := sheetPart{Head: p.Form.ID, Cols: []string{"版次", "事项", "时间", "期限", "理由", "记录的指纹"}, Widths: []float64{1, 1.5, 2.5, 2, 3, 5}}
		for _, v := range p.Versions {
			part.Rows = append(part.Rows, []string{strconv.Itoa(v.Version), v.State.Name(), clockText(v.PostedAt), v.DueOn.String(), v.Reason, v.Digest})
		}
		s.add(part)
		if p.Row.Reason != "" {
			s.add(sheetPart{Rows: [][]string{{"免予公示", p.Row.Reason + "（" + p.Row.Approved + "）"}}})
		}
		said := sheetPart{Head: "异议", Cols: []string{"编号", "收到", "内容", "状态", "答复"}, Widths: []float64{2, 2, 5, 2, 5}}
		for _, o := range p.Objections {
			said.Rows = append(said.Rows, []string{o.ID, o.ReceivedOn.String(), o.Words, o.State.Name(), o.Answer})
		}
		s.add(said)
	}
	return s
}

// reportSheet is the report on the four properties (四性检测报告).
func (w *Whole) reportSheet(number, reason string, on calendar.Date) sheet {
	s := sheet{Title: "四性检测报告 " + number, Note: w.Firm + "，" + w.Round + "。检测日期 " + on.String() + "。"}
	for _, p := range []Property{Authentic, Complete, Usable, Safe} {
		part := sheetPart{Head: string(p), Cols: []string{"检测项目", "结果", "说明"}, Widths: []float64{4, 1.5, 8}}
		for _, c := range w.Checks {
			if c.Property == p {
				part.Rows = append(part.Rows, []string{c.Name, map[bool]string{true: "通过", false: "注意"}[c.OK], c.Says})
			}
		}
		s.add(part)
	}
	gaps := sheetPart{Head: "缺少的材料", Cols: []string{"序号", "材料"}, Widths: []float64{1, 10}}
	for i, g := range w.Gaps {
		gaps.Rows = append(gaps.Rows, []string{strconv.Itoa(i + 1), g})
	}
	s.add(gaps)
	if reason != "" {
		s.add(sheetPart{Rows: [][]string{{"封存的理由", reason}}})
	}
	return s
}
