package disclosure_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"suiji/calendar"
	"suiji/internal/disclosure"
	"suiji/internal/inspection"
	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/reference"
	"suiji/internal/round"
	"suiji/internal/search"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// thousand enters a year's inspections as they stand when all that will be has
// been confirmed: every result code, some not inspected, some not confirmed.
func thousand(t *testing.T, o office) {
	t.Helper()
	first := calendar.MustParse("2022-06-01")
	o.must(t, o.Door.Keep(ctx, func(tx *store.DB) error {
		for i := range 1000 {
			target, form := fmt.Sprintf("Y%04d", i), inspection.Serial(inspectiontest.Round, 1001+i)
			ended, state, at := first.AddDays(i%50).String(), "confirmed", 1
			switch i % 20 {
			case 0:
				ended, state, at = "", "issued", 0
			case 1:
				state, at = "entered", 0
			}
			code := inspection.Codes[i%len(inspection.Codes)].Code
			for _, x := range []struct {
				sql  string
				args []any
			}{
				{`INSERT INTO register_target (authority_id, target_id, code, code_kind, name, kind, state, established, area_code, area_name, address,
					work_address, industry, scope, contact, phone, source, tags, digest, active, reason, version)
					VALUES ($1, $2, $2, 'other', $3, '企业', '存续', '', '130132', '元氏县', '', '', '', '', '', '', '', '', '', TRUE, '', 1)`, []any{authority, target, "第" + target + "号企业"}},
				{`INSERT INTO round_target (authority_id, round_id, target_id, stratum, rank, state) VALUES ($1, $2, $3, 'rest', $4, 'confirmed')`,
					[]any{authority, inspectiontest.Round, target, 1001 + i}},
				{`INSERT INTO inspection_form (authority_id, form_id, round_id, target_id, no, code, state, started_on, ended_on, firm_person, refusal, summary, evidence,
					team, entered_by, entered_name, entered_at, confirmed_by, confirmed_name, confirmed_at, opinion, changed_name, changed_at, revision, slot)
					VALUES ($1, $2, $3, $4, $5, $4, $6, $7, $7, '', '', '', '', '', '', '', 0, '', '', $8, '', '', 0, 1, 'main')`,
					[]any{authority, form, inspectiontest.Round, target, 1001 + i, state, ended, at}},
				{`INSERT INTO inspection_result (authority_id, form_id, code) VALUES ($1, $2, $3)`, []any{authority, form, string(code)}},
			} {
				if _, err := tx.Exec(ctx, x.sql, x.args...); err != nil {
					return fmt.Errorf("%s: %w", x.sql, err)
				}
			}
		}
		return nil
	}))
}

// live carries the year's publications out: in three batches, the last of them
// late; then corrections, withdrawals, exemptions and objections.
func live(t *testing.T, o office, days []string) {
	t.Helper()
	name := func(i int) string { return inspection.Serial(inspectiontest.Round, 1001+i) }
	for i := 7; i < 1000; i += 151 {
		o.must(t, o.s.Exempt(ctx, o.Leader, name(i), "涉及国家秘密"))
	}
	for b, day := range days {
		o.On(day)
		board, err := o.s.Open(ctx, authority, disclosure.Filter{RoundID: inspectiontest.Round})
		o.must(t, err)
		var ids []string
		for i, row := range board {
			if row.Ready() && !row.Form.EndedOn.After(calendar.MustParse(day)) && i%11 != 5 && len(ids) < 320+10*b {
				ids = append(ids, row.Form.ID)
			}
		}
		o.must(t, o.s.Publish(ctx, o.Reviewer, ids))
	}
	board, err := o.s.Open(ctx, authority, disclosure.Filter{RoundID: inspectiontest.Round})
	o.must(t, err)
	for i, row := range board {
		id := row.Form.ID
		if !row.Public {
			continue
		}
		if i%29 == 3 {
			o.must(t, o.s.Object(ctx, authority, disclosure.Claim{Kind: disclosure.ResultKind, Record: id, Words: "结果有误"}))
			o.must(t, o.s.Answer(ctx, o.Leader, id+"-o1", disclosure.Ruling{Upheld: i%2 == 0, Answer: "核实"}))
		}
		if i%29 == 3 && i%2 == 0 || i%41 == 4 {
			other := inspection.Codes[(i+3)%len(inspection.Codes)].Code
			o.Exec(t, fmt.Sprintf(`UPDATE inspection_result SET code = '%s' WHERE form_id = '%s'`, other, id))
			if now := row.Form.Codes[0]; now != other {
				o.must(t, o.s.Correct(ctx, o.Reviewer, id, "核实后更正"))
			}
		}
		if i%37 == 6 {
			o.must(t, o.s.Withdraw(ctx, o.Reviewer, id, "对象有误"))
		}
	}
}

