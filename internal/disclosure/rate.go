package disclosure

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/casework"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/store"
	"suiji/ledger"
)

// RowState is where a form stands on its way to the public.
type RowState string

// The states of a row. The first is not in the rate's denominator yet.
const (
	NotYet  RowState = "not-yet" // 未到起算日
	Waiting RowState = "waiting" // 待公示
	Overdue RowState = "overdue" // 已超期
	OnTime  RowState = "on-time" // 按期公示
	Late    RowState = "late"    // 逾期公示
	Exempt  RowState = "exempt"  // 免予公示
)

// RowStates lists the states with their Chinese names.
var RowStates = []struct {
	State RowState
	Name  string
}{{NotYet, "检查未结束"}, {Waiting, "待公示"}, {Overdue, "超期未公示"}, {OnTime, "按期公示"}, {Late, "逾期公示"}, {Exempt, "免予公示"}}

// Name returns the state in Chinese.
func (s RowState) Name() string {
	for _, x := range RowStates {
		if x.State == s {
			return x.Name
		}
	}
	return string(s)
}

// Row is one form with its deadline and what is public of it.
type Row struct {
	Form     inspection.Form // its head at least, as inspection.Forms gives it
	Due      Due
	State    RowState
	Public   bool      // the public can read it now
	First    time.Time // when it was first published; zero: never
	Version  int       // the newest; 0: never published
	Withdrew string    // why it was taken back; empty: it was not
	Reason   string    // why it is exempt
	Approved string    // by whom
	Blocked  string    // why it cannot be published now; empty: it is ready, or public
}

// Ready reports whether the result can be published now.
func (r Row) Ready() bool { return !r.Public && r.Blocked == "" }

// Row returns the row of one form.
func (s *Service) Row(ctx context.Context, f inspection.Form) (Row, error) {
	d, err := s.Due(ctx, f)
	if err != nil {
		return Row{}, err
	}
	marks, err := readMarks(ctx, s.DB, f.Authority, "form_id", f.ID)
	return marks[f.ID].row(f, d, s.today()), err
}

// rows judges forms, whichever they are of their rounds.
func (s *Service) rows(ctx context.Context, db *store.DB, authority, roundID string, forms []inspection.Form) ([]Row, error) {
	cal, err := s.Reference.Calendar(ctx)
	if err != nil {
		return nil, err
	}
	marks, err := readMarks(ctx, db, authority, "round_id", roundID)
	if err != nil {
		return nil, err
	}
	last := map[string]calendar.Date{}
	rows := make([]Row, len(forms))
	for i, f := range forms {
		if _, known := last[f.RoundID]; !known {
			if last[f.RoundID], err = readLast(ctx, db, f); err != nil {
				return nil, err
			}
		}
		rows[i] = marks[f.ID].row(f, due(cal, f, last[f.RoundID], s.today()), s.today())
	}
	return rows, nil
}

// mark is what the disclosure's tables say of one form.
type mark struct {
	first    time.Time
	firstDue calendar.Date
	version  int
	public   bool
	withdrew string
	exempt   string
	approved string
}

// readMarks reads the marks of the forms that have a value in a column, by form;
// of all, if there is no value.
func readMarks(ctx context.Context, db *store.DB, authority, column, value string) (map[string]mark, error) {
	marks, where, args := map[string]mark{}, "", []any{authority}
	if value != "" {
		where, args = " AND f."+column+" = $2", append(args, value)
	}
	err := store.Each(ctx, db, scanMark, func(v Version) error {
		m := marks[v.FormID]
		if v.Version == 1 {
			m.first, m.firstDue = v.PostedAt, v.DueOn
		}
		m.version, m.public, m.withdrew = v.Version, v.Current, ""
		if v.State == Withdrawn {
			m.withdrew = v.Reason
		}
		marks[v.FormID] = m
		return nil
	}, `
		SELECT f.form_id, f.version, f.state, f.current, f.reason, f.due_on, f.posted_at
		FROM disclosure_posting f
		WHERE f.authority_id = $1`+where+`
		ORDER BY f.version`, args...) // not by form: SQLite would go through all that was ever published
	if err != nil {
		return nil, err
	}
	err = store.Each(ctx, db, func(row store.Scanner) (x [3]string, err error) {
		err = row.Scan(&x[0], &x[1], &x[2])
		return x, err
	}, func(x [3]string) error {
		m := marks[x[0]]
		m.exempt, m.approved = x[1], x[2]
		marks[x[0]] = m
		return nil
	}, `
		SELECT e.form_id, e.reason, e.approved_by
		FROM disclosure_exemption e
		JOIN inspection_form f ON f.authority_id = e.authority_id AND f.form_id = e.form_id
		WHERE e.authority_id = $1`+where+`
		ORDER BY e.form_id`, args...)
	return marks, err
}

// scanMark reads a version without its record.
func scanMark(row store.Scanner) (v Version, err error) {
	var dueOn string
	var at int64
	if err := row.Scan(&v.FormID, &v.Version, &v.State, &v.Current, &v.Reason, &dueOn, &at); err != nil {
		return v, err
	}
	v.PostedAt = time.UnixMilli(at).UTC()
	return v, v.DueOn.UnmarshalText([]byte(dueOn))
}

func (m mark) row(f inspection.Form, d Due, today calendar.Date) Row {
	r := Row{Form: f, Due: d, Public: m.public, First: m.first, Version: m.version, Withdrew: m.withdrew, Reason: m.exempt, Approved: m.approved}
	if m.public && !m.firstDue.Zero() {
		d.On = m.firstDue // the day that bound when it was published
		r.Due.On = d.On
	}
	switch {
	case m.public && d.Overdue(calendar.In(m.first)):
		r.State = Late
	case m.public:
		r.State = OnTime
	case m.exempt != "":
		r.State = Exempt
	case !d.Runs:
		r.State = NotYet
	case d.Overdue(today):
		r.State = Overdue
	default:
		r.State = Waiting
	}
	r.Blocked = blocked(f, m)
	return r
}

