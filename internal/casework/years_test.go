package casework_test

import (
	"testing"

	"suiji/internal/casework"
	"suiji/internal/inspection"
	"suiji/internal/inspection/inspectiontest"
)

// What was tied up is not read for the list of what is open: a matter, a form of
// past years that cannot be read does no harm. An open one is missed.
func TestOpenEndsLeaveTheRest(t *testing.T) {
	each(t, func(o *office) {
		o.Conclude(t, 2, inspectiontest.WithProblem(inspectiontest.Entry(o.Form(t, 2), day), "2022-06-22"))
		none := inspectiontest.Entry(o.Form(t, 3), day)
		none.Codes = []inspection.Code{inspection.R7}
		o.Conclude(t, 3, none)
		o.on("2022-06-30")
		w, err := o.s.Whole(ctx, inspectiontest.Authority, id(2), "1")
		o.must(err)
		o.must(o.s.Settle(ctx, o.Clerk, w.Key, inspection.Closing{Outcome: inspection.OnTheSpot, On: d("2022-06-30"), Note: "已改"}))
		w, err = o.s.Whole(ctx, inspectiontest.Authority, id(3), "R7")
		o.must(err)
		if w.What == "" || w.Closed {
			t.Errorf("a code that asks for something: %+v", w.End)
		}
		o.must(o.s.Tell(ctx, o.Clerk, w.Key, true, casework.Note{Text: "已核对名录", On: d("2022-06-30")}))
		if w, err = o.s.Whole(ctx, inspectiontest.Authority, id(3), "R7"); err != nil || !w.Closed {
			t.Errorf("what was told is still open: %+v, %v", w.End, err)
		}
		o.Exec(t, `UPDATE casework_matter SET file = '{'`)
		if all, err := o.s.Ends(ctx, inspectiontest.Authority, casework.Filter{}); err != nil || len(all) != 2 || all[0].FormID != id(1) || all[1].FormID != id(1) {
			t.Errorf("open ends %+v, %v; want the two of the first form", all, err)
		}
		if _, err := o.s.Ends(ctx, inspectiontest.Authority, casework.Filter{Closed: true}); err == nil {
			t.Error("a matter that cannot be read was not missed")
		}
	})
}
