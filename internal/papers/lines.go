package papers

import (
	"strings"
	"unicode"
)

// glyph is one character with its looks and its width in points.
type glyph struct {
	r     rune
	font  *font
	style Style
	width float64
}

// line is what stands on one height of a page: text, a picture, or nothing.
type line struct {
	height float64
	pieces []piece
	image  *Image
	x      float64 // of the image
	rule   float64 // thickness of a line at its foot
	from   float64 // where that line begins
	to     float64
	colour string
	keep   bool // stays with the next
	page   bool // begins a page
}

// piece is a stretch of text in one look, from x in points.
type piece struct {
	x      float64
	text   string
	font   *font
	style  Style
	spread float64 // room after each character
}

// Characters that no line begins or ends with (禁则, GB/T 15834 and practice).
const (
	notFirst = "，。、；：？！）》」』】〕〉”’…—·％%‰℃～,.;:?!)]}"
	notLast  = "（《「『【〔〈“‘([{￥№"
)

// wide reports whether r is set in a square of its own, so that a line may end
// on either side of it.
func wide(r rune) bool {
	return r >= 0x2e80 || r >= 0x2010 && r <= 0x2027 || strings.ContainsRune("□☑√×①②③④⑤⑥⑦⑧⑨⑩", r)
}

// mayBreak reports whether a line may end between a and b.
func mayBreak(a, b rune) bool {
	switch {
	case !mayStand(a, b) || b == ' ':
		return false
	case a == ' ':
		return true
	}
	return wide(a) || wide(b) || (a == '/' || a == '-') && unicode.IsLetter(b)
}

// mayStand reports whether a may end a line and b begin one.
func mayStand(a, b rune) bool {
	return !strings.ContainsRune(notFirst, b) && !strings.ContainsRune(notLast, a)
}

// box is the measure that text is set in, in points.
type box struct {
	width float64
	style Style
	pitch float64
	char  float64 // width of a character of the style's size
}

// set breaks a paragraph into lines.
func (f *Fonts) set(p Paragraph, b box) ([]line, error) {
	style := p.Style.over(b.style)
	if p.Pitch > 0 {
		b.pitch = p.Pitch
	}
	grid := 0.0 // what the grid adds to each wide character
	if style.Size == b.style.Size {
		grid = b.char - b.style.Size
	}
	char := style.Size + grid
	glyphs, err := f.glyphs(p, style, grid)
	if err != nil {
		return nil, err
	}
	left, right := p.Left*char, b.width-p.Right*char
	var out []line
	for start := left + p.Indent*char; ; start = left {
		n, hard := fit(glyphs, right-start)
		last := hard || n == len(glyphs)
		l := line{height: b.pitch, keep: p.Keep}
		l.pieces = arrange(trim(glyphs[:n]), start, right, p.Align, last)
		out = append(out, l)
		glyphs = glyphs[n:]
		if hard {
			glyphs = glyphs[1:]
		} else if len(glyphs) == 0 {
			break
		}
	}
	for i := max(0, len(out)-2); p.KeepEnd && i < len(out); i++ {
		out[i].keep = true
	}
	end := &out[len(out)-1]
	end.rule, end.from, end.to, end.colour = p.Rule, left, right, style.Colour
	out[0].page = p.NewPage
	return padded(out, p.Before, p.After), nil
}

// padded puts room before and after lines; it stays with what they stay with.
func padded(lines []line, before, after float64) []line {
	if before > 0 {
		page := lines[0].page
		lines[0].page = false
		lines = append([]line{{height: before, keep: true, page: page}}, lines...)
	}
	if after > 0 {
		lines = append(lines, line{height: after, keep: lines[len(lines)-1].keep})
	}
	return lines
}

// glyphs measures a paragraph's characters.
func (f *Fonts) glyphs(p Paragraph, style Style, grid float64) ([]glyph, error) {
	var out []glyph
	for _, run := range p.runs() {
		s := run.Style.over(style)
		for _, r := range run.Text {
			if r == '\n' {
				out = append(out, glyph{r: r})
				continue
			}
			x, err := f.lookup(s.Face, r)
			if err != nil {
				return nil, err
			}
			w, _ := x.width(r)
			w *= s.Size
			if wide(r) {
				w += grid
			}
			out = append(out, glyph{r, x, s, w})
		}
	}
	return out, nil
}

// slack is what a full line may be longer than its measure: rounding.
const slack = 0.01

// fit returns how many glyphs go into a line, and whether a line feed ends it.
func fit(glyphs []glyph, width float64) (n int, hard bool) {
	used, last := 0.0, 0 // last place where the line may end
	for i, g := range glyphs {
		if g.r == '\n' {
			return i, true
		}
		if i > 0 && mayBreak(glyphs[i-1].r, g.r) {
			last = i
		}
		used += g.width
		if used > width+slack && g.r != ' ' && i > 0 {
			if last == 0 { // a word longer than a line
				for last = i; last > 1 && !mayStand(glyphs[last-1].r, g.r); last-- {
					g = glyphs[last-1]
				}
			}
			return last, false
		}
	}
	return len(glyphs), false
}

// trim drops blanks at the end of a line.
func trim(g []glyph) []glyph {
	for len(g) > 0 && g[len(g)-1].r == ' ' {
		g = g[:len(g)-1]
	}
	return g
}

// arrange gives the glyphs of a line their places. A justified line that is
// not the last is spread to both edges, between wide characters and at blanks.
func arrange(g []glyph, left, right float64, a Align, last bool) []piece {
	if len(g) == 0 {
		return nil
	}
	used, gaps := 0.0, 0
	for i, x := range g {
		used += x.width
		if i+1 < len(g) && loose(x, g[i+1]) {
			gaps++
		}
	}
	spare, spread := right-left-used, 0.0
	switch {
	case a == Centre:
		left += spare / 2
	case a == Right:
		left += spare
	case a == Justified && !last && gaps > 0 && spare < (right-left)/4:
		spread = spare / float64(gaps)
	}
	var out []piece
	for i, x := range g {
		gap := x.width - natural(x) // what the grid adds
		if i+1 < len(g) && loose(x, g[i+1]) {
			gap += spread
		}
		end := len(out) - 1
		if end >= 0 && out[end].font == x.font && out[end].style == x.style && near(out[end].spread, gap) {
			out[end].text += string(x.r)
		} else {
			out = append(out, piece{left, string(x.r), x.font, x.style, gap})
		}
		left += natural(x) + gap
	}
	return out
}

// loose reports whether room may come between two neighbours.
func loose(a, b glyph) bool { return wide(a.r) || wide(b.r) || unicode.IsSpace(a.r) }

func natural(g glyph) float64 {
	w, _ := g.font.width(g.r)
	return w * g.style.Size
}

func near(a, b float64) bool { return a-b < 0.001 && b-a < 0.001 }
