package guess_test

import (
	"testing"

	"suiji/internal/guess"
)

// What is left without words, runs, repeats and dates must be five different
// characters.
func TestWhy(t *testing.T) {
	for _, tt := range []struct {
		password string
		bad      bool
	}{
		{"tree hat lamp", false}, {"四个互不相干的词", false}, {"P@ssw0rd", true}, {"qwertyuiop", true}, {"zyxwvuts", true}, {"aaaaaaaaaaaaaa", true},
		{"19900101", true}, {"13900001234", true}, {"suiji-2026", true}, {"suiji-2026-kxbrw", false}, {"limin kxbrw", true}, {"", true},
	} {
		if got := guess.Why(tt.password, []string{"LiMin", "x"}); (got != "") != tt.bad {
			t.Errorf("Why(%q) = %q, want a reason: %v", tt.password, got, tt.bad)
		}
	}
}
