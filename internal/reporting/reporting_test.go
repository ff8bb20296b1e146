package reporting

import (
	"log/slog"
	"net/http"
	"testing"

	"suiji/internal/casework"
	"suiji/internal/disclosure"
	"suiji/internal/inspection"
	"suiji/internal/page"
	"suiji/internal/page/pagetest"
	"suiji/internal/papers"
	"suiji/internal/report"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// fixture is the pages over a fresh office.
type fixture struct {
	*roundtest.Office
	server  *Server
	handler http.Handler
	forms   *inspection.Service
}

func newPages(t *testing.T, db *store.DB) *fixture {
	t.Helper()
	o := roundtest.New(t, db)
	forms := inspection.New(inspection.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Credit: o.Credit, Schedule: o.Schedule})
	reports := report.New(report.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Reference: o.Reference, Plan: o.Plan, Round: o.Round, Fonts: papers.FindFonts(""),
		Casework:   casework.New(casework.Config{DB: db, Door: o.Door, Now: o.Now, Reference: o.Reference, Inspection: forms, Dir: t.TempDir()}),
		Disclosure: disclosure.New(disclosure.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now, Identity: o.Identity, Reference: o.Reference, Inspection: forms, Round: o.Round})})
	f := &fixture{Office: o, forms: forms, server: New(Config{Identity: o.Identity, Round: o.Round, Report: reports, Now: o.Now, Log: slog.New(slog.DiscardHandler)})}
	f.handler = f.server.Handler()
	return f
}

func post(name, as, path string, status int, location string, pairs ...string) pagetest.Case {
	m := pagetest.Form(pairs...)
	m["key"] = []string{name}
	return pagetest.Case{Name: name, As: as, Method: "POST", Path: path, Form: m, Status: status, Location: location}
}

// Every template fits its struct.
func TestTemplates(t *testing.T) {
	pagetest.Check(t, newPages(t, storetest.SQLite(t)).server.Set(), map[string]page.Page{
		"reports": &reportsPage{}, "report-list": &listPage{}, "summaries": &summariesPage{}, "summary": &summaryPage{},
		"upwards": &upwardsPage{}, "upward": &upwardPage{}, "asked": &questionsPage{}, "question": &questionPage{}, "record": &recordPage{},
	})
}

func TestPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newPages(t, db)
		run := func(cases []pagetest.Case) {
			t.Helper()
			pagetest.Run(t, f.handler, roundtest.SignedIn, cases)
		}
		run([]pagetest.Case{
			{Name: "nobody", Method: "GET", Path: "/w/reports", Status: 303, Location: "/w/login?next=%2Fw%2Freports"},
			{Name: "no administrator", As: "admin", Method: "GET", Path: "/w/reports", Status: 403},
			{Name: "noughts with their reason", As: "leader", Path: "/w/reports", Want: pagetest.Want{".numbers tbody tr": 8, ".empty": "还没有抽取"}},
			{Name: "an empty list", As: "leader", Path: "/w/reports/list/drawn", Want: pagetest.Want{".empty": "名单是空的"}},
			{Name: "no such number", As: "leader", Method: "GET", Path: "/w/reports/list/fines", Status: 404},
			{Name: "no such year", As: "leader", Method: "GET", Path: "/w/reports?year=last", Status: 404},
		})
		f.Firms(200)
		id := f.Matched(f.Publish(nil), 1, "2022-06-06")
		at := "/w/reports/summaries/round/" + id + "/1"
		run([]pagetest.Case{
			{Name: "the year", As: "leader", Path: "/w/reports", Want: pagetest.Want{".numbers": "口径", ".progress tbody tr": 1, ".progress svg title": "序时进度", ".progress svg desc": "工作 0%"}},
			{Name: "the list of a number", As: "leader", Path: "/w/reports/list/drawn?year=2022&round=" + id, Want: pagetest.Want{"caption": "5 行，合计 5", "tbody tr": 5}},
			post("the leader does not draft", "leader", "/w/reports/summaries", 403, "", "subject", "round/"+id),
			post("nothing chosen", "clerk", "/w/reports/summaries", 422, ""),
			post("no such round", "clerk", "/w/reports/summaries", 404, "", "subject", "round/x"),
			post("drafted", "clerk", "/w/reports/summaries", 303, at, "subject", "round/"+id),
			{Name: "the draft", As: "clerk", Path: at, Want: pagetest.Want{"textarea": 9, ".said": "已检查 0 户", ".counts svg": 56, ".counts td.num": "0", ".counts th.num": "户次"}},
			{Name: "the leader reads it", As: "leader", Path: at, Want: pagetest.Want{"textarea": 0}},
			post("not complete", "clerk", at+"/submit", 422, "", "revision", "1"),
			post("written", "clerk", at, 303, at, "revision", "1", "practice", "做法", "troubles", "困难", "next", "打算"),
			post("somebody was first", "clerk", at, 409, "", "revision", "1", "practice", "另一种做法"),
			post("handed in", "clerk", at+"/submit", 303, at, "revision", "2"),
			post("no verdict", "leader", at+"/decide", 422, ""),
			{Name: "the list of summaries", As: "auditor", Path: "/w/reports/summaries", Want: pagetest.Want{"tbody tr": 1, "form.query": 0, "tbody .tag": "待批准"}},
			{Name: "no such summary", As: "clerk", Method: "GET", Path: "/w/reports/summaries/year/2022/0", Status: 404},
			{Name: "no such file", As: "clerk", Method: "GET", Path: at + "/summary.exe", Status: 404},
		})
		x, err := f.server.Report.Summary(t.Context(), roundtest.Authority, report.Key{Kind: report.OfRound, Subject: id, No: 1})
		f.Must(err)
		run([]pagetest.Case{
			post("approved", "leader", at+"/decide", 303, at, "digest", x.Digest, "verdict", "yes"),
			{Name: "kept", As: "clerk", Path: at, Want: pagetest.Want{"textarea": 0, ".hash": 1, "h1 .tag": "已批准"}},
		})
	})
}

