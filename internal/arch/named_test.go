package arch

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var namedTest = regexp.MustCompile("`([a-z/-]+)\\.(Test[A-Za-z0-9]+)`")

// Every test that a table of attempts or requirements names exists in that
// folder, and every file that it names is there.
func TestNamedTests(t *testing.T) {
	source := map[string]string{}
	for doc, least := range map[string]int{"insiders.md": 80, "attacks.md": 60, "asvs.md": 100} {
		text := document(t, filepath.Join("docs", doc))
		named := namedTest.FindAllStringSubmatch(text, -1)
		if len(named) < least {
			t.Errorf("docs/%s names only %d tests", doc, len(named))
		}
		for _, m := range named {
			folder, name := m[1], m[2]
			if source[folder] == "" {
				source[folder] = tests(t, folder)
			}
			if !strings.Contains(source[folder], "\nfunc "+name+"(t *testing.T) {") {
				t.Errorf("docs/%s names %s.%s, which does not exist", doc, folder, name)
			}
		}
		for _, m := range namedFile.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
				t.Errorf("docs/%s names %s, which is not there", doc, m[1])
			}
		}
	}
}

var namedFile = regexp.MustCompile("`((?:internal|cmd|docs|scripts)/[a-z0-9/_.-]+\\.(?:go|md|tmpl))`")

// tests is the text of a folder's tests.
func tests(t *testing.T, folder string) string {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(root, folder, "*_test.go"))
	text := ""
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		text += string(b)
	}
	return text
}

// asvs are the levels of the requirements of ASVS 5.0.0, section by section.
const asvs = `
1.1:22 1.2:1111122223 1.3:112222222223 1.4:222 1.5:123
2.1:122 2.2:112 2.3:12223 2.4:23
3.1:3 3.2:113 3.3:12223 3.4:11222233 3.5:11122333 3.6:3 3.7:22333
4.1:12233 4.2:23333 4.3:22 4.4:1222
5.1:2 5.2:112333 5.3:113 5.4:222
6.1:122 6.2:111111112222 6.3:11223333 6.4:112233 6.5:22222333 6.6:2223 6.7:33 6.8:2222
7.1:222 7.2:1111 7.3:22 7.4:11222 7.5:223 7.6:22
8.1:1233 8.2:1123 8.3:133 8.4:23
9.1:111 9.2:1222
10.1:22 10.2:223 10.3:22223 10.4:1111122222233333 10.5:22222 10.6:22 10.7:222
11.1:2233 11.2:22233 11.3:11233 11.4:1222 11.5:23 11.6:23 11.7:33
12.1:12233 12.2:11 12.3:22223
13.1:2333 13.2:222223 13.3:2233 13.4:1222233
14.1:22 14.2:12223333 14.3:122
15.1:12233 15.2:12233 15.3:1222222 15.4:3333
16.1:2 16.2:22222 16.3:2222 16.4:222 16.5:2223
17.1:23 17.2:22223333 17.3:22`

var asvsRow = regexp.MustCompile(`(?m)^\| ([0-9.]+) \| ([12]) \| ([^|]+) \| (holds|open|not applicable) \| ([^|]+) \|$`)

// docs/asvs.md has every requirement of levels 1 and 2 once, in order, with a
// state and a reason, and counts them.
func TestASVS(t *testing.T) {
	var want, got []string
	for _, line := range strings.Fields(asvs) {
		section, levels, _ := strings.Cut(line, ":")
		for i, level := range levels {
			if level != '3' {
				want = append(want, fmt.Sprintf("%s.%d level %c", section, i+1, level))
			}
		}
	}
	text := document(t, "docs/asvs.md")
	states := map[string]int{}
	for _, m := range asvsRow.FindAllStringSubmatch(text, -1) {
		got = append(got, m[1]+" level "+m[2])
		states[m[4]]++
	}
	if len(want) != 253 {
		t.Errorf("there are %d requirements, want 253", len(want))
	}
	for i := range max(len(want), len(got)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("row %d: have %v, want %v", i, got[min(i, len(got)):min(i+1, len(got))], want[min(i, len(want)):min(i+1, len(want))])
		}
	}
	count := fmt.Sprintf("Today %d hold, %d are open, %d are not applicable.", states["holds"], states["open"], states["not applicable"])
	if !strings.Contains(text, count) {
		t.Errorf("docs/asvs.md does not say %q", count)
	}
}
