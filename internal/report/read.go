package report

import (
	"context"
	"slices"
	"strconv"

	"suiji/calendar"
	"suiji/internal/casework"
	"suiji/internal/disclosure"
	"suiji/internal/inspection"
	"suiji/internal/plan"
	"suiji/internal/round"
	"suiji/internal/store"
)

// drawn are the rounds that count: drawn in earnest and not abandoned.
const drawn = `round r
	JOIN plan p ON p.authority_id = r.authority_id AND p.plan_id = r.plan_id
		AND r.authority_id = $1 AND p.year = $2 AND ($3 = '' OR r.round_id = $3) AND NOT r.rehearsal AND r.state <> 'abandoned' AND r.drawn_at > 0`

// data is everything that is counted, read once.
type data struct {
	scope         Scope
	today         calendar.Date
	calendar      calendar.Calendar
	plans         []plan.Plan // in force
	rounds        []round.Round
	windows       map[string]window // by round
	quota         map[string]int    // by round: how many were to be drawn
	firms         []firm            // drawn, without removed ones
	drawn, done   map[string]int    // by round: how many firms, and how many of them are inspected
	rates         []disclosure.Rate // by round
	rows          []disclosure.Row
	methods       map[string]int
	findings      []finding
	ends          []casework.End // open ones
	ended         []casework.End
	penalties     []casework.Penalty
	objections    []disclosure.Objection
	removals      []removal
	substitutions []substitution
	changed       map[string]int // results corrected, withdrawn
}

type window struct {
	Task     string
	From, To calendar.Date
}

// firm is one firm of a round's outcome.
type firm struct{ Round, Target, Name, Code string }

// finding is one problem of a confirmed conclusion.
type finding struct {
	Round, Form, Firm, Fact string
	No                      int
	Outcome                 inspection.Outcome
}

type removal struct {
	Round, Firm, Reason string
	Promoted            bool
}

type substitution struct {
	Round, Reason string
	ByHand        bool
}

// begin reads the plans and the rounds of a scope.
func (s *Service) begin(ctx context.Context, authority string, c Scope) (d data, err error) {
	d = data{scope: c, today: s.today(), windows: map[string]window{}, quota: map[string]int{}, drawn: map[string]int{}, done: map[string]int{}, methods: map[string]int{}, changed: map[string]int{}}
	if d.calendar, err = s.Reference.Calendar(ctx); err != nil {
		return d, err
	}
	plans, err := s.Plan.Published(ctx, authority)
	if err != nil {
		return d, err
	}
	for _, p := range plans {
		if p.Year == c.Year {
			d.plans = append(d.plans, p)
		}
	}
	return d, s.readRounds(ctx, authority, &d)
}

func (s *Service) read(ctx context.Context, authority string, c Scope) (d data, err error) {
	if d, err = s.begin(ctx, authority, c); err != nil {
		return d, err
	}
	for _, r := range d.rounds {
		rate, err := s.Disclosure.Rate(ctx, authority, r.ID)
		if err != nil {
			return d, err
		}
		d.rates, d.rows = append(d.rates, rate), append(d.rows, rate.Rows...)
		d.finish(rate.Rows)
	}
	for _, of := range []func(context.Context, string, *data) error{s.readFirms, s.readForms, s.readFindings, s.readAfter, s.readChanges} {
		if err := of(ctx, authority, &d); err != nil {
			return d, err
		}
	}
	return d, nil
}

