package api

import (
	"context"
	"net/http"

	"suiji/internal/access"
	"suiji/internal/casework"
	"suiji/internal/disclosure"
	"suiji/internal/token"
)

// Repair is a firm's application for the earlier end of a penalty's publication.
type Repair struct {
	ID         string `json:"id" doc:"申请编号"`
	Penalty    string `json:"penalty" doc:"处罚信息的公示编号"`
	AppliedOn  string `json:"applied_on" format:"date" doc:"申请日期，决定期限从这一天起算"`
	Words      string `json:"words" doc:"企业怎样纠正了违法行为、履行了义务；不公开"`
	State      string `json:"state" enum:"open,granted,refused" doc:"open 待决定，granted 同意修复、停止公示，refused 不予修复"`
	StateLabel string `json:"state_label" doc:"状态的中文名称"`
	Due        string `json:"due,omitempty" format:"date" doc:"决定的最后一天；决定过的、当年放假安排没有公布的没有这一项"`
	How        string `json:"how,omitempty" doc:"这一天怎么来的"`
	Answer     string `json:"answer,omitempty" doc:"决定的理由；同意的随记录公开"`
	DecidedBy  string `json:"decided_by,omitempty" doc:"决定的人（姓名）"`
	DecidedAt  string `json:"decided_at,omitempty" format:"date-time" doc:"决定的时刻"`
}

// RepairApplication is an application as it is entered.
type RepairApplication struct {
	Penalty   string `json:"penalty" minLength:"1" maxLength:"120" doc:"处罚信息的公示编号"`
	AppliedOn string `json:"applied_on" format:"date" doc:"申请日期，不晚于今天，不早于这一类别的最短公示期满"`
	Words     string `json:"words" maxLength:"1000" doc:"企业怎样纠正了违法行为、履行了义务"`
}

// RepairRuling decides an application.
type RepairRuling struct {
	Granted bool   `json:"granted" doc:"true：同意修复，立即停止公示；false：不予修复，继续公示"`
	Answer  string `json:"answer" maxLength:"500" doc:"决定的理由，写成一段；同意的随记录永久公开"`
}

// Because says why something public is changed.
type Because struct {
	Reason string `json:"reason" maxLength:"500" doc:"原因，写成一段；随记录永久公开"`
}

// Extended moves the last day of a rectification.
type Extended struct {
	Due    string `json:"due" format:"date" doc:"新的期限，晚于原来的期限，不早于今天"`
	Reason string `json:"reason" maxLength:"2000" doc:"延期的理由"`
}

// Longer asks for more time for a case.
type Longer struct {
	Reason string `json:"reason" maxLength:"2000" doc:"情况复杂、需要延长的理由"`
}

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
func (s *Server) published(ctx context.Context, form string, err error) (*body[PublicResult], error) {
	if err != nil {
		return nil, missing(err)
	}
	return s.result(ctx, &formInput{Office{actor(ctx).Authority}, form})
}

type formReason struct {
	FormID
	Body Because
}

func (s *Server) correctResult(ctx context.Context, in *formReason) (*body[PublicResult], error) {
	return s.published(ctx, in.Form, s.Disclosure.Correct(ctx, actor(ctx), in.Form, in.Body.Reason))
}

func (s *Server) withdrawResult(ctx context.Context, in *formReason) (*body[PublicResult], error) {
	return s.published(ctx, in.Form, s.Disclosure.Withdraw(ctx, actor(ctx), in.Form, in.Body.Reason))
}

func (s *Server) withdrawPenalty(ctx context.Context, in *struct {
	ID
	Body Because
}) (*body[PublicPenalty], error) {
	one := &One{Office{actor(ctx).Authority}, in.ID.ID}
	if _, err := s.penalty(ctx, one); err != nil {
		return nil, missing(err)
	}
	if err := s.Disclosure.WithdrawPenalty(ctx, actor(ctx), one.ID, in.Body.Reason); err != nil {
		return nil, err
	}
	return s.penalty(ctx, one)
}

func repair(r disclosure.Repair) Repair {
	return Repair{r.ID, r.Penalty, r.AppliedOn.String(), r.Words, string(r.State), r.State.Name(), r.Due.String(), r.Explain, r.Answer, r.DecidedBy, instant(r.DecidedAt)}
}

func (s *Server) repairs(ctx context.Context, in *struct {
	Paging
	Penalty string `query:"penalty" maxLength:"120" doc:"只要对这一条处罚信息的"`
}) (*listed[Repair], error) {
	all, err := s.Disclosure.Repairs(ctx, actor(ctx).Authority, in.Penalty)
	if err != nil {
		return nil, err
	}
	some, next, err := cut(all, of("office/repairs", in.Penalty), in.Paging, func(r disclosure.Repair) string { return ranked(r.MadeAt.UnixMilli()) + r.ID })
	var out []Repair
	for _, r := range some {
		out = append(out, repair(r))
	}
	return pageOf("office/repairs", filters(in.Paging, "penalty", in.Penalty), out, next), err
}

// repaired finds the application that is asked for.
func (s *Server) repaired(ctx context.Context, penalty string, is func(disclosure.Repair) bool) (Repair, error) {
	all, err := s.Disclosure.Repairs(ctx, actor(ctx).Authority, penalty)
	for _, r := range all {
		if is(r) {
			return repair(r), err
		}
	}
	return Repair{}, err
}

func (s *Server) applyRepair(ctx context.Context, in *struct{ Body RepairApplication }) (*created[Repair], error) {
	on, err := day("applied_on", in.Body.AppliedOn)
	if err != nil {
		return nil, err
	}
	if err := s.Disclosure.ApplyRepair(ctx, actor(ctx), in.Body.Penalty, in.Body.Words, on); err != nil {
		return nil, err
	}
	r, err := s.repaired(ctx, in.Body.Penalty, func(r disclosure.Repair) bool { return r.State == disclosure.RepairOpen })
	return &created[Repair]{prefix + "office/repairs?penalty=" + r.Penalty, r}, err
}

func (s *Server) decideRepair(ctx context.Context, in *struct {
	ID
	Body RepairRuling
}) (*body[Repair], error) {
	if err := s.Disclosure.DecideRepair(ctx, actor(ctx), in.ID.ID, in.Body.Granted, in.Body.Answer); err != nil {
		return nil, missing(err)
	}
	r, err := s.repaired(ctx, "", func(r disclosure.Repair) bool { return r.ID == in.ID.ID })
	return &body[Repair]{r}, err
}

func (s *Server) extend(ctx context.Context, in *step[Extended]) (*tagged[Followup], error) {
	due, err := day("due", in.Body.Due)
	if err != nil {
		return nil, err
	}
	return stepped(ctx, s, in, func(a access.Actor, k casework.Key) error {
		return s.Casework.Extend(ctx, a, k, due, in.Body.Reason)
	})
}

func (s *Server) askLonger(ctx context.Context, in *step[Longer]) (*tagged[Followup], error) {
	return stepped(ctx, s, in, func(a access.Actor, k casework.Key) error { return s.Casework.AskLonger(ctx, a, k, in.Body.Reason) })
}

func (s *Server) decideLonger(ctx context.Context, in *step[Verdict]) (*tagged[Followup], error) {
	return stepped(ctx, s, in, func(a access.Actor, k casework.Key) error {
		return s.Casework.DecideLonger(ctx, a, k, in.Body.Approved, in.Body.Opinion)
	})
}
