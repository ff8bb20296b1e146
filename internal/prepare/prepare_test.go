package prepare

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/documents"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/page"
	"suiji/internal/page/pagetest"
	"suiji/internal/papers"
	"suiji/internal/plan"
	"suiji/internal/round/roundtest"
	"suiji/internal/schedule"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/internal/supervise"
	"suiji/internal/visit"
)

// fixture is the pages over a fresh office, with one account a role.
type fixture struct {
	*roundtest.Office
	server  *Server
	handler http.Handler
	forms   *inspection.Service
}

func newPages(t *testing.T, db *store.DB) *fixture {
	t.Helper()
	o := roundtest.New(t, db)
	f := &fixture{Office: o}
	f.forms = inspection.New(inspection.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Credit: o.Credit, Schedule: o.Schedule})
	f.server = New(Config{Identity: o.Identity, Round: o.Round, Schedule: o.Schedule, Inspection: f.forms,
		Supervise: supervise.New(supervise.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Reference: o.Reference, Inspection: f.forms}), Now: o.Now, Log: slog.New(slog.DiscardHandler),
		Documents: documents.New(documents.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Inspection: f.forms, Fonts: papers.FindFonts(""), Dir: o.Dir, BaseURL: "https://suiji.example",
			Visit: visit.New(visit.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Inspection: f.forms, Dir: o.Dir})})})
	f.handler = f.server.Handler()
	return f
}

func (f *fixture) as(r *http.Request, role string) *http.Request { return roundtest.SignedIn(r, role) }

func (f *fixture) run(t *testing.T, cases []pagetest.Case) {
	t.Helper()
	pagetest.Run(t, f.handler, f.as, cases)
}

func post(name, as, path string, status int, location string, pairs ...string) pagetest.Case {
	m := pagetest.Form(pairs...)
	m["key"] = []string{name}
	return pagetest.Case{Name: name, As: as, Method: "POST", Path: path, Form: m, Status: status, Location: location}
}

func wants(c pagetest.Case, want pagetest.Want) pagetest.Case {
	c.Want = want
	return c
}

func get(name, as, path string, want pagetest.Want) pagetest.Case {
	return pagetest.Case{Name: name, As: as, Method: "GET", Path: path, Status: 200, Want: want}
}

// body is a download by the clerk.
func (f *fixture) body(path string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	f.handler.ServeHTTP(rec, f.as(httptest.NewRequest("GET", path, nil), "clerk"))
	return rec
}

// Every template fits its struct.
func TestTemplates(t *testing.T) {
	pagetest.Check(t, newPages(t, storetest.SQLite(t)).server.Set(), map[string]page.Page{
		"schedules": &schedulesPage{}, "schedule": &schedulePage{}, "schedule-print": &schedulePrintPage{}, "schedule-approve": &approvePage{},
		"schedule-firm": &firmPage{}, "vehicles": &vehiclesPage{}, "announcing": &announcingPage{}, "notice": &noticePage{}, "hand-in": &papersPage{},
	})
}

