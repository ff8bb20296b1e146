package field

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/skip2/go-qrcode"

	"suiji/internal/access"
	"suiji/internal/feedback"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/page"
	"suiji/internal/page/pagetest"
	"suiji/internal/register"
	"suiji/internal/roster"
	"suiji/internal/round"
	"suiji/internal/schedule"
	"suiji/internal/staffing"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/internal/visit"
)

// street is the door over an office with issued forms and an inspector, O1.
type street struct {
	*inspectiontest.Office
	t *testing.T
	s *Server
	h http.Handler
}

func newStreet(t *testing.T) *street {
	t.Helper()
	o := inspectiontest.New(t, storetest.SQLite(t))
	o.Issue(t)
	v := visit.New(visit.Config{DB: o.DB, Door: o.Door, Now: o.Now, Identity: o.Identity, Inspection: o.Inspection, Dir: t.TempDir()})
	acc := identity.Account{ID: "one", Username: "one", Name: "高建军", OfficerID: "O1", Roles: []access.Role{access.Inspector}}
	if err := o.Identity.AddAccount(context.Background(), access.System(inspectiontest.Authority), acc, "Lamp-72-Ming"); err != nil {
		t.Fatal(err)
	}
	reg := register.New(register.Config{DB: o.DB, Door: o.Door, Scribe: o.Scribe, Now: o.Now})
	leaving := staffing.New(staffing.Config{DB: o.DB, Door: o.Door, Now: o.Now, Identity: o.Identity, Register: reg,
		Roster: roster.New(o.DB, o.Door, reg, o.Now), Round: round.New(round.Config{DB: o.DB, Door: o.Door, Scribe: o.Scribe, Now: o.Now, Identity: o.Identity, Register: reg})})
	s := New(Config{Staffing: leaving, Identity: o.Identity, Inspection: o.Inspection, Visit: v, Feedback: feedback.New(o.DB, o.Door, o.Now), Now: o.Now, Log: slog.New(slog.DiscardHandler), BaseURL: "https://suiji.example"})
	return &street{o, t, s, s.Handler()}
}

var inspector = inspectiontest.Actor("one", "高建军", access.Inspector)

func (x *street) as(r *http.Request, role string) *http.Request {
	switch role {
	case "inspector":
		return r.WithContext(identity.WithActor(r.Context(), inspector))
	case "clerk":
		return r.WithContext(identity.WithActor(r.Context(), x.Clerk))
	}
	return r
}

// path is the page of the form with a number.
func path(no int) string { return "/m/tasks/" + inspection.Serial(inspectiontest.Round, no) }

func TestTemplates(t *testing.T) {
	pagetest.Check(t, newStreet(t).s.Set(), map[string]page.Page{"tasks": &tasksPage{}, "task": &taskPage{}, "identity": &identityPage{}, "outbox": &outboxPage{}, "shown": &shownPage{},
		"rate": &ratePage{}, "complain": &complainPage{}, "ticket": &ticketPage{}, "visits": &visitsPage{}})
}

func (x *street) form(pairs ...string) url.Values {
	m := url.Values{"key": {"a-key-made-by-" + strings.Join(pairs, "")[:min(6, len(strings.Join(pairs, "")))]}, "revision": {fmt.Sprint(x.Form(x.t, 1).Revision)},
		"methods": {"M1"}, "started": {"2022-06-20"}, "ended": {"2022-06-20"}, "person": {"孙签字"}, "codes": {"R1"}}
	for i := range x.Form(x.t, 1).Points {
		m.Set(inspection.FieldAnswer(i+1), "yes")
	}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = []string{pairs[i+1]}
	}
	return m
}

