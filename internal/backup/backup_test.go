package backup_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"suiji/internal/backup"
	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// installation is a data directory with a key, a checkpoint and an upload, and
// a database with one authority.
func installation(t *testing.T, db *store.DB) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"audit/a.audit": "3 ff", "audit/1.tmp": "3", "keys/a.key": "secret", "ledger/a.checkpoint": "tree", "uploads/a/ff": "企业名称", "backups/old.zip": "no", "x.part": "no"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	add(t, db, "a")
	return dir
}

func add(t *testing.T, db *store.DB, id string) {
	t.Helper()
	err := db.InTx(t.Context(), func(tx *store.DB) error {
		_, err := tx.Exec(t.Context(), `
			INSERT INTO identity_authority (authority_id, name, short_name, area_code, area_name, phone, hash, relaxed_duties, demo)
			VALUES ($1, '元氏县人社局', '', '', '', '', 'sha256', FALSE, FALSE)`, id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

var noon = time.Date(2022, 6, 6, 4, 0, 0, 0, time.UTC)

func TestBackup(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		dir := installation(t, db)
		file := filepath.Join(t.TempDir(), "suiji.zip")
		m, err := backup.Create(t.Context(), db, dir, file, noon)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, f := range m.Files {
			names = append(names, f.Path)
		}
		if got := strings.Join(names, " "); got != "audit/a.audit keys/a.key ledger/a.checkpoint suiji.db uploads/a/ff" {
			t.Errorf("files %q: keys, checkpoints and heads go before the database, uploads after it", got)
		}
		if _, err := backup.Create(t.Context(), db, dir, file, noon); errs.KindOf(err) != errs.Conflict {
			t.Errorf("over a file: %v, want Conflict", err)
		}
		add(t, db, "later") // the office goes on
		if v, err := backup.Verify(file); err != nil || v.Rows() != m.Rows() || m.Rows() == 0 {
			t.Errorf("Verify: %v, %d rows, want %d", err, v.Rows(), m.Rows())
		}

		to := filepath.Join(t.TempDir(), "new")
		if _, err := backup.Restore(t.Context(), file, to); err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(filepath.Join(to, "uploads/a/ff")); err != nil || string(b) != "企业名称" {
			t.Errorf("the upload is %q, %v", b, err)
		}
		restored, err := store.Open(t.Context(), filepath.Join(to, "suiji.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer restored.Close()
		n, err := store.One(t.Context(), restored, store.Value[int], `SELECT count(*) FROM identity_authority`)
		if err != nil || n != 1 {
			t.Errorf("%d authorities, %v, want the one that was backed up", n, err)
		}
		if _, err := backup.Restore(t.Context(), file, to); errs.KindOf(err) != errs.Conflict {
			t.Errorf("over an installation: %v, want Conflict", err)
		}
	})
}

// Every byte of a backup counts: a spoilt one is refused and leaves nothing.
func TestSpoiltBackup(t *testing.T) {
	db := storetest.SQLite(t)
	dir := installation(t, db)
	whole := filepath.Join(t.TempDir(), "suiji.zip")
	if _, err := backup.Create(t.Context(), db, dir, whole, noon); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(name string, spoilt []byte) {
		t.Helper()
		file, to := filepath.Join(t.TempDir(), "bad.zip"), filepath.Join(t.TempDir(), "new")
		if err := os.WriteFile(file, spoilt, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := backup.Verify(file); err == nil {
			return // a byte that says nothing, such as a date in a header
		} else if errs.Sentence(err) == "" {
			t.Errorf("%s: %v has no sentence", name, err)
		}
		if _, err := backup.Restore(context.Background(), file, to); err == nil {
			t.Errorf("%s was restored", name)
		}
		for _, left := range []string{to, to + ".part"} {
			if _, err := os.Stat(left); err == nil {
				t.Errorf("%s: %s was left behind", name, filepath.Base(left))
			}
		}
	}
	refused("empty", nil)
	refused("cut short", b[:len(b)-30])
	refused("half", b[:len(b)/2])
	caught := 0
	for at := 40; at < len(b); at += len(b)/40 + 1 {
		spoilt := append([]byte(nil), b...)
		spoilt[at] ^= 1
		refused("one bit", spoilt)
		file := filepath.Join(t.TempDir(), "bit.zip")
		if err := os.WriteFile(file, spoilt, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := backup.Verify(file); err != nil {
			caught++
		}
	}
	if caught < 35 {
		t.Errorf("of about 40 spoilt bits only %d were noticed", caught)
	}
}

// A failure on the way leaves no half a file.
func TestBackupFails(t *testing.T) {
	db := storetest.SQLite(t)
	dir := installation(t, db)
	folder := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := backup.Create(ctx, db, dir, filepath.Join(folder, "suiji.zip"), noon); err == nil {
		t.Error("made although it was called off")
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
