package page_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"suiji/internal/errs"
	"suiji/internal/page"
)

// plainPage has no twin.
type plainPage struct {
	page.Base
	Name string
}

// publicSite is a small portal.
func publicSite() http.Handler {
	set, mux := newSet(io.Discard), http.NewServeMux()
	mux.Handle("GET /{$}", set.Public("shout", showFirm))
	mux.Handle("GET /firms/{id}", set.Public("shout", func(r *http.Request) (page.Page, error) {
		if r.PathValue("id") != "1" {
			return nil, errs.E(errs.NotFound, "没有这家企业")
		}
		return showFirm(r)
	}))
	mux.Handle("GET /help", set.Public("shout", func(*http.Request) (page.Page, error) { return &plainPage{}, nil }))
	mux.Handle("GET /firms/{id}/bundle.json", set.PublicFile(func(*http.Request) (*page.File, error) {
		return &page.File{Name: "核验包.json", Type: "application/json", Body: []byte("{}")}, nil
	}))
	mux.Handle("/", set.NotFound())
	return page.Numbered(page.Twins(mux))
}

func TestPublic(t *testing.T) {
	tests := []struct {
		name, path string
		status     int
		kind, body string
	}{
		{"page", "/firms/1", 200, "text/html; charset=utf-8", `href="/firms/1.json"`},
		{"twin", "/firms/1.json", 200, "application/json; charset=utf-8", `{"name":"元氏县某公司"}`},
		{"twin with a query", "/firms/1?a=b", 200, "text/html; charset=utf-8", `href="/firms/1.json?a=b"`},
		{"front page", "/", 200, "text/html; charset=utf-8", `href="/index.json"`},
		{"twin of the front page", "/index.json", 200, "application/json; charset=utf-8", `元氏县某公司`},
		{"no twin", "/help.json", 404, "application/problem+json", `JSON`},
		{"missing", "/firms/2", 404, "text/html; charset=utf-8", `没有这家企业`},
		{"twin of the missing", "/firms/2.json", 404, "application/problem+json", `"detail":"没有这家企业"`},
		{"a file of its own", "/firms/1/bundle.json", 200, "application/json", "{}"},
		{"nowhere", "/nowhere", 404, "text/html; charset=utf-8", `没有这个页面`},
	}
	site := publicSite()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := do(site, httptest.NewRequest("GET", tt.path, nil))
			if w.Code != tt.status || w.Header().Get("Content-Type") != tt.kind {
				t.Errorf("GET %s = %d %s, want %d %s", tt.path, w.Code, w.Header().Get("Content-Type"), tt.status, tt.kind)
			}
			if !strings.Contains(w.Body.String(), tt.body) {
				t.Errorf("GET %s lacks %q:\n%s", tt.path, tt.body, w.Body)
			}
		})
	}
}

func TestPublicIsCached(t *testing.T) {
	site := publicSite()
	for _, path := range []string{"/firms/1", "/firms/1.json", "/firms/1/bundle.json"} {
		w := do(site, httptest.NewRequest("GET", path, nil))
		tag := w.Header().Get("ETag")
		if len(tag) < 20 || w.Header().Get("Cache-Control") != "public, max-age=60" {
			t.Errorf("GET %s: tag %q, cache %q", path, tag, w.Header().Get("Cache-Control"))
		}
		for _, match := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
			r := httptest.NewRequest("GET", path, nil)
			r.Header.Set("If-None-Match", match)
			if w := do(site, r); w.Code != 304 || w.Body.Len() > 0 {
				t.Errorf("GET %s if not %s = %d, want 304", path, match, w.Code)
			}
		}
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("If-None-Match", `"other"`)
		if w := do(site, r); w.Code != 200 {
			t.Errorf("GET %s if not another = %d, want 200", path, w.Code)
		}
	}
}

func TestFile(t *testing.T) {
	set := newSet(io.Discard)
	h := set.File(func(*http.Request) (*page.File, error) {
		return &page.File{Name: "检查对象 2022.csv", Type: "text/csv; charset=utf-8", Write: func(w io.Writer) error {
			_, err := io.WriteString(w, "名称\r\n")
			return err
		}}, nil
	})
	w := do(h, httptest.NewRequest("GET", "/x", nil))
	want := "attachment; filename*=UTF-8''" + url.PathEscape("检查对象 2022.csv")
	if got := w.Header().Get("Content-Disposition"); got != want || w.Body.String() != "名称\r\n" {
		t.Errorf("File = %q, %q, want %q", got, w.Body, want)
	}
	broken := set.File(func(*http.Request) (*page.File, error) {
		return &page.File{Write: func(io.Writer) error { return errors.New("disk on fire") }}, nil
	})
	defer func() {
		if v := recover(); v != http.ErrAbortHandler {
			t.Errorf("a broken download ended with %v, want a broken connection", v)
		}
	}()
	do(broken, httptest.NewRequest("GET", "/x", nil))
}

