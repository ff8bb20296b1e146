package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// browserKey finds a script's browser.
type browserKey struct{}

// browserCmds are what scripts can say besides testscript's own words, so that
// they read like a clerk's day.
//
//	serve [args]                  start “suiji serve”; halt ends it
//	clock 2022-06-06[T10:00]      set the program's clock
//	as NAME                       sit down at another person's screen
//	tab NAME                      open another tab, or go back to it
//	login USER PASSWORD           sign in there
//	open PATH                     go to a page
//	click TEXT [N]                follow a link
//	submit BUTTON [NAME=VALUE]…   fill in the form with that button and send it;
//	                              “submit -2 BUTTON …” presses the second such button
//	again                         send the same form once more
//	[!] want TEXT…                the page shows the text
//	status N                      of the last answer
//	at PATH                       where the browser is
//	count CSS N                   how many elements there are
//	take NAME CSS [N]             keep an element's text as $NAME
//	save PATH FILE                download
//	json PATH                     get JSON; it is the next “stdout”
//	await PATH TEXT [N]           go to a page until it shows the text (N times): what
//	                              happens by and by, such as the ledger's sequencing
//	exits N PROGRAM ARGS…         run a program that ends with this status
//	each FROM..TO|WORD… FILE      say the lines of FILE for each, {} standing for it
func browserCmds() map[string]func(ts *testscript.TestScript, neg bool, args []string) {
	return map[string]func(ts *testscript.TestScript, neg bool, args []string){
		"serve": cmd(0, -1, serveCmd),
		"halt":  cmd(0, 0, haltCmd),
		"clock": cmd(1, 1, func(ts *testscript.TestScript, _ *browser, args []string) error {
			return setClock(ts.Getenv(envClock), args[0])
		}),
		"as": cmd(1, 1, func(_ *testscript.TestScript, b *browser, args []string) error {
			b.sit(args[0], "")
			return nil
		}),
		"tab": cmd(1, 1, func(_ *testscript.TestScript, b *browser, args []string) error {
			b.sit(b.who, args[0])
			return nil
		}),
		"again":  cmd(0, 0, func(_ *testscript.TestScript, b *browser, _ []string) error { return b.send(b.sent) }),
		"login":  cmd(2, 2, loginCmd),
		"open":   cmd(1, 1, func(_ *testscript.TestScript, b *browser, args []string) error { return b.open(args[0]) }),
		"click":  cmd(1, 2, clickCmd),
		"submit": cmd(1, -1, submitCmd),
		"want":   wantCmd,
		"status": cmd(1, 1, statusCmd),
		"at":     cmd(1, 1, atCmd),
		"count":  cmd(2, 2, countCmd),
		"take":   cmd(2, 3, takeCmd),
		"save":   cmd(2, 2, saveCmd),
		"json":   cmd(1, 1, jsonCmd),
		"await":  cmd(2, 3, awaitCmd),
		"each":   cmd(2, -1, eachCmd),
		"exits":  cmd(2, -1, exitsCmd),
	}
}

type script = testscript.TestScript

// cmd adapts a command that cannot be negated.
func cmd(least, most int, do func(*script, *browser, []string) error) func(*script, bool, []string) {
	return func(ts *script, neg bool, args []string) {
		if neg {
			ts.Fatalf("this command takes no !")
		}
		if len(args) < least || most >= 0 && len(args) > most {
			ts.Fatalf("wrong number of arguments: %q", args)
		}
		ts.Check(do(ts, screen(ts), args))
	}
}

func screen(ts *script) *browser {
	b := ts.Value(browserKey{}).(*browser)
	b.files = ts.MkAbs
	return b
}

// passed are the environment variables that a server gets.
var passed = []string{"PATH", "HOME", "TMPDIR", "SUIJI_DATA", "SUIJI_DATABASE", envClock, envKill, envSteps}

func serveCmd(ts *script, b *browser, args []string) error {
	if b.server != nil {
		return fmt.Errorf("it is being served already")
	}
	var env []string
	for _, name := range passed {
		if v := ts.Getenv(name); v != "" {
			env = append(env, name+"="+v)
		}
	}
	s, err := startServer(env, ts.MkAbs("."), args...)
	if err != nil {
		return err
	}
	ts.Defer(s.abort)
	b.server = s
	ts.Setenv("ADDRESS", s.address)
	return nil
}

func haltCmd(_ *script, b *browser, _ []string) error {
	if b.server == nil {
		return fmt.Errorf("nobody serves")
	}
	s := b.server
	b.server = nil
	return s.stop()
}

func loginCmd(_ *script, b *browser, args []string) error {
	b.sit(args[0], "")
	return b.login(args[0], args[1])
}

func clickCmd(_ *script, b *browser, args []string) error {
	n, err := nth(args[1:])
	if err != nil {
		return err
	}
	return b.click(args[0], n)
}

// nth reads an optional count from 1.
func nth(args []string) (int, error) {
	if len(args) == 0 {
		return 1, nil
	}
	return strconv.Atoi(args[0])
}

func submitCmd(_ *script, b *browser, args []string) error {
	n := 1
	if which, ok := strings.CutPrefix(args[0], "-"); ok {
		var err error
		if n, err = strconv.Atoi(which); err != nil || len(args) < 2 {
			return fmt.Errorf("submit %q", args)
		}
		args = args[1:]
	}
	return b.submit(args[0], n, args[1:])
}

