package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"suiji/internal/airlock"
)

// What a test tells the program that it runs, in a process of its own, through
// the environment. None of this is in the program itself.
const (
	envClock = "SUIJI_TEST_CLOCK" // file with the time at which it was written
	envKill  = "SUIJI_TEST_KILL"  // step, or step#n: die there, the n-th time
	envSteps = "SUIJI_TEST_STEPS" // file that gets the name of each step reached
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == airlock.Word {
		os.Exit(airlock.Child())
	}
	testscript.Main(tests{m}, map[string]func(){"suiji": testedMain, "bare": bareMain})
}

// tests clears away what several tests share.
type tests struct{ *testing.M }

// Run runs the tests.
func (t tests) Run() int {
	defer func() {
		if verifiersDir != "" {
			os.RemoveAll(verifiersDir)
		}
	}()
	return t.M.Run()
}

// testedMain is main with a clock and a kill switch.
func testedMain() {
	if len(os.Args) > 1 && os.Args[1] == airlock.Word {
		os.Exit(airlock.Child())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p := program{stdout: os.Stdout, stderr: os.Stderr, stdin: os.Stdin, getenv: os.Getenv, names: environ(), now: time.Now}
	if file := os.Getenv(envClock); file != "" {
		p.now = func() time.Time { return fileTime(file) }
	}
	if os.Getenv(envKill) != "" || os.Getenv(envSteps) != "" {
		p.step = stepper(os.Getenv(envKill), os.Getenv(envSteps))
	}
	os.Exit(Run(ctx, os.Args[1:], p))
}

// shanghai is where the office is.
var shanghai = time.FixedZone("CST", 8*60*60)

// parseTime reads 2022-06-06 (nine in the morning) or 2022-06-06T14:30.
func parseTime(s string) (time.Time, error) {
	if t, err := time.ParseInLocation("2006-01-02", s, shanghai); err == nil {
		return t.Add(9 * time.Hour), nil
	}
	if t, err := time.ParseInLocation("2006-01-02T15:04", s, shanghai); err == nil {
		return t, nil
	}
	return time.Parse(time.RFC3339, s)
}

// fileTime is the time that a file holds, moved on by as much as has passed
// since the file was written: every program that reads it agrees, and acts
// follow one another. Without the file it is the real time.
func fileTime(file string) time.Time {
	now := time.Now()
	info, err := os.Stat(file)
	if errors.Is(err, os.ErrNotExist) {
		return now
	}
	text, err2 := os.ReadFile(file)
	t, err3 := parseTime(strings.TrimSpace(string(text)))
	if err := errors.Join(err, err2, err3); err != nil {
		panic(err)
	}
	return t.Add(max(0, now.Sub(info.ModTime())))
}

// setClock writes a time for programs to read, in one stroke.
func setClock(file, when string) error {
	if _, err := parseTime(when); err != nil {
		return err
	}
	if err := os.WriteFile(file+".new", []byte(when), 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

// stepper returns a hook that notes the steps of acts in a file, and kills
// this process at one of them, with no chance to clean up.
func stepper(kill, file string) func(string) {
	step, count, _ := strings.Cut(kill, "#")
	left, err := strconv.Atoi(count)
	if err != nil {
		left = 1
	}
	var mu sync.Mutex
	return func(name string) {
		mu.Lock()
		defer mu.Unlock()
		if file != "" {
			noteStep(file, name)
		}
		if name != step {
			return
		}
		if left--; left == 0 {
			if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
				panic(err)
			}
			select {} // until the signal arrives
		}
	}
}

func noteStep(file, name string) {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	_, err = fmt.Fprintln(f, name)
	if err := errors.Join(err, f.Close()); err != nil {
		panic(err)
	}
}

// root is the repository's.
func root(t testing.TB) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// sharedDir is where the real input lies; empty where it is not to be had.
func sharedDir(t testing.TB) string {
	dir := filepath.Join(root(t), "..", "shared")
	if _, err := os.Stat(filepath.Join(dir, "data", "README.md")); err != nil {
		return ""
	}
	return dir
}
