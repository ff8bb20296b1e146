package papers

import (
	"fmt"
	"strings"
)

// borders returns the lines of a table.
func (b Borders) xml() string {
	line := func(side string) string {
		return `<w:` + side + ` w:val="single" w:sz="4" w:space="0" w:color="000000"/>`
	}
	switch b {
	case Grid:
		return `<w:tblBorders>` + line("top") + line("left") + line("bottom") + line("right") + line("insideH") + line("insideV") + `</w:tblBorders>`
	case Across:
		return `<w:tblBorders>` + line("top") + line("bottom") + line("insideH") + `</w:tblBorders>`
	}
	return ""
}

// table writes a table of this width in points.
func (x *docx) table(t Table, width float64) {
	style := t.style(x.around)
	if t.Foot {
		x.foot(t, style, width)
		return
	}
	cols := t.columns(width)
	x.WriteString(`<w:tbl><w:tblPr>`)
	fmt.Fprintf(x, `<w:tblW w:w="%d" w:type="dxa"/>%s<w:tblLayout w:type="fixed"/>`, twips(width), t.Borders.xml())
	fmt.Fprintf(x, `<w:tblCellMar><w:top w:w="%d" w:type="dxa"/><w:left w:w="%d" w:type="dxa"/><w:bottom w:w="%[1]d" w:type="dxa"/><w:right w:w="%[2]d" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblGrid>`,
		twips(padY), twips(padX))
	for _, w := range cols {
		fmt.Fprintf(x, `<w:gridCol w:w="%d"/>`, twips(w))
	}
	x.WriteString(`</w:tblGrid>`)
	for i, cells := range t.grid() {
		x.WriteString(`<w:tr><w:trPr>`)
		x.flag(i < t.Head || t.Rows[i].short(), `<w:cantSplit/>`)
		if h := t.Rows[i].Height; h > 0 {
			fmt.Fprintf(x, `<w:trHeight w:val="%d" w:hRule="atLeast"/>`, twips(mm(h)))
		}
		x.flag(i < t.Head, `<w:tblHeader/>`)
		x.WriteString(`</w:trPr>`)
		x.whole = t.Whole && i < len(t.Rows)-1
		for _, c := range cells {
			x.cell(t, c, style, cols)
		}
		x.whole = false
		x.WriteString(`</w:tr>`)
	}
	x.WriteString(`</w:tbl>`)
}

// foot writes a table at the foot of a page as a frame of paragraphs, with the
// last cell of a row at the right edge: LibreOffice leaves a floating table
// where the text ends.
func (x *docx) foot(t Table, style Style, width float64) {
	line := `w:val="single" w:sz="4" w:space="1" w:color="000000"/>`
	for _, r := range t.Rows {
		fmt.Fprintf(x, `<w:p><w:pPr><w:framePr w:w="%d" w:wrap="around" w:vAnchor="margin" w:hAnchor="margin" w:xAlign="left" w:yAlign="bottom"/>`, twips(width))
		x.flag(t.Borders != None, `<w:pBdr><w:top `+line+`<w:bottom `+line+`<w:between `+line+`</w:pBdr>`)
		fmt.Fprintf(x, `<w:tabs><w:tab w:val="right" w:pos="%d"/></w:tabs><w:spacing w:before="0" w:after="0" w:line="%d" w:lineRule="exact"/>`,
			twips(width-padX), twips(t.pitch(style.Size)+2*padY))
		fmt.Fprintf(x, `<w:ind w:left="%d"/><w:jc w:val="left"/></w:pPr>`, twips(padX))
		for i, c := range r.Cells {
			x.WriteString(`<w:r>` + props(c.Style.over(style)))
			x.flag(i > 0, `<w:tab/>`)
			x.WriteString(`<w:t xml:space="preserve">` + escape(strings.Map(printable, c.Text)) + `</w:t></w:r>`)
		}
		x.WriteString(`</w:p>`)
	}
}

// Room inside a cell, in points.
const (
	padX = 4.0
	padY = 2.0
)

