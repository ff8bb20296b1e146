package intake

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"suiji/internal/register"
	"suiji/internal/statute"
	"suiji/internal/uscc"
	"suiji/internal/wording"
)

// The longest names, in characters.
const (
	longestName   = 200
	longestPerson = 50
	longestItem   = 500
)

// cutScope is the length, in characters, at which a common source cuts the
// business scope (经营范围).
const cutScope = 1024

// target judges a row as a firm.
func (r *reading) target() (t register.Target) {
	if !r.width() {
		return t
	}
	t.Name = r.naming("名称", longestName)
	r.number(&t)
	r.shifted()
	t.Kind = r.choice(fKind, kindOf, "kind", "对象类型“%s”不在分类里，按信用代码的类别登记")
	t.State = r.choice(fState, StateOf, "state", "登记状态“%s”不在分类里，没有导入这一格")
	t.Established = r.date(fEstablished, "established", Warn)
	if !t.Established.Zero() && t.Established.After(r.today) {
		r.issue(fEstablished, "established-future", Warn, t.Established.String(), "成立日期在今天之后；请核对")
	}
	t.AreaCode, t.AreaName = r.areaCode(), r.text(fAreaName)
	t.Address, t.WorkAddress = r.text(fAddress), r.text(fWorkAddress)
	if r.head.has(fAddress) && t.Address == "" && t.WorkAddress == "" {
		r.issue(fAddress, "address-missing", Warn, "", "没有地址；可以导入，比对确认前请补上")
	}
	t.Industry, t.Scope = r.text(fIndustry), r.text(fScope)
	if len([]rune(t.Scope)) == cutScope {
		r.issue(fScope, "scope-cut", Warn, t.Scope, "经营范围正好 1024 字，可能在来源系统里被截断；请核对末尾")
	}
	t.Contact, t.Phone = r.text(fContact), r.telephone(fPhone)
	t.Source = r.text(fSource)
	t.Tags = r.tags()
	t.Numbers = r.lines(fNumbers, "number-form", register.NumberLine)
	t.Places = r.lines(fPlaces, "place-form", register.PlaceLine)
	return t
}

// lines reads a cell of several texts that each have a form; one that has not
// is left out with a warning.
func (r *reading) lines(f field, rule string, form func(string) (string, error)) []string {
	var out []string
	for _, line := range strings.FieldsFunc(r.words(f, true), func(c rune) bool { return c == '\n' || c == '；' || c == ';' }) {
		if line = strings.TrimSpace(line); wording.Nothing(line) {
			continue
		}
		text, err := form(line)
		if err != nil {
			r.issue(f, rule, Warn, line, err.Error()+"；没有导入这一项")
			continue
		}
		out = append(out, text)
	}
	return out
}

// choice reads a cell that has a classification.
func (r *reading) choice(f field, of func(string) string, rule, sentence string) string {
	text := r.text(f)
	if text == "" {
		return ""
	}
	value := of(text)
	if value == "" {
		r.issue(f, rule, Warn, text, fmt.Sprintf(sentence, wording.Shorten(text, 20)))
	}
	return value
}

// money is a sum as registers of firms write it: 76(万元人民币), 100万美元.
var money = regexp.MustCompile(`^[\d,，.]+\s*[（(]?[\p{Han}]*(万|元|亿)`)

func isMoney(s string) bool {
	return s != "" && s[0] >= '0' && s[0] <= '9' && money.MatchString(s)
}

// provinces are the beginnings of the names of the provinces.
var provinces = []string{
	"北京", "天津", "河北", "山西", "内蒙古", "辽宁", "吉林", "黑龙江", "上海", "江苏", "浙江", "安徽", "福建", "江西", "山东", "河南", "湖北",
	"湖南", "广东", "广西", "海南", "重庆", "四川", "贵州", "云南", "西藏", "陕西", "甘肃", "青海", "宁夏", "新疆", "台湾", "香港", "澳门",
}

// longestKind is the longest a kind of firm is written, in characters.
const longestKind = 40

