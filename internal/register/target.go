package register

import (
	"slices"
	"strings"

	"suiji/calendar"
	"suiji/internal/uscc"
)

// Target is a firm or other body that may be inspected (检查对象).
type Target struct {
	ID          string        // as draws know it: the unified social credit code where it has one
	Code        string        // the number, normalised
	CodeKind    uscc.Kind     // which sort of number
	Name        string        // as registered
	Kind        string        // one of Kinds; empty: not known
	State       string        // one of States
	Established calendar.Date // zero: not known
	AreaCode    string        // where it is, as the register was told; never from the code's digits
	AreaName    string
	Address     string // registered
	WorkAddress string // where people work; decides who is competent
	Industry    string
	Scope       string // 经营范围
	Contact     string // never public
	Phone       string // never public
	Source      string // where the record came from
	Tags        []string
	Active      bool   // in the register; false: withdrawn
	Reason      string // why it was withdrawn
	Version     int64  // the register's version that last changed it
}

// InOperation is the state of a firm that can be inspected.
const InOperation = "存续"

// Operating reports whether the firm can be inspected: it stands in the
// register and has not closed, moved away or lost its licence.
func (t Target) Operating() bool { return t.Active && t.State == InOperation }

// Kinds are the kinds of target (domain.md §3.4).
var Kinds = []string{
	"企业", "个体工商户", "农民专业合作社", "分支机构", "外国企业常驻代表机构", "机关", "事业单位",
	"社会团体", "民办非企业", "基金会", "无证无照户", "项目", "产品", "行为", "自然人",
}

// States are the states of registration (domain.md §3.4).
var States = []string{InOperation, "停业", "歇业", "清算", "迁出", "吊销未注销", "撤销", "注销"}

// creditTag begins the tag of a credit class: 信用风险A to 信用风险D.
const creditTag = "信用风险"

// kindWords tell a kind by a word in what a file calls it; the first that fits
// decides, so the narrower ones stand first.
var kindWords = []struct{ word, kind string }{
	{"个体", "个体工商户"}, {"合作社", "农民专业合作社"},
	{"代表机构", "外国企业常驻代表机构"}, {"代表处", "外国企业常驻代表机构"},
	{"民办非企业", "民办非企业"}, {"非企业单位", "民办非企业"}, {"事业单位", "事业单位"}, {"社会团体", "社会团体"},
	{"社团", "社会团体"}, {"基金会", "基金会"}, {"机关", "机关"}, {"无证无照", "无证无照户"},
	{"分支机构", "分支机构"}, {"分公司", "分支机构"}, {"分店", "分支机构"}, {"非法人", "分支机构"},
	{"公司", "企业"}, {"企业", "企业"}, {"集体", "企业"}, {"国有", "企业"}, {"全民", "企业"}, {"私营", "企业"},
	{"合伙", "企业"}, {"独资", "企业"}, {"股份", "企业"}, {"外商", "企业"}, {"合资", "企业"}, {"港", "企业"}, {"内资", "企业"},
	{"自然人", "自然人"}, {"执业人员", "自然人"}, {"项目", "项目"}, {"产品", "产品"}, {"行为", "行为"},
}

// kindOf reads a kind out of a file's words; empty if it has none of ours.
func kindOf(words string) string {
	for _, k := range kindWords {
		if strings.Contains(words, k.word) {
			return k.kind
		}
	}
	return ""
}

// codeKinds tell a kind by the first two characters of a credit code (GB
// 32100 table 1): the department that registers and what it registers.
var codeKinds = map[string]string{
	"91": "企业", "92": "个体工商户", "93": "农民专业合作社", "11": "机关", "12": "事业单位",
	"51": "社会团体", "52": "民办非企业", "53": "基金会",
}

// stateWords are what files call the states; the first that fits decides.
var stateWords = []struct{ word, state string }{
	{"吊销", "吊销未注销"}, {"注销", "注销"}, {"撤销", "撤销"}, {"迁出", "迁出"}, {"清算", "清算"},
	{"停业", "停业"}, {"歇业", "歇业"}, {"存续", InOperation}, {"在营", InOperation}, {"在业", InOperation},
	{"开业", InOperation}, {"在册", InOperation}, {"正常", InOperation}, {"迁入", InOperation},
}

