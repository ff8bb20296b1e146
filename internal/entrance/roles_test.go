package entrance

import (
	"strings"
	"testing"
	"time"

	"suiji/internal/access"
	"suiji/internal/identity"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

func (f *fixture) add(id string, role access.Role) *person {
	f.t.Helper()
	f.must(f.identity.AddAccount(f.t.Context(), access.System(bureau), identity.Account{ID: id, Username: id, Name: "乙" + id, Roles: []access.Role{role}}, secret))
	p := f.person()
	p.signIn(id, secret, "/w/me")
	return p
}

func (f *fixture) roles(id string) string {
	f.t.Helper()
	acc, err := f.identity.Account(f.t.Context(), bureau, id)
	f.must(err)
	return names(acc.Roles)
}

// waiting is the change that waits for a decision.
func (f *fixture) waiting() string {
	f.t.Helper()
	all, err := f.identity.Grants(f.t.Context(), bureau, "")
	f.must(err)
	if len(all) != 1 {
		f.t.Fatalf("%d changes wait", len(all))
	}
	return all[0].ID
}

// Roles of an account change by two hands: neither who asked nor whom it is
// about decides, and what excludes each other is refused when it is asked for.
func TestRolesByTwoHands(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newEntrance(t, db)
		one, two, clerk := f.add("one", access.Admin), f.add("two", access.Admin), f.person()
		clerk.signIn("clerk", secret, "/w/me")
		ask := func(p *person, id, grant string, form ...string) answer {
			return p.post("/w/accounts/"+id+"/roles", append([]string{"grant", grant, "reason", "接替甲"}, form...)...)
		}
		for _, tt := range []struct {
			name string
			a    answer
			want int
		}{
			{"a clerk asks", ask(clerk, "clerk", "g0", "roles", "leader"), 403},
			{"for himself", ask(one, "one", "g1", "roles", "auditor"), 403},
			{"operator and reviewer", ask(one, "clerk", "g2", "roles", "operator", "roles", "reviewer"), 422},
			{"administrator beside the work", ask(one, "clerk", "g3", "roles", "clerk", "roles", "admin"), 422},
			{"nothing", ask(one, "clerk", "g4"), 422},
			{"an unknown role", ask(one, "clerk", "g5", "roles", "king"), 422},
			{"without a reason", one.post("/w/accounts/clerk/roles", "grant", "g6", "roles", "leader"), 422},
			{"somebody unknown", ask(one, "nobody", "g7", "roles", "leader"), 404},
			{"rightly", ask(one, "clerk", "g8", "roles", "leader"), 303},
			{"once more", ask(two, "clerk", "g9", "roles", "inspector"), 409},
			{"decided by who asked", one.post("/w/accounts/clerk/roles/g8/grant"), 403},
			{"by whom it is about", clerk.post("/w/accounts/clerk/roles/g8/grant"), 403},
		} {
			if tt.a.status != tt.want {
				t.Errorf("%s: %d, want %d\n%s", tt.name, tt.a.status, tt.want, tt.a.body)
			}
		}
		if got := f.roles("clerk"); got != "经办人" || f.waiting() != "g8" {
			t.Fatalf("before the decision: %s", got)
		}
		if s := one.get("/w/accounts/clerk").body; strings.Contains(s, "g8/grant") || !strings.Contains(s, "接替甲") {
			t.Error("who asked is offered the decision, or does not see what waits")
		}
		if s := two.get("/w/accounts/clerk").body; !strings.Contains(s, "g8/grant") {
			t.Error("the second person is not offered the decision")
		}
		if a := two.post("/w/accounts/clerk/roles/g8/grant"); a.status != 303 || f.roles("clerk") != "局领导" {
			t.Errorf("granted: %d, %s", a.status, f.roles("clerk"))
		}
		if a := clerk.get("/w/me"); a.status != 303 {
			t.Errorf("the sessions under the old roles go on: %d", a.status)
		}
		if a := two.post("/w/accounts/clerk/roles/g8/refuse"); a.status != 409 || f.roles("clerk") != "局领导" {
			t.Errorf("decided twice: %d", a.status)
		}
	})
}

