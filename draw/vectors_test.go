package draw

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

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
