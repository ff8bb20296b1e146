package entrance

import (
	"slices"
	"strings"
	"testing"
	"time"

	"suiji/internal/access"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// Everybody sees where he is signed in, ends one place or all others, and
// cannot end a colleague's; an administrator ends all of a colleague's.
func TestSignins(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newEntrance(t, db)
		desk, phone, third, clerk := f.person(), f.person(), f.person(), f.person()
		for _, p := range []*person{desk, phone, third} {
			f.at = f.at.Add(time.Minute)
			p.signIn("leader", secret, "/w/me")
		}
		clerk.signIn("clerk", secret, "/w/me")
		inside := func(p *person) bool { return p.get("/w/me").status == 200 }
		ends := func(p *person) []string {
			var all []string
			for _, s := range strings.Split(p.get("/w/me").body, `action="`) {
				if path, _, _ := strings.Cut(s, `"`); strings.HasSuffix(path, "/end") && path != "/w/me/signins/end" {
					all = append(all, path)
				}
			}
			return all
		}
		if got := ends(desk); len(got) != 2 {
			t.Fatalf("the leader may end %q, want two others", got)
		}
		if got := ends(clerk); len(got) != 0 {
			t.Errorf("the clerk may end %q", got)
		}
		if a := clerk.post(ends(desk)[0]); a.status != 303 || !inside(phone) || !inside(third) {
			t.Errorf("the clerk ended the leader's sign-in: %d", a.status)
		}
		seenByPhone := ends(phone)
		of := slices.DeleteFunc(ends(desk), func(path string) bool { return slices.Contains(seenByPhone, path) })
		if a := desk.post(of[0]); a.status != 303 || inside(phone) || !inside(third) || !inside(desk) {
			t.Errorf("ending the phone: %d, phone %v, third %v, desk %v", a.status, inside(phone), inside(third), inside(desk))
		}
		if a := desk.post(of[0]); a.status != 303 || !inside(third) {
			t.Errorf("ending it once more: %d", a.status)
		}
		if a := desk.post("/w/me/signins/end"); a.status != 303 || inside(third) || !inside(desk) {
			t.Errorf("ending all others: %d, third %v, desk %v", a.status, inside(third), inside(desk))
		}
		if got := desk.get("/w/me").texts(t, "caption"); len(got) != 1 || got[0] != "共 1 处" {
			t.Errorf("left: %q", got)
		}
		if a := clerk.post("/w/accounts/leader/signins/end"); a.status != 403 || !inside(desk) {
			t.Errorf("the clerk ends all of the leader's: %d", a.status)
		}
		admin := f.person()
		admin.signIn("admin", secret, "/w/me")
		if a := admin.post("/w/accounts/leader/signins/end"); a.status != 303 || inside(desk) || !inside(clerk) {
			t.Errorf("the administrator ends them: %d", a.status)
		}
		clerk.post("/w/logout")
		acc, err := f.identity.Account(t.Context(), bureau, "clerk")
		f.must(err)
		if left, err := f.identity.Signins(t.Context(), acc); err != nil || len(left) != 0 {
			t.Errorf("after signing out: %v, %v", left, err)
		}
	})
}

// The list keeps to the session after one's own new password, and forgets what
// has ended by itself.
func TestSigninsFollow(t *testing.T) {
	f := newEntrance(t, storetest.SQLite(t))
	desk, phone := f.person(), f.person()
	desk.signIn("leader", secret, "/w/me")
	phone.signIn("leader", secret, "/w/me")
	if a := desk.post("/w/me/password", "old", secret, "password", "Another-Horse-8", "again", "Another-Horse-8"); a.status != 303 {
		t.Fatalf("a new password: %d", a.status)
	}
	if got := desk.get("/w/me").texts(t, "caption"); got[0] != "共 1 处" {
		t.Errorf("after a new password: %q", got)
	}
	f.at = f.at.Add(31 * time.Minute)
	acc, err := f.identity.Account(t.Context(), bureau, "leader")
	f.must(err)
	if left, err := f.identity.Signins(t.Context(), acc); err != nil || len(left) != 0 {
		t.Errorf("after half an hour: %v, %v", left, err)
	}
	if !access.Allow(acc.Actor(), access.SigninEnd) || access.Allow(acc.Actor(), access.SigninsEnd) {
		t.Error("the leader's rights over sign-ins")
	}
}
