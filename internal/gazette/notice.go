// Package gazette makes the files in which an office publishes its plan: the
// notice in official layout (GB/T 9704-2012) with the plan's table behind it,
// and the table alone. Everything in them is worked out from the plan's data;
// a plan without a table has no notice (clause 1.17). It owns no tables.
package gazette

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"suiji/internal/errs"
	"suiji/internal/papers"
	"suiji/internal/plan"
)

// Head says whether the red head is printed.
type Head int

// The heads.
const (
	RedHead  Head = iota
	Overlaid      // 套打: left blank, for paper on which it is printed already
)

// line is the height of a line of an official document, in points.
const line = 28.95

// errEmpty refuses a plan without a table.
var errEmpty = errs.E(errs.Conflict, "计划表是空的，没有生成通知：通知必须附有计划表。请先填写抽查任务和各层比例")

// tabled refuses a plan whose table is missing or has holes.
func tabled(p plan.Plan) error {
	if len(p.Tasks) == 0 {
		return errEmpty
	}
	for _, t := range p.Tasks {
		if len(t.Strata) == 0 {
			return errEmpty
		}
	}
	return nil
}

// Notice returns the plan as the document by which it is issued: the notice,
// the plan's text, its table, and the lines at the end (版记).
func Notice(p plan.Plan, head Head) (papers.Document, error) {
	if err := tabled(p); err != nil {
		return papers.Document{}, err
	}
	front := papers.Official()
	front.Blocks = append(masthead(p, head), cover(p)...)
	front.Blocks = append(front.Blocks, text(p)...)
	annex := papers.Official()
	annex.Landscape, annex.Chars = true, 0
	annex.Top, annex.Right, annex.Bottom, annex.Left = 28, 37, 26, 35 // the sheet is turned
	annex.Blocks = append(table(p), papers.Space(12), colophon(p))
	if p.State != plan.Published && p.State != plan.Closed {
		draft := papers.Paragraph{Text: "（" + p.State.Name() + "，尚未公布）", Align: papers.Right, Style: papers.Style{Face: papers.Hei, Size: papers.Size5}}
		front.Head, annex.Head = []papers.Block{draft}, []papers.Block{draft}
	}
	return papers.Document{Title: p.Title, Author: p.Issuer, Sections: []papers.Section{front, annex}}, nil
}

// masthead is the red head: the issuer's name 35 mm below the upper edge of
// the text, the number two lines below it, and the red line.
func masthead(p plan.Plan, head Head) []papers.Block {
	name := p.Issuer + "文件"
	size := min(48, 425/float64(max(1, utf8.RuneCountInString(name)))) // in one line
	const above = 99                                                   // 35 mm
	lower := papers.Paragraph{Text: p.Number, Align: papers.Centre}
	if head == Overlaid {
		return []papers.Block{papers.Space(above), papers.Space(size * 1.3), papers.Space(2 * line), lower, papers.Space(2 * line)}
	}
	lower.Rule, lower.Colour = 1.5, papers.Red
	lower.Runs = []papers.Run{{Text: p.Number, Style: papers.Style{Colour: "000000"}}}
	return []papers.Block{
		papers.Space(above),
		papers.Paragraph{Text: name, Align: papers.Centre, Pitch: size * 1.3, Style: papers.Style{Face: papers.Title, Size: size, Colour: papers.Red}},
		papers.Space(2 * line), lower, papers.Space(2 * line),
	}
}

// titleChars is how many wide characters of a title stand on a line of the
// front sheet; the turned annex has room for more.
const (
	titleChars = 19
	annexChars = 33
)

// title is a title in 2号小标宋, broken by meaning. The names in whole are not
// broken.
func title(s string, chars float64, whole ...string) papers.Paragraph {
	return papers.Paragraph{Text: papers.Titled(s, chars, whole...), Level: 1, Align: papers.Centre, Pitch: 34, Keep: true, Style: papers.Style{Face: papers.Title, Size: papers.Size2}}
}

// cover is the notice itself, up to its date.
func cover(p plan.Plan) []papers.Block {
	issued := papers.Paragraph{Text: p.IssuedOn.Chinese(), Align: papers.Right, Right: 4}
	// The signature stands in the middle above the date.
	names, days := utf8.RuneCountInString(p.Issuer), utf8.RuneCountInString(issued.Text)*2/3
	by := papers.Paragraph{Text: p.Issuer, Align: papers.Right, Right: max(2, 4-float64(names-days)/2), Before: line, Keep: true}
	act, said := "关于印发", "现将《"+p.Title+"》印发给你们，请遵照执行。"
	if p.Amends != "" {
		act = "关于变更"
		said = fmt.Sprintf("现将变更后的《%s》（第 %d 版）印发给你们，请遵照执行，原版本同时停止执行。变更原因：%s。", p.Title, p.Version, strings.TrimRight(p.AmendReason, "。"))
	}
	return []papers.Block{
		title(p.Issuer+"\n"+act+"《"+p.Title+"》的通知", titleChars, p.Issuer), papers.Space(line),
		papers.Paragraph{Text: strings.TrimRight(p.Addressees, "：:") + "：", Align: papers.Left},
		papers.Paragraph{Text: said, Indent: 2, Keep: true},
		by, issued,
	}
}

