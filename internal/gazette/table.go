package gazette

import (
	"fmt"
	"io"
	"strings"

	"suiji/internal/office"
	"suiji/internal/plan"
)

// columns are the columns of the plan's table as platforms have it.
var columns = []string{"计划文号", "任务序号", "抽查任务名称", "抽查类型", "抽查事项", "检查依据", "检查对象（范围）", "分层", "抽查基数", "抽查比例", "预计抽取数量",
	"频次", "各批次抽取数量", "起止时间", "检查方式", "发起部门", "参与部门", "实施层级", "加大力度", "备注"}

// rows are the table's lines: one for each stratum of each task. Figures are
// numbers.
func rows(p plan.Plan) [][]any {
	sum := plan.Calculate(p)
	var out [][]any
	for i, t := range p.Tasks {
		var bases []string
		for _, x := range t.Items {
			bases = append(bases, x.Basis)
		}
		for j, st := range t.Strata {
			x := sum.Tasks[i].Strata[j]
			out = append(out, []any{p.Number, t.No, t.Name, kind(t), items(t), strings.Join(bases, "；"), scope(t), st.Title, x.Size, ratio(st, x), x.Need,
				fmt.Sprintf("全年 %d 次", len(p.Windows)), joined(x.Windows), when(p), t.Method, t.Lead, partners(t), t.Level, tickets(t), t.Note})
		}
	}
	return out
}

// XLSX writes the plan's table as a workbook. A plan without one is refused.
func XLSX(w io.Writer, p plan.Plan) error {
	if err := tabled(p); err != nil {
		return err
	}
	about := [][]string{{"计划", p.Title}, {"文号", p.Number}, {"印发", p.Issuer + " " + p.IssuedOn.String()}, {"状态", p.State.Name()},
		{"抽查基数", fmt.Sprintf("%d 户，检查对象名录第 %d 版，%s", p.BaseCount, p.BaseVersion, p.BaseOn)}, {"年度比例", "不低于 " + p.Ratio.String()}, {"计划指纹", p.Digest}}
	return office.WriteXLSX(w, []office.Sheet{
		{Name: "计划表", Header: columns, Widths: []float64{18, 8, 30, 10, 36, 40, 20, 16, 10, 10, 12, 10, 16, 40, 20, 24, 24, 12, 30, 20}, Rows: func(yield func([]any, error) bool) {
			for _, r := range rows(p) {
				if !yield(r, nil) {
					return
				}
			}
		}},
		{Name: "说明", Header: []string{"项目", "内容"}, Widths: []float64{16, 80}, Rows: office.Texts(about)},
	})
}

// CSV writes the plan's table as text. A plan without one is refused.
func CSV(w io.Writer, p plan.Plan) error {
	if err := tabled(p); err != nil {
		return err
	}
	return office.WriteCSV(w, columns, func(yield func([]string, error) bool) {
		for _, r := range rows(p) {
			texts := make([]string, len(r))
			for i, v := range r {
				texts[i] = fmt.Sprint(v)
			}
			if !yield(texts, nil) {
				return
			}
		}
	})
}

func kind(t plan.Task) string {
	if t.Directed {
		return "定向"
	}
	return "不定向"
}

func items(t plan.Task) string {
	var names []string
	for _, i := range t.Items {
		names = append(names, i.Name)
	}
	return strings.Join(names, "；")
}

// scope says which firms a task is for.
func scope(t plan.Task) string {
	if t.Scope == (plan.Scope{}) {
		return "名录内全部对象"
	}
	var parts []string
	for _, x := range [][2]string{{t.Scope.Kind, ""}, {t.Scope.Tag, "标签："}, {t.Scope.Area, "区划 "}} {
		if x[0] != "" {
			parts = append(parts, x[1]+x[0])
		}
	}
	return strings.Join(parts, "，")
}

// ratio says how many of a stratum are drawn.
func ratio(st plan.Stratum, x plan.StratumSum) string {
	if x.Whole {
		return "全部"
	}
	return st.Share()
}

// when lists the windows.
func when(p plan.Plan) string {
	var parts []string
	for _, w := range p.Windows {
		parts = append(parts, fmt.Sprintf("%s 至 %s", w.StartsOn, w.EndsOn))
	}
	return strings.Join(parts, "；")
}

func joined(n []int) string { return strings.Trim(strings.ReplaceAll(fmt.Sprint(n), " ", "+"), "[]") }

// units names the department that leads and those that take part.
func units(t plan.Task) string {
	if with := partners(t); with != "" {
		return t.Lead + "；" + with
	}
	return t.Lead
}

// partners names those who take part: the departments of a joint task with
// what they see, else the units as the plan has them.
func partners(t plan.Task) string {
	var names []string
	for i, s := range t.Slots {
		name := s.Title
		if role := t.Role(i); role != "" {
			name += "（" + role + "）"
		}
		names = append(names, name)
	}
	if len(names) > 1 {
		return strings.Join(names, "、")
	}
	return t.Units
}

// note is the remark, with what raises the chance of some firms.
func note(t plan.Task) string {
	return strings.Trim(tickets(t)+"；"+t.Note, "；")
}

func tickets(t plan.Task) string {
	var parts []string
	for _, k := range t.Tickets {
		parts = append(parts, fmt.Sprintf("“%s”每户 %d 签", k.Tag, k.Tickets))
	}
	return strings.Join(parts, "；")
}
