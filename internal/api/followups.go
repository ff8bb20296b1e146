package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/casework"
	"suiji/internal/disclosure"
	"suiji/internal/shape"
	"suiji/internal/token"
)

// following registers what follows an inspection. Two words of the path name an
// end: the form, and the number of the problem or the result code.
func (s *Server) following() {
	op := func(id, method, path, summary, about string, scope token.Scope) operation {
		return operation{id: id, method: method, path: "/office" + path, tag: "办公", summary: summary, about: about, scope: scope}
	}
	read := func(id, path, summary, about string) operation {
		return op(id, http.MethodGet, path, summary, about, token.ReadFollowup)
	}
	add(s, read("listFollowups", "/followups", "后续处置", "没有了结的问题和结果代码，按检查表编号。名单公开以前，每次读取都记入审计日志。"), s.followups)
	add(s, read("getFollowup", "/followups/{form}/{ref}", "一项后续处置", "各次处置、经过、处罚决定。ETag 供办理时放进 If-Match。"), s.followup)
	add(s, read("listDecisions", "/decisions", "处罚决定", "按决定书文号；待复核的、已撤销的也在内。"), s.decisions)
	add(s, read("getDecision", "/decisions/{number}", "一份处罚决定", ""), s.decision)

	act := func(id, what, summary, about string) operation {
		o := op(id, http.MethodPost, "/followups/{form}/{ref}/"+what, summary, "须带 If-Match。"+about, token.WriteFollowup)
		o.kinds = onCondition
		return o
	}
	add(s, act("orderRectification", "order", "责令限期改正", "").wants(access.RectifyEdit), s.order)
	add(s, act("recordRecheck", "recheck", "登记复查", "合格的，问题即以“已改正”了结；不合格的，等待延期或者另行处置。").wants(access.RectifyEdit), s.recheck)
	add(s, act("handOver", "handover", "移交办案机构、移送其他部门", "正在办理的案件随之移出。").wants(access.HandoverEdit), s.handOver)
	add(s, act("recordReceipt", "receipt", "登记签收", "问题的处理结果从签收起算。").wants(access.HandoverEdit), s.receipts)
	add(s, act("recordReturn", "return", "登记退回", "接收单位不收或者退回的；须另行处置。").wants(access.HandoverEdit), s.returned)
	add(s, act("recordFeedback", "feedback", "登记反馈", "办案机构、其他部门反馈处理情况，事项了结。").wants(access.HandoverEdit), s.feedback)
	add(s, act("fileCase", "case", "立案", "违法行为终了满两年才发现的，不能立案。").wants(access.CaseEdit), s.fileCase)
	add(s, act("recordHearing", "hearing", "登记听取陈述、申辩", "作出决定以前必须登记。").wants(access.CaseEdit), s.hear)
	add(s, act("concludeCase", "conclusion", "不处罚结案", "责令改正或者行政处理决定；撤销立案。").wants(access.CaseEdit), s.conclude)
	add(s, act("recordPenalty", "penalty", "录入处罚决定", "由录入人以外的人复核以后生效。").wants(access.CaseEdit), s.penalise)
	add(s, act("checkPenalty", "penalty/check", "复核处罚决定", "由录入人以外的人复核：通过即生效，案件了结，公示期从这一天起算；不通过则退回重录。").wants(access.PenaltyCheck), s.checkPenalty)

	end := op("revokeDecision", http.MethodPost, "/decisions/{number}/revoke", "撤销处罚决定", "公示的内容随之撤回。只有生效的能撤销，其余回答 409。", token.WriteFollowup)
	end.kinds = changes
	add(s, end.wants(access.PenaltyRevoke), s.revokeDecision)
	show := op("publishDecision", http.MethodPost, "/decisions/{number}/publish", "公示处罚决定", "生效、在公示期内的；已经公示的回答 409。", token.WritePublish)
	show.kinds = changes
	add(s, show.wants(access.PenaltyPublish), s.publishDecision)
}

