package supervise

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"suiji/calendar"
	"suiji/internal/inspection"
	"suiji/internal/schedule"
	"suiji/internal/store"
	"suiji/internal/visit"
)

// facts are what was recorded, as the rules look at it.
type facts struct {
	visits []inspected
	others []other
	taken  []taken        // removals and substitutions that were approved
	drawn  map[string]int // by year|town: firms that came up in draws
	places map[string]int // by year|officer: places in teams
	by     map[string]int // by year|account: firms that came up in rounds in which the account proposed removals

	called map[string][]call    // by firm; made when a rule asks first
	met    map[string][]meeting // by officer|firm; likewise
}

// inspected is one department's inspection of one firm in one round.
type inspected struct {
	form, round, target, firm string
	team                      []Person
	codes                     []inspection.Code
	findings, points          int
	onSite                    bool
	started, ended            calendar.Date // zero: not entered
	from, to                  calendar.Date // the window
	by                        Person        // who entered it
	made                      time.Time     // when the result was made: by the phone's clock, or entered at the desk
	byPhone                   bool
	signed                    time.Time // the last signature on the phone
	matched                   time.Time
	approved                  time.Time // of the visit on its day; zero: never
	excused                   bool      // declared an emergency, or begun before approvals were kept
	arrivals                  []arrived // by the phones' clocks, in order
}

// arrived is one arrival.
type arrived struct {
	at       time.Time
	officer  string
	place    *schedule.Point // nil: not known
	accuracy int             // metres
}

// other is another body's visit.
type other struct {
	target, firm, body, reason string
	day                        calendar.Date
}

// taken is a firm that was removed from a drawn list, or an officer who was
// replaced.
type taken struct {
	removal             bool
	year                int
	round, target, firm string
	town, reason        string
	officer, by         Person
	at                  time.Time
}

// days are those on which somebody was at the firm, in order.
func (v inspected) days() (all []calendar.Date) {
	for _, a := range v.arrivals {
		if d := calendar.In(a.at); len(all) == 0 || all[len(all)-1] != d {
			all = append(all, d)
		}
	}
	if len(all) == 0 && v.onSite && !v.started.Zero() {
		all = append(all, v.started)
	}
	return all
}

// empty reports whether nothing was found.
func (v inspected) empty() bool { return slices.Equal(v.codes, []inspection.Code{inspection.R1}) }

// reach is how far back a look goes, in days. What is older was looked at in its
// time, and a look must not cost more with every year that is kept.
const reach = 365

// span is what a look reads.
type span struct {
	since calendar.Date // a pattern is judged if it ended then or later
	from  calendar.Date // rounds whose window ended then or later are read: a month that ended on since is whole
	back  calendar.Date // what happened before in the same firms: a year, and the days of the rule for pairs
}

func spanOf(today calendar.Date, pair int) span {
	since := today.AddDays(-reach)
	return span{since, since.AddDays(-31), since.AddDays(-max(366, pair))}
}

// facts reads what the rules look at.
func (s *Service) facts(ctx context.Context, authority string, over span) (*facts, error) {
	f := &facts{}
	r := reader{s, ctx, authority, over, map[string]int{}, map[string]string{}}
	rounds, err := r.rounds()
	for _, round := range rounds {
		if err == nil {
			err = r.firms(f, round)
		}
	}
	for _, part := range []func(*facts) error{r.approvals, r.others, r.removals, r.substitutions, r.bases} {
		if err == nil {
			err = part(f)
		}
	}
	return f, err
}

type reader struct {
	*Service
	ctx       context.Context
	authority string
	span
	at    map[string]int // in facts.visits, by form
	texts map[string]string
}

