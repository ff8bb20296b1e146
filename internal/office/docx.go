package office

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
)

// Limits of a template: a document of an office has some hundred kilobytes.
const (
	maxTemplateParts = 2000
	maxTemplateBytes = 64 << 20 // of all parts together, unpacked
)

// Merge is what goes into a template: texts by the names of their placeholders,
// and lists, whose placeholders are {{list.column}}.
type Merge struct {
	Values map[string]string
	Lists  map[string][]map[string]string
}

// slot is a placeholder: {{企业名称}}.
var slot = regexp.MustCompile(`\{\{\s*([^{}]{1,40}?)\s*\}\}`)

// Slots returns the placeholders of a DOCX without their braces, each once, in
// the order of the text. Errors are an *Error if the file is to blame.
func Slots(r io.ReaderAt, size int64) ([]string, error) {
	z, err := openDOCX(r, size)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range z.File {
		if !isText(f.Name) {
			continue
		}
		text, err := readPart(f)
		if err != nil {
			return nil, err
		}
		fillText(text, func(name string) (string, bool) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
			return "", false
		})
	}
	return names, nil
}

// Fill writes a DOCX with its placeholders filled in. A row of a table with
// placeholders of a list is there once for each of its rows. What is not known
// stays as it is. Errors are an *Error if the file is to blame.
func Fill(r io.ReaderAt, size int64, m Merge, w io.Writer) error {
	z, err := openDOCX(r, size)
	if err != nil {
		return err
	}
	out := zip.NewWriter(w)
	for _, f := range z.File {
		if !isText(f.Name) {
			if err := out.Copy(f); err != nil {
				return err
			}
			continue
		}
		text, err := readPart(f)
		if err != nil {
			return err
		}
		part, err := out.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate})
		if err != nil {
			return err
		}
		if _, err := io.WriteString(part, fillText(m.rows(text), m.value)); err != nil {
			return err
		}
	}
	return out.Close()
}

var textPart = regexp.MustCompile(`^word/(document|header[0-9]*|footer[0-9]*|footnotes|endnotes)\.xml$`)

func isText(name string) bool { return textPart.MatchString(name) }

// openDOCX opens a document and refuses what is none, or what would do more
// than be read.
func openDOCX(r io.ReaderAt, size int64) (*zip.Reader, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, refuse("这个文件打不开：不是 .docx，已经损坏，或者设有密码；旧版 .doc 请用 WPS 或 Word 另存为 .docx")
	}
	names, all := map[string]bool{}, uint64(0)
	for _, f := range z.File {
		name := partName(f.Name)
		if f.Flags&1 != 0 {
			return nil, refuse("模板设有密码，无法读取；请取消密码后再上传")
		}
		if names[name] {
			return nil, refuse("模板已经损坏（有两个同名的部件）；请用 WPS 或 Word 打开，另存为 .docx 后再上传")
		}
		names[name] = true
		if all += f.UncompressedSize64; all > maxTemplateBytes || len(z.File) > maxTemplateParts {
			return nil, refuse("模板展开后过大（上限 %s），不予读取；请删去大图片", bytesText(maxTemplateBytes))
		}
	}
	switch {
	case !names["word/document.xml"] || !names["[content_types].xml"]:
		return nil, refuse("这不是 Word 文档；请上传 .docx 文件")
	case names["word/vbaproject.bin"]:
		return nil, refuse("模板里有宏，不予使用；请另存为不带宏的 .docx")
	}
	for _, f := range z.File {
		if err := refuseOutside(f); err != nil {
			return nil, err
		}
	}
	return z, nil
}

// refuseOutside refuses parts that lead elsewhere: who opens the document would
// fetch them.
func refuseOutside(f *zip.File) error {
	if !strings.HasSuffix(f.Name, ".rels") {
		return nil
	}
	text, err := readPart(f)
	if err != nil {
		return err
	}
	for _, rel := range strings.Split(text, "<Relationship ") {
		if strings.Contains(rel, `TargetMode="External"`) && !strings.Contains(rel, "/hyperlink") {
			return refuse("模板引用了外部文件（图片、对象或模板）；请先断开链接、把图片嵌入文档")
		}
	}
	return nil
}

// readPart reads a part whose XML is sound and names no entities of its own.
func readPart(f *zip.File) (string, error) {
	part, err := f.Open()
	if err != nil {
		return "", errTemplate
	}
	defer part.Close() // it was only read
	body, err := io.ReadAll(io.LimitReader(part, maxTemplateBytes+1))
	if err != nil || len(body) > maxTemplateBytes {
		return "", errTemplate
	}
	d := xml.NewDecoder(bytes.NewReader(body))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return string(body), nil
		}
		if _, directive := token.(xml.Directive); err != nil || directive {
			return "", errTemplate
		}
	}
}

var errTemplate = refuse("模板已经损坏，读不出文字；请用 WPS 或 Word 打开，另存为 .docx 后再上传")

// tag is a tag of XML: its name, whether it opens or closes, and where it is.
type tag struct {
	name         string
	close, alone bool
	from, to     int
}

