package page

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Two are inside, one waits; the fourth is sent away at once, the third when its
// patience ends, and whoever comes when a place is free is let in.
func TestCrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, leave := NewCrowd(2, 1, time.Second), make(chan bool)
		h := c.Through(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { <-leave }))
		ask := func(path string) *httptest.ResponseRecorder {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
			return w
		}
		inside := make(chan int, 4)
		for range 2 {
			go func() { inside <- ask("/").Code }()
		}
		synctest.Wait()
		third, begun := make(chan int), time.Now()
		go func() { third <- ask("/").Code }()
		synctest.Wait()
		fourth := ask("/")
		if took := time.Since(begun); fourth.Code != 503 || took != 0 || fourth.Header().Get("Retry-After") != "5" || !strings.Contains(fourth.Body.String(), "5 秒以后刷新") {
			t.Errorf("with a full waiting room: %d after %v, %v, want 503 at once", fourth.Code, took, fourth.Header())
		}
		if twin := ask("/firms/1.json"); twin.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("a twin is told in %q, want as JSON", twin.Header().Get("Content-Type"))
		}
		if code := <-third; code != 503 || time.Since(begun) != time.Second {
			t.Errorf("who waited: %d after %v, want 503 after 1s", code, time.Since(begun))
		}
		work := httptest.NewRecorder()
		c.Through(http.NotFoundHandler()).ServeHTTP(work, httptest.NewRequest("POST", "/api/v1/office/targets", nil))
		if work.Code != http.StatusNotFound {
			t.Errorf("somebody's work: %d, want it to pass the crowd", work.Code)
		}
		go func() { inside <- ask("/").Code }() // waits
		synctest.Wait()
		leave <- true
		synctest.Wait()
		leave <- true
		leave <- true
		for range 3 {
			if code := <-inside; code != 200 {
				t.Errorf("who had a place: %d, want 200", code)
			}
		}
	})
}

// A place is free again also when the page panics or the visitor has gone.
func TestCrowdLeaves(t *testing.T) {
	c := NewCrowd(1, 0, time.Second)
	func() {
		defer func() { recover() }() // the page's own
		c.Through(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("page") })).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	}()
	w := httptest.NewRecorder()
	c.Through(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != http.StatusNotFound {
		t.Errorf("after a panic: %d, want 404 of the page", w.Code)
	}
}

// While the waiting room is full a reader is turned away before anything else
// happens; nobody else is, and no one is when there is room again.
func TestEarly(t *testing.T) {
	c := &Crowds{readers: NewCrowd(0, 0, time.Second), takers: NewCrowd(1, 1, time.Second)}
	passed := 0
	h := c.Early(func(r *http.Request) bool { return r.URL.Path != "/w" })(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { passed++ }))
	for _, tt := range []struct {
		method, path string
		code         int
		kind         string
	}{
		{"GET", "/", 503, "text/html; charset=utf-8"}, {"HEAD", "/results", 503, "text/html; charset=utf-8"}, {"GET", "/api/v1/results", 503, "application/problem+json"},
		{"GET", "/w", 200, ""}, {"POST", "/feedback", 200, ""}, {"GET", "/data/results.csv", 200, ""},
	} {
		before, w := passed, httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(tt.method, tt.path, nil))
		if w.Code != tt.code || (passed > before) != (tt.code == 200) || w.Header().Get("Content-Type") != tt.kind {
			t.Errorf("%s %s: %d %q, passed on: %v", tt.method, tt.path, w.Code, w.Header(), passed > before)
		}
		if want := len(w.Body.String()); tt.code == 503 && w.Header().Get("Content-Length") != strconv.Itoa(want) {
			t.Errorf("%s %s: %s bytes said, %d sent", tt.method, tt.path, w.Header().Get("Content-Length"), want)
		}
	}
	if c.Turned() != 3 {
		t.Errorf("%d were counted, want 3", c.Turned())
	}
	c.readers = NewCrowd(0, 1, time.Second)
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	if c.Turned() != 0 {
		t.Error("turned away although there is room to wait in")
	}
}

// A minute in which some were turned away has one line.
func TestTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		c := NewCrowds()
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan bool)
		go func() { c.Told(ctx, slog.New(slog.NewTextHandler(&out, nil))); close(done) }()
		for range 3 {
			c.readers.turn(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
		}
		time.Sleep(5*time.Minute + time.Second)
		stop()
		<-done
		if text := out.String(); strings.Count(text, "crowded") != 1 || !strings.Contains(text, "readers=3") {
			t.Errorf("after five minutes the log says %q", text)
		}
	})
}
