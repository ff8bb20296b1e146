package papers

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/skip2/go-qrcode"
)

// long is a text of many lines, with quotation marks, numbers and Latin words.
const long = "为认真贯彻落实国务院和省市县政府关于“双随机、一公开”监管工作部署要求，进一步推进全企业信用风险差异化随机抽查机制，按照（元双随机办〔2021〕10号）的通知要求，比例不低于5%，2022年6月至7月一次，见https://example.gov.cn/plans/2022/notice-of-the-year，制定本工作计划。"

// sample has everything that a document can hold.
func sample(t testing.TB) Document {
	t.Helper()
	qr, err := qrcode.Encode("https://example.gov.cn/c/ABCD", qrcode.Medium, 240)
	if err != nil {
		t.Fatal(err)
	}
	notice := Official()
	notice.Blocks = []Block{
		Space(99),
		Paragraph{Text: "元氏县人力资源和社会保障局文件", Style: Style{Face: Title, Size: 34, Colour: Red}, Align: Centre, Pitch: 50},
		Space(58),
		Paragraph{Text: "元人社〔2022〕3号", Align: Centre, Style: Style{Colour: Red}, Rule: 1.5},
		Space(58),
		Paragraph{Text: "关于印发2022年度随机抽查工作计划的通知", Style: Style{Face: Title, Size: Size2}, Align: Centre, Pitch: 34, Level: 1},
		Paragraph{Text: "局属各科室、监察大队：", Before: 29},
	}
	for i := range 9 {
		if i%3 == 0 {
			notice.Blocks = append(notice.Blocks, Paragraph{Text: "一、工作目标", Style: Style{Face: Hei}, Indent: 2, Level: 2, Keep: true})
		}
		notice.Blocks = append(notice.Blocks, Paragraph{Text: long, Indent: 2})
	}
	annex := Official()
	annex.Landscape, annex.Top, annex.Right, annex.Bottom, annex.Left = true, 28, 37, 26, 35
	annex.Chars = 0
	table := Table{Widths: []float64{1, 3, 4, 3}, Head: 2, Style: Style{Size: Size5}, Rows: []Row{
		{Cells: []Cell{{Text: "序号", Down: 2, Align: Centre, Middle: true}, {Text: "任务", Span: 2, Align: Centre}, {Text: "说明", Down: 2, Align: Centre, Middle: true}}},
		HeadCells("名称", "依据"),
	}}
	for i := range 14 {
		table.Rows = append(table.Rows, Cells(fmt.Sprint(i+1), "劳动保障监察 <随机> & 抽查", strings.Repeat("《劳动保障监察条例》第十条、", 1+i), "无"))
	}
	table.Rows[5].Cells[1].Text = strings.Repeat(long, 14) // longer than a page
	annex.Blocks = []Block{
		Paragraph{Text: "附件", Style: Style{Face: Hei}},
		table,
		Table{Foot: true, Borders: Across, Widths: []float64{1, 1}, Style: Style{Size: Size4}, Rows: []Row{
			{Cells: []Cell{{Text: "元氏县人力资源和社会保障局"}, {Text: "2022年1月17日印发", Align: Right}}},
		}},
	}
	form := Form()
	form.Head = []Block{Table{Borders: None, Widths: []float64{4, 1}, Rows: []Row{
		{Cells: []Cell{{Text: "编号 YS-2022-0001"}, {Blocks: []Block{Image{PNG: qr, Width: 14, Height: 14, Align: Right, Alt: "核验码"}}}}},
	}}}
	form.Top = 28
	form.Blocks = []Block{Paragraph{Align: Centre, Runs: []Run{{Text: "检查"}, {Text: "记录表", Style: Style{Bold: true}}}}, Paragraph{Text: "□ 书面  ☑ 实地\n第二行", Align: Left}}
	return Document{Title: "样例 & 检验", Author: "元氏县人社局", Sections: []Section{notice, annex, form, form}}
}

func parts(t *testing.T, b []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name] = string(data)
	}
	return out
}

func TestDOCX(t *testing.T) {
	t.Parallel()
	var a, b bytes.Buffer
	if err := WriteDOCX(&a, sample(t)); err != nil {
		t.Fatal(err)
	}
	if err := WriteDOCX(&b, sample(t)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same document gave other bytes")
	}
	if dir := os.Getenv("SUIJI_TEST_PAPERS"); dir != "" { // to look at
		os.WriteFile(dir+"/sample.docx", a.Bytes(), 0o644)
	}
	all := parts(t, a.Bytes())
	for name, content := range all {
		if !strings.HasSuffix(name, ".xml") && !strings.HasSuffix(name, ".rels") {
			continue
		}
		for d := xml.NewDecoder(strings.NewReader(content)); ; {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Errorf("%s: %v", name, err)
				break
			}
		}
		if strings.HasSuffix(name, ".rels") {
			for _, target := range strings.Split(content, `Target="`)[1:] {
				target, _, _ = strings.Cut(target, `"`)
				if all["word/"+target] == "" && all[target] == "" {
					t.Errorf("%s names %s, which is not in the package", name, target)
				}
			}
		} else if name != "[Content_Types].xml" && !strings.Contains(all["[Content_Types].xml"], `"/`+name+`"`) {
			t.Errorf("%s has no content type", name)
		}
	}
	body := all["word/document.xml"]
	for _, want := range []string{
		`w:top="2098" w:right="1474" w:bottom="1984" w:left="1587"`, // 37, 26, 35 and 28 mm
		`<w:spacing w:val="-5"/><w:sz w:val="32"/>`,                 // 28 characters
		`w:orient="landscape"`, `<w:tblHeader/>`, `<w:vMerge w:val="restart"/>`, `w:yAlign="bottom"`,
		`方正小标宋简体`, `&lt;随机&gt; &amp; 抽查`, `<w:br/>`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the document lacks %s", want)
		}
	}
	if all["word/media/image1.png"] == "" || all["word/media/image2.png"] != "" {
		t.Error("one picture used twice is not in the package once")
	}
}

