package stats

import (
	"bufio"
	"cmp"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
)

// Deal is one draw of officers as it came out, before anybody was replaced:
// whom each firm got for one slot.
type Deal struct {
	Officers []string           // all who could be dealt
	Teams    map[string]Team    // by firm
	Barred   map[[2]string]bool // officer, firm: recusals
}

// Team is the officers who inspect one firm.
type Team []string

// Dealt is what all deals of an authority come to.
type Dealt struct {
	Load  []Tally // how many officers were dealt how often
	Pairs []Tally // how many pairs of officers were together how often
	Again []Tally // how often an officer came to the same firm

	unevenness float64 // squares of what officers have more or less than expected
	together   int     // each pair that was together n times counts n(n-1)/2
	returns    int     // each officer who was n times at one firm counts n(n-1)/2
}

// Tally is how many had a count, and how many are expected to.
type Tally struct {
	Times    int
	Count    int
	Expected float64
}

// Repeats is how many fair years are dealt to compare a year of officers
// with: recusals leave no simpler law.
const Repeats = 4999

// Odds compares the deals with fair ones.
type Odds struct {
	Dealt
	Uneven   float64 // how likely a fair year is at least as uneven
	Together float64 // at least as far from the usual number of pairs, to either side
	Returns  float64 // at least as many returns
	// What fair years have on average.
	MeanTogether, MeanReturns float64
}

// table numbers officers and firms, so that dealing is fast.
type table struct {
	officers, firms []string
	deals           []numbered
	expected        []float64 // by officer: visits
}

type numbered struct {
	officers []int
	firms    []int
	teams    [][]int
	barred   map[[2]int]bool
}

func number(deals []Deal) *table {
	t := &table{}
	for _, d := range deals {
		t.officers = append(t.officers, d.Officers...)
		for f, team := range d.Teams {
			t.firms = append(t.firms, f)
			t.officers = append(t.officers, team...)
		}
	}
	slices.Sort(t.officers)
	slices.Sort(t.firms)
	t.officers, t.firms = slices.Compact(t.officers), slices.Compact(t.firms)
	t.expected = make([]float64, len(t.officers))
	at := func(list []string, x string) int { i, _ := slices.BinarySearch(list, x); return i }
	for _, d := range deals {
		n, places := numbered{barred: map[[2]int]bool{}}, 0
		for _, o := range d.Officers {
			n.officers = append(n.officers, at(t.officers, o))
		}
		for _, f := range t.firms {
			team, ok := d.Teams[f]
			if !ok {
				continue
			}
			var members []int
			for _, o := range team {
				members = append(members, at(t.officers, o))
			}
			n.firms, n.teams, places = append(n.firms, at(t.firms, f)), append(n.teams, members), places+len(members)
		}
		for b := range d.Barred {
			n.barred[[2]int{at(t.officers, b[0]), at(t.firms, b[1])}] = true
		}
		for _, o := range n.officers {
			t.expected[o] += float64(places) / float64(len(n.officers))
		}
		t.deals = append(t.deals, n)
	}
	return t
}

// redeal deals a fair draw in the place of d: cards from a shuffled deck, a
// fresh one put under it when it cannot serve (docs/spec/draw.md).
func (d numbered) redeal(r *rand.Rand) [][]int {
	order := r.Perm(len(d.firms))
	teams, deck := make([][]int, len(d.firms)), []int(nil)
	for _, f := range order {
		team := make([]int, 0, len(d.teams[f]))
		for range d.teams[f] {
			free := func(o int) bool { return !d.barred[[2]int{o, d.firms[f]}] && !slices.Contains(team, o) }
			i := slices.IndexFunc(deck, free)
			if i < 0 {
				for _, k := range r.Perm(len(d.officers)) {
					deck = append(deck, d.officers[k])
				}
				if i = slices.IndexFunc(deck, free); i < 0 {
					break // the seal had refused it
				}
			}
			team = append(team, deck[i])
			deck = slices.Delete(deck, i, i+1)
		}
		teams[f] = team
	}
	return teams
}

