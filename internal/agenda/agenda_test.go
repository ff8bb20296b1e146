package agenda

import (
	"log/slog"
	"net/http"
	"testing"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/caps"
	"suiji/internal/casework"
	"suiji/internal/disclosure"
	"suiji/internal/inspection"
	"suiji/internal/notice"
	"suiji/internal/page"
	"suiji/internal/page/pagetest"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/internal/supervise"
)

// fixture is the pages over a fresh office, with one account a role.
type fixture struct {
	*roundtest.Office
	server  *Server
	handler http.Handler
}

func newPages(t *testing.T, db *store.DB) *fixture {
	t.Helper()
	o := roundtest.New(t, db)
	forms := inspection.New(inspection.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Credit: o.Credit, Schedule: o.Schedule})
	public := disclosure.New(disclosure.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now,
		Identity: o.Identity, Reference: o.Reference, Round: o.Round, Inspection: forms})
	board := notice.New(notice.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Reference: o.Reference, Plan: o.Plan,
		Round: o.Round, Disclosure: public,
		Casework: casework.New(casework.Config{DB: db, Door: o.Door, Now: o.Now, Reference: o.Reference, Inspection: forms, Dir: t.TempDir()})})
	watch := supervise.New(supervise.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Reference: o.Reference, Inspection: forms})
	s := New(Config{Identity: o.Identity, Notice: board, Supervise: watch, Round: o.Round, Now: o.Now, Log: slog.New(slog.DiscardHandler)})
	return &fixture{Office: o, server: s, handler: s.Handler()}
}

func (f *fixture) run(t *testing.T, cases []pagetest.Case) {
	t.Helper()
	pagetest.Run(t, f.handler, roundtest.SignedIn, cases)
}

// Every template fits its struct.
func TestTemplates(t *testing.T) {
	pagetest.Check(t, newPages(t, storetest.SQLite(t)).server.Set(), map[string]page.Page{"due": &duePage{}, "messages": &messagesPage{}, "deliveries": &deliveriesPage{},
		"questions": &questionsPage{}, "question": &questionPage{}, "rules": &rulesPage{}, "rule": &rulePage{}})
}

// What is overdue stays on the board whatever is chosen.
func TestBoard(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newPages(t, db)
		f.run(t, []pagetest.Case{
			{Name: "nobody", Path: "/w/due", Location: "/w/login?next=%2Fw%2Fdue"},
			{Name: "nothing", As: "leader", Path: "/w/due", Want: pagetest.Want{"h1": "期限", ".empty": "没有到期的事项"}},
		})
		f.Firms(100)
		id := f.Freeze(f.Publish(nil), 1, "2022-06-09")
		f.Carry(id)
		f.On("2022-06-14")
		f.run(t, []pagetest.Case{
			{Name: "overdue", As: "leader", Path: "/w/due", Want: pagetest.Want{"#group-overdue tbody tr": 1, "#group-overdue": "2022-06-09 起 2 个工作日 = 2022-06-13"}},
			{Name: "chosen", As: "leader", Path: "/w/due?role=operator", Want: pagetest.Want{"#group-overdue": 0, ".notice.bad": "另有 1 项已超期", ".chips a": 1}},
			{Name: "of the round", As: "list-admin", Path: "/w/due?round=" + id, Want: pagetest.Want{"#group-overdue tbody tr": 1, ".chips a": 1}},
			{Name: "mine", As: "list-admin", Path: "/w/due?mine=1", Want: pagetest.Want{"tbody tr": 1}},
			{Name: "of nobody who is named", As: "leader", Path: "/w/due?who=nobody", Want: pagetest.Want{"#group-overdue": 0, ".notice.bad": "另有 1 项已超期", ".chips a": 1}},
			{Name: "an administrator's own", As: "admin", Path: "/w/due", Want: pagetest.Want{".empty": "没有到期的事项"}},
		})
	})
}