// FollowupID names an end.
type FollowupID struct {
	FormID
	Ref string `path:"ref" maxLength:"10" doc:"问题的序号，或者结果代码（如 R4）"`
}

func followupLine(e casework.End) shape.FollowupLine {
	return shape.FollowupLine{Form: e.FormID, Ref: e.Ref, Round: e.RoundID, Target: e.TargetID, Firm: e.Firm, Code: e.FirmCode, Kind: string(e.Kind), State: string(e.State), StateLabel: e.Stands(),
		What: e.What, Since: e.Since.String(), Person: e.Person, With: e.With, Next: e.Next, Due: e.Clock.On.String(), DueAt: instant(e.Clock.At), How: e.Clock.How,
		Late: e.Late, Closed: e.Closed, Holds: e.Holds}
}

func (s *Server) followups(ctx context.Context, in *struct {
	Paging
	Round  string `query:"round" maxLength:"100" doc:"轮次"`
	Kind   string `query:"kind" enum:"undecided,rectify,case,unit,department,police,told,settled,final" doc:"处置的种类"`
	Text   string `query:"q" maxLength:"100" doc:"企业名称、代码或者检查表编号的一部分"`
	Late   bool   `query:"late" doc:"true：只要已过期限的"`
	Closed bool   `query:"closed" doc:"true：了结的，而不是没有了结的"`
}) (*listed[shape.FollowupLine], error) {
	a := actor(ctx)
	all, err := s.Casework.Ends(ctx, a.Authority, casework.Filter{Round: in.Round, Kind: casework.Kind(in.Kind), Text: in.Text, Late: in.Late, Closed: in.Closed})
	if err != nil {
		return nil, err
	}
	late, closed := strconv.FormatBool(in.Late), strconv.FormatBool(in.Closed)
	some, next, err := cut(all, of("office/followups", in.Round, in.Kind, in.Text, late, closed), in.Paging, func(e casework.End) string { return e.FormID + " " + e.Ref })
	if err != nil {
		return nil, err
	}
	var out []shape.FollowupLine
	var rounds []string
	for _, e := range some {
		out, rounds = append(out, followupLine(e)), append(rounds, e.RoundID)
	}
	q := filters(in.Paging, "round", in.Round, "kind", in.Kind, "q", in.Text)
	for name, on := range map[string]bool{"late": in.Late, "closed": in.Closed} {
		if on {
			q.Set(name, "true")
		}
	}
	return pageOf("office/followups", q, out, next), s.Round.Look(ctx, a, rounds)
}

func (s *Server) followup(ctx context.Context, in *FollowupID) (*tagged[shape.Followup], error) {
	a := actor(ctx)
	w, err := s.Casework.Whole(ctx, a.Authority, in.Form, in.Ref)
	if err != nil {
		return nil, missing(err)
	}
	x := shape.Followup{FollowupLine: followupLine(w.End), Matters: []shape.Matter{}, Steps: []shape.MatterStep{}, Decisions: []shape.Decision{}}
	for _, m := range w.Matters {
		x.Matters = append(x.Matters, matter(m))
	}
	for _, t := range w.Steps {
		x.Steps = append(x.Steps, shape.MatterStep{No: t.No, Act: t.Act, Text: t.Text, Day: t.Day.String(), By: t.ByName, At: instant(t.At)})
	}
	for _, p := range w.Penalties {
		x.Decisions = append(x.Decisions, decision(p))
	}
	return &tagged[shape.Followup]{tag(w.Key.Revision), x}, s.Round.Look(ctx, a, []string{w.RoundID})
}

