package documents

import (
	"fmt"
	"strings"

	"suiji/internal/papers"
	"suiji/internal/schedule"
)

// page is a document being laid out.
type page struct {
	Content
	kind   Kind
	qr     map[string][]byte // pictures of codes
	blocks []papers.Block
}

// document lays a content out, on A4, with its number and code on each page.
func document(kind Kind, c Content, qr map[string][]byte) papers.Document {
	p := &page{Content: c, kind: kind, qr: qr}
	p.title()
	layouts[kind.ID](p)
	s := papers.Section{Top: 32, Right: 22, Bottom: 22, Left: 26, Style: papers.Style{Face: papers.FangSong, Size: papers.SizeSmall4}, Pitch: 21,
		Numbers: papers.OfTotal, Restart: true, Head: p.head(), Blocks: p.blocks}
	return papers.Document{Title: kind.Name + " " + p.number(), Author: c.Values["机关名称"], Sections: []papers.Section{s}}
}

// layouts say how each kind is laid out under its title.
var layouts = map[KindID]func(*page){
	Approval: (*page).approval, Notice: (*page).notice, Record: (*page).record, Inquiry: (*page).inquiry, Survey: (*page).survey, Sampling: (*page).sampling,
	Result: (*page).result, Correction: (*page).correction, NoPenalty: (*page).noPenalty, Filing: (*page).filing, Transfer: (*page).transfer, Receipt: (*page).receipt,
}

func (p *page) number() string {
	if n := p.Values["文号"]; n != "" {
		return n
	}
	return "（签发时编号）"
}

func (p *page) add(b ...papers.Block) { p.blocks = append(p.blocks, b...) }

// head is on every page: what it is, of which firm, and the code to check it.
func (p *page) head() []papers.Block {
	small := papers.Style{Face: papers.Song, Size: papers.SizeSmall5}
	left := papers.Cell{Middle: true, Blocks: []papers.Block{
		papers.Paragraph{Text: p.number(), Align: papers.Left, Style: small, Pitch: 13},
		papers.Paragraph{Text: p.Values["企业名称"], Align: papers.Left, Style: small, Pitch: 13},
		papers.Paragraph{Text: "检查表 " + p.Values["检查表编号"] + "　检查码 " + p.Values["检查码"], Align: papers.Left, Style: small, Pitch: 13}}}
	right := papers.Cell{Blocks: []papers.Block{papers.Image{PNG: p.qr[p.Values["检查码"]], Width: 15, Height: 15, Align: papers.Right, Alt: "检查码 " + p.Values["检查码"]}}}
	return []papers.Block{papers.Table{Widths: []float64{5, 1}, Borders: papers.None, Rows: []papers.Row{{Cells: []papers.Cell{left, right}}}}}
}

func (p *page) title() {
	big := papers.Style{Face: papers.Title, Size: papers.Size2}
	p.add(papers.Paragraph{Text: papers.Titled(p.Values["机关名称"], 22), Align: papers.Centre, Pitch: 25, Style: papers.Style{Face: papers.Title, Size: papers.SizeSmall2}},
		papers.Paragraph{Text: p.kind.Name, Align: papers.Centre, Pitch: 34, Level: 1, Style: big},
		papers.Paragraph{Text: p.number(), Align: papers.Centre, After: 8})
}

// para adds paragraphs, one for each line of a text.
func (p *page) para(text string) {
	for _, line := range strings.Split(text, "\n") {
		p.add(papers.Paragraph{Text: line, Indent: 2})
	}
}

func (p *page) heading(text string) {
	p.add(papers.Paragraph{Text: text, Indent: 2, Keep: true, Style: papers.Style{Face: papers.Hei}})
}

// to names who it is for.
func (p *page) to(who string) {
	p.add(papers.Paragraph{Text: who + "：", Align: papers.Left})
}

