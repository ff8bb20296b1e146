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
	"suiji/internal/shape"
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
	s.further()
	s.papers()
	s.moving()
	s.filing()
	s.reportingOut()
	s.supervising()
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

func target(t register.Target) shape.TargetRecord {
	return shape.TargetRecord{ID: t.ID, Code: t.Code, CodeKind: string(t.CodeKind), Name: t.Name, Kind: t.Kind, State: t.State, Established: t.Established.String(), AreaCode: t.AreaCode, AreaName: t.AreaName, Address: t.Address, WorkAddress: t.WorkAddress,
		Industry: t.Industry, Business: t.Scope, Source: t.Source, Tags: some(t.Tags), Numbers: some(t.Numbers), Places: some(t.Places), Active: t.Active, Reason: t.Reason, Version: t.Version, Since: t.Since.String()}
}

func (s *Server) targets(ctx context.Context, in *struct {
	Paging
	Text      string `query:"q" maxLength:"100" doc:"名称的一部分、号码末四位以上或者拼音首字母"`
	Kind      string `query:"kind" maxLength:"40" doc:"对象类型"`
	State     string `query:"state" maxLength:"40" doc:"登记状态"`
	Tag       string `query:"tag" maxLength:"40" doc:"标签"`
	Withdrawn bool   `query:"withdrawn" doc:"true：已移出名录的"`
}) (*listed[shape.TargetRecord], error) {
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
	var out []shape.TargetRecord
	for _, t := range found {
		out = append(out, target(t))
	}
	q := filters(in.Paging, "q", in.Text, "kind", in.Kind, "state", in.State, "tag", in.Tag)
	if in.Withdrawn {
		q.Set("withdrawn", "true")
	}
	return pageOf("office/targets", q, out, seal(list, next)), nil
}

func (s *Server) target(ctx context.Context, in *ID) (*tagged[shape.TargetRecord], error) {
	t, err := s.Register.Target(ctx, actor(ctx).Authority, in.ID)
	return &tagged[shape.TargetRecord]{tag(t.Version), target(t)}, missing(err)
}

