// Package verify holds two verifiers of draws that were written from docs/spec
// alone, so that the portal can hand them out: one file of Python, and a page
// that works draws out again in the browser.
package verify

import (
	_ "embed"
	"strings"
)

// Name is what the Python verifier is called as a file.
const Name = "suiji_verify.py"

// PageName is what the page is called as a file that needs no other.
const PageName = "suiji-verify.html"

// Python is the verifier for the command line.
//
//go:embed suiji_verify.py
var Python []byte

// The page: Core is the verifier, Script what the page does with it.
var (
	//go:embed core.js
	Core []byte
	//go:embed page.js
	Script []byte
	//go:embed verify.css
	Style []byte
	//go:embed verify.html
	html string
)

// Page is the whole page as one file, to be kept and opened without a server.
func Page() []byte {
	return []byte(strings.NewReplacer(
		`<link rel="stylesheet" href="verify.css">`, "<style>\n"+string(Style)+"</style>",
		`<script src="core.js"></script>`, "<script>\n"+string(Core)+"</script>",
		`<script src="page.js"></script>`, "<script>\n"+string(Script)+"</script>",
	).Replace(html))
}

// Panel is the part of the page that works, for a page that brings its own
// frame, and Core, Script and Style as files.
func Panel() string {
	_, rest, _ := strings.Cut(html, "<!-- panel -->\n")
	panel, _, _ := strings.Cut(rest, "<!-- /panel -->")
	return panel
}
