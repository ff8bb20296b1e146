package portal

import (
	_ "embed"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"strings"

	"suiji/internal/page"
)

// sizeCookie remembers that somebody wants large type. It says nothing else and
// is the same for everybody who does.
const sizeCookie, secureSize = "size", "__Host-size"

// usual is how the two links stand; one is hidden.
const usual = ".sizes { margin-left: 24px; white-space: nowrap; }\n.size-usual { display: none; }\n@media (max-width: 720px) { .sizes { margin: 8px 0 0; } }\n"

//go:embed large.css
var large string

// sizes lead from a page to the same in large type (大字版), and back. Each page
// has both, so that it is the same for everybody and can be kept by any
// cache; the style sheet at /size.css says which of them is seen.
func sizes(r *http.Request) template.HTML {
	at := url.QueryEscape(r.URL.RequestURI()) // which leaves nothing that HTML would read
	return template.HTML(`<a class="size-large" href="/size?type=large&amp;back=` + at + `" rel="nofollow">大字版</a>` +
		`<a class="size-usual" href="/size?type=usual&amp;back=` + at + `" rel="nofollow">标准字号</a>`)
}

// setSize remembers the size in the visitor's browser, changes nothing here, and
// goes back to the page.
func (s *Server) setSize(w http.ResponseWriter, r *http.Request) {
	c := http.Cookie{Name: sizeCookie, Value: "large", Path: "/", MaxAge: 365 * 24 * 60 * 60, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if c.Secure = strings.HasPrefix(s.BaseURL, "https://"); c.Secure {
		c.Name = secureSize
	}
	if r.URL.Query().Get("type") != "large" {
		c.Value, c.MaxAge = "", -1
	}
	http.SetCookie(w, &c)
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, page.LocalPath(r.URL.Query().Get("back"), "/"), http.StatusSeeOther)
}

// sizeStyles is the style sheet of large type for whoever wants it; for
// everybody else it only hides the way back.
func sizeStyles(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/css; charset=utf-8")
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Cookie")
	sheet := usual
	for _, name := range []string{sizeCookie, secureSize} {
		if c, err := r.Cookie(name); err == nil && c.Value == "large" {
			sheet = usual + large
		}
	}
	io.WriteString(w, sheet) // who goes away before it is read misses nothing
}
