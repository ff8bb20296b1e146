package followup

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"suiji/internal/access"
	"suiji/internal/casework"
	"suiji/internal/documents"
	"suiji/internal/inspection"
	"suiji/internal/page"
	"suiji/internal/page/pagetest"
	"suiji/internal/reference"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/internal/visit"
)

// fixture is the pages over an office whose first form has a problem.
type fixture struct {
	*roundtest.Office
	server  *Server
	handler http.Handler
	form    string
	code    string
}

func newPages(t *testing.T, db *store.DB) *fixture {
	t.Helper()
	o := roundtest.New(t, db)
	f := &fixture{Office: o}
	forms := inspection.New(inspection.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Credit: o.Credit, Schedule: o.Schedule})
	dir := t.TempDir()
	cases := casework.New(casework.Config{DB: db, Door: o.Door, Now: o.Now, Reference: reference.New(db, o.Door), Inspection: forms, Dir: dir})
	docs := documents.New(documents.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Inspection: forms, Casework: cases, Dir: dir, BaseURL: "https://suiji.example",
		Visit: visit.New(visit.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Inspection: forms, Dir: dir})})
	f.server = New(Config{Identity: o.Identity, Round: o.Round, Inspection: forms, Now: o.Now, Log: slog.New(slog.DiscardHandler), Casework: cases, Documents: docs})
	f.handler = f.server.Handler()
	return f
}

// found has the first firm of a round inspected: one problem to be put right,
// one to be decided on.
func (f *fixture) found(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	f.Firms(200)
	id := f.Matched(f.Publish(nil), 1, "2022-06-06")
	f.ApprovedOn(id, "2022-06-14")
	f.Must(f.server.Inspection.Issue(ctx, roundtest.As(access.Clerk), id))
	f.On("2022-06-20")
	f.form = inspection.Serial(id, 1)
	x, err := f.server.Inspection.Form(ctx, roundtest.Authority, f.form)
	f.Must(err)
	f.code = x.Code
	e := x.Entry()
	e.Methods, e.FirmPerson, e.Codes = []inspection.Method{inspection.OnSite}, "孙签字", []inspection.Code{inspection.R5}
	f.Must(e.StartedOn.UnmarshalText([]byte("2022-06-14")))
	f.Must(e.EndedOn.UnmarshalText([]byte("2022-06-14")))
	for i := range e.Answers {
		e.Answers[i].Answer = inspection.Yes
	}
	e.Findings = []inspection.Finding{{Fact: "两名职工没有书面劳动合同", Measure: "补签劳动合同", DueOn: e.EndedOn.AddDays(5)}, {Fact: "拖欠工资"}}
	f.Must(f.server.Inspection.Enter(ctx, roundtest.As(access.Clerk), f.form, e))
	f.Must(f.server.Inspection.Confirm(ctx, roundtest.As(access.Reviewer), f.form, x.Revision+1, "同意"))
}

func (f *fixture) as(r *http.Request, role string) *http.Request { return roundtest.SignedIn(r, role) }

func (f *fixture) run(t *testing.T, cases []pagetest.Case) {
	t.Helper()
	pagetest.Run(t, f.handler, f.as, cases)
}

func post(name, as, path string, revision, status int, location string, pairs ...string) pagetest.Case {
	m := pagetest.Form(pairs...)
	m["key"], m["revision"] = []string{name}, []string{strconv.Itoa(revision)}
	return pagetest.Case{Name: name, As: as, Method: "POST", Path: path, Form: m, Status: status, Location: location}
}

func wants(c pagetest.Case, want pagetest.Want) pagetest.Case {
	c.Want = want
	return c
}

func get(name, as, path string, want pagetest.Want) pagetest.Case {
	return pagetest.Case{Name: name, As: as, Method: "GET", Path: path, Status: 200, Want: want}
}

