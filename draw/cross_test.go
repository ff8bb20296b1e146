package draw

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"suiji/internal/canon"
)

// secondVerifier is the program that was written from the specification alone.
const secondVerifier = "../verify/suiji_verify.py"

// TestSecondVerifierAgrees works out ten thousand random cases of both schemes,
// two thousand spoiled ones and every refusal of refusals with this package
// and with the second verifier; both must print the same digest, or refuse.
func TestSecondVerifierAgrees(t *testing.T) {
	root := t.TempDir()
	want := map[string]string{}
	put := func(name string, dir fstest.MapFS) {
		writeCase(t, filepath.Join(root, name), dir)
		want[name] = digestOf(dir)
	}
	r := newRand(10_000)
	for i := range 10_000 {
		put(fmt.Sprintf("case-%05d", i), randomCase(t, r, i))
	}
	for i := range 2_000 {
		put(fmt.Sprintf("spoiled-%04d", i), spoil(t, r, randomCase(t, r, i)))
	}
	for i, bad := range refusals() {
		put(fmt.Sprintf("refused-%03d", i), bad.spoiled(t))
	}
	refused := 0
	for _, digest := range want {
		if digest == "error" {
			refused++
		}
	}
	t.Logf("%d cases, %d of them refused", len(want), refused)
	compareDigests(t, root, runSecondVerifier(t, root), want)
}

// TestSecondVerifierVectors gives the second verifier the worked cases.
func TestSecondVerifierVectors(t *testing.T) {
	want := map[string]string{}
	for _, dir := range vectorDirs(t, ownVectors) {
		want[filepath.Base(dir)] = digestOf(os.DirFS(dir))
	}
	compareDigests(t, ownVectors, runSecondVerifier(t, ownVectors), want)
}

// randomCase makes a case; every third is written with spaces.
func randomCase(t *testing.T, r *rand.Rand, i int) fstest.MapFS {
	t.Helper()
	var k kit
	switch {
	case i%2 == 0:
		k = randomTargets(r, 12)
	default:
		k = randomMatch(r, 6)
	}
	dir := k.question(t)
	if i%3 == 0 {
		for _, f := range []File{ManifestFile, RevealFile} {
			var b bytes.Buffer
			if err := json.Indent(&b, dir[string(f)].Data, "\n", "\t "); err != nil {
				t.Fatal(err)
			}
			dir[string(f)] = &fstest.MapFile{Data: b.Bytes()}
		}
	}
	return dir
}

// spoil changes one byte of one file; a list is then sealed anew, so that the
// change is judged and not just the root.
func spoil(t *testing.T, r *rand.Rand, dir fstest.MapFS) fstest.MapFS {
	t.Helper()
	files := []File{ManifestFile, RevealFile, TargetsFile, TargetsFile, ExcludedFile, OfficersFile, RecusalsFile}
	f := files[r.IntN(len(files))]
	file, ok := dir[string(f)]
	if !ok || len(file.Data) == 0 {
		return dir
	}
	b := bytes.Clone(file.Data)
	i := r.IntN(len(b))
	// Bytes that mean something in JSON or in a list, and some that never do.
	const with = "0129aAzZ.-_,\t\n\r \"{}[]:\\u\x00\x7f\x80\xff"
	switch r.IntN(3) {
	case 0:
		b[i] = with[r.IntN(len(with))]
	case 1:
		b = append(b[:i], b[i+1:]...)
	default:
		b = append(b[:i], append([]byte{with[r.IntN(len(with))]}, b[i:]...)...)
	}
	dir[string(f)] = &fstest.MapFile{Data: b}
	if f != ManifestFile && f != RevealFile {
		reseal(t, dir)
	}
	return dir
}

// digestOf returns what the second verifier is to print.
func digestOf(dir fs.FS) string {
	result, err := Compute(dir)
	if err != nil {
		return "error"
	}
	return canon.SHA256.Hex(result)
}

func writeCase(t *testing.T, path string, dir fstest.MapFS) {
	t.Helper()
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, f := range dir {
		if err := os.WriteFile(filepath.Join(path, name), f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// runSecondVerifier returns its line for each folder.
func runSecondVerifier(t *testing.T, root string) map[string]string {
	t.Helper()
	cmd := exec.Command("python3", secondVerifier, "compute", "--many", root)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("python3 %s: %v\n%s", secondVerifier, err, stderr.String())
	}
	got := map[string]string{}
	for _, line := range strings.Split(strings.TrimSuffix(string(out), "\n"), "\n") {
		name, digest, ok := strings.Cut(line, "\t")
		if !ok {
			t.Fatalf("line %q, want a name, TAB and a digest", line)
		}
		got[name] = digest
	}
	return got
}

// compareDigests shows at most ten cases that differ.
func compareDigests(t *testing.T, root string, got, want map[string]string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d cases answered, want %d", len(got), len(want))
	}
	bad := 0
	for name, digest := range want {
		if got[name] == digest {
			continue
		}
		if bad++; bad <= 10 {
			_, err := Compute(os.DirFS(filepath.Join(root, name)))
			t.Errorf("%s: the second verifier says %q, want %q (%v)", name, got[name], digest, err)
		}
	}
	if bad > 10 {
		t.Errorf("%d cases differ", bad)
	}
}
