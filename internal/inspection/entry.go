package inspection

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"suiji/calendar"
	"suiji/internal/errs"
)

// Entry is what the desk enters of one inspection.
type Entry struct {
	Methods    []Method
	StartedOn  calendar.Date
	EndedOn    calendar.Date
	FirmPerson string
	Refusal    string // why the firm did not sign, and the witness
	Summary    string
	Evidence   string
	Attempts   []Attempt // to reach the firm; for R4
	Answers    []PointAnswer
	Codes      []Code
	Findings   []Finding // the open ones, and new ones; those with an outcome stay as they are
	Revision   int64     // of the form as the clerk saw it
}

// Entry returns the entry that would leave f as it is.
func (f Form) Entry() Entry {
	e := Entry{Methods: f.Methods, StartedOn: f.StartedOn, EndedOn: f.EndedOn, FirmPerson: f.FirmPerson, Refusal: f.Refusal,
		Summary: f.Summary, Evidence: f.Evidence, Attempts: f.Attempts, Codes: f.Codes, Revision: f.Revision}
	for _, p := range f.Points {
		e.Answers = append(e.Answers, PointAnswer{ItemID: p.ItemID, No: p.No, Answer: p.Answer, Note: p.Note})
	}
	for _, x := range f.Findings {
		if x.Open() {
			e.Findings = append(e.Findings, x)
		}
	}
	return e
}

// PointAnswer is the answer to one check point.
type PointAnswer struct {
	ItemID string
	No     int
	Answer Answer
	Note   string
}

// Inputs of the entry, as problems name them. Points and findings count from
// 1 in the order of the form and of the entry.
const (
	FieldMethods  = "methods"
	FieldStarted  = "started"
	FieldEnded    = "ended"
	FieldPerson   = "person"
	FieldRefusal  = "refusal"
	FieldSummary  = "summary"
	FieldEvidence = "evidence"
	FieldCodes    = "codes"
)

// FieldAnswer is the answer of the i-th point.
func FieldAnswer(i int) string { return fmt.Sprintf("answer-%d", i) }

// FieldNote is the note beside the answer of the i-th point.
func FieldNote(i int) string { return fmt.Sprintf("note-%d", i) }

// FieldFact is the fact of the i-th finding.
func FieldFact(i int) string { return fmt.Sprintf("fact-%d", i) }

// FieldMeasure is the measure of the i-th finding.
func FieldMeasure(i int) string { return fmt.Sprintf("measure-%d", i) }

// FieldFindingDue is the day by which the i-th finding must be mended.
func FieldFindingDue(i int) string { return fmt.Sprintf("due-%d", i) }

// FieldOutcome is the outcome of the i-th finding.
func FieldOutcome(i int) string { return fmt.Sprintf("outcome-%d", i) }

// FieldAttempt is the i-th attempt to reach the firm.
func FieldAttempt(i int) string { return fmt.Sprintf("attempt-%d", i) }

// judge collects what is wrong with an entry.
type judge struct {
	e        Entry
	f        Form
	today    calendar.Date
	problems []errs.Problem
}

// check returns the broken rules of e for the form f, in the order of the
// paper form.
func check(e Entry, f Form, today calendar.Date) error {
	j := &judge{e: e, f: f, today: today}
	j.methods()
	j.dates()
	j.team()
	j.answers()
	j.codes()
	j.findings()
	j.proof()
	j.texts()
	return errs.All(j.problems)
}

func (j *judge) add(bad bool, field, sentence string) {
	if bad {
		j.problems = append(j.problems, errs.Problem{Field: field, Sentence: sentence})
	}
}

// has reports whether a code satisfying fn is entered.
func (j *judge) has(fn func(CodeInfo) bool) bool {
	return slices.ContainsFunc(j.e.Codes, func(c Code) bool {
		x, ok := c.Info()
		return ok && fn(x)
	})
}

func (j *judge) hasCode(c Code) bool { return slices.Contains(j.e.Codes, c) }

