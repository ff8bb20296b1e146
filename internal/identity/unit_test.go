package identity_test

import (
	"slices"
	"testing"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/canon"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// An account of a unit sees under the names of its unit and of those below, old
// ones too; all others see the whole authority.
func TestUnits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		now := func() time.Time { return time.Date(2022, 6, 1, 2, 0, 0, 0, time.UTC) }
		s := identity.New(db, audit.New(db, now), now)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		kind := func(what string, err error, want errs.Kind) {
			t.Helper()
			if errs.KindOf(err) != want || err == nil {
				t.Errorf("%s: %v, want kind %v", what, err, want)
			}
		}
		const bureau = "130132-rs"
		must(s.Found(ctx, identity.Authority{ID: bureau, Name: "人社局", Hash: canon.SHA256}))
		must(s.Found(ctx, identity.Authority{ID: "990102-rs", Name: "邻县", Hash: canon.SHA256}))
		admin := access.Actor{Authority: bureau, ID: "admin", Name: "管理员", Roles: []access.Role{access.Admin}}
		for _, u := range []identity.Unit{{ID: "u1", Name: "市场监管局"}, {ID: "u2", Parent: "u1", Name: "稽查大队"}, {ID: "u3", Parent: "u2", Name: "一中队"}, {ID: "u4", Name: "卫健局"}} {
			must(s.AddUnit(ctx, admin, u))
		}
		must(s.AddUnit(ctx, access.Actor{Authority: "990102-rs", ID: "admin", Name: "管理员", Roles: []access.Role{access.Admin}}, identity.Unit{ID: "u1", Name: "市场监管局"}))
		sees := func(unit string) []string {
			t.Helper()
			id := "a" + unit
			if _, err := s.Account(ctx, bureau, id); err != nil {
				must(s.AddAccount(ctx, access.System(bureau), identity.Account{ID: id, Username: id, Name: id, Roles: []access.Role{access.Clerk}, Unit: unit}, "Lamp-72-Ming"))
			}
			acc, err := s.Account(ctx, bureau, id)
			must(err)
			all, err := s.Accounts(ctx, bureau)
			must(err)
			i := slices.IndexFunc(all, func(x identity.Account) bool { return x.ID == id })
			if !slices.Equal(all[i].Actor().Units, acc.Actor().Units) {
				t.Errorf("%s: in the list %q, alone %q", id, all[i].Actor().Units, acc.Actor().Units)
			}
			names := slices.Sorted(slices.Values(acc.Actor().Units))
			return slices.Compact(names)
		}
		for _, tt := range []struct {
			unit string
			want []string
		}{
			{"", nil}, {"u4", []string{"卫健局"}}, {"u3", []string{"一中队"}}, {"u2", []string{"一中队", "稽查大队"}}, {"u1", []string{"一中队", "市场监管局", "稽查大队"}},
		} {
			if got := sees(tt.unit); !slices.Equal(got, tt.want) {
				t.Errorf("unit %q sees %q, want %q", tt.unit, got, tt.want)
			}
		}

		must(s.RenameUnit(ctx, admin, "u4", "卫生健康局"))
		if got := sees("u4"); !slices.Equal(got, []string{"卫健局", "卫生健康局"}) {
			t.Errorf("after its new name it sees %q", got)
		}
		kind("another's old name", s.RenameUnit(ctx, admin, "u2", "卫健局"), errs.Invalid)
		kind("another's old name for a new unit", s.AddUnit(ctx, admin, identity.Unit{ID: "u5", Name: "卫健局"}), errs.Invalid)
		kind("the same name", s.AddUnit(ctx, admin, identity.Unit{ID: "u5", Name: "稽查大队"}), errs.Invalid)
		kind("two names in one", s.AddUnit(ctx, admin, identity.Unit{ID: "u5", Name: "甲、乙"}), errs.Invalid)
		kind("below what is not there", s.AddUnit(ctx, admin, identity.Unit{ID: "u5", Parent: "u9", Name: "甲"}), errs.Invalid)
		kind("nobody's", s.RenameUnit(ctx, admin, "u9", "甲"), errs.NotFound)
		kind("a clerk", s.AddUnit(ctx, access.Actor{Authority: bureau, ID: "clerk", Roles: []access.Role{access.Clerk}}, identity.Unit{ID: "u5", Name: "甲"}), errs.Forbidden)

		for _, role := range []access.Role{access.ListAdmin, access.Operator, access.Auditor, access.Admin, access.Security} {
			acc := identity.Account{ID: "x", Username: "x", Name: "x", Roles: []access.Role{role}, Unit: "u1"}
			kind(role.Name()+" of a unit", s.AddAccount(ctx, access.System(bureau), acc, "Lamp-72-Ming"), errs.Invalid)
		}

		kind("closed with people", s.CloseUnit(ctx, admin, "u3", true), errs.Conflict)
		must(s.Enable(ctx, admin, "au3", false))
		kind("closed above an open one", s.CloseUnit(ctx, admin, "u2", true), errs.Conflict)
		must(s.CloseUnit(ctx, admin, "u3", true))
		kind("an account of a closed one", s.AddAccount(ctx, access.System(bureau), identity.Account{ID: "x", Username: "x", Name: "x", Roles: []access.Role{access.Clerk}, Unit: "u3"}, "Lamp-72-Ming"), errs.Invalid)
		if got := sees("u2"); !slices.Equal(got, []string{"一中队", "稽查大队"}) {
			t.Errorf("what a closed unit had is seen from above under %q", got)
		}

		// Another administrator widens what somebody sees; roles alone do not.
		second := access.Actor{Authority: bureau, ID: "second", Name: "另一管理员", Roles: []access.Role{access.Admin}}
		g := identity.Grant{ID: "g1", Account: "au4", Roles: []access.Role{access.Leader}, Reason: "出差", LastDay: calendar.MustParse("2022-06-30")}
		must(s.AddAccount(ctx, access.System(bureau), identity.Account{ID: "admin", Username: "admin", Name: "管", Roles: []access.Role{access.Admin}}, "Lamp-72-Ming"))
		must(s.AskRoles(ctx, admin, g))
		must(s.DecideRoles(ctx, second, "g1", true))
		if got := sees("u4"); len(got) != 2 {
			t.Errorf("a stand-in of the unit sees %q", got)
		}
		kind("an operator of a unit", s.AskRoles(ctx, admin, identity.Grant{ID: "g2", Account: "au4", Roles: []access.Role{access.Operator}, Reason: "接替", Unit: "u4"}), errs.Invalid)
		must(s.AskRoles(ctx, admin, identity.Grant{ID: "g3", Account: "au4", Roles: []access.Role{access.Clerk}, Reason: "调动"}))
		must(s.DecideRoles(ctx, second, "g3", true))
		if got := sees("u4"); got != nil {
			t.Errorf("moved to the whole authority, sees %q", got)
		}
	})
}
