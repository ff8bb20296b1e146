package plan_test

import (
	"strings"
	"testing"

	"suiji/calendar"
	"suiji/internal/plan"
)

// checkTests are single defects in a plan that has none.
var checkTests = []struct {
	name     string
	change   func(p *plan.Plan, f *plan.Facts)
	code     string
	severity plan.Severity
	field    string
	says     string
}{
	{"no title", func(p *plan.Plan, _ *plan.Facts) { p.Title = "" }, "document", plan.Refuse, "title", "没有填写标题"},
	{"no issue date", func(p *plan.Plan, _ *plan.Facts) { p.IssuedOn = calendar.Date{} }, "document", plan.Refuse, "issued_on", "没有填写印发日期"},
	{"odd number", func(p *plan.Plan, _ *plan.Facts) { p.Number = "元人社 3" }, "number", plan.Warn, "number", "应写成"},
	{"number of another year", func(p *plan.Plan, _ *plan.Facts) { p.Number = "元人社〔2021〕3号" }, "number", plan.Warn, "number", "文号的年份是 2021"},
	{"no basis document", func(p *plan.Plan, _ *plan.Facts) { p.Bases = nil }, "bases", plan.Warn, "basis-1-title", "上级依据"},
	{"archive on the last day of publication less one", func(p *plan.Plan, _ *plan.Facts) { p.ArchiveOn = day("2022-12-19") }, "archive", plan.Refuse, "archive_on", "归档截止日 2022-12-19 早于最后一批结果的公示截止日 2022-12-20"},
	{"no archive date", func(p *plan.Plan, _ *plan.Facts) { p.ArchiveOn = calendar.Date{} }, "archive", plan.Refuse, "archive_on", "没有写明"},
	{"archive counted by the national clock where it binds", func(p *plan.Plan, _ *plan.Facts) {
		p.PublishDays, p.PublishUnit, p.ArchiveOn = 40, calendar.Workdays, day("2022-12-27")
	}, "archive", plan.Refuse, "archive_on", "2022-12-28"},
	{"no task name", func(p *plan.Plan, _ *plan.Facts) { p.Tasks[0].Name = "" }, "task", plan.Refuse, "task-1-name", "没有名称"},
	{"directed at nothing", func(p *plan.Plan, _ *plan.Facts) { p.Tasks[0].Directed = true }, "task", plan.Refuse, "task-1-scope_kind", "定向抽查，却没有限定"},
	{"undirected but limited", func(p *plan.Plan, _ *plan.Facts) { p.Tasks[0].Scope.Tag = "劳务派遣" }, "task", plan.Refuse, "task-1-directed", "应为定向抽查"},
	{"no item", func(p *plan.Plan, _ *plan.Facts) { p.Tasks[0].Items = nil }, "item", plan.Refuse, "task-1-items", "没有选择抽查事项"},
	{"item not in the list", func(_ *plan.Plan, f *plan.Facts) { f.Items = nil }, "item", plan.Refuse, "task-1-items", "清单里没有"},
	{"item withdrawn", item(func(i *plan.ItemFact) { i.Active = false }), "item", plan.Refuse, "task-1-items", "已停用"},
	{"item not published", item(func(i *plan.ItemFact) { i.Published = false }), "item", plan.Refuse, "task-1-items", "尚未公布"},
	{"item without basis", item(func(i *plan.ItemFact) { i.Basis = "" }), "item", plan.Refuse, "task-1-items", "没有法律依据"},
	{"item without points", item(func(i *plan.ItemFact) { i.Points = 0 }), "item", plan.Warn, "task-1-items", "没有检查内容"},
	{"no window", func(p *plan.Plan, _ *plan.Facts) { p.Windows = nil }, "windows", plan.Refuse, "windows", "没有抽查批次"},
	{"window of another year", func(p *plan.Plan, _ *plan.Facts) { p.Windows[1].EndsOn = day("2023-01-31") }, "windows", plan.Refuse, "window-2-starts", "不在 2022 年内"},
	{"windows in disorder", func(p *plan.Plan, _ *plan.Facts) { p.Windows[1].StartsOn = day("2022-07-31") }, "windows", plan.Refuse, "window-2-starts", "没有晚于上一批次"},
	{"window ends before it starts", func(p *plan.Plan, _ *plan.Facts) { p.Windows[0].EndsOn = day("2022-05-01") }, "windows", plan.Refuse, "window-1-ends", "早于开始日"},
	{"window before the issue", func(p *plan.Plan, _ *plan.Facts) { p.Windows[0].StartsOn = day("2022-01-10") }, "windows", plan.Refuse, "window-1-starts", "早于计划的印发日期"},
	{"register moved on", func(_ *plan.Plan, f *plan.Facts) { f.Version = 2 }, "base-old", plan.Warn, "base", "已更新到第 2 版"},
	{"no base", func(p *plan.Plan, _ *plan.Facts) { p.BaseVersion, p.BaseCount = 0, 0 }, "base", plan.Refuse, "base", "没有写明抽查基数"},
	{"no rounding", func(p *plan.Plan, _ *plan.Facts) { p.Rounding = "" }, "base", plan.Refuse, "base", "没有写明取整规则"},
	{"ratio above all", func(p *plan.Plan, _ *plan.Facts) { p.Ratio = 10001 }, "ratio", plan.Refuse, "ratio", "100.01%"},
	{"strata below the floor", func(p *plan.Plan, _ *plan.Facts) { p.Tasks[0].Strata[0].Ratio = 400 }, "floor", plan.Refuse, "ratio", "至少抽查 35 户（698 户的 5%，向上取整），各层合计只有 28 户，还差 7 户"},
	{"no strata", func(p *plan.Plan, _ *plan.Facts) { p.Tasks[0].Strata = nil }, "strata", plan.Refuse, "task-1-strata", "至少要有一层"},
	{"stratum name no identifier", func(p *plan.Plan, _ *plan.Facts) { p.Tasks[0].Strata[0].Name = "全部" }, "strata", plan.Refuse, "task-1-stratum-1-name", "代号“全部”"},
	{"last stratum catches not all", func(p *plan.Plan, _ *plan.Facts) { p.Tasks[0].Strata[0].Tag = "A" }, "strata", plan.Refuse, "task-1-stratum-1-tag", "永远抽不到"},
	{"stratum that can never be reached", strata(plan.Stratum{Name: "x", Title: "先", Ratio: 500, Size: 10}), "strata", plan.Refuse, "task-1-stratum-1-tag", "永远没有对象"},
	{"same name twice", strata(plan.Stratum{Name: "all", Title: "D", Tag: "D", Ratio: 500, Size: 10}), "strata", plan.Refuse, "task-1-stratum-2-name", "不与其他层相同"},
	{"small stratum", strata(plan.Stratum{Name: "D", Title: "风险D", Tag: "D", Ratio: 500, Size: 4}), "small", plan.Warn, "task-1-stratum-1-ratio", "只有 4 户，少于 5 户"},
	{"empty stratum", strata(plan.Stratum{Name: "D", Title: "风险D", Tag: "D", Ratio: 500}), "empty", plan.Warn, "task-1-stratum-1-tag", "没有对象"},
	{"no tickets", func(p *plan.Plan, _ *plan.Facts) { p.Tasks[0].Tickets[0].Tickets = 0 }, "tickets", plan.Refuse, "task-1-ticket-1-tickets", "1 到 1000"},
	{"too many tickets", func(p *plan.Plan, _ *plan.Facts) { p.Tasks[0].Tickets[0].Tickets = 1001 }, "tickets", plan.Refuse, "task-1-ticket-1-tickets", "1001"},
	{"one officer", func(p *plan.Plan, _ *plan.Facts) { p.Officers = 1 }, "team", plan.Refuse, "officers", "不得少于 2 人"},
	{"officers of another field", func(p *plan.Plan, _ *plan.Facts) { p.Field = "社会保险" }, "capacity", plan.Warn, "officers", "只有 0 名"},
	{"certificates run out", func(_ *plan.Plan, f *plan.Facts) {
		for i := range f.Officers {
			f.Officers[i].Until = day("2022-11-29")
		}
	}, "capacity", plan.Warn, "officers", "第 2 批次截止日 2022-11-30"},
	{"too much for two officers", func(p *plan.Plan, f *plan.Facts) {
		f.Officers = f.Officers[:2]
		p.Tasks[0].Strata[0].Ratio = 5000
	}, "capacity", plan.Warn, "officers", "第 1 批次应查 175 户；执法人员 2 名可编 1 组，42 个工作日每组每日一户最多 42 户"},
	{"no time to confirm", func(p *plan.Plan, _ *plan.Facts) { p.ConfirmDays = 0 }, "confirm", plan.Refuse, "confirm_days", "比对确认"},
	{"no time to publish", func(p *plan.Plan, _ *plan.Facts) { p.PublishDays = 0 }, "publish", plan.Refuse, "publish_days", "结果公示"},
	{"no rule for recusal", func(p *plan.Plan, _ *plan.Facts) { p.RuleRecusal = "" }, "rules", plan.Refuse, "rule_recusal", "回避"},
	{"no way to disclose", func(p *plan.Plan, _ *plan.Facts) { p.Disclosure = "" }, "disclosure", plan.Refuse, "disclosure", "公开方式"},
	{"no notice for the year", func(_ *plan.Plan, f *plan.Facts) { f.Calendar = calendar.Calendar{} }, "calendar", plan.Warn, "archive_on", "2022 年的放假调休通知尚未录入"},
}