func officer(o register.Officer) shape.OfficerRecord {
	return shape.OfficerRecord{ID: o.ID, Name: o.Name, Unit: o.Unit, Post: o.Post, CertKind: o.CertKind, CertNo: o.CertNo, CertUntil: o.CertUntil.String(), Fields: some(o.Fields), Active: o.Active, Reason: o.Reason, Version: o.Version, Since: o.Since.String()}
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

func (s *Server) officers(ctx context.Context, in *registerInput) (*listed[shape.OfficerRecord], error) {
	list := of("office/officers", in.Text, strconv.FormatBool(in.Withdrawn))
	after, err := open(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	found, next, _, err := s.Register.Officers(ctx, actor(ctx).Authority, register.OfficerFilter{Query: in.Text, Withdrawn: in.Withdrawn, After: after, Limit: in.Limit})
	var out []shape.OfficerRecord
	for _, o := range found {
		out = append(out, officer(o))
	}
	return pageOf("office/officers", in.query(), out, seal(list, next)), err
}

func (s *Server) officer(ctx context.Context, in *ID) (*tagged[shape.OfficerRecord], error) {
	o, err := s.Register.Officer(ctx, actor(ctx).Authority, in.ID)
	return &tagged[shape.OfficerRecord]{tag(o.Version), officer(o)}, missing(err)
}

func registerItem(i register.Item) shape.ItemRecord {
	x := shape.ItemRecord{ID: i.ID, Code: i.Code, Category: i.Category, Name: i.Name, Sub: i.Sub, Subject: i.Subject, Level: string(i.Level), Method: i.Method, Ratio: i.Ratio,
		Frequency: i.Frequency, Body: i.Body, Basis: i.Basis, PublishedOn: i.PublishedOn.String(), Points: []shape.Point{}, Active: i.Active, Reason: i.Reason,
		Version: i.Version, Since: i.Since.String()}
	for _, p := range i.Points {
		x.Points = append(x.Points, shape.Point{Text: p.Text, Basis: p.Basis})
	}
	return x
}

func (s *Server) registerItems(ctx context.Context, in *registerInput) (*listed[shape.ItemRecord], error) {
	list := of("office/items", in.Text, strconv.FormatBool(in.Withdrawn))
	after, err := open(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	found, next, _, err := s.Register.Items(ctx, actor(ctx).Authority, register.ItemFilter{Query: in.Text, Withdrawn: in.Withdrawn, After: after, Limit: in.Limit})
	var out []shape.ItemRecord
	for _, i := range found {
		out = append(out, registerItem(i))
	}
	return pageOf("office/items", in.query(), out, seal(list, next)), err
}

func (s *Server) registerItem(ctx context.Context, in *ID) (*tagged[shape.ItemRecord], error) {
	i, err := s.Register.Item(ctx, actor(ctx).Authority, in.ID)
	return &tagged[shape.ItemRecord]{tag(i.Version), registerItem(i)}, missing(err)
}

// missing says in one way that a thing is not there, or is another office's.
func missing(err error) error {
	if errs.KindOf(err) == errs.NotFound {
		return errs.E(errs.NotFound, "没有这项内容，或者它属于别的单位")
	}
	return err
}

func (s *Server) officePlans(ctx context.Context, in *Paging) (*listed[shape.PlanLine], error) {
	all, err := s.Plan.Plans(ctx, actor(ctx).Authority)
	if err != nil {
		return nil, err
	}
	some, next, err := cut(all, "office/plans", *in, func(p plan.Plan) string { return ranked(int64(p.Year)*1000+int64(p.Version)) + p.ID })
	var out []shape.PlanLine
	for _, p := range some {
		out = append(out, planLine(p))
	}
	return pageOf("office/plans", filters(*in), out, next), err
}

func (s *Server) officePlan(ctx context.Context, in *ID) (*tagged[shape.OfficePlan], error) {
	p, err := s.Plan.Plan(ctx, actor(ctx).Authority, in.ID)
	if err != nil {
		return nil, missing(err)
	}
	digest, err := s.Plan.Digest(ctx, p)
	return &tagged[shape.OfficePlan]{tag(int64(p.Revision)), shape.OfficePlan{PlanLine: planLine(p), Signing: digest, Record: p.Public()}}, err
}

func officeRound(r round.Round) shape.OfficeRound {
	return shape.OfficeRound{ID: r.ID, Plan: r.PlanID, Task: r.TaskNo, Window: r.WindowNo, Rehearsal: r.Rehearsal, Attempt: r.Attempt, State: string(r.State),
		StateLabel: r.State.Name(), DrawnAt: instant(r.DrawnAt), ConfirmDue: r.ConfirmDue.String()}
}

func (s *Server) officeRounds(ctx context.Context, in *Paging) (*listed[shape.OfficeRound], error) {
	all, err := s.Round.Rounds(ctx, actor(ctx).Authority)
	if err != nil {
		return nil, err
	}
	some, next, err := cut(all, "office/rounds", *in, func(r round.Round) string { return ranked(r.FrozenAt.UnixMilli()) + r.ID })
	var out []shape.OfficeRound
	for _, r := range some {
		out = append(out, officeRound(r))
	}
	return pageOf("office/rounds", filters(*in), out, next), err
}

func (s *Server) officeRound(ctx context.Context, in *ID) (*body[shape.OfficeRound], error) {
	a := actor(ctx)
	r, err := s.Round.Round(ctx, a.Authority, in.ID)
	if err != nil {
		return nil, missing(err)
	}
	out := &body[shape.OfficeRound]{officeRound(r)}
	firms, err := s.Round.Firms(ctx, a.Authority, r.ID)
	if err != nil {
		return nil, err
	}
	for _, f := range firms {
		out.Body.Firms = append(out.Body.Firms, shape.DrawnFirm{Target: f.TargetID, Stratum: f.Stratum, Rank: f.Rank, State: string(f.State)})
	}
	members, err := s.Round.Members(ctx, a.Authority, r.ID)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		out.Body.Team = append(out.Body.Team, shape.TeamPlace{Target: m.TargetID, Officer: m.OfficerID, Place: m.Place, State: string(m.State), ByHand: m.ByHand})
	}
	return out, s.Round.Look(ctx, a, []string{r.ID})
}

func formLine(f inspection.Form) shape.FormLine {
	x := shape.FormLine{ID: f.ID, Round: f.RoundID, State: string(f.State), StateLabel: f.State.Name(), Target: f.Firm.TargetID, Firm: f.Firm.Name, Department: f.Department, Codes: []string{}, EndedOn: f.EndedOn.String(), Revision: f.Revision}
	for _, c := range f.Codes {
		x.Codes = append(x.Codes, string(c))
	}
	return x
}

func (s *Server) formsList(ctx context.Context, in *struct {
	Paging
	Round string `query:"round" maxLength:"100" doc:"轮次"`
	State string `query:"state" enum:"issued,entered,returned,confirmed" doc:"状态"`
}) (*listed[shape.FormLine], error) {
	a := actor(ctx)
	all, err := s.Inspection.Forms(ctx, a.Authority, inspection.Filter{RoundID: in.Round, State: inspection.State(in.State)})
	if err != nil {
		return nil, err
	}
	some, next, err := cut(all, of("office/forms", in.Round, in.State), in.Paging, func(f inspection.Form) string { return f.ID })
	if err != nil {
		return nil, err
	}
	var out []shape.FormLine
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

func (s *Server) form(ctx context.Context, in *FormID) (*tagged[shape.OfficeForm], error) {
	f, err := s.Inspection.Form(ctx, actor(ctx).Authority, in.Form)
	if err != nil {
		return nil, missing(err)
	}
	return &tagged[shape.OfficeForm]{tag(f.Revision), officeForm(f)}, s.Round.Look(ctx, actor(ctx), []string{f.RoundID})
}

func officeForm(f inspection.Form) shape.OfficeForm {
	x := shape.OfficeForm{FormLine: formLine(f), Points: []shape.FormPoint{}, Team: []shape.Member{}, Entry: entered(f.Entry())}
	for _, p := range f.Points {
		x.Points = append(x.Points, shape.FormPoint{Item: p.ItemID, No: p.No, Text: p.Text, Basis: p.Basis})
	}
	for _, o := range f.Team {
		x.Team = append(x.Team, shape.Member{Name: o.Name, Unit: o.Unit, Certificate: o.CertNo, ByHand: o.ByHand})
	}
	return x
}

// entered says an entry as it is sent.
func entered(e inspection.Entry) shape.Entered {
	x := shape.Entered{Methods: []string{}, Started: e.StartedOn.String(), Ended: e.EndedOn.String(), Person: e.FirmPerson, Refusal: e.Refusal, Summary: e.Summary,
		Evidence: e.Evidence, Answers: []shape.Answer{}, Codes: []string{}}
	for _, m := range e.Methods {
		x.Methods = append(x.Methods, string(m))
	}
	for _, t := range e.Attempts {
		x.Attempts = append(x.Attempts, shape.Attempt{On: t.On.String(), How: t.How})
	}
	for _, p := range e.Answers {
		if p.Answer != "" {
			x.Answers = append(x.Answers, shape.Answer{Item: p.ItemID, No: p.No, Answer: string(p.Answer), Note: p.Note})
		}
	}
	for _, c := range e.Codes {
		x.Codes = append(x.Codes, string(c))
	}
	for _, f := range e.Findings {
		x.Findings = append(x.Findings, shape.Finding{No: f.No, Fact: f.Fact, Measure: f.Measure, Due: f.DueOn.String(), Outcome: string(f.Outcome), OutcomeOn: f.OutcomeOn.String(), Note: f.Note})
	}
	return x
}

func (s *Server) due(ctx context.Context, in *struct {
	Paging
	Round string `query:"round" maxLength:"100" doc:"轮次"`
	Mine  bool   `query:"mine" doc:"true：只要令牌所代表的账号自己要办的"`
}) (*listed[shape.DueLine], error) {
	b, err := s.Notice.Board(ctx, actor(ctx), notice.Filter{Round: in.Round, Mine: in.Mine})
	if err != nil {
		return nil, err
	}
	some, next, err := cut(b.Rows, of("office/due", in.Round, strconv.FormatBool(in.Mine)), in.Paging, func(r notice.Row) string { return r.Due.String() + " " + r.Key })
	var out []shape.DueLine
	for _, r := range some {
		x := shape.DueLine{Key: r.Key, Kind: string(r.Kind), Label: r.Kind.Name(), What: r.What, Round: r.Round, Due: r.Due.String(), Group: string(notice.GroupOf(r.Due, b.On)), How: r.How,
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
}) (*body[Page[shape.PreviewLine]], error) {
	a := actor(ctx)
	all, err := s.Disclosure.Preview(ctx, a.Authority, in.Forms)
	if err != nil {
		return nil, missing(err)
	}
	out := &body[Page[shape.PreviewLine]]{Page[shape.PreviewLine]{Items: []shape.PreviewLine{}}}
	var rounds []string
	for _, p := range all {
		out.Body.Items = append(out.Body.Items, shape.PreviewLine{Form: p.Record.Form, Record: &shape.Record{RawMessage: raw(p.JSON)}, Masked: some(p.Masked)})
		rounds = append(rounds, p.Record.Round)
	}
	return out, s.Round.Look(ctx, a, rounds)
}

// inOffice reports whether an address is one of the office's.
func inOffice(path string) bool { return strings.HasPrefix(path, prefix+"office/") }
