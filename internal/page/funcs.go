package page

import (
	"encoding/hex"
	"fmt"
	"html/template"
	"reflect"
	"strconv"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/statute"
)

// nothing stands where there is no value.
const nothing = "—"

// Funcs returns what templates may call. Templates print, they don't decide.
func Funcs() template.FuncMap {
	return template.FuncMap{
		"date":    date,    // a date: 2022-06-14
		"instant": instant, // UTC ms or time.Time: 2022-06-14 09:30
		"ratio":   ratio,   // basis points: 2.5 %
		"count":   count,   // 2,046
		"hash":    hash,    // a1b2 c3d4 …, whole
		"short":   short,   // its first 16 digits
		"yes":     yes,     // 是, 否
		"dash":    dash,    // — for nothing
		"laws":    laws,    // a legal basis law by law, for the part "laws"
		"value":   value,   // what was typed, or what is given
		"input":   input,   // one input, for the part "field"
		"choose":  choose,  // one choice, for the part "field"
		"tag":     tag,     // a state in a word, for the part "tag"
		"empty":   empty,   // for the part "empty"
		"confirm": confirm, // for the part "confirm"
	}
}

// lawful is a legal basis law by law. Rest is its text where the list does not
// say all of it.
type lawful struct {
	List []statute.Provision
	Rest string
}

// laws reads a legal basis; nil if there is none.
func laws(text string) *lawful {
	if text == "" {
		return nil
	}
	l := &lawful{List: statute.Parse(text)}
	if len(l.List) == 0 || !statute.Says(l.List, text) {
		l.Rest = text
	}
	return l
}

// date prints a date, which may be a string, a time.Time or prints itself.
func date(v any) string {
	if t, ok := v.(time.Time); ok && !t.IsZero() {
		return calendar.Clock(t).Format(time.DateOnly)
	}
	return dash(v)
}

// instant prints a moment in Asia/Shanghai: a time.Time, or an integer of UTC
// milliseconds.
func instant(v any) (string, error) {
	if t, ok := v.(time.Time); ok {
		if t.IsZero() {
			return nothing, nil
		}
		return calendar.Clock(t).Format("2006-01-02 15:04"), nil
	}
	rv := reflect.ValueOf(v)
	if !rv.IsValid() || !rv.CanInt() {
		return "", fmt.Errorf("instant of %T, want time.Time or UTC milliseconds", v)
	}
	if rv.Int() == 0 {
		return nothing, nil
	}
	return instant(time.UnixMilli(rv.Int()))
}

// ratio prints basis points.
func ratio(v any) (string, error) {
	rv := reflect.ValueOf(v)
	if !rv.IsValid() || !rv.CanInt() {
		return "", fmt.Errorf("ratio of %T, want basis points", v)
	}
	s := strconv.FormatFloat(float64(rv.Int())/100, 'f', -1, 64)
	return s + " %", nil
}

// count prints an integer in groups of three.
func count(v any) (string, error) {
	rv := reflect.ValueOf(v)
	var s string
	switch {
	case rv.IsValid() && rv.CanInt():
		s = strconv.FormatInt(rv.Int(), 10)
	case rv.IsValid() && rv.CanUint():
		s = strconv.FormatUint(rv.Uint(), 10)
	default:
		return "", fmt.Errorf("count of %T, want an integer", v)
	}
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	return sign + group(s, 3, ",", true), nil
}

// hash prints bytes or a text of hex digits in groups of four.
func hash(v any) (string, error) {
	var s string
	rv := reflect.ValueOf(v)
	switch {
	case rv.IsValid() && rv.Kind() == reflect.String:
		s = rv.String()
	case rv.IsValid() && rv.Kind() == reflect.Slice && rv.Type().Elem().Kind() == reflect.Uint8:
		s = hex.EncodeToString(rv.Bytes())
	case rv.IsValid() && rv.Kind() == reflect.Array && rv.Type().Elem().Kind() == reflect.Uint8:
		b := make([]byte, rv.Len())
		reflect.Copy(reflect.ValueOf(b), rv)
		s = hex.EncodeToString(b)
	default:
		return "", fmt.Errorf("hash of %T, want bytes or hex digits", v)
	}
	if s == "" {
		return nothing, nil
	}
	return group(s, 4, " ", false), nil
}

// short prints the first sixteen digits of a hash.
func short(v any) (string, error) {
	s, err := hash(v)
	if err == nil && len(s) > 19 {
		s = s[:19]
	}
	return s, err
}

// group sets sep between groups of n bytes, counted from the right or left.
func group(s string, n int, sep string, fromRight bool) string {
	first := n
	if fromRight {
		first = len(s) % n
	}
	var parts []string
	for len(s) > 0 {
		k := min(n, len(s))
		if first > 0 {
			k, first = min(first, len(s)), 0
		}
		parts, s = append(parts, s[:k]), s[k:]
	}
	return strings.Join(parts, sep)
}

func yes(b bool) string {
	if b {
		return "是"
	}
	return "否"
}

// dash prints v, or a dash if it is the zero value.
func dash(v any) string {
	rv := reflect.ValueOf(v)
	if !rv.IsValid() || rv.IsZero() {
		return nothing
	}
	s := fmt.Sprint(v)
	if s == "" {
		return nothing
	}
	return s
}

// value returns what was typed into a refused form, else what is given: so too
// for the inputs of the page's other forms, which the refused one did not send.
func value(p Page, name string, given any) string {
	if typed, sent := p.base().Typed[name]; sent && len(typed) > 0 {
		return typed[0]
	}
	return plain(given)
}

// plain is the text of a value in a form: a code, not its translation.
func plain(v any) string {
	rv := reflect.ValueOf(v)
	switch {
	case !rv.IsValid():
		return ""
	case rv.Kind() == reflect.String:
		return rv.String()
	case rv.IsZero() && !rv.CanInt() && !rv.CanUint():
		return ""
	}
	return fmt.Sprint(v)
}
