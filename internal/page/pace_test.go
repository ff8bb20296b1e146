package page_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"suiji/internal/page"
)

// What is dear is answered so many times a minute; what is cheap, and others,
// go on. The refusal says what to do, and in how many seconds.
func TestPaced(t *testing.T) {
	now := time.Date(2022, 6, 6, 4, 0, 0, 0, time.UTC)
	var said strings.Builder
	served := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "served") })
	make := func(perMinute int) http.Handler {
		return page.Chain(served, page.Behind("10.0.0.1"), page.Paced(perMinute, func() time.Time { return now }, slog.New(slog.NewTextHandler(&said, nil))))
	}
	ask := func(h http.Handler, from, method, path, forwarded string) *httptest.ResponseRecorder {
		r, w := httptest.NewRequest(method, path, nil), httptest.NewRecorder()
		r.RemoteAddr = from + ":99"
		if forwarded != "" {
			r.Header.Set("X-Forwarded-For", forwarded)
		}
		h.ServeHTTP(w, r)
		return w
	}
	dear := []struct{ method, path string }{{"GET", "/search?q=%E5%8E%82"}, {"GET", "/search.json?q=a"}, {"HEAD", "/results?q=a"}, {"GET", "/data/results.csv"}, {"GET", "/rounds/1/bundle.zip"},
		{"GET", "/c/ABCD"}, {"GET", "/c?code=1"}, {"POST", "/c/ABCD/rectify"}, {"POST", "/witness/x"}, {"GET", "/api/v1/datasets/results.csv"}}
	for _, d := range dear {
		h := make(3)
		for n := range 3 {
			if w := ask(h, "192.0.2.9", d.method, d.path, ""); w.Code != 200 {
				t.Fatalf("%s %s: request %d = %d", d.method, d.path, n, w.Code)
			}
		}
		w := ask(h, "192.0.2.9", d.method, d.path, fmt.Sprint("198.51.100.", len(d.path))) // what it says of itself does not help
		wait, err := strconv.Atoi(w.Header().Get("Retry-After"))
		if w.Code != http.StatusTooManyRequests || err != nil || wait < 1 || wait > 21 {
			t.Errorf("%s %s: the fourth = %d, Retry-After %q", d.method, d.path, w.Code, w.Header().Get("Retry-After"))
		}
		want := []string{"lang=\"en\"", fmt.Sprintf("请 %d 秒以后再试", wait), fmt.Sprintf("again in %d seconds", wait)}
		if strings.Contains(d.path, ".json") || strings.Contains(d.path, "/api/") {
			want = []string{`"status":429`, fmt.Sprintf("请 %d 秒", wait)}
		}
		for _, x := range want {
			if !strings.Contains(w.Body.String(), x) {
				t.Errorf("%s %s: no %q in\n%s", d.method, d.path, x, w.Body)
			}
		}
		for _, x := range []*httptest.ResponseRecorder{ask(h, "192.0.2.10", d.method, d.path, ""), ask(h, "192.0.2.9", "GET", "/rounds/1", ""), ask(h, "192.0.2.9", "GET", "/results?year=2022", ""),
			ask(h, "10.0.0.1", d.method, d.path, "192.0.2.11"), ask(h, "10.0.0.1", d.method, d.path, "192.0.2.12")} {
			if x.Code != 200 {
				t.Errorf("%s %s: another, or what is cheap = %d", d.method, d.path, x.Code)
			}
		}
		now = now.Add(21 * time.Second)
		if w := ask(h, "192.0.2.9", d.method, d.path, ""); w.Code != 200 {
			t.Errorf("%s %s: after the wait = %d", d.method, d.path, w.Code)
		}
	}
	if n := strings.Count(said.String(), "SUIJI_PROXIES"); n != len(dear) { // once a limiter and minute
		t.Errorf("told %d times that a proxy may be missing from the settings\n%s", n, said.String())
	}
	if strings.Contains(said.String(), "192.0.2") {
		t.Errorf("an address is logged: %s", said.String())
	}
	for _, set := range []string{"", "many", "-1", "1e3"} {
		if _, err := page.PacedBy(set, nil, nil); err == nil {
			t.Errorf("a limit of %q is taken", set)
		}
	}
	for h, n := make(0), 0; n < 1000; n++ {
		if w := ask(h, "192.0.2.9", "GET", "/search?q=a", ""); w.Code != 200 {
			t.Fatalf("without a limit, request %d = %d", n, w.Code)
		}
	}
}
