package calendar

import (
	"fmt"
	"time"
)

// china is the one time zone of the law: UTC+8, without daylight saving since
// 1991. It is fixed here so that no zone database is needed.
const chinaSeconds = 8 * 60 * 60

// Date is a day in China, of the years 1 to 9999. The zero Date is no day.
// Dates are comparable with == and may be keys of maps.
type Date struct {
	year       int16
	month, day uint8
}

// NewDate returns the day with these numbers, or an error if there is none:
// 30 February is refused, not moved to March.
func NewDate(year int, month time.Month, day int) (Date, error) {
	t := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	if y, m, d := t.Date(); year < 1 || year > 9999 || y != year || m != month || d != day {
		return Date{}, InputError{fmt.Sprintf("没有 %d 年 %d 月 %d 日这一天", year, int(month), day)}
	}
	return Date{int16(year), uint8(month), uint8(day)}, nil
}

// Parse reads the form 2006-01-02 (ISO 8601, GB/T 7408) and nothing else.
func Parse(s string) (Date, error) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return Date{}, InputError{fmt.Sprintf("日期“%s”应写成 2022-06-14 的样子", shorten(s))}
	}
	var n [3]int
	for i, part := range []string{s[:4], s[5:7], s[8:]} {
		for _, c := range []byte(part) {
			if c < '0' || c > '9' {
				return Date{}, InputError{fmt.Sprintf("日期“%s”应写成 2022-06-14 的样子", shorten(s))}
			}
			n[i] = n[i]*10 + int(c-'0')
		}
	}
	return NewDate(n[0], time.Month(n[1]), n[2])
}

// shorten keeps a sentence readable when the input was a whole paragraph.
func shorten(s string) string {
	r := []rune(s)
	if len(r) > 20 {
		return string(r[:20]) + "…"
	}
	return string(r)
}

// MustParse is Parse for dates written in source; it panics on a wrong one.
func MustParse(s string) Date {
	d, err := Parse(s)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return d
}

// In returns the day that it is in China at the instant t.
func In(t time.Time) Date {
	return ofTime(t.UTC().Add(chinaSeconds * time.Second))
}

// Clock is the instant t as clocks in China show it.
func Clock(t time.Time) time.Time { return t.In(zone) }

// zone is the one zone of China since 1992; fixed, so that no zone file is needed.
var zone = time.FixedZone("CST", chinaSeconds)

// ofTime takes the day from t's own clock; outside the years 1–9999 it is the
// zero Date.
func ofTime(t time.Time) Date {
	y, m, d := t.Date()
	if y < 1 || y > 9999 {
		return Date{}
	}
	return Date{int16(y), uint8(m), uint8(d)}
}

// Start returns the instant at which the day begins in China. The day ends
// where d.AddDays(1) starts. The zero Date has the zero Time.
func (d Date) Start() time.Time {
	if d.Zero() {
		return time.Time{}
	}
	return d.utc().Add(-chinaSeconds * time.Second)
}

// utc places the day on a clock without zones, for arithmetic.
func (d Date) utc() time.Time {
	return time.Date(int(d.year), time.Month(d.month), int(d.day), 0, 0, 0, 0, time.UTC)
}

// Zero reports whether d is no day.
func (d Date) Zero() bool { return d == Date{} }

// Year returns the year, 1 to 9999; 0 of the zero Date.
func (d Date) Year() int { return int(d.year) }

// Month returns the month, January to December; 0 of the zero Date.
func (d Date) Month() time.Month { return time.Month(d.month) }

// Day returns the day of the month, 1 to 31; 0 of the zero Date.
func (d Date) Day() int { return int(d.day) }

// Weekday returns the day of the week. It means nothing of the zero Date.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// AddDays returns the day n days later, earlier if n is negative. Outside the
// years 1–9999, and from the zero Date, it is the zero Date.
func (d Date) AddDays(n int) Date {
	const most = 9999 * 366
	if d.Zero() || n > most || n < -most {
		return Date{}
	}
	return ofTime(d.utc().AddDate(0, 0, n))
}

// AddMonths returns the day of the same number n months later, earlier if n is
// negative, or that month's last (民法典 202: a term in months ends on the day
// with the number of the day it is counted from). Outside the years 1–9999, and
// from the zero Date, it is the zero Date.
func (d Date) AddMonths(n int) Date {
	const most = 9999 * 12
	if d.Zero() || n > most || n < -most {
		return Date{}
	}
	first := time.Date(int(d.year), time.Month(int(d.month)+n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1)
	return ofTime(first.AddDate(0, 0, min(int(d.day), last.Day())-1))
}

// DaysUntil returns how many days e lies after d; negative if before.
func (d Date) DaysUntil(e Date) int {
	return int((e.utc().Unix() - d.utc().Unix()) / (24 * 60 * 60))
}

// Compare returns -1, 0 or +1 as d lies before, on or after e. The zero Date
// lies before every day.
func (d Date) Compare(e Date) int {
	x, y := d.ordinal(), e.ordinal()
	if x < y {
		return -1
	}
	if x > y {
		return +1
	}
	return 0
}

// ordinal is a number in the order of the days, with gaps.
func (d Date) ordinal() int {
	return int(d.year)*10000 + int(d.month)*100 + int(d.day)
}

// Before reports whether d lies before e.
func (d Date) Before(e Date) bool { return d.Compare(e) < 0 }

// After reports whether d lies after e.
func (d Date) After(e Date) bool { return d.Compare(e) > 0 }

// Equal reports whether both are the same day; it says what == says, and is
// there for packages that compare values by method.
func (d Date) Equal(e Date) bool { return d == e }

// String returns the form 2006-01-02; the zero Date is the empty string.
func (d Date) String() string {
	if d.Zero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.year, d.month, d.day)
}

// Chinese returns the form of documents, 2022年6月14日 (GB/T 9704: no leading
// zeros); the zero Date is the empty string.
func (d Date) Chinese() string {
	if d.Zero() {
		return ""
	}
	return fmt.Sprintf("%d年%d月%d日", d.year, d.month, d.day)
}

// MarshalText returns what String returns.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote; the empty text is the zero Date.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	got, err := Parse(string(text))
	if err != nil {
		return err
	}
	*d = got
	return nil
}

// weekdays are the names of the week, Sunday first as in package time.
var weekdays = [...]string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}
