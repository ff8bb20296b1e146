package page_test

import (
	"os"
	"regexp"
	"testing"
)

// TestOldBrowsersUnderstand keeps the assets within what Chromium 78 knows,
// which the browsers of government desktops are built on.
func TestOldBrowsersUnderstand(t *testing.T) {
	comment := regexp.MustCompile(`(?s)/\*.*?\*/`)
	css := []string{
		`[^-]\bgap:`, `\binset:`, `aspect-ratio`, `\b(clamp|min|max)\(`, `:(is|where|has|focus-visible)\b`,
		`@(layer|container|supports|import)`, `color-mix`, `\d[dsl]v[hw]\b`, `[<>]=`, `(?m)^\s+&`, `https?:`,
	}
	js := []string{
		`replaceAll`, `\.at\(`, `structuredClone`, `replaceChildren`, `hasOwn\(`, `randomUUID`, `crypto\.subtle`,
		`\.submitter`, `\?\.`, `\?\?`, `\beval\b`, `new Function`, `https?:`,
	}
	for file, forbidden := range map[string][]string{"assets/base.css": css, "assets/print.css": css, "assets/base.js": js, "assets/live.js": js, "assets/passkey.js": js} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > 20<<10 {
			t.Errorf("%s has %d bytes, want at most 20 KB", file, len(text))
		}
		text = comment.ReplaceAll(text, nil)
		for _, f := range forbidden {
			if found := regexp.MustCompile(f).Find(text); found != nil {
				t.Errorf("%s has %q, which Chromium 78 does not know or the house forbids", file, found)
			}
		}
	}
}
