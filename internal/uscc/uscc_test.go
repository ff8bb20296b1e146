package uscc_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"suiji/internal/uscc"
)

// vectors reads the shared codes: code, what is expected, where it is from.
func vectors(t *testing.T) [][]string {
	t.Helper()
	f, err := os.Open(filepath.Join(sharedDir(t), "uscc-vectors.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

// sharedDir finds the real data beside the repository.
func sharedDir(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		shared := filepath.Join(dir, "shared", "data")
		if _, err := os.Stat(shared); err == nil {
			return shared
		}
		if dir == filepath.Dir(dir) {
			t.Skip("shared/data is not beside the repository: nothing to compare with")
		}
	}
}

func TestVectors(t *testing.T) {
	typings := map[string]uscc.Typing{
		"有效": {}, "小写": {Lower: true}, "含空白": {Blanks: true}, "全角": {Wide: true},
	}
	rows := vectors(t)
	if len(rows) != 78 {
		t.Fatalf("%d vectors, want 78", len(rows))
	}
	for _, row := range rows {
		code, expect, source := row[0], row[1], row[2]
		r := uscc.Check(code)
		typing, valid := typings[expect]
		if r.Valid() != valid {
			t.Errorf("Check(%q) valid = %v (%s), want %v: %s", code, r.Valid(), r.Sentence(), valid, source)
		}
		if valid && r.Typing != typing {
			t.Errorf("Check(%q) typing = %+v, want %+v", code, r.Typing, typing)
		}
		if !valid && expect != "无效" {
			t.Errorf("unknown expectation %q", expect)
		}
		if !valid && r.Sentence() == "" {
			t.Errorf("Check(%q) refuses without a sentence", code)
		}
		if inner := strings.Contains(source, "内嵌组织机构代码"); inner != has(r.Warnings, uscc.RuleOrganisation) && valid {
			t.Errorf("Check(%q) warnings = %v, want an organisation code that fails: %v", code, r.Warnings, inner)
		}
	}
}

func TestVectorsByRule(t *testing.T) {
	want := map[string]uscc.Rule{
		"真实 18位校验不通过": uscc.RuleCheck, "真实 15位旧注册号": uscc.RuleLength, "真实 13位旧注册号": uscc.RuleLength,
		"真实 NA合作社号": uscc.RuleLength, "真实 9位组织机构代码": uscc.RuleLength, "真实 文字号或无": uscc.RuleLength,
		"派生 相邻对调": uscc.RuleCheck, "派生 改校验位": uscc.RuleCheck,
	}
	tested := 0
	for _, row := range vectors(t) {
		rule, ok := want[row[2]]
		if !ok || row[1] != "无效" {
			continue
		}
		tested++
		if r := uscc.Check(row[0]); !has(r.Errors, rule) {
			t.Errorf("Check(%q) = %v, want %s: %s", row[0], r.Errors, rule, row[2])
		}
	}
	if tested < 20 {
		t.Errorf("only %d vectors were tested", tested)
	}
}

func has(found []uscc.Finding, rule uscc.Rule) bool {
	for _, f := range found {
		if f.Rule == rule {
			return true
		}
	}
	return false
}

func TestValid(t *testing.T) {
	for _, tt := range []struct{ code, department, kind string }{
		{"11370100004188784H", "机构编制", "机关"},
		{"11330600MB1573660P", "机构编制", "机关"},
		{"11152921683423079M", "机构编制", "机关"},
		{"116100000160002917", "机构编制", "机关"},
		{"91130132MA0ABCDE6T", "市场监管", "企业"},
		{"91130132MA07TE5T9X", "市场监管", "企业"},
		{"92130132MA08AAAA1P", "市场监管", "个体工商户"},
		{"121301327356000151", "机构编制", "事业单位"},
		{"52130132MJ0123AB31", "民政", "民办非企业单位"},
	} {
		r := uscc.Check(tt.code)
		if !r.Valid() || len(r.Warnings) != 0 || r.Typing.Changed() {
			t.Errorf("Check(%s) = %+v, want valid without a word", tt.code, r)
		}
		if r.Department != tt.department || r.Type != tt.kind {
			t.Errorf("Check(%s) is %s %s, want %s %s", tt.code, r.Department, r.Type, tt.department, tt.kind)
		}
	}
}

func TestSentences(t *testing.T) {
	for _, tt := range []struct{ name, code, want, proposal string }{
		{"nothing", " 　", "没有填写统一社会信用代码", ""},
		{"spreadsheet number", "9.11301E+17", "“9.11301E+17”是被表格软件改成科学计数法的数，末几位已丢失；请把该列设为文本，重新填写代码", ""},
		{"short", "91130132MA0ABCDE6", "统一社会信用代码应为 18 位，现为 17 位", ""},
		{"not a number", "无", "统一社会信用代码应为 18 位，现为 1 位", ""},
		{"letter O for zero", "9113O132MA0ABCDE6T", "第 5 位“O”不是统一社会信用代码的用字，是否应为数字 0？请核对营业执照", "91130132MA0ABCDE6T"},
		{"letter I for one", "9I130132MA0ABCDE6T", "第 2 位“I”不是统一社会信用代码的用字，是否应为数字 1？请核对营业执照", "91130132MA0ABCDE6T"},
		{"O where nothing fits", "9113O132MA0ABCDE6W", "第 5 位“O”不是统一社会信用代码的用字，是否应为数字 0？请核对营业执照", ""},
		{"V", "91130132MA0ABCDE6V", "第 18 位“V”不是统一社会信用代码的用字", ""},
		{"Chinese", "91130132MA0ABC元E6T", "第 15 位“元”不是统一社会信用代码的用字", ""},
		{"control character", "91130132MA0ABC\x01E6T", "第 15 位（字符 U+0001）不是统一社会信用代码的用字", ""},
		{"check", "91130132MA0ABCDE6W", "校验码不符：按前 17 位算，第 18 位应为“T”，现为“W”；可能有一位写错或两位写反，请核对营业执照", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := uscc.Check(tt.code)
			if got := r.Sentence(); got != tt.want {
				t.Errorf("Check(%q) = %s\nwant %s", tt.code, got, tt.want)
			}
			if got := r.Errors[0].Proposal; got != tt.proposal {
				t.Errorf("Check(%q) proposes %q, want %q", tt.code, got, tt.proposal)
			}
			if strings.Contains(r.Code, "0") && strings.Contains(tt.code, "O") && !strings.Contains(r.Code, "O") {
				t.Errorf("Check(%q) corrected the code to %s", tt.code, r.Code)
			}
		})
	}
}

func TestDepartment(t *testing.T) {
	r := uscc.Check(withCheck("C1130132MA0ABCDE6"))
	if len(r.Errors) != 1 || r.Errors[0].Rule != uscc.RuleDepartment || r.Errors[0].Position != 1 {
		t.Errorf("unknown department: %+v, want one error of position 1", r)
	}
	r = uscc.Check(withCheck("97130132MA0ABCDE6"))
	if !r.Valid() || !has(r.Warnings, uscc.RuleType) || r.Type != "" {
		t.Errorf("unknown type: %+v, want a warning", r)
	}
}

// withCheck appends the one character that is valid, by trying all.
func withCheck(seventeen string) string {
	for _, c := range "0123456789ABCDEFGHJKLMNPQRTUWXY" {
		code := seventeen + string(c)
		if !has(uscc.Check(code).Errors, uscc.RuleCheck) {
			return code
		}
	}
	return ""
}

// TestEveryChange holds what the check character promises: any one character
// changed, and any two neighbours exchanged, is seen.
func TestEveryChange(t *testing.T) {
	const code = "91130132MA0ABCDE6T"
	for i := range len(code) {
		for _, c := range "0123456789ABCDEFGHJKLMNPQRTUWXY" {
			changed := code[:i] + string(c) + code[i+1:]
			if changed != code && uscc.Check(changed).Valid() {
				t.Errorf("Check(%s) is valid, one character away from %s", changed, code)
			}
		}
		if i > 0 && code[i] != code[i-1] {
			changed := code[:i-1] + code[i:i+1] + code[i-1:i] + code[i+1:]
			if uscc.Check(changed).Valid() {
				t.Errorf("Check(%s) is valid, two characters of %s exchanged", changed, code)
			}
		}
	}
}

func TestIdentify(t *testing.T) {
	for _, tt := range []struct {
		name, given string
		want        uscc.Number
	}{
		{"code", " 91130132ma0abcde6t ", uscc.Number{Kind: uscc.Code, Value: "91130132MA0ABCDE6T", Sound: true}},
		{"code that fails", "91130132MA0ABCDE6W", uscc.Number{Kind: uscc.Code, Value: "91130132MA0ABCDE6W"}},
		{"registration number", "110108000000016", uscc.Number{Kind: uscc.Registration, Value: "110108000000016", Sound: true}},
		{"registration number that fails", "110108000000017", uscc.Number{Kind: uscc.Registration, Value: "110108000000017"}},
		{"thirteen digits", "3203211802030", uscc.Number{Kind: uscc.Other, Value: "3203211802030"}},
		{"cooperative", "321281NA000166X", uscc.Number{Kind: uscc.Other, Value: "321281NA000166X"}},
		{"organisation code", "00845403-1", uscc.Number{Kind: uscc.Other, Value: "008454031"}},
		{"words", "企合苏总字第000174", uscc.Number{Kind: uscc.Other, Value: "企合苏总字第000174"}},
		{"nothing", "", uscc.Number{Kind: uscc.Other}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := uscc.Identify(tt.given); got != tt.want {
				t.Errorf("Identify(%q) = %+v, want %+v", tt.given, got, tt.want)
			}
		})
	}
}

