package draw

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// The tests of this file ask whether the draw is fair: over many seeds, every
// outcome must come as often as it should. The seeds are fixed, so a test that
// passes always passes. A fair draw would fail one of them for one choice of
// seeds in ten thousand.

// chiSquare returns Pearson's statistic.
func chiSquare(observed []int, expected []float64) float64 {
	sum := 0.0
	for i, o := range observed {
		d := float64(o) - expected[i]
		sum += d * d / expected[i]
	}
	return sum
}

// chance is the probability that chi-square with df degrees of freedom exceeds
// x: the upper incomplete gamma function Q(df/2, x/2), by its series.
func chance(x float64, df int) float64 {
	a, y := float64(df)/2, x/2
	term, sum := 1.0, 1.0
	for n := 1.0; term > sum*1e-17; n++ {
		term *= y / (a + n)
		sum += term
	}
	gamma, _ := math.Lgamma(a + 1)
	return max(0, 1-sum*math.Exp(a*math.Log(y)-y-gamma))
}

// TestChance uses degrees of freedom for which the chance is elementary.
func TestChance(t *testing.T) {
	for _, x := range []float64{0.1, 1, 5, 18.42, 40} {
		for df, want := range map[int]float64{1: math.Erfc(math.Sqrt(x / 2)), 2: math.Exp(-x / 2), 4: math.Exp(-x/2) * (1 + x/2)} {
			if got := chance(x, df); math.Abs(got-want) > 1e-12 {
				t.Errorf("chance(%g, %d) = %g, want %g", x, df, got, want)
			}
		}
	}
}

// unlikely is the chance below which a draw counts as unfair.
const unlikely = 1e-4

// sampler draws k firms from n, of which firm i has tickets[i].
type sampler func(seed Seed, tickets []int, k int) []int

// ours is the draw itself.
func ours(t *testing.T, tickets []int, k int) sampler {
	t.Helper()
	kit := smallTargets()
	kit.m.Strata = []Stratum{{"A", k, 0}}
	kit.lines = map[File][]string{}
	for i, n := range tickets {
		kit.lines[TargetsFile] = append(kit.lines[TargetsFile], TargetLine(fmt.Sprintf("C%03d", i), "A", n))
	}
	m, lists, err := kit.seal()
	if err != nil {
		t.Fatal(err)
	}
	return func(seed Seed, _ []int, _ int) []int {
		r, err := Targets(m, seed, bytes.NewReader(lists[TargetsFile]))
		if err != nil {
			t.Fatal(err)
		}
		var out []int
		for _, id := range r.Strata[0].Drawn {
			var i int
			fmt.Sscanf(strings.TrimPrefix(id, "C"), "%d", &i)
			out = append(out, i)
		}
		return out
	}
}

// stepping is what must be found out: it starts anywhere in the register and
// takes every so-manieth firm. Each firm alone comes as often as it should.
func stepping(seed Seed, tickets []int, k int) []int {
	n := len(tickets)
	lot := seed.Lot("start")
	start := (int(lot[0])<<16 | int(lot[1])<<8 | int(lot[2])) % n
	var out []int
	for i := range k {
		out = append(out, (start+i*n/k)%n)
	}
	return out
}

// subsetStatistic counts which three of seven firms are drawn together; all 35
// subsets are equally likely.
func subsetStatistic(draw sampler) float64 {
	const seeds = 35_000
	tickets := []int{1, 1, 1, 1, 1, 1, 1}
	cell := map[[3]int]int{}
	for a := range 7 {
		for b := a + 1; b < 7; b++ {
			for c := b + 1; c < 7; c++ {
				cell[[3]int{a, b, c}] = len(cell)
			}
		}
	}
	observed, expected := make([]int, len(cell)), make([]float64, len(cell))
	for i := range expected {
		expected[i] = float64(seeds) / float64(len(cell))
	}
	for i := range seeds {
		drawn := slices.Sorted(slices.Values(draw(testSeed(SHA256, i), tickets, 3)))
		observed[cell[[3]int(drawn)]]++
	}
	return chiSquare(observed, expected)
}

func TestSubsetsAreEquallyLikely(t *testing.T) {
	t.Parallel()
	if p := chance(subsetStatistic(ours(t, []int{1, 1, 1, 1, 1, 1, 1}, 3)), 34); p < unlikely {
		t.Errorf("chance = %.2g, want at least %g", p, unlikely)
	}
}

