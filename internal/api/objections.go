package api

import (
	"context"
	"net/http"
	"strconv"

	"suiji/internal/access"
	"suiji/internal/disclosure"
	"suiji/internal/shape"
	"suiji/internal/token"
)

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

func (s *Server) objectionOf(o disclosure.Objection) shape.Objection {
	x := shape.Objection{ID: o.ID, Kind: string(o.Kind), Record: o.Record, Version: o.Version, Firm: o.Firm, Paper: o.Paper, Words: o.Words, ReceivedOn: o.ReceivedOn.String(),
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
}) (*listed[shape.Objection], error) {
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
	var out []shape.Objection
	for _, o := range some {
		out = append(out, s.objectionOf(o))
	}
	q := filters(in.Paging, "record", in.Record, "state", in.State)
	if in.Overdue {
		q.Set("overdue", "true")
	}
	return pageOf("office/objections", q, out, next), err
}

func (s *Server) objection(ctx context.Context, in *ID) (*body[shape.Objection], error) {
	o, err := s.Disclosure.Objection(ctx, actor(ctx).Authority, in.ID)
	return &body[shape.Objection]{s.objectionOf(o)}, missing(err)
}

func (s *Server) receiveObjection(ctx context.Context, in *struct{ Body shape.PaperObjection }) (*created[shape.Objection], error) {
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
	return &created[shape.Objection]{prefix + "office/objections/" + o.ID, s.objectionOf(o)}, nil
}

func (s *Server) answerObjection(ctx context.Context, in *struct {
	ID
	Body shape.ObjectionRuling
}) (*body[shape.Objection], error) {
	err := s.Disclosure.Answer(ctx, actor(ctx), in.ID.ID, disclosure.Ruling{Upheld: in.Body.Upheld, Answer: in.Body.Answer})
	if err != nil {
		return nil, missing(err)
	}
	return s.objection(ctx, &in.ID)
}
