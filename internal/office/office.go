// Package office reads the tables that offices send, as rows of text, and
// writes tables that they can open: XLSX workbooks and CSV files.
//
// Reading judges nothing about the content: which row is the header, and what
// a row means, is the caller's matter. What cannot be read without guessing is
// refused with an Error whose Chinese sentence says what is wrong and what to
// do. Rows are read as a stream; memory does not grow with a CSV file, and a
// workbook takes about twice the file itself.
package office

import (
	"fmt"
	"io"
	"iter"
)

// Error is a file that cannot be read, in words for the person who sent it.
type Error struct {
	Sentence string // Chinese: what is wrong, and what to do
	cause    error
}

// Error returns the sentence.
func (e *Error) Error() string { return e.Sentence }

// Unwrap returns the technical cause, for the log; nil if there is none.
func (e *Error) Unwrap() error { return e.cause }

// refuse makes an Error of its sentence.
func refuse(format string, args ...any) error {
	return &Error{Sentence: fmt.Sprintf(format, args...)}
}

// Limits bound what one file may cost. A zero field takes its default.
type Limits struct {
	MaxBytes      int64 // of the file; default 512 MiB
	WorkbookBytes int64 // of the file if it is a workbook, which is held in memory; default 128 MiB
	UnzipBytes    int64 // of a workbook once unpacked; default 1 GiB
	MaxRows       int   // that hold anything; default 2,000,000
	MaxCols       int   // up to the last that holds anything; default 200
	MaxCells      int   // in all rows together; default 50,000,000
}

// filled returns l with its defaults.
func (l Limits) filled() Limits {
	return Limits{
		MaxBytes:      or(l.MaxBytes, 512<<20),
		WorkbookBytes: or(l.WorkbookBytes, 128<<20),
		UnzipBytes:    or(l.UnzipBytes, 1<<30),
		MaxRows:       or(l.MaxRows, 2_000_000),
		MaxCols:       or(l.MaxCols, 200),
		MaxCells:      or(l.MaxCells, 50_000_000),
	}
}

// or returns n, or the default if n is zero.
func or[T int | int64](n, otherwise T) T {
	if n == 0 {
		return otherwise
	}
	return n
}

// Row is one row of a table that holds anything; rows of nothing are left out.
type Row struct {
	// Number is what stands beside the row when the file is open in Excel or
	// WPS, from 1; rows of nothing count.
	Number int
	// Cells are as the file has them, control characters and blanks included.
	// A CSV row has all its cells, so that a shifted row shows; a workbook's
	// row ends with its last cell that holds anything. Dates and numbers are
	// the text that the workbook shows.
	Cells []string
	// Note is a Chinese sentence if the row could be read in more than one
	// way (a quotation mark out of place in CSV); usually "".
	Note string
}

// Format is a kind of file.
type Format string

// The formats that can be read.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
)

// Table is an open file. Close it.
type Table struct {
	Format   Format
	Encoding string   // of a CSV: UTF-8, GB18030 or UTF-16
	Sheet    string   // of a workbook: the sheet that is read, the first visible one
	Others   []string // of a workbook: the other visible sheets, which are not read
	Merged   []string // of a workbook: ranges of merged cells, such as A2:A9; only the first cell of one has its text

	limits Limits
	read   func() (source, error)
	close  func() error
}

// source gives one row after another, also those of nothing, and io.EOF.
type source interface {
	next() (Row, error)
	close() error
}

// Open opens a table by what it contains, whatever its name says, within the
// default limits. The name is used in sentences only.
func Open(name string, r io.ReaderAt, size int64) (*Table, error) {
	return Limits{}.Open(name, r, size)
}

// Open opens a table within the limits. r must stay open until Close.
func (l Limits) Open(name string, r io.ReaderAt, size int64) (*Table, error) {
	l = l.filled()
	if size == 0 {
		return nil, refuse("文件是空的；请确认选对了文件")
	}
	if size > l.MaxBytes {
		return nil, refuse("文件有 %s，超过 %s 的上限；请拆成几个文件分批导入", bytesText(size), bytesText(l.MaxBytes))
	}
	form, err := sniff(r, size)
	if err != nil {
		return nil, wrap(name, err)
	}
	var t *Table
	if form == XLSX {
		t, err = openWorkbook(l, r, size)
	} else {
		t, err = openText(r, size)
	}
	if err != nil {
		return nil, wrap(name, err)
	}
	t.limits = l
	return t, nil
}

// wrap names the file in errors that are ours; sentences stay as they are.
func wrap(name string, err error) error {
	return fmt.Errorf("open table %q: %w", name, err)
}

// bytesText writes a size for people.
func bytesText(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d KB", (n+1023)>>10)
	}
	return fmt.Sprintf("%d MB", (n+1<<20-1)>>20)
}

// Close releases what Open took; r stays open.
func (t *Table) Close() error {
	if t.close == nil {
		return nil
	}
	return t.close()
}

// Rows returns the rows that hold anything, from the top. It may be called
// again and starts anew. An error is the last thing that it yields; it is an
// *Error if the file is to blame.
func (t *Table) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		src, err := t.read()
		if err != nil {
			yield(Row{}, err)
			return
		}
		defer src.close() // reading is over; nothing depends on it
		count := counter{limits: t.limits}
		for {
			row, err := src.next()
			if err == io.EOF {
				return
			}
			if err == nil && extent(row.Cells) == 0 {
				continue
			}
			if err == nil {
				err = count.add(row)
			}
			if err != nil {
				yield(Row{}, err)
				return
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// extent returns how many cells there are up to the last that holds anything.
func extent(cells []string) int {
	for i := len(cells); i > 0; i-- {
		if cells[i-1] != "" {
			return i
		}
	}
	return 0
}

// counter holds the limits of rows.
type counter struct {
	limits      Limits
	rows, cells int
}

// add counts a row and refuses the one that is too many.
func (c *counter) add(row Row) error {
	width := extent(row.Cells)
	c.rows++
	c.cells += width
	if width > c.limits.MaxCols {
		return refuse("第 %d 行有 %d 列，超过 %d 列的上限；请删去多余的列后再上传", row.Number, width, c.limits.MaxCols)
	}
	if c.rows > c.limits.MaxRows {
		return refuse("表格超过 %d 行的上限；请拆成几个文件分批导入", c.limits.MaxRows)
	}
	if c.cells > c.limits.MaxCells {
		return refuse("表格超过 %d 个单元格的上限；请删去不用的列，或拆成几个文件分批导入", c.limits.MaxCells)
	}
	return nil
}
