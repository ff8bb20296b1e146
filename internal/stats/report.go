package stats

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
)

// Draw is one disclosed draw of firms as it is counted.
type Draw struct {
	Round  string         `json:"round"`
	Strata []StratumCount `json:"strata"`
	Cells  []Cell         `json:"cells"`
}

// StratumCount is one stratum of a draw: what was sealed and what was drawn.
type StratumCount struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Size  int    `json:"size"`
	Quota int    `json:"quota"`
	Drawn int    `json:"drawn"`
}

// Drawn returns how many firms were drawn.
func (d Draw) Drawn() int {
	n := 0
	for _, c := range d.Cells {
		n += c.Drawn
	}
	return n
}

// Size returns how many firms could be drawn.
func (d Draw) Size() int {
	n := 0
	for _, c := range d.Cells {
		n += c.Size
	}
	return n
}

// Report is what all disclosed draws of an authority come to, beside what
// chance lets one expect.
type Report struct {
	Draws  []Line   `json:"draws"`
	Deals  int      `json:"deals"` // draws of officers among them
	Themes []Theme  `json:"themes"`
	Flags  []string `json:"flags"` // themes in which something is remarkable
}

// Line is one counted draw of firms.
type Line struct {
	Round string `json:"round"`
	Size  int    `json:"size"`
	Drawn int    `json:"drawn"`
}

// Theme is one thing that is looked at, in one or several looks.
type Theme struct {
	Key   string `json:"key"`
	Looks []Look `json:"looks"`
	Rows  []Look `json:"rows,omitempty"` // shown, but not judged one by one
}

// Look is one count beside what is expected.
type Look struct {
	Name     string  `json:"name"`
	Times    int     `json:"times"`    // of a row: how often; 0 in others
	Size     int     `json:"size"`     // of what it was drawn; 0 where that is not said
	Observed float64 `json:"observed"` // a whole number, or a rate
	Expected float64 `json:"expected"`
	Sigma    float64 `json:"sigma"`
	P        float64 `json:"p"`        // how likely chance is as far out; 0: not judged
	Adjusted float64 `json:"adjusted"` // P times the number of looks
	Verdict  Verdict `json:"verdict,omitempty"`
}

// Verdict says whether a count is remarkable.
type Verdict string

// The verdicts.
const (
	Usual      Verdict = "usual"      // 属于平常
	Seldom     Verdict = "seldom"     // 少见，但看的项目多了总会碰到
	Remarkable Verdict = "remarkable" // 异常
	Broken     Verdict = "broken"     // 不符合规则: a quota that was not kept
)

// Level is the rate at which a wholly fair office is told that something is
// remarkable: at most one report in a hundred. It is divided among the themes,
// and within a theme among its looks (Bonferroni).
const Level = 0.01

// The themes' keys, in the order of the page.
const (
	Strata    = "strata"
	Tickets   = "tickets"
	Towns     = "towns"
	Deciles   = "deciles"
	Neighbour = "neighbours"
	Evenness  = "evenness"
	Repeat    = "repeats"
	Loads     = "load"
	Pairs     = "pairs"
	Returns   = "returns"
)

// themes is by how much the level is divided; the strata are no matter of
// chance.
const themes = 9

// mostHeavy is how many drawn firms of a stratum Heavy is worked out for.
const mostHeavy = 5000

// Conclude puts all draws together. odds is nil if no draw of officers is
// disclosed.
func Conclude(draws []Draw, odds *Odds, deals int) Report {
	r := Report{Draws: []Line{}, Deals: deals, Flags: []string{}}
	for _, d := range draws {
		r.Draws = append(r.Draws, Line{d.Round, d.Size(), d.Drawn()})
	}
	if len(draws) > 0 {
		r.Themes = append(r.Themes, strata(draws), tickets(draws), towns(draws), deciles(draws), neighbours(draws), evenness(draws), repeats(draws))
	}
	if odds != nil {
		r.Themes = append(r.Themes, odds.themes()...)
	}
	for i := range r.Themes {
		if r.Themes[i].judge() {
			r.Flags = append(r.Flags, r.Themes[i].Key)
		}
	}
	return r
}