func TestSchedulePages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newPages(t, db)
		f.run(t, []pagetest.Case{get("no round yet", "clerk", "/w/schedules", pagetest.Want{".empty": "还没有匹配"})})
		f.Firms(200)
		id := f.Matched(f.Publish(nil), 1, "2022-06-06")
		at := "/w/schedules/" + id
		x, err := f.Schedule.Schedule(t.Context(), roundtest.Authority, id)
		f.Must(err)
		firm := at + "/firms/" + x.Visits[0].TargetID
		items, err := f.Schedule.Announcing(t.Context(), roundtest.Authority)
		f.Must(err)
		f.run(t, []pagetest.Case{
			{Name: "a stranger", Method: "GET", Path: at, Status: 303, Location: "/w/login?next=%2Fw%2Fschedules%2F" + id},
			{Name: "the administrator", As: "admin", Method: "GET", Path: at, Status: 403},
			{Name: "no such round", As: "clerk", Method: "GET", Path: "/w/schedules/none", Status: 404},
			get("nothing placed", "clerk", at, pagetest.Want{"table.list caption": "没有安排的 5 户", "form[action=" + at + "/propose]": 1}),
			get("to look at only", "auditor", at, pagetest.Want{"form[action=" + at + "/propose]": 0}),
			post("a vehicle", "clerk", "/w/schedules/vehicles", 303, "/w/schedules/vehicles", "plate", "冀A12345", "seats", "5", "active", "yes"),
			wants(post("half a plate", "clerk", "/w/schedules/vehicles", 422, "", "plate", "A1", "seats", "x"), pagetest.Want{".problems": "冀A12345"}),
			wants(post("places that are none", "clerk", "/w/schedules/places", 422, "", "places", "NOBODY 37 114\n1 2"), pagetest.Want{".problems": "第 1 行"}),
			post("a place", "clerk", "/w/schedules/places", 303, "/w/schedules/vehicles", "places", x.Visits[0].Code+" 37.763 114.525"),
			post("papers", "clerk", "/w/schedules/items", 303, "/w/schedules/items", "item", items[0].ID, "prepare", "劳动合同\n工资发放表"),
			get("papers are there", "clerk", "/w/schedules/items", pagetest.Want{"textarea": "工资发放表"}),
			post("the inspector cannot", "inspector", at+"/propose", 403, "", "most", "2"),
			post("the program places", "clerk", at+"/propose", 303, at, "most", "2"),
			get("placed", "clerk", at, pagetest.Want{"table.plan tbody tr": 5, "form[action=" + at + "/submit]": 1}),
			wants(post("a Sunday", "clerk", firm, 422, "", "mode", "on-site", "day", "2022-07-17", "half", "am", "revision", "1"), pagetest.Want{".problems": "不是工作日"}),
			post("submitted", "clerk", at+"/submit", 303, at),
			get("the leader reads", "leader", at+"/approve", pagetest.Want{"table.list tbody tr": 5, "button[value=approve]": "批准这 5 户"}),
			post("what nobody saw", "leader", at+"/approve", 409, "", "digest", "x", "decision", "approve"),
		})
		x, err = f.Schedule.Schedule(t.Context(), roundtest.Authority, id)
		f.Must(err)
		f.run(t, []pagetest.Case{
			post("returned without a word", "leader", at+"/approve", 422, "", "digest", x.Pending().Digest, "decision", "return"),
			post("approved", "leader", at+"/approve", 303, at, "digest", x.Pending().Digest, "decision", "approve", "opinion", "同意"),
			post("approved again", "leader", at+"/approve", 409, "", "digest", x.Pending().Digest, "decision", "approve", "opinion", "同意"),
			get("as approved", "clerk", at, pagetest.Want{".notice.ok": "第 1 版"}),
			get("printed", "clerk", at+"/print", pagetest.Want{".sheet": "检查日程单"}),
			get("the list", "leader", "/w/schedules", pagetest.Want{"table.list tbody": "全部已批准"}),
		})
		looks, err := f.Door.Entries(t.Context(), roundtest.Authority, id, time.Time{}, 100)
		f.Must(err)
		seen := false
		for _, e := range looks {
			seen = seen || e.Action == access.DrawnLook && e.ActorID == "auditor"
		}
		if !seen {
			t.Error("who looked at drawn names left no record")
		}
	})
}

