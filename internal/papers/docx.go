package papers

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strings"
)

// faceNames are the fonts that a DOCX names, with what stands in for one that
// a machine lacks.
var faceNames = map[Face][2]string{
	Song:     {"宋体", "SimSun"},
	FangSong: {"仿宋_GB2312", "仿宋"},
	Hei:      {"黑体", "SimHei"},
	Kai:      {"楷体_GB2312", "楷体"},
	Title:    {"方正小标宋简体", "华文中宋"},
}

// WriteDOCX writes d as Office Open XML (ISO/IEC 29500, transitional). The
// same document gives the same bytes.
func WriteDOCX(w io.Writer, d Document) error {
	x := &docx{images: map[string]string{}}
	if len(d.Sections) == 1 {
		x.pages = "NUMPAGES"
	}
	x.document(d)
	z := zip.NewWriter(w)
	for _, part := range x.parts(d) {
		f, err := z.CreateHeader(&zip.FileHeader{Name: part.name, Method: zip.Deflate})
		if err != nil {
			return err
		}
		if _, err := f.Write(part.data); err != nil {
			return err
		}
	}
	return z.Close()
}

// docx is a document being written.
type docx struct {
	bytes.Buffer
	relations []string          // of the part that is being written
	images    map[string]string // PNG → file name
	media     []part
	heads     []part // headers and their relations
	sections  int
	drawings  int
	around    Style
	chars     float64 // width of a character, in points
	pitch     float64
	pages     string // the field of how many pages there are; empty with several sections, of which LibreOffice cannot say it
	whole     bool   // in a row that stays with the next
	body      string // document.xml
	bodyRels  []string
}

type part struct {
	name string
	data []byte
}

// twips is the unit of most measures: a twentieth of a point.
func twips(points float64) int { return int(math.Round(points * 20)) }

// mm turns millimetres into points.
func mm(n float64) float64 { return n * 72 / 25.4 }

func escape(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s)) // a Builder does not fail
	return b.String()
}

const (
	xmlHead    = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	namespaces = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" ` +
		`xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" ` +
		`xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" ` +
		`xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" ` +
		`xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"`
	relationTypes = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
)

// relate enters a relation of the part being written and returns its id.
func (x *docx) relate(kind, target string) string {
	id := fmt.Sprintf("rId%d", len(x.relations)+1)
	x.relations = append(x.relations, fmt.Sprintf(`<Relationship Id="%s" Type="%s%s" Target="%s"/>`, id, relationTypes, kind, target))
	return id
}

