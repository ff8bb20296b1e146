package intake

import (
	"testing"

	"suiji/internal/register"
)

// A list's headings are known by at least thirty other words, none of which
// means two columns.
func TestSynonyms(t *testing.T) {
	for _, l := range register.Lists {
		names := map[string]string{}
		also := 0
		for _, c := range columnsOf[l] {
			for n, word := range append([]string{c.label}, c.also...) {
				key := headingKey(word)
				if before, ok := names[key]; ok {
					t.Errorf("%s: “%s” is %s and %s", l.Name(), word, before, c.label)
				}
				if names[key] = c.label; n > 0 {
					also++
				}
			}
		}
		if t.Logf("%s: %d synonyms", l.Name(), also); also < 30 {
			t.Errorf("%s has %d synonyms, want at least 30", l.Name(), also)
		}
	}
}
