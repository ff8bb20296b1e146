package calendar

import (
	"fmt"

	"github.com/6tail/lunar-go/HolidayUtil"
)

// firstNotice is the first year whose notice the source holds.
const firstNotice = 2002

// corrections are the days on which the source departs from the notices.
//
// Labour Day 2003: against SARS, the State Council shortened the holiday on 21
// April 2003 (国务院办公厅关于2003年“五一”放假调休安排的通知) to 1–5 May; 26 and 27
// April stayed a weekend. The source still has the seven days first planned.
//
// From 2015 on, a test holds the source against a second collection, day by
// day; they agree.
var corrections = map[string]Day{
	"2003-04-26": {Work: false, Name: "周末"},
	"2003-04-27": {Work: false, Name: "周末"},
	"2003-05-06": {Work: true, Name: "劳动节"},
	"2003-05-07": {Work: true, Name: "劳动节"},
}

// National returns the State Council's notices from 2002 up to the last one
// that the source (github.com/6tail/lunar-go) holds, with our corrections.
func National() Calendar {
	notices := make(map[int][]Day)
	for year := firstNotice - 1; ; year++ {
		list := HolidayUtil.GetHolidaysByYear(year)
		if list.Len() == 0 {
			break
		}
		for e := list.Front(); e != nil; e = e.Next() {
			h, ok := e.Value.(*HolidayUtil.Holiday)
			if !ok {
				panic(fmt.Sprintf("BUG: the source of holidays gave a %T", e.Value))
			}
			// A make-up day belongs to the notice of its holiday, which may
			// be next year's.
			of := MustParse(h.GetTarget()).Year()
			notices[of] = append(notices[of], ofSource(h))
		}
	}
	return fromNotices(notices)
}

// ofSource reads one day of the source.
func ofSource(h *HolidayUtil.Holiday) Day {
	d := Day{Date: MustParse(h.GetDay()), Work: h.IsWork(), Name: holidayName(h.GetName())}
	if c, wrong := corrections[h.GetDay()]; wrong {
		d.Work, d.Name = c.Work, c.Name
	}
	return d
}

// holidayName gives the official name where the source has its own.
func holidayName(name string) string {
	switch name {
	case "元旦节":
		return "元旦"
	case "国庆中秋":
		return "国庆节、中秋节"
	}
	return name
}

// fromNotices enters the notices year by year and stops at the first that is
// missing or incomplete: what follows a hole is not to be trusted.
func fromNotices(notices map[int][]Day) Calendar {
	var c Calendar
	for year := firstNotice; ; year++ {
		next, err := c.With(year, notices[year])
		if err != nil {
			return c
		}
		c = next
	}
}
