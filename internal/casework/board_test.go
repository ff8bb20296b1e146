package casework_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"suiji/internal/casework"
	"suiji/internal/inspection"
	"suiji/internal/inspection/inspectiontest"
)

// The windows of a list are the whole list, each end once, whatever was tied up
// in between; and what is tied up is found by what is written beside it.
func TestBoard(t *testing.T) {
	each(t, func(o *office) {
		e := inspectiontest.WithProblem(inspectiontest.Entry(o.Form(t, 2), day), "2022-06-22")
		for i := range 30 {
			x := inspection.Finding{Fact: fmt.Sprintf("第 %d 项", i)}
			if i%3 == 0 {
				x.Measure, x.DueOn = "改正", d("2022-06-21").AddDays(i)
			}
			e.Findings = append(e.Findings, x)
		}
		o.Conclude(t, 2, e)
		none := inspectiontest.Entry(o.Form(t, 3), day)
		none.Codes = []inspection.Code{inspection.R7}
		o.Conclude(t, 3, none)
		o.on("2022-06-30")
		settle := func(ref string) {
			w, err := o.s.Whole(ctx, inspectiontest.Authority, id(2), ref)
			o.must(err)
			o.must(o.s.Settle(ctx, o.Clerk, w.Key, inspection.Closing{Outcome: inspection.OnTheSpot, On: d("2022-06-30"), Note: "已改"}))
		}
		for _, ref := range []string{"3", "4", "5", "7"} {
			settle(ref)
		}
		w, err := o.s.Whole(ctx, inspectiontest.Authority, id(3), "R7")
		o.must(err)
		o.must(o.s.Tell(ctx, o.Clerk, w.Key, true, casework.Note{Text: "已核对名录", On: d("2022-06-30")}))

		board := func(f casework.Filter, skip int) casework.Board {
			b, err := o.s.Board(ctx, inspectiontest.Authority, f, skip, 10)
			o.must(err)
			return b
		}
		for _, f := range []casework.Filter{{}, {Late: true}, {Kind: casework.Rectify}, {Text: id(2)}, {Closed: true}, {Closed: true, Kind: casework.Settled}, {Closed: true, Round: "none"},
			{Closed: true, Person: "李敏"}, {Closed: true, Text: "_"}, {Closed: true, Text: strings.ToLower(o.Form(t, 2).Firm.Code[4:])}} {
			all, err := o.s.Ends(ctx, inspectiontest.Authority, f)
			o.must(err)
			var got, want []string
			for skip := 0; skip == 0 || skip < len(all); skip += 10 {
				b := board(f, skip)
				if b.Total != len(all) || len(b.Ends) != min(10, len(all)-skip) {
					t.Errorf("Board(%+v) from %d has %d ends of %d, want %d", f, skip, len(b.Ends), b.Total, len(all))
				}
				for _, e := range b.Ends {
					got = append(got, e.FormID+" "+e.Ref+" "+e.Stands())
				}
			}
			for _, e := range all {
				want = append(want, e.FormID+" "+e.Ref+" "+e.Stands())
			}
			if f.Closed { // the last tied up first, the whole list by age
				slices.Sort(got)
				slices.Sort(want)
			}
			if !slices.Equal(got, want) {
				t.Errorf("the windows of %+v:\n%q\nwant\n%q", f, got, want)
			}
		}
		if b := board(casework.Filter{Kind: casework.Undecided}, 0); b.Open != 29 || b.Late != 3 || b.Shown != 0 || !slices.Equal(b.Persons, []string{"李敏"}) {
			t.Errorf("Board() counts %d open, %d late, %d of them shown, of %q; want 29, 3, 0, 李敏", b.Open, b.Late, b.Shown, b.Persons)
		}
		if b := board(casework.Filter{Closed: true, Text: "r7"}, 0); b.Total != 0 || !slices.Equal(b.Rounds, []string{inspectiontest.Round}) {
			t.Errorf("what was tied up, by a word that fits none: %+v", b)
		}
	})
}
