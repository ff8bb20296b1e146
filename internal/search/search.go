// Package search finds a firm among millions by what a person remembers of it:
// a part of its name, the end of one of its numbers, the initials of the
// name's pinyin. It owns the tables search_target and search_terms.
//
// A name is kept as its pairs of characters and as the initials of three
// characters running, each number once from behind; the engine's own text
// index (FTS5, a tsvector's GIN) finds the rows that have them all, and Go
// looks whether they stand together and which fits best. This is the one place
// where the engines need words of their own (docs/sql.md).
package search

import (
	"strings"
	"unicode"
)

// An Entry is what one firm can be found by.
type Entry struct {
	Target string   // the register's identifier
	Names  []string // as registered; former ones behind it
	Codes  []string // credit code, old registration number, others
}

// Most is how many firms a search returns at most: whoever gets so many needs
// another word, not another page.
const Most = 1000

// The marks keep the kinds of term apart; no name has them.
const (
	markSound = "þ" // initials of up to three characters running
	markBegin = "ß" // initials that a name begins with
	markCode  = "ÿ" // a number from behind
)

// tail is the fewest characters of a number's end that find it.
const tail = 4

// head is the fewest characters of a number's beginning that find it: the
// first six say no more than where and what.
const head = 8

// fold returns what is compared of a name or number: letters and digits,
// half-width, lower case. Brackets, blanks and stops are nobody's memory.
func fold(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= '！' && c <= '～' {
			c -= '！' - '!'
		}
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.Is(unicode.Co, c) {
			return -1
		}
		return unicode.ToLower(c)
	}, s)
}

func folded(all []string) []string {
	var out []string
	for _, s := range all {
		if s = fold(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// terms returns what the engine's index keeps of an entry.
func (e Entry) terms() []string {
	t := terms{seen: map[string]bool{}}
	for _, name := range folded(e.Names) {
		chars := []rune(name)
		for i := range chars {
			t.add(string(chars[i:min(i+2, len(chars))]))
		}
		t.sounds(chars)
	}
	for _, code := range folded(e.Codes) {
		t.add(markCode + reverse(code))
	}
	return t.all
}

// terms collects without doubles.
type terms struct {
	all  []string
	seen map[string]bool
}

func (t *terms) add(s string) {
	if !t.seen[s] {
		t.seen[s] = true
		t.all = append(t.all, s)
	}
}

func (t *terms) sounds(chars []rune) {
	sounds := make([]string, len(chars))
	for i, c := range chars {
		sounds[i] = soundsOf(c)
	}
	for i := range sounds {
		for _, s := range readings(sounds[i:min(i+3, len(sounds))]) {
			t.add(markSound + s)
			if i == 0 {
				t.add(markBegin + s)
			}
		}
	}
}

// mostReadings bounds what three characters of many readings can make.
const mostReadings = 12

// readings are the ways to read some characters running.
func readings(sounds []string) []string {
	out := []string{""}
	for _, s := range sounds {
		var next []string
		for _, before := range out {
			for i := range len(s) {
				if len(next) < mostReadings {
					next = append(next, before+s[i:i+1])
				}
			}
		}
		out = next
	}
	return out
}

func reverse(s string) string {
	r := []rune(s)
	for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
		r[i], r[j] = r[j], r[i]
	}
	return string(r)
}
