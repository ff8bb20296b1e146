package desk

import (
	"fmt"
	"net/http"
	"testing"

	"suiji/internal/inspection"
	"suiji/internal/page"
	"suiji/internal/page/pagetest"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

var inspectionPages = map[string]page.Page{
	"forms": &formsPage{}, "form": &formPage{}, "form-print": &formPrintPage{}, "visit": &visitPage{}, "ratings": &ratingsPage{}, "complaints": &complaintsPage{},
}

var disclosurePages = map[string]page.Page{
	"publish": &publishPage{}, "publish-preview": &previewPage{}, "posting": &postingPage{}, "rate": &ratePage{},
}

// matched returns a desk whose first round is matched and whose forms are
// issued, with the round's path and the id of its first form.
func matched(t *testing.T, db *store.DB) (f *fixture, roundID, formID string) {
	t.Helper()
	f = newDesk(t, db)
	f.Firms(200)
	id := f.Matched(f.Publish(nil), 1, "2022-06-06")
	f.ApprovedOn(id, "2022-06-14")
	f.Must(f.Inspection.Issue(t.Context(), roundtest.As("clerk"), id))
	f.On("2022-06-20")
	return f, id, inspection.Serial(id, 1)
}

// entry is a posted entry of a form without problems, with some inputs
// changed.
func (f *fixture) entry(t *testing.T, formID string, pairs ...string) map[string][]string {
	t.Helper()
	x, err := f.Inspection.Form(t.Context(), roundtest.Authority, formID)
	f.Must(err)
	m := form("revision", fmt.Sprint(x.Revision), "methods", "M1", "started", "2022-06-14", "ended", "2022-06-14", "person", "孙签字", "codes", "R1")
	for i := range x.Points {
		m[inspection.FieldAnswer(i+1)] = []string{"yes"}
	}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = []string{pairs[i+1]}
	}
	return m
}

func post(name, as, path string, status int, location string, form map[string][]string) pagetest.Case {
	form["key"] = []string{name}
	return pagetest.Case{Name: name, As: as, Method: "POST", Path: path, Form: form, Status: status, Location: location}
}

func refused(c pagetest.Case, want pagetest.Want) pagetest.Case {
	c.Want = want
	return c
}

func TestFormPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f, roundID, id := matched(t, db)
		path := "/w/forms/" + id
		x, err := f.Inspection.Form(t.Context(), roundtest.Authority, id)
		f.Must(err)
		f.run(t, []pagetest.Case{
			{Name: "outside", Method: "GET", Path: path, Status: http.StatusSeeOther, Location: "/w/login?next=%2Fw%2Fforms%2F" + id},
			{Name: "list", As: "clerk", Method: "GET", Path: "/w/forms?round=" + roundID, Status: 200, Want: pagetest.Want{"h1": "检查表", "table.list tbody tr": 5, "ul.chips li": 1}},
			{Name: "none fits", As: "clerk", Method: "GET", Path: "/w/forms?state=confirmed", Status: 200, Want: pagetest.Want{".empty": "没有符合条件的检查表"}},
			{Name: "the form", As: "clerk", Method: "GET", Path: path, Status: 200, Want: pagetest.Want{"h1": x.Firm.Name,
				"form.entry": pagetest.Want{"input[type=radio]": 4 * len(x.Points), "input[name=codes]": 13, "input[name=methods]": 6}}},
			{Name: "an auditor reads", As: "auditor", Method: "GET", Path: path, Status: 200, Want: pagetest.Want{"form.entry": 0, ".notice": "还没有录入检查结果"}},
			{Name: "no such form", As: "clerk", Method: "GET", Path: path + "9", Status: 404},
			refused(post("R1 with a failed point", "clerk", path, 422, "", f.entry(t, id, "answer-1", "no", "note-1", "没有合同")),
				pagetest.Want{".problems": "有不符合的检查要点", "input#f-note-1[value=没有合同]": 1, "input#f-started[value=2022-06-14]": 1}),
			refused(post("a broken date", "clerk", path, 422, "", f.entry(t, id, "ended", "14.6.2022")), pagetest.Want{".problems": "应写成 2022-06-14 的样子"}),
			post("entered", "clerk", path, 303, path, f.entry(t, id)),
			post("entered", "clerk", path, 303, path, f.entry(t, id)),
			{Name: "to be reviewed", As: "reviewer", Method: "GET", Path: path, Status: 200, Want: pagetest.Want{"form.review": 1, ".facts": "非检查组成员录入"}},
			refused(post("a stale entry", "clerk", path, 409, "", f.entry(t, id, "revision", "1", "summary", "我的")),
				pagetest.Want{".problems": "经办人 刚刚改过这张表", "input[name=compared]": 1, "#f-summary": "我的"}),
			post("a stale review", "reviewer", path+"/confirm", 409, "", form("revision", "1")),
			post("no reason", "reviewer", path+"/return", 422, "", form("reason", "")),
			post("by a clerk", "clerk", path+"/confirm", 403, "", form("revision", "2")),
			post("confirmed", "reviewer", path+"/confirm", 303, path, form("revision", "2", "opinion", "同意")),
			{Name: "confirmed form", As: "clerk", Method: "GET", Path: path, Status: 200, Want: pagetest.Want{"form.entry": 0, "ol.history": "审核通过：同意", ".head .tag": "已审核"}},
			post("reopened", "reviewer", path+"/reopen", 303, path, form("reason", "日期有误")),
		})
		compared := f.entry(t, id, "revision", "1")
		y, err := f.Inspection.Form(t.Context(), roundtest.Authority, id)
		f.Must(err)
		compared["compared"] = []string{fmt.Sprint(y.Revision)}
		f.run(t, []pagetest.Case{post("after comparing", "clerk", path, 303, path, compared)})
	})
}

func TestPrintPages(t *testing.T) {
	f, roundID, id := matched(t, storetest.SQLite(t))
	f.run(t, []pagetest.Case{
		{Name: "one", As: "clerk", Method: "GET", Path: "/w/forms/" + id + "/print", Status: 200,
			Want: pagetest.Want{"section.sheet": pagetest.Want{"header": id, "header img": 1, "footer": "第 1 页 共"}, "td": "□符合"}},
		{Name: "all", As: "clerk", Method: "GET", Path: "/w/rounds/" + roundID + "/forms/print", Status: 200, Want: pagetest.Want{"table.head": 5, "table.sign": 5}},
		{Name: "none", As: "clerk", Method: "GET", Path: "/w/rounds/130132-rs.2022-9/forms/print", Status: 200, Want: pagetest.Want{".empty": "还没有检查表"}},
	})
}