func matter(m casework.Matter) shape.Matter {
	x := shape.Matter{No: m.No, Kind: string(m.Kind), KindLabel: m.Kind.Name(), State: string(m.State), Ending: string(m.Ending), EndingLabel: m.Ending.Name(),
		Person: m.PersonName, OpenedOn: m.OpenedOn.String(), EndedOn: m.EndedOn.String()}
	if r := m.Rectification; r != nil {
		x.Rectification = &shape.Rectification{Measure: r.Measure, Due: r.Due.String(), First: r.First.String(), SubmittedOn: r.SubmittedOn.String(), Rechecks: len(r.Rechecks)}
	}
	if c := m.Case; c != nil {
		x.Case = &shape.CaseFile{CaseFiling: shape.CaseFiling{Number: c.Number, Cause: c.Cause, Filed: c.FiledOn.String(), Discovered: c.Discovered.String(), BreachEnded: c.BreachEnd.String(),
			Unit: c.Unit, Handlers: some(c.Handlers)}, Longer: c.Longer != nil && c.Longer.Verdict == "approved"}
		if c.Hearing != nil {
			x.Case.HeardOn = c.Hearing.On.String()
		}
		if d := c.Decision; d != nil {
			x.Case.DecidedOn, x.Case.DecisionNumber = d.On.String(), d.Number
		}
	}
	x.Handover = handed(m)
	return x
}

// handed is what was handed to somebody else, the police too.
func handed(m casework.Matter) *shape.HandedOver {
	var x shape.HandedOver
	var receipt *casework.Receipt
	var answer *casework.Answer
	switch h, p := m.Handover, m.Police; {
	case h != nil:
		x, receipt, answer = shape.HandedOver{To: h.To, Number: h.Number, On: h.On.String()}, h.Receipt, h.Feedback
		if h.Returned != nil {
			answer = h.Returned
		}
	case p != nil:
		x, receipt = shape.HandedOver{To: p.To, Number: p.Number, On: p.SentOn().String()}, p.Receipt
		if p.Answer != nil {
			answer = &p.Answer.Answer
		}
	default:
		return nil
	}
	if receipt != nil {
		x.ReceivedOn, x.FeedbackBy = receipt.On.String(), receipt.FeedbackBy.String()
	}
	if answer != nil {
		x.AnsweredOn, x.Answer = answer.On.String(), answer.Text
	}
	return &x
}

func decision(p casework.Penalty) shape.Decision {
	return shape.Decision{Penalised: shape.Penalised{Number: p.Number, On: p.DecidedOn.String(), Fact: p.Fact, Basis: p.Basis, Kinds: p.Kinds, Amount: p.Amount, Class: string(p.Class), Months: p.Months},
		Form: p.FormID, Ref: p.Ref, Target: p.TargetID, Firm: p.Firm, Code: p.FirmCode, State: p.State, StateLabel: p.StateName(),
		From: p.BeginsOn.String(), Until: p.EndsOn.String(), RevokedOn: p.RevokedOn.String(), Reason: p.Reason}
}

func (s *Server) decisions(ctx context.Context, in *struct {
	Paging
	Target string `query:"target" maxLength:"100" doc:"对象标识"`
	State  string `query:"state" enum:"drafted,checked,revoked" doc:"状态"`
}) (*listed[shape.Decision], error) {
	a := actor(ctx)
	all, err := s.Casework.Penalties(ctx, a.Authority, in.Target)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(p casework.Penalty) bool { return in.State != "" && p.State != in.State })
	some, next, err := cut(all, of("office/decisions", in.Target, in.State), in.Paging, func(p casework.Penalty) string { return p.Number })
	if err != nil {
		return nil, err
	}
	var out []shape.Decision
	var rounds []string
	for _, p := range some {
		out, rounds = append(out, decision(p)), append(rounds, p.RoundID)
	}
	return pageOf("office/decisions", filters(in.Paging, "target", in.Target, "state", in.State), out, next), s.Round.Look(ctx, a, rounds)
}

// Numbered is a request for one decision.
type Numbered struct {
	Number string `path:"number" maxLength:"200" doc:"决定书文号，按 URL 编码"`
}

func (s *Server) decision(ctx context.Context, in *Numbered) (*body[shape.Decision], error) {
	a := actor(ctx)
	p, err := s.Casework.Penalty(ctx, a.Authority, in.Number)
	if err != nil {
		return nil, missing(err)
	}
	return &body[shape.Decision]{decision(p)}, s.Round.Look(ctx, a, []string{p.RoundID})
}

