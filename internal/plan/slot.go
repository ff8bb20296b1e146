package plan

import (
	"fmt"
	"slices"
	"strings"

	"suiji/calendar"
	"suiji/internal/register"
)

// Slot is a department, or a field of enforcement in one, that inspects the
// firms of a task (岗位): it has its own officers and its own number of them. A
// joint task (联合抽查) has several, the first of which leads (牵头), and so has
// one that is drawn here and inspected in the counties (市抽县查). A task without
// slots has one, which the plan describes.
type Slot struct {
	Name  string // identifier, as in the manifest of a draw
	Title string // the department
	Units string // units of the officers' register whose people they are, joined by 、; empty: any
	Field string // field of enforcement (执法领域) that they must have; empty: any
	Size  int    // officers for each firm
	Tag   string // it inspects only firms with this tag; empty: whether they have it or not
	Area  string // it inspects only where people work in this area; empty: anywhere

	Firms []int // of each stratum, those that it inspects, when the base was counted
}

// MainSlot is the name of the one slot of a task that has none of its own.
const MainSlot = "main"

// maxSlots is the most that a task may have: a province's cities and counties.
const maxSlots = 200

// SlotsOf returns the slots of a task, in order; of a task that has none, the
// one that the plan describes.
func (p Plan) SlotsOf(t Task) []Slot {
	if len(t.Slots) > 0 {
		return t.Slots
	}
	return []Slot{{Name: MainSlot, Title: strings.TrimSpace(p.Issuer + " " + p.Field), Field: p.Field, Size: p.Officers}}
}

// Joint reports whether several departments inspect the same firms, as against
// each its own area.
func (t Task) Joint() bool {
	return len(t.Slots) > 1 && slices.ContainsFunc(t.Slots, func(s Slot) bool { return s.Area == "" })
}

// UnitList returns the units whose people fill the slot.
func (s Slot) UnitList() []string {
	return strings.FieldsFunc(s.Units, func(r rune) bool { return r == '、' })
}

// OfUnit reports whether people of a unit fill the slot.
func (s Slot) OfUnit(unit string) bool {
	return s.Units == "" || slices.Contains(s.UnitList(), unit)
}

// Inspects reports whether the slot inspects a firm.
func (s Slot) Inspects(f register.Target) bool {
	return (s.Tag == "" || slices.Contains(f.Tags, s.Tag)) && (s.Area == "" || within(s.Area, f.WorkArea()))
}

// SlotsFor returns the names of the slots that inspect a firm, in order.
func (t Task) SlotsFor(f register.Target) []string {
	if len(t.Slots) == 0 {
		return []string{MainSlot}
	}
	var names []string
	for _, s := range t.Slots {
		if s.Inspects(f) {
			names = append(names, s.Name)
		}
	}
	return names
}

// ItemsFor returns the ids of the items that these slots inspect.
func (t Task) ItemsFor(slots []string) []string {
	var ids []string
	for _, i := range t.Items {
		if i.Slot == "" || slices.Contains(slots, i.Slot) {
			ids = append(ids, i.ID)
		}
	}
	return ids
}

// ItemNames names the items that a slot inspects.
func (t Task) ItemNames(slot string) string {
	var names []string
	for _, i := range t.Items {
		if i.Slot == "" || i.Slot == slot {
			names = append(names, i.Name)
		}
	}
	return strings.Join(names, "；")
}

// Place returns the number of the stratum, from 0, in which a firm is drawn, or
// -1: it is outside the scope, in no stratum, or nobody's to inspect.
func (t Task) Place(f register.Target) int {
	if !t.Scope.Holds(f.Kind, f.Tags, f.WorkArea()) || len(t.SlotsFor(f)) == 0 {
		return -1
	}
	return t.stratum(f.Tags, f.WorkArea())
}

// Role says what a slot is in its task.
func (t Task) Role(i int) string {
	switch {
	case len(t.Slots) < 2:
		return ""
	case t.Slots[i].Area != "":
		return "属地检查"
	case i == 0:
		return "牵头"
	}
	return "配合"
}

// whose names the department that an item is for, in brackets.
func (t Task) whose(i Item) string {
	for _, s := range t.Slots {
		if s.Name == i.Slot {
			return "（" + s.Title + "）"
		}
	}
	return ""
}

// slotsText says who inspects, in one line.
func (t Task) slotsText() string {
	var all []string
	for i, s := range t.Slots {
		text := fmt.Sprintf("%s %s（%s，%s，%d 人", t.Role(i), s.Title, s.Units, s.Field, s.Size)
		if s.Tag != "" {
			text += "，只查有“" + s.Tag + "”标签的"
		}
		if s.Area != "" {
			text += "，用工地在 " + s.Area
		}
		all = append(all, strings.TrimSpace(text)+"）")
	}
	return strings.Join(all, "、")
}

// within reports whether a place lies in an area: 130100 holds 130132.
func within(area, code string) bool {
	for len(area) > 2 && strings.HasSuffix(area, "00") {
		area = area[:len(area)-2]
	}
	return strings.HasPrefix(code, area)
}

// together reports whether one firm may need both slots.
func (s Slot) together(o Slot) bool {
	return s.Area == "" || o.Area == "" || within(s.Area, o.Area) || within(o.Area, s.Area)
}

