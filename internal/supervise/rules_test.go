package supervise

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"suiji/calendar"
	"suiji/internal/inspection"
	"suiji/internal/schedule"
)

// look goes through facts by every rule with the limits that stand until an
// office changes them.
func (f *facts) look() map[Code][]found {
	all := map[Code][]found{}
	for _, r := range rules {
		if r.find == nil {
			continue
		}
		if list := r.find(f, r.numbers()); len(list) > 0 {
			all[r.Code] = list
		}
	}
	return all
}

func at(d calendar.Date, minutes int) time.Time {
	return d.Start().Add(time.Duration(minutes) * time.Minute)
}

// year makes a year in which nothing is odd: two rounds, each team's mornings
// and afternoons apart, every firm once a round, results entered after each
// visit, a few firms removed and officers replaced all over the county.
func year(r *rand.Rand) *facts {
	f := &facts{drawn: map[string]int{}, places: map[string]int{}, by: map[string]int{}}
	officers, firms := 8+r.IntN(8), 60+r.IntN(120)
	for no, month := range []int{3, 9} {
		from := calendar.MustParse(fmt.Sprintf("2022-%02d-01", month))
		name := fmt.Sprint("R", no+1)
		taken := map[string]bool{}
		for _, i := range r.Perm(firms)[:firms/4] {
			v := inspected{form: fmt.Sprintf("%s.%04d", name, i), round: name, target: fmt.Sprint("T", i), firm: fmt.Sprint("企业", i), onSite: true, byPhone: true,
				from: from, to: from.AddDays(120), points: 5 + r.IntN(30), codes: []inspection.Code{inspection.R1},
				matched: at(from.AddDays(-10), 600), approved: at(from.AddDays(-5), 600)}
			for _, o := range r.Perm(officers)[:2] {
				v.team = append(v.team, Person{"officer", fmt.Sprint("O", o), fmt.Sprint("甲", o)})
			}
			day, minute := from, 0
			for free := false; !free; {
				day, minute = from.AddDays(r.IntN(100)), []int{9 * 60, 14 * 60}[r.IntN(2)]
				free = true
				for _, p := range v.team {
					free = free && !taken[fmt.Sprint(p.ID, day, minute)]
				}
			}
			for _, p := range v.team {
				taken[fmt.Sprint(p.ID, day, minute)] = true
			}
			came := at(day, minute+r.IntN(30))
			v.arrivals = []arrived{{at: came, officer: v.team[0].ID, accuracy: r.IntN(60),
				place: &schedule.Point{Lat: 37.6 + r.Float64()/4, Lon: 114.4 + r.Float64()/4}}}
			if r.IntN(5) == 0 {
				v.arrivals[0].place = nil
			}
			v.started, v.ended = day, day
			v.made = came.Add(time.Duration(20+r.IntN(60)) * time.Minute)
			v.by = Person{"account", "a" + v.team[0].ID, v.team[0].Name}
			if r.IntN(4) == 0 {
				v.codes, v.findings = []inspection.Code{inspection.R5}, 1
			}
			f.visits = append(f.visits, v)
		}
	}
	for i := range firms / 5 { // other bodies, in other months
		f.others = append(f.others, other{target: fmt.Sprint("T", i), firm: fmt.Sprint("企业", i), body: "县市场监管局", day: calendar.MustParse("2022-01-10").AddDays(r.IntN(15))})
	}
	for t := range 10 {
		f.drawn[key(2022, fmt.Sprint("镇", t))] = 12
	}
	f.drawn[key(2022, "")] = 120
	for _, who := range []string{"la1", "la2", "la3", "la4"} {
		f.by[key(2022, who)] = 120
	}
	for o := range officers {
		f.places[key(2022, fmt.Sprint("O", o))] = 20
	}
	f.places[key(2022, "")] = 20 * officers
	for i := range r.IntN(8) {
		f.remove(i, fmt.Sprint("镇", i), fmt.Sprint("la", 1+i%4), []string{"moved", "revoked", "no-activity"}[i%3])
	}
	for i := range r.IntN(6) {
		f.replace(i, fmt.Sprint("O", i), fmt.Sprint("la", 1+i%4), []string{"sick", "duty", "leave"}[i%3])
	}
	return f
}

