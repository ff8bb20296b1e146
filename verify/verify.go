// Package verify holds the second verifier of draws, one file of Python that
// was written from docs/spec alone, so that the portal can hand it out.
package verify

import _ "embed"

// Name is what the verifier is called as a file.
const Name = "suiji_verify.py"

// Python is the verifier.
//
//go:embed suiji_verify.py
var Python []byte
