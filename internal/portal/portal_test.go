package portal

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"suiji/calendar"
	"suiji/draw"
	"suiji/internal/access"
	"suiji/internal/canon"
	"suiji/internal/casework"
	"suiji/internal/ceremony"
	"suiji/internal/disclosure"
	"suiji/internal/fresh"
	"suiji/internal/gazette"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/openbook"
	"suiji/internal/opendata"
	"suiji/internal/page"
	"suiji/internal/page/pagetest"
	"suiji/internal/papers"
	"suiji/internal/plan"
	"suiji/internal/register"
	"suiji/internal/round"
	"suiji/internal/round/roundtest"
	"suiji/internal/schedule"
	"suiji/internal/spool"
	"suiji/internal/stats"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/randomness"
	"suiji/verify"
)

// site is an installation in the middle of its year, and its portal.
type site struct {
	*roundtest.Office
	Inspection *inspection.Service
	Disclosure *disclosure.Service
	Stats      *stats.Service
	http.Handler
	server *Server
	plan   string

	done    string // window 1: matched, some results public
	running string // window 2: drawn, nothing public yet
	broken  string // abandoned after its seal
	trial   string // a rehearsal
	forms   []inspection.Form

	penalties []string // public, and ended
}

// newSite founds an installation without any year.
func newSite(t *testing.T, db *store.DB) *site {
	t.Helper()
	s := &site{Office: roundtest.New(t, db)}
	s.Inspection = inspection.New(inspection.Config{DB: db, Door: s.Door, Now: s.Now, Identity: s.Identity, Credit: s.Credit, Schedule: s.Schedule})
	known := fresh.New(db.Edition, s.Now, 1<<20)
	s.Disclosure = disclosure.New(disclosure.Config{DB: db, Door: s.Door, Scribe: s.Scribe, Now: s.Now, Identity: s.Identity,
		Reference: s.Reference, Round: s.Round, Inspection: s.Inspection, Fresh: known})
	s.Stats = stats.New(stats.Config{DB: db, Door: s.Door, Now: s.Now, Round: s.Round})
	s.server = New(Config{Gazette: gazette.Publisher{Fonts: papers.FindFonts("")}, Identity: s.Identity, Reference: s.Reference, Register: s.Register, Plan: s.Plan, Round: s.Round,
		Ceremony:   ceremony.New(ceremony.Config{DB: s.DB, Door: s.Door, Scribe: s.Scribe, Now: s.Now, Identity: s.Identity, Register: s.Register, Round: s.Round}),
		Inspection: s.Inspection, Disclosure: s.Disclosure, Stats: s.Stats, Scribe: s.Scribe, Fresh: known, Now: s.Now,
		OpenData: opendata.New(opendata.Config{Plan: s.Plan, Round: s.Round, Disclosure: s.Disclosure, Spool: spooled(t)}),
		Casework: casework.New(casework.Config{DB: db, Door: s.Door, Now: s.Now, Reference: s.Reference, Inspection: s.Inspection, Dir: t.TempDir()}),
		Log:      slog.New(slog.NewTextHandler(io.Discard, nil)), BaseURL: "https://example.test"})
	s.Handler = s.server.Handler()
	return s
}

// spooled is a spool of the test's own.
func spooled(t *testing.T) *spool.Spool {
	s := spool.New(t.TempDir(), time.Now)
	t.Cleanup(s.Close)
	return s
}

// Planted things that must never be public. The firm's signatory and the
// telephone in a measure are typed by the office itself.
const (
	plantedPerson   = "欧阳藏名"
	plantedPhone    = "13711112222"
	plantedEvidence = "PLANTED-EVIDENCE"
)

// witnessSecret is what the witness of every draw commits to.
var witnessSecret = strings.Repeat("5a", 32)

// filled is the installation on 22 October 2022.
func filled(t *testing.T, disclosure string) *site {
	t.Helper()
	return filledOn(t, storetest.SQLite(t), disclosure)
}

