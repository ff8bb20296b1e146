// Package papers writes what an office prints and files: one Document, made
// once of paragraphs, tables and images, becomes a DOCX that LibreOffice, WPS
// and Word open (WriteDOCX), and a PDF (Fonts.WritePDF).
//
// Lengths on the page are millimetres, sizes of type and lines are points,
// indents are characters. Official layout follows GB/T 9704-2012 (Official).
// No font is shipped: a DOCX names the usual ones, a PDF embeds what is found
// on the machine, and refuses a text that these cannot show.
package papers

import (
	"strings"
	"unicode/utf8"
)

// Face is a family of Chinese type. Zero takes what is around it.
type Face int

// The faces that official papers use.
const (
	Inherit  Face = iota
	Song          // 宋体
	FangSong      // 仿宋
	Hei           // 黑体
	Kai           // 楷体
	Title         // 小标宋
)

// Sizes of type, in points, as offices name them.
const (
	Size2      = 22   // 二号
	SizeSmall2 = 18   // 小二
	Size3      = 16   // 三号
	Size4      = 14   // 四号
	SizeSmall4 = 12   // 小四
	Size5      = 10.5 // 五号
	SizeSmall5 = 9    // 小五
)

// Red is the colour of the head of an official document.
const Red = "FF0000"

// Style is how a text looks. A zero field takes what is around it: a run from
// its paragraph, a paragraph from its cell's table or the section.
type Style struct {
	Face   Face
	Size   float64 // points
	Bold   bool
	Colour string // RRGGBB
}

// over returns s with its zero fields taken from around.
func (s Style) over(around Style) Style {
	if s.Face == Inherit {
		s.Face = around.Face
	}
	if s.Size == 0 {
		s.Size = around.Size
	}
	if s.Colour == "" {
		s.Colour = around.Colour
	}
	s.Bold = s.Bold || around.Bold
	return s
}

// Document is a paper: its sections one after the other, each on new pages.
type Document struct {
	Title    string // for lists of files, not printed
	Author   string
	Sections []Section
}

// Section is a stretch of pages of one size, with a head and page numbers.
type Section struct {
	Landscape                bool
	Top, Right, Bottom, Left float64 // margins in millimetres
	Style                    Style
	Pitch                    float64 // height of a line, in points
	Chars                    int     // characters in a full line of the section's size; 0: as wide as they are
	Numbers                  Numbers
	Restart                  bool    // page numbers begin at 1 again
	Head                     []Block // on each page, in the margin above
	Blocks                   []Block
}

// Numbers is how pages are numbered.
type Numbers int

// The ways to number pages.
const (
	NoNumbers Numbers = iota
	Dashed            // — 1 —, outside (GB/T 9704)
	OfTotal           // 第 1 页 共 3 页, of this section, in the middle
)

// Official returns an empty section as GB/T 9704-2012 has it: A4, margins of
// 37, 26, 35 and 28 mm, 22 lines of 28 characters of 3号仿宋.
func Official() Section {
	return Section{
		Top: 37, Right: 26, Bottom: 35, Left: 28,
		Style: Style{Face: FangSong, Size: Size3}, Pitch: 28.95, Chars: 28, Numbers: Dashed,
	}
}

// Form returns an empty section for forms: A4, margins of 20, 18, 20 and 20
// mm, 5号宋体, page m of n.
func Form() Section {
	return Section{
		Top: 20, Right: 18, Bottom: 20, Left: 20,
		Style: Style{Face: Song, Size: Size5}, Pitch: 16, Numbers: OfTotal, Restart: true,
	}
}

// width and height return the sheet's measures in millimetres.
func (s Section) width() float64 {
	if s.Landscape {
		return 297
	}
	return 210
}

func (s Section) height() float64 {
	if s.Landscape {
		return 210
	}
	return 297
}

// room returns the width between the margins, in millimetres.
func (s Section) room() float64 { return s.width() - s.Left - s.Right }

// Block is a Paragraph, a Table or an Image.
type Block interface{ block() }

// Align is where lines stand. Zero is justified: both edges even.
type Align int

// The alignments.
const (
	Justified Align = iota
	Left
	Centre
	Right
)

// Paragraph is a paragraph. Its text is Text, or Runs if looks change within.
// A line feed in a text begins a new line.
type Paragraph struct {
	Style
	Text          string
	Runs          []Run
	Align         Align
	Indent        float64 // of the first line, in characters
	Left, Right   float64 // of all lines, in characters
	Before, After float64 // room in points
	Pitch         float64 // of its lines, in points; 0: the section's
	Level         int     // 1 to 3: a heading of the outline
	NewPage       bool    // begins a page
	Keep          bool    // stays with what follows
	KeepEnd       bool    // its last two lines stay with what follows
	Rule          float64 // thickness in points of a line under it, in its colour; 0: none
}

// Run is a part of a paragraph with a look of its own.
type Run struct {
	Style
	Text string
}

// runs returns the paragraph's text as runs, without control characters.
func (p Paragraph) runs() []Run {
	rr := p.Runs
	if len(rr) == 0 {
		rr = []Run{{Text: p.Text}}
	}
	out := make([]Run, len(rr))
	for i, r := range rr {
		out[i] = Run{r.Style.over(p.Style), strings.Map(printable, r.Text)}
	}
	return out
}

