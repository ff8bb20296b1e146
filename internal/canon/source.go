package canon

import (
	"errors"
	"fmt"
	"strings"
)

// EnoughBits is the entropy, in bits, from which a number rolled in public
// cannot be searched (draw.md, "The seed").
const EnoughBits = 128

// A roll is 1 to maxRoll characters, an identifier 1 to maxIdentifier.
const (
	maxIdentifier = 40
	maxRoll       = 200
)

// IsIdentifier reports whether b is 1 to 40 characters of 0-9 A-Z a-z . _ -
// (draw.md, "Words").
func IsIdentifier[T string | []byte](b T) bool {
	if len(b) == 0 || len(b) > maxIdentifier {
		return false
	}
	for i := range len(b) {
		if !identifierByte[b[i]] {
			return false
		}
	}
	return true
}

// identifierByte holds the characters of identifiers. A table, because a draw
// asks it for every character of a register.
var identifierByte = func() (t [256]bool) {
	for _, c := range []byte("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._-") {
		t[c] = true
	}
	return t
}()

// IsHex32 reports whether s is 32 bytes as 64 lower-case hexadecimal digits:
// a digest, a secret, a seed or a beacon's randomness.
func IsHex32(s string) bool {
	return len(s) == 2*Size && strings.Trim(s, "0123456789abcdef") == ""
}

// IsRoll reports whether s has the form of a number rolled in public: 1 to 200
// characters of 0-9 A-Z a-z . , _ -.
func IsRoll(s string) bool {
	if len(s) == 0 || len(s) > maxRoll {
		return false
	}
	for i := range len(s) {
		if !identifierByte[s[i]] && s[i] != ',' {
			return false
		}
	}
	return true
}

// Commitment returns the commitment to a source's value, 64 hexadecimal
// digits: H("suiji/commit/1" LF name LF value LF).
func Commitment(h Hash, name, value string) string {
	return h.Hex([]byte("suiji/commit/1\n" + name + "\n" + value + "\n"))
}

// RollBits returns how many whole bits of entropy a public roll can hold at
// most. Only its digits count. When all of them lie between 1 and 6 they are
// taken for dice, log2(6) bits each, else for decimal digits, log2(10) bits
// each: so 39 digits or 50 dice reach EnoughBits.
func RollBits(value string) int {
	digits, dice := 0, 0
	for _, c := range []byte(value) {
		if '0' <= c && c <= '9' {
			digits++
		}
		if '1' <= c && c <= '6' {
			dice++
		}
	}
	if dice == digits {
		return dice * 2584962 / 1000000
	}
	return digits * 3321928 / 1000000
}

// Kind is the kind of a seed's source, as manifests write it.
type Kind string

// The kinds of source (draw.md, "The seed").
const (
	Committed Kind = "committed" // a secret, bound beforehand by its commitment
	Public    Kind = "public"    // dice, balls or digits rolled in public
	Drand     Kind = "drand"     // a round of the drand beacon
)

// CheckValue returns nil if value has the form that a source of kind k must
// reveal.
func CheckValue(k Kind, value string) error {
	switch k {
	case Committed:
		if !IsHex32(value) {
			return errors.New("秘密值应为 64 位小写十六进制数")
		}
	case Public:
		if !IsRoll(value) {
			return errors.New("公开摇号结果应为 1 至 200 个字符，只能用数字、字母和 . , _ -")
		}
	case Drand:
		if !IsHex32(value) {
			return errors.New("信标随机数应为 64 位小写十六进制数")
		}
	default:
		return fmt.Errorf("没有 %.40q 这种随机来源", string(k))
	}
	return nil
}