func filledOn(t *testing.T, db *store.DB, disclosure string) *site {
	t.Helper()
	s := newSite(t, db)
	s.Firms(240)
	s.plan = s.Publish(func(p *plan.Plan) {
		p.Disclosure = disclosure
		p.Tasks[0].Strata = []plan.Stratum{
			{Name: "complaints", Title: "投诉举报多", Tag: "投诉举报多", Ratio: 2000, Reserve: 2},
			{Name: "rest", Title: "其他用人单位", Ratio: 500, Reserve: 4},
		}
		p.Tasks[0].Tickets = []plan.Ticket{{Tag: "劳务派遣", Tickets: 3}}
	})
	ctx := context.Background()
	s.broken = s.Freeze(s.plan, 1, "2022-06-01")
	s.seal(s.broken)
	s.Must(s.Round.Abandon(ctx, roundtest.As(access.Leader), s.broken, "见证人未到场，承诺的随机数无法公开"))
	trial, err := s.Round.Freeze(ctx, roundtest.As(access.Operator), round.NewRound{PlanID: s.plan, TaskNo: 1, WindowNo: 1, Rehearsal: true})
	s.Must(err)
	s.trial = trial
	s.Carry(trial)
	s.first()
	s.On("2022-10-10")
	s.running = s.Freeze(s.plan, 2, "2022-10-10")
	s.seal(s.running)
	s.carry(s.running)
	s.On("2022-10-22")
	s.Must(s.Disclosure.EndTerms(ctx, roundtest.Authority))
	s.Must(s.Scribe.Sequence(ctx, roundtest.Authority))
	return s
}

// first carries out the first window: drawn, one firm removed, matched, one
// officer replaced, seven firms inspected, five results published, of which
// one is corrected and one withdrawn.
func (s *site) first() {
	ctx := context.Background()
	s.done = s.Freeze(s.plan, 1, "2022-06-06")
	s.seal(s.done)
	s.carry(s.done)
	firms, err := s.Round.Firms(ctx, roundtest.Authority, s.done)
	s.Must(err)
	s.Must(s.Round.Remove(ctx, roundtest.As(access.ListAdmin), s.done, firms[0].TargetID, "moved", plantedEvidence, s.Paper))
	s.Must(s.Round.DecideRemoval(ctx, roundtest.As(access.Leader), s.done, firms[0].TargetID, true))
	s.Must(s.Round.Confirm(ctx, roundtest.As(access.ListAdmin), s.done))
	s.Must(s.Round.FreezeMatch(ctx, roundtest.As(access.Operator), s.done))
	s.seal(s.done)
	s.carry(s.done)
	members, err := s.Round.Members(ctx, roundtest.Authority, s.done)
	s.Must(err)
	s.Must(s.Round.Substitute(ctx, roundtest.As(access.Clerk), s.done, round.Absence{TargetID: members[0].TargetID,
		OfficerID: members[0].OfficerID, Reason: "duty", Evidence: plantedEvidence, Proof: s.Paper}))
	s.Must(s.Round.DecideSubstitution(ctx, roundtest.As(access.Leader), s.done, 1, true))
	s.ApprovedOn(s.done, "2022-06-14")
	s.Must(s.Inspection.Issue(ctx, roundtest.As(access.Clerk), s.done))
	s.forms, err = s.Inspection.Forms(ctx, roundtest.Authority, inspection.Filter{RoundID: s.done})
	s.Must(err)
	for i := range 7 {
		s.inspect(i)
	}
	reviewer := roundtest.As(access.Reviewer)
	s.On("2022-06-20")
	s.Must(s.Disclosure.Publish(ctx, reviewer, s.ids(0, 5)))
	s.Must(s.Door.Keep(ctx, func(tx *store.DB) error {
		return s.Inspection.CloseFindingTx(ctx, tx, roundtest.As(access.Clerk), s.forms[1].ID, 1, inspection.Closing{Outcome: inspection.Rectified, On: s.server.today(), Note: "复查合格"})
	}))
	s.On("2022-06-28")
	s.Must(s.Disclosure.Correct(ctx, reviewer, s.forms[1].ID, "企业已经改正，补充处理结果"))
	s.Must(s.Disclosure.Withdraw(ctx, reviewer, s.forms[2].ID, "检查对象名称有误，核实后重新公示"))
	s.contest()
}

// contest has two firms object, of which one is answered, and publishes two
// penalties, of which one will have had its term.
func (s *site) contest() {
	ctx, words := context.Background(), "联系"+plantedPerson+plantedPhone
	for _, i := range []int{3, 4} {
		s.Must(s.Disclosure.Object(ctx, roundtest.Authority, disclosure.Claim{Kind: disclosure.ResultKind, Record: s.forms[i].ID, Words: words, Contact: plantedPhone}))
	}
	s.Must(s.Disclosure.Answer(ctx, roundtest.As(access.Leader), s.forms[4].ID+"-o1", disclosure.Ruling{Answer: "与现场记录一致，维持"}))
	for i, until := range []string{"2022-12-27", "2022-09-27"} {
		id, err := s.Disclosure.PublishPenalty(ctx, roundtest.As(access.Reviewer), disclosure.Decision{Number: "元人社罚〔2022〕" + string(rune('1'+i)) + "号", FormID: s.forms[i].ID,
			DecidedOn: calendar.MustParse("2022-06-27"), Fact: "拖欠工资，" + plantedPerson + "认可，电话 " + plantedPhone, Basis: "《劳动保障监察条例》第二十六条", Kinds: "罚款",
			Amount: "2000.00 元", Class: "general", From: calendar.MustParse("2022-06-28"), Until: calendar.MustParse(until)})
		s.Must(err)
		s.penalties = append(s.penalties, id)
	}
}

