package roster

import (
	"context"
	"slices"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// DutyKinds are the entries of the calendar.
var DutyKinds = []string{"休假", "病假", "培训", "借调", "外出公务", "值班"}

// Duty is some days of an officer: leave, or where they are bound.
type Duty struct {
	ID        string
	OfficerID string
	Officer   string // name
	Kind      string // one of DutyKinds
	Starts    calendar.Date
	Until     calendar.Date // last day
	Note      string
	By        string
	At        time.Time
	Cancelled string // why it no longer counts; empty: it counts
}

// Away reports whether it keeps the officer from inspecting: all but duty
// does, unless it was cancelled.
func (d Duty) Away() bool { return d.Kind != "值班" && d.Cancelled == "" }

const dutyFrom = `
		SELECT d.duty_id, d.officer_id, o.name, d.kind, d.starts, d.until, d.note, d.by_name, d.at, d.cancelled
		FROM roster_duty d
		JOIN register_officer o ON o.authority_id = d.authority_id AND o.officer_id = d.officer_id`

func scanDuty(row store.Scanner) (d Duty, err error) {
	var starts, until string
	var at int64
	if err = row.Scan(&d.ID, &d.OfficerID, &d.Officer, &d.Kind, &starts, &until, &d.Note, &d.By, &at, &d.Cancelled); err != nil {
		return d, err
	}
	d.At = time.UnixMilli(at).UTC()
	if err = day(starts, &d.Starts); err == nil {
		err = day(until, &d.Until)
	}
	return d, err
}

// Duties returns an officer's entries, the newest first.
func (s *Service) Duties(ctx context.Context, authority, officerID string) ([]Duty, error) {
	return store.All(ctx, s.db, scanDuty, dutyFrom+`
		WHERE d.authority_id = $1 AND d.officer_id = $2
		ORDER BY d.starts DESC, d.duty_id DESC`, authority, officerID)
}

// Between returns the entries that count and touch a span of days, by officer.
func (s *Service) Between(ctx context.Context, authority string, from, until calendar.Date) ([]Duty, error) {
	return between(ctx, s.db, authority, from, until)
}

func between(ctx context.Context, db *store.DB, authority string, from, until calendar.Date) ([]Duty, error) {
	return store.All(ctx, db, scanDuty, dutyFrom+`
		WHERE d.authority_id = $1 AND d.starts <= $3 AND d.until >= $2 AND d.cancelled = '' AND o.active
		ORDER BY d.officer_id, d.starts, d.duty_id`, authority, from.String(), until.String())
}

// AddDuty enters some days. Errors: Invalid at an input; NotFound; Conflict if
// they are there.
func (s *Service) AddDuty(ctx context.Context, a access.Actor, officerID, kind, starts, until, note string) error {
	var f form
	f.oneOf("duty", "类别", kind, DutyKinds)
	from, to := f.date("from", "起日", starts, true), f.date("to", "止日", until, true)
	f.span("to", from, to)
	note = f.text("note", "说明", note, false, 100)
	if err := f.err(); err != nil {
		return err
	}
	return s.do(ctx, a, officerID, "duty", func(tx *store.DB) error {
		n, err := tx.Exec(ctx, `
			INSERT INTO roster_duty (authority_id, duty_id, officer_id, kind, starts, until, note, by_name, at, cancelled)
			VALUES (`+store.Places(1, 9)+`, '')
			ON CONFLICT (authority_id, officer_id, kind, starts, until) WHERE cancelled = '' DO NOTHING`,
			a.Authority, store.NewID(s.now()), officerID, kind, from.String(), to.String(), note, a.Name, s.now().UnixMilli())
		return once(n, err, "这几天此前已登记，没有改动")
	})
}

// CancelDuty lets an entry no longer count; it stays to be seen. Errors:
// Invalid without a reason; Conflict if it counts no longer.
func (s *Service) CancelDuty(ctx context.Context, a access.Actor, officerID, dutyID, reason string) error {
	var f form
	reason = f.text("cancel", "销假、取消的原因", reason, true, 100)
	if err := f.err(); err != nil {
		return err
	}
	return s.do(ctx, a, officerID, "duty", func(tx *store.DB) error {
		n, err := tx.Exec(ctx, `
			UPDATE roster_duty
			SET cancelled = $4
			WHERE authority_id = $1 AND officer_id = $2 AND duty_id = $3 AND cancelled = ''`, a.Authority, officerID, dutyID, reason)
		return once(n, err, "这一条此前已取消，没有改动")
	})
}

// Line is one officer's month.
type Line struct {
	OfficerID string
	Name      string
	Unit      string
	Days      []Duty // by day of the month, from 0; the zero Duty is an ordinary day
}

// Month is the calendar of a section (empty: all) for one month: those in the
// register, by unit and name. On a day with several entries leave goes before
// duty.
func (s *Service) Month(ctx context.Context, authority, unit string, first calendar.Date) (lines []Line, units []string, err error) {
	first = first.AddDays(1 - first.Day())
	days := first.AddDays(31)
	days = days.AddDays(1 - days.Day())
	n := first.DaysUntil(days)
	entries, err := between(ctx, s.db, authority, first, days.AddDays(-1))
	if err != nil {
		return nil, nil, err
	}
	officers, err := store.All(ctx, s.db, func(row store.Scanner) (l Line, err error) {
		return l, row.Scan(&l.OfficerID, &l.Name, &l.Unit)
	}, `
		SELECT officer_id, name, unit
		FROM register_officer
		WHERE authority_id = $1 AND active
		ORDER BY unit, officer_id`, authority)
	for _, l := range officers {
		if !slices.Contains(units, l.Unit) && l.Unit != "" {
			units = append(units, l.Unit)
		}
		if unit != "" && l.Unit != unit {
			continue
		}
		l.Days = make([]Duty, n)
		for _, d := range entries {
			if d.OfficerID == l.OfficerID {
				l.mark(d, first)
			}
		}
		lines = append(lines, l)
	}
	return lines, units, err
}

// mark writes an entry on its days.
func (l *Line) mark(d Duty, first calendar.Date) {
	for i := range l.Days {
		on := first.AddDays(i)
		if !on.Before(d.Starts) && !on.After(d.Until) && (l.Days[i].ID == "" || d.Away()) {
			l.Days[i] = d
		}
	}
}

// away reports on which of the days from–until an officer is away: on all, on
// some.
func away(entries []Duty, officerID string, from, until calendar.Date) (all, some bool) {
	all = true
	for on := from; !on.After(until); on = on.AddDays(1) {
		out := slices.ContainsFunc(entries, func(d Duty) bool {
			return d.OfficerID == officerID && d.Away() && !on.Before(d.Starts) && !on.After(d.Until)
		})
		all, some = all && out, some || out
	}
	return all, some
}

// errNone is the answer to an entry that is not there.
var errNone = errs.E(errs.NotFound, "没有这条记录")
