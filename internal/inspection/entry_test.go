package inspection

import (
	"strings"
	"testing"

	"suiji/calendar"
	"suiji/internal/errs"
)

// today of these tests; the round was matched on the 10th.
var today = calendar.MustParse("2022-06-20")

func testForm() Form {
	return Form{
		ID: "130132-rs.2022-1.0001", Task: Task{MatchedOn: calendar.MustParse("2022-06-10")},
		Team: []Officer{
			{ID: "O1", Name: "高建军", CertNo: "1", CertUntil: calendar.MustParse("2022-06-14")},
			{ID: "O2", Name: "何丽", CertNo: "2", CertUntil: calendar.MustParse("2023-12-31")},
		},
		Points: []Point{{ItemID: "I1", No: 1, Text: "a"}, {ItemID: "I1", No: 2, Text: "b"}, {ItemID: "I2", No: 1, Text: "c"}},
	}
}

func testEntry() Entry {
	d := calendar.MustParse("2022-06-14")
	return Entry{Methods: []Method{OnSite}, StartedOn: d, EndedOn: d, FirmPerson: "孙签字", Codes: []Code{R1},
		Answers: []PointAnswer{{"I1", 1, Yes, ""}, {"I1", 2, Yes, ""}, {"I2", 1, NA, ""}}}
}

func found(measure, due string) Finding {
	f := Finding{Fact: "没有书面合同", Measure: measure}
	if due != "" {
		f.DueOn = calendar.MustParse(due)
	}
	return f
}

func closed(f Finding, o Outcome, on string) Finding {
	f.Outcome, f.OutcomeOn, f.Note = o, calendar.MustParse(on), "已核实"
	return f
}

// problemEntry is an entry with one failed point, the codes and findings.
func problemEntry(codes []Code, findings ...Finding) Entry {
	e := testEntry()
	e.Answers[0] = PointAnswer{"I1", 1, No, "两人没有合同"}
	e.Codes, e.Findings = codes, findings
	return e
}

// absentEntry is an entry of a firm that was not there.
func absentEntry(c Code) Entry {
	e := testEntry()
	e.Answers, e.FirmPerson, e.Codes = nil, "", []Code{c}
	return e
}

func unreachable(days ...string) Entry {
	e := absentEntry(R4)
	e.StartedOn, e.EndedOn, e.Evidence = calendar.MustParse("2022-06-11"), calendar.MustParse("2022-06-14"), "门头照片 2 张"
	for _, d := range days {
		e.Attempts = append(e.Attempts, Attempt{calendar.MustParse(d), "上门"})
	}
	return e
}

func with(e Entry, change func(*Entry)) Entry {
	change(&e)
	return e
}

type checkCase struct {
	name  string
	entry Entry
	want  string // part of the sentence; empty: accepted
	field string
}

func runChecks(t *testing.T, form Form, cases []checkCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := check(c.entry, form, today)
			if c.want == "" {
				if err != nil {
					t.Fatalf("check() = %v, want it accepted", err)
				}
				return
			}
			for _, p := range errs.Problems(err) {
				if strings.Contains(p.Sentence, c.want) && p.Field == c.field {
					return
				}
			}
			t.Errorf("check() = %v at fields %+v, want %q at %q", err, errs.Problems(err), c.want, c.field)
		})
	}
}

