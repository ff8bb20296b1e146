package canon

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHash(t *testing.T) {
	tests := []struct {
		name string
		h    Hash
		want string
	}{
		{"SHA-256 of abc, FIPS 180-4", SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"SM3 of abc, GB/T 32905 A.1", SM3, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.h.Hex([]byte("abc")); got != tt.want {
				t.Errorf("Hex(abc) = %s, want %s", got, tt.want)
			}
			if !tt.h.Valid() {
				t.Errorf("%s.Valid() = false, want true", tt.h)
			}
		})
	}
	if Hash("md5").Valid() {
		t.Error(`Hash("md5").Valid() = true, want false`)
	}
}

func TestCanonical(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"spaces and order", " { \"b\" : 1,\n\"a\":[ true ,false] }\t", `{"a":[true,false],"b":1}`},
		{"members sort by UTF-16", "{\"\ufb33\":1,\"😂\":2}", "{\"😂\":2,\"\ufb33\":1}"},
		{"escapes", `"\u0007\t\/\u20ac\ud83d\ude02<"`, `"\u0007\t/€😂<"`},
		{"minus zero", `[-0]`, `[0]`},
		{"largest", `[9007199254740991,-9007199254740991]`, `[9007199254740991,-9007199254740991]`},
		{"null in a string", `"null 1.5"`, `"null 1.5"`},
		{"empty things", `[{},[],""]`, `[{},[],""]`},
		{"a backslash before the end", `{"a":"\\","b":1}`, `{"a":"\\","b":1}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Canonical([]byte(tt.in))
			if err != nil || string(got) != tt.want {
				t.Errorf("Canonical(%s) = %s, %v, want %s", tt.in, got, err, tt.want)
			}
			if err := IsCanonical([]byte(tt.want)); err != nil {
				t.Errorf("IsCanonical(%s) = %v, want nil", tt.want, err)
			}
		})
	}
}

func TestCanonicalRefuses(t *testing.T) {
	tests := []struct{ name, in string }{
		{"nothing", ``}, {"null", `null`}, {"null inside", `{"a":[null]}`},
		{"fraction", `[1.0]`}, {"exponent", `[1e2]`}, {"capital exponent", `[1E2]`},
		{"2^53", `[9007199254740992]`}, {"-2^53", `[-9007199254740992]`}, {"huge", `[99999999999999999999]`},
		{"leading zero", `[01]`}, {"plus", `[+1]`}, {"NaN", `[NaN]`}, {"hex", `[0x10]`},
		{"name twice", `{"a":1,"a":1}`}, {"name twice, escaped", `{"a":1,"\u0061":1}`},
		{"invalid UTF-8", "\"\xff\""}, {"overlong", "\"\xc0\x80\""}, {"surrogate in UTF-8", "\"\xed\xa0\x80\""},
		{"high half", `"\ud83d"`}, {"low half", `"\ude02"`}, {"halves swapped", `"\ude02\ud83d"`},
		{"trailing data", `{} {}`}, {"trailing comma", `[1,]`}, {"byte order mark", "\xef\xbb\xbf{}"},
		{"open", `{"a":"`}, {"control character", "\"\n\""}, {"comment", `[1] // x`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := Canonical([]byte(tt.in)); err == nil {
				t.Errorf("Canonical(%q) = %q, want an error", tt.in, got)
			}
			if err := IsCanonical([]byte(tt.in)); err == nil || errors.Is(err, ErrNotCanonical) {
				t.Errorf("IsCanonical(%q) = %v, want what is wrong", tt.in, err)
			}
		})
	}
}

func TestIsCanonicalTellsFormFromFault(t *testing.T) {
	for _, in := range []string{`{ }`, `{"b":1,"a":2}`, `"\u20ac"`, `[-0]`, "[]\n"} {
		if err := IsCanonical([]byte(in)); !errors.Is(err, ErrNotCanonical) {
			t.Errorf("IsCanonical(%q) = %v, want %v", in, err, ErrNotCanonical)
		}
	}
}

func TestJSON(t *testing.T) {
	got, err := JSON(map[string]any{"z": "双随机<&>", "a": []int{1}, "r": "\ufffd", "s": `\ufffd`})
	want := `{"a":[1],"r":"` + "\ufffd" + `","s":"\\ufffd","z":"双随机<&>"}`
	if err != nil || string(got) != want {
		t.Errorf("JSON = %s, %v, want %s", got, err, want)
	}
	refused := []struct {
		name string
		v    any
	}{
		{"fraction", 1.5}, {"nil", nil}, {"nil slice", []string(nil)}, {"nil pointer", (*int)(nil)},
		{"2^53", int64(1) << 53}, {"not UTF-8", "a\xffb"}, {"member name not UTF-8", map[string]int{"\xff": 1}},
		{"channel", make(chan int)},
	}
	for _, tt := range refused {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := JSON(tt.v); err == nil {
				t.Errorf("JSON(%v) = %s, want an error", tt.v, got)
			}
		})
	}
}

func TestParse(t *testing.T) {
	v, err := Parse([]byte(`{"A":1,"a":["x",true]}`))
	if err != nil {
		t.Fatal(err)
	}
	m := v.(map[string]any)
	if got := fmt.Sprint(m["A"].(int64), m["a"]); got != "1 [x true]" {
		t.Errorf("Parse = %s, want 1 [x true]", got)
	}
}