// TestRealRegistrationNumbers holds MOD 11,10 against numbers that offices
// issued.
func TestRealRegistrationNumbers(t *testing.T) {
	sound := 0
	for _, row := range vectors(t) {
		if row[2] != "真实 15位旧注册号" {
			continue
		}
		if n := uscc.Identify(row[0]); n.Kind != uscc.Registration {
			t.Errorf("Identify(%s) = %+v, want a registration number", row[0], n)
		} else if n.Sound {
			sound++
		}
	}
	if sound != 5 {
		t.Errorf("%d of 5 real numbers are sound by MOD 11,10", sound)
	}
}

func TestTyping(t *testing.T) {
	code, typing := uscc.Normalise("９1-130132 ma0abcde6t\u200b")
	if code != "91130132MA0ABCDE6T" {
		t.Errorf("Normalise() = %s", code)
	}
	if got, want := typing.String(), "全角字符改为半角，小写字母改为大写，去掉空白和连字符"; got != want {
		t.Errorf("Typing = %s, want %s", got, want)
	}
}

func FuzzCheck(f *testing.F) {
	for _, s := range []string{"91130132MA0ABCDE6T", "", "９Ｏ", "\xff\x00", "企合", "9.1E+17", "OIZSV91130132MA0AB"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := uscc.Check(s)
		if r.Valid() == (r.Sentence() != "") {
			t.Errorf("Check(%q): valid %v with sentence %q", s, r.Valid(), r.Sentence())
		}
		again := uscc.Check(r.Code)
		if again.Code != r.Code || again.Valid() != r.Valid() || again.Typing.Changed() {
			t.Errorf("Check(%q) and Check(%q) differ: normalising is not final", s, r.Code)
		}
		for _, e := range r.Errors {
			if e.Proposal != "" && !uscc.Check(e.Proposal).Valid() {
				t.Errorf("Check(%q) proposes %q, which is wrong too", s, e.Proposal)
			}
		}
	})
}

func ExampleCheck() {
	r := uscc.Check("9113o132ma0abcde6t")
	fmt.Println(r.Valid(), r.Code)
	fmt.Println(r.Sentence())
	fmt.Println(r.Errors[0].Proposal)
	// Output:
	// false 9113O132MA0ABCDE6T
	// 第 5 位“O”不是统一社会信用代码的用字，是否应为数字 0？请核对营业执照
	// 91130132MA0ABCDE6T
}
