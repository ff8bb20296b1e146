package portal

import (
	"flag"
	"net/http"
	"testing"
	"time"

	"suiji/internal/page"
	"suiji/internal/plan"
	"suiji/internal/round/roundtest"
)

var (
	serve = flag.String("serve", "", "serve the test's installation here until interrupted, to look at the pages")
	way   = flag.String("way", plan.DigestFirst, "how its rounds are disclosed")
)

// TestLook serves the test's installation, so that its pages can be looked at:
// go test ./internal/portal -run Look -serve 127.0.0.1:9000 -timeout 0
func TestLook(t *testing.T) {
	if *serve == "" {
		return
	}
	s := filled(t, *way)
	s.Must(s.Round.DiscloseDue(t.Context(), roundtest.Authority))
	mux := http.NewServeMux()
	mux.Handle("GET "+page.Prefix, page.Static(s.server.Set()))
	mux.Handle("/", page.Chain(s, page.Numbered, page.Guarded))
	t.Logf("result %s, round %s, running %s, broken %s, code %s", s.forms[1].ID, s.done, s.running, s.broken, s.forms[7].Code)
	srv := &http.Server{Addr: *serve, Handler: mux, ReadHeaderTimeout: time.Second}
	t.Log(srv.ListenAndServe())
}
