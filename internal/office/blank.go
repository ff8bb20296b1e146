package office

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Blank is a workbook to be filled in by hand: one sheet with headings, one
// that explains them.
type Blank struct {
	Name  string // of the sheet to be filled in
	Heads []Head
	About Sheet
}

// Head is one heading of a Blank.
type Head struct {
	Name    string
	Note    string   // shown when the pointer rests on the heading
	Need    bool     // must be filled in: its ground is another
	Choices []string // offered in a list; another word is allowed after a warning
	Width   float64  // in characters; 0: 16
}

// blankRows is how far down a Blank's lists of choices reach.
const blankRows = 100_000

// WriteBlank writes a workbook to be filled in. Its cells are text from the
// start: a number of 18 digits that Excel takes for a number loses the last
// three for good.
func WriteBlank(w io.Writer, b Blank) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	look, err := newStyles(f)
	if err != nil {
		return fmt.Errorf("write blank: %w", err)
	}
	sheet, about := sheetName(b.Name, 0), sheetName(b.About.Name, 1)
	_, err = f.NewSheet(about)
	if err = errors.Join(err, f.SetSheetName("Sheet1", sheet)); err != nil {
		return fmt.Errorf("write blank: %w", err)
	}
	for i, h := range b.Heads {
		if err := writeHead(f, sheet, i+1, h, look); err != nil {
			return fmt.Errorf("write heading %q: %w", h.Name, err)
		}
	}
	err = f.SetPanes(sheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	if err = errors.Join(err, writeSheet(f, about, b.About, look)); err != nil {
		return fmt.Errorf("write blank: %w", err)
	}
	return f.Write(w)
}

func writeHead(f *excelize.File, sheet string, col int, h Head, look styles) error {
	name, err := excelize.ColumnNumberToName(col)
	if err != nil {
		return err
	}
	style, width := look.header, h.Width
	if h.Need {
		style = look.needed
	}
	if width == 0 {
		width = 16
	}
	err = errors.Join(f.SetColStyle(sheet, name, look.text), f.SetColWidth(sheet, name, name, width),
		f.SetCellStr(sheet, name+"1", h.Name), f.SetCellStyle(sheet, name+"1", name+"1", style),
		f.AddComment(sheet, excelize.Comment{Cell: name + "1", Width: 260, Height: uint(30 + 18*len([]rune(h.Note))/15), Paragraph: []excelize.RichTextRun{{Text: h.Note}}}))
	if err != nil || len(h.Choices) == 0 {
		return err
	}
	list := excelize.NewDataValidation(true)
	list.Sqref = fmt.Sprintf("%s2:%s%d", name, name, blankRows)
	list.SetError(excelize.DataValidationErrorStyleWarning, h.Name, "通常填："+strings.Join(h.Choices, "、")+"。仍要这样填吗？")
	return errors.Join(list.SetDropList(h.Choices), f.AddDataValidation(sheet, list))
}