// shifted looks for cells that slipped into a neighbour's column: a sum where
// a kind should be, anything but a province as the province, no figure as the
// capital. Such rows come from sources that lost a comma.
func (r *reading) shifted() {
	reject := func(f field, value, what string) {
		r.issue(f, "shifted", Reject, value, fmt.Sprintf("“%s”不是%s，这一行的内容可能错位；请对照表头改正", wording.Shorten(value, 20), what))
	}
	if kind := r.peek(fKind); isMoney(kind) || len([]rune(kind)) > longestKind {
		reject(fKind, kind, "对象类型")
	}
	if p := r.peek(fProvince); p != "" && !slices.ContainsFunc(provinces, func(name string) bool { return strings.HasPrefix(p, name) }) {
		reject(fProvince, p, "省份")
	}
	if c := r.peek(fCapital); c != "" && !strings.ContainsAny(wording.Fold(c), "0123456789") {
		reject(fCapital, c, "注册资本")
	}
}

// peek returns a cell that is looked at only.
func (r *reading) peek(f field) string {
	s, _ := wording.Clean(r.raw(f), false)
	if wording.Nothing(s) {
		return ""
	}
	return s
}

// areaCode reads a division code where the file states one.
func (r *reading) areaCode() string {
	text := wording.Fold(r.text(fAreaCode))
	if text != "" && !register.IsArea(text) {
		r.issue(fAreaCode, "area-code", Warn, text, "行政区划代码应为 6、9 或 12 位数字，没有导入这一格")
		return ""
	}
	return text
}

// number reads what the firm is known by: the credit code, or an older number
// where there is none.
func (r *reading) number(t *register.Target) {
	f := fCode
	if r.peek(f) == "" && (r.peek(fOldCode) != "" || !r.head.has(f)) {
		f = fOldCode
	}
	given := r.text(f)
	if given == "" {
		r.issue(f, "code-missing", Reject, r.peekRaw(f), "没有证照号码，无法与其他检查对象区分；请填统一社会信用代码，没有的填注册号")
		return
	}
	value, _ := uscc.Normalise(given)
	t.Code, t.CodeKind = value, uscc.Other
	switch {
	case len(value) == 18 && wording.IsASCII(value):
		t.CodeKind = uscc.Code
		r.code(f, value)
	case isSpoilt(given):
		r.issue(f, "code-scientific", Reject, given, "号码被表格软件改成了科学计数法，末几位已丢失；请把该列设为文本，重新填写")
	case uscc.Identify(value).Kind == uscc.Registration:
		t.CodeKind = uscc.Registration
		r.issue(f, "code-registration", Warn, value, "这是 15 位旧注册号，按旧号登记；换发统一社会信用代码后请更新")
	case nearly(value):
		r.issue(f, "code-length", Reject, value, fmt.Sprintf("统一社会信用代码应为 18 位，现为 %d 位；请核对营业执照", len(value)))
	case !strings.ContainsAny(value, "0123456789"):
		r.issue(f, "code-form", Reject, given, fmt.Sprintf("“%s”没有数字，不是证照号码；请检查列是否错位", wording.Shorten(given, 20)))
	default:
		r.issue(f, "code-other", Warn, given, "不是统一社会信用代码，按旧证照号登记；换发后请更新")
	}
	t.ID = register.Identifier(t.Code)
}

// peekRaw returns the cell even if it only says that there is nothing.
func (r *reading) peekRaw(f field) string {
	s, _ := wording.Clean(r.raw(f), false)
	return s
}

// code judges a credit code by GB 32100. That the organisation code inside it
// fails is no reason to refuse it: such codes were issued.
func (r *reading) code(f field, value string) {
	result := uscc.Check(value)
	if !result.Valid() && isPerson(value) {
		r.issue(f, "code-person", Reject, value[:6]+"…", "这像是公民身份号码，不是证照号码；名录里不要登记个人身份号码")
		return
	}
	for _, e := range result.Errors {
		sentence := e.Sentence
		if e.Proposal != "" {
			sentence += "（若为 " + e.Proposal + " 则有效）"
		}
		r.issue(f, "code-"+string(e.Rule), Reject, value, sentence)
	}
	if !result.Valid() {
		return // what else is odd about a wrong code helps nobody
	}
	for _, w := range result.Warnings {
		r.issue(f, "code-"+string(w.Rule), Warn, value, w.Sentence)
	}
}

// spoilt is what a spreadsheet makes of a long number.
var spoilt = regexp.MustCompile(`^\d(\.\d+)?[Ee]\+?\d{1,3}$`)

