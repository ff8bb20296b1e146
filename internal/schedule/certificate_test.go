package schedule_test

import (
	"testing"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/register"
	"suiji/internal/roster"
	"suiji/internal/round/roundtest"
	"suiji/internal/schedule"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// until gives an officer's certificate another last day, as the register is
// mended.
func until(t *testing.T, o *roundtest.Office, officer, last string) {
	t.Helper()
	x, err := o.Register.Officer(t.Context(), roundtest.Authority, officer)
	o.Must(err)
	o.Must(o.Register.Amend(t.Context(), clerk, register.Officers, officer,
		register.Amendment{Base: x.Version, Values: map[string]string{"cert_until": last}, Source: "换证通知"}))
}

// A certificate holds on its last day and not on the next; one that is
// suspended or belongs to another field does not hold at all.
func TestCertificate(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		o, id := matched(t, db)
		x := read(t, o, id)
		v := x.Visits[0]
		officer := v.Team[0]
		until(t, o, officer.ID, "2022-06-15") // a Wednesday
		move := schedule.Move{TargetID: v.TargetID, Mode: schedule.OnSite, Half: schedule.Morning, Day: day("2022-06-16")}
		wantErr(t, o.Schedule.Move(ctx, clerk, id, move), errs.Invalid, officer.Name+"当天执法证已到期（有效期至 2022-06-15）")
		move.Day = day("2022-06-15")
		o.Must(o.Schedule.Move(ctx, clerk, id, move))
		o.Must(o.Schedule.Submit(ctx, clerk, id))

		// It expires on the day before after all: the leader is told, and nothing
		// is approved.
		digest := read(t, o, id).Pending().Digest
		until(t, o, officer.ID, "2022-06-14")
		wantErr(t, o.Schedule.Approve(ctx, leader, id, digest, "同意"), errs.Invalid, "没有批准，请退回重新安排")
		if got, err := read(t, o, id).Visit(v.TargetID); err != nil || got.Approved != 0 {
			t.Fatalf("approved as version %d, %v", got.Approved, err)
		}
		until(t, o, officer.ID, "2022-06-15")
		o.Must(o.Roster.AddDuty(ctx, clerk, v.Team[1].ID, "病假", "2022-06-15", "2022-06-15", ""))
		wantErr(t, o.Schedule.Approve(ctx, leader, id, digest, "同意"), errs.Invalid, "病假")
		duties, err := o.Roster.Duties(ctx, roundtest.Authority, v.Team[1].ID)
		o.Must(err)
		o.Must(o.Roster.CancelDuty(ctx, clerk, v.Team[1].ID, duties[0].ID, "已销假"))
		o.Must(o.Roster.Stand(ctx, clerk, officer.ID, officer.CertNo, roster.Suspended, "2022-06-06", "司法局通知"))
		wantErr(t, o.Schedule.Approve(ctx, leader, id, digest, "同意"), errs.Invalid, "当天执法证暂扣")
		o.Must(o.Roster.Stand(ctx, clerk, officer.ID, officer.CertNo, roster.Valid, "2022-06-06", "已发还"))
		o.Must(o.Schedule.Approve(ctx, leader, id, digest, "同意"))

		// The program itself places nobody after the last day.
		until(t, o, officer.ID, "2022-06-07")
		_, _, err = o.Schedule.Propose(ctx, clerk, id, 1)
		o.Must(err)
		for _, w := range read(t, o, id).Visits {
			for _, m := range w.Team {
				if w.TargetID != v.TargetID && m.ID == officer.ID && w.Day.After(day("2022-06-07")) {
					t.Errorf("%s is placed on %s with a certificate until 2022-06-07", m.Name, w.Day)
				}
			}
		}
		wantErr(t, o.Schedule.Approve(ctx, roundtest.As(access.Leader), id, digest, "同意"), errs.Conflict, "没有等待批准")
	})
}
