package opendata

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// awkward is a dataset of cells that programs like to spoil.
func awkward(bad error) Dataset {
	return Dataset{ID: "awkward", Title: "难办的", Fields: []Field{{"code", "string", "代码"}, {"text", "string", "文字"}, {"n", "integer", "数"}}, Key: []string{"code"},
		rows: func(*Service, context.Context, string) iter.Seq2[[]any, error] {
			return func(yield func([]any, error) bool) {
				for _, r := range [][]any{
					{"0012", "=1+1", 7}, {"2022-06-01", "+8613", 0}, {"91130132MA0ABCDE6T", "@SUM(A1)", -3}, {"1e5", "两行\n和\"引号\"，逗号", 1}, {"-", "\t=cmd", 2},
				} {
					if !yield(r, nil) {
						return
					}
				}
				if bad != nil {
					yield(nil, bad)
				}
			}
		}}
}

func written(t *testing.T, d Dataset, ext string) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	if err := New(Config{}).Write(t.Context(), &b, "x", d, ext); err != nil {
		t.Fatal(err)
	}
	return &b
}

// No cell of a CSV begins as a formula does; JSON Lines has every value as it
// is.
func TestCellsAreText(t *testing.T) {
	d := awkward(nil)
	raw, ok := bytes.CutPrefix(written(t, d, "csv").Bytes(), []byte("\ufeff"))
	rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil || !ok || len(rows) != 6 {
		t.Fatalf("%d rows, mark %v, %v", len(rows), ok, err)
	}
	for _, row := range rows[1:] {
		if strings.ContainsAny(row[1][:1], "=+@\t") {
			t.Errorf("a cell begins like a formula: %q", row[1])
		}
	}
	if rows[1][0] != "0012" || rows[4][1] != "两行\n和\"引号\"，逗号" {
		t.Errorf("rows = %q", rows)
	}
	lines := strings.Split(strings.TrimSpace(written(t, d, "jsonl").String()), "\n")
	var first map[string]any
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil || first["text"] != "=1+1" || first["code"] != "0012" || first["n"] != 7.0 {
		t.Errorf("first line %s: %v, %v", lines[0], first, err)
	}
	if !strings.HasPrefix(lines[0], `{"code":`) {
		t.Errorf("the members are not in the fields' order: %s", lines[0])
	}
}

// A workbook has codes, dates and would-be formulas as text, numbers as
// numbers, and the meaning of its columns on a sheet of its own.
func TestWorkbook(t *testing.T) {
	f, err := excelize.OpenReader(written(t, awkward(nil), "xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	sheet := f.GetSheetName(0)
	for cell, want := range map[string]string{"A2": "0012", "A3": "2022-06-01", "A5": "1e5", "B2": "=1+1", "B4": "@SUM(A1)"} {
		got, err := f.GetCellValue(sheet, cell)
		kind, typeErr := f.GetCellType(sheet, cell)
		formula, _ := f.GetCellFormula(sheet, cell)
		if err := errors.Join(err, typeErr); err != nil || got != want || formula != "" || kind != excelize.CellTypeInlineString && kind != excelize.CellTypeSharedString {
			t.Errorf("%s = %q, formula %q, type %v, %v; want text %q", cell, got, formula, kind, err, want)
		}
	}
	if kind, _ := f.GetCellType(sheet, "C2"); kind == excelize.CellTypeInlineString || kind == excelize.CellTypeSharedString {
		t.Error("a number is text")
	}
	if rows, err := f.GetRows("字段说明"); err != nil || len(rows) != 4 {
		t.Errorf("the dictionary has %d rows, %v", len(rows), err)
	}
}

// An error behind the rows is not swallowed: a file that is not whole must not
// look whole.
func TestBrokenRows(t *testing.T) {
	bad := errors.New("the database went away")
	for _, f := range Forms {
		if err := New(Config{}).Write(t.Context(), new(bytes.Buffer), "x", awkward(bad), f.Ext); !errors.Is(err, bad) {
			t.Errorf("Write(%s) = %v, want %v", f.Ext, err, bad)
		}
	}
	if _, err := New(Config{}).Mark(t.Context(), "x", awkward(bad)); !errors.Is(err, bad) {
		t.Errorf("Mark() = %v, want %v", err, bad)
	}
}

// Ids, fields and keys are sound, and whoever reads a description finds the
// same as whoever reads the table.
func TestDescriptions(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range Datasets {
		if seen[d.ID] || d.Title == "" || d.English == "" || d.Summary == "" || d.rows == nil {
			t.Errorf("dataset %q is told twice or not wholly", d.ID)
		}
		seen[d.ID] = true
		names := d.names()
		for i, f := range d.Fields {
			if slices.Index(names, f.Name) != i || f.Title == "" || !slices.Contains([]string{"string", "integer", "date", "datetime"}, f.Type) {
				t.Errorf("%s: field %+v", d.ID, f)
			}
		}
		for _, k := range d.Key {
			if !slices.Contains(names, k) {
				t.Errorf("%s: key %s is no field", d.ID, k)
			}
		}
	}
	raw, err := json.Marshal(map[string]any{"package": Package("https://x.test", "?authority=a", "a", "某局"), "catalog": Catalog("https://x.test", "", "某局")})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Package struct {
			Profile, Name string
			Licenses      []any
			Contributors  []struct{ Title, Role string }
			Resources     []struct {
				Name, Path, Profile string
				Schema              struct{ PrimaryKey []string }
			}
		}
		Catalog struct {
			Type string `json:"@type"`
			Sets []struct {
				ID    string `json:"@id"`
				Terms string `json:"dct:rights"`
				Given []any  `json:"dcat:distribution"`
			} `json:"dcat:dataset"`
		}
	}
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	p, c := got.Package, got.Catalog
	if p.Profile != "tabular-data-package" || p.Name != "suiji-a" || len(p.Licenses) != 1 || p.Contributors[0].Title != "某局" || len(p.Resources) != len(Datasets) {
		t.Errorf("package = %+v", p)
	}
	if c.Type != "dcat:Catalog" || len(c.Sets) != len(Datasets) || len(c.Sets[0].Given) != len(Forms) || c.Sets[0].Terms == "" || c.Sets[0].ID != "https://x.test/data/items" {
		t.Errorf("catalog = %+v", c)
	}
	for i, r := range p.Resources {
		if r.Path != "https://x.test/data/"+Datasets[i].ID+".csv?authority=a" || !slices.Equal(r.Schema.PrimaryKey, Datasets[i].Key) {
			t.Errorf("resource = %+v", r)
		}
	}
}
