package documents

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"suiji/calendar"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/papers"
)

// PrintForms writes the forms of a round (一企一表, 1.23) as one PDF, in the order
// of the drawn list, each with its number, code and pages of its own. Pages
// leave as they are made; nothing of a form is held when the next is laid out.
// Errors: NotFound without forms; Invalid, with a sentence, if the fonts cannot
// show a form's text: nothing was written then, unless it is not the first.
func (s *Service) PrintForms(ctx context.Context, authority, roundID string, w io.Writer) error {
	forms, err := s.printable(ctx, authority, roundID)
	if err != nil {
		return err
	}
	office, err := s.Identity.Authority(ctx, authority)
	if err != nil {
		return err
	}
	out, err := s.Fonts.Stream(w, "检查记录表 "+roundID, office.Name)
	if err != nil {
		return err
	}
	for _, f := range forms {
		section, err := s.formSection(ctx, office, f.ID)
		if err != nil {
			return err
		}
		if err := out.Add(section); err != nil {
			return fmt.Errorf("form %s: %w", f.ID, err)
		}
	}
	return out.Close()
}

// MayPrint says why a round's forms cannot be printed, before the first byte.
func (s *Service) MayPrint(ctx context.Context, authority, roundID string) error {
	if said := s.Fonts.Missing(); said != "" {
		return errs.E(errs.Conflict, said)
	}
	_, err := s.printable(ctx, authority, roundID)
	return err
}

func (s *Service) printable(ctx context.Context, authority, roundID string) ([]inspection.Form, error) {
	forms, err := s.Inspection.Forms(ctx, authority, inspection.Filter{RoundID: roundID})
	if err == nil && len(forms) == 0 {
		err = errs.E(errs.NotFound, "这个轮次还没有检查表")
	}
	return forms, err
}

func (s *Service) formSection(ctx context.Context, office identity.Authority, id string) (papers.Section, error) {
	f, err := s.Inspection.Form(ctx, office.ID, id)
	if err != nil {
		return papers.Section{}, err
	}
	parts, err := s.Inspection.Parts(ctx, f)
	if err != nil {
		return papers.Section{}, err
	}
	qr, err := inspection.QR(s.BaseURL, f.Code)
	return blank{f, office, parts}.section(qr), err
}

// blank is a form to be printed: for the pen, or with what was entered.
type blank struct {
	inspection.Form
	office identity.Authority
	parts  []inspection.Part
}

func (b blank) section(qr []byte) papers.Section {
	s := papers.Form()
	s.Top, s.Bottom = 31, 17
	small := papers.Style{Size: papers.SizeSmall5}
	s.Head = []papers.Block{papers.Table{Widths: []float64{8, 1}, Borders: papers.None, Rows: []papers.Row{{Cells: []papers.Cell{
		{Middle: true, Blocks: []papers.Block{
			papers.Paragraph{Align: papers.Left, Pitch: 14, Runs: []papers.Run{{Text: "编号 " + b.ID, Style: papers.Style{Face: papers.Hei}}, {Text: "　检查码 " + b.Code}}},
			papers.Paragraph{Text: b.Firm.Name, Align: papers.Left, Style: small, Pitch: 13}}},
		{Blocks: []papers.Block{papers.Image{PNG: qr, Width: 15, Height: 15, Align: papers.Right, Alt: "检查码 " + b.Code}}}}}}}}
	title := papers.Style{Face: papers.Title, Size: papers.Size3}
	s.Blocks = []papers.Block{
		papers.Paragraph{Text: b.office.Name, Align: papers.Centre, Pitch: 20, Style: papers.Style{Face: papers.Title, Size: papers.Size4}},
		papers.Paragraph{Text: "“双随机、一公开”检查记录表", Align: papers.Centre, Pitch: 24, After: 6, Style: title},
		b.head(), papers.Space(5), b.points(), papers.Space(5), b.results(), papers.Space(5), b.findings(), papers.Space(5), b.texts(), papers.Space(5), b.sign()}
	return s
}

// lined is a table of labelled texts.
func lined(rows ...[2]string) papers.Table {
	t := papers.Table{Widths: []float64{1, 6}}
	for _, r := range rows {
		t.Rows = append(t.Rows, papers.Row{Height: 6.5, Cells: []papers.Cell{{Text: r[0], Align: papers.Centre, Middle: true, Style: papers.Style{Face: papers.Hei}}, {Text: r[1], Align: papers.Left, Middle: true}}})
	}
	return t
}

