package papers

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"fmt"
	"hash"
	"image"
	"image/color"
	"image/png"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"suiji/internal/errs"
)

// Stream is a PDF (ISO 32000-1) for archives (PDF/A-2u) that is written page by page: what was added is
// on its way before the next section is laid out, and is not held in memory.
// Fonts come at the end, with the glyphs that were used.
type Stream struct {
	w     io.Writer
	fonts *Fonts
	at    int64     // bytes written
	sum   hash.Hash // of them
	refs  []int64   // where each object begins; index 0 is object 1
	pages []int
	used  []*embedded
	seen  map[string]int // images by their bytes → object
	title string
	by    string
	err   error
}

// Objects that are written at the end and referred to before.
const (
	catalogObject = 1
	pagesObject   = 2
	fontsObject   = 3
	infoObject    = 4
)

// embedded is a font of the file with the glyphs that it shows.
type embedded struct {
	font   *font
	object int
	glyphs map[uint16]rune
}

// Stream begins a PDF with the fonts of this machine. A machine without a
// Chinese font is refused with a sentence.
func (f *Fonts) Stream(w io.Writer, title, author string) (*Stream, error) {
	if said := f.Missing(); said != "" {
		return nil, errs.E(errs.Invalid, said)
	}
	s := &Stream{w: w, sum: sha256.New(), fonts: f, refs: make([]int64, infoObject), seen: map[string]int{}, title: title, by: author}
	s.print("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	return s, s.err
}

// Add lays a section out and writes its pages, numbered for themselves. A
// character that no font has is refused with a sentence; nothing of the section
// is written then.
func (s *Stream) Add(sec Section) error {
	l := &layout{fonts: s.fonts, section: sec}
	if err := l.run(); err != nil {
		return err
	}
	number(l.sheets)
	return s.sheets(l.sheets)
}

func (s *Stream) sheets(all []*sheet) error {
	for _, x := range all {
		if err := s.sheet(x); err != nil {
			return err
		}
	}
	return s.err
}

func (s *Stream) print(text string) { s.write([]byte(text)) }

func (s *Stream) write(b []byte) {
	if s.err != nil {
		return
	}
	n, err := s.w.Write(b)
	s.sum.Write(b[:n])
	s.at, s.err = s.at+int64(n), err
}

// object reserves the number of an object.
func (s *Stream) object() int {
	s.refs = append(s.refs, 0)
	return len(s.refs)
}

// begin writes the head of an object.
func (s *Stream) begin(n int) {
	s.refs[n-1] = s.at
	s.print(strconv.Itoa(n) + " 0 obj\n")
}

// put writes an object without a stream.
func (s *Stream) put(n int, dict string) {
	s.begin(n)
	s.print(dict + "\nendobj\n")
}

// pack writes an object with a stream, which is compressed.
func (s *Stream) pack(n int, dict string, body []byte) {
	var b bytes.Buffer
	z, err := zlib.NewWriterLevel(&b, zlib.BestSpeed)
	if err == nil {
		_, err = z.Write(body)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil && s.err == nil {
		s.err = err
	}
	s.begin(n)
	s.print(fmt.Sprintf("<<%s/Filter/FlateDecode/Length %d>>\nstream\n", dict, b.Len()))
	s.write(b.Bytes())
	s.print("\nendstream\nendobj\n")
}

// Close writes the fonts and what holds the pages together.
func (s *Stream) Close() error {
	names := "<<"
	for i, e := range s.used {
		names += fmt.Sprintf("/F%d %d 0 R", i+1, e.object)
		if err := s.embed(e); err != nil {
			return err
		}
	}
	s.put(fontsObject, names+">>")
	var kids strings.Builder
	for _, n := range s.pages {
		fmt.Fprintf(&kids, "%d 0 R ", n)
	}
	s.put(pagesObject, fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", len(s.pages), kids.String()))
	s.put(catalogObject, "<</Type/Catalog/Pages 2 0 R"+s.archival()+">>")
	s.put(infoObject, fmt.Sprintf("<</Title %s/Author %s>>", pdfText(s.title), pdfText(s.by)))
	from, id := s.at, s.sum.Sum(nil)[:16]
	var table strings.Builder
	fmt.Fprintf(&table, "xref\n0 %d\n%010d 65535 f \n", len(s.refs)+1, 0)
	for _, at := range s.refs {
		fmt.Fprintf(&table, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&table, "trailer\n<</Size %d/Root 1 0 R/Info 4 0 R/ID[<%X><%[2]X>]>>\nstartxref\n%[3]d\n%%%%EOF\n", len(s.refs)+1, id, from)
	s.print(table.String())
	return s.err
}

// pdfText is a text outside of pages.
func pdfText(text string) string {
	out := "<FEFF"
	for _, u := range utf16.Encode([]rune(text)) {
		out += fmt.Sprintf("%04X", u)
	}
	return out + ">"
}

// canvas is a page being drawn.
type canvas struct {
	*Stream
	bytes.Buffer
	height float64
	fill   string // colours as they were set last
	line   string
	images []int
}

// sheet draws a page and writes it.
func (s *Stream) sheet(x *sheet) error {
	c := &canvas{Stream: s, height: mm(x.section.height())}
	for _, k := range x.strokes {
		c.stroke(k)
	}
	lines := x.lines
	foot, err := s.fonts.foot(x)
	if err != nil {
		return err
	}
	for _, l := range append(lines, foot...) {
		if err := c.text(l); err != nil {
			return err
		}
	}
	content, page := s.object(), s.object()
	s.pack(content, "", c.Bytes())
	pictures := ""
	for _, n := range c.images {
		pictures += fmt.Sprintf("/I%d %d 0 R", n, n)
	}
	s.put(page, fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 %s %s]/Contents %d 0 R/Resources<</Font 3 0 R/XObject<<%s>>>>>>",
		points(mm(x.section.width())), points(c.height), content, pictures))
	s.pages = append(s.pages, page)
	return s.err
}

// points writes a length.
func points(v float64) string {
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(v, 'f', 2, 64), "0"), ".")
}