var tags = regexp.MustCompile(`<(/?)([A-Za-z0-9:_-]+)((?:"[^"]*"|'[^']*'|[^"'>])*?)(/?)>`)

func tagsOf(text string) (all []tag) {
	for _, m := range tags.FindAllStringSubmatchIndex(text, -1) {
		all = append(all, tag{text[m[4]:m[5]], m[3] > m[2], m[9] > m[8], m[0], m[1]})
	}
	return all
}

// rows repeats the rows of tables that have placeholders of a list.
func (m Merge) rows(text string) string {
	var open []int
	inner := false // the row that closes next holds no other
	var out strings.Builder
	last := 0
	for _, t := range tagsOf(text) {
		switch {
		case t.name != "w:tr" || t.alone:
		case !t.close:
			open, inner = append(open, t.from), true
		case len(open) > 0:
			from := open[len(open)-1]
			open = open[:len(open)-1]
			if list := m.listOf(text[from:t.to]); inner && list != "" {
				out.WriteString(text[last:from] + m.repeat(text[from:t.to], list))
				last = t.to
			}
			inner = false
		}
	}
	return out.String() + text[last:]
}

// listOf is the list that a row names; empty if it names none.
func (m Merge) listOf(row string) (list string) {
	fillText(row, func(name string) (string, bool) {
		if l, _, ok := strings.Cut(name, "."); ok && list == "" {
			if _, known := m.Lists[l]; known {
				list = l
			}
		}
		return "", false
	})
	return list
}

// paragraphIDs are numbers that no two paragraphs may share.
var paragraphIDs = regexp.MustCompile(` w14:(?:paraId|textId)="[^"]*"`)

func (m Merge) repeat(row, list string) string {
	all := m.Lists[list]
	if len(all) == 0 { // one row for the pen
		all = []map[string]string{{}}
	}
	row = paragraphIDs.ReplaceAllString(row, "")
	var out strings.Builder
	for _, item := range all {
		out.WriteString(fillText(row, func(name string) (string, bool) {
			column, ok := strings.CutPrefix(name, list+".")
			return item[column], ok
		}))
	}
	return out.String()
}

func (m Merge) value(name string) (string, bool) {
	v, ok := m.Values[name]
	return v, ok
}

// piece is the text of one run.
type piece struct {
	open     tag // <w:t>
	from, to int // its text
	text     string
	changed  bool
}

// fillText fills in the placeholders of a part. A paragraph's text may be cut
// into any number of runs: what stands in several is put into the first.
func fillText(text string, value func(name string) (string, bool)) string {
	var pieces []*piece
	var paragraphs [][]*piece
	var open []int // paragraphs that are not closed; text boxes hold others
	var run *piece
	for _, t := range tagsOf(text) {
		switch {
		case t.name == "w:p" && !t.alone && !t.close:
			paragraphs, open = append(paragraphs, nil), append(open, len(paragraphs))
		case t.name == "w:p" && t.close && len(open) > 0:
			open = open[:len(open)-1]
		case t.name == "w:t" && !t.alone && !t.close:
			run = &piece{open: t, from: t.to}
		case t.name == "w:t" && t.close && run != nil && len(open) > 0:
			run.to, run.text = t.from, text[run.from:t.from]
			at := open[len(open)-1]
			pieces, paragraphs[at] = append(pieces, run), append(paragraphs[at], run)
			run = nil
		}
	}
	for _, p := range paragraphs {
		fillParagraph(p, value)
	}
	var out strings.Builder
	last := 0
	for _, p := range pieces {
		if !p.changed {
			continue
		}
		out.WriteString(text[last:p.open.from] + `<w:t xml:space="preserve">` + p.text)
		last = p.to
	}
	return out.String() + text[last:]
}

func fillParagraph(runs []*piece, value func(string) (string, bool)) {
	whole := ""
	for _, r := range runs {
		whole += r.text
	}
	found := slot.FindAllStringSubmatchIndex(whole, -1)
	values := make([]*string, len(found))
	for i, m := range found {
		if v, ok := value(whole[m[2]:m[3]]); ok {
			values[i] = &v
		}
	}
	for i, m := range slices.Backward(found) { // so that the places before stay where they are
		if values[i] == nil {
			continue
		}
		at, put := 0, false
		for _, r := range runs {
			size := len(r.text)
			from, to := max(m[0]-at, 0), min(m[1]-at, size)
			at += size
			if from >= size || to <= 0 {
				continue
			}
			insert := ""
			if !put {
				insert, put = escaped(*values[i]), true
			}
			r.text, r.changed = r.text[:from]+insert+r.text[to:], true
		}
	}
}

// escaped is a text as a run holds it; lines are broken.
func escaped(text string) string {
	var b bytes.Buffer
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			b.WriteString(`</w:t><w:br/><w:t xml:space="preserve">`)
		}
		xml.EscapeText(&b, []byte(line)) // a Buffer does not fail
	}
	return b.String()
}
