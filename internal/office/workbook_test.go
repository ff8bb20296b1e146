package office_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"suiji/internal/office"
)

// workbook makes a file by excelize.
func workbook(t *testing.T, fill func(f *excelize.File) error, opts ...excelize.Options) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	if err := fill(f); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b, opts...); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// simple fills two rows.
func simple(f *excelize.File) error {
	if err := f.SetSheetRow("Sheet1", "A1", &[]any{"企业名称", "代码"}); err != nil {
		return err
	}
	return f.SetSheetRow("Sheet1", "A2", &[]any{"甲公司", "91130132MA0ABCDE6T"})
}

// archive makes a zip of these parts; an even number of strings: name, content.
func archive(t *testing.T, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, parts[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withPart replaces one part of a workbook.
func withPart(t *testing.T, book []byte, name, content string) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	for _, f := range r.File {
		if f.Name == name {
			continue
		}
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(rc)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, f.Name, string(b))
	}
	return archive(t, append(parts, name, content)...)
}

const sheet1 = "xl/worksheets/sheet1.xml"

// sheetXML is a worksheet with these rows.
func sheetXML(rows string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` + rows + `</sheetData></worksheet>`
}

func TestWorkbook(t *testing.T) {
	content := workbook(t, func(f *excelize.File) error {
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
	content := workbook(t, func(f *excelize.File) error {
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

// lying is a workbook whose sheet declares a hundred bytes and unpacks to more.
func lying(t *testing.T, size int) []byte {
	t.Helper()
	raw := []byte(sheetXML(strings.Repeat("<row/>", size/6)))
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(raw); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"[Content_Types].xml", "xl/workbook.xml"} {
		part, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(part, "<a/>"); err != nil {
			t.Fatal(err)
		}
	}
	part, err := z.CreateRaw(&zip.FileHeader{
		Name: sheet1, Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(raw),
		CompressedSize64: uint64(packed.Len()), UncompressedSize64: 100,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(packed.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// compound is the beginning of a file in the old container, with the name of
// one stream.
func compound(stream string) []byte {
	b := append([]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), make([]byte, 200<<10)...)
	for _, c := range stream {
		b = append(b, byte(c), 0)
	}
	return append(b, make([]byte, 512)...)
}

func TestWorkbookRefuses(t *testing.T) {
	good := workbook(t, simple)
	flipped := bytes.Clone(good)
	at := bytes.Index(flipped, []byte(sheet1)) + len(sheet1) + 20
	flipped[at] ^= 0xFF
	hidden := workbook(t, simple)
	hidden = withPart(t, hidden, "xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Sheet1" sheetId="1" state="hidden" r:id="rId1"/></sheets></workbook>`)
	const damaged = "工作簿已损坏或没有传完整"
	for _, tt := range []struct {
		name    string
		content []byte
		limits  office.Limits
		want    string
	}{
		{"encrypted", workbook(t, simple, excelize.Options{Password: "秘密"}), office.Limits{}, "工作簿设有打开密码"},
		{"old xls", compound("Workbook"), office.Limits{}, "这是旧版 .xls 工作簿"},
		{"older xls", compound("Book"), office.Limits{}, "这是旧版 .xls 工作簿"},
		{"old Word", compound("WordDocument"), office.Limits{}, "这不是表格文件（实际是 Word 文档）"},
		{"old container", compound("Visio"), office.Limits{}, "这不是可以读取的表格文件"},
		{"truncated", good[:len(good)/2], office.Limits{}, damaged},
		{"last byte lost", good[:len(good)-30], office.Limits{}, damaged},
		{"a byte changed", flipped, office.Limits{}, damaged},
		{"empty zip", archive(t), office.Limits{}, "这不是工作簿（实际是压缩包）"},
		{"zip of files", archive(t, "a.csv", "1,2"), office.Limits{}, "这不是工作簿（实际是压缩包）"},
		{"docx", archive(t, "[Content_Types].xml", "<a/>", "word/document.xml", "<a/>"), office.Limits{}, "这不是表格文件（实际是 Word 文档）"},
		{"pptx", archive(t, "[Content_Types].xml", "<a/>", "ppt/presentation.xml", "<a/>"), office.Limits{}, "这不是表格文件（实际是演示文稿）"},
		{"ods", archive(t, "mimetype", "application/vnd.oasis.opendocument.spreadsheet", "content.xml", "<a/>"), office.Limits{}, "这是 OpenDocument 文件"},
		{"xlsb", archive(t, "[Content_Types].xml", "<a/>", "xl/workbook.bin", "x"), office.Limits{}, "这是 .xlsb 二进制工作簿"},
		{"parts of nothing", archive(t, "[Content_Types].xml", "<a/>", "xl/workbook.xml", "<a/>"), office.Limits{}, "工作簿"},
		{"too large", good, office.Limits{WorkbookBytes: 100}, "工作簿有 "},
		{"bomb", withPart(t, good, sheet1, sheetXML(strings.Repeat("<row/>", 1<<20))), office.Limits{UnzipBytes: 1 << 20}, "工作簿展开后过大（上限 1 MB）"},
		{"bomb beside the sheet", withPart(t, good, "xl/media/a.bin", strings.Repeat("\x00", 2<<20)), office.Limits{WorkbookBytes: 1 << 20}, "工作簿展开后过大"},
		{"bomb that lies about its size", lying(t, 1<<20), office.Limits{}, damaged},
		{"sheet cut off", withPart(t, good, sheet1, strings.TrimSuffix(sheetXML(`<row r="1"><c r="A1"><v>1</v></c></row>`), "</sheetData></worksheet>")), office.Limits{}, damaged},
		{"wrong character in the sheet", withPart(t, good, sheet1, sheetXML("<row r=\"1\"><c r=\"A1\"><v>1</v></c><c r=\"B1\"><v>\x01</v></c></row>")), office.Limits{}, damaged},
		{"wrong nesting", withPart(t, good, sheet1, sheetXML(`<row r="1"><c r="A1"></row></c>`)), office.Limits{}, damaged},
		{"text that is missing", withPart(t, good, sheet1, sheetXML(`<row r="1"><c r="A1" t="s"><v>99</v></c></row>`)), office.Limits{}, damaged},
		{"document type", withPart(t, good, sheet1, `<!DOCTYPE a [<!ENTITY b "bb">]>`+sheetXML(`<row><c><v>&b;</v></c></row>`)), office.Limits{}, damaged},
		{"row beyond the sheet", withPart(t, good, sheet1, sheetXML(`<row r="2147483647"><c r="A2147483647"><v>1</v></c></row>`)), office.Limits{}, damaged},
		{"row below zero", withPart(t, good, sheet1, sheetXML(`<row r="-1"><c r="A1"><v>1</v></c></row>`)), office.Limits{}, damaged},
		{"cell beyond the sheet", withPart(t, good, sheet1, sheetXML(`<row r="1"><c r="ZZZZ1"><v>1</v></c></row>`)), office.Limits{}, damaged},
		{"rows out of order", withPart(t, good, sheet1, sheetXML(`<row r="5"><c r="A5"><v>5</v></c></row><row r="2"><c r="A2"><v>2</v></c></row><row r="6"><c r="A6"><v>6</v></c></row>`)), office.Limits{}, damaged},
		{"cells out of order", withPart(t, good, sheet1, sheetXML(`<row r="1"><c r="B1"><v>2</v></c><c r="A1"><v>1</v></c></row>`)), office.Limits{}, damaged},
		{"cell of another row", withPart(t, good, sheet1, sheetXML(`<row r="1"><c r="A2"><v>2</v></c></row>`)), office.Limits{}, damaged},
		{"no visible sheet", hidden, office.Limits{}, "工作簿里没有可见的工作表"},
		{"too many columns", workbook(t, func(f *excelize.File) error { return f.SetCellValue("Sheet1", "IV1", "x") }), office.Limits{}, "第 1 行有 256 列，超过 200 列的上限"},
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
	good := workbook(t, simple)
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
	content := withPart(t, workbook(t, simple), sheet1, sheetXML(rows.String()))
	got, _, err := read(t, office.Limits{}, content)
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Count(rows.String(), "<row"); len(got) != want || got[want-1].Number != want {
		t.Errorf("%d rows, want %d", len(got), want)
	}
}
