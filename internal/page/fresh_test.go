package page_test

import (
	"compress/gzip"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"testing"
	"time"

	"suiji/internal/errs"
	"suiji/internal/fresh"
	"suiji/internal/page"
)

// Styles and scripts are sent compressed to who takes them so, and are the same
// bytes then.
func TestStaticCompressed(t *testing.T) {
	set := newSet(io.Discard)
	h := page.Static(set)
	get := func(path, accept string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Accept-Encoding", accept)
		return do(h, r)
	}
	shown := do(set.Public("shout", showFirm), httptest.NewRequest(http.MethodGet, "/", nil)).Body.String()
	sheet := regexp.MustCompile(`/static/base\.[0-9a-f]+\.css`).FindString(shown)
	plain := get(sheet, "").Body.String()
	if len(plain) < 1000 {
		t.Fatalf("%q has %d bytes", sheet, len(plain))
	}
	for _, tt := range []struct {
		accept string
		packed bool
	}{{"gzip", true}, {"br, gzip;q=0.8", true}, {"*", true}, {"GZIP", true}, {"gzip;q=0", false}, {"gzip; q=0.0", false}, {"br", false}, {"identity", false}, {"", false}} {
		w := get(sheet, tt.accept)
		head := w.Header()
		if got := head.Get("Content-Encoding") == "gzip"; got != tt.packed || head.Get("Vary") != "Accept-Encoding" || head.Get("Content-Length") != strconv.Itoa(w.Body.Len()) {
			t.Errorf("Accept-Encoding %q: %v, want packed %v", tt.accept, head, tt.packed)
			continue
		}
		body := io.Reader(w.Body)
		if tt.packed {
			z, err := gzip.NewReader(body)
			if err != nil {
				t.Fatal(err)
			}
			body = z
		}
		if text, err := io.ReadAll(body); err != nil || string(text) != plain {
			t.Errorf("Accept-Encoding %q: other bytes, %v", tt.accept, err)
		}
	}
	if w := get("/static/nothing.css", "gzip"); w.Code != http.StatusNotFound {
		t.Errorf("what is not there: %d, want 404", w.Code)
	}
}

// An answer is made once for a state of the database; page and twin, and each
// query, are answers of their own; what is not found is not kept.
func TestPublicIsKept(t *testing.T) {
	state, made := "1", 0
	edition := func(context.Context) (string, error) { return state, nil }
	set := page.New(page.Config{Name: "test", Files: firmFiles, Layout: "desk", Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Fresh: fresh.New(edition, time.Now, 1<<20)})
	mux := http.NewServeMux()
	mux.Handle("GET /firms/{id}", set.Public("shout", func(r *http.Request) (page.Page, error) {
		made++
		if r.PathValue("id") == "none" {
			return nil, errs.E(errs.NotFound, "没有这家企业")
		}
		return &firmPage{Base: page.Base{Title: "企业"}, Name: r.PathValue("id") + r.URL.RawQuery + state}, nil
	}))
	h := page.Numbered(page.Twins(mux))
	bodies := map[string]string{}
	for _, tt := range []struct {
		path, state string
		made        int // after it
		status      int
	}{
		{"/firms/1", "1", 1, 200}, {"/firms/1", "1", 1, 200}, {"/firms/1.json", "1", 2, 200}, {"/firms/1.json", "1", 2, 200},
		{"/firms/1?a=b", "1", 3, 200}, {"/firms/2", "1", 4, 200}, {"/firms/none", "1", 5, 404}, {"/firms/none", "1", 6, 404},
		{"/firms/1", "1", 6, 200}, {"/firms/1", "2", 7, 200}, {"/firms/1", "2", 7, 200}, {"/firms/1.json", "2", 8, 200},
	} {
		state = tt.state
		w := do(h, httptest.NewRequest(http.MethodGet, tt.path, nil))
		if made != tt.made || w.Code != tt.status {
			t.Errorf("%s in state %s: %d, made %d times by then, want %d and %d", tt.path, tt.state, w.Code, made, tt.status, tt.made)
		}
		if before, ok := bodies[tt.path+tt.state]; ok && tt.status == 200 && before != w.Body.String() {
			t.Errorf("%s in state %s: other bytes than before", tt.path, tt.state)
		}
		bodies[tt.path+tt.state] = w.Body.String()
	}
	r := httptest.NewRequest(http.MethodGet, "/firms/1", nil)
	r.Header.Set("If-None-Match", do(h, httptest.NewRequest(http.MethodGet, "/firms/1", nil)).Header().Get("ETag"))
	if w := do(h, r); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
		t.Errorf("with the tag of what is kept: %d and %d bytes, want 304", w.Code, w.Body.Len())
	}
}

// A download's mark is compared tag by tag: one that stands inside another is
// not it.
func TestFileMark(t *testing.T) {
	h := newSet(io.Discard).File(func(*http.Request) (*page.File, error) {
		return &page.File{Name: "a.csv", Type: "text/csv", Body: []byte("a"), Mark: "abc"}, nil
	})
	for _, tt := range []struct {
		header string
		status int
	}{{"", 200}, {`W/"abc"`, 304}, {`"abc"`, 304}, {`"x", W/"abc"`, 304}, {"*", 304}, {`"ab"`, 200}, {`abc`, 200}, {`"x"abc"`, 200}} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("If-None-Match", tt.header)
		if w := do(h, r); w.Code != tt.status || w.Header().Get("ETag") != `W/"abc"` {
			t.Errorf("If-None-Match %s: %d, tag %s, want %d", tt.header, w.Code, w.Header().Get("ETag"), tt.status)
		}
	}
}
