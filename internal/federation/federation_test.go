package federation

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/canon"
	"suiji/internal/errs"
	"suiji/internal/federation/federationtest"
	"suiji/internal/identity"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

const (
	bureau = "130132-rs"
	secret = "Correct-Horse-7"
)

// office is a service over a bureau of two clerks and two administrators.
type office struct {
	*Service
	t        *testing.T
	door     *audit.Door
	identity *identity.Service
	provider *federationtest.Provider
	at       time.Time
}

func newOffice(t *testing.T, db *store.DB) *office {
	t.Helper()
	o := &office{t: t, at: time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)}
	now := func() time.Time { return o.at }
	o.door = audit.New(db, now)
	o.identity = identity.New(db, o.door, now)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(o.identity.Found(t.Context(), identity.Authority{ID: bureau, Name: "元氏县人力资源和社会保障局", Hash: canon.SHA256}))
	for id, role := range map[string]access.Role{"limin": access.Clerk, "wang": access.Clerk, "boss": access.Admin} {
		must(o.identity.AddAccount(t.Context(), access.System(bureau), identity.Account{ID: id, Username: id, Name: "甲", Roles: []access.Role{role}}, secret))
	}
	o.Service = New(db, o.door, o.identity, now)
	o.provider = federationtest.New(t, now)
	o.provider.Subject = "u-1001"
	c := Settings{Issuer: o.provider.URL, Client: federationtest.Client, Secret: federationtest.Secret, Enough: []string{"mfa", "urn:gov:loa3"}, Hosts: []string{"127.0.0.1"}}
	must(c.Check())
	o.At(c, "https://suiji.example.gov.cn")
	return o
}

func (o *office) actor(id string) access.Actor {
	o.t.Helper()
	a, err := o.identity.Account(o.t.Context(), bureau, id)
	if err != nil {
		o.t.Fatal(err)
	}
	return a.Actor()
}

// way goes to the provider and back.
func (o *office) way() (Flow, url.Values) {
	o.t.Helper()
	address, f, err := o.Begin(o.t.Context(), Flow{})
	if err != nil {
		o.t.Fatal(err)
	}
	back, err := url.Parse(o.provider.Visit(address))
	if err != nil || !strings.HasPrefix(back.String(), "https://suiji.example.gov.cn"+Callback+"?") {
		o.t.Fatalf("sent back to %s, %v", back, err)
	}
	return f, back.Query()
}

