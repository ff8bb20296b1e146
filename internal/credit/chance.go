package credit

import (
	"cmp"
	"math"
	"slices"
)

// Class is firms of one stratum with the same number of tickets.
type Class struct {
	Tickets int
	Firms   int
}

// Chance is how likely a firm of a class is drawn.
type Chance struct {
	Class
	P     float64 // of being among the drawn
	Error float64 // twice the standard error of P if it was simulated; 0: worked out
}

// exactFrom is the least number of firms drawn from which the formula is used:
// the threshold of the draw then lies close enough to its mean. Below it the
// draw is simulated.
const exactFrom = 200

// turns is how often a small draw is simulated.
const turns = 20_000

// Chances returns how likely firms are drawn when a stratum of these classes
// gives draw of them, by successive sampling (docs/spec/draw.md): a firm's
// value is the smallest of its tickets' values, and the smallest values are
// drawn. Three tickets make a firm three times as likely to come first, not
// three times as likely to be drawn. The figures inform the planner; no draw
// rests on them.
func Chances(classes []Class, draw int) []Chance {
	classes = slices.Clone(classes)
	slices.SortFunc(classes, func(a, b Class) int { return cmp.Compare(a.Tickets, b.Tickets) })
	all := make([]Chance, len(classes))
	firms := 0
	for i, c := range classes {
		all[i].Class = c
		firms += c.Firms
	}
	switch {
	case draw >= firms:
		for i := range all {
			all[i].P = 1
		}
	case draw <= 0:
	case len(classes) == 1:
		all[0].P = float64(draw) / float64(firms)
	case draw < exactFrom && firms <= 20_000:
		simulate(all, draw, firms)
	default:
		threshold(all, draw)
	}
	return all
}

// threshold finds the value below which draw firms are to be expected: with t
// tickets a firm lies below x with the chance 1 − (1 − x)^t.
func threshold(all []Chance, draw int) {
	low, high := 0.0, 1.0
	for range 200 {
		x := (low + high) / 2
		var n float64
		for i, c := range all {
			all[i].P = 1 - math.Pow(1-x, float64(c.Tickets))
			n += all[i].P * float64(c.Firms)
		}
		if n < float64(draw) {
			low = x
		} else {
			high = x
		}
	}
}

// simulate draws many times and counts. The numbers come from a fixed sequence
// (SplitMix64), so that the same policy shows the same figures to everybody.
func simulate(all []Chance, draw, firms int) {
	state := uint64(1)
	next := func() float64 {
		state += 0x9e3779b97f4a7c15
		z := state
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		return (float64((z^z>>31)>>11) + 0.5) / (1 << 53)
	}
	rounds := max(200, min(turns, 20_000_000/firms))
	hits := make([]int, len(all))
	values := make([]lotOf, 0, firms)
	for range rounds {
		values = values[:0]
		for i, c := range all {
			for range c.Firms {
				// The least of t uniform numbers exceeds x with the chance (1 − x)^t.
				values = append(values, lotOf{1 - math.Pow(next(), 1/float64(c.Tickets)), i})
			}
		}
		slices.SortFunc(values, func(a, b lotOf) int { return cmp.Compare(a.value, b.value) })
		for _, v := range values[:draw] {
			hits[v.class]++
		}
	}
	for i, c := range all {
		if c.Firms == 0 {
			continue
		}
		p := float64(hits[i]) / float64(rounds) / float64(c.Firms)
		all[i].P = p
		// Firms of one class in one turn are not independent of each other; the
		// turns are.
		all[i].Error = 2 * math.Sqrt(p*(1-p)/float64(rounds))
	}
}

// lotOf is a simulated firm's value.
type lotOf struct {
	value float64
	class int
}
