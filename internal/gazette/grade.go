package gazette

import (
	"bytes"
	"fmt"
	"strings"

	"suiji/calendar"
	"suiji/internal/papers"
)

// GradeNotice is what a firm is told of the grade that is proposed for it
// (企业劳动保障守法诚信等级, 人社部规〔2016〕1号): what, by which rule, on which
// evidence, and how and until when it may object.
type GradeNotice struct {
	Office, Phone string
	Firm, Code    string
	Year          int
	Old           string // grade before; empty: none
	Grade, Rule   string
	Evidence      []GradeEvidence
	Told          calendar.Date // zero: on the day on which the firm receives the paper
	Until         calendar.Date // last day to object; zero: not told yet
	ObjectDays    int           // working days from that day on
}

// GradeEvidence is a record that the grade rests on.
type GradeEvidence struct {
	On           calendar.Date
	Kind, Source string
	Text         string
}

// GradeFile returns the notice as DOCX or PDF, with its media type.
func (g Publisher) GradeFile(n GradeNotice, form Form) (media string, body []byte, err error) {
	var b bytes.Buffer
	switch form {
	case DOCX:
		err = papers.WriteDOCX(&b, n.document())
	case PDF:
		err = g.Fonts.WritePDF(&b, n.document())
	default:
		return "", nil, errNoForm
	}
	return types[form], b.Bytes(), err
}

func (n GradeNotice) document() papers.Document {
	s := papers.Official()
	para := func(text string) papers.Paragraph { return papers.Paragraph{Text: text, Indent: 2} }
	head := func(text string) papers.Paragraph {
		return papers.Paragraph{Text: text, Indent: 2, Level: 2, Keep: true, Style: papers.Style{Face: papers.Hei}}
	}
	was := ""
	if n.Old != "" {
		was = fmt.Sprintf("（原为 %s 级）", n.Old)
	}
	s.Blocks = []papers.Block{
		title(n.Office+"\n企业劳动保障守法诚信等级评价告知书", titleChars, n.Office), papers.Space(line),
		papers.Paragraph{Text: n.Firm + "：", Align: papers.Left},
		para(fmt.Sprintf("你单位统一社会信用代码 %s。根据《企业劳动保障守法诚信等级评价办法》，我局对你单位 %d 年度遵守劳动保障法律、法规和规章的情况进行了评价，现将拟评价的等级告知如下。", n.Code, n.Year)),
		head("一、拟评价等级"),
		para(fmt.Sprintf("%s 级%s。", n.Grade, was)),
		head("二、依据的规则"),
		para(strings.TrimRight(n.Rule, "。") + "的，评为 " + n.Grade + " 级。"),
		head("三、依据的事实"),
	}
	if len(n.Evidence) == 0 {
		s.Blocks = append(s.Blocks, para(fmt.Sprintf("%d 年度没有因违法行为被查处的记录。", n.Year)))
	}
	for i, e := range n.Evidence {
		text := fmt.Sprintf("%d. %s，%s：%s", i+1, e.On.Chinese(), e.Kind, e.Source)
		if e.Text != "" {
			text += "，" + strings.TrimRight(e.Text, "。")
		}
		s.Blocks = append(s.Blocks, para(text+"。"))
	}
	s.Blocks = append(s.Blocks, head("四、提出异议的权利和期限"), para(n.right()),
		para("逾期没有提出异议的，等级自期满后生效，记入企业劳动保障守法诚信档案，作为分类监管的依据。"))
	day := "　　年　　月　　日"
	if !n.Told.Zero() {
		day = n.Told.Chinese()
	}
	s.Blocks = append(s.Blocks,
		papers.Paragraph{Text: n.Office, Align: papers.Right, Right: 2, Before: line, Keep: true}, papers.Paragraph{Text: day, Align: papers.Right, Right: 4, After: line},
		papers.Paragraph{Text: "送达回证：本告知书一份已收到。", Indent: 2, Keep: true},
		papers.Paragraph{Text: "收件人（签名或者盖章）：", Align: papers.Left, Indent: 2, Keep: true},
		papers.Paragraph{Text: "收到日期：　　　　年　　月　　日", Align: papers.Left, Indent: 2})
	return papers.Document{Title: "企业劳动保障守法诚信等级评价告知书", Author: n.Office, Sections: []papers.Section{s}}
}

// right says how and until when the firm may object.
func (n GradeNotice) right() string {
	until := fmt.Sprintf("你单位有权对上述等级、规则和事实提出异议，请自收到本告知书之日起 %d 个工作日内", n.ObjectDays)
	if !n.Until.Zero() {
		until += "（即 " + n.Until.Chinese() + "前，含当日）"
	}
	until += "以书面形式向我局提出，并附有关材料；异议由提出、审核以外的人员复核并书面答复，异议处理期间等级不生效。"
	if n.Phone != "" {
		until += "联系电话：" + n.Phone + "。"
	}
	return until
}
