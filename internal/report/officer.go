package report

import (
	"context"
	"fmt"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/store"
)

// Record is an officer's own year (1.14): days, inspections, training,
// recusals. It is shown alone, beside nobody else's.
type Record struct {
	Officer, Name, Unit string
	Year                int
	Inspections         []inspection.Form
	Days                int // distinct days on which an inspection of his ended or began
	Training            []Course
	Hours               string
	Recusals            []Recusal
}

// Course is one training or examination.
type Course struct {
	Kind, Name, Day, Score string
	Passed                 bool
	tenths                 int
}

// Recusal is one that he declared, or a firm that another took over for it.
type Recusal struct{ Kind, Day string }

// Own is the officer behind an account; empty: it is nobody of the register.
func (s *Service) Own(ctx context.Context, a access.Actor) (string, error) {
	x, err := s.Identity.Account(ctx, a.Authority, a.ID)
	if errs.KindOf(err) == errs.NotFound {
		return "", nil
	}
	return x.OfficerID, err
}

// Record gathers an officer's year. Errors: NotFound.
func (s *Service) Record(ctx context.Context, authority, officer string, year int) (r Record, err error) {
	r = Record{Officer: officer, Year: year}
	who, err := store.One(ctx, s.DB, func(row store.Scanner) (x [2]string, err error) {
		err = row.Scan(&x[0], &x[1])
		return x, err
	}, `SELECT name, unit FROM register_officer WHERE authority_id = $1 AND officer_id = $2`, authority, officer)
	if errs.KindOf(err) == errs.NotFound {
		return r, errs.E(errs.NotFound, "执法人员名录里没有这个人")
	}
	if err != nil {
		return r, err
	}
	r.Name, r.Unit = who[0], who[1]
	forms, err := s.Disclosure.Inspection.Forms(ctx, authority, inspection.Filter{Officer: officer})
	if err != nil {
		return r, err
	}
	seen := map[calendar.Date]bool{}
	for _, f := range forms {
		if f.EndedOn.Zero() || f.EndedOn.Year() != year {
			continue
		}
		r.Inspections = append(r.Inspections, f)
		seen[f.StartedOn], seen[f.EndedOn] = true, true
	}
	r.Days = len(seen)
	return r, s.learned(ctx, authority, &r)
}

// learned reads training and recusals.
func (s *Service) learned(ctx context.Context, authority string, r *Record) (err error) {
	from, to := fmt.Sprintf("%d-01-01", r.Year), fmt.Sprintf("%d-12-31", r.Year)
	r.Training, err = store.All(ctx, s.DB, func(row store.Scanner) (c Course, err error) {
		err = row.Scan(&c.Kind, &c.Name, &c.Day, &c.tenths, &c.Score, &c.Passed)
		return c, err
	}, `
		SELECT kind, course, day, tenths, score, passed
		FROM roster_training
		WHERE authority_id = $1 AND officer_id = $2 AND day >= $3 AND day <= $4
		ORDER BY day, course`, authority, r.Officer, from, to)
	if err != nil {
		return err
	}
	sum := 0
	for _, c := range r.Training {
		sum += c.tenths
	}
	r.Hours = fmt.Sprintf("%d.%d", sum/10, sum%10)
	r.Recusals, err = store.All(ctx, s.DB, func(row store.Scanner) (x Recusal, err error) {
		err = row.Scan(&x.Kind, &x.Day)
		return x, err
	}, `
		SELECT kind, declared_on
		FROM roster_declaration
		WHERE authority_id = $1 AND officer_id = $2 AND declared_on >= $3 AND declared_on <= $4
		ORDER BY declared_on, declaration_id`, authority, r.Officer, from, to)
	return err
}
