package arch

import (
	"fmt"
	"go/ast"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

func document(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// ARCHITECTURE.md shows the floor table.
func TestArchitectureShowsTheFloors(t *testing.T) {
	_, rest, _ := strings.Cut(document(t, "ARCHITECTURE.md"), "```floors\n")
	got, _, _ := strings.Cut(rest, "```")
	want := ""
	for i, f := range slices.Backward(floors) {
		want += fmt.Sprintf("%2d  %s\n", i+1, strings.Join(f, "  "))
	}
	if got != want {
		t.Errorf("ARCHITECTURE.md shows\n%s\nwant\n%s", got, want)
	}
}

var identifier = regexp.MustCompile("`([a-z]+)\\.([A-Z][A-Za-z0-9.]*)`")

var goFile = regexp.MustCompile("`([a-z0-9_/-]+\\.go)`")

// Every identifier and every file that the glossary and the architecture name
// exists.
func TestNamesInDocuments(t *testing.T) {
	all, _ := house(t)
	names, files := map[string]bool{}, map[string]bool{}
	for path, p := range all {
		for name, f := range p.files {
			files[name], files[path+"/"+name] = true, true
			for _, d := range f.Decls {
				for _, n := range declared(d) {
					names[filepath.Base(path)+"."+n] = true
				}
			}
		}
	}
	for _, doc := range []string{"GLOSSARY.md", "ARCHITECTURE.md"} {
		found := 0
		for i, line := range strings.Split(document(t, doc), "\n") {
			for _, m := range identifier.FindAllStringSubmatch(line, -1) {
				found++
				if name := m[1] + "." + m[2]; !names[name] {
					t.Errorf("%s:%d: there is no %s", doc, i+1, name)
				}
			}
			for _, m := range goFile.FindAllStringSubmatch(line, -1) {
				found++
				if !files[m[1]] && !strings.HasSuffix(m[1], "_test.go") {
					t.Errorf("%s:%d: there is no file %s", doc, i+1, m[1])
				}
			}
		}
		if found < 50 {
			t.Errorf("%s names %d identifiers and files, want at least 50", doc, found)
		}
	}
}

// declared returns the names of a declaration: also Type.Method and
// Type.Field.
func declared(d ast.Decl) (names []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return []string{d.Name.Name}
		}
		return []string{typeName(d.Recv.List[0].Type) + "." + d.Name.Name}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.ValueSpec:
				for _, n := range s.Names {
					names = append(names, n.Name)
				}
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
				names = append(names, fields(s)...)
			}
		}
	}
	return names
}

func fields(s *ast.TypeSpec) (names []string) {
	st, ok := s.Type.(*ast.StructType)
	if !ok {
		return nil
	}
	for _, f := range st.Fields.List {
		for _, n := range f.Names {
			names = append(names, s.Name.Name+"."+n.Name)
		}
	}
	return names
}

func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return typeName(e.X)
	case *ast.IndexExpr:
		return typeName(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

var (
	link  = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	fence = regexp.MustCompile("(?s)```.*?```")
)

// No document has a dead link.
func TestLinks(t *testing.T) {
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".md" {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range link.FindAllStringSubmatch(fence.ReplaceAllString(string(b), ""), -1) {
			to, _, _ := strings.Cut(m[1], "#")
			if to == "" || strings.Contains(to, "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), to)); err != nil {
				t.Errorf("%s links to %s, which is not there", path, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