// blocked says why a result cannot be published; empty if it can, or is
// public already.
func blocked(f inspection.Form, m mark) string {
	switch {
	case m.public:
		return ""
	case m.exempt != "":
		return "已批准免予公示"
	case f.State == inspection.Issued:
		return "还没有录入检查结果"
	case f.State == inspection.Entered:
		return "结论待审核"
	case f.State == inspection.Returned:
		return "已退回，待重新录入"
	}
	return ""
}

// Rate is a round's publication rate (公示率, 1.38). Due counts every firm
// that was drawn and not lawfully removed, once its inspection has ended or
// the window has closed, whatever its result; exempt ones stay in it and are
// counted apart.
type Rate struct {
	RoundID   string
	Due       int
	Published int // OnTime + Late
	OnTime    int
	Late      int
	Overdue   int // not published, day passed
	Exempt    int
	Rows      []Row // every form of the round; a firm has one for each department
}

// BasisPoints is Published of Due in hundredths of a percent, rounded down: it
// is 10000 only when nothing is missing. With nothing due it is 10000.
func (r Rate) BasisPoints() int {
	if r.Due == 0 {
		return 10000
	}
	return r.Published * 10000 / r.Due
}

// Rate works out a round's publication rate.
func (s *Service) Rate(ctx context.Context, authority, roundID string) (Rate, error) {
	return s.rate(ctx, s.DB, authority, roundID)
}

func (s *Service) rate(ctx context.Context, db *store.DB, authority, roundID string) (Rate, error) {
	forms, err := s.Inspection.FormsTx(ctx, db, authority, inspection.Filter{RoundID: roundID})
	if err != nil {
		return Rate{}, err
	}
	rows, err := s.rows(ctx, db, authority, roundID, forms)
	r := Rate{RoundID: roundID, Rows: rows}
	for _, state := range firms(rows) {
		if state != NotYet {
			r.Due++
		}
		switch state {
		case OnTime:
			r.OnTime++
		case Late:
			r.Late++
		case Overdue:
			r.Overdue++
		case Exempt:
			r.Exempt++
		}
	}
	r.Published = r.OnTime + r.Late
	return r, err
}

// firms returns where each firm stands: of several departments' forms the one
// that is furthest from the public counts, so that a firm is published once
// every department's result is.
func firms(rows []Row) map[string]RowState {
	order := []RowState{Overdue, Waiting, NotYet, Late, OnTime, Exempt}
	states := map[string]RowState{}
	for _, row := range rows {
		id := row.Form.Firm.TargetID
		if had, ok := states[id]; !ok || slices.Index(order, row.State) < slices.Index(order, had) {
			states[id] = row.State
		}
	}
	return states
}

// Close ends a round whose every result is public or exempt and after which no
// open end is left that holds it (package casework), and states its publication rate for good.
// Errors: Conflict with the forms that are missing.
func (s *Service) Close(ctx context.Context, a access.Actor, roundID string) error {
	return s.Door.Do(ctx, a, access.RoundClose, roundID, func(tx *store.DB) error {
		r, err := s.rate(ctx, tx, a.Authority, roundID)
		if err != nil {
			return err
		}
		if err := s.closable(ctx, tx, a.Authority, r); err != nil {
			return err
		}
		err = s.Scribe.Enter(ctx, tx, a.Authority, string(ledger.RateStated), roundID,
			map[string]any{"due": r.Due, "published": r.Published, "exempt": r.Exempt})
		if err != nil {
			return err
		}
		return s.Round.CloseTx(ctx, tx, a, roundID)
	})
}

// closable says what a round still waits for.
func (s *Service) closable(ctx context.Context, tx *store.DB, authority string, r Rate) error {
	if len(r.Rows) == 0 {
		return errs.E(errs.Conflict, "本轮次还没有检查表，不能办结")
	}
	var missing, mending, pending []string
	for _, row := range r.Rows {
		id := row.Form.ID
		if !row.Public && row.State != Exempt {
			missing = append(missing, id)
		}
		if row.Public && row.Form.State != inspection.Confirmed {
			mending = append(mending, id)
		}
		if slices.Contains(row.Form.Codes, inspection.R8) {
			pending = append(pending, id)
		}
	}
	ends, err := casework.Holding(ctx, tx, authority, r.RoundID)
	if err != nil {
		return err
	}
	var open []string
	for _, e := range ends {
		if e.Kind != casework.Final { // pending has it
			open = append(open, e.Words())
		}
	}
	var problems []errs.Problem
	for _, p := range []struct {
		ids  []string
		what string
	}{
		{missing, "户的结果还没有公示"}, {open, "项后续处置没有了结"},
		{mending, "户的更正还没有审核"}, {pending, "户的结果还是“" + inspection.R8.Name() + "”，要以最终结果更正"},
	} {
		if len(p.ids) > 0 {
			problems = append(problems, errs.Problem{Sentence: fmt.Sprintf("还有 %d %s：%s", len(p.ids), p.what, some(p.ids))})
		}
	}
	if len(problems) == 0 {
		return nil
	}
	return &errs.Error{Kind: errs.Conflict, Problems: problems}
}

// some names the first few of a list.
func some(ids []string) string {
	const few = 5
	if len(ids) <= few {
		return strings.Join(ids, "、")
	}
	return strings.Join(ids[:few], "、") + " 等"
}

// States is where each firm of the round stands, by its id: of several
// departments' forms the one furthest from the public counts.
func (r Rate) States() map[string]RowState { return firms(r.Rows) }
