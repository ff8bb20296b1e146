package papers

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/xml"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
)

var (
	object = regexp.MustCompile(`^(?s:.*\n)?(\d+) 0 obj\n((?s:.*))$`)
	stream = regexp.MustCompile(`(?s)^(<<.*?/Length \d+>>)\nstream\n(.*)\nendstream$`)
	shown  = regexp.MustCompile(`/F(\d+) [\d.]+ Tf|<([0-9A-F]+)> Tj`)
	mapped = regexp.MustCompile(`(?m)^<([0-9A-F]{4})> <([0-9A-F]{4,8})>$`)
	tells  = regexp.MustCompile(`/ToUnicode (\d+) 0 R`)
	named  = regexp.MustCompile(`/F(\d+) (\d+) 0 R`)
)

// objects are those of a file by number, streams unpacked.
func objects(t *testing.T, file []byte) (dicts, streams map[string]string) {
	t.Helper()
	dicts, streams = map[string]string{}, map[string]string{}
	for _, part := range bytes.Split(file, []byte("\nendobj\n")) {
		m := object.FindSubmatch(part)
		if m == nil {
			continue // what comes after the last
		}
		n := string(m[1])
		dicts[n] = string(m[2])
		x := stream.FindSubmatch(m[2])
		if x == nil {
			continue
		}
		dicts[n], streams[n] = string(x[1]), string(x[2])
		if bytes.Contains(x[1], []byte("/FlateDecode")) {
			z, err := zlib.NewReader(bytes.NewReader(x[2]))
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(z)
			if err != nil {
				t.Fatal(err)
			}
			streams[n] = string(body)
		}
	}
	return dicts, streams
}

// A PDF is one for archives: what PDF/A-2u asks of a file that has text, lines
// and pictures is there, and nothing that it forbids.
func TestArchival(t *testing.T) {
	t.Parallel()
	fonts := FindFonts("")
	if said := fonts.Missing(); said != "" {
		t.Skip(said)
	}
	var b bytes.Buffer
	if err := fonts.WritePDF(&b, sample(t)); err != nil {
		t.Fatal(err)
	}
	file := b.Bytes()
	if !bytes.HasPrefix(file, []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")) || !bytes.HasSuffix(file, []byte("%%EOF\n")) {
		t.Error("the head or the end is another")
	}
	if !regexp.MustCompile(`trailer\n<<[^>]*/ID\[<[0-9A-F]{32}><[0-9A-F]{32}>\]>>\nstartxref`).Match(file) {
		t.Error("the trailer has no identifier")
	}
	dicts, streams := objects(t, file)
	if !strings.Contains(dicts["1"], "/OutputIntents[") || !strings.Contains(dicts["1"], "/Metadata ") {
		t.Errorf("the catalogue is %s", dicts["1"])
	}
	for n, d := range dicts {
		for _, bad := range []string{"/Encrypt", "/SMask", "/JavaScript", "/JS", "/OpenAction", "/AA", "/LZWDecode", "/DeviceCMYK", "/Interpolate true", "/Group", "/EmbeddedFile", "/Launch"} {
			if strings.Contains(d, bad) {
				t.Errorf("object %s has %s", n, bad)
			}
		}
		switch {
		case strings.Contains(d, "/Type/Metadata"):
			described(t, d, streams[n])
		case strings.Contains(d, "/N 3"):
			profiled(t, []byte(streams[n]))
		case strings.Contains(d, "/Type/FontDescriptor") && !strings.Contains(d, "/FontFile2 "):
			t.Errorf("a font is not embedded: %s", d)
		}
	}
	said := map[string]map[string]bool{} // font → codes that have a character
	for _, m := range named.FindAllStringSubmatch(dicts["3"], -1) {
		said[m[1]] = map[string]bool{}
		for _, c := range mapped.FindAllStringSubmatch(streams[tells.FindStringSubmatch(dicts[m[2]])[1]], -1) {
			said[m[1]][c[1]] = c[2] != "0000" && c[2] != "FEFF" && c[2] != "FFFE"
		}
	}
	codes := 0
	for _, body := range streams {
		font := ""
		for _, m := range shown.FindAllStringSubmatch(body, -1) {
			if m[1] != "" {
				font = m[1]
			}
			for i := 0; i+4 <= len(m[2]); i += 4 {
				code := m[2][i : i+4]
				if codes++; code == "0000" || !said[font][code] {
					t.Fatalf("glyph %s of font %s says nothing", code, font)
				}
			}
		}
	}
	if codes < 1000 {
		t.Errorf("only %d glyphs were looked at", codes)
	}
	if dir := os.Getenv("SUIJI_TEST_PAPERS"); dir != "" { // for a validator
		os.WriteFile(dir+"/archival.pdf", file, 0o644)
		os.WriteFile(dir+"/srgb.icc", srgb(), 0o644)
	}
}

func described(t *testing.T, dict, text string) {
	t.Helper()
	if strings.Contains(dict, "/Filter") {
		t.Error("the description is packed: other programs do not find it")
	}
	for _, want := range []string{"<pdfaid:part>2</pdfaid:part>", "<pdfaid:conformance>U</pdfaid:conformance>", "样例 &amp; 检验", "元氏县人社局"} {
		if !strings.Contains(text, want) {
			t.Errorf("the description lacks %s", want)
		}
	}
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// profiled looks at a profile as a reader does: sizes, tags inside of it, a
// curve from black to white.
func profiled(t *testing.T, p []byte) {
	t.Helper()
	if int(binary.BigEndian.Uint32(p)) != len(p) || string(p[12:24]) != "mntrRGB XYZ " || string(p[36:40]) != "acsp" {
		t.Fatalf("the profile begins %q", p[:40])
	}
	tags := map[string][]byte{}
	for i := range int(binary.BigEndian.Uint32(p[128:])) {
		e := p[132+12*i:]
		at, n := binary.BigEndian.Uint32(e[4:]), binary.BigEndian.Uint32(e[8:])
		tags[string(e[:4])] = p[at : at+n]
	}
	for _, name := range []string{"desc", "cprt", "wtpt", "rXYZ", "gXYZ", "bXYZ", "rTRC", "gTRC", "bTRC"} {
		if len(tags[name]) < 12 {
			t.Errorf("the profile has no %s", name)
		}
	}
	curve := tags["gTRC"][12:]
	if mid := binary.BigEndian.Uint16(curve[2*128:]); len(curve) != 512 || binary.BigEndian.Uint16(curve) != 0 || binary.BigEndian.Uint16(curve[510:]) != 65535 || mid < 14000 || mid > 14300 {
		t.Errorf("the curve has %d bytes, %d in the middle", len(curve), mid)
	}
	var sum [3]int
	for _, name := range []string{"rXYZ", "gXYZ", "bXYZ"} {
		for i := range sum {
			sum[i] += int(binary.BigEndian.Uint32(tags[name][8+4*i:]))
		}
	}
	for i, want := range []int{63190, 65536, 54061} { // D50: the three make white
		if d := sum[i] - want; d < -20 || d > 20 {
			t.Errorf("the primaries make a white of %v", sum)
		}
	}
}
