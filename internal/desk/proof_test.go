package desk

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"suiji/internal/access"
	"suiji/internal/page/pagetest"
	"suiji/internal/roster"
	"suiji/internal/round/roundtest"
	"suiji/internal/staffing"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// prove posts a form with a proof.
func (f *fixture) prove(role, path string, fields url.Values, file string) *httptest.ResponseRecorder {
	name := "证明.pdf"
	if file == "" {
		name = ""
	}
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, f.as(pagetest.Upload(path, fields, "proof", name, file), role))
	return w
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
			if w := f.prove("list-admin", path, fields, body); w.Code != want || want == 422 && !strings.Contains(w.Body.String(), "没有提出申请") {
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

// A recusal declared after the draw waits on the team's page for its decision.
func TestRecusalWaitsOnTheTeamsPage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newDesk(t, db)
		f.Firms(400)
		id := f.Matched(f.Publish(nil), 1, "2022-06-06")
		members, err := f.Round.Members(t.Context(), roundtest.Authority, id)
		f.Must(err)
		m := members[0]
		staff := staffing.New(staffing.Config{DB: db, Door: f.Door, Now: f.Now, Identity: f.Identity, Register: f.Register, Roster: f.Roster, Round: f.Round})
		_, err = staff.Recuse(t.Context(), roundtest.As(access.Clerk), m.OfficerID, roster.NewDeclaration{
			Target: m.TargetID, Kind: "亲属", Reason: "近亲属任职", DeclaredBy: "本人", DeclaredOn: "2022-06-06"})
		f.Must(err)
		f.run(t, []pagetest.Case{
			{Name: "it waits", As: "leader", Path: "/w/rounds/" + id + "/teams/" + m.TargetID, Want: pagetest.Want{".facts": "回避", "button[value=approve]": 1}},
		})
	})
}
