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
	Numbers     []string      // further ones: "kind number"
	Places      []string      // of employment, each as Place writes it
	Active      bool          // in the register; false: withdrawn
	Reason      string        // why it was withdrawn
	Version     int64         // the register's version that last changed it
	Since       calendar.Date // the first day of this state; zero: always
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

// CreditTag begins the tag of a credit class: 信用风险A to 信用风险D.
const CreditTag = "信用风险"

// codeKinds tell a kind by the first two characters of a credit code (GB
// 32100 table 1): the department that registers and what it registers.
var codeKinds = map[string]string{
	"91": "企业", "92": "个体工商户", "93": "农民专业合作社", "11": "机关", "12": "事业单位",
	"51": "社会团体", "52": "民办非企业", "53": "基金会",
}

// KindOfCode tells a kind by the beginning of a credit code; empty if it does
// not tell.
func KindOfCode(code string) string {
	if len(code) < 2 {
		return ""
	}
	return codeKinds[code[:2]]
}

// Key implements Record.
func (t Target) Key() string { return t.ID }

// Named implements Record.
func (t Target) Named() string { return t.Name }

// InForce implements Record.
func (t Target) InForce() bool { return t.Active }

// Label implements Record.
func (t Target) Label() string { return t.Name }

// Canonical appends the record as it is fixed by the register's version.
// Contact and telephone are left out: they are never public, so nothing that
// may be published is made from them.
func (t Target) Canonical(b []byte) []byte {
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
		member{name: "numbers", list: t.Numbers, many: true, spare: true},
		member{name: "places", list: t.Places, many: true, spare: true},
		member{name: "scope", text: t.Scope},
		member{name: "source", text: t.Source},
		member{name: "state", text: t.State},
		member{name: "tags", list: t.Tags, many: true},
		member{name: "work_address", text: t.WorkAddress},
	)
}

// Whole appends everything that an import may change.
func (t Target) Whole(b []byte) []byte {
	return canonical(t.Canonical(b),
		member{name: "contact", text: t.Contact},
		member{name: "phone", text: t.Phone},
	)
}

// Onto returns old with what the row says: an empty cell says nothing.
func (t Target) Onto(old Target) Target {
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
	if len(t.Numbers) > 0 {
		old.Numbers = t.Numbers
	}
	if len(t.Places) > 0 {
		old.Places = t.Places
	}
	old.Active, old.Reason = true, ""
	return old
}

// set replaces a field by what a cell says, if it says something.
func set(field *string, cell string) {
	if cell != "" {
		*field = cell
	}
}

// NoTags is the tag list of a row that says that there are none (“无”).
var NoTags = []string{""}

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
	class, ok := strings.CutPrefix(tag, CreditTag)
	return ok && len(class) == 1
}

// Fresh completes a record that is entered for the first time.
func (t Target) Fresh() Target {
	if t.State == "" {
		t.State = InOperation
	}
	if t.Kind == "" && t.CodeKind == uscc.Code {
		t.Kind = KindOfCode(t.Code)
	}
	t.Tags = replaceTags(nil, t.Tags)
	t.Active = true
	return t
}

func (t Target) state() (version int64, since calendar.Date) { return t.Version, t.Since }
func (t Target) why() string                                 { return t.Reason }