// follow has what is added next stand with the end of the text before it: no
// seal and no signature is alone on a page.
func (p *page) follow() {
	if last, ok := p.blocks[len(p.blocks)-1].(papers.Paragraph); ok {
		last.KeepEnd = true
		p.blocks[len(p.blocks)-1] = last
	}
}

// left adds a paragraph whose lines are not spread.
func (p *page) left(text string) {
	p.add(papers.Paragraph{Text: text, Indent: 2, Align: papers.Left})
}

// sealed ends a letter: office, seal, day.
func (p *page) sealed() {
	p.follow()
	p.add(papers.Paragraph{Text: p.Values["机关名称"] + "（印章）", Align: papers.Right, Right: 2, Before: 24, Keep: true},
		papers.Paragraph{Text: p.Values["文书日期"], Align: papers.Right, Right: 3})
}

// row is a line of a form: label and text, or room for the pen of this height.
type row struct {
	label, text string
	pen         float64 // millimetres
}

// of are rows that show texts by their names.
func (p *page) of(names ...string) (rows []row) {
	for _, n := range names {
		rows = append(rows, row{label: n, text: p.Text(n)})
	}
	return rows
}

// known are rows of those texts that there are; nothing is left for the pen.
func (p *page) known(names ...string) (rows []row) {
	for _, r := range p.of(names...) {
		if r.text != "" {
			rows = append(rows, r)
		}
	}
	return rows
}

// form adds a table of labelled texts. What is empty is a line for the pen.
func (p *page) form(rows ...row) {
	t := papers.Table{Widths: []float64{1.25, 4}, Style: papers.Style{Size: papers.SizeSmall4}, Pitch: 18}
	for _, r := range rows {
		label := papers.Cell{Text: r.label, Align: papers.Centre, Middle: true, Style: papers.Style{Face: papers.Hei}}
		t.Rows = append(t.Rows, papers.Row{Height: max(r.pen, 9), Cells: []papers.Cell{label, {Text: r.text, Align: papers.Left, Middle: true}}})
	}
	p.add(t)
}

// table adds a list with a head.
func (p *page) table(widths []float64, columns []string, rows []map[string]string) {
	t := papers.Table{Widths: widths, Head: 1, Rows: []papers.Row{papers.HeadCells(columns...)}, Style: papers.Style{Size: papers.Size5}, Pitch: 16}
	for _, r := range rows {
		var cells []string
		for _, c := range columns {
			cells = append(cells, r[c])
		}
		t.Rows = append(t.Rows, papers.Cells(cells...))
	}
	p.add(t, papers.Space(8))
}

// sign adds lines to be signed by hand, two a row.
func (p *page) sign(labels ...string) {
	t := papers.Table{Whole: true, Widths: []float64{29, 32, 10, 29}, Style: papers.Style{Size: papers.SizeSmall4}, Pitch: 18}
	for _, l := range labels {
		t.Rows = append(t.Rows, papers.Row{Height: 15, Cells: []papers.Cell{
			{Text: l, Align: papers.Centre, Middle: true}, {Text: ""}, {Text: "日期", Align: papers.Centre, Middle: true}, {Text: "　　年　　月　　日", Align: papers.Centre, Middle: true}}})
	}
	p.follow()
	if e := p.Values["电子签字"]; e != "" {
		p.add(papers.Paragraph{Text: "已在手机上签字：" + e, Align: papers.Left, Style: papers.Style{Size: papers.SizeSmall5}, Pitch: 14, Before: 6, Keep: true})
	}
	p.add(papers.Paragraph{Pitch: 8, Keep: true}, t)
}

// opinion is room for who decides.
func opinion(label string) row {
	return row{label: label, text: "\n\n　　　　　　　签字：　　　　　　　　　年　　月　　日", pen: 26}
}