// colour sets the colour of lines (RG) or grounds and text (rg).
func (c *canvas) colour(was *string, colour, op string) {
	r, g, b := rgb(colour)
	set := points(float64(r)/255) + " " + points(float64(g)/255) + " " + points(float64(b)/255) + " " + op + "\n"
	if *was != set {
		*was = set
		c.WriteString(set)
	}
}

func (c *canvas) stroke(x stroke) {
	if x.fill {
		c.colour(&c.fill, x.colour, "rg")
		c.WriteString(points(x.x1) + " " + points(c.height-x.y2) + " " + points(x.x2-x.x1) + " " + points(x.y2-x.y1) + " re f\n")
		return
	}
	c.colour(&c.line, x.colour, "RG")
	c.WriteString(points(x.width) + " w " + points(x.x1) + " " + points(c.height-x.y1) + " m " + points(x.x2) + " " + points(c.height-x.y2) + " l S\n")
}

// text draws a line: its pieces, its rule, its picture.
func (c *canvas) text(x put) error {
	for _, t := range x.pieces {
		c.piece(t, x.x, x.y+x.height/2+0.36*t.style.Size)
	}
	if x.rule > 0 {
		c.stroke(stroke{x.x + x.from, x.y + x.height, x.x + x.to, x.y + x.height, x.rule, x.colour, false})
	}
	if x.image == nil {
		return nil
	}
	n, err := c.picture(*x.image)
	if err != nil {
		return err
	}
	c.images = append(c.images, n)
	c.WriteString("q " + points(mm(x.image.Width)) + " 0 0 " + points(mm(x.image.Height)) + " " + points(x.x+x.line.x) + " " +
		points(c.height-x.y-1-mm(x.image.Height)) + " cm /I" + strconv.Itoa(n) + " Do Q\n")
	return nil
}

// piece writes text on a base line. Bold type is written twice, a little
// apart: few machines have bold Chinese fonts.
func (c *canvas) piece(t piece, left, base float64) {
	i := slices.IndexFunc(c.used, func(e *embedded) bool { return e.font == t.font })
	if i < 0 {
		i = len(c.used)
		c.used = append(c.used, &embedded{font: t.font, object: c.object(), glyphs: map[uint16]rune{}})
	}
	codes := make([]byte, 0, 2+4*len(t.text))
	for _, r := range t.text {
		g := t.font.glyph(r)
		c.used[i].glyphs[g] = r
		codes = fmt.Appendf(codes, "%04X", g)
	}
	c.colour(&c.fill, t.style.Colour, "rg")
	shifts := []float64{0}
	if t.style.Bold {
		shifts = []float64{0, 0.025 * t.style.Size}
	}
	for _, dx := range shifts {
		c.WriteString("BT /F" + strconv.Itoa(i+1) + " " + points(t.style.Size) + " Tf " + points(t.spread) + " Tc " +
			points(left+t.x+dx) + " " + points(c.height-base) + " Td <" + string(codes) + "> Tj ET\n")
	}
}

// picture writes an image once and returns its object.
func (c *canvas) picture(i Image) (int, error) {
	if n, ok := c.seen[string(i.PNG)]; ok {
		return n, nil
	}
	img, err := png.Decode(bytes.NewReader(i.PNG))
	if err != nil {
		return 0, fmt.Errorf("image %q: %w", i.Alt, err)
	}
	n := c.object()
	dict, body := pixels(img)
	c.pack(n, dict, body)
	c.seen[string(i.PNG)] = n
	return n, nil
}

// pixels are an image's as a PDF has them: codes of two colours in bits, all
// others in three bytes.
func pixels(img image.Image) (dict string, body []byte) {
	b := img.Bounds()
	dict = fmt.Sprintf("/Type/XObject/Subtype/Image/Width %d/Height %d", b.Dx(), b.Dy())
	if p, ok := img.(*image.Paletted); ok && len(p.Palette) == 2 {
		for y := b.Min.Y; y < b.Max.Y; y++ {
			row := make([]byte, (b.Dx()+7)/8)
			for x := range b.Dx() {
				if dark(p.Palette[p.ColorIndexAt(b.Min.X+x, y)]) {
					row[x/8] |= 0x80 >> (x % 8)
				}
			}
			body = append(body, row...)
		}
		return dict + "/ColorSpace/DeviceGray/BitsPerComponent 1/Decode[1 0]", body
	}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
			for _, v := range []uint8{c.R, c.G, c.B} { // on white paper
				body = append(body, uint8((int(v)*int(c.A)+255*(255-int(c.A)))/255))
			}
		}
	}
	return dict + "/ColorSpace/DeviceRGB/BitsPerComponent 8", body
}

func dark(c color.Color) bool { return color.GrayModel.Convert(c).(color.Gray).Y < 128 }
