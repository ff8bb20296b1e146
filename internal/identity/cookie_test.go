package identity_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"suiji/internal/store/storetest"
)

// Over HTTPS every cookie of the entrance is Secure, HttpOnly, of this host
// alone; over plain HTTP, as on a desk without a server in front, they work.
func TestCookies(t *testing.T) {
	s, _, acc := people(t, storetest.SQLite(t))
	for _, secure := range []bool{true, false} {
		sessions, w := s.Sessions(secure), httptest.NewRecorder()
		sessions.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if err := sessions.SignIn(r.Context(), acc); err != nil {
				t.Error(err)
			}
			if err := sessions.Remember(r, acc); err != nil {
				t.Error(err)
			}
		})).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/w/login", nil))
		all := w.Result().Cookies()
		if len(all) != 2 {
			t.Fatalf("%d cookies, want session and device", len(all))
		}
		for _, c := range all {
			if c.Secure != secure || strings.HasPrefix(c.Name, "__Host-") != secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode {
				t.Errorf("secure %v: %s", secure, c.Raw)
			}
		}
	}
}