func isSpoilt(s string) bool { return spoilt.MatchString(wording.Fold(s)) }

// nearly reports whether a number is a credit code with a character too few or
// too many: entered as another number it would give a firm two records.
func nearly(s string) bool {
	if len(s) != 17 && len(s) != 19 && len(s) != 20 || strings.Trim(s, "0123456789ABCDEFGHJKLMNPQRTUWXY") != "" {
		return false
	}
	return register.KindOfCode(s) != "" || s[:2] == "N1" || s[:2] == "N2" || s[:2] == "N3"
}

// person is an identity number by its form: area, birthday, sequence, check.
var person = regexp.MustCompile(`^[1-8]\d{5}(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dX]$`)

// isPerson reports whether s is a person's identity number (GB 11643): form
// and check character.
func isPerson(s string) bool {
	if !person.MatchString(s) {
		return false
	}
	sum := 0
	for i := range 17 {
		sum += int(s[i]-'0') * ((1 << (17 - i)) % 11)
	}
	return s[17] == "10X98765432"[sum%11]
}

// creditWords are the classes in words (general enterprise credit risk
// classification).
var creditWords = map[string]string{"低": "A", "一般": "B", "较高": "C", "高": "D"}

// tags reads the tags and the credit class, which is a tag too.
func (r *reading) tags() []string {
	var tags []string
	if cell := r.peekRaw(fTags); cell == "无" {
		tags = append(tags, register.NoTags...)
	} else {
		tags = append(tags, wording.Split(r.text(fTags))...)
	}
	for i, t := range tags {
		if len([]rune(t)) > 30 {
			r.issue(fTags, "tag-long", Warn, t, fmt.Sprintf("标签“%s”超过 30 个字，已截短；请检查列是否错位", wording.Shorten(t, 20)))
			tags[i] = string([]rune(t)[:30])
		}
	}
	class := r.text(fCredit)
	if class == "" {
		return tags
	}
	letter := classOf(class)
	if letter == "" {
		r.issue(fCredit, "credit", Warn, class, fmt.Sprintf("信用风险等级“%s”不是 A、B、C、D，没有导入这一格", wording.Shorten(class, 20)))
		return tags
	}
	return append(tags, register.CreditTag+letter)
}

// classOf reads a credit class: A, A级, A（低风险）, 低风险, 信用风险高.
func classOf(s string) string {
	s = strings.ToUpper(wording.Fold(s))
	s = strings.NewReplacer("信用", "", "风险", "", "等级", "", "级", "", "类", "", "(", "", ")", "").Replace(s)
	if w, ok := creditWords[s]; ok {
		return w
	}
	letter := strings.Trim(s, "低一般较高")
	if len(letter) == 1 && letter >= "A" && letter <= "D" {
		return letter
	}
	return ""
}

// officer judges a row as an officer.
func (r *reading) officer() (o register.Officer) {
	if !r.width() {
		return o
	}
	o.Name = r.naming("姓名", longestPerson)
	if strings.ContainsAny(wording.Fold(o.Name), "0123456789") {
		r.issue(fName, "name-form", Reject, o.Name, "姓名里有数字；请检查列是否错位")
	}
	r.certificate(&o)
	o.CertKind, o.Unit, o.Post = r.text(fCertKind), r.text(fUnit), r.text(fPost)
	o.Phone = r.telephone(fPhone)
	o.Fields = sorted(wording.Split(r.text(fFields)))
	if len(o.Fields) == 0 {
		r.issue(fFields, "field-missing", Warn, "", "没有执法领域；可以导入，但有领域要求的任务抽不到此人")
	}
	return o
}