// rounds are those of the span, and older ones in which a result was entered in
// it.
func (r reader) rounds() ([]string, error) {
	return store.All(r.ctx, r.DB, store.Value[string], `
		SELECT r.round_id
		FROM round r
		JOIN plan_window w ON w.authority_id = r.authority_id AND w.plan_id = r.plan_id AND w.no = r.window_no
		WHERE r.authority_id = $1 AND w.ends_on >= $2
		UNION
		SELECT f.round_id
		FROM inspection_form f
		WHERE f.authority_id = $1 AND f.entered_at >= $3
		ORDER BY 1`, r.authority, r.from.String(), r.from.Start().UnixMilli())
}

// firms reads the inspections of a round's firms, in this round and others, that
// were not read with an earlier round.
func (r reader) firms(f *facts, round string) error {
	first := len(f.visits)
	if err := r.forms(f, round); err != nil {
		return err
	}
	fresh := func(form string) *inspected {
		if i, ok := r.at[form]; ok && i >= first {
			return &f.visits[i]
		}
		return nil
	}
	for _, part := range []func(string, func(string) *inspected) error{r.results, r.teams, r.counts, r.records} {
		if err := part(round, fresh); err != nil {
			return err
		}
	}
	return nil
}

// Every inspection of a round's firms. The CROSS JOIN keeps SQLite from going
// through all inspections there are.
const (
	firmsOf = `
		FROM round_target x
		CROSS JOIN inspection_form f`
	ofRound = `x.authority_id = $1 AND x.round_id = $2 AND f.authority_id = x.authority_id AND f.target_id = x.target_id`
)

// forms are read without what no rule looks at: there are many.
func (r reader) forms(f *facts, round string) error {
	return store.Each(r.ctx, r.DB, r.scanForm, func(v inspected) error {
		if _, ok := r.at[v.form]; !ok {
			r.at[v.form] = len(f.visits)
			f.visits = append(f.visits, v)
		}
		return nil
	}, `
		SELECT f.form_id, f.round_id, f.target_id, t.name, f.started_on, f.ended_on, w.starts_on, w.ends_on, f.entered_by, f.entered_name, f.entered_at, f.team, r.matched_at`+firmsOf+`
		JOIN register_target t ON t.authority_id = f.authority_id AND t.target_id = f.target_id
		JOIN round r ON r.authority_id = f.authority_id AND r.round_id = f.round_id
		JOIN plan_window w ON w.authority_id = r.authority_id AND w.plan_id = r.plan_id AND w.no = r.window_no
		WHERE `+ofRound+` AND (w.ends_on >= $3 OR f.round_id = $2)
		ORDER BY f.round_id, f.no, f.form_id`, r.authority, round, r.back.String())
}

func (r reader) results(round string, fresh func(form string) *inspected) error {
	type result struct {
		form string
		code inspection.Code
	}
	return store.Each(r.ctx, r.DB, func(row store.Scanner) (x result, err error) { return x, row.Scan(&x.form, &x.code) }, func(x result) error {
		if v := fresh(x.form); v != nil {
			v.codes = append(v.codes, x.code)
		}
		return nil
	}, `
		SELECT f.form_id, c.code`+firmsOf+`
		CROSS JOIN inspection_result c
		WHERE `+ofRound+` AND c.authority_id = f.authority_id AND c.form_id = f.form_id
		ORDER BY f.form_id, c.code`, r.authority, round)
}

func (r reader) scanForm(row store.Scanner) (v inspected, err error) {
	var started, ended, from, to, team string
	var entered, matched int64
	v.by.Kind = "account"
	if err := row.Scan(&v.form, &v.round, &v.target, &v.firm, &started, &ended, &from, &to, &v.by.ID, &v.by.Name, &entered, &team, &matched); err != nil {
		return v, err
	}
	v.made, v.matched = store.Instant(entered), store.Instant(matched)
	for _, same := range []*string{&v.round, &v.by.ID, &v.by.Name} {
		*same = r.once(*same)
	}
	var members []inspection.Officer
	if team != "" && team != "[]" {
		if err := json.Unmarshal([]byte(team), &members); err != nil {
			return v, err
		}
	}
	for _, o := range members {
		v.team = append(v.team, Person{"officer", r.once(o.ID), r.once(o.Name)})
	}
	return v, errors.Join(v.started.UnmarshalText([]byte(started)), v.ended.UnmarshalText([]byte(ended)),
		v.from.UnmarshalText([]byte(from)), v.to.UnmarshalText([]byte(to)))
}

