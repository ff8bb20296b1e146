package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Nobody is ranked by visits, findings or fines (国办发〔2024〕54号: no quotas of
// inspections or fines). These tests cannot read minds: they hold that no SQL
// sorts by a count or a sum, no Go sorts by a field that counts, no list of a
// register offers an order that is not named here, and no page speaks of ranks.

var aggregate = regexp.MustCompile(`(?i)\b(?:count|sum|avg|max|min)\s*\([^()]*\)(?:\s+AS)?\s+([a-z_]+)`)

var counting = regexp.MustCompile(`(?i)\b(?:count|sum|avg)\s*\(|\b(?:visits|inspections|findings|fines?|fined|penalt\w*|amount|total)\b`)

// ranks says what in an SQL text sorts by a count; empty: nothing.
func ranks(sql string) string {
	last := strings.LastIndex(strings.ToUpper(sql), "ORDER BY ")
	if last < 0 {
		return ""
	}
	clause := sql[last+len("ORDER BY "):]
	if at := counting.FindString(clause); at != "" {
		return at
	}
	for _, a := range aggregate.FindAllStringSubmatch(sql, -1) {
		if !strings.EqualFold(a[1], "FROM") && regexp.MustCompile(`\b`+a[1]+`\b`).MatchString(clause) {
			return a[1]
		}
	}
	if regexp.MustCompile(`(?i)\b(?:count|sum|avg)\s*\(`).MatchString(sql) && regexp.MustCompile(`(?:^|,)\s*\d+\b`).MatchString(clause) {
		return "a column by its place"
	}
	return ""
}

func TestRanksSees(t *testing.T) {
	for sql, want := range map[string]bool{
		`SELECT officer_id, count(*) FROM v GROUP BY officer_id ORDER BY count(*) DESC`:    true,
		`SELECT officer_id, count(*) AS n FROM v GROUP BY officer_id ORDER BY n DESC`:      true,
		`SELECT officer_id, sum(x) n FROM v GROUP BY officer_id ORDER BY n, officer_id`:    true,
		`SELECT officer_id, count(*) FROM v GROUP BY officer_id ORDER BY 2 DESC`:           true,
		`SELECT officer_id FROM v ORDER BY fines DESC LIMIT 5`:                             true,
		`SELECT officer_id, count(*) FROM v GROUP BY officer_id ORDER BY officer_id`:       false,
		`SELECT a FROM x UNION SELECT a FROM y ORDER BY 1`:                                 false,
		`SELECT string_agg(x, ',' ORDER BY x), count(*) FROM v GROUP BY y ORDER BY y`:      false,
		`SELECT form_id, (SELECT count(*) FROM a) FROM inspection_form f ORDER BY form_id`: false,
	} {
		if got := ranks(sql) != ""; got != want {
			t.Errorf("ranks(%s) = %q, want found %v", sql, ranks(sql), want)
		}
	}
}

// mayCount are the places that sort by a count which is nobody's score.
var mayCount = map[string]string{
	"internal/roster/training.go":    "who has no training yet comes first, the others by name",
	"internal/reckon/round.go":       "frozen lists of which a part is missing, by their name",
	"internal/round/list.go":         "reasons by how often they were given; no person, no firm",
	"internal/reckon/penalty.go":     "versions by their number; no count",
	"internal/disclosure/penalty.go": "records by the time of their publication, then by their number; no count",
	"internal/replay/standing.go":    "acts of one round by duty; no person, no firm",
}

// countFields are what a comparison must not look at.
var countFields = regexp.MustCompile(`^(?:Visits|Inspections|Findings|Problems|Fines?|Fined|Amount|Penalt\w*|Things|Used|Count|Total)$`)

// sortedBy says by which counting field a call sorts; empty: none.
func sortedBy(call *ast.CallExpr) (by string) {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !strings.HasPrefix(f.Sel.Name, "Sort") && !strings.HasPrefix(f.Sel.Name, "Slice") {
		return ""
	}
	if x, ok := f.X.(*ast.Ident); !ok || x.Name != "slices" && x.Name != "sort" {
		return ""
	}
	for _, arg := range call.Args {
		fn, ok := arg.(*ast.FuncLit)
		if !ok {
			continue
		}
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && countFields.MatchString(s.Sel.Name) {
				by = s.Sel.Name
			}
			return true
		})
	}
	return by
}

func TestSortedBySees(t *testing.T) {
	for text, want := range map[string]string{
		`slices.SortFunc(rows, func(a, b row) int { return b.Visits - a.Visits })`:                   "Visits",
		`sort.Slice(rows, func(i, j int) bool { return rows[i].Fines > rows[j].Fines })`:             "Fines",
		`slices.SortStableFunc(rows, func(a, b row) int { return strings.Compare(a.Name, b.Name) })`: "",
		`slices.DeleteFunc(rows, func(a row) bool { return a.Count == 0 })`:                          "",
	} {
		x, err := parser.ParseExpr(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := sortedBy(x.(*ast.CallExpr)); got != want {
			t.Errorf("sortedBy(%s) = %q, want %q", text, got, want)
		}
	}
}

func TestNobodyIsRanked(t *testing.T) {
	all, _ := house(t)
	for path, p := range all {
		for name, f := range p.files {
			file := path + "/" + name
			ast.Inspect(f, func(n ast.Node) bool {
				switch x := n.(type) {
				case *ast.BasicLit:
					if by := ranks(x.Value); x.Kind == token.STRING && by != "" && mayCount[file] == "" {
						t.Errorf("%s: a list is sorted by %s", file, by)
					}
				case *ast.CallExpr:
					if by := sortedBy(x); by != "" && mayCount[file] == "" {
						t.Errorf("%s: something is sorted by %s", file, by)
					}
				}
				return true
			})
		}
	}
	orders := map[string]bool{"ByID": true, "ByName": true, "ByCode": true, "ByChange": true, "ByUnit": true, "ByUntil": true, "ByCategory": true, "ByPublished": true}
	for name, f := range all["internal/register"].files {
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, s := range g.Specs {
				v := s.(*ast.ValueSpec)
				if x, ok := v.Type.(*ast.Ident); ok && x.Name == "Order" && !orders[v.Names[0].Name] {
					t.Errorf("internal/register/%s: the order %s is new: may a list be sorted so?", name, v.Names[0].Name)
				}
			}
		}
	}
}

// No page has a rank.
func TestNoPageSpeaksOfRanks(t *testing.T) {
	pages := 0
	err := filepath.WalkDir("../", func(path string, e os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".tmpl" || strings.Contains(path, "testdata") {
			return err
		}
		pages++
		raw, err := os.ReadFile(path)
		for _, m := range regexp.MustCompile(`(?s)<t[hd][ >].*?</t[hd]>|<h[1-3][ >].*?</h[1-3]>|<caption.*?</caption>`).FindAllString(string(raw), -1) {
			if word := regexp.MustCompile(`排名|名次|排行|罚款(?:数|额|金额)|检查量`).FindString(m); word != "" {
				t.Errorf("%s: %q in %s", path, word, m)
			}
		}
		return err
	})
	if err != nil || pages < 50 {
		t.Fatalf("%d pages read, %v", pages, err)
	}
}
