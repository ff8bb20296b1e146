package reckon_test

import (
	"strings"
	"testing"

	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// A year's work is as the ledger has it, at every step, and nothing is left
// out.
func TestCheck(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		o.clean("before anything was sequenced")
		o.step = func(when string) { o.clean("after " + when) }
		o.year()
		r := o.clean("after the year")
		for _, kind := range []string{"register_version", "register_target", "register_officer", "register_item", "plan", "round", "round_draw",
			"round_target", "round_removal", "round_officer", "round_substitution", "bundle", "disclosure_posting", "rate"} {
			if r.Records[kind] == 0 {
				t.Errorf("no %s was compared: %s", kind, records(r))
			}
		}
	})
}

// A log of the office that was cut off, or written anew with the file beside the
// database, does not have the heads that the ledger has.
func TestAuditLogHeld(t *testing.T) {
	for name, query := range map[string]string{
		"cut off":      `DELETE FROM audit_entry WHERE no > 2`,
		"an entry":     `UPDATE audit_entry SET hash = 'ab' WHERE no = (SELECT max(no) FROM audit_entry)`,
		"written anew": `UPDATE audit_entry SET no = NULL, hash = NULL, actor_name = '别人'`,
	} {
		o := newOffice(t, storetest.SQLite(t))
		o.secured()
		o.clean("before")
		o.Must(o.Door.Keep(ctx, func(tx *store.DB) error { _, err := tx.Exec(ctx, query); return err }))
		if name == "written anew" {
			o.Must(o.Door.Link(ctx, authority))
		}
		r, err := o.reckon.Check(ctx, authority)
		o.Must(err)
		if len(r.Findings) != 1 || !strings.HasPrefix(r.Findings[0].Record, "audit_entry 第 ") || r.Findings[0].Position < 0 {
			t.Errorf("%s: %v, want the log's entry and the ledger's", name, r.Findings)
		}
	}
}
