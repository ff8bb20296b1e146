package documents

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"suiji/calendar"
	"suiji/internal/casework"
	"suiji/internal/inspection"
)

// Laws that a transfer rests on by itself (domain.md §2.5, §2.10).
const (
	toOthers = "《劳动保障监察条例》第十八条"
	toPolice = "《行政执法机关移送涉嫌犯罪案件的规定》（国务院令第310号）"
)

// For returns the kinds of document that an open end asks for as it stands.
func For(w casework.Whole) (all []Kind) {
	what, _ := served(w)
	number, _ := letter(w)
	for _, k := range Kinds {
		switch {
		case w.Waits || !slices.Contains(k.After, w.Kind):
		case k.About && what == "", !k.About && w.Closed, k.ID == Transfer && number != "":
		default:
			all = append(all, k)
		}
	}
	return all
}

// letter is the number under which a file left, and to whom; empty: it has not,
// or it came back.
func letter(w casework.Whole) (number, to string) {
	m := w.Matter
	switch {
	case m == nil || m.State == casework.Back:
		return "", ""
	case m.Handover != nil:
		return m.Handover.Number, m.Handover.To
	case m.Police != nil:
		return m.Police.Number, m.Police.To
	case m.Note != nil:
		return m.Note.Number, m.Note.To
	}
	return "", ""
}

// served is what is to be served in a matter, with its number: the decision of a
// case, on the firm, or the letter with which a file left, on who gets it.
func served(w casework.Whole) (what, whom string) {
	if number, to := letter(w); number != "" {
		return "移送文书（" + number + "）", to
	}
	if w.Matter == nil || w.Matter.Case == nil {
		return "", ""
	}
	for _, p := range w.Penalties {
		if p.No == w.Matter.No && p.State == "checked" {
			return "行政处罚决定书（" + p.Number + "）", w.Firm
		}
	}
	switch d := w.Matter.Case.Decision; {
	case d == nil:
		return "", ""
	case d.Ending == casework.Withdrawn:
		return "撤销立案决定书（" + d.Number + "）", w.Firm
	default:
		return "责令改正或行政处理决定书（" + d.Number + "）", w.Firm
	}
}

// findings are what the document is about: one, if it is made for one.
func (x facts) findings() []inspection.Finding {
	if x.matter == nil {
		return x.form.Findings
	}
	if x.matter.Finding == nil {
		return nil
	}
	return []inspection.Finding{*x.matter.Finding}
}

// followed fills in what casework knows of the open end that a document is made
// for: numbers, days, who handles it, to whom it goes, with which materials.
func (x facts) followed(ctx context.Context, s *Service, m map[string]string) error {
	w := x.matter
	if w == nil {
		return nil
	}
	m["责任人"] = w.Person
	if w.Finding != nil && !w.Finding.Outcome.AtOnce() { // a case that was filed is no correction
		m["处理情况"] = ""
	}
	if w.Finding == nil {
		m["案由"] = w.Code.Name()
		m["发现问题"] = strings.TrimSuffix(strings.Join([]string{w.Code.Name(), x.narrative()}, "。\n"), "\n")
	}
	if !w.Clock.On.Zero() {
		m["办理期限"] = w.Clock.Words() + "（" + w.Clock.How + "）"
	}
	for _, y := range w.Matters { // the later one goes before
		rectified(y.Rectification, m)
		investigated(y.Case, m)
		handed(y, m)
		reported(y.Police, m)
		if n := y.Note; n != nil && n.To != "" {
			m["接收机关"], m["移送文书号"], m["材料清单"] = n.To, n.Number, strings.Join(n.Materials, "\n")
		}
	}
	if ask, ok := casework.Asks(w.Code); ok && w.Finding == nil {
		m["接收机关"], m["移送事由"] = cmp.Or(m["接收机关"], ask.To), ask.What
	}
	for _, p := range w.Penalties {
		if p.State == "checked" {
			m["处罚决定"] = strings.TrimSpace(p.Number + " " + p.Kinds + " " + p.Money())
		}
	}
	if w.Finding != nil {
		m["移送依据"] = cmp.Or(m["移送依据"], toOthers)
	}
	if n := x.days()["改正期限"]; n != "" {
		m["改正期限"] = calendar.MustParse(n).Chinese()
	}
	if what, whom := served(*w); x.served == nil && what != "" {
		m["送达文书"], m["受送达人"] = what, whom
	}
	return x.enclose(ctx, s, m)
}

