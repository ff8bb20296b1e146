package api

import (
	"context"
	"net/http"
	"strconv"

	"suiji/internal/access"
	"suiji/internal/disclosure"
	"suiji/internal/token"
)

// Objection is an objection to a public record as the office has it. How to
// reach whoever objects stays inside.
type Objection struct {
	ID         string `json:"id" doc:"异议编号"`
	Kind       string `json:"kind" enum:"result,penalty" doc:"对哪一类公示：result 检查结果，penalty 行政处罚信息"`
	Record     string `json:"record" doc:"对哪一条：检查表编号，或者处罚信息的公示编号"`
	Version    int    `json:"version" doc:"提出时公示的是第几版"`
	Firm       string `json:"firm" doc:"企业名称"`
	Paper      bool   `json:"paper" doc:"书面提出，由本单位登记；false 是企业凭检查码提出"`
	Words      string `json:"words" doc:"哪些内容不对、为什么；不公开"`
	ReceivedOn string `json:"received_on" format:"date" doc:"收到日期，答复期限从这一天起算"`
	State      string `json:"state" enum:"open,mending,kept,corrected,withdrawn" doc:"open 办理中，mending 成立、待更正或者撤回，kept 不成立，corrected 成立、已更正，withdrawn 成立、已撤回"`
	StateLabel string `json:"state_label" doc:"状态的中文名称"`
	Due        string `json:"due,omitempty" format:"date" doc:"下一步的最后一天：答复，或者更正；办结的、当年放假安排没有公布的没有这一项"`
	How        string `json:"how,omitempty" doc:"这一天怎么来的"`
	Overdue    bool   `json:"overdue" doc:"已过最后一天"`
	Answer     string `json:"answer,omitempty" doc:"答复；公开"`
	AnsweredBy string `json:"answered_by,omitempty" doc:"答复的人（姓名）"`
	AnsweredAt string `json:"answered_at,omitempty" format:"date-time" doc:"答复的时刻"`
	SettledAt  string `json:"settled_at,omitempty" format:"date-time" doc:"成立的，更正或者撤回的时刻"`
}

// PaperObjection is an objection that came on paper.
type PaperObjection struct {
	Record     string `json:"record" minLength:"1" maxLength:"100" doc:"对哪一条公示：检查表编号，或者处罚信息的公示编号"`
	Words      string `json:"words" minLength:"1" maxLength:"1000" doc:"哪些内容不对、为什么"`
	Contact    string `json:"contact,omitempty" maxLength:"100" doc:"怎样联系提出的人；只供本单位在页面上看"`
	ReceivedOn string `json:"received_on" format:"date" doc:"收到日期，不晚于今天，不早于首次公示"`
}

// ObjectionRuling answers an objection.
type ObjectionRuling struct {
	Upheld bool   `json:"upheld" doc:"true：成立，在 10 个工作日内更正或者撤回；false：不成立，维持公示的内容"`
	Answer string `json:"answer" minLength:"1" maxLength:"500" doc:"答复，写成一段；随记录永久公开"`
}

// objecting registers the objections.
func (s *Server) objecting() {
	op := func(id, method, path, summary, about string, scope token.Scope) operation {
		return operation{id: id, method: method, path: "/office/objections" + path, tag: "办公", summary: summary, about: about, scope: scope}
	}
	add(s, op("listObjections", http.MethodGet, "", "公示异议", "按提出的时刻，新的在前。", token.ReadObjection), s.objections)
	add(s, op("getObjection", http.MethodGet, "/{id}", "一件异议", "", token.ReadObjection), s.objection)
	receive := op("receiveObjection", http.MethodPost, "", "登记书面异议", "一条公示同时只办一件异议；公示页随即标明“异议办理中”。", token.WriteObjection)
	receive.status, receive.kinds = http.StatusCreated, changes
	add(s, receive.wants(access.ObjectionEnter), s.receiveObjection)
	answer := op("answerObjection", http.MethodPost, "/{id}/answer", "答复异议", "由没有公示这条记录、也没有登记这件异议的人答复。只答复一次；答复过的回答 409。", token.WriteObjection)
	answer.kinds = changes
	add(s, answer.wants(access.ObjectionAnswer), s.answerObjection)
}

