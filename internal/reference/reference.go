// Package reference holds the small tables that every authority reads: the
// working-day notices that an administrator enters (reference_day).
package reference

import (
	"context"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// Service keeps the reference tables.
type Service struct {
	db   *store.DB
	door *audit.Door
}

// New makes the service.
func New(db *store.DB, door *audit.Door) *Service { return &Service{db: db, door: door} }

type row struct {
	year int
	day  calendar.Day
}

func scanDay(s store.Scanner) (r row, err error) {
	var day string
	if err := s.Scan(&r.year, &day, &r.day.Work, &r.day.Name); err != nil {
		return r, err
	}
	r.day.Date, err = calendar.Parse(day)
	return r, err
}

// Calendar returns the State Council's notices as the program knows them,
// with those that were entered here in place of its own.
func (s *Service) Calendar(ctx context.Context) (calendar.Calendar, error) {
	cal := calendar.National()
	rows, err := store.All(ctx, s.db, scanDay, `
		SELECT year, day, work, name
		FROM reference_day
		ORDER BY year, day`)
	if err != nil {
		return cal, err
	}
	years := map[int][]calendar.Day{}
	for _, r := range rows {
		years[r.year] = append(years[r.year], r.day)
	}
	for year, days := range years {
		if cal, err = cal.With(year, days); err != nil {
			return cal, err
		}
	}
	return cal, nil
}

// EnterNotice enters a year's notice, in place of what was entered for it
// before. An incomplete one is refused.
func (s *Service) EnterNotice(ctx context.Context, a access.Actor, year int, days []calendar.Day) error {
	if _, err := calendar.National().With(year, days); err != nil {
		return errs.At("days", err.Error())
	}
	return s.door.Do(ctx, a, access.CalendarEdit, "calendar", func(tx *store.DB) error {
		if _, err := tx.Exec(ctx, `DELETE FROM reference_day WHERE year = $1`, year); err != nil {
			return err
		}
		for _, d := range days {
			_, err := tx.Exec(ctx, `
				INSERT INTO reference_day (year, day, work, name)
				VALUES ($1, $2, $3, $4)`, year, d.Date.String(), d.Work, d.Name)
			if err != nil {
				return err
			}
		}
		return nil
	})
}