// inspect enters and confirms the result of one form. The second firm has a
// problem.
func (s *site) inspect(i int) {
	ctx, id := context.Background(), s.forms[i].ID
	s.On("2022-06-14")
	f, err := s.Inspection.Form(ctx, roundtest.Authority, id)
	s.Must(err)
	e := inspectiontest.Entry(f, "2022-06-14")
	if i == 1 {
		e = inspectiontest.WithProblem(e, "2022-06-27")
		e.Findings[0].Measure = "补签劳动合同，联系人" + plantedPerson + "，电话 " + plantedPhone
	}
	e.FirmPerson, e.Summary, e.Evidence = plantedPerson, "现场检查，"+plantedPerson+"陪同", plantedEvidence
	s.Must(s.Inspection.Enter(ctx, roundtest.As(access.Clerk), id, e))
	f, err = s.Inspection.Form(ctx, roundtest.Authority, id)
	s.Must(err)
	s.Must(s.Inspection.Confirm(ctx, roundtest.As(access.Reviewer), id, f.Revision, "同意"))
	s.forms[i] = f
}

func (s *site) ids(from, to int) (ids []string) {
	for _, f := range s.forms[from:to] {
		ids = append(ids, f.ID)
	}
	return ids
}

// seal seals the current half with a witness's commitment and dice to roll.
func (s *site) seal(id string) {
	s.Must(s.Round.Seal(context.Background(), roundtest.As(access.Operator), id, []round.Source{
		{Name: "witness-1", Kind: draw.Committed, By: draw.ByWitness, Who: "县纪委监委派驻代表",
			Commitment: randomness.Commit(canon.SHA256, "witness-1", witnessSecret)},
		{Name: "dice", Kind: draw.Public, How: "当众掷 50 次骰子"},
	}))
}

// carry rolls, reveals and draws what seal has sealed.
func (s *site) carry(id string) {
	ctx, operator := context.Background(), roundtest.As(access.Operator)
	s.Must(s.Round.Roll(ctx, operator, id, "dice", roundtest.Dice))
	s.Must(s.Round.Reveal(ctx, operator, id, "witness-1", witnessSecret))
	s.Must(s.Round.Draw(ctx, operator, id))
}

