package supervise

import (
	"cmp"
	"fmt"
	"math"

	"suiji/calendar"
	"suiji/internal/round"
)

// cluster gathers what was taken out of one year by one thing that they share.
type cluster struct {
	title string // of the thing, in words
	base  int    // how many might have been
	rate  float64
	list  []taken
}

// odd reports whether there are more than chance lets one expect: at least so
// many, and more than the expected number plus three standard deviations of a
// coin that falls at the rate.
func (c cluster) odd(least int) bool {
	e := float64(c.base) * c.rate
	return len(c.list) >= least && float64(len(c.list)) > e+3*math.Sqrt(e*(1-c.rate))
}

func (c cluster) found(subject, unit string) found {
	x := found{subject: subject, what: fmt.Sprintf("%d 年%s %d %s；%d %s中按 %.1f%% 推算应有 %.1f %s", c.list[0].year, c.title, len(c.list), unit,
		c.base, unit, c.rate*100, float64(c.base)*c.rate, unit)}
	for _, t := range c.list {
		x.asked = people(x.asked, []Person{t.by})
		words := "剔除：" + round.ReasonName(t.reason)
		if !t.removal {
			words = "替换" + t.officer.Name + "：" + round.AbsenceName(t.reason)
		}
		x.rows = append(x.rows, Row{Day: calendar.In(t.at), At: t.at, Round: t.round, Target: t.target, Firm: t.firm, Words: words + "，" + t.by.Name + "提出"})
	}
	return x
}

// gather makes the clusters of removals, or of substitutions, by what they
// share.
func (f *facts) gather(removals bool, ways ...func(t taken) (title, what string, base int, rate float64)) map[string]*cluster {
	all := map[string]*cluster{}
	for _, t := range f.taken {
		if t.removal != removals {
			continue
		}
		for i, way := range ways {
			title, what, base, rate := way(t)
			k := key(t.year, fmt.Sprint(i, "|", what))
			if all[k] == nil {
				all[k] = &cluster{title: title, base: base, rate: rate}
			}
			all[k].list = append(all[k].list, t)
		}
	}
	return all
}

func removals(f *facts, n numbers) (all []found) {
	least, rate := n["least"], float64(n["percent"])/100
	removed := map[int]int{}
	for _, t := range f.taken {
		if t.removal {
			removed[t.year]++
		}
	}
	clusters := f.gather(true,
		func(t taken) (string, string, int, float64) {
			return "由" + t.by.Name + "提出剔除", t.by.ID, f.by[key(t.year, t.by.ID)], rate
		},
		func(t taken) (string, string, int, float64) {
			own := float64(removed[t.year]) / float64(max(1, f.drawn[key(t.year, "")]))
			return "剔除“" + cmp.Or(t.town, "地址不明") + "”的", t.town, f.drawn[key(t.year, t.town)], min(1, max(rate, own))
		},
		func(t taken) (string, string, int, float64) {
			return "以“" + round.ReasonName(t.reason) + "”剔除", t.reason, f.drawn[key(t.year, "")], rate
		})
	for _, k := range sorted(clusters) {
		if clusters[k].odd(least) {
			all = append(all, clusters[k].found(k, "户"))
		}
	}
	return all
}

func substitutions(f *facts, n numbers) (all []found) {
	rate := float64(n["percent"]) / 100
	clusters := f.gather(false,
		func(t taken) (string, string, int, float64) {
			return "替换" + t.officer.Name, t.officer.ID, f.places[key(t.year, t.officer.ID)], rate
		},
		func(t taken) (string, string, int, float64) {
			return "由" + t.by.Name + "提出替换", t.by.ID, f.places[key(t.year, "")], rate
		},
		func(t taken) (string, string, int, float64) {
			return "以“" + round.AbsenceName(t.reason) + "”替换", t.reason, f.places[key(t.year, "")], rate
		})
	for _, k := range sorted(clusters) {
		if clusters[k].odd(n["least"]) {
			all = append(all, clusters[k].found(k, "次"))
		}
	}
	return all
}