// An emergency is declared, and decided once.
func TestUrgentPage(t *testing.T) {
	f := newPages(t, storetest.SQLite(t))
	f.Firms(200)
	id := f.Matched(f.Publish(nil), 1, "2022-06-06")
	x, err := f.Schedule.Schedule(t.Context(), roundtest.Authority, id)
	f.Must(err)
	firm := "/w/schedules/" + id + "/firms/" + x.Visits[0].TargetID
	f.run(t, []pagetest.Case{
		wants(post("no reason", "clerk", firm+"/urgent", 422, "", "reason", "急"), pagetest.Want{".problems": "至少 10 个字"}),
		post("declared", "clerk", firm+"/urgent", 303, firm, "reason", "职工集体讨薪，账册可能被转移"),
		get("waits", "leader", firm, pagetest.Want{"button[value=approve]": "同意补办批准"}),
		post("refused without a word", "leader", firm+"/decide", 422, "", "decision", "refuse"),
		post("made good", "leader", firm+"/decide", 303, firm, "decision", "approve"),
		post("twice", "leader", firm+"/decide", 409, "", "decision", "refuse", "opinion", "不属于紧急情况"),
	})
}

// The firm reads its notice behind the code, and sends its papers there.
func TestFirmPages(t *testing.T) {
	f := newPages(t, storetest.SQLite(t))
	f.Firms(200)
	id := f.Matched(f.Publish(nil), 1, "2022-06-06")
	ctx, clerk := t.Context(), roundtest.As(access.Clerk)
	x, err := f.Schedule.Schedule(ctx, roundtest.Authority, id)
	f.Must(err)
	v, w := x.Visits[0], x.Visits[1]
	f.Must(f.Schedule.Move(ctx, clerk, id, schedule.Move{TargetID: v.TargetID, Mode: schedule.Written, Day: calendar.MustParse("2022-06-20")}))
	f.Approved(id)
	f.Must(f.forms.Issue(ctx, clerk, id))
	forms, err := f.forms.Forms(ctx, roundtest.Authority, inspection.Filter{RoundID: id})
	f.Must(err)
	codes := map[string]string{}
	for _, x := range forms {
		codes[x.Firm.TargetID] = x.Code
	}
	firm := "/w/schedules/" + id + "/firms/" + w.TargetID
	f.run(t, []pagetest.Case{
		post("told on no day", "clerk", firm+"/told", 422, "", "way", "phone", "told", "", "receipt", "x"),
		post("told", "clerk", firm+"/told", 303, firm, "way", "person", "told", "2022-06-06", "receipt", "王经理签收"),
		get("it is written down", "clerk", firm, pagetest.Want{".notice.ok": "王经理签收"}),
	})
	at, one := "/w/schedules/"+id, "/c/"+codes[w.TargetID]+"/notice"
	pagetest.Run(t, f.server.Firm(), f.as, []pagetest.Case{get("no notice yet, only what is arranged", "", one, pagetest.Want{"h1": "检查安排", "dl": w.Team[0].Name, "main": "通知书签发以后"})})
	f.run(t, []pagetest.Case{
		{Name: "nothing to print", As: "clerk", Method: "GET", Path: at + "/notices.pdf", Status: 409},
		get("to be issued", "clerk", at, pagetest.Want{"form[action='" + at + "/notices']": "签发 5 份通知书"}),
		get("not by the leader", "leader", at, pagetest.Want{"form[action='" + at + "/notices']": 0}),
		post("a stranger to papers", "leader", at+"/notices", 403, ""),
		post("issued", "clerk", at+"/notices", 303, at),
		post("issued", "clerk", at+"/notices", 303, at), // a double click
		post("issued again", "clerk", at+"/notices", 303, at),
		get("every firm has one", "clerk", at, pagetest.Want{"form[action='" + at + "/notices']": 0, "a[href='" + at + "/notices.pdf']": 1}),
	})
	all, err := f.server.Documents.Papers(ctx, roundtest.Authority, documents.Filter{RoundID: id})
	f.Must(err)
	if len(all) != 5 || all[0].No != 5 || all[0].State != documents.Issued {
		t.Fatalf("%d documents, the last with number %d, want five notices", len(all), all[0].No)
	}
	notices, err := f.server.Documents.Notices(ctx, roundtest.Authority, id, w.TargetID)
	f.Must(err)
	n := notices[w.TargetID]
	if _, err := f.server.Documents.Begin(ctx, clerk, documents.NewPaper{Kind: documents.Notice, FormID: n.FormID}); errs.KindOf(err) != errs.Conflict {
		t.Errorf("a second notice of a firm: %v", err)
	}
	f.run(t, []pagetest.Case{get("the firm's page has it", "clerk", firm, pagetest.Want{"a[href='/w/docs/papers/" + n.ID + "']": n.Number})})
	if rec := f.body(at + "/notices.pdf"); rec.Code != 200 || !strings.HasSuffix(rec.Body.String(), "%%EOF\n") {
		t.Errorf("all notices: %d, %d bytes", rec.Code, rec.Body.Len())
	}
	pagetest.Run(t, f.server.Firm(), f.as, []pagetest.Case{
		get("the notice of a visit", "", one, pagetest.Want{"dl": w.Team[0].Name, "h1": "行政检查通知书", "main": n.Number, ".notice.warn": 0}),
		get("the notice of a review", "", "/c/"+codes[v.TargetID]+"/notice", pagetest.Want{"dl": "书面检查"}),
		{Name: "no papers for a visit", Method: "GET", Path: "/c/" + codes[w.TargetID] + "/papers", Status: 404},
		{Name: "an unknown code", Method: "GET", Path: "/c/ZZZZZZZZ/notice", Status: 404},
		get("where papers go", "", "/c/"+codes[v.TargetID]+"/papers", pagetest.Want{"input[type=file]": 1, "h1": "提交书面检查材料"}),
		wants(post("no file", "", "/c/"+codes[v.TargetID]+"/papers", 422, ""), pagetest.Want{".problems": "请选择一个文件"}),
	})
	f.Must(f.Schedule.Send(ctx, roundtest.Authority, id, v.TargetID, "合同.pdf", []byte(roundtest.PDF)))
	f.On("2022-06-21")
	pagetest.Run(t, f.server.Firm(), f.as, []pagetest.Case{
		get("after the last day", "", "/c/"+codes[v.TargetID]+"/papers", pagetest.Want{"input[type=file]": 0, ".notice.bad": "已过", "ul.todo": "合同.pdf"}),
	})
	f.run(t, []pagetest.Case{get("the officer's list", "clerk", "/w/schedules/"+id+"/firms/"+v.TargetID, pagetest.Want{"ul.todo a": "合同.pdf"})})
	// What is not announced is not there before the visit.
	i := x.Items[0]
	i.Unannounced = true
	f.Must(f.Schedule.Announce(ctx, clerk, i))
	f.Sign(id)
	pagetest.Run(t, f.server.Firm(), f.as, []pagetest.Case{
		get("nothing to see", "", "/c/"+codes[w.TargetID]+"/notice", pagetest.Want{"dl": 0, "p": "现在没有通知书"}),
	})
}

