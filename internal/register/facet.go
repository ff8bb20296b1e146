package register

import (
	"slices"
	"strings"

	"suiji/calendar"
	"suiji/internal/errs"
	"suiji/internal/wording"
)

// Facet is one thing that a record says, as a text that people compare and
// type: words of a list stand one a line.
type Facet[T any] struct {
	Name    string // of the input
	Label   string
	Hint    string   // how it is typed; empty: as the label says
	Long    bool     // more than a line
	Date    bool     // YYYY-MM-DD
	Private bool     // never public
	Choices []string // nil: any text
	Need    bool     // may not be empty
	get     func(T) string
	put     func(*T, string) error
}

// Value returns what a record says.
func (f Facet[T]) Value(rec T) string { return f.get(rec) }

// set lets a record say what was typed. Errors: Invalid at the input.
func (f Facet[T]) set(rec *T, typed string) error {
	typed, _ = wording.Clean(strings.ReplaceAll(typed, "\r", ""), f.Long)
	switch {
	case typed == "" && f.Need:
		return errs.At(f.Name, "请填写"+f.Label)
	case typed != "" && f.Choices != nil && !slices.Contains(f.Choices, typed):
		return errs.At(f.Name, f.Label+"请从列出的几种里选")
	}
	if err := f.put(rec, typed); errs.KindOf(err) == errs.Invalid {
		return err
	} else if err != nil {
		return errs.At(f.Name, f.Label+"应是存在的日期，如 2022-06-01")
	}
	return nil
}

// text is a facet of a text.
func text[T any](name, label string, at func(*T) *string) Facet[T] {
	return Facet[T]{Name: name, Label: label,
		get: func(rec T) string { return *at(&rec) },
		put: func(rec *T, s string) error { *at(rec) = s; return nil }}
}

// date is a facet of a day; empty is none.
func date[T any](name, label string, at func(*T) *calendar.Date) Facet[T] {
	return Facet[T]{Name: name, Label: label, Date: true,
		get: func(rec T) string { return at(&rec).String() },
		put: func(rec *T, s string) (err error) { *at(rec), err = day(s); return err }}
}

// list is a facet of words in byte order.
func list[T any](name, label string, at func(*T) *[]string) Facet[T] {
	return Facet[T]{Name: name, Label: label, Long: true,
		get: func(rec T) string { return strings.Join(*at(&rec), "\n") },
		put: func(rec *T, s string) error {
			all := wording.Split(s)
			slices.Sort(all)
			*at(rec) = all
			return nil
		}}
}

// with returns the facet changed.
func (f Facet[T]) with(change func(*Facet[T])) Facet[T] { change(&f); return f }

func private[T any](f *Facet[T]) { f.Private = true }
func needed[T any](f *Facet[T])  { f.Need = true }
func long[T any](f *Facet[T])    { f.Long = true }

var targetFacets = []Facet[Target]{
	text("name", "名称", func(t *Target) *string { return &t.Name }).with(needed),
	text("kind", "类型", func(t *Target) *string { return &t.Kind }).with(func(f *Facet[Target]) { f.Choices = Kinds }),
	text("state", "登记状态", func(t *Target) *string { return &t.State }).with(func(f *Facet[Target]) { f.Choices, f.Need = States, true }),
	date("established", "成立日期", func(t *Target) *calendar.Date { return &t.Established }),
	text("area_code", "区划代码", func(t *Target) *string { return &t.AreaCode }),
	text("area_name", "所属地区", func(t *Target) *string { return &t.AreaName }),
	text("address", "注册地址", func(t *Target) *string { return &t.Address }),
	text("work_address", "实际经营地址", func(t *Target) *string { return &t.WorkAddress }),
	text("industry", "行业", func(t *Target) *string { return &t.Industry }),
	text("scope", "经营范围", func(t *Target) *string { return &t.Scope }).with(long),
	text("contact", "联系人", func(t *Target) *string { return &t.Contact }).with(private),
	text("phone", "联系电话", func(t *Target) *string { return &t.Phone }).with(private),
	list("tags", "标签", func(t *Target) *[]string { return &t.Tags }),
	lines("numbers", "其他号码", "一行一个，如 旧注册号 130132100001234；种类有旧注册号、组织机构代码、税务登记号、其他", func(t *Target) *[]string { return &t.Numbers }, NumberLine),
	lines("places", "用工地", "一行一处：区划代码｜地址｜人数，如 130132｜元氏县槐阳镇工业路 5 号｜32", func(t *Target) *[]string { return &t.Places }, PlaceLine),
}

var officerFacets = []Facet[Officer]{
	text("name", "姓名", func(o *Officer) *string { return &o.Name }).with(needed),
	text("cert_kind", "证件类型", func(o *Officer) *string { return &o.CertKind }),
	date("cert_until", "有效期至", func(o *Officer) *calendar.Date { return &o.CertUntil }).with(needed),
	list("fields", "执法领域", func(o *Officer) *[]string { return &o.Fields }),
	text("unit", "单位、科室", func(o *Officer) *string { return &o.Unit }),
	text("post", "职务", func(o *Officer) *string { return &o.Post }),
	text("phone", "手机", func(o *Officer) *string { return &o.Phone }).with(private),
}

var itemFacets = []Facet[Item]{
	text("category", "抽查类别", func(i *Item) *string { return &i.Category }),
	text("name", "抽查事项", func(i *Item) *string { return &i.Name }).with(needed),
	text("sub", "抽查子项", func(i *Item) *string { return &i.Sub }),
	text("subject", "检查对象", func(i *Item) *string { return &i.Subject }),
	{Name: "level", Label: "事项类别", Need: true, Choices: []string{General.Name(), Key.Name()},
		get: func(i Item) string { return i.Level.Name() },
		put: func(i *Item, s string) error {
			i.Level = General
			if s == Key.Name() {
				i.Level = Key
			}
			return nil
		}},
	text("method", "检查方式", func(i *Item) *string { return &i.Method }),
	text("ratio", "抽查比例", func(i *Item) *string { return &i.Ratio }),
	text("frequency", "抽查频次", func(i *Item) *string { return &i.Frequency }),
	text("body", "检查主体", func(i *Item) *string { return &i.Body }),
	text("basis", "检查依据", func(i *Item) *string { return &i.Basis }).with(long),
	text("staff", "检查人员要求", func(i *Item) *string { return &i.Staff }),
	text("note", "备注", func(i *Item) *string { return &i.Note }),
	date("published_on", "发布日期", func(i *Item) *calendar.Date { return &i.PublishedOn }),
	{Name: "points", Label: "检查内容（要点）", Long: true, Need: true, get: pointLines, put: func(i *Item, s string) error {
		i.Points = pointsOf(s)
		return nil
	}},
}

// basisMark stands between a point and its own legal basis, where it has one.
const basisMark = "｜依据："

func pointLines(i Item) string {
	var lines []string
	for _, p := range i.Points {
		if p.Basis != "" {
			p.Text += basisMark + p.Basis
		}
		lines = append(lines, p.Text)
	}
	return strings.Join(lines, "\n")
}

func pointsOf(lines string) []Point {
	var out []Point
	for line := range strings.SplitSeq(lines, "\n") {
		text, basis, _ := strings.Cut(strings.TrimSpace(line), basisMark)
		if text != "" {
			out = append(out, Point{Text: text, Basis: basis})
		}
	}
	return out
}
