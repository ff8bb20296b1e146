package report

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"suiji/internal/casework"
	"suiji/internal/disclosure"
	"suiji/internal/inspection"
	"suiji/internal/round"
)

// Table is a table of a report. If Bars names a column, from 1, that column
// counts, and each row has a bar of it: no chart without its table.
type Table struct {
	Name  string     `json:"name"`
	About string     `json:"about"` // what is counted
	Head  []string   `json:"head"`
	Rows  [][]string `json:"rows"`
	Bars  int        `json:"bars"`
}

// figure is a count, a share, or none.
var figure = regexp.MustCompile(`^([0-9]+([.][0-9]+)?%?|—|)$`)

// Figures reports whether a column, from 0, has figures alone: they stand at the
// right, digit under digit.
func (t Table) Figures(col int) bool {
	some := false
	for _, r := range t.Rows {
		if !figure.MatchString(r[col]) {
			return false
		}
		some = some || r[col] != "" && r[col] != "—"
	}
	return some
}

// Bar is how long the bar of a row is, in percent of the longest.
func (t Table) Bar(row []string) int {
	most := 0
	for _, r := range t.Rows {
		most = max(most, t.value(r))
	}
	if most == 0 {
		return 0
	}
	return t.value(row) * 100 / most
}

// value is a row's count; what is no number has no bar.
func (t Table) value(row []string) int {
	if t.Bars == 0 || len(row) < t.Bars {
		return 0
	}
	n, err := strconv.Atoi(row[t.Bars-1])
	if err != nil {
		return 0
	}
	return n
}

func counted(name, about, what, unit string) Table {
	return Table{Name: name, About: about, Head: []string{what, unit}, Bars: 2}
}

func (t *Table) add(name string, n int) { t.Rows = append(t.Rows, []string{name, strconv.Itoa(n)}) }

// tables are all of a scope.
func (d data) tables() []Table {
	numbers := Table{Name: "主要数字", Head: []string{"项目", "数字", "口径"}}
	for _, f := range d.figures() {
		numbers.Rows = append(numbers.Rows, []string{f.Name, f.Text(), f.Rule})
	}
	return []Table{numbers, d.byRound(), d.byMethod(), d.byCode(), d.byOutcome(), d.byKind(), d.byPenalty(), d.byPublication(), d.byRemoval(), d.bySubstitution()}
}

func (d data) byRound() Table {
	t := Table{Name: "各轮次", About: "每个轮次应查、已查的户数和检查期。", Head: []string{"轮次", "任务", "检查期", "应查", "已查"}, Rows: [][]string{}}
	for _, p := range d.progress() {
		t.Rows = append(t.Rows, []string{p.Round, p.Task, fmt.Sprintf("%s 至 %s", p.From, p.To), strconv.Itoa(p.Firms), strconv.Itoa(p.Done)})
	}
	return t
}

func (d data) byMethod() Table {
	t := counted("检查方式", "审核通过的结论用到的方式，一户用几种方式分别计。", "方式", "户次")
	for _, m := range inspection.Methods {
		t.add(m.Name, d.methods[string(m.Method)])
	}
	return t
}

// byCode counts confirmed conclusions; of a firm with several codes each.
func (d data) byCode() Table {
	t := counted("检查结果", "审核通过的结论，按结果分；一份结论有几种结果的分别计。", "结果", "份")
	n := map[inspection.Code]int{}
	for _, r := range d.rows {
		if r.Form.State != inspection.Confirmed {
			continue
		}
		for _, c := range r.Form.Codes {
			n[c]++
		}
	}
	for _, c := range inspection.Codes {
		t.add(c.Name, n[c.Code])
	}
	return t
}

func (d data) byOutcome() Table {
	t := counted("问题处理", "发现的问题，按处理结果分。", "处理结果", "个")
	n := map[inspection.Outcome]int{}
	for _, f := range d.findings {
		n[f.Outcome]++
	}
	for _, o := range inspection.Outcomes {
		t.add(o.Name, n[o.Outcome])
	}
	t.add("还没有处理完", n[""])
	return t
}

func (d data) byKind() Table {
	t := Table{Name: "后续处置", About: "检查发现的问题和要求后续办理的结果，按现在的处置方式分。", Head: []string{"处置方式", "共", "已了结", "未了结", "其中超期"}, Bars: 2}
	for _, k := range casework.Kinds {
		ended, open, late := 0, 0, 0
		for _, e := range d.ended {
			if e.Kind == k.Kind {
				ended++
			}
		}
		for _, e := range d.ends {
			if e.Kind == k.Kind {
				open++
				if e.Late {
					late++
				}
			}
		}
		t.Rows = append(t.Rows, []string{k.Name, strconv.Itoa(ended + open), strconv.Itoa(ended), strconv.Itoa(open), strconv.Itoa(late)})
	}
	return t
}

// byPenalty lists the decisions in force by their day; sums are nobody's goal.
func (d data) byPenalty() Table {
	t := Table{Name: "行政处罚", About: "经复核的处罚决定，按决定日期。", Head: []string{"文书号", "决定日期", "种类", "状态"}, Rows: [][]string{}}
	for _, p := range d.penalties {
		t.Rows = append(t.Rows, []string{p.Number, p.DecidedOn.String(), p.Kinds, p.StateName()})
	}
	return t
}

