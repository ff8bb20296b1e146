package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"suiji/internal/canon"
	"suiji/internal/disclosure"
	"suiji/internal/inspection"
	"suiji/internal/sample"
	"suiji/internal/search"
	"suiji/internal/store"
)

// A million is an installation with as many firms, each of which was
// inspected once and its result published. It stands on the demo's finished
// round, whose seals the other rounds copy.
type million struct {
	plan    string
	round   string // the demo's finished one
	stratum string // its first
	record  disclosure.Record
}

// perRound is how many firms a round of the million has; the rounds lie in
// millionYears years.
const (
	perRound     = 2000
	millionYears = 5
)

// filledDir is a directory with such an installation. It is made once for a
// schema and a size, and kept for the next run.
func filledDir(b *testing.B, firms int) string {
	b.Helper()
	schema, err := filepath.Glob("../../internal/store/migrations/*.sql")
	if err != nil || len(schema) == 0 {
		b.Fatal("no migrations", err)
	}
	last := filepath.Base(schema[len(schema)-1])
	dir := filepath.Join(os.TempDir(), "suiji-bench", fmt.Sprintf("%s-%d-%d", last[:4], len(schema), firms))
	if _, err := os.Stat(filepath.Join(dir, "filled")); err == nil {
		return dir
	}
	begun := time.Now()
	if err := os.RemoveAll(dir); err != nil {
		b.Fatal(err)
	}
	p := program{stdout: io.Discard, stderr: io.Discard, getenv: func(string) string { return "" }}
	clock := &demoClock{real: time.Now}
	p.now = clock.Now
	app, err := p.open(b.Context(), &place{dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	d := p.county(b.Context(), app, clock, demoFirms)
	if err := d.make(); err != nil {
		b.Fatal(err)
	}
	if err := fill(b.Context(), app, firms); err != nil {
		b.Fatal(err)
	}
	if err := app.close(); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "filled"), nil, 0o600); err != nil {
		b.Fatal(err)
	}
	b.Logf("%d firms with a result each written in %.0f s", firms, time.Since(begun).Seconds())
	return dir
}

// fill writes the firms of all rounds, a transaction for ten rounds.
func fill(ctx context.Context, app *app, firms int) error {
	m := &million{}
	some, err := app.disclosure.Results(ctx, demoAuthority, disclosure.Query{Limit: 1, Whole: true})
	if err != nil {
		return err
	}
	m.record, m.round = some.Results[0].Record, some.Results[0].RoundID
	r, err := app.round.Round(ctx, demoAuthority, m.round)
	if err != nil {
		return err
	}
	m.plan = r.PlanID
	strata, err := app.round.Quotas(ctx, demoAuthority, m.round)
	if err != nil {
		return err
	}
	m.stratum = strata[0].Name
	for from := 0; from < firms; from += 10 * perRound {
		if err := app.door.Keep(ctx, func(tx *store.DB) error { return m.write(ctx, tx, from, min(firms, from+10*perRound)) }); err != nil {
			return fmt.Errorf("fill from %d: %w", from, err)
		}
	}
	return app.door.Keep(ctx, func(tx *store.DB) error {
		for _, text := range countedAnew {
			if _, err := tx.Exec(ctx, text); err != nil {
				return err
			}
		}
		return nil
	})
}

// countedAnew are what the acts would have counted.
var countedAnew = []string{`DELETE FROM disclosure_count`, `
	INSERT INTO disclosure_count (authority_id, year, round_id, code, n)
	SELECT authority_id, year, round_id, '', count(*) FROM disclosure_posting WHERE current GROUP BY authority_id, year, round_id`, `
	INSERT INTO disclosure_count (authority_id, year, round_id, code, n)
	SELECT p.authority_id, p.year, p.round_id, r.code, count(*)
	FROM disclosure_posting p
	JOIN disclosure_result r ON r.authority_id = p.authority_id AND r.form_id = p.form_id AND r.version = p.version
	WHERE p.current
	GROUP BY p.authority_id, p.year, p.round_id, r.code`}

