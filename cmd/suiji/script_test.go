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

// Every script is a day at the office, or a year.
func TestScript(t *testing.T) {
	v, err := verifiers()
	if err != nil {
		t.Fatal(err)
	}
	params := testscript.Params{
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
			e.Setenv("PATH", v.dir+string(filepath.ListSeparator)+e.Getenv("PATH"))
			e.Setenv("PYTHON", v.python)
			e.Setenv("PYVERIFY", filepath.Join(root(t), "verify", "suiji_verify.py"))
			e.Setenv("DAYS", filepath.Join(root(t), "cmd", "suiji", "testdata", "day"))
			e.Setenv("SPEC", filepath.Join(root(t), "docs", "spec"))
			e.Setenv("SHARED", filepath.Join(sharedDir(t), "data"))
			e.Setenv(envClock, filepath.Join(e.WorkDir, "clock"))
			e.Setenv("SUIJI_DATA", filepath.Join(e.WorkDir, "data"))
			e.Values[browserKey{}] = newBrowser()
			return nil
		},
	}
	testscript.Run(t, params)
}
