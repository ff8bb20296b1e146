package plan_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"suiji/calendar"
	"suiji/internal/plan"
)

var day = calendar.MustParse

// entered is the plan 元人社【2022】3号 as its text gives it: what the document
// does not state is not stated here either.
func entered() plan.Plan {
	return plan.Plan{
		Authority: "130132-rs", ID: "P2022", Year: 2022, State: plan.Draft,
		Title:  "元氏县人力资源和社会保障局2022年度“双随机、一公开”随机抽查工作计划",
		Number: "元人社【2022】3号", Issuer: "元氏县人力资源和社会保障局", IssuedOn: day("2022-01-17"),
		Addressees: "局属各科室、监察大队",
		Bases:      []plan.Basis{{Number: "元双随机办[2021]10号"}},
		Body: "进一步推进全企业信用风险差异化随机抽查机制。随机抽查和频次见附后的计划。" +
			"各实施抽查科室、单位要加强沟通协调；各实施抽查股室要依据清单确定检查项目。" +
			"按照检查结束之日起20日内公示检查结果的要求录入。" +
			"立卷归档工作均要在2021年12月20日前完成。依据检查结果对企业劳动保障守法诚信登记进行重新评价。",
		Ratio: 500, FloorSize: 5,
		Windows: []plan.Window{
			{No: 1, StartsOn: day("2022-06-01"), EndsOn: day("2022-07-31")},
			{No: 2, StartsOn: day("2022-10-01"), EndsOn: day("2022-11-30")},
		},
		Officers: 2, ConfirmDays: 2, PublishDays: 20, PublishUnit: calendar.Days,
		ArchiveOn: day("2021-12-20"), Disclosure: plan.DigestFirst,
	}
}

// mended is the same plan with every defect put right.
func mended() plan.Plan {
	p := entered()
	p.Body = mend(p.Body)
	p.BaseVersion, p.BaseCount, p.BaseOn, p.Rounding = 1, 698, day("2022-01-10"), plan.Up
	p.Tasks = []plan.Task{{
		No: 1, Name: "用人单位遵守劳动保障法律法规情况检查", Method: "实地检查、书面检查",
		Lead: "元氏县人力资源和社会保障局", Units: "监察大队", Level: "县抽县查",
		Items:   []plan.Item{{ID: "RS01", Name: "用人单位遵守劳动保障法律、法规情况的监督检查", Basis: "劳动保障监察条例第十一条"}},
		Strata:  []plan.Stratum{{Name: "all", Title: "全部用人单位", Ratio: 500, Reserve: 10, Size: 698}},
		Tickets: []plan.Ticket{{Tag: "投诉举报多", Tickets: 3}},
	}}
	p.Officers, p.TaskDays, p.ArchiveOn = 2, 20, day("2022-12-20")
	p.RuleVanished, p.RuleAgain, p.RuleRecusal = "剔除后由同层下一名候补递补", "一年只抽查一次", "回避后依次递补"
	p, _ = plan.Normal(p)
	return p
}

func mend(body string) string {
	return strings.NewReplacer("2021年12月20日", "2022年12月20日", "诚信登记", "诚信等级", "股室", "科室", "科室、单位", "科室",
		"推进全企业", "推进对全部企业的", "20日内公示", "20日（自然日）内公示").Replace(body)
}

func facts() plan.Facts {
	f := plan.Facts{
		Calendar: calendar.National(), Version: 1,
		Items: map[string]plan.ItemFact{"RS01": {Name: "用人单位遵守劳动保障法律、法规情况的监督检查", Basis: "劳动保障监察条例第十一条", Active: true, Published: true, Points: 9}},
	}
	for range 8 {
		f.Officers = append(f.Officers, plan.OfficerFact{Fields: []string{"劳动保障监察"}, Until: day("2024-12-31")})
	}
	return f
}

func codes(defects []plan.Defect) []string {
	var all []string
	for _, d := range defects {
		all = append(all, d.Code)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// The eight defects that domain.md §1.10 names, and no other.
var seedDefects = []string{"archive", "base", "clocks", "grade-word", "missing-word", "rules", "table", "unit-words"}

func TestSeedHasExactlyItsDefects(t *testing.T) {
	p, notices := plan.Normal(entered())
	if p.Number != "元人社〔2022〕3号" || p.Bases[0].Number != "元双随机办〔2021〕10号" || len(notices) != 2 {
		t.Errorf("Normal = %q, %q with notices %q, want both numbers in 〔〕 and a notice of each", p.Number, p.Bases[0].Number, notices)
	}
	got := plan.Check(p, facts())
	if diff := cmp.Diff(codes(got), seedDefects); diff != "" {
		t.Errorf("Check(plan of 2022) (-got +want):\n%s", diff)
	}
	for _, want := range []string{
		"归档截止日 2021-12-20 早于印发日期 2022-01-17，也早于最后一批结果的公示截止日 2022-12-20",
		"正文要求在 2021-12-20 前完成，该日早于印发日期 2022-01-17",
		"正文说比例和频次见附后的计划表，但计划表是空的",
		"20 日止于 2022-12-20，20 个工作日止于 2022-12-28",
		"抽查比例 5% 没有写明抽查基数（以名录的哪一版、多少户计）、基数日期、取整规则（向上取整）",
		"“科室、单位”1 处、“股室”1 处",
	} {
		if !strings.Contains(sentences(got), want) {
			t.Errorf("Check(plan of 2022) does not say %q:\n%s", want, sentences(got))
		}
	}
	for code, want := range map[string]plan.Severity{"archive": plan.Refuse, "table": plan.Refuse, "base": plan.Refuse, "rules": plan.Refuse,
		"clocks": plan.Warn, "grade-word": plan.Warn, "unit-words": plan.Warn, "missing-word": plan.Warn} {
		i := slices.IndexFunc(got, func(d plan.Defect) bool { return d.Code == code })
		if i < 0 || got[i].Severity != want {
			t.Errorf("Check(plan of 2022): %s is not of severity %s", code, want)
		}
	}
}

func sentences(defects []plan.Defect) string {
	var b strings.Builder
	for _, d := range defects {
		b.WriteString(d.Code + " " + d.Clause + " " + d.Sentence + "\n")
	}
	return b.String()
}

func TestSeedMendedHasNoDefect(t *testing.T) {
	if got := plan.Check(mended(), facts()); len(got) > 0 {
		t.Errorf("Check(mended plan) names\n%swant nothing", sentences(got))
	}
}

// The document itself, letter by letter, where it is at hand.
func TestSeedDocument(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(sharedDir(t), "reference", "plan-2022.txt"))
	if err != nil {
		t.Fatal(err)
	}
	p := entered()
	p.Body = string(text)
	p, _ = plan.Normal(p)
	if diff := cmp.Diff(codes(plan.Check(p, facts())), seedDefects); diff != "" {
		t.Errorf("Check(the document of 2022) (-got +want):\n%s", diff)
	}
	q := mended()
	q.Body = mend(p.Body)
	if got := plan.Check(q, facts()); len(got) > 0 {
		t.Errorf("Check(the document mended) names\n%swant nothing", sentences(got))
	}
}

// sharedDir finds the folder of real input beside the repository.
func sharedDir(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for range 6 {
		if s := filepath.Join(dir, "shared", "reference"); exists(s) {
			return filepath.Dir(s)
		}
		dir = filepath.Dir(dir)
	}
	t.Skip("the folder shared with the plan of 2022 is not beside the repository")
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