func (s *site) get(path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

func TestPagesMatchTheirTemplates(t *testing.T) {
	s := newSite(t, storetest.SQLite(t))
	pages := map[string]page.Page{
		"home": &homePage{}, "search": &searchPage{}, "firm": &firmPage{}, "plans": &plansPage{}, "plan": &planPage{},
		"rounds": &roundsPage{}, "round": &roundPage{}, "results": &resultsPage{}, "result": &resultPage{}, "corrections": &correctionsPage{}, "penalties": &penaltiesPage{}, "penalty": &penaltyPage{},
		"officers": &officersPage{}, "items": &itemsPage{}, "item": &itemPage{}, "code": &codePage{}, "fairness": &fairnessPage{}, "data": &dataPage{}, "dataset": &datasetPage{}, "verify": &verifyPage{}, "ledger": &ledgerPage{}, "check": &checkPage{}, "receipt": &receiptPage{},
		"statistics": &statisticsPage{}, "help": &plainPage{}, "accessibility": &plainPage{}, "privacy": &plainPage{},
	}
	pagetest.Check(t, s.server.Set(), pages)
	for name, p := range pages {
		hidden(t, name, reflect.TypeOf(p).Elem())
	}
}

// hidden fails for a field of a page that hides one of the layout's.
func hidden(t *testing.T, name string, p reflect.Type) {
	t.Helper()
	for i := range p.NumField() {
		f := p.Field(i)
		if _, of := reflect.TypeFor[sheet]().FieldByName(f.Name); of && !f.Anonymous {
			t.Errorf("page %s: field %s hides the layout's", name, f.Name)
		}
	}
}

func TestEmptyInstallation(t *testing.T) {
	s := newSite(t, storetest.SQLite(t))
	pagetest.Run(t, s, nil, []pagetest.Case{
		{Name: "front page", Path: "/", Want: pagetest.Want{".notice": "本年度计划尚未公布", ".figures": 0, ".empty": 2}},
		{Name: "no plans", Path: "/plans", Want: pagetest.Want{".empty": "还没有公布计划"}},
		{Name: "no rounds", Path: "/rounds", Want: pagetest.Want{".empty": "还没有抽取"}},
		{Name: "no results", Path: "/results", Want: pagetest.Want{".empty": "还没有公示检查结果"}},
		{Name: "no corrections", Path: "/corrections", Want: pagetest.Want{".empty": "没有更正或撤回"}},
		{Name: "no such round", Path: "/rounds/130132-rs.2022-1", Status: 404},
		{Name: "no such plan", Path: "/plans/P2022", Status: 404},
		{Name: "no such authority", Path: "/?authority=nobody", Status: 404},
		{Name: "items of the register", Path: "/items", Want: pagetest.Want{"table.list tbody tr": 2}},
		{Name: "officers of the register", Path: "/officers", Want: pagetest.Want{"table.list tbody tr": 8}},
		{Name: "privacy", Path: "/privacy", Want: pagetest.Want{"h1": "隐私说明"}},
		{Name: "accessibility", Path: "/accessibility", Want: pagetest.Want{"h1": "无障碍说明"}},
	})
}

func TestYearInTheMiddle(t *testing.T) {
	s := filled(t, plan.DigestFirst)
	firm := s.forms[0].Firm
	undrawn := s.forms[6].Firm // inspected, not published
	pagetest.Run(t, s, nil, []pagetest.Case{
		{Name: "front page", Path: "/", Want: pagetest.Want{"h1": "人人可以核验", ".figures li": 5, ".doors li": 4, ".newest a": "元人社〔2022〕3号", ".search": 0}},
		{Name: "plan", Path: "/plans/" + s.plan, Want: pagetest.Want{".document .number": "元人社〔2022〕3号", "h1": "2022年度", ".ledger tbody tr": 1}},
		{Name: "rounds", Path: "/rounds", Want: pagetest.Want{"table.list tbody tr": 3, ".tag.bad": "已作废"}},
		{Name: "round with results", Path: "/rounds/" + s.done, Want: pagetest.Want{
			".notice.ok": "随机数可公开核验", ".notice.warn": "这是第 2 次封存", ".salt": 0, "main a.button": 0, "table.ledger": "剔除",
			".facts": "非存续"}},
		{Name: "running round", Path: "/rounds/" + s.running, Want: pagetest.Want{".steps .now": "比对确认", ".panel": "名单暂不公开"}},
		{Name: "abandoned round", Path: "/rounds/" + s.broken, Want: pagetest.Want{
			".notice.bad": "见证人未到场", ".notice.bad a": s.done, ".steps": 0}},
		{Name: "rehearsal", Path: "/rounds/" + s.trial, Status: 404},
		{Name: "rehearsal's manifest", Path: "/rounds/" + s.trial + "/targets/manifest.json", Status: 404},
		{Name: "bundle before the disclosure", Path: "/rounds/" + s.done + "/targets.zip", Status: 404},
		{Name: "no such file", Path: "/rounds/" + s.done + "/targets", Status: 404},
		{Name: "check before the disclosure", Path: "/rounds/" + s.done + "/verify", Want: pagetest.Want{".notice.warn": "还没有公开", "#v-box": 0}},
		{Name: "check a half before its disclosure", Path: "/rounds/" + s.done + "/verify?half=match", Status: 404},
		{Name: "check a receipt", Path: "/verify/receipt?authority=130132-rs&position=3", Want: pagetest.Want{"p[data-receipt=/ledger/130132-rs/receipt/3]": 1, "p[data-key]": 1, "#v-box": 1}},
		{Name: "check a receipt that one brings", Path: "/verify/receipt", Want: pagetest.Want{"#v-box": 1, "p[data-key]": 1}},
		{Name: "check a receipt of no place", Path: "/verify/receipt?position=99999", Status: 404},
		{Name: "check a receipt of nothing", Path: "/verify/receipt?position=x", Status: 404},
		{Name: "check what one brings", Path: "/verify/browser", Want: pagetest.Want{"#v-box": 1, "[data-bundle]": 0}},
		{Name: "results", Path: "/results", Want: pagetest.Want{"table.list tbody tr": 4, "caption": "共 4 条"}},
		{Name: "results by code", Path: "/results?code=R5&year=2022", Want: pagetest.Want{"table.list tbody tr": 1, ".chips li": 2, "small": "已更正"}},
		{Name: "results by name", Path: "/results?q=" + firm.Code, Want: pagetest.Want{"table.list tbody tr": 1, "tbody a": firm.Name}},
		{Name: "results by round", Path: "/results?round=" + s.done, Want: pagetest.Want{"table.list tbody tr": 4}},
		{Name: "results of a round without any", Path: "/results?round=" + s.running, Want: pagetest.Want{".empty": "没有符合条件的记录"}},
		{Name: "nothing found", Path: "/results?year=1999", Want: pagetest.Want{".empty": "没有符合条件的记录"}},
		{Name: "result", Path: "/results/" + s.forms[0].ID, Want: pagetest.Want{"h1": firm.Name, ".outcome": "未发现问题", ".history li": 1, ".ledger a.receipt[href]": "下载回执", ".ledger a.check[href]": "核验"}},
		{Name: "corrected result", Path: "/results/" + s.forms[1].ID, Want: pagetest.Want{".notice": "更正过", ".history li": 2, "tbody": "已改正"}},
		{Name: "result before the correction", Path: "/results/" + s.forms[1].ID + "?v=1", Want: pagetest.Want{".notice.warn": "不是现在有效的内容", "tbody": "处理中"}},
		{Name: "withdrawn result", Path: "/results/" + s.forms[2].ID, Status: 410, Want: pagetest.Want{".notice.bad": "检查对象名称有误", ".outcome": 0, "main": pagetest.Want{"a[href=/firms/" + s.forms[2].Firm.TargetID + "]": 0}}},
		{Name: "record of a withdrawn result", Path: "/results/" + s.forms[2].ID + "/record.json", Status: 410},
		{Name: "record of an unpublished result", Path: "/results/" + s.forms[6].ID + "/record.json", Status: 404},
		{Name: "unpublished result", Path: "/results/" + s.forms[6].ID, Status: 404},
		{Name: "corrections", Path: "/corrections", Want: pagetest.Want{"tbody tr": 4}},
		{Name: "firm", Path: "/firms/" + firm.TargetID, Want: pagetest.Want{"h1": firm.Name, "tbody tr": 2}},
		{Name: "firm without results", Path: "/firms/" + undrawn.TargetID, Status: 404},
		{Name: "firm with a wrong digit", Path: "/firms/91130132MA01CYF421", Status: 404, Want: pagetest.Want{".fault": "校验"}},
		{Name: "search by part", Path: "/search?q=示例县", Want: pagetest.Want{"tbody tr": 9}},
		{Name: "search too short", Path: "/search?q=x", Status: 422, Want: pagetest.Want{".problems": "至少输入两个字"}},
		{Name: "search finds nothing", Path: "/search?q=" + undrawn.Code, Want: pagetest.Want{".empty": "没有符合条件", "tbody": 0}},
		{Name: "search with nothing asked", Path: "/search", Want: pagetest.Want{".empty": 0, ".problems": 0}},
		{Name: "search for a form", Path: "/search?q=" + s.forms[7].Code, Want: pagetest.Want{".notice a": "核对这份检查表"}},
		{Name: "item", Path: "/items/" + s.item(), Want: pagetest.Want{".points li": 9}},
		{Name: "no such item", Path: "/items/nothing", Status: 404},
		{Name: "verify", Path: "/verify", Want: pagetest.Want{".key": "suiji/130132-rs", "pre": "--key"}},
		{Name: "other authority's name in the query", Path: "/rounds/" + s.done + "?authority=nobody", Want: pagetest.Want{"h1": "抽取记录"}},
		{Name: "unknown page", Path: "/nothing", Status: 404},
	})
}

func (s *site) item() string {
	items, err := s.Disclosure.Items(context.Background(), roundtest.Authority)
	s.Must(err)
	for _, i := range items {
		if len(i.Points) == 9 {
			return i.ID
		}
	}
	return ""
}

// The list shows a plan's newest version, which tells what has changed; the
// older one says that it is replaced.
func TestAmendedPlan(t *testing.T) {
	s := newSite(t, storetest.SQLite(t))
	s.Firms(200)
	first := s.Publish(nil)
	next := s.Amend(first, "2022-08-15", func(p *plan.Plan) { p.Windows[1].StartsOn = calendar.MustParse("2022-10-20") })
	pagetest.Run(t, s, nil, []pagetest.Case{
		{Name: "list", Path: "/plans", Want: pagetest.Want{"table.list tbody tr": 1, "table.list": "第 2 版", "a[href=/plans/" + next + "]": 1}},
		{Name: "newest", Path: "/plans/" + next, Want: pagetest.Want{"td[data-label=变更后]": "2022-10-20", "a[href=/plans/" + first + "]": 1, ".notice.warn": 0}},
		{Name: "replaced", Path: "/plans/" + first, Want: pagetest.Want{".notice.warn": "已由第 2 版代替", "a[href=/plans/" + next + "]": true}},
		{Name: "not there", Path: "/plans/P1999", Status: 404},
	})
}

func TestCode(t *testing.T) {
	s := filled(t, plan.DigestFirst)
	open := s.forms[7] // not inspected
	code := "/c/" + strings.ToLower(open.Code[:4]) + "-" + open.Code[4:]
	s.On("2022-07-31")
	pagetest.Run(t, s, nil, []pagetest.Case{
		{Name: "valid on the last day", Path: code, Want: pagetest.Want{".verdict.ok": "真实有效", ".verdict": "2022-07-31", "dl": open.Firm.Name, "tbody tr": 2}},
		{Name: "done", Path: "/c/" + s.forms[0].Code, Want: pagetest.Want{".verdict.done": "2022-06-14", "a[href=/results/" + s.forms[0].ID + "]": "已公示"}},
		{Name: "done, not published", Path: "/c/" + s.forms[6].Code, Want: pagetest.Want{".verdict.done": 1, "a[href=/results/" + s.forms[6].ID + "]": 0}},
		{Name: "unknown", Path: "/c/AAAAAAAA", Status: 404, Want: pagetest.Want{".verdict.bad": "查无此表", "a[href=tel:0311-00000000]": "0311-00000000"}},
		{Name: "nothing typed", Path: "/c", Want: pagetest.Want{"input[name=code]": 1, ".verdict": 0}},
		{Name: "typed", Path: "/c?code=" + open.Code, Location: "/c/" + open.Code},
	})
	s.On("2022-08-01")
	pagetest.Run(t, s, nil, []pagetest.Case{{Name: "expired", Path: code, Want: pagetest.Want{".verdict.bad": "已过有效期", ".verdict.ok": 0}}})
	if got := s.get(code).Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control of a code = %q, want no-store", got)
	}
}

