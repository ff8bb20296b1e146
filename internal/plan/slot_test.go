package plan_test

import (
	"strings"
	"testing"

	"suiji/internal/plan"
	"suiji/internal/register"
)

// Whatever can go wrong with the departments of a task is said before anyone
// signs: draw.md's condition with the people of the register, whatever the seed.
func TestCheckSlots(t *testing.T) {
	team := func(units map[string]int) plan.Facts {
		f := facts()
		for unit, n := range units {
			for i := range n {
				f.Officers = append(f.Officers, plan.OfficerFact{ID: unit + string(rune('a'+i)), Unit: unit, Fields: []string{"职业卫生"}, Until: day("2024-12-31")})
			}
		}
		return f
	}
	both := []plan.Slot{{Name: "rs", Title: "人社", Units: "监察大队", Size: 2, Firms: []int{698}}, {Name: "wj", Title: "卫健", Units: "卫健局", Size: 2, Firms: []int{50}}}
	change := func(f func(s []plan.Slot)) []plan.Slot {
		s := append([]plan.Slot{}, both...)
		f(s)
		return s
	}
	barred := team(map[string]int{"监察大队": 3, "卫健局": 4})
	for i := range barred.Officers {
		if barred.Officers[i].Unit == "监察大队" {
			barred.Officers[i].Recused = []string{"F1"}
		}
	}
	old := team(map[string]int{"监察大队": 3, "卫健局": 3})
	for i := range old.Officers {
		if old.Officers[i].Unit == "卫健局" {
			old.Officers[i].Until = day("2022-08-01")
		}
	}
	for _, tt := range []struct {
		name  string
		slots []plan.Slot
		facts plan.Facts
		want  string // of the one defect; empty: none
		sev   plan.Severity
	}{
		{"sound", both, team(map[string]int{"监察大队": 3, "卫健局": 3}), "", ""},
		{"a partner without officers", both, team(map[string]int{"监察大队": 3}), "“卫健”在执法人员名录里没有一名人员", plan.Refuse},
		{"one officer a firm", change(func(s []plan.Slot) { s[1].Size = 1 }), team(map[string]int{"监察大队": 3, "卫健局": 3}), "2 到 20 名检查人员，现为 1 人", plan.Refuse},
		{"too few", both, team(map[string]int{"监察大队": 3, "卫健局": 1}), "每户要 2 人，到最后一批截止日证件仍有效的只有 1 人", plan.Refuse},
		{"too few for both", change(func(s []plan.Slot) { s[1].Units = "监察大队" }), team(map[string]int{"监察大队": 3}), "其中可能有 2 人已由“人社”占用", plan.Refuse},
		{"enough for both", change(func(s []plan.Slot) { s[1].Units = "监察大队" }), team(map[string]int{"监察大队": 4}), "", ""},
		{"each its county", change(func(s []plan.Slot) { s[1].Units, s[0].Area, s[1].Area = "监察大队", "130132", "130133" }), team(map[string]int{"监察大队": 3}), "", ""},
		{"recusals of one firm", both, barred, "3 人对同一户登记了回避", plan.Warn},
		{"certificates run out", both, old, "证件仍有效的只有 0 人", plan.Refuse},
		{"a name that no manifest takes", change(func(s []plan.Slot) { s[1].Name = "卫" }), team(map[string]int{"监察大队": 3, "卫健局": 3}), "代号“卫”应为", plan.Refuse},
		{"nobody to inspect", change(func(s []plan.Slot) { s[1].Firms = []int{0} }), team(map[string]int{"监察大队": 3, "卫健局": 3}), "目前没有要检查的对象", plan.Warn},
	} {
		p := mended()
		p.Tasks[0].Slots = tt.slots
		said := ""
		var first plan.Defect
		for _, d := range plan.Check(p, tt.facts) {
			if d.Code == "slots" || d.Code == "team" {
				if said == "" {
					first = d
				}
				said += d.Sentence + "\n"
			}
		}
		if tt.want == "" && said != "" || tt.want != "" && (!strings.Contains(said, tt.want) || first.Severity != tt.sev) {
			t.Errorf("%s: Check says %q (%s), want %q (%s)", tt.name, said, first.Severity, tt.want, tt.sev)
		}
	}
}

// Who inspects a firm: its tag, and where its people work.
func TestSlotsFor(t *testing.T) {
	task := plan.Task{Slots: []plan.Slot{{Name: "lead"}, {Name: "tag", Tag: "尘毒危害"}, {Name: "city", Area: "130100"}, {Name: "county", Area: "130132"}}}
	here := register.Place{Area: "130132001", Address: "工业路"}.String()
	for _, tt := range []struct {
		firm register.Target
		want string
	}{
		{register.Target{AreaCode: "130200"}, "lead"},
		{register.Target{AreaCode: "130133", Tags: []string{"尘毒危害"}}, "lead tag city"},
		{register.Target{AreaCode: "130200", Places: []string{here}}, "lead city county"}, // registered elsewhere
	} {
		if got := strings.Join(task.SlotsFor(tt.firm), " "); got != tt.want {
			t.Errorf("SlotsFor(%+v) = %q, want %q", tt.firm, got, tt.want)
		}
	}
}
