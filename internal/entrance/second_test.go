package entrance

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"suiji/internal/access"
	"suiji/internal/canon"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/page"
	"suiji/internal/password"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// Whoever signs in first in a new office is led to a second factor before
// anything else, with words that say why; the demo's people are not.
func TestFirstSignIn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newEntrance(t, db)
		for _, x := range []struct {
			id   string
			demo bool
			want string
		}{{"new-rs", false, "/w/login/second"}, {"show-rs", true, ""}} {
			f.must(f.identity.Found(t.Context(), identity.Authority{ID: x.id, Name: "新设单位", Hash: canon.SHA256, Demo: x.demo}))
			for _, role := range access.OfAccounts() {
				acc := identity.Account{ID: "first-" + string(role), Username: x.id + "-" + string(role), Name: "王敏", Roles: []access.Role{role}}
				f.must(f.identity.AddAccount(t.Context(), access.System(x.id), acc, secret))
				p := f.person()
				if a := p.post("/w/login", "authority", x.id, "username", acc.Username, "password", secret); a.status != 303 {
					t.Fatalf("%s signs in: %d", acc.Username, a.status)
				}
				to := p.get("/w/me").location
				if x.want == "" && to != "" || !strings.HasPrefix(to, x.want) {
					t.Errorf("%s of %s is led to %q, want %q", role, x.id, to, x.want)
				}
				if x.want != "" && !strings.Contains(p.get(to).body, "您的角色须双因素登录") {
					t.Errorf("%s is not told why", role)
				}
			}
		}
	})
}

// A role that needs a second factor is led to it, and gets in with it only.
func TestSecondFactor(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newEntrance(t, db)
		f.must(f.identity.SetRules(t.Context(), access.System(bureau), identity.Rules{Passwords: password.Dengbao, Second: []access.Role{access.Leader}}))
		p, before := f.person(), f.person()
		before.signIn("clerk", secret, "/w/me")
		if a := before.get("/w/me"); a.status != 200 {
			t.Errorf("a role that needs none: %d", a.status)
		}
		p.signIn("leader", secret, "/w/me")
		if a := p.get("/w/me"); !strings.HasPrefix(a.location, "/w/login/second") {
			t.Fatalf("a role that needs one: %+v", a)
		}
		p.post("/w/login/second/begin")
		key := ""
		for _, x := range p.get("/w/login/second").texts(t, "dd code") {
			key = strings.ReplaceAll(x, " ", "")
		}
		code := func() string {
			c, err := totp.GenerateCode(key, f.at)
			f.must(err)
			return c
		}
		if a := p.post("/w/login/second/confirm", "code", "123"); a.status != 422 || len(a.texts(t, "dd code")) != 1 {
			t.Errorf("a wrong code: %d", a.status)
		}
		if a := p.post("/w/login/second/confirm", "code", code()); a.location != "/w/me/second" {
			t.Fatalf("the right one: %+v", a)
		}
		recovery := p.get("/w/me/second").texts(t, ".recovery li")
		if len(recovery) != 10 || len(p.get("/w/me/second").texts(t, ".recovery li")) != 0 {
			t.Errorf("recovery codes: %q, want ten, once", recovery)
		}
		if a := p.post("/w/me/second/remove", "key", "r"); a.status != 409 {
			t.Errorf("the last one of a role that needs one is removed: %d", a.status)
		}
		boss := f.person()
		boss.signIn("admin", secret, "/w/me")
		boss.post("/w/accounts/leader/second", "key", "r2")
		other := f.person()
		f.at = f.at.Add(time.Hour)
		p.signIn("leader", secret, "/w/me")
		if a := p.get("/w/me"); !strings.HasPrefix(a.location, "/w/login/second") {
			t.Errorf("after it was removed: %+v", a)
		}
		p.post("/w/login/second/begin")
		key = strings.ReplaceAll(p.get("/w/login/second").texts(t, "dd code")[0], " ", "")
		p.post("/w/login/second/confirm", "code", code())
		recovery = p.get("/w/me/second").texts(t, ".recovery li")
		other.signIn("leader", secret, "/w/me")
		if a := other.get("/w/me"); !strings.HasPrefix(a.location, "/w/login/code") {
			t.Fatalf("with the password alone: %+v", a)
		}
		if a := other.post("/w/me/password", "old", secret); a.status != 303 {
			t.Errorf("another way with the password alone: %d", a.status)
		}
		token := other.token()
		if a := other.post("/w/login/code", "code", code()); a.status != 422 {
			t.Errorf("the code of the enrolment again: %d", a.status)
		}
		f.at = f.at.Add(time.Minute)
		if a := other.post("/w/login/code", "code", code(), "next", "/w/me"); a.location != "/w/me" || other.token() == token {
			t.Errorf("the next code: %+v, token stays %v", a, other.token() == token)
		}
		if a := other.get("/w/me"); a.status != 200 {
			t.Errorf("with both: %d", a.status)
		}
		other.signIn("leader", secret, "/w/me")
		if a := other.post("/w/login/code", "code", recovery[0], "next", "/w/me"); a.location != "/w/me" {
			t.Errorf("a recovery code: %+v", a)
		}
	})
}