// readRounds reads the rounds with their windows and quotas.
func (s *Service) readRounds(ctx context.Context, authority string, d *data) error {
	ids, err := store.All(ctx, s.DB, store.Value[string], `
		SELECT r.round_id
		FROM `+drawn+`
		ORDER BY r.drawn_at, r.round_id`, authority, d.scope.Year, d.scope.Round)
	if err != nil {
		return err
	}
	for _, id := range ids {
		r, err := s.Round.Round(ctx, authority, id)
		if err != nil {
			return err
		}
		quotas, err := s.Round.Quotas(ctx, authority, id)
		if err != nil {
			return err
		}
		for _, q := range quotas {
			d.quota[id] += q.Draw
		}
		d.rounds = append(d.rounds, r)
	}
	type line struct {
		id, from, to string
		window
	}
	return store.Each(ctx, s.DB, func(row store.Scanner) (l line, err error) {
		if err := row.Scan(&l.id, &l.Task, &l.from, &l.to); err != nil {
			return l, err
		}
		if err := l.From.UnmarshalText([]byte(l.from)); err != nil {
			return l, err
		}
		return l, l.To.UnmarshalText([]byte(l.to))
	}, func(l line) error {
		d.windows[l.id] = l.window
		return nil
	}, `
		SELECT r.round_id, t.name, w.starts_on, w.ends_on
		FROM `+drawn+`
		JOIN plan_task t ON t.authority_id = r.authority_id AND t.plan_id = r.plan_id AND t.task_no = r.task_no
		JOIN plan_window w ON w.authority_id = r.authority_id AND w.plan_id = r.plan_id AND w.no = r.window_no
		ORDER BY r.round_id`, authority, d.scope.Year, d.scope.Round)
}

func (s *Service) readFirms(ctx context.Context, authority string, d *data) (err error) {
	d.firms, err = store.All(ctx, s.DB, func(row store.Scanner) (f firm, err error) {
		err = row.Scan(&f.Round, &f.Target, &f.Name, &f.Code)
		return f, err
	}, `
		SELECT f.round_id, f.target_id, t.name, t.code
		FROM `+drawn+`
		JOIN round_target f ON f.authority_id = r.authority_id AND f.round_id = r.round_id AND f.state IN ('drawn', 'removing', 'promoted', 'confirmed')
		JOIN register_target t ON t.authority_id = f.authority_id AND t.target_id = f.target_id
		ORDER BY r.drawn_at, f.round_id, f.stratum, f.rank`, authority, d.scope.Year, d.scope.Round)
	if err != nil {
		return err
	}
	for _, f := range d.firms {
		d.drawn[f.Round]++
	}
	d.removals, err = store.All(ctx, s.DB, func(row store.Scanner) (m removal, err error) {
		var promoted string
		err = row.Scan(&m.Round, &m.Firm, &m.Reason, &promoted)
		m.Promoted = promoted != ""
		return m, err
	}, `
		SELECT m.round_id, t.name, m.reason, m.promoted
		FROM `+drawn+`
		JOIN round_removal m ON m.authority_id = r.authority_id AND m.round_id = r.round_id AND m.approved
		JOIN register_target t ON t.authority_id = m.authority_id AND t.target_id = m.target_id
		ORDER BY m.round_id, m.target_id`, authority, d.scope.Year, d.scope.Round)
	if err != nil {
		return err
	}
	d.substitutions, err = store.All(ctx, s.DB, func(row store.Scanner) (x substitution, err error) {
		var hand string
		err = row.Scan(&x.Round, &x.Reason, &hand)
		x.ByHand = hand != ""
		return x, err
	}, `
		SELECT x.round_id, x.reason, x.by_hand
		FROM `+drawn+`
		JOIN round_substitution x ON x.authority_id = r.authority_id AND x.round_id = r.round_id AND x.approved
		ORDER BY x.round_id, x.no`, authority, d.scope.Year, d.scope.Round)
	return err
}

// readForms counts the methods of confirmed conclusions.
func (s *Service) readForms(ctx context.Context, authority string, d *data) error {
	return store.Each(ctx, s.DB, store.Value[string], func(m string) error {
		d.methods[m]++
		return nil
	}, `
		SELECT m.method
		FROM `+drawn+`
		JOIN inspection_form f ON f.authority_id = r.authority_id AND f.round_id = r.round_id AND f.state = 'confirmed'
		JOIN inspection_method m ON m.authority_id = f.authority_id AND m.form_id = f.form_id
		ORDER BY f.form_id, m.method`, authority, d.scope.Year, d.scope.Round)
}

