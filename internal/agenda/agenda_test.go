package agenda

import (
	"log/slog"
	"net/http"
	"testing"

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
		Round: o.Round, Disclosure: public})
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
			{Name: "an administrator's own", As: "admin", Path: "/w/due", Want: pagetest.Want{".empty": "没有到期的事项"}},
		})
	})
}
