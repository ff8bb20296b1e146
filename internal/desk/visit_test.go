package desk

import (
	"encoding/json"
	"testing"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/page/pagetest"
	"suiji/internal/round/roundtest"
	"suiji/internal/store/storetest"
	"suiji/internal/visit"
)

// Who reviews sees what the phone recorded, and a signature whose text was
// changed afterwards.
func TestVisitPage(t *testing.T) {
	f, round, id := matched(t, storetest.SQLite(t))
	f.ApprovedOn(round, "2022-06-20")
	x, err := f.Inspection.Form(t.Context(), roundtest.Authority, id)
	f.Must(err)
	acc := identity.Account{ID: "phone", Username: "phone", Name: x.Team[0].Name, OfficerID: x.Team[0].ID, Roles: []access.Role{access.Inspector}}
	f.Must(f.Identity.AddAccount(t.Context(), access.System(roundtest.Authority), acc, "Lamp-72-Ming"))
	who := access.Actor{Authority: roundtest.Authority, ID: "phone", Name: acc.Name, Roles: acc.Roles}
	f.Must(f.Schedule.Pledge(t.Context(), who, round))
	send := func(kind visit.Kind, body any) {
		t.Helper()
		raw, err := json.Marshal(body)
		f.Must(err)
		answers, err := f.Desk.Visit.Sync(t.Context(), who, []visit.Record{{ID: "phone-record-" + string(kind), Form: id, Kind: kind, At: f.Now().UnixMilli(), Body: string(raw)}})
		f.Must(err)
		if answers[0].State != visit.Kept {
			t.Fatalf("%s: %+v", kind, answers[0])
		}
	}
	send(visit.Arrival, visit.Place{Lat: "37.75", Lon: "114.5", Accuracy: 9})
	sh := visit.Sheet{Revision: x.Revision, Methods: []string{"M1"}, Started: "2022-06-20", Ended: "2022-06-20", Person: "孙签字", Codes: []string{"R1"}, Summary: "核对了合同"}
	x.Methods, x.Codes, x.Summary = []inspection.Method{"M1"}, []inspection.Code{"R1"}, sh.Summary
	x.StartedOn = calendar.MustParse(sh.Started)
	x.EndedOn = x.StartedOn
	for i, p := range x.Points {
		sh.Answers = append(sh.Answers, visit.Answered{Item: p.ItemID, No: p.No, Answer: "yes"})
		x.Points[i].Answer = inspection.Yes
	}
	sh.Text = visit.Text(x)
	for i, role := range []string{visit.Inspector1, visit.Inspector2, visit.ByFirm} {
		sign := visit.Signature{Role: role, Name: "孙签字", Strokes: "[[10,20,30,40]]", At: 1}
		if i < 2 {
			sign.Officer, sign.Name = x.Team[i].ID, x.Team[i].Name
		}
		sh.Signatures = append(sh.Signatures, sign)
	}
	send(visit.Result, sh)
	f.run(t, []pagetest.Case{{Name: "it holds", As: "reviewer", Path: "/w/forms/" + id + "/visit", Want: pagetest.Want{"main": "37.75", ".signature path": 3, ".tag.ok": "一致", ".notice.bad": false}}})
	x, err = f.Inspection.Form(t.Context(), roundtest.Authority, id)
	f.Must(err)
	e := x.Entry()
	e.Summary = "没有核对合同"
	f.Must(f.Inspection.Enter(t.Context(), roundtest.As("clerk"), id, e))
	f.run(t, []pagetest.Case{
		{Name: "a word was changed", As: "reviewer", Path: "/w/forms/" + id + "/visit", Want: pagetest.Want{".notice.bad": "签字已经作废", ".gone": "检查情况：核对了合同", ".come": "没有核对", ".tag.bad": "已作废"}},
		{Name: "no such photo", As: "reviewer", Path: "/w/forms/" + id + "/photos/abc", Status: 404},
		{Name: "nobody", Path: "/w/forms/" + id + "/visit", Status: 303, Location: "/w/login?next=%2Fw%2Fforms%2F" + id + "%2Fvisit"},
	})
}
