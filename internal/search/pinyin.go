package search

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mozillazg/go-pinyin"
)

// plainLetters takes the tone off the letters that a syllable can begin with.
var plainLetters = map[rune]byte{
	'ā': 'a', 'á': 'a', 'ǎ': 'a', 'à': 'a', 'ē': 'e', 'é': 'e', 'ě': 'e', 'è': 'e', 'ê': 'e', 'ế': 'e', 'ề': 'e',
	'ō': 'o', 'ó': 'o', 'ǒ': 'o', 'ò': 'o', 'ḿ': 'm', 'ń': 'n', 'ň': 'n', 'ǹ': 'n',
}

// soundsOf returns the letters with which a character can be typed: the
// initials of all of its readings (厦 is x and s), itself if it is a letter or
// digit; "?" if nobody can say.
func soundsOf(c rune) string {
	if c < 0x80 {
		return string(c)
	}
	var out []byte
	for reading := range strings.SplitSeq(pinyin.PinyinDict[int(c)], ",") {
		first, _ := utf8.DecodeRuneInString(reading)
		letter := byte(first)
		if first >= 0x80 {
			letter = plainLetters[first]
		}
		if letter != 0 && !slices.Contains(out, letter) {
			out = append(out, letter)
		}
	}
	if out == nil {
		return "?"
	}
	return string(out)
}