var (
	first  = regexp.MustCompile(`^[一二三四五六七八九十]+、`)
	second = regexp.MustCompile(`^（[一二三四五六七八九十]+）[^。]*。?`)
)

// text is the plan's own text, with its headings as the standard sets them: 一、
// in 黑体, （一） in 楷体.
func text(p plan.Plan) []papers.Block {
	t := title(p.Title, titleChars, p.Issuer)
	t.NewPage = true
	out := []papers.Block{t, papers.Space(line)}
	for para := range strings.SplitSeq(p.Body, "\n") {
		para = strings.Trim(para, " 　\t")
		switch {
		case para == "":
		case first.MatchString(para):
			out = append(out, papers.Paragraph{Text: para, Indent: 2, Level: 2, Keep: true, Style: papers.Style{Face: papers.Hei}})
		case second.MatchString(para):
			heading := second.FindString(para)
			rest := para[len(heading):]
			block := papers.Paragraph{Indent: 2, Keep: rest == "", Runs: []papers.Run{{Text: heading, Style: papers.Style{Face: papers.Kai}}, {Text: rest}}}
			if rest == "" {
				block.Level = 3
			}
			out = append(out, block)
		default:
			out = append(out, papers.Paragraph{Text: para, Indent: 2})
		}
	}
	return append(out, papers.Paragraph{Text: "附件：" + tableTitle(p), Indent: 2, Before: line})
}

func tableTitle(p plan.Plan) string {
	return fmt.Sprintf("%s%d年度随机抽查工作计划表", p.Issuer, p.Year)
}

// table is the plan's table with the figures that it rests on.
func table(p plan.Plan) []papers.Block {
	sum := plan.Calculate(p)
	said := fmt.Sprintf("抽查基数 %d 户（检查对象名录第 %d 版，%s）；年度抽查比例不低于 %s，即不少于 %d 户；本表合计 %d 户。",
		p.BaseCount, p.BaseVersion, p.BaseOn, p.Ratio, sum.Floor, sum.Total)
	heading := title(tableTitle(p), annexChars, p.Issuer)
	heading.Size, heading.Pitch = papers.SizeSmall2, 28
	small := papers.Style{Size: papers.SizeSmall4}
	t := papers.Table{Head: 1, Style: papers.Style{Size: papers.SizeSmall5, Face: papers.Song}, Pitch: 12,
		Widths: []float64{8, 26, 12, 30, 22, 20, 16, 12, 14, 27, 18, 27, 18, 20}}
	t.Rows = append(t.Rows, papers.HeadCells("序号", "抽查任务", "类型", "抽查事项", "检查对象", "分层", "户数", "比例", "抽取", "时间", "方式", "发起、参与", "层级", "备注"))
	for i, task := range p.Tasks {
		for j, st := range task.Strata {
			x := sum.Tasks[i].Strata[j]
			own := papers.Cells(st.Title, fmt.Sprint(x.Size), ratio(st, x), fmt.Sprint(x.Need)).Cells
			for k := range own[1:] {
				own[1+k].Align = papers.Right // figures
			}
			if j > 0 {
				t.Rows = append(t.Rows, papers.Row{Cells: own})
				continue
			}
			row := papers.Cells(fmt.Sprint(task.No), task.Name, kind(task), items(task), scope(task)).Cells
			row = append(row, own...)
			row = append(row, papers.Cells(days(p), task.Method, units(task), task.Level, note(task)).Cells...)
			for k := range row {
				if k < 5 || k > 8 {
					row[k].Down = len(task.Strata)
				}
			}
			t.Rows = append(t.Rows, papers.Row{Cells: row})
		}
	}
	return []papers.Block{
		papers.Paragraph{Text: "附件", Align: papers.Left, Style: papers.Style{Face: papers.Hei}},
		heading, papers.Paragraph{Text: said, Style: small, Pitch: 18, Before: 6, After: 6}, t,
	}
}

// days lists the windows, short: the year stands above.
func days(p plan.Plan) string {
	var parts []string
	for _, w := range p.Windows {
		parts = append(parts, fmt.Sprintf("%d月%d日至%d月%d日", w.StartsOn.Month(), w.StartsOn.Day(), w.EndsOn.Month(), w.EndsOn.Day()))
	}
	return strings.Join(parts, "；")
}

// colophon is the last thing of a document (版记): who issued it, and when.
func colophon(p plan.Plan) papers.Table {
	return papers.Table{Foot: true, Borders: papers.Across, Widths: []float64{1, 1}, Style: papers.Style{Size: papers.Size4}, Rows: []papers.Row{
		{Cells: []papers.Cell{{Text: p.Issuer}, {Text: p.IssuedOn.Chinese() + "印发", Align: papers.Right}}},
	}}
}
