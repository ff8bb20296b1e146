package stats

import "math"

// Law is the exact distribution of a count that a fair draw leaves to chance:
// how likely each number is. It is worked out from integers alone, in double
// precision, with what is rarer than 10⁻²⁰ left out.
type Law struct {
	low int       // the smallest number that can come up
	p   []float64 // of low, low+1, …
}

// rare is what a law leaves out at its ends.
const rare = 1e-20

// Hyper is the law of how many of n drawn firms belong to a part of size part
// when all of size firms are equally likely: the hypergeometric distribution.
//
// Neighbours follow it too: of n firms drawn from size that stand in a row,
// the number of drawn pairs side by side is Hyper(size, n-1, n), with the mean
// n(n-1)/size.
func Hyper(size, part, n int) Law {
	low, high := max(0, n+part-size), min(n, part)
	if low >= high {
		return Law{low: low, p: []float64{1}}
	}
	mode := min(high, max(low, (n+1)*(part+1)/(size+2)))
	up := func(x int) float64 { // P(x+1) / P(x)
		return float64(part-x) / float64(x+1) * float64(n-x) / float64(size-part-n+x+1)
	}
	right, left := []float64{1}, []float64{}
	for x, p := mode, 1.0; x < high && p > rare; x++ {
		p *= up(x)
		right = append(right, p)
	}
	for x, p := mode, 1.0; x > low && p > rare; x-- {
		p /= up(x - 1)
		left = append(left, p)
	}
	l := Law{low: mode - len(left), p: make([]float64, 0, len(left)+len(right))}
	for i := len(left) - 1; i >= 0; i-- {
		l.p = append(l.p, left[i])
	}
	l.p = append(l.p, right...)
	return l.whole()
}

// Occupied is the law of how many of windows equally long stretches of the
// register, each of width firms, hold at least one of n firms drawn from them.
// A sampler that steps through the register fills too many.
func Occupied(windows, width, n int) Law {
	most := min(windows, n)
	if n == 0 || windows == 0 || n == windows*width {
		return Law{low: most * truth(n > 0), p: []float64{1}}
	}
	// ways[j] is, but for factors, in how many ways j firms lie in r windows
	// with none empty; log keeps the factor that belongs to r.
	chosen, factor := tilted(width, float64(n)/float64(most*width))
	ways, log := make([]float64, n+1), 0.0
	ways[0] = 1
	weights := make([]float64, most+1)
	for r := 1; r <= most; r++ {
		next, top := make([]float64, n+1), 0.0
		for j := r; j <= n; j++ {
			for k := 1; k <= min(width, j); k++ {
				next[j] += chosen[k] * ways[j-k]
			}
			top = math.Max(top, next[j])
		}
		for j := range next {
			next[j] /= top
		}
		ways, log = next, log+math.Log(top)+factor
		weights[r] = log + math.Log(ways[n]) + logChoose(windows, r)
	}
	weights[0] = math.Inf(-1)
	peak := math.Inf(-1)
	for _, w := range weights {
		peak = math.Max(peak, w)
	}
	l := Law{p: weights}
	for i, w := range weights {
		l.p[i] = math.Exp(w - peak)
	}
	return l.whole()
}

// tilted returns n over k for k from 0 to n, each times θᵏ and divided by the
// largest, whose logarithm is factor. θ makes a share of n the likeliest k, so
// that what matters is not too small to be kept; for a given sum of the k it is
// the same factor everywhere.
func tilted(n int, share float64) (b []float64, factor float64) {
	theta := math.Log(share) - math.Log1p(-math.Min(share, 1-1e-9))
	b, factor = make([]float64, n+1), math.Inf(-1)
	for k := range b {
		b[k] = logChoose(n, k) + float64(k)*theta
		factor = math.Max(factor, b[k])
	}
	for k := range b {
		b[k] = math.Exp(b[k] - factor)
	}
	return b, factor
}

func logChoose(n, k int) float64 {
	lg := func(x int) float64 { v, _ := math.Lgamma(float64(x) + 1); return v }
	return lg(n) - lg(k) - lg(n-k)
}

// Heavy is the law of how many of n firms, drawn one after the other, are of
// the heavy ones, each of which has weight tickets where each of the light
// ones has other (Wallenius' distribution).
func Heavy(heavy, weight, light, other, n int) Law {
	p := make([]float64, min(n, heavy)+1)
	p[0] = 1
	for t := range n {
		for a := min(t, heavy); a >= 0; a-- {
			h, l := float64((heavy-a)*weight), float64((light-t+a)*other)
			if p[a] == 0 || h+l <= 0 {
				continue
			}
			if a+1 < len(p) {
				p[a+1] += p[a] * h / (h + l)
			}
			p[a] *= math.Max(0, l) / (h + l)
		}
	}
	return Law{p: p}.whole()
}

// Plus is the law of the sum of two independent counts.
func (l Law) Plus(m Law) Law {
	if len(l.p) == 0 {
		return m
	}
	sum := Law{low: l.low + m.low, p: make([]float64, len(l.p)+len(m.p)-1)}
	for i, a := range l.p {
		for j, b := range m.p {
			sum.p[i+j] += a * b
		}
	}
	return sum.whole()
}

// whole cuts what is too rare off both ends and makes the sum one.
func (l Law) whole() Law {
	total := 0.0
	for _, p := range l.p {
		total += p
	}
	from, to := 0, len(l.p)
	for from < to-1 && l.p[from] < rare*total {
		from++
	}
	for to > from+1 && l.p[to-1] < rare*total {
		to--
	}
	cut := Law{low: l.low + from, p: l.p[from:to]}
	for i := range cut.p {
		cut.p[i] /= total
	}
	return cut
}

// Mean is what one expects.
func (l Law) Mean() float64 {
	m := 0.0
	for i, p := range l.p {
		m += float64(l.low+i) * p
	}
	return m
}

// Sigma is how far one usually is from the mean: the standard deviation.
func (l Law) Sigma() float64 {
	mean, v := l.Mean(), 0.0
	for i, p := range l.p {
		d := float64(l.low+i) - mean
		v += d * d * p
	}
	return math.Sqrt(v)
}

// P is how likely a fair draw is at least as far out as x, to either side:
// twice the smaller tail, at most one. If the draw is fair, P is at most a
// with probability at most a. It is never 0: what is rarer than rare is rare.
func (l Law) P(x int) float64 {
	below, above := 0.0, 0.0
	for i, p := range l.p {
		if l.low+i <= x {
			below += p
		}
		if l.low+i >= x {
			above += p
		}
	}
	return math.Min(1, math.Max(rare, 2*math.Min(below, above)))
}
