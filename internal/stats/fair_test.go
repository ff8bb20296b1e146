package stats

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// county is a register of n firms in twelve towns, in byte order of their
// identifiers; every eighth firm has three tickets if tickets is true.
func county(n int, tickets bool) (list []byte, ids []string, town func(string) string) {
	var b bytes.Buffer
	for i := range n {
		id, tk := fmt.Sprintf("F%06d", i), 1
		if tickets && i%8 == 5 {
			tk = 3
		}
		ids = append(ids, id)
		fmt.Fprintf(&b, "%s\tall\t%d\n", id, tk)
	}
	return b.Bytes(), ids, func(id string) string {
		var x int
		fmt.Sscanf(id, "F%d", &x)
		return fmt.Sprintf("第%d镇", x*7919%12)
	}
}

// year draws four times and returns the draws as they are counted.
func year(t *testing.T, n int, pick func(turn int, ids []string) []string) []Draw {
	t.Helper()
	list, ids, town := county(n, false)
	var draws []Draw
	before := map[string]bool{}
	for turn := range 4 {
		drawn := map[string]bool{}
		for _, id := range pick(turn, ids) {
			drawn[id] = true
		}
		cells, err := Count(Pool{List: func() io.Reader { return bytes.NewReader(list) }, Drawn: drawn, Before: before, Town: town})
		if err != nil {
			t.Fatal(err)
		}
		draws = append(draws, Draw{Round: fmt.Sprint(turn), Cells: cells,
			Strata: []StratumCount{{Name: "all", Title: "全部", Size: n, Quota: len(drawn), Drawn: len(drawn)}}})
		for id := range drawn {
			before[id] = true
		}
	}
	return draws
}

func fairly(r *rand.Rand, k int) func(int, []string) []string {
	return func(_ int, ids []string) (drawn []string) {
		for _, i := range r.Perm(len(ids))[:k] {
			drawn = append(drawn, ids[i])
		}
		return drawn
	}
}

// A thousand fair years are flagged no more often than the page says, and the
// single looks are as far out as their P says: neither blind nor shrill.
func TestFairYears(t *testing.T) {
	years := 1000
	if testing.Short() {
		years = 200
	}
	r := rand.New(rand.NewPCG(1, 2))
	flagged, looks, seldom := 0, 0, 0
	for range years {
		rep := Conclude(year(t, 700, fairly(r, 35)), nil, 0)
		flagged += truth(len(rep.Flags) > 0)
		for _, th := range rep.Themes {
			for _, l := range th.Looks {
				looks += truth(l.P > 0)
				seldom += truth(l.P > 0 && l.P <= .05)
			}
		}
	}
	share := float64(seldom) / float64(looks)
	t.Logf("%d fair years: %d flagged; %d looks, %.2f %% of them at or below 5 %%", years, flagged, looks, 100*share)
	// Binomial(years, 1 %) is above this once in ten thousand test runs.
	if limit := float64(years)*Level + 4*math.Sqrt(float64(years)*Level); float64(flagged) > limit {
		t.Errorf("%d of %d fair years are flagged, want at most %.0f", flagged, years, limit)
	}
	if share > .05 || share < .01 {
		t.Errorf("%.3f of all looks are at or below 5 %%, want between 0.01 and 0.05", share)
	}
}

// What a dishonest sampler does is found within one year.
func TestControls(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	tests := []struct {
		name string
		want string
		pick func(turn int, ids []string) []string
	}{
		{"steps through the register", Evenness, func(turn int, ids []string) (drawn []string) {
			for i := 3 + turn; i < len(ids); i += 20 {
				drawn = append(drawn, ids[i])
			}
			return drawn
		}},
		{"takes a stretch of the register", Neighbour, func(turn int, ids []string) []string { return ids[100*turn : 100*turn+35] }},
		{"prefers the top of the register", Deciles, func(_ int, ids []string) (drawn []string) {
			for _, i := range r.Perm(len(ids) / 2)[:35] {
				drawn = append(drawn, ids[i])
			}
			return drawn
		}},
		{"spares a town's friends and takes another's firms thrice as often", Towns, func(_ int, ids []string) []string {
			_, _, town := county(0, false)
			return weighted(r, ids, 35, func(id string) float64 {
				return map[string]float64{"第0镇": 0, "第1镇": 5}[town(id)] + float64(truth(town(id) != "第0镇"))
			})
		}},
		{"comes back to whom it has visited", Repeat, func(_ int, ids []string) (drawn []string) {
			friend := func(id string) float64 { var x int; fmt.Sscanf(id, "F%d", &x); return float64(1 + 9*truth(x%12 == 5)) }
			return weighted(r, ids, 35, friend)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rep := Conclude(year(t, 700, tt.pick), nil, 0)
			if !slices.Contains(rep.Flags, tt.want) {
				t.Errorf("flags = %v, want %s among them", rep.Flags, tt.want)
			}
		})
	}
}

// weighted draws k one after the other, by weight.
func weighted(r *rand.Rand, ids []string, k int, weight func(string) float64) []string {
	type clock struct {
		id string
		at float64
	}
	var all []clock
	for _, id := range ids {
		if w := weight(id); w > 0 {
			all = append(all, clock{id, r.ExpFloat64() / w})
		}
	}
	slices.SortFunc(all, func(a, b clock) int { return int(math.Copysign(1, a.at-b.at)) })
	var drawn []string
	for _, c := range all[:k] {
		drawn = append(drawn, c.id)
	}
	return drawn
}

