package verify_test

import (
	"regexp"
	"strings"
	"testing"

	"suiji/internal/page/pagetest"
	"suiji/verify"
)

// TestSize keeps the page's scripts short enough to be read in one sitting,
// as they are: comments and indentation counted.
func TestSize(t *testing.T) {
	const most = 25_000
	all := len(verify.Core) + len(verify.Script)
	t.Logf("core.js %d bytes, page.js %d bytes, together %d", len(verify.Core), len(verify.Script), all)
	if all >= most {
		t.Errorf("the scripts are %d bytes, want below %d", all, most)
	}
}

// newer is what Chromium 78 does not know, and what a page on plain http, or
// under a content security policy, cannot use.
var newer = regexp.MustCompile(`\?\?|\?\.[a-zA-Z(\[]|\|\|=|&&=|\b\d+n\b|\d_\d|catch \{|replaceAll|matchAll|\]\.at\(|\)\.at\(|structuredClone|replaceChildren|` +
	`Object\.hasOwn\b|randomUUID|crypto\.|\.submitter|showModal|Promise\.any|findLast|toSorted|\.flat\(\)\.at|static \{|#[a-z]+ ?[=(]|` +
	`\beval\(|new Function|innerHTML|import\(|\bimport |\bexport |XMLHttpRequest|WebSocket|sendBeacon|EventSource|localStorage|document\.cookie`)

func TestOldBrowsers(t *testing.T) {
	for name, file := range map[string][]byte{"core.js": verify.Core, "page.js": verify.Script, "receipt.js": verify.ReceiptScript} {
		for _, found := range newer.FindAllString(string(file), -1) {
			t.Errorf("%s uses %s", name, found)
		}
	}
	for name, script := range map[string][]byte{"page.js": verify.Script, "receipt.js": verify.ReceiptScript} {
		if n := strings.Count(string(verify.Core)+string(script), "fetch("); n != 1 {
			t.Errorf("%d requests with %s, want the one for what is checked", n, name)
		}
	}
	css := regexp.MustCompile(`inset:|aspect-ratio|clamp\(|min\(|max\(|:is\(|:where\(|:has\(|:focus-visible|@layer|@container|color-mix|dvh|\bgap:`)
	if found := css.FindAllString(string(verify.Style), -1); len(found) > 0 {
		t.Errorf("verify.css uses %q", found)
	}
}

// TestPageAlone checks the files that need no other.
func TestPageAlone(t *testing.T) {
	for name, page := range map[string]string{verify.PageName: string(verify.Page()), verify.ReceiptName: string(verify.ReceiptPage())} {
		for _, link := range []string{"src=", "href=", "http://", "https://"} {
			if strings.Contains(page, link) {
				t.Errorf("%s by itself has %s", name, link)
			}
		}
		if strings.Count(page, "</script>") != 2 || !strings.Contains(page, string(verify.Core)) {
			t.Errorf("the scripts do not stand in %s as they are", name)
		}
	}
}

// TestWords holds the page's dictionary against what core.js can say.
func TestWords(t *testing.T) {
	said := map[string]bool{"form": true, "drawn": true, "reserve": true, "passed": true,
		"matched": true, "excluded": true, "absent": true, "unmatched": true,
		"out-of-scope": true, "not-operating": true, "drawn-this-year": true, "no-stratum": true, "all hold": true, "signature not checked": true, "does not hold": true, "network requests": true}
	for _, m := range regexp.MustCompile(`(?:must|equal)\((?:.|\n\t+)*?, "([a-z][a-zA-Z' ]+)"\);`).FindAllStringSubmatch(string(verify.Core), -1) {
		said[m[1]] = true
	}
	known := map[string]bool{}
	for _, m := range regexp.MustCompile(`<dt>([a-z][^<]+)</dt>`).FindAllStringSubmatch(verify.Panel(), -1) {
		known[m[1]] = true
		if !said[m[1]] {
			t.Errorf("%q is translated but never said", m[1])
		}
	}
	for what := range said {
		if !known[what] {
			t.Errorf("%q has no Chinese", what)
		}
	}
	if len(said) < 20 {
		t.Errorf("only %d failures found in core.js", len(said))
	}
}

func TestManners(t *testing.T) {
	whole := `<!doctype html><html lang="zh-CN"><head><title>x</title></head><body><h1>x</h1>` + verify.Panel() + `</body></html>`
	for _, problem := range pagetest.Manners(whole) {
		t.Error(problem)
	}
}
