package casework

import (
	"fmt"
	"testing"
	"time"

	"suiji/calendar"
	"suiji/internal/inspection"
)

func on(s string) calendar.Date {
	if s == "" {
		return calendar.Date{}
	}
	return calendar.MustParse(s)
}

func case60(from string) Matter {
	return Matter{Kind: Case, State: Filed, File: File{Case: &Investigation{FiledOn: on(from)}}}
}

func case90(from string) Matter {
	m := case60(from)
	m.Case.Longer = &Longer{Verdict: "approved"}
	return m
}

// clocks are every clock of casework: what it counts from, which state shows it,
// and how it is read.
var clocks = []struct {
	name  string
	state State // empty: no matter's, or several
	clock func(cal calendar.Calendar, from string) Clock
}{
	{"a day that was set", Ordered, func(cal calendar.Calendar, from string) Clock {
		return Matter{Kind: Rectify, State: Ordered, File: File{Rectification: &Rectification{Due: on(from), First: on(from)}}}.clock(cal)
	}},
	{"the re-check", Submitted, func(cal calendar.Calendar, from string) Clock {
		return Matter{Kind: Rectify, State: Submitted, File: File{Rectification: &Rectification{SubmittedOn: on(from)}}}.clock(cal)
	}},
	{"a case", Filed, func(cal calendar.Calendar, from string) Clock { return case60(from).clock(cal) }},
	{"a longer case", Filed, func(cal calendar.Calendar, from string) Clock { return case90(from).clock(cal) }},
	{"a decision in a case", Deciding, func(cal calendar.Calendar, from string) Clock {
		m := case60(from)
		m.State = Deciding
		return m.clock(cal)
	}},
	{"the receipt of a file", Sent, func(cal calendar.Calendar, from string) Clock {
		return Matter{Kind: Unit, State: Sent, File: File{Handover: &Handover{On: on(from)}}}.clock(cal)
	}},
	{"the answer that was agreed", Received, func(cal calendar.Calendar, from string) Clock {
		return Matter{Kind: Department, State: Received, File: File{Handover: &Handover{Receipt: &Receipt{FeedbackBy: on(from)}}}}.clock(cal)
	}},
	{"the head's decision", Reported, func(cal calendar.Calendar, from string) Clock {
		return Matter{Kind: Police, State: Reported, File: File{Police: &Police310{ReportedOn: on(from)}}}.clock(cal)
	}},
	{"the police's receipt", Sent, func(cal calendar.Calendar, from string) Clock {
		return Matter{Kind: Police, State: Sent, File: File{Police: &Police310{SentAt: on(from).Start().Add(9 * time.Hour)}}}.clock(cal)
	}},
	{"the police's answer", Received, func(cal calendar.Calendar, from string) Clock {
		return Matter{Kind: Police, State: Received, File: File{Police: &Police310{Receipt: &Receipt{On: on(from)}}}}.clock(cal)
	}},
	{"the day's end, handed to the police", Approved, func(cal calendar.Calendar, from string) Clock {
		return Matter{Kind: Police, State: Approved, File: File{Police: &Police310{DecidedAt: on(from).Start().Add(23*time.Hour + 59*time.Minute)}}}.clock(cal)
	}},
	{"a lead", "", func(cal calendar.Calendar, from string) Clock {
		e := End{Ref: string(inspection.R4), Kind: Told, Since: on(from)}
		e.time(agesOn(cal, on(from)), on(from).Start())
		return e.Clock
	}},
	{"a penalty to be shown", "", func(cal calendar.Calendar, from string) Clock { return Penalty{DecidedOn: on(from)}.PublishBy(cal) }},
	{"a penalty to be gone", "", func(cal calendar.Calendar, from string) Clock { return Penalty{RevokedOn: on(from)}.WithdrawBy(cal) }},
	{"the last public day", "", func(_ calendar.Calendar, from string) Clock {
		p := Penalty{State: "checked", Months: 3, BeginsOn: on(from), EndsOn: on(from).AddMonths(3)}
		if !p.Public(p.EndsOn) || p.Public(p.EndsOn.AddDays(1)) {
			return Clock{}
		}
		return Clock{On: p.EndsOn, How: "公示期"}
	}},
	{"two years", "", func(_ calendar.Calendar, from string) Clock {
		return Clock{On: on(from).AddMonths(limitMonths), How: "二年"}
	}},
}

