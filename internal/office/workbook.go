package office

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"github.com/xuri/excelize/v2"
)

// errDamaged is the sentence for a workbook that does not hold together.
func errDamaged(cause error) error {
	return &Error{
		Sentence: "工作簿已损坏或没有传完整；请重新导出，或用 WPS、Excel 打开后另存为 .xlsx 再上传",
		cause:    cause,
	}
}

// openWorkbook opens an XLSX file after having looked at all of it: excelize
// ends a damaged sheet early without a word.
func openWorkbook(l Limits, r io.ReaderAt, size int64) (*Table, error) {
	if size > l.WorkbookBytes {
		return nil, refuse("工作簿有 %s，超过 %s 的上限；请另存为“CSV UTF-8”，或拆成几个文件分批导入", bytesText(size), bytesText(l.WorkbookBytes))
	}
	merged, err := inspect(l, r, size)
	if err != nil {
		return nil, err
	}
	var t *Table
	err = guard(func() error {
		f, err := excelize.OpenReader(io.NewSectionReader(r, 0, size), excelize.Options{
			UnzipSizeLimit:    l.UnzipBytes,
			UnzipXMLSizeLimit: min(l.UnzipBytes, inMemory),
			CultureInfo:       excelize.CultureNameZhCN,
			ShortDatePattern:  "yyyy/m/d", // as a Chinese Excel shows it
		})
		if err != nil {
			return blame(err)
		}
		t, err = firstSheet(f)
		if err != nil {
			return errors.Join(err, f.Close())
		}
		t.Merged, err = mergedOn(t.Sheet, merged, f)
		return err
	})
	return t, err
}

// mergedOn returns what is merged on a sheet.
func mergedOn(sheet string, merged map[string][]string, f *excelize.File) ([]string, error) {
	if len(merged) == 0 {
		return nil, nil
	}
	var book struct {
		Sheets []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
		} `xml:"sheets>sheet"`
	}
	var links struct {
		All []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := errors.Join(part(f, "xl/workbook.xml", &book), part(f, "xl/_rels/workbook.xml.rels", &links)); err != nil {
		return nil, errDamaged(err)
	}
	for _, s := range book.Sheets {
		for _, l := range links.All {
			if s.Name != sheet || l.ID != s.ID {
				continue
			}
			if !path.IsAbs(l.Target) {
				l.Target = path.Join("/xl", l.Target)
			}
			return merged[partName(l.Target)[1:]], nil
		}
	}
	return nil, nil // a workbook of another making: merged cells stay unknown
}

// part reads one small part of a workbook.
func part(f *excelize.File, name string, into any) error {
	b, ok := f.Pkg.Load(name)
	if !ok {
		return nil
	}
	text, ok := b.([]byte)
	if !ok {
		return nil
	}
	return xml.Unmarshal(text, into)
}

// inMemory is the largest part of a workbook that is unpacked into memory
// rather than a temporary file.
const inMemory = 16 << 20

// guard turns a panic of the workbook's reader into an error: the file comes
// from outside, and no content may stop the program.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errDamaged(fmt.Errorf("panic while reading a workbook: %v", p))
		}
	}()
	return f()
}

// blame says whose fault an error of the workbook's reader is: the disk's, or
// the file's.
func blame(err error) error {
	if errors.As(err, new(*fs.PathError)) {
		return err
	}
	return errDamaged(err)
}

// firstSheet makes a table of the first visible sheet.
func firstSheet(f *excelize.File) (*Table, error) {
	var visible []string
	for _, name := range f.GetSheetList() {
		shown, err := f.GetSheetVisible(name)
		if err != nil {
			return nil, errDamaged(err)
		}
		if shown {
			visible = append(visible, name)
		}
	}
	if len(visible) == 0 {
		return nil, refuse("工作簿里没有可见的工作表；请取消隐藏后再上传")
	}
	sheet := visible[0]
	return &Table{
		Format: XLSX, Sheet: sheet, Others: visible[1:],
		read:  func() (source, error) { return readSheet(f, sheet) },
		close: f.Close,
	}, nil
}

// sheetReader reads one sheet.
type sheetReader struct {
	rows *excelize.Rows
	row  int
}

// readSheet starts at the top of a sheet.
func readSheet(f *excelize.File, sheet string) (source, error) {
	s := &sheetReader{}
	err := guard(func() (err error) {
		if s.rows, err = f.Rows(sheet); err != nil {
			return blame(err)
		}
		return nil
	})
	return s, err
}

// next reads a row. Rows that the file leaves out come as rows of nothing.
func (s *sheetReader) next() (Row, error) {
	var row Row
	err := guard(func() error {
		if !s.rows.Next() {
			if err := s.rows.Error(); err != nil {
				return blame(err)
			}
			return io.EOF
		}
		cells, err := s.rows.Columns()
		if err != nil {
			return blame(err)
		}
		s.row++
		row = Row{Number: s.row, Cells: cells[:extent(cells)]}
		return nil
	})
	return row, err
}

// close releases the sheet's temporary file.
func (s *sheetReader) close() error { return s.rows.Close() }
