package plan

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"suiji/calendar"
	"suiji/internal/caps"
	"suiji/internal/errs"
	"suiji/internal/register"
)

// Facts returns what Check must know of an authority's registers, as they
// stand now.
func (s *Service) Facts(ctx context.Context, authority string) (Facts, error) {
	var f Facts
	var err error
	if f.Calendar, err = s.Reference.Calendar(ctx); err != nil {
		return f, err
	}
	v, err := s.Register.Version(ctx, authority, register.Targets)
	if err != nil {
		return f, err
	}
	f.Version = v.Number
	rules, err := s.Caps.Sentences(ctx, nil, authority)
	if err != nil {
		return f, err
	}
	f.Caps = strings.Join(rules, "\n")
	if f.Items, err = s.items(ctx, authority); err != nil {
		return f, err
	}
	err = s.Register.EachOfficer(ctx, nil, authority, func(o register.Officer) error {
		f.Officers = append(f.Officers, OfficerFact{ID: o.ID, Unit: o.Unit, Fields: o.Fields, Until: o.CertUntil})
		return nil
	})
	if err != nil {
		return f, err
	}
	recusals, err := s.Register.Recusals(ctx, authority)
	firms := map[string][]string{}
	for _, x := range recusals {
		firms[x.OfficerID] = append(firms[x.OfficerID], x.TargetID)
	}
	for i := range f.Officers {
		f.Officers[i].Recused = firms[f.Officers[i].ID]
	}
	return f, err
}

// FactsOf is Facts with what concerns one plan alone.
func (s *Service) FactsOf(ctx context.Context, p Plan) (Facts, error) {
	f, err := s.Facts(ctx, p.Authority)
	if err != nil || p.Amends == "" {
		return f, err
	}
	before, err := s.Plan(ctx, p.Authority, p.Amends)
	f.Before, f.Today = &before, s.today()
	return f, err
}

// Defects checks a plan against the registers as they stand.
func (s *Service) Defects(ctx context.Context, p Plan) ([]Defect, error) {
	f, err := s.FactsOf(ctx, p)
	if err != nil {
		return nil, err
	}
	return Check(p, f), nil
}

// items returns what the item list says of every item, withdrawn ones too.
func (s *Service) items(ctx context.Context, authority string) (map[string]ItemFact, error) {
	items := map[string]ItemFact{}
	for _, withdrawn := range []bool{false, true} {
		f := register.ItemFilter{Withdrawn: withdrawn}
		for more := true; more; more = f.After != "" {
			list, next, _, err := s.Register.Items(ctx, authority, f)
			if err != nil {
				return nil, err
			}
			for _, i := range list {
				items[i.ID] = ItemFact{Name: i.Title(), Basis: i.Basis, Active: i.Active, Published: !i.PublishedOn.Zero(), Points: len(i.Points)}
			}
			f.After = next
		}
	}
	return items, nil
}

// count takes the base and the sizes of all strata from the register, in one
// pass, unless the stored plan has them from the same version. The register
// may be large, so this happens before the transaction.
func (s *Service) count(ctx context.Context, p *Plan) error {
	old, err := s.Plan(ctx, p.Authority, p.ID)
	if err != nil {
		return err
	}
	v, err := s.Register.Version(ctx, p.Authority, register.Targets)
	if err != nil {
		return err
	}
	p.Year = old.Year
	rules, err := s.Caps.Sentences(ctx, nil, p.Authority)
	if err != nil {
		return err
	}
	p.Caps = strings.Join(rules, "\n")
	if p.BaseOn.Zero() {
		p.BaseVersion, p.BaseCount = 0, 0
	} else if old.BaseVersion == v.Number && !old.BaseOn.Zero() {
		p.BaseVersion, p.BaseCount, p.BaseOn = old.BaseVersion, old.BaseCount, old.BaseOn
		if p.Caps == old.Caps && keepSizes(p.Tasks, old.Tasks) {
			return nil
		}
	} else {
		p.BaseVersion, p.BaseCount, p.BaseOn = v.Number, v.Count, s.today()
	}
	err = s.sizes(ctx, p)
	if err != nil {
		return err
	}
	again, err := s.Register.Version(ctx, p.Authority, register.Targets)
	if err == nil && again.Number != v.Number {
		err = errs.E(errs.Conflict, "保存时检查对象名录刚好有更新，没有保存。请再保存一次")
	}
	return err
}

