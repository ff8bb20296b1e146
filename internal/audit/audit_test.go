package audit_test

import (
	"testing"
	"time"

	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

func TestDo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		at := time.Date(2022, 6, 6, 1, 2, 3, 0, time.UTC)
		door := audit.New(db, func() time.Time { at = at.Add(time.Millisecond); return at })
		clerk := access.Actor{Authority: "x", ID: "c", Name: "李敏", Roles: []access.Role{access.Clerk}}
		ran := 0
		run := func(*store.DB) error { ran++; return nil }
		keyed := audit.WithKey(t.Context(), "k1")

		if err := door.Do(keyed, clerk, access.PlanApprove, "p1", run); errs.KindOf(err) != errs.Forbidden || ran != 0 {
			t.Errorf("a clerk approves: %v, ran %d times, want Forbidden and 0", err, ran)
		}
		for range 3 {
			if err := door.Do(keyed, clerk, access.PlanEdit, "p1", run); err != nil {
				t.Fatal(err)
			}
		}
		if ran != 1 {
			t.Errorf("under one key it ran %d times, want 1", ran)
		}
		refused := errs.E(errs.Invalid, "不行")
		if err := door.Do(audit.WithKey(t.Context(), "k2"), clerk, access.PlanEdit, "p2", func(*store.DB) error { return refused }); err != refused {
			t.Errorf("Do = %v, want the error of the act", err)
		}
		if err := door.Do(audit.WithKey(t.Context(), "k2"), clerk, access.PlanEdit, "p2", run); err != nil || ran != 2 {
			t.Errorf("a refused act again under its key: %v, ran %d times, want 2", err, ran)
		}
		all, err := door.Entries(t.Context(), "x", "", time.Time{}, 10)
		if err != nil || len(all) != 3 || all[2].Allowed || !all[0].Allowed || all[0].Object != "p2" {
			t.Errorf("Entries = %+v, %v, want one refused and two done acts", all, err)
		}
		if err := door.Ask(keyed, clerk, "p1", access.PlanApprove, access.PlanEdit); err != nil {
			t.Errorf("a clerk, who may one of two: %v", err)
		}
		if err := door.Ask(keyed, clerk, "/w/plans/p1", access.PlanApprove, access.RoundDraw); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("a clerk, who may neither: %v, want Forbidden", err)
		}
		if last, err := door.Entries(t.Context(), "x", "", time.Time{}, 1); err != nil || last[0].Allowed || last[0].Action != access.PlanApprove || last[0].Object != "/w/plans/p1" {
			t.Errorf("asked and refused: %+v, %v, want it recorded", last, err)
		}
		if other, err := door.Entries(t.Context(), "y", "", time.Time{}, 10); err != nil || len(other) != 0 {
			t.Errorf("another authority sees %+v, %v", other, err)
		}
	})
}

// Several acts in one transaction: what breaks a rule leaves nothing, also of
// what it had written; all else is done and recorded, or nothing is.
func TestDoEach(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		at := time.Date(2022, 6, 6, 1, 2, 3, 0, time.UTC)
		door := audit.New(db, func() time.Time { at = at.Add(time.Millisecond); return at })
		ctx := t.Context()
		clerk := access.Actor{Authority: "x", ID: "c", Name: "李敏", Roles: []access.Role{access.Clerk}}
		seen := 0
		door.Watch(func(access.Action, time.Duration, error) { seen++ })
		write := func(fails error) func(tx *store.DB, i int) error {
			return func(tx *store.DB, i int) error {
				_, err := tx.Exec(ctx, `INSERT INTO reference_day (year, day, work, name) VALUES ($1, $2, $3, $4)`, 2022, time.Date(2022, 1, i+1, 0, 0, 0, 0, time.UTC).Format("2006-01-02"), true, "节")
				if err == nil && i == 1 {
					err = fails
				}
				return err
			}
		}
		count := func(query string) int {
			n, err := store.One(ctx, db, store.Value[int], query)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		objects := []string{"a", "b", "c"}
		lost := errs.E(errs.Away, "数据库暂时不能读写")
		if _, err := door.DoEach(ctx, clerk, access.PlanEdit, objects, write(lost)); err != lost {
			t.Errorf("DoEach = %v, want the error that is nobody's mistake", err)
		}
		if got := count(`SELECT count(*) FROM reference_day`) + count(`SELECT count(*) FROM audit_entry`); got != 0 {
			t.Errorf("%d rows are left of acts that were ended, want 0", got)
		}
		refused := errs.E(errs.Invalid, "不行")
		told, err := door.DoEach(ctx, clerk, access.PlanEdit, objects, write(refused))
		if err != nil || len(told) != 3 || told[0] != nil || told[1] != refused || told[2] != nil {
			t.Errorf("DoEach = %v, %v, want the second refused", told, err)
		}
		if days, acts := count(`SELECT count(*) FROM reference_day`), count(`SELECT count(*) FROM audit_entry WHERE object IN ('a', 'c')`); days != 2 || acts != 2 || seen != 3 {
			t.Errorf("%d rows, %d acts recorded, %d seen, want 2, 2, 3", days, acts, seen)
		}
		if _, err := door.DoEach(ctx, clerk, access.PlanApprove, objects, write(nil)); errs.KindOf(err) != errs.Forbidden || count(`SELECT count(*) FROM audit_entry WHERE NOT allowed`) != 1 {
			t.Errorf("a clerk approves: %v, want Forbidden, recorded once", err)
		}
	})
}