func TestFiles(t *testing.T) {
	s := filled(t, plan.DigestFirst)
	if got := s.get("/verify/suiji_verify.py").Body.Bytes(); !bytes.Equal(got, verify.Python) {
		t.Errorf("the verifier has %d bytes, want %d", len(got), len(verify.Python))
	}
	w := s.get("/rounds/" + s.done + "/targets/manifest.json")
	if m, err := draw.ParseManifest(w.Body.Bytes()); err != nil || m.ID != s.done+".targets" {
		t.Errorf("manifest: %v", err)
	}
	if w := s.get("/ledger/130132-rs/checkpoint"); !strings.HasPrefix(w.Body.String(), "suiji/130132-rs\n") {
		t.Errorf("checkpoint = %d %q", w.Code, w.Body)
	}
	if w := s.get("/ledger/130132-rs/receipt/0"); w.Code != 200 || !strings.Contains(w.Body.String(), "tlog-proof") {
		t.Errorf("receipt = %d %q", w.Code, w.Body)
	}
	for _, path := range []string{"/ledger/130132-rs/tile/9/000", "/ledger/nobody/checkpoint", "/ledger/130132-rs/receipt/x", "/ledger/130132-rs/receipt/99999"} {
		if w := s.get(path); w.Code != 404 {
			t.Errorf("%s = %d, want 404", path, w.Code)
		}
	}
	path := "/results/" + s.forms[1].ID
	versions, err := s.Disclosure.Result(t.Context(), roundtest.Authority, s.forms[1].ID)
	s.Must(err)
	for query, want := range map[string]string{"": versions[1].JSON, "?v=1": versions[0].JSON} {
		if got := s.get(path + "/record.json" + query).Body.String(); got != want {
			t.Errorf("record%s = %s, want %s", query, got, want)
		}
	}
}

