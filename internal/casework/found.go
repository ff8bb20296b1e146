package casework

import (
	"context"
	"strconv"
	"time"

	"suiji/calendar"
	"suiji/internal/inspection"
	"suiji/internal/store"
)

// among narrows what gather reads; the zero value has everything.
type among struct {
	round string
	forms []string
	open  bool // what was tied up stays unread: years of it
}

// where is the narrowing as a piece of SQL over a table's columns, and if only
// open ends are wanted, the piece that holds them.
func (n among) where(table, open string, args []any) (string, []any) {
	piece, args := store.Given(args, table+".round_id", n.round)
	if len(n.forms) > 0 {
		var these string
		these, args = store.OneOf(table+".form_id", n.forms, args)
		piece += " AND " + these
	}
	if n.open {
		piece += " AND (" + open + ")"
	}
	return piece, args
}

// openForms are the forms after which a finding or a matter is open, to be read
// first: the CROSS JOIN keeps SQLite from going through those of all years.
const openForms = `(
			SELECT i.form_id AS form
			FROM inspection_finding i
			WHERE i.authority_id = $1 AND i.outcome = ''
			UNION
			SELECT j.form_id
			FROM casework_matter j
			WHERE j.authority_id = $1 AND j.ending = '') AS asked
		CROSS JOIN `

// from is where rows of a table are read, and the condition that binds them to
// what is read first.
func (n among) from(table, alias string) (first, bound string) {
	if !n.open {
		return table + " " + alias, ""
	}
	return openForms + table + " " + alias, " AND " + alias + ".form_id = asked.form"
}

// gather reads the ends that are open and those that were tied up here, without
// what depends on the calendar.
func gather(ctx context.Context, db *store.DB, authority string, n among) ([]End, error) {
	matters, err := latest(ctx, db, authority, n)
	if err != nil {
		return nil, err
	}
	findings, err := foundFindings(ctx, db, authority, n)
	if err != nil {
		return nil, err
	}
	codes, err := foundCodes(ctx, db, authority, n)
	if err != nil {
		return nil, err
	}
	var all []End
	for _, x := range append(findings, codes...) {
		if m, ok := matters[x.FormID+" "+x.Ref]; ok {
			x.Matter = &m
		}
		if e, ok := x.end(); ok {
			all = append(all, e)
		}
	}
	return all, nil
}

// latest returns the last matter of each end.
func latest(ctx context.Context, db *store.DB, authority string, n among) (map[string]Matter, error) {
	last := map[string]Matter{}
	where, args := n.where("m", `m.ending = '' OR EXISTS (
			SELECT 1
			FROM inspection_finding x
			WHERE x.authority_id = m.authority_id AND x.form_id = m.form_id AND CAST(x.no AS TEXT) = m.ref AND x.outcome = '')`, []any{authority})
	from, bound := n.from("casework_matter", "m")
	err := store.Each(ctx, db, scanMatter, func(m Matter) error {
		last[m.FormID+" "+m.Ref] = m
		return nil
	}, `
		SELECT `+matterCols+`
		FROM `+from+`
		WHERE m.authority_id = $1`+bound+where+`
		ORDER BY m.form_id, m.ref, m.no`, args...)
	return last, err
}

