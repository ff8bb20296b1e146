package portal

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"suiji/internal/plan"
)

// Who chooses large type gets another style sheet and the same pages; the cookie
// is one word, the same for everybody, and the way back removes it.
func TestSize(t *testing.T) {
	s := filled(t, plan.AtOnce)
	ask := func(path, cookie string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		if cookie != "" {
			r.Header.Set("Cookie", cookie)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	for _, c := range []struct{ path, location, cookie string }{
		{"/size?type=large&back=%2Fresults%3Fyear%3D2022", "/results?year=2022", "__Host-size=large; Path=/; Max-Age=31536000; HttpOnly; Secure; SameSite=Lax"},
		{"/size?type=usual&back=%2Fhelp", "/help", "__Host-size=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"},
		{"/size?type=x", "/", "__Host-size=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"},
		{"/size?type=large&back=https%3A%2F%2Fexample.com%2F", "/", "__Host-size=large; Path=/; Max-Age=31536000; HttpOnly; Secure; SameSite=Lax"},
		{"/size?type=large&back=%2F%2Fexample.com", "/", "__Host-size=large; Path=/; Max-Age=31536000; HttpOnly; Secure; SameSite=Lax"},
	} {
		w := ask(c.path, "")
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != c.location || w.Header().Get("Set-Cookie") != c.cookie {
			t.Errorf("%s = %d to %q with %q, want 303 to %q with %q", c.path, w.Code, w.Header().Get("Location"), w.Header().Get("Set-Cookie"), c.location, c.cookie)
		}
	}
	w := httptest.NewRecorder()
	(&Server{Config: Config{BaseURL: "http://127.0.0.1:8080"}}).setSize(w, httptest.NewRequest(http.MethodGet, "/size?type=large", nil))
	if got := w.Header().Get("Set-Cookie"); strings.Contains(got, "Secure") {
		t.Errorf("without HTTPS: %q, a browser would not send it back", got)
	}
	usual, large := ask("/size.css", ""), ask("/size.css", "__Host-size=large")
	if strings.Contains(usual.Body.String(), "font-size: 20px") || !strings.Contains(large.Body.String(), "font-size: 20px") || large.Header().Get("Vary") != "Cookie" || strings.Contains(large.Header().Get("Cache-Control"), "public") {
		t.Errorf("style sheets: %q, %q, %v", usual.Body, large.Body, large.Header())
	}
	a, b := ask("/help", ""), ask("/help", "__Host-size=large; "+strings.Repeat("x", 40)+"=1")
	if a.Body.String() != b.Body.String() || a.Header().Get("ETag") == "" || a.Header().Get("ETag") != b.Header().Get("ETag") {
		t.Error("a page is another for who wants large type")
	}
}
