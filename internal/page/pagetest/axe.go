package pagetest

import (
	"os"
	"path/filepath"
	"testing"
)

// Axe returns a script that a browser's page evaluates: it resolves to what
// axe-core finds serious or critical there, a line each, empty if nothing.
// Text is held to the contrast of AAA (7:1) with strict. scripts/deps keeps
// axe-core in the user's cache.
func Axe(t testing.TB, strict bool) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	core, err := os.ReadFile(filepath.Join(cache, "suiji", "axe-4.14.1.js"))
	if err != nil {
		t.Fatalf("axe-core is missing: %v (scripts/deps installs it)", err)
	}
	rules := `{}`
	if strict {
		rules = `{"color-contrast-enhanced": {enabled: true}}`
	}
	return string(core) + `;
axe.run(document, {resultTypes: ["violations"], rules: ` + rules + `}).then(r => r.violations
	.filter(v => v.impact === "serious" || v.impact === "critical")
	.map(v => v.id + ": " + v.nodes.map(n => n.target.join(" ") + " " + n.failureSummary.replace(/\s+/g, " ")).join("; ")).join("\n"))`
}
