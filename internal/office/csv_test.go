package office_test

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"suiji/internal/office"
)

// read opens content and reads all of it.
func read(t *testing.T, l office.Limits, content []byte) ([]office.Row, *office.Table, error) {
	t.Helper()
	table, err := l.Open("test", bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, nil, err
	}
	t.Cleanup(func() {
		if err := table.Close(); err != nil {
			t.Error(err)
		}
	})
	var rows []office.Row
	for row, err := range table.Rows() {
		if err != nil {
			return rows, table, err
		}
		rows = append(rows, row)
	}
	return rows, table, nil
}

// sentence returns the sentence of an office.Error, or fails.
func sentence(t *testing.T, err error) string {
	t.Helper()
	var e *office.Error
	if !errors.As(err, &e) {
		t.Fatalf("error = %v, want an *office.Error", err)
	}
	return e.Sentence
}

func TestCSV(t *testing.T) {
	const misplaced = "引号的位置不对，这一行可能与相邻的行或列混在一起，请核对"
	row := func(n int, cells ...string) office.Row { return office.Row{Number: n, Cells: cells} }
	for _, tt := range []struct {
		name, in string
		want     []office.Row
	}{
		{"LF", "a,b\n1,2\n", []office.Row{row(1, "a", "b"), row(2, "1", "2")}},
		{"CRLF, no last end", "a,b\r\n1,2", []office.Row{row(1, "a", "b"), row(2, "1", "2")}},
		{"old Mac", "a,b\r1,2\r", []office.Row{row(1, "a", "b"), row(2, "1", "2")}},
		{"mark", "\xEF\xBB\xBFa,b\n", []office.Row{row(1, "a", "b")}},
		{"tabs", "a\tb,c\n1\t2\n", []office.Row{row(1, "a", "b,c"), row(2, "1", "2")}},
		{"semicolons", "a;b;c,d\n1;2;3\n", []office.Row{row(1, "a", "b", "c,d"), row(2, "1", "2", "3")}},
		{"delimiter in quotes", "\"a;b;c\",d\n", []office.Row{row(1, "a;b;c", "d")}},
		{"blank rows count and go", "a,b\n\n,,\n1,2\n\"\"\n", []office.Row{row(1, "a", "b"), row(4, "1", "2")}},
		{"quoted", "\"a,\"\"b\"\"\",\"c\nd\"\n1,2\n", []office.Row{row(1, `a,"b"`, "c\nd"), row(2, "1", "2")}},
		{"lone quotation mark inside", "5\" pipe,b\n1,2\n", []office.Row{row(1, `5" pipe`, "b"), row(2, "1", "2")}},
		{"text after a quotation", "\"a\"x,b\n1,2\n", []office.Row{{Number: 1, Cells: []string{"ax", "b"}, Note: misplaced}, row(2, "1", "2")}},
		{"two rows joined by a lone mark", "h,i\n\"A,1\n\"B\",2\n", []office.Row{row(1, "h", "i"), {Number: 2, Cells: []string{"A,1\nB\"", "2"}, Note: misplaced}}},
		{"shifted row keeps its cells", "a,b,c\n1,2\n1,2,3,4\n", []office.Row{row(1, "a", "b", "c"), row(2, "1", "2"), row(3, "1", "2", "3", "4")}},
		{"empty cells at the end stay", "a,b,c\n1,,\n", []office.Row{row(1, "a", "b", "c"), row(2, "1", "", "")}},
		{"control characters stay", "a\x00,\x01b\rc, d \n", []office.Row{row(1, "a\x00", "\x01b\rc", " d ")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, _, err := read(t, office.Limits{}, []byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("rows of %q (-want +got):\n%s", tt.in, diff)
			}
		})
	}
}