// The rate and the counters of a year of a thousand inspections are what plain
// SQL counts.
func TestRateOfAYear(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := office{Office: inspectiontest.New(t, db)}
		o.s = disclosure.New(disclosure.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now, Identity: o.Identity,
			Reference: reference.New(db, o.Door), Inspection: o.Inspection, Round: round.New(round.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now})})
		thousand(t, o)
		days := []string{"2022-06-24", "2022-07-12", "2022-08-30"}
		live(t, o, days)
		o.On("2022-09-30")
		count := func(sql string, args ...any) int {
			t.Helper()
			n, err := store.One(ctx, db, store.Value[int], `SELECT count(*) FROM inspection_form f WHERE f.authority_id = $1 AND `+sql, append([]any{authority}, args...)...)
			o.must(t, err)
			return n
		}
		const public = `EXISTS (SELECT 1 FROM disclosure_posting p WHERE p.authority_id = f.authority_id AND p.form_id = f.form_id AND p.current)`
		const exempt = `EXISTS (SELECT 1 FROM disclosure_exemption e WHERE e.authority_id = f.authority_id AND e.form_id = f.form_id)`
		onTime := 0
		for _, day := range days {
			from := calendar.MustParse(day).Start().UnixMilli()
			onTime += count(public+` AND EXISTS (SELECT 1 FROM disclosure_posting p WHERE p.authority_id = f.authority_id AND p.form_id = f.form_id
				AND p.version = 1 AND p.due_on >= $2 AND p.posted_at >= $3 AND p.posted_at < $4)`, day, from, from+86_400_000)
		}
		r, err := o.s.Rate(ctx, authority, inspectiontest.Round)
		o.must(t, err)
		published := count(public)
		got := [6]int{r.Due, r.Published, r.OnTime, r.Late, r.Overdue, r.Exempt}
		want := [6]int{count(`TRUE`), published, onTime, published - onTime, count(`NOT ` + public + ` AND NOT ` + exempt), count(exempt + ` AND NOT ` + public)}
		if got != want || r.BasisPoints() != published*10000/1000 {
			t.Errorf("due, published, on time, late, overdue, exempt = %v, plain SQL counts %v; rate %d", got, want, r.BasisPoints())
		}
		for i, n := range got {
			if n == 0 {
				t.Errorf("figure %d is 0: the year shows nothing", i)
			}
		}
		yearOf(t, o, published)
		namedOf(t, o)
	})
}

// namedOf looks for parts of names: what fits few firms is counted to the end, of
// what fits very many the newest are listed and it says that there are more.
func namedOf(t *testing.T, o office) {
	t.Helper()
	o.must(t, o.Door.Keep(ctx, func(tx *store.DB) error {
		w, err := search.NewWriter(ctx, tx, authority)
		for i := 0; i < 1000 && err == nil; i++ {
			err = w.Add(search.Entry{Target: fmt.Sprintf("Y%04d", i), Names: []string{fmt.Sprintf("第Y%04d号企业", i)}})
		}
		return errors.Join(err, w.Close())
	}))
	for _, tt := range []struct {
		text string
		many bool
	}{{"号企业", true}, {"第Y01", false}, {"第Y0123号", false}} {
		n, err := store.One(ctx, o.DB, store.Value[int], `SELECT count(*) FROM disclosure_posting WHERE current AND firm_name LIKE $1`, "%"+tt.text+"%")
		o.must(t, err)
		found, err := o.s.List(ctx, authority, disclosure.Query{Text: tt.text})
		o.must(t, err)
		if tt.many && (!found.AtLeast || found.Total >= n || found.Total == 0) || !tt.many && (found.AtLeast || found.Total != n) || len(found.Results) != min(n, 20) {
			t.Errorf("%s: %d results, at least %v, %d listed; plain SQL counts %d", tt.text, found.Total, found.AtLeast, len(found.Results), n)
		}
		all, err := o.s.List(ctx, authority, disclosure.Query{Limit: 1000})
		o.must(t, err)
		all.Results = slices.DeleteFunc(all.Results, func(l disclosure.Listed) bool { return !strings.Contains(l.Firm.Name, tt.text) })
		for i, l := range found.Results {
			if l.FormID != all.Results[i].FormID {
				t.Fatalf("%s: place %d is %s, in the order of time it is %s", tt.text, i, l.FormID, all.Results[i].FormID)
			}
		}
		firms, err := o.s.Firms(ctx, authority, tt.text, 50)
		o.must(t, err)
		if len(firms) != min(n, 50) {
			t.Errorf("%s: %d firms, want %d", tt.text, len(firms), min(n, 50))
		}
	}
}

