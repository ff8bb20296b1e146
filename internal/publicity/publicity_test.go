package publicity

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/casework"
	"suiji/internal/disclosure"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/notice"
	"suiji/internal/page"
	"suiji/internal/page/pagetest"
	"suiji/internal/plan"
	"suiji/internal/reference"
	"suiji/internal/register"
	"suiji/internal/round"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// fixture is the pages over an office with two results in public.
type fixture struct {
	*inspectiontest.Office
	Disclosure *disclosure.Service
	Casework   *casework.Service
	server     *Server
	forms      []inspection.Form
}

func newPages(t *testing.T, db *store.DB) *fixture {
	t.Helper()
	o := inspectiontest.New(t, db)
	f := &fixture{Office: o}
	f.Disclosure = disclosure.New(disclosure.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now, Identity: o.Identity, Inspection: o.Inspection,
		Reference: reference.New(db, o.Door), Round: round.New(round.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now})})
	f.Casework = casework.New(casework.Config{DB: db, Door: o.Door, Now: o.Now, Reference: f.Disclosure.Reference, Inspection: o.Inspection, Dir: t.TempDir()})
	f.server = New(Config{Identity: o.Identity, Inspection: o.Inspection, Disclosure: f.Disclosure, Casework: f.Casework, Now: o.Now, Log: slog.New(slog.DiscardHandler)})
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
		"objections": &objectionsPage{}, "objection": &objectionPage{}, "objection-new": &newPage{}, "object": &ownPage{},
		"penalties": &penaltiesPage{}, "penalty": &penaltyPage{}, "penalty-preview": &previewPage{}})
}

