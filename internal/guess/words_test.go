package guess

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// docs/passwords.md lists the words of the trade, and a password made of one is
// refused.
func TestWordsOfTheTrade(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "passwords.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(raw), "```words\n")
	text, _, _ = strings.Cut(text, "```")
	if got := strings.Fields(text); !slices.Equal(got, trade) {
		t.Errorf("docs/passwords.md lists\n%s\nwant\n%s", strings.Join(got, " "), strings.Join(trade, " "))
	}
	for _, w := range trade {
		if Why(strings.ToUpper(w)+"-2046!", nil) == "" {
			t.Errorf("%s and a year pass", w)
		}
	}
}