// Every template fits its struct.
func TestTemplates(t *testing.T) {
	pagetest.Check(t, newPages(t, storetest.SQLite(t)).server.Set(), map[string]page.Page{
		"followups": &boardPage{}, "followup": &endPage{}, "rectify": &rectifyPage{}, "penalties": &penaltiesPage{},
	})
}

func TestPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newPages(t, db)
		f.run(t, []pagetest.Case{
			get("nothing yet", "clerk", "/w/followups", pagetest.Want{".empty": "没有后续事项"}),
			get("no penalty yet", "clerk", "/w/followups/penalties", pagetest.Want{".empty": "还没有处罚决定"}),
		})
		f.found(t)
		one, two := href(f.form, "1"), href(f.form, "2")
		f.run(t, []pagetest.Case{
			{Name: "a stranger", Method: "GET", Path: "/w/followups", Status: 303, Location: "/w/login?next=%2Fw%2Ffollowups"},
			{Name: "the administrator", As: "admin", Method: "GET", Path: "/w/followups", Status: 403},
			get("overdue first", "clerk", "/w/followups", pagetest.Want{"table.ends tbody tr": 2, "table.ends .tag.bad": "限期改正，待企业改正", "ul.figures": "已超期"}),
			get("one kind", "clerk", "/w/followups?kind=undecided", pagetest.Want{"table.ends tbody tr": 1, ".notice.bad": "另有 1 项已超期"}),
			get("how many on a page", "clerk", "/w/followups?per=50", pagetest.Want{"table.ends caption": "共 2 项", "nav.pager .range": "第 1–2 条，共 2 条"}),
			get("no such firm", "clerk", "/w/followups?q=%E6%B2%A1%E6%9C%89%E8%BF%99%E4%B8%80%E6%88%B7", pagetest.Want{"table.ends tbody tr": 0}),
			get("one with its next act", "clerk", one, pagetest.Want{"#act h2": "下一步：复查", "dl.facts": "检查时责令改正的期限", "button[value=no]": "复查不合格"}),
			get("another act", "clerk", one+"?act=extend", pagetest.Want{"#act h2": "延长改正期限", "input#f-due[value=2022-07-04]": 1}),
			get("to look at only", "auditor", one, pagetest.Want{"#act": 0, ".notice": "不由您的角色办理"}),
			{Name: "no such end", As: "clerk", Method: "GET", Path: href(f.form, "R4"), Status: 404},
			{Name: "no such form", As: "clerk", Method: "GET", Path: href("none", "1"), Status: 404},
			post("no such act", "clerk", two+"/dance", 0, 404, ""),
			wants(post("no word", "clerk", one+"/recheck", 0, 422, "", "decision", "yes", "on", "2022-06-20"), pagetest.Want{".problems": "请填写复查情况", "#act h2": "复查"}),
			post("failed", "clerk", one+"/recheck", 0, 303, one, "decision", "no", "on", "2022-06-20", "note", "差一人"),
			post("failed", "clerk", one+"/recheck", 0, 303, one, "decision", "no", "on", "2022-06-20", "note", "差一人"), // a double click
			wants(post("the second person", "reviewer", one+"/recheck", 0, 409, "", "decision", "yes", "on", "2022-06-20", "note", "合格"), pagetest.Want{".problems": "已办理“复查不合格”"}),
			wants(post("half a case", "clerk", two+"/case", 0, 422, "", "number", "1号"), pagetest.Want{".problems": "请填写案由", "input#f-number[value=1号]": 1}),
			post("a case", "clerk", two+"/case", 0, 303, two, "number", "1号", "cause", "拖欠工资", "filed", "2022-06-20", "unit", "监察大队", "handlers", "甲\n乙"),
			get("what it needs", "clerk", two, pagetest.Want{"#act h2": "听取陈述、申辩", "dl.facts": "60 个工作日"}),
			post("heard", "clerk", two+"/hear", 1, 303, two, "on", "2022-06-20", "how", "当面", "said", "无异议"),
			wants(post("no money", "clerk", two+"/penalty", 2, 422, "", "amount", "5.001"), pagetest.Want{".problems": "最多两位小数"}),
			post("a penalty", "clerk", two+"/penalty", 2, 303, two, "number", "罚1号", "on", "2022-06-20", "fact", "拖欠", "basis", "条例", "kinds", "罚款", "amount", "5000.5", "class", "general", "months", "6"),
			get("the clerk cannot check", "clerk", two, pagetest.Want{"#act": 0}),
			post("checked", "reviewer", two+"/check", 3, 303, two, "decision", "yes"),
			get("the penalties", "leader", "/w/followups/penalties", pagetest.Want{"table.list tbody": "5000.50 元"}),
			get("the leader may revoke", "leader", two, pagetest.Want{"#act h2": "撤销处罚决定"}),
			post("revoked", "leader", two+"/revoke", 4, 303, two, "reason", "复议撤销"),
			get("tied up", "clerk", "/w/followups?closed=1", pagetest.Want{"table.ends tbody tr": 1}),
			get("one page", "clerk", "/w/followups/penalties", pagetest.Want{".pager": "第 1–1 条，共 1 条", ".pager li": 0}),
		})
		f.manyPenalties(t)
		f.run(t, []pagetest.Case{
			get("the latest first", "clerk", "/w/followups/penalties", pagetest.Want{"tbody tr": 20, "caption": "共 46 份", "tbody th": "罚1号", ".pager": "第 1–20 条，共 46 条", ".pager b[aria-current]": "1"}),
			get("the rest", "clerk", "/w/followups/penalties?page=3", pagetest.Want{"tbody tr": 6, "tbody": "罚145号", ".pager a[rel=prev]": 1, ".pager a[rel=next]": 0}),
			get("more on a page", "clerk", "/w/followups/penalties?per=50", pagetest.Want{"tbody tr": 46, ".pager li": 0}),
			get("behind the last", "clerk", "/w/followups/penalties?page=9", pagetest.Want{".empty": "这一页没有处罚决定"}),
		})
	})
}

