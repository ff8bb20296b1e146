package backup

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// classed is a row of docs/data-classes.md.
type classed struct{ class, copied string }

// classes reads the rows; a name that ends with * stands for every table that
// begins so and has no row of its own.
func classes(t *testing.T) map[string]classed {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "data-classes.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(raw), "\n## Tables\n")
	text, _, _ = strings.Cut(text, "\n## ")
	all := map[string]classed{}
	for _, m := range regexp.MustCompile("(?m)^\\| (`[^|]+`) \\| ([^|]+) \\| [^|]{5,} \\| [^|]{5,} \\| [^|]{5,} \\| ([^|]+) \\|$").FindAllStringSubmatch(text, -1) {
		for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(m[1], -1) {
			if _, twice := all[name[1]]; twice {
				t.Errorf("%s stands there twice", name[1])
			}
			all[name[1]] = classed{m[2], m[3]}
		}
	}
	return all
}

// Every table has its class, and the copy for the public has of it what the
// page says: nothing that is secret.
func TestDataClasses(t *testing.T) {
	db := storetest.SQLite(t)
	tables, err := db.Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "suiji.db")
	if err := db.Snapshot(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	statements, err := stripping(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	begins := func(what string) bool {
		return slices.ContainsFunc(statements, func(s string) bool { return s == what || strings.HasPrefix(s, what+" ") })
	}
	rows, used := classes(t), map[string]bool{}
	tables = append(tables, store.Table{Name: "search_target"}) // on SQLite no ordinary table
	for _, x := range tables {
		names := []string{}
		if _, own := rows[x.Name]; own {
			names = append(names, x.Name)
		} else {
			for name := range rows {
				if begin, many := strings.CutSuffix(name, "*"); many && strings.HasPrefix(x.Name, begin) {
					names = append(names, name)
				}
			}
		}
		if len(names) != 1 {
			t.Errorf("docs/data-classes.md has %s in %d rows, want one: %v", x.Name, len(names), names)
			continue
		}
		used[names[0]] = true
		row, copied := rows[names[0]], "yes"
		switch {
		case begins("DELETE FROM " + x.Name):
			copied = "no"
		case begins("UPDATE " + x.Name):
			copied = "in part"
		}
		// A row that is about several tables says of those that are copied in part.
		if row.copied != copied && !(row.copied == "in part" && copied == "yes") {
			t.Errorf("%s: the page says the copy has of it %q, it has %q", x.Name, row.copied, copied)
		}
		if !slices.Contains([]string{"public", "later", "office", "personal", "secret"}, row.class) || row.class == "secret" && copied != "no" {
			t.Errorf("%s is %q and the copy has of it %q", x.Name, row.class, copied)
		}
	}
	for name := range rows {
		if !used[name] {
			t.Errorf("docs/data-classes.md lists %s, which is not there", name)
		}
	}
}
