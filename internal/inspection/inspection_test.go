package inspection_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/credit"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

var ctx = context.Background()

// wantErr demands an error of a kind whose sentence has a part.
func wantErr(t *testing.T, err error, kind errs.Kind, part string) {
	t.Helper()
	if errs.KindOf(err) != kind || !strings.Contains(errs.Sentence(err), part) {
		t.Errorf("error = %v (kind %d), want kind %d with %q", err, errs.KindOf(err), kind, part)
	}
}

func each(t *testing.T, body func(t *testing.T, o *inspectiontest.Office)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) { body(t, inspectiontest.New(t, db)) })
}

func TestIssue(t *testing.T) {
	each(t, func(t *testing.T, o *inspectiontest.Office) {
		o.Issue(t)
		forms, err := o.Inspection.Forms(ctx, inspectiontest.Authority, inspection.Filter{RoundID: inspectiontest.Round})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		codes := map[string]bool{}
		for _, f := range forms {
			got = append(got, f.ID+" "+f.Firm.TargetID)
			codes[f.Code] = true
		}
		want := []string{"130132-rs.2022-1.0001 T1", "130132-rs.2022-1.0002 T2", "130132-rs.2022-1.0003 T4"}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("Forms() (-want +got):\n%s", d)
		}
		if len(codes) != 3 {
			t.Errorf("%d different codes, want 3", len(codes))
		}
		f := o.Form(t, 1)
		want = []string{"I1 1 是否与职工订立书面劳动合同 《劳动合同法》第十条", "I1 2 是否扣押职工证件 《劳动合同法》第七十四条", "I2 1 用人单位支付工资 《劳动法》第八十五条"}
		got = nil
		for _, p := range f.Points {
			got = append(got, strings.Join([]string{p.ItemID, string(rune('0' + p.No)), p.Text, p.Basis}, " "))
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("Points (-want +got):\n%s", d)
		}
		if len(f.Team) != 2 || f.Team[0].Name != "高建军" || f.Team[1].CertNo != "03132201002" {
			t.Errorf("Team = %+v, want O1 and O2", f.Team)
		}
		if f.Task.MatchedOn.String() != inspectiontest.Matched || f.Task.To.String() != inspectiontest.To || f.Task.PublishDays != 20 {
			t.Errorf("Task = %+v", f.Task)
		}

		// The list changes afterwards; the forms don't. Issuing again changes nothing.
		o.Exec(t, `UPDATE register_item_point SET text = '改过的要点'`)
		o.Issue(t)
		if again := o.Form(t, 1); again.Code != f.Code || again.Points[0].Text != f.Points[0].Text {
			t.Errorf("issued again: code %s, point %q, want them as they were", again.Code, again.Points[0].Text)
		}
		typed := " " + strings.ToLower(f.Code[:4]) + "-" + f.Code[4:]
		if g, err := o.Inspection.FormByCode(ctx, inspectiontest.Authority, typed); err != nil || g.ID != f.ID {
			t.Errorf("FormByCode(%q) = %s, %v, want %s", typed, g.ID, err, f.ID)
		}
		if _, err := o.Inspection.FormByCode(ctx, inspectiontest.Authority, "22222222"); errs.KindOf(err) != errs.NotFound {
			t.Errorf("FormByCode of nothing = %v, want NotFound", err)
		}
	})
}

func TestIssueRefused(t *testing.T) {
	for _, c := range []struct {
		name, change, want string
		by                 access.Actor
		kind               errs.Kind
	}{
		{"not matched", `UPDATE round SET state = 'match-sealed'`, "匹配完成以后", inspectiontest.Actor("c", "", access.Clerk), errs.Conflict},
		{"rehearsal", `UPDATE round SET rehearsal = TRUE`, "演练轮次", inspectiontest.Actor("c", "", access.Clerk), errs.Conflict},
		{"no items", `DELETE FROM plan_item`, "没有抽查事项", inspectiontest.Actor("c", "", access.Clerk), errs.Conflict},
		{"an inspector", `UPDATE round SET reason = ''`, "没有此项权限", inspectiontest.Actor("i", "", access.Inspector), errs.Forbidden},
		{"no such round", `UPDATE round SET round_id = 'x' WHERE FALSE`, "", access.Actor{Authority: "130132-zz", ID: "c", Roles: []access.Role{access.Clerk}}, errs.NotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(t *testing.T, o *inspectiontest.Office) {
				o.Approve(t, 1, "2022-06-20")
				o.Exec(t, c.change)
				wantErr(t, o.Inspection.Issue(ctx, c.by, inspectiontest.Round), c.kind, c.want)
				if forms, err := o.Inspection.Forms(ctx, inspectiontest.Authority, inspection.Filter{}); len(forms) != 0 || err != nil {
					t.Errorf("%d forms, %v, want none", len(forms), err)
				}
			})
		})
	}
}

