package office

import (
	"bytes"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const bomUTF8 = "\xEF\xBB\xBF"

// charset is how the bytes of a text become characters.
type charset struct {
	name   string
	skip   int64             // bytes of the mark at the beginning
	decode encoding.Encoding // nil for UTF-8
}

// reader returns the text of the file as UTF-8 without its mark.
func (c charset) reader(r io.ReaderAt, size int64) io.Reader {
	raw := io.NewSectionReader(r, c.skip, size-c.skip)
	if c.decode == nil {
		return raw
	}
	return transform.NewReader(raw, c.decode.NewDecoder())
}

// detect decides the encoding over the whole text, so that a wrong guess is a
// sentence and not a register full of strange characters.
func detect(r io.ReaderAt, size int64) (charset, error) {
	head, err := readHead(r, size)
	if err != nil {
		return charset{}, err
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xFF\xFE")):
		return utf16Text(unicode.LittleEndian, size)
	case bytes.HasPrefix(head, []byte("\xFE\xFF")):
		return utf16Text(unicode.BigEndian, size)
	case bytes.Count(head, []byte{0}) > max(4, len(head)/16):
		return charset{}, refuse("文件里有大量空字符，可能是没有标记的 UTF-16 文本，或者不是文本；请在 WPS 或 Excel 中另存为 .xlsx 后再上传")
	}
	skip := int64(0)
	if bytes.HasPrefix(head, []byte(bomUTF8)) {
		skip = int64(len(bomUTF8))
	}
	t, err := tallyText(io.NewSectionReader(r, skip, size-skip))
	if err != nil {
		return charset{}, err
	}
	return t.judge(skip)
}

// utf16Text is a text that says of itself that it is UTF-16.
func utf16Text(order unicode.Endianness, size int64) (charset, error) {
	if size%2 != 0 {
		return charset{}, refuse("UTF-16 文本的长度不对，文件可能没有传完整；请重新导出后再上传")
	}
	return charset{name: "UTF-16", skip: 2, decode: unicode.UTF16(order, unicode.IgnoreBOM)}, nil
}

// tally is what one pass over a text found out.
type tally struct {
	line             int // that is being read, from 1
	bad, triples     int // of UTF-8: wrong bytes; characters of three bytes and more
	lineBad          bool
	lineTriples      int
	badLines, strong int // lines that are not UTF-8; lines that can be nothing else
	firstBad         int
	firstStrong      int
	gb               gbState
}

// strongTriples is how many Chinese characters in one line make sure that the
// line is UTF-8: GB18030 text would have to look like it every time.
const strongTriples = 3

// tallyText reads the text once.
func tallyText(r io.Reader) (*tally, error) {
	t := &tally{line: 1}
	buf := make([]byte, 0, sample)
	for {
		n, err := r.Read(buf[len(buf):cap(buf)])
		t.gb.feed(buf[len(buf) : len(buf)+n])
		buf = buf[:len(buf)+n]
		if err != nil && err != io.EOF {
			return nil, err
		}
		rest := t.feed(buf, err == io.EOF)
		buf = append(buf[:0], rest...)
		if err == io.EOF {
			t.endLine()
			return t, nil
		}
	}
}

// feed counts the characters of b and returns the piece of one at its end.
func (t *tally) feed(b []byte, last bool) (rest []byte) {
	for len(b) > 0 {
		if b[0] < utf8.RuneSelf {
			if b[0] == '\n' {
				t.endLine()
			}
			b = b[1:]
			continue
		}
		if !last && !utf8.FullRune(b) {
			return b
		}
		c, size := utf8.DecodeRune(b)
		if c == utf8.RuneError && size == 1 {
			t.bad++
			t.lineBad = true
		} else if size >= 3 {
			t.triples++
			t.lineTriples++
		}
		b = b[size:]
	}
	return nil
}

// endLine judges the line that ends.
func (t *tally) endLine() {
	if t.lineBad {
		t.badLines++
		if t.firstBad == 0 {
			t.firstBad = t.line
		}
	} else if t.lineTriples >= strongTriples {
		t.strong++
		if t.firstStrong == 0 {
			t.firstStrong = t.line
		}
	}
	t.lineBad, t.lineTriples = false, 0
	t.line++
}

// judge says which encoding it is, or why none.
func (t *tally) judge(skip int64) (charset, error) {
	if t.bad == 0 {
		return charset{name: "UTF-8", skip: skip}, nil
	}
	if t.strong > 0 || t.triples > t.bad || skip > 0 {
		odd := t.firstBad
		if t.badLines > t.strong && t.firstStrong > 0 {
			odd = t.firstStrong
		}
		return charset{}, refuse("文字编码前后不一致：第 %d 行与其他行不同，可能损坏或是从别处粘贴的；请在 WPS 或 Excel 中打开核对该行，另存为 .xlsx 后再上传", odd)
	}
	if line := t.gb.wrong(); line > 0 {
		return charset{}, refuse("第 %d 行有既不是 UTF-8 也不是 GB18030 的字节，无法识别文字；请在 WPS 或 Excel 中另存为 .xlsx 后再上传", line)
	}
	return charset{name: "GB18030", decode: simplifiedchinese.GB18030}, nil
}

// gbState follows the structure of GB 18030: one byte below 0x80 (and 0x80,
// Windows' euro sign), two bytes, or four.
type gbState struct {
	at      int // bytes of the character read so far
	lines   int // ended so far
	wrongAt int // line of the first byte out of place, or 0
}

// feed reads on.
func (g *gbState) feed(b []byte) {
	for _, c := range b {
		if g.wrongAt > 0 {
			return
		}
		g.step(c)
	}
}

// step reads one byte.
func (g *gbState) step(c byte) {
	lead, digit := c >= 0x81 && c <= 0xFE, c >= '0' && c <= '9'
	switch {
	case g.at == 0 && c <= 0x80:
		if c == '\n' {
			g.lines++
		}
	case g.at == 0 && lead, g.at == 1 && digit, g.at == 2 && lead:
		g.at++
	case g.at == 1 && c >= 0x40 && c != 0x7F && c != 0xFF, g.at == 3 && digit:
		g.at = 0
	default:
		g.wrongAt = g.lines + 1
	}
}

// wrong returns the line that breaks the structure, or 0.
func (g *gbState) wrong() int {
	if g.wrongAt == 0 && g.at != 0 {
		return g.lines + 1 // cut off within a character
	}
	return g.wrongAt
}
