package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"suiji/internal/errs"
	"suiji/internal/store"
)

// inside are the beginnings of the names of tables that no public page reads:
// accounts and how they sign in, the audit, what firms said, uploads, messages,
// telephones' records, papers, what was reported. Of identity_… the authorities
// alone are public. docs/data-classes.md lists them all.
var inside = []string{"identity_", "audit_", "federation_", "feedback_", "filter_", "intake_", "notice_", "passkey_", "proof_", "visit_",
	"credit_", "roster_", "staffing_", "disclosure_repair", "inspection_review", "inspection_attempt", "ledger_trouble", "alarm_", "throttle",
	"archive_", "documents_", "exchange_", "report_", "supervise_", "tidings_", "token"}

// emptied are columns that no public page shows; where says of which rows,
// nothing of all.
var emptied = []struct{ table, columns, where string }{
	{"register_officer", "phone", ""}, {"register_officer_past", "phone", ""},
	{"register_target", "phone contact address", ""}, {"register_target_past", "phone contact address", ""},
	{"disclosure_objection", "words contact firm made_by", ""}, {"disclosure_posting", "posted_by", ""}, {"disclosure_penalty", "posted_by", ""},
	{"disclosure_exemption", "reason approved_by", ""},
	{"inspection_form", "evidence summary firm_person", ""}, {"inspection_answer", "note", ""}, {"inspection_finding", "fact measure outcome_note closed_name", ""},
	{"round_removal", "evidence proposed_by decided_by", ""}, {"round_substitution", "evidence proposed_by decided_by", ""},
	{"round_source", "secret", `EXISTS (SELECT 1 FROM round_draw d WHERE d.authority_id = round_source.authority_id AND d.round_id = round_source.round_id
		AND d.half = round_source.half AND d.state = 'sealed')`},
}

// Public writes what the public portal needs into a new directory: the
// database without accounts, audit, uploads, telephones and secrets, and the
// ledgers' public keys. Names of drawn firms that are not disclosed yet are in
// it: the portal keeps them to itself as the office does.
// Errors: Conflict if the directory is there.
func Public(ctx context.Context, db *store.DB, keys map[string]string, dir string) (err error) {
	if err := os.Mkdir(dir, 0o750); errors.Is(err, os.ErrExist) {
		return errs.E(errs.Conflict, dir+" 已存在，没有覆盖")
	} else if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	path := filepath.Join(dir, databaseName)
	if err := db.Snapshot(ctx, path); err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	statements, err := stripping(ctx, path)
	if err != nil {
		return err
	}
	if err := store.Strip(ctx, path, statements); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(dir, "keys"), 0o750); err != nil {
		return err
	}
	for authority, key := range keys {
		if err := os.WriteFile(filepath.Join(dir, "keys", authority+".pub"), []byte(key+"\n"), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// stripping lists the statements that take out what is inside.
func stripping(ctx context.Context, path string) ([]string, error) {
	db, err := store.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	tables, err := db.Tables(ctx)
	if err := errors.Join(err, db.Close()); err != nil {
		return nil, err
	}
	var all []string
	for _, t := range tables {
		for _, begin := range inside {
			if strings.HasPrefix(t.Name, begin) && t.Name != "identity_authority" {
				all = append(all, "DELETE FROM "+t.Name)
			}
		}
	}
	for _, e := range emptied {
		text := "UPDATE " + e.table + " SET " + strings.ReplaceAll(e.columns, " ", " = '', ") + " = ''"
		if e.where != "" {
			text += " WHERE " + e.where
		}
		all = append(all, text)
	}
	return all, nil
}
