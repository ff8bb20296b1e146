package arch

import (
	"go/ast"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// uses calls fn with each name of an outside package that a file speaks of:
// path is the package's, name what stands behind the dot.
func uses(f *ast.File, fn func(path, name string, at ast.Node)) {
	paths := map[string]string{}
	for _, i := range f.Imports {
		path := strings.Trim(i.Path.Value, `"`)
		name := path[strings.LastIndex(path, "/")+1:]
		if i.Name != nil {
			name = i.Name.Name
		}
		paths[name] = path
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && paths[x.Name] != "" {
				fn(paths[x.Name], s.Sel.Name, n)
			}
		}
		return true
	})
}

// outgoing are the only files from which the program reaches out, each with
// what bounds it. Another one is entered here with a list of its own, or not
// at all.
var outgoing = map[string]string{
	"cmd/suiji/witness.go":         "the addresses of the file of witnesses (TestOnlyTo)",
	"cmd/suiji/beacon.go":          "SUIJI_DRAND",
	"cmd/suiji/ledger.go":          "a mirror: whoever keeps it names the one ledger",
	"internal/beacon/beacon.go":    "SUIJI_DRAND (TestNewRefuses)",
	"internal/federation/reach.go": "SUIJI_OUTGOING (TestNothingUnlistedIsReached)",
	"internal/notice/outgoing.go":  "SUIJI_OUTGOING (TestNothingLeavesUnlisted)",
	"internal/scribe/scribe.go":    "is given the client of cmd/suiji/witness.go",
	"internal/store/engine.go":     "SUIJI_DATABASE",
	"internal/store/write.go":      "an SQLite file of its own making",
	"internal/store/copy.go":       "an SQLite file, read alone or stripped",
}

var reachesOut = regexp.MustCompile(`^(net\.(Dial|Lookup|Resolver)|net/http\.(Client|Get|Head|Post|PostForm|DefaultClient|DefaultTransport|Transport)$|crypto/tls\.(Dial|Client$)|net/smtp\.|database/sql\.Open|github\.com/wneessen/go-mail\.NewClient|net/rpc\.)`)

// Nothing leaves the house but from a few files, each with its own list of
// where to; and no client follows a redirection.
func TestOutgoing(t *testing.T) {
	all, _ := house(t)
	seen := map[string]bool{}
	for path, p := range all {
		for name, f := range p.files {
			file := path + "/" + name
			uses(f, func(from, what string, _ ast.Node) {
				if !reachesOut.MatchString(from + "." + what) {
					return
				}
				seen[file] = true
				if outgoing[file] == "" && !forTests(path) {
					t.Errorf("%s uses %s.%s: nothing reaches out but from the files in this test", file, from, what)
				}
			})
			clients(f, func(fields []string) {
				if !slices.Contains(fields, "CheckRedirect") {
					t.Errorf("%s makes a client that follows redirections", file)
				}
			})
		}
	}
	for file := range outgoing {
		if !seen[file] {
			t.Errorf("%s reaches nowhere any more", file)
		}
	}
}

// clients calls fn with the fields of each http.Client that a file makes.
func clients(f *ast.File, fn func(fields []string)) {
	ast.Inspect(f, func(n ast.Node) bool {
		c, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		if s, ok := c.Type.(*ast.SelectorExpr); !ok || s.Sel.Name != "Client" || s.X.(*ast.Ident).Name != "http" {
			return true
		}
		var fields []string
		for _, e := range c.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				fields = append(fields, kv.Key.(*ast.Ident).Name)
			}
		}
		fn(fields)
		return true
	})
}

// One program is started, this one, by the airlock.
func TestCommands(t *testing.T) {
	all, _ := house(t)
	for path, p := range all {
		if slices.Contains(p.imports, "os/exec") && path != "internal/airlock" && !forTests(path) {
			t.Errorf("%s starts programs", path)
		}
	}
}

// parsers are packages that read formats made for more than their content,
// and the rooms that may hold them to files from outside.
var parsers = map[string]map[string]string{
	"archive/zip": {
		"internal/office": "in the child", "internal/keep": "names and sizes, bounded", "internal/backup": "the administrator's own file",
		"internal/papers": "writes", "internal/archive": "writes", "internal/exchange": "writes", "bundle": "one possible form, checked byte by byte", "monitor": "likewise",
	},
	"github.com/xuri/excelize/v2": {"internal/office": "in the child", "internal/intake": "names of cells alone"},
	"image/jpeg":                  {"internal/visit": "after its size was looked at", "internal/keep": "sizes alone"},
	"image/png":                   {"internal/report": "writes", "internal/visit": "after its size was looked at", "internal/keep": "sizes alone", "internal/papers": "pictures of our own"},
	"encoding/gob":                {},
}

// Tables from outside are opened by the airlock's child, and nowhere else.
func TestFilesFromOutside(t *testing.T) {
	all, _ := house(t)
	for path, p := range all {
		if forTests(path) {
			continue
		}
		for from, rooms := range parsers {
			if slices.Contains(p.imports, from) && rooms[path] == "" {
				t.Errorf("%s imports %s", path, from)
			}
		}
		for name, f := range p.files {
			uses(f, func(from, what string, _ ast.Node) {
				if from == module+"internal/office" && what == "Open" && path != "internal/airlock" {
					t.Errorf("%s/%s opens a table outside the airlock", path, name)
				}
			})
		}
	}
}

// weak are packages that nobody needs who needs a secret, and where chance is
// only an example or an experiment.
var weak = map[string][]string{
	"crypto/md5": nil, "crypto/sha1": {"internal/breach"}, // lists of breached passwords are made of it
	"crypto/des": nil, "crypto/rc4": nil, "math/rand": nil,
	"math/rand/v2": {"internal/sample", "internal/stats"},
}

// Nobody switches the check of certificates off; store.Wire asks whether
// somebody has.
func TestWeakCryptography(t *testing.T) {
	all, _ := house(t)
	for path, p := range all {
		if forTests(path) {
			continue
		}
		for from, rooms := range weak {
			if slices.Contains(p.imports, from) && !slices.Contains(rooms, path) {
				t.Errorf("%s imports %s", path, from)
			}
		}
		for name, f := range p.files {
			ast.Inspect(f, func(n ast.Node) bool {
				if i, ok := n.(*ast.Ident); ok && i.Name == "InsecureSkipVerify" && path+"/"+name != "internal/store/wire.go" {
					t.Errorf("%s/%s speaks of InsecureSkipVerify", path, name)
				}
				return true
			})
		}
	}
}
