package desk

import (
	"net/http/httptest"
	"strings"
	"testing"

	"suiji/internal/access"
	"suiji/internal/feedback"
	"suiji/internal/page/pagetest"
	"suiji/internal/round/roundtest"
	"suiji/internal/store/storetest"
)

// Whatever a role of the bureau opens, it finds nothing of a single rating;
// the auditor reads a round's, from five on.
func TestRatingsCannotBeTraced(t *testing.T) {
	f, round, id := matched(t, storetest.SQLite(t))
	x, err := f.Inspection.Form(t.Context(), roundtest.Authority, id)
	f.Must(err)
	const said = "这是不能追踪的一句话"
	rating := feedback.Rating{Answers: []string{"y", "n", "y", "y", "y"}, Words: said}
	f.Must(f.Desk.Feedback.Rate(t.Context(), x, rating))
	pages := []string{"/w", "/w/forms", "/w/forms/" + id, "/w/forms/" + id + "/visit", "/w/forms/" + id + "/print", "/w/publish", "/w/publish/" + id,
		"/w/rounds", "/w/rounds/" + round, "/w/ratings", "/w/complaints"}
	read := 0
	for _, role := range access.Roles {
		for _, path := range pages {
			w := httptest.NewRecorder()
			f.handler.ServeHTTP(w, f.as(httptest.NewRequest("GET", path, nil), string(role.Role)))
			if strings.Contains(w.Body.String(), said) || strings.Contains(w.Body.String(), "feedback.rate") {
				t.Errorf("%s reads of the rating at %s", role.Name, path)
			}
			if w.Code == 200 {
				read++
			}
		}
	}
	if read < 50 {
		t.Errorf("only %d pages could be read: the test has looked at nothing", read)
	}
	for i := range feedback.Least - 1 {
		x.Code = strings.Repeat("A", i+1) // as if of other forms
		f.Must(f.Desk.Feedback.Rate(t.Context(), x, rating))
	}
	f.run(t, []pagetest.Case{
		{Name: "the auditor", As: "auditor", Path: "/w/ratings", Want: pagetest.Want{"caption": "共 5 份", "main": said}},
		{Name: "the leader", As: "leader", Path: "/w/ratings", Status: 403},
		{Name: "the inspector", As: "inspector", Path: "/w/ratings", Status: 403},
	})
}

func TestComplaintsPage(t *testing.T) {
	f, _, id := matched(t, storetest.SQLite(t))
	x, err := f.Inspection.Form(t.Context(), roundtest.Authority, id)
	f.Must(err)
	ticket, err := f.Desk.Feedback.Complain(t.Context(), x, "k", "要求请客", "13800000000")
	f.Must(err)
	f.run(t, []pagetest.Case{
		{Name: "a clerk", As: "clerk", Path: "/w/complaints", Status: 403},
		{Name: "the leader", As: "leader", Path: "/w/complaints", Want: pagetest.Want{"main": "要求请客", "form textarea": 1}},
		refused(post("no words", "leader", "/w/complaints/"+ticket, 422, "", form("answer", "")), pagetest.Want{".problems": "请写明情况"}),
		post("answered", "leader", "/w/complaints/"+ticket, 303, "/w/complaints", form("answer", "已核实")),
		refused(post("answered again", "leader", "/w/complaints/"+ticket, 409, "", form("answer", "又")), pagetest.Want{".problems": "已经答复"}),
		{Name: "shown", As: "leader", Path: "/w/complaints", Want: pagetest.Want{".tag.ok": "已答复", "main": "已核实"}},
	})
}