func TestDisclosedRound(t *testing.T) {
	s := filled(t, plan.AtOnce)
	s.Must(s.Round.DiscloseDue(t.Context(), roundtest.Authority))
	w := s.get("/rounds/" + s.done + "/targets.zip")
	if w.Code != 200 || !bytes.HasPrefix(w.Body.Bytes(), []byte("PK")) {
		t.Fatalf("bundle = %d, %d bytes", w.Code, w.Body.Len())
	}
	pagetest.Run(t, s, nil, []pagetest.Case{
		{Name: "check it here", Path: "/rounds/" + s.done + "/verify", Want: pagetest.Want{"p[data-bundle=/rounds/" + s.done + "/targets.zip]": 1, ".tabs a": 2, "#v-box": 1}},
		{Name: "check the officers", Path: "/rounds/" + s.done + "/verify?half=match", Want: pagetest.Want{"p[data-bundle=/rounds/" + s.done + "/match.zip]": 1}},
		{Name: "everything is there", Path: "/rounds/" + s.done, Want: pagetest.Want{"main a.button": 4, "main a.button.check": 2, "a.file": 2, ".salt": 1, ".notice.ok": 2}},
	})
}

// Why a firm was drawn again, what happened to a drawn list, and who was taken
// out of the registers meanwhile can be read by everybody.
func TestChangesAndChances(t *testing.T) {
	s := filled(t, plan.AtOnce)
	firm := s.forms[0].Firm
	hands := "名录管理员提出剔除，第 1 人 1 次"
	pagetest.Run(t, s, nil, []pagetest.Case{
		{Name: "by tickets, disclosed", Path: "/firms/" + firm.TargetID, Want: pagetest.Want{"td[data-label=抽中的机会]": "本年第 1 次", "td[data-label=抽中的机会] a": "看抽取记录",
			"td[data-label=抽中的机会] small": "每户被抽中的机会"}},
		{Name: "round", Path: "/rounds/" + s.done, Want: pagetest.Want{".neighbours": "平均约有", ".gone": "企业 0 户，执法人员 0 人", ".panel": hands}},
	})
	ctx, lister := t.Context(), roundtest.As(access.ListAdmin)
	x, err := s.server.chance(ctx, roundtest.Authority, s.done, firm.TargetID)
	p, err2 := openbook.Of(s.Round).Round(ctx, roundtest.Authority, s.done, nil)
	if err != nil || err2 != nil || x.Share == "" {
		t.Fatalf("chance = %+v, %v, %v", x, err, err2)
	}
	if uniform := share(float64(p.Strata[0].Draw) / float64(p.Strata[0].Size)); x.About == (x.Share == uniform) {
		t.Errorf("chance %+v, uniform %s: a formula's figure is called exact, or the other way round", x, uniform)
	}
	// Before the list is public, a firm's tickets are not to be guessed.
	hidden := filled(t, plan.DigestFirst)
	if x, err := hidden.server.chance(ctx, roundtest.Authority, hidden.done, hidden.forms[0].Firm.TargetID); err != nil || x.Share != "" {
		t.Errorf("chance under digest-first = %+v, %v, want none yet", x, err)
	}

	// Two firms and an officer leave the registers between plan and seal.
	late := newSite(t, storetest.SQLite(t))
	late.Firms(200)
	planID := late.Publish(nil)
	late.On("2022-05-05")
	targets, _, _, err := late.Register.Targets(ctx, roundtest.Authority, register.TargetFilter{})
	late.Must(err)
	officers, _, _, err := late.Register.Officers(ctx, roundtest.Authority, register.OfficerFilter{})
	late.Must(err)
	late.Must(late.Register.Withdraw(ctx, lister, targets[0].ID, "已注销"))
	late.Must(late.Register.Withdraw(ctx, lister, targets[1].ID, "已注销"))
	late.Must(late.Register.WithdrawOfficer(ctx, lister, officers[0].ID, "退休"))
	id := late.Freeze(planID, 1, "2022-06-06")
	late.seal(id)
	late.On("2022-06-09")
	late.Must(late.Register.Withdraw(ctx, lister, targets[2].ID, "已注销")) // after the seal: no business of this draw
	pagetest.Run(t, late, nil, []pagetest.Case{
		{Name: "counted before the draw", Path: "/rounds/" + id, Want: pagetest.Want{".gone": "企业 2 户，执法人员 1 人", ".neighbours": "平均约有"}},
	})
}

