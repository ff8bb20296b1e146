package office

import (
	"archive/zip"
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
)

// Sheet is one sheet of a workbook to be written.
type Sheet struct {
	Name   string // what Excel does not allow in it is replaced by “_”
	Header []string
	Widths []float64 // of the columns, in characters; missing ones are 16
	// Rows yields the rows below the header. A cell is a string, which becomes
	// text and is never taken for a number, date or formula; an int, int64 or
	// float64; or Marked.
	Rows iter.Seq2[[]any, error]
	Bars int  // rows of which a chart is drawn beside them, the second column by the first; 0: none
	Wrap bool // long texts are broken into lines, not cut at the next cell
}

// Marked is a cell with a red ground, for mistakes to be corrected.
type Marked struct{ Value any }

// Texts makes rows of a workbook from rows of text.
func Texts(rows [][]string) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, row := range rows {
			cells := make([]any, len(row))
			for i, c := range row {
				cells[i] = c
			}
			if !yield(cells, nil) {
				return
			}
		}
	}
}

// maxText is the longest text of a cell in Excel, in UTF-16 units.
const maxText = 32767

// WriteXLSX writes a workbook of these sheets. The rows go out as they are read:
// memory does not grow with them, and nothing goes to the disk on the way.
func WriteXLSX(w io.Writer, sheets []Sheet) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	styles, err := newStyles(f)
	if err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	to := &packer{Writer: zip.NewWriter(w)}
	f.SetZipWriter(func(io.Writer) excelize.ZipWriter { return to })
	for i, s := range sheets {
		to.sheets = append(to.sheets, &sheetRows{sheet: s, look: styles.of(s), part: fmt.Sprintf("xl/worksheets/sheet%d.xml", i+1)})
		name := sheetName(s.Name, i)
		if i == 0 {
			err = f.SetSheetName("Sheet1", name)
		} else {
			_, err = f.NewSheet(name)
		}
		if err == nil {
			err = writeSheet(f, name, s, styles.of(s))
		}
		if err != nil {
			return fmt.Errorf("write sheet %q: %w", name, err)
		}
	}
	return f.Write(io.Discard) // what the library has kept in memory: nothing
}

// styles are the looks of cells.
type styles struct{ text, header, needed, marked, wrapped int }

// of are the looks on one sheet.
func (s styles) of(x Sheet) styles {
	if x.Wrap {
		s.text = s.wrapped
	}
	return s
}

// newStyles enters the looks into a workbook. Format 49 is “text”: a code or a
// formula stays text even after somebody has edited the cell.
func newStyles(f *excelize.File) (s styles, err error) {
	fill := func(colour string) excelize.Fill {
		return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colour}}
	}
	for _, e := range []struct {
		id    *int
		style excelize.Style
	}{
		{&s.text, excelize.Style{NumFmt: 49}},
		{&s.wrapped, excelize.Style{NumFmt: 49, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}}},
		{&s.header, excelize.Style{NumFmt: 49, Font: &excelize.Font{Bold: true}, Fill: fill("E7EBF0"),
			Alignment: &excelize.Alignment{Vertical: "center", WrapText: true}}},
		{&s.needed, excelize.Style{NumFmt: 49, Font: &excelize.Font{Bold: true, Color: "7A0000"}, Fill: fill("FFE699"),
			Alignment: &excelize.Alignment{Vertical: "center", WrapText: true}}},
		{&s.marked, excelize.Style{NumFmt: 49, Fill: fill("FFC7CE"), Font: &excelize.Font{Color: "9C0006"}}},
	} {
		if *e.id, err = f.NewStyle(&e.style); err != nil {
			return s, err
		}
	}
	return s, nil
}

// sheetName makes a name that Excel accepts: at most 31 UTF-16 units, none of
// the signs that addresses use.
func sheetName(name string, i int) string {
	name = strings.Map(func(c rune) rune {
		if c < ' ' || strings.ContainsRune(`[]:*?/\'`, c) {
			return '_'
		}
		return c
	}, name)
	for len(utf16.Encode([]rune(name))) > 31 {
		runes := []rune(name)
		name = string(runes[:len(runes)-1])
	}
	if name == "" {
		return fmt.Sprintf("Sheet%d", i+1)
	}
	return name
}

// writeSheet makes one sheet, but for its rows.
func writeSheet(f *excelize.File, name string, s Sheet, look styles) error {
	if err := printed(f, name, s); err != nil {
		return err
	}
	if s.Bars > 0 { // before the rows: a sheet that is streamed takes nothing after them
		if err := chart(f, name, s); err != nil {
			return err
		}
	}
	sw, err := f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	for i := range s.Header {
		if err := sw.SetColWidth(i+1, i+1, s.width(i)); err != nil {
			return err
		}
	}
	if err := sw.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	header := make([]any, len(s.Header))
	for i, h := range s.Header {
		header[i] = excelize.Cell{StyleID: look.header, Value: h}
	}
	if err := sw.SetRow("A1", header); err != nil {
		return err
	}
	return sw.Flush()
}

// printed lays a sheet out for A4: all columns on one page, on its side if they
// are wide, and the header on every page.
func printed(f *excelize.File, name string, s Sheet) error {
	wide := 0.0
	for i := range s.Header {
		wide += s.width(i)
	}
	if s.Bars > 0 {
		wide += chartChars
	}
	if err := onePageWide(f, name, wide > 90); err != nil {
		return err
	}
	return f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: "'" + name + "'!$1:$1", Scope: name})
}

func onePageWide(f *excelize.File, name string, onItsSide bool) error {
	yes, a4, one, any, way := true, 9, 1, 0, "portrait"
	if onItsSide {
		way = "landscape"
	}
	if err := f.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &yes}); err != nil {
		return err
	}
	return f.SetPageLayout(name, &excelize.PageLayoutOptions{Size: &a4, Orientation: &way, FitToWidth: &one, FitToHeight: &any})
}

// width is that of a column, in characters.
func (s Sheet) width(col int) float64 {
	if col < len(s.Widths) {
		return s.Widths[col]
	}
	return 16
}

// height is that of a row whose texts are broken, in points; not every program
// works it out when it opens the file. 0: as always.
func (s Sheet) height(row []any) float64 {
	if !s.Wrap {
		return 0
	}
	lines := 1
	for i, v := range row {
		wide := 0.0
		for _, c := range fmt.Sprint(v) {
			wide++
			if c > 0x2e7f { // a Chinese character is as wide as two
				wide++
			}
		}
		lines = max(lines, int(math.Ceil(wide/(s.width(i)-1))))
	}
	return float64(15 * lines)
}

// WriteCSV writes a table as Excel and WPS expect it: UTF-8 with its mark, CR
// LF, and no cell that a spreadsheet would take for a formula (Safe).
func WriteCSV(w io.Writer, header []string, rows iter.Seq2[[]string, error]) error {
	b := bufio.NewWriter(w)
	if _, err := b.WriteString(bomUTF8); err != nil {
		return err
	}
	c := csv.NewWriter(b)
	c.UseCRLF = true
	if err := c.Write(safe(header)); err != nil {
		return err
	}
	for row, err := range rows {
		if err != nil {
			return err
		}
		if err := c.Write(safe(row)); err != nil {
			return err
		}
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return err
	}
	return b.Flush()
}

// safe returns a copy of the row with every cell safe.
func safe(row []string) []string {
	row = slices.Clone(row)
	for i, s := range row {
		row[i] = Safe(s)
	}
	return row
}
