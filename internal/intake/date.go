package intake

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/wording"
)

// notations are the ways in which offices write dates, with a time of day
// behind them or without.
var notations = regexp.MustCompile(`^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?([ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?)?$`)

// serials is a spreadsheet's count of days since 1899-12-30 as it shows when
// the cell has lost its format; 20000 is in 1954, 80000 in 2119.
var serials = regexp.MustCompile(`^([2-7]\d{4})(\.0+)?$`)

// parseDate reads a date in any of those notations. The day must exist.
func parseDate(s string) (calendar.Date, bool) {
	if d, err := calendar.Parse(s); err == nil {
		return d, true // the usual form, a million times over
	}
	s = strings.ToUpper(wording.HalfWidth(s))
	if m := serials.FindStringSubmatch(s); m != nil {
		n, err := strconv.Atoi(m[1])
		return calendar.MustParse("1899-12-30").AddDays(n), err == nil
	}
	if len(s) == 8 && strings.Trim(s, "0123456789") == "" {
		return dateOf(s[:4], s[4:6], s[6:])
	}
	if m := notations.FindStringSubmatch(s); m != nil {
		return dateOf(m[1], m[2], m[3])
	}
	return calendar.Date{}, false
}

func dateOf(year, month, day string) (calendar.Date, bool) {
	y, _ := strconv.Atoi(year) // digits, by the callers' patterns
	m, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(day)
	date, err := calendar.NewDate(y, time.Month(m), d)
	return date, err == nil
}