// Every grave act wants a proof that is fresh, no other act does; the form is
// sent again with it and with its key.
func TestGraveActs(t *testing.T) {
	db := storetest.SQLite(t)
	f := newEntrance(t, db)
	grave := 0
	for _, act := range access.Actions() {
		for _, x := range access.Roles {
			a := access.Actor{Authority: bureau, ID: "a", Name: "甲", Roles: []access.Role{x.Role}, Stale: "请输入密码"}
			if !access.Allow(a, act) {
				continue
			}
			ran := false
			err := f.door.Do(t.Context(), a, act, "o", func(*store.DB) error { ran = true; return nil })
			if want := access.Grave(act); want == ran || want != (errs.KindOf(err) == errs.Prove && err != nil) {
				t.Errorf("%s by %s without a fresh proof: %v, ran %v, want it asked for: %v", act, x.Role, err, ran, want)
			}
			if access.Grave(act) {
				grave++
			}
		}
	}
	if grave < 20 {
		t.Errorf("%d grave acts were tried, want the whole list", grave)
	}
	for _, act := range []access.Action{access.RoundSeal, access.RoundDraw, access.PlanApprove, access.PlanPublish, access.ResultPublish, access.ResultWithdraw, access.SettingEdit, access.AccountReset} {
		if !access.Grave(act) {
			t.Errorf("%s is not grave", act)
		}
	}
}

func TestProveAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newEntrance(t, db)
		p := f.person()
		p.signIn("admin", secret, "/w/me")
		rules := []string{"passwords", "modern", "key", "k1"}
		if a := p.post("/w/accounts/rules", rules...); a.status != 303 {
			t.Errorf("right after signing in: %d", a.status)
		}
		f.at = f.at.Add(5*time.Minute + time.Millisecond)
		rules[3] = "k2"
		a := p.post("/w/accounts/rules", rules...)
		if a.status != http.StatusForbidden || !strings.Contains(a.body, `name="key" value="k2"`) || !strings.Contains(a.body, `name="passwords" value="modern"`) || strings.Contains(a.body, secret) {
			t.Fatalf("after five minutes: %d\n%s", a.status, a.body)
		}
		wrong := p.post("/w/accounts/rules", append(rules, page.ProofField, "canary-wrong")...)
		if wrong.status != http.StatusForbidden || strings.Contains(wrong.body, "canary-wrong") || !strings.Contains(wrong.texts(t, ".problems li")[0], "不对") {
			t.Errorf("a wrong password: %d\n%s", wrong.status, wrong.body)
		}
		token := p.token()
		if a := p.post("/w/accounts/rules", append(rules, page.ProofField, secret)...); a.status != 303 || p.token() == token {
			t.Errorf("the right one: %d, token stays %v", a.status, p.token() == token)
		}
		if a := p.post("/w/accounts/rules", "passwords", "dengbao", "key", "k3"); a.status != 303 {
			t.Errorf("a minute later: %d", a.status)
		}
		f.at = f.at.Add(5 * time.Minute)
		if a := p.post("/w/accounts/rules", "passwords", "dengbao", "key", "k4"); a.status != 303 {
			t.Errorf("five minutes after the proof: %d", a.status)
		}
		f.at = f.at.Add(time.Millisecond)
		for range 6 {
			wrong = p.post("/w/accounts/rules", "passwords", "dengbao", "key", "k5", page.ProofField, "nonsense")
		}
		if !strings.Contains(wrong.body, "以后才能再试") {
			t.Errorf("guessing at it does not end:\n%s", wrong.body)
		}
		log, err := f.door.Entries(t.Context(), bureau, "", time.Time{}, 100)
		f.must(err)
		refused := 0
		for _, e := range log {
			if !e.Allowed && e.ActorID == "" && e.Action == access.SignIn {
				refused++
			}
		}
		if refused < 6 {
			t.Errorf("%d failed proofs in the log, want each", refused)
		}
	})
}
