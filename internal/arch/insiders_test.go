package arch

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var namedTest = regexp.MustCompile("`([a-z/-]+)\\.(Test[A-Za-z0-9]+)`")

// Every test that docs/insiders.md names exists in that folder.
func TestInsiders(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(root, "docs", "insiders.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := namedTest.FindAllStringSubmatch(string(raw), -1)
	if len(named) < 80 {
		t.Errorf("only %d tests are named", len(named))
	}
	source := map[string]string{}
	for _, m := range named {
		folder, name := m[1], m[2]
		if source[folder] == "" {
			files, _ := filepath.Glob(filepath.Join(root, folder, "*_test.go"))
			for _, f := range files {
				b, err := os.ReadFile(f)
				if err != nil {
					t.Fatal(err)
				}
				source[folder] += string(b)
			}
		}
		if !strings.Contains(source[folder], "\nfunc "+name+"(t *testing.T) {") {
			t.Errorf("docs/insiders.md names %s.%s, which does not exist", folder, name)
		}
	}
}
