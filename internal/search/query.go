package search

import (
	"strings"
	"unicode/utf8"
)

// A word is one of the words that were typed, folded. All must fit.
type word struct {
	text   string
	number bool // has a letter or digit of ASCII, and length enough: may be a number's end
	sounds bool // letters only, two or more: may be initials
}

const letters = "abcdefghijklmnopqrstuvwxyz"

// mostWords are compared; nobody remembers more of a name.
const mostWords = 6

// wordsOf takes a query apart at its blanks.
func wordsOf(query string) []word {
	var out []word
	for _, f := range strings.Fields(query) {
		w := word{text: fold(f)}
		if w.text == "" || len(out) == mostWords {
			continue
		}
		w.number = utf8.RuneCountInString(w.text) >= tail && strings.ContainsAny(w.text, letters+"0123456789")
		w.sounds = len(w.text) > 1 && strings.Trim(w.text, letters) == ""
		out = append(out, w)
	}
	return out
}

// A clause is a set of terms that a row must all have; a term that ends in *
// stands for all that begin so.
type clause []string

// clauses are the ways in which a row can have the word; one suffices.
func (w word) clauses() []clause {
	all := []clause{grams([]rune(w.text), 2, "")}
	if w.sounds {
		all = append(all, grams([]rune(w.text), 3, markSound))
	}
	if w.number {
		all = append(all, clause{markCode + reverse(w.text) + "*"})
	}
	return all
}

// grams are the pieces of n characters of a text; of a shorter text all that
// begin with it.
func grams(chars []rune, n int, mark string) clause {
	if len(chars) < n {
		return clause{mark + string(chars) + "*"}
	}
	var out clause
	for i := 0; i+n <= len(chars); i++ {
		out = append(out, mark+string(chars[i:i+n]))
	}
	return out
}

// How well a row fits a word, best first.
const (
	whole      = iota // the name, or a number
	begins            // the name begins with it
	ends              // a number ends with it
	holds             // the name holds it
	codeBegins        // a number begins with it
	soundsAll         // the name's initials
	soundBegin        // the name's first initials
	soundHolds
	misses
)

// fit says how well an entry of folded names and codes fits the word.
func (w word) fit(names, codes []string) int {
	best := misses
	for _, c := range codes {
		best = min(best, w.fitCode(c))
	}
	for _, n := range names {
		if at := strings.Index(n, w.text); at >= 0 {
			best = min(best, place(at, len(n)-len(w.text), whole, begins, holds))
		}
		if w.sounds && best > soundsAll {
			best = min(best, w.fitSounds(n))
		}
	}
	return best
}

func (w word) fitCode(code string) int {
	switch {
	case code == w.text:
		return whole
	case w.number && strings.HasSuffix(code, w.text):
		return ends
	case w.number && len(w.text) >= head && strings.HasPrefix(code, w.text):
		return codeBegins
	}
	return misses
}

func place(at, rest, all, begin, inside int) int {
	switch {
	case at > 0:
		return inside
	case rest == 0:
		return all
	}
	return begin
}

func (w word) fitSounds(name string) int {
	chars := []rune(name)
	for at := 0; at+len(w.text) <= len(chars); at++ {
		if w.soundsAt(chars[at:]) {
			return place(at, len(chars)-len(w.text), soundsAll, soundBegin, soundHolds)
		}
	}
	return misses
}

func (w word) soundsAt(chars []rune) bool {
	for i := range len(w.text) {
		if strings.IndexByte(soundsOf(chars[i]), w.text[i]) < 0 {
			return false
		}
	}
	return true
}

// A hit is a row that the engine found.
type hit struct {
	target string
	name   string // the first, folded
	rank   int
}

// judge ranks a row; ok is false if a word only seemed to fit.
func judge(words []word, target, text string) (h hit, ok bool) {
	nameText, codeText, _ := strings.Cut(text, "\t")
	names, codes := strings.Split(nameText, "\n"), strings.Split(codeText, "\n")
	h = hit{target: target, name: names[0]}
	for _, w := range words {
		r := w.fit(names, codes)
		if r == misses {
			return h, false
		}
		h.rank += r
	}
	return h, true
}

// before orders hits: the better fit, then the shorter name.
func (h hit) compare(o hit) int {
	if h.rank != o.rank {
		return h.rank - o.rank
	}
	if n := utf8.RuneCountInString(h.name) - utf8.RuneCountInString(o.name); n != 0 {
		return n
	}
	if n := strings.Compare(h.name, o.name); n != 0 {
		return n
	}
	return strings.Compare(h.target, o.target)
}