func TestCSVRefuses(t *testing.T) {
	chinese := "企业名称,地址\n元氏县机电设备总公司,元氏县长春路\n石家庄锦业建筑公司,石家庄市\n"
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(chinese)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().String(chinese)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, in string
		limits   office.Limits
		want     string // how the sentence begins
	}{
		{"empty", "", office.Limits{}, "文件是空的"},
		{"too large", "a,b\n1,2\n", office.Limits{MaxBytes: 4}, "文件有 1 KB，超过 1 KB 的上限"},
		{"a byte of UTF-8 lost", strings.Replace(chinese, "\x83", "", 1), office.Limits{}, "文字编码前后不一致：第 2 行"},
		{"a line of GB18030 in UTF-8", chinese + gb, office.Limits{}, "文字编码前后不一致：第 4 行"},
		{"mark of UTF-8, text of GB18030", "\xEF\xBB\xBF" + gb, office.Limits{}, "文字编码前后不一致：第 1 行"},
		{"neither", gb + "\xFF\xFF,x\n", office.Limits{}, "第 4 行有既不是 UTF-8 也不是 GB18030 的字节"},
		{"GB18030 cut off", gb + "\xB0", office.Limits{}, "第 4 行有既不是 UTF-8 也不是 GB18030 的字节"},
		{"UTF-16 without its mark", wide, office.Limits{}, "文件里有大量空字符"},
		{"UTF-16 cut off", "\xFF\xFE" + wide[:len(wide)-1], office.Limits{}, "UTF-16 文本的长度不对"},
		{"quotation to the end", "a,b\n\"1,2\n3,4\n", office.Limits{}, "第 2 行有一个引号没有闭合"},
		{"quotation over a megabyte", "a,b\n\"1" + strings.Repeat("x", 3<<20) + "\"\n", office.Limits{}, "第 2 行有一个引号没有闭合"},
		{"row over a megabyte", "a,b\n" + strings.Repeat("x", 3<<20), office.Limits{}, "第 2 行过长"},
		{"too many cells in a row", "a\n" + strings.Repeat(",", 20000), office.Limits{}, "第 2 行过长"},
		{"too many columns", "a,b\n" + strings.Repeat("x,", 201) + "\n", office.Limits{}, "第 2 行有 201 列，超过 200 列的上限"},
		{"too many rows", "a\nb\nc\n", office.Limits{MaxRows: 2}, "表格超过 2 行的上限"},
		{"too many cells", "a,b\nc,d\n", office.Limits{MaxCells: 3}, "表格超过 3 个单元格的上限"},
		{"PDF", "%PDF-1.7 ...", office.Limits{}, "这不是表格文件（实际是 PDF 文档）"},
		{"web page", "\n <TABLE><tr><td>1</td></tr></TABLE>", office.Limits{}, "这个文件实际是网页"},
		{"Excel 2003 XML", "\xEF\xBB\xBF<?xml version=\"1.0\"?><Workbook/>", office.Limits{}, "这个文件实际是 XML"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rows, _, err := read(t, tt.limits, []byte(tt.in))
			if err == nil {
				t.Fatalf("read %d rows, want a sentence", len(rows))
			}
			if got := sentence(t, err); !strings.HasPrefix(got, tt.want) || !strings.Contains(got, "；请") {
				t.Errorf("sentence = %s\nwant %s…；请…", got, tt.want)
			}
		})
	}
}

