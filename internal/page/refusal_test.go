package page

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// What is refused without template and database has a look of its own, which its
// policy lets a browser take, and loads nothing.
func TestRefusalsHaveALook(t *testing.T) {
	often := httptest.NewRecorder()
	tooOften(often, httptest.NewRequest(http.MethodGet, "/search?q=x", nil), 57)
	for name, x := range map[string]struct {
		head http.Header
		body string
		said string
	}{
		"too often": {often.Header(), often.Body.String(), "请 57 秒以后再试"},
		"too many":  {againPage.head, againPage.body, "请 5 秒以后刷新"},
	} {
		m := regexp.MustCompile(`<style>([^<]+)</style>`).FindStringSubmatch(x.body)
		if m == nil || !strings.Contains(x.head.Get("Content-Security-Policy"), "default-src 'none'; style-src '"+digestOf(m[1])+"'") {
			t.Errorf("%s: the policy %q does not let the look in: %s", name, x.head.Get("Content-Security-Policy"), x.body)
		}
		if !strings.Contains(x.body, x.said) || strings.Contains(x.body, "%!") || strings.Contains(x.body, "src=") || strings.Contains(x.body, "<link") {
			t.Errorf("%s: %s", name, x.body)
		}
	}
}
