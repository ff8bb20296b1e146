package keep

import (
	"archive/zip"
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
)

func packOf(t *testing.T, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range names {
		if _, err := z.Create(n); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A file is what its bytes say, and a bad one is named.
func TestJudge(t *testing.T) {
	var p, j bytes.Buffer
	small := image.NewGray(image.Rect(0, 0, 2, 2))
	if err := png.Encode(&p, small); err != nil {
		t.Fatal(err)
	}
	if err := jpeg.Encode(&j, small, nil); err != nil {
		t.Fatal(err)
	}
	huge := bytes.Clone(p.Bytes())
	copy(huge[16:], []byte{0, 1, 0, 0, 0, 1, 0, 0}) // 65536 × 65536, and the sum beside it is wrong
	docx, xlsx := packOf(t, "[Content_Types].xml", "word/document.xml"), packOf(t, "[Content_Types].xml", "xl/workbook.xml")
	for _, tt := range []struct {
		name  string
		body  []byte
		taken []Kind
		want  Kind
		says  string
	}{
		{"a PDF", []byte("%PDF-1.4\n%%EOF\n"), Papers, PDF, ""},
		{"half a PDF", []byte("%PDF-1.4\n"), Papers, "", "没有结尾"},
		{"a PNG", p.Bytes(), Papers, PNG, ""},
		{"a JPG", j.Bytes(), Papers, JPG, ""},
		{"a document", docx, Files, DOCX, ""},
		{"a workbook", xlsx, Files, XLSX, ""},
		{"a document where pictures are wanted", docx, Papers, "", "只收 PDF、JPG、PNG"},
		{"an archive", packOf(t, "a.txt"), Files, "", "只收 PDF、JPG、PNG、DOCX、XLSX"},
		{"a broken archive", docx[:20], Files, "", "已经损坏"},
		{"a program", []byte("MZ\x90\x00"), Files, "", "不是其中任何一种"},
		{"nothing", nil, Files, "", "空文件"},
		{"too much", make([]byte, 2<<20), Files, "", "超过 1 MB"},
		{"a picture that unfolds", huge, Papers, "", ""},
	} {
		got, err := Judge(tt.body, 1<<20, tt.taken)
		if got != tt.want || tt.want == "" && err == nil || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: Judge = %q, %v, want %q, %q", tt.name, got, err, tt.want, tt.says)
		}
	}
	if DOCX.Type() == "" || PDF.Type() != "application/pdf" {
		t.Error("a kind without media type")
	}
}
