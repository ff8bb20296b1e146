package canon

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/gowebpki/jcs"
)

// limit is the first integer magnitude that canonical JSON refuses: from here
// on a double no longer tells neighbours apart.
const limit = 1 << 53

// ErrNotCanonical is returned by IsCanonical for JSON that says something
// allowed in other bytes than the canonical ones.
var ErrNotCanonical = errors.New("not in canonical form")

// JSON returns the canonical bytes of a Go value (RFC 8785, strings, integers,
// booleans, arrays and objects only). It refuses what encoding/json would
// print as null (a nil slice, map or pointer), a fraction, an integer of
// magnitude 2^53 or more, and text that is not UTF-8.
func JSON(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	if hasReplacement(raw) {
		return nil, errors.New("text is not valid UTF-8")
	}
	return Canonical(raw)
}

// hasReplacement finds the escape \ufffd. encoding/json writes it, escaped,
// only where it met a byte that is not UTF-8; a true U+FFFD stands as itself.
func hasReplacement(raw []byte) bool {
	for i := 0; i+6 <= len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		if string(raw[i:i+6]) == `\ufffd` {
			return true
		}
		i++ // the escaped character cannot open an escape
	}
	return false
}

// Canonical returns the canonical bytes of a JSON text. It refuses null,
// fractions and exponents, integers of magnitude 2^53 or more, a member name
// that stands twice, bytes that are not UTF-8, half a surrogate pair, and
// anything after the value.
func Canonical(raw []byte) ([]byte, error) {
	if err := checkTokens(raw); err != nil {
		return nil, err
	}
	return jcs.Transform(raw)
}

// IsCanonical returns nil if raw is canonical JSON byte for byte,
// ErrNotCanonical if it is other JSON of the same subset, and otherwise what
// is wrong with it.
func IsCanonical(raw []byte) error {
	want, err := Canonical(raw)
	if err != nil {
		return err
	}
	if !bytes.Equal(raw, want) {
		return ErrNotCanonical
	}
	return nil
}

// Parse reads a JSON text under the same rules as Canonical. The value is made
// of map[string]any, []any, string, int64 and bool.
func Parse(raw []byte) (any, error) {
	canonical, err := Canonical(raw)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(canonical))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return integers(v)
}

// integers turns every json.Number in v, in place, into an int64.
func integers(v any) (any, error) {
	var err error
	switch v := v.(type) {
	case json.Number:
		return v.Int64()
	case []any:
		for i := range v {
			if v[i], err = integers(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for name := range v {
			if v[name], err = integers(v[name]); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

// checkTokens looks at the words and numbers outside strings, because jcs
// would repair 1.0 or 1e2 in silence and lets null pass. Grammar is left to
// jcs.
func checkTokens(raw []byte) error {
	for i := 0; i < len(raw); {
		switch c := raw[i]; {
		case c == '"':
			i = afterString(raw, i)
		case isWord(c):
			from := i
			for i < len(raw) && isWord(raw[i]) {
				i++
			}
			if err := checkWord(string(raw[from:i])); err != nil {
				return fmt.Errorf("byte %d: %w", from, err)
			}
		default:
			i++
		}
	}
	return nil
}

// afterString returns the index after the string that opens at from, or the
// end of raw if it is not closed.
func afterString(raw []byte, from int) int {
	for i := from + 1; i < len(raw); i++ {
		switch raw[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(raw)
}

// isWord reports whether c can be part of a literal or a number.
func isWord(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' ||
		c == '-' || c == '+' || c == '.'
}

// checkWord allows true, false and integers of magnitude below 2^53.
func checkWord(word string) error {
	switch word {
	case "true", "false":
		return nil
	case "null":
		return errors.New("null is not allowed")
	}
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil {
		return fmt.Errorf("%.40q is not an integer", word)
	}
	if n <= -limit || n >= limit {
		return fmt.Errorf("%s is not below 2^53", word)
	}
	return nil
}
