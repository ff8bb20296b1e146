package supervise

import (
	"cmp"
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

// facts reads what the rules look at.
func (s *Service) facts(ctx context.Context, authority string) (*facts, error) {
	f := &facts{}
	r := reader{s, ctx, authority, map[string]*inspected{}, map[string]string{}}
	for _, part := range []func(*facts) error{r.forms, r.teams, r.counts, r.records, r.approvals, r.others, r.removals, r.substitutions, r.bases} {
		if err := part(f); err != nil {
			return nil, err
		}
	}
	return f, nil
}

type reader struct {
	*Service
	ctx       context.Context
	authority string
	at        map[string]*inspected // by form
	texts     map[string]string
}

// forms are read without what no rule looks at: there may be a million.
func (r reader) forms(f *facts) error {
	err := store.Each(r.ctx, r.DB, r.scanForm, func(v inspected) error {
		f.visits = append(f.visits, v)
		return nil
	}, `
		SELECT f.form_id, f.round_id, f.target_id, t.name, f.started_on, f.ended_on, w.starts_on, w.ends_on, f.entered_by, f.entered_name, f.entered_at, f.team
		FROM inspection_form f
		JOIN register_target t ON t.authority_id = f.authority_id AND t.target_id = f.target_id
		JOIN round r ON r.authority_id = f.authority_id AND r.round_id = f.round_id
		JOIN plan_window w ON w.authority_id = r.authority_id AND w.plan_id = r.plan_id AND w.no = r.window_no
		WHERE f.authority_id = $1
		ORDER BY f.round_id, f.no, f.form_id`, r.authority)
	if err != nil {
		return err
	}
	for i := range f.visits {
		r.at[f.visits[i].form] = &f.visits[i]
	}
	type result struct {
		form string
		code inspection.Code
	}
	return store.Each(r.ctx, r.DB, func(row store.Scanner) (x result, err error) { return x, row.Scan(&x.form, &x.code) }, func(x result) error {
		if v := r.at[x.form]; v != nil {
			v.codes = append(v.codes, x.code)
		}
		return nil
	}, `
		SELECT form_id, code
		FROM inspection_result
		WHERE authority_id = $1
		ORDER BY form_id, code`, r.authority)
}

func (r reader) scanForm(row store.Scanner) (v inspected, err error) {
	var started, ended, from, to, team string
	var entered int64
	v.by.Kind = "account"
	if err := row.Scan(&v.form, &v.round, &v.target, &v.firm, &started, &ended, &from, &to, &v.by.ID, &v.by.Name, &entered, &team); err != nil {
		return v, err
	}
	v.made = store.Instant(entered)
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

// teams are those of forms that are not entered yet, and the times of matches.
func (r reader) teams(f *facts) error {
	type member struct {
		form string
		Person
	}
	err := store.Each(r.ctx, r.DB, func(row store.Scanner) (m member, err error) {
		m.Kind = "officer"
		return m, row.Scan(&m.form, &m.ID, &m.Name)
	}, func(m member) error {
		if v := r.at[m.form]; v != nil && v.started.Zero() {
			v.team = append(v.team, Person{m.Kind, r.once(m.ID), r.once(m.Name)})
		}
		return nil
	}, `
		SELECT f.form_id, m.officer_id, o.name
		FROM inspection_form f
		JOIN round_officer m ON m.authority_id = f.authority_id AND m.round_id = f.round_id AND m.target_id = f.target_id AND m.slot = f.slot AND m.state = 'team'
		JOIN register_officer o ON o.authority_id = m.authority_id AND o.officer_id = m.officer_id
		WHERE f.authority_id = $1
		ORDER BY f.form_id, m.place`, r.authority)
	if err != nil {
		return err
	}
	type match struct {
		round string
		at    int64
	}
	all, err := store.All(r.ctx, r.DB, func(row store.Scanner) (m match, err error) { return m, row.Scan(&m.round, &m.at) }, `
		SELECT round_id, matched_at
		FROM round
		WHERE authority_id = $1 AND NOT rehearsal
		ORDER BY round_id`, r.authority)
	at := map[string]time.Time{}
	for _, m := range all {
		at[m.round] = store.Instant(m.at)
	}
	for i := range f.visits {
		f.visits[i].matched = at[f.visits[i].round]
	}
	return err
}

// counts are the ways of inspecting, the answered points and the problems.
func (r reader) counts(*facts) error {
	type count struct {
		form             string
		onSite           bool
		points, findings int
	}
	return store.Each(r.ctx, r.DB, func(row store.Scanner) (c count, err error) {
		return c, row.Scan(&c.form, &c.onSite, &c.points, &c.findings)
	}, func(c count) error {
		if v := r.at[c.form]; v != nil {
			v.onSite, v.points, v.findings = c.onSite, c.points, c.findings
		}
		return nil
	}, `
		SELECT f.form_id,
			EXISTS (SELECT 1 FROM inspection_method m WHERE m.authority_id = f.authority_id AND m.form_id = f.form_id AND m.method = 'M1'),
			(SELECT count(*) FROM inspection_answer a WHERE a.authority_id = f.authority_id AND a.form_id = f.form_id AND a.answer IN ('yes', 'no')),
			(SELECT count(*) FROM inspection_finding x WHERE x.authority_id = f.authority_id AND x.form_id = f.form_id)
		FROM inspection_form f
		WHERE f.authority_id = $1
		ORDER BY f.form_id`, r.authority)
}

// records are what the phones sent: arrivals, results, signatures.
func (r reader) records(*facts) error {
	type record struct {
		form, kind, body, officer string
		at, signed                int64
	}
	return store.Each(r.ctx, r.DB, func(row store.Scanner) (x record, err error) {
		return x, row.Scan(&x.form, &x.kind, &x.body, &x.officer, &x.at, &x.signed)
	}, func(x record) error {
		v := r.at[x.form]
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
			coalesce((SELECT max(g.device_at) FROM visit_signature g WHERE g.authority_id = v.authority_id AND g.record_id = v.record_id), 0)
		FROM visit_record v
		LEFT JOIN identity_account a ON a.authority_id = v.authority_id AND a.account_id = v.account_id
		WHERE v.authority_id = $1 AND v.kind IN ('arrival', 'result') AND v.state = 'kept'
		ORDER BY v.form_id, v.device_at, v.record_id`, r.authority)
}

// approvals are when the visit of a day was approved first, and what needed
// none.
func (r reader) approvals(f *facts) error {
	type line struct {
		round, target, text string
		at                  int64
	}
	at := map[string]time.Time{}
	err := store.Each(r.ctx, r.DB, func(row store.Scanner) (l line, err error) {
		return l, row.Scan(&l.round, &l.target, &l.text, &l.at)
	}, func(l line) error {
		var x struct {
			Day string `json:"day"`
		}
		if err := json.Unmarshal([]byte(l.text), &x); err != nil {
			return err
		}
		for _, key := range []string{l.round + " " + l.target + " " + x.Day, l.round + " " + l.target} {
			if at[key].IsZero() {
				at[key] = store.Instant(l.at)
			}
		}
		return nil
	}, `
		SELECT l.round_id, l.target_id, l.line, v.decided_at
		FROM schedule_line l
		JOIN schedule_version v ON v.authority_id = l.authority_id AND v.round_id = l.round_id AND v.version = l.version
		WHERE l.authority_id = $1 AND v.state = 'approved'
		ORDER BY l.round_id, l.target_id, l.version`, r.authority)
	if err != nil {
		return err
	}
	excused, err := store.All(r.ctx, r.DB, store.Value[string], `
		SELECT round_id || ' ' || target_id
		FROM schedule_urgent
		WHERE authority_id = $1 AND verdict <> 'refused'
		UNION
		SELECT round_id || ' ' || target_id
		FROM schedule_before
		WHERE authority_id = $1
		ORDER BY 1`, r.authority)
	for i := range f.visits {
		v := &f.visits[i]
		key := v.round + " " + v.target
		_, v.excused = slices.BinarySearch(excused, key)
		v.approved = at[key]
		if d := v.days(); len(d) > 0 && !at[key+" "+d[0].String()].IsZero() {
			v.approved = at[key+" "+d[0].String()]
		}
	}
	return err
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
		WHERE c.authority_id = $1 AND c.reason <> '书面检查'
			AND NOT EXISTS (SELECT 1 FROM round r WHERE r.authority_id = c.authority_id AND r.round_id = c.source)
		ORDER BY c.target_id, c.day, c.body, c.reason`, r.authority)
	return err
}

const takenOf = `
		JOIN round r ON r.authority_id = x.authority_id AND r.round_id = x.round_id AND NOT r.rehearsal
		JOIN plan p ON p.authority_id = r.authority_id AND p.plan_id = r.plan_id
		JOIN register_target g ON g.authority_id = x.authority_id AND g.target_id = x.target_id
		LEFT JOIN identity_account a ON a.authority_id = x.authority_id AND a.account_id = x.proposed_by`

// town names where a firm is, as far as its address does.
func town(area, address, work string) string {
	t, _ := schedule.Locality(cmp.Or(work, address))
	return area + t
}

func (r reader) removals(f *facts) error {
	return store.Each(r.ctx, r.DB, func(row store.Scanner) (t taken, err error) {
		var area, address, work string
		var at int64
		t.removal, t.by.Kind = true, "account"
		err = row.Scan(&t.year, &t.round, &t.target, &t.firm, &area, &address, &work, &t.reason, &t.by.ID, &t.by.Name, &at)
		t.town, t.at = town(area, address, work), store.Instant(at)
		return t, err
	}, func(t taken) error {
		f.taken = append(f.taken, t)
		return nil
	}, `
		SELECT p.year, x.round_id, x.target_id, g.name, g.area_name, g.address, g.work_address, x.reason, x.proposed_by, coalesce(a.name, x.proposed_by), x.decided_at
		FROM round_removal x`+takenOf+`
		WHERE x.authority_id = $1 AND x.approved
		ORDER BY p.year, x.round_id, x.target_id`, r.authority)
}

func (r reader) substitutions(f *facts) error {
	return store.Each(r.ctx, r.DB, func(row store.Scanner) (t taken, err error) {
		var at int64
		t.by.Kind, t.officer.Kind = "account", "officer"
		err = row.Scan(&t.year, &t.round, &t.target, &t.firm, &t.reason, &t.officer.ID, &t.officer.Name, &t.by.ID, &t.by.Name, &at)
		t.at = store.Instant(at)
		return t, err
	}, func(t taken) error {
		f.taken = append(f.taken, t)
		return nil
	}, `
		SELECT p.year, x.round_id, x.target_id, g.name, x.reason, x.officer_id, o.name, x.proposed_by, coalesce(a.name, x.proposed_by), x.decided_at
		FROM round_substitution x`+takenOf+`
		JOIN register_officer o ON o.authority_id = x.authority_id AND o.officer_id = x.officer_id
		WHERE x.authority_id = $1 AND x.approved
		ORDER BY p.year, x.round_id, x.no`, r.authority)
}

// bases are what removals and substitutions are held against.
func (r reader) bases(f *facts) error {
	f.drawn, f.places, f.by = map[string]int{}, map[string]int{}, map[string]int{}
	rounds := map[string][]string{} // by round: who proposed removals there
	for _, t := range f.taken {
		if t.removal && !slices.Contains(rounds[t.round], t.by.ID) {
			rounds[t.round] = append(rounds[t.round], t.by.ID)
		}
	}
	type firm struct {
		year                       int
		round, area, address, work string
	}
	err := store.Each(r.ctx, r.DB, func(row store.Scanner) (x firm, err error) {
		return x, row.Scan(&x.year, &x.round, &x.area, &x.address, &x.work)
	}, func(x firm) error {
		f.drawn[key(x.year, town(x.area, x.address, x.work))]++
		f.drawn[key(x.year, "")]++
		for _, who := range rounds[x.round] {
			f.by[key(x.year, who)]++
		}
		return nil
	}, `
		SELECT p.year, x.round_id, g.area_name, g.address, g.work_address
		FROM round_target x
		JOIN round r ON r.authority_id = x.authority_id AND r.round_id = x.round_id AND NOT r.rehearsal AND r.state <> 'abandoned'
		JOIN plan p ON p.authority_id = r.authority_id AND p.plan_id = r.plan_id
		JOIN register_target g ON g.authority_id = x.authority_id AND g.target_id = x.target_id
		WHERE x.authority_id = $1 AND x.state <> 'reserve'
		ORDER BY x.round_id, x.target_id`, r.authority)
	if err != nil {
		return err
	}
	type place struct {
		year, n int
		officer string
	}
	return store.Each(r.ctx, r.DB, func(row store.Scanner) (x place, err error) {
		return x, row.Scan(&x.year, &x.officer, &x.n)
	}, func(x place) error {
		f.places[key(x.year, x.officer)] += x.n
		f.places[key(x.year, "")] += x.n
		return nil
	}, `
		SELECT p.year, x.officer_id, count(*)
		FROM round_officer x
		JOIN round r ON r.authority_id = x.authority_id AND r.round_id = x.round_id AND NOT r.rehearsal AND r.state <> 'abandoned'
		JOIN plan p ON p.authority_id = r.authority_id AND p.plan_id = r.plan_id
		WHERE x.authority_id = $1 AND x.state IN ('team', 'replaced')
		GROUP BY p.year, x.officer_id
		ORDER BY p.year, x.officer_id`, r.authority)
}

func key(year int, what string) string { return strconv.Itoa(year) + "|" + what }
