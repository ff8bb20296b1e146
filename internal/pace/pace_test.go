package pace

import (
	"fmt"
	"net/http/httptest"
	"testing"
	"time"
)

var noon = time.Date(2022, 6, 6, 4, 0, 0, 0, time.UTC)

// A minute's requests may come at once; then one a second comes in, and who
// keeps quiet has them all again.
func TestTake(t *testing.T) {
	l := New(0)
	for n := range 60 {
		if left, _, ok := l.Take("a", 60, noon); !ok || left != 59-n {
			t.Fatalf("request %d: %d left, %v", n, left, ok)
		}
	}
	if _, wait, ok := l.Take("a", 60, noon); ok || wait < 1 || wait > 2 {
		t.Errorf("the 61st: %v, wait %d s", ok, wait)
	}
	if _, _, ok := l.Take("b", 60, noon); !ok {
		t.Error("another pays for the first")
	}
	if _, _, ok := l.Take("a", 60, noon.Add(1100*time.Millisecond)); !ok {
		t.Error("a second later none comes in")
	}
	if left, _, _ := l.Take("a", 60, noon.Add(3*time.Minute)); left != 59 {
		t.Errorf("after three quiet minutes %d are left, want 59", left)
	}
}

// Nobody escapes by the minute that ends, nor by a crowd as large as is
// remembered; and however many come, no more are remembered.
func TestBound(t *testing.T) {
	l := New(100)
	for range 10 {
		l.Take("a", 10, noon)
	}
	if _, _, ok := l.Take("a", 10, noon.Add(100*time.Millisecond)); ok {
		t.Error("not refused")
	}
	for n := range 10_000 {
		at := noon.Add(time.Duration(n) * time.Millisecond / 10)
		l.Take(fmt.Sprint("crowd ", n), 10, at)
		if n%40 == 0 {
			if _, _, ok := l.Take("a", 10, at); ok {
				t.Fatalf("forgotten after %d others, while he goes on", n)
			}
		}
		if len(l.now)+len(l.before) > 100 {
			t.Fatalf("%d are remembered", len(l.now)+len(l.before))
		}
	}
}

func TestAddress(t *testing.T) {
	for _, tt := range []struct{ remote, want string }{
		{"192.0.2.7:1234", "192.0.2.7"}, {"[::ffff:192.0.2.7]:1", "192.0.2.7"},
		{"[2001:db8:1:2:3:4:5:6]:80", "2001:db8:1:2::/64"}, {"[2001:db8:1:2::9]:81", "2001:db8:1:2::/64"}, {"[fe80::1%eth0]:81", "fe80::/64"}, {"@", "@"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = tt.remote
		r.Header.Set("X-Forwarded-For", "198.51.100.1")
		if got := Address(r); got != tt.want {
			t.Errorf("Address(%s) = %s, want %s", tt.remote, got, tt.want)
		}
	}
}
