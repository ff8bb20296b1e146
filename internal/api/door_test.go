package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"suiji/calendar"
	"suiji/draw"
	"suiji/internal/access"
	"suiji/internal/archive"
	"suiji/internal/canon"
	"suiji/internal/caps"
	"suiji/internal/casework"
	"suiji/internal/disclosure"
	"suiji/internal/documents"
	"suiji/internal/exchange"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/notice"
	"suiji/internal/opendata"
	"suiji/internal/page"
	"suiji/internal/papers"
	"suiji/internal/plan"
	"suiji/internal/round"
	"suiji/internal/round/roundtest"
	"suiji/internal/spool"
	"suiji/internal/stats"
	"suiji/internal/store"
	"suiji/internal/supervise"
	"suiji/internal/token"
	"suiji/internal/visit"
	"suiji/randomness"
)

// door is an office with its API.
type door struct {
	*roundtest.Office
	t      testing.TB
	server *Server
	http.Handler
	tokens map[access.Role]string // with every scope
	plan   string
	done   string // a matched round, some results public
	forms  []inspection.Form

	penalty  string // that is public
	document string // that was issued
	attached string // digest of a file
	draft    string // the plan's next version
	question string // of supervision
	next     string // a drawn round that is not confirmed; see second
	first    string // of the items
}

// newDoor founds an office with one account a role, and its API.
func newDoor(t testing.TB, db *store.DB) *door {
	t.Helper()
	d := &door{Office: roundtest.New(t, db), t: t, tokens: map[access.Role]string{}}
	forms := inspection.New(inspection.Config{DB: db, Door: d.Door, Now: d.Now, Identity: d.Identity, Credit: d.Credit, Schedule: d.Schedule})
	public := disclosure.New(disclosure.Config{DB: db, Door: d.Door, Scribe: d.Scribe, Now: d.Now,
		Identity: d.Identity, Reference: d.Reference, Round: d.Round, Inspection: forms})
	cases := casework.New(casework.Config{DB: db, Door: d.Door, Now: d.Now, Reference: d.Reference, Inspection: forms, Dir: d.Dir})
	visits := visit.New(visit.Config{DB: db, Door: d.Door, Now: d.Now, Identity: d.Identity, Inspection: forms, Dir: d.Dir})
	docs := documents.New(documents.Config{DB: db, Door: d.Door, Now: d.Now, Identity: d.Identity, Inspection: forms, Visit: visits, Casework: cases,
		Fonts: papers.FindFonts(""), Dir: d.Dir, BaseURL: "https://suiji.example"})
	filed := archive.New(archive.Config{DB: db, Door: d.Door, Now: d.Now, Scribe: d.Scribe, Identity: d.Identity, Inspection: forms, Visit: visits, Casework: cases,
		Disclosure: public, Documents: docs, Fonts: papers.FindFonts(""), Dir: d.Dir})
	taken := spool.New(t.TempDir(), time.Now)
	t.Cleanup(taken.Close)
	d.server = New(Config{Identity: d.Identity, Register: d.Register, Intake: d.Intake, Plan: d.Plan, Round: d.Round, Inspection: forms,
		Visit: visits, Documents: docs, Archive: filed,
		Exchange:   exchange.New(exchange.Config{DB: db, Door: d.Door, Now: d.Now, Identity: d.Identity, Disclosure: public, Casework: cases, Dir: d.Dir}),
		Supervise:  supervise.New(supervise.Config{DB: db, Door: d.Door, Now: d.Now, Identity: d.Identity, Reference: d.Reference, Inspection: forms}),
		Disclosure: public, Stats: stats.New(stats.Config{DB: db, Door: d.Door, Now: d.Now, Round: d.Round}),
		OpenData: opendata.New(opendata.Config{Plan: d.Plan, Round: d.Round, Disclosure: public, Spool: taken}),
		Notice: notice.New(notice.Config{DB: db, Door: d.Door, Now: d.Now, Identity: d.Identity, Reference: d.Reference, Plan: d.Plan,
			Round: d.Round, Disclosure: public, Casework: cases}), Casework: cases,
		Token:  token.New(token.Config{DB: db, Door: d.Door, Now: d.Now, Identity: d.Identity}),
		Scribe: d.Scribe, Now: d.Now, Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		BaseURL: "http://example.test", Limits: Limits{1 << 30, 1 << 30}})
	d.Handler = page.Chain(d.server.Handler(), page.Numbered)
	return d
}

