package papers

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"suiji/internal/errs"
)

// WritePDF writes d as PDF with the fonts of this machine embedded in part. A
// machine without a Chinese font, or a character that none of its fonts has,
// is refused with a sentence. The same document gives the same bytes.
func (f *Fonts) WritePDF(w io.Writer, d Document) error {
	if said := f.Missing(); said != "" {
		return errs.E(errs.Invalid, said)
	}
	var sheets []*sheet
	for _, s := range d.Sections {
		l := &layout{fonts: f, section: s}
		if err := l.run(); err != nil {
			return err
		}
		sheets = append(sheets, l.sheets...)
	}
	number(sheets)
	out, err := f.Stream(w, d.Title, d.Author)
	if err != nil {
		return err
	}
	return errors.Join(out.sheets(sheets), out.Close())
}

// sheet is a page that is laid out: what stands where, in points from the
// upper left corner.
type sheet struct {
	section Section
	lines   []put
	strokes []stroke
	first   bool // of its section
	no, of  int
}

// put is a line at its place.
type put struct {
	line
	x, y float64 // upper left corner
}

// stroke is a straight line or, with a fill, a ground.
type stroke struct {
	x1, y1, x2, y2 float64
	width          float64
	colour         string
	fill           bool
}

// layout fills sheets.
type layout struct {
	fonts   *Fonts
	section Section
	sheets  []*sheet
	y       float64
	held    []line // lines that stay with what follows
}

func (l *layout) page() *sheet    { return l.sheets[len(l.sheets)-1] }
func (l *layout) left() float64   { return mm(l.section.Left) }
func (l *layout) top() float64    { return mm(l.section.Top) }
func (l *layout) bottom() float64 { return mm(l.section.height() - l.section.Bottom) }
func (l *layout) width() float64  { return mm(l.section.room()) }

// box returns the measure of the section's text.
func (l *layout) box() box {
	return box{width: l.width(), style: l.section.Style, pitch: l.section.Pitch, char: l.section.char()}
}

// run lays out the section.
func (l *layout) run() error {
	if err := l.turn(); err != nil {
		return err
	}
	for _, b := range l.section.Blocks {
		if err := l.place(b); err != nil {
			return err
		}
	}
	return l.release()
}

// turn begins a sheet, with its head.
func (l *layout) turn() error {
	l.sheets = append(l.sheets, &sheet{section: l.section, first: len(l.sheets) == 0})
	if len(l.section.Head) > 0 {
		head := &layout{fonts: l.fonts, section: l.section, sheets: l.sheets, y: mm(headTop)}
		head.section.Head, head.section.Bottom, head.section.Top = nil, 0, headTop
		for _, b := range l.section.Head {
			if err := head.place(b); err != nil {
				return err
			}
		}
		if err := head.release(); err != nil {
			return err
		}
	}
	l.y = l.top()
	return nil
}

func (l *layout) place(b Block) error {
	if t, ok := b.(Table); ok {
		return l.table(t)
	}
	lines, err := l.fonts.lines(b, l.box())
	if err != nil {
		return err
	}
	for _, x := range lines {
		l.held = append(l.held, x)
		if !x.keep {
			if err := l.release(); err != nil {
				return err
			}
		}
	}
	return nil
}

// lines makes lines of a paragraph or an image.
func (f *Fonts) lines(b Block, m box) ([]line, error) {
	switch b := b.(type) {
	case Paragraph:
		return f.set(b, m)
	case Image:
		x := map[Align]float64{Centre: (m.width - mm(b.Width)) / 2, Right: m.width - mm(b.Width)}[b.Align]
		return []line{{height: mm(b.Height) + 2, image: &b, x: x}}, nil
	}
	return nil, fmt.Errorf("a cell cannot hold a %T", b)
}

// release puts the held lines on the page, all on the next one if they do not
// fit.
func (l *layout) release() error {
	held := l.held
	l.held = nil
	need, turn := 0.0, false
	for _, x := range held {
		need += x.height
		turn = turn || x.page
	}
	if len(held) > 0 && l.y > l.top() && (turn || l.y+need > l.bottom()+slack) {
		if err := l.turn(); err != nil {
			return err
		}
	}
	for _, x := range held {
		if l.y+x.height > l.bottom()+slack && l.y > l.top() {
			if err := l.turn(); err != nil {
				return err
			}
		}
		l.page().lines = append(l.page().lines, put{x, l.left(), l.y})
		l.y += x.height
	}
	return nil
}

// number gives the sheets their numbers.
func number(sheets []*sheet) {
	for i, s := range sheets {
		s.no = 1
		if i > 0 && !(s.section.Restart && s.first) {
			s.no = sheets[i-1].no + 1
		}
	}
	of := 0
	for i := len(sheets) - 1; i >= 0; i-- {
		of = max(of, sheets[i].no)
		sheets[i].of = of
		if sheets[i].no == 1 {
			of = 0
		}
	}
}

// foot sets the page number below the text.
func (f *Fonts) foot(s *sheet) ([]put, error) {
	p := Paragraph{Style: Style{Face: Song, Size: Size4}}
	switch {
	case s.section.Numbers == NoNumbers:
		return nil, nil
	case s.section.Numbers == OfTotal:
		p.Text, p.Align, p.Size = fmt.Sprintf("第 %d 页 共 %d 页", s.no, s.of), Centre, SizeSmall5
	case s.no%2 == 0:
		p.Text, p.Align, p.Left = fmt.Sprintf("— %d —", s.no), Left, 1
	default:
		p.Text, p.Align, p.Right = fmt.Sprintf("— %d —", s.no), Right, 1
	}
	lines, err := f.set(p, box{width: mm(s.section.room()), style: s.section.Style, pitch: 16, char: s.section.Style.Size})
	if err != nil {
		return nil, err
	}
	y := mm(s.section.height() - s.section.Bottom + min(numberBelow, s.section.Bottom/3))
	return []put{{lines[0], mm(s.section.Left), y}}, nil
}

// rgb takes a colour apart; an empty one is black.
func rgb(colour string) (r, g, b uint8) {
	n, err := strconv.ParseUint(colour, 16, 32)
	if err != nil {
		return 0, 0, 0
	}
	return uint8(n >> 16), uint8(n >> 8), uint8(n)
}
