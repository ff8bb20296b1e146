package report

import (
	"context"
	"fmt"

	"suiji/internal/casework"
	"suiji/internal/inspection"
	"suiji/internal/store"
)

// Overview is the leader's page of a scope: the numbers without their lists, and
// the progress of every round. What is over is counted and not read.
func (s *Service) Overview(ctx context.Context, authority string, c Scope) ([]Figure, []Progress, error) {
	d, err := s.begin(ctx, authority, c)
	if err != nil {
		return nil, nil, err
	}
	if err := s.readRates(ctx, authority, &d); err != nil {
		return nil, nil, err
	}
	if err := s.countFirms(ctx, authority, &d); err != nil {
		return nil, nil, err
	}
	if d.ends, err = s.ends(ctx, authority, d, casework.Filter{Round: c.Round}); err != nil {
		return nil, nil, err
	}
	counted := map[string]int{}
	for _, r := range d.rates {
		counted["drawn"] += d.drawn[r.RoundID]
		counted["inspected"] += d.done[r.RoundID]
		counted["published"] += r.OnTime
		counted["overdue"] += r.Overdue
	}
	if counted["problems"], err = s.countFindings(ctx, authority, c); err != nil {
		return nil, nil, err
	}
	if counted["objections"], err = s.countObjections(ctx, authority, d); err != nil {
		return nil, nil, err
	}
	all := d.figures()
	for i := range all {
		all[i].Counted = counted[all[i].Key]
		if all[i].Key == "inspected" {
			all[i].Whole = counted["drawn"]
		}
	}
	return all, d.progress(), nil
}

// countFirms counts the firms of each round's outcome.
func (s *Service) countFirms(ctx context.Context, authority string, d *data) error {
	type line struct {
		round string
		n     int
	}
	return store.Each(ctx, s.DB, func(row store.Scanner) (l line, err error) {
		err = row.Scan(&l.round, &l.n)
		return l, err
	}, func(l line) error {
		d.drawn[l.round] = l.n
		return nil
	}, `
		SELECT f.round_id, count(*)
		FROM `+drawn+`
		CROSS JOIN round_target f
		WHERE f.authority_id = r.authority_id AND f.round_id = r.round_id AND f.state IN ('drawn', 'removing', 'promoted', 'confirmed')
		GROUP BY f.round_id`, authority, d.scope.Year, d.scope.Round)
}

// countFindings starts from the problems: there are fewer of them than forms.
func (s *Service) countFindings(ctx context.Context, authority string, c Scope) (int, error) {
	return store.One(ctx, s.DB, store.Value[int], `
		SELECT count(*)
		FROM inspection_finding x
		CROSS JOIN inspection_form f
		WHERE x.authority_id = $1 AND x.confirmed AND f.authority_id = x.authority_id AND f.form_id = x.form_id AND f.round_id IN (
			SELECT r.round_id
			FROM `+drawn+`)`, authority, c.Year, c.Round)
}

// countObjections counts those to results and penalties of the scope's rounds.
func (s *Service) countObjections(ctx context.Context, authority string, d data) (int, error) {
	n := 0
	piece, args := inspection.Within(ctx, authority)
	err := store.Each(ctx, s.DB, store.Value[string], func(round string) error {
		if d.has(round) {
			n++
		}
		return nil
	}, `
		SELECT coalesce((
				SELECT f.round_id
				FROM inspection_form f
				WHERE f.authority_id = o.authority_id AND f.form_id = coalesce((
					SELECT p.form_id
					FROM casework_penalty p
					WHERE p.authority_id = o.authority_id AND p.number = o.record_id), o.record_id)`+piece+`), '')
		FROM disclosure_objection o
		WHERE o.authority_id = $1`, args...)
	return n, err
}

// Progress is one round's time beside its work (序时进度).
type Progress struct {
	Round string
	window
	Days, Passed int // working days of the window
	Firms, Done  int
	Unknown      string // why the days cannot be counted
}

// Time and Work are the shares in percent, rounded down.
func (p Progress) Time() int { return percent(p.Passed, p.Days) }

// Work is how much of the work is done.
func (p Progress) Work() int { return percent(p.Done, p.Firms) }

func percent(n, of int) int {
	if of == 0 {
		return 0
	}
	return n * 100 / of
}

// Words says it in a sentence.
func (p Progress) Words() string {
	if p.Unknown != "" {
		return p.Unknown
	}
	said := fmt.Sprintf("检查期 %s 至 %s 共 %d 个工作日，已过 %d 个（%d%%）；应查 %d 户，已查 %d 户（%d%%），", p.From, p.To, p.Days, p.Passed, p.Time(), p.Firms, p.Done, p.Work())
	switch {
	case p.Done == p.Firms:
		return said + "已全部检查。"
	case p.Passed == p.Days:
		return said + fmt.Sprintf("检查期已过，还有 %d 户。", p.Firms-p.Done)
	case p.Work() >= p.Time():
		return said + "不慢于序时进度。"
	}
	return said + fmt.Sprintf("比序时进度慢 %d 个百分点。", p.Time()-p.Work())
}

// Behind reports whether the work is slower than the time.
func (p Progress) Behind() bool { return p.Unknown == "" && p.Work() < p.Time() }

func (d data) progress() (all []Progress) {
	for _, r := range d.rates {
		p := Progress{Round: r.RoundID, window: d.windows[r.RoundID], Firms: d.drawn[r.RoundID], Done: d.done[r.RoundID]}
		p.count(d)
		all = append(all, p)
	}
	return all
}

// count counts the window's working days, its first among them.
func (p *Progress) count(d data) {
	eve := p.From.AddDays(-1)
	days, err := d.calendar.WorkdaysBetween(eve, p.To)
	if err != nil {
		p.Unknown = err.Error()
		return
	}
	p.Days = days
	last := d.today
	if last.After(p.To) {
		last = p.To
	}
	if last.Before(p.From) {
		return
	}
	if p.Passed, err = d.calendar.WorkdaysBetween(eve, last); err != nil {
		p.Unknown = err.Error()
	}
}