// TestRoot compares the streaming root with the definition of RFC 6962 §2.1.
func TestRoot(t *testing.T) {
	for _, h := range []Hash{SHA256, SM3} {
		r := NewRoot(h)
		var lines [][]byte
		for n := range 70 {
			if got, want := r.Sum(), treeHash(h, lines); !bytes.Equal(got, want) || r.Count() != n {
				t.Fatalf("%s root of %d lines = %x (%d), want %x", h, n, got, r.Count(), want)
			}
			line := []byte(strings.Repeat("x", n))
			lines = append(lines, line)
			r.Add(line)
		}
	}
}

// treeHash is the recursive definition.
func treeHash(h Hash, lines [][]byte) []byte {
	if len(lines) == 0 {
		return h.Sum(nil)
	}
	if len(lines) == 1 {
		return h.Sum(append([]byte{0}, lines[0]...))
	}
	k := 1
	for 2*k < len(lines) {
		k *= 2
	}
	node := append([]byte{1}, treeHash(h, lines[:k])...)
	return h.Sum(append(node, treeHash(h, lines[k:])...))
}

// TestRootKnown holds the test tree of RFC 6962's reference implementation.
func TestRootKnown(t *testing.T) {
	r := NewRoot(SHA256)
	for _, leaf := range []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"} {
		b, err := hex.DecodeString(leaf)
		if err != nil {
			t.Fatal(err)
		}
		r.Add(b)
	}
	want := "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
	if got := hex.EncodeToString(r.Sum()); got != want {
		t.Errorf("Sum() = %s, want %s", got, want)
	}
}

func TestForms(t *testing.T) {
	tests := []struct {
		in                   string
		identifier, roll, h2 bool
	}{
		{"", false, false, false},
		{"91130132MA01CYF422", true, true, false},
		{"a.b_c-D", true, true, false},
		{"1,2", false, true, false},
		{"a b", false, false, false},
		{"冀", false, false, false},
		{"a\n", false, false, false},
		{strings.Repeat("a", 40), true, true, false},
		{strings.Repeat("a", 41), false, true, false},
		{strings.Repeat("a", 64), false, true, true},
		{strings.Repeat("A", 64), false, true, false},
		{strings.Repeat("1", 200), false, true, false},
		{strings.Repeat("1", 201), false, false, false},
	}
	for _, tt := range tests {
		if got := IsIdentifier(tt.in); got != tt.identifier {
			t.Errorf("IsIdentifier(%q) = %v, want %v", tt.in, got, tt.identifier)
		}
		if got := IsRoll(tt.in); got != tt.roll {
			t.Errorf("IsRoll(%q) = %v, want %v", tt.in, got, tt.roll)
		}
		if got := IsHex32(tt.in); got != tt.h2 {
			t.Errorf("IsHex32(%q) = %v, want %v", tt.in, got, tt.h2)
		}
	}
}

func TestRollBits(t *testing.T) {
	tests := []struct {
		name, in string
		enough   bool
	}{
		{"49 dice", strings.Repeat("6", 49), false},
		{"50 dice", strings.Repeat("16", 25), true},
		{"38 digits", "0" + strings.Repeat("1", 37), false},
		{"39 digits", strings.Repeat("1", 38) + "0", true},
		{"40 characters that may be dice", strings.Repeat("123456", 6) + "1234", false},
		{"separators do not count", "0" + strings.Repeat("1,", 40)[:74], false},
		{"letters do not count", strings.Repeat("abcdef", 33), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := RollBits(tt.in); (got >= EnoughBits) != tt.enough {
				t.Errorf("RollBits(%q) = %d, want enough %v", tt.in, got, tt.enough)
			}
		})
	}
}

// FuzzCanonical holds that canonical bytes are canonical, mean the same to
// encoding/json, and survive a second pass.
func FuzzCanonical(f *testing.F) {
	for _, s := range []string{`{"b":[1,-0,"\u00e9"],"a":{}}`, `[true,false,"\ud83d\ude02"]`, `"\\\""`, `null`, `1e3`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := Canonical(raw)
		if err != nil {
			return
		}
		if err := IsCanonical(got); err != nil {
			t.Fatalf("IsCanonical(Canonical(%q)) = %v, want nil", raw, err)
		}
		var a, b any
		if err := json.Unmarshal(raw, &a); err != nil {
			t.Fatalf("encoding/json refuses what Canonical takes: %v", err)
		}
		if err := json.Unmarshal(got, &b); err != nil {
			t.Fatal(err)
		}
		if !cmp.Equal(a, b) {
			t.Fatalf("Canonical(%q) = %q, another value", raw, got)
		}
		v, err := Parse(raw)
		if err != nil {
			t.Fatalf("Parse(%q) = %v", raw, err)
		}
		if again, err := JSON(v); err != nil || !bytes.Equal(again, got) {
			t.Fatalf("JSON(Parse(%q)) = %q, %v, want %q", raw, again, err, got)
		}
	})
}

func TestCheckValue(t *testing.T) {
	secret := strings.Repeat("0f", 32)
	tests := []struct {
		kind  Kind
		value string
		ok    bool
	}{
		{Committed, secret, true}, {Committed, secret[1:], false}, {Committed, strings.ToUpper(secret), false},
		{Public, "3,1,6", true}, {Public, "", false}, {Public, "3 1", false},
		{Drand, secret, true}, {Drand, "", false},
		{"lottery", "1", false},
	}
	for _, tt := range tests {
		if err := CheckValue(tt.kind, tt.value); (err == nil) != tt.ok {
			t.Errorf("CheckValue(%s, %q) = %v, want ok %v", tt.kind, tt.value, err, tt.ok)
		}
	}
}
