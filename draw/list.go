package draw

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"sort"
	"strconv"
	"strings"

	"suiji/internal/canon"
)

// maxLine bounds one line of a list, in bytes, so that a broken file cannot
// fill the memory. The longest honest line is a few hundred.
const maxLine = 1 << 20

// MaxTickets is the largest number of lottery tickets of one firm.
const MaxTickets = 1000

// TargetLine returns a line of targets.tsv in suiji/targets/1, without LF.
func TargetLine(id, stratum string, tickets int) string {
	return id + "\t" + stratum + "\t" + strconv.Itoa(tickets)
}

// ExcludedLine returns a line of excluded.tsv, without LF.
func ExcludedLine(id, reason string) string { return id + "\t" + reason }

// SlotsLine returns a line of officers.tsv, or of targets.tsv in
// suiji/match/1, without LF.
func SlotsLine(id string, slots []string) string { return id + "\t" + strings.Join(slots, ",") }

// RecusalLine returns a line of recusals.tsv (回避), without LF.
func RecusalLine(officer, target string) string { return officer + "\t" + target }

// PrintList returns the bytes of a list that has these lines: in byte order,
// each ended by LF. It does not check them; SealList does.
func PrintList(lines []string) []byte {
	sorted := append([]string(nil), lines...)
	sort.Strings(sorted)
	var b bytes.Buffer
	for _, line := range sorted {
		b.WriteString(line)
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// Parts cuts a list into at most n parts of about the same size at ends of
// lines, so that each can have a Picker of its own.
func Parts(list []byte, n int) [][]byte {
	var out [][]byte
	for ; n > 1 && len(list) > 0; n-- {
		at := len(list) / n
		end := bytes.IndexByte(list[at:], '\n')
		if end < 0 {
			break
		}
		out = append(out, list[:at+end+1])
		list = list[at+end+1:]
	}
	if len(list) > 0 {
		out = append(out, list)
	}
	return out
}

// SealList reads a list to its end and returns its count and root. An *Error
// names the first line that is not in ascending order, that repeats an
// identifier, or that does not end in LF. What the fields must hold is for
// Manifest.Check. It panics if h is not valid.
func SealList(h Hash, f File, r io.Reader) (Listing, error) {
	l := newLines(f, r)
	l.root = canon.NewRoot(h)
	for {
		switch _, err := l.next(); err {
		case nil:
		case io.EOF:
			return Listing{Count: l.n, Root: hex.EncodeToString(l.root.Sum())}, nil
		default:
			return Listing{}, err
		}
	}
}

// lines reads a list one line at a time.
type lines struct {
	file File
	r    *bufio.Reader
	n    int // lines read
	seq  sequence
	long []byte      // a line longer than the reader's buffer
	root *canon.Root // nil: not wanted
}

// newLines reads r; nil is an empty list.
func newLines(f File, r io.Reader) *lines {
	if r == nil {
		r = bytes.NewReader(nil)
	}
	return &lines{file: f, r: bufio.NewReaderSize(r, 8<<10), seq: sequence{pairs: f == RecusalsFile}}
}

// next returns the next line without its LF, valid until the next call, or
// io.EOF after the last. Order and endings are checked, fields are not.
func (l *lines) next() ([]byte, error) {
	line, err := l.raw()
	if err != nil {
		return nil, err
	}
	if rule := l.seq.add(line); rule != "" {
		return nil, l.fault(rule, line)
	}
	if l.root != nil {
		l.root.Add(line)
	}
	return line, nil
}

// raw returns the next line, whatever it says.
func (l *lines) raw() ([]byte, error) {
	line, err := l.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		line, err = l.rest(line)
	}
	if err == io.EOF && len(line) == 0 {
		return nil, io.EOF
	}
	l.n++
	if err == io.EOF {
		return nil, &Error{l.file, l.n, RuleLine, "最后一行没有以换行符结束"}
	}
	if err != nil {
		return nil, err
	}
	return line[:len(line)-1], nil
}

// rest reads on in a line that did not fit the buffer.
func (l *lines) rest(start []byte) ([]byte, error) {
	l.long = append(l.long[:0], start...)
	for len(l.long) <= maxLine {
		more, err := l.r.ReadSlice('\n')
		l.long = append(l.long, more...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return l.long, err
		}
	}
	return nil, &Error{l.file, l.n + 1, RuleLine, "一行超过 1 MiB"}
}

// fault returns an error about the line just read.
func (l *lines) fault(rule Rule, line []byte) *Error {
	return &Error{l.file, l.n, rule, quote(line)}
}

// seal compares count and root with the manifest's, after the last line.
func (l *lines) seal(want Listing) error {
	if l.n != want.Count {
		return fault(l.file, RuleCount, "%d，应为 %d", l.n, want.Count)
	}
	if got := hex.EncodeToString(l.root.Sum()); got != want.Root {
		return fault(l.file, RuleRoot, "%s，应为 %s", got, want.Root)
	}
	return nil
}

// quote shows the beginning of a line in an error.
func quote(line []byte) string {
	if len(line) > 80 {
		line = line[:80]
	}
	return strconv.QuoteToGraphic(string(line))
}

// sequence holds a list to ascending order and single identifiers.
type sequence struct {
	pairs bool // only the whole line must be single
	prev  []byte
	id    int // length of prev's identifier, its TAB included
}

// add takes the next line and returns the rule that it breaks, or "".
func (s *sequence) add(line []byte) Rule {
	if len(line) == 0 {
		return RuleLine
	}
	if s.prev != nil {
		if c := bytes.Compare(s.prev, line); c == 0 {
			return RuleTwice
		} else if c > 0 {
			return RuleOrder
		}
		if !s.pairs && bytes.HasPrefix(line, s.prev[:s.id]) {
			return RuleTwice
		}
	}
	s.prev = append(s.prev[:0], line...)
	s.id = len(line)
	if tab := bytes.IndexByte(line, '\t'); tab >= 0 {
		s.id = tab + 1
	}
	return ""
}

// parseTarget reads a line of targets.tsv in suiji/targets/1; id and stratum
// point into it.
func parseTarget(line []byte) (id, stratum []byte, tickets int, ok bool) {
	id, rest, ok := bytes.Cut(line, []byte{'\t'})
	if !ok || !canon.IsIdentifier(id) {
		return nil, nil, 0, false
	}
	stratum, number, ok := bytes.Cut(rest, []byte{'\t'})
	if !ok {
		return nil, nil, 0, false
	}
	tickets, ok = parseTickets(number)
	return id, stratum, tickets, ok
}

// parseTickets reads 1 to MaxTickets without leading zeros.
func parseTickets(b []byte) (int, bool) {
	if len(b) == 0 || len(b) > 4 || b[0] == '0' {
		return 0, false
	}
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, n <= MaxTickets
}

// isExcluded reports whether line is one of excluded.tsv.
func isExcluded(line []byte) bool {
	id, reason, ok := bytes.Cut(line, []byte{'\t'})
	if !ok || !canon.IsIdentifier(id) || len(reason) == 0 {
		return false
	}
	for _, c := range reason {
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && c != '-' {
			return false
		}
	}
	return true
}

// parsePair reads a line of recusals.tsv.
func parsePair(line []byte) (officer, target string, ok bool) {
	a, b, ok := bytes.Cut(line, []byte{'\t'})
	return string(a), string(b), ok && canon.IsIdentifier(a) && canon.IsIdentifier(b)
}
