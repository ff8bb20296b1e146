package disclosure_test

import (
	"strings"
	"testing"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/canon"
	"suiji/internal/disclosure"
	"suiji/internal/errs"
)

func decision(class, from, until string) disclosure.Decision {
	return disclosure.Decision{Number: "元人社罚〔2022〕1号", FormID: id(1), DecidedOn: calendar.MustParse("2022-06-15"), Fact: "拖欠工资，孙签字 13900000001 承认",
		Basis: "《劳动保障监察条例》第二十六条", Kinds: "罚款", Amount: "2000.00 元", Class: class, From: calendar.MustParse(from), Until: calendar.MustParse(until)}
}

func (o office) publicPenalties(t *testing.T) int {
	t.Helper()
	list, err := o.s.Penalties(ctx, authority, "", "")
	o.must(t, err)
	return len(list)
}

func (o office) last(t *testing.T, id string) disclosure.PenaltyVersion {
	t.Helper()
	all, err := o.s.PenaltyVersions(ctx, authority, id)
	o.must(t, err)
	return all[len(all)-1]
}

// A penalty is public up to the last day of its term: on the next day nobody
// reads it, whether the job has run or not; the job takes it down once.
func TestPenaltyTerm(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		o.conclude(t, 1, "2022-06-14")
		d := decision("general", "2022-06-20", "2022-12-19")
		for _, bad := range []struct {
			from, until, part string
		}{{"2022-06-21", "2022-12-19", "从 2022-06-21 开始"}, {"2022-01-01", "2022-06-19", "已满"}} {
			_, err := o.s.PublishPenalty(ctx, o.Reviewer, decision("general", bad.from, bad.until))
			wantErr(t, err, errs.Conflict, bad.part)
		}
		none := d
		none.From, none.Until = calendar.Date{}, calendar.Date{}
		_, err := o.s.PublishPenalty(ctx, o.Reviewer, none)
		wantErr(t, err, errs.Conflict, "不公示")
		_, err = o.s.PublishPenalty(ctx, o.Clerk, d)
		wantErr(t, err, errs.Forbidden, "")
		p, err := o.s.PublishPenalty(ctx, o.Reviewer, d)
		o.must(t, err)
		_, err = o.s.PublishPenalty(ctx, o.Reviewer, d)
		wantErr(t, err, errs.Conflict, "已经公示")
		v := o.last(t, p)
		if p != id(1)+"-p1" || v.Record.Fact != "拖欠工资，*** *** 承认" || !disclosure.CheckDigest(canon.SHA256, disclosure.Version{JSON: v.JSON, Salt: v.Salt, Digest: v.Digest}) {
			t.Errorf("record %s = %+v", p, v)
		}
		o.On("2022-12-19")
		o.must(t, o.s.EndTerms(ctx, authority))
		if n := o.publicPenalties(t); n != 1 || !o.last(t, p).Public {
			t.Errorf("on the last day %d are public, want 1", n)
		}
		o.On("2022-12-20")
		v = o.last(t, p)
		if n := o.publicPenalties(t); n != 0 || v.Public || v.JSON != "" || v.Salt != "" || !strings.Contains(v.Reason, "届满") {
			t.Errorf("on the next day, before the job, %d are public: %+v", n, v)
		}
		o.must(t, o.s.EndTerms(ctx, authority))
		o.must(t, o.s.EndTerms(ctx, authority)) // on another node
		all, err := o.s.PenaltyVersions(ctx, authority, p)
		o.must(t, err)
		if len(all) != 2 || all[1].State != disclosure.PenaltyEnded || all[0].JSON != "" || all[1].Digest != all[0].Digest {
			t.Errorf("versions = %+v, want the published, emptied, and its end", all)
		}
		if got := o.entries(t, "penalty.withdrawn"); len(got) != 1 || got[0]["why"] != "ended" {
			t.Errorf("ledger: %v", got)
		}
		_, err = o.s.PublishPenalty(ctx, o.Reviewer, decision("general", "2022-12-20", "2023-06-19"))
		wantErr(t, err, errs.Conflict, "不能再公示")
	})
}