// The notice of a joint round carries the code of every department's form, on
// paper and behind each of the codes; a firm that one department inspects has
// one.
func TestJointNotice(t *testing.T) {
	f := newPages(t, storetest.SQLite(t))
	f.Firms(120)
	joint := f.Joint()
	id := f.Matched(f.Publish(func(p *plan.Plan) {
		joint(p)
		p.Tasks[0].Strata = []plan.Stratum{{Name: "hi", Title: "投诉多", Tag: "投诉举报多", Ratio: 8000}, {Name: "rest", Title: "其余", Ratio: 2500}}
	}), 1, "2022-06-06")
	f.ApprovedOn(id, "2022-06-14")
	f.Must(f.forms.Issue(t.Context(), roundtest.As(access.Clerk), id))
	forms, err := f.forms.Forms(t.Context(), roundtest.Authority, inspection.Filter{RoundID: id})
	f.Must(err)
	of := map[string][]inspection.Form{}
	for _, x := range forms {
		of[x.Firm.TargetID] = append(of[x.Firm.TargetID], x)
	}
	f.Must(f.server.Documents.IssueNotices(t.Context(), roundtest.As(access.Clerk), id))
	notices, err := f.server.Documents.Notices(t.Context(), roundtest.Authority, id, "")
	f.Must(err)
	if dir := os.Getenv("SUIJI_LOOK"); dir != "" {
		f.Must(os.WriteFile(filepath.Join(dir, "joint.pdf"), f.body("/w/schedules/"+id+"/notices.pdf").Body.Bytes(), 0o600))
	}
	counts := map[int]bool{}
	for target, all := range of {
		counts[len(all)] = true
		n := notices[target]
		var got, want []string
		for _, m := range n.Content.Lists["部门"] {
			got = append(got, m["部门"]+" "+m["检查码"])
			if m["事项"] == "" || m["检查人员"] == "" {
				t.Errorf("the notice does not say what %s inspects, or who: %v", m["部门"], m)
			}
		}
		for _, x := range all {
			want = append(want, x.Department+" "+x.Code)
			pagetest.Run(t, f.server.Firm(), f.as, []pagetest.Case{get("behind "+x.Department, "", "/c/"+x.Code+"/notice", pagetest.Want{"main": all[len(all)-1].Code})})
		}
		if n.FormID != all[0].ID || !slices.Equal(got, want) {
			t.Errorf("the notice of %s carries %v, want %v", target, got, want)
		}
		if first := all[0].Department; first != "县人力资源和社会保障局" {
			t.Errorf("the first code is %s's", first)
		}
	}
	if !counts[2] || !counts[3] {
		t.Errorf("firms of %v departments were drawn, want 2 and 3", counts)
	}
}