// account enters the account of a role, as roundtest.As names it. The
// inspector is of the team of the eighth form.
func (d *door) account(a access.Actor) {
	if _, err := d.Identity.Account(context.Background(), a.Authority, a.ID); err == nil {
		return
	}
	officer := ""
	if a.Has(access.Inspector) && len(d.forms) > 7 {
		officer = d.team(7)
	}
	d.Must(d.Identity.AddAccount(context.Background(), access.System(a.Authority), identity.Account{ID: a.ID, Username: a.ID, Name: a.Name, OfficerID: officer, Roles: a.Roles}, "Correct-Horse-7"))
}

// team is the first officer of a form's team.
func (d *door) team(i int) string {
	f, err := d.server.Inspection.Form(context.Background(), roundtest.Authority, d.forms[i].ID)
	d.Must(err)
	return f.Team[0].ID
}

// token returns a token of a role with every scope.
func (d *door) token(role access.Role) string {
	if d.tokens[role] == "" {
		var all []token.Scope
		for _, x := range token.Scopes {
			all = append(all, x.Scope)
		}
		d.tokens[role] = d.grant(role, all...)
	}
	return d.tokens[role]
}

// grant has a token granted and collected.
func (d *door) grant(role access.Role, scopes ...token.Scope) string {
	d.t.Helper()
	a := roundtest.As(role)
	d.account(a)
	tk := token.Token{Authority: a.Authority, ID: store.NewID(d.Now()), Name: "业务系统", Account: a.ID, Role: role, Scopes: scopes,
		ExpiresOn: calendar.In(d.Now()).AddDays(300)}
	d.Must(d.server.Token.Grant(context.Background(), roundtest.As(access.Admin), tk))
	secret := token.Fresh()
	d.Must(d.server.Token.Collect(context.Background(), a, tk.ID, secret))
	return tk.Text(secret)
}

// asked is one request.
type asked struct {
	method, path string
	as           access.Role // empty: without a token
	token        string      // instead of as
	key, match   string
	body         any    // JSON, or []byte
	kind         string // media type of a []byte
	none         string // If-None-Match
}

