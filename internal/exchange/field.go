package exchange

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"suiji/calendar"
	"suiji/internal/uscc"
)

// Field is one column of a receiver's table: what it is called there, which of
// our facts fills it, and what the receiver refuses.
type Field struct {
	Column  string // at the receiver
	Name    string
	From    string // our fact
	Need    bool
	Max     int    // characters; 0: no limit
	Rule    string // of Rules; empty: any text
	Dict    string // the dictionary that turns our word into the receiver's
	List    bool   // several values; in tables joined by a comma
	Least   int    // of a list
	Ask     Ask    // where it is entered; empty: our registers have it
	Vary    bool   // an item may have its own, instead of the office's
	Mend    Mend   // where a mistake is mended, if it is not entered here
	Control bool   // the transfer's own, no part of the record
}

// Ask is whose the value is that somebody has to enter on the page of codes.
type Ask string

// What is asked for.
const (
	OfOffice  Ask = "office"
	OfItem    Ask = "item"
	OfPenalty Ask = "penalty"
)

// Mend is where a mistake of a fact is put right.
type Mend string

// The places.
const (
	AtForm   Mend = ""
	AtFirm   Mend = "firm"
	AtOffice Mend = "office" // the office's settings
	AtCase   Mend = "case"
)

// asks reports whether the field's value is entered of a kind of subject.
func (f Field) asks(of Ask) bool { return f.Ask == of || f.Vary && of == OfItem }

// Rule is one thing that a receiver holds a text to. Broken says what is wrong,
// empty: nothing.
type Rule struct {
	ID     string
	Name   string // for the table of fields
	Broken func(text string) string
}

// Rules are all of them.
var Rules = []Rule{
	{"digits14", "14 位数字", matching(`^[0-9]{14}$`, "应为 14 位数字")},
	{"checklist", "19 位：前 18 位是有效的统一社会信用代码，第 19 位是 1–5", checklistCode},
	{"uscc", "有效的统一社会信用代码", creditCode},
	{"area", "6 位行政区划代码", matching(`^[0-9]{6}$`, "应为 6 位行政区划代码")},
	{"date", "日期，如 2022-06-14", dateRule},
	{"past", "日期，不晚于报送日", dateRule},
	{"money", "金额（元），两位小数", matching(`^[0-9]{1,15}\.[0-9]{2}$`, "应为两位小数的金额")},
	{"name", "不含空格的编号", matching(`^[^\s]+$`, "不能有空格")},
}

func matching(pattern, sentence string) func(string) string {
	re := regexp.MustCompile(pattern)
	return func(text string) string {
		if re.MatchString(text) {
			return ""
		}
		return sentence
	}
}

func checklistCode(text string) string {
	if len(text) != 19 {
		return "应为 19 位"
	}
	if bad := creditCode(text[:18]); bad != "" {
		return "前 18 位：" + bad
	}
	if text[18] < '1' || text[18] > '5' {
		return "第 19 位应为 1–5（层级）"
	}
	return ""
}

func creditCode(text string) string {
	r := uscc.Check(text)
	if r.Valid() && r.Code == text {
		return ""
	}
	if r.Valid() {
		return "应写作 " + r.Code
	}
	return r.Sentence()
}

func dateRule(text string) string {
	var d calendar.Date
	if d.UnmarshalText([]byte(text)) != nil || d.Zero() {
		return "不是日期，应如 2022-06-14"
	}
	return ""
}

// RuleName returns the rule in words; empty if there is none.
func (f Field) RuleName() string {
	for _, r := range Rules {
		if r.ID == f.Rule {
			return r.Name
		}
	}
	return ""
}

// Origin says in words where the field's value comes from.
func (f Field) Origin() string {
	switch {
	case f.Vary:
		return "本单位填写，事项可以另填"
	case f.Ask == OfOffice:
		return "本单位填写"
	case f.Ask == OfItem:
		return "按事项填写"
	case f.Ask == OfPenalty:
		return "按处罚决定填写"
	case f.Control:
		return "生成批次时产生"
	case f.Mend == AtFirm:
		return "检查对象名录"
	case f.Mend == AtOffice:
		return "单位设置"
	case f.Mend == AtCase:
		return "后续处置"
	}
	return "检查表和公示记录"
}

// Check returns what the receiver would refuse the values for; empty: nothing.
// on is the day of the transfer.
func (f Field) Check(values []string, on calendar.Date) string {
	filled := 0
	for _, v := range values {
		if v != "" {
			filled++
		}
	}
	if filled == 0 {
		if f.Need {
			return "缺少“" + f.Name + "”"
		}
		return ""
	}
	if filled < len(values) {
		return "“" + f.Name + "”有一项是空的"
	}
	if filled < f.Least {
		return "“" + f.Name + "”不少于 " + numeral(f.Least) + "项"
	}
	for _, v := range values {
		if bad := f.broken(v, on); bad != "" {
			return "“" + f.Name + "”" + bad
		}
	}
	if n := utf8.RuneCountInString(strings.Join(values, ",")); f.Max > 0 && n > f.Max {
		return "“" + f.Name + "”超过 " + numeral(f.Max) + "字（现在 " + numeral(n) + "字）"
	}
	return ""
}

func (f Field) broken(text string, on calendar.Date) string {
	for _, r := range Rules {
		if r.ID != f.Rule {
			continue
		}
		if bad := r.Broken(text); bad != "" {
			return bad
		}
		var d calendar.Date
		if f.Rule == "past" && d.UnmarshalText([]byte(text)) == nil && d.After(on) {
			return "晚于报送日 " + on.String()
		}
	}
	return ""
}

// Dict turns our words into a receiver's codes.
type Dict struct {
	ID, Name string
	Source   string // where the codes are from
	Words    []Word
}

// Word is one of our words and the receiver's code for it; empty: not known
// here, the office enters it.
type Word struct{ Ours, Name, Theirs string }

// name is one of our words as people know it.
func (d Dict) name(ours string) string {
	for _, w := range d.Words {
		if w.Ours == ours {
			return w.Name
		}
	}
	return ours
}

// Part is one table that a receiver takes.
type Part struct {
	ID, Name string
	Source   string // where the columns are from
	Fields   []Field
}

// Receiver is somebody whom batches are handed to.
type Receiver struct {
	ID, Name string
	About    string
	Form     string // csv, xlsx
	Parts    []Part
	Dicts    []Dict
}

// Dict returns a dictionary of the receiver.
func (t Receiver) Dict(id string) Dict {
	for _, d := range t.Dicts {
		if d.ID == id {
			return d
		}
	}
	return Dict{}
}

// Part returns one of the receiver's tables.
func (t Receiver) Part(id string) Part {
	for _, p := range t.Parts {
		if p.ID == id {
			return p
		}
	}
	return Part{}
}
