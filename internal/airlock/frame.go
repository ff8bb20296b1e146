package airlock

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"unicode/utf8"

	"suiji/internal/office"
)

// The stream is frames: a letter, the length of what follows as a uvarint, and
// that.
const (
	frameHead    = 'H' // JSON of Head
	frameRow     = 'R' // number, note, cells
	frameBytes   = 'B' // a piece of a file
	frameRefusal = 'E' // sentence; the last
	frameEnd     = 'Z' // the last
)

// The most that one frame may hold, and one row.
const (
	maxFrame = 8 << 20
	maxCells = 16384
)

// errBroken is a stream that does not keep to its form: its writer has died,
// or is not to be trusted.
var errBroken = errors.New("airlock: broken stream")

// Head is what is known of a table before its rows.
type Head struct {
	Format   office.Format
	Encoding string   // of a CSV
	Sheet    string   // of a workbook: the one that is read
	Others   []string // the other visible ones
	Merged   []string // ranges of cells that are merged, such as A2:A9
}

// writer writes frames.
type writer struct {
	w   *bufio.Writer
	buf []byte
}

func newWriter(w io.Writer) *writer { return &writer{w: bufio.NewWriterSize(w, 64<<10)} }

func (w *writer) frame(kind byte, body []byte) error {
	if len(body) > maxFrame {
		return &office.Error{Sentence: "有一行超过 8 MB，不像表格的一行；请核对文件后再上传"}
	}
	var head [1 + binary.MaxVarintLen64]byte
	head[0] = kind
	n := binary.PutUvarint(head[1:], uint64(len(body)))
	if _, err := w.w.Write(head[:1+n]); err != nil {
		return err
	}
	_, err := w.w.Write(body)
	return err
}

func (w *writer) head(h Head) error {
	b, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return w.frame(frameHead, b)
}

func (w *writer) row(r office.Row) error {
	b := binary.AppendUvarint(w.buf[:0], uint64(r.Number))
	b = appendText(b, r.Note)
	for _, c := range r.Cells {
		b = appendText(b, c)
	}
	w.buf = b
	return w.frame(frameRow, b)
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// Write writes a piece of a file.
func (w *writer) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		n := min(len(rest), 1<<20)
		if err := w.frame(frameBytes, rest[:n]); err != nil {
			return 0, err
		}
		rest = rest[n:]
	}
	return len(p), nil
}

func (w *writer) refusal(sentence string) error { return w.frame(frameRefusal, []byte(sentence)) }

func (w *writer) end() error { return w.frame(frameEnd, nil) }

func (w *writer) flush() error { return w.w.Flush() }

// reader reads frames.
type reader struct {
	r   *bufio.Reader
	buf []byte
}

// next reads a frame, whose body is good until the next one. A refusal is an
// *office.Error, the end io.EOF, and anything else that is not a frame
// errBroken.
func (r *reader) next() (kind byte, body []byte, err error) {
	if kind, err = r.r.ReadByte(); err != nil {
		return 0, nil, errBroken
	}
	n, err := binary.ReadUvarint(r.r)
	if err != nil || n > maxFrame {
		return 0, nil, errBroken
	}
	if uint64(cap(r.buf)) < n {
		r.buf = make([]byte, n)
	}
	body = r.buf[:n]
	if _, err := io.ReadFull(r.r, body); err != nil {
		return 0, nil, errBroken
	}
	switch kind {
	case frameEnd:
		return 0, nil, io.EOF
	case frameRefusal:
		if n > 2000 || !utf8.Valid(body) {
			return 0, nil, errBroken
		}
		return 0, nil, &office.Error{Sentence: string(body)}
	}
	return kind, body, nil
}

// parseRow reads a row out of a frame; its cells share one string.
func parseRow(body []byte) (row office.Row, err error) {
	number, at := binary.Uvarint(body)
	if at <= 0 || number == 0 || number > 1<<31 {
		return row, errBroken
	}
	row.Number = int(number)
	all := string(body)
	for first := true; at < len(body); first = false {
		n, width := binary.Uvarint(body[at:])
		if width <= 0 || n > uint64(len(body)-at-width) || len(row.Cells) == maxCells {
			return row, errBroken
		}
		text := all[at+width : at+width+int(n)]
		at += width + int(n)
		if first {
			row.Note = text
		} else {
			row.Cells = append(row.Cells, text)
		}
	}
	return row, nil
}

// beat is how many rows pass between two counts.
const beat = 200

// pass copies a table's stream from a child, having looked at every frame.
func pass(from io.Reader, to io.Writer, counted func(int)) error {
	in, out := &reader{r: bufio.NewReaderSize(from, 64<<10)}, newWriter(to)
	rows, last := 0, 0
	for n := 0; ; n++ {
		kind, body, err := in.next()
		if err == io.EOF {
			return errors.Join(out.end(), out.flush())
		}
		if err != nil {
			return err
		}
		if kind != frameRow && kind != frameHead || (kind == frameHead) != (n == 0) {
			return errBroken
		}
		if kind == frameHead && json.Unmarshal(body, new(Head)) != nil {
			return errBroken
		}
		if kind == frameRow {
			row, err := parseRow(body)
			if err != nil || row.Number <= last {
				return errBroken
			}
			last = row.Number
			if rows++; counted != nil && rows%beat == 0 {
				counted(rows)
			}
		}
		if err := out.frame(kind, body); err != nil {
			return err
		}
	}
}

// unwrap copies a file out of a child's stream.
func unwrap(from io.Reader, to io.Writer) error {
	in := &reader{r: bufio.NewReaderSize(from, 64<<10)}
	for {
		kind, body, err := in.next()
		if err == io.EOF {
			return nil
		}
		if err == nil && kind != frameBytes {
			err = errBroken
		}
		if err == nil {
			_, err = to.Write(body)
		}
		if err != nil {
			return err
		}
	}
}

// Table is a table that came through the airlock.
type Table struct {
	Head
	in *reader
}

// Open reads what Rows has written.
func Open(r io.Reader) (*Table, error) {
	in := &reader{r: bufio.NewReaderSize(r, 256<<10)}
	kind, body, err := in.next()
	if err == nil && kind != frameHead {
		err = errBroken
	}
	t := &Table{in: in}
	if err == nil {
		err = json.Unmarshal(body, &t.Head)
	}
	if err != nil {
		return nil, fmt.Errorf("open kept rows: %w", err)
	}
	return t, nil
}

// Rows returns the rows that hold anything, from the top, once.
func (t *Table) Rows() iter.Seq2[office.Row, error] {
	return func(yield func(office.Row, error) bool) {
		for {
			_, body, err := t.in.next()
			if err == io.EOF {
				return
			}
			var row office.Row
			if err == nil {
				row, err = parseRow(body)
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}