func (p *page) approval() {
	p.form(append(p.of("企业名称", "证照号码", "登记地址", "检查地点", "任务来源", "检查事项", "检查依据", "计划检查时间", "检查人员", "本年度检查次数", "检查理由", "承办人意见"),
		opinion("承办机构意见"))...)
	if p.Values["批准日期"] == "" {
		p.form(opinion("负责人审批意见"))
		return
	}
	p.form(row{label: "负责人审批意见", text: fmt.Sprintf("%s\n%s　%s", p.Values["批准意见"], p.Values["批准人"], p.Values["批准日期"]), pen: 20})
}

func (p *page) notice() {
	written, joint := p.Values["检查形式"] == "书面检查", p.Lists["部门"]
	p.to(p.Values["企业名称"] + "（" + p.Values["证照号码"] + "）")
	p.para("经“双随机、一公开”抽取并经本机关负责人批准，依照下列依据对你单位进行行政检查，请予配合。")
	where := p.Values["检查地点"]
	if written {
		where = "不到现场；在网上提交，或者送到本机关"
	}
	rows := append(p.of("任务来源", "检查形式"), row{label: "检查时间", text: p.Values["计划检查时间"]}, row{label: "检查地点", text: where})
	rows = append(rows, p.of("检查事项", "检查依据")...)
	if len(joint) == 0 {
		rows = append(rows, p.of("检查人员")...)
	}
	if t := p.Text("需备材料"); t != "" {
		rows = append(rows, row{label: "需备材料", text: strings.ReplaceAll(t, "\n", "；")})
	}
	contact := strings.TrimSpace(p.Text("联系人") + " " + p.Values["机关电话"])
	p.form(append(rows, row{label: "联系人和电话", text: contact})...)
	p.departments(joint)
	p.add(papers.Space(6))
	p.para(p.Values["本年度检查次数"])
	p.heading("你单位的权利")
	for i, r := range rights {
		p.para(fmt.Sprintf("%d. %s", i+1, r))
	}
	p.heading("检查人员的纪律")
	p.para(strings.Join(schedule.Discipline[1:7], ""))
	what := "核对本通知和检查人员、评价检查。"
	if written {
		what = "提交材料、核对本通知、评价检查。"
	}
	p.para("监督电话：" + p.Values["机关电话"] + "。扫描右上角的码可以" + what)
	p.sealed()
}

// departments are those of a joint inspection, each with its people, items and
// code: one visit, a form from each.
func (p *page) departments(rows []map[string]string) {
	if len(rows) == 0 {
		return
	}
	p.add(papers.Space(6))
	p.para("本次为联合检查，一次上门。各部门各有一份检查表、一个检查码：")
	t := papers.Table{Widths: []float64{4, 5, 5, 3}, Head: 1, Rows: []papers.Row{papers.HeadCells("部门", "事项", "检查人员", "检查码")}, Style: papers.Style{Size: papers.Size5}, Pitch: 15}
	for _, r := range rows {
		code := papers.Cell{Blocks: []papers.Block{papers.Image{PNG: p.qr[r["检查码"]], Width: 15, Height: 15, Align: papers.Centre, Alt: "检查码 " + r["检查码"]},
			papers.Paragraph{Text: r["检查码"], Align: papers.Centre, Style: papers.Style{Size: papers.SizeSmall5}, Pitch: 12}}}
		t.Rows = append(t.Rows, papers.Row{Cells: []papers.Cell{{Text: r["部门"], Middle: true}, {Text: r["事项"], Align: papers.Left, Middle: true}, {Text: strings.ReplaceAll(r["检查人员"], "、", "\n"), Align: papers.Left, Middle: true}, code}})
	}
	p.add(t)
}

func (p *page) record() {
	p.form(p.of("企业名称", "证照号码", "检查地点", "检查日期", "开始时间", "结束时间", "现场负责人", "现场负责人职务", "检查人员", "记录人", "检查事项", "检查方式")...)
	p.add(papers.Space(6))
	p.told("检查")
	p.heading("现场检查情况")
	p.para(p.Text("现场检查情况"))
	if t := p.Values["证据"]; t != "" {
		p.para("收集的证据：" + t)
	}
	p.remarks()
	if t := p.Values["拒签情况"]; t != "" {
		p.para("拒签情况：" + t)
	}
	p.sign("当事人（签字）", "检查人员（签字）", "检查人员（签字）", "记录人（签字）", "见证人（签字）")
}

