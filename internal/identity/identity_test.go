package identity_test

import (
	"testing"
	"time"

	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/canon"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

var (
	admin = access.Actor{Authority: "130132-rs", ID: "admin", Name: "郭立新", Roles: []access.Role{access.Admin}}
	clerk = access.Actor{Authority: "130132-rs", ID: "clerk", Name: "李敏", Roles: []access.Role{access.Clerk}}
)

// office founds an authority; at is its time, which tests move.
func office(t *testing.T, db *store.DB, relaxed bool) (*identity.Service, *time.Time) {
	t.Helper()
	at := time.Date(2022, 6, 1, 2, 0, 0, 0, time.UTC)
	now := func() time.Time { return at }
	s := identity.New(db, audit.New(db, now), now)
	err := s.Found(t.Context(), identity.Authority{ID: "130132-rs", Name: "元氏县人力资源和社会保障局", Hash: canon.SHA256, RelaxedDuties: relaxed})
	if err != nil {
		t.Fatal(err)
	}
	return s, &at
}

func TestAddAccountKeepsDutiesApart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		strict, _ := office(t, db, false)
		tests := []struct {
			name  string
			by    access.Actor
			roles []access.Role
			kind  errs.Kind
		}{
			{"list administrator and operator", admin, []access.Role{access.ListAdmin, access.Operator}, errs.Invalid},
			{"administrator and clerk", admin, []access.Role{access.Admin, access.Clerk}, errs.Invalid},
			{"no role", admin, nil, errs.Invalid},
			{"by a clerk", clerk, []access.Role{access.Clerk}, errs.Forbidden},
		}
		for _, tt := range tests {
			err := strict.AddAccount(t.Context(), tt.by, identity.Account{ID: "x", Username: "x", Name: "某人", Roles: tt.roles}, "Correct-Horse-7")
			if err == nil || errs.KindOf(err) != tt.kind {
				t.Errorf("%s: %v, want kind %v", tt.name, err, tt.kind)
			}
		}
		if err := strict.AddAccount(t.Context(), admin, identity.Account{ID: "y", Username: "y", Name: "某人", Roles: []access.Role{access.Clerk, access.Inspector}}, "short"); errs.KindOf(err) != errs.Invalid {
			t.Errorf("a short password: %v, want Invalid", err)
		}
	})
	relaxed, _ := office(t, storetest.SQLite(t), true)
	both := identity.Account{ID: "x", Username: "x", Name: "某人", Roles: []access.Role{access.ListAdmin, access.Operator}}
	if err := relaxed.AddAccount(t.Context(), admin, both, "Correct-Horse-7"); err != nil {
		t.Errorf("with the rule relaxed: %v", err)
	}
}

func TestDescribeKeepsIdAndHash(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, _ := office(t, db, false)
		to := identity.Authority{ID: "other", Name: "元氏县人社局", Phone: "0311-1", Hash: canon.SM3, RelaxedDuties: true}
		if err := s.Describe(t.Context(), clerk, to); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("by a clerk: %v, want Forbidden", err)
		}
		if err := s.Describe(t.Context(), admin, to); err != nil {
			t.Fatal(err)
		}
		got, err := s.Authority(t.Context(), "130132-rs")
		if err != nil || got.Name != "元氏县人社局" || got.Hash != canon.SHA256 || got.DrawHash != canon.SHA256 || !got.RelaxedDuties {
			t.Errorf("Authority = %+v, %v, want the new name and the old hash", got, err)
		}
		to.DrawHash = canon.SM3
		if err := s.Describe(t.Context(), admin, to); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Authority(t.Context(), "130132-rs"); err != nil || got.Hash != canon.SHA256 || got.DrawHash != canon.SM3 {
			t.Errorf("Authority = %+v, %v, want sm3 for draws only", got, err)
		}
		to.DrawHash = "md5"
		if err := s.Describe(t.Context(), admin, to); errs.KindOf(err) != errs.Invalid {
			t.Errorf("draws with md5: %v, want Invalid", err)
		}
	})
}
