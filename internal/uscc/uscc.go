// Package uscc checks the numbers by which firms are known: the unified social
// credit code (统一社会信用代码, GB 32100-2015), the organisation code inside it
// (组织机构代码, GB 11714) and the older registration numbers (注册号).
//
// It says which rule a number breaks and proposes, but never corrects more
// than the way it was typed. Digits 3 to 8 name the office that registered a
// firm, not the place where it is; so nothing here tells a place.
package uscc

import (
	"fmt"
	"regexp"
	"strings"
)

// Rule names what a code can break.
type Rule string

// The rules, in the order in which they are tested.
const (
	RuleMissing      Rule = "missing"      // there is no code
	RuleScientific   Rule = "scientific"   // a spreadsheet made a number of it
	RuleLength       Rule = "length"       // not 18 characters
	RuleAlphabet     Rule = "alphabet"     // a character that the standard does not use
	RuleDepartment   Rule = "department"   // position 1 names no registration department
	RuleCheck        Rule = "check"        // position 18 does not fit the others
	RuleType         Rule = "type"         // position 2 is not in the table; a warning
	RuleOrganisation Rule = "organisation" // position 17 does not fit; a warning
)

// Finding is one broken rule.
type Finding struct {
	Rule     Rule
	Position int    // 1-based in the normalised code; 0 of the whole
	Sentence string // Chinese, with what to do
	Proposal string // a whole code that would be valid, for a person to judge; or ""
}

// Result is what Check found.
type Result struct {
	Code       string // normalised
	Typing     Typing // what normalising had to change
	Errors     []Finding
	Warnings   []Finding // worth a look, never a reason to refuse
	Department string    // registration department, such as 市场监管; "" if unknown
	Type       string    // kind of organisation, such as 企业; "" if unknown
}

// Valid reports whether the code may be used.
func (r Result) Valid() bool { return len(r.Errors) == 0 }

// Sentence joins the sentences of the errors; "" of a valid code.
func (r Result) Sentence() string {
	parts := make([]string, len(r.Errors))
	for i, f := range r.Errors {
		parts[i] = f.Sentence
	}
	return strings.Join(parts, "；")
}

// alphabet holds the characters of GB 32100 at their values 0 to 30.
const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// size is the length of a code.
const size = 18

// scientific is what a spreadsheet shows of a code that it took for a number.
var scientific = regexp.MustCompile(`^[0-9](\.[0-9]+)?E\+?[0-9]{1,3}$`)

// Check normalises the code as given and tests it by GB 32100.
func Check(given string) Result {
	code, typing := Normalise(given)
	r := Result{Code: code, Typing: typing}
	if code == "" {
		r.Errors = []Finding{{Rule: RuleMissing, Sentence: "没有填写统一社会信用代码"}}
		return r
	}
	if scientific.MatchString(code) {
		r.Errors = []Finding{{Rule: RuleScientific, Sentence: fmt.Sprintf(
			"“%s”是被表格软件改成科学计数法的数，末几位已丢失；请把该列设为文本，重新填写代码", code)}}
		return r
	}
	if n := len([]rune(code)); n != size {
		r.Errors = []Finding{{Rule: RuleLength, Sentence: fmt.Sprintf("统一社会信用代码应为 18 位，现为 %d 位", n)}}
		return r
	}
	if r.Errors = wrongCharacters(code); len(r.Errors) > 0 {
		return r
	}
	r.examineDepartment()
	r.examineCheck()
	r.examineOrganisation()
	return r
}

// lookalikes are letters that the standard left out because they are read as
// digits.
var lookalikes = strings.NewReplacer("O", "0", "I", "1", "Z", "2", "S", "5")

// wrongCharacters finds every character that the standard does not use.
func wrongCharacters(code string) []Finding {
	var found []Finding
	proposal := lookalikes.Replace(code)
	if proposal == code || !Check(proposal).Valid() {
		proposal = ""
	}
	for i, c := range []rune(code) {
		if strings.ContainsRune(alphabet, c) {
			continue
		}
		f := Finding{Rule: RuleAlphabet, Position: i + 1, Proposal: proposal}
		f.Sentence = fmt.Sprintf("第 %d 位%s不是统一社会信用代码的用字", i+1, visible(c))
		if digit := lookalikes.Replace(string(c)); digit != string(c) {
			f.Sentence += fmt.Sprintf("，是否应为数字 %s？请核对营业执照", digit)
		}
		found = append(found, f)
	}
	return found
}

// visible shows a character, or its number if it cannot be seen.
func visible(c rune) string {
	if c < ' ' || c >= 0x7F && c <= 0x9F || c >= 0xE000 && c <= 0xF8FF || c == 0xFFFD {
		return fmt.Sprintf("（字符 U+%04X）", c)
	}
	return "“" + string(c) + "”"
}

