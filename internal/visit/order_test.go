package visit

import (
	"slices"
	"testing"

	"suiji/calendar"
	"suiji/internal/schedule"
)

// The way of a day begins in the morning; firms without a day come last.
func TestByDay(t *testing.T) {
	monday, tuesday := calendar.MustParse("2026-11-23"), calendar.MustParse("2026-11-24")
	want := []schedule.Visit{
		{Firm: "1", Day: monday, Half: schedule.Morning, Stop: 1},
		{Firm: "2", Day: monday, Half: schedule.Morning, Stop: 2},
		{Firm: "3", Day: monday, Half: schedule.WholeDay, Stop: 1},
		{Firm: "4", Day: monday, Half: schedule.Afternoon, Stop: 1},
		{Firm: "5", Day: tuesday, Half: schedule.Morning, Stop: 1},
		{Firm: "6"},
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortStableFunc(got, byDay)
	for i := range want {
		if got[i].Firm != want[i].Firm {
			t.Errorf("at %d stands %s, want %s", i, got[i].Firm, want[i].Firm)
		}
	}
}