// judge gives each look its verdict, and reports whether one is remarkable.
func (t *Theme) judge() bool {
	looks, flag := 0, false
	for _, l := range t.Looks {
		looks += truth(l.P > 0)
	}
	for i := range t.Looks {
		l := &t.Looks[i]
		if l.P > 0 {
			l.Adjusted = min(1, l.P*float64(looks*themes))
			l.Verdict = verdict(l.P, l.Adjusted)
		}
		flag = flag || l.Verdict == Remarkable || l.Verdict == Broken
		l.round()
	}
	for i := range t.Rows {
		t.Rows[i].round()
	}
	return flag
}

func verdict(p, adjusted float64) Verdict {
	switch {
	case adjusted <= Level:
		return Remarkable
	case p <= 0.05:
		return Seldom
	}
	return Usual
}

// round leaves the digits that mean something, so that every machine prints
// the same.
func (l *Look) round() {
	for _, x := range []*float64{&l.Expected, &l.Sigma, &l.Observed} {
		*x = math.Round(*x*1000) / 1000
	}
	for _, x := range []*float64{&l.P, &l.Adjusted} {
		if *x > 0 {
			digits := math.Pow(10, 2-math.Floor(math.Log10(*x)))
			*x = math.Round(*x*digits) / digits
		}
	}
}

// look compares a count with its law.
func look(name string, size, observed int, law Law) Look {
	return Look{Name: name, Size: size, Observed: float64(observed), Expected: law.Mean(), Sigma: law.Sigma(), P: law.P(observed)}
}

// strata are no matter of chance: what was sealed is drawn.
func strata(draws []Draw) Theme {
	t := Theme{Key: Strata}
	for _, d := range draws {
		for _, s := range d.Strata {
			i := slices.IndexFunc(t.Looks, func(l Look) bool { return l.Name == s.Title })
			if i < 0 {
				t.Looks, i = append(t.Looks, Look{Name: s.Title, Verdict: Usual}), len(t.Looks)
			}
			l := &t.Looks[i]
			l.Size, l.Observed, l.Expected = l.Size+s.Size, l.Observed+float64(s.Drawn), l.Expected+float64(s.Quota)
			if s.Drawn != s.Quota {
				l.Verdict = Broken
			}
		}
	}
	return t
}

// tickets looks at the strata in which there are two numbers of tickets: were
// firms with more of them drawn as much more often as they should be?
func tickets(draws []Draw) Theme {
	t := Theme{Key: Tickets}
	var law Law
	observed, size := 0, 0
	for _, d := range draws {
		by := map[string][]Cell{}
		for _, c := range d.Cells {
			by[c.Stratum] = append(by[c.Stratum], c)
		}
		for _, s := range d.Strata {
			cells := by[s.Name]
			if len(cells) != 2 || s.Drawn == s.Size || s.Drawn > mostHeavy {
				continue
			}
			light, heavy := cells[0], cells[1] // Count sorts them by tickets
			law = law.Plus(Heavy(heavy.Size, heavy.Tickets, light.Size, light.Tickets, s.Drawn))
			observed, size = observed+heavy.Drawn, size+heavy.Size
		}
	}
	if size > 0 {
		t.Looks = append(t.Looks, look("", size, observed, law))
	}
	return t
}

// part adds up one part of all cells.
type part struct {
	name        string
	size, drawn int
	law         Law
}

func (p *part) add(c Cell, s Share) {
	p.size, p.drawn = p.size+s.Size, p.drawn+s.Drawn
	p.law = p.law.Plus(Hyper(c.Size, s.Size, c.Drawn))
}

func (p *part) look() Look { return look(p.name, p.size, p.drawn, p.law) }

func eachCell(draws []Draw, fn func(Cell)) {
	for _, d := range draws {
		for _, c := range d.Cells {
			if c.Drawn < c.Size {
				fn(c)
			}
		}
	}
}

// mostTowns is how many towns are looked at one by one. The smallest beyond
// are looked at together: an address that names a town wrongly is not a town.
const mostTowns = 30

// OtherTowns is the name of the small ones together.
const OtherTowns = "其他"

