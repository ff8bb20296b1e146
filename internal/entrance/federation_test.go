package entrance

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"suiji/internal/access"
	"suiji/internal/federation"
	"suiji/internal/federation/federationtest"
	"suiji/internal/identity"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// withProvider gives the entrance an identity provider.
func (f *fixture) withProvider() *federationtest.Provider {
	f.t.Helper()
	p := federationtest.New(f.t, func() time.Time { return f.at })
	p.Subject = "u-1001"
	f.server.Provider = federation.New(f.db, f.door, f.identity, func() time.Time { return f.at })
	f.server.Provider.At(federation.Settings{Issuer: p.URL, Client: federationtest.Client, Secret: federationtest.Secret, Name: "省统一身份认证",
		Enough: []string{"mfa"}, Hosts: []string{"127.0.0.1"}}, f.url)
	return p
}

// elsewhere goes from a page to the provider, and comes back.
func (p *person) elsewhere(at *federationtest.Provider, path string) answer {
	p.f.t.Helper()
	a := p.get(path)
	if a.status != 303 || !strings.HasPrefix(a.location, at.URL+"/authorize?") {
		p.f.t.Fatalf("%s leads to %d %s\n%s", path, a.status, a.location, a.body)
	}
	return p.get(strings.TrimPrefix(at.Visit(a.location), p.f.url))
}

// Without a provider nothing of it is there; with one its owner links an account
// from inside and signs in, a second factor follows, and a grave act wants a
// proof of our own.
func TestFederation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newEntrance(t, db)
		p := f.person()
		if a := p.get("/w/login"); strings.Contains(a.body, "/w/login/oidc") {
			t.Error("a button without a provider")
		}
		for _, path := range []string{"/w/login/oidc", federation.Callback + "?state=x&code=y"} {
			if a := p.get(path); a.status != 404 {
				t.Errorf("%s without a provider: %d", path, a.status)
			}
		}
		at := f.withProvider()
		if a := p.get("/w/login?next=/w/me"); !strings.Contains(a.body, "用省统一身份认证登录") || !strings.Contains(a.body, `href="/w/login/oidc?next=%2fw%2fme"`) {
			t.Errorf("no button:\n%s", a.body)
		}
		if a := p.elsewhere(at, "/w/login/oidc"); a.status != 422 || !strings.Contains(a.texts(t, ".problems li")[0], "没有与本系统的账号关联") || !strings.Contains(a.body, `name="password"`) {
			t.Errorf("an unknown subject: %d\n%s", a.status, a.body)
		}
		at.Down = true
		if a := p.get("/w/login/oidc"); a.status != 303 { // the way there is known by now
			t.Errorf("down: %d", a.status)
		}
		at.Down = false

		p.signIn("clerk", secret, "/w/me")
		if a := p.elsewhere(at, "/w/me/federation/begin"); a.location != "/w/me/federation" {
			t.Fatalf("back with a subject: %+v", a)
		}
		if a := p.get("/w/me/federation"); !strings.Contains(a.body, "u-1001") || !strings.Contains(a.body, "确认关联") || len(a.texts(t, "h1 .tag")) != 1 || a.texts(t, "h1 .tag")[0] != "没有关联" {
			t.Errorf("what waits:\n%s", a.body)
		}
		f.at = f.at.Add(6 * time.Minute)
		if a := p.post("/w/me/federation/link", "key", "l1"); a.status != 403 {
			t.Errorf("linked without a fresh proof: %d", a.status)
		}
		if a := p.post("/w/me/federation/link", "key", "l1", "prove-again", secret); a.location != "/w/me/federation" {
			t.Fatalf("linked: %+v", a)
		}
		if a := p.post("/w/me/federation/link", "key", "l2"); a.status != 409 {
			t.Errorf("linked once more: %d", a.status)
		}

		other := f.person()
		token := other.token()
		if a := other.elsewhere(at, "/w/login/oidc?next=/w/me"); a.location != "/w/me" || other.get("/w/me").status != 200 || other.token() == token {
			t.Fatalf("signs in: %+v", a)
		}
		if a := other.post("/w/me/federation/unlink", "key", "u1"); a.status != 403 {
			t.Errorf("a grave act on the provider's word alone: %d", a.status)
		}
		f.must(f.identity.BeginSecond(t.Context(), mustAccount(f, "clerk").Actor()))
		_, key, err := f.identity.Key(t.Context(), mustAccount(f, "clerk"))
		f.must(err)
		code := func() string {
			c, err := totp.GenerateCode(key, f.at)
			f.must(err)
			return c
		}
		_, err = f.identity.ConfirmSecond(t.Context(), mustAccount(f, "clerk").Actor(), code())
		f.must(err)
		f.at = f.at.Add(time.Minute)
		third := f.person()
		if a := third.elsewhere(at, "/w/login/oidc?next=//evil.example"); a.location != "/w" {
			t.Errorf("led to %q", a.location)
		}
		if a := third.get("/w/me"); !strings.HasPrefix(a.location, "/w/login/code") {
			t.Errorf("without the second factor: %+v", a)
		}
		if a := third.post("/w/login/code", "code", code(), "next", "/w/me"); a.location != "/w/me" || third.get("/w/me").status != 200 {
			t.Errorf("with it: %+v", a)
		}
		at.Claims = func(c map[string]any) { c["amr"] = []string{"pwd", "mfa"} }
		fourth := f.person()
		fourth.elsewhere(at, "/w/login/oidc")
		if a := fourth.get("/w/me"); a.status != 200 {
			t.Errorf("with two factors there: %+v", a)
		}
		at.Claims = func(c map[string]any) { c["nonce"] = "another" }
		if a := f.person().elsewhere(at, "/w/login/oidc"); a.status != 422 || !strings.Contains(a.body, "用密码登录") {
			t.Errorf("another nonce: %d", a.status)
		}
		at.Claims = nil

		f.must(f.identity.Enable(t.Context(), access.System(bureau), "clerk", false))
		if a := f.person().elsewhere(at, "/w/login/oidc"); a.status != 422 || !strings.Contains(a.texts(t, ".problems li")[0], "已停用") {
			t.Errorf("an account out of use: %d\n%s", a.status, a.body)
		}
	})
}