// The good way opens the account that is linked; each thing that is not as it
// should be opens none.
func TestFinish(t *testing.T) {
	o := newOffice(t, storetest.SQLite(t))
	for _, tt := range []struct {
		name   string
		lie    func(c map[string]any)
		before func()
		after  func(f *Flow, q url.Values)
		ok     bool
		strong bool
	}{
		{name: "good", ok: true},
		{name: "with a strength that is enough", lie: func(c map[string]any) { c["amr"] = []string{"pwd", "mfa"} }, ok: true, strong: true},
		{name: "the same as acr", lie: func(c map[string]any) { c["acr"] = "urn:gov:loa3" }, ok: true, strong: true},
		{name: "with one that is not", lie: func(c map[string]any) { c["acr"], c["amr"] = "urn:gov:loa1", []string{"pwd"} }, ok: true},
		{name: "for us and another, and we asked", lie: func(c map[string]any) {
			c["aud"], c["azp"] = []string{federationtest.Client, "other"}, federationtest.Client
		}, ok: true},
		{name: "wrong nonce", lie: func(c map[string]any) { c["nonce"] = "another" }},
		{name: "no nonce", lie: func(c map[string]any) { delete(c, "nonce") }},
		{name: "wrong audience", lie: func(c map[string]any) { c["aud"] = "other" }},
		{name: "for us and another", lie: func(c map[string]any) { c["aud"] = []string{federationtest.Client, "other"} }},
		{name: "another asked", lie: func(c map[string]any) { c["azp"] = "other" }},
		{name: "another issuer", lie: func(c map[string]any) { c["iss"] = "https://evil.example" }},
		{name: "expired", lie: func(c map[string]any) { c["exp"] = o.at.Add(-time.Second).Unix() }},
		{name: "no subject", lie: func(c map[string]any) { delete(c, "sub") }},
		{name: "another key", before: func() { o.provider.Other = true }},
		{name: "refused there", before: func() { o.provider.Refuses = "access_denied" }},
		{name: "down meanwhile", after: func(*Flow, url.Values) { o.provider.Down = true }},
		{name: "another state", after: func(_ *Flow, q url.Values) { q.Set("state", "another") }},
		{name: "no way of ours", after: func(f *Flow, q url.Values) { *f = Flow{}; q.Del("state") }},
		{name: "another's verifier", after: func(f *Flow, _ url.Values) { f.Verifier = strings.Repeat("a", 43) }},
		{name: "another's code", after: func(_ *Flow, q url.Values) { q.Set("code", "another") }},
		{name: "named another issuer", after: func(_ *Flow, q url.Values) { q.Set("iss", "https://evil.example") }},
		{name: "too late", after: func(*Flow, url.Values) { o.at = o.at.Add(11 * time.Minute) }},
	} {
		o.provider.Down, o.provider.Other, o.provider.Refuses, o.provider.Claims = false, false, "", tt.lie
		if tt.before != nil {
			tt.before()
		}
		f, q := o.way()
		if tt.after != nil {
			tt.after(&f, q)
		}
		x, err := o.Finish(t.Context(), f, q)
		if !tt.ok && (errs.KindOf(err) != errs.Invalid || !strings.Contains(errs.Sentence(err), "没有登录")) || tt.ok && (err != nil || x.ID != "u-1001" || x.Strong != tt.strong) {
			t.Errorf("%s: %+v, %v", tt.name, x, err)
		}
		if err != nil && strings.Contains(errs.Sentence(err), "canary") {
			t.Errorf("%s: the secret is told: %v", tt.name, err)
		}
	}
	o.provider.Down = true
	o.At(o.settings, "https://suiji.example.gov.cn") // as after a start
	if _, _, err := o.Begin(t.Context(), Flow{}); errs.KindOf(err) != errs.Invalid || !strings.Contains(errs.Sentence(err), "用密码登录") {
		t.Errorf("down: %v", err)
	}
	o.provider.Down = false
	if _, _, err := o.Begin(t.Context(), Flow{}); err != nil {
		t.Errorf("up again: %v", err)
	}
}

// A subject opens the account that it is linked to, if that is in use; nothing
// makes an account.
func TestEnter(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		x := Subject{Issuer: o.settings.Issuer, ID: "u-1001"}
		refused := func(what string, x Subject) {
			t.Helper()
			if _, err := o.Enter(t.Context(), x); errs.KindOf(err) != errs.Invalid {
				t.Errorf("%s: %v", what, err)
			}
		}
		refused("unknown", x)
		refused("called as an account", Subject{Issuer: o.settings.Issuer, ID: "limin"})
		if err := o.Link(t.Context(), o.actor("limin"), "u-1001"); err != nil {
			t.Fatal(err)
		}
		if acc, err := o.Enter(t.Context(), x); err != nil || acc.ID != "limin" {
			t.Errorf("linked: %+v, %v", acc, err)
		}
		refused("of another provider", Subject{Issuer: "https://evil.example", ID: "u-1001"})
		if err := o.Link(t.Context(), o.actor("wang"), "u-1001"); errs.KindOf(err) != errs.Conflict {
			t.Errorf("linked to a second account: %v", err)
		}
		if err := o.Unlink(t.Context(), o.actor("wang"), "limin"); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("unlinked by a colleague: %v", err)
		}
		if err := o.identity.Enable(t.Context(), o.actor("boss"), "limin", false); err != nil {
			t.Fatal(err)
		}
		refused("out of use", x)
		if err := o.identity.Enable(t.Context(), o.actor("boss"), "limin", true); err != nil {
			t.Fatal(err)
		}
		if err := o.Unlink(t.Context(), o.actor("boss"), "limin"); err != nil {
			t.Fatal(err)
		}
		refused("unlinked", x)
		all, err := o.identity.Accounts(t.Context(), bureau)
		if err != nil || len(all) != 3 {
			t.Errorf("%d accounts, %v, want the three", len(all), err)
		}
		log, err := o.door.Entries(t.Context(), bureau, "", time.Time{}, 100)
		if err != nil {
			t.Fatal(err)
		}
		count := map[bool]int{}
		for _, e := range log {
			if e.Action == access.SignIn {
				count[e.Allowed]++
			}
		}
		if count[true] != 1 || count[false] != 5 {
			t.Errorf("the log has %d sign-ins and %d refusals, want 1 and 5", count[true], count[false])
		}
	})
}