// What goes to the superior department and what comes back, and an officer's
// own record.
func TestUpward(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newPages(t, db)
		f.Firms(200)
		id := f.Matched(f.Publish(nil), 1, "2022-06-06")
		f.ApprovedOn(id, "2022-06-14")
		f.Must(f.forms.Issue(t.Context(), roundtest.As("clerk"), id))
		one, err := f.forms.Form(t.Context(), roundtest.Authority, inspection.Serial(id, 1))
		f.Must(err)
		f.On("2022-06-14")
		up, ask := "/w/reports/upward", "/w/reports/questions"
		pagetest.Run(t, f.handler, roundtest.SignedIn, []pagetest.Case{
			{Name: "none yet", As: "clerk", Path: up, Want: pagetest.Want{".empty": "还没有"}},
			post("not the leader's", "leader", up, 403, "", "kind", "week", "on", "2022-06-12"),
			post("tomorrow", "clerk", up, 422, "", "kind", "week", "on", "2022-06-15"),
			post("the week", "clerk", up, 303, up, "kind", "week", "on", "2022-06-08"),
			post("the same week", "clerk", up, 409, "", "kind", "week", "on", "2022-06-12"),
			post("the month so far", "clerk", up, 303, up, "kind", "month", "on", "2022-06-08"),
			{Name: "filled", As: "leader", Path: up + "/1", Want: pagetest.Want{"h1": "2022-06-06 至 2022-06-12", "tbody": "已抽取（户）55", "form.form": 0}},
			post("no receipt before", "clerk", up+"/1/receipt", 409, "", "number", "x", "on", "2022-06-14"),
			post("no number", "clerk", up+"/1/send", 422, "", "unit", "市局", "on", "2022-06-14"),
			post("sent", "clerk", up+"/1/send", 303, up+"/1", "unit", "市人力资源和社会保障局", "number", "元人社函〔2022〕8号", "on", "2022-06-14"),
			post("sent twice", "clerk", up+"/1/send", 409, "", "unit", "省厅", "number", "元人社函〔2022〕9号", "on", "2022-06-14"),
			post("receipt", "clerk", up+"/1/receipt", 303, up+"/1", "number", "收文 112", "on", "2022-06-14"),
			{Name: "with its receipt", As: "auditor", Path: up, Want: pagetest.Want{"tbody tr": 2, "tbody": "收文 112"}},
			{Name: "no such report", As: "clerk", Method: "GET", Path: up + "/9", Status: 404},

			{Name: "no question", As: "clerk", Path: ask, Want: pagetest.Want{".empty": "没有符合条件"}},
			post("nothing asked", "reviewer", ask, 422, "", "title", "平台用工"),
			post("asked", "reviewer", ask, 303, ask, "title", "平台用工", "words", "平台企业的从业人员是否列入检查内容？"),
			post("no answer before", "clerk", ask+"/1/answer", 409, "", "answer", "列入", "number", "x", "on", "2022-06-14"),
			post("reported", "clerk", ask+"/1/send", 303, ask+"/1", "unit", "省厅监察处", "number", "元人社请〔2022〕1号", "on", "2022-06-14"),
			post("an answer before it was asked", "clerk", ask+"/1/answer", 422, "", "answer", "列入", "number", "冀人社复 3 号", "on", "2022-06-01"),
			post("answered", "clerk", ask+"/1/answer", 303, ask+"/1", "answer", "依法建立劳动关系的列入。", "number", "冀人社复 3 号", "on", "2022-06-14"),
			{Name: "answer", As: "inspector", Path: ask + "/1", Want: pagetest.Want{".words": 2, "form.form": 0, "h1 .tag": "已答复"}},
			{Name: "found", As: "clerk", Path: ask + "?q=" + "劳动关系", Want: pagetest.Want{"tbody tr": 1}},
			{Name: "not found", As: "clerk", Path: ask + "?q=" + "矿山", Want: pagetest.Want{".empty": 1}},

			{Name: "nobody of the register", As: "clerk", Path: "/w/reports/me", Want: pagetest.Want{".empty": "没有对应"}},
			{Name: "an officer's year", As: "leader", Path: "/w/reports/officers/" + one.Team[0].ID, Want: pagetest.Want{".lead": "参加检查 0 户"}},
			{Name: "not another's", As: "inspector", Method: "GET", Path: "/w/reports/officers/" + one.Team[0].ID, Status: 403},
			{Name: "no such officer", As: "leader", Method: "GET", Path: "/w/reports/officers/x", Status: 404},
		})
	})
}