// remarks is what the firm says, or lines for it.
func (p *page) remarks() {
	p.heading("当事人意见")
	if t := p.Text("当事人意见"); t != "" {
		p.para(t)
		return
	}
	for range 2 {
		p.add(papers.Paragraph{Text: "　", Rule: 0.5, Pitch: 26})
	}
}

// told is what is said before a record begins.
func (p *page) told(what string) {
	p.para("检查人员已出示行政执法证件，并告知：对与本案有利害关系的检查人员有权申请回避；有权陈述、申辩；应当如实回答，协助" + what + "，不得阻挠。当事人对此表示：")
	p.left("□ 清楚，不申请回避　　□ 申请回避，理由：＿＿＿＿＿＿＿＿＿＿＿＿")
}

func (p *page) inquiry() {
	p.form(p.of("企业名称", "询问日期", "开始时间", "结束时间", "询问地点", "被询问人", "被询问人职务", "被询问人证件号码", "被询问人电话", "调查人员", "记录人")...)
	p.add(papers.Space(6))
	p.told("调查")
	p.para(p.Text("询问内容"))
	p.add(papers.Paragraph{Text: "以上笔录经我看过（向我宣读过），与我说的相符。", Indent: 2, Keep: true})
	p.left("□ 无异议　　□ 有异议：＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿")
	p.sign("被询问人（逐页签字）", "询问人（签字）", "询问人（签字）", "记录人（签字）")
}

func (p *page) survey() {
	p.form(p.of("企业名称", "勘验日期", "开始时间", "结束时间", "勘验地点", "勘验对象", "当事人", "见证人", "调查人员", "记录人")...)
	p.add(papers.Space(6))
	p.told("勘验")
	p.heading("勘验情况")
	p.para(p.Text("勘验情况"))
	if n := p.Values["照片张数"]; n != "" {
		p.para("现场拍摄照片 " + n + " 张，与检查表 " + p.Values["检查表编号"] + " 一并存档。")
	}
	p.sign("当事人（签字）", "勘验人（签字）", "勘验人（签字）", "见证人（签字）")
}

func (p *page) sampling() {
	p.form(p.of("企业名称", "证照号码", "抽样日期", "抽样地点", "抽样方法", "检查依据", "调查人员", "当事人")...)
	p.add(papers.Space(8))
	p.table([]float64{1, 4, 4, 2, 4, 3}, []string{"序号", "名称", "规格、编号", "数量", "来源、期间", "备注"}, p.Lists["样品清单"])
	p.para("本凭证一式两份，一份交当事人，一份存卷。以上材料、物品由当事人提供并核对无误。")
	p.sign("当事人（签字）", "检查人员（签字）", "检查人员（签字）")
	p.sealed()
}

func (p *page) result() {
	p.to(p.Values["企业名称"] + "（" + p.Values["证照号码"] + "）")
	p.para("本机关于" + p.Values["检查日期"] + "对你单位进行了行政检查，现将结果告知如下：")
	p.form(p.of("任务来源", "检查事项", "检查依据", "检查人员", "检查结果")...)
	p.add(papers.Space(6))
	if t := p.Values["发现问题"]; t != "" {
		p.heading("发现的问题")
		p.para(t)
	}
	p.heading("处理意见")
	p.para(p.Text("处理意见"))
	p.para("你单位对检查结果有异议的，可以向本机关陈述、申辩（电话 " + p.Values["机关电话"] + "）。检查结果依法向社会公示。")
	p.sealed()
	p.sign("被检查单位签收")
}

