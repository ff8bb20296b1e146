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

// Public serves a page that is the same for everybody: cached for a minute,
// with an entity tag, and with a twin if the page is one. Such a page holds no
// form that is posted.
func (s *Set) Public(name string, show Show) http.Handler {
	s.mustHave(name)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mark(r)
		p, err := show(r)
		if err != nil {
			s.fault(w, r, err)
			return
		}
		twin, ok := p.(Twin)
		if isTwin(r) {
			s.writeTwin(w, r, twin)
			return
		}
		if ok {
			p.base().Twin = twinPath(r)
		}
		body, err := s.render(withoutID(r), name, p)
		if err != nil {
			s.fault(w, r, err)
			return
		}
		cached(w, r, "text/html; charset=utf-8", body, p.base().status())
	})
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

func (s *Set) writeTwin(w http.ResponseWriter, r *http.Request, p Twin) {
	if p == nil {
		s.fault(w, r, errs.E(errs.NotFound, "这一页没有 JSON 格式"))
		return
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(p.JSON()); err != nil {
		s.fault(w, r, err)
		return
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	cached(w, r, "application/json; charset=utf-8", buf.Bytes(), p.base().status())
}

// cached writes bytes that everybody may keep for a minute, or says that those
// kept are still good (RFC 9110, 13.1.2).
func cached(w http.ResponseWriter, r *http.Request, kind string, body []byte, status int) {
	sum := sha256.Sum256(body)
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "public, max-age=60")
	h.Set("ETag", tag)
	if status == http.StatusOK && Matches(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body)
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
