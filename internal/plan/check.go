package plan

import (
	"fmt"
	"slices"
	"strings"

	"suiji/calendar"
)

// Severity is what a defect does to a plan.
type Severity string

// The severities.
const (
	Refuse Severity = "refuse" // the plan cannot be submitted, approved or published
	Warn   Severity = "warn"   // the leader must see it
)

// Defect is one thing wrong with a plan.
type Defect struct {
	Code     string // of the rule, such as archive
	Clause   string // of the field's rules, such as 1.43
	Severity Severity
	Field    string // input that mends it, as the forms name it
	Sentence string
}

// Facts is what Check must know besides the plan.
type Facts struct {
	Calendar calendar.Calendar
	Version  int64 // of the target register, now
	Items    map[string]ItemFact
	Officers []OfficerFact
	Caps     string // frequency caps as they stand, a sentence a line
	Today    calendar.Date
	Before   *Plan // the version that the plan amends; nil: none
}

// ItemFact is an item of the list as it stands.
type ItemFact struct {
	Name, Basis string
	Active      bool
	Published   bool
	Points      int // check points
}

// OfficerFact is an officer of the register as it stands.
type OfficerFact struct {
	ID, Unit string
	Fields   []string
	Until    calendar.Date // last day of the certificate
	Recused  []string      // firms that a recusal bars them from
}

// Refuses reports whether any of the defects refuses.
func Refuses(defects []Defect) bool {
	return slices.ContainsFunc(defects, func(d Defect) bool { return d.Severity == Refuse })
}

// Check names every defect of p that the data can show, in the order of the
// plan's sections.
func Check(p Plan, f Facts) []Defect {
	c := &checker{p: p, f: f, sum: Calculate(p)}
	c.document()
	c.text()
	c.table()
	c.windows()
	c.base()
	c.strata()
	c.caps()
	c.people()
	c.slots()
	c.clocks()
	c.archive()
	c.rules()
	c.amendment()
	return c.found
}

type checker struct {
	p     Plan
	f     Facts
	sum   Sum
	found []Defect
}

func (c *checker) refuse(code, clause, field, format string, args ...any) {
	c.found = append(c.found, Defect{code, clause, Refuse, field, fmt.Sprintf(format, args...)})
}

func (c *checker) warn(code, clause, field, format string, args ...any) {
	c.found = append(c.found, Defect{code, clause, Warn, field, fmt.Sprintf(format, args...)})
}

// document checks the head of the document (1.01, 1.02).
func (c *checker) document() {
	p := c.p
	for _, need := range []struct {
		missing     bool
		field, what string
	}{
		{p.Title == "", "title", "标题"},
		{p.Number == "", "number", "文号"},
		{p.Issuer == "", "issuer", "印发单位"},
		{p.IssuedOn.Zero(), "issued_on", "印发日期"},
		{p.Addressees == "", "addressees", "主送单位"},
		{p.Body == "", "body", "正文"},
	} {
		if need.missing {
			c.refuse("document", "1.01", need.field, "没有填写%s", need.what)
		}
	}
	if m := goodNumber.FindStringSubmatch(p.Number); p.Number != "" && m == nil {
		c.warn("number", "1.01", "number", "文号“%s”应写成 元人社〔2022〕3号 的样子", p.Number)
	} else if m != nil && !p.IssuedOn.Zero() && m[1] != fmt.Sprint(p.IssuedOn.Year()) {
		c.warn("number", "1.01", "number", "文号的年份是 %s，印发日期是 %s", m[1], p.IssuedOn)
	}
	if len(p.Bases) == 0 {
		c.warn("bases", "1.02", "basis-1-title", "没有写明上级依据文件")
	}
}

// text checks the wording, where a program can.
func (c *checker) text() {
	body := c.p.Body
	if strings.Contains(body, "守法诚信登记") {
		c.warn("grade-word", "1.45", "body", "正文“守法诚信登记”疑为“守法诚信等级”之误（企业劳动保障守法诚信等级评价办法）")
	}
	if names := unitNames(c.p.Addressees + "\n" + body); len(names) > 1 {
		c.warn("unit-words", "1.30", "body", "同一类实施机构用了 %d 种称呼：%s，请统一", len(names), strings.Join(names, "、"))
	}
	if strings.Contains(body, "推进全企业") {
		c.warn("missing-word", "1.03", "body", "正文“推进全企业……”疑有缺字，如“推进对全部企业的……”")
	}
}