// yearOf holds the counters of the year to plain SQL.
func yearOf(t *testing.T, o office, published int) {
	t.Helper()
	recounted(t, o)
	c, err := o.s.Counters(ctx, authority, 2022)
	o.must(t, err)
	one := func(sql string) int {
		t.Helper()
		n, err := store.One(ctx, o.DB, store.Value[int], sql)
		o.must(t, err)
		return n
	}
	corrected, withdrawn := one(`SELECT count(DISTINCT form_id) FROM disclosure_posting WHERE state = 'corrected'`), one(`SELECT count(DISTINCT form_id) FROM disclosure_posting WHERE state = 'withdrawn'`)
	if c.Published != published || c.Corrected != corrected || c.Withdrawn != withdrawn || corrected < 20 || withdrawn < 10 {
		t.Errorf("counters = %+v; plain SQL counts %d published, %d corrected, %d withdrawn", c, published, corrected, withdrawn)
	}
	if len(c.ByCode) != len(inspection.Codes) {
		t.Errorf("%d result codes are public, want all %d", len(c.ByCode), len(inspection.Codes))
	}
	f, err := o.s.Facets(ctx, authority, disclosure.Query{})
	o.must(t, err)
	sum := 0
	for _, x := range c.ByCode {
		sum += x.Count
		n := one(`SELECT count(*) FROM disclosure_result r JOIN disclosure_posting p ON p.form_id = r.form_id AND p.version = r.version WHERE p.current AND r.code = '` + string(x.Code) + `'`)
		found, err := o.s.Results(ctx, authority, disclosure.Query{Code: x.Code})
		o.must(t, err)
		if x.Count != n || f.Codes[string(x.Code)] != n || found.Total != n {
			t.Errorf("%s: counter %d, facet %d, list %d, plain SQL %d", x.Code, x.Count, f.Codes[string(x.Code)], found.Total, n)
		}
	}
	if sum != published || f.Years["2022"] != published || f.Rounds[inspectiontest.Round] != published {
		t.Errorf("facets %v, codes' sum %d; %d are public", f, sum, published)
	}
	marks, err := o.s.Contested(ctx, authority)
	o.must(t, err)
	if n := one(`SELECT count(*) FROM disclosure_objection WHERE state IN ('open', 'mending')`); len(marks) != n || one(`SELECT count(*) FROM disclosure_objection`) < 20 {
		t.Errorf("%d marks, plain SQL counts %d", len(marks), n)
	}
}

// recounted holds the counts that the acts have kept to a count by plain SQL.
func recounted(t *testing.T, o office) {
	t.Helper()
	const public = `FROM disclosure_posting p JOIN disclosure_result r ON r.authority_id = p.authority_id AND r.form_id = p.form_id AND r.version = p.version WHERE p.current`
	read := func(query string) (all []string) {
		all, err := store.All(ctx, o.DB, store.Value[string], query)
		o.must(t, err)
		return all
	}
	kept := read(`SELECT year || ' ' || round_id || ' ' || code || ' ' || n FROM disclosure_count WHERE n <> 0 ORDER BY 1`)
	want := read(`SELECT year || ' ' || round_id || ' ' || code || ' ' || n
		FROM (
			SELECT year, round_id, '' AS code, count(*) AS n FROM disclosure_posting WHERE current GROUP BY year, round_id
			UNION ALL
			SELECT p.year, p.round_id, r.code, count(*) ` + public + ` GROUP BY p.year, p.round_id, r.code
			UNION ALL
			SELECT p.year, p.round_id, 'problem', count(DISTINCT p.form_id) ` + public + ` AND r.code IN ('R2', 'R3', 'R5', 'R6', 'R8') GROUP BY p.year, p.round_id) AS x
		ORDER BY 1`)
	if d := cmp.Diff(want, kept); d != "" || len(want) < 5 {
		t.Errorf("the counts that were kept (-SQL +kept):\n%s", d)
	}
}
