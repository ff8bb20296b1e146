package pagetest_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/simplifiedchinese"
	_ "modernc.org/sqlite" // makes the database that is looked into

	"suiji/internal/office"
	"suiji/internal/page/pagetest"
	"suiji/internal/papers"
)

// What must be found wherever it hides: a person's name, a telephone, an
// identity number.
const (
	canaryName  = "赖金雀"
	canaryPhone = "13612345678"
	canaryID    = "11010519491231002X"
	canaries    = canaryName + " " + canaryPhone + " " + canaryID
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func zipped(t *testing.T, name, comment string, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.CreateHeader(&zip.FileHeader{Name: name, Comment: comment, Method: zip.Deflate})
	must(t, err)
	_, err = w.Write(body)
	must(t, err)
	must(t, z.Close())
	return b.Bytes()
}

// chunked is a picture with a chunk of words before its end.
func chunked(t *testing.T, kind string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 4))))
	body := append([]byte(kind), data...)
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	chunk = append(chunk, body...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(body))
	end := b.Len() - 12
	return append(append(bytes.Clone(b.Bytes()[:end]), chunk...), b.Bytes()[end:]...)
}

func deflated(t *testing.T, s string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, err := z.Write([]byte(s))
	must(t, err)
	must(t, z.Close())
	return b.Bytes()
}

func sixteen(s string, order binary.AppendByteOrder) (b []byte) {
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return b
}

// photographed is a picture whose camera wrote its owner beside it, as Windows
// does in UTF-16.
func photographed(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 4)), nil))
	exif := append([]byte("Exif\x00\x00II*\x00"), sixteen(canaries, binary.LittleEndian)...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(exif)+2))
	return append(append(bytes.Clone(b.Bytes()[:2]), append(segment, exif...)...), b.Bytes()[2:]...)
}

// stored is a database that holds the words in its second table only.
func stored(t *testing.T, value any) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.db")
	db, err := sql.Open("sqlite", path)
	must(t, err)
	_, err = db.Exec(`CREATE TABLE a (x TEXT); INSERT INTO a VALUES ('公开'); CREATE TABLE b (x BLOB)`)
	must(t, err)
	_, err = db.Exec(`INSERT INTO b VALUES ($1)`, value)
	must(t, err)
	must(t, db.Close())
	raw, err := os.ReadFile(path)
	must(t, err)
	return raw
}

// printed is a PDF with words on its page, or in what it says of itself.
func printed(t *testing.T, title, words string) []byte {
	t.Helper()
	fonts := papers.FindFonts("")
	if fonts.Missing() != "" {
		t.Fatalf("no Chinese font on this machine: %s", fonts.Missing())
	}
	var b bytes.Buffer
	must(t, fonts.WritePDF(&b, paper(title, words)))
	return b.Bytes()
}

func paper(title, words string) papers.Document {
	s := papers.Official()
	s.Blocks = append(s.Blocks, papers.Paragraph{Text: words})
	return papers.Document{Title: title, Sections: []papers.Section{s}}
}

func written(t *testing.T, title, words string) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, papers.WriteDOCX(&b, paper(title, words)))
	return b.Bytes()
}