// foundFindings reads findings that are open, or that something was done about.
func foundFindings(ctx context.Context, db *store.DB, authority string, n among) ([]found, error) {
	where, args := n.where("f", `x.outcome = '' OR EXISTS (
			SELECT 1
			FROM casework_matter o
			WHERE o.authority_id = x.authority_id AND o.form_id = x.form_id AND o.ref = CAST(x.no AS TEXT) AND o.ending = '')`, []any{authority})
	piece, args := inspection.Within(ctx, args...)
	from, bound := n.from("inspection_finding", "x")
	return store.All(ctx, db, func(row store.Scanner) (x found, err error) {
		var ended, due string
		var confirmed, no int64
		err = row.Scan(&x.FormID, &x.RoundID, &x.formState, &ended, &confirmed, &x.entered, &x.Account, &x.TargetID, &x.Firm, &x.FirmCode,
			&no, &x.What, &x.measure, &due, &x.outcome, &x.confirmed)
		if err != nil {
			return x, err
		}
		x.Ref = strconv.FormatInt(no, 10)
		if err := x.Since.UnmarshalText([]byte(ended)); err != nil {
			return x, err
		}
		return x, x.due.UnmarshalText([]byte(due))
	}, `
		SELECT `+foundCols+`, x.no, x.fact, x.measure, x.due_on, x.outcome, x.confirmed
		FROM `+from+`
		JOIN inspection_form f ON f.authority_id = x.authority_id AND f.form_id = x.form_id
		JOIN register_target t ON t.authority_id = f.authority_id AND t.target_id = f.target_id
		WHERE x.authority_id = $1`+bound+where+` AND (x.outcome = '' OR EXISTS (
			SELECT 1
			FROM casework_matter m
			WHERE m.authority_id = x.authority_id AND m.form_id = x.form_id AND m.ref = CAST(x.no AS TEXT)))`+piece+`
		ORDER BY f.form_id, x.no`, args...)
}

// goingForms are those of rounds that go on: until a round is closed, something
// must be done about each of its codes that asks for it.
const goingForms = `
			SELECT o.form_id
			FROM round g
			CROSS JOIN inspection_form o
			WHERE g.authority_id = $1 AND g.state = 'matched' AND o.authority_id = g.authority_id AND o.round_id = g.round_id`

// asked are the forms whose codes may be ends.
func (n among) asked(args []any) (string, []any) {
	switch {
	case n.open:
		return goingForms, args
	case len(n.forms) > 0:
		these, args := store.OneOf("o.form_id", n.forms, args)
		return `SELECT o.form_id FROM inspection_form o WHERE o.authority_id = $1 AND ` + these, args
	}
	return goingForms + `
			UNION
			SELECT m.form_id
			FROM casework_matter m
			WHERE m.authority_id = $1`, args
}

// foundCodes reads results that ask for something: of rounds that go on, and
// those about which something was done. The CROSS JOINs keep SQLite from going
// through the results of all years.
func foundCodes(ctx context.Context, db *store.DB, authority string, n among) ([]found, error) {
	where, args := n.where("f", `c.code = 'R8' OR NOT EXISTS (
			SELECT 1
			FROM casework_matter o
			WHERE o.authority_id = c.authority_id AND o.form_id = c.form_id AND o.ref = c.code)`, []any{authority})
	piece, args := inspection.Within(ctx, args...)
	asked, args := n.asked(args)
	return store.All(ctx, db, func(row store.Scanner) (x found, err error) {
		var ended string
		var confirmed int64
		err = row.Scan(&x.FormID, &x.RoundID, &x.formState, &ended, &confirmed, &x.entered, &x.Account, &x.TargetID, &x.Firm, &x.FirmCode, &x.Ref)
		x.Since, x.confirmed = calendar.In(time.UnixMilli(confirmed)), true
		return x, err
	}, `
		SELECT `+foundCols+`, c.code
		FROM (`+asked+`) AS asked
		CROSS JOIN inspection_result c
		JOIN inspection_form f ON f.authority_id = c.authority_id AND f.form_id = c.form_id
		JOIN register_target t ON t.authority_id = f.authority_id AND t.target_id = f.target_id
		JOIN round r ON r.authority_id = f.authority_id AND r.round_id = f.round_id
		WHERE c.authority_id = $1 AND c.form_id = asked.form_id`+where+` AND f.state = 'confirmed'
			AND c.code IN ('R2', 'R3', 'R4', 'R7', 'R8', 'R9a', 'R9b', 'R9c', 'R9d', 'R9e')
			AND (r.state = 'matched' OR EXISTS (
				SELECT 1
				FROM casework_matter m
				WHERE m.authority_id = c.authority_id AND m.form_id = c.form_id AND m.ref = c.code))`+piece+`
		ORDER BY f.form_id, c.code`, args...)
}
