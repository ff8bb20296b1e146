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
		if other, err := door.Entries(t.Context(), "y", "", time.Time{}, 10); err != nil || len(other) != 0 {
			t.Errorf("another authority sees %+v, %v", other, err)
		}
	})
}
