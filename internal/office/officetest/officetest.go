// Package officetest makes workbooks and archives for tests, sound ones and
// such as only an attacker or a broken line makes.
package officetest

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"hash/crc32"
	"io"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// Sheet1 is the part of a workbook that has its first sheet.
const Sheet1 = "xl/worksheets/sheet1.xml"

// Book makes a workbook by excelize.
func Book(t testing.TB, fill func(f *excelize.File) error, opts ...excelize.Options) []byte {
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

// Rows fills rows of a sheet from the top, as text.
func Rows(f *excelize.File, sheet string, rows ...[]string) error {
	for n, row := range rows {
		for i, text := range row {
			cell, err := excelize.CoordinatesToCellName(i+1, n+1)
			if err == nil && text != "" {
				err = f.SetCellStr(sheet, cell, text)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Archive makes a zip of parts: name, content, name, content…
func Archive(t testing.TB, parts ...string) []byte {
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

// WithPart replaces one part of a workbook.
func WithPart(t testing.TB, book []byte, name, content string) []byte {
	t.Helper()
	var parts []string
	for _, p := range Parts(t, book) {
		if p[0] != name {
			parts = append(parts, p[:]...)
		}
	}
	return Archive(t, append(parts, name, content)...)
}

// Parts are the names and contents of what a workbook consists of.
func Parts(t testing.TB, book []byte) (parts [][2]string) {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.File {
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(rc)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, [2]string{f.Name, string(b)})
	}
	return parts
}

// SheetXML is a worksheet with these rows.
func SheetXML(rows string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` + rows + `</sheetData></worksheet>`
}

// Lying is a workbook whose sheet declares a hundred bytes and unpacks to more.
func Lying(t testing.TB, size int) []byte {
	t.Helper()
	raw := []byte(SheetXML(strings.Repeat("<row/>", size/6)))
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
		Name: Sheet1, Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(raw),
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

// Compound is the beginning of a file in the old container (OLE), with the
// name of one stream.
func Compound(stream string) []byte {
	b := append([]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), make([]byte, 200<<10)...)
	for _, c := range stream {
		b = append(b, byte(c), 0)
	}
	return append(b, make([]byte, 512)...)
}
