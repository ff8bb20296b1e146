package inspection

// Code is one of the result codes (抽查结果): fixed-width, one row each, never
// tested by substring.
type Code string

// The result codes (domain §3.6).
const (
	R1  Code = "R1"
	R2  Code = "R2"
	R3  Code = "R3"
	R4  Code = "R4"
	R5  Code = "R5"
	R6  Code = "R6"
	R7  Code = "R7"
	R8  Code = "R8"
	R9a Code = "R9a"
	R9b Code = "R9b"
	R9c Code = "R9c"
	R9d Code = "R9d"
	R9e Code = "R9e"
)

// CodeInfo is what the office must know of a result code.
type CodeInfo struct {
	Code      Code
	Name      string // as published
	Exclusive bool   // stands alone
	Problem   bool   // something was found: it needs a finding, which needs an outcome
	Absent    bool   // the firm was not there to be inspected: no answers, no signature
	FollowUp  string // what the office has to do next
}

// Codes is the table of result codes, in the order of the form.
var Codes = []CodeInfo{
	{R1, "未发现问题", true, false, false, "无需后续处置"},
	{R2, "未按规定公示应当公示的信息", false, true, false, "责令公示；线索告知市场监管部门"},
	{R3, "公示信息隐瞒真实情况、弄虚作假", false, true, false, "核实后 10 个工作日内作出列入经营异常名录的线索移送"},
	{R4, "通过登记的住所（经营场所）无法联系", true, false, true, "固定证据（照片、两次以上联系）；经营异常名录线索"},
	{R5, "发现问题已责令改正", false, true, false, "到期复查，录入处理结果"},
	{R6, "不配合检查情节严重", false, true, false, "固定证据；立案，劳动保障守法诚信等级依据"},
	{R7, "未发现开展本次抽查涉及的经营活动", true, false, true, "更新名录标签"},
	{R8, "发现问题待后续处理", false, true, false, "立案或移送；有最终结果后更正公示"},
	{R9a, "已关闭停业或正在组织清算", true, false, true, "更新名录登记状态"},
	{R9b, "注销", true, false, true, "更新名录登记状态"},
	{R9c, "被吊销", true, false, true, "更新名录登记状态"},
	{R9d, "被撤销", true, false, true, "更新名录登记状态"},
	{R9e, "迁出", true, false, true, "更新名录登记状态"},
}

// Info returns the row of a code; false if there is none.
func (c Code) Info() (CodeInfo, bool) {
	for _, x := range Codes {
		if x.Code == c {
			return x, true
		}
	}
	return CodeInfo{}, false
}

// Name returns the code's Chinese name.
func (c Code) Name() string {
	if x, ok := c.Info(); ok {
		return x.Name
	}
	return string(c)
}

// Method is a way of inspecting (核查方式); several may be used.
type Method string

// OnSite is the visit itself: somebody of the firm signs, or refuses to.
const OnSite Method = "M1"

// Methods is the table of methods (domain §3.5).
var Methods = []struct {
	Method Method
	Name   string
}{
	{OnSite, "实地检查"}, {"M2", "书面检查"}, {"M3", "行政部门检查结果或专业意见"},
	{"M4", "检验检测"}, {"M5", "网络监测"}, {"M6", "委托专业机构辅助"},
}

// Name returns the method in Chinese; empty if there is none.
func (m Method) Name() string {
	for _, x := range Methods {
		if x.Method == m {
			return x.Name
		}
	}
	return ""
}

// Answer is what a check point got.
type Answer string

// The answers.
const (
	Yes  Answer = "yes"  // 符合
	No   Answer = "no"   // 不符合
	NA   Answer = "na"   // 不适用
	Skip Answer = "skip" // 未检查
)

// Answers is the table of answers, in the order of the form.
var Answers = []struct {
	Answer Answer
	Name   string
}{{Yes, "符合"}, {No, "不符合"}, {NA, "不适用"}, {Skip, "未检查"}}

// Name returns the answer in Chinese; empty if there is none.
func (a Answer) Name() string {
	for _, x := range Answers {
		if x.Answer == a {
			return x.Name
		}
	}
	return ""
}

// Outcome is how a problem ended (后续处置, 1.24–1.27).
type Outcome string

// The outcomes.
const (
	OnTheSpot   Outcome = "on-the-spot"
	Rectified   Outcome = "rectified"
	NoPenalty   Outcome = "no-penalty"
	CaseFiled   Outcome = "case-filed"
	ToUnit      Outcome = "to-unit"
	ToAuthority Outcome = "to-department"
	ToPolice    Outcome = "to-police"
	Unfounded   Outcome = "unfounded"
)

// Outcomes is the table of outcomes. Note says what the record has to name.
var Outcomes = []struct {
	Outcome Outcome
	Name    string
	Note    string
}{
	{OnTheSpot, "当场改正", "改正情况"},
	{Rectified, "已改正（复查合格）", "复查情况"},
	{NoPenalty, "不予处罚", "依据和理由，如首违、轻微"},
	{CaseFiled, "已立案", "立案号和承办机构"},
	{ToUnit, "移交本单位办案机构", "接收机构和签收情况"},
	{ToAuthority, "移送其他部门", "接收部门和送达回执"},
	{ToPolice, "移送公安机关", "移送书号和接收单位"},
	{Unfounded, "经查不属实", "核查情况和依据"},
}

// AtOnce reports whether an outcome may be entered just so; the others are
// reached step by step (package casework).
func (o Outcome) AtOnce() bool { return o == OnTheSpot || o == NoPenalty || o == Unfounded }

// Name returns the outcome in Chinese; empty if there is none.
func (o Outcome) Name() string {
	for _, x := range Outcomes {
		if x.Outcome == o {
			return x.Name
		}
	}
	return ""
}
