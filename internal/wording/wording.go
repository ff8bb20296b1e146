// Package wording reads words as offices write them: cells with blanks and
// signs that nobody sees, full-width letters, lists in one cell.
package wording

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Flaw is what cleaning a cell had to notice.
type Flaw uint8

// The flaws.
const (
	Control Flaw = 1 << iota // characters that cannot be seen, taken out
	Private                  // private-use characters (造字), kept
	Lost                     // U+FFFD: the character was lost before it came here
)

// Clean returns the text of a cell as a person reads it: trimmed, without
// characters that cannot be seen, with one blank for each run of blanks.
// Lines are kept where lines is true. Full-width forms stay: they are part of
// registered names.
func Clean(s string, lines bool) (string, Flaw) {
	if tidy(s) {
		return s, 0
	}
	var b strings.Builder
	var f Flaw
	b.Grow(len(s))
	blank := false
	for _, c := range s {
		switch {
		case c == '\n' && lines:
			b.WriteByte('\n')
			blank = false
			continue
		case unicode.IsSpace(c):
			blank = b.Len() > 0
			continue
		case invisible(c):
			f |= Control
			continue
		case c == utf8.RuneError:
			f |= Lost
		case unicode.Is(unicode.Co, c):
			f |= Private
		}
		if blank {
			b.WriteByte(' ')
			blank = false
		}
		b.WriteRune(c)
	}
	return strings.TrimSpace(b.String()), f
}

// tidy reports whether s surely needs no cleaning, as nearly every cell does:
// printable ASCII, Chinese characters and punctuation, no blank.
func tidy(s string) bool {
	for _, c := range s {
		switch {
		case c > ' ' && c < 0x7f, c >= 0x4e00 && c <= 0x9fff, c > 0x3000 && c <= 0x3029, c >= 0xff01 && c <= 0xff5e:
		default:
			return false
		}
	}
	return true
}

// invisible reports whether c is a control or formatting character. The marks
// that turn the direction of writing are among them: with these a name can be
// made to look like another.
func invisible(c rune) bool {
	return c < ' ' || c >= 0x7f && c < 0xa0 || unicode.Is(unicode.Cf, c)
}

// Nothing reports whether a clean text is one of the words that offices write
// into an empty cell.
func Nothing(s string) bool {
	switch s {
	case "", "-", "--", "—", "——", "/", "\\", "无", "空", "暂无", "N/A", "n/a", "NA", "NULL", "null", "#N/A":
		return true
	}
	return false
}

// Fold returns s as it is searched: half-width, lower case, without blanks.
func Fold(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) {
			return -1
		}
		return unicode.ToLower(narrow(c))
	}, s)
}

// narrow returns the half-width form of a full-width letter, digit or sign.
func narrow(c rune) rune {
	if c >= '！' && c <= '～' {
		c -= '！' - '!'
	}
	return c
}

// HalfWidth returns s with its full-width letters, digits and signs made
// half-width.
func HalfWidth(s string) string { return strings.Map(narrow, s) }

// Split cuts a list that an office wrote into one cell, at any of the marks
// used for it, and drops what stands twice.
func Split(s string) []string {
	parts := strings.FieldsFunc(s, func(c rune) bool { return strings.ContainsRune("、,，;；/|\n", c) })
	var out []string
	seen := map[string]bool{}
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" && !seen[p] {
			seen[p] = true
			out = append(out, p)
		}
	}
	return out
}

// Shorten keeps at most n characters of a text, for a sentence or a table.
func Shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n]) + "…"
}

// HasLetter reports whether s has a letter of any script: a name does.
func HasLetter(s string) bool { return strings.ContainsFunc(s, unicode.IsLetter) }

// IsASCII reports whether s is plain ASCII.
func IsASCII(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c >= 0x80 })
}
