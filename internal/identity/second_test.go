package identity_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"suiji/internal/access"
	"suiji/internal/canon"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/password"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// shows is what a telephone with the secret shows at a moment.
func shows(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(strings.ReplaceAll(secret, " ", ""), at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// Everybody of a new authority needs a second factor, until it chooses
// otherwise; one from before the rule, which has chosen nothing, needs none after
// the upgrade either, and the demo needs none.
func TestFirstRules(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, _, _ := people(t, db)
		const bureau = "130132-rs"
		needs := func(authority string) (n int) {
			rules, err := s.Rules(t.Context(), authority)
			if err != nil || rules.Passwords != password.Dengbao {
				t.Fatalf("rules %v, %v", rules, err)
			}
			for _, role := range access.OfAccounts() {
				if rules.Needs(identity.Account{Roles: []access.Role{role}}) {
					n++
				}
			}
			return n
		}
		if n := needs(bureau); n != len(access.Roles) {
			t.Errorf("%d roles of a new authority need a second factor, want all", n)
		}
		if err := s.SetRules(t.Context(), access.System(bureau), identity.Rules{Passwords: password.Dengbao, Second: []access.Role{access.Admin}}); err != nil {
			t.Fatal(err)
		}
		if n := needs(bureau); n != 1 {
			t.Errorf("%d need one after it chose the administrators alone", n)
		}
		if n := needs("an-older"); n != 0 {
			t.Errorf("%d need one where nothing was ever chosen", n)
		}
		if err := s.Found(t.Context(), identity.Authority{ID: "show-rs", Name: "示例", Hash: canon.SHA256, Demo: true}); err != nil || needs("show-rs") != 0 {
			t.Errorf("the demo's people need one: %v", err)
		}
	})
}

func TestSecondFactor(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, at, acc := people(t, db)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(s.BeginSecond(t.Context(), acc.Actor()))
		address, secret, err := s.Key(t.Context(), acc)
		must(err)
		if !strings.HasPrefix(address, "otpauth://totp/") || !strings.Contains(address, "secret="+secret) {
			t.Errorf("address %s", address)
		}
		if _, err := s.ConfirmSecond(t.Context(), acc.Actor(), shows(t, secret, at.Add(2*time.Minute))); errs.KindOf(err) != errs.Invalid {
			t.Errorf("a wrong code: %v", err)
		}
		if err := s.ProveSecond(t.Context(), acc, shows(t, secret, *at)); err == nil {
			t.Error("a secret that was not confirmed opens")
		}
		recovery, err := s.ConfirmSecond(t.Context(), acc.Actor(), shows(t, secret, *at))
		must(err)
		if len(recovery) != 10 {
			t.Fatalf("%d recovery codes", len(recovery))
		}
		if address, _, err := s.Key(t.Context(), acc); err != nil || address != "" {
			t.Errorf("the secret is shown again: %s, %v", address, err)
		}
		if err := s.ProveSecond(t.Context(), acc, shows(t, secret, *at)); err == nil {
			t.Error("the code of the confirmation opens once more")
		}
		for _, x := range []struct {
			name string
			off  time.Duration
			ok   bool
		}{{"two steps behind", -time.Minute, false}, {"two ahead", time.Minute, false}, {"one behind", -30 * time.Second, true}, {"now", 0, true}, {"now again", 0, false}, {"one ahead", 30 * time.Second, true},
			{"an earlier one after that", 0, false}} {
			if x.name == "two steps behind" {
				*at = at.Add(10 * time.Minute)
			}
			if err := s.ProveSecond(t.Context(), acc, shows(t, secret, at.Add(x.off))); (err == nil) != x.ok {
				t.Errorf("%s: %v, want ok %v", x.name, err, x.ok)
			}
		}
		*at = at.Add(time.Hour)
		must(s.ProveSecond(t.Context(), acc, strings.ToLower(recovery[3])))
		if err := s.ProveSecond(t.Context(), acc, recovery[3]); err == nil {
			t.Error("a recovery code opens twice")
		}
		if x, err := s.Second(t.Context(), acc); err != nil || x.Left != 9 || !x.On {
			t.Errorf("Second = %+v, %v, want 9 codes left", x, err)
		}
		if n := texts(t, db, recovery[4]); n != 0 {
			t.Errorf("a recovery code stands in the database %d times", n)
		}
		for range 5 {
			s.ProveSecond(t.Context(), acc, "000000")
		}
		if err := s.ProveSecond(t.Context(), acc, recovery[5]); err == nil || !strings.Contains(err.Error(), "以后才能再试") {
			t.Errorf("after many failures: %v, want a wait", err)
		}
		if err := s.RemoveSecond(t.Context(), clerk, acc.ID); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("removed by a clerk: %v", err)
		}
		must(s.RemoveSecond(t.Context(), admin, acc.ID))
		if x, err := s.Second(t.Context(), acc); err != nil || x != (identity.Second{}) {
			t.Errorf("after it was removed: %+v, %v", x, err)
		}
	})
}

// texts counts the rows of recovery codes that hold a text.
func texts(t *testing.T, db *store.DB, text string) int64 {
	t.Helper()
	n, err := store.One(t.Context(), db, store.Value[int64], `SELECT count(*) FROM identity_recovery WHERE code_hash LIKE '%' || $1 || '%'`, text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