// manyPenalties adds 45 penalties, of older days than the one that is there.
func (f *fixture) manyPenalties(t *testing.T) {
	t.Helper()
	f.Must(f.Door.Keep(t.Context(), func(tx *store.DB) error {
		for i := 1; i <= 45; i++ {
			for _, text := range []string{
				`INSERT INTO casework_matter (authority_id, form_id, ref, no, round_id, kind, state, ending, person, person_name, opened_on, ended_on, file)
				SELECT m.authority_id, m.form_id, '9', %d, m.round_id, m.kind, m.state, 'settled', m.person, m.person_name, m.opened_on, m.opened_on, m.file
				FROM casework_matter m
				JOIN casework_penalty p ON p.authority_id = m.authority_id AND p.form_id = m.form_id AND p.ref = m.ref AND p.no = m.no
				WHERE p.number = '罚1号'`,
				`INSERT INTO casework_penalty (authority_id, number, form_id, ref, no, state, decided_on, fact, basis, kinds, amount, class, months, begins_on, ends_on,
					drafted_by, drafted_name, checked_name, checked_at, revoked_on, revoked_name, reason)
				SELECT authority_id, '罚1%02[1]d号', form_id, '9', %[1]d, state, '2022-06-19', fact, basis, kinds, amount, class, months, begins_on, ends_on,
					drafted_by, drafted_name, checked_name, checked_at, revoked_on, revoked_name, reason
				FROM casework_penalty
				WHERE number = '罚1号'`,
			} {
				if n, err := tx.Exec(t.Context(), fmt.Sprintf(text, i)); err != nil || n != 1 {
					return fmt.Errorf("penalty %d: %d rows, %w", i, n, err)
				}
			}
		}
		return nil
	}))
}