// write writes the firms from one to before another: what the register, the
// draw, the inspection and the publication leave of each.
func (m *million) write(ctx context.Context, tx *store.DB, from, to int) error {
	w, err := search.NewWriter(ctx, tx, demoAuthority)
	if err != nil {
		return err
	}
	tables := []*store.Bulk{
		{Cols: 8, Insert: `INSERT INTO register_target (authority_id, target_id, code, code_kind, name, kind, state, established, area_code, area_name, address,
			work_address, industry, scope, contact, phone, source, tags, digest, active, reason, version)
			SELECT column1, column2, column3, 'uscc', column4, '企业', '存续', column5, '990101', '示例县', column6, '', '7211', '', '', column7, '', '', column8, TRUE, '', 1 FROM (VALUES `, Tail: `)`},
		{Cols: 6, Insert: `INSERT INTO round_target (authority_id, round_id, target_id, stratum, rank, state) VALUES `},
		{Cols: 8, Insert: `INSERT INTO inspection_form (authority_id, form_id, round_id, target_id, no, code, state, started_on, ended_on, firm_person, refusal, summary, evidence,
			team, entered_by, entered_name, entered_at, confirmed_by, confirmed_name, confirmed_at, opinion, changed_name, changed_at, revision, slot)
			SELECT column1, column2, column3, column4, column5, column6, 'confirmed', column7, column7, '', '', '', '', '[]', 'clerk-' || (column5 % 500), '李敏', column8, 'reviewer', '赵宏', column8, '', '李敏', column8, 1, 'main' FROM (VALUES `, Tail: `)`},
		{Cols: 3, Insert: `INSERT INTO inspection_result (authority_id, form_id, code) VALUES `},
		{Cols: 13, Insert: `INSERT INTO disclosure_posting (authority_id, form_id, round_id, target_id, year, firm_name, firm_code, search, record, salt, digest, due_on, posted_at, version, state, current, reason, posted_by)
			SELECT column1, column2, column3, column4, column5, column6, column7, column8, column9, column10, column11, column12, column13, 1, 'published', TRUE, '', 'clerk' FROM (VALUES `, Tail: `)`},
		{Cols: 5, Insert: `INSERT INTO disclosure_result (authority_id, form_id, version, code, year, posted_at) SELECT column1, column2, 1, column3, column4, column5 FROM (VALUES `, Tail: `)`},
	}
	for i, t := range tables {
		t.Ctx, t.Tx = ctx, tx
		if i > 0 {
			t.Before = tables[i-1].Flush
		}
	}
	for n := from; n < to; n++ {
		if n%perRound == 0 {
			if err := m.copyRound(ctx, tx, n/perRound); err != nil {
				return err
			}
		}
		if err := m.one(n, w, tables); err != nil {
			return err
		}
	}
	for _, t := range tables {
		if err := t.Flush(); err != nil {
			return err
		}
		if err := t.Close(); err != nil {
			return err
		}
	}
	return w.Close()
}

// millionRound is the round of the n-th firm, and its year.
func millionRound(n int) (id string, year int) {
	year = 2020 + n/perRound%millionYears
	return fmt.Sprintf("%s.%d-%d", demoAuthority, year, 100+n/perRound), year
}

// millionCode is the credit code of the n-th firm: no two are alike.
func millionCode(n int) string { return sample.Code("91", 1_000_000+n) }

// millionForm is the form of the n-th firm.
func millionForm(n int) string {
	id, _ := millionRound(n)
	return inspection.Serial(id, n%perRound+1)
}

// millionResult is the code of the n-th firm's result: some are rare.
func millionResult(n int) inspection.CodeInfo {
	switch {
	case n%50_000 == 7:
		return inspection.Codes[len(inspection.Codes)-1]
	case n%4 != 0:
		return inspection.Codes[0]
	}
	return inspection.Codes[n/4%(len(inspection.Codes)-1)]
}

// millionPosted is when the result of the n-th firm was published.
func millionPosted(n int) time.Time {
	_, year := millionRound(n)
	return time.Date(year, 1, 20, 8, 0, 0, 0, time.UTC).Add(time.Duration(n/perRound)*12*time.Hour + time.Duration(n%perRound)*time.Second)
}

