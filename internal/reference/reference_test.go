package reference_test

import (
	"testing"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/errs"
	"suiji/internal/reference"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

func TestEnterNotice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		s := reference.New(db, audit.New(db, time.Now))
		admin := access.Actor{Authority: "130132-rs", ID: "a", Roles: []access.Role{access.Admin}}
		var days []calendar.Day
		for _, h := range []struct{ day, name string }{
			{"2031-01-01", "元旦"}, {"2031-01-22", "春节"}, {"2031-01-23", "春节"}, {"2031-01-24", "春节"}, {"2031-01-25", "春节"}, {"2031-05-01", "劳动节"}, {"2031-10-01", "国庆节"}, {"2031-10-02", "国庆节"}, {"2031-10-03", "国庆节"},
		} {
			days = append(days, calendar.Day{Date: calendar.MustParse(h.day), Name: h.name})
		}
		due := func() error {
			cal, err := s.Calendar(ctx)
			if err != nil {
				t.Fatal(err)
			}
			_, err = cal.Deadline(calendar.MustParse("2031-04-30"), 1, calendar.Workdays)
			return err
		}
		if due() == nil {
			t.Error("a deadline in a year without a notice is given, want an error")
		}
		clerk := admin
		clerk.Roles = []access.Role{access.Clerk}
		if err := s.EnterNotice(ctx, clerk, 2031, days); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("a clerk enters a notice: kind %v, want Forbidden", errs.KindOf(err))
		}
		if err := s.EnterNotice(ctx, admin, 2031, days[:2]); errs.KindOf(err) != errs.Invalid {
			t.Errorf("an incomplete notice: kind %v, want Invalid", errs.KindOf(err))
		}
		if err := s.EnterNotice(ctx, admin, 2031, days); err != nil {
			t.Fatal(err)
		}
		if err := due(); err != nil {
			t.Errorf("with the notice: %v", err)
		}
	})
}
