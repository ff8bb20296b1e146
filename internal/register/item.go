package register

import (
	"suiji/calendar"
	"suiji/internal/wording"
)

// Item is one entry of the item list (随机抽查事项清单, 1.07–1.09).
type Item struct {
	ID          string
	Code        string // 监管事项目录编码; empty: none
	Category    string // 抽查类别
	Name        string // 抽查事项
	Sub         string // 抽查子项; empty: none
	Subject     string // 检查对象
	Level       Level
	Method      string // 检查方式
	Ratio       string // in the office's own words
	Frequency   string
	Body        string        // 检查主体
	Basis       string        // 检查依据; empty: the item cannot be used
	Staff       string        // 检查人员要求
	Note        string        // 备注
	PublishedOn calendar.Date // zero: not published, so the item cannot be used
	Points      []Point       // 检查内容 (要点)
	Active      bool          // in the list
	Reason      string        // why withdrawn
	Version     int64         // the list's version that last changed it
	Since       calendar.Date // the first day of this state; zero: always

	Place int64 // in the list; below firstPlace: the row of a file
}

// firstPlace is the least place in the list: each version has as many places
// as a file may have rows.
const firstPlace = 10_000_000

// placeIn returns where an item stands that version enters or changes: an item
// that is there keeps its place, new ones stand behind all others in the order
// of their file.
func (i Item) placeIn(version int64) int64 {
	if i.Place >= firstPlace {
		return i.Place
	}
	return version*firstPlace + i.Place
}

// Point is one thing to look at in an inspection.
type Point struct {
	Text  string
	Basis string
}

// Level is the weight of an item (事项类别).
type Level string

// The levels.
const (
	General Level = "general" // 一般检查事项
	Key     Level = "key"     // 重点检查事项
)

// Name returns the Chinese name of a level.
func (l Level) Name() string {
	if l == Key {
		return "重点检查事项"
	}
	return "一般检查事项"
}

// Title returns item and sub-item as one line.
func (i Item) Title() string {
	if i.Sub == "" || i.Sub == i.Name {
		return i.Name
	}
	return i.Name + "：" + i.Sub
}

// Usable reports whether a plan may use the item: it has a legal basis (what
// the law does not provide for must not be inspected, 1.05) and is published.
func (i Item) Usable() bool { return i.Active && i.Basis != "" && !i.PublishedOn.Zero() }

// Key implements Record.
func (i Item) Key() string { return i.ID }

// Named implements Record.
func (i Item) Named() string { return i.Name }

// InForce implements Record.
func (i Item) InForce() bool { return i.Active }

// Label implements Record.
func (i Item) Label() string { return i.Title() }
func (i Item) search() string {
	return wording.Fold(i.Title()) + "\n" + wording.Fold(i.Category) + "\n" + wording.Fold(i.Code)
}

// Canonical implements Record.
func (i Item) Canonical(b []byte) []byte {
	points, bases := make([]string, len(i.Points)), make([]string, len(i.Points))
	for n, p := range i.Points {
		points[n], bases[n] = p.Text, p.Basis
	}
	return canonical(b,
		member{name: "basis", text: i.Basis},
		member{name: "body", text: i.Body},
		member{name: "category", text: i.Category},
		member{name: "code", text: i.Code},
		member{name: "frequency", text: i.Frequency},
		member{name: "id", text: i.ID},
		member{name: "level", text: string(i.Level)},
		member{name: "method", text: i.Method},
		member{name: "name", text: i.Name},
		member{name: "note", text: i.Note},
		member{name: "point_bases", list: bases, many: true},
		member{name: "points", list: points, many: true},
		member{name: "published_on", text: i.PublishedOn.String()},
		member{name: "ratio", text: i.Ratio},
		member{name: "staff", text: i.Staff},
		member{name: "sub", text: i.Sub},
		member{name: "subject", text: i.Subject},
	)
}

// Whole implements Record.
func (i Item) Whole(b []byte) []byte { return i.Canonical(b) }

// Onto implements Record.
func (i Item) Onto(old Item) Item {
	set(&old.Category, i.Category)
	set(&old.Name, i.Name)
	set(&old.Sub, i.Sub)
	set(&old.Subject, i.Subject)
	set(&old.Method, i.Method)
	set(&old.Ratio, i.Ratio)
	set(&old.Frequency, i.Frequency)
	set(&old.Body, i.Body)
	set(&old.Basis, i.Basis)
	set(&old.Staff, i.Staff)
	set(&old.Note, i.Note)
	if i.Level != "" {
		old.Level = i.Level
	}
	if !i.PublishedOn.Zero() {
		old.PublishedOn = i.PublishedOn
	}
	if len(i.Points) > 0 {
		old.Points = i.Points
	}
	old.Active, old.Reason = true, ""
	return old
}

// Fresh completes an item that is entered for the first time. Every item has
// something to look at: without points of its own it is itself the point.
func (i Item) Fresh() Item {
	if i.Level == "" {
		i.Level = General
	}
	if len(i.Points) == 0 {
		text := i.Sub
		if text == "" {
			text = i.Name
		}
		i.Points = []Point{{Text: text, Basis: i.Basis}}
	}
	i.Active = true
	return i
}

func (i Item) state() (version int64, since calendar.Date) { return i.Version, i.Since }
func (i Item) why() string                                 { return i.Reason }
