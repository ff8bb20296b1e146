package plan

import (
	"fmt"
	"strings"
)

// caps checks that the frequency caps leave enough firms for what the plan
// asks, and proposes what would do (1.16, 1.20; 国办发〔2024〕54号).
func (c *checker) caps() {
	p, short := c.p, 0
	if p.BaseCount > 0 && p.Caps != c.f.Caps {
		c.warn("caps-old", "1.16", "base", "频次上限在计数之后有变动；重新保存“比例与分层”即按现行上限计数")
	}
	free := 0
	for i, t := range p.Tasks {
		for j, s := range t.Strata {
			left, need := s.Size-s.Capped, c.sum.Tasks[i].Strata[j].Need
			free += left
			if s.Capped == 0 || need <= left {
				continue
			}
			short += need - left
			c.capped(fmt.Sprintf("task-%d-stratum-%d-ratio", t.No, j+1), t, s, need)
		}
	}
	if len(p.Tasks) > 0 && p.BaseCount > 0 && short > 0 && free < c.sum.Floor {
		c.refuseFirst("caps", "1.20", "ratio", "全年至少抽查 %d 户，但除去已达频次上限的，全部各层只剩 %d 户可抽，怎样分层都达不到：请核对“频次上限”的适用范围，或调整年度比例",
			c.sum.Floor, free)
	}
}

func (c *checker) capped(at string, t Task, s Stratum, need int) {
	left := s.Size - s.Capped
	proposal := fmt.Sprintf("可把本层改为 %d户（%s）", left, share(left, s.Size))
	if left == 0 {
		proposal = "本层今年不能再抽，请删去本层或改变分层标签"
	}
	for k, other := range t.Strata {
		now := c.sumOf(t, k)
		if other.Name == s.Name || other.Size-other.Capped-now < need-left {
			continue
		}
		proposal += fmt.Sprintf("，所差 %d 户由“%s”层承担：该层比例由 %s 提高到 %s", need-left, other.Title, share(now, other.Size), share(now+need-left, other.Size))
		break
	}
	c.refuseFirst("caps", "1.16", at, "“%s”的“%s”层应抽 %d 户，但 %d 户中有 %d 户已达频次上限，只有 %d 户可抽。%s", t.Name, s.Title, need, s.Size, s.Capped, left, proposal)
}

func (c *checker) sumOf(t Task, stratum int) int {
	for i, x := range c.p.Tasks {
		if x.No == t.No {
			return c.sum.Tasks[i].Strata[stratum].Need
		}
	}
	return 0
}

// refuseFirst refuses the first version of a plan. Of a later one it warns:
// its rounds have made visits themselves, which the caps count.
func (c *checker) refuseFirst(code, clause, field, format string, args ...any) {
	if c.f.Before != nil {
		c.warn(code, clause, field, format, args...)
		return
	}
	c.refuse(code, clause, field, format, args...)
}

// share is the least ratio that asks for n of size firms.
func share(n, size int) string {
	if size == 0 {
		return "0%"
	}
	r := Ratio(n * int(Whole) / size)
	for r.Of(size) < n {
		r++
	}
	return r.String()
}

// CapLines returns the caps that were in force when the plan was counted, each
// as a sentence.
func (p Plan) CapLines() []string {
	if p.Caps == "" {
		return nil
	}
	return strings.Split(p.Caps, "\n")
}

// Forecast is what a plan means for those who are visited and those who visit.
type Forecast struct {
	Years  int // until every firm has been drawn once, at this pace; 0: never
	Firm   string
	Visits []Load
}

// Load is a window's work for those who share a pool.
type Load struct {
	No       int
	Who      string // the department; empty: the plan's own teams
	Task     int    // whose department it is
	Size     int    // officers in a team
	Firms    int
	Officers int
	Each     string // visits of each officer
	Days     int    // working days of the window, less leave
	Most     int    // firms that all teams can visit in them

	field string // input that mends it
}

// Forecast works out the expected visits of firms and of officers. A window
// in a year without a holiday notice has no days.
func (p Plan) Forecast(f Facts) Forecast {
	sum := Calculate(p)
	var x Forecast
	if sum.Total > 0 && p.BaseCount > 0 {
		x.Years = (p.BaseCount + sum.Total - 1) / sum.Total
		x.Firm = fmt.Sprintf("%.2f", float64(sum.Total)/float64(p.BaseCount))
	}
	for i, w := range p.Windows {
		for _, l := range p.loads(f, sum, i) {
			l.Each = "—"
			if l.Officers > 0 {
				l.Each = fmt.Sprintf("%.1f", float64(l.Firms*l.Size)/float64(l.Officers))
			}
			if days, err := f.Calendar.WorkdaysBetween(w.StartsOn.AddDays(-1), w.EndsOn); err == nil && !w.StartsOn.Zero() && !w.EndsOn.Before(w.StartsOn) {
				l.Days = max(0, days-p.LeaveDays)
			}
			l.Most = l.Officers / max(1, l.Size) * l.Days
			x.Visits = append(x.Visits, l)
		}
	}
	return x
}
