package office

import (
	"bufio"
	"bytes"
	"io"
	"strings"
)

// openText opens a file of rows of text.
func openText(r io.ReaderAt, size int64) (*Table, error) {
	c, err := detect(r, size)
	if err != nil {
		return nil, err
	}
	head := make([]byte, sample)
	n, err := io.ReadFull(c.reader(r, size), head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	head = head[:n]
	comma := delimiter(head)
	oldMac := bytes.IndexByte(head, '\n') < 0 && bytes.IndexByte(head, '\r') >= 0
	return &Table{Format: CSV, Encoding: c.name, read: func() (source, error) {
		return &splitter{r: bufio.NewReaderSize(c.reader(r, size), sample), comma: comma, oldMac: oldMac}, nil
	}}, nil
}

// delimiter returns the one of comma, tab and semicolon that the first line
// with anything on it has most of, outside quotation marks; a tab before a comma, for a heading
// may hold a comma and hardly a tab.
func delimiter(head []byte) byte {
	counts := map[byte]int{}
	quoted := false
	for _, b := range bytes.TrimLeft(head, "\r\n") {
		if b == '"' {
			quoted = !quoted
		}
		if quoted {
			continue
		}
		if b == '\n' || b == '\r' {
			break
		}
		counts[b]++
	}
	switch tabs, commas, semicolons := counts['\t'], counts[','], counts[';']; {
	case tabs > 0 && tabs >= commas && tabs >= semicolons:
		return '\t'
	case semicolons > commas:
		return ';'
	}
	return ','
}

// The bounds of one row; beyond them a quotation mark was not closed, or it is
// not a table.
const (
	maxRecord = 1 << 20 // bytes
	maxFields = 16384   // as in Excel
)

// A splitter cuts text into rows as Excel does. encoding/csv does not do here:
// it reads a quotation mark that is never closed to the end of the file, its
// lazy mode may join two rows into one with the right number of columns, and
// it does not count blank rows.
type splitter struct {
	r      *bufio.Reader
	comma  byte
	oldMac bool // rows end with a lone carriage return
	row    int

	state cellState
	buf   []byte // all cells of the row
	ends  []int  // where in buf each ended
	note  string
}

// cellState is where in a cell the reading stands.
type cellState int

const (
	atStart cellState = iota
	inPlain
	inQuotes
	atQuote // after a quotation mark within quotation marks
)

// next reads a row.
func (s *splitter) next() (Row, error) {
	s.state, s.buf, s.ends, s.note = atStart, s.buf[:0], s.ends[:0], ""
	s.row++
	for done := false; !done; {
		b, err := s.r.ReadByte()
		if err == io.EOF {
			if s.state == atStart && len(s.ends) == 0 {
				return Row{}, io.EOF
			}
			if s.state == inQuotes {
				return Row{}, s.unclosed()
			}
			s.endCell()
			break
		}
		if err != nil {
			return Row{}, err
		}
		if done, err = s.step(b); err != nil {
			return Row{}, err
		}
	}
	return Row{Number: s.row, Cells: s.cells(), Note: s.note}, nil
}

// unclosed is the row whose quotation mark swallowed the rest.
func (s *splitter) unclosed() error {
	return refuse("第 %d 行有一个引号没有闭合，其后的内容无法分行；请在 WPS 或 Excel 中核对该行，另存为 .xlsx 后再上传", s.row)
}

// step takes one byte, and reports whether the row is done.
func (s *splitter) step(b byte) (done bool, err error) {
	if len(s.buf) >= maxRecord || len(s.ends) >= maxFields {
		if s.state == inQuotes {
			return false, s.unclosed()
		}
		return false, refuse("第 %d 行过长，不像表格的一行；请核对文件后再上传", s.row)
	}
	if s.state == inQuotes {
		if b == '"' {
			s.state = atQuote
		} else {
			s.buf = append(s.buf, b)
		}
		return false, nil
	}
	switch {
	case b == s.comma:
		s.endCell()
	case b == '\n', b == '\r' && s.endsRow():
		s.endCell()
		return true, nil
	case b == '"' && s.state == atStart:
		s.state = inQuotes
	case b == '"' && s.state == atQuote:
		s.buf = append(s.buf, b)
		s.state = inQuotes
	default:
		if s.state == atQuote {
			s.note = "引号的位置不对，这一行可能与相邻的行或列混在一起，请核对"
		}
		s.buf = append(s.buf, b)
		s.state = inPlain
	}
	return false, nil
}

// endsRow reports whether a carriage return just read ends the row; if it is
// one half of CR LF, it reads the other.
func (s *splitter) endsRow() bool {
	if s.oldMac {
		return true
	}
	next, err := s.r.Peek(1)
	if err != nil || next[0] != '\n' {
		return false
	}
	_, err = s.r.Discard(1)
	return err == nil
}

// endCell ends the cell.
func (s *splitter) endCell() {
	s.ends = append(s.ends, len(s.buf))
	s.state = atStart
}

// cells cuts the row into its cells, which share one string.
func (s *splitter) cells() []string {
	all := string(s.buf)
	if len(all) == 0 {
		return nil // many commas, or nothing
	}
	cells := make([]string, len(s.ends))
	start := 0
	for i, end := range s.ends {
		cells[i] = all[start:end]
		start = end
	}
	return cells
}

// close has nothing to release.
func (s *splitter) close() error { return nil }

// Code returns a number as it may stand in a CSV cell: a spreadsheet drops the
// zeros at its beginning and all digits from the sixteenth on, so an apostrophe
// goes before one that would be changed.
func Code(s string) string {
	if len(s) > 1 && strings.Trim(s, "0123456789") == "" && (len(s) > 11 || s[0] == '0') {
		return "'" + s
	}
	return s
}

// Safe returns s as it may stand in a CSV cell: a spreadsheet would take text
// that begins with one of = + - @ (or their full-width forms), a tab, a return
// or a NUL for a formula, so an apostrophe goes before it. Plain negative
// numbers and a lone dash stay.
func Safe(s string) string {
	text := strings.TrimLeft(s, " ")
	if text == "" || !strings.ContainsRune("=+-@＝＋－＠\t\r\n\x00", []rune(text)[0]) {
		return s
	}
	if text[0] == '-' && strings.Trim(text[1:], "0123456789.") == "" {
		return s
	}
	return "'" + s
}