func towns(draws []Draw) Theme {
	sizes := map[string]int{}
	eachCell(draws, func(c Cell) {
		for name, s := range c.Towns {
			sizes[name] += s.Size
		}
	})
	names := slices.SortedFunc(maps.Keys(sizes), func(a, b string) int { return cmp.Or(cmp.Compare(sizes[b], sizes[a]), cmp.Compare(a, b)) })
	parts, small := map[string]*part{}, &part{name: OtherTowns}
	t := Theme{Key: Towns}
	for i, name := range names {
		parts[name] = small
		if i < mostTowns {
			parts[name] = &part{name: name}
		}
	}
	eachCell(draws, func(c Cell) {
		shares := map[*part]Share{}
		for name, s := range c.Towns {
			x := shares[parts[name]]
			shares[parts[name]] = Share{x.Size + s.Size, x.Drawn + s.Drawn}
		}
		for p, s := range shares {
			p.add(c, s)
		}
	})
	for i, name := range names {
		if i <= mostTowns {
			t.Looks = append(t.Looks, parts[name].look())
		}
	}
	return t
}

func deciles(draws []Draw) Theme {
	t := Theme{Key: Deciles}
	for i := range 10 {
		p := part{name: fmt.Sprint(i + 1)}
		eachCell(draws, func(c Cell) { p.add(c, c.Deciles[i]) })
		t.Looks = append(t.Looks, p.look())
	}
	return t
}

func neighbours(draws []Draw) Theme {
	t := Theme{Key: Neighbour}
	if n, ok := Neighbours(draws); ok {
		t.Looks = append(t.Looks, n)
	}
	return t
}

// Neighbours looks at drawn firms that stand side by side in the sealed list,
// among the firms of their stratum with the same tickets. ok is false if there
// can be none.
func Neighbours(draws []Draw) (l Look, ok bool) {
	var law Law
	pairs, size := 0, 0
	eachCell(draws, func(c Cell) {
		size += c.Size
		pairs += c.Pairs
		if c.Drawn > 1 {
			law, ok = law.Plus(Hyper(c.Size, c.Drawn-1, c.Drawn)), true
		}
	})
	if ok {
		l = look("", size, pairs, law)
		l.Verdict = verdict(l.P, l.P)
		l.round()
	}
	return l, ok
}

func evenness(draws []Draw) Theme {
	t := Theme{Key: Evenness}
	var law Law
	windows, occupied := 0, 0
	eachCell(draws, func(c Cell) {
		for _, b := range c.Blocks {
			law = law.Plus(Occupied(b.Windows, b.Width, b.Drawn))
			windows, occupied = windows+b.Windows, occupied+b.Occupied
		}
	})
	if windows > 0 {
		t.Looks = append(t.Looks, look("", windows, occupied, law))
	}
	return t
}

func repeats(draws []Draw) Theme {
	t, p := Theme{Key: Repeat}, part{}
	eachCell(draws, func(c Cell) {
		if c.Before.Size > 0 {
			p.add(c, c.Before)
		}
	})
	if p.size > 0 {
		t.Looks = append(t.Looks, p.look())
	}
	return t
}

// themes looks at the officers.
func (o Odds) themes() []Theme {
	rows := func(list []Tally) (rows []Look) {
		for _, x := range list {
			rows = append(rows, Look{Times: x.Times, Observed: float64(x.Count), Expected: x.Expected})
		}
		return rows
	}
	return []Theme{
		{Key: Loads, Rows: rows(o.Load), Looks: []Look{{Observed: o.spread(), P: o.Uneven}}},
		{Key: Pairs, Rows: rows(o.Pairs), Looks: []Look{{Observed: float64(o.together), Expected: o.MeanTogether, P: o.Together}}},
		{Key: Returns, Rows: rows(o.Again), Looks: []Look{{Observed: float64(o.returns), Expected: o.MeanReturns, P: o.Returns}}},
	}
}

// spread is how much more the busiest officer has than the one with least.
func (d Dealt) spread() float64 {
	if len(d.Load) == 0 {
		return 0
	}
	least, most := math.MaxInt, 0
	for _, x := range d.Load {
		if x.Count > 0 {
			least, most = min(least, x.Times), max(most, x.Times)
		}
	}
	return float64(most - least)
}
