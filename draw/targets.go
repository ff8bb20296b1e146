package draw

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"io"
	"slices"
	"strings"

	"suiji/internal/canon"
)

// Targets draws the firms: it reads targets.tsv once, one line at a time, and
// keeps at most half as many again as are drawn. Form, order, count and quotas
// are checked here; the root and the excluded firms are CheckLists' part.
func Targets(m Manifest, s Seed, targets io.Reader) (TargetsResult, error) {
	p := NewPicker(m, s)
	if err := p.AddList(targets); err != nil {
		return TargetsResult{}, err
	}
	return p.Result()
}

// Picker draws the firms from a list that comes in lines, or in consecutive
// parts (see Parts) with a Picker each, joined with Merge. So a caller can put
// several processors to one draw; one Picker is for one goroutine.
type Picker struct {
	m     Manifest
	seed  Seed
	lots  *lots
	pools []pool
	index map[string]int // stratum name to pool
	seq   sequence
	first []byte
	n     int
}

// NewPicker returns a Picker that has seen no line. It panics if m is not a
// suiji/targets/1 manifest made by ParseManifest or Build.
func NewPicker(m Manifest, s Seed) *Picker {
	m.mustBeRead()
	if m.Scheme != TargetsScheme {
		panic("BUG: draw: NewPicker for " + m.Scheme)
	}
	p := &Picker{m: m, seed: s, lots: s.lots(), pools: make([]pool, len(m.Strata)), index: map[string]int{}}
	for i, stratum := range m.Strata {
		p.pools[i].keep = stratum.Draw + stratum.Reserve
		p.index[stratum.Name] = i
	}
	return p
}

// AddList takes every line of r. An error's line is counted from the first
// that the Picker was given.
func (p *Picker) AddList(r io.Reader) error {
	l := newLines(TargetsFile, r)
	for {
		line, err := l.raw()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := p.Add(line); err != nil {
			return err
		}
	}
}

// Add takes the next line of targets.tsv, without its LF. It keeps no
// reference to line.
func (p *Picker) Add(line []byte) error {
	p.n++
	if rule := p.seq.add(line); rule != "" {
		return p.fault(rule, line)
	}
	if p.n == 1 {
		p.first = append(p.first, line...)
	}
	id, stratum, tickets, ok := parseTarget(line)
	if !ok {
		return p.fault(RuleLine, line)
	}
	i, ok := p.index[string(stratum)]
	if !ok {
		return p.fault(RuleStratum, line)
	}
	p.pools[i].size++
	if p.pools[i].keep == 0 {
		return nil
	}
	var best, v [canon.Size]byte
	p.lots.target(&best, id, 1)
	for j := 2; j <= tickets; j++ {
		p.lots.target(&v, id, j)
		if bytes.Compare(v[:], best[:]) < 0 {
			best = v
		}
	}
	p.pools[i].add(&best, id)
	return nil
}

func (p *Picker) fault(rule Rule, line []byte) error {
	return &Error{TargetsFile, p.n, rule, quote(line)}
}

// Merge takes over what next has seen: the part of the list that follows this
// Picker's. next must come from NewPicker with the same manifest and seed and
// is of no use afterwards.
func (p *Picker) Merge(next *Picker) error {
	if next.n == 0 {
		return nil
	}
	if rule := p.seq.add(next.first); rule != "" {
		p.n++
		return p.fault(rule, next.first)
	}
	if p.n == 0 {
		p.first = next.first
	}
	p.n += next.n
	p.seq = next.seq
	for i := range p.pools {
		p.pools[i].size += next.pools[i].size
		p.pools[i].best = append(p.pools[i].best, next.pools[i].best...)
		p.pools[i].cut()
	}
	return nil
}

// Result returns the outcome once the whole list is in.
func (p *Picker) Result() (TargetsResult, error) {
	if p.n != p.m.Targets.Count {
		return TargetsResult{}, fault(TargetsFile, RuleCount, "%d，应为 %d", p.n, p.m.Targets.Count)
	}
	r := TargetsResult{Scheme: p.m.Scheme, ID: p.m.ID, Seed: p.seed.String(), Strata: []StratumResult{}}
	for i, stratum := range p.m.Strata {
		if err := stratum.holds(p.pools[i].size); err != nil {
			return TargetsResult{}, err
		}
		r.Strata = append(r.Strata, p.pools[i].result(stratum))
	}
	return r, nil
}

// holds checks the quota against the stratum's size.
func (s Stratum) holds(size int) error {
	if s.Draw > size {
		return fault(ManifestFile, RuleQuota, "分层 %s 抽取 %d，只有 %d", s.Name, s.Draw, size)
	}
	return nil
}

// pool keeps the firms of one stratum with the smallest values, in no order.
// It fills up to half as many again as it must keep and is then cut back, which
// costs less than keeping a heap.
type pool struct {
	size  int // firms seen
	keep  int
	best  []candidate
	bound [canon.Size]byte // the largest value that still counts, once full
	full  bool
}

// candidate is a firm and its value.
type candidate struct {
	value [canon.Size]byte
	id    string
}

func compareCandidates(a, b candidate) int {
	// The first eight bytes nearly always decide, and compare faster.
	x, y := binary.BigEndian.Uint64(a.value[:]), binary.BigEndian.Uint64(b.value[:])
	if x != y {
		return cmp.Compare(x, y)
	}
	if c := bytes.Compare(a.value[:], b.value[:]); c != 0 {
		return c
	}
	return strings.Compare(a.id, b.id)
}

func (p *pool) add(value *[canon.Size]byte, id []byte) {
	if p.full && bytes.Compare(value[:], p.bound[:]) > 0 {
		return
	}
	p.best = append(p.best, candidate{*value, string(id)})
	if len(p.best) >= p.keep+p.keep/2+64 {
		p.cut()
	}
}

// cut lets go of the candidates that can no longer be drawn.
func (p *pool) cut() {
	if p.keep == 0 || len(p.best) < p.keep {
		return
	}
	smallestFirst(p.best, p.keep)
	p.best = p.best[:p.keep]
	p.bound, p.full = p.best[p.keep-1].value, true
}

// smallestFirst orders c only so far that its k smallest come first and the
// largest of these stands at k-1 (quickselect, with Hoare's partition). The
// values are hashes, so a middle element makes a good pivot.
func smallestFirst(c []candidate, k int) {
	for low, high := 0, len(c)-1; low < high; {
		pivot := c[(low+high)/2]
		i, j := low, high
		for i <= j {
			for compareCandidates(c[i], pivot) < 0 {
				i++
			}
			for compareCandidates(c[j], pivot) > 0 {
				j--
			}
			if i <= j {
				c[i], c[j] = c[j], c[i]
				i++
				j--
			}
		}
		switch {
		case k-1 <= j:
			high = j
		case k-1 >= i:
			low = i
		default:
			return
		}
	}
}

// result names the drawn and the reserves.
func (p *pool) result(s Stratum) StratumResult {
	p.cut()
	slices.SortFunc(p.best, compareCandidates)
	drawn := min(s.Draw, len(p.best))
	r := StratumResult{Name: s.Name, Drawn: make([]string, 0, drawn), Reserves: make([]string, 0, len(p.best)-drawn)}
	for i, c := range p.best {
		if i < s.Draw {
			r.Drawn = append(r.Drawn, c.id)
		} else {
			r.Reserves = append(r.Reserves, c.id)
		}
	}
	return r
}