func (b blank) head() papers.Table {
	var methods, team []string
	for _, m := range inspection.Methods {
		methods = append(methods, box(slices.Contains(b.Methods, m.Method))+m.Name)
	}
	for _, o := range b.Team {
		line := o.Name + "　执法证号 " + o.CertNo + "　" + o.Unit
		if o.ByHand {
			line += "　【非随机指派】"
		}
		team = append(team, line)
	}
	rows := [][2]string{{"被检查单位", b.Firm.Name}, {"证照号码", b.Firm.Code + "　" + b.Firm.Kind}, {"登记地址", b.Firm.Address}, {"检查地点", b.Firm.Place()},
		{"抽查任务", b.Task.Plan + "（" + b.Task.Number + "）" + b.Task.Name}, {"抽查事项", strings.Join(b.Items(), "；")}, {"检查方式", strings.Join(methods, "　")},
		{"检查日期", span(b.StartedOn, b.EndedOn)}, {"检查人员", strings.Join(team, "\n")}}
	if b.Department != "" {
		rows = append(rows, [2]string{"检查部门", b.Department})
	}
	for _, p := range b.parts {
		var names []string
		for _, o := range p.Team {
			names = append(names, o.Name+"（"+o.CertNo+"）")
		}
		rows = append(rows, [2]string{"一同检查", p.Department + "（检查表 " + p.FormID + "）：" + strings.Join(names, "、") + "。事项：" + strings.Join(p.Items, "；")})
	}
	return lined(append(rows, [2]string{"告知", "检查人员应出示执法证件。被检查单位有权申请回避，有权陈述、申辩。检查人员不得接受宴请和礼品，不得干预正常生产经营活动。监督电话：" + b.office.Phone})...)
}

// span is the days of the visit, or room for them.
func span(from, to calendar.Date) string {
	if from.Zero() {
		return "　　　　年　　月　　日　　时　　分　至　　　　年　　月　　日　　时　　分"
	}
	return from.Chinese() + " 至 " + to.Chinese()
}

func box(ticked bool) string {
	if ticked {
		return "☑"
	}
	return "□"
}

func (b blank) points() papers.Table {
	t := papers.Table{Widths: []float64{11, 60, 48, 34, 26}, Head: 1, Rows: []papers.Row{papers.HeadCells("序号", "检查要点", "依据", "结果", "说明")}}
	item := ""
	for i, p := range b.Points {
		if p.ItemID != item {
			item = p.ItemID
			t.Rows = append(t.Rows, papers.Row{Cells: []papers.Cell{{Text: p.Item, Span: 5, Align: papers.Left, Middle: true, Style: papers.Style{Face: papers.Hei}}}})
		}
		var answers string
		for k, a := range inspection.Answers {
			if k == 2 {
				answers += "\n"
			}
			if k%2 == 1 {
				answers += "　"
			}
			answers += box(p.Answer == a.Answer) + a.Name
		}
		row := papers.Cells(fmt.Sprint(i+1), p.Text, p.Basis, answers, p.Note)
		row.Cells[2].Size, row.Cells[3].Size = papers.SizeSmall5, papers.SizeSmall5
		row.Height = 11
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (b blank) results() papers.Table {
	var lines []string
	for i, c := range inspection.Codes {
		text := box(slices.Contains(b.Codes, c.Code)) + c.Name
		if i%2 == 1 && len([]rune(text))+len([]rune(lines[len(lines)-1])) < 44 {
			lines[len(lines)-1] += "　" + text
			continue
		}
		lines = append(lines, text)
	}
	return lined([2]string{"检查结果", strings.Join(lines, "\n")})
}

func (b blank) findings() papers.Table {
	t := papers.Table{Widths: []float64{11, 64, 52, 24, 28}, Head: 1, Rows: []papers.Row{papers.HeadCells("序号", "发现的问题", "改正要求", "期限", "处理结果")}}
	for _, x := range b.Findings {
		outcome := x.Outcome.Name()
		if !x.Open() {
			outcome += "（" + x.OutcomeOn.String() + "）"
		}
		t.Rows = append(t.Rows, papers.Cells(fmt.Sprint(x.No), x.Fact, x.Measure, x.DueOn.String(), outcome))
	}
	for len(b.Findings) == 0 && len(t.Rows) < 4 {
		t.Rows = append(t.Rows, papers.Row{Height: 12})
	}
	return t
}

func (b blank) texts() papers.Table {
	t := lined([2]string{"检查情况", b.Summary}, [2]string{"证据", b.Evidence})
	if b.Refusal != "" {
		t.Rows = append(t.Rows, lined([2]string{"拒签情况", b.Refusal}).Rows...)
	}
	for i := range t.Rows {
		t.Rows[i].Height = 13
	}
	return t
}

func (b blank) sign() papers.Table {
	t := papers.Table{Widths: []float64{30, 70, 15, 45}}
	for _, label := range []string{"被检查单位意见（拒签的写明情况）", "负责人签字", "检查人员签字", "检查人员签字", "见证人签字"} {
		label := papers.Cell{Text: label, Align: papers.Centre, Middle: true, Style: papers.Style{Face: papers.Hei}}
		if len(t.Rows) == 0 {
			t.Rows = append(t.Rows, papers.Row{Height: 16, Cells: []papers.Cell{label, {Span: 3}}})
			continue
		}
		t.Rows = append(t.Rows, papers.Row{Height: 13, Cells: []papers.Cell{label, {}, {Text: "日期", Align: papers.Centre, Middle: true}, {Text: "　　　年　　月　　日", Align: papers.Centre, Middle: true}}})
	}
	return t
}