// Who stands in for somebody has the role on top, to the last minute of the day
// and no longer.
func TestStandIn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newEntrance(t, db)
		one, two := f.add("one", access.Admin), f.add("two", access.Admin)
		for _, day := range []string{"2022-05-31", "2024-01-01", "soon"} {
			if a := one.post("/w/accounts/clerk/roles", "grant", "g", "roles", "leader", "reason", "出差", "last_day", day); a.status != 422 {
				t.Errorf("until %s: %d, want 422", day, a.status)
			}
		}
		one.post("/w/accounts/clerk/roles", "grant", "g", "roles", "leader", "reason", "出差", "last_day", "2022-06-10")
		if a := two.post("/w/accounts/clerk/roles/g/grant"); a.status != 303 || f.roles("clerk") != "经办人、局领导" {
			t.Fatalf("granted: %d, %s", a.status, f.roles("clerk"))
		}
		if s := two.get("/w/accounts/clerk").body; !strings.Contains(s, "局领导（代理至 2022-06-10）") {
			t.Errorf("the end is not shown:\n%s", s)
		}
		f.at = time.Date(2022, 6, 10, 23, 59, 59, 0, time.FixedZone("CST", 8*60*60))
		if got := f.roles("clerk"); got != "经办人、局领导" {
			t.Errorf("on the last evening: %s", got)
		}
		f.at = f.at.Add(time.Second)
		if got := f.roles("clerk"); got != "经办人" {
			t.Errorf("the day after: %s", got)
		}
	})
}

// With a security administrator the three are apart: the administrator makes
// accounts and asks, the other takes into use, decides and resets.
func TestThreeAdministrators(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newEntrance(t, db)
		admin, security := f.person(), f.add("security", access.Security)
		admin.signIn("admin", secret, "/w/me")
		f.must(f.identity.AddAccount(t.Context(), access.System(bureau), identity.Account{ID: "admin2", Username: "admin2", Name: "乙", Roles: []access.Role{access.Admin}}, secret))
		second := f.person()
		second.signIn("admin2", secret, "/w/me")

		once := admin.post("/w/accounts", "id", "new", "name", "新", "username", "new", "roles", "clerk")
		if acc, err := f.identity.Account(t.Context(), bureau, "new"); once.status != 303 || err != nil || acc.Active {
			t.Errorf("an account is in use as soon as the administrator has made it: %d, %v", once.status, err)
		}
		if a := security.post("/w/accounts", "id", "x", "name", "新", "username", "x", "roles", "clerk"); a.status != 403 {
			t.Errorf("the security administrator makes an account: %d", a.status)
		}
		if a := security.post("/w/accounts/new/enable"); a.status != 303 {
			t.Errorf("taken into use: %d", a.status)
		}
		for _, path := range []string{"reset", "disable", "enable", "second", "signins/end"} {
			if a := admin.post("/w/accounts/clerk/" + path); a.status != 403 {
				t.Errorf("the administrator: %s: %d", path, a.status)
			}
			if s := admin.get("/w/accounts/clerk").body; strings.Contains(s, "/"+path+`"`) {
				t.Errorf("the administrator is offered %s", path)
			}
		}
		if a := admin.post("/w/accounts/rules", "passwords", "modern"); a.status != 403 {
			t.Errorf("the administrator changes the rules: %d", a.status)
		}
		admin.post("/w/accounts/clerk/roles", "grant", "g", "roles", "leader", "reason", "接替")
		if a := second.post("/w/accounts/clerk/roles/g/grant"); a.status != 403 {
			t.Errorf("another administrator decides: %d", a.status)
		}
		if a := security.post("/w/accounts/clerk/roles/g/grant"); a.status != 303 || f.roles("clerk") != "局领导" {
			t.Errorf("the security administrator decides: %d, %s", a.status, f.roles("clerk"))
		}
		if a := security.post("/w/accounts/admin2/disable"); a.status != 303 {
			t.Errorf("one of two administrators out of use: %d", a.status)
		}
		if a := security.post("/w/accounts/admin/disable"); a.status != 409 {
			t.Errorf("the last administrator out of use: %d", a.status)
		}
	})
}

// Who holds roles that exclude each other, because the office was laxer before,
// does not get in.
func TestClashAtSignIn(t *testing.T) {
	f := newEntrance(t, storetest.SQLite(t))
	admin := access.System(bureau)
	f.must(f.identity.Describe(t.Context(), admin, identity.Authority{Name: "元氏县人力资源和社会保障局", RelaxedDuties: true}))
	f.must(f.identity.AddAccount(t.Context(), admin, identity.Account{ID: "both", Username: "both", Name: "乙", Roles: []access.Role{access.Operator, access.Reviewer}}, secret))
	p := f.person()
	p.signIn("both", secret, "/w/me")
	f.must(f.identity.Describe(t.Context(), admin, identity.Authority{Name: "元氏县人力资源和社会保障局"}))
	if a := p.post("/w/login", "username", "both", "password", secret); a.status != 422 || !strings.Contains(a.body, "须由不同的人担任") {
		t.Errorf("with two duties: %d\n%s", a.status, a.body)
	}
}
