package office_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"suiji/internal/office"
	"suiji/internal/office/officetest"
)

// dangerous are texts that a spreadsheet would take for formulas, and one that
// it would take for a number.
var dangerous = []string{"=1+1", "+86", "-2+3", "@SUM(A1)", "＝1+1", "＋1", "－A1", "＠x", "\t=1", "\r=1", "\x00=1", " =1", "91130132108010841", "0010"}

// one yields a single row.
func one(row []string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) { yield(row, nil) }
}

func TestWriteXLSX(t *testing.T) {
	texts := [][]string{{"甲公司", "91130132MA0ABCDE6T"}, {"=HYPERLINK(\"http://a\")", "-1"}, {"", "0010"}}
	var b bytes.Buffer
	err := office.WriteXLSX(&b, []office.Sheet{
		{Name: "名录", Header: []string{"企业名称", "代码"}, Widths: []float64{30}, Rows: office.Texts(texts)},
		{Name: "数[字]/" + strings.Repeat("长", 40), Header: []string{"数"}, Rows: func(yield func([]any, error) bool) {
			yield([]any{office.Marked{Value: "错"}, 7, int64(8), 0.5}, nil)
		}},
		{Name: "空", Header: []string{"无"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, table, err := read(t, office.Limits{}, b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	want := []office.Row{
		{Number: 1, Cells: []string{"企业名称", "代码"}},
		{Number: 2, Cells: texts[0]}, {Number: 3, Cells: texts[1]}, {Number: 4, Cells: texts[2]},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if want := "数_字__" + strings.Repeat("长", 26); table.Sheet != "名录" || table.Others[0] != want {
		t.Errorf("sheets %s and %s, want 名录 and %s", table.Sheet, table.Others, want)
	}
	sheets := parts(t, b.Bytes(), "xl/worksheets/")
	if strings.Contains(sheets, "<f>") || strings.Contains(sheets, "<f ") {
		t.Error("a text became a formula")
	}
	if !strings.Contains(sheets, "<v>7</v>") || !strings.Contains(sheets, "<v>0.5</v>") {
		t.Error("numbers did not stay numbers")
	}
	if n := strings.Count(sheets, `fitToHeight="0"`); n != 3 || strings.Count(sheets, `<pageSetUpPr fitToPage="true"`) != 3 {
		t.Errorf("%d of 3 sheets print one page wide", n)
	}
	if book := parts(t, b.Bytes(), "xl/workbook.xml"); strings.Count(book, "_xlnm.Print_Titles") != 3 {
		t.Error("the headers are not on every printed page")
	}
}

// parts joins the parts of a workbook in a folder.
func parts(t *testing.T, book []byte, folder string) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range z.File {
		if !strings.HasPrefix(f.Name, folder) {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&all, r); err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}

func TestWriteXLSXRefuses(t *testing.T) {
	broken := errors.New("the rows broke off")
	for _, tt := range []struct {
		name string
		rows iter.Seq2[[]any, error]
		want string
	}{
		{"rows that fail", func(yield func([]any, error) bool) { yield(nil, broken) }, broken.Error()},
		{"a cell of another kind", func(yield func([]any, error) bool) { yield([]any{struct{}{}}, nil) }, "a cell cannot hold a struct {}"},
		{"a text too long", office.Texts([][]string{{strings.Repeat("长", 32768)}}), "超过 Excel 的 32767 字上限"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := office.WriteXLSX(io.Discard, []office.Sheet{{Name: "a", Header: []string{"b"}, Rows: tt.rows}})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want %s", err, tt.want)
			}
		})
	}
}

func TestWriteCSV(t *testing.T) {
	var b bytes.Buffer
	if err := office.WriteCSV(&b, []string{"名称", "代码"}, one([]string{"甲,\"乙\"\n丙", "=1"})); err != nil {
		t.Fatal(err)
	}
	want := "\xEF\xBB\xBF名称,代码\r\n\"甲,\"\"乙\"\"\r\n丙\",'=1\r\n"
	if got := b.String(); got != want {
		t.Errorf("WriteCSV() = %q, want %q", got, want)
	}
}

func TestWriteCSVStopsFormulas(t *testing.T) {
	var b bytes.Buffer
	given := slices.Clone(dangerous)
	if err := office.WriteCSV(&b, []string{"甲"}, one(given)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(dangerous, given); diff != "" {
		t.Errorf("WriteCSV changed the caller's row:\n%s", diff)
	}
	r := csv.NewReader(&b)
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range rows[1] {
		formula := i < 12 // the last two are only numbers
		if strings.HasPrefix(c, "'") != formula {
			t.Errorf("%q is written as %q", dangerous[i], c)
		}
	}
}

func TestSafe(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", ""}, {"甲", "甲"}, {"-", "-"}, {"-12.5", "-12.5"}, {"-1-1", "'-1-1"}, {"'a", "'a"}, {"  @a", "'  @a"}, {"a=b", "a=b"},
	} {
		if got := office.Safe(tt.in); got != tt.want {
			t.Errorf("Safe(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// FuzzSheet holds that no worksheet stops the program.
func FuzzSheet(f *testing.F) {
	for _, rows := range []string{
		`<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>`, `<row/>`, `<row r="9"><c/></row>`,
		`<row r="1"><c r="A1" s="99" t="d"><v>2022</v></c></row>`, `<row><c t="e"><v>#REF!</v></c></row>`, `<row><c t="s"><v>0</v></c></row>`,
	} {
		f.Add(rows)
	}
	var book bytes.Buffer
	if err := office.WriteXLSX(&book, []office.Sheet{{Name: "a", Header: []string{"b"}}}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, rows string) {
		got, _, err := read(t, office.Limits{MaxRows: 1000}, officetest.WithPart(t, book.Bytes(), officetest.Sheet1, officetest.SheetXML(rows)))
		if err != nil && sentence(t, err) == "" {
			t.Error("an error without a sentence")
		}
		last := 0
		for _, r := range got {
			if r.Number <= last || len(r.Cells) == 0 || r.Cells[len(r.Cells)-1] == "" {
				t.Errorf("row %d after row %d: %q", r.Number, last, r.Cells)
			}
			last = r.Number
		}
	})
}

// A chart stands on the sheet of its table, and the table is not touched by it.
func TestChartBesideItsTable(t *testing.T) {
	var b bytes.Buffer
	err := office.WriteXLSX(&b, []office.Sheet{
		{Name: "说明", Header: []string{"项目"}, Rows: office.Texts([][]string{{"甲"}})},
		{Name: "结果", Header: []string{"结果", "份"}, Bars: 2, Wrap: true, Rows: func(yield func([]any, error) bool) {
			_ = yield([]any{"未发现问题", 36}, nil) && yield([]any{"已责令改正", 5}, nil)
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := f.GetRows("结果"); err != nil || !cmp.Equal(rows, [][]string{{"结果", "份"}, {"未发现问题", "36"}, {"已责令改正", "5"}}) {
		t.Errorf("the table is %v, %v", rows, err)
	}
	if len(f.GetSheetList()) != 2 {
		t.Errorf("sheets are %v", f.GetSheetList())
	}
	if err := f.DeleteChart("结果", "D2"); err != nil {
		t.Errorf("no chart beside the table: %v", err)
	}
}
