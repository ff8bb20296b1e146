package interchange

import (
	"bytes"
	"context"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/casework"
	"suiji/internal/disclosure"
	"suiji/internal/exchange"
	"suiji/internal/identity"
	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/page"
	"suiji/internal/page/pagetest"
	"suiji/internal/reference"
	"suiji/internal/round"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// fixture is the pages over an office with two results in public, one firm's
// code no credit code.
type fixture struct {
	*inspectiontest.Office
	exchange *exchange.Service
	server   *Server
	forms    []string
}

func newPages(t *testing.T, db *store.DB) *fixture {
	t.Helper()
	o := inspectiontest.New(t, db)
	f := &fixture{Office: o}
	ref := reference.New(db, o.Door)
	public := disclosure.New(disclosure.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now, Identity: o.Identity, Inspection: o.Inspection,
		Reference: ref, Round: round.New(round.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now})})
	f.exchange = exchange.New(exchange.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Disclosure: public, Dir: t.TempDir(),
		Casework: casework.New(casework.Config{DB: db, Door: o.Door, Now: o.Now, Reference: ref, Inspection: o.Inspection, Dir: t.TempDir()})})
	f.server = New(Config{Identity: o.Identity, Exchange: f.exchange, Now: o.Now, Log: slog.New(slog.DiscardHandler)})
	o.Exec(t, `UPDATE register_officer SET cert_until = '2025-12-31'`)
	o.Issue(t)
	for _, no := range []int{1, 3} {
		o.Conclude(t, no, inspectiontest.Entry(o.Form(t, no), "2022-06-20"))
		f.forms = append(f.forms, o.Form(t, no).ID)
	}
	o.Must(t, public.Publish(t.Context(), o.Reviewer, f.forms))
	return f
}

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

// question returns the question of a name.
func (f *fixture) question(t *testing.T, target, name string) exchange.Question {
	t.Helper()
	to, err := exchange.Of(target)
	f.Must(t, err)
	asked, err := f.exchange.Questions(context.Background(), inspectiontest.Authority, to)
	f.Must(t, err)
	for _, a := range asked {
		for _, q := range a.Questions {
			if q.Name == name {
				return q
			}
		}
	}
	t.Fatalf("nobody asks for %s", name)
	return exchange.Question{}
}

// anchor is where a subject is asked about.
func (f *fixture) anchor(t *testing.T, target, subject string) string {
	t.Helper()
	to, err := exchange.Of(target)
	f.Must(t, err)
	asked, err := f.exchange.Questions(context.Background(), inspectiontest.Authority, to)
	f.Must(t, err)
	return asked[slices.IndexFunc(asked, func(a exchange.Asked) bool { return a.Subject == subject })].Anchor
}

// Every template fits its struct.
func TestTemplates(t *testing.T) {
	pagetest.Check(t, newPages(t, storetest.SQLite(t)).server.Set(), map[string]page.Page{
		"exchange": &overviewPage{}, "receiver": &receiverPage{}, "records": &recordsPage{}, "fields": &fieldsPage{}, "codes": &codesPage{}, "batch": &batchPage{}})
}