// A firm objects from its code; the leader answers; both see what came of it.
func TestObjection(t *testing.T) {
	f := newPages(t, storetest.SQLite(t))
	own, one := "/c/"+f.forms[0].Code+"/objection", "/w/objections/"+f.forms[0].ID+"-o1"
	f.run(t, []pagetest.Case{
		{Name: "nobody", Path: "/w/objections", Location: "/w/login?next=%2Fw%2Fobjections"},
		{Name: "none yet", As: "leader", Path: "/w/objections", Want: pagetest.Want{".empty": "没有正在办理"}},
		{Name: "no such code", Path: "/c/AAAAAAAA/objection", Status: 404},
		{Name: "not public", Path: "/c/" + f.Form(t, 3).Code + "/objection", Want: pagetest.Want{".notice": "目前都没有公示", "form": 0}},
		{Name: "the firm's form", Path: own, Want: pagetest.Want{"form": 1, "form p": "2022-06-20 公示的检查结果", "input[type=radio]": 0}},
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

// What is due of objections and repairs stands on the board, with whose it is,
// and leaves it when it is done.
func TestBoard(t *testing.T) {
	f := newPages(t, storetest.SQLite(t))
	reg := register.New(register.Config{DB: f.DB, Door: f.Door, Scribe: f.Scribe, Now: f.Now})
	plans := plan.New(plan.Config{DB: f.DB, Door: f.Door, Scribe: f.Scribe, Now: f.Now, Identity: f.Identity, Reference: f.Disclosure.Reference, Register: reg})
	board := notice.New(notice.Config{DB: f.DB, Door: f.Door, Now: f.Now, Identity: f.Identity, Reference: f.Disclosure.Reference, Plan: plans,
		Round: f.Disclosure.Round, Disclosure: f.Disclosure,
		Casework: f.Casework})
	due := func(k notice.Kind) (rows []string) {
		t.Helper()
		b, err := board.Board(t.Context(), f.Leader, notice.Filter{})
		f.Must(t, err)
		for _, r := range b.Rows {
			if r.Kind == k {
				rows = append(rows, r.What+" "+r.Due.String()+" "+r.Whose()+" "+r.Href)
			}
		}
		return rows
	}
	want := func(k notice.Kind, rows ...string) {
		t.Helper()
		if d := cmp.Diff(rows, due(k)); d != "" {
			t.Errorf("%s (-want +got):\n%s", k, d)
		}
	}
	id, day := f.forms[0].ID, calendar.MustParse
	want(notice.Contest)
	f.Must(t, f.Disclosure.Object(t.Context(), inspectiontest.Authority, disclosure.Claim{Kind: disclosure.ResultKind, Record: id, Words: "不对"}))
	want(notice.Contest, "答复对公示的异议 2022-07-11 局领导 /w/objections/"+id+"-o1")
	f.Must(t, f.Disclosure.Answer(t.Context(), f.Leader, id+"-o1", disclosure.Ruling{Upheld: true, Answer: "成立"}))
	want(notice.Contest, "异议成立，更正或者撤回公示 2022-07-04 结果审核员、经办人 /w/objections/"+id+"-o1")
	f.Must(t, f.Disclosure.Withdraw(t.Context(), f.Reviewer, id, "对象有误"))
	want(notice.Contest)
	f.decide(t)
	want(notice.Penalty, "公示处罚决定 1号 2022-06-27 结果审核员 /w/penalties/preview?number="+url.QueryEscape("1号"),
		"公示处罚决定 2号 2022-06-27 结果审核员 /w/penalties/preview?number="+url.QueryEscape("2号"))
	two, err := f.Disclosure.PublishPenalty(t.Context(), f.Reviewer, disclosure.Decision{Number: "2号", FormID: f.forms[1].ID, DecidedOn: day("2022-06-16"), Fact: "拖欠", Basis: "条例",
		Kinds: "罚款", Class: "general", From: day("2022-06-20"), Until: day("2022-12-20")})
	f.Must(t, err)
	want(notice.Takedown)
	f.Must(t, f.Casework.Revoke(t.Context(), f.Leader, "2号", "复议撤销"))
	want(notice.Takedown, "处罚决定 2号 已撤销，停止公示 2022-06-23 结果审核员 /w/penalties/"+two)
	f.Must(t, f.Disclosure.RevokePenalty(t.Context(), inspectiontest.Authority, "2号"))
	want(notice.Takedown)
	want(notice.Penalty, "公示处罚决定 1号 2022-06-27 结果审核员 /w/penalties/preview?number="+url.QueryEscape("1号"))
	p, err := f.Disclosure.PublishPenalty(t.Context(), f.Reviewer, disclosure.Decision{Number: "1号", FormID: id, DecidedOn: day("2022-06-15"), Fact: "拖欠", Basis: "条例",
		Kinds: "警告", Class: "light", From: day("2022-06-20"), Until: day("2022-07-19")})
	f.Must(t, err)
	want(notice.Penalty)
	want(notice.Takedown, "处罚公示期满，停止公示 1 条 2022-07-19 结果审核员 /w/penalties")
	f.Must(t, f.Disclosure.ApplyRepair(t.Context(), f.Clerk, p, "已改正", day("2022-06-20")))
	want(notice.Repair, "决定信用修复的申请 2022-07-04 局领导 /w/penalties/"+p)
	f.Must(t, f.Disclosure.DecideRepair(t.Context(), f.Leader, p+"-r1", true, "已经改正"))
	want(notice.Repair)
}

// A penalty in public: the clerk enters the firm's application, the leader
// decides it, and the reviewer withdraws what was published wrongly.
func TestPenalty(t *testing.T) {
	f := newPages(t, storetest.SQLite(t))
	day := calendar.MustParse
	id, err := f.Disclosure.PublishPenalty(t.Context(), f.Reviewer, disclosure.Decision{Number: "元人社罚〔2022〕1号", FormID: f.forms[0].ID, DecidedOn: day("2022-06-15"),
		Fact: "拖欠工资", Basis: "条例", Kinds: "罚款", Class: "light", From: day("2022-06-20"), Until: day("2022-09-19")})
	f.Must(t, err)
	own := "/w/penalties/" + id
	f.run(t, []pagetest.Case{
		{Name: "list", As: "clerk", Path: "/w/penalties", Want: pagetest.Want{"tbody tr": 1, "tbody .tag": "正在公示"}},
		{Name: "clerk", As: "clerk", Path: own, Want: pagetest.Want{"details": 1}},
		{Name: "reviewer", As: "reviewer", Path: own, Want: pagetest.Want{"details": 1}},
		{Name: "no day", As: "clerk", Method: "POST", Path: own + "/repair", Form: form("words", "已补发"), Status: 422, Want: pagetest.Want{".error": "申请日期"}},
		{Name: "applied", As: "clerk", Method: "POST", Path: own + "/repair", Form: form("words", "已补发", "applied_on", "2022-06-20"), Location: own},
		{Name: "waits", As: "leader", Path: own, Want: pagetest.Want{"form.form": 1, "table": "期限 2022-07-04"}},
		{Name: "not the clerk's", As: "clerk", Method: "POST", Path: own + "/decide", Form: form("repair", id+"-r1", "grant", "yes", "answer", "同意"), Status: 403},
		{Name: "refused", As: "leader", Method: "POST", Path: own + "/decide", Form: form("repair", id+"-r1", "grant", "no", "answer", "罚款没有缴清"), Location: own},
		{Name: "withdrawn", As: "reviewer", Method: "POST", Path: own + "/withdraw", Form: form("reason", "文号有误"), Location: own},
		{Name: "twice", As: "reviewer", Method: "POST", Path: own + "/withdraw", Form: form("reason", "文号有误"), Status: 409},
		{Name: "no such", As: "clerk", Path: "/w/penalties/x", Status: 404},
	})
}

// A firm objects to its penalty from the same code as to its result; upheld,
// the penalty is withdrawn.
func TestObjectionToPenalty(t *testing.T) {
	f := newPages(t, storetest.SQLite(t))
	day := calendar.MustParse
	decision := disclosure.Decision{Number: "1号", FormID: f.forms[0].ID, DecidedOn: day("2022-06-15"), Fact: "拖欠", Basis: "条例", Kinds: "警告", Class: "light",
		From: day("2022-06-20"), Until: day("2022-09-19")}
	id, err := f.Disclosure.PublishPenalty(t.Context(), f.Reviewer, decision)
	f.Must(t, err)
	decision.Number, decision.FormID = "2号", f.forms[1].ID
	other, err := f.Disclosure.PublishPenalty(t.Context(), f.Reviewer, decision)
	f.Must(t, err)
	own, one := "/c/"+f.forms[0].Code+"/objection", "/w/objections/"+id+"-o1"
	f.run(t, []pagetest.Case{
		{Name: "a choice", Path: own, Want: pagetest.Want{"input[type=radio]": 2, "form p": "行政处罚 1号"}},
		{Name: "another firm's", Method: "POST", Path: own, Form: form("key", "k0", "record", other, "words", "不对"), Status: 422, Want: pagetest.Want{".error": "不是本检查表的"}},
		{Name: "said", Method: "POST", Path: own, Form: form("key", "k1", "record", id, "words", "事实不对"), Location: own},
		{Name: "only the result is left", Path: own, Want: pagetest.Want{"input[type=radio]": 0, "section.panel": "答复期限 2022-07-11", "section.panel h2": "对行政处罚提出"}},
		{Name: "a second time", Method: "POST", Path: own, Form: form("key", "k3", "record", id, "words", "再说"), Status: 409},
		{Name: "on the record", As: "clerk", Path: "/w/penalties/" + id, Want: pagetest.Want{"td .tag": "异议办理中", ".actions a": 2}},
		{Name: "who published", As: "reviewer", Method: "POST", Path: one, Form: form("upheld", "yes", "answer", "成立"), Status: 403},
		{Name: "answered", As: "leader", Method: "POST", Path: one, Form: form("key", "k2", "upheld", "yes", "answer", "核实成立"), Location: one},
		{Name: "to be withdrawn", As: "reviewer", Path: one, Want: pagetest.Want{"a.button.primary": "撤回公示"}},
		{Name: "withdrawn", As: "reviewer", Method: "POST", Path: "/w/penalties/" + id + "/withdraw", Form: form("reason", "异议成立"), Location: "/w/penalties/" + id},
		{Name: "ended", As: "reviewer", Path: one, Want: pagetest.Want{"h1 .tag": "已撤回"}},
		{Name: "paper", As: "clerk", Path: "/w/objections/new?record=" + other, Want: pagetest.Want{".notice": "行政处罚 2号"}},
		{Name: "entered", As: "clerk", Method: "POST", Path: "/w/objections/new", Form: form("key", "k4", "record", other, "words", "来函", "received_on", "2022-06-20"), Location: "/w/objections"},
	})
	marks, err := f.Disclosure.Contested(t.Context(), inspectiontest.Authority)
	if f.Must(t, err); len(marks) != 1 || !marks[other] {
		t.Errorf("under way: %v, want %s alone", marks, other)
	}
}

// A decision that stands waits for its publication; the preview shows what the
// public will read; it is published once, and not at all when it was revoked.
func TestDecisionIsPublished(t *testing.T) {
	f := newPages(t, storetest.SQLite(t))
	f.decide(t)
	path := "/w/penalties/preview?number=" + url.QueryEscape("1号")
	f.run(t, []pagetest.Case{
		{Name: "waiting", As: "clerk", Path: "/w/penalties", Want: pagetest.Want{"tbody tr": 2, "tbody .date": "2022-06-27"}},
		{Name: "preview", As: "reviewer", Path: path, Want: pagetest.Want{"dl.facts": "拖欠工资，***认可", ".notice.warn": "姓名", "button.danger": 1}},
		{Name: "a clerk only looks", As: "clerk", Path: path, Want: pagetest.Want{"button.danger": 0}},
		{Name: "by a clerk", As: "clerk", Method: "POST", Path: "/w/penalties/preview", Form: form("number", "1号"), Status: 403},
		{Name: "published", As: "reviewer", Method: "POST", Path: "/w/penalties/preview", Form: form("number", "1号", "key", "a"), Location: "/w/penalties"},
		{Name: "sent again", As: "reviewer", Method: "POST", Path: "/w/penalties/preview", Form: form("number", "1号", "key", "a"), Location: "/w/penalties"},
		{Name: "again", As: "reviewer", Method: "POST", Path: "/w/penalties/preview", Form: form("number", "1号"), Status: 409},
		{Name: "no such decision", As: "reviewer", Path: "/w/penalties/preview?number=x", Status: 404},
	})
	for _, number := range []string{"1号", "2号"} {
		f.Must(t, f.Casework.Revoke(t.Context(), f.Leader, number, "复议撤销"))
		f.Must(t, f.Disclosure.RevokePenalty(t.Context(), inspectiontest.Authority, number))
	}
	f.run(t, []pagetest.Case{
		{Name: "revoked", As: "reviewer", Method: "POST", Path: "/w/penalties/preview", Form: form("number", "2号"), Status: 409},
		{Name: "gone", As: "clerk", Path: "/w/penalties", Want: pagetest.Want{"tbody tr": 1, "tbody .tag": "决定撤销"}},
	})
}

// decide enters a checked decision for each of the two forms.
func (f *fixture) decide(t *testing.T) {
	t.Helper()
	for i, number := range []string{"1号", "2号"} {
		id := f.forms[i].ID
		f.Exec(t, fmt.Sprintf(`INSERT INTO inspection_finding (authority_id, form_id, no, fact, measure, due_on, outcome, outcome_on, outcome_note, closed_name, confirmed)
			VALUES ('%s', '%s', 1, '拖欠工资', '', '', '', '', '', '', TRUE)`, inspectiontest.Authority, id),
			fmt.Sprintf(`INSERT INTO casework_matter (authority_id, form_id, ref, no, round_id, kind, state, ending, person, person_name, opened_on, ended_on, file)
			VALUES ('%s', '%s', '1', 1, '%s', 'case', 'filed', 'penalty', '', '', '2022-06-15', '2022-06-16', '{"case":{"number":"立1号","filed_on":"2022-06-15"}}')`, inspectiontest.Authority, id, inspectiontest.Round),
			fmt.Sprintf(`INSERT INTO casework_penalty (authority_id, number, form_id, ref, no, state, decided_on, fact, basis, kinds, amount, class, months, begins_on, ends_on,
			drafted_by, drafted_name, checked_name, checked_at, revoked_on, revoked_name, reason)
			VALUES ('%s', '%s', '%s', '1', 1, 'checked', '2022-06-16', '拖欠工资，孙签字认可', '条例', '罚款', 200000, 'general', 6, '2022-06-20', '2022-12-20', '', '', '', 1, '', '', '')`,
				inspectiontest.Authority, number, id))
	}
}