// slots checks who inspects in tasks of several departments (1.12, 1.29):
// whatever the seed, every slot must find its people for every firm
// (docs/spec/draw.md).
func (c *checker) slots() {
	for _, t := range c.p.Tasks {
		if len(t.Slots) == 0 {
			continue
		}
		field := fmt.Sprintf("task-%d", t.No)
		if len(t.Slots) > maxSlots {
			c.refuse("slots", "1.12", field+"-slots", "“%s”有 %d 个检查部门，最多 %d 个", t.Name, len(t.Slots), maxSlots)
		}
		seen := map[string]bool{}
		for i, s := range t.Slots {
			at := fmt.Sprintf("%s-slot-%d", field, i+1)
			if !identifier.MatchString(s.Name) || seen[s.Name] {
				c.refuse("slots", "1.12", at+"-name", "“%s”第 %d 个检查部门的代号“%s”应为 1 到 40 个字母、数字或 . _ -，且不与其他部门相同", t.Name, i+1, s.Name)
			}
			seen[s.Name] = true
			c.slot(at, t, i)
		}
		for _, i := range t.Items {
			if i.Slot != "" && !seen[i.Slot] {
				c.refuse("slots", "1.30", field+"-items", "“%s”的事项“%s”归“%s”检查，而任务里没有这个部门", t.Name, i.Name, i.Slot)
			}
		}
	}
}

func (c *checker) slot(at string, t Task, i int) {
	s := t.Slots[i]
	if s.Title == "" {
		c.refuse("slots", "1.29", at+"-title", "“%s”第 %d 个检查部门没有名称", t.Name, i+1)
	}
	if s.Size < 2 || s.Size > 20 {
		c.refuse("team", "1.12", at+"-size", "“%s”的“%s”每户应派 2 到 20 名检查人员，现为 %d 人", t.Name, s.Title, s.Size)
		return
	}
	if len(t.ItemsFor([]string{s.Name})) == 0 {
		c.refuse("slots", "1.30", at+"-title", "“%s”的“%s”没有检查事项：请给它指定事项，或把共同事项留空部门", t.Name, s.Title)
	}
	if within := s.firms(); within == 0 && c.p.BaseCount > 0 {
		c.warn("slots", "1.16", at+"-tag", "“%s”的“%s”目前没有要检查的对象", t.Name, s.Title)
	}
	own, last := c.p.filling(c.f.Officers, s, calendar.Date{}), c.lastDay()
	if len(own) == 0 {
		c.refuse("slots", "1.12", at+"-units", "“%s”的“%s”在执法人员名录里没有一名人员：请先录入该部门的执法人员，或改选单位、领域", t.Name, s.Title)
		return
	}
	c.enough(at, t, i, c.p.filling(c.f.Officers, s, last))
}

// enough holds draw.md's condition: the slot's officers, less those that earlier
// slots may have taken for the same firm, less those whom a recusal bars from it.
func (c *checker) enough(at string, t Task, i int, own []OfficerFact) {
	s, taken, with := t.Slots[i], 0, ""
	for _, o := range t.Slots[:i] {
		if s.together(o) && slices.ContainsFunc(own, func(x OfficerFact) bool { return x.fills(o) }) {
			taken += o.Size
			with += "、" + o.Title
		}
	}
	said := fmt.Sprintf("“%s”的“%s”每户要 %d 人，到最后一批截止日证件仍有效的只有 %d 人", t.Name, s.Title, s.Size, len(own))
	if taken > 0 {
		said += fmt.Sprintf("，其中可能有 %d 人已由“%s”占用（两个部门有共同的人员）", taken, strings.TrimPrefix(with, "、"))
	}
	if len(own)-taken < s.Size {
		c.refuse("slots", "1.12", at+"-units", "%s，不论种子是什么都保证不了：请补充人员，或减少每户人数", said)
		return
	}
	if barred := mostBarred(own); len(own)-taken-barred < s.Size {
		c.warn("slots", "1.12", at+"-units", "%s；有 %d 人对同一户登记了回避，若抽中该户，人员抽取不能封存：请补充人员", said, barred)
	}
}

// mostBarred is how many of the officers are at most recused from one firm.
func mostBarred(officers []OfficerFact) int {
	most, of := 0, map[string]int{}
	for _, o := range officers {
		for _, firm := range o.Recused {
			of[firm]++
			most = max(most, of[firm])
		}
	}
	return most
}

// fills reports whether an officer may fill a slot, certificates aside.
func (o OfficerFact) fills(s Slot) bool {
	return s.OfUnit(o.Unit) && (s.Field == "" || slices.Contains(o.Fields, s.Field))
}

// filling returns the officers who may fill a slot on a day; on the zero day
// whatever their certificates say.
func (p Plan) filling(all []OfficerFact, s Slot, day calendar.Date) []OfficerFact {
	var own []OfficerFact
	for _, o := range all {
		if o.fills(s) && (day.Zero() || !o.Until.Before(day)) {
			own = append(own, o)
		}
	}
	return own
}

// firms is how many firms the slot inspects if all were drawn.
func (s Slot) firms() (n int) {
	for _, x := range s.Firms {
		n += x
	}
	return n
}

// share is how many firms a slot is to inspect in a window: of each stratum's
// draws its part, rounded up at the end. Tickets do not move it much.
func (s Slot) share(t Task, sum TaskSum, window int) int {
	whole, part := 0, 0
	for i, st := range t.Strata {
		if st.Size == 0 || i >= len(s.Firms) {
			continue
		}
		n := sum.Strata[i].Windows[window] * s.Firms[i]
		whole, part = whole+n/st.Size, part+(n%st.Size)*1000/st.Size
	}
	return whole + (part+999)/1000
}
