package registry

import (
	"testing"

	"suiji/internal/caps"
	"suiji/internal/inspection"
	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/page/pagetest"
	"suiji/internal/plan"
	"suiji/internal/register"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// The counter on a firm's page rises with an inspection, by one for a joint
// one, and says how many visits each cap leaves.
func TestCounterOfAFirm(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newRegistry(t, db)
		f.Firms(120)
		f.Must(f.Caps.Set(t.Context(), roundtest.As("clerk"), []caps.Rule{
			{Title: "每年两次", Source: "某发〔2022〕1号", Who: caps.Authority, Years: 1, Most: 2},
			{Title: "三年一次", Source: "某发〔2022〕2号", Who: caps.All, Years: 3, Most: 1},
			{Title: "红码除外", Source: "某发〔2022〕3号", Who: caps.All, Tag: "红码", Years: 1, Most: 9},
		}, nil))
		firms, _, _, err := f.Register.Targets(t.Context(), roundtest.Authority, register.TargetFilter{})
		f.Must(err)
		show := func(id, used, two, three string) {
			t.Helper()
			f.run(t, []pagetest.Case{{Name: "counter " + used, As: "clerk", Method: "GET", Path: "/w/targets/" + id, Status: 200, Want: pagetest.Want{
				"p b": used, "#caps tbody tr": 2, "#caps td[data-label='还可']": two, "#caps td.num[data-label='还可']": three}}})
		}
		show(firms[0].ID, "0", "2 次", "1 次")
		joint := f.Joint()
		id := f.Matched(f.Publish(func(p *plan.Plan) {
			joint(p)
			p.Tasks[0].Strata[0].Ratio = 3000
		}), 1, "2022-06-06")
		f.On("2022-06-20")
		work := f.server.Inspection
		f.ApprovedOn(id, "2022-06-14")
		f.Must(work.Issue(t.Context(), roundtest.As("clerk"), id))
		forms, err := work.Forms(t.Context(), roundtest.Authority, inspection.Filter{RoundID: id})
		f.Must(err)
		i, err := work.Form(t.Context(), roundtest.Authority, forms[0].ID)
		f.Must(err)
		f.Must(work.Enter(t.Context(), roundtest.As("clerk"), i.ID, inspectiontest.Entry(i, "2022-06-14")))
		if i, err = work.Form(t.Context(), roundtest.Authority, i.ID); err == nil {
			err = work.Confirm(t.Context(), roundtest.As("reviewer"), i.ID, i.Revision, "同意")
		}
		f.Must(err)
		show(i.Firm.TargetID, "1", "1 次", "已满，不再抽取")
	})
}
