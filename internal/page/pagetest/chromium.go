package pagetest

import (
	"os"
	"path/filepath"
	"testing"
)

// Chromium78 returns what starts the oldest browser that is supported.
// scripts/deps keeps it in the user's cache.
func Chromium78(t testing.TB) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(cache, "suiji", "chromium-78", "run")
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("Chromium 78 is missing: %v (scripts/deps installs it)", err)
	}
	return path
}