// one writes the n-th firm.
func (m *million) one(n int, w *search.Writer, tables []*store.Bulk) error {
	code, form := millionCode(n), millionForm(n)
	id, year := millionRound(n)
	name, result := millionName(n), millionResult(n)
	posted := millionPosted(n)
	day := posted.AddDate(0, 0, -9).Format("2006-01-02")
	r := m.record
	r.Form, r.Round, r.Firm = form, id, disclosure.RecordFirm{Name: name, Code: code}
	r.Plan.Year, r.Started, r.Ended = year, day, day
	r.Results, r.Handling = []disclosure.RecordResult{{Code: string(result.Code), Name: result.Name}}, []disclosure.Handling{}
	text, err := canon.JSON(r)
	if err != nil {
		return err
	}
	salt := canon.SHA256.Sum([]byte(form))
	ms := posted.UnixMilli()
	for i, args := range [][]any{
		{demoAuthority, code, code, name, fmt.Sprintf("20%02d-05-11", n%20), "示例县城关镇恒泰路 12 号", "13000000000", salt},
		{demoAuthority, id, code, m.stratum, n%perRound + 1, "confirmed"},
		{demoAuthority, form, id, code, n%perRound + 1, fmt.Sprintf("M%07d", n), day, ms},
		{demoAuthority, form, string(result.Code)},
		{demoAuthority, form, id, code, year, name, code, name + code, string(text), hex.EncodeToString(salt), canon.SHA256.Hex(append(salt, text...)), day, ms},
		{demoAuthority, form, string(result.Code), year, ms},
	} {
		if err := tables[i].Add(args...); err != nil {
			return err
		}
	}
	return w.Add(search.Entry{Target: code, Names: []string{name}, Codes: []string{code}})
}

// millionName is the name of the n-th firm; some firms share theirs.
func millionName(n int) string { return sample.Name(n) }

// copies are the tables of a round that the copies of one get.
var copies = []string{"round", "round_draw", "round_list", "round_quota", "round_source"}

// planned are the tables of a plan that the copies of one get: its tasks before
// what refers to them.
var planned = []string{"plan_task", "plan_basis", "plan_item", "plan_slot", "plan_stratum", "plan_ticket", "plan_window"}

// copyRound makes the i-th round of the million as a copy of the demo's, under
// a plan of its year. It is of a year that is over: closed.
func (m *million) copyRound(ctx context.Context, tx *store.DB, i int) error {
	id, year := millionRound(i * perRound)
	plan := fmt.Sprintf("plan-%d", year)
	if i < millionYears {
		changed := map[string]string{"plan_id": "$3", "root_id": "$3", "year": "$4"}
		if err := copyRows(ctx, tx, "plan", "plan_id = $2", changed, m.plan, plan, year); err != nil {
			return err
		}
		for _, table := range planned {
			changed, args := map[string]string{"plan_id": "$3"}, []any{m.plan, plan}
			if table == "plan_window" {
				changed["starts_on"], changed["ends_on"] = "$4 || substr(starts_on, 5)", "$4 || substr(ends_on, 5)"
				args = append(args, strconv.Itoa(year))
			}
			if err := copyRows(ctx, tx, table, "plan_id = $2", changed, args...); err != nil {
				return err
			}
		}
	}
	for _, table := range copies {
		changed := map[string]string{"round_id": "$3"}
		args := []any{m.round, id}
		if table == "round" {
			changed["plan_id"], args = "$4", append(args, plan)
			changed["state"], changed["closed_at"] = "'closed'", "drawn_at"
		}
		if err := copyRows(ctx, tx, table, "round_id = $2", changed, args...); err != nil {
			return err
		}
	}
	return nil
}

// copyRows copies the demo's rows of a table that a condition names, some
// columns changed.
func copyRows(ctx context.Context, tx *store.DB, table, where string, changed map[string]string, args ...any) error {
	columns, err := store.All(ctx, tx, store.Value[string], `SELECT name FROM pragma_table_info($1)`, table)
	if err != nil {
		return err
	}
	from := make([]string, len(columns))
	for i, c := range columns {
		if from[i] = changed[c]; from[i] == "" {
			from[i] = c
		}
	}
	_, err = tx.Exec(ctx, fmt.Sprintf(`INSERT INTO %s (%s) SELECT %s FROM %s WHERE authority_id = $1 AND %s`,
		table, strings.Join(columns, ", "), strings.Join(from, ", "), table, where), append([]any{demoAuthority}, args...)...)
	return err
}
