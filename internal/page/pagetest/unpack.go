package pagetest

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	_ "modernc.org/sqlite" // reads the files that are downloaded
)

// Unpacked is all that somebody may read in a file: its bytes, and whatever lies
// packed in it, to any depth.
type Unpacked struct {
	Text  string
	Kinds map[string]int // of what was opened: xlsx, pdf, sqlite, zip, png…
}

// Unpack reads a file as the curious would: archives and workbooks member by
// member, PDFs by pdftotext with their metadata and streams, images by what they
// say of themselves, databases table by table, markup without its tags.
func Unpack(t testing.TB, body []byte) Unpacked {
	t.Helper()
	u := &unpacker{t: t, kinds: map[string]int{}}
	u.read(body, 0)
	return Unpacked{u.all.String(), u.kinds}
}

type unpacker struct {
	t     testing.TB
	all   strings.Builder
	kinds map[string]int
}

func (u *unpacker) say(text ...string) {
	for _, x := range text {
		u.all.WriteString(x + "\n")
	}
}

// opened notes what a file is; one that claims to be it and cannot be read
// fails the test, because nobody knows what is in it.
func (u *unpacker) opened(kind string, err error) {
	u.t.Helper()
	u.kinds[kind]++
	if err != nil {
		u.t.Errorf("a %s cannot be read: %v", kind, err)
	}
}

// deepest is how many wrappings are undone.
const deepest = 8

func (u *unpacker) read(b []byte, depth int) {
	u.t.Helper()
	if depth > deepest {
		u.t.Errorf("wrapped more than %d times", deepest)
		return
	}
	u.say(string(b))
	switch {
	case bytes.HasPrefix(b, []byte("PK\x03\x04")), bytes.HasPrefix(b, []byte("PK\x05\x06")):
		u.opened("zip", u.zip(b, depth))
	case bytes.HasPrefix(b, []byte("\x1f\x8b")):
		u.opened("gzip", u.inner(depth, func() (io.Reader, error) { return gzip.NewReader(bytes.NewReader(b)) }))
	case bytes.HasPrefix(b, []byte("%PDF-")):
		u.opened("pdf", u.pdf(b, depth))
	case bytes.HasPrefix(b, []byte("SQLite format 3\x00")):
		u.opened("sqlite", u.sqlite(b, depth))
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")):
		u.opened("png", u.png(b, depth))
	case bytes.HasPrefix(b, []byte("\xff\xd8\xff")):
		u.opened("jpeg", nil)
		u.say(wide(b)...)
	default:
		u.text(b, depth)
	}
}

// inner reads what a reader unwraps.
func (u *unpacker) inner(depth int, open func() (io.Reader, error)) error {
	r, err := open()
	if err != nil {
		return err
	}
	raw, err := io.ReadAll(r)
	u.read(raw, depth+1)
	return err
}

func (u *unpacker) zip(b []byte, depth int) error {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return err
	}
	u.say(z.Comment)
	for _, f := range z.File {
		u.say(f.Name, f.Comment, string(f.Extra))
		switch {
		case f.Name == "xl/workbook.xml":
			u.kinds["xlsx"]++
		case f.Name == "word/document.xml":
			u.kinds["docx"]++
		}
		if err := u.inner(depth, func() (io.Reader, error) { return f.Open() }); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return nil
}

var stream = regexp.MustCompile(`stream\r?\n`)

// pdf reads what a reader shows, what is written about the file, and every
// stream that can be inflated. One without streams, as tests hand in, has
// nothing but its bytes.
func (u *unpacker) pdf(b []byte, depth int) error {
	if !stream.Match(b) {
		return nil
	}
	for _, tool := range [][]string{{"pdftotext", "-raw", "-", "-"}, {"pdftotext", "-layout", "-", "-"}, {"pdfinfo", "-"}, {"pdfinfo", "-meta", "-"}} {
		cmd := exec.Command(tool[0], tool[1:]...)
		cmd.Stdin = bytes.NewReader(b)
		out, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("%s: %w", tool[0], err)
		}
		u.say(string(out), strings.Join(strings.Fields(string(out)), ""))
	}
	u.say(wide(b)...)
	for _, at := range stream.FindAllIndex(b, -1) {
		r, err := zlib.NewReader(bytes.NewReader(b[at[1]:]))
		if err != nil {
			continue // not deflated: its bytes were read
		}
		raw, _ := io.ReadAll(r) // what comes after the stream is none of it
		u.say(string(raw))
		u.say(wide(raw)...)
		u.kinds["pdf stream"]++
	}
	return nil
}