// stateOf reads a state out of a file's words; empty if it has none of ours.
func stateOf(words string) string {
	if strings.Contains(words, "吊销") && strings.Contains(words, "已注销") {
		return "注销"
	}
	for _, w := range stateWords {
		if strings.Contains(words, w.word) {
			return w.state
		}
	}
	return ""
}

func (t Target) id() string    { return t.ID }
func (t Target) name() string  { return t.Name }
func (t Target) inForce() bool { return t.Active }
func (t Target) label() string { return t.Name }
func (t Target) search() string {
	return fold(t.Name) + "\n" + fold(t.Code)
}

// canonical appends the record as it is fixed by the register's version.
// Contact and telephone are left out: they are never public, so nothing that
// may be published is made from them.
func (t Target) canonical(b []byte) []byte {
	return canonical(b,
		member{name: "address", text: t.Address},
		member{name: "area_code", text: t.AreaCode},
		member{name: "area_name", text: t.AreaName},
		member{name: "code", text: t.Code},
		member{name: "code_kind", text: string(t.CodeKind)},
		member{name: "established", text: t.Established.String()},
		member{name: "id", text: t.ID},
		member{name: "industry", text: t.Industry},
		member{name: "kind", text: t.Kind},
		member{name: "name", text: t.Name},
		member{name: "scope", text: t.Scope},
		member{name: "source", text: t.Source},
		member{name: "state", text: t.State},
		member{name: "tags", list: t.Tags, many: true},
		member{name: "work_address", text: t.WorkAddress},
	)
}

// whole appends everything that an import may change.
func (t Target) whole(b []byte) []byte {
	return canonical(t.canonical(b),
		member{name: "contact", text: t.Contact},
		member{name: "phone", text: t.Phone},
	)
}

// replace returns old with what the row says: an empty cell says nothing.
func (t Target) replace(old Target) Target {
	set(&old.Name, t.Name)
	set(&old.Kind, t.Kind)
	set(&old.State, t.State)
	set(&old.AreaCode, t.AreaCode)
	set(&old.AreaName, t.AreaName)
	set(&old.Address, t.Address)
	set(&old.WorkAddress, t.WorkAddress)
	set(&old.Industry, t.Industry)
	set(&old.Scope, t.Scope)
	set(&old.Contact, t.Contact)
	set(&old.Phone, t.Phone)
	set(&old.Source, t.Source)
	if !t.Established.Zero() {
		old.Established = t.Established
	}
	old.Tags = replaceTags(old.Tags, t.Tags)
	old.Active, old.Reason = true, ""
	return old
}

// set replaces a field by what a cell says, if it says something.
func set(field *string, cell string) {
	if cell != "" {
		*field = cell
	}
}

// noTags is the tag list of a row that says that there are none (“无”).
var noTags = []string{""}

// replaceTags puts the tags of a row in place of the kept ones. A credit class
// and the other tags come in columns of their own, and neither column takes
// away what the other brought.
func replaceTags(old, row []string) []string {
	var class, others []string
	for _, t := range row {
		if isClass(t) {
			class = append(class, t)
		} else {
			others = append(others, t)
		}
	}
	var out []string
	for _, t := range old {
		if isClass(t) && class == nil || !isClass(t) && others == nil {
			out = append(out, t)
		}
	}
	for _, t := range row {
		if t != "" {
			out = append(out, t)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// isClass reports whether a tag is a credit class.
func isClass(tag string) bool {
	class, ok := strings.CutPrefix(tag, creditTag)
	return ok && len(class) == 1
}

// fresh completes a record that is entered for the first time.
func (t Target) fresh() Target {
	if t.State == "" {
		t.State = InOperation
	}
	if t.Kind == "" && t.CodeKind == uscc.Code {
		t.Kind = codeKinds[t.Code[:2]]
	}
	t.Tags = replaceTags(nil, t.Tags)
	t.Active = true
	return t
}
