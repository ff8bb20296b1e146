package papers

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/signintech/gopdf"

	"suiji/internal/errs"
)

// fontFiles are the TrueType fonts that are looked for, by the face that they
// serve, best first. Fonts with PostScript outlines (most .otf) cannot be
// embedded.
var fontFiles = map[Face][]string{
	Song:     {"simsun.ttc", "simsun.ttf", "fzssk.ttf", "stsong.ttf", "notoserifsc-regular.ttf", "uming.ttc"},
	FangSong: {"simfang.ttf", "fangsong_gb2312.ttf", "仿宋_gb2312.ttf", "fzfsk.ttf", "stfangso.ttf"},
	Hei:      {"simhei.ttf", "fzhtk.ttf", "stheiti.ttf", "notosanssc-regular.ttf", "wqy-zenhei.ttc", "wqy-microhei.ttc", "droidsansfallbackfull.ttf", "droidsansfallback.ttf"},
	Kai:      {"simkai.ttf", "kaiti_gb2312.ttf", "楷体_gb2312.ttf", "fzktk.ttf", "stkaiti.ttf", "ukai.ttc"},
	Title:    {"fzxbsjw.ttf", "方正小标宋简体.ttf", "fzxiaobiaosong-b05s.ttf", "stzhongs.ttf"},
	latin:    {"times.ttf", "liberationserif-regular.ttf", "dejavuserif.ttf", "notosans-regular.ttf", "dejavusans.ttf", "arial.ttf"},
}

// latin is no face of a document: its fonts lend the letters and figures that
// some Chinese fonts (Droid Sans Fallback) leave to others.
const latin Face = -1

// fontDirs are where machines keep their fonts.
func fontDirs() []string {
	dirs := []string{`C:\Windows\Fonts`, "/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts", "/Library/Fonts"}
	if home, err := os.UserHomeDir(); err == nil {
		dirs = append(dirs, filepath.Join(home, ".fonts"), filepath.Join(home, ".local/share/fonts"), filepath.Join(home, `AppData\Local\Microsoft\Windows\Fonts`))
	}
	return dirs
}

// Fonts are the fonts of this machine that a PDF may embed. They are read when
// they are first needed.
type Fonts struct {
	path  string // the setting
	once  sync.Once
	files map[Face][]string
	mu    sync.Mutex
	read  map[string]*font
}

// FindFonts returns the fonts of this machine. path is a directory that is
// searched first, or a font file that serves for every face; it may be empty.
func FindFonts(path string) *Fonts { return &Fonts{path: path, read: map[string]*font{}} }

// find looks for the fonts once.
func (f *Fonts) find() {
	f.files = map[Face][]string{}
	dirs := fontDirs()
	if f.path != "" {
		dirs = append([]string{f.path}, dirs...)
	}
	found := map[string]string{}
	for _, dir := range dirs {
		filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return nil // a directory that is not there, or not ours to read
			}
			name := strings.ToLower(filepath.Base(path))
			if _, known := found[name]; !known {
				found[name] = path
			}
			return nil
		})
	}
	for face, names := range fontFiles {
		if info, err := os.Stat(f.path); err == nil && !info.IsDir() {
			f.files[face] = append(f.files[face], f.path)
		}
		for _, name := range names {
			if path, ok := found[name]; ok {
				f.files[face] = append(f.files[face], path)
			}
		}
	}
}

// chain returns the files that may show a text in this face, best first.
func (f *Fonts) chain(face Face) []string {
	f.once.Do(f.find)
	out := slices.Clone(f.files[face])
	for _, other := range []Face{Song, FangSong, Hei, Kai, Title, latin} {
		for _, path := range f.files[other] {
			if !slices.Contains(out, path) {
				out = append(out, path)
			}
		}
	}
	return out
}

// errNoFont is what a PDF without fonts gives.
const errNoFont = "服务器上没有找到可用的中文字体（TrueType），无法生成 PDF，其他功能不受影响。请改用“打印”页面或者下载 DOCX；" +
	"或者请管理员安装仿宋、黑体、楷体、宋体之一，或用 SUIJI_FONTS 指明字体文件或目录"