func (s *Service) readFindings(ctx context.Context, authority string, d *data) (err error) {
	d.findings, err = store.All(ctx, s.DB, func(row store.Scanner) (f finding, err error) {
		err = row.Scan(&f.Round, &f.Form, &f.Firm, &f.No, &f.Fact, &f.Outcome)
		return f, err
	}, `
		SELECT f.round_id, f.form_id, t.name, x.no, x.fact, x.outcome
		FROM `+drawn+`
		JOIN inspection_form f ON f.authority_id = r.authority_id AND f.round_id = r.round_id
		JOIN inspection_finding x ON x.authority_id = f.authority_id AND x.form_id = f.form_id AND x.confirmed
		JOIN register_target t ON t.authority_id = f.authority_id AND t.target_id = f.target_id
		ORDER BY f.round_id, f.no, f.form_id, x.no`, authority, d.scope.Year, d.scope.Round)
	return err
}

// readAfter reads what followed, and who objected.
func (s *Service) readAfter(ctx context.Context, authority string, d *data) error {
	for _, x := range []struct {
		closed bool
		to     *[]casework.End
	}{{false, &d.ends}, {true, &d.ended}} {
		all, err := s.ends(ctx, authority, *d, casework.Filter{Round: d.scope.Round, Closed: x.closed})
		if err != nil {
			return err
		}
		*x.to = all
	}
	penalties, err := s.Casework.Penalties(ctx, authority, "")
	if err != nil {
		return err
	}
	of := map[string]string{} // record to round
	for _, r := range d.rows {
		of[r.Form.ID] = r.Form.RoundID
	}
	for _, p := range penalties {
		of[p.Number] = p.RoundID
		if d.has(p.RoundID) && p.State != "drafted" {
			d.penalties = append(d.penalties, p)
		}
	}
	all, err := s.Disclosure.Objections(ctx, authority)
	d.objections = slices.DeleteFunc(all, func(o disclosure.Objection) bool { return !d.has(of[o.Record]) })
	return err
}

// has reports whether a round is of the scope.
func (d data) has(id string) bool {
	return slices.ContainsFunc(d.rounds, func(r round.Round) bool { return r.ID == id })
}

// ends lists the open ends of the scope's rounds, or the closed ones.
func (s *Service) ends(ctx context.Context, authority string, d data, f casework.Filter) ([]casework.End, error) {
	all, err := s.Casework.Ends(ctx, authority, f)
	return slices.DeleteFunc(all, func(e casework.End) bool { return !d.has(e.RoundID) }), err
}

// readChanges counts the results that were corrected or withdrawn.
func (s *Service) readChanges(ctx context.Context, authority string, d *data) error {
	return store.Each(ctx, s.DB, func(row store.Scanner) (x [2]string, err error) {
		err = row.Scan(&x[0], &x[1])
		return x, err
	}, func(x [2]string) error {
		d.changed[x[1]]++
		return nil
	}, `
		SELECT DISTINCT v.form_id, v.state
		FROM `+drawn+`
		JOIN disclosure_posting v ON v.authority_id = r.authority_id AND v.round_id = r.round_id AND v.state IN ('corrected', 'withdrawn')
		ORDER BY v.form_id, v.state`, authority, d.scope.Year, d.scope.Round)
}

// inspected reports which firms' every inspection has ended.
func (d data) inspected() map[[2]string]bool { return finished(d.rows) }

func finished(rows []disclosure.Row) map[[2]string]bool {
	done := map[[2]string]bool{}
	for _, r := range rows {
		k := [2]string{r.Form.RoundID, r.Form.Firm.TargetID}
		had, seen := done[k]
		done[k] = !r.Form.EndedOn.Zero() && (had || !seen)
	}
	return done
}

// finish counts the firms of rows that are inspected to the end.
func (d data) finish(rows []disclosure.Row) {
	for k, done := range finished(rows) {
		if done {
			d.done[k[0]]++
		}
	}
}

func date(year int) string { return strconv.Itoa(year) }
