package office

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/xuri/excelize/v2"
)

// Mark is something to say at one cell of a table.
type Mark struct {
	Row  int    // as Row.Number
	Col  int    // from 0
	Bad  bool   // red; otherwise amber
	Note string // Chinese: what is wrong, and what to do
}

// The colours of marks: ground, and letters dark enough on it.
var markColours = map[bool][2]string{true: {"FF7C80", "7A0000"}, false: {"FFE699", "5C4400"}}

// mostMarked is how many rows a table may have to come back whole: a workbook
// that is changed is held in memory. Of a longer one come the rows with marks
// and those at the top. mostNotes is how many cells get a note; the list of
// all is on a sheet of its own.
const (
	mostMarked = 30_000
	mostNotes  = 3_000
	topRows    = 10
)

// MarksSheet is the sheet behind the others that lists the marks.
const MarksSheet = "核对说明"

// Mark writes the table in r to w again as a workbook, with marks. A workbook
// comes back as it was, but for the marks; text becomes a workbook.
func (l Limits) Mark(r io.ReaderAt, size int64, marks []Mark, w io.Writer) error {
	t, err := l.Open("", r, size)
	if err != nil {
		return err
	}
	defer t.Close() // it was only read
	rows := 0
	for _, err := range t.Rows() {
		if err != nil {
			return err
		}
		rows++
	}
	return guard(func() (err error) {
		var f *excelize.File
		sheet := t.Sheet
		whole := rows <= mostMarked
		if t.Format == XLSX && whole {
			f, err = excelize.OpenReader(io.NewSectionReader(r, 0, size), excelize.Options{UnzipSizeLimit: l.filled().UnzipBytes})
		} else {
			f, sheet, marks, err = extract(t, marks, whole)
		}
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		if err := mark(f, sheet, marks, whole); err != nil {
			return fmt.Errorf("mark workbook: %w", err)
		}
		return f.Write(w)
	})
}

// extract makes a workbook of a table's rows as text: all of them, or those at
// the top and those with marks. It returns the marks where they are in it.
func extract(t *Table, marks []Mark, whole bool) (*excelize.File, string, []Mark, error) {
	f := excelize.NewFile()
	const sheet = "Sheet1"
	look, err := f.NewStyle(&excelize.Style{NumFmt: 49})
	if err != nil {
		return nil, "", nil, err
	}
	at := map[int]int{} // row of the table → row here
	for _, m := range marks {
		at[m.Row] = 0
	}
	n, last := 0, 0
	for row, err := range t.Rows() {
		if err != nil {
			return nil, "", nil, err
		}
		if _, marked := at[row.Number]; !marked && !whole && n >= topRows {
			continue
		}
		if n++; whole {
			n = row.Number
		}
		at[row.Number] = n
		for i, c := range row.Cells {
			if err := setText(f, sheet, i, n, c, look); err != nil {
				return nil, "", nil, err
			}
		}
		last = max(last, len(row.Cells))
	}
	var moved []Mark
	for _, m := range marks {
		if at[m.Row] > 0 {
			m.Row = at[m.Row]
			moved = append(moved, m)
		}
	}
	end, err := excelize.ColumnNumberToName(max(last, 1))
	if err != nil {
		return nil, "", nil, err
	}
	return f, sheet, moved, errors.Join(f.SetColStyle(sheet, "A:"+end, look), f.SetColWidth(sheet, "A", end, 20))
}

// setText writes one cell as text: never a number, a date or a formula.
func setText(f *excelize.File, sheet string, col, row int, text string, look int) error {
	if text == "" {
		return nil
	}
	cell, err := excelize.CoordinatesToCellName(col+1, row)
	if err != nil {
		return err
	}
	return errors.Join(f.SetCellStr(sheet, cell, text), f.SetCellStyle(sheet, cell, cell, look))
}

// marker puts marks on one sheet.
type marker struct {
	f     *excelize.File
	sheet string
	looks map[[2]int]int // look of a cell, and whether it is bad → look with the mark
}

func mark(f *excelize.File, sheet string, marks []Mark, whole bool) error {
	slices.SortStableFunc(marks, func(a, b Mark) int { return cmp.Or(a.Row-b.Row, a.Col-b.Col) })
	m := &marker{f: f, sheet: sheet, looks: map[[2]int]int{}}
	notes := 0
	for i := 0; i < len(marks); {
		one := marks[i]
		for i++; i < len(marks) && marks[i].Row == one.Row && marks[i].Col == one.Col; i++ {
			one.Note += "\n" + marks[i].Note
			one.Bad = one.Bad || marks[i].Bad
		}
		if err := m.cell(one, notes < mostNotes); err != nil {
			return err
		}
		notes++
	}
	return m.list(marks, whole)
}

// cell marks one cell and says why.
func (m *marker) cell(one Mark, note bool) error {
	cell, err := excelize.CoordinatesToCellName(one.Col+1, one.Row)
	if err != nil {
		return err
	}
	look, err := m.look(cell, one.Bad)
	if err != nil {
		return err
	}
	if err := m.f.SetCellStyle(m.sheet, cell, cell, look); err != nil || !note {
		return err
	}
	if err := m.f.DeleteComment(m.sheet, cell); err != nil {
		return err
	}
	return m.f.AddComment(m.sheet, excelize.Comment{Cell: cell, Author: "名录核对", Width: 260, Height: 110,
		Paragraph: []excelize.RichTextRun{{Text: one.Note}}})
}

// look is the cell's own look with the mark's colours.
func (m *marker) look(cell string, bad bool) (int, error) {
	own, err := m.f.GetCellStyle(m.sheet, cell)
	if err != nil {
		return 0, err
	}
	key := [2]int{own, 0}
	if bad {
		key[1] = 1
	}
	if id, ok := m.looks[key]; ok {
		return id, nil
	}
	style, err := m.f.GetStyle(own)
	if err != nil {
		style = &excelize.Style{NumFmt: 49}
	}
	c := markColours[bad]
	style.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{c[0]}}
	if style.Font == nil {
		style.Font = &excelize.Font{}
	}
	style.Font.Color, style.Font.ColorTheme, style.Font.ColorIndexed = c[1], nil, 0
	id, err := m.f.NewStyle(style)
	m.looks[key] = id
	return id, err
}

// list adds the sheet that lists the marks.
func (m *marker) list(marks []Mark, whole bool) error {
	if err := m.f.DeleteSheet(MarksSheet); err != nil { // of an earlier round
		return err
	}
	if _, err := m.f.NewSheet(MarksSheet); err != nil {
		return err
	}
	w, err := m.f.NewStreamWriter(MarksSheet)
	if err != nil {
		return err
	}
	says := "红色的格须改正后才能导入，黄色的请核对。改好后另存、上传即可：可以传整个文件，也可以只留表头和改过的行"
	if !whole {
		says = "原文件行数多，这里只有表头附近和需要改正的行，行号与原文件不同。" + says
	}
	err = errors.Join(w.SetColWidth(1, 1, 10), w.SetColWidth(2, 2, 10), w.SetColWidth(3, 3, 90),
		w.SetRow("A1", []any{says}), w.SetRow("A2", []any{"单元格", "处理", "说明"}))
	for i, one := range marks {
		cell, cellErr := excelize.CoordinatesToCellName(one.Col+1, one.Row)
		word := "提醒"
		if one.Bad {
			word = "不导入"
		}
		if err = errors.Join(err, cellErr, w.SetRow(fmt.Sprintf("A%d", i+3), []any{cell, word, one.Note})); err != nil {
			return err
		}
	}
	return errors.Join(err, w.Flush())
}
