package desk

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"suiji/internal/page/pagetest"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// prove posts a form with a proof.
func (f *fixture) prove(t *testing.T, role, path string, fields url.Values, file string) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, values := range fields {
		for _, v := range values {
			f.Must(w.WriteField(name, v))
		}
	}
	if file != "" {
		part, err := w.CreateFormFile("proof", "证明.pdf")
		f.Must(err)
		_, err = part.Write([]byte(file))
		f.Must(err)
	}
	f.Must(w.Close())
	r := httptest.NewRequest(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	rec := httptest.NewRecorder()
	f.handler.ServeHTTP(rec, f.as(r, role))
	return rec
}

// A removal goes with its file to the second person, who can look at it.
func TestRemovalWithFile(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newDesk(t, db)
		f.Firms(200)
		id := f.Freeze(f.Publish(nil), 1, "2022-06-06")
		f.Carry(id)
		firms, err := f.Round.Firms(t.Context(), roundtest.Authority, id)
		f.Must(err)
		path := "/w/rounds/" + id + "/firms/" + firms[0].TargetID
		fields := url.Values{"reason": {"moved"}, "evidence": {"查询结果"}, "key": {"k1"}}
		for _, x := range []struct {
			body string
			want int
		}{{"", 422}, {"<html>", 422}, {roundtest.PDF + "%%EOF", 303}} { // in this order: what was done once under a key is done
			body, want := x.body, x.want
			if w := f.prove(t, "list-admin", path, fields, body); w.Code != want || want == 422 && !strings.Contains(w.Body.String(), "没有提出申请") {
				t.Errorf("with %q: %d, want %d\n%s", body, w.Code, want, w.Body)
			}
		}
		removals, err := f.Round.Removals(t.Context(), roundtest.Authority, id)
		f.Must(err)
		file := "/w/proofs/" + removals[0].Proof
		f.run(t, []pagetest.Case{
			{Name: "the second person's page", As: "leader", Path: path, Want: pagetest.Want{`a[href="` + file + `"]`: "下载查看", "button[value=approve]": 1, ".facts": "已迁出本辖区"}},
			{Name: "the file", As: "leader", Path: file},
			{Name: "the file for who has no part in it", As: "inspector", Path: file, Status: 403},
			{Name: "the file for the public", Path: file, Status: 303, Location: "/w/login?next=" + url.QueryEscape(file)},
		})
	})
}

// An officer's page lists the firms dealt, takes a leaving and its decision,
// and a recusal declared after the draw.
func TestLeavingOnTheOfficersPage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newDesk(t, db)
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
			{Name: "it waits", As: "leader", Path: "/w/rounds/" + id + "/teams/" + m.TargetID, Want: pagetest.Want{".facts": "回避", "button[value=approve]": 1}},
		})
		fields := url.Values{"leave-reason": {"left"}, "evidence": {"调令"}, "key": {"k2"}}
		if w := f.prove(t, "clerk", path+"/leave", fields, ""); w.Code != 422 {
			t.Errorf("without a file: %d, want 422", w.Code)
		}
		if w := f.prove(t, "clerk", path+"/leave", fields, roundtest.PDF); w.Code != 303 {
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
		left, err := f.Staffing.Duties(t.Context(), roundtest.Authority, m.OfficerID)
		if err != nil || len(left) != 1 || !left[0].Waiting {
			t.Errorf("left with %+v, %v, want the one whose recusal waits", left, err)
		}
	})
}