// certificate reads an officer's certificate: its number, and the last day it
// is valid.
func (r *reading) certificate(o *register.Officer) {
	given := r.text(fCertNo)
	o.CertNo = strings.ToUpper(wording.Fold(given))
	o.ID = register.Identifier(o.CertNo)
	switch {
	case given == "":
		r.issue(fCertNo, "cert-missing", Reject, "", "没有执法证号，不能列入执法检查人员名录")
	case isSpoilt(given):
		r.issue(fCertNo, "cert-scientific", Reject, given, "证号被表格软件改成了科学计数法，末几位已丢失；请把该列设为文本，重新填写")
	case isPerson(o.CertNo):
		r.issue(fCertNo, "cert-person", Reject, given[:6]+"…", "这像是公民身份号码，不是执法证号；名录里不要登记个人身份号码")
	case !strings.ContainsAny(o.CertNo, "0123456789") || len([]rune(o.CertNo)) > 60:
		r.issue(fCertNo, "cert-form", Reject, given, fmt.Sprintf("“%s”不像执法证号；请检查列是否错位", wording.Shorten(given, 20)))
	}
	if r.peek(fCertUntil) == "" {
		r.issue(fCertUntil, "cert-date-missing", Reject, "", "没有证件有效期；有效期决定能否参加抽取，请填写最后一天")
		return
	}
	o.CertUntil = r.date(fCertUntil, "cert-date", Reject)
	if !o.CertUntil.Zero() && o.CertUntil.Before(r.today) {
		r.issue(fCertUntil, "cert-expired", Warn, o.CertUntil.String(), fmt.Sprintf("证件已于 %s 到期；可以导入，抽取时不会抽到此人", o.CertUntil))
	}
}

// item judges a row as an item.
func (r *reading) item() (i register.Item) {
	if !r.width() {
		return i
	}
	i.Name, i.Place = r.naming("事项名称", longestItem), int64(r.line)
	i.Category, i.Sub, i.Subject = r.text(fCategory), r.text(fSub), r.text(fSubject)
	i.Method, i.Ratio, i.Frequency = r.text(fMethod), r.text(fRatio), r.text(fFrequency)
	i.Body, i.Basis, i.Staff, i.Note = r.text(fBody), r.text(fBasis), r.text(fStaff), r.text(fNote)
	i.Code = strings.ToUpper(wording.Fold(r.text(fCode)))
	key := i.Code
	if key == "" {
		key = strings.Join([]string{i.Category, i.Name, i.Sub}, "\n")
	}
	i.ID = register.Identifier(key)
	if i.Basis == "" {
		r.issue(fBasis, "basis-missing", Warn, "", "没有法定依据：法律法规规章没有规定的不得检查。可以登记，但在补上依据之前不能用于计划")
	} else if vague := statute.Vague(i.Basis); len(vague) > 0 {
		r.issue(fBasis, "basis-article", Warn, wording.Shorten(i.Basis, 60), wording.Shorten(strings.Join(vague, "、"), 60)+"没有写明第几条。可以导入；请写到条、款、项，如《劳动合同法》第七十三条第一款")
	}
	i.Level = register.Level(r.choice(fLevel, levelOf, "level", "事项类别“%s”不是一般或重点，按一般登记"))
	i.PublishedOn = r.date(fPublished, "published", Warn)
	for _, text := range points(r.words(fPoints, true)) {
		i.Points = append(i.Points, register.Point{Text: text, Basis: i.Basis})
	}
	if r.head.has(fPoints) && len(i.Points) == 0 {
		r.issue(fPoints, "points-missing", Warn, "", "没有检查内容，以事项名称作为检查要点")
	}
	return i
}

func levelOf(s string) string {
	switch {
	case strings.Contains(s, "重点"):
		return string(register.Key)
	case strings.Contains(s, "一般"):
		return string(register.General)
	}
	return ""
}

// numbering is what stands before a point: 1. 2、（3） ④ 一、
var numbering = regexp.MustCompile(`^\s*(\d{1,2}\s*[.、．)）]|[（(]\s*[\d一二三四五六七八九十]{1,3}\s*[)）]|[①-⑳]|[一二三四五六七八九十]{1,3}、)\s*`)

// points cuts a cell of check points into single ones: by line, and by
// semicolon within a line. Numbers before them go.
func points(cell string) []string {
	var out []string
	for _, p := range strings.FieldsFunc(cell, func(c rune) bool { return c == '\n' || c == '；' || c == ';' }) {
		p = strings.TrimRight(strings.TrimSpace(numbering.ReplaceAllString(p, "")), "。")
		if !wording.Nothing(p) {
			out = append(out, p)
		}
	}
	return out
}

// sorted returns a copy of a list of words in byte order.
func sorted(words []string) []string {
	out := slices.Clone(words)
	slices.Sort(out)
	return out
}
