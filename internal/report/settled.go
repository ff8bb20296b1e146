package report

import (
	"context"
	"slices"

	"suiji/calendar"
	"suiji/internal/disclosure"
	"suiji/internal/inspection"
	"suiji/internal/store"
)

// readRates works out the publication rates of the rounds, without their rows,
// and how many firms are inspected to the end. Of rounds in which nothing can
// wait for the public no form is read: each is public or exempt, and what remains
// to be told is whether it was in time.
func (s *Service) readRates(ctx context.Context, authority string, d *data) error {
	open, err := s.Disclosure.OpenRounds(ctx, authority)
	if err != nil {
		return err
	}
	exempt, err := s.readExempt(ctx, authority)
	if err != nil {
		return err
	}
	for _, x := range d.rounds {
		r, known := disclosure.Rate{RoundID: x.ID}, false
		if !slices.Contains(open, x.ID) {
			known, err = s.settled(ctx, authority, &r, exempt[x.ID], d)
		}
		if err == nil && !known {
			if r, err = s.Disclosure.Rate(ctx, authority, x.ID); err == nil {
				d.finish(r.Rows)
			}
			r.Rows = nil
		}
		if err != nil {
			return err
		}
		d.rates = append(d.rates, r)
	}
	return nil
}

// first is when a firm's result was published first, and by when it had to be.
type first struct {
	target, dueOn string
	at            int64 // 0: never
}

// settled counts a round in which nothing waits. It cannot, if a result was
// published before its last day could be told.
func (s *Service) settled(ctx context.Context, authority string, r *disclosure.Rate, exempt []first, d *data) (known bool, err error) {
	piece, args := inspection.Within(ctx, authority, r.RoundID)
	where := ""
	if piece != "" {
		where = ` AND EXISTS (
				SELECT 1
				FROM inspection_form f
				WHERE f.authority_id = v.authority_id AND f.form_id = v.form_id` + piece + `)`
	}
	all, err := store.All(ctx, s.DB, func(row store.Scanner) (f first, err error) {
		err = row.Scan(&f.target, &f.dueOn, &f.at)
		return f, err
	}, `
		SELECT v.target_id, v.due_on, v.posted_at
		FROM disclosure_posting v
		WHERE v.authority_id = $1 AND v.round_id = $2 AND v.version = 1`+where, args...)
	if err != nil {
		return false, err
	}
	unfinished, err := store.One(ctx, s.DB, store.Value[int], `
		SELECT count(DISTINCT f.target_id)
		FROM inspection_form f
		WHERE f.authority_id = $1 AND f.round_id = $2 AND f.ended_on = ''`+piece, args...)
	if err != nil {
		return false, err
	}
	if known, err = tell(r, all, exempt); known {
		d.done[r.RoundID] = r.Due - unfinished
	}
	return known, err
}

// tell adds up the firms by when their results were published first; of several
// departments' the latest counts.
func tell(r *disclosure.Rate, all, exempt []first) (known bool, err error) {
	late := map[string]bool{} // of firms of which a result is public
	before := map[first]int{} // of exempt ones that had been public
	for _, f := range exempt {
		before[f]++
	}
	ends := map[string]int64{} // of days
	for _, f := range all {
		if before[f] > 0 {
			before[f]--
			continue
		}
		if _, ok := ends[f.dueOn]; !ok {
			var day calendar.Date
			if err := day.UnmarshalText([]byte(f.dueOn)); err != nil || day.Zero() {
				return false, err
			}
			ends[f.dueOn] = day.AddDays(1).Start().UnixMilli()
		}
		late[f.target] = late[f.target] || f.at >= ends[f.dueOn]
	}
	for _, l := range late {
		if l {
			r.Late++
		}
	}
	none := map[string]bool{}
	for _, f := range exempt {
		if _, public := late[f.target]; !public {
			none[f.target] = true
		}
	}
	r.Published, r.Exempt = len(late), len(none)
	r.OnTime, r.Due = r.Published-r.Late, r.Published+r.Exempt
	return true, nil
}

// readExempt reads the exempt forms by round, with their publication before.
func (s *Service) readExempt(ctx context.Context, authority string) (map[string][]first, error) {
	type line struct {
		round string
		first
	}
	of := map[string][]first{}
	piece, args := inspection.Within(ctx, authority)
	return of, store.Each(ctx, s.DB, func(row store.Scanner) (l line, err error) {
		err = row.Scan(&l.round, &l.target, &l.dueOn, &l.at)
		return l, err
	}, func(l line) error {
		of[l.round] = append(of[l.round], l.first)
		return nil
	}, `
		SELECT f.round_id, f.target_id, coalesce(v.due_on, ''), coalesce(v.posted_at, 0)
		FROM disclosure_exemption e
		CROSS JOIN inspection_form f
		LEFT JOIN disclosure_posting v ON v.authority_id = f.authority_id AND v.form_id = f.form_id AND v.version = 1
		WHERE e.authority_id = $1 AND f.authority_id = e.authority_id AND f.form_id = e.form_id`+piece, args...)
}