// Missing returns the sentence for the administrator if no Chinese font was
// found, and "" if one was. Nil has none.
func (f *Fonts) Missing() string {
	if f == nil {
		return errNoFont
	}
	if chain := f.chain(FangSong); len(chain) == len(f.files[latin]) {
		return errNoFont
	}
	return ""
}

// font is a font that was read.
type font struct {
	family string
	data   []byte
	glyphs gopdf.SubsetFontObj
	mu     sync.Mutex
	widths map[rune]float64 // of a size of 1; -1: no glyph
}

// open reads a font once.
func (f *Fonts) open(path string) (*font, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if x, ok := f.read[path]; ok {
		return x, nil
	}
	data, err := os.ReadFile(path)
	if err == nil {
		data, err = firstOf(data)
	}
	if err != nil {
		return nil, fmt.Errorf("read font %s: %w", path, err)
	}
	x := &font{family: fmt.Sprintf("F%d", len(f.read)+1), data: data, widths: map[rune]float64{}}
	if err := x.glyphs.SetTTFData(data); err != nil {
		return nil, fmt.Errorf("read font %s: %w", path, err)
	}
	f.read[path] = x
	return x, nil
}

// width returns the width of r in a size of 1, or false if the font has no
// glyph for it.
func (x *font) width(r rune) (float64, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	w, ok := x.widths[r]
	if !ok {
		w = -1
		if i, err := x.glyphs.CharCodeToGlyphIndex(r); err == nil && i != 0 {
			w = float64(x.glyphs.GlyphIndexToPdfWidth(i)) / 1000
		}
		x.widths[r] = w
	}
	return w, w >= 0
}

// glyph returns the number of r's glyph; 0 if the font has none.
func (x *font) glyph(r rune) uint16 {
	x.mu.Lock()
	defer x.mu.Unlock()
	i, err := x.glyphs.CharCodeToGlyphIndex(r)
	if err != nil {
		return 0
	}
	return uint16(i)
}

// lookup returns the best font that can show r in this face.
func (f *Fonts) lookup(face Face, r rune) (*font, error) {
	var broken error
	for _, path := range f.chain(face) {
		x, err := f.open(path)
		if err != nil {
			broken = errors.Join(broken, err)
			continue
		}
		if _, ok := x.width(r); ok {
			return x, nil
		}
	}
	if said := f.Missing(); said != "" {
		return nil, errs.E(errs.Invalid, said)
	}
	return nil, errs.Because(errs.Invalid, fmt.Sprintf("服务器上的字体没有“%c”（U+%04X）这个字，没有生成 PDF，以免缺字。请改用“打印”页面或者下载 DOCX；"+
		"或者请管理员安装字更全的中文字体", r, r), broken)
}

// firstOf returns the first font of a collection (TTC); any other font as it
// is. The tables are copied behind one another under a directory of their own.
func firstOf(data []byte) ([]byte, error) {
	if len(data) < 16 || string(data[:4]) != "ttcf" {
		return data, nil
	}
	at := int(binary.BigEndian.Uint32(data[12:]))
	if at+12 > len(data) {
		return nil, errors.New("font collection is cut off")
	}
	n := int(binary.BigEndian.Uint16(data[at+4:]))
	head := 12 + 16*n
	if at+head > len(data) {
		return nil, errors.New("font collection is cut off")
	}
	out := slices.Clone(data[at : at+head])
	for i := range n {
		entry := out[12+16*i:]
		from, size := int(binary.BigEndian.Uint32(entry[8:])), int(binary.BigEndian.Uint32(entry[12:]))
		if from+size > len(data) {
			return nil, errors.New("font collection is cut off")
		}
		binary.BigEndian.PutUint32(entry[8:], uint32(len(out)))
		out = append(out, data[from:from+size]...)
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
	}
	return out, nil
}
