package papers

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// errFont is a font that does not keep to its form.
var errFont = errors.New("font tables are cut off")

// trueType is a font's tables by name.
type trueType map[string][]byte

func readTrueType(data []byte) (trueType, error) {
	if len(data) < 12 {
		return nil, errFont
	}
	t := trueType{}
	for i := range int(binary.BigEndian.Uint16(data[4:])) {
		at := 12 + 16*i
		if at+16 > len(data) {
			return nil, errFont
		}
		from, size := int(binary.BigEndian.Uint32(data[at+8:])), int(binary.BigEndian.Uint32(data[at+12:]))
		if from+size > len(data) {
			return nil, errFont
		}
		t[string(data[at:at+4])] = data[from : from+size]
	}
	if len(t["head"]) < 54 || len(t["hhea"]) < 36 || len(t["maxp"]) < 6 {
		return nil, errFont
	}
	return t, nil
}

// outline is a glyph's own bytes; empty for a blank.
func (t trueType) outline(g int) ([]byte, error) {
	loca, from, to := t["loca"], 0, 0
	if t["head"][51] == 0 {
		if 2*g+4 > len(loca) {
			return nil, errFont
		}
		from, to = 2*int(binary.BigEndian.Uint16(loca[2*g:])), 2*int(binary.BigEndian.Uint16(loca[2*g+2:]))
	} else {
		if 4*g+8 > len(loca) {
			return nil, errFont
		}
		from, to = int(binary.BigEndian.Uint32(loca[4*g:])), int(binary.BigEndian.Uint32(loca[4*g+4:]))
	}
	if from > to || to > len(t["glyf"]) {
		return nil, errFont
	}
	return t["glyf"][from:to], nil
}

// components are the glyphs that a composite one is made of.
func components(outline []byte) (all []int) {
	if len(outline) < 10 || int16(binary.BigEndian.Uint16(outline)) >= 0 {
		return nil
	}
	for at := 10; at+4 <= len(outline); {
		flags := binary.BigEndian.Uint16(outline[at:])
		all = append(all, int(binary.BigEndian.Uint16(outline[at+2:])))
		at += 6
		if flags&1 != 0 {
			at += 2
		}
		switch {
		case flags&8 != 0:
			at += 2
		case flags&0x40 != 0:
			at += 4
		case flags&0x80 != 0:
			at += 8
		}
		if flags&0x20 == 0 {
			break
		}
	}
	return all
}

