package api

import (
	"context"
	"net/http"

	"suiji/internal/access"
	"suiji/internal/shape"
	"suiji/internal/supervise"
	"suiji/internal/token"
)

// supervising registers the questions of supervision. Whoever supervises reads
// all of them, others what they are asked.
func (s *Server) supervising() {
	op := func(id, method, path, summary, about string, scope token.Scope, act access.Action) operation {
		o := operation{id: id, method: method, path: "/office/questions" + path, tag: "办公", summary: summary, about: about, scope: scope}.wants(act)
		if method == http.MethodPost {
			o.kinds = changes
		}
		return o
	}
	add(s, op("listQuestions", http.MethodGet, "", "监督问题", "按问题编号。本局可以监督的看全部，其余的人看问自己的。", token.ReadSupervision, access.DeskRead), s.questions)
	add(s, op("getQuestion", http.MethodGet, "/{id}", "一个监督问题", "连同所依据的事实和答复。", token.ReadSupervision, access.DeskRead), s.question)
	add(s, op("answerQuestion", http.MethodPost, "/{id}/answer", "答复监督问题", "由被问的人答复。", token.WriteSupervision, access.SuperviseAnswer), s.answerQuestion)
	add(s, op("judgeQuestion", http.MethodPost, "/{id}/judge", "审阅答复", "接受，或者再问；由答复人以外的人审阅。", token.WriteSupervision, access.SuperviseJudge), s.judgeQuestion)
}

func supervisionLine(q supervise.Question) shape.SupervisionLine {
	x := shape.SupervisionLine{ID: q.ID, Rule: string(q.Rule), RuleLabel: q.RuleOf().Name, What: q.What, State: string(q.State), StateLabel: q.State.Name(), AskedAt: instant(q.AskedAt),
		Due: q.Due.String(), How: q.How, Asked: []string{}, Role: string(q.Role), Why: q.Why}
	for _, p := range q.Asked {
		x.Asked = append(x.Asked, p.Name)
	}
	return x
}

func (s *Server) questions(ctx context.Context, in *struct {
	Paging
	State string `query:"state" enum:"open,answered,accepted,closed" doc:"状态"`
	Rule  string `query:"rule" maxLength:"40" doc:"规则"`
}) (*listed[shape.SupervisionLine], error) {
	a := actor(ctx)
	all, err := s.Supervise.Questions(ctx, a, supervise.Filter{State: supervise.State(in.State), Rule: supervise.Code(in.Rule)})
	if err != nil {
		return nil, err
	}
	some, next, err := cut(all, of("office/questions", in.State, in.Rule), in.Paging, func(q supervise.Question) string { return q.ID })
	if err != nil {
		return nil, err
	}
	var out []shape.SupervisionLine
	var rounds []string
	for _, q := range some {
		out, rounds = append(out, supervisionLine(q)), append(rounds, q.Rounds()...)
	}
	return pageOf("office/questions", filters(in.Paging, "state", in.State, "rule", in.Rule), out, next), s.Round.Look(ctx, a, rounds)
}

func (s *Server) question(ctx context.Context, in *ID) (*body[shape.SupervisionQuestion], error) {
	a := actor(ctx)
	q, _, err := s.Supervise.Question(ctx, a, in.ID)
	if err != nil {
		return nil, missing(err)
	}
	x := shape.SupervisionQuestion{SupervisionLine: supervisionLine(q), Rows: []shape.SupervisionRow{}, Words: []shape.SupervisionWord{}}
	for _, r := range q.Rows {
		x.Rows = append(x.Rows, shape.SupervisionRow{Day: r.Day.String(), Round: r.Round, Form: r.Form, Target: r.Target, Firm: r.Firm, Words: r.Words})
	}
	for _, w := range q.Words {
		x.Words = append(x.Words, shape.SupervisionWord{No: w.No, Kind: w.Kind, Text: w.Text, By: w.By, At: instant(w.At)})
	}
	return &body[shape.SupervisionQuestion]{x}, s.Round.Look(ctx, a, q.Rounds())
}

func (s *Server) answerQuestion(ctx context.Context, in *struct {
	ID
	Body shape.SupervisionAnswer
}) (*body[shape.SupervisionQuestion], error) {
	if err := s.Supervise.Answer(ctx, actor(ctx), in.ID.ID, in.Body.Answer); err != nil {
		return nil, missing(err)
	}
	return s.question(ctx, &in.ID)
}

func (s *Server) judgeQuestion(ctx context.Context, in *struct {
	ID
	Body shape.SupervisionRuling
}) (*body[shape.SupervisionQuestion], error) {
	if err := s.Supervise.Judge(ctx, actor(ctx), in.ID.ID, in.Body.No, in.Body.Accepted, in.Body.Opinion); err != nil {
		return nil, missing(err)
	}
	return s.question(ctx, &in.ID)
}