func TestCodes(t *testing.T) {
	due := found("补签合同", "2022-06-30")
	runChecks(t, testForm(), []checkCase{
		{"nothing found", testEntry(), "", ""},
		{"no code", with(testEntry(), func(e *Entry) { e.Codes = nil }), "请选择检查结果", FieldCodes},
		{"unknown code", with(testEntry(), func(e *Entry) { e.Codes = []Code{"R10"} }), "没有“R10”", FieldCodes},
		{"a code twice", problemEntry([]Code{R5, R5}, due), "选了两次", FieldCodes},
		{"R1 with another", problemEntry([]Code{R1, R5}, due), "“未发现问题”只能单独选择", FieldCodes},
		{"R1 with a failed point", problemEntry([]Code{R1}), "有不符合的检查要点，结果不能是“未发现问题”", FieldCodes},
		{"R1 with a finding", with(testEntry(), func(e *Entry) { e.Findings = []Finding{due} }), "登记了发现的问题，结果不能是", FieldCodes},
		{"R1 with an unfounded finding", with(testEntry(), func(e *Entry) {
			e.Findings = []Finding{closed(due, Unfounded, "2022-06-20")}
		}), "", ""},
		{"R4 with R9b", with(unreachable("2022-06-11", "2022-06-14"), func(e *Entry) { e.Codes = []Code{R4, R9b} }), "只能单独选择", FieldCodes},
		{"R7 alone", absentEntry(R7), "", ""},
		{"R7 with R8", with(absentEntry(R7), func(e *Entry) { e.Codes = []Code{R7, R8} }), "“未发现开展本次抽查涉及的经营活动”只能单独选择", FieldCodes},
		{"R9a alone", absentEntry(R9a), "", ""},
		{"R9e with R9b", with(absentEntry(R9e), func(e *Entry) { e.Codes = []Code{R9b, R9e} }), "“迁出”只能单独选择", FieldCodes},
		{"failed point with R5", problemEntry([]Code{R5}, due), "", ""},
		{"R2, R3, R5 and R8 together", problemEntry([]Code{R2, R3, R5, R8}, due), "", ""},
		{"R2 without a finding", problemEntry([]Code{R2}), "请登记发现的问题", FieldFact(1)},
		{"R5 with neither measure nor day", problemEntry([]Code{R5}, found("", "")), "要写明改正要求和改正期限", FieldMeasure(1)},
		{"R5 with a measure alone", problemEntry([]Code{R5}, found("补签合同", "")), "要写明改正要求和改正期限", FieldMeasure(1)},
		{"R5 with a day alone", problemEntry([]Code{R5}, found("", "2022-06-30")), "要写明改正要求和改正期限", FieldMeasure(1)},
		{"R5 with one of two findings measured", problemEntry([]Code{R5}, found("", ""), due), "", ""},
		{"R5 mended on the spot", problemEntry([]Code{R5}, closed(found("当场改正", "2022-06-14"), OnTheSpot, "2022-06-14")), "", ""},
		{"R8 with an open finding", problemEntry([]Code{R8}, found("", "")), "", ""},
		{"R8 with none open", problemEntry([]Code{R8}, closed(found("", ""), NoPenalty, "2022-06-20")), "请改选最终结果", FieldCodes},
		{"R6 with evidence", with(problemEntry([]Code{R6}, due), func(e *Entry) { e.Evidence = "录像" }), "", ""},
		{"R6 without", problemEntry([]Code{R6}, due), "请写明证据", FieldEvidence},
		{"R6 leaves points blank", with(problemEntry([]Code{R6}, due), func(e *Entry) { e.Evidence, e.Answers = "录像", nil }), "", ""},
		{"R4 after two attempts", unreachable("2022-06-11", "2022-06-14"), "", ""},
		{"R4 after one", unreachable("2022-06-11"), "至少要有两次联系", FieldAttempt(1)},
		{"R4 after the same one twice", unreachable("2022-06-11", "2022-06-11"), "至少要有两次联系", FieldAttempt(1)},
		{"R4 without evidence", with(unreachable("2022-06-11", "2022-06-14"), func(e *Entry) { e.Evidence = " " }), "请写明证据", FieldEvidence},
		{"an attempt before the visit", unreachable("2022-06-10", "2022-06-12"), "不在检查起止日期之内", FieldAttempt(1)},
		{"an attempt after it", unreachable("2022-06-11", "2022-06-15"), "不在检查起止日期之内", FieldAttempt(2)},
	})
}