func TestEntityTag(t *testing.T) {
	s := filled(t, plan.DigestFirst)
	for _, path := range []string{"/", "/index.json", "/rounds/" + s.done, "/rounds/" + s.done + ".json", "/verify/suiji_verify.py"} {
		tag := s.get(path).Header().Get("ETag")
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("If-None-Match", tag)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if tag == "" || w.Code != http.StatusNotModified {
			t.Errorf("%s again with %q = %d, want 304", path, tag, w.Code)
		}
		if w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s sets a cookie", path)
		}
	}
}

func TestSecondAuthority(t *testing.T) {
	s := filled(t, plan.DigestFirst)
	s.Must(s.Identity.Found(t.Context(), identity.Authority{ID: "130133-rs", Name: "赞皇县人力资源和社会保障局", AreaCode: "130133", Hash: canon.SHA256}))
	const second = "?authority=130133-rs"
	pagetest.Run(t, s, nil, []pagetest.Case{
		{Name: "the first by default", Path: "/", Want: pagetest.Want{".brand": "元氏县", ".notice a": "赞皇县", "a[href=/" + second + "]": 1}},
		{Name: "the second by name", Path: "/" + second, Want: pagetest.Want{".brand": "赞皇县", "nav a[href=/results" + second + "]": 1, ".figures": 0}},
		{Name: "its results", Path: "/results" + second, Want: pagetest.Want{".empty": "还没有公示", "input[name=authority][value=130133-rs]": 1}},
		{Name: "no results of the other", Path: "/firms/" + s.forms[0].Firm.TargetID + second, Status: 404},
		{Name: "a round knows whose it is", Path: "/rounds/" + s.done, Want: pagetest.Want{".brand": "元氏县"}},
		{Name: "a search finds everybody's", Path: "/search" + second + "&q=示例县", Want: pagetest.Want{"tbody tr": 9}},
		{Name: "a code does not name one", Path: "/c/" + s.forms[7].Code + second, Want: pagetest.Want{"dl": "元氏县"}},
	})
}