func TestCheck(t *testing.T) {
	for _, tt := range checkTests {
		t.Run(tt.name, func(t *testing.T) {
			p, f := mended(), facts()
			tt.change(&p, &f)
			got := plan.Check(p, f)
			for _, d := range got {
				if d.Code == tt.code && d.Severity == tt.severity && d.Field == tt.field && strings.Contains(d.Sentence, tt.says) {
					return
				}
			}
			t.Errorf("Check names\n%swant %s %s at %s, saying %q", sentences(got), tt.severity, tt.code, tt.field, tt.says)
		})
	}
}

func item(change func(*plan.ItemFact)) func(*plan.Plan, *plan.Facts) {
	return func(_ *plan.Plan, f *plan.Facts) {
		i := f.Items["RS01"]
		change(&i)
		f.Items["RS01"] = i
	}
}

// strata puts a stratum before the one that catches all.
func strata(s plan.Stratum) func(*plan.Plan, *plan.Facts) {
	return func(p *plan.Plan, _ *plan.Facts) {
		p.Tasks[0].Strata = []plan.Stratum{s, p.Tasks[0].Strata[0]}
	}
}

func TestNumber(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"heavy brackets", "元人社【2022】3号", "元人社〔2022〕3号"},
		{"square", "元双随机办[2021]10号", "元双随机办〔2021〕10号"},
		{"full width", "元人社［２０２２］３号", "元人社〔2022〕3号"},
		{"round", " 国发（2019）5 号", "国发〔2019〕5号"},
		{"as it should be", "元人社〔2022〕3号", "元人社〔2022〕3号"},
		{"no year in it", "办发58号（节选）", "办发58号（节选）"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := plan.Number(tt.in); got != tt.want {
				t.Errorf("Number(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestPublishBy(t *testing.T) {
	cal := calendar.National()
	tests := []struct {
		name           string
		inspected, end string
		days           int
		unit           calendar.Unit
		task           int
		want           string
	}{
		{"the plan's own clock is the earlier", "2022-11-30", "2022-11-30", 20, calendar.Days, 20, "2022-12-20"},
		{"the national one is the earlier", "2022-11-30", "2022-11-30", 40, calendar.Workdays, 20, "2022-12-28"},
		{"only its own", "2022-11-30", "2022-11-30", 40, calendar.Workdays, 0, "2023-01-31"},
		{"inspected early", "2022-06-14", "2022-07-31", 20, calendar.Days, 20, "2022-07-04"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := plan.Plan{PublishDays: tt.days, PublishUnit: tt.unit, TaskDays: tt.task}
			got, err := p.PublishBy(cal, day(tt.inspected), day(tt.end))
			if err != nil || got.Due != day(tt.want) {
				t.Errorf("PublishBy(%s, %s) = %s, %v, want %s", tt.inspected, tt.end, got.Due, err, tt.want)
			}
		})
	}
}