func TestDates(t *testing.T) {
	on := func(from, to string) Entry {
		return with(testEntry(), func(e *Entry) {
			e.StartedOn, e.EndedOn = calendar.MustParse(from), calendar.MustParse(to)
		})
	}
	long := testForm()
	long.Team[0].CertUntil = calendar.MustParse("2025-12-31")
	runChecks(t, long, []checkCase{
		{"on the day of the match", on("2022-06-10", "2022-06-10"), "", ""},
		{"the day before", on("2022-06-09", "2022-06-10"), "不能早于人员匹配之日（2022-06-10）", FieldStarted},
		{"until today", on("2022-06-10", "2022-06-20"), "", ""},
		{"until tomorrow", on("2022-06-10", "2022-06-21"), "不能晚于今天（2022-06-20）", FieldEnded},
		{"from tomorrow", on("2022-06-21", "2022-06-21"), "不能晚于今天", FieldStarted},
		{"ends before it starts", on("2022-06-15", "2022-06-14"), "不能早于开始日期", FieldEnded},
		{"no start", with(testEntry(), func(e *Entry) { e.StartedOn = calendar.Date{} }), "请填写检查开始日期", FieldStarted},
		{"no end", with(testEntry(), func(e *Entry) { e.EndedOn = calendar.Date{} }), "请填写检查结束日期", FieldEnded},
	})
	runChecks(t, testForm(), []checkCase{
		{"on the certificate's last day", on("2022-06-14", "2022-06-14"), "", ""},
		{"a day later", on("2022-06-14", "2022-06-15"), "高建军的执法证（1）有效期至 2022-06-14", FieldEnded},
	})
	one := testForm()
	one.Team[1] = one.Team[0]
	runChecks(t, one, []checkCase{{"one officer twice", testEntry(), "检查组不足两人", ""}})
}

func TestAnswers(t *testing.T) {
	answer := func(a Answer, note string) Entry {
		return with(problemEntry([]Code{R5}, found("补签", "2022-06-30")), func(e *Entry) { e.Answers[0] = PointAnswer{"I1", 1, a, note} })
	}
	runChecks(t, testForm(), []checkCase{
		{"failed with a note", answer(No, "事实"), "", ""},
		{"failed without", answer(No, " "), "第 1 个检查要点不符合，请写明事实", FieldNote(1)},
		{"skipped with a reason", answer(Skip, "没有此项业务资料"), "", ""},
		{"skipped without", answer(Skip, ""), "第 1 个检查要点未检查，请写明原因", FieldNote(1)},
		{"left out", answer("", ""), "第 1 个检查要点没有填写结果", FieldAnswer(1)},
		{"not an answer", answer("maybe", ""), "不在选项之内", FieldAnswer(1)},
		{"a point of another form", with(testEntry(), func(e *Entry) { e.Answers = append(e.Answers, PointAnswer{"I9", 1, Yes, ""}) }), "不属于这张表", ""},
		{"a point twice", with(testEntry(), func(e *Entry) { e.Answers = append(e.Answers, PointAnswer{"I1", 1, Yes, ""}) }), "同一检查要点填了两次", ""},
		{"no method", with(testEntry(), func(e *Entry) { e.Methods = nil }), "请选择检查方式", FieldMethods},
		{"no such method", with(testEntry(), func(e *Entry) { e.Methods = []Method{"M7"} }), "没有“M7”", FieldMethods},
		{"nobody signed", with(testEntry(), func(e *Entry) { e.FirmPerson = "" }), "请填写被检查单位的签字人", FieldPerson},
		{"refused to sign", with(testEntry(), func(e *Entry) { e.FirmPerson, e.Refusal = "", "拒签，见证人社区李某" }), "", ""},
		{"written review needs no signature", with(testEntry(), func(e *Entry) { e.FirmPerson, e.Methods = "", []Method{"M2"} }), "", ""},
		{"2,000 characters", with(testEntry(), func(e *Entry) { e.Summary = strings.Repeat("字", 2000) }), "", ""},
		{"2,001 characters", with(testEntry(), func(e *Entry) { e.Summary = strings.Repeat("字", 2001) }), "最多 2000 字", FieldSummary},
		{"a NUL", with(testEntry(), func(e *Entry) { e.Summary = "a\x00" }), "不能识别的字符", FieldSummary},
		{"no UTF-8", with(testEntry(), func(e *Entry) { e.Summary = "\xff" }), "不能识别的字符", FieldSummary},
	})
}