func (d data) byPublication() Table {
	t := counted("结果公示", "已抽取的户，按公示情况分。", "情况", "户")
	n := map[disclosure.RowState]int{}
	with := 0
	for _, r := range d.rates {
		for _, state := range r.States() {
			n[state]++
			with++
		}
	}
	for _, s := range disclosure.RowStates {
		t.add(s.Name, n[s.State])
	}
	t.add("还没有生成检查表", max(0, len(d.firms)-with))
	return t
}

func (d data) byRemoval() Table {
	t := counted("移出", "抽取以后经两人办理移出的户，按理由分。", "理由", "户")
	for _, x := range round.RemovalReasons {
		n := 0
		for _, m := range d.removals {
			if m.Reason == x.Code {
				n++
			}
		}
		t.add(x.Name, n)
	}
	return t
}

func (d data) bySubstitution() Table {
	t := counted("换人", "匹配以后经批准更换的检查人员，按理由分，一户一人计 1 次。", "理由", "人次")
	for _, x := range round.AbsenceReasons {
		n := 0
		for _, m := range d.substitutions {
			if m.Reason == x.Code {
				n++
			}
		}
		t.add(x.Name, n)
	}
	return t
}

// Section is a part of a summary: what is counted, said in words, and what
// people write.
type Section struct {
	Key   string `json:"key"`
	Title string `json:"title"`
	Said  string `json:"said"`  // computed at drafting
	Words string `json:"words"` // people's
	Needs bool   `json:"needs"` // people have to write it
}

// sections says the numbers in official words.
func (d data) sections() []Section {
	f := map[string]Figure{}
	for _, x := range d.figures() {
		f[x.Key] = x
	}
	n := func(key string) int { return f[key].Total() }
	rows := listed
	base := fmt.Sprintf("%s计划抽查 %d 户，开展抽取 %d 轮，抽取检查对象 %d 户，已检查 %d 户。", d.scope.Name(), n("planned"), len(d.rounds), n("drawn"), n("inspected"))
	if len(d.rounds) == 0 {
		base = d.scope.Name() + "还没有抽取，各项数字为 0。"
	}
	for _, p := range d.progress() {
		base += "\n" + p.Round + "：" + p.Words()
	}
	penalties := fmt.Sprintf("作出行政处罚决定 %d 件", len(d.penalties))
	if r := d.revoked(); r > 0 {
		penalties += fmt.Sprintf("，其中已撤销 %d 件", r)
	}
	published := fmt.Sprintf("应公示 %d 户，按期公示 %d 户，按期公示率 %s；公示后更正 %d 份、撤回 %d 份；收到公示异议 %d 件。公示情况：%s。",
		f["published"].Whole, n("published"), f["published"].Text(), d.changed["corrected"], d.changed["withdrawn"], n("objections"), rows(d.byPublication()))
	hand := 0
	for _, x := range d.substitutions {
		if x.ByHand {
			hand++
		}
	}
	return []Section{
		{Key: "base", Title: "基本情况", Said: base},
		{Key: "methods", Title: "检查方式", Said: "检查方式：" + rows(d.byMethod()) + "。"},
		{Key: "results", Title: "发现的问题", Said: fmt.Sprintf("检查结果：%s。共发现问题 %d 个，涉及 %d 户次。", rows(d.byCode()), n("problems"), d.troubled())},
		{Key: "after", Title: "后续处置", Said: fmt.Sprintf("问题处理：%s。后续事项已了结 %d 项，未了结 %d 项，已超期（含公示）%d 项。%s。", rows(d.byOutcome()), len(d.ended), n("open"), n("overdue"), penalties)},
		{Key: "published", Title: "结果公示", Said: published},
		{Key: "changes", Title: "移出和换人", Said: fmt.Sprintf("移出 %d 户：%s。更换检查人员 %d 人次（其中没有备选、由两人指定的 %d 人次）：%s。", len(d.removals), rows(d.byRemoval()), len(d.substitutions), hand, rows(d.bySubstitution()))},
		{Key: "practice", Title: "主要做法", Needs: true},
		{Key: "troubles", Title: "存在的问题和困难", Needs: true},
		{Key: "next", Title: "下一步工作", Needs: true},
	}
}

func (d data) revoked() (n int) {
	for _, p := range d.penalties {
		if p.State == "revoked" {
			n++
		}
	}
	return n
}

// troubled counts the inspections with a problem.
func (d data) troubled() int {
	seen := map[string]bool{}
	for _, f := range d.findings {
		seen[f.Form] = true
	}
	return len(seen)
}

// listed says the rows of a counting table that are not zero.
func listed(t Table) string {
	var parts []string
	for _, r := range t.Rows {
		if r[t.Bars-1] != "0" {
			parts = append(parts, fmt.Sprintf("%s %s %s", r[0], r[t.Bars-1], t.Head[t.Bars-1]))
		}
	}
	if len(parts) == 0 {
		return "无"
	}
	return strings.Join(parts, "、")
}
