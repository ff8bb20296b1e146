package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/notice"
	"suiji/internal/plan"
	"suiji/internal/register"
	"suiji/internal/round"
	"suiji/internal/token"
)

// actor is for whom the token of a request acts.
func actor(ctx context.Context) access.Actor { return identity.ActorFrom(ctx) }

// office registers what wants a token: reading here, changes in writing.go.
func (s *Server) office() {
	get := func(id, path, summary, about string, scope token.Scope) operation {
		return operation{id: id, method: http.MethodGet, path: "/office" + path, tag: "办公", summary: summary, about: about, scope: scope}
	}
	add(s, get("listTargets", "/targets", "检查对象名录", "按对象标识；有 q 时最接近的在前。不含联系人和电话。", token.ReadRegister), s.targets)
	add(s, get("getTarget", "/targets/{id}", "一个检查对象", "", token.ReadRegister), s.target)
	add(s, get("listOfficers", "/officers", "执法人员名录", "按人员编号。不含电话。", token.ReadRegister), s.officers)
	add(s, get("getOfficer", "/officers/{id}", "一名执法人员", "", token.ReadRegister), s.officer)
	add(s, get("listRegisterItems", "/items", "抽查事项", "按清单的次序，没有公布的也在内。", token.ReadRegister), s.registerItems)
	add(s, get("getRegisterItem", "/items/{id}", "一个抽查事项", "", token.ReadRegister), s.registerItem)
	add(s, get("listOfficePlans", "/plans", "计划", "各种状态的计划，年度新的在前。", token.ReadPlan), s.officePlans)
	add(s, get("getOfficePlan", "/plans/{id}", "一份计划", "草稿也在内。", token.ReadPlan), s.officePlan)
	add(s, get("listOfficeRounds", "/rounds", "轮次", "各种状态的轮次，演练也在内，新的在前。", token.ReadRound), s.officeRounds)
	add(s, get("getOfficeRound", "/rounds/{id}", "一个轮次", "连同抽中的对象和检查人员。名单公开以前，每次读取都记入审计日志。", token.ReadRound), s.officeRound)
	add(s, get("listForms", "/forms", "检查表", "按编号。名单公开以前，每次读取都记入审计日志。", token.ReadForm), s.formsList)
	add(s, get("getForm", "/forms/{form}", "一张检查表", "ETag 供录入时放进 If-Match。", token.ReadForm), s.form)
	add(s, get("listDue", "/due", "期限", "要办的和快到期的事，最早的在前。", token.ReadDue), s.due)
	add(s, get("previewPublication", "/publications/preview", "公示预览", "公示以前看公众将看到什么、遮去了什么。", token.ReadForm), s.preview)
	s.writing()
	s.objecting()
	s.following()
	s.mending()
}

func (s *Server) today() calendar.Date { return calendar.In(s.Now()) }

// tagged answers with one thing and what tells its versions apart.
type tagged[T any] struct {
	ETag string `header:"ETag" doc:"内容的版本；修改时原样放进 If-Match"`
	Body T
}

// tag is a version as an entity tag.
func tag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// ID is a request for one of the office's things.
type ID struct {
	ID string `path:"id" maxLength:"100" doc:"标识"`
}

// filters are the query that a list's next page repeats.
func filters(p Paging, pairs ...string) url.Values {
	q := Office{}.query(p)
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return q
}

func target(t register.Target) TargetRecord {
	return TargetRecord{t.ID, t.Code, string(t.CodeKind), t.Name, t.Kind, t.State, t.Established.String(), t.AreaCode, t.AreaName, t.Address, t.WorkAddress,
		t.Industry, t.Scope, t.Source, some(t.Tags), some(t.Numbers), some(t.Places), t.Active, t.Reason, t.Version, t.Since.String()}
}

