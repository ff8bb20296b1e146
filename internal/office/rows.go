package office

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// packer puts a workbook's parts into their container, and last the sheets, in
// their order: the rows of each between its head and its foot, while they are
// read. The library alone would keep the rows on the disk and then the container
// in memory.
type packer struct {
	*zip.Writer
	sheets []*sheetRows
}

// Create begins a part.
func (p *packer) Create(name string) (io.Writer, error) {
	for _, s := range p.sheets {
		if s.part == name {
			return &s.frame, nil
		}
	}
	return p.Writer.Create(name)
}

// Close ends the container, but not of a workbook that is not whole: nobody may
// take it for one.
func (p *packer) Close() error {
	for _, s := range p.sheets {
		if err := s.write(p.Writer); err != nil {
			return err
		}
	}
	return p.Writer.Close()
}

// sheetRows writes a sheet's part: the frame, which the library has made without
// rows and is short, and the rows in their place.
type sheetRows struct {
	sheet Sheet
	look  styles
	part  string
	frame bytes.Buffer
	to    io.Writer
	line  []byte
}

// foot is what follows the rows.
const foot = "</sheetData>"

func (s *sheetRows) write(zip *zip.Writer) error {
	at := bytes.Index(s.frame.Bytes(), []byte(foot))
	if at < 0 {
		return errors.New("BUG: a sheet without a place for its rows")
	}
	w, err := zip.Create(s.part)
	if err != nil {
		return err
	}
	s.to = &measured{to: w}
	if _, err = s.to.Write(s.frame.Next(at)); err == nil {
		err = s.rows()
	}
	if err == nil {
		_, err = s.to.Write(s.frame.Bytes())
	}
	return err
}

// rows writes the rows below the header.
func (s *sheetRows) rows() error {
	if s.sheet.Rows == nil {
		return nil
	}
	n := 1
	for row, err := range s.sheet.Rows {
		if err != nil {
			return err
		}
		if n++; n > excelize.TotalRows {
			return refuse("超过一个工作表的 %d 行上限；请改为导出 CSV，或缩小范围", excelize.TotalRows)
		}
		if err := s.row(n, row); err != nil {
			return err
		}
	}
	return nil
}

// row writes one row in the words of ECMA-376, part 1, 18.3.1.73.
func (s *sheetRows) row(n int, row []any) (err error) {
	s.line = strconv.AppendInt(append(s.line[:0], `<row r="`...), int64(n), 10)
	if h := s.sheet.height(row); h > 0 {
		s.line = strconv.AppendFloat(append(s.line, `" customHeight="1" ht="`...), h, 'f', -1, 64)
	}
	s.line = append(s.line, `">`...)
	for i, v := range row {
		column, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		s.line = strconv.AppendInt(append(append(s.line, `<c r="`...), column...), int64(n), 10)
		if err := s.cell(v, s.look.text, 0); err != nil {
			return fmt.Errorf("row %d, column %d: %w", n, i+1, err)
		}
	}
	_, err = s.to.Write(append(s.line, "</row>"...))
	return err
}

// cell ends a cell of the line: a text has one look, a number another. 0 is
// none.
func (s *sheetRows) cell(v any, text, number int) error {
	switch x := v.(type) {
	case string:
		if len(x) > maxText && units(x) > maxText {
			return refuse("有单元格超过 Excel 的 %d 字上限；请改为导出 CSV", maxText)
		}
		s.begin(text)
		s.text(x)
	case int:
		s.begin(number)
		s.number(strconv.AppendInt(nil, int64(x), 10))
	case int64:
		s.begin(number)
		s.number(strconv.AppendInt(nil, x, 10))
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return s.cell(fmt.Sprint(x), text, number)
		}
		s.begin(number)
		s.number(strconv.AppendFloat(nil, x, 'f', -1, 64))
	case Marked:
		return s.cell(x.Value, s.look.marked, s.look.marked)
	default:
		return fmt.Errorf("a cell cannot hold a %T", v)
	}
	return nil
}

// begin ends the cell's address and gives it its look.
func (s *sheetRows) begin(look int) {
	s.line = append(s.line, '"')
	if look > 0 {
		s.line = append(strconv.AppendInt(append(s.line, ` s="`...), int64(look), 10), '"')
	}
}

func (s *sheetRows) number(digits []byte) {
	s.line = append(append(append(s.line, "><v>"...), digits...), "</v></c>"...)
}

// units counts a text's UTF-16 units.
func units(s string) (n int) {
	for _, c := range s {
		n += utf16.RuneLen(c)
	}
	return n
}

// reads reports whether Excel reads an escaped character at the beginning of a
// text: _xHHHH_ (ECMA-376, part 1, 22.9.2.19).
func reads(s string) bool {
	return len(s) > 6 && s[1] == 'x' && s[6] == '_' && strings.Trim(s[2:6], "0123456789ABCDEFabcdef") == ""
}

// text writes a text that is in the cell itself.
func (s *sheetRows) text(x string) {
	if x == "" {
		s.line = append(s.line, "/>"...)
		return
	}
	s.line = append(s.line, ` t="inlineStr"><is><t xml:space="preserve">`...)
	from := 0
	for i, c := range x {
		word := ""
		switch {
		case c == '_' && reads(x[i:]):
			word = "_x005F_"
		case c == '&':
			word = "&amp;"
		case c == '<':
			word = "&lt;"
		case c == '>':
			word = "&gt;"
		case c == '\r':
			word = "&#xD;" // a parser would make a line feed of it
		case c == utf8.RuneError || c < ' ' && c != '\n' && c != '\t' || c == 0xFFFE || c == 0xFFFF:
			word = "\uFFFD" // not in XML
		default:
			continue
		}
		s.line = append(append(s.line, x[from:i]...), word...)
		_, size := utf8.DecodeRuneInString(x[i:])
		from = i + size
	}
	s.line = append(append(s.line, x[from:]...), "</t></is></c>"...)
}

// measured refuses a part that Excel would call broken: of more than 4 GB it
// wants to be told at the part's beginning.
type measured struct {
	to io.Writer
	n  int64
}

func (m *measured) Write(p []byte) (int, error) {
	if m.n += int64(len(p)); m.n > math.MaxUint32 {
		return 0, refuse("工作表超过 4 GB，Excel 打不开；请改为导出 CSV，或缩小范围")
	}
	return m.to.Write(p)
}
