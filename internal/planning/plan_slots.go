package planning

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"suiji/internal/page"
	"suiji/internal/plan"
)

type planDepartmentsPage struct {
	planEdit
	Blocks []planDepartments
	Units  string // of the officers' register, with how many people each has
	Fields string
}

// planDepartments is one task's departments, and whose each of its items is.
type planDepartments struct {
	Task  plan.Task
	Rows  [][]planCell
	Items []planItemInput
}

type planItemInput struct {
	Name string
	Cell planCell
}

// departmentRows is how many empty lines a task's departments end with.
const departmentRows = 4

func (s *Server) planDepartments(r *http.Request) (page.Page, error) {
	e, facts, err := s.planSection(r, "检查部门", "departments")
	if err != nil {
		return nil, err
	}
	p := &planDepartmentsPage{planEdit: e}
	units, fields := map[string]int{}, map[string]int{}
	for _, o := range facts.Officers {
		units[o.Unit]++
		for _, f := range o.Fields {
			fields[f]++
		}
	}
	p.Units, p.Fields = counted(units), counted(fields)
	for _, t := range e.Plan.Tasks {
		var tagged []string
		for _, x := range t.Slots {
			tagged = append(tagged, x.Tag)
		}
		tags, err := s.planTags(r, tagged...)
		if err != nil {
			return nil, err
		}
		p.Blocks = append(p.Blocks, departmentsOf(r, t, tags))
	}
	return p, nil
}

// counted lists words with how many people each has.
func counted(of map[string]int) string {
	var all []string
	for _, word := range slices.Sorted(maps.Keys(of)) {
		if word != "" {
			all = append(all, fmt.Sprintf("%s（%d 人）", word, of[word]))
		}
	}
	return strings.Join(all, "、")
}

func departmentsOf(r *http.Request, t plan.Task, tags []page.Option) planDepartments {
	b := planDepartments{Task: t}
	for i := range len(t.Slots) + departmentRows {
		var x plan.Slot
		size := ""
		if i < len(t.Slots) {
			x = t.Slots[i]
			size = strconv.Itoa(x.Size)
		}
		at, label := fmt.Sprintf("task-%d-slot-%d-", t.No, i+1), fmt.Sprintf("第 %d 个部门的", i+1)
		b.Rows = append(b.Rows, []planCell{
			{Name: at + "title", Label: label + "名称", Column: "部门", Value: planTyped(r, at+"title", x.Title), Type: "text"},
			{Name: at + "name", Label: label + "代号", Column: "代号", Value: planTyped(r, at+"name", x.Name), Type: "text"},
			{Name: at + "units", Label: label + "人员所在单位", Column: "人员所在单位", Value: planTyped(r, at+"units", x.Units), Type: "text"},
			{Name: at + "field", Label: label + "执法领域", Column: "执法领域", Value: planTyped(r, at+"field", x.Field), Type: "text"},
			{Name: at + "size", Label: label + "每户人数", Column: "每户人数", Value: planTyped(r, at+"size", size), Type: "text"},
			{Name: at + "tag", Label: label + "对象标签", Column: "只查有标签的", Options: planChoose(tags, planTyped(r, at+"tag", x.Tag)), None: "全部对象"},
			{Name: at + "area", Label: label + "用工地区划", Column: "只查用工地在", Value: planTyped(r, at+"area", x.Area), Type: "text"},
		})
	}
	if len(t.Slots) == 0 {
		return b
	}
	options := page.Options(t.Slots, func(x plan.Slot) (string, string) { return x.Name, x.Title })
	for i, x := range t.Items {
		name := fmt.Sprintf("task-%d-item-%d-slot", t.No, i+1)
		b.Items = append(b.Items, planItemInput{x.Name, planCell{Name: name, Label: "“" + x.Name + "”由谁检查", Column: "由谁检查",
			Options: planChoose(options, planTyped(r, name, x.Slot)), None: "各部门都查"}})
	}
	return b
}

// departmentsTyped reads who inspects in every task.
func departmentsTyped(f *planForm, p *plan.Plan) {
	for i := range p.Tasks {
		t := &p.Tasks[i]
		if !f.has(fmt.Sprintf("task-%d-slot-1-name", t.No)) {
			continue // the task came after the form was shown
		}
		t.Slots = nil
		for n := 1; f.has(fmt.Sprintf("task-%d-slot-%d-name", t.No, n)); n++ {
			at := fmt.Sprintf("task-%d-slot-%d-", t.No, n)
			x := plan.Slot{Title: f.text(at + "title"), Name: f.text(at + "name"), Units: f.text(at + "units"), Field: f.text(at + "field"), Tag: f.text(at + "tag"), Area: f.text(at + "area")}
			if x.Title == "" && x.Name == "" && x.Units == "" && f.text(at+"size") == "" {
				continue
			}
			x.Units = strings.Join(strings.FieldsFunc(x.Units, func(c rune) bool { return strings.ContainsRune("、，,；; 　", c) }), "、")
			x.Size = f.number(at+"size", 2, 20)
			t.Slots = append(t.Slots, x)
		}
		t.Items = slices.Clone(t.Items)
		for k := range t.Items {
			if name := fmt.Sprintf("task-%d-item-%d-slot", t.No, k+1); f.has(name) {
				t.Items[k].Slot = f.text(name)
			}
			if !slices.ContainsFunc(t.Slots, func(x plan.Slot) bool { return x.Name == t.Items[k].Slot }) {
				t.Items[k].Slot = "" // its department was taken out
			}
		}
	}
}