// step is a request that takes an end a step further.
type step[T any] struct {
	FollowupID
	Matched
	Body T
}

// membersOf say where in what was sent an input of the desk's form is.
var membersOf = map[string]string{"filed": "filed_on", "breach": "breach_ended_on", "feedback": "feedback_by", "months": "public_months"}

// stepped carries out an act on an end on the condition that nobody did another
// since it was read, and answers with the end as it stands then.
func stepped[T any](ctx context.Context, s *Server, in *step[T], do func(a access.Actor, k casework.Key) error) (*tagged[shape.Followup], error) {
	read, err := in.version()
	if err != nil {
		return nil, err
	}
	a := actor(ctx)
	if err := do(a, casework.Key{Form: in.Form, Ref: in.Ref, Revision: read}); err != nil {
		w, werr := s.Casework.Whole(ctx, a.Authority, in.Form, in.Ref)
		if werr != nil {
			return nil, missing(err)
		}
		return nil, pointed(overtaken(missing(err), read, w.Key.Revision), func(field string) string {
			if m, ok := membersOf[field]; ok {
				return m
			}
			return field
		})
	}
	return s.followup(ctx, &in.FollowupID)
}

func (s *Server) order(ctx context.Context, in *step[shape.RectifyOrder]) (*tagged[shape.Followup], error) {
	due, err := day("due", in.Body.Due)
	if err != nil {
		return nil, err
	}
	return stepped(ctx, s, in, func(a access.Actor, k casework.Key) error {
		return s.Casework.Order(ctx, a, k, casework.Order{Measure: in.Body.Measure, Due: due})
	})
}

func (s *Server) recheck(ctx context.Context, in *step[shape.Recheck]) (*tagged[shape.Followup], error) {
	on, err := day("on", in.Body.On)
	if err != nil {
		return nil, err
	}
	return stepped(ctx, s, in, func(a access.Actor, k casework.Key) error {
		return s.Casework.Recheck(ctx, a, k, casework.Recheck{On: on, Pass: in.Body.Pass, Note: in.Body.Note})
	})
}

func (s *Server) handOver(ctx context.Context, in *step[shape.HandOver]) (*tagged[shape.Followup], error) {
	b := in.Body
	on, err := day("on", b.On)
	if err != nil {
		return nil, err
	}
	return stepped(ctx, s, in, func(a access.Actor, k casework.Key) error {
		return s.Casework.Send(ctx, a, k, casework.Kind(b.Kind), casework.Handover{To: b.To, Matter: b.Matter, Number: b.Number, On: on, How: b.How, Materials: b.Materials})
	})
}

func (s *Server) receipts(ctx context.Context, in *step[shape.HandOverReceipt]) (*tagged[shape.Followup], error) {
	b := in.Body
	on, err := day("on", b.On)
	if err != nil {
		return nil, err
	}
	by, err := day("feedback_by", b.FeedbackBy)
	if err != nil {
		return nil, err
	}
	return stepped(ctx, s, in, func(a access.Actor, k casework.Key) error {
		return s.Casework.Receive(ctx, a, k, casework.Receipt{On: on, Who: b.Who, Number: b.Number, FeedbackBy: by})
	})
}

// answered does what an answer of a receiver brings.
func answered(ctx context.Context, s *Server, in *step[shape.HandOverAnswer], do func(context.Context, access.Actor, casework.Key, casework.Answer) error) (*tagged[shape.Followup], error) {
	on, err := day("on", in.Body.On)
	if err != nil {
		return nil, err
	}
	return stepped(ctx, s, in, func(a access.Actor, k casework.Key) error {
		return do(ctx, a, k, casework.Answer{On: on, Number: in.Body.Number, Text: in.Body.Text})
	})
}

func (s *Server) returned(ctx context.Context, in *step[shape.HandOverAnswer]) (*tagged[shape.Followup], error) {
	return answered(ctx, s, in, s.Casework.GiveBack)
}

