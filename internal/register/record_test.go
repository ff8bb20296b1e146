package register_test

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"suiji/internal/canon"
	"suiji/internal/register"
	"suiji/internal/uscc"
)

func TestIdentifier(t *testing.T) {
	made := register.Identifier("企独苏苏办字第0037")
	tests := []struct{ number, want string }{
		{"91130132108010083D", "91130132108010083D"},
		{"130132000001234", "130132000001234"},
		{"a.b_c-D", "a.b_c-D"},
		{"企独苏苏办字第0037", made},
		{strings.Repeat("1", 40), strings.Repeat("1", 40)},
	}
	for _, tt := range tests {
		if got := register.Identifier(tt.number); got != tt.want {
			t.Errorf("Identifier(%q) = %q, want %q", tt.number, got, tt.want)
		}
	}
	if !strings.HasPrefix(made, "N-") || len(made) != 18 {
		t.Errorf("identifier = %q, want N- and 16 characters", made)
	}
	if register.Identifier(made) == made {
		t.Errorf("the number %q would share the identifier of another", made)
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.String().Draw(t, "a"), rapid.String().Draw(t, "b")
		if !canon.IsIdentifier(register.Identifier(a)) || (register.Identifier(a) == register.Identifier(b)) != (a == b) {
			t.Fatalf("Identifier(%q) = %q, register.Identifier(%q) = %q", a, register.Identifier(a), b, register.Identifier(b))
		}
	})
}

// The quick encoder says what the general one says.
func TestCanonicalRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringN(0, 20, -1)
		x := register.Target{ID: text.Draw(t, "id"), Code: text.Draw(t, "code"), CodeKind: uscc.Other, Name: text.Draw(t, "name"), Kind: text.Draw(t, "kind"),
			Address: text.Draw(t, "address"), Scope: text.Draw(t, "scope"), Source: text.Draw(t, "source"),
			Tags: rapid.SliceOf(text).Draw(t, "tags"), Phone: "13800138000", Contact: "某人"}
		raw := x.Canonical(nil)
		if err := canon.IsCanonical(raw); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		var v map[string]any
		if err := json.Unmarshal(raw, &v); err != nil || v["name"] != x.Name || len(v["tags"].([]any)) != len(x.Tags) {
			t.Fatalf("%s is not %+v (%v)", raw, x, err)
		}
		if v["phone"] != nil || v["contact"] != nil {
			t.Fatalf("%s has what is never public", raw)
		}
	})
}
