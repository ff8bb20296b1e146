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
	day  calendar.Date
	team []Person
	row  Row
}

// calls are the visits of each firm, other bodies' among them, by day.
func (f *facts) calls() map[string][]call {
	if f.called == nil {
		f.called = f.call()
	}
	return f.called
}

func (f *facts) call() map[string][]call {
	all, at := map[string][]call{}, map[string]int{}
	for _, v := range f.visits {
		for _, d := range v.days() {
			key := v.round + " " + v.target + " " + d.String()
			if i, ok := at[key]; ok {
				c := &all[v.target][i]
				c.team = people(c.team, v.team)
				continue
			}
			at[key] = len(all[v.target])
			all[v.target] = append(all[v.target], call{d, slices.Clone(v.team), v.row(d, "本机关：轮次 "+v.round+"，"+names(v.team))})
		}
	}
	for _, o := range f.others {
		words := "其他机关登记：" + o.body
		if o.reason != "" {
			words += "（" + o.reason + "）"
		}
		all[o.target] = append(all[o.target], call{day: o.day, row: Row{Day: o.day, Target: o.target, Firm: o.firm, Words: words}})
	}
	for _, list := range all {
		slices.SortStableFunc(list, func(a, b call) int {
			return cmp.Or(a.day.Compare(b.day), cmp.Compare(a.row.Form, b.row.Form), cmp.Compare(a.row.Words, b.row.Words))
		})
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
		spans := map[string][]call{}
		for _, c := range calls[target] {
			spans[span(c.day)] = append(spans[span(c.day)], c)
		}
		for _, name := range sorted(spans) {
			list := spans[name]
			if len(list) <= most {
				continue
			}
			x := found{subject: target + "|" + name, what: fmt.Sprintf("“%s”%s被上门检查 %d 次，上限 %d 次", list[0].row.Firm, name, len(list), most)}
			for _, c := range list {
				x.asked, x.rows = people(x.asked, c.team), append(x.rows, c.row)
			}
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
	all, seen := map[string][]meeting{}, map[string]bool{}
	for i := range f.visits {
		v := &f.visits[i]
		days := v.days()
		if len(days) == 0 {
			continue
		}
		for _, p := range v.team {
			key := p.ID + "|" + v.target
			if seen[key+v.round] {
				continue
			}
			seen[key+v.round] = true
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
