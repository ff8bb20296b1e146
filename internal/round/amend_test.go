package round_test

import (
	"testing"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/plan"
	"suiji/internal/round"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// Under an amended plan the year goes on: what the old version drew counts,
// its rounds keep it, and it draws no more.
func TestRoundsOfAnAmendedPlan(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := roundtest.New(t, db)
		o.Firms(200)
		first := o.Publish(nil)
		one := o.Matched(first, 1, "2022-06-06")
		next := o.Amend(first, "2022-08-15", func(p *plan.Plan) {
			p.Windows[1].StartsOn, p.Tasks[0].Strata[0].Ratio = calendar.MustParse("2022-10-20"), 1000
		})
		o.On("2022-10-21")
		freeze := func(p string, window int) (string, error) {
			return o.Round.Freeze(t.Context(), roundtest.As(access.Operator), round.NewRound{PlanID: p, TaskNo: 1, WindowNo: window})
		}
		if _, err := freeze(first, 2); errs.KindOf(err) != errs.Conflict {
			t.Errorf("Freeze under the replaced version = %v, want Conflict", err)
		}
		two, err := freeze(next, 2)
		o.Must(err)
		if two != roundtest.Authority+".2022-2" {
			t.Errorf("round = %s, want the year's second", two)
		}
		excluded, err := o.Round.Exclusions(t.Context(), roundtest.Authority, two)
		o.Must(err)
		drawn := 0
		for _, x := range excluded {
			if x.Code == round.DrawnThisYear {
				drawn = x.Count
			}
		}
		quotas, err := o.Round.Quotas(t.Context(), roundtest.Authority, two)
		o.Must(err)
		if drawn != 5 || len(quotas) != 1 || quotas[0].Draw != 15 {
			t.Errorf("excluded as drawn %d, quotas %+v; want 5 drawn before, and 15 of 20 to draw", drawn, quotas)
		}
		kept, err := o.Round.Round(t.Context(), roundtest.Authority, one)
		o.Must(err)
		if kept.PlanID != first {
			t.Errorf("the first round's plan = %s, want the version that it was frozen under", kept.PlanID)
		}
	})
}