func (s *Server) objectionOf(o disclosure.Objection) Objection {
	x := Objection{ID: o.ID, Kind: string(o.Kind), Record: o.Record, Version: o.Version, Firm: o.Firm, Paper: o.Paper, Words: o.Words, ReceivedOn: o.ReceivedOn.String(),
		State: string(o.State), StateLabel: o.State.Name(), Due: o.Due.String(), Overdue: o.Overdue(s.today()), Answer: o.Answer, AnsweredBy: o.AnsweredBy,
		AnsweredAt: instant(o.AnsweredAt), SettledAt: instant(o.SettledAt)}
	if o.Running() {
		x.How = o.Explain
	}
	return x
}

func (s *Server) objections(ctx context.Context, in *struct {
	Paging
	Record  string `query:"record" maxLength:"100" doc:"只要对这一条公示的"`
	State   string `query:"state" enum:"open,mending,kept,corrected,withdrawn" doc:"状态"`
	Overdue bool   `query:"overdue" doc:"true：只要已过最后一天的"`
}) (*listed[Objection], error) {
	all, err := s.Disclosure.ObjectionsTo(ctx, actor(ctx).Authority, in.Record)
	if err != nil {
		return nil, err
	}
	var held []disclosure.Objection
	for _, o := range all {
		if (in.State == "" || string(o.State) == in.State) && (!in.Overdue || o.Overdue(s.today())) {
			held = append(held, o)
		}
	}
	list := of("office/objections", in.Record, in.State, strconv.FormatBool(in.Overdue))
	some, next, err := cut(held, list, in.Paging, func(o disclosure.Objection) string { return ranked(o.MadeAt.UnixMilli()) + o.ID })
	var out []Objection
	for _, o := range some {
		out = append(out, s.objectionOf(o))
	}
	q := filters(in.Paging, "record", in.Record, "state", in.State)
	if in.Overdue {
		q.Set("overdue", "true")
	}
	return pageOf("office/objections", q, out, next), err
}

func (s *Server) objection(ctx context.Context, in *ID) (*body[Objection], error) {
	o, err := s.Disclosure.Objection(ctx, actor(ctx).Authority, in.ID)
	return &body[Objection]{s.objectionOf(o)}, missing(err)
}

func (s *Server) receiveObjection(ctx context.Context, in *struct{ Body PaperObjection }) (*created[Objection], error) {
	a := actor(ctx)
	on, err := day("received_on", in.Body.ReceivedOn)
	if err != nil {
		return nil, err
	}
	p, err := s.Disclosure.PostedRecord(ctx, a.Authority, in.Body.Record)
	if err != nil {
		return nil, err
	}
	c := disclosure.Claim{Kind: p.Kind, Record: p.ID, Words: in.Body.Words, Contact: in.Body.Contact, ReceivedOn: on}
	if err := s.Disclosure.Receive(ctx, a, c); err != nil {
		return nil, err
	}
	all, err := s.Disclosure.ObjectionsTo(ctx, a.Authority, p.ID)
	if err != nil {
		return nil, err
	}
	o := all[len(all)-1] // this one: it is under way, and a record has no other then
	return &created[Objection]{prefix + "office/objections/" + o.ID, s.objectionOf(o)}, nil
}

func (s *Server) answerObjection(ctx context.Context, in *struct {
	ID
	Body ObjectionRuling
}) (*body[Objection], error) {
	err := s.Disclosure.Answer(ctx, actor(ctx), in.ID.ID, disclosure.Ruling{Upheld: in.Body.Upheld, Answer: in.Body.Answer})
	if err != nil {
		return nil, missing(err)
	}
	return s.objection(ctx, &in.ID)
}
