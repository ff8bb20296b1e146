package page

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"suiji/internal/errs"
	"suiji/internal/fresh"
)

// A Twin is a page that can also be had as JSON, under the same address with
// ".json" behind it.
type Twin interface {
	Page
	// JSON returns what encoding/json shall write.
	JSON() any
}

type twinKey struct{}

// Twins lets addresses that end in ".json" reach the page of the same address
// without it, which then answers as JSON; "/index.json" is the front page. An
// address that the mux itself knows with ".json" is left alone.
func Twins(mux *http.ServeMux) http.Handler { return twins{mux} }

type twins struct{ mux *http.ServeMux }

// ServeHTTP answers a request.
func (t twins) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, ok := strings.CutSuffix(r.URL.Path, ".json")
	if !ok || r.Method != http.MethodGet && r.Method != http.MethodHead {
		t.mux.ServeHTTP(w, r)
		return
	}
	if _, pattern := t.mux.Handler(r); strings.HasSuffix(pattern, ".json") {
		t.mux.ServeHTTP(w, r)
		return
	}
	if path == "/index" {
		path = "/"
	}
	r2 := r.WithContext(context.WithValue(r.Context(), twinKey{}, true))
	u := *r.URL
	u.Path, u.RawPath = path, ""
	r2.URL = &u
	t.mux.ServeHTTP(w, r2)
}

func isTwin(r *http.Request) bool { return r.Context().Value(twinKey{}) != nil }

// AsJSON reports whether a page is asked for as JSON: what only the page shows
// need not be read then.
func AsJSON(r *http.Request) bool { return isTwin(r) }

// Public serves a page that is the same for everybody: cached for a minute,
// with an entity tag, and with a twin if the page is one. Such a page holds no
// form that is posted. Its answer is kept while it is true (Config.Fresh).
func (s *Set) Public(name string, show Show) http.Handler {
	s.mustHave(name)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mark(r)
		r = r.WithContext(s.cfg.Fresh.Begin(r.Context()))
		a, err := fresh.Read(r.Context(), s.cfg.Fresh, s.answerKey(r), (*answer).size, func() (*answer, error) { return s.answer(r, name, show) })
		if err != nil {
			s.fault(w, r, err)
			return
		}
		a.send(w, r)
	})
}

// answerKey names the answer to a request: for a twin, r has the page's path.
func (s *Set) answerKey(r *http.Request) string {
	form := " html "
	if isTwin(r) {
		form = " json "
	}
	return s.cfg.Name + form + r.URL.RequestURI()
}

// answer makes the page, or its twin, that a request asks for.
func (s *Set) answer(r *http.Request, name string, show Show) (*answer, error) {
	p, err := show(r)
	if err != nil {
		return nil, err
	}
	twin, ok := p.(Twin)
	if isTwin(r) {
		if !ok {
			return nil, errs.E(errs.NotFound, "这一页没有 JSON 格式")
		}
		return twinAnswer(twin)
	}
	if ok {
		p.base().Twin = twinPath(r)
	}
	body, err := s.render(withoutID(r), name, p)
	return newAnswer("text/html; charset=utf-8", body, p.base().status()), err
}

// twinPath is the address of a page's twin.
func twinPath(r *http.Request) string {
	u := *r.URL
	if u.Path == "/" {
		u.Path = "/index"
	}
	u.Path, u.RawPath = strings.TrimSuffix(u.Path, "/")+".json", ""
	return u.RequestURI()
}

func twinAnswer(p Twin) (*answer, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(p.JSON())
	a := newAnswer("application/json; charset=utf-8", buf.Bytes(), p.base().status())
	a.anywhere = true
	return a, err
}

// An answer is the same for everybody.
type answer struct {
	kind     string
	body     []byte
	tag      string // entity tag
	status   int
	anywhere bool // readable from other sites
}

// size is what the answer takes in memory; one that is not right is not kept.
func (a *answer) size() int {
	if a.status != http.StatusOK {
		return fresh.Never
	}
	return len(a.body) + len(a.tag)
}

func newAnswer(kind string, body []byte, status int) *answer {
	sum := sha256.Sum256(body)
	return &answer{kind: kind, body: body, tag: `"` + hex.EncodeToString(sum[:16]) + `"`, status: status}
}

// send writes bytes that everybody may keep for a minute, or says that those
// kept are still good (RFC 9110, 13.1.2).
func (a *answer) send(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	if a.anywhere {
		h.Set("Access-Control-Allow-Origin", "*")
	}
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "public, max-age=60")
	h.Set("ETag", a.tag)
	if a.status == http.StatusOK && Matches(r.Header.Get("If-None-Match"), a.tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	w.Write(a.body)
}

// Matches compares tags weakly, as If-None-Match asks.
func Matches(header, tag string) bool {
	if strings.TrimSpace(header) == "*" {
		return true
	}
	for t := range strings.SplitSeq(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(t), "W/") == tag {
			return true
		}
	}
	return false
}

// problemJSON answers a twin's error (RFC 9457).
func problemJSON(w http.ResponseWriter, r *http.Request, err error) {
	p := newFault(errs.KindOf(err), err)
	body, jerr := json.Marshal(map[string]any{
		"type": "about:blank", "title": p.Heading, "status": p.Status, "detail": p.Happened,
		"instance": "/requests/" + RequestID(r.Context()),
	})
	if jerr != nil {
		http.Error(w, p.Heading, p.Status)
		return
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	w.Write(body)
}