// once is a text that many rows have, kept once.
func (r reader) once(text string) string {
	kept, ok := r.texts[text]
	if !ok {
		kept, r.texts[text] = text, text
	}
	return kept
}

// teams are those of forms that are not entered yet.
func (r reader) teams(round string, fresh func(form string) *inspected) error {
	type member struct {
		form string
		Person
	}
	return store.Each(r.ctx, r.DB, func(row store.Scanner) (m member, err error) {
		m.Kind = "officer"
		return m, row.Scan(&m.form, &m.ID, &m.Name)
	}, func(m member) error {
		if v := fresh(m.form); v != nil && v.started.Zero() {
			v.team = append(v.team, Person{m.Kind, r.once(m.ID), r.once(m.Name)})
		}
		return nil
	}, `
		SELECT f.form_id, m.officer_id, o.name`+firmsOf+`
		CROSS JOIN round_officer m
		JOIN register_officer o ON o.authority_id = m.authority_id AND o.officer_id = m.officer_id
		WHERE `+ofRound+` AND f.started_on = '' AND m.authority_id = f.authority_id AND m.round_id = f.round_id AND m.target_id = f.target_id AND m.slot = f.slot AND m.state = 'team'
		ORDER BY f.form_id, m.place`, r.authority, round)
}

// counts are the ways of inspecting, the answered points and the problems.
func (r reader) counts(round string, fresh func(form string) *inspected) error {
	type count struct {
		form             string
		onSite           bool
		points, findings int
	}
	return store.Each(r.ctx, r.DB, func(row store.Scanner) (c count, err error) {
		return c, row.Scan(&c.form, &c.onSite, &c.points, &c.findings)
	}, func(c count) error {
		if v := fresh(c.form); v != nil {
			v.onSite, v.points, v.findings = c.onSite, c.points, c.findings
		}
		return nil
	}, `
		SELECT f.form_id,
			EXISTS (SELECT 1 FROM inspection_method m WHERE m.authority_id = f.authority_id AND m.form_id = f.form_id AND m.method = 'M1'),
			(SELECT count(*) FROM inspection_answer a WHERE a.authority_id = f.authority_id AND a.form_id = f.form_id AND a.answer IN ('yes', 'no')),
			(SELECT count(*) FROM inspection_finding x WHERE x.authority_id = f.authority_id AND x.form_id = f.form_id)`+firmsOf+`
		WHERE `+ofRound+`
		ORDER BY f.form_id`, r.authority, round)
}

// records are what the phones sent: arrivals, results, signatures.
func (r reader) records(round string, fresh func(form string) *inspected) error {
	type record struct {
		form, kind, body, officer string
		at, signed                int64
	}
	return store.Each(r.ctx, r.DB, func(row store.Scanner) (x record, err error) {
		return x, row.Scan(&x.form, &x.kind, &x.body, &x.officer, &x.at, &x.signed)
	}, func(x record) error {
		v := fresh(x.form)
		if v == nil {
			return nil
		}
		if x.kind == string(visit.Result) {
			v.made, v.byPhone, v.signed = store.Instant(x.at), true, store.Instant(x.signed)
			return nil
		}
		var p visit.Place
		if err := json.Unmarshal([]byte(x.body), &p); err != nil {
			return err
		}
		a := arrived{at: store.Instant(x.at), officer: x.officer, accuracy: p.Accuracy}
		lat, err1 := strconv.ParseFloat(p.Lat, 64)
		lon, err2 := strconv.ParseFloat(p.Lon, 64)
		if err1 == nil && err2 == nil {
			a.place = &schedule.Point{Lat: lat, Lon: lon}
		}
		v.arrivals = append(v.arrivals, a)
		return nil
	}, `
		SELECT v.form_id, v.kind, v.body, coalesce(a.officer_id, ''), v.device_at,
			coalesce((SELECT max(g.device_at) FROM visit_signature g WHERE g.authority_id = v.authority_id AND g.record_id = v.record_id), 0)`+firmsOf+`
		CROSS JOIN visit_record v
		LEFT JOIN identity_account a ON a.authority_id = v.authority_id AND a.account_id = v.account_id
		WHERE `+ofRound+` AND v.authority_id = f.authority_id AND v.form_id = f.form_id AND v.kind IN ('arrival', 'result') AND v.state = 'kept'
		ORDER BY v.form_id, v.device_at, v.record_id`, r.authority, round)
}

