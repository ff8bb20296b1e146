package entrance

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/canon"
	"suiji/internal/identity"
	"suiji/internal/page"
	"suiji/internal/page/pagetest"
	"suiji/internal/password"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

const (
	bureau = "130132-rs"
	secret = "Correct-Horse-7"
)

// fixture is the entrance over a fresh bureau, served over HTTP, with one
// account a role; at is its time.
type fixture struct {
	t        *testing.T
	db       *store.DB
	door     *audit.Door
	identity *identity.Service
	server   *Server
	url      string
	at       time.Time
}

func newEntrance(t *testing.T, db *store.DB) *fixture {
	t.Helper()
	f := &fixture{t: t, db: db, at: time.Date(2022, 6, 1, 2, 0, 0, 0, time.UTC)}
	now := func() time.Time { return f.at }
	f.door = audit.New(db, now)
	f.identity = identity.New(db, f.door, now)
	f.must(f.identity.Found(t.Context(), identity.Authority{ID: bureau, Name: "元氏县人力资源和社会保障局", Hash: canon.SHA256}))
	f.must(f.identity.SetRules(t.Context(), access.System(bureau), identity.Rules{Passwords: password.Dengbao})) // by passwords alone, until a test asks for more
	for _, x := range access.Roles {
		if x.Role == access.Security {
			continue // an office need not have one; with him the others may less
		}
		id := string(x.Role)
		f.must(f.identity.AddAccount(t.Context(), access.System(bureau), identity.Account{ID: id, Username: id, Name: "甲" + x.Name, Roles: []access.Role{x.Role}}, secret))
	}
	sessions := f.identity.Sessions(false)
	f.server = New(Config{Identity: f.identity, Sessions: sessions, Door: f.door, Now: now, Log: slog.New(slog.DiscardHandler)})
	srv := httptest.NewServer(sessions.Wrap(f.server.Handler()))
	t.Cleanup(srv.Close)
	f.url = srv.URL
	return f
}

func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// person is somebody's browser.
type person struct {
	f   *fixture
	jar *cookiejar.Jar
}

func (f *fixture) person() *person {
	jar, err := cookiejar.New(nil)
	f.must(err)
	return &person{f, jar}
}

// answer is a page or where it leads.
type answer struct {
	status   int
	location string
	body     string
	header   http.Header
}

func (p *person) send(method, path string, pairs ...string) answer {
	p.f.t.Helper()
	req, err := http.NewRequest(method, p.f.url+path, strings.NewReader(url.Values(pagetest.Form(pairs...)).Encode()))
	p.f.must(err)
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	c := &http.Client{Jar: p.jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Do(req)
	p.f.must(err)
	defer res.Body.Close()
	var b strings.Builder
	_, err = io.Copy(&b, res.Body)
	p.f.must(err)
	return answer{res.StatusCode, res.Header.Get("Location"), b.String(), res.Header}
}

func (p *person) get(path string) answer { p.f.t.Helper(); return p.send(http.MethodGet, path) }

func (p *person) post(path string, pairs ...string) answer {
	p.f.t.Helper()
	return p.send(http.MethodPost, path, pairs...)
}

// signIn signs in and wants to be led to a place.
func (p *person) signIn(username, password, location string) {
	p.f.t.Helper()
	if a := p.post("/w/login", "username", username, "password", password, "next", "/w/me"); a.status != 303 || a.location != location {
		p.f.t.Fatalf("%s signs in: %d to %q, want %q\n%s", username, a.status, a.location, location, a.body)
	}
}

// token is the session's cookie.
func (p *person) token() string {
	u, err := url.Parse(p.f.url)
	p.f.must(err)
	for _, c := range p.jar.Cookies(u) {
		if c.Name == "suiji" {
			return c.Value
		}
	}
	return ""
}

func (a answer) texts(t *testing.T, selector string) []string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, n := range pagetest.Select(doc, selector) {
		var b strings.Builder
		for d := range n.Descendants() {
			if d.Type == html.TextNode {
				b.WriteString(d.Data)
			}
		}
		all = append(all, strings.TrimSpace(b.String()))
	}
	return all
}

// Every template fits its struct.
func TestTemplates(t *testing.T) {
	pagetest.Check(t, newEntrance(t, storetest.SQLite(t)).server.Set(), map[string]page.Page{
		"login": &loginPage{}, "password": &passwordPage{}, "code": &codePage{}, "second": &secondPage{}, "me": &mePage{}, "accounts": &accountsPage{}, "account": &accountPage{}, "rules": &rulesPage{}, "audit": &auditPage{}, "chain": &chainPage{}, "upload": &uploadPage{}, "units": &unitsPage{}, "unit": &unitPage{}, "federation": &federationPage{}, "links": &linksPage{}, "batch": &batchPage{},
	})
}

