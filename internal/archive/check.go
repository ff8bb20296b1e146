package archive

import (
	"fmt"
	"slices"

	"suiji/internal/casework"
	"suiji/internal/disclosure"
	"suiji/internal/inspection"
	"suiji/internal/keep"
	"suiji/internal/visit"
)

// gaps are the papers that a file lacks, by name.
func (w *Whole) gaps() (all []string) {
	add := func(missing bool, what string) {
		if missing {
			all = append(all, what)
		}
	}
	add(!w.Unproved && len(w.Told) == 0, "检查通知书的送达记录")
	for _, p := range w.Parts {
		of := ""
		if len(w.Parts) > 1 {
			of = "（" + p.Form.Department + "）"
		}
		for _, g := range p.gaps() {
			all = append(all, g+of)
		}
	}
	for _, x := range w.Sources {
		add(x.Wrong != "", fmt.Sprintf("%s 的原件（指纹 %s）：%s", x.Title, x.Digest[:8], x.Wrong))
	}
	return all
}

func (p Part) gaps() (all []string) {
	f := p.Form
	add := func(missing bool, what string) {
		if missing {
			all = append(all, what)
		}
	}
	add(f.State != inspection.Confirmed, "审核通过的检查结论")
	if f.State == inspection.Issued {
		return append(all, "检查记录")
	}
	signed := func(role string) bool {
		return slices.ContainsFunc(p.Visit.Signatures, func(x visit.Signed) bool { return x.Role == role })
	}
	add(!signed(visit.Inspector1) || !signed(visit.Inspector2), "两名检查人员在检查表上的签字")
	add(!p.absent() && !signed(visit.ByFirm) && f.Refusal == "", "被检查单位在检查表上的签字，或者拒签的情况")
	add(slices.ContainsFunc(p.Visit.Signatures, visit.Signed.Void), "对现行内容的签字（签字以后内容有改动）")
	add(slices.Contains(f.Methods, inspection.OnSite) && len(p.Visit.Arrivals) == 0, "到达登记")
	all = append(all, p.unseen()...)
	all = append(all, p.unwritten()...)
	for _, e := range p.Ends {
		all = append(all, undone(e)...)
	}
	for _, o := range p.Objections {
		add(o.Running(), "对公示异议 "+o.ID+" 的办理结果")
	}
	add(len(p.Versions) == 0 && p.Row.State != disclosure.Exempt, "公示记录")
	add(slices.ContainsFunc(p.Versions, func(v disclosure.Version) bool { return !p.receipted(v) }), "公开台账的回执")
	return all
}

// unseen are the photographs that the result asks for.
func (p Part) unseen() (all []string) {
	shown := func(use string) bool {
		return slices.ContainsFunc(p.Visit.Photos, func(x visit.Photo) bool { return x.Use == use })
	}
	for i := range 2 {
		if slices.Contains(p.Form.Codes, inspection.R4) && !shown(visit.UseAttempt(i+1)) {
			all = append(all, fmt.Sprintf("第 %d 次联系的现场照片", i+1))
		}
	}
	for i, x := range p.Form.Points {
		if x.Answer == inspection.No && p.Form.Evidence == "" && !shown(visit.UsePoint(i+1)) {
			all = append(all, fmt.Sprintf("第 %d 个要点不符合的照片或证据", i+1))
		}
	}
	for _, x := range p.Form.Findings {
		if x.Outcome == inspection.OnTheSpot && (!shown(visit.UseBefore(x.No)) || !shown(visit.UseAfter(x.No))) {
			all = append(all, fmt.Sprintf("问题 %d 当场改正前后的照片", x.No))
		}
	}
	return all
}

// absent reports whether the firm was not there to be inspected.
func (p Part) absent() bool {
	return slices.ContainsFunc(p.Form.Codes, func(c inspection.Code) bool {
		x, _ := c.Info()
		return x.Absent
	})
}

// receipted reports whether a version's entry has its place in the ledger.
func (p Part) receipted(v disclosure.Version) bool {
	for _, e := range p.Entries {
		if string(e.Entry.Type) == "result."+string(v.State) && e.Entry.Data["digest"] == v.Digest && e.Position >= 0 {
			return true
		}
	}
	return false
}

// Property is one of the four that a file must have (四性, GB/T 18894, DA/T 70).
type Property string

// The properties.
const (
	Authentic Property = "真实性"
	Complete  Property = "完整性"
	Usable    Property = "可用性"
	Safe      Property = "安全性"
)

// Check is one thing that was looked at.
type Check struct {
	Property Property
	Name     string
	OK       bool
	Says     string
}

