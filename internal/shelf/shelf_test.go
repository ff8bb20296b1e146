package shelf

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"suiji/internal/access"
	"suiji/internal/archive"
	"suiji/internal/casework"
	"suiji/internal/disclosure"
	"suiji/internal/documents"
	"suiji/internal/inspection"
	"suiji/internal/page"
	"suiji/internal/page/pagetest"
	"suiji/internal/papers"
	"suiji/internal/reference"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/internal/visit"
)

// fixture is the pages over an office whose first firm has been inspected.
type fixture struct {
	*roundtest.Office
	server  *Server
	forms   *inspection.Service
	handler http.Handler
	key     archive.Key
}

func newPages(t *testing.T, db *store.DB) *fixture {
	t.Helper()
	o := roundtest.New(t, db)
	ref, dir := reference.New(db, o.Door), t.TempDir()
	forms := inspection.New(inspection.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Credit: o.Credit, Schedule: o.Schedule})
	look := visit.New(visit.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Inspection: forms, Dir: dir})
	a := archive.New(archive.Config{DB: db, Door: o.Door, Now: o.Now, Scribe: o.Scribe, Identity: o.Identity, Inspection: forms, Fonts: papers.FindFonts(""), Dir: dir,
		Visit:      look,
		Documents:  documents.New(documents.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Inspection: forms, Visit: look, Dir: dir}),
		Casework:   casework.New(casework.Config{DB: db, Door: o.Door, Now: o.Now, Reference: ref, Inspection: forms, Dir: dir}),
		Disclosure: disclosure.New(disclosure.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now, Identity: o.Identity, Reference: ref, Round: o.Round, Inspection: forms})})
	f := &fixture{Office: o, forms: forms, server: New(Config{Identity: o.Identity, Round: o.Round, Archive: a, Now: o.Now, Log: slog.New(slog.DiscardHandler)})}
	f.handler = f.server.Handler()
	return f
}

// inspected has the first firm of a round inspected without problems.
func (f *fixture) inspected(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	f.Firms(200)
	id := f.Matched(f.Publish(nil), 1, "2022-06-06")
	f.ApprovedOn(id, "2022-06-14")
	f.Must(f.forms.Issue(ctx, roundtest.As(access.Clerk), id))
	f.On("2022-06-20")
	x, err := f.forms.Form(ctx, roundtest.Authority, inspection.Serial(id, 1))
	f.Must(err)
	f.key = archive.Key{Round: id, Target: x.Firm.TargetID}
	e := x.Entry()
	e.Methods, e.FirmPerson, e.Codes = []inspection.Method{inspection.OnSite}, "孙签字", []inspection.Code{inspection.R1}
	f.Must(e.StartedOn.UnmarshalText([]byte("2022-06-14")))
	f.Must(e.EndedOn.UnmarshalText([]byte("2022-06-14")))
	for i := range e.Answers {
		e.Answers[i].Answer = inspection.Yes
	}
	f.Must(f.forms.Enter(ctx, roundtest.As(access.Clerk), x.ID, e))
	f.Must(f.forms.Confirm(ctx, roundtest.As(access.Reviewer), x.ID, x.Revision+1, "同意"))
}

func (f *fixture) run(t *testing.T, cases []pagetest.Case) {
	t.Helper()
	pagetest.Run(t, f.handler, roundtest.SignedIn, cases)
}

func get(name, as, path string, status int, want pagetest.Want) pagetest.Case {
	return pagetest.Case{Name: name, As: as, Method: "GET", Path: path, Status: status, Want: want}
}

func post(name, as, path string, status int, location string, want pagetest.Want, pairs ...string) pagetest.Case {
	m := pagetest.Form(pairs...)
	m["key"] = []string{name}
	return pagetest.Case{Name: name, As: as, Method: "POST", Path: path, Form: m, Status: status, Location: location, Want: want}
}

// Every template fits its struct.
func TestTemplates(t *testing.T) {
	pagetest.Check(t, newPages(t, storetest.SQLite(t)).server.Set(), map[string]page.Page{"archive": &listPage{}, "archive-file": &filePage{}, "archive-handover": &handPage{}, "archive-setting": &settingPage{}})
}

func TestPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newPages(t, db)
		f.run(t, []pagetest.Case{get("nothing yet", "clerk", "/w/archive", 200, pagetest.Want{".empty": "还没有案卷"})})
		f.inspected(t)
		at := href(f.key)
		w, err := f.server.Archive.Whole(t.Context(), roundtest.Authority, f.key)
		f.Must(err)
		f.run(t, []pagetest.Case{
			{Name: "a stranger", Method: "GET", Path: "/w/archive", Status: 303, Location: "/w/login?next=%2Fw%2Farchive"},
			get("an inspector", "inspector", "/w/archive", 403, nil),
			get("one waits", "clerk", "/w/archive?state=open", 200, pagetest.Want{"table.files tbody tr": 1, "table.files .tag": "待立卷"}),
			get("the others", "clerk", "/w/archive", 200, pagetest.Want{"table.rounds tbody tr": 1}),
			get("nobody", "clerk", "/w/archive?q=没有的", 200, pagetest.Want{".empty": "没有符合条件"}),
			get("what is missing", "clerk", at, 200, pagetest.Want{"ul.gaps": "两名检查人员在检查表上的签字", "#act h2": "下一步：封存"}),
			get("to look at only", "auditor", at, 200, pagetest.Want{"#act": 0, ".notice": "由经办人封存"}),
			get("no such file", "clerk", at+"0", 404, nil),
			post("no reason", "clerk", at+"/seal", 422, "", pagetest.Want{".problems": "项材料，没有封存"}, "facts", w.Facts, "period", "D10"),
			post("half a page", "clerk", at+"/seal", 422, "", pagetest.Want{".problems": "不完整"}),
			post("sealed", "clerk", at+"/seal", 303, at, nil, "facts", w.Facts, "period", "D10", "reason", "纸质签字页另存"),
			post("sealed", "clerk", at+"/seal", 303, at, nil, "facts", w.Facts, "period", "D10", "reason", "纸质签字页另存"), // a double click
			post("sealed twice", "clerk", at+"/seal", 303, at, nil, "facts", w.Facts, "period", "D10", "reason", "纸质签字页另存"),
			get("who sealed", "clerk", at, 200, pagetest.Want{".volume": 1, ".notice": "由封存以外的另一人登记"}),
			get("own seal", "clerk", "/w/archive/handover", 200, pagetest.Want{".notice": "其中 1 卷是您封存的", "table.hand": 0}),
			get("to be handed over", "leader", "/w/archive/handover?round="+f.key.Round, 200, pagetest.Want{"table.hand tbody tr": 1, "table.hand input[checked]": 1}),
			post("nobody chosen", "leader", "/w/archive/handover", 422, "", pagetest.Want{".problems": "请至少选一卷"}, "receiver", "县档案馆", "number", "1号", "on", "2022-06-20"),
			post("half a value", "leader", "/w/archive/handover", 422, "", pagetest.Want{".problems": "不完整"}, "receiver", "县档案馆", "number", "1号", "on", "2022-06-20", "volumes", "x"),
			get("an auditor takes only", "auditor", "/w/archive/handover", 200, pagetest.Want{"table.hand tbody tr": 1, "form.form": 0}),
			get("another", "leader", at, 200, pagetest.Want{"#act h2": "登记移交接收（首卷）"}),
			post("no number", "leader", at+"/1/accept", 422, "", pagetest.Want{".problems": "请填写交接文据的编号"}, "receiver", "县档案馆", "on", "2022-06-20"),
			post("handed over", "leader", at+"/1/accept", 303, at, nil, "receiver", "县档案馆", "number", "1号", "on", "2022-06-20"),
			get("done", "leader", at, 200, pagetest.Want{"#act": 0, ".volume dl.facts": "县档案馆"}),
			get("nothing waits", "leader", "/w/archive/handover", 200, pagetest.Want{".empty": "没有封存以后待移交的案卷", "form.form": 0}),
			get("rules", "clerk", "/w/archive/setting", 200, pagetest.Want{"form.form": 0, "dl.facts": "移送公安机关"}),
			post("set", "leader", "/w/archive/setting", 303, "/w/archive/setting", nil, "fonds", "012", "police", "Y", "case", "Y", "problem", "D30", "none", "D10"),
			post("no period", "leader", "/w/archive/setting", 422, "", pagetest.Want{".problems": "请选择"}, "fonds", "012"),
		})
		w2 := httptest.NewRecorder()
		f.handler.ServeHTTP(w2, roundtest.SignedIn(httptest.NewRequest("GET", at+"/1/package", nil), "clerk"))
		if w2.Code != 200 || !strings.HasPrefix(w2.Body.String(), "PK") {
			t.Errorf("the package: %d, %d bytes", w2.Code, w2.Body.Len())
		}
	})
}
