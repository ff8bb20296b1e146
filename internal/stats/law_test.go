package stats

import (
	"math"
	"math/big"
	"math/bits"
	"testing"
)

// everyChoice calls fn with every choice of n of size firms, as bits.
func everyChoice(size, n int, fn func(set uint)) {
	for set := range uint(1) << size {
		if bits.OnesCount(set) == n {
			fn(set)
		}
	}
}

// byCounting makes a law by trying every choice.
func byCounting(size, n int, count func(set uint) int) map[int]float64 {
	total, by := 0.0, map[int]float64{}
	everyChoice(size, n, func(set uint) {
		total++
		by[count(set)]++
	})
	for x := range by {
		by[x] /= total
	}
	return by
}

func same(t *testing.T, name string, got Law, want map[int]float64) {
	t.Helper()
	for x := -1; x < 20; x++ {
		g := 0.0
		if i := x - got.low; i >= 0 && i < len(got.p) {
			g = got.p[i]
		}
		if math.Abs(g-want[x]) > 1e-12 {
			t.Errorf("%s: P(%d) = %.15f, want %.15f", name, x, g, want[x])
		}
	}
}

// Each law is held against counting every one of the possible draws.
func TestLawsAgainstCounting(t *testing.T) {
	for n := range 9 {
		same(t, "part", Hyper(13, 4, n), byCounting(13, n, func(set uint) int { return bits.OnesCount(set & 0b1111) }))
		same(t, "windows", Occupied(4, 3, n), byCounting(12, n, func(set uint) int {
			taken := 0
			for w := range 4 {
				taken += truth(set>>(3*w)&7 != 0)
			}
			return taken
		}))
	}
	for n := 1; n < 9; n++ {
		same(t, "neighbours", Hyper(13, n-1, n), byCounting(13, n, func(set uint) int { return bits.OnesCount(set & (set >> 1)) }))
	}
	three := byCounting(6, 2, func(set uint) int { return bits.OnesCount(set & 7) })
	sum := map[int]float64{}
	for a, p := range three {
		for b, q := range three {
			sum[a+b] += p * q
		}
	}
	same(t, "sum", Hyper(6, 3, 2).Plus(Hyper(6, 3, 2)), sum)
}

// Heavy is held against walking through every order of drawing.
func TestHeavyAgainstWalking(t *testing.T) {
	var walk func(h, l, n int) map[int]float64
	walk = func(h, l, n int) map[int]float64 {
		if n == 0 {
			return map[int]float64{0: 1}
		}
		by, total := map[int]float64{}, float64(3*h+l)
		if h > 0 {
			for x, p := range walk(h-1, l, n-1) {
				by[x+1] += p * float64(3*h) / total
			}
		}
		if l > 0 {
			for x, p := range walk(h, l-1, n-1) {
				by[x] += p * float64(l) / total
			}
		}
		return by
	}
	for n := range 8 {
		same(t, "heavy", Heavy(3, 3, 5, 1, n), walk(3, 5, n))
	}
}

// The figures of ux.md, D12, and of exact arithmetic at the size of a province.
func TestLawsAtSize(t *testing.T) {
	if got := Hyper(2046, 102, 103).Mean(); math.Abs(got-103.0*102/2046) > 1e-9 {
		t.Errorf("neighbours of 103 among 2,046: %v, want %v", got, 103.0*102/2046)
	}
	l := Hyper(10_000_000, 1_000_000, 500_000)
	if math.Abs(l.Mean()-50_000) > 1e-3 || math.Abs(l.Sigma()-206.76) > .01 {
		t.Errorf("mean %v, sigma %v, want 50000, 206.76", l.Mean(), l.Sigma())
	}
	// P(0 of 35) of a tenth of 700, exactly.
	want, _ := new(big.Rat).SetFrac(new(big.Int).Binomial(630, 35), new(big.Int).Binomial(700, 35)).Float64()
	if got := Hyper(700, 70, 35); got.low != 0 || math.Abs(got.p[0]/want-1) > 1e-9 {
		t.Errorf("P(0) = %v, want %v", got.p[0], want)
	}
	if got := Occupied(100, 20, 1990); got.low+len(got.p)-1 != 100 || math.IsNaN(got.Mean()) {
		t.Errorf("nearly all firms drawn: %+v", got)
	}
	if got := Occupied(100, 20, 2000); got.low != 100 || len(got.p) != 1 {
		t.Errorf("all firms drawn fill every window: %+v", got)
	}
}

func TestTown(t *testing.T) {
	tests := []struct{ name, area, address, want string }{
		{"registered", "槐阳镇", "元氏县蟠龙路120号", "槐阳镇"},
		{"in the address", "元氏县", "河北省石家庄市元氏县殷村镇南殷村", "殷村镇"},
		{"address begins with it", "", "苏村乡苏村", "苏村乡"},
		{"street", "", "元氏县槐阳街道人民路1号", "槐阳街道"},
		{"none", "元氏县", "元氏县长春路45号", "元氏县"},
		{"nothing", "", "", ""},
	}
	for _, tt := range tests {
		if got := Town(tt.area, tt.address); got != tt.want {
			t.Errorf("%s: Town(%q, %q) = %q, want %q", tt.name, tt.area, tt.address, got, tt.want)
		}
	}
}
