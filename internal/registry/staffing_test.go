package registry

import (
	"net/http/httptest"
	"net/url"
	"testing"

	"suiji/internal/page/pagetest"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// An officer's page lists the firms dealt, takes a leaving and its decision,
// and a recusal declared after the draw.
func TestLeavingOnTheOfficersPage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newRegistry(t, db)
		f.Firms(400)
		id := f.Matched(f.Publish(nil), 1, "2022-06-06")
		members, err := f.Round.Members(t.Context(), roundtest.Authority, id)
		f.Must(err)
		m := members[0]
		path := "/w/officers/" + m.OfficerID
		declared := url.Values{"target": {m.TargetID}, "ground": {"亲属"}, "because": {"近亲属任职"}, "declarer": {"本人"}, "declared": {"2022-06-06"}}
		f.run(t, []pagetest.Case{
			{Name: "firms", As: "clerk", Path: path, Want: pagetest.Want{`form[action="` + path + `/leave"]`: 1, "caption": "未办结轮次"}},
			{Name: "recusal", As: "clerk", Method: "POST", Path: path + "/recusals", Form: declared, Status: 303, Location: path},
			{Name: "recusal for another, by an inspector", As: "inspector", Method: "POST", Path: path + "/recusals", Form: declared, Status: 403},
		})
		fields := url.Values{"leave-reason": {"left"}, "evidence": {"调令"}, "key": {"k2"}}
		send := func(name string) *httptest.ResponseRecorder {
			w := httptest.NewRecorder()
			f.handler.ServeHTTP(w, f.as(pagetest.Upload(path+"/leave", fields, "proof", name, roundtest.PDF), "clerk"))
			return w
		}
		if w := send(""); w.Code != 422 {
			t.Errorf("without a file: %d, want 422", w.Code)
		}
		if w := send("证明.pdf"); w.Code != 303 {
			t.Fatalf("leave: %d\n%s", w.Code, w.Body)
		}
		decide := url.Values{"no": {"1"}, "decision": {"approve"}}
		f.run(t, []pagetest.Case{
			{Name: "waiting", As: "leader", Path: path, Want: pagetest.Want{"button[value=approve]": 1}},
			{Name: "waiting, for the clerk", As: "clerk", Path: path, Want: pagetest.Want{"button[value=approve]": 0, `form[action="` + path + `/leave"]`: 0}},
			{Name: "decide", As: "leader", Method: "POST", Path: path + "/leave/decide", Form: decide, Status: 303, Location: path},
			{Name: "decide again", As: "leader", Method: "POST", Path: path + "/leave/decide", Form: decide, Status: 409},
			{Name: "after", As: "auditor", Path: path, Want: pagetest.Want{".todo": "候补已按次序接替"}},
		})
		left, err := f.server.Staffing.Duties(t.Context(), roundtest.Authority, m.OfficerID)
		if err != nil || len(left) != 1 || !left[0].Waiting {
			t.Errorf("left with %+v, %v, want the one whose recusal waits", left, err)
		}
	})
}