// TestUnpackFinds plants the same three things in every format and in every
// place of it that is not its face; each must be found. A file without them
// shows none.
func TestUnpackFinds(t *testing.T) {
	var book, packed bytes.Buffer
	must(t, office.WriteXLSX(&book, []office.Sheet{{Name: "公开", Header: []string{"a"}}, {Name: "第二张", Header: []string{"名称"}, Rows: office.Texts([][]string{{canaries}})}}))
	gz := gzip.NewWriter(&packed)
	_, err := gz.Write([]byte(canaries))
	must(t, err)
	must(t, gz.Close())
	escaped, err := json.Marshal(canaries)
	must(t, err)
	for i, r := range []rune(canaryName) {
		escaped = bytes.ReplaceAll(escaped, []byte(string(r)), fmt.Appendf(nil, `\u%04x`, []rune(canaryName)[i]))
	}
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte("姓名,电话\n" + canaries))
	must(t, err)
	entities := strings.NewReplacer("赖", "&#36182;", "136", "1<b>3</b>6", "X", "&#88;").Replace(canaries)
	for _, c := range []struct {
		name, kind string
		body       []byte
	}{
		{"plain text", "", []byte(canaries)},
		{"CSV in GB18030", "", gb},
		{"JSON, escaped", "json", append(append([]byte(`{"a":[{"b":`), escaped...), "}]}"...)},
		{"JSON Lines, the second", "json", append([]byte("{\"a\":1}\n{\"b\":"), append(escaped, '}')...)},
		{"a page, between tags", "html", []byte("<!doctype html><html><p>" + entities + "</p></html>")},
		{"a page, in an attribute", "html", []byte(`<!doctype html><html><p title="` + strings.ReplaceAll(canaries, "赖", "&#x8d56;") + `"></p></html>`)},
		{"a page, in a picture's address", "html", []byte(`<!doctype html><html><img src="data:image/png;base64,` + base64.StdEncoding.EncodeToString(chunked(t, "zTXt", append([]byte("Author\x00\x00"), deflated(t, canaries)...))) + `"></html>`)},
		{"a feed", "feed", []byte(`<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>` + entities + `</title></feed>`)},
		{"a drawing", "svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><text>` + entities + `</text></svg>`)},
		{"a workbook's second sheet", "xlsx", book.Bytes()},
		{"a workbook's metadata", "xlsx", withMember(t, book.Bytes(), "xl/workbook.xml", "docProps/core.xml", "<cp:coreProperties><dc:creator>"+canaries+"</dc:creator></cp:coreProperties>")},
		{"an archive's member", "zip", zipped(t, "a.txt", "", []byte(canaries))},
		{"an archive's member's name", "zip", zipped(t, canaries+".txt", "", nil)},
		{"an archive's comment", "zip", zipped(t, "a.txt", canaries, nil)},
		{"an archive in an archive", "zip", zipped(t, "b.zip", "", zipped(t, "a.txt", "", []byte(canaries)))},
		{"gzip", "gzip", packed.Bytes()},
		{"a database's second table", "sqlite", stored(t, canaries)},
		{"a database's packed value", "sqlite", stored(t, zipped(t, "a.txt", "", []byte(canaries)))},
		{"a picture's words", "png", chunked(t, "tEXt", []byte("Author\x00"+canaries))},
		{"a picture's packed words", "png", chunked(t, "zTXt", append([]byte("Author\x00\x00"), deflated(t, canaries)...))},
		{"a picture's EXIF", "png", chunked(t, "eXIf", sixteen(canaries, binary.BigEndian))},
		{"a photograph's EXIF", "jpeg", photographed(t)},
		{"a document's page", "docx", written(t, "公示", canaries)},
		{"a document's title", "docx", written(t, canaries, "公示")},
		{"a PDF's page", "pdf", printed(t, "公示", canaries)},
		{"a PDF's title", "pdf", printed(t, canaries, "公示")},
	} {
		t.Run(c.name, func(t *testing.T) {
			u := pagetest.Unpack(t, c.body)
			if c.kind != "" && u.Kinds[c.kind] == 0 {
				t.Errorf("it was read as %v, want %s", u.Kinds, c.kind)
			}
			for _, x := range []string{canaryName, canaryPhone, canaryID} {
				if !strings.Contains(u.Text, x) {
					t.Errorf("%s was not found", x)
				}
			}
			if strings.Contains(u.Text, "13987654321") {
				t.Error("something was found that is not there")
			}
		})
	}
}

// withMember adds a member to a workbook.
func withMember(t *testing.T, book []byte, first, name, body string) []byte {
	t.Helper()
	old, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	must(t, err)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range old.File {
		if f.Name == first {
			must(t, z.Copy(f))
		}
	}
	w, err := z.Create(name)
	must(t, err)
	_, err = w.Write([]byte(body))
	must(t, err)
	must(t, z.Close())
	return b.Bytes()
}
