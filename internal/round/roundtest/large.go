package roundtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"suiji/internal/plan"
	"suiji/internal/round"
	"suiji/internal/store"
)

// LargeRound is the round of a Large office.
const LargeRound = Authority + ".2022-1"

// Large returns the directory of an office with n firms, and of a round that
// will draw 5 % of them in one window: it is frozen, sealed and rolled, and
// nothing is drawn. The office is made once for a schema and a size, and kept
// under the temporary directory for the next run; what is done with it must be
// taken back (Undraw).
func Large(t testing.TB, n int) string {
	t.Helper()
	dir := filepath.Join(os.TempDir(), "suiji-bench", fmt.Sprintf("round-%d-%d", schema(t), n))
	if _, err := os.Stat(filepath.Join(dir, "filled")); err == nil {
		return dir
	}
	begun, ctx := time.Now(), context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	old, err := filepath.Glob(filepath.Join(filepath.Dir(dir), fmt.Sprintf("round-*-%d", n)))
	must(err)
	for _, x := range append(old, dir) { // of another schema
		must(os.RemoveAll(x))
	}
	must(os.MkdirAll(dir, 0o755))
	db, err := store.Open(ctx, filepath.Join(dir, "suiji.db"))
	must(err)
	defer db.Close()
	o := NewAt(t, db, dir)
	o.Fill(n)
	filled := time.Since(begun)
	id := o.Publish(func(p *plan.Plan) { p.Windows = p.Windows[:1] })
	r := o.Freeze(id, 1, "2022-06-06")
	frozen := time.Since(begun) - filled
	o.Must(o.Round.Seal(ctx, As("operator"), r, Public))
	o.Must(o.Round.Roll(ctx, As("operator"), r, "public", Dice))
	must(os.WriteFile(filepath.Join(dir, "filled"), nil, 0o600))
	t.Logf("%d firms entered in %.0f s, frozen in %.0f s, sealed and rolled in %.0f s", n, filled.Seconds(), frozen.Seconds(), (time.Since(begun) - filled - frozen).Seconds())
	return dir
}

// schema counts the migrations: with another schema an office is made anew.
func schema(t testing.TB) int {
	t.Helper()
	all, err := filepath.Glob("../../internal/store/migrations/*.sql")
	if err != nil || len(all) == 0 {
		t.Fatal("no migrations", err)
	}
	return len(all)
}

// Fill puts n firms into the register, as an import would leave them.
func (o *Office) Fill(n int) {
	o.t.Helper()
	ctx := context.Background()
	o.Firms(1)
	for from := 1; from < n; from += 1_000_000 {
		to := min(n, from+1_000_000)
		o.Must(o.Door.Keep(ctx, func(tx *store.DB) error {
			_, err := tx.Exec(ctx, `
				INSERT INTO register_target (authority_id, target_id, code, code_kind, name, kind, state, established, area_code, area_name,
					address, work_address, industry, scope, contact, phone, source, active, reason, tags, digest, version)
				SELECT authority_id, 'MA' || printf('%010d', n), 'MA' || printf('%010d', n), code_kind, name, kind, '存续', established, area_code, area_name,
					address, work_address, industry, scope, contact, phone, source, active, reason, tags, digest, version
				FROM (SELECT * FROM register_target WHERE target_id NOT LIKE 'MA00%'), (WITH RECURSIVE c(n) AS (SELECT $1 UNION ALL SELECT n + 1 FROM c WHERE n + 1 < $2) SELECT n FROM c)`, from, to)
			if err == nil {
				_, err = tx.Exec(ctx, `UPDATE register_version SET count = $1 WHERE list = 'targets'`, to)
			}
			return err
		}))
	}
}

// Undraw takes a draw's outcome back, as nobody can but by hand, so that the
// same round can be drawn again and measured.
func (o *Office) Undraw(id string) {
	o.t.Helper()
	ctx := context.Background()
	o.Must(o.Door.Keep(ctx, func(tx *store.DB) error {
		for _, text := range []string{
			`DELETE FROM caps_visit WHERE source = $1`,
			`DELETE FROM round_target WHERE round_id = $1`,
			`DELETE FROM ledger_entry WHERE subject = $1 || '.targets' AND position IS NULL AND type IN ('round.revealed', 'round.drawn')`,
			`UPDATE round SET state = 'sealed', drawn_at = 0, confirm_due = '' WHERE round_id = $1`,
			`UPDATE round_draw SET state = 'sealed', reveal = '', result = '', drawn_at = 0 WHERE round_id = $1`,
			`UPDATE round_source SET value = '' WHERE round_id = $1 AND by = 'bureau'`,
		} {
			if _, err := tx.Exec(ctx, text, id); err != nil {
				return fmt.Errorf("%s: %w", text, err)
			}
		}
		return nil
	}))
	r, err := o.Round.Round(ctx, Authority, id)
	o.Must(err)
	if r.State != round.Sealed {
		o.t.Fatalf("round %s is %s, want sealed again", id, r.State)
	}
}