// departments are the registration departments of position 1, each with the
// types of position 2 (GB 32100-2015 table 1, amendment 1-2016, and 54, which
// civil affairs gives to villagers' and residents' committees).
var departments = map[byte]struct {
	name  string
	types map[byte]string
}{
	'1': {"机构编制", map[byte]string{'1': "机关", '2': "事业单位", '3': "群众团体", '9': "其他"}},
	'2': {"外交", map[byte]string{'1': "外国常驻新闻机构", '9': "其他"}},
	'3': {"司法行政", map[byte]string{'1': "律师执业机构", '2': "公证处", '3': "基层法律服务所", '4': "司法鉴定机构", '5': "仲裁委员会", '9': "其他"}},
	'4': {"文化", map[byte]string{'1': "外国在华文化中心", '9': "其他"}},
	'5': {"民政", map[byte]string{'1': "社会团体", '2': "民办非企业单位", '3': "基金会", '4': "基层群众性自治组织", '9': "其他"}},
	'6': {"旅游", map[byte]string{'1': "外国旅游部门常驻代表机构", '2': "港澳台地区旅游部门常驻代表机构", '9': "其他"}},
	'7': {"宗教", map[byte]string{'1': "宗教活动场所", '2': "宗教院校", '9': "其他"}},
	'8': {"工会", map[byte]string{'1': "基层工会", '9': "其他"}},
	'9': {"市场监管", map[byte]string{'1': "企业", '2': "个体工商户", '3': "农民专业合作社", '9': "其他"}},
	'A': {"军队", map[byte]string{'1': "军队事业单位", '9': "其他"}},
	'N': {"农业农村", map[byte]string{'1': "组级集体经济组织", '2': "村级集体经济组织", '3': "乡镇级集体经济组织", '9': "其他"}},
	'Y': {"其他", map[byte]string{'1': "其他"}},
}

// examineDepartment looks positions 1 and 2 up. An unknown type only warns:
// departments add types without amending the standard.
func (r *Result) examineDepartment() {
	d, known := departments[r.Code[0]]
	if !known {
		r.Errors = append(r.Errors, Finding{Rule: RuleDepartment, Position: 1,
			Sentence: fmt.Sprintf("第 1 位“%c”不是任何登记管理部门的代码（企业和个体户应为 9）", r.Code[0])})
		return
	}
	r.Department = d.name
	if r.Type = d.types[r.Code[1]]; r.Type == "" {
		r.Warnings = append(r.Warnings, Finding{Rule: RuleType, Position: 2,
			Sentence: fmt.Sprintf("第 2 位“%c”不是%s登记的已知机构类别，请核对", r.Code[1], d.name)})
	}
}

// weights are 3^(i-1) mod 31 for the positions 1 to 17.
var weights = [size - 1]int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28}

// examineCheck tests position 18.
func (r *Result) examineCheck() {
	sum := 0
	for i, w := range weights {
		sum += strings.IndexByte(alphabet, r.Code[i]) * w
	}
	want, got := alphabet[(31-sum%31)%31], r.Code[size-1]
	if want != got {
		r.Errors = append(r.Errors, Finding{Rule: RuleCheck, Position: size,
			Sentence: fmt.Sprintf("校验码不符：按前 17 位算，第 18 位应为“%c”，现为“%c”；可能有一位写错或两位写反，请核对营业执照", want, got)})
	}
}

// examineOrganisation tests the organisation code in positions 9 to 17. Codes
// that fail it were issued all the same, so it only warns.
func (r *Result) examineOrganisation() {
	want, got := organisationCheck(r.Code[8:16]), r.Code[16]
	if want != got {
		r.Warnings = append(r.Warnings, Finding{Rule: RuleOrganisation, Position: 17,
			Sentence: fmt.Sprintf("其中的组织机构代码校验位应为“%c”，现为“%c”；历史上有这样发出的代码，可以使用", want, got)})
	}
}

// organisationCheck returns the ninth character of GB 11714 for the first
// eight, which count 0–9 and A=10 to Z=35.
func organisationCheck(eight string) byte {
	sum := 0
	for i, w := range [8]int{3, 7, 9, 10, 5, 8, 4, 2} {
		v := int(eight[i] - '0')
		if eight[i] >= 'A' {
			v = int(eight[i]-'A') + 10
		}
		sum += v * w
	}
	switch c := 11 - sum%11; c {
	case 10:
		return 'X'
	case 11:
		return '0'
	default:
		return byte('0' + c)
	}
}
