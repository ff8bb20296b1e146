package calendar

import (
	"fmt"
	"strings"
)

// Unit is what a deadline counts.
type Unit string

// The units of deadlines.
const (
	Workdays Unit = "workdays" // 工作日
	Days     Unit = "days"     // 日, calendar days
)

// chinese returns the unit as it follows a number.
func (u Unit) chinese() string {
	if u == Workdays {
		return "个工作日"
	}
	return "日"
}

// maxN keeps a mistyped number from running to the end of time: ten years.
const maxN = 3660

// Rule is a time limit as a regulation words it.
type Rule struct {
	N    int // from 1 to 3660
	Unit Unit
	// Fixed keeps a limit in calendar days on its day even if that is a day of
	// rest. The usual case, false, moves it to the next working day (民法典
	// 203). Limits in working days never end on a day of rest.
	Fixed bool
}

// String returns the rule in Chinese, such as “20 个工作日”.
func (r Rule) String() string { return fmt.Sprintf("%d %s", r.N, r.Unit.chinese()) }

// Check returns an InputError if the rule cannot be counted.
func (r Rule) Check() error {
	if r.Unit != Workdays && r.Unit != Days {
		return InputError{fmt.Sprintf("期限的单位“%s”应为工作日或日", shorten(string(r.Unit)))}
	}
	if r.N < 1 || r.N > maxN {
		return InputError{fmt.Sprintf("期限应在 1 到 %d 之间，现为 %d", maxN, r.N)}
	}
	return nil
}

// Step is one day of the count that needed the calendar: in a limit of working
// days every day after From, in one of calendar days only the days of rest
// over which the end moved, and the day on which it came to rest.
type Step struct {
	Date    Date
	Counted bool
	Name    string // as Calendar.Describe
	makeUp  bool
}

// Deadline is a day by which something must be done, and how it was found.
type Deadline struct {
	From  Date // day of the event, not counted (民法典 201)
	Rule  Rule
	Due   Date // last day on which it is in time
	Steps []Step
	// Provisional says that a notice not yet known may still move the last
	// days of the year, and with them Due.
	Provisional bool
}

// Deadline counts n units from the day of the event, which is not counted. A
// limit in calendar days that ends on a day of rest ends on the next working
// day.
func (c Calendar) Deadline(from Date, n int, u Unit) (Deadline, error) {
	return c.Apply(from, Rule{N: n, Unit: u})
}

// Apply counts the rule from the day of the event.
func (c Calendar) Apply(from Date, r Rule) (Deadline, error) {
	if err := r.Check(); err != nil {
		return Deadline{}, err
	}
	if from.Zero() {
		return Deadline{}, InputError{"缺少起算日"}
	}
	d := Deadline{From: from, Rule: r, Due: from}
	if r.Unit == Days {
		return c.countDays(d)
	}
	for counted := 0; counted < r.N; {
		work, err := c.step(&d, d.Due.AddDays(1))
		if err != nil {
			return Deadline{}, err
		}
		if work {
			counted++
		}
	}
	return d, nil
}

// countDays ends d on its calendar day, or the next working day.
func (c Calendar) countDays(d Deadline) (Deadline, error) {
	d.Due = d.Nominal()
	if d.Due.Zero() {
		return Deadline{}, InputError{"期限超出了可用的日期"}
	}
	if d.Rule.Fixed {
		return d, nil
	}
	for next := d.Due; ; next = next.AddDays(1) {
		work, err := c.step(&d, next)
		if err != nil {
			return Deadline{}, err
		}
		if work {
			break
		}
	}
	if len(d.Steps) == 1 {
		d.Steps = nil // nothing had to move
	}
	return d, nil
}

// step moves d.Due to the day and notes what the day is.
func (c Calendar) step(d *Deadline, day Date) (work bool, err error) {
	if err := c.known(day); err != nil {
		return false, err
	}
	k := c.kind(day)
	d.Due = day
	d.Steps = append(d.Steps, Step{Date: day, Counted: k.work, Name: k.name, makeUp: k.makeUp})
	d.Provisional = d.Provisional || c.provisional(day)
	return k.work, nil
}

// Nominal returns the day that a limit in calendar days reaches before any
// day of rest moves it; of one in working days, the day Due.
func (d Deadline) Nominal() Date {
	if d.Rule.Unit == Workdays {
		return d.Due
	}
	return d.From.AddDays(d.Rule.N)
}

// Passed reports whether the deadline is over on the given day.
func (d Deadline) Passed(today Date) bool { return today.After(d.Due) }

// Earlier returns the deadline that binds of two: the earlier one, the first
// if they fall on one day.
func Earlier(a, b Deadline) Deadline {
	if b.Due.Before(a.Due) {
		return b
	}
	return a
}

// Explain says in Chinese how the day was worked out, such as “2022-06-14 起
// 20 日 = 2022-07-04，当日不计”, with every holiday that was skipped.
func (d Deadline) Explain() string {
	parts := []string{fmt.Sprintf("%s 起 %s = %s，当日不计", d.From, d.Rule, d.Nominal())}
	if d.Rule.Unit == Workdays {
		parts = append(parts, d.explainSkips()...)
	} else if d.Due != d.Nominal() {
		parts = append(parts, fmt.Sprintf("该日为%s，遇休息日顺延至 %s（%s）", d.Steps[0].Name, d.Due, d.lastDay()))
	}
	if d.Provisional {
		parts = append(parts, fmt.Sprintf("%d 年放假通知尚未录入，年末日期可能调整", d.Due.Year()+1))
	}
	return strings.Join(parts, "；")
}

// lastDay names the weekday of Due, and why one works on it if it is a
// weekend.
func (d Deadline) lastDay() string {
	name := weekdays[d.Due.Weekday()]
	if d.Steps[len(d.Steps)-1].makeUp {
		name += "，调休上班"
	}
	return name
}

// explainSkips names the holidays by their days, and plain weekends by their
// number, and then the make-up days that did count.
func (d Deadline) explainSkips() []string {
	var skipped, made []string
	weekends := 0
	for i := 0; i < len(d.Steps); i++ {
		s := d.Steps[i]
		switch {
		case s.makeUp:
			made = append(made, fmt.Sprintf("%s（%s）", s.Date, weekdays[s.Date.Weekday()]))
		case s.Counted:
		case s.Name == "周末":
			weekends++
		default:
			last := i
			for last+1 < len(d.Steps) && d.Steps[last+1].Name == s.Name {
				last++
			}
			skipped = append(skipped, s.Name+" "+span(s.Date, d.Steps[last].Date))
			i = last
		}
	}
	if weekends > 0 {
		skipped = append(skipped, fmt.Sprintf("周末 %d 日", weekends))
	}
	var parts []string
	if len(skipped) > 0 {
		parts = append(parts, "跳过"+strings.Join(skipped, "、"))
	}
	if len(made) > 0 {
		parts = append(parts, strings.Join(made, "、")+"为调休上班日，计入")
	}
	return parts
}

// span names a run of days.
func span(from, last Date) string {
	if from == last {
		return from.String()
	}
	return from.String() + " 至 " + last.String()
}
