package page

import (
	"net/http"
	"net/http/httptest"
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
