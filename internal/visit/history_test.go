package visit_test

import (
	"testing"

	"suiji/calendar"
	"suiji/internal/caps"
	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// A firm sees what was inspected, by whomever, against its cap; that it stands
// on another list already it does not learn here.
func TestHistory(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := newSpot(t, db)
		plan := s.Schedule.Caps
		s.must(plan.Set(t.Context(), s.Clerk, []caps.Rule{{Title: "日常检查", Source: "元政办〔2022〕1号", Who: caps.All, Years: 1, Most: 2}}, []string{"投诉举报"}))
		s.must(plan.Enter(t.Context(), s.Clerk, []caps.Visit{
			{Target: "T1", Body: "县应急管理局", Who: caps.Level, Day: calendar.MustParse("2022-03-01")},
			{Target: "T1", Body: "县消防救援大队", Who: caps.Level, Day: calendar.MustParse("2022-04-01"), Reason: "投诉举报"},
			{Target: "T1", Body: "县税务局", Who: caps.Level, Day: calendar.MustParse("2021-04-01")},
			{Target: "T2", Body: "县税务局", Who: caps.Level, Day: calendar.MustParse("2022-05-05")},
		}))
		draw := func(round string) {
			s.must(s.Door.Keep(t.Context(), func(tx *store.DB) error {
				return plan.Replace(t.Context(), tx, inspectiontest.Authority, round, caps.These([]caps.Visit{{Target: "T1", Day: calendar.MustParse("2022-06-01"), Body: "本局", Who: caps.Authority}}))
			}))
		}
		draw(inspectiontest.Round)
		draw("130132-rs.2022-9") // drawn, and nobody has been there
		look := func(name string, past, count, used int) {
			t.Helper()
			h, err := s.v.History(t.Context(), s.Form(t, 1))
			s.must(err)
			if len(h.Past) != past || h.Count != count || len(h.Counted.Caps) != 1 || h.Counted.Caps[0].Used != used || h.Year != 2022 {
				t.Errorf("%s: %+v, want %d inspections, %d that count, %d of the cap", name, h, past, count, used)
			}
		}
		look("before the visit", 3, 1, 1)
		s.Conclude(t, 1, inspectiontest.Entry(s.Form(t, 1), "2022-06-20"))
		look("after it", 4, 2, 2)
	})
}