// subset returns the font with these glyphs and no others, each under its own
// number, so that a page's codes stay what they are.
func (t trueType) subset(used map[uint16]rune) ([]byte, error) {
	keep, last := map[int][]byte{}, 0
	var add func(g int) error
	add = func(g int) error {
		if _, ok := keep[g]; ok {
			return nil
		}
		o, err := t.outline(g)
		if err != nil {
			return err
		}
		keep[g], last = o, max(last, g)
		for _, p := range components(o) {
			if err := add(p); err != nil {
				return err
			}
		}
		return nil
	}
	if err := add(0); err != nil {
		return nil, err
	}
	for g := range used {
		if err := add(int(g)); err != nil {
			return nil, err
		}
	}
	var glyf, loca, hmtx []byte
	for g := range last + 1 {
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		o, ok := keep[g]
		glyf = append(glyf, o...)
		for len(glyf)%4 != 0 {
			glyf = append(glyf, 0)
		}
		if !ok {
			hmtx = append(hmtx, 0, 0, 0, 0)
			continue
		}
		hmtx = binary.BigEndian.AppendUint16(hmtx, t.advance(g))
		hmtx = binary.BigEndian.AppendUint16(hmtx, t.bearing(g))
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
	head, hhea, maxp := slices.Clone(t["head"]), slices.Clone(t["hhea"]), slices.Clone(t["maxp"])
	head[50], head[51] = 0, 1
	binary.BigEndian.PutUint16(hhea[34:], uint16(last+1))
	binary.BigEndian.PutUint16(maxp[4:], uint16(last+1))
	return file(trueType{"cvt ": t["cvt "], "fpgm": t["fpgm"], "glyf": glyf, "head": head, "hhea": hhea, "hmtx": hmtx, "loca": loca, "maxp": maxp, "prep": t["prep"]}), nil
}

// advance is a glyph's width in the font's units.
func (t trueType) advance(g int) uint16 {
	n := int(binary.BigEndian.Uint16(t["hhea"][34:]))
	at := 4 * min(g, n-1)
	if at < 0 || at+2 > len(t["hmtx"]) {
		return 0
	}
	return binary.BigEndian.Uint16(t["hmtx"][at:])
}

// bearing is where a glyph's outline begins; a reader shifts it there.
func (t trueType) bearing(g int) uint16 {
	n := int(binary.BigEndian.Uint16(t["hhea"][34:]))
	at := 4*g + 2
	if g >= n {
		at = 4*n + 2*(g-n)
	}
	if at+2 > len(t["hmtx"]) {
		return 0
	}
	return binary.BigEndian.Uint16(t["hmtx"][at:])
}

// file puts tables together, in the order of their names.
func file(t trueType) []byte {
	var names []string
	for name, body := range t {
		if len(body) > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	out := binary.BigEndian.AppendUint32(nil, 0x00010000)
	out = binary.BigEndian.AppendUint16(out, uint16(len(names)))
	out = append(out, make([]byte, 6)...) // hints for a search that nobody makes
	at := 12 + 16*len(names)
	var body []byte
	for _, name := range names {
		out = append(out, name...)
		out = binary.BigEndian.AppendUint32(out, 0)
		out = binary.BigEndian.AppendUint32(out, uint32(at+len(body)))
		out = binary.BigEndian.AppendUint32(out, uint32(len(t[name])))
		body = append(body, t[name]...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	return append(out, body...)
}

// embed writes a font with the glyphs that were used, their widths, and what
// they say, so that the text can be searched and copied.
func (s *Stream) embed(e *embedded) error {
	t, err := readTrueType(e.font.data)
	if err != nil {
		return fmt.Errorf("embed font: %w", err)
	}
	data, err := t.subset(e.glyphs)
	if err != nil {
		return fmt.Errorf("embed font: %w", err)
	}
	var codes []uint16
	for g := range e.glyphs {
		codes = append(codes, g)
	}
	slices.Sort(codes)
	unit := 1000 / float64(max(1, binary.BigEndian.Uint16(t["head"][18:])))
	scaled := func(table string, at int) int {
		return int(float64(int16(binary.BigEndian.Uint16(t[table][at:]))) * unit)
	}
	var widths, says strings.Builder
	for i, g := range codes {
		fmt.Fprintf(&widths, "%d[%d]", g, int(float64(t.advance(int(g)))*unit+0.5))
		if i%100 == 0 {
			if i > 0 {
				says.WriteString("endbfchar\n")
			}
			fmt.Fprintf(&says, "%d beginbfchar\n", min(100, len(codes)-i))
		}
		fmt.Fprintf(&says, "<%04X> %s\n", g, strings.Replace(pdfText(string(e.glyphs[g])), "FEFF", "", 1))
	}
	says.WriteString("endbfchar\n")
	name := "SUIJI" + string(rune('A'+e.object%26)) + "+" + e.font.family
	inner, about, program, unicode := s.object(), s.object(), s.object(), s.object()
	s.put(e.object, fmt.Sprintf("<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>", name, inner, unicode))
	s.put(inner, fmt.Sprintf("<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/CIDToGIDMap/Identity/FontDescriptor %d 0 R/DW 1000/W[%s]>>",
		name, about, widths.String()))
	s.put(about, fmt.Sprintf("<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[%d %d %d %d]/ItalicAngle 0/Ascent %d/Descent %d/CapHeight %[6]d/StemV 80/FontFile2 %[8]d 0 R>>",
		name, scaled("head", 36), scaled("head", 38), scaled("head", 40), scaled("head", 42), scaled("hhea", 4), scaled("hhea", 6), program))
	s.pack(program, fmt.Sprintf("/Length1 %d", len(data)), data)
	s.pack(unicode, "", []byte("/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n"+
		"/CMapName/Adobe-Identity-UCS def /CMapType 2 def 1 begincodespacerange <0000> <FFFF> endcodespacerange\n"+says.String()+"endcmap CMapName currentdict /CMap defineresource pop end end"))
	return s.err
}