// rectified is an order to put right, and what came of it.
func rectified(r *casework.Rectification, m map[string]string) {
	if r == nil {
		return
	}
	m["改正要求"] = r.Measure
	var course []string
	for _, e := range r.Extensions {
		course = append(course, fmt.Sprintf("期限由 %s 延至 %s：%s", e.From.Chinese(), e.To.Chinese(), e.Reason))
	}
	if r.Said != "" {
		course = append(course, fmt.Sprintf("%s，企业说明：%s", r.SubmittedOn.Chinese(), r.Said))
	}
	for _, c := range r.Rechecks {
		course = append(course, fmt.Sprintf("%s复查%s：%s", c.On.Chinese(), map[bool]string{true: "合格", false: "不合格"}[c.Pass], c.Note))
	}
	if len(course) > 0 {
		m["处理情况"] = strings.Join(course, "\n")
	}
}

// investigated is a case.
func investigated(c *casework.Investigation, m map[string]string) {
	if c == nil {
		return
	}
	m["立案号"], m["案由"], m["立案日期"] = c.Number, c.Cause, c.FiledOn.Chinese()
	m["承办机构"], m["承办人"] = c.Unit, strings.Join(c.Handlers, "、")
	m["发现日期"] = c.Discovered.Chinese()
	m["违法行为终了"] = "仍在继续"
	if !c.BreachEnd.Zero() {
		m["违法行为终了"] = c.BreachEnd.Chinese()
	}
	if h := c.Hearing; h != nil {
		m["陈述申辩"] = h.On.Chinese() + "，" + h.How + "：" + h.Said
	}
}

// handed is a file that goes or went to a unit or another department.
func handed(y casework.Matter, m map[string]string) {
	h := y.Handover
	if h == nil {
		return
	}
	m["接收机关"], m["移送事由"], m["移送文书号"], m["移送日期"] = h.To, h.Matter, h.Number, h.On.Chinese()
	m["材料清单"] = strings.Join(h.Materials, "\n")
	m["移送依据"] = toOthers
	if y.Kind == casework.Unit {
		m["移送依据"] = "本机关内部职责分工"
	}
	signed(h.Receipt, m)
}

func signed(r *casework.Receipt, m map[string]string) {
	if r != nil {
		m["签收情况"] = strings.TrimSpace(r.On.Chinese() + r.Who + "签收 " + r.Number)
	}
}

// reported is a suspected crime on its way to the police.
func reported(p *casework.Police310, m map[string]string) {
	if p == nil {
		return
	}
	m["案由"] = "涉嫌" + strings.TrimPrefix(p.Charge, "涉嫌")
	m["承办人"], m["移送事由"], m["移送依据"] = strings.Join(p.Officers, "、"), p.Report, toPolice
	if p.Approved {
		m["移送批准"] = p.Decider + "，" + calendar.In(p.DecidedAt).Chinese()
	}
	m["接收机关"], m["移送文书号"], m["抄送机关"] = p.To, p.Number, p.Copied
	if len(p.Materials) > 0 {
		m["材料清单"] = strings.Join(p.Materials, "\n")
	}
	if d := p.SentOn(); !d.Zero() {
		m["移送日期"] = d.Chinese()
	}
	signed(p.Receipt, m)
}

// enclose lists what there is to hand over, as long as casework has no list:
// the form, the documents that were issued, the files that are kept.
func (x facts) enclose(ctx context.Context, s *Service, m map[string]string) error {
	if m["材料清单"] != "" {
		return nil
	}
	all := []string{"检查记录表 " + x.form.ID + "|1"}
	papers, err := s.Papers(ctx, x.form.Authority, Filter{FormID: x.form.ID, State: Issued})
	if err != nil {
		return err
	}
	for i := len(papers) - 1; i >= 0; i-- {
		if k := papers[i].Kind; k != Transfer && k != Approval {
			all = append(all, papers[i].Title()+"|1")
		}
	}
	if n := len(x.visit.Photos); n > 0 {
		all = append(all, fmt.Sprintf("现场照片|%d 张", n))
	}
	for _, p := range x.matter.Papers {
		all = append(all, "企业提交："+p.Name+"|1")
	}
	files, err := s.Attachments(ctx, x.form.Authority, x.form.ID)
	for _, f := range files {
		all = append(all, f.Name+"|1")
	}
	if x.matter.Kind == casework.Police {
		all = append(all, casework.Enclosures[1]+"|1", casework.Enclosures[2]+"|1")
	}
	m["材料清单"] = strings.Join(all, "\n")
	return err
}

// handlers are who acts in the matter: those of the case, with their
// certificates if they are of the team.
func (x facts) handlers(m map[string]string) {
	if x.matter == nil || m["承办人"] == "" {
		return
	}
	var names []string
	for _, n := range strings.Split(m["承办人"], "、") {
		for _, o := range x.form.Team {
			if o.Name == n {
				n += "（执法证号 " + o.CertNo + "）"
			}
		}
		names = append(names, n)
	}
	m["调查人员"] = strings.Join(names, "、")
}
