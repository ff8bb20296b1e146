package supervise

import (
	"cmp"
	"fmt"
	"slices"

	"suiji/calendar"
)

// found is a pattern that a rule sees.
type found struct {
	subject string // what it is about: one question at a time stands for it
	what    string // what was counted
	asked   []Person
	rows    []Row
}

// call is one visit at a firm on one day: the departments of a joint round come
// together.
type call struct {
	day   calendar.Date
	team  []Person
	visit *inspected // nil: another body's
	other *other
}

// row tells of the visit: few of the many are told.
func (c call) row() Row {
	if v := c.visit; v != nil {
		return v.row(c.day, "本机关：轮次 "+v.round+"，"+names(c.visit.team))
	}
	words := "其他机关登记：" + c.other.body
	if c.other.reason != "" {
		words += "（" + c.other.reason + "）"
	}
	return Row{Day: c.day, Target: c.other.target, Firm: c.other.firm, Words: words}
}

// calls are the visits of each firm, other bodies' among them, by day.
func (f *facts) calls() map[string][]call {
	if f.called == nil {
		f.called = f.call()
	}
	return f.called
}

func (f *facts) call() map[string][]call {
	all := map[string][]call{}
	for i := range f.visits {
		v := &f.visits[i]
		for _, d := range v.days() {
			same := slices.IndexFunc(all[v.target], func(c call) bool { return c.day == d && c.visit.round == v.round })
			if same < 0 {
				all[v.target] = append(all[v.target], call{day: d, team: v.team, visit: v})
				continue
			}
			c := &all[v.target][same]
			c.team = people(c.team, v.team)
		}
	}
	for i := range f.others {
		o := &f.others[i]
		all[o.target] = append(all[o.target], call{day: o.day, other: o})
	}
	return all
}

func (v inspected) row(d calendar.Date, words string) Row {
	return Row{Day: d, Round: v.round, Form: v.form, Target: v.target, Firm: v.firm, Words: words}
}

func names(team []Person) string {
	text := ""
	for i, p := range team {
		if i > 0 {
			text += "、"
		}
		text += p.Name
	}
	return text
}

// people joins two lists, each person once.
func people(a, b []Person) []Person {
	a = slices.Clone(a)
	for _, p := range b {
		if !slices.Contains(a, p) {
			a = append(a, p)
		}
	}
	return a
}

// sorted are the keys of a map, so that what is found has one order.
func sorted[T any](m map[string]T) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// crowded finds the spans in which a firm is visited more than most times.
func (f *facts) crowded(most int, span func(calendar.Date) string) (all []found) {
	calls := f.calls()
	for _, target := range sorted(calls) {
		if len(calls[target]) <= most {
			continue
		}
		spans := map[string][]call{}
		for _, c := range calls[target] {
			spans[span(c.day)] = append(spans[span(c.day)], c)
		}
		for _, name := range sorted(spans) {
			list := spans[name]
			if len(list) <= most {
				continue
			}
			x := found{subject: target + "|" + name}
			for _, c := range list {
				x.asked, x.rows = people(x.asked, c.team), append(x.rows, c.row())
			}
			slices.SortStableFunc(x.rows, func(a, b Row) int {
				return cmp.Or(a.Day.Compare(b.Day), cmp.Compare(a.Form, b.Form), cmp.Compare(a.Words, b.Words))
			})
			x.what = fmt.Sprintf("“%s”%s被上门检查 %d 次，上限 %d 次", x.rows[0].Firm, name, len(list), most)
			all = append(all, x)
		}
	}
	return all
}

func perDay(f *facts, n numbers) []found {
	return f.crowded(n["most"], func(d calendar.Date) string { return d.Chinese() })
}

func perWeek(f *facts, n numbers) []found {
	return f.crowded(n["most"], func(d calendar.Date) string {
		monday := d.AddDays(-(int(d.Weekday()) + 6) % 7)
		return monday.Chinese() + "起的一周"
	})
}

func perMonth(f *facts, n numbers) []found {
	return f.crowded(n["most"], func(d calendar.Date) string { return fmt.Sprintf("%d年%d月", d.Year(), d.Month()) })
}

// meeting is one inspection of a firm by an officer: a round counts once.
type meeting struct {
	officer Person
	visit   *inspected
	day     calendar.Date
}

// meetings are those of each officer and firm, by day.
func (f *facts) meetings() map[string][]meeting {
	if f.met == nil {
		f.met = f.meet()
	}
	return f.met
}

func (f *facts) meet() map[string][]meeting {
	all := map[string][]meeting{}
	for i := range f.visits {
		v := &f.visits[i]
		days := v.days()
		if len(days) == 0 {
			continue
		}
		for _, p := range v.team {
			key := p.ID + "|" + v.target
			if slices.ContainsFunc(all[key], func(m meeting) bool { return m.visit.round == v.round }) {
				continue
			}
			all[key] = append(all[key], meeting{p, v, days[0]})
		}
	}
	for _, list := range all {
		slices.SortStableFunc(list, func(a, b meeting) int { return cmp.Or(a.day.Compare(b.day), cmp.Compare(a.visit.form, b.visit.form)) })
	}
	return all
}

func pair(f *facts, n numbers) (all []found) {
	meetings := f.meetings()
	for _, key := range sorted(meetings) {
		list := meetings[key]
		for last := len(list) - 1; last >= 0; last-- {
			first := last
			for first > 0 && list[first-1].day.DaysUntil(list[last].day) < n["days"] {
				first--
			}
			if span := list[first : last+1]; len(span) > n["most"] {
				all = append(all, about(span, key, fmt.Sprintf("在 %d 天内检查“%s”%d 次，上限 %d 次", n["days"], span[0].visit.firm, len(span), n["most"])))
				break
			}
		}
	}
	return all
}

func fruitless(f *facts, n numbers) (all []found) {
	meetings := f.meetings()
	for _, pairKey := range sorted(meetings) {
		years := map[string][]meeting{}
		for _, m := range meetings[pairKey] {
			if m.visit.empty() && m.visit.findings == 0 {
				k := key(m.day.Year(), pairKey)
				years[k] = append(years[k], m)
			}
		}
		for _, k := range sorted(years) {
			if list := years[k]; len(list) >= n["times"] {
				all = append(all, about(list, k, fmt.Sprintf("%d 年检查“%s”%d 次，都没有发现问题", list[0].day.Year(), list[0].visit.firm, len(list))))
			}
		}
	}
	return all
}

// about asks an officer about meetings with one firm.
func about(list []meeting, subject, what string) found {
	x := found{subject: subject, what: list[0].officer.Name + what, asked: []Person{list[0].officer}}
	for _, m := range list {
		result := "结果未录入"
		if len(m.visit.codes) > 0 {
			result = ""
			for i, c := range m.visit.codes {
				if i > 0 {
					result += "、"
				}
				result += c.Name()
			}
		}
		x.rows = append(x.rows, m.visit.row(m.day, "轮次 "+m.visit.round+"："+result))
	}
	return x
}
