package office

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/htmlindex"
)

// maxParts is the most parts that a workbook may consist of.
const maxParts = 10000

// inspect unpacks a workbook once without keeping anything: sizes, checksums,
// and the syntax of the parts that carry the cells.
// It returns what is merged, by the name of the part.
func inspect(l Limits, r io.ReaderAt, size int64) (map[string][]string, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, errDamaged(err)
	}
	if err := refuseOtherZip(z); err != nil {
		return nil, err
	}
	if err := checkSizes(l, z); err != nil {
		return nil, err
	}
	var texts textCount
	merged := map[string][]string{}
	for _, f := range z.File {
		ranges, err := inspectPart(f, &texts)
		if err != nil {
			if errors.As(err, new(*Error)) {
				return nil, err
			}
			return nil, errDamaged(fmt.Errorf("%s: %w", f.Name, err))
		}
		if len(ranges) > 0 {
			merged[partName(f.Name)] = ranges
		}
	}
	if texts.used > texts.known {
		return nil, errDamaged(fmt.Errorf("text %d of %d is missing", texts.used, texts.known))
	}
	return merged, nil
}

// partName is a part's name as its neighbours refer to it.
func partName(name string) string { return strings.ToLower(strings.ReplaceAll(name, `\`, "/")) }

// refuseOtherZip tells a workbook from the other files that are zip archives.
func refuseOtherZip(z *zip.Reader) error {
	names := make(map[string]bool, len(z.File))
	folders := make(map[string]bool)
	for _, f := range z.File {
		if f.Flags&1 != 0 {
			return refuse("文件设有密码，无法读取；请取消密码后再上传")
		}
		name := partName(f.Name)
		if names[name] { // which of the two a reader takes, nobody can know
			return errDamaged(fmt.Errorf("two parts %q", name))
		}
		names[name] = true
		folder, _, _ := strings.Cut(name, "/")
		folders[folder] = true
	}
	switch {
	case names["xl/workbook.bin"]:
		return refuse("这是 .xlsb 二进制工作簿；请在 Excel 中另存为 .xlsx 后再上传")
	case names["[content_types].xml"] && folders["xl"]:
		return nil
	case folders["word"]:
		return refuse("这不是表格文件（实际是 Word 文档）；请上传 .xlsx 或 .csv 文件")
	case folders["ppt"]:
		return refuse("这不是表格文件（实际是演示文稿）；请上传 .xlsx 或 .csv 文件")
	case names["mimetype"] && names["content.xml"]:
		return refuse("这是 OpenDocument 文件；请在 WPS 或 LibreOffice 中另存为 .xlsx 后再上传")
	}
	return refuse("这不是工作簿（实际是压缩包）；请解压后上传其中的 .xlsx 或 .csv 文件")
}

// checkSizes refuses a workbook by the sizes that it declares; archive/zip
// refuses a part that turns out larger than declared.
func checkSizes(l Limits, z *zip.Reader) error {
	var all, held uint64
	for _, f := range z.File {
		if f.UncompressedSize64 > uint64(l.UnzipBytes) {
			all = f.UncompressedSize64
			break
		}
		all += f.UncompressedSize64
		if !streamed(f.Name) {
			held += f.UncompressedSize64
		}
	}
	if all > uint64(l.UnzipBytes) || held > uint64(l.WorkbookBytes) || len(z.File) > maxParts {
		return refuse("工作簿展开后过大（上限 %s），不予读取；请只保留要导入的工作表，或另存为“CSV UTF-8”后再上传", bytesText(l.UnzipBytes))
	}
	return nil
}

// streamed reports whether excelize puts a large part of this name into a
// temporary file; it holds all others in memory.
func streamed(name string) bool {
	name = strings.ToLower(name)
	return strings.HasPrefix(name, "xl/worksheets/sheet") || name == "xl/sharedstrings.xml"
}

// textCount compares the texts that a workbook has with those it refers to.
type textCount struct {
	known int // in the table of shared strings
	used  int // one more than the highest that a cell refers to
}

// inspectPart reads one part to its end, so that its checksum is tested too.
func inspectPart(f *zip.File, texts *textCount) (merged []string, err error) {
	part, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer part.Close() // it was only read
	name := partName(f.Name)
	folder := path.Dir(name)
	carries := name == "xl/workbook.xml" || name == "xl/sharedstrings.xml" || name == "xl/styles.xml" ||
		folder == "xl/worksheets" && strings.HasSuffix(name, ".xml")
	if carries {
		if merged, err = wellFormed(part, texts); err != nil {
			return nil, err
		}
	}
	_, err = io.Copy(io.Discard, part)
	return merged, err
}

// wellFormed reads XML to its end; see partReader.
func wellFormed(r io.Reader, texts *textCount) (merged []string, err error) {
	d := xml.NewDecoder(r)
	d.CharsetReader = otherCharset
	p := partReader{texts: texts}
	for {
		token, err := d.RawToken()
		if err == io.EOF && len(p.open) == 0 {
			return p.merged, nil
		}
		if err == nil {
			err = p.take(token)
		}
		if err != nil {
			return nil, fmt.Errorf("at byte %d: %w", d.InputOffset(), err)
		}
	}
}

// A partReader follows one part of XML. It holds what excelize takes for
// granted: elements close in their order, rows and cells stand in the order of
// their addresses, and every text that is referred to exists. Document types
// are refused: workbooks have none, and they are how XML attacks its reader.
type partReader struct {
	texts    *textCount
	open     []string // elements
	row, col int      // last seen
	refers   bool     // the cell refers to a shared string
	hollow   int      // cells without anything in them
	merged   []string // ranges
}

// The most cells that may have a look and nothing in them, and the most ranges
// of merged cells that are kept.
const (
	mostHollow = 3_000_000
	mostMerged = 5_000
)

// take follows one token.
func (p *partReader) take(token xml.Token) error {
	switch x := token.(type) {
	case xml.Directive:
		return errors.New("a document type in a workbook")
	case xml.StartElement:
		p.open = append(p.open, x.Name.Local)
		return p.start(x)
	case xml.EndElement:
		last := len(p.open) - 1
		if last < 0 || p.open[last] != x.Name.Local {
			return fmt.Errorf("</%s> closes nothing", x.Name.Local)
		}
		p.open = p.open[:last]
	case xml.CharData:
		if last := len(p.open) - 1; p.refers && last >= 0 && p.open[last] == "v" {
			return p.texts.refer(string(x))
		}
	}
	return nil
}

// start follows the beginning of an element.
func (p *partReader) start(x xml.StartElement) error {
	switch x.Name.Local {
	case "si":
		p.texts.known++
	case "row":
		return p.startRow(attribute(x, "r"))
	case "c":
		p.refers = attribute(x, "t") == "s"
		if p.hollow++; p.hollow > mostHollow {
			return refuse("工作表里只有格式、没有内容的单元格超过 %d 个；请选中数据以外的行和列，右键“删除”（不是“清除”），保存后再上传", mostHollow)
		}
		return p.startCell(attribute(x, "r"))
	case "v", "is", "f":
		if len(p.open) > 1 && p.open[len(p.open)-2] == "c" {
			p.hollow--
		}
	case "mergeCell":
		if len(p.merged) < mostMerged {
			p.merged = append(p.merged, attribute(x, "ref"))
		}
	}
	return nil
}

// startRow holds the order of rows; a row without a number follows the last.
func (p *partReader) startRow(number string) error {
	row := p.row + 1
	if number != "" {
		var err error
		if row, err = strconv.Atoi(number); err != nil {
			return err
		}
	}
	if row <= p.row || row > excelize.TotalRows {
		return fmt.Errorf("row %d after row %d", row, p.row)
	}
	p.row, p.col = row, 0
	return nil
}

// startCell holds the order of cells in their row; a cell without an address
// follows the last.
func (p *partReader) startCell(address string) error {
	col, row := p.col+1, p.row
	if address != "" {
		var err error
		if col, row, err = excelize.CellNameToCoordinates(address); err != nil {
			return err
		}
	}
	if col <= p.col || row != p.row {
		return fmt.Errorf("cell %q after column %d of row %d", address, p.col, p.row)
	}
	p.col = col
	return nil
}

// otherCharset decodes XML that is not UTF-8.
func otherCharset(label string, r io.Reader) (io.Reader, error) {
	e, err := htmlindex.Get(label)
	if err != nil {
		return nil, err
	}
	return e.NewDecoder().Reader(r), nil
}

// attribute returns the value of an attribute; "" if it has none.
func attribute(x xml.StartElement, name string) string {
	for _, a := range x.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// refer notes a reference to a shared string.
func (t *textCount) refer(index string) error {
	n, err := strconv.Atoi(strings.TrimSpace(index))
	if err != nil || n < 0 {
		return fmt.Errorf("text %q is no number", index)
	}
	t.used = max(t.used, n+1)
	return nil
}