// Nothing of an inspection is recorded before exactly it was approved.
func TestUnapproved(t *testing.T) {
	each(t, func(t *testing.T, o *inspectiontest.Office) {
		wantErr(t, o.Inspection.Issue(ctx, o.Clerk, inspectiontest.Round), errs.Conflict, "检查须先经行政机关负责人批准")
		o.Approve(t, 1, "2022-06-20")
		o.Must(t, o.Inspection.Issue(ctx, o.Clerk, inspectiontest.Round))
		o.Exec(t, `UPDATE register_officer SET cert_until = '2025-12-31'`)
		f := o.Form(t, 2)
		wantErr(t, o.Inspection.Enter(ctx, o.Clerk, f.ID, inspectiontest.Entry(f, "2022-06-20")), errs.Conflict, "还没有经行政机关负责人批准")
		f = o.Form(t, 1)
		wantErr(t, o.Inspection.Enter(ctx, o.Clerk, f.ID, inspectiontest.Entry(f, "2022-06-17")), errs.Conflict, "批准的检查日期是 2022-06-20")
		o.Must(t, o.Inspection.Enter(ctx, o.Clerk, f.ID, inspectiontest.Entry(f, "2022-06-20")))
		// A correction tells the truth, whatever was approved.
		f = o.Form(t, 1)
		o.Must(t, o.Inspection.Enter(ctx, o.Clerk, f.ID, inspectiontest.Entry(f, "2022-06-17")))
		// In an emergency the inspection goes on at once.
		o.Must(t, o.Schedule.Hurry(ctx, o.Clerk, inspectiontest.Round, "T2", "职工集体讨薪，账册可能被转移"))
		f = o.Form(t, 2)
		o.Must(t, o.Inspection.Enter(ctx, o.Clerk, f.ID, inspectiontest.Entry(f, "2022-06-20")))
	})
}

func TestConclusion(t *testing.T) {
	each(t, func(t *testing.T, o *inspectiontest.Office) {
		o.Issue(t)
		o.Approve(t, 1, "2022-06-14")
		f := o.Form(t, 1)
		e := inspectiontest.WithProblem(inspectiontest.Entry(f, "2022-06-14"), "2022-06-30")
		if err := o.Inspection.Enter(ctx, o.Clerk, f.ID, e); err != nil {
			t.Fatal(err)
		}
		f = o.Form(t, 1)
		if f.State != inspection.Entered || f.EnteredName != "李敏" || f.EndedOn.String() != "2022-06-14" ||
			f.Points[0].Answer != inspection.No || len(f.Findings) != 1 || f.Findings[0].No != 1 || !slices.Equal(f.Codes, e.Codes) {
			t.Errorf("entered form = %+v", f)
		}

		author := inspectiontest.Actor(o.Clerk.ID, "李敏", access.Clerk, access.Reviewer)
		wantErr(t, o.Inspection.Confirm(ctx, author, f.ID, f.Revision, ""), errs.Forbidden, "录入人以外的人审核")
		operator := inspectiontest.Actor("operator", "丁", access.Operator, access.Reviewer)
		wantErr(t, o.Inspection.Confirm(ctx, operator, f.ID, f.Revision, ""), errs.Forbidden, "须由第三人审核")
		listAdmin := inspectiontest.Actor("list-admin", "戊", access.ListAdmin, access.Reviewer)
		wantErr(t, o.Inspection.Confirm(ctx, listAdmin, f.ID, f.Revision, ""), errs.Forbidden, "须由第三人审核")
		wantErr(t, o.Inspection.Confirm(ctx, o.Clerk, f.ID, f.Revision, ""), errs.Forbidden, "没有此项权限")
		wantErr(t, o.Inspection.Confirm(ctx, o.Reviewer, f.ID, f.Revision-1, ""), errs.Conflict, "李敏 刚刚改过")

		wantErr(t, o.Inspection.Return(ctx, o.Reviewer, f.ID, " "), errs.Invalid, "请写明退回的原因")
		if err := o.Inspection.Return(ctx, o.Reviewer, f.ID, "日期与签到不符"); err != nil {
			t.Fatal(err)
		}
		f = o.Form(t, 1)
		if f.State != inspection.Returned || f.Opinion != "日期与签到不符" {
			t.Errorf("returned form: %s, %q", f.State, f.Opinion)
		}
		wantErr(t, o.Inspection.Confirm(ctx, o.Reviewer, f.ID, f.Revision, ""), errs.Conflict, "已退回")

		e = inspectiontest.WithProblem(inspectiontest.Entry(f, "2022-06-15"), "2022-06-30")
		o.Conclude(t, 1, e)
		f = o.Form(t, 1)
		if f.State != inspection.Confirmed || f.ConfirmedName != "赵宏" || !f.Findings[0].Confirmed || f.Findings[0].No != 2 || len(f.Reviews) != 2 {
			t.Errorf("confirmed form = %+v", f)
		}
		wantErr(t, o.Inspection.Enter(ctx, o.Clerk, f.ID, inspectiontest.Entry(f, "2022-06-15")), errs.Conflict, "请审核员先退回更正")
	})
}