// table checks that there is one, and its items (1.05, 1.09, 1.17).
func (c *checker) table() {
	if len(c.p.Tasks) == 0 {
		said := ""
		if tableNamed.MatchString(c.p.Body) {
			said = "正文说比例和频次见附后的计划表，但"
		}
		c.refuse("table", "1.17", "tasks", "%s计划表是空的：至少要有一项抽查任务", said)
	}
	for _, t := range c.p.Tasks {
		field := fmt.Sprintf("task-%d", t.No)
		if t.Name == "" {
			c.refuse("task", "1.17", field+"-name", "第 %d 项任务没有名称", t.No)
		}
		if t.Directed && t.Scope == (Scope{}) {
			c.refuse("task", "1.06", field+"-scope_kind", "“%s”是定向抽查，却没有限定类型、标签或区域", t.Name)
		}
		if !t.Directed && t.Scope != (Scope{}) {
			c.refuse("task", "1.06", field+"-directed", "“%s”限定了类型、标签或区域，应为定向抽查", t.Name)
		}
		if len(t.Items) == 0 {
			c.refuse("item", "1.09", field+"-items", "“%s”没有选择抽查事项", t.Name)
		}
		for _, i := range t.Items {
			c.item(field+"-items", i)
		}
	}
}

// item: what is not published or has no basis in law must not be inspected.
func (c *checker) item(field string, i Item) {
	now, ok := c.f.Items[i.ID]
	switch {
	case !ok:
		c.refuse("item", "1.05", field, "抽查事项清单里没有事项“%s”", i.Name)
		return
	case !now.Active:
		c.refuse("item", "1.05", field, "事项“%s”已停用", now.Name)
		return
	}
	if !now.Published {
		c.refuse("item", "1.05", field, "事项“%s”尚未公布，不得据以检查", now.Name)
	}
	if now.Basis == "" {
		c.refuse("item", "1.05", field, "事项“%s”没有法律依据，不得据以检查", now.Name)
	}
	if now.Points == 0 {
		c.warn("item", "1.07", field, "事项“%s”没有检查内容（要点），一企一表上将没有可勾选的内容", now.Name)
	}
}

// windows checks the rounds of the year (1.19).
func (c *checker) windows() {
	if len(c.p.Windows) == 0 {
		c.refuse("windows", "1.19", "windows", "没有抽查批次：请写明每批的起止日期")
	}
	for i, w := range c.p.Windows {
		field := fmt.Sprintf("window-%d", w.No)
		if w.StartsOn.Zero() || w.EndsOn.Zero() {
			c.refuse("windows", "1.19", field+"-starts", "第 %d 批次没有写全起止日期", w.No)
			continue
		}
		if w.EndsOn.Before(w.StartsOn) {
			c.refuse("windows", "1.19", field+"-ends", "第 %d 批次的截止日 %s 早于开始日 %s", w.No, w.EndsOn, w.StartsOn)
		}
		if w.StartsOn.Year() != c.p.Year || w.EndsOn.Year() != c.p.Year {
			c.refuse("windows", "1.19", field+"-starts", "第 %d 批次（%s 至 %s）不在 %d 年内", w.No, w.StartsOn, w.EndsOn, c.p.Year)
		}
		if i > 0 && !w.StartsOn.After(c.p.Windows[i-1].EndsOn) {
			c.refuse("windows", "1.19", field+"-starts", "第 %d 批次从 %s 开始，没有晚于上一批次的截止日 %s", w.No, w.StartsOn, c.p.Windows[i-1].EndsOn)
		}
		if w.StartsOn.Before(c.p.IssuedOn) && !c.kept(i, w) {
			c.refuse("windows", "1.19", field+"-starts", "第 %d 批次从 %s 开始，早于计划的印发日期 %s", w.No, w.StartsOn, c.p.IssuedOn)
		}
	}
}
