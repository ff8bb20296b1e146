package page_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"suiji/internal/page"
)

// Browsers are told to keep to HTTPS for a year where there is HTTPS, and
// nowhere else: they would not find the way back.
func TestEncrypted(t *testing.T) {
	for base, want := range map[string]string{"https://example.test": "max-age=31536000; includeSubDomains", "http://127.0.0.1:8080": "", "": ""} {
		w := httptest.NewRecorder()
		page.Encrypted(base)(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		if got := w.Header().Get("Strict-Transport-Security"); got != want {
			t.Errorf("%q: %q, want %q", base, got, want)
		}
	}
}
