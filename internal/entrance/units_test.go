package entrance

import (
	"strings"
	"testing"

	"suiji/internal/access"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// The administrator keeps the tree; where there is a security administrator, he
// does. Accounts come to a unit by the form and by the table.
func TestUnits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newEntrance(t, db)
		admin, clerk := f.add("one", access.Admin), f.person()
		clerk.signIn("clerk", secret, "/w/me")
		if s := admin.get("/w/accounts").body; strings.Contains(s, `name="unit"`) {
			t.Error("units are offered before there is one")
		}
		for _, tt := range []struct {
			name string
			a    answer
			want int
		}{
			{"a clerk", clerk.post("/w/accounts/units", "id", "u0", "name", "甲"), 403},
			{"without a name", admin.post("/w/accounts/units", "id", "u0", "name", " "), 422},
			{"rightly", admin.post("/w/accounts/units", "id", "u1", "name", "县市场监督管理局"), 303},
			{"below it", admin.post("/w/accounts/units", "id", "u2", "parent", "u1", "name", "稽查大队"), 303},
			{"twice", admin.post("/w/accounts/units", "id", "u3", "name", "稽查大队"), 422},
			{"a new name", admin.post("/w/accounts/units/u2/rename", "name", "执法稽查大队"), 303},
			{"above what is open", admin.post("/w/accounts/units/u1/close"), 409},
			{"nobody's", admin.get("/w/accounts/units/u9"), 404},
			{"closed", admin.post("/w/accounts/units/u2/close"), 303},
			{"somebody comes to a closed one", admin.post("/w/accounts", "id", "n1", "username", "wang", "name", "王", "roles", "clerk", "unit", "u2"), 422},
			{"opened", admin.post("/w/accounts/units/u2/open"), 303},
			{"an operator of a unit", admin.post("/w/accounts", "id", "n1", "username", "wang", "name", "王", "roles", "operator", "unit", "u2"), 422},
			{"a clerk of a unit", admin.post("/w/accounts", "id", "n1", "username", "wang", "name", "王", "roles", "clerk", "unit", "u2"), 303},
		} {
			if tt.a.status != tt.want {
				t.Errorf("%s: %d, want %d\n%s", tt.name, tt.a.status, tt.want, tt.a.body)
			}
		}
		if s := admin.get("/w/accounts/units/u2").body; !strings.Contains(s, "稽查大队") || !strings.Contains(s, "县市场监督管理局") {
			t.Error("the unit's page does not say what it was called and what it belongs to")
		}
		if s := admin.get("/w/accounts/n1").body; !strings.Contains(s, "<dd>执法稽查大队</dd>") {
			t.Error("the account's page does not say its unit")
		}

		table := "姓名,登录名,角色,部门\n陈一,chen,检查人员,县市场监督管理局\n陈二,er,检查人员,没有的局\n陈三,san,名录管理员,县市场监督管理局\n陈四,si,经办人,\n"
		if a := admin.sendFile("b1", "账号.csv", []byte(table)); a.status != 303 {
			t.Fatalf("the table: %d %s", a.status, a.body)
		}
		b, err := f.identity.Batch(t.Context(), bureau, "b1")
		f.must(err)
		for i, want := range []struct{ unit, problem string }{{"u1", ""}, {"", "没有“没有的局”这个部门"}, {"u1", "“名录管理员”办的是全单位的事"}, {"", ""}} {
			if x := b.Rows[i]; x.Unit != want.unit || !strings.HasPrefix(x.Problem, want.problem) || want.problem == "" && x.Problem != "" {
				t.Errorf("line %d: unit %q, %q, want %q, %q", i+2, x.Unit, x.Problem, want.unit, want.problem)
			}
		}
		if a := admin.post("/w/accounts/batches/b1/write"); a.status != 303 {
			t.Errorf("the table is written: %d %s", a.status, a.body)
		}
		all, err := f.identity.Accounts(t.Context(), bureau)
		f.must(err)
		for _, x := range all {
			if want := map[string]string{"chen": "u1", "wang": "u2"}[x.Username]; x.Unit != want {
				t.Errorf("%s belongs to %q, want %q", x.Username, x.Unit, want)
			}
		}

		f.add("sec", access.Security)
		if a := admin.post("/w/accounts/units", "id", "u4", "name", "乙"); a.status != 403 {
			t.Errorf("the administrator beside a security administrator: %d", a.status)
		}
		if s := admin.get("/w/accounts/units").body; strings.Contains(s, "添加部门</button>") {
			t.Error("he is offered it")
		}
	})
}