func TestRelaxedDuties(t *testing.T) {
	each(t, func(t *testing.T, o *inspectiontest.Office) {
		o.Issue(t)
		o.Approve(t, 1, "2022-06-14")
		o.Approve(t, 3, "2022-06-14")
		f := o.Form(t, 1)
		if err := o.Inspection.Enter(ctx, o.Clerk, f.ID, inspectiontest.Entry(f, "2022-06-14")); err != nil {
			t.Fatal(err)
		}
		o.Exec(t, `UPDATE identity_authority SET relaxed_duties = TRUE`)
		operator := inspectiontest.Actor("operator", "丁", access.Operator, access.Reviewer)
		if err := o.Inspection.Confirm(ctx, operator, f.ID, o.Form(t, 1).Revision, ""); err != nil {
			t.Errorf("Confirm by the operator of a small office = %v, want it done", err)
		}
		// The author is another person all the same.
		f = o.Form(t, 3)
		both := inspectiontest.Actor("both", "己", access.Clerk, access.Reviewer)
		if err := o.Inspection.Enter(ctx, both, f.ID, inspectiontest.Entry(f, "2022-06-14")); err != nil {
			t.Fatal(err)
		}
		wantErr(t, o.Inspection.Confirm(ctx, both, f.ID, o.Form(t, 3).Revision, ""), errs.Forbidden, "录入人以外的人")
	})
}

func TestTwoClerks(t *testing.T) {
	each(t, func(t *testing.T, o *inspectiontest.Office) {
		o.Issue(t)
		o.Approve(t, 1, "2022-06-14")
		f := o.Form(t, 1)
		first := inspectiontest.Entry(f, "2022-06-14")
		key := audit.WithKey(ctx, "k1")
		if err := o.Inspection.Enter(key, o.Clerk, f.ID, first); err != nil {
			t.Fatal(err)
		}
		if err := o.Inspection.Enter(key, o.Clerk, f.ID, first); err != nil {
			t.Errorf("the same request again = %v, want nothing done", err)
		}
		second := inspectiontest.Entry(f, "2022-06-15")
		wantErr(t, o.Inspection.Enter(ctx, inspectiontest.Actor("c2", "吴", access.Clerk), f.ID, second), errs.Conflict, "李敏 刚刚改过这张表")
		if got := o.Form(t, 1).EndedOn.String(); got != "2022-06-14" {
			t.Errorf("EndedOn = %s, want what the first clerk entered", got)
		}
		wantErr(t, o.Inspection.Enter(ctx, o.Clerk, f.ID+"x", first), errs.NotFound, "")
		other := access.Actor{Authority: "130133-rs", ID: "x", Roles: []access.Role{access.Clerk}}
		wantErr(t, o.Inspection.Enter(ctx, other, f.ID, first), errs.NotFound, "")
	})
}

// The second team's certificate lapsed on 15 June.
func TestLapsedCertificate(t *testing.T) {
	each(t, func(t *testing.T, o *inspectiontest.Office) {
		o.Issue(t)
		f := o.Form(t, 2)
		wantErr(t, o.Inspection.Enter(ctx, o.Clerk, f.ID, inspectiontest.Entry(f, "2022-06-16")), errs.Invalid, "罗海涛的执法证（03132201003）有效期至 2022-06-15")
		// A substitute comes in; who was there at the entry stays in the record.
		o.Exec(t, `UPDATE round_officer SET state = 'replaced' WHERE target_id = 'T2' AND officer_id = 'O3'`,
			`UPDATE round_officer SET state = 'team' WHERE target_id = 'T2' AND officer_id = 'O1'`)
		// Another team than was approved waits for the leader.
		wantErr(t, o.Inspection.Enter(ctx, o.Clerk, f.ID, inspectiontest.Entry(f, "2022-06-16")), errs.Conflict, "重新报批")
		o.Approve(t, 2, "2022-06-16")
		if err := o.Inspection.Enter(ctx, o.Clerk, f.ID, inspectiontest.Entry(f, "2022-06-16")); err != nil {
			t.Fatal(err)
		}
		o.Exec(t, `UPDATE register_officer SET name = '改名'`)
		var got []string
		for _, m := range o.Form(t, 2).Team {
			got = append(got, m.Name)
		}
		if d := cmp.Diff([]string{"何丽", "高建军"}, got); d != "" {
			t.Errorf("Team (-want +got):\n%s", d)
		}
	})
}

