package page_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"suiji/internal/errs"
	"suiji/internal/keep"
	"suiji/internal/page"
)

// What a rule of input refuses is one line in the log and one in the count, by
// its kind; the line holds nothing of what was sent, and what is in order is no
// event.
func TestWatched(t *testing.T) {
	set := newSet(io.Discard)
	fine := func(*http.Request) (string, error) { return "/next", nil }
	mux := http.NewServeMux()
	mux.Handle("POST /firm", set.Post("firm", showFirm, fine))
	mux.Handle("POST /file", set.Post("firm", showFirm, func(*http.Request) (string, error) {
		_, err := keep.Judge([]byte("MZ secret"), 1<<20, keep.Papers)
		return "", errs.AtBecause("file", err.Error(), err)
	}))
	mux.Handle("POST /rule", set.Post("firm", showFirm, func(*http.Request) (string, error) { return "", errs.At("name", "请填写名称") }))
	mux.Handle("GET /c/{code}", set.Get("firm", func(*http.Request) (page.Page, error) { return nil, errs.E(errs.NotFound, "没有这个检查码") }))
	mux.Handle("/", set.NotFound())
	var log bytes.Buffer
	var told []page.Event
	h := page.Chain(mux, page.Numbered,
		page.Watched(slog.New(slog.NewJSONHandler(&log, nil)), func(e page.Event) { told = append(told, e) }),
		page.Limited(100, 200), page.FromHere, page.Paced(3, func() time.Time { return time.Unix(0, 0) }, slog.New(slog.DiscardHandler)))
	var large bytes.Buffer
	m := multipart.NewWriter(&large)
	part, err := m.CreateFormFile("file", "secret.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	part.Write(make([]byte, 400))
	m.Close()
	const form = "application/x-www-form-urlencoded"
	no := 0
	for _, tt := range []struct {
		name, method, path, kind, body, site string
		want                                 page.Event
		status                               int
	}{
		{"in order", "POST", "/firm", form, "name=secret", "same-origin", "", 303},
		{"a rule of the office", "POST", "/rule", form, "name=", "same-origin", "", 422},
		{"a page that is not there", "GET", "/secret", "", "", "", "", 404},
		{"from elsewhere", "POST", "/firm", form, "name=secret", "cross-site", page.Elsewhere, 403},
		{"a wrong file", "POST", "/file", form, "a=1", "same-origin", page.WrongFile, 422},
		{"too large a form", "POST", "/firm", form, "name=" + strings.Repeat("secret", 40), "same-origin", page.Oversize, 413},
		{"too large a file", "POST", "/firm", m.FormDataContentType(), large.String(), "same-origin", page.Oversize, 413},
		{"a climbing path", "GET", "/assets/..%2f..%2fsecret", "", "", "", page.BadPath, 404},
		{"a zero byte", "GET", "/%00secret", "", "", "", page.BadPath, 404},
		{"an unknown code", "GET", "/c/SECRET", "", "", "", page.NoCode, 404},
	} {
		r := httptest.NewRequest(tt.method, tt.path, strings.NewReader(tt.body))
		no++
		r.RemoteAddr = "192.0.2." + string(rune('0'+no%10)) + ":1" // none is over its limit
		r.Header.Set("Content-Type", tt.kind)
		r.Header.Set("Sec-Fetch-Site", tt.site)
		log.Reset()
		told = nil
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != tt.status {
			t.Errorf("%s: status %d, want %d", tt.name, w.Code, tt.status)
		}
		if tt.want == "" {
			if len(told) > 0 || log.Len() > 0 {
				t.Errorf("%s: an event %v\n%s", tt.name, told, log.String())
			}
			continue
		}
		var line map[string]any
		if err := json.Unmarshal(log.Bytes(), &line); err != nil || len(told) != 1 || told[0] != tt.want || line["msg"] != "security" || line["event"] != string(tt.want) {
			t.Errorf("%s: told %v, want %s; %v\n%s", tt.name, told, tt.want, err, log.String())
		}
		if said := strings.ToLower(log.String()); strings.Contains(said, "secret") || strings.Contains(said, "192.0.2") {
			t.Errorf("%s: the line says what was sent: %s", tt.name, log.String())
		}
	}
	for range 4 {
		r := httptest.NewRequest("GET", "/search?q=a", nil)
		told = nil
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	if len(told) != 1 || told[0] != page.TooOften {
		t.Errorf("the fourth search: told %v", told)
	}
}