func TestFindingsOfAnEntry(t *testing.T) {
	f := testForm()
	first, second := found("补签合同", "2022-06-30"), closed(found("", ""), ToUnit, "2022-06-16")
	first.No, first.Confirmed, second.No, second.Confirmed = 1, true, 2, true
	f.Findings = []Finding{first, second}
	changed := second
	changed.Fact = "改过"
	runChecks(t, f, []checkCase{
		{"the open one stays", problemEntry([]Code{R5}, first), "", ""},
		{"and a new one", problemEntry([]Code{R5}, first, found("", "")), "", ""},
		{"the open one is dropped", problemEntry([]Code{R5}, found("补签", "2022-06-30")), "问题 1 已在审核过的结论里，不能删去", FieldFact(1)},
		{"the closed one is changed", problemEntry([]Code{R5}, first, changed), "问题 2 已有处理结果，不能修改", FieldFact(2)},
		{"one that does not exist", problemEntry([]Code{R5}, first, Finding{No: 9, Fact: "x"}), "没有问题 9", FieldFact(2)},
		{"one twice", problemEntry([]Code{R5}, first, first), "问题 1 填了两次", FieldFact(2)},
		{"no fact", problemEntry([]Code{R5}, first, Finding{Measure: "x"}), "第 2 个问题没有写明事实", FieldFact(2)},
		{"mended by the day of the visit", problemEntry([]Code{R5}, first, found("x", "2022-06-14")), "", ""},
		{"mended by the day before", problemEntry([]Code{R5}, first, found("x", "2022-06-13")), "改正期限不能早于检查结束日期", FieldFindingDue(2)},
		{"an outcome tomorrow", problemEntry([]Code{R5}, first, closed(found("", ""), NoPenalty, "2022-06-21")), "处理日期不能晚于今天", FieldOutcome(2)},
		{"an outcome that takes steps", problemEntry([]Code{R5}, first, closed(found("", ""), CaseFiled, "2022-06-16")), "要按步骤办理", FieldOutcome(2)},
		{"an outcome of what was concluded", problemEntry([]Code{R5}, closed(first, OnTheSpot, "2022-06-16")), "已在审核过的结论里", FieldOutcome(1)},
		{"an outcome before the visit", problemEntry([]Code{R5}, first, closed(found("", ""), NoPenalty, "2022-06-13")), "处理日期不能早于检查开始日期", FieldOutcome(2)},
	})
	f.Findings[0].Confirmed = false
	runChecks(t, f, []checkCase{{"one that nobody has confirmed is dropped", problemEntry([]Code{R5}, found("补签", "2022-06-30")), "", ""}})
}

func TestCodeTable(t *testing.T) {
	seen := map[Code]bool{}
	for _, c := range Codes {
		if seen[c.Code] || c.Name == "" || c.FollowUp == "" {
			t.Errorf("code %+v stands twice or is not complete", c)
		}
		seen[c.Code] = true
		if c.Exclusive && c.Problem {
			t.Errorf("%s is exclusive and a problem: it could never have its finding", c.Code)
		}
	}
	if len(Codes) != 13 {
		t.Errorf("len(Codes) = %d, want 13", len(Codes))
	}
}

func TestNewCode(t *testing.T) {
	seen := map[rune]bool{}
	for range 500 {
		code := newCode()
		if len(code) != 8 {
			t.Fatalf("newCode() = %q, want 8 characters", code)
		}
		for _, r := range code {
			seen[r] = true
		}
	}
	for _, r := range CodeAlphabet {
		if !seen[r] {
			t.Errorf("%q never came in 4,000 characters", r)
		}
	}
	if len(seen) != len(CodeAlphabet) || strings.ContainsAny(CodeAlphabet, "01ILOUV") {
		t.Errorf("codes are made of %d characters, want %d that cannot be mistaken", len(seen), len(CodeAlphabet))
	}
}