func absent(x CodeInfo) bool  { return x.Absent }
func problem(x CodeInfo) bool { return x.Problem }

func (j *judge) methods() {
	j.add(len(j.e.Methods) == 0, FieldMethods, "请选择检查方式")
	for i, m := range j.e.Methods {
		j.add(m.Name() == "", FieldMethods, "没有“"+string(m)+"”这种检查方式")
		j.add(slices.Contains(j.e.Methods[:i], m), FieldMethods, "检查方式“"+m.Name()+"”选了两次")
	}
}

// dates holds the visit between the draw and today (1.22, §4.5: a visit
// before the draw would mean that the draw was for show).
func (j *judge) dates() {
	e, t := j.e, j.f.Task
	switch {
	case e.StartedOn.Zero():
		j.add(true, FieldStarted, "请填写检查开始日期")
	case e.StartedOn.Before(t.MatchedOn):
		j.add(true, FieldStarted, fmt.Sprintf("检查不能早于人员匹配之日（%s）", t.MatchedOn))
	case e.StartedOn.After(j.today):
		j.add(true, FieldStarted, fmt.Sprintf("检查开始日期不能晚于今天（%s）", j.today))
	}
	switch {
	case e.EndedOn.Zero():
		j.add(true, FieldEnded, "请填写检查结束日期")
	case !e.StartedOn.Zero() && e.EndedOn.Before(e.StartedOn):
		j.add(true, FieldEnded, "检查结束日期不能早于开始日期")
	case e.EndedOn.After(j.today):
		j.add(true, FieldEnded, fmt.Sprintf("检查结束日期不能晚于今天（%s）", j.today))
	}
}

// team holds that at least two officers with valid certificates came (1.12).
func (j *judge) team() {
	ids := map[string]bool{}
	for _, o := range j.f.Team {
		ids[o.ID] = true
		j.add(!j.e.EndedOn.Zero() && o.CertUntil.Before(j.e.EndedOn), FieldEnded,
			fmt.Sprintf("%s的执法证（%s）有效期至 %s，检查之日已经失效；请先办理人员递补", o.Name, o.CertNo, o.CertUntil))
	}
	j.add(len(ids) < 2, "", "检查组不足两人，不能录入结果；请先办理人员递补")
}

func (j *judge) answers() {
	given := map[string]PointAnswer{}
	for _, a := range j.e.Answers {
		k := pointKey(a.ItemID, a.No)
		_, twice := given[k]
		j.add(twice, "", "同一检查要点填了两次")
		given[k] = a
	}
	optional := j.hasCode(R6) || j.has(absent)
	for i, p := range j.f.Points {
		a, ok := given[pointKey(p.ItemID, p.No)]
		delete(given, pointKey(p.ItemID, p.No))
		blank := !ok || a.Answer == ""
		j.add(blank && !optional, FieldAnswer(i+1), fmt.Sprintf("第 %d 个检查要点没有填写结果", i+1))
		j.add(!blank && a.Answer.Name() == "", FieldAnswer(i+1), fmt.Sprintf("第 %d 个检查要点的结果不在选项之内", i+1))
		bare := strings.TrimSpace(a.Note) == ""
		j.add(a.Answer == No && bare, FieldNote(i+1), fmt.Sprintf("第 %d 个检查要点不符合，请写明事实", i+1))
		j.add(a.Answer == Skip && bare, FieldNote(i+1), fmt.Sprintf("第 %d 个检查要点未检查，请写明原因", i+1))
	}
	j.add(len(given) > 0, "", "有的检查要点不属于这张表")
}

func pointKey(item string, no int) string { return fmt.Sprintf("%s %d", item, no) }

