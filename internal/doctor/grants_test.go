package doctor_test

import (
	"strings"
	"testing"

	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// The serving role carries a plan, a round and its draw, the chain of the audit
// log and the ledger; what was written it can neither change nor empty nor drop,
// while it serves.
func TestServingRole(t *testing.T) {
	server := storetest.Server(t)
	_, serving := storetest.Served(t, server)
	db := storetest.Open(t, serving)
	o := roundtest.New(t, db)
	o.Firms(40)
	o.Matched(o.Publish(nil), 1, "2022-06-06")
	o.Must(o.Scribe.Sequence(ctx, roundtest.Authority))
	o.Must(o.Door.Link(ctx, roundtest.Authority))
	chain, err := o.Door.Check(ctx, roundtest.Authority)
	if err != nil {
		t.Fatalf("the chain: %+v, %v", chain, err)
	}
	app, err := store.TestOnlyRaw(serving)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { app.Close() })
	for _, query := range []string{
		`UPDATE audit_entry SET actor_name = '某人'`, `UPDATE audit_entry SET at = 0`, `DELETE FROM audit_entry`, `TRUNCATE audit_entry`, `DROP TABLE audit_entry`,
		`ALTER TABLE audit_entry ADD COLUMN x TEXT`, `DELETE FROM ledger_entry`, `UPDATE ledger_entry SET subject = ''`, `UPDATE ledger_checkpoint SET note = ''`, `DELETE FROM ledger_hash`,
		`DELETE FROM alarm_raised`, `TRUNCATE register_target CASCADE`, `DROP TABLE plan CASCADE`, `CREATE TABLE public.mine (x TEXT)`, `DELETE FROM goose_db_version`,
	} {
		if _, err := app.Exec(query); err == nil || !strings.Contains(err.Error(), "42501") {
			t.Errorf("%s: %v, want it refused", query, err)
		}
	}
}
