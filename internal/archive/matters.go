package archive

import (
	"fmt"
	"strings"

	"suiji/internal/casework"
)

// matterSheet is each matter with what its file says, and each decision.
func (w *Whole) matterSheet() sheet {
	s := sheet{Title: "后续处置办理情况 " + w.Firm}
	for _, p := range w.Parts {
		for _, e := range p.Ends {
			about := [][]string{{"事项", e.What}, {"现状", e.Stands()}}
			for _, m := range e.Matters {
				about = append(about, []string{fmt.Sprintf("办理 %d", m.No), m.Kind.Name() + "，" + m.OpenedOn.String() + " 起，" + m.PersonName + ended(m)})
				about = append(about, fileRows(m.File)...)
			}
			s.add(sheetPart{Head: e.FormID + " " + e.Ref, Rows: about})
			for _, x := range e.Penalties {
				public := "不公示"
				if x.Months > 0 {
					public = fmt.Sprintf("%s，%d 个月，%s 至 %s", x.Class.Name(), x.Months, x.BeginsOn, x.EndsOn)
				}
				s.add(sheetPart{Head: "处罚决定 " + x.Number, Rows: written([][]string{{"状态", x.StateName()}, {"决定日期", x.DecidedOn.String()}, {"违法事实", x.Fact}, {"处罚依据", x.Basis}, {"处罚种类", x.Kinds},
					{"金额", x.Money()}, {"公示", public}, {"录入", x.DraftedName}, {"复核", strings.TrimSpace(x.CheckedName + " " + clockText(x.CheckedAt))},
					{"撤销", strings.TrimSpace(x.RevokedOn.String() + " " + x.RevokedName + " " + x.Reason)}})})
			}
		}
	}
	return s
}

func ended(m casework.Matter) string {
	if m.Ending == "" {
		return "，" + m.State.Name()
	}
	return "；" + m.EndedOn.String() + " " + m.Ending.Name()
}

// written leaves out rows that say nothing.
func written(rows [][]string) (all [][]string) {
	for _, r := range rows {
		if r[1] != "" {
			all = append(all, r)
		}
	}
	return all
}

// fileRows say what the file of a matter says.
func fileRows(f casework.File) [][]string {
	var rows [][]string
	add := func(name string, parts ...any) {
		if text := strings.TrimSpace(fmt.Sprintln(parts...)); text != "" {
			rows = append(rows, []string{name, text})
		}
	}
	if r := f.Rectification; r != nil {
		add("改正要求", r.Measure)
		add("期限", r.Due, when(r.First != r.Due, "（原为 "+r.First.String()+"）"))
		for _, x := range r.Extensions {
			add("延期", x.From, "至", x.To, x.Reason, x.By)
		}
		for _, x := range r.Reminders {
			add("提醒", x.On, x.How, x.By)
		}
		add("企业提交", r.SubmittedOn, r.Said)
		for _, x := range r.Rechecks {
			add("复查", x.On, map[bool]string{true: "合格", false: "不合格"}[x.Pass], x.Note, x.By)
		}
	}
	if c := f.Case; c != nil {
		rows = append(rows, caseRows(c)...)
	}
	if h := f.Handover; h != nil {
		add("移交", h.On, h.To, h.Number, h.How)
		add("事由", h.Matter)
		add("材料", strings.Join(h.Materials, "；"))
		add("签收", receipt(h.Receipt))
		add("退回", answer(h.Returned))
		add("反馈", answer(h.Feedback))
	}
	if p := f.Police; p != nil {
		add("涉嫌罪名", p.Charge)
		add("报告", p.ReportedOn, strings.Join(p.Officers, "、"), p.Report)
		add("决定", when(p.Decider != "", map[bool]string{true: "批准移送", false: "不批准"}[p.Approved]), p.Decider, clockText(p.DecidedAt), p.Reason)
		add("移送", p.To, p.Number, clockText(p.SentAt))
		add("材料", strings.Join(p.Materials, "；"))
		add("抄送检察院", p.Copied)
		add("签收", receipt(p.Receipt))
		if p.Answer != nil {
			add("立案与否", map[bool]string{true: "已立案", false: "不予立案"}[p.Answer.Filed], answer(&p.Answer.Answer))
		}
	}
	if n := f.Note; n != nil {
		add("办理", n.On, n.To, n.Number, n.Text)
		add("材料", strings.Join(n.Materials, "；"))
		add("回执", n.Receipt)
	}
	return rows
}

func caseRows(c *casework.Investigation) [][]string {
	rows := [][]string{{"立案号", c.Number}, {"案由", c.Cause}, {"立案日期", c.FiledOn.String()}, {"发现日期", c.Discovered.String()}, {"违法行为终了", c.BreachEnd.String()},
		{"承办", c.Unit + "，" + strings.Join(c.Handlers, "、")}}
	if h := c.Hearing; h != nil {
		rows = append(rows, []string{"听取陈述申辩", h.On.String() + " " + h.How + "：" + h.Said + "（" + h.By + "）"})
	}
	if l := c.Longer; l != nil {
		verdict := map[string]string{"approved": "批准", "refused": "不同意"}[l.Verdict]
		rows = append(rows, []string{"延长", l.On.String() + " " + l.By + "：" + l.Reason + "；" + verdict + " " + l.Decider + " " + clockText(l.Decided) + " " + l.Opinion})
	}
	if d := c.Decision; d != nil {
		rows = append(rows, []string{"结案", d.On.String() + " " + d.Ending.Name() + " " + d.Number + "：" + d.Text})
	}
	return written(rows)
}

func receipt(r *casework.Receipt) string {
	if r == nil {
		return ""
	}
	return strings.TrimSpace(r.On.String() + " " + r.Who + " " + r.Number)
}

func answer(a *casework.Answer) string {
	if a == nil {
		return ""
	}
	return strings.TrimSpace(a.On.String() + " " + a.Number + " " + a.Text)
}

// when is a text under a condition.
func when(yes bool, text string) string {
	if yes {
		return text
	}
	return ""
}