// codes holds the exclusions (§3.6, §3.10).
func (j *judge) codes() {
	j.add(len(j.e.Codes) == 0, FieldCodes, "请选择检查结果")
	failed := slices.ContainsFunc(j.e.Answers, func(a PointAnswer) bool { return a.Answer == No })
	for i, c := range j.e.Codes {
		x, ok := c.Info()
		j.add(!ok, FieldCodes, "没有“"+string(c)+"”这个结果")
		j.add(slices.Contains(j.e.Codes[:i], c), FieldCodes, "“"+c.Name()+"”选了两次")
		if !x.Exclusive {
			continue
		}
		j.add(len(j.e.Codes) > 1, FieldCodes, "“"+x.Name+"”只能单独选择")
		j.add(failed, FieldCodes, "有不符合的检查要点，结果不能是“"+x.Name+"”")
	}
	j.add(failed && len(j.e.Codes) > 0 && !j.has(problem) && !j.has(func(x CodeInfo) bool { return x.Exclusive }),
		FieldCodes, "有不符合的检查要点，请选择相应的检查结果")
}

// findings holds that what was found has its record, and the record its
// result.
func (j *judge) findings() {
	stays := slices.DeleteFunc(slices.Clone(j.f.Findings), Finding.Open)
	var real, measured, open int
	for _, f := range slices.Concat(stays, j.e.Findings) {
		if f.Outcome == Unfounded {
			continue
		}
		real++
		if strings.TrimSpace(f.Measure) != "" && !f.DueOn.Zero() {
			measured++
		}
		if f.Open() {
			open++
		}
	}
	for _, c := range j.e.Codes {
		x, _ := c.Info()
		j.add(x.Exclusive && real > 0, FieldCodes, "登记了发现的问题，结果不能是“"+x.Name+"”")
		j.add(x.Problem && real == 0, FieldFact(1), "结果是“"+x.Name+"”，请登记发现的问题")
	}
	j.add(j.hasCode(R5) && real > 0 && measured == 0, FieldMeasure(1), "结果是“"+R5.Name()+"”，至少一个问题要写明改正要求和改正期限")
	j.add(j.hasCode(R8) && real > 0 && open == 0, FieldCodes, "问题都已有处理结果，结果不能再是“"+R8.Name()+"”，请改选最终结果")
	for i, f := range j.e.Findings {
		j.finding(i+1, f)
	}
	j.kept()
}

func (j *judge) finding(i int, f Finding) {
	j.add(strings.TrimSpace(f.Fact) == "", FieldFact(i), fmt.Sprintf("第 %d 个问题没有写明事实", i))
	j.add(!f.DueOn.Zero() && !j.e.EndedOn.Zero() && f.DueOn.Before(j.e.EndedOn), FieldFindingDue(i),
		fmt.Sprintf("第 %d 个问题的改正期限不能早于检查结束日期", i))
	if f.Open() {
		return
	}
	j.add(f.Outcome.Name() != "" && !f.Outcome.AtOnce(), FieldOutcome(i), fmt.Sprintf("第 %d 个问题：“%s”要按步骤办理，请在审核以后到“后续处置”录入", i, f.Outcome.Name()))
	o := Closing{Outcome: f.Outcome, On: f.OutcomeOn, Note: f.Note}
	for _, p := range o.problems(j.e.StartedOn, j.today) {
		j.add(true, FieldOutcome(i), fmt.Sprintf("第 %d 个问题：%s", i, p.Sentence))
	}
}

// kept refuses an entry that drops or invents findings.
func (j *judge) kept() {
	at := map[int]int{}
	for i, f := range j.e.Findings {
		if f.No == 0 {
			continue
		}
		_, twice := at[f.No]
		j.add(twice, FieldFact(i+1), fmt.Sprintf("问题 %d 填了两次", f.No))
		at[f.No] = i
		k := slices.IndexFunc(j.f.Findings, func(x Finding) bool { return x.No == f.No })
		j.add(k < 0, FieldFact(i+1), fmt.Sprintf("没有问题 %d", f.No))
		j.add(k >= 0 && !j.f.Findings[k].Open(), FieldFact(i+1), fmt.Sprintf("问题 %d 已有处理结果，不能修改", f.No))
		j.add(k >= 0 && j.f.Findings[k].Confirmed && !f.Open(), FieldOutcome(i+1), fmt.Sprintf("问题 %d 已在审核过的结论里，处理结果请到“后续处置”录入", f.No))
	}
	for _, f := range j.f.Findings {
		_, there := at[f.No]
		j.add(f.Open() && f.Confirmed && !there, FieldFact(1),
			fmt.Sprintf("问题 %d 已在审核过的结论里，不能删去；查证不属实的，请录入处理结果“%s”", f.No, Unfounded.Name()))
	}
}