// fonts returns the machine's fonts; the test ends if there are none.
func fonts(t testing.TB) *Fonts {
	t.Helper()
	f := FindFonts("")
	if f.Missing() != "" {
		t.Skip("this machine has no Chinese TrueType font")
	}
	return f
}

func TestPDF(t *testing.T) {
	t.Parallel()
	f := fonts(t)
	var a, b bytes.Buffer
	if err := f.WritePDF(&a, sample(t)); err != nil {
		t.Fatal(err)
	}
	if err := f.WritePDF(&b, sample(t)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same document gave other bytes")
	}
	if dir := os.Getenv("SUIJI_TEST_PAPERS"); dir != "" {
		os.WriteFile(dir+"/sample.pdf", a.Bytes(), 0o644)
	}
	if !bytes.HasPrefix(a.Bytes(), []byte("%PDF-")) {
		t.Error("not a PDF")
	}
}

func TestNoFont(t *testing.T) {
	t.Parallel()
	none := &Fonts{read: map[string]*font{}}
	none.once.Do(func() {})
	err := none.WritePDF(io.Discard, sample(t))
	if err == nil || !strings.Contains(err.Error(), "没有找到可用的中文字体") || none.Missing() == "" {
		t.Errorf("WritePDF without fonts = %v", err)
	}
	f := fonts(t)
	s := Official()
	s.Blocks = []Block{Paragraph{Text: "生僻字\U000323AFx"}} // in no font so far
	err = f.WritePDF(io.Discard, Document{Sections: []Section{s}})
	if err == nil || !strings.Contains(err.Error(), "U+323AF") {
		t.Errorf("WritePDF of a character without glyph = %v", err)
	}
}

