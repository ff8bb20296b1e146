package plan

import (
	"fmt"

	"suiji/internal/errs"
)

// Count is how many firms of a stratum there are when a round is frozen.
type Count struct {
	Free  int // can be drawn
	Base  int // of the whole year's base, drawn or not
	Drawn int // this year already
}

// With counts one more firm.
func (c Count) With(free, drawn bool) Count {
	c.Base++
	if free {
		c.Free++
	}
	if drawn {
		c.Drawn++
	}
	return c
}

// Portion is what one stratum gives to a round.
type Portion struct {
	No      int
	Name    string // as in the manifest
	Title   string
	Size    int // firms in the frozen list
	Base    int // firms of the stratum in the register, drawn or not
	Need    int // still to be drawn this year, this round included
	Draw    int
	Reserve int
}

// Quotas works out how many firms each stratum of a task gives to the round of
// a window: the year's need less what was drawn, spread over the windows that
// are left, rounded up. A stratum smaller than the plan's floor is drawn whole
// (product decision 10), and of one that the plan wants whole all are drawn who
// can be. more raises a stratum's number, by its name; fewer
// than the plan demands is refused.
func (p Plan) Quotas(t Task, window int, counts map[string]Count, more map[string]int) ([]Portion, error) {
	left := 0
	for _, w := range p.Windows {
		if w.No >= window {
			left++
		}
	}
	var all []Portion
	var need, counted, base int
	for i, st := range t.Strata {
		c := counts[st.Name]
		q := Portion{No: i + 1, Name: st.Name, Title: st.Title, Size: c.Free, Base: c.Base}
		q.Need = max(0, st.Wants(q.Base)-c.Drawn)
		if st.Wants(q.Base) == q.Base { // all who can be drawn: the others are no fewer for it
			q.Need = min(q.Need, q.Size)
		}
		need, counted, base = need+q.Need, counted+c.Drawn, base+q.Base
		all = append(all, q)
	}
	if last := len(all) - 1; last >= 0 {
		all[last].Need += p.Short(need, counted, base)
	}
	for i, st := range t.Strata {
		q := &all[i]
		q.Draw = (q.Need + left - 1) / left
		if q.Base < p.FloorSize && q.Need > 0 {
			q.Draw = q.Size
		}
		if n, ok := more[q.Name]; ok {
			if n < q.Draw {
				return nil, errs.At("more-"+q.Name, fmt.Sprintf("分层“%s”按计划本轮至少抽 %d 户，不能少于此数", q.Title, q.Draw))
			}
			q.Draw = n
		}
		if q.Draw > q.Size {
			return nil, errs.At("more-"+q.Name, fmt.Sprintf("分层“%s”除去已抽中、非存续和已达频次上限的，可抽 %d 户，不足应抽的 %d 户。请先变更计划：降低本层比例，或提高其他层的比例", q.Title, q.Size, q.Draw))
		}
		q.Reserve = min(st.Reserve, q.Size-q.Draw)
	}
	return all, nil
}