func relations(rels []string) []byte {
	return []byte(xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` + strings.Join(rels, "") + `</Relationships>`)
}

// document writes word/document.xml, and the headers and images it needs.
func (x *docx) document(d Document) {
	x.WriteString(xmlHead + `<w:document ` + namespaces + `><w:body>`)
	for _, name := range []string{"styles", "settings", "fontTable"} {
		x.relate(name, name+".xml")
	}
	for i, s := range d.Sections {
		x.sections = i + 1
		x.around, x.pitch, x.chars = s.Style, s.Pitch, s.char()
		end := x.section(s)
		last := i == len(d.Sections)-1
		table := len(s.Blocks) > 0
		if table {
			_, table = s.Blocks[len(s.Blocks)-1].(Table)
		}
		x.blocks(s, s.Blocks)
		if !last {
			x.WriteString(`<w:p><w:pPr><w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/>` + end + `</w:pPr></w:p>`)
			continue
		}
		if table { // a body ends with a paragraph
			x.WriteString(`<w:p><w:pPr><w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/></w:pPr></w:p>`)
		}
		x.WriteString(end)
	}
	x.WriteString(`</w:body></w:document>`)
	x.body, x.bodyRels = x.String(), x.relations
}

// char returns the width of a character of the section's grid, in points.
func (s Section) char() float64 {
	if s.Chars > 0 {
		return mm(s.room()) / float64(s.Chars)
	}
	return s.Style.Size
}

// section returns the properties of a section, after writing its header and
// footers.
func (x *docx) section(s Section) string {
	var refs string
	if len(s.Head) > 0 {
		id := x.header(s)
		refs += fmt.Sprintf(`<w:headerReference w:type="default" r:id="%s"/><w:headerReference w:type="even" r:id="%[1]s"/>`, id)
	} else if x.sections > 1 { // else it would go on with the one before
		id := x.aside("hdr", "header", `<w:p/>`, nil)
		refs += fmt.Sprintf(`<w:headerReference w:type="default" r:id="%s"/><w:headerReference w:type="even" r:id="%[1]s"/>`, id)
	}
	odd := x.aside("ftr", "footer", footer(s.Numbers, false, x.pages), nil)
	even := x.aside("ftr", "footer", footer(s.Numbers, true, x.pages), nil)
	refs += fmt.Sprintf(`<w:footerReference w:type="default" r:id="%s"/><w:footerReference w:type="even" r:id="%s"/>`, odd, even)
	width, height, turned := s.width(), s.height(), ""
	if s.Landscape {
		turned = ` w:orient="landscape"`
	}
	start := ""
	if s.Restart {
		start = `<w:pgNumType w:start="1"/>`
	}
	return `<w:sectPr>` + refs + fmt.Sprintf(`<w:type w:val="nextPage"/><w:pgSz w:w="%d" w:h="%d"%s/>`, twips(mm(width)), twips(mm(height)), turned) +
		fmt.Sprintf(`<w:pgMar w:top="%d" w:right="%d" w:bottom="%d" w:left="%d" w:header="%d" w:footer="%d" w:gutter="0"/>`,
			twips(mm(s.Top)), twips(mm(s.Right)), twips(mm(s.Bottom)), twips(mm(s.Left)), twips(mm(headTop)), twips(mm(max(8, s.Bottom-numberBelow-6)))) +
		start + `</w:sectPr>`
}

// Places in the margins, in millimetres: the head from the upper edge, the
// page number below the text (GB/T 9704, 7.5).
const (
	headTop     = 10
	numberBelow = 7
)

// header writes the head of a section's pages.
func (x *docx) header(s Section) string {
	h := &docx{images: x.images, media: x.media, drawings: x.drawings, around: s.Style, pitch: s.Pitch, chars: s.char()}
	h.blocks(s, s.Head)
	x.media, x.drawings = h.media, h.drawings
	if _, table := s.Head[len(s.Head)-1].(Table); table {
		h.WriteString(`<w:p/>`)
	}
	return x.aside("hdr", "header", h.String(), h.relations)
}

// aside adds a header or footer part and returns its relation.
func (x *docx) aside(tag, kind, content string, rels []string) string {
	name := fmt.Sprintf("%s%d.xml", kind, len(x.heads)+1)
	x.heads = append(x.heads, part{"word/" + name, []byte(xmlHead + `<w:` + tag + ` ` + namespaces + `>` + content + `</w:` + tag + `>`)})
	if len(rels) > 0 {
		x.media = append(x.media, part{"word/_rels/" + name + ".rels", relations(rels)})
	}
	return x.relate(kind, name)
}

// footer returns the paragraph of the page number.
func footer(n Numbers, even bool, pages string) string {
	field := func(code string) string {
		return `<w:r>` + props(Style{Face: Song, Size: Size4}) + `<w:fldChar w:fldCharType="begin"/></w:r>` +
			`<w:r>` + props(Style{Face: Song, Size: Size4}) + `<w:instrText xml:space="preserve"> ` + code + ` </w:instrText></w:r>` +
			`<w:r>` + props(Style{Face: Song, Size: Size4}) + `<w:fldChar w:fldCharType="separate"/></w:r>` +
			`<w:r>` + props(Style{Face: Song, Size: Size4}) + `<w:t>1</w:t></w:r><w:r>` + props(Style{Face: Song, Size: Size4}) + `<w:fldChar w:fldCharType="end"/></w:r>`
	}
	text := func(s string) string {
		return `<w:r>` + props(Style{Face: Song, Size: Size4}) + `<w:t xml:space="preserve">` + s + `</w:t></w:r>`
	}
	switch {
	case n == Dashed && even:
		return `<w:p><w:pPr><w:ind w:leftChars="100" w:left="320"/><w:jc w:val="left"/></w:pPr>` + text("— ") + field("PAGE") + text(" —") + `</w:p>`
	case n == Dashed:
		return `<w:p><w:pPr><w:ind w:rightChars="100" w:right="320"/><w:jc w:val="right"/></w:pPr>` + text("— ") + field("PAGE") + text(" —") + `</w:p>`
	case n == OfTotal:
		total := ""
		if pages != "" {
			total = text(" 共 ") + field(pages) + text(" 页")
		}
		small := func(s string) string { return strings.ReplaceAll(s, `<w:sz w:val="28"/>`, `<w:sz w:val="18"/>`) }
		return small(`<w:p><w:pPr><w:jc w:val="center"/></w:pPr>` + text("第 ") + field("PAGE") + text(" 页") + total + `</w:p>`)
	}
	return `<w:p/>`
}

// props returns the properties of a run.
func props(s Style) string {
	name := faceNames[s.Face][0]
	out := fmt.Sprintf(`<w:rPr><w:rFonts w:ascii="%s" w:hAnsi="%[1]s" w:eastAsia="%[1]s" w:cs="%[1]s"/>`, name)
	if s.Bold {
		out += `<w:b/>`
	}
	if s.Colour != "" {
		out += `<w:color w:val="` + escape(s.Colour) + `"/>`
	}
	return out + fmt.Sprintf(`<w:sz w:val="%d"/><w:szCs w:val="%[1]d"/></w:rPr>`, int(math.Round(s.Size*2)))
}

// blocks writes blocks one after the other.
func (x *docx) blocks(s Section, blocks []Block) {
	for i, b := range blocks {
		switch b := b.(type) {
		case Paragraph:
			x.paragraph(b, x.around, x.pitch)
		case Image:
			x.image(b)
		case Table:
			if _, twice := next(blocks, i-1).(Table); twice { // else they would be one
				x.paragraph(Space(1), x.around, 1)
			}
			x.table(b, mm(s.room()))
		}
	}
}

func next(blocks []Block, i int) Block {
	if i < 0 {
		return nil
	}
	return blocks[i]
}

var alignNames = map[Align]string{Justified: "both", Left: "left", Centre: "center", Right: "right"}

func (x *docx) paragraph(p Paragraph, around Style, pitch float64) {
	style := p.Style.over(around)
	if p.Pitch > 0 {
		pitch = p.Pitch
	}
	char := style.Size
	if style.Size == x.around.Size {
		char = x.chars
	}
	x.WriteString(`<w:p><w:pPr>`)
	if p.Level > 0 {
		fmt.Fprintf(x, `<w:pStyle w:val="Heading%d"/>`, min(p.Level, 3))
	}
	x.flag(p.Keep || p.KeepEnd || x.whole, `<w:keepNext/>`)
	x.flag(p.NewPage, `<w:pageBreakBefore/>`)
	x.WriteString(`<w:widowControl w:val="0"/>`)
	if p.Rule > 0 {
		line := fmt.Sprintf(`w:val="single" w:sz="%d" w:space="1" w:color="%s"/>`, int(p.Rule*8), colourOr(style.Colour))
		x.WriteString(`<w:pBdr><w:bottom ` + line + `<w:between ` + line + `</w:pBdr>`) // alike, one after the other, they would share one line
	}
	fmt.Fprintf(x, `<w:spacing w:before="%d" w:after="%d" w:line="%d" w:lineRule="exact"/>`, twips(p.Before), twips(p.After), twips(pitch))
	fmt.Fprintf(x, `<w:ind w:leftChars="%d" w:left="%d" w:rightChars="%d" w:right="%d" w:firstLineChars="%d" w:firstLine="%d"/>`,
		int(p.Left*100), twips(p.Left*char), int(p.Right*100), twips(p.Right*char), int(p.Indent*100), twips(p.Indent*char))
	fmt.Fprintf(x, `<w:jc w:val="%s"/>`, alignNames[p.Align])
	x.WriteString(props(style) + `</w:pPr>`)
	for _, r := range p.runs() {
		x.WriteString(`<w:r>` + x.dense(r.Style.over(style)))
		for i, line := range strings.Split(r.Text, "\n") {
			x.flag(i > 0, `<w:br/>`)
			x.WriteString(`<w:t xml:space="preserve">` + escape(line) + `</w:t>`)
		}
		x.WriteString(`</w:r>`)
	}
	x.WriteString(`</w:p>`)
}

// dense returns the properties of a run in the text of a section, whose
// characters stand as close as its grid says. A grid of the section (docGrid)
// would say it once, but LibreOffice spreads text in one that is narrower than
// its type.
func (x *docx) dense(s Style) string {
	out := props(s)
	if grid := x.chars - x.around.Size; s.Size == x.around.Size && grid < 0 {
		return strings.Replace(out, `<w:sz `, fmt.Sprintf(`<w:spacing w:val="%d"/><w:sz `, int(math.Floor(grid*20))), 1)
	}
	return out
}

func (x *docx) flag(set bool, s string) {
	if set {
		x.WriteString(s)
	}
}

func colourOr(c string) string {
	if c == "" {
		return "000000"
	}
	return escape(c)
}

// image writes a paragraph with a picture in its line.
func (x *docx) image(i Image) {
	x.drawings++
	name, ok := x.images[string(i.PNG)]
	if !ok {
		name = fmt.Sprintf("media/image%d.png", len(x.images)+1)
		x.images[string(i.PNG)] = name
		x.media = append(x.media, part{"word/" + name, i.PNG})
	}
	id := x.relate("image", name)
	size := fmt.Sprintf(`cx="%d" cy="%d"`, int(i.Width*36000), int(i.Height*36000))
	fmt.Fprintf(x, `<w:p><w:pPr><w:spacing w:before="0" w:after="0"/><w:jc w:val="%s"/></w:pPr><w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0">`+
		`<wp:extent %s/><wp:docPr id="%d" name="image %[3]d" descr="%s"/><a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture">`+
		`<pic:pic><pic:nvPicPr><pic:cNvPr id="%[3]d" name="image %[3]d"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed="%[5]s"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>`+
		`<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext %[2]s/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>`,
		alignNames[i.Align], size, x.drawings, escape(i.Alt), id)
}