// TestSteppingIsFoundOut shows that the test above can fail.
func TestSteppingIsFoundOut(t *testing.T) {
	t.Parallel()
	if p := chance(subsetStatistic(stepping), 34); p >= unlikely {
		t.Errorf("chance of stepping = %.2g, want below %g", p, unlikely)
	}
}

// TestInclusionIsUniform counts how often each of 60 firms is among the 6
// drawn. The counts of one draw hang together (they sum to 6), hence the
// factor (n-1)/(n-k).
func TestInclusionIsUniform(t *testing.T) {
	t.Parallel()
	const n, k, seeds = 60, 6, 20_000
	for _, h := range []Hash{SHA256, SM3} {
		t.Run(string(h), func(t *testing.T) {
			tickets := slices.Repeat([]int{1}, n)
			draw := ours(t, tickets, k)
			observed, expected := make([]int, n), make([]float64, n)
			for i := range seeds {
				for _, f := range draw(testSeed(h, i), tickets, k) {
					observed[f]++
				}
			}
			for i := range expected {
				expected[i] = seeds * float64(k) / n
			}
			if p := chance(chiSquare(observed, expected)*(n-1)/(n-k), n-1); p < unlikely {
				t.Errorf("chance = %.2g, want at least %g: %v", p, unlikely, observed)
			}
		})
	}
}

// firstStatistic counts who comes first; the chance is to be as the tickets.
func firstStatistic(draw sampler, tickets []int) float64 {
	const seeds = 20_000
	total := 0
	for _, n := range tickets {
		total += n
	}
	observed, expected := make([]int, len(tickets)), make([]float64, len(tickets))
	for i, n := range tickets {
		expected[i] = seeds * float64(n) / float64(total)
	}
	for i := range seeds {
		observed[draw(testSeed(SHA256, i), tickets, 1)[0]]++
	}
	return chiSquare(observed, expected)
}

func TestFirstPlaceFollowsTickets(t *testing.T) {
	t.Parallel()
	tickets := []int{1, 2, 3, 14}
	if p := chance(firstStatistic(ours(t, tickets, 1), tickets), 3); p < unlikely {
		t.Errorf("chance = %.2g, want at least %g", p, unlikely)
	}
	blind := ours(t, []int{1, 1, 1, 1}, 1)
	if p := chance(firstStatistic(blind, tickets), 3); p >= unlikely {
		t.Errorf("chance of a draw without tickets = %.2g, want below %g", p, unlikely)
	}
}

// TestPairsOfOfficersAreEquallyLikely counts who goes together to a firm, in
// both modes: 10 pairs of 5 officers.
func TestPairsOfOfficersAreEquallyLikely(t *testing.T) {
	t.Parallel()
	const seeds = 20_000
	for _, mode := range []Mode{Each, Teams} {
		t.Run(string(mode), func(t *testing.T) {
			k := smallMatch()
			k.m.Slots, k.m.Mode, k.m.Reserve = []Slot{{"rs", 2}}, mode, 0
			if mode == Teams {
				k.m.Teams = 2
			}
			k.lines = map[File][]string{TargetsFile: {"C1\trs"}, OfficersFile: {"o1\trs", "o2\trs", "o3\trs", "o4\trs", "o5\trs"}}
			m, lists, err := k.seal()
			if err != nil {
				t.Fatal(err)
			}
			pairs := map[string]int{}
			for i := range seeds {
				r, err := Match(m, testSeed(SHA256, i), readers(lists))
				if err != nil {
					t.Fatal(err)
				}
				pair := slices.Sorted(slices.Values(r.Matches[0].Teams[0].Officers))
				pairs[strings.Join(pair, " ")]++
			}
			var observed []int
			for _, n := range pairs {
				observed = append(observed, n)
			}
			if len(observed) != 10 {
				t.Fatalf("%d pairs, want 10", len(observed))
			}
			if p := chance(chiSquare(observed, slices.Repeat([]float64{seeds / 10}, 10)), 9); p < unlikely {
				t.Errorf("chance = %.2g, want at least %g: %v", p, unlikely, pairs)
			}
		})
	}
}