func (x *docx) cell(t Table, c placed, around Style, cols []float64) {
	width := 0.0
	for _, w := range cols[c.col : c.col+c.span] {
		width += w
	}
	fmt.Fprintf(x, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/><w:gridSpan w:val="%d"/>`, twips(width), c.span)
	x.flag(c.down > 1, `<w:vMerge w:val="restart"/>`)
	x.flag(c.covered, `<w:vMerge/>`)
	x.flag(c.Shade != "", `<w:shd w:val="clear" w:color="auto" w:fill="`+escape(c.Shade)+`"/>`)
	x.flag(c.Middle, `<w:vAlign w:val="center"/>`)
	x.WriteString(`</w:tcPr>`)
	style := c.Style.over(around)
	if c.covered {
		x.WriteString(`<w:p/>`)
	} else {
		for _, b := range c.content() {
			switch b := b.(type) {
			case Paragraph:
				x.paragraph(b, style, t.pitch(b.Style.over(style).Size))
			case Image:
				x.image(b)
			}
		}
	}
	x.WriteString(`</w:tc>`)
}

// parts returns the files of the package, in the order in which they are
// written.
func (x *docx) parts(d Document) []part {
	var types strings.Builder
	for _, p := range x.heads {
		kind := "header"
		if strings.Contains(p.name, "footer") {
			kind = "footer"
		}
		fmt.Fprintf(&types, `<Override PartName="/%s" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.%s+xml"/>`, p.name, kind)
	}
	const wordType = "application/vnd.openxmlformats-officedocument.wordprocessingml."
	for _, name := range []string{"styles", "settings", "fontTable"} {
		fmt.Fprintf(&types, `<Override PartName="/word/%s.xml" ContentType="%s%[1]s+xml"/>`, name, wordType)
	}
	out := []part{
		{"[Content_Types].xml", []byte(xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
			`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>` +
			`<Override PartName="/word/document.xml" ContentType="` + wordType + `document.main+xml"/>` + types.String() +
			`<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>`)},
		{"_rels/.rels", relations([]string{
			`<Relationship Id="rId1" Type="` + relationTypes + `officeDocument" Target="word/document.xml"/>`,
			`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/>`})},
		{"docProps/core.xml", []byte(xmlHead + `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">` +
			`<dc:title>` + escape(d.Title) + `</dc:title><dc:creator>` + escape(d.Author) + `</dc:creator></cp:coreProperties>`)},
		{"word/document.xml", []byte(x.body)},
		{"word/_rels/document.xml.rels", relations(x.bodyRels)},
		{"word/styles.xml", []byte(stylesXML(d))},
		{"word/settings.xml", []byte(xmlHead + `<w:settings ` + namespaces + `><w:evenAndOddHeaders/><w:characterSpacingControl w:val="doNotCompress"/>` +
			`<w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat></w:settings>`)},
		{"word/fontTable.xml", []byte(fontsXML())},
	}
	out = append(out, x.heads...)
	return append(out, x.media...)
}

func stylesXML(d Document) string {
	base := Style{Face: Song, Size: Size5}
	if len(d.Sections) > 0 {
		base = d.Sections[0].Style.over(base)
	}
	out := xmlHead + `<w:styles ` + namespaces + `><w:docDefaults><w:rPrDefault>` + strings.Replace(props(base), `</w:rPr>`, `<w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr>`, 1) +
		`</w:rPrDefault><w:pPrDefault/></w:docDefaults>` +
		`<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:pPr><w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/></w:pPr>` + props(base) + `</w:style>`
	for i := 1; i <= 3; i++ {
		out += fmt.Sprintf(`<w:style w:type="paragraph" w:styleId="Heading%d"><w:name w:val="heading %[1]d"/><w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:qFormat/><w:pPr><w:outlineLvl w:val="%d"/></w:pPr></w:style>`, i, i-1)
	}
	return out + `</w:styles>`
}

func fontsXML() string {
	out := xmlHead + `<w:fonts ` + namespaces + `>`
	for f := Song; f <= Title; f++ {
		out += `<w:font w:name="` + faceNames[f][0] + `"><w:altName w:val="` + faceNames[f][1] + `"/><w:charset w:val="86"/></w:font>`
	}
	return out + `</w:fonts>`
}
