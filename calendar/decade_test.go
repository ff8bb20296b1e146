package calendar_test

import (
	"testing"

	"suiji/calendar"
)

// Every limit that an office has, started on every day of ten years, ends on
// the day that a count by hand through the file of holidays comes to.
func TestDecade(t *testing.T) {
	c, file := calendar.National(), fromFile(t)
	first, last := day("2016-01-01"), day("2025-12-31")
	var rest []bool // by day from first
	for d := first; d.Before(day("2027-01-01")); d = d.AddDays(1) {
		rest = append(rest, !workday(file, d))
	}
	numbers := []int{1, 2, 3, 5, 7, 10, 15, 20, 30, 60, 90}
	starts := first.DaysUntil(last)
	if starts != 3652 {
		t.Fatalf("ten years have %d further days, want 3652", starts)
	}
	for at := range starts + 1 {
		from := first.AddDays(at)
		for _, n := range numbers {
			due := at
			for left := n; left > 0; {
				if due++; !rest[due] {
					left--
				}
			}
			fixed, moved := at+n, at+n
			for rest[moved] {
				moved++
			}
			for _, tt := range []struct {
				rule calendar.Rule
				want int
			}{{calendar.Rule{N: n, Unit: calendar.Workdays}, due}, {calendar.Rule{N: n, Unit: calendar.Days}, moved}, {calendar.Rule{N: n, Unit: calendar.Days, Fixed: true}, fixed}} {
				got, err := c.Apply(from, tt.rule)
				if err != nil || got.Due != first.AddDays(tt.want) {
					t.Fatalf("%s, %+v: due %s, %v; by hand %s", from, tt.rule, got.Due, err, first.AddDays(tt.want))
				}
			}
		}
	}
}
