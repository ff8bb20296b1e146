package api

import (
	"context"
	"net/http"

	"suiji/internal/access"
	"suiji/internal/casework"
	"suiji/internal/disclosure"
	"suiji/internal/shape"
	"suiji/internal/token"
)

// mending registers what changes or ends what is public, and the extensions.
func (s *Server) mending() {
	op := func(id, method, path, summary, about string, scope token.Scope) operation {
		o := operation{id: id, method: method, path: "/office" + path, tag: "办公", summary: summary, about: about, scope: scope}
		if method == http.MethodPost {
			o.kinds = changes
		}
		return o
	}
	add(s, op("correctResult", http.MethodPost, "/publications/{form}/correct", "更正公示的结果", "按检查表现在已审核的内容公示新的一版，先前的各版仍可查看。内容没有变化的、没有公示的、结论还没有审核的，回答 409。", token.WritePublish).wants(access.ResultCorrect), s.correctResult)
	add(s, op("withdrawResult", http.MethodPost, "/publications/{form}/withdraw", "撤回公示的结果", "公示的地址不变，只留日期、指纹和原因。没有公示的回答 409。", token.WritePublish).wants(access.ResultWithdraw), s.withdrawResult)
	add(s, op("withdrawPenalty", http.MethodPost, "/penalties/{id}/withdraw", "撤回公示有误的处罚信息", "处罚决定不变，改正以后可以再公示；撤销决定用 revokeDecision。没有公示的回答 409。", token.WritePublish).wants(access.PenaltyPublish), s.withdrawPenalty)
	add(s, op("listRepairs", http.MethodGet, "/repairs", "信用修复申请", "按登记的时刻，新的在前。", token.ReadFollowup).wants(access.DeskRead), s.repairs) // of no unit, as its pages
	add(s, op("getRepair", http.MethodGet, "/repairs/{id}", "一件信用修复申请", "", token.ReadFollowup).wants(access.DeskRead), s.repairOf)
	apply := op("applyRepair", http.MethodPost, "/repairs", "登记信用修复申请", "一条处罚信息同时只办一件申请。", token.WriteFollowup).wants(access.RepairEnter)
	apply.status = http.StatusCreated
	add(s, apply, s.applyRepair)
	add(s, op("decideRepair", http.MethodPost, "/repairs/{id}/decision", "决定信用修复申请", "由登记人以外的人决定。只决定一次；决定过的回答 409。", token.WriteFollowup).wants(access.RepairDecide), s.decideRepair)
	held := func(id, what, summary, about string, act access.Action) operation {
		o := op(id, http.MethodPost, "/followups/{form}/{ref}/"+what, summary, "须带 If-Match。"+about, token.WriteFollowup).wants(act)
		o.kinds = onCondition
		return o
	}
	add(s, held("extendRectification", "extend", "延长改正期限", "期限已过的、复查不合格的也可以。", access.RectifyEdit), s.extend)
	add(s, held("askCaseExtension", "case/extension", "申请延长调查", "一件案件只延长一次（30 个工作日），在期限以内申请。", access.CaseEdit), s.askLonger)
	add(s, held("decideCaseExtension", "case/extension/decision", "决定延长调查的申请", "由申请人以外的局领导在期限以内决定。", access.CaseLengthen), s.decideLonger)
}

// published answers with what the public reads of a form after a change.
func (s *Server) published(ctx context.Context, form string, err error) (*body[shape.PublicResult], error) {
	if err != nil {
		return nil, missing(err)
	}
	return s.result(ctx, &formInput{Office{actor(ctx).Authority}, form})
}

type formReason struct {
	FormID
	Body shape.Because
}

func (s *Server) correctResult(ctx context.Context, in *formReason) (*body[shape.PublicResult], error) {
	return s.published(ctx, in.Form, s.Disclosure.Correct(ctx, actor(ctx), in.Form, in.Body.Reason))
}

func (s *Server) withdrawResult(ctx context.Context, in *formReason) (*body[shape.PublicResult], error) {
	return s.published(ctx, in.Form, s.Disclosure.Withdraw(ctx, actor(ctx), in.Form, in.Body.Reason))
}