// eves are for each clock the day from which it ends on the last working day
// before a holiday, and the day after which it ends beyond it (worked out by
// another program from the State Council's notices). National Day 2022: Friday
// 30 September, then Saturday 8 October, worked. Spring Festival 2022: Sunday 30
// January, worked, then Monday 7 February.
var eves = map[string][2]struct{ from, later, then string }{
	"a day that was set":                  {{"2022-09-30", "2022-10-01", "2022-10-01"}, {"2022-01-30", "2022-01-31", "2022-01-31"}}, // who set it meant that day
	"the re-check":                        {{"2022-09-08", "2022-09-09", "2022-10-08"}, {"2022-01-11", "2022-01-12", "2022-02-07"}},
	"a case":                              {{"2022-07-07", "2022-07-08", "2022-10-08"}, {"2021-11-08", "2021-11-09", "2022-02-07"}},
	"a longer case":                       {{"2022-05-25", "2022-05-26", "2022-10-08"}, {"2021-09-22", "2021-09-23", "2022-02-07"}},
	"a decision in a case":                {{"2022-07-07", "2022-07-10", "2022-10-08"}, {"2021-11-08", "2021-11-09", "2022-02-07"}},
	"the receipt of a file":               {{"2022-09-23", "2022-09-26", "2022-10-08"}, {"2022-01-25", "2022-01-26", "2022-02-07"}},
	"the answer that was agreed":          {{"2022-09-30", "2022-10-03", "2022-10-03"}, {"2022-01-30", "2022-02-01", "2022-02-01"}},
	"the head's decision":                 {{"2022-09-27", "2022-09-28", "2022-10-01"}, {"2022-01-27", "2022-01-28", "2022-01-31"}}, // no day of rest moves it
	"the police's receipt":                {{"2022-09-27", "2022-09-28", "2022-10-08"}, {"2022-01-27", "2022-01-28", "2022-02-07"}},
	"the police's answer":                 {{"2022-09-27", "2022-10-05", "2022-10-08"}, {"2022-01-27", "2022-02-04", "2022-02-07"}},
	"the day's end, handed to the police": {{"2022-09-29", "2022-09-30", "2022-10-01"}, {"2022-01-29", "2022-01-30", "2022-01-31"}}, // hours rest on no day
	"a lead":                              {{"2022-09-16", "2022-09-19", "2022-10-08"}, {"2022-01-18", "2022-01-19", "2022-02-07"}},
	"a penalty to be shown":               {{"2022-09-21", "2022-09-22", "2022-10-08"}, {"2022-01-21", "2022-01-24", "2022-02-07"}},
	"a penalty to be gone":                {{"2022-09-27", "2022-09-28", "2022-10-01"}, {"2022-01-27", "2022-01-28", "2022-01-31"}},
	"the last public day":                 {{"2022-06-30", "2022-07-01", "2022-10-01"}, {"2021-10-30", "2021-10-31", "2022-01-31"}},
	"two years":                           {{"2020-09-30", "2020-10-01", "2022-10-01"}, {"2020-01-30", "2020-01-31", "2022-01-31"}},
}

// Every clock holds to the last minute of the last working day before a holiday
// and not a minute longer; one day later it ends where the law says, beyond the
// holiday or in it.
func TestEveryClockAtAnEve(t *testing.T) {
	cal, days := calendar.National(), [2]string{"2022-09-30", "2022-01-30"}
	shown := map[State]bool{}
	for _, c := range clocks {
		shown[c.state] = true
		rows, ok := eves[c.name]
		if !ok {
			t.Errorf("%s has no eve", c.name)
		}
		for i, r := range rows {
			t.Run(c.name+" "+days[i], func(t *testing.T) {
				ends(t, c.clock(cal, r.from), r.from, days[i])
				ends(t, c.clock(cal, r.later), r.later, r.then)
			})
		}
	}
	if len(eves) != len(clocks) {
		t.Errorf("%d eves for %d clocks", len(eves), len(clocks))
	}
	without := map[State]bool{Failed: true, Back: true} // what comes next has no term of its own
	for _, s := range []State{Ordered, Submitted, Failed, Filed, Deciding, Sent, Received, Back, Reported, Approved} {
		if s.Name() == "" || shown[s] == without[s] {
			t.Errorf("state %q: a clock of it is here %v, it has none %v", s, shown[s], without[s])
		}
		if m := (Matter{State: s}); without[s] && !m.clock(cal).On.Zero() {
			t.Errorf("state %q has a day", s)
		}
	}
}

// ends holds a clock to its last minute.
func ends(t *testing.T, c Clock, from, want string) {
	t.Helper()
	if c.On != on(want) || c.How == "" || c.Unknown {
		t.Fatalf("from %s: %+v, want %s", from, c, want)
	}
	last := on(want).AddDays(1).Start().Add(-time.Minute) // 23:59
	if c.Late(last) {
		t.Errorf("from %s: late at %s", from, fmt.Sprint(last))
	}
	if after := last.Add(time.Minute); c.At.IsZero() && !c.Late(after) {
		t.Errorf("from %s: not late at %s", from, fmt.Sprint(after))
	}
	if !c.At.IsZero() && (c.Late(c.At) || !c.Late(c.At.Add(time.Second))) {
		t.Errorf("from %s: hours do not end at %s", from, c.Words())
	}
}
