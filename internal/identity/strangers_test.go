package identity_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"suiji/internal/identity"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// Three tries of each of ten thousand names, each from an address of its own,
// within a few minutes: a handful of passwords is looked at, somebody can be
// told within a minute, and the office's own people come in meanwhile.
func TestSprayFromEverywhere(t *testing.T) {
	db := storetest.SQLite(t)
	s, at, acc := people(t, db)
	if err := s.Remember(t.Context(), acc, "my-browser"); err != nil {
		t.Fatal(err)
	}
	signedIn(t, s, acc, "192.0.2.9:4711")
	begun, names := *at, 10_000
	if testing.Short() {
		names = 1000
	}
	looked, alarmed := 0, time.Duration(0)
	for round := range 3 {
		for n := range names {
			_, err := s.SignIn(t.Context(), try(fmt.Sprintf("198.18.%d.%d", n/250, n%250), fmt.Sprintf("name%d", n), strings.Repeat("x", 600), ""))
			if err == nil {
				t.Fatal("let in")
			}
			if strings.Contains(err.Error(), "登录名或密码不对") {
				looked++
			}
			*at = at.Add(15 * time.Millisecond)
			if alarmed == 0 && n%50 == 0 {
				x, err := s.Spray(t.Context(), "130132-rs")
				if err != nil {
					t.Fatal(err)
				}
				if x.Failures > 0 {
					alarmed = at.Sub(begun)
				}
			}
		}
		if _, err := s.SignIn(t.Context(), try("203.0.113.5", "zhou", secret, "my-browser")); err != nil {
			t.Errorf("round %d, the leader's own browser: %v", round, err)
		}
		if _, err := s.SignIn(t.Context(), try("192.0.2.9", "zhou", secret, "")); err != nil {
			t.Errorf("round %d, another browser at the office's address: %v", round, err)
		}
		if _, err := s.SignIn(t.Context(), try("203.0.113.5", "zhou", secret, "")); err == nil || !strings.Contains(err.Error(), "以后才能再试") {
			t.Errorf("round %d, a strange browser at a strange address: %v, want it to wait", round, err)
		}
	}
	if looked < 100 || looked > 215 {
		t.Errorf("%d passwords were looked at, want 200 and a few", looked)
	}
	if alarmed == 0 || alarmed > time.Minute {
		t.Errorf("it shows after %s, want within a minute", alarmed)
	}
	*at = at.Add(20 * time.Minute)
	if _, err := s.SignIn(t.Context(), try("203.0.113.5", "zhou", secret, "")); err != nil {
		t.Errorf("a strange browser, twenty minutes later: %v", err)
	}
}

// A slow one shows by the day.
func TestSlowSpray(t *testing.T) {
	s, at, _ := people(t, storetest.SQLite(t))
	*at = at.Truncate(24 * time.Hour)
	for n := range 500 {
		if x, err := s.Spray(t.Context(), "130132-rs"); err != nil || x.Failures > 0 {
			t.Fatalf("after %d: %+v, %v", n, x, err)
		}
		s.SignIn(t.Context(), try(fmt.Sprintf("198.18.0.%d", n%250), fmt.Sprintf("name%d", n), strings.Repeat("x", 600), "")) // no hash is made of it
		*at = at.Add(2 * time.Minute)
	}
	if x, err := s.Spray(t.Context(), "130132-rs"); err != nil || x.Failures != 500 || x.Within != 24*time.Hour {
		t.Errorf("Spray = %+v, %v, want the day's 500", x, err)
	}
}

// Many strangers at once are all counted, none is refused for being many.
func TestStrangersAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, _, _ := people(t, db)
		var wg sync.WaitGroup
		for n := range 120 {
			wg.Go(func() {
				_, err := s.SignIn(t.Context(), try(fmt.Sprintf("198.18.0.%d", n), fmt.Sprintf("name%d", n), strings.Repeat("x", 600), ""))
				if err == nil || !strings.Contains(err.Error(), "登录名或密码不对") {
					t.Errorf("one of many: %v", err)
				}
			})
		}
		wg.Wait()
		if x, err := s.Spray(t.Context(), "130132-rs"); err != nil || x.Failures != 120 {
			t.Errorf("Spray = %+v, %v, want all 120", x, err)
		}
	})
}

// signedIn signs somebody in over HTTP, from an address.
func signedIn(t *testing.T, s *identity.Service, acc identity.Account, address string) {
	t.Helper()
	sessions := s.Sessions(false)
	r := httptest.NewRequest("POST", "/w/login", nil)
	r.RemoteAddr = address
	var failed error
	sessions.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		failed = sessions.SignIn(r.Context(), acc)
	})).ServeHTTP(httptest.NewRecorder(), r)
	if failed != nil {
		t.Fatal(failed)
	}
}
