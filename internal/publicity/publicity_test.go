package publicity

import (
	"log/slog"
	"net/http"
	"net/url"
	"testing"

	"suiji/internal/access"
	"suiji/internal/disclosure"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/page"
	"suiji/internal/page/pagetest"
	"suiji/internal/reference"
	"suiji/internal/round"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// fixture is the pages over an office with two results in public.
type fixture struct {
	*inspectiontest.Office
	Disclosure *disclosure.Service
	server     *Server
	forms      []inspection.Form
}

func newPages(t *testing.T, db *store.DB) *fixture {
	t.Helper()
	o := inspectiontest.New(t, db)
	f := &fixture{Office: o}
	f.Disclosure = disclosure.New(disclosure.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now, Identity: o.Identity, Inspection: o.Inspection,
		Reference: reference.New(db, o.Door), Round: round.New(round.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now})})
	f.server = New(Config{Identity: o.Identity, Inspection: o.Inspection, Disclosure: f.Disclosure, Now: o.Now, Log: slog.New(slog.DiscardHandler)})
	o.Exec(t, `UPDATE register_officer SET cert_until = '2025-12-31'`)
	o.Issue(t)
	var ids []string
	for no := 1; no <= 2; no++ {
		o.Conclude(t, no, inspectiontest.Entry(o.Form(t, no), "2022-06-14"))
		f.forms, ids = append(f.forms, o.Form(t, no)), append(ids, o.Form(t, no).ID)
	}
	o.Must(t, f.Disclosure.Publish(t.Context(), o.Reviewer, ids))
	return f
}

// signedIn makes a request one of the person with a role.
func signedIn(r *http.Request, role string) *http.Request {
	if role == "" {
		return r
	}
	return r.WithContext(identity.WithActor(r.Context(), inspectiontest.Actor(role, role, access.Role(role))))
}

func form(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

// run serves both doors, to whoever the case names.
func (f *fixture) run(t *testing.T, cases []pagetest.Case) {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/", f.server.Handler())
	mux.Handle("/c/", f.server.Firm())
	pagetest.Run(t, mux, signedIn, cases)
}

// Every template fits its struct.
func TestTemplates(t *testing.T) {
	pagetest.Check(t, newPages(t, storetest.SQLite(t)).server.Set(), map[string]page.Page{
		"objections": &objectionsPage{}, "objection": &objectionPage{}, "objection-new": &newPage{}, "object": &ownPage{}})
}

// A firm objects from its code; the leader answers; both see what came of it.
func TestObjection(t *testing.T) {
	f := newPages(t, storetest.SQLite(t))
	own, one := "/c/"+f.forms[0].Code+"/objection", "/w/objections/"+f.forms[0].ID+"-o1"
	f.run(t, []pagetest.Case{
		{Name: "nobody", Path: "/w/objections", Location: "/w/login?next=%2Fw%2Fobjections"},
		{Name: "none yet", As: "leader", Path: "/w/objections", Want: pagetest.Want{".empty": "没有正在办理"}},
		{Name: "no such code", Path: "/c/AAAAAAAA/objection", Status: 404},
		{Name: "not public", Path: "/c/" + f.Form(t, 3).Code + "/objection", Want: pagetest.Want{".notice": "目前没有公示", "form": 0}},
		{Name: "the firm's form", Path: own, Want: pagetest.Want{"form": 1, "form p": "2022-06-20公示"}},
		{Name: "nothing said", Method: "POST", Path: own, Form: form("words", ""), Status: 422, Want: pagetest.Want{".error": "请写明"}},
		{Name: "said", Method: "POST", Path: own, Form: form("key", "k1", "words", "没有拖欠工资", "contact", "13900000009"), Location: own},
		{Name: "said twice", Method: "POST", Path: own, Form: form("key", "k1", "words", "没有拖欠工资"), Location: own},
		{Name: "under way", Path: own, Want: pagetest.Want{"form": 0, "section.panel": "2022-07-11"}},
		{Name: "list", As: "clerk", Path: "/w/objections", Want: pagetest.Want{"tbody tr": 1, "tbody .date": "2022-06-20"}},
		{Name: "who published", As: "reviewer", Method: "POST", Path: one, Form: form("upheld", "no", "answer", "维持"), Status: 403},
		{Name: "no choice", As: "leader", Method: "POST", Path: one, Form: form("answer", "维持"), Status: 422, Want: pagetest.Want{".error": "请选择"}},
		{Name: "a number in the answer", As: "leader", Method: "POST", Path: one, Form: form("upheld", "no", "answer", "电话13900000001"), Status: 422, Want: pagetest.Want{".error": "答复将永久公开"}},
		{Name: "answered", As: "leader", Method: "POST", Path: one, Form: form("key", "k2", "upheld", "yes", "answer", "核实成立"), Location: one},
		{Name: "to be mended", As: "reviewer", Path: one, Want: pagetest.Want{"h1 .tag": "待更正", "a.button.primary": 1, "form.form": 0}},
		{Name: "the firm reads", Path: own, Want: pagetest.Want{"section.panel": "核实成立"}},
	})
	second := f.forms[1].ID
	f.run(t, []pagetest.Case{
		{Name: "paper", As: "clerk", Path: "/w/objections/new?record=" + second, Want: pagetest.Want{".notice": "公示记录"}},
		{Name: "no such record", As: "clerk", Method: "POST", Path: "/w/objections/new", Form: form("record", "x", "words", "来函", "received_on", "2022-06-20"), Status: 409},
		{Name: "no day", As: "clerk", Method: "POST", Path: "/w/objections/new", Form: form("record", second, "words", "来函"), Status: 422, Want: pagetest.Want{".error": "收到日期"}},
		{Name: "entered", As: "clerk", Method: "POST", Path: "/w/objections/new", Form: form("record", second, "words", "来函", "received_on", "2022-06-20"), Location: "/w/objections"},
	})
}