// proof holds what R4, R6 and a visit must show.
func (j *judge) proof() {
	bare := strings.TrimSpace(j.e.Evidence) == ""
	for _, c := range []Code{R4, R6} {
		j.add(j.hasCode(c) && bare, FieldEvidence, "结果是“"+c.Name()+"”，请写明证据（照片、录音录像、邮寄退件等）")
	}
	var tries int
	for i, a := range j.e.Attempts {
		j.add(a.On.Zero() || strings.TrimSpace(a.How) == "", FieldAttempt(i+1), fmt.Sprintf("第 %d 次联系要写明日期和方式", i+1))
		out := !a.On.Zero() && (a.On.Before(j.e.StartedOn) || !j.e.EndedOn.Zero() && a.On.After(j.e.EndedOn))
		j.add(out, FieldAttempt(i+1), fmt.Sprintf("第 %d 次联系的日期不在检查起止日期之内", i+1))
		j.add(slices.Contains(j.e.Attempts[:i], a), FieldAttempt(i+1), fmt.Sprintf("第 %d 次联系与前面的相同", i+1))
		if !slices.Contains(j.e.Attempts[:i], a) {
			tries++
		}
	}
	j.add(j.hasCode(R4) && tries < 2, FieldAttempt(1), "结果是“"+R4.Name()+"”，至少要有两次联系的记录")
	met := slices.Contains(j.e.Methods, OnSite) && len(j.e.Codes) > 0 && !j.has(absent)
	j.add(met && strings.TrimSpace(j.e.FirmPerson) == "" && strings.TrimSpace(j.e.Refusal) == "", FieldPerson,
		"请填写被检查单位的签字人；拒绝签字的，写明情况和见证人")
}

// Longest texts, in characters.
const (
	longName = 100
	longText = 2000
)

func (j *judge) texts() {
	j.text(FieldPerson, "签字人", j.e.FirmPerson, longName)
	j.text(FieldRefusal, "拒签情况", j.e.Refusal, longText)
	j.text(FieldSummary, "检查情况", j.e.Summary, longText)
	j.text(FieldEvidence, "证据", j.e.Evidence, longText)
	for i, a := range j.e.Answers {
		j.text(FieldNote(i+1), fmt.Sprintf("第 %d 个检查要点的说明", i+1), a.Note, longText)
	}
	for i, a := range j.e.Attempts {
		j.text(FieldAttempt(i+1), fmt.Sprintf("第 %d 次联系", i+1), a.How, longText)
	}
	for i, f := range j.e.Findings {
		j.text(FieldFact(i+1), fmt.Sprintf("第 %d 个问题", i+1), f.Fact, longText)
		j.text(FieldMeasure(i+1), fmt.Sprintf("第 %d 个问题的改正要求", i+1), f.Measure, longText)
		j.text(FieldOutcome(i+1), fmt.Sprintf("第 %d 个问题的处理结果", i+1), f.Note, longText)
	}
}

func (j *judge) text(field, what, s string, most int) {
	j.add(utf8.RuneCountInString(s) > most, field, fmt.Sprintf("%s最多 %d 字", what, most))
	j.add(!plain(s), field, what+"里有不能识别的字符，请删去后重新输入")
}

// plain reports whether s is UTF-8 text without control characters other than
// line breaks and tabs: a database or a signed record would not take others.
func plain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
	})
}
