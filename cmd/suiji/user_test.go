package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"suiji/internal/access"
	"suiji/internal/identity"
)

// An account may be added to a unit by the unit's name; a name that no unit has
// adds none.
func TestUserOfUnit(t *testing.T) {
	var stderr bytes.Buffer
	dir := t.TempDir()
	p := program{stdout: &stderr, stderr: &stderr, now: time.Now, getenv: func(string) string { return "" }}
	app, err := p.open(t.Context(), &place{dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer app.close()
	auth, err := app.authority(t.Context(), "130132-rs")
	if err != nil {
		t.Fatal(err)
	}
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
