package backup_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"suiji/internal/backup"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// Nothing of how people sign in leaves with the public copy, also out of
// tables that come later.
func TestPublicKnowsNoAccounts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		add(t, db, "a")
		err := db.InTx(t.Context(), func(tx *store.DB) error {
			for _, statement := range []string{
				`INSERT INTO identity_account (authority_id, account_id, username, name, password, officer_id, active, created_at) VALUES ('a', 'x', 'x', 'x', 'canary-password', '', TRUE, 0)`,
				`INSERT INTO identity_totp (authority_id, account_id, secret, confirmed_at, last_step) VALUES ('a', 'x', 'canary-totp', 0, 0)`,
				`INSERT INTO identity_recovery (authority_id, account_id, code_hash) VALUES ('a', 'x', 'canary-recovery')`,
				`INSERT INTO identity_password (authority_id, account_id, no, password) VALUES ('a', 'x', 1, 'canary-old')`,
			} {
				if _, err := tx.Exec(t.Context(), statement); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(t.TempDir(), "copy")
		if err := backup.Public(t.Context(), db, nil, dir); err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(filepath.Join(dir, "suiji.db"))
		if err != nil || bytes.Contains(raw, []byte("canary")) {
			t.Errorf("the copy holds a secret, or cannot be read: %v", err)
		}
		public, err := store.Open(t.Context(), filepath.Join(dir, "suiji.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer public.Close()
		tables, err := public.Tables(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range tables {
			if !strings.HasPrefix(x.Name, "identity_") {
				continue
			}
			n, err := store.One(t.Context(), public, store.Value[int], "SELECT count(*) FROM "+x.Name)
			if err != nil || (n > 0) != (x.Name == "identity_authority") {
				t.Errorf("%s has %d rows, %v", x.Name, n, err)
			}
		}
	})
}
