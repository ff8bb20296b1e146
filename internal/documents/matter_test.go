package documents

import (
	"strings"
	"testing"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/casework"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// begun is a fresh draft for the first form's only problem.
func begun(t testing.TB, s *Service, a access.Actor, kind KindID) Paper {
	t.Helper()
	id, err := s.Begin(t.Context(), a, NewPaper{Kind: kind, FormID: first, Ref: "1"})
	must(t, err)
	p, err := s.Paper(t.Context(), bureau, id)
	must(t, err)
	return p
}

// matter acts on the first form's problem as it stands.
func matter(t testing.TB, s *Service, act func(casework.Key) error) {
	t.Helper()
	must(t, act(whole(t, s).Key))
}

func whole(t testing.TB, s *Service) casework.Whole {
	t.Helper()
	w, err := s.Casework.Whole(t.Context(), bureau, first, "1")
	must(t, err)
	return w
}

// What casework knows stands in the documents made for a matter, and nobody
// types it again: the extended day, the case, the receiver and its materials,
// the decision that is served.
func TestDocumentsOfAMatter(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, s := newService(t, db)
		ctx, day := t.Context(), calendar.In(s.Now())
		kinds := func(want string) {
			t.Helper()
			var got []string
			for _, k := range For(whole(t, s)) {
				got = append(got, string(k.ID))
			}
			if strings.Join(got, " ") != want {
				t.Errorf("documents of a matter “%s”: %v, want %s", whole(t, s).Stands(), got, want)
			}
		}
		says := func(p Paper, want map[string]string) {
			t.Helper()
			for name, text := range want {
				if got := p.Fields[name]; !strings.Contains(got, text) {
					t.Errorf("%s begins with %s %q, want %q", p.Kind.Name(), name, got, text)
				}
			}
		}
		kinds("correction no-penalty filing transfer")
		matter(t, s, func(k casework.Key) error {
			return s.Casework.Extend(ctx, o.Clerk, k, calendar.MustParse("2022-07-15"), "职工返乡")
		})
		says(begun(t, s, o.Clerk, Correction), map[string]string{"改正期限": "2022-07-15", "违法事实": "两名职工没有书面劳动合同"})
		whole0 := issue(t, s, o.Clerk, NewPaper{Kind: Correction, FormID: first, Ref: "1"})
		if papers, err := s.Papers(ctx, bureau, Filter{FormID: first, Ref: "1"}); err != nil || len(papers) != 1 || papers[0].Number != whole0.Number {
			t.Errorf("the matter's documents: %v, %v", papers, err)
		}

		matter(t, s, func(k casework.Key) error {
			return s.Casework.FileCase(ctx, o.Clerk, k, casework.Filing{Number: "元人社监立〔2022〕7号", Cause: "未订立书面劳动合同", Unit: "劳动保障监察大队", FiledOn: day, Handlers: []string{"高建军", "何丽"}})
		})
		kinds("inquiry survey sampling no-penalty filing transfer")
		says(begun(t, s, o.Clerk, NoPenalty), map[string]string{"改正情况": "期限由 2022年7月5日 延至 2022年7月15日：职工返乡"})
		f := issue(t, s, o.Clerk, NewPaper{Kind: Filing, FormID: first, Ref: "1"})
		says(f, map[string]string{"案由": "未订立书面劳动合同", "承办机构": "劳动保障监察大队", "承办人": "高建军、何丽"})
		if text := said(t, s, f); !strings.Contains(text, "元人社监立〔2022〕7号") || !strings.Contains(text, "60 个工作日") {
			t.Errorf("the filing does not say the case's number and its clock:\n%s", text)
		}
		if q := begun(t, s, o.Clerk, Inquiry); q.Fields["询问日期"] != "" {
			t.Errorf("an inquiry in a case is dated as the visit: %s", q.Fields["询问日期"])
		}
		says(begun(t, s, o.Clerk, Transfer), map[string]string{"材料清单": f.Title(), "移送依据": "第十八条", "联系人": o.Clerk.Name})
		must(t, s.Drop(ctx, o.Clerk, begun(t, s, o.Clerk, Transfer).ID))

		matter(t, s, func(k casework.Key) error {
			return s.Casework.Send(ctx, o.Clerk, k, casework.Department, casework.Handover{To: "国家税务总局元氏县税务局", Matter: "未按规定缴费", Number: "元人社移〔2022〕3号", On: day, How: "直接送达", Materials: []string{"检查记录", "工资表"}})
		})
		kinds("service")
		_, err := s.Begin(ctx, o.Clerk, NewPaper{Kind: Transfer, FormID: first, Ref: "1"})
		wantErr(t, err, errs.Conflict, "已经用文书 元人社移〔2022〕3号 送国家税务总局元氏县税务局")
		r := issue(t, s, o.Clerk, NewPaper{Kind: Receipt, FormID: first, Ref: "1"})
		says(r, map[string]string{"受送达人": "国家税务总局元氏县税务局"})
		if got := r.Content.Text("送达文书"); got != "移送文书（元人社移〔2022〕3号）" {
			t.Errorf("what is served: %q", got)
		}

		matter(t, s, func(k casework.Key) error {
			return s.Casework.GiveBack(ctx, o.Clerk, k, casework.Answer{On: day, Text: "不属于本部门"})
		})
		kinds("transfer")
		x := issue(t, s, o.Clerk, NewPaper{Kind: Transfer, FormID: first, Ref: "1"})
		says(x, map[string]string{"接收机关": "国家税务总局元氏县税务局", "案由": "未订立书面劳动合同", "移送理由": "未按规定缴费", "材料清单": "检查记录\n工资表"})
		r = issue(t, s, o.Clerk, NewPaper{Kind: Receipt, FormID: first, About: x.ID})
		says(r, map[string]string{"受送达人": "国家税务总局元氏县税务局"})
		if r.Ref != "1" || !strings.Contains(r.Content.Text("送达文书"), x.Number) {
			t.Errorf("the receipt of a matter's document is of %q: %s", r.Ref, r.Content.Text("送达文书"))
		}
	})
}

