package stats

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"testing"

	"suiji/draw"
	"suiji/internal/canon"
)

// The draw of this product itself, with tickets, over four hundred seeds: its
// counts lie where the laws say.
func TestTheDrawItself(t *testing.T) {
	list, _, town := county(400, true)
	listing, err := draw.SealList(canon.SHA256, draw.TargetsFile, bytes.NewReader(list))
	if err != nil {
		t.Fatal(err)
	}
	none, err := draw.SealList(canon.SHA256, draw.ExcludedFile, bytes.NewReader(nil))
	if err != nil {
		t.Fatal(err)
	}
	const seeds, quota = 400, 30
	m, err := draw.Build(draw.Manifest{Scheme: draw.TargetsScheme, Hash: canon.SHA256, ID: "x.targets", Disclosure: draw.AtOnce, Targets: listing, Excluded: none,
		Strata: []draw.Stratum{{Name: "all", Draw: quota}}, Seed: []draw.Source{{Name: "dice", Kind: draw.Public, How: "掷骰子"}}})
	if err != nil {
		t.Fatal(err)
	}
	sums, squares, seldom, looks := map[string]float64{}, map[string]float64{}, 0, 0
	for i := range seeds {
		seed, err := draw.DeriveSeed(m, map[string]string{"dice": fmt.Sprint(i)})
		if err != nil {
			t.Fatal(err)
		}
		result, err := draw.Targets(m, seed, bytes.NewReader(list))
		if err != nil {
			t.Fatal(err)
		}
		drawn := map[string]bool{}
		for _, id := range result.Strata[0].Drawn {
			drawn[id] = true
		}
		cells, err := Count(Pool{List: func() io.Reader { return bytes.NewReader(list) }, Drawn: drawn, Town: town})
		if err != nil {
			t.Fatal(err)
		}
		rep := Conclude([]Draw{{Cells: cells, Strata: []StratumCount{{Name: "all", Size: 400, Quota: quota, Drawn: len(drawn)}}}}, nil, 0)
		for _, th := range rep.Themes {
			for _, l := range th.Looks {
				if l.P == 0 || l.Sigma == 0 {
					continue
				}
				z := (l.Observed - l.Expected) / l.Sigma
				sums[th.Key+l.Name], squares[th.Key+l.Name] = sums[th.Key+l.Name]+z, squares[th.Key+l.Name]+z*z
				seldom, looks = seldom+truth(l.P <= .05), looks+1
			}
		}
	}
	for name, sum := range sums {
		mean, spread := sum/seeds, squares[name]/seeds
		if math.Abs(mean) > 4/math.Sqrt(seeds) || spread < .6 || spread > 1.5 {
			t.Errorf("%s: on average %.2f sigma from the mean, variance %.2f; want 0 and 1", name, mean, spread)
		}
	}
	if share := float64(seldom) / float64(looks); share > .05 {
		t.Errorf("%.3f of all looks are at or below 5 %%", share)
	}
}
