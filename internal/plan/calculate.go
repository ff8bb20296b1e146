package plan

import "fmt"

// Sum is the plan's arithmetic: what the ratios mean in firms.
type Sum struct {
	Floor    int   // firms that the whole year must reach, on the base
	Total    int   // firms that the strata ask for
	Coverage Ratio // Total of the base, rounded down
	Windows  []int // Total, for each window
	Tasks    []TaskSum
}

// TaskSum is the arithmetic of one task.
type TaskSum struct {
	Size    int
	Need    int
	Windows []int
	Strata  []StratumSum
}

// StratumSum is the arithmetic of one stratum.
type StratumSum struct {
	Size    int
	Need    int   // for the year
	Whole   bool  // too few to choose among: inspected whole, in random order
	Windows []int // Need, for each window; a whole stratum goes first
}

// Calculate works out how many firms the plan draws, from the sizes that were
// counted with its base.
func Calculate(p Plan) Sum {
	s := Sum{Floor: p.Ratio.Of(p.BaseCount), Windows: make([]int, len(p.Windows))}
	for _, t := range p.Tasks {
		ts := TaskSum{Windows: make([]int, len(p.Windows))}
		for _, st := range t.Strata {
			x := Quota(st, p.FloorSize, len(p.Windows))
			ts.Strata = append(ts.Strata, x)
			ts.Size += x.Size
			ts.Need += x.Need
			addTo(ts.Windows, x.Windows)
		}
		s.Tasks = append(s.Tasks, ts)
		s.Total += ts.Need
		addTo(s.Windows, ts.Windows)
	}
	if p.BaseCount > 0 {
		s.Coverage = Ratio(s.Total * int(Whole) / p.BaseCount)
	}
	return s
}

func addTo(sum, parts []int) {
	for i, n := range parts {
		sum[i] += n
	}
}

// Quota works out one stratum. A stratum smaller than floor is drawn whole in
// the first window: among so few, chance could be foreseen.
func Quota(st Stratum, floor, windows int) StratumSum {
	x := StratumSum{Size: st.Size, Need: st.Wants(st.Size), Windows: make([]int, windows)}
	if st.Size < floor || x.Need == st.Size {
		x.Whole, x.Need = st.Size > 0, st.Size
	}
	switch {
	case windows == 0:
	case st.Size < floor:
		x.Windows[0] = x.Need
	default:
		x.Windows = Split(x.Need, windows)
	}
	return x
}

// Short returns by how much the year would stay below the plan's floor (1.20) if
// a round's strata asked for need firms, after counted that were drawn: the last
// stratum, which catches all, has to give so many more. The floor is over all
// tasks; where there are several, Check sees to it.
func (p Plan) Short(need, counted, base int) int {
	if len(p.Tasks) > 1 {
		return 0
	}
	return max(0, p.Ratio.Of(min(p.BaseCount, base))-counted-need)
}

// Chance says in plain words what tickets do to a firm's chance.
func (k Ticket) Chance() string {
	return fmt.Sprintf("有“%s”标签的对象每户 %d 张签：抽每一个名额时，机会是 1 张签的 %d 倍；抽取量占本层比例较大时，最终被抽中的差距小于 %d 倍",
		k.Tag, k.Tickets, k.Tickets, k.Tickets)
}