func wantCmd(ts *script, neg bool, args []string) {
	b := screen(ts)
	for _, x := range args {
		if strings.Contains(b.text(), x) == neg {
			ts.Fatalf("%s (status %d): %q is shown: %v\n%s", b.at, b.status, x, neg, b.text())
		}
	}
}

func statusCmd(_ *script, b *browser, args []string) error {
	if strconv.Itoa(b.status) != args[0] {
		return fmt.Errorf("%s: status %d, want %s\n%s", b.at, b.status, args[0], b.text())
	}
	return nil
}

func atCmd(_ *script, b *browser, args []string) error {
	if got := b.at.RequestURI(); got != args[0] {
		return fmt.Errorf("at %s, want %s\n%s", got, args[0], b.text())
	}
	return nil
}

func countCmd(_ *script, b *browser, args []string) error {
	if got := len(b.find(args[0])); strconv.Itoa(got) != args[1] {
		return fmt.Errorf("%s: %d of %q, want %s\n%s", b.at, got, args[0], args[1], b.text())
	}
	return nil
}

func takeCmd(ts *script, b *browser, args []string) error {
	n, err := nth(args[2:])
	if err != nil {
		return err
	}
	found := b.find(args[1])
	if len(found) < n || n < 1 {
		return fmt.Errorf("%s: %d of %q, want the %d-th\n%s", b.at, len(found), args[1], n, b.text())
	}
	ts.Setenv(args[0], visible(found[n-1]))
	ts.Logf("%s=%s", args[0], visible(found[n-1]))
	return nil
}

func saveCmd(ts *script, b *browser, args []string) error {
	content, err := b.fetch(args[0])
	if err != nil {
		return err
	}
	return os.WriteFile(ts.MkAbs(args[1]), content, 0o600)
}

func jsonCmd(ts *script, b *browser, args []string) error {
	content, err := b.fetch(args[0])
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, content, "", "  "); err != nil {
		return fmt.Errorf("%s: %w\n%s", args[0], err, content)
	}
	_, err = ts.Stdout().Write(out.Bytes())
	return err
}

func awaitCmd(_ *script, b *browser, args []string) error {
	n, err := nth(args[2:])
	if err != nil {
		return err
	}
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if err := b.open(args[0]); err != nil {
			return err
		}
		if strings.Count(b.text(), args[1]) >= n {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s never shows %q:\n%s", b.at, args[1], b.text())
		}
	}
}

func exitsCmd(ts *script, _ *browser, args []string) error {
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	var e *exec.ExitError
	if errors.As(err, &e) {
		got, err = strconv.Itoa(e.ExitCode()), nil
	}
	if err == nil && got != args[0] {
		err = fmt.Errorf("exit status %s, want %s", got, args[0])
	}
	return err
}

// eachCmd says the lines of a file once for each word. 0003..0018 are the
// numbers between, as wide as the first.
func eachCmd(ts *script, _ *browser, args []string) error {
	lines := strings.Split(ts.ReadFile(args[len(args)-1]), "\n")
	for _, a := range args[:len(args)-1] {
		words, err := numbers(a)
		if err != nil {
			return err
		}
		for _, w := range words {
			for _, line := range lines {
				say(ts, strings.ReplaceAll(line, "{}", w))
			}
		}
	}
	return nil
}

func numbers(a string) ([]string, error) {
	from, to, ok := strings.Cut(a, "..")
	if !ok {
		return []string{a}, nil
	}
	prefix := strings.TrimRight(from, "0123456789")
	digits := from[len(prefix):]
	first, err1 := strconv.Atoi(digits)
	last, err2 := strconv.Atoi(strings.TrimPrefix(to, prefix))
	if err1 != nil || err2 != nil {
		return nil, fmt.Errorf("%q is not FROM..TO", a)
	}
	var words []string
	for i := first; i <= last; i++ {
		words = append(words, fmt.Sprintf("%s%0*d", prefix, len(digits), i))
	}
	return words, nil
}

// say carries out one line of browser commands.
func say(ts *script, line string) {
	words := split(ts, line)
	if len(words) == 0 {
		return
	}
	neg := words[0] == "!"
	if neg {
		words = words[1:]
	}
	if words[0] == "exec" {
		ts.Logf("> %s", line)
		ts.Check(ts.Exec(words[1], words[2:]...))
		return
	}
	do := browserCmds()[words[0]]
	if do == nil {
		ts.Fatalf("no such command %q", words[0])
	}
	ts.Logf("> %s", line)
	do(ts, neg, words[1:])
}

// split reads a line as testscript does: words, 'quoted words', $variables and
// # comments.
func split(ts *script, line string) []string {
	var words []string
	var word strings.Builder
	inWord := false
	end := func() {
		if inWord {
			words = append(words, word.String())
		}
		word.Reset()
		inWord = false
	}
	for i, piece := range strings.Split(line, "'") {
		if i%2 == 1 {
			word.WriteString(piece)
			inWord = true
			continue
		}
		for _, c := range os.Expand(piece, ts.Getenv) {
			switch {
			case c == ' ' || c == '\t' || c == '\r':
				end()
			case c == '#' && !inWord:
				return words
			default:
				word.WriteRune(c)
				inWord = true
			}
		}
	}
	end()
	return words
}