// A firm's page says what it has to do and by when, as loudly as the days that
// are left ask for, until it has done it.
func TestOwed(t *testing.T) {
	s := filled(t, plan.DigestFirst)
	ctx, id := t.Context(), s.forms[7].ID
	s.On("2022-06-14")
	f, err := s.Inspection.Form(ctx, roundtest.Authority, id)
	s.Must(err)
	at := "/c/" + f.Code
	pagetest.Run(t, s, nil, []pagetest.Case{{Name: "to be visited", Path: at, Want: pagetest.Want{".owed": 0}}})
	x, err := s.Schedule.Schedule(ctx, roundtest.Authority, s.done)
	s.Must(err)
	i := slices.IndexFunc(x.Visits, func(v schedule.Visit) bool { return v.TargetID == f.Firm.TargetID })
	s.Must(s.Schedule.Move(ctx, roundtest.As(access.Clerk), s.done, schedule.Move{TargetID: f.Firm.TargetID, Revision: x.Visits[i].Revision, Mode: schedule.Written, Day: calendar.MustParse("2022-06-17")}))
	pagetest.Run(t, s, nil, []pagetest.Case{{Name: "not approved", Path: at, Want: pagetest.Want{".owed": 0}}})
	s.Sign(s.done)
	pagetest.Run(t, s, nil, []pagetest.Case{{Name: "to send papers", Path: at, Want: pagetest.Want{".owed": "2022-06-17", ".owed .tag": "还有 3 天", "a[href=" + at + "/papers]": true}}})
	s.alone(t).leadsNowhereElse(t, at, "请在检查单位的网站上凭检查码提交书面检查材料")
	s.On("2022-06-17")
	e := inspectiontest.WithProblem(inspectiontest.Entry(f, "2022-06-17"), "2022-07-15")
	e.Methods = []inspection.Method{"M2"}
	s.Must(s.Inspection.Enter(ctx, roundtest.As(access.Clerk), id, e))
	pagetest.Run(t, s, nil, []pagetest.Case{{Name: "not concluded", Path: at, Want: pagetest.Want{".owed": 0}}})
	f, err = s.Inspection.Form(ctx, roundtest.Authority, id)
	s.Must(err)
	s.Must(s.Inspection.Confirm(ctx, roundtest.As(access.Reviewer), id, f.Revision, "同意"))
	for _, tt := range [][2]string{{"2022-07-11", "还有 4 天"}, {"2022-07-15", "今天是最后一天"}, {"2022-07-16", "已超过 1 天"}} {
		s.On(tt[0])
		pagetest.Run(t, s, nil, []pagetest.Case{{Name: tt[0], Path: at, Want: pagetest.Want{".owed": "2022-07-15", ".owed .tag": tt[1], "a[href=" + at + "/rectify#duty-1]": true}}})
	}
	s.server.Alone = true // as from a restored backup; a stripped copy knows of no problems
	s.leadsNowhereElse(t, at, "请在检查单位的网站上凭检查码提交改正材料")
	s.server.Alone = false
	f, err = s.Inspection.Form(ctx, roundtest.Authority, id)
	s.Must(err)
	s.Must(s.server.Casework.Submit(ctx, f, 1, casework.Proof{Said: "已补签劳动合同"}))
	pagetest.Run(t, s, nil, []pagetest.Case{{Name: "sent", Path: at, Want: pagetest.Want{".owed": 0}}})
}

// leadsNowhereElse follows every link of a portal alone, from its first page, every
// form's, those of what is gone and of what is not there. It has no door but its
// own to lead to; what a form's firm owes is said with where to bring it.
func (s *site) leadsNowhereElse(t *testing.T, at, said string) {
	t.Helper()
	from := []string{"/", "/c", "/search?q=示例县", "/results?year=2022", "/results/" + s.forms[2].ID, "/firms/" + s.forms[2].Firm.TargetID, at}
	for _, f := range s.forms {
		from = append(from, "/c/"+f.Code)
	}
	for _, missing := range []string{"/nothing", "/results/nothing", "/c/AAAAAAAA"} {
		for _, m := range links.FindAllStringSubmatch(s.get(missing).Body.String(), -1) {
			from = append(from, m[1])
		}
	}
	bodies := crawl(t, s, from...)
	if len(bodies) < 100 || !strings.Contains(bodies[at], said) {
		t.Errorf("%d addresses were read; %s says: %s", len(bodies), at, bodies[at])
	}
}