func (s *Server) withdrawPenalty(ctx context.Context, in *struct {
	ID
	Body shape.Because
}) (*body[shape.PublicPenalty], error) {
	one := &One{Office{actor(ctx).Authority}, in.ID.ID}
	if _, err := s.penalty(ctx, one); err != nil {
		return nil, missing(err)
	}
	if err := s.Disclosure.WithdrawPenalty(ctx, actor(ctx), one.ID, in.Body.Reason); err != nil {
		return nil, err
	}
	return s.penalty(ctx, one)
}

func repair(r disclosure.Repair) shape.Repair {
	return shape.Repair{ID: r.ID, Penalty: r.Penalty, AppliedOn: r.AppliedOn.String(), Words: r.Words, State: string(r.State), StateLabel: r.State.Name(), Due: r.Due.String(), How: r.Explain, Answer: r.Answer, DecidedBy: r.DecidedBy, DecidedAt: instant(r.DecidedAt)}
}

func (s *Server) repairs(ctx context.Context, in *struct {
	Paging
	Penalty string `query:"penalty" maxLength:"120" doc:"只要对这一条处罚信息的"`
}) (*listed[shape.Repair], error) {
	all, err := s.Disclosure.Repairs(ctx, actor(ctx).Authority, in.Penalty)
	if err != nil {
		return nil, err
	}
	some, next, err := cut(all, of("office/repairs", in.Penalty), in.Paging, func(r disclosure.Repair) string { return ranked(r.MadeAt.UnixMilli()) + r.ID })
	var out []shape.Repair
	for _, r := range some {
		out = append(out, repair(r))
	}
	return pageOf("office/repairs", filters(in.Paging, "penalty", in.Penalty), out, next), err
}

func (s *Server) repairOf(ctx context.Context, in *ID) (*body[shape.Repair], error) {
	r, err := s.Disclosure.Repair(ctx, actor(ctx).Authority, in.ID)
	return &body[shape.Repair]{repair(r)}, missing(err)
}

func (s *Server) applyRepair(ctx context.Context, in *struct{ Body shape.RepairApplication }) (*created[shape.Repair], error) {
	on, err := day("applied_on", in.Body.AppliedOn)
	if err != nil {
		return nil, err
	}
	if err := s.Disclosure.ApplyRepair(ctx, actor(ctx), in.Body.Penalty, in.Body.Words, on); err != nil {
		return nil, err
	}
	all, err := s.Disclosure.Repairs(ctx, actor(ctx).Authority, in.Body.Penalty)
	if err != nil {
		return nil, err
	}
	r := repair(all[0]) // this one: it is under way, and a penalty has no other then
	return &created[shape.Repair]{prefix + "office/repairs/" + r.ID, r}, nil
}

func (s *Server) decideRepair(ctx context.Context, in *struct {
	ID
	Body shape.RepairRuling
}) (*body[shape.Repair], error) {
	if err := s.Disclosure.DecideRepair(ctx, actor(ctx), in.ID.ID, in.Body.Granted, in.Body.Answer); err != nil {
		return nil, missing(err)
	}
	return s.repairOf(ctx, &in.ID)
}

func (s *Server) extend(ctx context.Context, in *step[shape.Extended]) (*tagged[shape.Followup], error) {
	due, err := day("due", in.Body.Due)
	if err != nil {
		return nil, err
	}
	return stepped(ctx, s, in, func(a access.Actor, k casework.Key) error {
		return s.Casework.Extend(ctx, a, k, due, in.Body.Reason)
	})
}

func (s *Server) askLonger(ctx context.Context, in *step[shape.Longer]) (*tagged[shape.Followup], error) {
	return stepped(ctx, s, in, func(a access.Actor, k casework.Key) error { return s.Casework.AskLonger(ctx, a, k, in.Body.Reason) })
}

func (s *Server) decideLonger(ctx context.Context, in *step[shape.Verdict]) (*tagged[shape.Followup], error) {
	return stepped(ctx, s, in, func(a access.Actor, k casework.Key) error {
		return s.Casework.DecideLonger(ctx, a, k, in.Body.Approved, in.Body.Opinion)
	})
}