// measure counts what the teams of all deals come to.
func (t *table) measure(teams func(i int) [][]int) Dealt {
	load := make([]int, len(t.officers))
	pairs, visits := map[[2]int]int{}, map[[2]int]int{}
	for i, d := range t.deals {
		for j, team := range teams(i) {
			for k, a := range team {
				load[a]++
				visits[[2]int{a, d.firms[j]}]++
				for _, b := range team[k+1:] {
					pairs[[2]int{min(a, b), max(a, b)}]++
				}
			}
		}
	}
	x := Dealt{Load: tallies(slices.Values(load)), Again: tallies(mapValues(visits))}
	x.Pairs = tallies(mapValues(pairs))
	never := len(t.officers)*(len(t.officers)-1)/2 - len(pairs)
	x.Pairs = append([]Tally{{Times: 0, Count: never}}, x.Pairs...)
	for o, n := range load {
		x.unevenness += (float64(n) - t.expected[o]) * (float64(n) - t.expected[o])
	}
	x.together, x.returns = twos(pairs), twos(visits)
	return x
}

func mapValues(m map[[2]int]int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for _, n := range m {
			if !yield(n) {
				return
			}
		}
	}
}

func tallies(counts func(func(int) bool)) []Tally {
	by := map[int]int{}
	for n := range counts {
		by[n]++
	}
	var list []Tally
	for n, c := range by {
		list = append(list, Tally{Times: n, Count: c})
	}
	slices.SortFunc(list, func(a, b Tally) int { return cmp.Compare(a.Times, b.Times) })
	return list
}

func twos(m map[[2]int]int) int {
	sum := 0
	for _, n := range m {
		sum += n * (n - 1) / 2
	}
	return sum
}

// Compare deals the same officers to the same firms again, repeats times, with
// numbers made from seed alone, so that anybody gets the same answer.
func Compare(deals []Deal, seed [32]byte, repeats int) Odds {
	t := number(deals)
	odds := Odds{Dealt: t.measure(func(i int) [][]int { return t.deals[i].teams })}
	r := rand.New(rand.NewChaCha8(seed))
	var uneven, fewer, more, returns int
	loads, pairs, again := map[int]int{}, map[int]int{}, map[int]int{}
	for range repeats {
		fair := t.measure(func(i int) [][]int { return t.deals[i].redeal(r) })
		uneven += truth(fair.unevenness >= odds.unevenness-1e-9)
		fewer += truth(fair.together <= odds.together)
		more += truth(fair.together >= odds.together)
		returns += truth(fair.returns >= odds.returns)
		odds.MeanTogether += float64(fair.together) / float64(repeats)
		odds.MeanReturns += float64(fair.returns) / float64(repeats)
		sum(loads, fair.Load)
		sum(pairs, fair.Pairs)
		sum(again, fair.Again)
	}
	share := func(n int) float64 { return float64(n+1) / float64(repeats+1) }
	odds.Uneven, odds.Together, odds.Returns = share(uneven), min(1, 2*share(min(fewer, more))), share(returns)
	odds.Load, odds.Pairs, odds.Again = expect(odds.Load, loads, repeats), expect(odds.Pairs, pairs, repeats), expect(odds.Again, again, repeats)
	return odds
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

func sum(into map[int]int, list []Tally) {
	for _, x := range list {
		into[x.Times] += x.Count
	}
}

// expect puts the fair years' averages beside the counts. What no year had and
// what is expected less than once in a hundred years is left out.
func expect(list []Tally, totals map[int]int, repeats int) []Tally {
	for times, n := range totals {
		i := slices.IndexFunc(list, func(x Tally) bool { return x.Times == times })
		if i < 0 {
			if n*100 < repeats {
				continue
			}
			list, i = append(list, Tally{Times: times}), len(list)
		}
		list[i].Expected = float64(n) / float64(repeats)
	}
	slices.SortFunc(list, func(a, b Tally) int { return cmp.Compare(a.Times, b.Times) })
	return list
}

// newDeal reads who could be dealt for a slot, from the sealed lists.
func newDeal(slot string, officers, recusals io.Reader) (Deal, error) {
	d := Deal{Teams: map[string]Team{}, Barred: map[[2]string]bool{}}
	lines := bufio.NewScanner(officers)
	for lines.Scan() {
		id, slots, _ := strings.Cut(lines.Text(), "\t")
		if slices.Contains(strings.Split(slots, ","), slot) {
			d.Officers = append(d.Officers, id)
		}
	}
	if err := lines.Err(); err != nil {
		return d, err
	}
	lines = bufio.NewScanner(recusals)
	for lines.Scan() {
		officer, firm, _ := strings.Cut(lines.Text(), "\t")
		d.Barred[[2]string{officer, firm}] = true
	}
	return d, lines.Err()
}
