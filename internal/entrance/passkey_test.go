package entrance

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"suiji/internal/access"
	"suiji/internal/identity"
	"suiji/internal/page"
	"suiji/internal/passkey/passkeytest"
	"suiji/internal/password"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// asked is what the script hands to a device.
func (p *person) asked(purpose string) []byte {
	p.f.t.Helper()
	a := p.post("/w/login/passkey", "for", purpose)
	if a.status != http.StatusOK || a.header.Get("Content-Type") != "application/json" {
		p.f.t.Fatalf("asked to %s: %d %s", purpose, a.status, a.body)
	}
	return []byte(a.body)
}

// A role that needs a second factor enrols a passkey, gets in with it, shows it
// again before a grave act, and loses it by an administrator's hand only.
func TestPasskey(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newEntrance(t, db)
		const origin, host = "http://localhost:8311", "localhost"
		f.must(f.identity.SetRules(t.Context(), access.System(bureau), identity.Rules{Passwords: password.Dengbao, Second: []access.Role{access.Admin}}))
		p := f.person()
		p.signIn("admin", secret, "/w/me")
		if a := p.get("/w/login/second"); !strings.Contains(a.body, "只能在 https 域名") || strings.Contains(a.body, `data-passkey="enrol"`) {
			t.Errorf("at an address where passkeys do not work:\n%s", a.body)
		}
		if a := p.post("/w/login/passkey", "for", "enrol"); a.status != 422 || !strings.Contains(a.body, "sentence") {
			t.Errorf("asked there: %d %s", a.status, a.body)
		}
		f.identity.Passkeys().At(origin)
		if a := p.get("/w/login/second"); !strings.Contains(a.body, `data-passkey="enrol" data-origin="`+origin) || !strings.Contains(a.body, "passkey") {
			t.Errorf("where they do:\n%s", a.body)
		}
		d := passkeytest.New(t, origin, host)
		if a := p.post("/w/login/second/passkey", "name", "", "passkey", d.Create(p.asked("enrol"))); a.status != 422 || a.texts(t, ".problems li")[0] == "" {
			t.Errorf("without a name: %d", a.status)
		}
		token := p.token()
		if a := p.post("/w/login/second/passkey", "name", "办公室电脑", "passkey", d.Create(p.asked("enrol"))); a.location != "/w/me/second" || p.token() == token {
			t.Fatalf("enrolled: %+v", a)
		}
		own := p.get("/w/me/second")
		if own.status != 200 || len(own.texts(t, ".recovery li")) != 10 || own.texts(t, "tbody th")[0] != "办公室电脑" || !strings.Contains(own.body, "最后一个，不能移除") {
			t.Errorf("one's own page: %d\n%s", own.status, own.body)
		}

		other := f.person()
		other.signIn("admin", secret, "/w/me")
		if a := other.get("/w/me"); !strings.HasPrefix(a.location, "/w/login/code") {
			t.Fatalf("with the password alone: %+v", a)
		}
		if a := other.get("/w/login/code"); !strings.Contains(a.body, `data-passkey="show"`) || strings.Contains(a.body, "6 位数字") {
			t.Errorf("the page that asks:\n%s", a.body)
		}
		if a := other.post("/w/login/passkey", "for", "enrol"); a.status != 401 {
			t.Errorf("a new key with the password alone: %d %s", a.status, a.body)
		}
		evil := d.Copy()
		evil.Origin = "https://evil.example"
		if a := other.post("/w/login/code", "passkey", evil.Get(other.asked("show"))); a.status != 422 {
			t.Errorf("signed for another site: %d", a.status)
		}
		answer := d.Get(other.asked("show"))
		if a := other.post("/w/login/code", "passkey", answer, "next", "/w/me"); a.location != "/w/me" || other.get("/w/me").status != 200 {
			t.Errorf("with both: %+v", a)
		}
		third := f.person()
		third.signIn("admin", secret, "/w/me")
		third.asked("show")
		if a := third.post("/w/login/code", "passkey", answer); a.status != 422 {
			t.Errorf("the answer of another sign-in: %d", a.status)
		}

		f.at = f.at.Add(6 * time.Minute)
		rules := []string{"passwords", "modern", "second", "admin", "key", "k1"}
		ask := other.post("/w/accounts/rules", rules...)
		if ask.status != 403 || !strings.Contains(ask.body, `data-passkey="show" data-origin="`+origin) || !strings.Contains(ask.body, `name="`+page.PasskeyField) {
			t.Fatalf("a grave act after a while: %d\n%s", ask.status, ask.body)
		}
		if a := other.post("/w/accounts/rules", append(rules, page.PasskeyField, answer)...); a.status != 403 || len(a.texts(t, ".problems li")) != 1 {
			t.Errorf("with an old answer: %d", a.status)
		}
		token = other.token()
		if a := other.post("/w/accounts/rules", append(rules, page.PasskeyField, d.Get(other.asked("show")))...); a.status != 303 || other.token() == token {
			t.Errorf("with a fresh one: %d\n%s", a.status, a.body)
		}

		key := keyOf(f, "admin")
		for range 2 { // the second changes nothing
			if a := other.post("/w/me/passkeys/"+key+"/rename", "as", "值班室电脑"); a.location != "/w/me/second" || other.get("/w/me/second").texts(t, "tbody th")[0] != "值班室电脑" {
				t.Errorf("renamed: %d to %q", a.status, a.location)
			}
		}
		if a := other.post("/w/me/passkeys/"+key+"/rename", "as", " "); a.status != 422 || !strings.Contains(a.body, "名称没有改动") {
			t.Errorf("renamed to nothing: %d", a.status)
		}
		stranger := f.person()
		stranger.signIn("clerk", secret, "/w/me")
		if a := stranger.post("/w/me/passkeys/"+key+"/rename", "as", "别人的"); a.status != 409 || other.get("/w/me/second").texts(t, "tbody th")[0] != "值班室电脑" {
			t.Errorf("somebody else's: %d", a.status)
		}
		if a := other.post("/w/me/passkeys/"+key+"/remove", "key", "r1"); a.status != 409 || !strings.Contains(a.body, "最后一个") {
			t.Errorf("the last one is removed: %d", a.status)
		}
		second := passkeytest.New(t, origin, host)
		if a := other.post("/w/me/passkeys", "name", "我的手机", "key", "e1", "passkey", second.Create(other.asked("enrol"))); a.status != 303 {
			t.Errorf("a second one: %d\n%s", a.status, a.body)
		}
		if a := other.post("/w/me/passkeys/"+key+"/remove", "key", "r2"); a.status != 303 || other.get("/w/me").status != 200 {
			t.Errorf("the first of two is removed: %d", a.status)
		}
		if a := p.get("/w/me"); a.status != 303 {
			t.Errorf("sessions elsewhere go on: %d", a.status)
		}
		last := f.person()
		last.signIn("admin", secret, "/w/me")
		options := last.asked("show")
		if a := last.post("/w/login/code", "passkey", d.Get(options)); a.status != 422 {
			t.Errorf("with the removed one: %d", a.status)
		}
		f.must(f.identity.RemoveSecond(t.Context(), access.System(bureau), "admin"))
		if a := other.get("/w/me"); a.status != 303 {
			t.Errorf("after an administrator took all: %d", a.status)
		}
		x, err := f.identity.Second(t.Context(), identity.Account{Authority: bureau, ID: "admin"})
		if f.must(err); x != (identity.Second{}) {
			t.Errorf("left: %+v", x)
		}
		log, err := f.door.Entries(t.Context(), bureau, "", time.Time{}, 100)
		f.must(err)
		added, refused := 0, 0
		for _, e := range log {
			if e.Action == access.PasskeyEdit && e.Allowed {
				added++
			}
			if e.Action == access.SignIn && !e.Allowed {
				refused++
			}
		}
		if added != 5 || refused < 4 {
			t.Errorf("the log has %d enrolments and removals and %d refusals, want 5 with the names, and each refusal", added, refused)
		}
	})
}