// TestCollection reads a font out of a collection.
func TestCollection(t *testing.T) {
	t.Parallel()
	f := fonts(t)
	x, err := f.lookup(Hei, '中')
	if err != nil {
		t.Fatal(err)
	}
	const shift = 16
	ttc := append([]byte("ttcf\x00\x01\x00\x00\x00\x00\x00\x01\x00\x00\x00\x10"), x.data...)
	for i := range int(x.data[4])<<8 + int(x.data[5]) {
		at := shift + 12 + 16*i + 8
		from := uint32(ttc[at])<<24 | uint32(ttc[at+1])<<16 | uint32(ttc[at+2])<<8 | uint32(ttc[at+3])
		from += shift
		copy(ttc[at:], []byte{byte(from >> 24), byte(from >> 16), byte(from >> 8), byte(from)})
	}
	path := t.TempDir() + "/all.ttc"
	if err := os.WriteFile(path, ttc, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := FindFonts(path).lookup(Kai, '中')
	if err != nil {
		t.Fatal(err)
	}
	if got.family != "F1" || len(got.data) < len(x.data)-64 {
		t.Errorf("font of the collection has %d bytes, want about %d", len(got.data), len(x.data))
	}
	if _, err := firstOf(ttc[:40]); err == nil {
		t.Error("a collection that is cut off was read")
	}
}

// texts sets a paragraph and returns its lines.
func texts(t *testing.T, p Paragraph, b box) []string {
	t.Helper()
	lines, err := fonts(t).set(p, b)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, l := range lines {
		s := ""
		for _, p := range l.pieces {
			s += p.text
		}
		out = append(out, s)
	}
	return out
}

func TestLines(t *testing.T) {
	t.Parallel()
	five := box{width: 50, style: Style{Face: FangSong, Size: 10}, pitch: 12, char: 10}
	for _, c := range []struct {
		name, text string
		want       string
	}{
		{"full lines", "一二三四五六七八九十", "一二三四五|六七八九十"},
		{"no line begins with a stop", "一二三四五。六", "一二三四|五。六"},
		{"no line ends with an opening mark", "一二三四（五）", "一二三四|（五）"},
		{"several marks stay together", "一二三四五）。”六", "一二三四|五）。”六"},
		{"dash stays whole", "一二三四——五", "一二三|四——五"},
		{"words stay whole", "一二 abcde", "一二|abcde"},
		{"a long word is cut", "abcdefghijklmnopqrstuvwxyz", ""},
		{"a word is cut at a stroke", "ab/cdefghi", "ab/|cdefghi"},
		{"line feed", "一\n\n二", "一||二"},
		{"nothing", "", ""},
		{"control characters", "一\x00\u200b二", "一二"},
	} {
		got := texts(t, Paragraph{Text: c.text}, five)
		if c.name == "a long word is cut" {
			if len(got) < 3 || strings.Join(got, "") != c.text {
				t.Errorf("%s: %q", c.name, got)
			}
			continue
		}
		if s := strings.Join(got, "|"); s != c.want {
			t.Errorf("%s: set(%q) = %q, want %q", c.name, c.text, s, c.want)
		}
	}
	o := Official()
	got := texts(t, Paragraph{Text: strings.Repeat("国", 57), Indent: 2}, box{width: mm(o.room()), style: o.Style, pitch: o.Pitch, char: o.char()})
	if len(got) != 3 || len([]rune(got[0])) != 26 || len([]rune(got[1])) != 28 {
		t.Errorf("official lines have other than 26 and 28 characters: %q", got)
	}
}

// TestOfficialPage holds the 22 lines of an official page.
func TestOfficialPage(t *testing.T) {
	t.Parallel()
	s := Official()
	for range 23 {
		s.Blocks = append(s.Blocks, Paragraph{Text: "国"})
	}
	l := &layout{fonts: fonts(t), section: s}
	if err := l.run(); err != nil {
		t.Fatal(err)
	}
	if len(l.sheets) != 2 || len(l.sheets[0].lines) != 22 {
		t.Errorf("23 lines stand on %d pages, %d on the first; want 22", len(l.sheets), len(l.sheets[0].lines))
	}
}

// A heading with room below it stays with its table.
func TestHeadingsStayWithTables(t *testing.T) {
	t.Parallel()
	f := fonts(t)
	for n := range 40 {
		s := Form()
		for range n {
			s.Blocks = append(s.Blocks, Paragraph{Text: "国"})
		}
		s.Blocks = append(s.Blocks, Paragraph{Text: "表", Before: 10, After: 3, Keep: true}, Paragraph{Text: "注", After: 3, Keep: true},
			Table{Widths: []float64{1}, Head: 1, Rows: []Row{Cells("头"), Cells("甲"), Cells("乙")}})
		l := &layout{fonts: f, section: s}
		if err := l.run(); err != nil {
			t.Fatal(err)
		}
		at := map[string]int{}
		for page, x := range l.sheets {
			for _, y := range x.lines {
				for _, p := range y.pieces {
					at[p.text] = page
				}
			}
		}
		if at["表"] != at["甲"] || at["注"] != at["甲"] {
			t.Errorf("after %d lines the heading is on page %d, its note on %d, the first row on %d", n, at["表"]+1, at["注"]+1, at["甲"]+1)
		}
	}
}

// TestTablesKeepTheirText lays out tables of many shapes: no line is lost, and
// none stands outside its page.
func TestTablesKeepTheirText(t *testing.T) {
	t.Parallel()
	f := fonts(t)
	for n := range 40 {
		s := Official()
		table := Table{Widths: []float64{1, 2, 2}, Head: n % 3}
		want := 0
		for i := range n {
			text := strings.Repeat("字", 1+(i*i*37+n*11)%900)
			row := Row{Cells: []Cell{{Text: text}, {Text: "乙"}, {Text: "丙"}}}
			if i < table.Head {
				row = Cells("头", "头", "头")
				text = ""
			} else if i%5 == 3 && i+1 < n {
				row.Cells[1].Down = 2
			} else if i%5 == 4 && i-1 >= table.Head {
				row.Cells = row.Cells[:2]
			}
			want += len([]rune(text))
			table.Rows = append(table.Rows, row)
		}
		s.Blocks = []Block{Paragraph{Text: "前", NewPage: true}, table, Paragraph{Text: "后"}}
		l := &layout{fonts: f, section: s}
		if err := l.run(); err != nil {
			t.Fatal(err)
		}
		got := 0
		for _, page := range l.sheets {
			for _, x := range page.lines {
				for _, p := range x.pieces {
					got += strings.Count(p.text, "字")
				}
				if x.y < l.top()-1 || x.y+x.height > l.bottom()+1 {
					t.Errorf("%d rows: a line stands at %.0f, outside the page", n, x.y)
				}
			}
		}
		if got != want {
			t.Errorf("%d rows: %d characters are on paper, want %d", n, got, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	form, notice := Form(), Official()
	sheets := []*sheet{{section: notice, first: true}, {section: notice}, {section: form, first: true}, {section: form}, {section: form, first: true}}
	number(sheets)
	got := ""
	for _, s := range sheets {
		got += fmt.Sprintf("%d/%d ", s.no, s.of)
	}
	if want := "1/2 2/2 1/2 2/2 1/1 "; got != want {
		t.Errorf("number() = %s, want %s", got, want)
	}
}
