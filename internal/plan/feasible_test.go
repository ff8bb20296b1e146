package plan_test

import (
	"slices"
	"strings"
	"testing"

	"suiji/calendar"
	"suiji/internal/caps"
	"suiji/internal/plan"
)

// A county full of firms that may not be visited: the check says so with
// numbers, and proposes what would do (domain.md, appendix C 3).
func TestCapsAgainstTheFloor(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		p := o.drafted()
		p.Tasks[0].Strata = []plan.Stratum{
			{Name: "many", Title: "投诉举报多", Tag: "投诉举报多", Ratio: 5000, Reserve: 2},
			{Name: "rest", Title: "其余", Ratio: 500, Reserve: 10},
		}
		said := func(rules ...caps.Rule) []plan.Defect {
			t.Helper()
			o.must(o.Caps.Set(o.ctx, clerk, rules, []string{"投诉举报"}))
			_, err := o.Save(o.ctx, clerk, p)
			o.must(err)
			p = o.plan()
			found, err := o.Defects(o.ctx, p)
			o.must(err)
			return slices.DeleteFunc(found, func(d plan.Defect) bool { return d.Code != "caps" })
		}
		none := caps.Rule{Title: "无事不扰", Source: "某发〔2022〕1号", Who: caps.All, Years: 1}
		if got := said(); len(got) != 0 {
			t.Errorf("without caps: %v", got)
		}
		many, rest := p.Tasks[0].Strata[0], p.Tasks[0].Strata[1]
		if many.Size == 0 || many.Size+rest.Size != 698 {
			t.Fatalf("strata = %+v, want the firms in two", p.Tasks[0].Strata)
		}
		tagged := none
		tagged.Tag = "投诉举报多"
		got := said(tagged)
		if len(got) != 1 || got[0].Severity != plan.Refuse || got[0].Field != "task-1-stratum-1-ratio" ||
			!strings.Contains(got[0].Sentence, "本层今年不能再抽") || !strings.Contains(got[0].Sentence, "由“其余”层承担：该层比例由 5.") {
			t.Errorf("one stratum capped: %v, want what the other has to bear", got)
		}
		if p.Tasks[0].Strata[0].Capped != many.Size || p.Tasks[0].Strata[1].Capped != 0 {
			t.Errorf("capped = %+v, want the first stratum whole", p.Tasks[0].Strata)
		}
		got = said(none)
		if len(got) != 3 || !strings.Contains(got[2].Sentence, "全部各层只剩 0 户可抽，怎样分层都达不到") {
			t.Errorf("all capped: %v, want that no stratum can do", got)
		}
		if lines := p.Public().Caps; len(lines) != 2 || !strings.Contains(lines[0], "无事不扰") || !strings.Contains(lines[1], "投诉举报") {
			t.Errorf("public caps = %q, want the cap and the exemption", lines)
		}
	})
}

// What the plan means for a firm and for an officer.
func TestForecast(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		p := o.drafted()
		p.LeaveDays = 5
		f, err := o.FactsOf(o.ctx, p)
		o.must(err)
		got := p.Forecast(f)
		days, err := f.Calendar.WorkdaysBetween(calendar.MustParse("2022-05-31"), calendar.MustParse("2022-07-31"))
		o.must(err)
		if got.Years != 20 || got.Firm != "0.05" || len(got.Visits) != 2 || got.Visits[0].Days != days-5 || got.Visits[0].Most != 4*(days-5) || got.Visits[0].Each != "4.5" {
			t.Errorf("Forecast = %+v; want 20 years, 0.05 visits a firm, 4.5 an officer, %d days for 4 teams", got, days-5)
		}
	})
}