// A matter's page makes its documents with one press, shows those that were
// issued with their numbers, and fills its forms from them.
func TestDocuments(t *testing.T) {
	f := newPages(t, storetest.SQLite(t))
	f.found(t)
	ctx, clerk, two := t.Context(), roundtest.As(access.Clerk), href(f.form, "2")
	f.run(t, []pagetest.Case{
		get("what can be made", "clerk", two, pagetest.Want{"form[action=/w/docs/forms/" + f.form + "] button[name=kind]": 4, "input[name=ref][value=2]": 1}),
		get("to look at only", "auditor", two, pagetest.Want{"button[name=kind]": 0}),
	})
	s := f.server.Documents
	id, err := s.Begin(ctx, clerk, documents.NewPaper{Kind: documents.Transfer, FormID: f.form, Ref: "2"})
	f.Must(err)
	p, err := s.Paper(ctx, roundtest.Authority, id)
	f.Must(err)
	for name, text := range map[string]string{"接收机关": "国家税务总局元氏县税务局", "案由": "未按规定缴纳社会保险费", "移送理由": "不属于本机关职权", "材料清单": "工资表|1|3\n社保缴费凭证|1"} {
		p.Fields[name] = text
	}
	p.Fields["联系电话"] = "0311-84610000"
	f.Must(s.Save(ctx, clerk, id, p.Revision, p.Fields, ""))
	p, err = s.Paper(ctx, roundtest.Authority, id)
	f.Must(err)
	c, err := s.Preview(ctx, roundtest.Authority, p)
	f.Must(err)
	f.Must(s.Issue(ctx, clerk, id, c.Digest()))
	p, err = s.Paper(ctx, roundtest.Authority, id)
	f.Must(err)
	f.run(t, []pagetest.Case{
		get("it is shown with its number", "auditor", two, pagetest.Want{"a[href='/w/docs/papers/" + id + "']": p.Number}),
		get("the act is filled from it", "clerk", two+"?act=department", pagetest.Want{"#act .notice.ok": p.Number, "input#f-number[value='" + p.Number + "']": 1, "input#f-to[value=国家税务总局元氏县税务局]": 1, "textarea#f-materials": "社保缴费凭证"}),
		get("and no other", "clerk", href(f.form, "1"), pagetest.Want{"#act .notice.ok": 0}),
	})
}

func TestOldAddress(t *testing.T) {
	w := httptest.NewRecorder()
	newPages(t, storetest.SQLite(t)).handler.ServeHTTP(w, httptest.NewRequest("GET", "/w/findings", nil))
	if w.Code != 301 || w.Header().Get("Location") != "/w/followups" {
		t.Errorf("GET /w/findings = %d to %q, want 301 to /w/followups", w.Code, w.Header().Get("Location"))
	}
}

func TestFirmPage(t *testing.T) {
	f := newPages(t, storetest.SQLite(t))
	f.found(t)
	f.handler = f.server.Firm()
	at := "/c/" + f.code + "/rectify"
	send := func(name string, status int, pairs ...string) pagetest.Case {
		return pagetest.Case{Name: name, Method: "POST", Path: at, Form: pagetest.Form(pairs...), Status: status}
	}
	done := send("sent", 303, "no", "1", "said", "已补签")
	done.Location = at
	f.run(t, []pagetest.Case{
		{Name: "no such code", Method: "GET", Path: "/c/XXXXXXXX/rectify", Status: 404},
		{Name: "what to put right", Method: "GET", Path: at, Status: 200, Want: pagetest.Want{"section.panel": "补签劳动合同", ".notice.warn": "期限已过", "textarea": 1}},
		wants(send("nothing said", 422, "no", "1"), pagetest.Want{".problems": "请填写改正的情况", "#f-said": 1}),
		send("no number", 422, "said", "x"),
		send("not asked for", 409, "no", "2", "said", "x"),
		done,
		{Name: "what was sent", Method: "GET", Path: at, Status: 200, Want: pagetest.Want{"section.panel": "已补签", ".tag.doing": "待复查"}},
	})
}