func (p *page) correction() {
	p.to(p.Values["企业名称"] + "（" + p.Values["证照号码"] + "）")
	p.para("经本机关于" + p.Values["检查日期"] + "检查，你单位存在下列行为：")
	p.para(p.Text("违法事实"))
	p.para("上述行为违反了" + strings.TrimRight(p.Text("违反规定"), "。") + "的规定。现责令你单位于" + p.Text("改正期限") + "前按下列要求改正，并将改正情况书面报告本机关：")
	p.para(p.Text("改正要求"))
	p.para(p.Text("逾期后果"))
	p.left("检查人员：" + p.Values["检查人员"] + "。联系电话：" + p.Values["机关电话"] + "。")
	p.sealed()
	p.sign("被检查单位签收")
}

func (p *page) noPenalty() {
	rows := append(p.of("企业名称", "证照号码", "登记地址", "任务来源", "检查日期", "检查人员"), p.known("立案号", "承办人")...)
	rows = append(rows, p.of("违法事实", "违反规定", "改正情况")...)
	p.form(append(append(append(rows, p.known("陈述申辩")...), p.of("不予处罚依据", "不予处罚理由", "承办人意见")...),
		opinion("承办机构意见"), opinion("法制审核意见"), opinion("负责人审批意见"))...)
}

func (p *page) filing() {
	rows := append(p.of("案由"), p.known("立案号")...)
	rows = append(rows, p.of("企业名称", "证照号码", "登记地址", "案件来源", "检查日期", "违法事实", "立案依据", "检查人员", "承办机构", "承办人")...)
	if p.Values["立案号"] != "" {
		rows = append(rows, p.known("办理期限")...)
	}
	p.form(append(append(rows, p.of("承办人意见")...), opinion("承办机构意见"), opinion("负责人审批意见"))...)
}

func (p *page) transfer() {
	p.to(p.Text("接收机关"))
	p.para("本机关于" + p.Values["检查日期"] + "对" + p.Values["企业名称"] + "（" + p.Values["证照号码"] + "，地址：" + p.Values["检查地点"] + "）检查时，发现其" + p.Text("案由") + filed(p.Values["立案号"]) + "：")
	p.para(p.Text("违法事实"))
	p.para(p.Text("移送理由"))
	if t := p.Values["移送批准"]; t != "" {
		p.para("移送已经本机关负责人批准（" + t + "）。")
	}
	p.para("依照" + strings.TrimRight(p.Text("移送依据"), "。") + "的规定，现移送你机关处理。请在收到后签收，并将处理结果函告本机关。")
	p.heading("随案移送材料")
	p.table([]float64{1, 6, 2, 2, 4}, []string{"序号", "材料名称", "份数", "页数", "备注"}, p.Lists["材料清单"])
	p.para("联系人：" + p.Text("联系人") + "　联系电话：" + p.Text("联系电话"))
	if t := p.Values["抄送机关"]; t != "" {
		p.para("抄送：" + t)
	}
	p.sealed()
	p.sign("接收人（签字）")
}

// filed is a case's number in a sentence; nothing if there is none.
func filed(number string) string {
	if number == "" {
		return ""
	}
	return "（立案号 " + number + "）"
}

func (p *page) receipt() {
	p.form(append(p.of("送达文书", "受送达人", "送达地点", "送达方式", "送达人"),
		row{label: "收到时间", text: "　　　　年　　月　　日　　时　　分", pen: 12}, row{label: "收件人签字或盖章", pen: 20},
		row{label: "代收人和与受送达人的关系", pen: 15}, row{label: "拒收理由、见证人", pen: 20}, row{label: "备注", text: p.Text("备注"), pen: 15})...)
	p.sealed()
}

// rights are what the firm may do, as the notice says them.
var rights = []string{
	"检查人员不少于两人，应当主动出示行政执法证件；不出示的，可以拒绝检查。",
	"认为检查人员与检查有利害关系的，有权申请回避；有权陈述、申辩，有权了解检查结果。",
	"检查人员不得超出通知的事项和范围检查。",
}