// keyOf is the id of an account's first passkey.
func keyOf(f *fixture, account string) string {
	f.t.Helper()
	all, err := f.identity.Passkeys().Keys(f.t.Context(), bureau, account)
	f.must(err)
	return url.PathEscape(all[0].ID)
}

// Guessing at it ends, also with answers of devices.
func TestPasskeyThrottle(t *testing.T) {
	f := newEntrance(t, storetest.SQLite(t))
	f.identity.Passkeys().At("http://localhost:8311")
	p := f.person()
	p.signIn("clerk", secret, "/w/me")
	d := passkeytest.New(t, "http://localhost:8311", "localhost")
	if a := p.post("/w/me/passkeys", "name", "手机", "key", "e", "passkey", d.Create(p.asked("enrol"))); a.status != 303 {
		t.Fatalf("enrolled: %d\n%s", a.status, a.body)
	}
	other := f.person()
	other.signIn("clerk", secret, "/w/me")
	var a answer
	for range 6 {
		a = other.post("/w/login/code", "passkey", "{}")
	}
	if a.status != 422 || !strings.Contains(a.body, "以后才能再试") {
		t.Errorf("after many: %d\n%s", a.status, a.body)
	}
	f.at = f.at.Add(time.Hour)
	p.signIn("clerk", secret, "/w/me")
	if a := p.post("/w/login/code", "code", "000000"); a.status != 422 {
		t.Errorf("a code, where there is none: %d", a.status)
	}
}
