package office

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// document is a DOCX of these parts.
func document(t testing.TB, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		if err == nil {
			_, err = io.WriteString(w, parts[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bomb is a document with a part that unfolds into more than is read. Its bytes
// are made in pieces: other tests measure the heap.
func bomb(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	blank := make([]byte, 1<<20)
	for name, n := range map[string]int{types: 0, "word/document.xml": 0, "word/big.xml": maxTemplateBytes>>20 + 1} {
		w, err := z.Create(name)
		for range n {
			if err == nil {
				_, err = w.Write(blank)
			}
		}
		if err == nil && n == 0 {
			_, err = io.WriteString(w, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const types = "[Content_Types].xml"

func body(inner string) string {
	return `<w:document xmlns:w="w" xmlns:w14="w14"><w:body>` + inner + `</w:body></w:document>`
}

func runs(texts ...string) string {
	out := `<w:p w14:paraId="1">`
	for _, t := range texts {
		out += `<w:r><w:rPr><w:b/></w:rPr><w:t>` + t + `</w:t></w:r>`
	}
	return out + `</w:p>`
}

// Placeholders are found and filled whether or not a program has cut them into
// runs; rows of lists are there once for each.
func TestFill(t *testing.T) {
	in := document(t, types, "<a/>", "word/document.xml", body(
		runs("致：{{企业", "名称}}（{", "{代码}}）")+runs("{{ 未知 }} 与 {{企业名称}}")+
			`<w:tbl><w:tr><w:tc>`+runs("姓名")+`</w:tc></w:tr><w:tr><w:tc>`+runs("{{人员.姓", "名}}")+`</w:tc><w:tc>`+runs("{{人员.证号}}/{{企业名称}}")+`</w:tc></w:tr></w:tbl>`),
		"word/header1.xml", `<w:hdr xmlns:w="w">`+runs("{{文号}}")+`</w:hdr>`, "word/media/a.png", "{{企业名称}}")
	names, err := Slots(bytes.NewReader(in), int64(len(in)))
	if want := []string{"企业名称", "代码", "未知", "人员.姓名", "人员.证号", "文号"}; err != nil || !slices.Equal(names, want) {
		t.Fatalf("Slots = %q, %v, want %q", names, err, want)
	}
	var out bytes.Buffer
	err = Fill(bytes.NewReader(in), int64(len(in)), Merge{Values: map[string]string{"企业名称": "甲 & 乙 <公司>", "代码": "第一行\n第二行", "文号": "〔2022〕第1号"},
		Lists: map[string][]map[string]string{"人员": {{"姓名": "高建军", "证号": "1"}, {"姓名": "何丽", "证号": "2"}}}}, &out)
	if err != nil {
		t.Fatal(err)
	}
	text := func(name string) string {
		z, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
		if err != nil {
			t.Fatal(err)
		}
		f, err := z.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	doc := text("word/document.xml")
	for want, n := range map[string]int{"甲 &amp; 乙 &lt;公司&gt;": 4, "第一行</w:t><w:br/>": 1, "{{ 未知 }}": 1, "高建军": 1, "何丽": 1, "<w:tr>": 3, "{{企业": 0, `w14:paraId`: 3} {
		if got := strings.Count(doc, want); got != n {
			t.Errorf("%q is there %d times, want %d: %s", want, got, n, doc)
		}
	}
	if !strings.Contains(text("word/header1.xml"), "〔2022〕第1号") || text("word/media/a.png") != "{{企业名称}}" {
		t.Error("the header is not filled, or a picture was")
	}
	var again bytes.Buffer
	if err := Fill(bytes.NewReader(out.Bytes()), int64(out.Len()), Merge{}, &again); err != nil {
		t.Errorf("what was made cannot be read: %v", err)
	}
}

// What is no template, or would do more than be read, gets a sentence.
func TestBadTemplates(t *testing.T) {
	ok := body(runs("{{文号}}"))
	for _, tt := range []struct {
		name string
		file []byte
		want string
	}{
		{"text", []byte("{{文号}}"), "打不开"},
		{"a workbook", document(t, types, "<a/>", "xl/workbook.xml", "<a/>"), "不是 Word 文档"},
		{"macros", document(t, types, "<a/>", "word/document.xml", ok, "word/vbaProject.bin", "x"), "宏"},
		{"twice the same", document(t, types, "<a/>", "word/document.xml", ok, "WORD/document.xml", ok), "同名"},
		{"broken XML", document(t, types, "<a/>", "word/document.xml", ok[:40]), "已经损坏"},
		{"entities", document(t, types, "<a/>", "word/document.xml", `<!DOCTYPE a [<!ENTITY b "c">]>`+ok), "已经损坏"},
		{"a picture from elsewhere", document(t, types, "<a/>", "word/document.xml", ok, "word/_rels/document.xml.rels",
			`<Relationships><Relationship Id="1" Type="http://x/image" Target="http://evil/" TargetMode="External"/></Relationships>`), "外部文件"},
		{"a bomb", bomb(t, ok), "展开后过大"},
	} {
		_, err := Slots(bytes.NewReader(tt.file), int64(len(tt.file)))
		var bad *Error
		if !errors.As(err, &bad) || !strings.Contains(bad.Sentence, tt.want) {
			t.Errorf("%s: %v, want “%s”", tt.name, err, tt.want)
		}
	}
}

func FuzzFill(f *testing.F) {
	f.Add(body(runs("{{企业", "名称}}")))
	f.Add(`<w:p><w:t>{{a}}</w:p></w:t><w:tr><w:tr></w:tr>`)
	m := Merge{Values: map[string]string{"a": "b"}, Lists: map[string][]map[string]string{"l": {{"c": "d"}}}}
	f.Fuzz(func(t *testing.T, text string) {
		fillText(m.rows(text), m.value) // does not panic
	})
}
