// Package verify holds two verifiers of draws that were written from docs/spec
// alone, so that the portal can hand them out: one file of Python, and a page
// that works draws out again in the browser. A page beside it checks receipts.
package verify

import (
	_ "embed"
	"strings"
)

// Name is what the Python verifier is called as a file.
const Name = "suiji_verify.py"

// PageName and ReceiptName are what the pages are called as files that need no
// other.
const (
	PageName    = "suiji-verify.html"
	ReceiptName = "suiji-receipt.html"
)

// Python is the verifier for the command line.
//
//go:embed suiji_verify.py
var Python []byte

// The pages: Core is the verifier, Script and ReceiptScript what the two pages
// do with it.
var (
	//go:embed core.js
	Core []byte
	//go:embed page.js
	Script []byte
	//go:embed receipt.js
	ReceiptScript []byte
	//go:embed verify.css
	Style []byte
	//go:embed verify.html
	html string
	//go:embed receipt.html
	receipt string
)

// Page is the page that checks bundles as one file, to be kept and opened
// without a server.
func Page() []byte { return alone(html) }

// ReceiptPage is the page that checks receipts, as one file.
func ReceiptPage() []byte { return alone(receipt) }

func alone(html string) []byte {
	return []byte(strings.NewReplacer(
		`<link rel="stylesheet" href="verify.css">`, "<style>\n"+string(Style)+"</style>",
		`<script src="core.js"></script>`, "<script>\n"+string(Core)+"</script>",
		`<script src="page.js"></script>`, "<script>\n"+string(Script)+"</script>",
		`<script src="receipt.js"></script>`, "<script>\n"+string(ReceiptScript)+"</script>",
	).Replace(html))
}

// Panel is the part of the bundles' page that works, for a page that brings its
// own frame, and Core, Script and Style as files.
func Panel() string { return panel(html) }

// ReceiptPanel is that of the receipts' page, with ReceiptScript.
func ReceiptPanel() string { return panel(receipt) }

func panel(html string) string {
	_, rest, _ := strings.Cut(html, "<!-- panel -->\n")
	panel, _, _ := strings.Cut(rest, "<!-- /panel -->")
	return panel
}