func (f *facts) remove(i int, town, by, reason string) {
	f.taken = append(f.taken, taken{removal: true, year: 2022, round: "R1", target: fmt.Sprint("X", i), firm: fmt.Sprint("企业", i), town: town, reason: reason,
		by: Person{"account", by, by}, at: at(calendar.MustParse("2022-02-20"), i)})
}

func (f *facts) replace(i int, officer, by, reason string) {
	f.taken = append(f.taken, taken{year: 2022, round: "R1", target: fmt.Sprint("X", i), firm: fmt.Sprint("企业", i), reason: reason,
		officer: Person{"officer", officer, officer}, by: Person{"account", by, by}, at: at(calendar.MustParse("2022-02-25"), i)})
}

// lone returns a visit of a firm that nobody else visits, with its place known.
func (f *facts) lone(r *rand.Rand) *inspected {
	for {
		v := &f.visits[r.IntN(len(f.visits))]
		others := slices.ContainsFunc(f.others, func(o other) bool { return o.target == v.target })
		same := 0
		for _, w := range f.visits {
			if w.target == v.target {
				same++
			}
		}
		if !others && same == 1 && v.arrivals[0].place != nil {
			return v
		}
	}
}

// repeat adds visits of v's first officer at v's firm, each time with another
// colleague.
func (f *facts) repeat(v inspected, codes []inspection.Code, days ...string) {
	for i, d := range days {
		w := v
		day := calendar.MustParse(d)
		w.round, w.form, w.codes, w.findings = fmt.Sprint("S", i), fmt.Sprint("S", i, ".0001"), codes, 0
		w.team = []Person{v.team[0], {"officer", fmt.Sprint("P", i), fmt.Sprint("乙", i)}}
		if codes[0] != inspection.R1 {
			w.findings = 1
		}
		w.from, w.to, w.started, w.ended = day, day.AddDays(30), day, day
		w.matched, w.approved = at(day.AddDays(-9), 0), at(day.AddDays(-5), 0)
		w.arrivals = []arrived{{at: at(day, 17*60), officer: v.team[0].ID}}
		w.made = at(day, 18*60)
		f.visits = append(f.visits, w)
	}
}

// move puts the visit's hour elsewhere, its end with it.
func (v *inspected) move(to time.Time) {
	d := to.Sub(v.arrivals[0].at)
	v.arrivals[0].at, v.made = to, v.made.Add(d)
	v.started, v.ended = calendar.In(to), calendar.In(to)
}

