package notice_test

import (
	"fmt"
	"testing"

	"suiji/internal/access"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/notice"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// Board and messages of somebody of a unit are made of the unit's forms alone:
// no other thing is on them, and no other form counts.
func TestOfAUnit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		ctx := t.Context()
		o.Firms(120)
		id := o.Matched(o.Publish(o.Joint()), 1, "2022-06-06")
		o.On("2022-06-20")
		o.ApprovedOn(id, "2022-06-14")
		o.Must(o.Inspection.Issue(ctx, roundtest.As(access.Clerk), id))
		all, err := o.Inspection.Forms(ctx, roundtest.Authority, inspection.Filter{})
		o.Must(err)
		ours := 0
		for _, f := range all {
			if f.Department == "县市场监督管理局" {
				ours++
			}
		}
		if ours == 0 || ours == len(all) {
			t.Fatalf("%d of %d forms are the department's", ours, len(all))
		}
		o.Must(o.Identity.AddUnit(ctx, roundtest.As(access.Admin), identity.Unit{ID: "sj", Name: "县市场监督管理局"}))
		for _, unit := range []string{"", "sj"} {
			acc := identity.Account{ID: "clerk" + unit, Username: "clerk" + unit, Name: "李", Roles: []access.Role{access.Clerk, access.Reviewer}, Unit: unit}
			o.Must(o.Identity.AddAccount(ctx, access.System(roundtest.Authority), acc, "Correct-Horse-7"))
		}
		o.On("2022-08-05") // the window has closed on all of them
		o.Must(o.Notice.Sweep(ctx, roundtest.Authority))
		for _, tt := range []struct {
			account string
			forms   int
			others  bool // things that are no form's
		}{{"clerk", len(all), true}, {"clerksj", ours, false}} {
			acc, err := o.Identity.Account(ctx, roundtest.Authority, tt.account)
			o.Must(err)
			want := fmt.Sprintf("完成检查并录入 %d 户", tt.forms)
			b, err := o.Notice.Board(ctx, acc.Actor(), notice.Filter{})
			o.Must(err)
			found, others := false, false
			for _, r := range b.Rows {
				if r.Kind == notice.Inspect {
					found = r.What == want
				}
				others = others || r.Kind != notice.Inspect && r.Kind != notice.Publish
			}
			if !found || others != tt.others {
				t.Errorf("%s: %q on the board %v, other things %v", tt.account, want, found, others)
			}
			messages, _, err := o.Notice.Messages(ctx, acc.Actor(), 5)
			o.Must(err)
			if len(messages) != 1 {
				t.Fatalf("%s has %d messages", tt.account, len(messages))
			}
			found, others = false, false
			for _, l := range messages[0].Lines {
				inspect := l.Plain == "实施检查（轮次 "+id+"）"
				found = found || inspect && l.What == want+"（"+id+"）"
				others = others || !inspect && l.Plain != "公示检查结果（轮次 "+id+"）"
			}
			if !found || others && !tt.others {
				t.Errorf("%s: %q in the message %v, other things %v: %+v", tt.account, want, found, others, messages[0].Lines)
			}
		}
	})
}
