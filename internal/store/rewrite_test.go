package store_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"

	"suiji/internal/errs"
	"suiji/internal/store"
)

// Migration 0052 writes a table anew on SQLite, without foreign keys: what
// stood in it and what refers to it is there afterwards, and keys hold again.
func TestFormsSurviveTheirRewriting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "suiji.db")
	old, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, old, sqliteOnly{os.DirFS("migrations")})
	if err == nil {
		_, err = p.UpTo(t.Context(), 51)
	}
	const form = `INSERT INTO inspection_form (authority_id, form_id, round_id, target_id, no, code, state, started_on, ended_on, firm_person, refusal, summary,
		evidence, team, entered_by, entered_name, entered_at, confirmed_by, confirmed_name, confirmed_at, opinion, changed_name, changed_at, revision%s)
		VALUES ('a', '%s', 'r', 't', 1, '%s', 'issued', '', '', '', '', 'a summary', '', '', '', '', 0, '', '', 0, '', '', 0, 7%s)`
	for _, text := range []string{fmt.Sprintf(form, "", "r.0001", "AAAA", ""), `INSERT INTO inspection_method (authority_id, form_id, method) VALUES ('a', 'r.0001', 'M1')`} {
		if err == nil {
			_, err = old.Exec(text)
		}
	}
	if err == nil {
		err = old.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := store.One(t.Context(), db, store.Value[int], `
		SELECT count(*)
		FROM inspection_form f
		JOIN inspection_method m ON m.authority_id = f.authority_id AND m.form_id = f.form_id
		WHERE f.form_id = 'r.0001' AND f.slot = 'main' AND f.revision = 7 AND f.summary = 'a summary'`)
	if err != nil || kept != 1 {
		t.Errorf("%d forms with their method, %v, want the one from before, of the slot main", kept, err)
	}
	err = db.InTx(t.Context(), func(tx *store.DB) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO inspection_method (authority_id, form_id, method) VALUES ('a', 'nobody', 'M1')`)
		return err
	})
	if errs.KindOf(err) != errs.Invalid {
		t.Errorf("a method of no form = %v, want it refused: foreign keys are on again", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	if _, err := raw.Exec(fmt.Sprintf(form, ", slot", "r.0001-2", "BBBB", ", 'sj'")); err != nil {
		t.Errorf("a second department's form: %v", err)
	}
	if _, err := raw.Exec(fmt.Sprintf(form, ", slot", "r.0001-3", "CCCC", ", 'sj'")); err == nil {
		t.Error("one department has two forms of a firm")
	}
	var broken int
	if err := raw.QueryRow(`SELECT count(*) FROM pragma_foreign_key_check('inspection_method')`).Scan(&broken); err != nil || broken != 0 {
		t.Errorf("%d methods refer to no form, %v", broken, err)
	}
}
