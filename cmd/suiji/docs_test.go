package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite docs/cli.md")

const (
	commandsFile = "../../docs/cli.md"
	commandsHead = "# Commands\n\n" +
		"What each command says to `--help`. Exit codes and environment: [operations.md](operations.md); `suiji-verify` has\n" +
		"one page of its own, `suiji-verify --help`. Written by: go test ./cmd/suiji -run TestCommandsAreDocumented -update\n"
)

// docs/cli.md is what the commands say of themselves.
func TestCommandsAreDocumented(t *testing.T) {
	var got strings.Builder
	got.WriteString(commandsHead)
	describe(t, &got, nil)
	if *update {
		if err := os.WriteFile(commandsFile, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(commandsFile)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Error("docs/cli.md is not what the commands say to --help; run this test with -update")
	}
	for _, command := range []string{"demo", "serve", "import", "draw compute", "deadline", "check-code", "user add"} {
		if !strings.Contains(got.String(), "\n## suiji "+command+"\n") {
			t.Errorf("docs/cli.md says nothing of suiji %s", command)
		}
	}
}

// describe writes the help of a command, and then of those under it.
func describe(t *testing.T, w *strings.Builder, command []string) {
	t.Helper()
	help := helpOf(t, command)
	w.WriteString("\n## " + strings.Join(append([]string{"suiji"}, command...), " ") + "\n\n```\n" + strings.TrimSpace(help) + "\n```\n")
	_, list, _ := strings.Cut(help, "\nAvailable Commands:\n")
	list, _, _ = strings.Cut(list, "\n\n")
	for _, line := range strings.Split(list, "\n") {
		if name, _, _ := strings.Cut(strings.TrimSpace(line), " "); name != "" && name != "help" && name != "completion" {
			describe(t, w, append(command[:len(command):len(command)], name))
		}
	}
}

func helpOf(t *testing.T, command []string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	p := program{stdout: &stdout, stderr: &stderr, stdin: strings.NewReader(""), now: time.Now, getenv: func(string) string { return "" }}
	if code := Run(context.Background(), append(command[:len(command):len(command)], "--help"), p); code != exitOK {
		t.Fatalf("suiji %s --help: exit %d: %s", strings.Join(command, " "), code, &stderr)
	}
	return stdout.String()
}