func (s *Server) targets(ctx context.Context, in *struct {
	Paging
	Text      string `query:"q" maxLength:"100" doc:"名称的一部分、号码末四位以上或者拼音首字母"`
	Kind      string `query:"kind" maxLength:"40" doc:"对象类型"`
	State     string `query:"state" maxLength:"40" doc:"登记状态"`
	Tag       string `query:"tag" maxLength:"40" doc:"标签"`
	Withdrawn bool   `query:"withdrawn" doc:"true：已移出名录的"`
}) (*listed[TargetRecord], error) {
	list := of("office/targets", in.Text, in.Kind, in.State, in.Tag, strconv.FormatBool(in.Withdrawn))
	after, err := open(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	found, next, _, err := s.Register.Targets(ctx, actor(ctx).Authority, register.TargetFilter{Query: in.Text, Kind: in.Kind, State: in.State, Tag: in.Tag,
		Withdrawn: in.Withdrawn, After: after, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	var out []TargetRecord
	for _, t := range found {
		out = append(out, target(t))
	}
	q := filters(in.Paging, "q", in.Text, "kind", in.Kind, "state", in.State, "tag", in.Tag)
	if in.Withdrawn {
		q.Set("withdrawn", "true")
	}
	return pageOf("office/targets", q, out, seal(list, next)), nil
}

func (s *Server) target(ctx context.Context, in *ID) (*tagged[TargetRecord], error) {
	t, err := s.Register.Target(ctx, actor(ctx).Authority, in.ID)
	return &tagged[TargetRecord]{tag(t.Version), target(t)}, missing(err)
}

func officer(o register.Officer) OfficerRecord {
	return OfficerRecord{o.ID, o.Name, o.Unit, o.Post, o.CertKind, o.CertNo, o.CertUntil.String(), some(o.Fields), o.Active, o.Reason, o.Version, o.Since.String()}
}

// registerInput asks for a list of people or items.
type registerInput struct {
	Paging
	Text      string `query:"q" maxLength:"100" doc:"名称、号码或者单位的一部分"`
	Withdrawn bool   `query:"withdrawn" doc:"true：已移出的"`
}

func (in registerInput) query() url.Values {
	q := filters(in.Paging, "q", in.Text)
	if in.Withdrawn {
		q.Set("withdrawn", "true")
	}
	return q
}

func (s *Server) officers(ctx context.Context, in *registerInput) (*listed[OfficerRecord], error) {
	list := of("office/officers", in.Text, strconv.FormatBool(in.Withdrawn))
	after, err := open(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	found, next, _, err := s.Register.Officers(ctx, actor(ctx).Authority, register.OfficerFilter{Query: in.Text, Withdrawn: in.Withdrawn, After: after, Limit: in.Limit})
	var out []OfficerRecord
	for _, o := range found {
		out = append(out, officer(o))
	}
	return pageOf("office/officers", in.query(), out, seal(list, next)), err
}

func (s *Server) officer(ctx context.Context, in *ID) (*tagged[OfficerRecord], error) {
	o, err := s.Register.Officer(ctx, actor(ctx).Authority, in.ID)
	return &tagged[OfficerRecord]{tag(o.Version), officer(o)}, missing(err)
}

func registerItem(i register.Item) ItemRecord {
	x := ItemRecord{ID: i.ID, Code: i.Code, Category: i.Category, Name: i.Name, Sub: i.Sub, Subject: i.Subject, Level: string(i.Level), Method: i.Method, Ratio: i.Ratio,
		Frequency: i.Frequency, Body: i.Body, Basis: i.Basis, PublishedOn: i.PublishedOn.String(), Points: []Point{}, Active: i.Active, Reason: i.Reason,
		Version: i.Version, Since: i.Since.String()}
	for _, p := range i.Points {
		x.Points = append(x.Points, Point{p.Text, p.Basis})
	}
	return x
}

func (s *Server) registerItems(ctx context.Context, in *registerInput) (*listed[ItemRecord], error) {
	list := of("office/items", in.Text, strconv.FormatBool(in.Withdrawn))
	after, err := open(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	found, next, _, err := s.Register.Items(ctx, actor(ctx).Authority, register.ItemFilter{Query: in.Text, Withdrawn: in.Withdrawn, After: after, Limit: in.Limit})
	var out []ItemRecord
	for _, i := range found {
		out = append(out, registerItem(i))
	}
	return pageOf("office/items", in.query(), out, seal(list, next)), err
}

func (s *Server) registerItem(ctx context.Context, in *ID) (*tagged[ItemRecord], error) {
	i, err := s.Register.Item(ctx, actor(ctx).Authority, in.ID)
	return &tagged[ItemRecord]{tag(i.Version), registerItem(i)}, missing(err)
}

// missing says in one way that a thing is not there, or is another office's.
func missing(err error) error {
	if errs.KindOf(err) == errs.NotFound {
		return errs.E(errs.NotFound, "没有这项内容，或者它属于别的单位")
	}
	return err
}

func (s *Server) officePlans(ctx context.Context, in *Paging) (*listed[PlanLine], error) {
	all, err := s.Plan.Plans(ctx, actor(ctx).Authority)
	if err != nil {
		return nil, err
	}
	some, next, err := cut(all, "office/plans", *in, func(p plan.Plan) string { return ranked(int64(p.Year)*1000+int64(p.Version)) + p.ID })
	var out []PlanLine
	for _, p := range some {
		out = append(out, planLine(p))
	}
	return pageOf("office/plans", filters(*in), out, next), err
}

func (s *Server) officePlan(ctx context.Context, in *ID) (*tagged[OfficePlan], error) {
	p, err := s.Plan.Plan(ctx, actor(ctx).Authority, in.ID)
	if err != nil {
		return nil, missing(err)
	}
	return &tagged[OfficePlan]{tag(int64(p.Revision)), OfficePlan{planLine(p), p.Public()}}, nil
}

func officeRound(r round.Round) OfficeRound {
	return OfficeRound{ID: r.ID, Plan: r.PlanID, Task: r.TaskNo, Window: r.WindowNo, Rehearsal: r.Rehearsal, Attempt: r.Attempt, State: string(r.State),
		StateLabel: r.State.Name(), DrawnAt: instant(r.DrawnAt), ConfirmDue: r.ConfirmDue.String()}
}

func (s *Server) officeRounds(ctx context.Context, in *Paging) (*listed[OfficeRound], error) {
	all, err := s.Round.Rounds(ctx, actor(ctx).Authority)
	if err != nil {
		return nil, err
	}
	some, next, err := cut(all, "office/rounds", *in, func(r round.Round) string { return ranked(r.FrozenAt.UnixMilli()) + r.ID })
	var out []OfficeRound
	for _, r := range some {
		out = append(out, officeRound(r))
	}
	return pageOf("office/rounds", filters(*in), out, next), err
}

func (s *Server) officeRound(ctx context.Context, in *ID) (*body[OfficeRound], error) {
	a := actor(ctx)
	r, err := s.Round.Round(ctx, a.Authority, in.ID)
	if err != nil {
		return nil, missing(err)
	}
	out := &body[OfficeRound]{officeRound(r)}
	firms, err := s.Round.Firms(ctx, a.Authority, r.ID)
	if err != nil {
		return nil, err
	}
	for _, f := range firms {
		out.Body.Firms = append(out.Body.Firms, DrawnFirm{f.TargetID, f.Stratum, f.Rank, string(f.State)})
	}
	members, err := s.Round.Members(ctx, a.Authority, r.ID)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		out.Body.Team = append(out.Body.Team, TeamPlace{m.TargetID, m.OfficerID, m.Place, string(m.State), m.ByHand})
	}
	return out, s.Round.Look(ctx, a, []string{r.ID})
}

func formLine(f inspection.Form) FormLine {
	x := FormLine{f.ID, f.RoundID, string(f.State), f.State.Name(), f.Firm.TargetID, f.Firm.Name, f.Department, []string{}, f.EndedOn.String(), f.Revision}
	for _, c := range f.Codes {
		x.Codes = append(x.Codes, string(c))
	}
	return x
}

func (s *Server) formsList(ctx context.Context, in *struct {
	Paging
	Round string `query:"round" maxLength:"100" doc:"轮次"`
	State string `query:"state" enum:"issued,entered,returned,confirmed" doc:"状态"`
}) (*listed[FormLine], error) {
	a := actor(ctx)
	all, err := s.Inspection.Forms(ctx, a.Authority, inspection.Filter{RoundID: in.Round, State: inspection.State(in.State)})
	if err != nil {
		return nil, err
	}
	some, next, err := cut(all, of("office/forms", in.Round, in.State), in.Paging, func(f inspection.Form) string { return f.ID })
	if err != nil {
		return nil, err
	}
	var out []FormLine
	var rounds []string
	for _, f := range some {
		out, rounds = append(out, formLine(f)), append(rounds, f.RoundID)
	}
	return pageOf("office/forms", filters(in.Paging, "round", in.Round, "state", in.State), out, next), s.Round.Look(ctx, a, rounds)
}

// FormID is a request for one record form.
type FormID struct {
	Form string `path:"form" maxLength:"100" doc:"检查表编号"`
}

func (s *Server) form(ctx context.Context, in *FormID) (*tagged[OfficeForm], error) {
	f, err := s.Inspection.Form(ctx, actor(ctx).Authority, in.Form)
	if err != nil {
		return nil, missing(err)
	}
	return &tagged[OfficeForm]{tag(f.Revision), officeForm(f)}, s.Round.Look(ctx, actor(ctx), []string{f.RoundID})
}

func officeForm(f inspection.Form) OfficeForm {
	x := OfficeForm{FormLine: formLine(f), Points: []FormPoint{}, Team: []Member{}, Entry: entered(f.Entry())}
	for _, p := range f.Points {
		x.Points = append(x.Points, FormPoint{p.ItemID, p.No, p.Text, p.Basis})
	}
	for _, o := range f.Team {
		x.Team = append(x.Team, Member{o.Name, o.Unit, o.CertNo, o.ByHand})
	}
	return x
}

// entered says an entry as it is sent.
func entered(e inspection.Entry) Entered {
	x := Entered{Methods: []string{}, Started: e.StartedOn.String(), Ended: e.EndedOn.String(), Person: e.FirmPerson, Refusal: e.Refusal, Summary: e.Summary,
		Evidence: e.Evidence, Answers: []Answer{}, Codes: []string{}}
	for _, m := range e.Methods {
		x.Methods = append(x.Methods, string(m))
	}
	for _, t := range e.Attempts {
		x.Attempts = append(x.Attempts, Attempt{t.On.String(), t.How})
	}
	for _, p := range e.Answers {
		if p.Answer != "" {
			x.Answers = append(x.Answers, Answer{p.ItemID, p.No, string(p.Answer), p.Note})
		}
	}
	for _, c := range e.Codes {
		x.Codes = append(x.Codes, string(c))
	}
	for _, f := range e.Findings {
		x.Findings = append(x.Findings, Finding{f.No, f.Fact, f.Measure, f.DueOn.String(), string(f.Outcome), f.OutcomeOn.String(), f.Note})
	}
	return x
}

func (s *Server) due(ctx context.Context, in *struct {
	Paging
	Round string `query:"round" maxLength:"100" doc:"轮次"`
	Mine  bool   `query:"mine" doc:"true：只要令牌所代表的账号自己要办的"`
}) (*listed[DueLine], error) {
	b, err := s.Notice.Board(ctx, actor(ctx), notice.Filter{Round: in.Round, Mine: in.Mine})
	if err != nil {
		return nil, err
	}
	some, next, err := cut(b.Rows, of("office/due", in.Round, strconv.FormatBool(in.Mine)), in.Paging, func(r notice.Row) string { return r.Due.String() + " " + r.Key })
	var out []DueLine
	for _, r := range some {
		x := DueLine{Key: r.Key, Kind: string(r.Kind), Label: r.Kind.Name(), What: r.What, Round: r.Round, Due: r.Due.String(), Group: string(notice.GroupOf(r.Due, b.On)), How: r.How,
			Roles: []string{}, Officers: []string{}}
		for _, role := range r.Roles {
			x.Roles = append(x.Roles, string(role))
		}
		for _, p := range r.People {
			x.Officers = append(x.Officers, p.Name)
		}
		out = append(out, x)
	}
	q := filters(in.Paging, "round", in.Round)
	if in.Mine {
		q.Set("mine", "true")
	}
	return pageOf("office/due", q, out, next), err
}

func (s *Server) preview(ctx context.Context, in *struct {
	Forms []string `query:"forms" required:"true" minItems:"1" maxItems:"50" doc:"检查表编号，用逗号隔开"`
}) (*body[Page[PreviewLine]], error) {
	a := actor(ctx)
	all, err := s.Disclosure.Preview(ctx, a.Authority, in.Forms)
	if err != nil {
		return nil, missing(err)
	}
	out := &body[Page[PreviewLine]]{Page[PreviewLine]{Items: []PreviewLine{}}}
	var rounds []string
	for _, p := range all {
		out.Body.Items = append(out.Body.Items, PreviewLine{p.Record.Form, &record{raw(p.JSON)}, some(p.Masked)})
		rounds = append(rounds, p.Record.Round)
	}
	return out, s.Round.Look(ctx, a, rounds)
}

// inOffice reports whether an address is one of the office's.
func inOffice(path string) bool { return strings.HasPrefix(path, prefix+"office/") }
