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
	"sync"
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
	common *template.Template // layouts and parts
	pages  map[string]*source
	assets map[string]asset  // by address
	byName map[string]string // file name → address
}

// source is a page's file and, once somebody has asked for the page, what it
// became: each page is a copy of all that it shares with the others, and of
// hundreds a day needs few.
type source struct {
	text   string
	layout string
	once   sync.Once
	page   *template.Template
	err    error
}

// New reads every page of a door; a page is parsed when it is asked for first. It
// panics on a part that cannot be parsed, and its test on a page (pagetest.Check):
// that is a programmer's mistake.
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
	for name := range s.ready.pages {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Raw returns a page's template as it was written, before escaping; it panics if
// it cannot be parsed or escaped. It serves the type check of tests.
func (s *Set) Raw(name string) *template.Template {
	_, err := s.ready.page(name)
	if err != nil {
		panic("page: " + err.Error())
	}
	src := s.ready.pages[name]
	raw, err := s.ready.parse(src.text, src.layout)
	if err != nil {
		panic("page: " + name + ": " + err.Error())
	}
	return raw
}

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
		common: common,
		pages:  make(map[string]*source),
		assets: make(map[string]asset),
		byName: make(map[string]string),
	}
	if err := t.addAssets(own, "assets", ""); err != nil {
		return nil, err
	}
	for _, from := range []fs.FS{own, cfg.Files} {
		if err := t.addPages(from, cfg); err != nil {
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

// addPages reads each folder of templates that is not shared.
func (t *tree) addPages(from fs.FS, cfg Config) error {
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
		t.pages[name] = &source{text: string(text), layout: cfg.Layout}
		if err := t.addAssets(from, folder, cfg.Name+"-"); err != nil {
			return err
		}
	}
	return nil
}

// page returns a page, escaped and ready to be executed.
func (t *tree) page(name string) (*template.Template, error) {
	src := t.pages[name]
	if src == nil {
		return nil, fmt.Errorf("no template %s", name)
	}
	src.once.Do(func() {
		if src.page, src.err = t.parse(src.text, src.layout); src.err != nil {
			return
		}
		// Escaping happens at the first execution. Without data that stops at once,
		// but a template that cannot be escaped is found now.
		var bad *template.Error
		if err := src.page.Execute(io.Discard, nil); errors.As(err, &bad) {
			src.err = err
		}
	})
	if src.err != nil {
		return nil, fmt.Errorf("template %s: %w", name, src.err)
	}
	return src.page, nil
}

// parse parses one page over a copy of the shared templates. A page whose
// file only defines blocks gets the layout; one that calls a layout itself
// keeps it.
func (t *tree) parse(text, layout string) (*template.Template, error) {
	page, err := t.common.Clone()
	if err != nil {
		return nil, err
	}
	page, err = page.New("page").Parse(text)
	if err == nil && (page.Tree == nil || strings.TrimSpace(page.Tree.Root.String()) == "") {
		page, err = page.New("page").Parse(`{{template "` + layout + `" .}}`)
	}
	return page, err
}