func TestSignIn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newEntrance(t, db)
		p := f.person()
		if a := p.get("/w/me"); a.location != "/w/login?next=%2Fw%2Fme" {
			t.Errorf("outside: %+v", a)
		}
		wrong := p.post("/w/login", "username", "clerk", "password", "wrong")
		unknown := p.post("/w/login", "username", "nobody", "password", "wrong")
		if said := wrong.texts(t, ".problems li"); wrong.status != 422 || unknown.status != 422 || len(said) != 1 || said[0] != "登录名或密码不对，请重新输入" || unknown.texts(t, ".problems li")[0] != said[0] {
			t.Errorf("a wrong password: %+v, a wrong name: %+v", wrong, unknown)
		}
		if a := p.post("/w/login", "username", "clerk", "password", secret, "next", "//evil.example"); a.location != "/w" {
			t.Errorf("led to %q", a.location)
		}
		for _, c := range p.post("/w/login", "username", "clerk", "password", secret).header["Set-Cookie"] {
			if !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Lax") || strings.Contains(c, "Domain") {
				t.Errorf("cookie %s", c)
			}
		}
		if a := p.post("/w/logout"); a.header.Get("Clear-Site-Data") != `"cache"` { // "storage" would take visits that are not uploaded
			t.Errorf("signing out clears %q", a.header.Get("Clear-Site-Data"))
		}
		if a := p.get("/w/me"); a.status != 303 {
			t.Errorf("after signing out: %d", a.status)
		}
	})
}

// Cookies of a site on HTTPS are for HTTPS, and for this host only.
func TestSecureCookies(t *testing.T) {
	f := newEntrance(t, storetest.SQLite(t))
	sessions := f.identity.Sessions(true)
	c := f.server.Config
	c.Sessions = sessions
	r := httptest.NewRequest("POST", "/w/login", strings.NewReader("username=clerk&password="+secret))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	sessions.Wrap(New(c).Handler()).ServeHTTP(w, r)
	all := strings.Join(w.Header()["Set-Cookie"], "\n")
	if strings.Count(all, "Secure") != 2 || !strings.Contains(all, "__Host-suiji=") || !strings.Contains(all, "Path=/;") {
		t.Errorf("cookies:\n%s", all)
	}
}

// A token that somebody has planted before the sign-in is worth nothing after.
func TestFixation(t *testing.T) {
	f := newEntrance(t, storetest.SQLite(t))
	p, thief := f.person(), f.person()
	p.post("/w/login", "username", "clerk", "password", secret) // has a session
	p.post("/w/logout")
	p.signIn("clerk", secret, "/w/me")
	before := p.token()
	p.signIn("leader", secret, "/w/me")
	if p.token() == before || before == "" {
		t.Fatal("the token stays when somebody signs in")
	}
	u, _ := url.Parse(f.url)
	thief.jar.SetCookies(u, []*http.Cookie{{Name: "suiji", Value: before}})
	if a := thief.get("/w/me"); a.status != 303 {
		t.Errorf("the old token still opens: %d", a.status)
	}
	thief.jar.SetCookies(u, []*http.Cookie{{Name: "suiji", Value: "planted-by-a-thief"}})
	thief.signIn("clerk", secret, "/w/me")
	if thief.token() == "planted-by-a-thief" {
		t.Error("a token from outside is taken over")
	}
}

// Half an hour without a request, or twelve hours in all, end a session.
func TestLimits(t *testing.T) {
	f := newEntrance(t, storetest.SQLite(t))
	p := f.person()
	p.signIn("clerk", secret, "/w/me")
	start := f.at
	f.at = f.at.Add(30 * time.Minute)
	if a := p.get("/w/me"); a.status != 200 {
		t.Errorf("after half an hour: %d", a.status)
	}
	f.at = f.at.Add(30*time.Minute + time.Millisecond)
	if a := p.get("/w/me"); a.status != 303 {
		t.Errorf("a millisecond longer: %d", a.status)
	}
	f.at = start
	p.signIn("clerk", secret, "/w/me")
	for f.at.Before(start.Add(12 * time.Hour)) {
		f.at = f.at.Add(20 * time.Minute)
		if a := p.get("/w/me"); a.status != 200 {
			t.Fatalf("at work after %v: %d", f.at.Sub(start), a.status)
		}
	}
	f.at = f.at.Add(time.Millisecond)
	if a := p.get("/w/me"); a.status != 303 {
		t.Errorf("after twelve hours: %d", a.status)
	}
}

