package verify_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"suiji/bundle/bundletest"
	"suiji/draw"
)

// byHand returns the commands of docs/by-hand.md and what it says that they
// print.
func byHand(t *testing.T) (commands, prints string) {
	t.Helper()
	raw, err := os.ReadFile("../docs/by-hand.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range regexp.MustCompile(`(?m)^    (.*)$`).FindAllStringSubmatch(string(raw), -1) {
		if !printed.MatchString(line[0]) {
			commands += line[1] + "\n"
		}
	}
	for _, p := range printed.FindAllStringSubmatch(string(raw), -1) {
		prints += p[1] + p[2] + "\n"
	}
	return commands, prints
}

// printed is what commands print: a hash, or a firm behind its rank.
var printed = regexp.MustCompile("(?m)(?:^    |`)([0-9a-f]{64})\\b|^    (\\d+ \\w+ \\w+)$")

func shell(t *testing.T, dir, commands string) string {
	t.Helper()
	c := exec.Command("sh", "-c", commands)
	c.Dir = dir
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

// TestByHand pastes the commands of docs/by-hand.md: they print what it says,
// and in a bundle of either hash what the bundle's result says.
func TestByHand(t *testing.T) {
	commands, prints := byHand(t)
	if got := shell(t, "..", commands); got != prints || strings.Count(prints, "\n") < 10 {
		t.Errorf("the worked case prints\n%s\nwant\n%s", got, prints)
	}
	_, commands, _ = strings.Cut(commands, "\n") // without cd
	hashes := map[string]bool{}
	for _, d := range bundletest.Draws(t) {
		files := bundletest.Files(t, d.Whole(t))
		var m draw.Manifest
		var r draw.TargetsResult
		if err := json.Unmarshal(files["manifest.json"], &m); err != nil {
			t.Fatal(err)
		}
		if m.Scheme != draw.TargetsScheme {
			continue
		}
		if err := json.Unmarshal(files["result.json"], &r); err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		for name, raw := range files {
			if err := os.WriteFile(filepath.Join(dir, name), raw, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got := shell(t, dir, strings.ReplaceAll(commands, "-sha256", "-"+string(m.Hash))+"grep -o $DIGEST ledger.json\n")
		want := []string{fmt.Sprint(r.Seed), m.Hash.Hex(files["manifest.json"])}
		for _, s := range m.Seed {
			if s.Kind == draw.Committed {
				want = append(want, s.Commitment)
			}
		}
		for _, s := range r.Strata {
			for i, firm := range append(s.Drawn, s.Reserves...) {
				want = append(want, fmt.Sprint(i+1, " ", s.Name, " ", firm))
			}
		}
		for _, line := range want {
			if !strings.Contains("\n"+got, "\n"+line+"\n") {
				t.Errorf("%s: no line %q in\n%s", d.Name, line, got)
			}
		}
		if strings.Count(got, want[1]) != 2 {
			t.Errorf("%s: the manifest's digest is not found in the ledger's entries:\n%s", d.Name, got)
		}
		hashes[string(m.Hash)] = true
	}
	if len(hashes) != 2 {
		t.Errorf("bundles with hashes %v, want both", hashes)
	}
}