func TestMiddleware(t *testing.T) {
	var log strings.Builder
	set := newSet(&log)
	now := func() time.Time { return time.UnixMilli(0) }
	mux := http.NewServeMux()
	mux.Handle("GET /firms/{id}", set.Get("firm", func(r *http.Request) (page.Page, error) {
		page.SetActor(r.Context(), "u-1")
		return showFirm(r)
	}))
	mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic("disk on fire") })
	h := page.Chain(mux, page.Numbered, page.Logged(slog.New(slog.NewTextHandler(&log, nil)), now), set.Recovered, page.Guarded)

	w := do(h, httptest.NewRequest("GET", "/firms/1", nil))
	if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'self'") || strings.Contains(csp, "unsafe") {
		t.Errorf("policy = %q", csp)
	}
	line := `method=GET route="GET /firms/{id}" status=200 ms=0 actor=u-1 request=` + w.Header().Get("X-Request-Id")
	if !strings.Contains(log.String(), line) {
		t.Errorf("log = %s, want %s", log.String(), line)
	}
	w = do(h, httptest.NewRequest("GET", "/panic", nil))
	if w.Code != 500 || !strings.Contains(w.Body.String(), w.Header().Get("X-Request-Id")) || strings.Contains(w.Body.String(), "fire") {
		t.Errorf("after a panic = %d:\n%s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "status=500") || !strings.Contains(log.String(), "disk on fire") {
		t.Errorf("log = %s, want the panic and its status", log.String())
	}
}

func TestBehind(t *testing.T) {
	tests := []struct{ from, header, want string }{
		{"10.0.0.1:99", "203.0.113.7", "203.0.113.7:99"},
		{"10.0.0.1:99", "1.1.1.1, 203.0.113.7, 10.0.0.2", "203.0.113.7:99"},
		{"10.0.0.1:99", "203.0.113.7, nonsense", "10.0.0.1:99"},
		{"10.0.0.1:99", "", "10.0.0.1:99"},
		{"192.0.2.9:99", "203.0.113.7", "192.0.2.9:99"},
	}
	for _, tt := range tests {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = tt.from
		r.Header.Set("X-Forwarded-For", tt.header)
		got := ""
		h := page.Behind("10.0.0.1, 10.0.0.2, nonsense")(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr }))
		h.ServeHTTP(httptest.NewRecorder(), r)
		if got != tt.want {
			t.Errorf("from %s with %q = %s, want %s", tt.from, tt.header, got, tt.want)
		}
	}
}

func TestLimited(t *testing.T) {
	set := newSet(io.Discard)
	act := func(*http.Request) (string, error) { return "/next", nil }
	h := page.Limited(100, 1000)(set.Post("firm", showFirm, act))
	upload := func(n int) *http.Request {
		var body bytes.Buffer
		m := multipart.NewWriter(&body)
		part, err := m.CreateFormFile("file", "a.xlsx")
		if err != nil {
			t.Fatal(err)
		}
		part.Write(make([]byte, n))
		m.Close()
		r := httptest.NewRequest("POST", "/", &body)
		r.Header.Set("Content-Type", m.FormDataContentType())
		return r
	}
	tests := []struct {
		name   string
		r      *http.Request
		status int
	}{
		{"small form", post("/", url.Values{"name": {"a"}}), 303},
		{"large form", post("/", url.Values{"name": {strings.Repeat("a", 100)}}), 413},
		{"small file", upload(300), 303},
		{"large file", upload(1000), 413},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if w := do(h, tt.r); w.Code != tt.status {
				t.Errorf("Post = %d, want %d\n%s", w.Code, tt.status, w.Body)
			}
		})
	}
}

// A body that is sent slower than any telephone ends; one that took its time
// and came does not end the answer.
func TestPatient(t *testing.T) {
	ago := time.Minute
	told := make(chan error, 1)
	web := httptest.NewServer(page.Patient(func() time.Time { return time.Now().Add(-ago + 200*time.Millisecond) })(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err == nil {
			time.Sleep(400 * time.Millisecond) // longer than the body may take
			err = r.Context().Err()
		}
		told <- err
		fmt.Fprint(w, len(b))
	})))
	defer web.Close()
	body, write := io.Pipe()
	go write.Write([]byte("half"))
	if resp, err := http.Post(web.URL, "text/plain", body); err == nil {
		resp.Body.Close()
	}
	write.Close()
	if err := <-told; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a body that stopped: %v, want the deadline", err)
	}
	resp, err := http.Post(web.URL, "text/plain", strings.NewReader("whole"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); err != nil || string(b) != "5" || <-told != nil {
		t.Errorf("a body that came: %q, %v", b, err)
	}
}

func TestReload(t *testing.T) {
	set := page.New(page.Config{Name: "test", Files: firmFiles, Layout: "plain", Reload: true})
	w := do(set.Get("shout", showFirm), httptest.NewRequest("GET", "/", nil))
	if w.Code != 200 || !strings.Contains(w.Body.String(), `<body class="plain">`) {
		t.Errorf("Get with Reload = %d:\n%s", w.Code, w.Body)
	}
}

func TestSignInComesBack(t *testing.T) {
	set := newSet(io.Discard)
	stranger := func(*http.Request) (page.Page, error) { return nil, errs.E(errs.SignIn, "") }
	w := do(set.Get("firm", stranger), httptest.NewRequest("GET", "/firms?page=2", nil))
	if got, want := w.Header().Get("Location"), "/login?next=%2Ffirms%3Fpage%3D2"; got != want || w.Code != 303 {
		t.Errorf("Get = %d to %q, want 303 to %q", w.Code, got, want)
	}
}