// ask sends a request.
func (d *door) ask(a asked) *httptest.ResponseRecorder {
	d.t.Helper()
	var content io.Reader
	switch b := a.body.(type) {
	case nil:
	case []byte:
		content = bytes.NewReader(b)
	default:
		text, err := json.Marshal(b)
		d.Must(err)
		content = bytes.NewReader(text)
	}
	if a.method == "" {
		a.method = http.MethodGet
	}
	r := httptest.NewRequest(a.method, a.path, content)
	if a.as != "" {
		a.token = d.token(a.as)
	}
	for name, v := range map[string]string{"Idempotency-Key": a.key, "If-Match": a.match, "If-None-Match": a.none, "Content-Type": a.kind} {
		if v != "" {
			r.Header.Set(name, v)
		}
	}
	if a.token != "" {
		r.Header.Set("Authorization", "Bearer "+a.token)
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w
}

// get reads without a token.
func (d *door) get(path string) *httptest.ResponseRecorder {
	d.t.Helper()
	return d.ask(asked{path: path})
}

var reviewer = roundtest.As(access.Reviewer)

// witnessSecret is what the witness of every draw commits to.
const witnessSecret = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"

// filled is the office in June 2022: a round matched, seven firms inspected,
// five results public, of which one is corrected, one withdrawn and one objected
// to, and the seventh followed up.
func filled(t testing.TB, db *store.DB) *door {
	t.Helper()
	d, ctx := newDoor(t, db), context.Background()
	d.Firms(240)
	d.plan = d.Publish(func(p *plan.Plan) {
		p.Disclosure = plan.AtOnce
		p.Tasks[0].Strata = []plan.Stratum{{Name: "complaints", Title: "投诉举报多", Tag: "投诉举报多", Ratio: 2000, Reserve: 2},
			{Name: "rest", Title: "其他用人单位", Ratio: 500, Reserve: 4}}
	})
	d.done = d.Freeze(d.plan, 1, "2022-06-06")
	d.drawn()
	d.Must(d.Round.Confirm(ctx, roundtest.As(access.ListAdmin), d.done))
	d.Must(d.Round.FreezeMatch(ctx, roundtest.As(access.Operator), d.done))
	d.drawn()
	d.ApprovedOn(d.done, "2022-06-14")
	d.Must(d.server.Inspection.Issue(ctx, roundtest.As(access.Clerk), d.done))
	var err error
	d.forms, err = d.server.Inspection.Forms(ctx, roundtest.Authority, inspection.Filter{RoundID: d.done})
	d.Must(err)
	for i := range 7 {
		d.inspect(i)
	}
	d.On("2022-06-20")
	d.Must(d.server.Disclosure.Publish(ctx, reviewer, d.ids(0, 5)))
	d.Must(d.Door.Keep(ctx, func(tx *store.DB) error {
		return d.server.Inspection.CloseFindingTx(ctx, tx, roundtest.As(access.Clerk), d.forms[1].ID, 1, inspection.Closing{Outcome: inspection.Rectified, On: calendar.In(d.Now()), Note: "复查合格"})
	}))
	day := calendar.MustParse
	d.penalty, err = d.server.Disclosure.PublishPenalty(ctx, reviewer, disclosure.Decision{Number: "元人社监罚字〔2022〕第1号", FormID: d.forms[1].ID, DecidedOn: day("2022-06-20"), Fact: "未与职工订立书面劳动合同",
		Basis: "劳动保障监察条例第二十四条", Kinds: "警告", Class: "light", From: day("2022-06-20"), Until: day("2022-09-20")})
	d.Must(err)
	d.Must(d.server.Disclosure.Correct(ctx, reviewer, d.forms[1].ID, "补充处理结果"))
	d.Must(d.server.Disclosure.Withdraw(ctx, reviewer, d.forms[2].ID, "名称有误，核实后重新公示"))
	d.followed()
	d.papers()
	d.asked()
	d.Must(d.Scribe.Sequence(ctx, roundtest.Authority))
	d.Must(d.Round.Disclose(ctx, roundtest.As(access.Operator), d.done))
	d.Must(d.Scribe.Sequence(ctx, roundtest.Authority))
	return d
}

// papers issues the document that tells the first firm its result, and attaches
// a file.
func (d *door) papers() {
	ctx, clerk, s := context.Background(), roundtest.As(access.Clerk), d.server.Documents
	id, err := s.Begin(ctx, clerk, documents.NewPaper{Kind: documents.Result, FormID: d.forms[0].ID})
	d.Must(err)
	p, err := s.Paper(ctx, roundtest.Authority, id)
	d.Must(err)
	c, err := s.Preview(ctx, roundtest.Authority, p)
	d.Must(err)
	d.Must(s.Issue(ctx, clerk, id, c.Digest()))
	d.Must(s.Attach(ctx, clerk, d.forms[0].ID, "", "合同.pdf", proof))
	all, err := s.Attachments(ctx, roundtest.Authority, d.forms[0].ID)
	d.Must(err)
	d.document, d.attached = id, all[0].Digest
}

// asked begins the plan's next version, has a firm visited twice in a day, and
// enters what the nation asks for.
func (d *door) asked() {
	ctx, clerk, s, day := context.Background(), roundtest.As(access.Clerk), d.server, calendar.MustParse("2022-03-02")
	d.draft = "P2022-2"
	d.Must(d.Plan.Amend(ctx, clerk, d.plan, d.draft, "第二批提前一个月"))
	firm := d.forms[0].Firm.TargetID
	d.Must(d.Caps.Enter(ctx, clerk, []caps.Visit{{Target: firm, Day: day, Body: "县市场监管局", Who: caps.Level}, {Target: firm, Day: day, Body: "县应急管理局", Who: caps.Level}}))
	d.Must(s.Supervise.Look(ctx, roundtest.Authority))
	all, err := s.Supervise.Questions(ctx, roundtest.As(access.Auditor), supervise.Filter{Rule: supervise.PerDay})
	d.Must(err)
	d.question = all[0].ID
	to, err := exchange.Of("national")
	d.Must(err)
	about, err := s.Exchange.Questions(ctx, roundtest.Authority, to)
	d.Must(err)
	codes := map[string]string{"office.code": "11370100004188784H", "item.code": "01234567890123", "item.checklist": "11370100004188784H4", "check.type": "01"}
	var values []exchange.Value
	for _, a := range about {
		for _, q := range a.Questions {
			v := exchange.Value{Subject: q.Subject, Name: q.Name, Value: cmp.Or(q.Value, codes[q.Name])}
			if q.Missing && v.Value == "" {
				v.Value = "0" + q.Name
			}
			values = append(values, v)
		}
	}
	d.Must(s.Exchange.Set(ctx, clerk, "national", values))
}

// second draws the plan's second round.
func (d *door) second() {
	if d.next != "" {
		return
	}
	d.next = d.Freeze(d.plan, 2, "2022-10-10")
	d.Carry(d.next)
	d.On("2022-06-20")
}

// proof is a file as offices attach it.
var proof = []byte("%PDF-1.4\n1 0 obj\n<< >>\nendobj\n%%EOF\n")

// decided is the number of a decision that stands and is not public.
const decided = "元人社监罚字〔2022〕第2号"

// followed objects to the fifth result, and takes problems of the seventh form
// as far as the examples need them: the third handed over, the fourth a case
// that was heard, the fifth a penalty.
func (d *door) followed() {
	ctx, c, on, clerk := context.Background(), d.server.Casework, calendar.MustParse("2022-06-20"), roundtest.As(access.Clerk)
	d.Must(d.server.Disclosure.Receive(ctx, clerk, disclosure.Claim{Kind: disclosure.ResultKind, Record: d.forms[4].ID, Words: "日期不对", ReceivedOn: on}))
	key := func(ref string) casework.Key {
		w, err := c.Whole(ctx, roundtest.Authority, d.forms[6].ID, ref)
		d.Must(err)
		return w.Key
	}
	d.Must(c.Send(ctx, clerk, key("3"), casework.Unit, casework.Handover{To: "劳动保障监察大队", Matter: "未订立书面劳动合同", Number: "元人社移〔2022〕1号", On: on, How: "当面", Materials: []string{"检查表"}}))
	for _, ref := range []string{"4", "5"} {
		d.Must(c.FileCase(ctx, clerk, key(ref), casework.Filing{Number: "元人社监立〔2022〕第" + ref + "号甲", Cause: "未订立书面劳动合同", Unit: "劳动保障监察大队", FiledOn: on, Handlers: []string{"王执法", "李执法"}}))
		d.Must(c.Hear(ctx, clerk, key(ref), casework.Hearing{On: on, How: "当面", Said: "没有意见"}))
	}
	d.Must(c.DraftPenalty(ctx, clerk, key("5"), casework.Penalty{Number: decided, Fact: "未与职工订立书面劳动合同", Basis: "劳动保障监察条例第二十四条", Kinds: "警告", Class: casework.General, Months: 3, DecidedOn: on}))
	d.Must(c.CheckPenalty(ctx, reviewer, key("5"), true, ""))
}

func (d *door) ids(from, to int) (ids []string) {
	for _, f := range d.forms[from:to] {
		ids = append(ids, f.ID)
	}
	return ids
}

// drawn seals the half that the round is at, and draws it.
func (d *door) drawn() {
	ctx, operator := context.Background(), roundtest.As(access.Operator)
	d.Must(d.Round.Seal(ctx, operator, d.done, []round.Source{
		{Name: "witness-1", Kind: draw.Committed, By: draw.ByWitness, Who: "县纪委监委派驻代表", Commitment: randomness.Commit(canon.SHA256, "witness-1", witnessSecret)},
		{Name: "dice", Kind: draw.Public, How: "当众掷 50 次骰子"}}))
	d.Must(d.Round.Roll(ctx, operator, d.done, "dice", roundtest.Dice))
	d.Must(d.Round.Reveal(ctx, operator, d.done, "witness-1", witnessSecret))
	d.Must(d.Round.Draw(ctx, operator, d.done))
}

// reworked enters another result of a form whose result is public, and has it
// confirmed.
func (d *door) reworked(i int) {
	ctx, id := context.Background(), d.forms[i].ID
	d.Must(d.server.Inspection.Reopen(ctx, reviewer, id, "检查日期录错"))
	f, err := d.server.Inspection.Form(ctx, roundtest.Authority, id)
	d.Must(err)
	d.Must(d.server.Inspection.Enter(ctx, roundtest.As(access.Clerk), id, inspectiontest.Entry(f, "2022-06-15")))
	f, err = d.server.Inspection.Form(ctx, roundtest.Authority, id)
	d.Must(err)
	d.Must(d.server.Inspection.Confirm(ctx, reviewer, id, f.Revision, "同意"))
}

// inspect enters and confirms the result of one form.
func (d *door) inspect(i int) {
	ctx, id := context.Background(), d.forms[i].ID
	d.On("2022-06-14")
	f, err := d.server.Inspection.Form(ctx, roundtest.Authority, id)
	d.Must(err)
	e := inspectiontest.Entry(f, "2022-06-14")
	if i == 1 || i == 6 {
		e = inspectiontest.WithProblem(e, "2022-06-27")
	}
	for i == 6 && len(e.Findings) < 7 { // one for each way that the examples go
		e.Findings = append(e.Findings, e.Findings[0])
	}
	if i == 5 { // struck off the commercial register
		e.Codes, e.Answers, e.FirmPerson, e.Evidence = []inspection.Code{inspection.R9b}, nil, "", "登记机关查询结果"
	}
	d.Must(d.server.Inspection.Enter(ctx, roundtest.As(access.Clerk), id, e))
	f, err = d.server.Inspection.Form(ctx, roundtest.Authority, id)
	d.Must(err)
	d.Must(d.server.Inspection.Confirm(ctx, roundtest.As(access.Reviewer), id, f.Revision, "同意"))
}
