package disclosure_test

import (
	"strings"
	"testing"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/disclosure"
	"suiji/internal/errs"
	"suiji/internal/inspection/inspectiontest"
)

func claim(no int, words string) disclosure.Claim {
	return disclosure.Claim{Kind: disclosure.ResultKind, Record: id(no), Words: words, Contact: "13900000009"}
}

// published is an office on 20 June 2022 with two results in public.
func published(t *testing.T, o office) {
	t.Helper()
	o.conclude(t, 1, "2022-06-14")
	o.conclude(t, 2, "2022-06-14")
	o.must(t, o.s.Publish(ctx, o.Reviewer, []string{id(1), id(2)}))
}

func (o office) objection(t *testing.T, no int) disclosure.Objection {
	t.Helper()
	all, err := o.s.ObjectionsTo(ctx, authority, id(no))
	o.must(t, err)
	if len(all) == 0 {
		t.Fatalf("no objection to %s", id(no))
	}
	return all[len(all)-1]
}

// An objection is answered by another hand within fifteen working days; once
// upheld, the record is corrected within ten more, and all of it stays to be
// read.
func TestObjectionUpheld(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		wantErr(t, o.s.Object(ctx, authority, claim(1, "没有来过")), errs.Conflict, "目前没有公示")
		published(t, o)
		wantErr(t, o.s.Object(ctx, authority, claim(1, " ")), errs.Invalid, "请写明")
		key := audit.WithKey(ctx, "form-1")
		o.must(t, o.s.Object(key, authority, claim(1, "没有拖欠工资")))
		o.must(t, o.s.Object(key, authority, claim(1, "没有拖欠工资"))) // the same form, sent again
		wantErr(t, o.s.Object(ctx, authority, claim(1, "再说一遍")), errs.Conflict, "已有一件")
		x := o.objection(t, 1)
		if x.State != disclosure.ObjectionOpen || x.Due.String() != "2022-07-11" || x.Version != 1 || !strings.Contains(x.Explain, "15 个工作日") {
			t.Errorf("objection = %+v, want open, due 2022-07-11", x)
		}
		if marks, err := o.s.Contested(ctx, authority); err != nil || !marks[id(1)] || len(marks) != 1 {
			t.Errorf("Contested() = %v, %v, want the first record alone", marks, err)
		}
		yes := disclosure.Ruling{Upheld: true, Answer: "核实后成立，将更正"}
		wantErr(t, o.s.Answer(ctx, o.Clerk, x.ID, yes), errs.Forbidden, "没有此项权限")
		wantErr(t, o.s.Answer(ctx, o.Reviewer, x.ID, yes), errs.Forbidden, "另一位")
		wantErr(t, o.s.Answer(ctx, o.Leader, x.ID, disclosure.Ruling{Answer: "联系 13900000001"}), errs.Invalid, "电话号码")
		o.must(t, o.s.Answer(ctx, o.Leader, x.ID, yes))
		wantErr(t, o.s.Answer(ctx, o.Leader, x.ID, yes), errs.Conflict, "已经由周局长答复")
		if x = o.objection(t, 1); x.State != disclosure.ObjectionMending || x.Due.String() != "2022-07-04" {
			t.Errorf("objection = %+v, want mending, due 2022-07-04", x)
		}
		o.On("2022-07-05")
		if !x.Overdue(calendar.MustParse("2022-07-05")) || x.Overdue(calendar.MustParse("2022-07-04")) {
			t.Error("overdue is not the day after the last")
		}
		f := o.Form(t, 1)
		o.must(t, o.Inspection.Reopen(ctx, o.Reviewer, id(1), "异议成立"))
		o.Conclude(t, 1, inspectiontest.WithProblem(inspectiontest.Entry(o.Form(t, 1), f.EndedOn.String()), "2022-07-30"))
		o.must(t, o.s.Correct(ctx, o.Reviewer, id(1), "经核实更正"))
		if x = o.objection(t, 1); x.State != disclosure.ObjectionCorrected || x.SettledAt.IsZero() || x.Running() {
			t.Errorf("objection = %+v, want corrected", x)
		}
		if marks, _ := o.s.Contested(ctx, authority); len(marks) != 0 {
			t.Errorf("the mark stays: %v", marks)
		}
		if got := o.entries(t, "objection.received"); len(got) != 1 || got[0]["objection"] != x.ID || got[0]["received"] != "2022-06-20" {
			t.Errorf("ledger: %v", got)
		}
		if got := o.entries(t, "objection.answered"); len(got) != 1 || got[0]["upheld"] != true || got[0]["answer"] != "核实后成立，将更正" {
			t.Errorf("ledger: %v", got)
		}
	})
}

// One on paper counts from the day it came; refused, it leaves the record as
// it is, and another may follow.
func TestObjectionOnPaper(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		published(t, o)
		o.On("2022-06-24")
		c := claim(2, "法定代表人来函")
		wantErr(t, o.s.Receive(ctx, o.Leader, c), errs.Forbidden, "")
		for day, part := range map[string]string{"2022-06-25": "不能在今天以后", "2022-06-19": "早于首次公示"} {
			c.ReceivedOn = calendar.MustParse(day)
			wantErr(t, o.s.Receive(ctx, o.Clerk, c), errs.Invalid, part)
		}
		c.ReceivedOn = calendar.MustParse("2022-06-21")
		o.must(t, o.s.Receive(ctx, o.Clerk, c))
		x := o.objection(t, 2)
		if !x.Paper || x.MadeBy != o.Clerk.ID || x.Due.String() != "2022-07-12" {
			t.Errorf("objection = %+v, want on paper, due 2022-07-12", x)
		}
		both := o.Clerk // who entered it has been made leader since
		both.Roles = append(both.Roles, access.Leader)
		wantErr(t, o.s.Answer(ctx, both, x.ID, disclosure.Ruling{Answer: "维持"}), errs.Forbidden, "登记这件异议的人")
		o.must(t, o.s.Answer(ctx, o.Leader, x.ID, disclosure.Ruling{Answer: "与现场记录一致，维持"}))
		if x = o.objection(t, 2); x.State != disclosure.ObjectionKept || x.Running() || !x.Due.Zero() {
			t.Errorf("objection = %+v, want kept", x)
		}
		o.must(t, o.s.Receive(ctx, o.Clerk, c))
		o.must(t, o.s.Withdraw(ctx, o.Reviewer, id(2), "对象有误"))
		x = o.objection(t, 2)
		if x.ID != id(2)+"-o2" || x.State != disclosure.ObjectionOpen {
			t.Fatalf("a withdrawal answers nothing: %+v", x)
		}
		o.must(t, o.s.Answer(ctx, o.Leader, x.ID, disclosure.Ruling{Upheld: true, Answer: "成立，已撤回"}))
		if x = o.objection(t, 2); x.State != disclosure.ObjectionWithdrawn {
			t.Errorf("objection = %+v, want withdrawn", x)
		}
		all, err := o.s.Objections(ctx, authority)
		o.must(t, err)
		if len(all) != 2 || all[0].ID != x.ID {
			t.Errorf("Objections() = %v", all)
		}
	})
}
