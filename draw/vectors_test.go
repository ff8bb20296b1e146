package draw

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"suiji/internal/canon"
)

var update = flag.Bool("update", false, "write docs/spec/vectors anew")

// ownVectors are the worked cases of the specification.
const ownVectors = "../docs/spec/vectors"

// vectorDirs returns the folders of worked cases in a directory.
func vectorDirs(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*", "result.json"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range found {
		found[i] = filepath.Dir(found[i])
	}
	return found
}

// sharedVectors is where the worked cases that came with the scheme's design
// lie, beside the repository.
const sharedVectors = "../../shared/design/vectors"

func TestSharedVectors(t *testing.T) {
	dirs := vectorDirs(t, sharedVectors)
	if len(dirs) == 0 {
		t.Skip("the design's vectors are not beside this repository")
	}
	if len(dirs) != 7 {
		t.Errorf("%d worked cases, want 7", len(dirs))
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) { checkVector(t, dir) })
	}
}

// checkVector computes a case and compares it byte for byte.
func checkVector(t *testing.T, dir string) {
	t.Helper()
	want, err := os.ReadFile(filepath.Join(dir, "result.json"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Compute(os.DirFS(dir))
	if err != nil {
		t.Fatalf("Compute(%s) = %v", dir, err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("Compute(%s) = %s, want %s", dir, got, want)
	}
}

// vector is a worked case that is made here; the others came with the design.
type vector struct {
	name, shows string
	kit         kit
}

// vectors lists the cases that -update writes.
func vectors() []vector {
	r := newRand(2022)
	return append(targetsVectors(r), matchVectors(r)...)
}

func TestOwnVectors(t *testing.T) {
	if *update {
		for _, v := range vectors() {
			writeVector(t, v)
		}
		writeIndex(t)
	}
	dirs := vectorDirs(t, ownVectors)
	if want := len(vectors()) + len(designVectors); len(dirs) != want {
		t.Errorf("%d worked cases, want %d", len(dirs), want)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) { checkVector(t, dir) })
	}
	for _, v := range vectors() {
		if err := Verify(os.DirFS(filepath.Join(ownVectors, v.name))); err != nil {
			t.Errorf("Verify(%s) = %v, want nil", v.name, err)
		}
	}
}

// TestVectorIndex holds the index to the folders.
func TestVectorIndex(t *testing.T) {
	got, err := os.ReadFile(filepath.Join(ownVectors, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if want := index(t); string(got) != want {
		t.Errorf("README.md is not the index of the folders; run: go test ./draw -run OwnVectors -update")
	}
}

func writeVector(t *testing.T, v vector) {
	t.Helper()
	dir := filepath.Join(ownVectors, v.name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	files := v.kit.folder(t)
	if _, ok := files[string(ResultFile)]; !ok {
		t.Fatalf("%s has no result", v.name)
	}
	for name, f := range files {
		if err := os.WriteFile(filepath.Join(dir, name), f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func writeIndex(t *testing.T) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(ownVectors, "README.md"), []byte(index(t)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// designVectors says what the cases show that came with the design.
var designVectors = map[string]string{
	"targets-small":   "firms, four strata, tickets; manifest not canonical",
	"targets-wide":    "firms, 3,000 of them",
	"targets-sm3":     "firms, SM3",
	"match-each":      "one slot, officer by officer, recusals",
	"match-teams":     "one slot, fixed teams, recusals",
	"match-joint":     "three slots of two sizes, shared officers, recusals",
	"match-joint-sm3": "the same with SM3",
}

// index is docs/spec/vectors/README.md.
func index(t *testing.T) string {
	t.Helper()
	shows := map[string]string{}
	for name, s := range designVectors {
		shows[name] = s
	}
	for _, v := range vectors() {
		shows[v.name] = v.shows
	}
	var b strings.Builder
	b.WriteString(indexHead)
	dirs := vectorDirs(t, ownVectors)
	slices.Sort(dirs)
	for _, dir := range dirs {
		result, err := os.ReadFile(filepath.Join(dir, string(ResultFile)))
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(dir)
		fmt.Fprintf(&b, "| `%s` | %s | `%s` |\n", name, shows[name], canon.SHA256.Hex(result)[:16])
	}
	return b.String()
}

const indexHead = `# Worked cases

Worked cases for ` + "`../draw.md`" + `. Each folder holds ` + "`manifest.json`" + `, the lists, ` + "`reveal.json`" + `, and ` + "`result.json`" + `, the canonical bytes that a program must print. Where the first two are canonical JSON, the folder passes a whole check; where they are not, only the result counts. The credit codes are made up.

By hand: in ` + "`targets-small`" + ` the first firm's first lot is ` + "`c607fd350e8e933b372135c3ea10ac731310ce225e9f3bda02788f2d54fa8883`" + `:

    printf 'target:91130132MA01CYF422:1\001' | openssl dgst -sha256 -mac HMAC -macopt hexkey:43a81ee12ae0409834b16ac753c388dbcf33d3cebced2173977dcf2782acfa1a

Where ` + "`draw.md`" + ` leaves a choice, these programs read it so:

- ` + "`id`" + ` and a stratum's name are any text that is not empty. An officer's or a firm's slots stand in any order, each once.
- ` + "`draw`, `reserve` and `teams`" + ` are integers from 0, ` + "`attempt` and `round`" + ` from 1, ` + "`size`" + ` from 2. ` + "`teams`" + ` is at least 1 in mode ` + "`teams`" + `; in mode ` + "`each`" + ` it is ignored and may be absent. ` + "`disclosure`, `disclose_by` and `attempt`" + ` may be absent; an absent ` + "`disclosure`" + ` is ` + "`digest-first`" + `. ` + "`previous`" + ` stands exactly where ` + "`attempt`" + ` is above 1.
- A list, a stratum list or a slot list may be empty. A recusal may name an officer or a firm that is not in the lists; it bars nobody.
- The condition on slots that is checked before sealing is part of every check: a draw that breaks it is refused even if its own seed would have served everybody.
- ` + "`-0`" + ` is the integer 0.

Written by ` + "`go test ./draw -run OwnVectors -update`" + `.

| case | shows | SHA-256 of result.json begins |
| --- | --- | --- |
`
