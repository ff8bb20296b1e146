package credit_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"suiji/draw"
	"suiji/internal/credit"
)

func TestChances(t *testing.T) {
	tests := []struct {
		name    string
		classes []credit.Class
		draw    int
		want    []float64
		within  float64
	}{
		{"one class", []credit.Class{{1, 1000}}, 50, []float64{0.05}, 0},
		{"all", []credit.Class{{3, 2}, {1, 3}}, 5, []float64{1, 1}, 0},
		{"none", []credit.Class{{3, 2}, {1, 3}}, 0, []float64{0, 0}, 0},
		{"first of two: three tickets of four", []credit.Class{{3, 1}, {1, 1}}, 1, []float64{0.25, 0.75}, 0.01},
		// P(not drawn) of the single ticket = 3/5·3/4·… by hand: 1 − (3/7·3/4 + 3/7·3/4) = 5/14.
		{"two of three, tickets 3, 3, 1", []credit.Class{{3, 2}, {1, 1}}, 2, []float64{5. / 14, (2 - 5./14) / 2}, 0.01},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for i, c := range credit.Chances(tt.classes, tt.draw) {
				if math.Abs(c.P-tt.want[i]) > tt.within {
					t.Errorf("%d tickets: %.4f, want %.4f", c.Tickets, c.P, tt.want[i])
				}
			}
		})
	}
}

// The figures that planners see are those of the draw itself: many draws with
// different seeds come to the same shares, by formula and by simulation.
func TestChancesAreTheDraws(t *testing.T) {
	for _, tt := range []struct{ singles, triples, draw, seeds int }{{60, 20, 12, 3000}, {1500, 500, 250, 60}} {
		t.Run(fmt.Sprint(tt.draw), func(t *testing.T) {
			var list strings.Builder
			for i := range tt.singles + tt.triples {
				tickets := 1
				if i >= tt.singles {
					tickets = 3
				}
				fmt.Fprintf(&list, "F%05d\tall\t%d\n", i, tickets)
			}
			m := manifest(t, list.String(), tt.draw)
			hits := map[bool]int{}
			for i := range tt.seeds {
				s, err := draw.ParseSeed(draw.SHA256, draw.SHA256.Hex(fmt.Append(nil, i)))
				if err != nil {
					t.Fatal(err)
				}
				r, err := draw.Targets(m, s, strings.NewReader(list.String()))
				if err != nil {
					t.Fatal(err)
				}
				for _, id := range r.Strata[0].Drawn {
					hits[id >= fmt.Sprintf("F%05d", tt.singles)]++
				}
			}
			c := credit.Chances([]credit.Class{{3, tt.triples}, {1, tt.singles}}, tt.draw)
			sum := 0.0
			for i, firms := range []int{tt.singles, tt.triples} {
				got := float64(hits[i == 1]) / float64(tt.seeds*firms)
				bound := 5*math.Sqrt(c[i].P*(1-c[i].P)/float64(tt.seeds*firms)) + c[i].Error
				if math.Abs(got-c[i].P) > bound {
					t.Errorf("%d tickets: shown %.4f, drawn %.4f, want within %.4f", c[i].Tickets, c[i].P, got, bound)
				}
				sum += c[i].P * float64(firms)
			}
			if math.Abs(sum-float64(tt.draw)) > 0.01*float64(tt.draw) {
				t.Errorf("the chances sum up to %.2f firms, want %d", sum, tt.draw)
			}
		})
	}
}

func manifest(t *testing.T, list string, n int) draw.Manifest {
	t.Helper()
	listing, err := draw.SealList(draw.SHA256, draw.TargetsFile, strings.NewReader(list))
	if err != nil {
		t.Fatal(err)
	}
	m, err := draw.Build(draw.Manifest{
		Scheme: draw.TargetsScheme, Hash: draw.SHA256, ID: "chance", Disclosure: draw.AtOnce,
		Targets: listing, Excluded: draw.Listing{Root: draw.SHA256.Hex(nil)}, Strata: []draw.Stratum{{Name: "all", Draw: n}},
		Seed: []draw.Source{{Name: "dice", Kind: draw.Public, How: "fifty dice"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}