// properties looks at the four properties. no is why no PDF can be made.
func (w *Whole) properties(no string) (all []Check) {
	add := func(p Property, name string, bad []string, good string) {
		c := Check{p, name, len(bad) == 0, good}
		if !c.OK {
			c.Says = join(bad)
		}
		all = append(all, c)
	}
	var wrong, oneHand, void, waiting, closed, strange []string
	for _, x := range w.Sources {
		if x.Wrong != "" {
			wrong = append(wrong, x.Title+"："+x.Wrong)
		} else if _, err := keep.Judge(x.Body, len(x.Body), keep.Files); err != nil {
			strange = append(strange, x.Title+"："+err.Error())
		}
	}
	for _, p := range w.Parts {
		if p.Form.ConfirmedBy != "" && p.Form.ConfirmedBy == p.Form.EnteredBy {
			oneHand = append(oneHand, p.Form.ID)
		}
		for _, x := range p.Visit.Signatures {
			if x.Void() {
				void = append(void, x.Name+" 签字以后内容有改动")
			}
		}
		for _, v := range p.Versions {
			if !p.receipted(v) {
				waiting = append(waiting, fmt.Sprintf("%s 第 %d 版还没有台账回执", p.Form.ID, v.Version))
			}
			if v.Public && !disclosure.CheckDigest(w.Office.Hash, v) {
				wrong = append(wrong, fmt.Sprintf("%s 公示第 %d 版与台账的指纹不符", p.Form.ID, v.Version))
			}
		}
		if p.Form.State != inspection.Confirmed {
			closed = append(closed, p.Form.ID+" 结论没有审核")
		}
	}
	add(Authentic, "原件与收到时的指纹一致", wrong, fmt.Sprintf("%d 件原件逐一计算 SHA-256，全部一致", len(w.Sources)))
	add(Authentic, "录入与审核不是同一人", oneHand, "经办账号核对一致")
	add(Authentic, "签字对应的内容没有改动", void, "签字的文本与检查表现行内容逐字比对")
	add(Authentic, "公示记录在公开台账上有回执", waiting, "回执和包含证明随卷，可以离线核验")
	add(Complete, "应有材料齐全", w.Gaps, "逐项检查，没有缺少")
	add(Complete, "检查结论已经审核", closed, "全部检查表已审核")
	add(Usable, "原件的格式可以识别", strange, "PDF、JPG、PNG、DOCX、XLSX，按内容判断，没有加密")
	var pdf []string
	if no != "" {
		pdf = []string{no + "。本卷只有 HTML 和纯文本"}
	}
	add(Usable, "不用本系统也能阅读", pdf, "生成的文书有 PDF、HTML；目录和元数据是 HTML、CSV、XML、JSON。生成的 PDF 是 PDF/A-2u，字体嵌入；收到的原件和本单位模板的文书保持原样")
	add(Safe, "没有可以执行的内容", strange, "不含程序、宏和加密文件；生成的 HTML 不含脚本")
	add(Safe, "查阅受限、有记录", nil, "含个人信息，不公开；只有经办、审核、领导、审计角色可以取用，每次取用记入审计日志")
	add(Safe, "病毒检测", []string{"本系统不查杀病毒，移交前请用单位的杀毒软件检测"}, "")
	return all
}

func join(list []string) string {
	text := ""
	for i, x := range list {
		if i > 0 {
			text += "；"
		}
		text += x
	}
	return text
}

// Occasion is what decides how long a file is kept.
type Occasion string

// Occasions lists the occasions with their names and the periods that hold until
// the office sets its own, the gravest first: the first that fits decides.
var Occasions = []struct {
	Occasion Occasion
	Name     string
	Period   Period
}{
	{"police", "移送公安机关", Forever},
	{"case", "立案、行政处罚", Thirty},
	{"problem", "检查发现问题、移交移送", Thirty},
	{"none", "未发现问题及其他", Ten},
}

// propose says how long the file is to be kept, and by which rule.
func (w *Whole) propose() (Period, string) {
	for _, o := range Occasions {
		if w.is(o.Occasion) {
			p := w.Setting.Period(o.Occasion)
			return p, o.Name + "的，保管 " + p.Name()
		}
	}
	return Ten, "" // the last occasion is everything
}

func (w *Whole) is(o Occasion) bool {
	if o == "none" {
		return true
	}
	for _, p := range w.Parts {
		if o == "problem" && len(p.Form.Findings) > 0 {
			return true
		}
		for _, e := range p.Ends {
			for _, m := range e.Matters {
				if o == "police" && m.Kind == casework.Police || o == "case" && m.Kind == casework.Case {
					return true
				}
			}
		}
	}
	return false
}
