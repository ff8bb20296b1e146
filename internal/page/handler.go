package page

import (
	"bytes"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"suiji/internal/errs"
)

// formMemory is how much of an upload is held in memory; the rest waits in a
// temporary file.
const formMemory = 8 << 20

// Get serves a page to one person: it is never cached.
func (s *Set) Get(name string, show Show) http.Handler {
	s.mustHave(name)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mark(r)
		p, err := show(r)
		if err != nil {
			s.fault(w, r, err)
			return
		}
		s.write(w, r, name, p)
	})
}

// Post carries out an act and leads on with 303. If a rule refuses it, the
// page is shown again with what was typed and what has to be mended.
func (s *Set) Post(name string, show Show, act Act) http.Handler {
	s.mustHave(name)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mark(r)
		next, err := "", parseForm(r)
		if err == nil {
			next, err = act(r)
		}
		if err == nil {
			http.Redirect(w, r, next, http.StatusSeeOther)
			return
		}
		switch errs.KindOf(err) {
		case errs.Invalid, errs.Conflict, errs.Unknown, errs.Full, errs.Away:
			s.refuse(w, r, name, show, err)
		case errs.Prove:
			s.prove(w, r, err)
		default:
			s.fault(w, r, err)
		}
	})
}

// refuse shows the form again.
func (s *Set) refuse(w http.ResponseWriter, r *http.Request, name string, show Show, refusal error) {
	Suspect(r.Context(), refusal)
	p, err := show(r)
	if err != nil {
		s.fault(w, r, err)
		return
	}
	b := p.base()
	b.Typed = r.PostForm
	b.Problems = errs.Problems(refusal)
	b.Status = Status(refusal)
	if errs.KindOf(refusal).Ours() {
		b.held = r.PostFormValue("key")
		s.cfg.Log.ErrorContext(r.Context(), "request went wrong", "request", RequestID(r.Context()), "error", refusal)
	}
	s.write(w, r, name, p)
}

// parseForm reads the form, so that what was typed is at hand whatever happens
// later.
func parseForm(r *http.Request) error {
	err := r.ParseForm()
	if err == nil {
		err = r.ParseMultipartForm(formMemory)
	}
	if err == nil || errors.Is(err, http.ErrNotMultipart) {
		return nil
	}
	if r.PostForm == nil {
		r.PostForm = url.Values{}
	}
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		sentence := "提交的内容超过 " + size(big.Limit) + "，没有保存。请缩小文件后再提交"
		return errs.Because(errs.Invalid, sentence, err)
	}
	return errs.Because(errs.Invalid, "提交的内容没有完整收到，没有保存。请再提交一次", err)
}

func size(bytes int64) string {
	if bytes >= 1<<20 {
		return strconv.FormatInt(bytes>>20, 10) + " MB"
	}
	return strconv.FormatInt((bytes+1023)>>10, 10) + " KB"
}

// write renders p for one person.
func (s *Set) write(w http.ResponseWriter, r *http.Request, name string, p Page) {
	if s.cfg.Now != nil {
		p.base().Made = s.cfg.Now()
	}
	body, err := s.render(r, name, p)
	if err != nil {
		s.fault(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.base().status())
	w.Write(body)
}

func (b *Base) status() int {
	if b.Status == 0 {
		return http.StatusOK
	}
	return b.Status
}

// render executes a page's template into memory: half a page never leaves.
func (s *Set) render(r *http.Request, name string, p Page) ([]byte, error) {
	t, err := s.tree()
	if err != nil {
		return nil, err
	}
	b := p.base()
	b.Frame = s.cfg.Frame(r)
	b.Nav = current(b.Nav, b.Home, r.URL.Path, b.Trail)
	b.Number = RequestID(r.Context())
	b.Path = r.URL.Path
	t.dress(b, s.cfg.Name+"-"+name)
	buf := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buf)
	buf.Reset()
	page, err := t.page(name)
	if err != nil {
		return nil, err
	}
	if err := page.Execute(buf, p); err != nil {
		return nil, err
	}
	return bytes.Clone(buf.Bytes()), nil
}

// Part executes one block of a page's template, for a portal that keeps it
// longer than the page around it.
func (s *Set) Part(name, block string, p Page) (template.HTML, error) {
	t, err := s.tree()
	if err != nil {
		return "", err
	}
	page, err := t.page(name)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = page.ExecuteTemplate(&b, block, p)
	return template.HTML(b.String()), err
}

// buffers are grown already to a page's size.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// current marks the link that leads nearest to path, in a copy. A page that only
// the home leads to belongs where the innermost page above it does.
func current(nav []Link, home, path string, trail []Link) []Link {
	at := nearest(nav, path)
	for n := len(trail) - 1; n >= 0 && path != home && at >= 0 && nav[at].Href == home; n-- {
		if above := nearest(nav, trail[n].Href); above >= 0 {
			at = above
		}
	}
	marked := append([]Link(nil), nav...)
	for i := range marked {
		marked[i].Current = i == at
	}
	return marked
}

// nearest is the place of the link with the longest part of path; -1: none.
func nearest(nav []Link, path string) int {
	best, at := 0, -1
	for i, l := range nav {
		if len(l.Href) > best && (path == l.Href || strings.HasPrefix(path, strings.TrimSuffix(l.Href, "/")+"/")) {
			best, at = len(l.Href), i
		}
	}
	return at
}

func (s *Set) mustHave(name string) {
	if s.ready.pages[name] == nil {
		panic("page: no template " + name + " in " + s.cfg.Name)
	}
}
