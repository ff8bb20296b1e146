package keep

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPut(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a", "b")
	for _, body := range []string{"first", "second, longer"} {
		if err := Put(path, []byte(body)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != body {
			t.Errorf("%q, %v, want %q", got, err, body)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v, want it for the owner alone", info, err)
	}
	// A folder stands where the file should: nothing of it is left behind.
	if err := os.MkdirAll(filepath.Join(dir, "a", "taken", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Put(filepath.Join(dir, "a", "taken"), []byte("x")); err == nil {
		t.Error("a folder was replaced")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "a", "*.tmp")); len(left) > 0 {
		t.Errorf("left behind %v", left)
	}
}

// What is there already stays.
func TestAdd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b")
	if err := Add(path, []byte("first")); err != nil {
		t.Fatal(err)
	}
	if err := Add(path, []byte("second")); !errors.Is(err, os.ErrExist) {
		t.Errorf("the second: %v, want os.ErrExist", err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "first" {
		t.Errorf("%q, %v, want the first", got, err)
	}
	if all, err := os.ReadDir(filepath.Dir(path)); err != nil || len(all) != 1 {
		t.Errorf("left behind %v, %v", all, err)
	}
}

// What was put under its digest is got back; another byte is not.
func TestGet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	const digest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
	if _, err := Get(path, digest); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("nothing is there: %v, want os.ErrNotExist", err)
	}
	for body, want := range map[string]error{"hello": nil, "hellp": ErrChanged, "": ErrChanged} {
		if err := Put(path, []byte(body)); err != nil {
			t.Fatal(err)
		}
		if got, err := Get(path, digest); err != want || want == nil && string(got) != body {
			t.Errorf("%q: %q, %v, want %v", body, got, err, want)
		}
	}
}

func TestName(t *testing.T) {
	for _, tt := range [][2]string{
		{"a.pdf", "a.pdf"},
		{`C:\文件\证明.pdf`, "证明.pdf"},
		{"../../etc/passwd", "passwd"},
		{"a\r\nb\x7f.png", "ab.png"},
		{strings.Repeat("长", 150) + ".pdf", strings.Repeat("长", 96) + ".pdf"},
	} {
		if got := Name(tt[0]); got != tt[1] {
			t.Errorf("Name(%q) = %q, want %q", tt[0], got, tt[1])
		}
	}
}