// Who plans the visit of an officer at a firm where nothing was found again and
// again is told, until the answer is accepted. The line stays as it was drawn.
func TestUnexplained(t *testing.T) {
	f := newPages(t, storetest.SQLite(t))
	f.Firms(200)
	id := f.Matched(f.Publish(nil), 1, "2022-06-06")
	x := f.Approved(id)
	v, at := x.Visits[0], "/w/schedules/"+id
	f.run(t, []pagetest.Case{get("nothing to tell", "clerk", at, pagetest.Want{".notice.warn": 0})})
	exec := func(text string, args ...any) {
		t.Helper()
		f.Must(f.Door.Keep(t.Context(), func(tx *store.DB) error {
			_, err := tx.Exec(t.Context(), text, args...)
			return err
		}))
	}
	exec(`INSERT INTO supervise_question (authority_id, question_id, rule, subject, what, state, role, raised_at, asked_at, previous, closed_why, closed_at)
		VALUES ($1, 'Q1', 'fruitless', '', '三次', 'answered', 'clerk', 1, 1, '', '', 0)`, roundtest.Authority)
	exec(`INSERT INTO supervise_asked (authority_id, question_id, kind, person, name) VALUES ($1, 'Q1', 'officer', $2, '甲')`, roundtest.Authority, v.Team[0].ID)
	exec(`INSERT INTO supervise_row (authority_id, question_id, no, day, at, round_id, form_id, target_id, firm, words)
		VALUES ($1, 'Q1', 1, '2022-01-01', 0, '', '', $2, '企业', '')`, roundtest.Authority, v.TargetID)
	f.run(t, []pagetest.Case{get("told", "clerk", at, pagetest.Want{".notice.warn li": v.Firm + "，" + v.Team[0].Name + "：问题 Q1（待审阅）"})})
	if now, err := f.Schedule.Schedule(t.Context(), roundtest.Authority, id); err != nil || now.Visits[0].Approved != 1 {
		t.Errorf("the line is touched: %v", err)
	}
	exec(`UPDATE supervise_question SET state = 'accepted' WHERE authority_id = $1`, roundtest.Authority)
	f.run(t, []pagetest.Case{get("explained", "clerk", at, pagetest.Want{".notice.warn": 0})})
}