// The whole visit without a script: arrive, answer, conclude.
func TestPlainForms(t *testing.T) {
	x := newStreet(t)
	stale := x.form("summary", "又一份")
	stale.Set("key", "the-stale-form")
	compared := x.form("summary", "又一份")
	compared.Set("key", "the-compared-form")
	compared.Set("compared", "2")
	pagetest.Run(t, x.h, x.as, []pagetest.Case{
		{Name: "nobody", Path: "/m", Status: 303, Location: "/w/login?next=%2Fm"},
		{Name: "a clerk", As: "clerk", Path: "/m", Status: 403},
		{Name: "tasks", As: "inspector", Path: "/m", Want: pagetest.Want{"article": 2, "h2": "恒泰商贸", ".counts li": 4}},
		{Name: "found", As: "inspector", Path: "/m?q=" + url.QueryEscape("恒泰商贸"), Want: pagetest.Want{"article": 1, ".counts li": 4}},
		{Name: "not found", As: "inspector", Path: "/m?q=0000", Want: pagetest.Want{"article": 0, "main": "没有符合的企业"}},
		{Name: "outbox", As: "inspector", Path: "/m/outbox", Want: pagetest.Want{"h1": "待上传"}},
		{Name: "another team's", As: "inspector", Path: path(2), Status: 404},
		{Name: "a task", As: "inspector", Path: path(1), Want: pagetest.Want{".point": 3, "canvas": 3, ".basis": "劳动合同法"}},
		{Name: "identity", As: "inspector", Path: path(1) + "/code", Want: pagetest.Want{".me h1": "高建军", ".cert": "03132201001", ".other": "何丽"}},
		{Name: "identity of the day", As: "inspector", Path: path(1) + "/code?day", Want: pagetest.Want{".me": "没有信号"}},
		{Name: "no arrival", As: "inspector", Method: "POST", Path: path(1), Form: x.form(), Status: 422, Want: pagetest.Want{".problems": "请先登记到达", "#a-1-yes[checked]": true}},
		{Name: "arrival, no reason", As: "inspector", Method: "POST", Path: path(1) + "/arrive", Form: url.Values{"key": {"the-arrival-1"}}, Status: 422, Want: pagetest.Want{".problems": "请选择原因"}},
		{Name: "arrival", As: "inspector", Method: "POST", Path: path(1) + "/arrive", Form: url.Values{"key": {"the-arrival-2"}, "reason": {visit.Reasons[0]}}, Status: 303, Location: path(1)},
		{Name: "no code", As: "inspector", Method: "POST", Path: path(1), Form: x.form("codes", ""), Status: 422, Want: pagetest.Want{".problems": "没有“”这个结果"}},
		{Name: "a wrong day", As: "inspector", Method: "POST", Path: path(1), Form: x.form("started", "20.6."), Status: 422, Want: pagetest.Want{".problems": true}},
		{Name: "the result", As: "inspector", Method: "POST", Path: path(1), Form: x.form(), Status: 303, Location: path(1)},
		{Name: "the same again", As: "inspector", Method: "POST", Path: path(1), Form: x.form(), Status: 303, Location: path(1)},
		{Name: "done", As: "inspector", Path: path(1), Want: pagetest.Want{"pre": "检查结果：未发现问题", "form#sheet": false}},
		{Name: "an old page", As: "inspector", Method: "POST", Path: path(1), Form: stale, Status: 409, Want: pagetest.Want{".problems": "改过这张表"}},
		{Name: "its QR", As: "inspector", Path: path(1) + "/code.png", Status: 200},
		{Name: "manifest", As: "inspector", Path: "/m/pack.json", Status: 200},
		{Name: "nowhere", As: "inspector", Path: "/m/tasks", Status: 404},
	})
	if f := x.Form(t, 1); f.State != inspection.Entered || f.Revision != 2 || f.EnteredName != "高建军" {
		t.Errorf("the form: %s, revision %d, by %s", f.State, f.Revision, f.EnteredName)
	}
}

