package intake

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"suiji/calendar"
	"suiji/internal/wording"
)

// Severity says what becomes of a row with an issue.
type Severity string

// The severities.
const (
	Warn   Severity = "warn"   // can be written; should be looked at
	Reject Severity = "reject" // cannot be written
)

// Name returns the Chinese name of a severity.
func (s Severity) Name() string {
	if s == Reject {
		return "不导入"
	}
	return "提醒"
}

// Issue is one thing that is wrong with a row of a file.
type Issue struct {
	Line     int    // row of the file as the user sees it, from 1
	Cell     int    // column of the file, from 0; -1: the row as a whole
	Column   string // heading; empty: the row as a whole
	Rule     string // such as code-check
	Severity Severity
	Value    string // what stands there, shortened
	Sentence string // Chinese: what is wrong, and what to do
}

// reading is the judging of one row: it takes the cells out of it and notes
// what is wrong. Columns that the file has and the register does not know are
// not looked at.
type reading struct {
	head   *header
	today  calendar.Date
	exact  bool // a row has exactly as many cells as the header (CSV)
	line   int
	cells  []string
	note   string
	issues []Issue
}

// The longest value that an issue repeats, in characters.
const issueValue = 60

func (r *reading) issue(f field, rule string, s Severity, value, sentence string) {
	cell, column := -1, ""
	if f >= 0 {
		cell, column = r.head.at[f], r.head.heading(f)
	}
	r.issues = append(r.issues, Issue{
		Line: r.line, Cell: cell, Column: column, Rule: rule, Severity: s,
		Value: wording.Shorten(value, issueValue), Sentence: sentence,
	})
}

// wholeRow stands for no field in an issue.
const wholeRow field = -1

// rejected reports whether the row cannot be written.
func (r *reading) rejected() bool {
	return slices.ContainsFunc(r.issues, func(i Issue) bool { return i.Severity == Reject })
}

// width judges the number of cells. A row with more or fewer than the header
// is shifted somewhere: no cell of it can be trusted.
func (r *reading) width() bool {
	want, got := len(r.head.headings), len(r.cells)
	for got > want && strings.TrimSpace(r.cells[got-1]) == "" {
		got--
	}
	if got > want || r.exact && got < want {
		r.issue(wholeRow, "columns", Reject, "", fmt.Sprintf("这一行有 %d 列，表头有 %d 列，内容可能错位；请对照表头改正", got, want))
		return false
	}
	if r.note != "" {
		r.issue(wholeRow, "quote", Warn, "", r.note)
	}
	return true
}

// raw returns a cell as the file has it; "" where there is none. An apostrophe
// before it only says that it is text.
func (r *reading) raw(f field) string {
	at := r.head.at[f]
	if at < 0 || at >= len(r.cells) {
		return ""
	}
	return strings.TrimPrefix(r.cells[at], "'")
}

// text returns a cell as a person reads it, in one line; empty if it says
// nothing (“N/A”, “无”).
func (r *reading) text(f field) string {
	s := r.words(f, false)
	if wording.Nothing(s) {
		return ""
	}
	return s
}

// words returns a cell, clean, and notes what cleaning found.
func (r *reading) words(f field, lines bool) string {
	s, flaws := wording.Clean(r.raw(f), lines)
	switch n := utf8.RuneCountInString(s); {
	case n > longestCell:
		r.issue(f, "cell-long", Reject, s, fmt.Sprintf("这一格有 %d 个字，超过 %d 字的上限；请检查引号是否闭合、列是否错位", n, longestCell))
		return ""
	case computed.MatchString(s):
		r.issue(f, "formula", Warn, s, fmt.Sprintf("“%s”是公式，不是内容，没有导入这一格；请选择性粘贴为数值", wording.Shorten(s, 20)))
		return ""
	case isErrorValue(s):
		r.issue(f, "error-value", Warn, s, fmt.Sprintf("“%s”是表格公式出错的结果，没有导入这一格；请改正", s))
		return ""
	}
	if flaws == 0 {
		return s
	}
	if flaws&wording.Lost != 0 {
		r.lost(f, s)
	}
	if flaws&wording.Control != 0 {
		r.issue(f, "control-character", Warn, s, "含有看不见的控制字符，导入时去掉")
	}
	if flaws&wording.Private != 0 {
		r.issue(f, "private-character", Warn, s, "含有造字（私用区字符），换一台电脑可能显示为空白或方框；请核对，能用正式汉字的改用正式汉字")
	}
	return s
}

// longestCell is the most that a cell may hold, in characters.
const longestCell = 10_000