// plants are one odd pattern each, and the rule that has to ask about it.
var plants = []struct {
	rule  Code
	name  string
	plant func(f *facts, r *rand.Rand)
}{
	{PerDay, "another body on the same day", func(f *facts, r *rand.Rand) {
		v := f.lone(r)
		f.others = append(f.others, other{target: v.target, firm: v.firm, body: "县应急管理局", day: v.started})
	}},
	{PerWeek, "two others in the week", func(f *facts, r *rand.Rand) {
		f.addOthers(f.lone(r), 2)
	}},
	{PerMonth, "three others in the month, in weeks of their own", func(f *facts, r *rand.Rand) {
		v := f.lone(r)
		v.move(at(calendar.MustParse("2022-05-04"), 20*60-1)) // a Wednesday
		v.from, v.matched, v.approved = v.started.AddDays(-1), at(v.started.AddDays(-9), 0), at(v.started.AddDays(-5), 0)
		for _, d := range []string{"2022-05-11", "2022-05-18", "2022-05-25"} {
			f.others = append(f.others, other{target: v.target, firm: v.firm, body: "县应急管理局", day: calendar.MustParse(d)})
		}
	}},
	{Pair, "four times in two years", func(f *facts, r *rand.Rand) {
		v := *f.lone(r)
		f.visits = slices.DeleteFunc(f.visits, func(w inspected) bool { return w.form == v.form })
		f.repeat(v, []inspection.Code{inspection.R5}, "2020-03-02", "2020-08-03", "2021-03-01", "2021-08-02")
	}},
	{Fruitless, "three times in a year for nothing", func(f *facts, r *rand.Rand) {
		v := *f.lone(r)
		f.visits = slices.DeleteFunc(f.visits, func(w inspected) bool { return w.form == v.form })
		f.repeat(v, []inspection.Code{inspection.R1}, "2021-03-01", "2021-06-01", "2021-08-02")
	}},
	{Early, "approved an hour after the arrival", func(f *facts, r *rand.Rand) {
		v := f.lone(r)
		v.approved = v.arrivals[0].at.Add(time.Hour)
	}},
	{Early, "matched the day after", func(f *facts, r *rand.Rand) {
		v := f.lone(r)
		v.arrivals, v.byPhone = nil, false
		v.matched = at(v.started.AddDays(1), 540)
	}},
	{Early, "never approved", func(f *facts, r *rand.Rand) { f.lone(r).approved = time.Time{} }},
	{Outside, "the day after the window", func(f *facts, r *rand.Rand) {
		v := f.lone(r)
		v.to = v.started.AddDays(-1)
	}},
	{Night, "nine in the evening", func(f *facts, r *rand.Rand) {
		v := f.lone(r)
		v.move(at(v.started, 21*60))
	}},
	{Speed, "forty kilometres in ten minutes", func(f *facts, r *rand.Rand) {
		v := f.lone(r)
		w := *v
		w.form, w.round, w.target, w.firm = "S.0001", "S", "T-far", "远处"
		far := *v.arrivals[0].place
		far.Lat += 0.4
		w.arrivals = []arrived{{at: v.arrivals[0].at.Add(10 * time.Minute), officer: v.team[1].ID, place: &far}}
		w.made = w.made.Add(15 * time.Minute)
		f.visits = append(f.visits, w)
	}},
	{Short, "a minute for all points", func(f *facts, r *rand.Rand) {
		v := f.lone(r)
		v.made = v.arrivals[0].at.Add(time.Minute)
	}},
	{Burst, "five at the desk in four minutes", func(f *facts, r *rand.Rand) {
		for i := range 5 {
			v := &f.visits[i]
			v.byPhone, v.codes, v.findings, v.by = false, []inspection.Code{inspection.R1}, 0, Person{"account", "clerk", "李敏"}
			v.made = at(calendar.MustParse("2022-12-20"), 600+i)
		}
	}},
	{Removals, "one town", func(f *facts, r *rand.Rand) {
		for i := range 6 {
			f.remove(100+i, "镇9", fmt.Sprint("la", 1+i%4), []string{"moved", "revoked", "no-activity", "merged"}[i%4])
		}
	}},
	{Removals, "one person", func(f *facts, r *rand.Rand) {
		f.drawn[key(2022, "")] = 400
		for t := range 10 {
			f.drawn[key(2022, fmt.Sprint("镇", t))] = 40
		}
		for i := range 24 {
			f.remove(100+i, fmt.Sprint("镇", i%10), "la1", []string{"moved", "revoked", "no-activity", "merged"}[i%4])
		}
	}},
	{Removals, "one reason", func(f *facts, r *rand.Rand) {
		for t := range 10 {
			f.drawn[key(2022, fmt.Sprint("镇", t))] = 40
		}
		for i := range 28 {
			f.remove(100+i, fmt.Sprint("镇", i%10), fmt.Sprint("la", 1+i%4), "merged")
		}
	}},
	{Substitutions, "one officer", func(f *facts, r *rand.Rand) {
		for i := range 8 {
			f.replace(100+i, "O7", fmt.Sprint("la", 1+i%4), []string{"sick", "duty", "leave", "left"}[i%4])
		}
	}},
}

// addOthers adds visits of another body on other days of v's week, so that no day
// has two.
func (f *facts) addOthers(v *inspected, n int) {
	monday := v.started.AddDays(-(int(v.started.Weekday()) + 6) % 7)
	for d := monday; n > 0; d = d.AddDays(1) {
		if d != v.started {
			f.others = append(f.others, other{target: v.target, firm: v.firm, body: "县应急管理局", day: d})
			n--
		}
	}
}

// In a clean year nothing is asked; each pattern raises its own question and
// no other.
func TestPatterns(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	for i := range 25 {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		if got := year(r).look(); len(got) > 0 {
			t.Fatalf("seed %d/%d: a clean year is asked about: %+v", seed, i, got)
		}
		for _, p := range plants {
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			f := year(r)
			p.plant(f, r)
			got := f.look()
			if len(got) != 1 || len(got[p.rule]) != 1 {
				t.Fatalf("seed %d/%d, %s: asked %+v, want one question of %s", seed, i, p.name, got, p.rule)
			}
			if x := got[p.rule][0]; len(x.rows) == 0 || len(x.asked) == 0 || x.what == "" || strings.Contains(x.what, "%!") {
				t.Fatalf("seed %d/%d, %s: nothing is shown: %+v", seed, i, p.name, x)
			}
		}
	}
}