// A photograph of the code on the firm's licence or on our form opens the task.
func TestScan(t *testing.T) {
	x := newStreet(t)
	f, theirs := x.Form(t, 1), x.Form(t, 2)
	for _, c := range []struct {
		name, says string
		status     int
		want       string
	}{
		{"licence", "http://www.gsxt.gov.cn/index.html?uniscid=" + f.Firm.Code, 303, path(1)},
		{"form", "https://suiji.example/c/" + f.Code, 303, path(1)},
		{"another team's form", "https://suiji.example/c/" + theirs.Code, 422, "没有这一户"},
		{"something else", "12345", 422, "没有这一户"},
		{"no code", "", 422, "没有认出二维码"},
	} {
		w := x.send("/m/scan", codePhotograph(t, c.says))
		if got := w.Header().Get("Location") + w.Body.String(); w.Code != c.status || !strings.Contains(got, c.want) {
			t.Errorf("%s: %d, want %d with %s\n%.3000s", c.name, w.Code, c.status, c.want, got)
		}
	}
}

// codePhotograph is a code on a desk, not quite upright; no code for no text.
func codePhotograph(t *testing.T, says string) []byte {
	t.Helper()
	desk := image.NewGray(image.Rect(0, 0, 1500, 1100))
	for i := range desk.Pix {
		desk.Pix[i] = byte(150 + i%40)
	}
	if says != "" {
		q, err := qrcode.New(says, qrcode.Medium)
		if err != nil {
			t.Fatal(err)
		}
		code := q.Image(400)
		for y := range 500 {
			for x := range 500 {
				if p := (image.Point{X: x - 50 - y/8, Y: y - 50 + x/8}); p.In(code.Bounds()) {
					desk.Set(500+x, 300+y, code.At(p.X, p.Y))
				}
			}
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, desk, &jpeg.Options{Quality: 60}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// send sends a photograph as a plain form does: name, value, name, value…
func (x *street) send(path string, photo []byte, fields ...string) *httptest.ResponseRecorder {
	x.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("photo", "x.jpg")
	if err != nil {
		x.t.Fatal(err)
	}
	part.Write(photo)
	for i := 0; i < len(fields); i += 2 {
		w.WriteField(fields[i], fields[i+1])
	}
	w.Close()
	r := httptest.NewRequest("POST", path, &b)
	r.Header.Set("Content-Type", w.FormDataContentType())
	rec := httptest.NewRecorder()
	x.h.ServeHTTP(rec, x.as(r, "inspector"))
	return rec
}

func TestPlainPhotograph(t *testing.T) {
	x := newStreet(t)
	var file bytes.Buffer
	if err := jpeg.Encode(&file, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		t.Fatal(err)
	}
	if rec := x.send(path(1)+"/photos", file.Bytes(), "use", "point-1"); rec.Code != 303 {
		t.Fatalf("status %d: %s", rec.Code, rec.Body)
	}
	pagetest.Run(t, x.h, x.as, []pagetest.Case{{Name: "shown", As: "inspector", Path: path(1), Want: pagetest.Want{"figure img": 1, "figcaption": "要点 1"}}})
}

// What the script sends and is told.
func TestSyncJSON(t *testing.T) {
	x := newStreet(t)
	ask := func(as, body string) (int, map[string]any) {
		r := httptest.NewRequest("POST", "/m/sync", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		x.h.ServeHTTP(w, x.as(r, as))
		var out map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			t.Fatal(err)
		}
		return w.Code, out
	}
	for _, tt := range []struct {
		name, as, body string
		status         int
	}{
		{"nobody", "", `{}`, 401}, {"a clerk", "clerk", `{}`, 403}, {"cut off", "inspector", `{"records":[{"id":"a`, 422},
		{"what it does not know", "inspector", `{"records":[],"role":"admin"}`, 422}, {"nothing", "inspector", `{"records":[],"sent":["never-heard-of"]}`, 200},
	} {
		if status, out := ask(tt.as, tt.body); status != tt.status {
			t.Errorf("%s: %d %v, want %d", tt.name, status, out, tt.status)
		}
	}
	_, out := ask("inspector", `{"records":[],"sent":["never-heard-of"]}`)
	if fmt.Sprint(out["lost"]) != "[never-heard-of]" {
		t.Errorf("lost = %v, want what is not here", out["lost"])
	}
}

// What a firm sees that scans the code: green at once, red a minute later, red
// for what nobody of ours showed.
func TestFirmScans(t *testing.T) {
	x := newStreet(t)
	firm, f := x.s.Firm(), x.Form(t, 1)
	code := func(day bool) string {
		c, err := x.s.Visit.IdentityCode(t.Context(), f, "O1", day)
		if err != nil {
			t.Fatal(err)
		}
		return "/c/" + f.Code + "/id/" + c
	}
	now, day := code(false), code(true)
	check := func(name string, status int, path string, want pagetest.Want) {
		t.Helper()
		pagetest.Run(t, firm, x.as, []pagetest.Case{{Name: name, Path: path, Status: status, Want: want}})
	}
	all := pagetest.Want{".verdict.ok h1": "身份有效", "dl": "03132201001", "dd": "元氏县人力资源和社会保障局", "main": "2022-07-31"}
	check("at once", 200, now, all)
	check("of the day", 200, day, pagetest.Want{".verdict.ok h1": "当日有效"})
	check("forged", 404, now+"A", pagetest.Want{".verdict.bad h1": "不是本单位的身份码", "main": "0311-00000000"})
	check("no such form", 404, "/c/NOSUCH22/id/m1.AAAA", pagetest.Want{".verdict.bad": true})
	x.On("2022-06-21")
	check("the next day", 200, now, pagetest.Want{".verdict.bad h1": "身份码已过期"})
	check("of yesterday", 200, day, pagetest.Want{".verdict.bad h1": "身份码已过期"})
	x.On("2022-08-01")
	check("after the window", 200, code(false), pagetest.Want{".verdict.bad h1": "已过检查期限"})
	x.On("2026-01-01")
	check("after the certificate", 200, code(false), pagetest.Want{".verdict.bad h1": "执法证已过期"})
}

// records is how many records the office holds.
func (x *street) records() int {
	n, err := store.One(x.t.Context(), x.DB, store.Value[int], `SELECT count(*) FROM visit_record`)
	if err != nil {
		x.t.Fatal(err)
	}
	return n
}

// photograph is a picture as a camera makes it: beside the pixels stands the
// place.
func photograph(t *testing.T) []byte { return photographOf(t, 0) }

// photographOf is one of several, which differ.
func photographOf(t *testing.T, i int) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, 2400, 1200))
	for k := range m.Pix {
		m.Pix[k] = byte(40 * i)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	exif := "Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x25\x88\x04\x00\x01\x00\x00\x00\x1a\x00\x00\x00\x00\x00\x00\x00" + // GPSInfo at 26
		"\x02\x00\x01\x00\x02\x00\x02\x00\x00\x00N\x00\x00\x00\x02\x00\x05\x00\x03\x00\x00\x00\x38\x00\x00\x00\x00\x00\x00\x00" +
		"\x25\x00\x00\x00\x01\x00\x00\x00\x2d\x00\x00\x00\x01\x00\x00\x00\x67\x12\x00\x00\x64\x00\x00\x00" // 37° 45′ 47.11″
	return slices.Concat([]byte("\xff\xd8\xff\xe1"), []byte{0, byte(2 + len(exif))}, []byte(exif), b.Bytes()[2:])
}

// J7: from the scanned code to the rating, and to a complaint with a ticket.
func TestFirmRatesAndComplains(t *testing.T) {
	x := newStreet(t)
	firm, f := x.s.Firm(), x.Form(t, 1)
	code, err := x.s.Visit.IdentityCode(t.Context(), f, "O1", false)
	if err != nil {
		t.Fatal(err)
	}
	c := "/c/" + f.Code
	pagetest.Run(t, firm, x.as, []pagetest.Case{
		{Name: "scan", Path: c + "/id/" + code, Want: pagetest.Want{`a[href="` + c + `/rate"]`: "评价", `a[href="` + c + `/complain"]`: "投诉"}},
		{Name: "rate", Path: c + "/rate", Want: pagetest.Want{"input[name=bad]": 5, "form": "检查单位看不到是谁写的"}},
		{Name: "too long", Method: "POST", Path: c + "/rate", Form: url.Values{"words": {strings.Repeat("长", 1001)}}, Status: 422, Want: pagetest.Want{".problems": "最多 1000 字"}},
		{Name: "sent", Method: "POST", Path: c + "/rate", Form: url.Values{"bad": {"2"}}, Status: 303, Location: c + "/rate?done"},
		{Name: "thanks", Path: c + "/rate?done", Want: pagetest.Want{"h1": "评价已收到"}},
		{Name: "no such code", Path: "/c/NOSUCH22/rate", Status: 404},
		{Name: "complain", Path: c + "/complain", Want: pagetest.Want{"main": "恒泰商贸"}},
		{Name: "nothing said", Method: "POST", Path: c + "/complain", Form: url.Values{"key": {"k"}}, Status: 422, Want: pagetest.Want{".problems": "请写明情况"}},
		{Name: "no such ticket", Path: "/t/" + inspectiontest.Authority + "/0000", Status: 404},
	})
	r := httptest.NewRequest("POST", c+"/complain", strings.NewReader("key=k1&words="+url.QueryEscape("要求请客")))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	firm.ServeHTTP(w, r)
	pagetest.Run(t, firm, x.as, []pagetest.Case{{Name: "its ticket", Path: w.Header().Get("Location"), Want: pagetest.Want{"dd": "要求请客", ".tag.doing": "办理中", "dl": "2022-07-05"}}})
}

// The rules of conduct stand before the first visit, once; a conflict is
// declared with one tap, and the next reserve is proposed.
func TestBeforeTheVisit(t *testing.T) {
	x := newStreet(t)
	x.Exec(t, `DELETE FROM schedule_pledge`)
	task := "/m/tasks/" + inspection.Serial(inspectiontest.Round, 1)
	post := func(name, path string, status int, pairs ...string) pagetest.Case {
		m := pagetest.Form(pairs...)
		m["key"] = []string{name}
		c := pagetest.Case{Name: name, As: "inspector", Method: "POST", Path: path, Form: m, Status: status}
		if status == 303 {
			c.Location = task
		}
		return c
	}
	pagetest.Run(t, x.h, x.as, []pagetest.Case{
		{Name: "the rules first", As: "inspector", Method: "GET", Path: task, Status: 200, Want: pagetest.Want{"#rules li": len(schedule.Discipline)}},
		post("read", task+"/pledge", 303),
		post("read twice", task+"/pledge", 303),
		{Name: "once", As: "inspector", Method: "GET", Path: task, Status: 200, Want: pagetest.Want{"#rules": 0}},
		{Name: "today", As: "inspector", Method: "GET", Path: "/m", Status: 200, Want: pagetest.Want{"article": "今天 上午 第 1 户"}},
		post("an emergency that is none", task+"/urgent", 409, "urgent", "职工集体讨薪，账册可能被转移"),
		post("a conflict", task+"/conflict", 303, "ground", "亲属"),
		post("the same again", task+"/conflict", 409, "ground", "亲属"),
	})
	n, err := store.One(t.Context(), x.DB, store.Value[int], `SELECT count(*) FROM round_substitution WHERE target_id = 'T1' AND officer_id = 'O1' AND reason = 'recusal'`)
	if err != nil || n != 1 {
		t.Fatalf("%d substitutions proposed, %v", n, err)
	}
}