// printable drops what neither paper nor XML can hold; a tab becomes a blank.
func printable(r rune) rune {
	switch {
	case r == '\n':
		return r
	case r == '\t':
		return ' '
	case r < ' ', r == 0x7f, r >= 0xfffe && r <= 0xffff, r == 0xfeff, r == 0x200b:
		return -1
	}
	return r
}

// Space returns an empty paragraph of this height in points.
func Space(points float64) Paragraph { return Paragraph{Pitch: points} }

// Table is a table. Cells that a merged cell covers are left out of their
// rows, as in HTML.
type Table struct {
	Widths  []float64 // of the columns, in any unit: they share the whole width
	Head    int       // rows that are repeated on each page
	Rows    []Row
	Style   Style
	Pitch   float64 // of lines in cells, in points; 0: 1.3 times the size
	Borders Borders
	Whole   bool // its rows stay together, if a page can hold them
	Foot    bool // stands at the foot of the page (版记); its rows have one or two cells of Text
}

// Borders says which lines a table has.
type Borders int

// The borders.
const (
	Grid   Borders = iota // every line
	Across                // between rows, and above and below
	None
)

// Row is a row of a table.
type Row struct {
	Cells  []Cell
	Height float64 // at least, in millimetres
}

// Cell is a cell. Its content is Text or Blocks, which hold no tables.
type Cell struct {
	Text   string
	Blocks []Block
	Align  Align
	Span   int // columns; 0: one
	Down   int // rows; 0: one
	Style
	Shade  string // RRGGBB of the ground; empty: white
	Middle bool   // stands in the middle of its height
}

// lengthy is how many characters make a cell that may be cut between pages.
const lengthy = 600

// short reports whether a row is to stay on one page.
func (r Row) short() bool {
	for _, c := range r.Cells {
		if utf8.RuneCountInString(c.Text) > lengthy || len(c.Blocks) > 6 {
			return false
		}
	}
	return true
}

// Cells makes a row of texts.
func Cells(texts ...string) Row {
	var r Row
	for _, t := range texts {
		r.Cells = append(r.Cells, Cell{Text: t, Align: Left, Middle: true})
	}
	return r
}

// HeadCells makes a row of texts for the head of a table.
func HeadCells(texts ...string) Row {
	var r Row
	for _, t := range texts {
		r.Cells = append(r.Cells, Cell{Text: t, Align: Centre, Middle: true, Style: Style{Face: Hei}})
	}
	return r
}

// content returns what is in the cell.
func (c Cell) content() []Block {
	if len(c.Blocks) > 0 {
		return c.Blocks
	}
	return []Block{Paragraph{Text: c.Text, Align: c.Align}}
}

// placed is a cell at its place in the grid.
type placed struct {
	Cell
	row, col int
	span     int
	down     int  // rows
	covered  bool // by a cell above
}

// grid lays out the cells of a table, each row from left to right. Cells that
// stand out of the table are cut off.
func (t Table) grid() [][]placed {
	cols := len(t.Widths)
	taken := make([]int, cols) // rows that a cell above still covers
	spans := make([]int, cols) // its width, in its first column
	rows := make([][]placed, len(t.Rows))
	for i, r := range t.Rows {
		cells := r.Cells
		for col := 0; col < cols; {
			if taken[col] > 0 {
				n := max(1, spans[col])
				rows[i] = append(rows[i], placed{row: i, col: col, span: n, covered: true})
				for j := col; j < col+n; j++ {
					taken[j]--
				}
				col += n
				continue
			}
			var c Cell
			if len(cells) > 0 {
				c, cells = cells[0], cells[1:]
			}
			n := free(taken, col, max(1, c.Span))
			down := min(max(1, c.Down), len(t.Rows)-i)
			rows[i] = append(rows[i], placed{Cell: c, row: i, col: col, span: n, down: down})
			spans[col] = n
			for j := col; j < col+n; j++ {
				taken[j] = down - 1
			}
			col += n
		}
	}
	return rows
}

// free returns how many of n columns from col are free.
func free(taken []int, col, n int) int {
	for i := 1; i < n; i++ {
		if col+i >= len(taken) || taken[col+i] > 0 {
			return i
		}
	}
	return n
}

// columns returns the widths of the columns for a table of this width.
func (t Table) columns(width float64) []float64 {
	sum := 0.0
	for _, w := range t.Widths {
		sum += w
	}
	out := make([]float64, len(t.Widths))
	for i, w := range t.Widths {
		out[i] = w / sum * width
	}
	return out
}

// style returns how the table's text looks in these surroundings.
func (t Table) style(around Style) Style {
	return t.Style.over(Style{Face: around.Face, Size: min(around.Size, SizeSmall4), Colour: around.Colour})
}

// pitch returns the height of lines in a table of this size of type.
func (t Table) pitch(size float64) float64 {
	if t.Pitch > 0 {
		return t.Pitch
	}
	return size * 1.3
}

// Image is a PNG, such as a QR code.
type Image struct {
	PNG           []byte
	Width, Height float64 // millimetres
	Align         Align
	Alt           string
}

func (Paragraph) block() {}
func (Table) block()     {}
func (Image) block()     {}