func TestSetAll(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		boss := o.actor("boss")
		for _, tt := range []struct{ text, want string }{
			{"", "请填写"}, {"limin", "第 1 行不是"}, {"limin u1 x", "第 1 行不是"}, {"\nlimin,u1\nnobody,u2", "第 3 行的登录名不存在"}, {"boss,u1", "自己的账号"},
			{"limin,u1\nlimin,u2", "重复"}, {"limin,u1\nwang,u1", "重复"}, {"limin," + strings.Repeat("u", 256), "255"},
		} {
			if err := o.SetAll(t.Context(), boss, tt.text); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("SetAll(%.20q) = %v, want %q", tt.text, err, tt.want)
			}
		}
		if all, err := o.Links(t.Context(), bureau); err != nil || len(all) != 0 {
			t.Errorf("refused, and yet linked: %v, %v", all, err)
		}
		if err := o.SetAll(t.Context(), o.actor("wang"), "limin,u1"); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("by a clerk: %v", err)
		}
		if err := o.SetAll(t.Context(), boss, "limin，u1\r\n\r\nwang\tu2\r\n"); err != nil {
			t.Fatal(err)
		}
		if all, err := o.Links(t.Context(), bureau); err != nil || len(all) != 2 || all[0].Subject != "u1" || all[1].By != "boss" {
			t.Errorf("linked: %+v, %v", all, err)
		}
		if err := o.SetAll(t.Context(), boss, "limin,u3\nwang,u1"); err != nil {
			t.Errorf("a subject that has become free in the same list: %v", err)
		}
		if err := o.SetAll(t.Context(), boss, "limin,u4\nwang,u3x\n"); err != nil {
			t.Fatal(err)
		}
		if err := o.SetAll(t.Context(), boss, "limin,u3x"); err == nil || !strings.Contains(err.Error(), "第 1 行的标识已经") {
			t.Errorf("another's subject: %v", err)
		}
		guard := identity.Account{ID: "guard", Username: "guard", Name: "乙", Roles: []access.Role{access.Security}}
		if err := o.identity.AddAccount(t.Context(), access.System(bureau), guard, secret); err != nil {
			t.Fatal(err)
		}
		if err := o.SetAll(t.Context(), boss, "limin,u9"); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("by the administrator of a divided office: %v", err)
		}
		if err := o.SetAll(t.Context(), o.actor("guard"), "limin,u9"); err != nil {
			t.Errorf("by the security administrator: %v", err)
		}
	})
}

// No host is reached that is not in the list, no redirection followed, no
// endless answer read.
func TestNothingUnlistedIsReached(t *testing.T) {
	reached := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }))
	defer other.Close()
	own := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusFound)
	}))
	defer own.Close()
	t.Setenv("HTTP_PROXY", other.URL)
	elsewhere := strings.Replace(other.URL, "127.0.0.1", "localhost", 1)
	c := client([]string{"127.0.0.1"})
	if res, err := c.Get(own.URL); err != nil || res.StatusCode != http.StatusFound {
		t.Errorf("the one of the list: %v", err)
	} else if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{elsewhere, "http://192.0.2.1/", "https://127.0.0.2/"} {
		if _, err := c.Get(address); err == nil || !strings.Contains(err.Error(), "not among the hosts") {
			t.Errorf("%s: %v", address, err)
		}
	}
	if _, err := client([]string{"idp.example"}).Get("http://idp.example/"); err == nil || !strings.Contains(err.Error(), "not https") {
		t.Errorf("plain HTTP: %v", err)
	}
	if reached != 0 {
		t.Errorf("another was reached %d times", reached)
	}
	o := newOffice(t, storetest.SQLite(t))
	cfg := o.settings
	cfg.Hosts = []string{"idp.example"}
	if cfg.Check() == nil {
		t.Error("a provider that is not in the list is taken")
	}
	o.At(cfg, "https://suiji.example.gov.cn")
	if _, _, err := o.Begin(t.Context(), Flow{}); errs.KindOf(err) != errs.Invalid {
		t.Errorf("asked all the same: %v", err)
	}
}
