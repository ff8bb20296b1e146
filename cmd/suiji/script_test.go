package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"suiji/internal/store/storetest"
)

// verifiersDir is removed when all tests are done.
var verifiersDir string

// verifiers are the two programs that check bundles: ours, built from its own
// source, and the interpreter that runs the other one.
var verifiers = sync.OnceValues(func() (v struct{ dir, python string }, err error) {
	if v.dir, err = os.MkdirTemp("", "suiji-verify-"); err != nil {
		return v, err
	}
	verifiersDir = v.dir
	out, err := exec.Command("go", "build", "-o", filepath.Join(v.dir, "suiji-verify"), "suiji/cmd/suiji-verify").CombinedOutput()
	if err != nil {
		return v, fmt.Errorf("build suiji-verify: %w\n%s", err, out)
	}
	python, err := exec.Command("python3", "-c", "import sys; print(sys.executable)").Output()
	if err != nil {
		return v, fmt.Errorf("find python3: %w", err)
	}
	v.python = string(bytes.TrimSpace(python))
	return v, nil
})

// Every script is a day at the office, or a year; on SQLite and, where there
// is one, on PostgreSQL, as a role that only serves.
func TestScript(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { runScripts(t, "") })
	if dsn := os.Getenv("SUIJI_TEST_POSTGRES"); dsn != "" {
		t.Run("postgres", func(t *testing.T) { runScripts(t, dsn) })
	}
}

func runScripts(t *testing.T, postgres string) {
	v, err := verifiers()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                browserCmds(),
		Condition: func(cond string) (bool, error) {
			if cond == "shared" {
				return sharedDir(t) != "", nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Setup: func(e *testscript.Env) error {
			for name, value := range map[string]string{
				"PATH":       v.dir + string(filepath.ListSeparator) + e.Getenv("PATH"),
				"PYTHON":     v.python,
				"PYVERIFY":   filepath.Join(root(t), "verify", "suiji_verify.py"),
				"DAYS":       filepath.Join(root(t), "cmd", "suiji", "testdata", "day"),
				"SPEC":       filepath.Join(root(t), "docs", "spec"),
				"SHARED":     filepath.Join(sharedDir(t), "data"),
				envClock:     filepath.Join(e.WorkDir, "clock"),
				"SUIJI_DATA": filepath.Join(e.WorkDir, "data"),
			} {
				e.Setenv(name, value)
			}
			if postgres != "" {
				_, serving := storetest.Served(e.T().(testing.TB), postgres)
				e.Setenv("SUIJI_DATABASE", serving)
			}
			e.Values[browserKey{}] = newBrowser()
			return nil
		},
	})
}
