package schedule

import (
	"context"
	"fmt"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/internal/wording"
)

// Ways are how a firm is told.
var Ways = []struct{ Way, Name string }{{"letter", "邮寄"}, {"phone", "电话"}, {"person", "当面送达"}}

// Told is one telling of a firm.
type Told struct {
	TargetID string
	Way      string
	Day      calendar.Date
	Receipt  string
	By       string
	At       time.Time
	line     string
}

// Name returns the way in Chinese.
func (t Told) Name() string {
	for _, w := range Ways {
		if w.Way == t.Way {
			return w.Name
		}
	}
	return t.Way
}

func scanTold(row store.Scanner) (t Told, err error) {
	var day string
	var at int64
	if err = row.Scan(&t.TargetID, &t.line, &t.Way, &day, &t.Receipt, &t.By, &at); err != nil {
		return t, err
	}
	t.At = time.UnixMilli(at).UTC()
	return t, t.Day.UnmarshalText([]byte(day))
}

// Told returns the tellings of a firm in a round, the oldest first.
func (s *Service) Told(ctx context.Context, authority, roundID, target string) ([]Told, error) {
	return store.All(ctx, s.DB, scanTold, `
		SELECT target_id, line, way, day, receipt, by_name, at
		FROM schedule_notice
		WHERE authority_id = $1 AND round_id = $2 AND target_id = $3
		ORDER BY at, way`, authority, roundID, target)
}

// Tellable reports whether a firm may be told: its line is approved, and the
// round's items are announced or the visit has begun. A written review is
// always told: without papers there is nothing to review.
func (x Schedule) Tellable(v Visit) bool {
	return v.Approved > 0 && (!x.Unannounced || v.Mode == Written || !v.Begun.Zero())
}

// Tell keeps how and when a firm was told. The same once more changes nothing.
// Errors: Invalid; Conflict for an inspection that is not approved, or not
// announced.
func (s *Service) Tell(ctx context.Context, a access.Actor, roundID string, t Told) error {
	t.Receipt, _ = wording.Clean(t.Receipt, false)
	var ps []errs.Problem
	add := func(bad bool, field, sentence string) {
		if bad {
			ps = append(ps, errs.Problem{Field: field, Sentence: sentence})
		}
	}
	add(t.Name() == t.Way, "way", "请选择送达方式")
	add(t.Day.Zero(), "told", "请填写送达日期")
	add(t.Day.After(s.today()), "told", fmt.Sprintf("送达日期不能晚于今天（%s）", s.today()))
	add(t.Receipt == "", "receipt", "请写明签收人、接听人或者邮件号")
	add(len([]rune(t.Receipt)) > 100, "receipt", "签收情况最多 100 字")
	if err := errs.All(ps); err != nil {
		return err
	}
	return s.Door.Do(ctx, a, access.ScheduleEdit, roundID+" "+t.TargetID+" told", func(tx *store.DB) error {
		x, err := s.open(ctx, tx, a, roundID)
		if err != nil {
			return err
		}
		v, err := x.Visit(t.TargetID)
		if err != nil {
			return err
		}
		if v.Approved == 0 {
			return errs.E(errs.Conflict, "对这一户的检查还没有批准，不能通知，没有登记")
		}
		if !x.Tellable(v) {
			return errs.E(errs.Conflict, "这次检查的事项不事先通知企业，没有登记")
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO schedule_notice (authority_id, round_id, target_id, line, way, day, receipt, by_name, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (authority_id, round_id, target_id, way, day) DO NOTHING`,
			a.Authority, roundID, t.TargetID, x.line(v), t.Way, t.Day.String(), t.Receipt, a.Name, s.Now().UnixMilli())
		return err
	})
}

// Outdated reports whether a firm was told something else than what stands:
// nobody has told it of the day that is approved now.
func (x Schedule) Outdated(v Visit, all []Told) bool {
	told := false
	for _, t := range all {
		if t.TargetID == v.TargetID {
			if told = true; t.line == x.line(v) {
				return false
			}
		}
	}
	return told
}
