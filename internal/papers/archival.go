package papers

import (
	"encoding/binary"
	"fmt"
	"html"
	"math"
	"strings"
)

// What makes a PDF one for archives (PDF/A-2u, ISO 19005-2; decision 0106): a
// profile that says which red is meant, a description of the file, an
// identifier. The fonts and the text's Unicode are there anyway, and nothing is
// encrypted, transparent or from outside.

// srgb is the colour space of all that is drawn, as an ICC profile (ICC.1:2001-04)
// that is worked out here: primaries and white of IEC 61966-2-1, adapted to D50.
func srgb() []byte {
	curve := tag("curv", 256)
	for i := range 256 {
		v := float64(i) / 255
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		curve = binary.BigEndian.AppendUint16(curve, uint16(math.Round(v*65535)))
	}
	const name = "sRGB"
	desc := append(tag("desc", len(name)+1), name+"\x00"...)
	desc = append(desc, make([]byte, 4+4+2+1+67)...) // no Unicode, no Macintosh text
	tags := []struct {
		names []string
		body  []byte
	}{
		{[]string{"desc"}, desc},
		{[]string{"cprt"}, append(tag("text"), "No copyright\x00"...)},
		{[]string{"wtpt"}, xyz(0.96420, 1, 0.82491)},
		{[]string{"rXYZ"}, xyz(0.43607, 0.22249, 0.01392)},
		{[]string{"gXYZ"}, xyz(0.38515, 0.71687, 0.09708)},
		{[]string{"bXYZ"}, xyz(0.14307, 0.06061, 0.71410)},
		{[]string{"rTRC", "gTRC", "bTRC"}, curve},
	}
	n := 0
	for _, t := range tags {
		n += len(t.names)
	}
	table, body, at := binary.BigEndian.AppendUint32(nil, uint32(n)), []byte(nil), 128+4+12*n
	for _, t := range tags {
		for _, name := range t.names {
			table = append(table, name...)
			table = binary.BigEndian.AppendUint32(table, uint32(at+len(body)))
			table = binary.BigEndian.AppendUint32(table, uint32(len(t.body)))
		}
		body = append(body, t.body...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	head := make([]byte, 128)
	binary.BigEndian.PutUint32(head, uint32(at+len(body)))
	copy(head[8:], "\x02\x10\x00\x00mntrRGB XYZ ")
	for i, v := range []uint16{2001, 4, 1} { // the day of the form, not of the making
		binary.BigEndian.PutUint16(head[24+2*i:], v)
	}
	copy(head[36:], "acsp")
	copy(head[68:], xyz(0.96420, 1, 0.82491)[8:])
	return append(append(head, table...), body...)
}

// tag begins the body of a profile's tag.
func tag(kind string, counts ...int) []byte {
	b := append([]byte(kind), 0, 0, 0, 0)
	for _, n := range counts {
		b = binary.BigEndian.AppendUint32(b, uint32(n))
	}
	return b
}

func xyz(x, y, z float64) []byte {
	b := tag("XYZ ")
	for _, v := range []float64{x, y, z} {
		b = binary.BigEndian.AppendUint32(b, uint32(math.Round(v*65536)))
	}
	return b
}

// about is the description of the file (XMP): what form it claims, its title,
// who made it. It bears no time: the same document gives the same bytes.
func about(title, author string) string {
	title, author = strings.Map(printable, title), strings.Map(printable, author)
	said := ""
	if title != "" {
		said += "<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">" + html.EscapeString(title) + "</rdf:li></rdf:Alt></dc:title>\n"
	}
	if author != "" {
		said += "<dc:creator><rdf:Seq><rdf:li>" + html.EscapeString(author) + "</rdf:li></rdf:Seq></dc:creator>\n"
	}
	return "<?xpacket begin=\"\uFEFF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n" +
		"<rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\">\n" +
		"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>U</pdfaid:conformance>\n" + said +
		"</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>\n"
}

// archival writes what makes the file one for archives, and returns what the
// catalogue says of it.
func (s *Stream) archival() string {
	profile, intent, meta := s.object(), s.object(), s.object()
	s.pack(profile, "/N 3", srgb())
	s.put(intent, fmt.Sprintf("<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)/Info(sRGB IEC 61966-2-1)/DestOutputProfile %d 0 R>>", profile))
	text := about(s.title, s.by)
	s.begin(meta)
	s.print(fmt.Sprintf("<</Type/Metadata/Subtype/XML/Length %d>>\nstream\n%s\nendstream\nendobj\n", len(text), text))
	return fmt.Sprintf("/OutputIntents[%d 0 R]/Metadata %d 0 R", intent, meta)
}