// From the missing code to the mended line, as the office sees it.
func TestReporting(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newPages(t, db)
		const at = "/w/exchange/provincial"
		code := f.question(t, "provincial", "office.code")
		f.run(t, []pagetest.Case{
			{Name: "nobody", Path: "/w/exchange", Location: "/w/login?next=%2Fw%2Fexchange"},
			{Name: "the administrator", As: "admin", Path: "/w/exchange", Status: 403},
			{Name: "nobody's table", As: "clerk", Path: "/w/exchange/mars", Status: 404},
			{Name: "overview", As: "leader", Path: "/w/exchange", Want: pagetest.Want{"table.list caption": "报送对象", "section.panel": "登记状态"}},
			{Name: "fields", As: "auditor", Path: "/w/exchange/national/fields", Want: pagetest.Want{"table.fields": "supervise_item_check_icode"}},
			{Name: "all is missing", As: "clerk", Path: at, Want: pagetest.Want{"table.list caption": "要先改正的", "button.primary": 0, ".notice.warn": "没有生成批次：2 条记录都要先改正。缺少“抽查机关编码”（2 条）"}},
			{Name: "all of it", As: "auditor", Path: at + "/records?state=faulty", Want: pagetest.Want{"table.list caption": "共 2 条", "table.list tbody tr": 2}},
			{Name: "none of it", As: "auditor", Path: at + "/records?state=sent", Want: pagetest.Want{"table.list": 0, "main": "没有符合条件的记录"}},
			{Name: "codes", As: "clerk", Path: at + "/codes", Want: pagetest.Want{".notice.warn": "还缺"}},
			{Name: "codes to look at", As: "auditor", Path: at + "/codes", Want: pagetest.Want{"form.codes": 0}},
			{Name: "a wrong code", As: "clerk", Method: "POST", Path: at + "/codes", Form: form("key", "k0", "subject", "office", code.Key, "123"), Status: 422, Want: pagetest.Want{".error": "没有保存", `input[value="12"]`: 1}},
			{Name: "not hers", As: "leader", Method: "POST", Path: at + "/codes", Form: form("key", "k1", "subject", "office", code.Key, "11370100004188784H"), Status: 403},
			{Name: "the code", As: "clerk", Method: "POST", Path: at + "/codes", Form: form("key", "k2", "subject", "office", code.Key, "11370100004188784H"), Location: at + "/codes#" + f.anchor(t, "provincial", "office")},
			{Name: "one may go", As: "clerk", Path: at, Want: pagetest.Want{"form button.primary": "生成批次（1 条）", "table.list caption": "要先改正的"}},
			{Name: "not what was shown", As: "clerk", Method: "POST", Path: at + "/batches", Form: form("key", "k3", "digest", "x"), Status: 409},
		})
		o, err := f.exchange.Outlook(t.Context(), inspectiontest.Authority, "provincial", false)
		f.Must(t, err)
		one := at + "/batches/1"
		f.run(t, []pagetest.Case{
			{Name: "prepared", As: "clerk", Method: "POST", Path: at + "/batches", Form: form("key", "k4", "digest", o.Digest), Location: one},
			{Name: "sent twice", As: "clerk", Method: "POST", Path: at + "/batches", Form: form("key", "k4", "digest", o.Digest), Location: at},
			{Name: "prepared again", As: "reviewer", Method: "POST", Path: at + "/batches", Form: form("key", "k5", "digest", o.Digest), Status: 409},
			{Name: "the batch", As: "clerk", Path: one, Want: pagetest.Want{"h1": "批次 " + o.Number, "input[type=file]": 1, "dl.facts": "待回执 1"}},
			{Name: "no such batch", As: "clerk", Path: at + "/batches/2", Status: 404},
		})
		_, lines, err := f.exchange.Batch(t.Context(), inspectiontest.Authority, "provincial", 1)
		f.Must(t, err)
		if got := f.upload(t, one+"/receipt", "记录标识,结果,退回原因\n"+lines[0].CD+",已退回,\n"); got.Code != 422 {
			t.Errorf("without a reason: %d", got.Code)
		}
		if got := f.upload(t, one+"/receipt", "记录标识,结果,退回原因\n"+lines[0].CD+",已退回,表格编号不对\n"); got.Code != 303 {
			t.Errorf("the receipt: %d %s", got.Code, got.Body)
		}
		f.run(t, []pagetest.Case{
			{Name: "returned", As: "clerk", Path: one, Want: pagetest.Want{"main": "表格编号不对"}},
			{Name: "how far it is", As: "clerk", Path: at + "/records?state=back", Want: pagetest.Want{"table.list": "表格编号不对", "table.list tbody tr": 1, "ul.figures": "1已退回"}},
			{Name: "due", As: "clerk", Path: "/w/exchange", Want: pagetest.Want{"table.list caption": "被退回，待改正 1 条"}},
			{Name: "not by itself", As: "clerk", Path: at, Want: pagetest.Want{"form button.primary": 0, ".notice a": 1, ".notice.ok": 0}},
			{Name: "once more as it is", As: "clerk", Path: at + "?again=1", Want: pagetest.Want{"form button.primary": "生成批次（1 条）"}},
		})
		for _, path := range []string{one + "/package.zip", one + "/receipt.xlsx"} {
			first, second := f.get(path), f.get(path)
			if first.Code != 200 || !bytes.HasPrefix(first.Body.Bytes(), []byte("PK")) || !bytes.Equal(first.Body.Bytes(), second.Body.Bytes()) {
				t.Errorf("%s: %d, %d bytes, then %d", path, first.Code, first.Body.Len(), second.Body.Len())
			}
		}
	})
}

func (f *fixture) run(t *testing.T, cases []pagetest.Case) {
	t.Helper()
	pagetest.Run(t, f.server.Handler(), signedIn, cases)
}

func (f *fixture) get(path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	f.server.Handler().ServeHTTP(w, signedIn(httptest.NewRequest("GET", path, nil), "clerk"))
	return w
}

// upload sends a receipt as a browser would.
func (f *fixture) upload(t *testing.T, path, csv string) *httptest.ResponseRecorder {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	part, err := m.CreateFormFile("receipt", "回执.csv")
	f.Must(t, err)
	_, err = part.Write([]byte(csv))
	f.Must(t, err)
	f.Must(t, m.WriteField("key", calendar.In(f.Now()).String()+csv))
	f.Must(t, m.Close())
	r := httptest.NewRequest("POST", path, &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	w := httptest.NewRecorder()
	f.server.Handler().ServeHTTP(w, signedIn(r, "clerk"))
	return w
}