// computed is a formula that came as text.
var computed = regexp.MustCompile(`^[=＝][\p{L}\d("'(（+-]`)

// isErrorValue reports whether a formula failed where this stands; #N/A counts
// as nothing.
func isErrorValue(s string) bool {
	return slices.Contains([]string{"#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!"}, s)
}

// lost notes characters that were lost before the file came here. Without its
// name or number a record is not known; elsewhere the loss can be mended later.
func (r *reading) lost(f field, s string) {
	if f == fName || f == fCode || f == fOldCode || f == fCertNo {
		r.issue(f, "garbled", Reject, s, "文字已成乱码；请从原系统重新导出这一行")
		return
	}
	r.issue(f, "garbled", Warn, s, "有文字成了乱码；请从原系统核对这一格")
}

// date returns the date in a cell; zero if it says nothing or is no date.
func (r *reading) date(f field, rule string, s Severity) calendar.Date {
	text := r.text(f)
	if text == "" {
		return calendar.Date{}
	}
	d, ok := parseDate(text)
	if !ok {
		r.issue(f, rule, s, text, fmt.Sprintf("“%s”不是日期，或者没有这一天；请写成 2026-12-31 的样子", wording.Shorten(text, 20)))
	}
	return d
}

// telephone returns a telephone number; a strange one is kept with a warning.
func (r *reading) telephone(f field) string {
	text := r.text(f)
	if text != "" && !isTelephone(text) {
		r.issue(f, "phone", Warn, text, phoneSentence(text))
	}
	return text
}

// digitsOf drops what stands between the digits of a telephone number.
func digitsOf(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, wording.Fold(s))
}

// isTelephone takes mobile numbers (11 digits from 13 on), numbers with area
// code, local numbers and service numbers; several may stand in a cell.
func isTelephone(s string) bool {
	for _, one := range wording.Split(s) {
		d := strings.TrimPrefix(digitsOf(one), "86")
		mobile := len(d) == 11 && d[0] == '1' && d[1] >= '3'
		area := len(d) >= 10 && len(d) <= 16 && d[0] == '0'
		local := (len(d) == 7 || len(d) == 8 || len(d) == 5 && d[0] == '1') && d[0] != '0'
		service := len(d) == 10 && (d[0] == '4' || d[0] == '8')
		if !mobile && !area && !local && !service {
			return false
		}
	}
	return true
}

func phoneSentence(s string) string {
	if d := digitsOf(s); strings.HasPrefix(d, "1") {
		return fmt.Sprintf("手机号应为 11 位，现为 %d 位；请核对", len(d))
	}
	return "不像电话号码；请核对"
}

// only keeps the one issue that says that a row is no record; what else is
// wrong with such a row helps nobody.
func only(issues []Issue) []Issue {
	i := slices.IndexFunc(issues, func(x Issue) bool { return x.Rule == "header-again" || x.Rule == "not-a-record" })
	if i < 0 {
		return issues
	}
	return issues[i : i+1]
}

// notARow are words by which tables close, in the cell of the name.
var notARow = []string{"合计", "总计", "小计", "共计", "注：", "备注：", "说明：", "填表人", "填报人", "填表说明", "制表人", "审核人"}

// naming judges a name: of a firm, a person, an item. what names it in
// sentences.
func (r *reading) naming(what string, most int) string {
	s := r.text(fName)
	switch {
	case s == "":
		r.issue(fName, "name-missing", Reject, s, "没有填写"+what)
	case s == r.head.heading(fName):
		r.issue(fName, "header-again", Reject, s, "这一行是重复的表头，不是数据")
	case slices.ContainsFunc(notARow, func(w string) bool { return strings.HasPrefix(s, w) }) && len([]rune(s)) < 20:
		r.issue(fName, "not-a-record", Reject, s, fmt.Sprintf("“%s”像是表格的合计或说明，不是%s", wording.Shorten(s, 20), what))
	case !wording.HasLetter(s):
		r.issue(fName, "name-form", Reject, s, fmt.Sprintf("“%s”没有文字，不是%s；请检查列是否错位", wording.Shorten(s, 20), what))
	case len([]rune(s)) > most:
		r.issue(fName, "name-long", Reject, s, fmt.Sprintf("%s超过 %d 个字；请检查列是否错位", what, most))
	case strings.ContainsAny(s, "?？�"):
		r.issue(fName, "name-question-mark", Warn, s, what+"里有问号，可能是生僻字在导出时丢失；请对照证照核对")
	}
	return s
}
