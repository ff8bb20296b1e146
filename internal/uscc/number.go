package uscc

import (
	"strings"
	"unicode"
)

// Typing is what normalising changed: habits of typing, not of the number.
type Typing struct {
	Wide   bool // full-width letters, digits or signs
	Lower  bool // lower-case letters
	Blanks bool // blanks or hyphens, visible or not
}

// Changed reports whether anything was.
func (t Typing) Changed() bool { return t != Typing{} }

// String names the changes in Chinese; "" if there were none.
func (t Typing) String() string {
	var parts []string
	for _, p := range []struct {
		is   bool
		name string
	}{{t.Wide, "全角字符改为半角"}, {t.Lower, "小写字母改为大写"}, {t.Blanks, "去掉空白和连字符"}} {
		if p.is {
			parts = append(parts, p.name)
		}
	}
	return strings.Join(parts, "，")
}

// Normalise returns the number as the standards write it: half-width, upper
// case, without blanks and hyphens. Control characters other than blanks stay,
// so that they are seen.
func Normalise(given string) (string, Typing) {
	var t Typing
	var b strings.Builder
	for _, c := range given {
		if c >= '！' && c <= '～' {
			c -= '！' - '!'
			t.Wide = true
		}
		if blank(c) {
			t.Blanks = true
			continue
		}
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
			t.Lower = true
		}
		b.WriteRune(c)
	}
	return b.String(), t
}

// blank reports whether c is a blank, an invisible joiner or a hyphen.
func blank(c rune) bool {
	return unicode.IsSpace(c) || strings.ContainsRune("-‐‑‒–—−\u200B\u200C\u200D\u2060\uFEFF", c)
}

// Kind tells numbers apart by their form.
type Kind string

// The kinds of number. A firm has a Code, or one of the older numbers until it
// changes its licence.
const (
	Code         Kind = "uscc"         // 18 characters: 统一社会信用代码
	Registration Kind = "registration" // 15 digits: 工商注册号
	Other        Kind = "other"        // any older number
)

// Number is a number with its kind.
type Number struct {
	Kind  Kind
	Value string // normalised
	// Sound reports whether the number's own check fits: of a code by GB
	// 32100, of a registration number by ISO 7064 MOD 11,10, which is
	// information only, since numbers before 2007 do not follow it. Other
	// numbers have none, and are never sound.
	Sound bool
}

// Identify tells what number this is by its form; it may still be unsound.
func Identify(given string) Number {
	value, _ := Normalise(given)
	switch {
	case len([]rune(value)) == size:
		return Number{Code, value, Check(value).Valid()}
	case len(value) == 15 && digits(value):
		return Number{Registration, value, mod1110(value)}
	}
	return Number{Other, value, false}
}

// digits reports whether s has nothing but ASCII digits.
func digits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// mod1110 checks a string of digits by ISO 7064 MOD 11,10 (GB/T 17710).
func mod1110(s string) bool {
	p := 10
	for _, c := range []byte(s[:len(s)-1]) {
		sum := (p + int(c-'0')) % 10
		if sum == 0 {
			sum = 10
		}
		p = sum * 2 % 11
	}
	return (p+int(s[len(s)-1]-'0'))%10 == 1
}
