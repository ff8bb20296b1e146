package report

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"strconv"
	"strings"

	"suiji/calendar"
	"suiji/internal/office"
	"suiji/internal/papers"
)

// blank is where people have to write and nobody has.
const blank = "（此处由经办人填写）"

var numerals = []string{"一", "二", "三", "四", "五", "六", "七", "八", "九", "十"}

// Document lays the summary out as an official document, with its tables
// behind it.
func (x Summary) Document() (papers.Document, error) {
	c := x.Content
	s := papers.Official()
	s.Blocks = append(s.Blocks,
		papers.Paragraph{Text: papers.Titled(c.Title, 20), Align: papers.Centre, Style: papers.Style{Face: papers.Title, Size: papers.Size2}, Pitch: 34},
		papers.Space(16))
	for i, sec := range c.Sections {
		s.Blocks = append(s.Blocks, papers.Paragraph{Text: numerals[i%len(numerals)] + "、" + sec.Title, Indent: 2, Level: 1, Keep: true, Style: papers.Style{Face: papers.Hei}})
		for _, text := range []string{sec.Said, sec.Words} {
			for _, line := range strings.Split(text, "\n") {
				if line != "" {
					s.Blocks = append(s.Blocks, papers.Paragraph{Text: line, Indent: 2})
				}
			}
		}
		if sec.Needs && sec.Words == "" {
			s.Blocks = append(s.Blocks, papers.Paragraph{Text: blank, Indent: 2})
		}
	}
	on := x.DecidedAt
	if x.State != Approved {
		on = x.ChangedAt
		s.Head = []papers.Block{papers.Paragraph{Text: "（" + x.State.Name() + "，未经批准）", Align: papers.Right, Style: papers.Style{Face: papers.Hei, Size: papers.Size5}}}
	}
	s.Blocks = append(s.Blocks, papers.Space(28),
		papers.Paragraph{Text: c.Unit, Align: papers.Right, Right: 2, Keep: true},
		papers.Paragraph{Text: calendar.In(on).Chinese(), Align: papers.Right, Right: 2})
	annex := papers.Form()
	annex.Head = s.Head
	for i, t := range c.Tables {
		blocks, err := t.blocks(i + 1)
		if err != nil {
			return papers.Document{}, err
		}
		annex.Blocks = append(annex.Blocks, blocks...)
	}
	foot := "数字统计时间：" + clock(c) + "。"
	if x.Digest != "" {
		foot += "本稿摘要：" + x.Digest
	}
	annex.Blocks = append(annex.Blocks, papers.Paragraph{Text: foot, Align: papers.Left, Before: 8, Style: papers.Style{Size: papers.SizeSmall5}})
	return papers.Document{Title: c.Title, Author: c.Unit, Sections: []papers.Section{s, annex}}, nil
}

// clock says when a content was counted, in China's time.
func clock(c Content) string {
	return calendar.Clock(c.At()).Format("2006-01-02 15:04")
}

// wholeRows is how many rows a table may have that stands on one page.
const wholeRows = 20

// blocks is the table with its heading, and a bar in each row of a count.
func (t Table) blocks(no int) ([]papers.Block, error) {
	out := []papers.Block{papers.Paragraph{Text: fmt.Sprintf("表 %d　%s", no, t.Name), Align: papers.Left, Before: 10, After: 3, Level: 2, Keep: true, Style: papers.Style{Face: papers.Hei, Size: papers.SizeSmall4}}}
	if t.About != "" {
		out = append(out, papers.Paragraph{Text: t.About, Align: papers.Left, After: 3, Keep: true, Style: papers.Style{Size: papers.SizeSmall5}})
	}
	if len(t.Rows) == 0 {
		return append(out, papers.Paragraph{Text: "没有。", Align: papers.Left}), nil
	}
	table := papers.Table{Head: 1, Whole: len(t.Rows) <= wholeRows}
	for i := range t.Head {
		table.Widths = append(table.Widths, t.width(i))
	}
	head := papers.HeadCells(t.Head...)
	if t.Bars > 0 {
		table.Widths, head.Cells = append(table.Widths, 40), append(head.Cells, papers.HeadCells("图").Cells...)
	}
	table.Rows = append(table.Rows, head)
	t.right(head)
	for _, r := range t.Rows {
		row := papers.Cells(r...)
		t.right(row)
		if t.Bars > 0 {
			cell := papers.Cell{Middle: true}
			if n := t.Bar(r); n > 0 {
				body, err := barPNG(n)
				if err != nil {
					return nil, err
				}
				cell.Blocks = []papers.Block{papers.Image{PNG: body, Width: 35, Height: 3, Align: papers.Left, Alt: fmt.Sprintf("%s：%s", r[0], r[t.Bars-1])}}
			}
			row.Cells = append(row.Cells, cell)
		}
		table.Rows = append(table.Rows, row)
	}
	return append(out, table), nil
}