func TestFollowUp(t *testing.T) {
	each(t, func(t *testing.T, o *inspectiontest.Office) {
		o.Issue(t)
		f := o.Form(t, 1)
		e := inspectiontest.WithProblem(inspectiontest.Entry(f, "2022-06-14"), "2022-06-18")
		e.Codes = []inspection.Code{inspection.R5, inspection.R8}
		o.Conclude(t, 1, e)
		open, err := o.Inspection.OpenFindings(ctx, inspectiontest.Authority, inspectiontest.Round)
		if err != nil || len(open) != 1 || open[0].Age != 6 || open[0].Firm != "元氏县恒泰商贸有限公司" {
			t.Fatalf("OpenFindings() = %+v, %v, want one, six days old", open, err)
		}
		if !open[0].Overdue(calendar.MustParse("2022-06-19")) || open[0].Overdue(calendar.MustParse("2022-06-18")) {
			t.Error("Overdue: want it from the day after 2022-06-18")
		}

		done := inspection.Closing{Outcome: inspection.Rectified, On: calendar.MustParse("2022-06-20"), Note: "复查合格"}
		for _, c := range []struct {
			name   string
			change func(*inspection.Closing)
			want   string
		}{
			{"no outcome", func(c *inspection.Closing) { c.Outcome = "" }, "请选择处理结果"},
			{"unknown outcome", func(c *inspection.Closing) { c.Outcome = "gone" }, "请选择处理结果"},
			{"no day", func(c *inspection.Closing) { c.On = calendar.Date{} }, "请填写处理日期"},
			{"before the visit", func(c *inspection.Closing) { c.On = calendar.MustParse("2022-06-13") }, "不能早于检查开始日期"},
			{"tomorrow", func(c *inspection.Closing) { c.On = calendar.MustParse("2022-06-21") }, "不能晚于今天"},
			{"no note", func(c *inspection.Closing) { c.Outcome, c.Note = inspection.CaseFiled, "" }, "请写明立案号和承办机构"},
		} {
			bad := done
			c.change(&bad)
			wantErr(t, o.CloseFinding(o.Clerk, f.ID, 1, bad), errs.Invalid, c.want)
		}
		wantErr(t, o.CloseFinding(o.Clerk, f.ID, 7, done), errs.NotFound, "没有问题 7")
		if err := o.CloseFinding(o.Clerk, f.ID, 1, done); err != nil {
			t.Fatal(err)
		}
		wantErr(t, o.CloseFinding(o.Clerk, f.ID, 1, done), errs.Conflict, "已由李敏录入处理结果“已改正（复查合格）”")
		facts, err := o.Credit.Facts(ctx, inspectiontest.Authority, f.Firm.TargetID, 10)
		if err != nil || len(facts) != 1 || facts[0].Kind != credit.Problem || facts[0].On != calendar.MustParse("2022-06-14") {
			t.Errorf("what the firm's grade is worked out from: %+v, %v, want the one problem", facts, err)
		}
		if open, err := o.Inspection.OpenFindings(ctx, inspectiontest.Authority, ""); len(open) != 0 || err != nil {
			t.Errorf("OpenFindings() = %+v, %v, want none", open, err)
		}

		// The final result takes the place of R8.
		wantErr(t, o.Inspection.Reopen(ctx, o.Reviewer, f.ID, ""), errs.Invalid, "请写明更正的原因")
		if err := o.Inspection.Reopen(ctx, o.Reviewer, f.ID, "已有最终结果"); err != nil {
			t.Fatal(err)
		}
		f = o.Form(t, 1)
		e.Revision, e.Findings = f.Revision, nil
		wantErr(t, o.Inspection.Enter(ctx, o.Clerk, f.ID, e), errs.Invalid, "请改选最终结果")
		e.Codes = []inspection.Code{inspection.R5}
		o.Conclude(t, 1, e)
		f = o.Form(t, 1)
		if len(f.Findings) != 1 || f.Findings[0].Outcome != inspection.Rectified || len(f.Reviews) != 3 {
			t.Errorf("after the correction: %+v, %+v", f.Findings, f.Reviews)
		}
	})
}
