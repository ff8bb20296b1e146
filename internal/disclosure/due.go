package disclosure

import (
	"context"
	"errors"
	"fmt"

	"suiji/calendar"
	"suiji/internal/inspection"
	"suiji/internal/store"
)

// Due is the last day for publishing a result, and how it was found.
type Due struct {
	On      calendar.Date // zero: not known until the year's notice is entered
	Explain string        // in Chinese
	Runs    bool          // the inspection has ended or its window has closed: it counts for the rate
}

// Overdue reports whether the day has passed.
func (d Due) Overdue(today calendar.Date) bool { return !d.On.Zero() && today.After(d.On) }

// Due works out by when a form's result must be public. Two clocks run: the
// plan's, from the end of this inspection (20 days, 1.35), and the national
// one, from the end of the task (20 working days). The earlier binds.
func (s *Service) Due(ctx context.Context, f inspection.Form) (Due, error) {
	cal, err := s.Reference.Calendar(ctx)
	if err != nil {
		return Due{}, err
	}
	last, err := readLast(ctx, s.DB, f)
	if err != nil {
		return Due{}, err
	}
	return due(cal, f, last, s.today()), nil
}

// readLast returns the day on which the last firm of a form's round was
// inspected, by whatever unit; zero as long as one is missing.
func readLast(ctx context.Context, db *store.DB, f inspection.Form) (last calendar.Date, err error) {
	day, err := store.One(ctx, db, store.Value[string], `
		SELECT CASE WHEN (
				SELECT min(ended_on)
				FROM inspection_form
				WHERE authority_id = $1 AND round_id = $2) = '' THEN '' ELSE coalesce((
				SELECT max(ended_on)
				FROM inspection_form
				WHERE authority_id = $1 AND round_id = $2), '') END`, f.Authority, f.RoundID)
	if err != nil {
		return last, err
	}
	return last, last.UnmarshalText([]byte(day))
}

// due applies both clocks. last is the round's last inspection, zero if some
// are missing. The task ends with its window, or before if every firm has been
// inspected: a late inspection never moves the day back.
func due(cal calendar.Calendar, f inspection.Form, last, today calendar.Date) Due {
	d := Due{Runs: !f.EndedOn.Zero() || today.After(f.Task.To)}
	end, how := f.Task.To, "任务期限"
	if !last.Zero() && last.Before(end) {
		end, how = last, "全部检查结束"
	}
	task, taskErr := cal.Deadline(end, f.Task.TaskDays, calendar.Workdays)
	if f.EndedOn.Zero() {
		d.On = task.Due
		d.Explain = how + "：" + words(task, taskErr)
		return d
	}
	own, ownErr := cal.Deadline(f.EndedOn, f.Task.PublishDays, f.Task.PublishUnit)
	d.On = earlier(own, ownErr, task, taskErr)
	d.Explain = fmt.Sprintf("本户检查结束：%s。%s：%s。", words(own, ownErr), how, words(task, taskErr))
	if !d.On.Zero() {
		d.Explain += "以较早的 " + d.On.String() + " 为准。"
	}
	return d
}

// earlier returns the day that binds. A clock that ran into a year without a
// notice ends in that year or later, so that one which ends before binds.
func earlier(a calendar.Deadline, aErr error, b calendar.Deadline, bErr error) calendar.Date {
	switch {
	case aErr == nil && bErr == nil:
		return calendar.Earlier(a, b).Due
	case aErr == nil && before(a.Due, bErr):
		return a.Due
	case bErr == nil && before(b.Due, aErr):
		return b.Due
	}
	return calendar.Date{}
}

func before(d calendar.Date, err error) bool {
	var none calendar.NoNoticeError
	return errors.As(err, &none) && d.Year() < none.Year
}

func words(d calendar.Deadline, err error) string {
	if err != nil {
		return err.Error()
	}
	return d.Explain()
}