// A revoked decision leaves the public at once; one that was published wrongly
// may come back under its address.
func TestPenaltyTakenBack(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		o.conclude(t, 1, "2022-06-14")
		d := decision("serious", "2022-06-20", "2023-06-19")
		p, err := o.s.PublishPenalty(ctx, o.Reviewer, d)
		o.must(t, err)
		wantErr(t, o.s.WithdrawPenalty(ctx, o.Reviewer, p, ""), errs.Invalid, "原因")
		o.must(t, o.s.WithdrawPenalty(ctx, o.Reviewer, p, "文号有误"))
		wantErr(t, o.s.WithdrawPenalty(ctx, o.Reviewer, p, "文号有误"), errs.Conflict, "没有任何改动")
		again, err := o.s.PublishPenalty(ctx, o.Reviewer, d)
		o.must(t, err)
		if again != p || o.last(t, p).Version != 3 {
			t.Errorf("published again at %s, version %d; want %s, 3", again, o.last(t, p).Version, p)
		}
		o.must(t, o.s.Receive(ctx, o.Clerk, disclosure.Claim{Kind: disclosure.PenaltyKind, Record: p, Words: "已经撤销"}))
		o.must(t, o.s.RevokePenalty(ctx, authority, d.Number))
		o.must(t, o.s.RevokePenalty(ctx, authority, d.Number))
		if v := o.last(t, p); v.State != disclosure.PenaltyRevoked || v.Version != 4 || o.publicPenalties(t) != 0 {
			t.Errorf("after the revocation: %+v", v)
		}
		all, err := o.s.ObjectionsTo(ctx, authority, p)
		o.must(t, err)
		o.must(t, o.s.Answer(ctx, o.Leader, all[0].ID, disclosure.Ruling{Upheld: true, Answer: "决定已撤销"}))
		_, err = o.s.PublishPenalty(ctx, o.Reviewer, d)
		wantErr(t, err, errs.Conflict, "不能再公示")
	})
}

// Credit is repaired after the least time of the class, by another hand.
func TestRepair(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		o.conclude(t, 1, "2022-06-14")
		p, err := o.s.PublishPenalty(ctx, o.Reviewer, decision("general", "2022-06-20", "2023-03-19"))
		o.must(t, err)
		day := calendar.MustParse
		o.On("2022-09-20")
		for on, part := range map[string]string{"2022-09-19": "至少公示到 2022-09-20", "2022-09-21": "不能在今天以后"} {
			wantErr(t, o.s.ApplyRepair(ctx, o.Clerk, p, "已补发工资", day(on)), errs.Invalid, part)
		}
		o.must(t, o.s.ApplyRepair(ctx, o.Clerk, p, "已补发工资", day("2022-09-20")))
		wantErr(t, o.s.ApplyRepair(ctx, o.Clerk, p, "再来", day("2022-09-20")), errs.Conflict, "已有一件")
		list, err := o.s.Repairs(ctx, authority, p)
		o.must(t, err)
		if len(list) != 1 || list[0].Due.String() != "2022-10-09" {
			t.Errorf("Repairs() = %+v, want due 2022-10-09", list)
		}
		both := o.Clerk
		both.Roles = append(both.Roles, access.Leader)
		wantErr(t, o.s.DecideRepair(ctx, both, list[0].ID, true, "同意"), errs.Forbidden, "登记申请的人")
		o.must(t, o.s.DecideRepair(ctx, o.Leader, list[0].ID, false, "罚款没有缴清"))
		wantErr(t, o.s.DecideRepair(ctx, o.Leader, list[0].ID, true, "同意"), errs.Conflict, "已经由周局长决定")
		if o.publicPenalties(t) != 1 {
			t.Error("a refused application took the penalty down")
		}
		o.must(t, o.s.ApplyRepair(ctx, o.Clerk, p, "罚款已经缴清", day("2022-09-20")))
		o.must(t, o.s.DecideRepair(ctx, o.Leader, p+"-r2", true, "义务已经履行"))
		if v := o.last(t, p); v.State != disclosure.PenaltyRepaired || v.Public || v.Reason != "信用修复：义务已经履行" {
			t.Errorf("after the repair: %+v", v)
		}
		wantErr(t, o.s.ApplyRepair(ctx, o.Clerk, p, "再来", day("2022-09-20")), errs.Conflict, "没有公示")
	})
}

func TestRepairFrom(t *testing.T) {
	for _, c := range []struct{ class, from, want string }{
		{"light", "2022-06-20", "2022-06-20"}, {"general", "2022-11-30", "2023-02-28"}, {"serious", "2024-02-29", "2025-02-28"},
	} {
		v := disclosure.PenaltyVersion{Class: c.class, From: calendar.MustParse(c.from)}
		if got := v.RepairFrom().String(); got != c.want {
			t.Errorf("RepairFrom(%s from %s) = %s, want %s", c.class, c.from, got, c.want)
		}
	}
}