// right puts the figures of a row, and what stands over them, at the right.
func (t Table) right(r papers.Row) {
	for i := range t.Head {
		if t.Figures(i) {
			r.Cells[i].Align = papers.Right
		}
	}
}

// width is that of a column, by its longest text.
func (t Table) width(col int) float64 {
	longest := len([]rune(t.Head[col]))
	for _, r := range t.Rows {
		longest = max(longest, len([]rune(r[col])))
	}
	return float64(min(60, 8+3*longest))
}

// barPNG draws a bar of so many percent, on a ground of its full length; it
// holds on a black-and-white printer.
func barPNG(percent int) ([]byte, error) {
	const w, h = 350, 30
	img := image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.White, color.RGBA{0x1a, 0x56, 0xa8, 0xff}, color.RGBA{0x99, 0x99, 0x99, 0xff}})
	for x := range w {
		for y := range h {
			switch {
			case x < max(2, w*percent/100):
				img.SetColorIndex(x, y, 1)
			case y == h-1:
				img.SetColorIndex(x, y, 2)
			}
		}
	}
	var b bytes.Buffer
	err := png.Encode(&b, img)
	return b.Bytes(), err
}

// WriteDOCX writes the summary as DOCX.
func (x Summary) WriteDOCX(w io.Writer) error {
	d, err := x.Document()
	if err != nil {
		return err
	}
	return papers.WriteDOCX(w, d)
}

// WritePDF writes the summary as PDF. Errors: Conflict without a font.
func (s *Service) WritePDF(w io.Writer, x Summary) error {
	d, err := x.Document()
	if err != nil {
		return err
	}
	return s.Fonts.WritePDF(w, d)
}

// WriteXLSX writes the tables as a workbook: counts as numbers, with a chart
// of its own beside each table that counts.
func (x Summary) WriteXLSX(w io.Writer) error { return writeXLSX(w, x.Content) }

func writeXLSX(w io.Writer, c Content) error {
	about := office.Sheet{Name: "说明", Header: []string{"项目", "内容"}, Widths: []float64{20, 80},
		Rows: office.Texts([][]string{{"名称", c.Title}, {"单位", c.Unit}, {"数字统计时间", clock(c)}})}
	sheets := []office.Sheet{about}
	for _, t := range c.Tables {
		sheets = append(sheets, t.sheet())
	}
	return office.WriteXLSX(w, sheets)
}

func (t Table) sheet() office.Sheet {
	s := office.Sheet{Name: t.Name, Header: t.Head, Wrap: true}
	if t.Bars > 0 {
		s.Bars = len(t.Rows)
	}
	for i := range t.Head {
		s.Widths = append(s.Widths, min(70, t.width(i)*0.8))
	}
	s.Rows = func(yield func([]any, error) bool) {
		for _, r := range t.Rows {
			cells := make([]any, len(r))
			for i, text := range r {
				cells[i] = text
				if n, err := strconv.Atoi(text); err == nil && strconv.Itoa(n) == text {
					cells[i] = n
				}
			}
			if !yield(cells, nil) {
				return
			}
		}
	}
	return s
}