// keepSizes copies the sizes of strata that ask for the same firms as before,
// and reports whether these are all.
func keepSizes(tasks, old []Task) bool {
	if !slices.EqualFunc(tasks, old, sameFirms) {
		return false
	}
	for i := range tasks {
		for j := range tasks[i].Strata {
			tasks[i].Strata[j].Size, tasks[i].Strata[j].Capped = old[i].Strata[j].Size, old[i].Strata[j].Capped
		}
		for j := range tasks[i].Slots {
			tasks[i].Slots[j].Firms = old[i].Slots[j].Firms
		}
	}
	return true
}

func sameFirms(a, b Task) bool {
	return reflect.DeepEqual(a.Scope, b.Scope) &&
		slices.Equal(a.ItemIDs(), b.ItemIDs()) &&
		slices.EqualFunc(a.Strata, b.Strata, func(x, y Stratum) bool { return x.Tag == y.Tag && x.Area == y.Area }) &&
		slices.EqualFunc(a.Slots, b.Slots, func(x, y Slot) bool { return x.Tag == y.Tag && x.Area == y.Area })
}

// sizes counts the firms of every stratum of every task, and those of them
// that are at a cap in the plan's year.
func (s *Service) sizes(ctx context.Context, p *Plan) error {
	counters := make([]*caps.Counter, len(p.Tasks))
	for i := range p.Tasks {
		t := &p.Tasks[i]
		t.Strata = slices.Clone(t.Strata)
		for j := range t.Strata {
			t.Strata[j].Size, t.Strata[j].Capped = 0, 0
		}
		t.Slots = slices.Clone(t.Slots)
		for j := range t.Slots {
			t.Slots[j].Firms = make([]int, len(t.Strata))
		}
		var err error
		if counters[i], err = s.Caps.Counter(ctx, nil, p.Authority, calendar.MustParse(fmt.Sprintf("%04d-12-31", p.Year)), t.ItemIDs()); err != nil {
			return err
		}
	}
	return s.Register.EachTarget(ctx, nil, p.Authority, register.Scope{}, func(f register.Target) error {
		for i := range p.Tasks {
			t := &p.Tasks[i]
			j := t.Place(f)
			if j < 0 {
				continue
			}
			t.Strata[j].Size++
			for k := range t.Slots {
				if t.Slots[k].Inspects(f) {
					t.Slots[k].Firms[j]++
				}
			}
			if _, full := counters[i].Full(f.ID, f.Tags, p.Year); full {
				t.Strata[j].Capped++
			}
		}
		return nil
	})
}

// storable refuses what the tables cannot hold. A draft may lack anything.
func storable(p Plan) error {
	var ps []errs.Problem
	add := func(bad bool, field, sentence string) {
		if bad {
			ps = append(ps, errs.Problem{Field: field, Sentence: sentence})
		}
	}
	add(p.PublishUnit != calendar.Days && p.PublishUnit != calendar.Workdays, "publish_unit", "公示期限的单位应为日或工作日")
	add(DisclosureName(p.Disclosure) == p.Disclosure, "disclosure", "请选择抽取结果的公开方式")
	add(p.LeaveDays < 0 || p.LeaveDays > 100, "leave_days", "每人每批请假培训的天数应在 0 到 100 之间")
	add(p.Rounding != "" && p.Rounding != Up, "rounding", "取整规则只有向上取整")
	add(len([]rune(p.Body)) > maxBody, "body", fmt.Sprintf("正文超过 %d 字，没有保存", maxBody))
	for i, w := range p.Windows {
		add(w.No != i+1, "windows", "批次的序号应从 1 连续编排")
	}
	for i, t := range p.Tasks {
		field := fmt.Sprintf("task-%d", t.No)
		add(t.No != i+1, "tasks", "任务的序号应从 1 连续编排")
		add(twice(t.Items, func(i Item) string { return i.ID }), field+"-items", "同一事项在一项任务里选了两次")
		add(twice(t.Strata, func(s Stratum) string { return s.Name }), field+"-strata", "同一项任务里有两层代号相同")
		add(twice(t.Slots, func(s Slot) string { return s.Name }), field+"-slots", "同一项任务里有两个检查部门代号相同")
		add(twice(t.Tickets, func(k Ticket) string { return k.Tag }), field+"-tickets", "同一标签写了两条签数规则")
	}
	return errs.All(ps)
}

// maxBody is the longest text of a plan, in characters.
const maxBody = 100000

func twice[T any](list []T, key func(T) string) bool {
	seen := map[string]bool{}
	for _, x := range list {
		if seen[key(x)] {
			return true
		}
		seen[key(x)] = true
	}
	return false
}
