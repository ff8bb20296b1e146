package breach_test

import (
	"crypto/sha1"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"suiji/internal/breach"
	"suiji/internal/errs"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// digests is the list of n passwords “known 0” …, sorted, ended by end.
func digests(n int, lower bool, end string) string {
	var all []string
	for i := range n {
		x := fmt.Sprintf("%X", sha1.Sum(fmt.Appendf(nil, "known %d", i)))
		if lower {
			x = strings.ToLower(x)
		}
		all = append(all, fmt.Sprintf("%s:%d", x, 1+i*i*i))
	}
	slices.Sort(all)
	return strings.Join(all, end) + end
}

// Each password of a list is found, first and last too, and no other.
func TestHolds(t *testing.T) {
	var plain strings.Builder
	for i := range 700 {
		fmt.Fprintf(&plain, "known %d\r\n", i)
	}
	for name, text := range map[string]string{
		"digests": digests(700, false, "\n"), "windows": digests(700, false, "\r\n"), "lower": digests(700, true, "\n"),
		"no last end": strings.TrimSuffix(digests(700, false, "\n"), "\n"), "plain": plain.String(),
	} {
		l, err := breach.Open(write(t, text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i := range 1400 {
			if got, err := l.Holds(fmt.Sprintf("known %d", i)); got != (i < 700) || err != nil {
				t.Fatalf("%s: Holds(known %d) = %v, %v", name, i, got, err)
			}
		}
	}
	one, err := breach.Open(write(t, digests(1, false, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := one.Holds("known 0"); !got || err != nil {
		t.Errorf("the only one: %v, %v", got, err)
	}
}

// A list that cannot be used is refused when it is named, and one that is gone
// later when it is asked: not knowing is not a yes.
func TestListRefuses(t *testing.T) {
	lines := strings.SplitAfter(digests(700, false, "\n"), "\n")
	slices.Reverse(lines)
	for name, path := range map[string]string{
		"missing": filepath.Join(t.TempDir(), "x"), "empty": write(t, ""), "unsorted": write(t, strings.Join(lines, "")),
		"torn": write(t, digests(300, false, "\n")+strings.Repeat("x", 60000)),
	} {
		if l, err := breach.Open(path); errs.KindOf(err) != errs.Invalid || l != nil {
			t.Errorf("%s: %v, %v", name, l, err)
		}
		if found, ok := breach.Examine(path); ok || found == "" {
			t.Errorf("%s: the administrator reads %q", name, found)
		}
	}
	path := write(t, digests(7, false, "\n"))
	l, err := breach.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Holds("known 1"); errs.KindOf(err) != errs.Invalid {
		t.Errorf("after it is gone: %v", err)
	}
	if _, err := breach.Known(path)("known 1"); errs.KindOf(err) != errs.Invalid {
		t.Errorf("a list that is named and not there: %v", err)
	}
	if breach.Known("") != nil {
		t.Error("no list is looked into")
	}
	if l, err := breach.Open(""); l != nil || err != nil {
		t.Errorf("none set: %v, %v", l, err)
	}
}
