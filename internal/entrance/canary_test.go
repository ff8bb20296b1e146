package entrance

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"suiji/internal/page"
	"suiji/internal/page/pagetest"
	"suiji/internal/store/storetest"
)

// Nothing that lets somebody in stands in the server's log, in the audit log or,
// but as a hash, in the database's texts: passwords, right and wrong, typed in
// the wrong field too; tokens; passwords for one sign-in; codes and secrets.
func TestNoSecretsInLogs(t *testing.T) {
	f := newEntrance(t, storetest.SQLite(t))
	var log bytes.Buffer
	to := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c := f.server.Config
	c.Log = to
	s := New(c)
	h := page.Chain(c.Sessions.Wrap(s.Handler()), page.Numbered, page.Logged(to, c.Now), s.Set().Recovered, page.Limited(1<<20, 1<<20))
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	f.url = srv.URL
	var canaries []string
	keep := func(all ...string) { canaries = append(canaries, all...) }

	admin, clerk := f.person(), f.person()
	keep("canary-wrong", "canary-as-name", "canary-other", secret, "canary-query")
	clerk.post("/w/login", "username", "clerk", "password", "canary-wrong")
	clerk.post("/w/login", "username", "canary-as-name", "password", "canary-other")
	admin.signIn("admin", secret, "/w/me")
	keep(admin.token())
	admin.post("/w/accounts/clerk/reset", "key", "k")
	once := admin.get("/w/accounts").texts(t, ".slip dd")[1]
	keep(once, "Canary-New-Tree-8")
	clerk.signIn("clerk", once, "/w/me")
	keep(clerk.token())
	clerk.post("/w/login/password", "old", once, "password", "Canary-New-Tree-8", "again", "Canary-New-Tree-8")
	keep(clerk.token())
	clerk.post("/w/me/second/begin", "key", "k1")
	keep(strings.ReplaceAll(clerk.get("/w/me/second").texts(t, "dd code")[0], " ", ""))
	clerk.post("/w/me/second/confirm", "key", "k2", "code", "canary-code")
	clerk.get("/w/me?password=canary-query&token=canary-query")
	u, _ := url.Parse(f.url)
	for _, x := range clerk.jar.Cookies(&url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/w/login"}) {
		keep(x.Value)
	}
	broken := httptest.NewRequest(http.MethodPost, "/w/login", strings.NewReader(url.Values(pagetest.Form("password", "canary-broken")).Encode()+"%zz"))
	broken.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	h.ServeHTTP(httptest.NewRecorder(), broken)
	keep("canary-code", "canary-broken")

	if n := strings.Count(log.String(), "\n"); n < 12 || len(canaries) < 14 {
		t.Fatalf("%d lines logged, %d canaries: the test has looked at nothing", n, len(canaries))
	}
	entries := bytes.Buffer{}
	admin.signIn("auditor", secret, "/w/me")
	entries.WriteString(admin.get("/w/audit/export.csv").body)
	if !strings.Contains(entries.String(), "account.reset") {
		t.Fatalf("the audit log:\n%s", entries.String())
	}
	for _, x := range canaries {
		if len(x) < 8 {
			t.Fatalf("canary %q is too short to mean anything", x)
		}
		if strings.Contains(log.String(), x) {
			t.Errorf("the log tells %s", x)
		}
		if strings.Contains(entries.String(), x) {
			t.Errorf("the audit log tells %s", x)
		}
	}
}