func (s *Server) feedback(ctx context.Context, in *step[shape.HandOverAnswer]) (*tagged[shape.Followup], error) {
	return answered(ctx, s, in, s.Casework.Feedback)
}

func (s *Server) fileCase(ctx context.Context, in *step[shape.CaseFiling]) (*tagged[shape.Followup], error) {
	b := in.Body
	f := casework.Filing{Number: b.Number, Cause: b.Cause, Unit: b.Unit, Handlers: b.Handlers}
	for _, d := range []struct {
		field, text string
		to          *calendar.Date
	}{{"filed_on", b.Filed, &f.FiledOn}, {"discovered_on", b.Discovered, &f.Discovered}, {"breach_ended_on", b.BreachEnded, &f.BreachEnd}} {
		var err error
		if *d.to, err = day(d.field, d.text); err != nil {
			return nil, err
		}
	}
	return stepped(ctx, s, in, func(a access.Actor, k casework.Key) error { return s.Casework.FileCase(ctx, a, k, f) })
}

func (s *Server) hear(ctx context.Context, in *step[shape.CaseHearing]) (*tagged[shape.Followup], error) {
	on, err := day("on", in.Body.On)
	if err != nil {
		return nil, err
	}
	return stepped(ctx, s, in, func(a access.Actor, k casework.Key) error {
		return s.Casework.Hear(ctx, a, k, casework.Hearing{On: on, How: in.Body.How, Said: in.Body.Said})
	})
}

func (s *Server) conclude(ctx context.Context, in *step[shape.CaseConclusion]) (*tagged[shape.Followup], error) {
	b := in.Body
	on, err := day("on", b.On)
	if err != nil {
		return nil, err
	}
	return stepped(ctx, s, in, func(a access.Actor, k casework.Key) error {
		return s.Casework.Conclude(ctx, a, k, casework.Decision{Ending: casework.Ending(b.Ending), Number: b.Number, On: on, Text: b.Text})
	})
}

func (s *Server) penalise(ctx context.Context, in *step[shape.Penalised]) (*tagged[shape.Followup], error) {
	b := in.Body
	on, err := day("on", b.On)
	if err != nil {
		return nil, err
	}
	return stepped(ctx, s, in, func(a access.Actor, k casework.Key) error {
		return s.Casework.DraftPenalty(ctx, a, k, casework.Penalty{Number: b.Number, DecidedOn: on, Fact: b.Fact, Basis: b.Basis, Kinds: b.Kinds, Amount: b.Amount, Class: casework.Class(b.Class), Months: b.Months})
	})
}

func (s *Server) checkPenalty(ctx context.Context, in *step[shape.Verdict]) (*tagged[shape.Followup], error) {
	return stepped(ctx, s, in, func(a access.Actor, k casework.Key) error {
		return s.Casework.CheckPenalty(ctx, a, k, in.Body.Approved, in.Body.Opinion)
	})
}

func (s *Server) revokeDecision(ctx context.Context, in *struct {
	Numbered
	Body shape.Revocation
}) (*body[shape.Decision], error) {
	if err := s.Casework.Revoke(ctx, actor(ctx), in.Number, in.Body.Reason); err != nil {
		return nil, missing(err)
	}
	return s.decision(ctx, &in.Numbered)
}

func (s *Server) publishDecision(ctx context.Context, in *Numbered) (*body[shape.PublicPenalty], error) {
	a := actor(ctx)
	p, err := s.Casework.Penalty(ctx, a.Authority, in.Number)
	if err != nil {
		return nil, missing(err)
	}
	d, err := disclosure.DecisionOf(p)
	if err != nil {
		return nil, err
	}
	if _, err := s.Disclosure.PublishPenalty(ctx, a, d); err != nil {
		return nil, missing(err)
	}
	all, err := s.Disclosure.PostedPenalties(ctx, a.Authority)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(v disclosure.PenaltyVersion) bool { return v.Number == p.Number })
	return s.penalty(ctx, &One{Office{a.Authority}, all[i].ID})
}
