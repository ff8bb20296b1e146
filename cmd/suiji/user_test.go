package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"suiji/internal/access"
	"suiji/internal/identity"
)

// newOffice is a program on an office that was just founded, and says all to out.
func newOffice(t *testing.T, out *bytes.Buffer) (p program, app *app, auth identity.Authority, dir string) {
	t.Helper()
	dir = t.TempDir()
	p = program{stdout: out, stderr: out, now: time.Now, getenv: func(string) string { return "" }}
	app, err := p.open(t.Context(), &place{dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { app.close() })
	if auth, err = app.authority(t.Context(), "130132-rs"); err != nil {
		t.Fatal(err)
	}
	return p, app, auth, dir
}

// An administrator who has lost telephone and recovery codes is let in again by
// whoever runs the machine: the second factor goes with --second, not without.
func TestUserResetOfSecond(t *testing.T) {
	var out bytes.Buffer
	p, app, auth, dir := newOffice(t, &out)
	acc := identity.Account{Authority: auth.ID, ID: "a", Username: "admin", Name: "王敏", Roles: []access.Role{access.Admin}}
	if err := app.identity.AddAccount(t.Context(), access.System(auth.ID), acc, "Correct-Horse-7"); err != nil {
		t.Fatal(err)
	}
	if err := app.identity.BeginSecond(t.Context(), acc.Actor()); err != nil {
		t.Fatal(err)
	}
	_, secret, err := app.identity.Key(t.Context(), acc)
	if err != nil {
		t.Fatal(err)
	}
	code, err := totp.GenerateCode(secret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := app.identity.ConfirmSecond(t.Context(), acc.Actor(), code); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		args []string
		want bool // the second factor is there afterwards
	}{{nil, true}, {[]string{"--second"}, false}} {
		cmd := p.userCmd()
		cmd.SetArgs(append([]string{"reset", "admin", "--data", dir}, x.args...))
		if err := cmd.ExecuteContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		second, err := app.identity.Second(t.Context(), acc)
		if err != nil || second.Any() != x.want {
			t.Errorf("reset %v leaves a second factor: %v, %v, want %v", x.args, second.Any(), err, x.want)
		}
	}
}

// An account may be added to a unit by the unit's name; a name that no unit has
// adds none.
func TestUserOfUnit(t *testing.T) {
	var stderr bytes.Buffer
	p, app, auth, dir := newOffice(t, &stderr)
	if err := app.identity.AddUnit(t.Context(), access.System(auth.ID), identity.Unit{ID: "wj", Name: "县卫生健康局"}); err != nil {
		t.Fatal(err)
	}
	add := func(name, unit string) error {
		p.stdin = strings.NewReader("Correct-Horse-7\n")
		cmd := p.userCmd()
		cmd.SetArgs([]string{"add", name, "--name", "甲", "--role", "clerk", "--unit", unit, "--data", dir})
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		return cmd.ExecuteContext(t.Context())
	}
	if err := add("a", "县卫生健康局"); err != nil {
		t.Fatal(err)
	}
	if err := add("b", "县公安局"); err == nil || !strings.Contains(err.Error(), "没有名为“县公安局”的单位") {
		t.Errorf("of a unit that is not there: %v", err)
	}
	all, err := app.identity.Accounts(t.Context(), auth.ID)
	if err != nil || len(all) != 1 || all[0].Unit != "wj" {
		t.Errorf("accounts: %+v, %v, want one of the unit", all, err)
	}
}