// Tickets make a firm likelier, as much as they should and no more.
func TestTickets(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	list, ids, town := county(700, true)
	heavy := func(id string) bool { var x int; fmt.Sscanf(id, "F%d", &x); return x%8 == 5 }
	theme := func(weight float64) Theme {
		var draws []Draw
		for range 12 {
			drawn := map[string]bool{}
			for _, id := range weighted(r, ids, 35, func(id string) float64 { return 1 + (weight-1)*float64(truth(heavy(id))) }) {
				drawn[id] = true
			}
			cells, err := Count(Pool{List: func() io.Reader { return bytes.NewReader(list) }, Drawn: drawn, Town: town})
			if err != nil {
				t.Fatal(err)
			}
			draws = append(draws, Draw{Cells: cells, Strata: []StratumCount{{Name: "all", Size: 700, Quota: 35, Drawn: 35}}})
		}
		for _, th := range Conclude(draws, nil, 0).Themes {
			if th.Key == Tickets {
				return th
			}
		}
		return Theme{}
	}
	if th := theme(3); th.Looks[0].Verdict != Usual {
		t.Errorf("drawn by the rule: %+v, want usual", th.Looks[0])
	}
	if th := theme(1); th.Looks[0].Verdict != Remarkable {
		t.Errorf("tickets ignored: %+v, want remarkable", th.Looks[0])
	}
}

// A quota that was not kept is no matter of chance.
func TestBrokenQuota(t *testing.T) {
	rep := Conclude([]Draw{{Strata: []StratumCount{{Title: "A", Size: 9, Quota: 5, Drawn: 4}}}}, nil, 0)
	if !slices.Contains(rep.Flags, Strata) {
		t.Errorf("flags = %v, want %s", rep.Flags, Strata)
	}
}

func deal(r *rand.Rand, from Deal) Deal {
	t := number([]Deal{from})
	d := Deal{Officers: from.Officers, Barred: from.Barred, Teams: map[string]Team{}}
	for i, team := range t.deals[0].redeal(r) {
		var x Team
		for _, o := range team {
			x = append(x, t.officers[o])
		}
		d.Teams[t.firms[t.deals[0].firms[i]]] = x
	}
	return d
}

// staff is fourteen officers, two of whom are barred from some firms, and
// thirty firms.
func staff(turn int) Deal {
	d := Deal{Teams: map[string]Team{}, Barred: map[[2]string]bool{}}
	for i := range 14 {
		d.Officers = append(d.Officers, fmt.Sprintf("O%02d", i))
	}
	for f := range 30 {
		firm := fmt.Sprintf("F%03d", f*4+turn)
		d.Teams[firm] = Team{"O00", "O01"}
		if f%5 == 0 {
			d.Barred[[2]string{"O03", firm}], d.Barred[[2]string{"O04", firm}] = true, true
		}
	}
	return d
}

func TestOfficersDealtFairly(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	const years, repeats = 200, 199
	seldom := 0
	for y := range years {
		var deals []Deal
		for turn := range 3 {
			deals = append(deals, deal(r, staff(turn)))
		}
		o := Compare(deals, [32]byte{byte(y)}, repeats)
		seldom += truth(o.Uneven <= .05) + truth(o.Together <= .05) + truth(o.Returns <= .05)
	}
	t.Logf("%d of %d looks at or below 5 %%", seldom, 3*years)
	if limit := .05*3*years + 4*math.Sqrt(.05*3*years); float64(seldom) > limit {
		t.Errorf("%d of %d looks are at or below 5 %%, want at most %.0f", seldom, 3*years, limit)
	}
}

func TestOfficersDealtByFavour(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	odds := func(change func(Deal)) []string {
		var deals []Deal
		for turn := range 3 {
			d := deal(r, staff(turn))
			change(d)
			deals = append(deals, d)
		}
		o := Compare(deals, [32]byte{1}, 4999)
		return Conclude(nil, &o, len(deals)).Flags
	}
	always := odds(func(d Deal) {
		n := 0
		for f := range d.Teams {
			if n++; n <= 8 {
				d.Teams[f] = Team{"O05", "O06"}
			}
		}
	})
	if !slices.Contains(always, Pairs) || !slices.Contains(always, Loads) {
		t.Errorf("two who always go together: flags = %v, want %s and %s", always, Pairs, Loads)
	}
	var same []Deal
	for range 3 { // the same thirty firms in three years, each time with the same officer
		d := deal(r, staff(0))
		for f, team := range d.Teams {
			d.Teams[f] = Team{fmt.Sprintf("O%02d", 5+int(f[3])%8), team[1]}
		}
		same = append(same, d)
	}
	o := Compare(same, [32]byte{2}, 4999)
	if flags := Conclude(nil, &o, 3).Flags; !slices.Contains(flags, Returns) {
		t.Errorf("the same officer for the same firm: flags = %v, want %s", flags, Returns)
	}
}

// Anybody who repeats the comparison gets the same numbers.
func TestCompareRepeats(t *testing.T) {
	d := []Deal{deal(rand.New(rand.NewPCG(1, 1)), staff(0))}
	a, b := Compare(d, [32]byte{9}, 300), Compare(d, [32]byte{9}, 300)
	if fmt.Sprint(a) != fmt.Sprint(b) {
		t.Errorf("two comparisons with one seed differ:\n%v\n%v", a, b)
	}
}
