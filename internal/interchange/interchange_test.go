package interchange

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"suiji/internal/access"
	"suiji/internal/casework"
	"suiji/internal/disclosure"
	"suiji/internal/exchange"
	"suiji/internal/identity"
	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/page"
	"suiji/internal/page/pagetest"
	"suiji/internal/reference"
	"suiji/internal/register"
	"suiji/internal/round"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/internal/tidings"
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
	f.server = New(Config{Identity: o.Identity, Exchange: f.exchange,
		Tidings: tidings.New(tidings.Config{DB: db, Door: o.Door, Now: o.Now, Register: register.New(register.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now})}),
		Now:     o.Now, Log: slog.New(slog.DiscardHandler)})
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
		"exchange": &overviewPage{}, "receiver": &receiverPage{}, "records": &recordsPage{}, "registration": &registrationPage{}, "states": &statesPage{}, "fields": &fieldsPage{}, "codes": &codesPage{}, "batch": &batchPage{}})
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
	return f.send(t, path, "receipt", "回执.csv", csv)
}

// send sends a file as a browser would, with other fields beside it.
func (f *fixture) send(t *testing.T, path, field, name, body string, pairs ...string) *httptest.ResponseRecorder {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	part, err := m.CreateFormFile(field, name)
	f.Must(t, err)
	_, err = part.Write([]byte(body))
	f.Must(t, err)
	if !slices.Contains(pairs, "key") {
		pairs = append(pairs, "key", strconv.Quote(path+body[:min(len(body), 200)]))
	}
	for i := 0; i < len(pairs); i += 2 {
		f.Must(t, m.WriteField(pairs[i], pairs[i+1]))
	}
	f.Must(t, m.Close())
	r := httptest.NewRequest("POST", path, &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	w := httptest.NewRecorder()
	f.server.Handler().ServeHTTP(w, signedIn(r, "clerk"))
	return w
}

// answered is our blank receipt, filled in with a spreadsheet program: the
// first line returned, the others blank.
func (f *fixture) answered(t *testing.T, blank []byte, reason string) string {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(blank))
	f.Must(t, err)
	f.Must(t, book.SetCellValue("回执", "F2", "已退回"))
	f.Must(t, book.SetCellValue("回执", "G2", reason))
	var out bytes.Buffer
	f.Must(t, book.Write(&out))
	return out.String()
}

// table reads a CSV of a package as a receiver would: by the names of columns.
func table(t *testing.T, pack []byte, name string) []map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(pack), int64(len(pack)))
	if err != nil {
		t.Fatal(err)
	}
	r, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rows[0][0] = strings.TrimPrefix(rows[0][0], "\ufeff")
	var all []map[string]string
	for _, row := range rows[1:] {
		line := map[string]string{}
		for i, head := range rows[0] {
			line[head] = row[i]
		}
		all = append(all, line)
	}
	return all
}

// The clerk's way with real files: codes on the page, the package opened, the
// blank receipt filled in, the same receipt again, the line mended and sent.
func TestWalk(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newPages(t, db)
		const at, one = "/w/exchange/national", "/w/exchange/national/batches/1"
		to, err := exchange.Of("national")
		f.Must(t, err)
		asked, err := f.exchange.Questions(t.Context(), inspectiontest.Authority, to)
		f.Must(t, err)
		codes := map[string]string{"office.code": "11370100004188784H", "item.code": "01234567890123", "item.checklist": "11370100004188784H4", "check.type": "01"}
		var cases []pagetest.Case
		for i, a := range asked {
			v := form("key", fmt.Sprint("c", i), "subject", a.Subject)
			for _, q := range a.Questions {
				v.Set(q.Key, cmp.Or(q.Value, codes[q.Name]))
				if q.Missing && codes[q.Name] == "" {
					v.Set(q.Key, "0"+q.Name) // a code with a nought before it, as dictionaries have them
				}
			}
			cases = append(cases, pagetest.Case{Name: a.Title, As: "clerk", Method: "POST", Path: at + "/codes", Form: v, Location: at + "/codes#" + a.Anchor})
		}
		cases = append(cases, pagetest.Case{Name: "all there", As: "clerk", Path: at + "/codes", Want: pagetest.Want{".notice.ok": "必填的代码都有了"}})
		f.run(t, cases)
		o, err := f.exchange.Outlook(t.Context(), inspectiontest.Authority, "national", false)
		f.Must(t, err)
		if len(o.Go) == 0 {
			t.Fatalf("nothing goes: %s", o.Nothing())
		}
		f.run(t, []pagetest.Case{{Name: "prepared", As: "clerk", Method: "POST", Path: at + "/batches", Form: form("key", "w1", "digest", o.Digest), Location: one}})
		sent := table(t, f.get(one+"/package.zip").Body.Bytes(), "check.csv")
		if len(sent) != len(o.Go) || sent[0]["supervise_item_implement_code"] != "01234567890123" || sent[0]["check_result"] != "0R1" || sent[0]["cd_batch"] != o.Number || sent[0]["cd_operation"] != "i" {
			t.Fatalf("the package has %d lines, the first %v", len(sent), sent[0])
		}
		filled := f.answered(t, f.get(one+"/receipt.xlsx").Body.Bytes(), "监管事项目录编码与平台不一致")
		if got := f.send(t, one+"/receipt", "receipt", "回执.xlsx", filled); got.Code != 303 {
			t.Fatalf("the receipt: %d %s", got.Code, got.Body)
		}
		if got := f.send(t, one+"/receipt", "receipt", "回执.xlsx", filled, "key", "again"); got.Code != 409 || !strings.Contains(got.Body.String(), "没有任何改动") || f.batch(t, 1).Returned != 1 {
			t.Errorf("the same receipt again: %d, %+v", got.Code, f.batch(t, 1))
		}
		gbk, err := simplifiedchinese.GBK.NewEncoder().String("序号,检查行为编号,处理结果,错误信息\n1," + sent[1]["check_action_code"] + ",成功,\n")
		f.Must(t, err)
		if got := f.send(t, one+"/receipt", "receipt", "平台导出.csv", gbk); got.Code != 303 {
			t.Errorf("a receipt in GBK: %d %s", got.Code, got.Body)
		}
		if b := f.batch(t, 1); b.Accepted != 1 || b.Returned != 1 || b.Open() != len(sent)-2 {
			t.Errorf("after two receipts: %+v", b)
		}
		item := asked[slices.IndexFunc(asked, func(a exchange.Asked) bool { return strings.HasPrefix(a.Subject, "item/") })]
		f.run(t, []pagetest.Case{
			{Name: "due", As: "clerk", Path: "/w/exchange", Want: pagetest.Want{"table.list caption": "被退回，待改正 1 条"}},
			{Name: "mended", As: "clerk", Method: "POST", Path: at + "/codes", Form: form("key", "w2", "subject", item.Subject, item.Questions[0].Key, "01234567890124"), Location: at + "/codes#" + item.Anchor},
			{Name: "goes again", As: "clerk", Path: at + "/records?state=waiting", Want: pagetest.Want{"table.list tbody": "待报（新增）"}},
		})
	})
}