// approvals are when the visit of a day was approved first, and what needed
// none.
func (r reader) approvals(f *facts) error {
	rounds := map[string][]int{} // the visits of each
	for i, v := range f.visits {
		rounds[v.round] = append(rounds[v.round], i)
	}
	for _, round := range sorted(rounds) {
		at, err := r.approved(round)
		if err != nil {
			return err
		}
		excused, err := store.All(r.ctx, r.DB, store.Value[string], `
			SELECT target_id
			FROM schedule_urgent
			WHERE authority_id = $1 AND round_id = $2 AND verdict <> 'refused'
			UNION
			SELECT target_id
			FROM schedule_before
			WHERE authority_id = $1 AND round_id = $2
			ORDER BY 1`, r.authority, round)
		if err != nil {
			return err
		}
		for _, i := range rounds[round] {
			v := &f.visits[i]
			_, v.excused = slices.BinarySearch(excused, v.target)
			v.approved = at[v.target]
			if d := v.days(); len(d) > 0 && !at[v.target+" "+d[0].String()].IsZero() {
				v.approved = at[v.target+" "+d[0].String()]
			}
		}
	}
	return nil
}

// approved is when a round's visits were approved first, by firm and by firm and
// day.
func (r reader) approved(round string) (map[string]time.Time, error) {
	type line struct {
		target, text string
		at           int64
	}
	at := map[string]time.Time{}
	return at, store.Each(r.ctx, r.DB, func(row store.Scanner) (l line, err error) {
		return l, row.Scan(&l.target, &l.text, &l.at)
	}, func(l line) error {
		var x struct {
			Day string `json:"day"`
		}
		if err := json.Unmarshal([]byte(l.text), &x); err != nil {
			return err
		}
		for _, key := range []string{l.target + " " + x.Day, l.target} {
			if at[key].IsZero() {
				at[key] = store.Instant(l.at)
			}
		}
		return nil
	}, `
		SELECT l.target_id, l.line, v.decided_at
		FROM schedule_line l
		JOIN schedule_version v ON v.authority_id = l.authority_id AND v.round_id = l.round_id AND v.version = l.version
		WHERE l.authority_id = $1 AND l.round_id = $2 AND v.state = 'approved'
		ORDER BY l.target_id, l.version`, r.authority, round)
}

// others are visits that are no round's of this office.
func (r reader) others(f *facts) (err error) {
	f.others, err = store.All(r.ctx, r.DB, func(row store.Scanner) (o other, err error) {
		var day string
		if err := row.Scan(&o.target, &o.firm, &o.body, &o.reason, &day); err != nil {
			return o, err
		}
		return o, o.day.UnmarshalText([]byte(day))
	}, `
		SELECT DISTINCT c.target_id, g.name, c.body, c.reason, c.day
		FROM caps_visit c
		JOIN register_target g ON g.authority_id = c.authority_id AND g.target_id = c.target_id
		WHERE c.authority_id = $1 AND c.day >= $2 AND c.reason <> '书面检查'
			AND NOT EXISTS (SELECT 1 FROM round r WHERE r.authority_id = c.authority_id AND r.round_id = c.source)
		ORDER BY c.target_id, c.day, c.body, c.reason`, r.authority, r.back.String())
	return err
}
