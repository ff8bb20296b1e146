// Package calendar gives the office its dates: the days of China, its working
// days by the State Council's yearly notice (国务院办公厅放假通知), and the
// statutory deadlines (办理时限) counted in either.
//
// It reads no clock: days come in, days go out. A year whose notice is not
// known is an error, never a guess. Every error is a Chinese sentence fit to
// be shown: InputError for what the caller gave, NoNoticeError for a year
// that is missing.
package calendar

import (
	"fmt"
	"slices"
	"time"
)

// InputError says in Chinese what is wrong with a value that was given.
type InputError struct{ Sentence string }

// Error returns the sentence.
func (e InputError) Error() string { return e.Sentence }

// NoNoticeError says that the year has no notice, so that nobody can know its
// working days.
type NoNoticeError struct{ Year int }

// Error returns the Chinese sentence, with what to do.
func (e NoNoticeError) Error() string {
	return fmt.Sprintf("没有 %d 年的放假调休通知，无法确定工作日；请管理员录入该年国务院办公厅的通知后再试", e.Year)
}

// Day is one line of a notice. A holiday that falls on a weekend may be named
// in it or not; both mean rest.
type Day struct {
	Date Date
	Work bool   // a make-up working day (调休上班); otherwise a day of rest
	Name string // the holiday, such as 国庆节
}

// Calendar is an immutable set of yearly notices. The zero Calendar has none.
type Calendar struct {
	notices map[int]map[Date]Day
}

// With returns a calendar in which the notice of the year consists of these
// days, whatever it was before; c itself stays as it is. The days of a notice
// lie in its year or in the December before (make-up days of New Year). An
// incomplete notice is refused: New Year, the Spring Festival, Labour Day and
// the National Day must be days of rest in it.
func (c Calendar) With(year int, days []Day) (Calendar, error) {
	notice := make(map[Date]Day, len(days))
	if year < 1 || year > 9998 {
		return Calendar{}, InputError{fmt.Sprintf("没有 %d 年的放假通知", year)}
	}
	for _, d := range days {
		if !within(year, d.Date) {
			return Calendar{}, InputError{fmt.Sprintf("%s 不属于 %d 年的放假通知（只能是当年或上年 12 月的日期）", d.Date, year)}
		}
		if _, twice := notice[d.Date]; twice {
			return Calendar{}, InputError{fmt.Sprintf("%s 在 %d 年的放假通知里写了两次", d.Date, year)}
		}
		if d.Name == "" {
			return Calendar{}, InputError{fmt.Sprintf("%s 没有写节日名称", d.Date)}
		}
		notice[d.Date] = d
	}
	if missing := missingHoliday(year, notice); missing != "" {
		return Calendar{}, InputError{fmt.Sprintf("%d 年的放假通知不完整：缺%s假期", year, missing)}
	}
	return c.with(year, notice), nil
}

// within reports whether a notice for the year may speak of d.
func within(year int, d Date) bool {
	return d.Year() == year || d.Year() == year-1 && d.Month() == time.December
}

// with copies the set and enters one notice into the copy.
func (c Calendar) with(year int, notice map[Date]Day) Calendar {
	notices := make(map[int]map[Date]Day, len(c.notices)+1)
	for y, n := range c.notices {
		notices[y] = n
	}
	notices[year] = notice
	return Calendar{notices}
}

// missingHoliday names a holiday that every year has and this notice has not,
// or returns "". The other holidays follow the moon or came in 2008, and are
// left to the eyes of whoever enters them.
func missingHoliday(year int, notice map[Date]Day) string {
	alone := Calendar{map[int]map[Date]Day{year: notice}}
	for _, h := range []struct {
		name       string
		from, last Date
		days       int // of rest, at least
	}{
		{"元旦", day(year, 1, 1), day(year, 1, 1), 1},
		{"春节", day(year, 1, 20), day(year, 2, 25), 3},
		{"劳动节", day(year, 5, 1), day(year, 5, 1), 1},
		{"国庆节", day(year, 10, 1), day(year, 10, 3), 3},
	} {
		if alone.longestRest(h.from, h.last) < h.days {
			return h.name
		}
	}
	return ""
}

// day is a Date of numbers known to be right.
func day(year int, month time.Month, d int) Date {
	return Date{int16(year), uint8(month), uint8(d)}
}

// longestRest returns the longest run of days of rest from one day to another.
func (c Calendar) longestRest(from, last Date) int {
	longest, run := 0, 0
	for d := from; !d.After(last); d = d.AddDays(1) {
		run++
		if c.kind(d).work {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}

// Years returns the years that have a notice, in order.
func (c Calendar) Years() []int {
	years := make([]int, 0, len(c.notices))
	for y := range c.notices {
		years = append(years, y)
	}
	slices.Sort(years)
	return years
}

// Notice returns the days of the year's notice in order; nothing if there is
// none.
func (c Calendar) Notice(year int) []Day {
	var days []Day
	for _, d := range c.notices[year] {
		days = append(days, d)
	}
	slices.SortFunc(days, func(a, b Day) int { return a.Date.Compare(b.Date) })
	return days
}

// Workday reports whether d is a working day.
func (c Calendar) Workday(d Date) (bool, error) {
	if err := c.known(d); err != nil {
		return false, err
	}
	return c.kind(d).work, nil
}

// Describe says what d is: 工作日, 周末, a holiday's name, or the name with
// 调休上班.
func (c Calendar) Describe(d Date) (string, error) {
	if err := c.known(d); err != nil {
		return "", err
	}
	return c.kind(d).name, nil
}

// known refuses a day about which nothing can be said.
func (c Calendar) known(d Date) error {
	if d.Zero() {
		return InputError{"缺少日期"}
	}
	if c.notices[d.Year()] == nil {
		return NoNoticeError{d.Year()}
	}
	return nil
}

// kind is what a day is, and how a person calls that.
type kind struct {
	work, makeUp bool
	name         string
}

// kind says what d is. Next year's notice speaks first of the last days of
// this year: it is the younger one (2018-12-31 was an ordinary Monday until
// the notice for 2019).
func (c Calendar) kind(d Date) kind {
	weekend := d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
	n, named := c.notices[d.Year()+1][d]
	if !named {
		n, named = c.notices[d.Year()][d]
	}
	switch {
	case named && !n.Work:
		return kind{name: n.Name}
	case named && weekend:
		return kind{work: true, makeUp: true, name: n.Name + "调休上班"}
	case weekend && !named:
		return kind{name: "周末"}
	}
	return kind{work: true, name: "工作日"}
}

// provisional reports whether a notice that is not yet known may still change
// d: New Year's holiday has borrowed days from the last week of December.
func (c Calendar) provisional(d Date) bool {
	return d.Month() == time.December && d.Day() >= 25 && c.notices[d.Year()+1] == nil
}

// WorkdaysBetween counts the working days after a, up to and including b; so a
// deadline of n working days from a, due on b, gives n. With b before a the
// count is negative.
func (c Calendar) WorkdaysBetween(a, b Date) (int, error) {
	if b.Before(a) {
		n, err := c.WorkdaysBetween(b, a)
		return -n, err
	}
	n := 0
	for d := a.AddDays(1); !d.After(b); d = d.AddDays(1) {
		work, err := c.Workday(d)
		if err != nil {
			return 0, err
		}
		if work {
			n++
		}
	}
	return n, nil
}