// sqlite reads every value of every table, its names, and by its bytes what was
// deleted and not overwritten.
func (u *unpacker) sqlite(b []byte, depth int) error {
	path := filepath.Join(u.t.TempDir(), "read.db")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro&immutable=1")
	if err != nil {
		return err
	}
	defer db.Close()
	var names []string
	if err := u.rows(db, `SELECT name, sql FROM sqlite_master`, func(row []any) { names = append(names, fmt.Sprint(row[0])) }, depth); err != nil {
		return err
	}
	for _, name := range names {
		if strings.HasPrefix(name, "sqlite_autoindex") {
			continue
		}
		if err := u.rows(db, `SELECT * FROM "`+strings.ReplaceAll(name, `"`, `""`)+`"`, func([]any) {}, depth); err != nil && !strings.Contains(err.Error(), "no such table") {
			return err // an index is no table
		}
	}
	return nil
}

func (u *unpacker) rows(db *sql.DB, query string, each func([]any), depth int) error {
	rows, err := db.Query(query)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	u.say(columns...)
	for rows.Next() {
		row, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			to[i] = &row[i]
		}
		if err := rows.Scan(to...); err != nil {
			return err
		}
		for _, v := range row {
			switch x := v.(type) {
			case []byte:
				u.read(x, depth+1)
			case string:
				u.read([]byte(x), depth+1)
			default:
				u.say(fmt.Sprint(x))
			}
		}
		each(row)
	}
	return rows.Err()
}

// png reads the chunks beside the pixels.
func (u *unpacker) png(b []byte, depth int) error {
	for at := 8; at+12 <= len(b); {
		n := int(binary.BigEndian.Uint32(b[at:]))
		kind := string(b[at+4 : at+8])
		if n < 0 || at+12+n > len(b) {
			return fmt.Errorf("chunk %s is cut off", kind)
		}
		data := b[at+8 : at+8+n]
		at += 12 + n
		switch kind {
		case "zTXt", "iTXt", "iCCP":
			for i := range data { // behind a keyword, flags and languages of any length
				if r, err := zlib.NewReader(bytes.NewReader(data[i:])); err == nil {
					raw, _ := io.ReadAll(r)
					u.read(raw, depth+1)
				}
			}
		case "eXIf":
			u.say(wide(data)...)
		}
	}
	return nil
}

// wide are bytes as UTF-16 text, either way round, at either offset: so Windows
// writes names into images and PDF into its titles.
func wide(b []byte) (all []string) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		for skip := range 2 {
			var units []uint16
			for i := skip; i+1 < len(b); i += 2 {
				units = append(units, order.Uint16(b[i:]))
			}
			all = append(all, string(utf16.Decode(units)))
		}
	}
	return all
}

var (
	tags    = regexp.MustCompile(`(?s)<!--.*?-->|<[^>]*>`)
	dataURI = regexp.MustCompile(`data:[a-z0-9+./-]*(?:;[a-z0-9=-]+)*;base64,([A-Za-z0-9+/=]+)`)
)

// text reads markup without its tags, escaped words as they are meant, what
// is wrapped in an address, and other encodings.
func (u *unpacker) text(b []byte, depth int) {
	if !utf8.Valid(b) {
		u.say(wide(b)...)
		if s, err := simplifiedchinese.GB18030.NewDecoder().String(string(b)); err == nil {
			u.say(s)
		}
		if raw, err := io.ReadAll(flate.NewReader(bytes.NewReader(b))); err == nil {
			u.say(string(raw))
		}
		return
	}
	s := strings.TrimSpace(strings.TrimPrefix(string(b), "\ufeff"))
	switch {
	case strings.HasPrefix(s, "{"), strings.HasPrefix(s, "["):
		d := json.NewDecoder(strings.NewReader(s))
		for { // of JSON Lines every one
			var v any
			if err := d.Decode(&v); err != nil {
				break
			}
			u.kinds["json"]++
			u.values(v)
		}
	case strings.HasPrefix(s, "<"):
		u.markup(s)
	}
	for _, m := range dataURI.FindAllStringSubmatch(s, -1) {
		if raw, err := base64.StdEncoding.DecodeString(m[1]); err == nil {
			u.read(raw, depth+1)
		}
	}
}

func (u *unpacker) markup(s string) {
	head := strings.ToLower(s[:min(len(s), 400)])
	switch {
	case strings.Contains(head, "<html"):
		u.kinds["html"]++
	case strings.Contains(head, "<feed"):
		u.kinds["feed"]++
	case strings.Contains(head, "<svg"):
		u.kinds["svg"]++
	default:
		u.kinds["xml"]++
	}
	u.say(html.UnescapeString(tags.ReplaceAllString(s, "")), html.UnescapeString(s))
	d := xml.NewDecoder(strings.NewReader(s))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		token, err := d.RawToken()
		if err != nil {
			return
		}
		if x, ok := token.(xml.StartElement); ok {
			for _, a := range x.Attr {
				u.say(a.Value)
			}
		}
	}
}

// values says every key and value of a JSON document.
func (u *unpacker) values(v any) {
	switch x := v.(type) {
	case map[string]any:
		var keys []string
		for k := range x {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		for _, k := range keys {
			u.say(k)
			u.values(x[k])
		}
	case []any:
		for _, y := range x {
			u.values(y)
		}
	case string:
		u.say(x)
	}
}