func mustAccount(f *fixture, id string) identity.Account {
	f.t.Helper()
	a, err := f.identity.Account(f.t.Context(), bureau, id)
	f.must(err)
	return a
}

// A way back is one browser's, once; and it is not made by anybody else.
func TestFederationState(t *testing.T) {
	f := newEntrance(t, storetest.SQLite(t))
	at := f.withProvider()
	boss, p := f.person(), f.person()
	boss.signIn("admin", secret, "/w/me")
	if a := boss.post("/w/accounts/federation", "key", "b1", "links", "clerk，u-1001\nnobody,u-2"); a.status != 422 || !strings.Contains(a.texts(t, ".problems li")[0], "第 2 行的登录名不存在") {
		t.Errorf("a list with a mistake: %d\n%s", a.status, a.body)
	}
	if a := boss.post("/w/accounts/federation", "key", "b2", "links", "clerk，u-1001"); a.status != 303 {
		t.Fatalf("linked by the administrator: %d\n%s", a.status, a.body)
	}
	if a := boss.get("/w/accounts/federation"); len(a.texts(t, "tbody tr")) != 1 || !strings.Contains(a.body, "u-1001") {
		t.Errorf("the list:\n%s", a.body)
	}
	a := p.get("/w/login/oidc")
	back := strings.TrimPrefix(at.Visit(a.location), f.url)
	for name, other := range map[string]*person{"another browser": f.person(), "one that is in": boss} {
		if a := other.get(back); a.status != 422 || other != boss && other.get("/w/me").status == 200 {
			t.Errorf("%s with the address: %d %s", name, a.status, a.location)
		}
	}
	u, err := url.Parse(back)
	f.must(err)
	q := u.Query()
	q.Set("state", "forged")
	if a := p.get(u.Path + "?" + q.Encode()); a.status != 422 {
		t.Errorf("a forged state: %d", a.status)
	}
	if a := p.get(back); a.status != 422 {
		t.Errorf("the way after a try with a forged state: %d, want it used up", a.status)
	}
	a = p.get("/w/login/oidc")
	back = strings.TrimPrefix(at.Visit(a.location), f.url)
	if a := p.get(back); a.location != "/w" {
		t.Errorf("the right one: %+v", a)
	}
	if a := p.get(back); a.status != 422 {
		t.Errorf("again: %d", a.status)
	}
	if a := boss.post("/w/accounts/clerk/federation/unlink", "key", "b3"); a.status != 303 {
		t.Errorf("unlinked: %d", a.status)
	}
	if a := f.person().elsewhere(at, "/w/login/oidc"); a.status != 422 {
		t.Errorf("after that: %d", a.status)
	}
}