// A decision of a case is served with a receipt of its own, though casework
// keeps the decision's number.
func TestDecisionServed(t *testing.T) {
	o, s := newService(t, storetest.SQLite(t))
	ctx, day := t.Context(), calendar.In(s.Now())
	matter(t, s, func(k casework.Key) error {
		return s.Casework.FileCase(ctx, o.Clerk, k, casework.Filing{Number: "立1号", Cause: "拖欠工资", Unit: "监察大队", FiledOn: day, Handlers: []string{"高建军", "何丽"}})
	})
	_, err := s.Begin(ctx, o.Clerk, NewPaper{Kind: Receipt, FormID: first})
	wantErr(t, err, errs.Invalid, "从所送达的文书页上")
	matter(t, s, func(k casework.Key) error {
		return s.Casework.Hear(ctx, o.Clerk, k, casework.Hearing{On: day, How: "当面", Said: "无异议"})
	})
	matter(t, s, func(k casework.Key) error {
		return s.Casework.DraftPenalty(ctx, o.Clerk, k, casework.Penalty{Number: "罚1号", DecidedOn: day, Fact: "拖欠", Basis: "条例", Kinds: "罚款", Amount: 100, Class: casework.General, Months: 6})
	})
	p := begun(t, s, o.Clerk, Receipt)
	wantErr(t, s.Issue(ctx, o.Clerk, p.ID, seen(t, s, p.ID)), errs.Invalid, "缺“送达文书”")
	matter(t, s, func(k casework.Key) error { return s.Casework.CheckPenalty(ctx, o.Leader, k, true, "") })
	if all := For(whole(t, s)); len(all) != 1 || all[0].ID != Receipt {
		t.Errorf("documents after the decision: %v", all)
	}
	if p = issue(t, s, o.Clerk, NewPaper{Kind: Receipt, FormID: first, Ref: "1"}); p.Content.Text("送达文书") != "行政处罚决定书（罚1号）" {
		t.Errorf("what is served: %q", p.Content.Text("送达文书"))
	}
}

// A lead that a result code asks for is a transfer with the code's words.
func TestDocumentOfALead(t *testing.T) {
	o, s := newService(t, storetest.SQLite(t))
	o.Exec(t, `UPDATE register_officer SET cert_until = '2025-12-31'`)
	e := inspectiontest.Entry(o.Form(t, 2), "2022-06-20")
	e.Codes, e.Answers, e.FirmPerson, e.Evidence = []inspection.Code{inspection.R4}, nil, "", "照片 3 张"
	e.Attempts = []inspection.Attempt{{On: e.StartedOn, How: "实地走访，大门上锁"}, {On: e.StartedOn, How: "电话无人接听"}}
	o.Conclude(t, 2, e)
	id, err := s.Begin(t.Context(), o.Clerk, NewPaper{Kind: Transfer, FormID: inspection.Serial(inspectiontest.Round, 2), Ref: "R4"})
	must(t, err)
	p, err := s.Paper(t.Context(), bureau, id)
	must(t, err)
	for name, want := range map[string]string{"接收机关": "市场监督管理部门", "违法事实": "大门上锁", "案由": inspection.R4.Name(), "移送理由": "无法联系"} {
		if !strings.Contains(p.Fields[name], want) {
			t.Errorf("a lead begins with %s %q, want %q", name, p.Fields[name], want)
		}
	}
}

// An inspector makes the documents of its own team's inspections, and of the
// matters that lie with it, and no other's.
func TestOwnInspections(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, s := newService(t, db)
		ctx := t.Context()
		add := func(name, officer string) access.Actor {
			must(t, o.Identity.AddAccount(ctx, access.System(bureau), identity.Account{ID: name, Username: name, Name: name, OfficerID: officer, Roles: []access.Role{access.Inspector}}, "secret-2022-long"))
			return inspectiontest.Actor(name, name, access.Inspector)
		}
		team := o.Form(t, 1).Team
		own, other, none := add("own", team[0].ID), add("other", "O9"), add("none", "")
		n := NewPaper{Kind: Correction, FormID: first, Ref: "1"}
		for _, a := range []access.Actor{other, none} {
			_, err := s.Begin(ctx, a, n)
			wantErr(t, err, errs.Forbidden, "您不是检查表")
			wantErr(t, s.Attach(ctx, a, first, "", "a.pdf", []byte("%PDF-1.4\n%%EOF\n")), errs.Forbidden, "您不是检查表")
		}
		p := begun(t, s, own, Correction)
		wantErr(t, s.Save(ctx, other, p.ID, p.Revision, filled(p), ""), errs.Forbidden, "您不是检查表")
		wantErr(t, s.Drop(ctx, other, p.ID), errs.Forbidden, "您不是检查表")
		all, err := s.Identity.Accounts(ctx, bureau)
		must(t, err)
		for _, acc := range all {
			if acc.Name == "other" {
				matter(t, s, func(k casework.Key) error { return s.Casework.Assign(ctx, o.Clerk, k, acc.ID) })
				other.ID = acc.ID
			}
		}
		must(t, s.Save(ctx, other, p.ID, p.Revision, filled(p), "")) // it lies with them now
		must(t, s.Drop(ctx, own, p.ID))
	})
}