// An administrator never learns a password that lasts, and a change ends all
// other sessions.
func TestPasswords(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newEntrance(t, db)
		admin, old, other := f.person(), f.person(), f.person()
		admin.signIn("admin", secret, "/w/me")
		old.signIn("clerk", secret, "/w/me")
		if a := admin.post("/w/accounts/clerk/reset", "key", "k1"); a.location != "/w/accounts" {
			t.Fatalf("reset: %+v", a)
		}
		admin.post("/w/accounts/clerk/reset", "key", "k1")
		slip := admin.get("/w/accounts").texts(t, ".slip dd")
		if len(slip) != 2 || slip[0] != "clerk" {
			t.Fatalf("slip: %q", slip)
		}
		if again := admin.get("/w/accounts").texts(t, ".slip"); len(again) != 0 {
			t.Error("the password is shown twice")
		}
		if a := old.get("/w/me"); a.status != 303 {
			t.Errorf("a session from before the reset: %d", a.status)
		}
		old.signIn("clerk", slip[1], "/w/me")
		if a := old.get("/w/me"); a.location != "/w/login/password?next=%2Fw%2Fme" {
			t.Errorf("before the change: %+v", a)
		}
		if a := old.post("/w/me/password", "old", slip[1], "password", "Other-Tree-8x", "again", "Other-Tree-8x"); a.status != 303 || a.location == "/w/me" {
			t.Errorf("by another way: %+v", a)
		}
		if a := old.post("/w/login/password", "old", slip[1], "password", "Other-Tree-8x", "again", "Other-Tree-9x"); a.status != 422 {
			t.Errorf("two different ones: %d", a.status)
		}
		if a := old.post("/w/login/password", "old", slip[1], "password", "Other-Tree-8x", "again", "Other-Tree-8x", "next", "/w/me"); a.location != "/w/me" {
			t.Fatalf("the change: %+v", a)
		}
		if a := old.get("/w/me"); a.status != 200 {
			t.Errorf("after the change: %d", a.status)
		}
		other.signIn("clerk", "Other-Tree-8x", "/w/me")
		if a := old.post("/w/me/password", "old", "Other-Tree-8x", "password", "Third-Tree-8x", "again", "Third-Tree-8x"); a.status != 303 {
			t.Errorf("one's own: %+v", a)
		}
		if a := other.get("/w/me"); a.status != 303 {
			t.Errorf("the other session: %d", a.status)
		}
		if a := old.get("/w/me"); a.status != 200 {
			t.Errorf("this session: %d", a.status)
		}
		admin.post("/w/accounts/clerk/disable")
		if a := old.get("/w/me"); a.status != 303 {
			t.Errorf("after it was disabled: %d", a.status)
		}
	})
}

// A password that is too old for the profile must be changed at the next
// sign-in, not in the middle of the work.
func TestOldPasswords(t *testing.T) {
	f := newEntrance(t, storetest.SQLite(t))
	p := f.person()
	f.at = f.at.Add(90*24*time.Hour - time.Minute)
	p.signIn("clerk", secret, "/w/me")
	f.at = f.at.Add(2 * time.Minute)
	if a := p.get("/w/me"); a.status != 200 {
		t.Errorf("at work: %d", a.status)
	}
	p.signIn("clerk", secret, "/w/me")
	if a := p.get("/w/me"); !strings.HasPrefix(a.location, "/w/login/password") {
		t.Errorf("the next sign-in: %+v", a)
	}
	f.must(f.identity.SetRules(t.Context(), access.System(bureau), identity.Rules{Passwords: password.Modern}))
	if a := p.get("/w/me"); a.status != 200 {
		t.Errorf("with the other profile: %d", a.status)
	}
}

func TestAccountPages(t *testing.T) {
	f := newEntrance(t, storetest.SQLite(t))
	p := f.person()
	p.signIn("clerk", secret, "/w/me")
	for _, path := range []string{"/w/accounts", "/w/accounts/leader", "/w/accounts/rules", "/w/audit"} {
		if a := p.get(path); a.status != 403 {
			t.Errorf("a clerk at %s: %d", path, a.status)
		}
	}
	p.signIn("admin", secret, "/w/me")
	add := []string{"key", "k", "id", "new1", "username", "wang", "name", "王新", "roles", "clerk"}
	if a := p.post("/w/accounts", add...); a.status != 303 {
		t.Fatalf("a new account: %+v", a)
	}
	p.post("/w/accounts", add...) // a double click
	if slip := p.get("/w/accounts").texts(t, ".slip dd"); len(slip) != 2 || slip[0] != "wang" {
		t.Errorf("slip: %q", slip)
	}
	if a := p.post("/w/accounts", "key", "k2", "id", "new2", "username", "wang", "name", "王新", "roles", "clerk"); a.status != 422 {
		t.Errorf("the same name again: %d", a.status)
	}
	for _, path := range []string{"/w/accounts/new1", "/w/accounts/admin", "/w/accounts/rules"} {
		if a := p.get(path); a.status != 200 {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	if a := p.get("/w/accounts/none"); a.status != 404 {
		t.Errorf("an account that does not exist: %d", a.status)
	}
	if a := p.post("/w/accounts/rules", "passwords", "modern", "key", "k3"); a.status != 303 || !strings.Contains(p.get("/w/accounts/rules").body, `value="modern" checked`) {
		t.Errorf("rules: %+v", a)
	}
	p.signIn("auditor", secret, "/w/me")
	if a := p.get("/w/audit"); a.status != 200 || !strings.Contains(a.body, "account.rules") {
		t.Errorf("the log: %d", a.status)
	}
	if a := p.get("/w/audit?actor=x&before=1"); !strings.Contains(a.body, `href="/w/audit/export.csv?actor=x"`) {
		t.Errorf("an older page of the log does not offer the whole of what was chosen:\n%s", a.body)
	}
}