func TestEncodings(t *testing.T) {
	text := "企业名称,地址\r\n元氏县机电设备总公司,\"蟠龙路１２０号\"\r\n㐀𠀀,€\r\n"
	encode := func(e interface{ String(string) (string, error) }) string {
		s, err := e.String(text)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	want, _, err := read(t, office.Limits{}, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, in, encoding string }{
		{"UTF-8", text, "UTF-8"},
		{"UTF-8 with mark", "\xEF\xBB\xBF" + text, "UTF-8"},
		{"GB18030", encode(simplifiedchinese.GB18030.NewEncoder()), "GB18030"},
		{"UTF-16LE", encode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder()), "UTF-16"},
		{"UTF-16BE", encode(unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder()), "UTF-16"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, table, err := read(t, office.Limits{}, []byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if table.Encoding != tt.encoding {
				t.Errorf("Encoding = %s, want %s", table.Encoding, tt.encoding)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

// shared opens a file of the real data beside the repository.
func shared(t *testing.T, name string) []byte {
	t.Helper()
	dir, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		data := filepath.Join(dir, "shared", "data")
		if _, err := os.Stat(data); err == nil {
			b, err := os.ReadFile(filepath.Join(data, name))
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		if dir == filepath.Dir(dir) {
			t.Skip("shared/data is not beside the repository: nothing to compare with")
		}
	}
}

func TestYuanshiInBothEncodings(t *testing.T) {
	utf, table, err := read(t, office.Limits{}, shared(t, "targets-yuanshi.csv"))
	if err != nil || table.Encoding != "UTF-8" {
		t.Fatal(table, err)
	}
	gb, table, err := read(t, office.Limits{}, shared(t, "targets-yuanshi-gb18030.csv"))
	if err != nil || table.Encoding != "GB18030" {
		t.Fatal(table, err)
	}
	if len(utf) != 1+698 {
		t.Errorf("%d rows, want a header and 698", len(utf))
	}
	if diff := cmp.Diff(utf, gb); diff != "" {
		t.Errorf("rows in UTF-8 and GB18030 differ (-utf +gb):\n%s", diff)
	}
}

func TestShijiazhuangStreams(t *testing.T) {
	z, err := gzip.NewReader(bytes.NewReader(shared(t, "targets-shijiazhuang.csv.gz")))
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	rows, _, err := read(t, office.Limits{}, content)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1+20491 {
		t.Errorf("%d rows, want a header and 20,491", len(rows))
	}
	for _, r := range rows {
		if len(r.Cells) != 10 || r.Note != "" {
			t.Errorf("row %d has %d cells and note %q, want 10 and none", r.Number, len(r.Cells), r.Note)
		}
	}
}

// TestDirtyFile holds that real defects reach the caller: the rows that the
// list of expectations calls shifted have the number of columns it says.
func TestDirtyFile(t *testing.T) {
	rows, _, err := read(t, office.Limits{}, shared(t, "targets-dirty.csv"))
	if err != nil {
		t.Fatal(err)
	}
	expected, _, err := read(t, office.Limits{}, shared(t, "targets-dirty-expected.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != len(expected) {
		t.Fatalf("%d rows, want %d", len(rows), len(expected))
	}
	for i, e := range expected[1:] {
		cells := rows[i+1].Cells
		if got, want := len(cells), e.Cells[5]; strconv.Itoa(got) != want {
			t.Errorf("row %d has %d cells, want %s: %s", rows[i+1].Number, got, want, e.Cells[2])
		}
	}
}

// endless is a table of n rows that is made while it is read.
type endless struct {
	row string
	n   int64
}

func (e endless) ReadAt(p []byte, off int64) (int, error) {
	for i := range p {
		if off >= e.size() {
			return i, io.EOF
		}
		p[i] = e.row[off%int64(len(e.row))]
		off++
	}
	return len(p), nil
}

func (e endless) size() int64 { return int64(len(e.row)) * e.n }

func TestMillionRows(t *testing.T) {
	e := endless{"元氏县机电设备总公司,91130132108010841G,1989-04-18,N/A,河北\r\n", 1_000_000}
	table, err := office.Open("million.csv", e, e.size())
	if err != nil {
		t.Fatal(err)
	}
	last := 0
	for row, err := range table.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		last = row.Number
	}
	if last != 1_000_000 {
		t.Errorf("last row is %d, want 1,000,000", last)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.HeapSys > 128<<20 {
		t.Errorf("the heap grew to %d MB over a file of %d MB", m.HeapSys>>20, e.size()>>20)
	}
}

func TestRowsAgain(t *testing.T) {
	content := []byte("a,b\n1,2\n3,4\n")
	table, err := office.Open("a.csv", bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		n := 0
		for _, err := range table.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n == 2 {
				break
			}
		}
		if n != 2 {
			t.Errorf("%d rows, want 2 each time", n)
		}
	}
}

// FuzzCSV holds that no text stops the reader, and that what encoding/csv
// accepts as strict CSV reads the same here.
func FuzzCSV(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "\"a\"\"b\",c\r\n", "\"", "a\"b,\"c\"d\n", "\xEF\xBB\xBFa", "\xFF\xFEa\x00", "\xB0\xA1,\xB0\xA2\n", "a\rb\n", ",,\n\n\"\"", "元,氏\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		got, table, err := read(t, office.Limits{}, content)
		if err != nil {
			if sentence(t, err) == "" {
				t.Error("an error without a sentence")
			}
			return
		}
		strict := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\xEF\xBB\xBF"))))
		strict.FieldsPerRecord = -1
		want, err := strict.ReadAll()
		if err != nil || table.Encoding != "UTF-8" || bytes.ContainsAny(content, "\t;\r") {
			return // another dialect, or not strict
		}
		var filled [][]string
		for _, row := range want {
			if strings.Join(row, "") != "" {
				filled = append(filled, row)
			}
		}
		if len(got) != len(filled) {
			t.Fatalf("%d rows of %q, want %d", len(got), content, len(filled))
		}
		for i := range got {
			if diff := cmp.Diff(filled[i], got[i].Cells); diff != "" || got[i].Note != "" {
				t.Errorf("row %d of %q, note %q (-want +got):\n%s", got[i].Number, content, got[i].Note, diff)
			}
		}
	})
}
