package office_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"suiji/internal/office"
	"suiji/internal/office/officetest"
)

// simple fills two rows.
func simple(f *excelize.File) error {
	if err := f.SetSheetRow("Sheet1", "A1", &[]any{"企业名称", "代码"}); err != nil {
		return err
	}
	return f.SetSheetRow("Sheet1", "A2", &[]any{"甲公司", "91130132MA0ABCDE6T"})
}

func TestWorkbook(t *testing.T) {
	content := officetest.Book(t, func(f *excelize.File) error {
		day, err := f.NewStyle(&excelize.Style{NumFmt: 14})
		if err != nil {
			return err
		}
		chinese := `yyyy"年"m"月"d"日"`
		long, err := f.NewStyle(&excelize.Style{CustomNumFmt: &chinese})
		if err != nil {
			return err
		}
		at := time.Date(2022, 6, 14, 0, 0, 0, 0, time.UTC)
		for cell, v := range map[string]any{
			"A1": "名称", "D1": "末列", "A3": "甲公司", "B3": at, "C3": at, "D3": 7, "F3": "", "A6": "0.05", "B6": 0.05, "C6": true,
			"A8": 91130132108010.5,
		} {
			if err := f.SetCellValue("Sheet1", cell, v); err != nil {
				return err
			}
		}
		if err := f.SetCellStyle("Sheet1", "B3", "B3", day); err != nil {
			return err
		}
		if err := f.SetCellStyle("Sheet1", "C3", "C3", long); err != nil {
			return err
		}
		return f.SetCellStyle("Sheet1", "F3", "XFD3", day) // a row coloured to the end of the sheet
	})
	got, table, err := read(t, office.Limits{}, content)
	if err != nil {
		t.Fatal(err)
	}
	want := []office.Row{
		{Number: 1, Cells: []string{"名称", "", "", "末列"}},
		{Number: 3, Cells: []string{"甲公司", "2022/6/14", "2022年6月14日", "7"}},
		{Number: 6, Cells: []string{"0.05", "0.05", "TRUE"}},
		{Number: 8, Cells: []string{"91130132108010.5"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if table.Format != office.XLSX || table.Sheet != "Sheet1" || len(table.Others) != 0 {
		t.Errorf("table = %+v", table)
	}
}

func TestFirstVisibleSheet(t *testing.T) {
	content := officetest.Book(t, func(f *excelize.File) error {
		for _, name := range []string{"名录", "说明"} {
			if _, err := f.NewSheet(name); err != nil {
				return err
			}
		}
		if err := f.SetCellValue("名录", "A1", "在这里"); err != nil {
			return err
		}
		f.SetActiveSheet(1)
		return f.SetSheetVisible("Sheet1", false)
	})
	got, table, err := read(t, office.Limits{}, content)
	if err != nil {
		t.Fatal(err)
	}
	if table.Sheet != "名录" || cmp.Diff(table.Others, []string{"说明"}) != "" {
		t.Errorf("reads %q beside %q, want 名录 beside 说明", table.Sheet, table.Others)
	}
	if diff := cmp.Diff([]office.Row{{Number: 1, Cells: []string{"在这里"}}}, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestWorkbookRefuses(t *testing.T) {
	good := officetest.Book(t, simple)
	flipped := bytes.Clone(good)
	at := bytes.Index(flipped, []byte(officetest.Sheet1)) + len(officetest.Sheet1) + 20
	flipped[at] ^= 0xFF
	hidden := officetest.Book(t, simple)
	hidden = officetest.WithPart(t, hidden, "xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Sheet1" sheetId="1" state="hidden" r:id="rId1"/></sheets></workbook>`)
	const damaged = "工作簿已损坏或没有传完整"
	for _, tt := range []struct {
		name    string
		content []byte
		limits  office.Limits
		want    string
	}{
		{"encrypted", officetest.Book(t, simple, excelize.Options{Password: "秘密"}), office.Limits{}, "工作簿设有打开密码"},
		{"old xls", officetest.Compound("Workbook"), office.Limits{}, "这是旧版 .xls 工作簿"},
		{"older xls", officetest.Compound("Book"), office.Limits{}, "这是旧版 .xls 工作簿"},
		{"old Word", officetest.Compound("WordDocument"), office.Limits{}, "这不是表格文件（实际是 Word 文档）"},
		{"old container", officetest.Compound("Visio"), office.Limits{}, "这不是可以读取的表格文件"},
		{"truncated", good[:len(good)/2], office.Limits{}, damaged},
		{"last byte lost", good[:len(good)-30], office.Limits{}, damaged},
		{"a byte changed", flipped, office.Limits{}, damaged},
		{"empty zip", officetest.Archive(t), office.Limits{}, "这不是工作簿（实际是压缩包）"},
		{"zip of files", officetest.Archive(t, "a.csv", "1,2"), office.Limits{}, "这不是工作簿（实际是压缩包）"},
		{"docx", officetest.Archive(t, "[Content_Types].xml", "<a/>", "word/document.xml", "<a/>"), office.Limits{}, "这不是表格文件（实际是 Word 文档）"},
		{"pptx", officetest.Archive(t, "[Content_Types].xml", "<a/>", "ppt/presentation.xml", "<a/>"), office.Limits{}, "这不是表格文件（实际是演示文稿）"},
		{"ods", officetest.Archive(t, "mimetype", "application/vnd.oasis.opendocument.spreadsheet", "content.xml", "<a/>"), office.Limits{}, "这是 OpenDocument 文件"},
		{"xlsb", officetest.Archive(t, "[Content_Types].xml", "<a/>", "xl/workbook.bin", "x"), office.Limits{}, "这是 .xlsb 二进制工作簿"},
		{"parts of nothing", officetest.Archive(t, "[Content_Types].xml", "<a/>", "xl/workbook.xml", "<a/>"), office.Limits{}, "工作簿"},
		{"too large", good, office.Limits{WorkbookBytes: 100}, "工作簿有 "},
		{"bomb", officetest.WithPart(t, good, officetest.Sheet1, officetest.SheetXML(strings.Repeat("<row/>", 1<<20))), office.Limits{UnzipBytes: 1 << 20}, "工作簿展开后过大（上限 1 MB）"},
		{"bomb beside the sheet", officetest.WithPart(t, good, "xl/media/a.bin", strings.Repeat("\x00", 2<<20)), office.Limits{WorkbookBytes: 1 << 20}, "工作簿展开后过大"},
		{"bomb that lies about its size", officetest.Lying(t, 1<<20), office.Limits{}, damaged},
		{"sheet cut off", officetest.WithPart(t, good, officetest.Sheet1, strings.TrimSuffix(officetest.SheetXML(`<row r="1"><c r="A1"><v>1</v></c></row>`), "</sheetData></worksheet>")), office.Limits{}, damaged},
		{"wrong character in the sheet", officetest.WithPart(t, good, officetest.Sheet1, officetest.SheetXML("<row r=\"1\"><c r=\"A1\"><v>1</v></c><c r=\"B1\"><v>\x01</v></c></row>")), office.Limits{}, damaged},
		{"wrong nesting", officetest.WithPart(t, good, officetest.Sheet1, officetest.SheetXML(`<row r="1"><c r="A1"></row></c>`)), office.Limits{}, damaged},
		{"text that is missing", officetest.WithPart(t, good, officetest.Sheet1, officetest.SheetXML(`<row r="1"><c r="A1" t="s"><v>99</v></c></row>`)), office.Limits{}, damaged},
		{"document type", officetest.WithPart(t, good, officetest.Sheet1, `<!DOCTYPE a [<!ENTITY b "bb">]>`+officetest.SheetXML(`<row><c><v>&b;</v></c></row>`)), office.Limits{}, damaged},
		{"row beyond the sheet", officetest.WithPart(t, good, officetest.Sheet1, officetest.SheetXML(`<row r="2147483647"><c r="A2147483647"><v>1</v></c></row>`)), office.Limits{}, damaged},
		{"row below zero", officetest.WithPart(t, good, officetest.Sheet1, officetest.SheetXML(`<row r="-1"><c r="A1"><v>1</v></c></row>`)), office.Limits{}, damaged},
		{"cell beyond the sheet", officetest.WithPart(t, good, officetest.Sheet1, officetest.SheetXML(`<row r="1"><c r="ZZZZ1"><v>1</v></c></row>`)), office.Limits{}, damaged},
		{"rows out of order", officetest.WithPart(t, good, officetest.Sheet1, officetest.SheetXML(`<row r="5"><c r="A5"><v>5</v></c></row><row r="2"><c r="A2"><v>2</v></c></row><row r="6"><c r="A6"><v>6</v></c></row>`)), office.Limits{}, damaged},
		{"cells out of order", officetest.WithPart(t, good, officetest.Sheet1, officetest.SheetXML(`<row r="1"><c r="B1"><v>2</v></c><c r="A1"><v>1</v></c></row>`)), office.Limits{}, damaged},
		{"cell of another row", officetest.WithPart(t, good, officetest.Sheet1, officetest.SheetXML(`<row r="1"><c r="A2"><v>2</v></c></row>`)), office.Limits{}, damaged},
		{"no visible sheet", hidden, office.Limits{}, "工作簿里没有可见的工作表"},
		{"too many columns", officetest.Book(t, func(f *excelize.File) error { return f.SetCellValue("Sheet1", "IV1", "x") }), office.Limits{}, "第 1 行有 256 列，超过 200 列的上限"},
		{"too many rows", good, office.Limits{MaxRows: 1}, "表格超过 1 行的上限"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rows, _, err := read(t, tt.limits, tt.content)
			if err == nil {
				t.Fatalf("read %d rows, want a sentence: %v", len(rows), rows)
			}
			if got := sentence(t, err); !strings.HasPrefix(got, tt.want) || !strings.Contains(got, "；请") {
				t.Errorf("sentence = %s\nwant %s…；请…", got, tt.want)
			}
		})
	}
}

// TestEveryTruncation holds that no prefix of a workbook reads as a shorter
// one, nor stops the program.
func TestEveryTruncation(t *testing.T) {
	good := officetest.Book(t, simple)
	for n := 4; n < len(good); n += 97 {
		rows, _, err := read(t, office.Limits{}, good[:n])
		if err == nil {
			t.Errorf("the first %d bytes of %d read as %d rows", n, len(good), len(rows))
		} else if sentence(t, err) == "" {
			t.Errorf("the first %d bytes: no sentence", n)
		}
	}
}

func TestLargeSheetGoesThroughFile(t *testing.T) {
	var rows strings.Builder
	for i := 1; rows.Len() < 20<<20; i++ {
		fmt.Fprintf(&rows, `<row r="%d"><c r="A%d" t="inlineStr"><is><t>%s</t></is></c></row>`, i, i, strings.Repeat("元氏", 2000))
	}
	content := officetest.WithPart(t, officetest.Book(t, simple), officetest.Sheet1, officetest.SheetXML(rows.String()))
	got, _, err := read(t, office.Limits{}, content)
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Count(rows.String(), "<row"); len(got) != want || got[want-1].Number != want {
		t.Errorf("%d rows, want %d", len(got), want)
	}
}
