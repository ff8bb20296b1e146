package page

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"path"
	"sort"
	"strings"
	"time"

	"suiji/internal/fresh"
)

//go:embed all:templates assets
var own embed.FS

// Config says what a Set is made of.
type Config struct {
	Name   string                    // the door: prefix of its assets' names
	Files  fs.FS                     // holds templates/<page>/<page>.tmpl, .css, .js; also _layout and _parts
	Layout string                    // layout of pages that name none: desk, portal, plain, print
	Frame  func(*http.Request) Frame // nil means an empty frame
	SignIn string                    // path of the sign-in page; empty shows an error page instead
	Now    func() time.Time          // told on printed pages; nil leaves it out
	Log    *slog.Logger              // nil means slog.Default()
	Reload bool                      // read the templates anew on each request, for work on them
	Fresh  *fresh.Cache              // keeps public answers while they are true; nil keeps none
}

// Set is the parsed pages of one door.
type Set struct {
	cfg   Config
	ready *tree
}

// tree is what the files of a Set become.
type tree struct {
	pages  map[string]*template.Template // escaped, ready to be executed
	raw    map[string]*template.Template // as written, for the type check
	assets map[string]asset              // by address
	byName map[string]string             // file name → address
}

// New parses every page of a door. It panics on a template that cannot be
// parsed: that is a programmer's mistake, found at start.
func New(cfg Config) *Set {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Frame == nil {
		cfg.Frame = func(*http.Request) Frame { return Frame{} }
	}
	t, err := load(cfg)
	if err != nil {
		panic("page: " + err.Error())
	}
	return &Set{cfg: cfg, ready: t}
}

// Names lists the pages, sorted.
func (s *Set) Names() []string {
	var names []string
	for name := range s.ready.raw {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Raw returns a page's template as it was written, before escaping; nil if
// there is none. It serves the type check of tests.
func (s *Set) Raw(name string) *template.Template { return s.ready.raw[name] }

func (s *Set) tree() (*tree, error) {
	if s.cfg.Reload {
		return load(s.cfg)
	}
	return s.ready, nil
}

func load(cfg Config) (*tree, error) {
	common := template.New("").Funcs(Funcs())
	for _, from := range []fs.FS{own, cfg.Files} {
		if err := parseShared(common, from); err != nil {
			return nil, err
		}
	}
	t := &tree{
		pages:  make(map[string]*template.Template),
		raw:    make(map[string]*template.Template),
		assets: make(map[string]asset),
		byName: make(map[string]string),
	}
	if err := t.addAssets(own, "assets", ""); err != nil {
		return nil, err
	}
	for _, from := range []fs.FS{own, cfg.Files} {
		if err := t.addPages(common, from, cfg); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// parseShared adds the layouts and parts of a file tree, each under its file's
// name without the suffix.
func parseShared(common *template.Template, from fs.FS) error {
	files, err := fs.Glob(from, "templates/_*/*.tmpl")
	if err != nil {
		return err
	}
	for _, f := range files {
		text, err := fs.ReadFile(from, f)
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(path.Base(f), ".tmpl")
		if _, err := common.New(name).Parse(string(text)); err != nil {
			return fmt.Errorf("%s: %w", f, err)
		}
	}
	return nil
}

// addPages parses each folder of templates that is not shared.
func (t *tree) addPages(common *template.Template, from fs.FS, cfg Config) error {
	folders, err := fs.Glob(from, "templates/[a-z]*")
	if err != nil {
		return err
	}
	for _, folder := range folders {
		name := path.Base(folder)
		text, err := fs.ReadFile(from, folder+"/"+name+".tmpl")
		if err != nil {
			return err
		}
		if err := t.addPage(common, name, string(text), cfg.Layout); err != nil {
			return fmt.Errorf("%s: %w", folder, err)
		}
		if err := t.addAssets(from, folder, cfg.Name+"-"); err != nil {
			return err
		}
	}
	return nil
}

// addPage parses one page over a copy of the shared templates. A page whose
// file only defines blocks gets the layout; one that calls a layout itself
// keeps it.
func (t *tree) addPage(common *template.Template, name, text, layout string) error {
	page, err := common.Clone()
	if err != nil {
		return err
	}
	page, err = page.New("page").Parse(text)
	if err != nil {
		return err
	}
	if page.Tree == nil || strings.TrimSpace(page.Tree.Root.String()) == "" {
		if page, err = page.New("page").Parse(`{{template "` + layout + `" .}}`); err != nil {
			return err
		}
	}
	if t.raw[name], err = page.Clone(); err != nil {
		return err
	}
	// Escaping happens at the first execution. Without data that stops at once,
	// but a template that cannot be escaped is found now.
	var bad *template.Error
	if err := page.Execute(io.Discard, nil); errors.As(err, &bad) {
		return err
	}
	t.pages[name] = page
	return nil
}