func (f *fixture) batch(t *testing.T, serial int) exchange.Batch {
	t.Helper()
	b, _, err := f.exchange.Batch(t.Context(), inspectiontest.Authority, "national", serial)
	f.Must(t, err)
	return b
}

// States of registration come in as a file that is looked at first.
func TestRegistration(t *testing.T) {
	f := newPages(t, storetest.SQLite(t))
	f.Exec(t, `INSERT INTO register_target (authority_id, target_id, code, code_kind, name, kind, state, established, area_code, area_name, address, work_address, industry, scope, contact, phone, source, tags, digest, active, reason, version)
		SELECT authority_id, '91370100264207472H', '91370100264207472H', code_kind, '元氏县大成公司', kind, state, established, area_code, area_name, address, work_address, industry, scope, contact, phone, source, tags, digest, active, reason, version
		FROM register_target WHERE target_id = 'T1'`)
	const at = "/w/registration"
	text := "统一社会信用代码,企业名称,登记状态\n91370100264207472H,元氏县大成公司,注销\n91990101MA0000HG6F,外县公司,存续\n"
	f.run(t, []pagetest.Case{
		{Name: "nobody", Path: at, Location: "/w/login?next=%2Fw%2Fregistration"},
		{Name: "the administrator", As: "admin", Path: at, Status: 403},
		{Name: "to look at", As: "leader", Path: at, Want: pagetest.Want{"input[type=file]": 0, ".notice": "还没有接收过"}},
		{Name: "to upload", As: "clerk", Path: at, Want: pagetest.Want{"input[type=file]": 1}},
	})
	if got := f.send(t, at, "file", "状态.csv", text); got.Code != 422 || !strings.Contains(got.Body.String(), "请填写数据日期") {
		t.Errorf("without a day: %d", got.Code)
	}
	got := f.send(t, at, "file", "状态.csv", text, "data_on", "2022-06-19")
	file := got.Header().Get("Location")
	if got.Code != 303 || !strings.HasPrefix(file, at+"/") {
		t.Fatalf("the file: %d, to %s: %s", got.Code, file, got.Body)
	}
	f.run(t, []pagetest.Case{
		{Name: "looked at", As: "clerk", Path: file, Want: pagetest.Want{"button.primary": "写入 1 户", "main": "名录里没有这一户"}},
		{Name: "by the leader", As: "leader", Path: file, Want: pagetest.Want{"main button": 0}},
		{Name: "not his", As: "leader", Method: "POST", Path: file + "/write", Form: form("key", "s1"), Status: 403},
		{Name: "written", As: "clerk", Method: "POST", Path: file + "/write", Form: form("key", "s2"), Location: file},
		{Name: "pressed twice", As: "clerk", Method: "POST", Path: file + "/write", Form: form("key", "s3"), Location: file},
		{Name: "not dropped", As: "clerk", Method: "POST", Path: file + "/drop", Form: form("key", "s4"), Status: 409},
		{Name: "done", As: "auditor", Path: file, Want: pagetest.Want{"h1 .tag": "已写入", ".lead": "已写入名录第", "main button": 0}},
		{Name: "listed", As: "clerk", Path: at, Want: pagetest.Want{"table.list tbody tr": 1}},
		{Name: "no such file", As: "clerk", Path: at + "/x", Status: 404},
	})
}