// A question is found, put to whom it concerns, answered and judged, once each;
// a limit is changed with a reason.
func TestSupervisionPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newPages(t, db)
		f.Firms(200)
		id := f.Matched(f.Publish(nil), 1, "2022-06-06")
		x := f.Approved(id)
		firm := x.Visits[0]
		f.Must(f.Caps.Enter(t.Context(), roundtest.As(access.Clerk), []caps.Visit{
			{Target: firm.TargetID, Day: calendar.MustParse("2022-03-02"), Body: "县市场监管局", Who: caps.Level},
			{Target: firm.TargetID, Day: calendar.MustParse("2022-03-02"), Body: "县应急管理局", Who: caps.Level}}))
		post := func(name, as, path string, status int, location string, pairs ...string) pagetest.Case {
			m := pagetest.Form(pairs...)
			m["key"] = []string{name}
			return pagetest.Case{Name: name, As: as, Method: "POST", Path: path, Form: m, Status: status, Location: location}
		}
		f.run(t, []pagetest.Case{
			{Name: "nothing yet", As: "clerk", Path: "/w/supervision", Want: pagetest.Want{".empty": "没有符合条件的问题"}},
			post("an inspector cannot look", "inspector", "/w/supervision", 403, ""),
			post("look now", "auditor", "/w/supervision", 303, "/w/supervision"),
			{Name: "one", As: "auditor", Path: "/w/supervision", Want: pagetest.Want{".questions tbody tr": 1, ".questions .what": firm.Firm + "”2022年3月2日被上门检查 2 次，上限 1 次"}},
			{Name: "chosen away", As: "auditor", Path: "/w/supervision?rule=speed", Want: pagetest.Want{".empty": 1, ".chips a": 1}},
			{Name: "not the inspector's", As: "inspector", Path: "/w/supervision", Want: pagetest.Want{".empty": 1}},
			{Name: "not the administrator's", As: "admin", Method: "GET", Path: "/w/supervision", Status: 403},
			{Name: "the administrator's limits", As: "admin", Path: "/w/supervision/rules", Want: pagetest.Want{".rules tbody tr": 14, ".rules a.button": 14}},
			{Name: "the clerk reads them", As: "clerk", Path: "/w/supervision/rules", Want: pagetest.Want{".rules a.button": 0}},
		})
		all, err := f.server.Supervise.Questions(t.Context(), roundtest.As(access.Auditor), supervise.Filter{})
		f.Must(err)
		at := "/w/supervision/questions/" + all[0].ID
		f.run(t, []pagetest.Case{
			{Name: "on the board", As: "clerk", Path: "/w/due?mine=1", Want: pagetest.Want{"tbody": "答复监督问题 " + all[0].ID + "：一天内多次上门"}},
			{Name: "with what is behind it", As: "clerk", Path: at, Want: pagetest.Want{".facts-behind tbody tr": 2, "textarea[name=answer]": 1}},
			{Name: "to read only", As: "auditor", Path: at, Want: pagetest.Want{"textarea": 0}},
			{Name: "no such question", As: "auditor", Method: "GET", Path: "/w/supervision/questions/Q0", Status: 404},
			post("too short", "clerk", at+"/answer", 422, "", "answer", "不知道"),
			post("answered", "clerk", at+"/answer", 303, at, "answer", "两家机关没有事先沟通，已建议以后合并上门"),
			post("who answers does not judge", "clerk", at+"/judge", 403, "", "no", "1", "decision", "accept"),
			post("asked again without a word", "auditor", at+"/judge", 422, "", "no", "1", "decision", "reopen"),
			post("accepted", "auditor", at+"/judge", 303, at, "no", "1", "decision", "accept"),
			post("accepted by another", "leader", at+"/judge", 409, "", "no", "1", "decision", "accept"),
			{Name: "in the end", As: "clerk", Path: at, Want: pagetest.Want{"h1": "已接受", ".words li": 2}},
			post("no reason", "leader", "/w/supervision/rules/per-day", 422, "", "most", "2"),
			post("another limit", "leader", "/w/supervision/rules/per-day", 303, "/w/supervision/rules", "most", "2", "reason", "本县联合执法较多"),
			{Name: "it is written down", As: "clerk", Path: "/w/supervision/rules", Want: pagetest.Want{"main": "本县联合执法较多"}},
		})
	})
}
