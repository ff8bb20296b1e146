package api

import (
	"context"
	"net/http"

	"suiji/internal/access"
	"suiji/internal/intake"
	"suiji/internal/register"
	"suiji/internal/shape"
	"suiji/internal/token"
)

// moving registers what takes a form, a plan, a round or an import to its next
// state.
func (s *Server) moving() {
	act := func(id, path, summary, about string, scope token.Scope, action access.Action) operation {
		return operation{id: id, method: http.MethodPost, path: "/office" + path, tag: "办公", summary: summary, about: about, scope: scope, kinds: changes}.wants(action)
	}
	held := func(o operation) operation {
		o.about, o.kinds = "须带 If-Match。"+o.about, onCondition
		return o
	}
	add(s, held(act("confirmResult", "/forms/{form}/confirm", "审核检查结果：同意", "由没有录入这张表的审核员审核。", token.WriteReview, access.ConclusionCheck)), s.confirmResult)
	add(s, act("returnResult", "/forms/{form}/return", "审核检查结果：退回", "退回录入人修改。", token.WriteReview, access.FormReturn), s.returnResult)
	add(s, act("reopenResult", "/forms/{form}/reopen", "重新打开已审核的检查表", "已经公示的内容不变，改正、审核以后用 correctResult 更正。", token.WriteReview, access.FormReopen), s.reopenResult)
	add(s, act("exemptResult", "/publications/{form}/exempt", "批准免予公示", "法律规定不得公开的；单列计数。", token.WritePublish, access.ResultExempt), s.exemptResult)

	add(s, held(act("submitPlan", "/plans/{id}/submit", "送审计划", "草稿有缺陷的，逐条写明，仍是草稿。", token.WritePlan, access.PlanEdit)), s.submitPlan)
	add(s, act("approvePlan", "/plans/{id}/approve", "批准计划", "起草、送审的人不能批准；批准的就是 digest 所指的内容，变动了回答 409。", token.WritePlan, access.PlanApprove), s.approvePlan)
	add(s, act("returnPlan", "/plans/{id}/return", "退回计划", "", token.WritePlan, access.PlanApprove), s.returnPlan)
	add(s, act("publishPlan", "/plans/{id}/publish", "公布计划", "已批准的；指纹进入公开台账。", token.WritePlan, access.PlanPublish), s.publishPlan)

	add(s, act("confirmRound", "/rounds/{id}/confirm", "确认抽中的对象", "比对结束，名单即确定。", token.WriteRound, access.TargetConfirm), s.confirmRound)
	add(s, act("issueForms", "/rounds/{id}/forms", "生成检查表", "每户一张；已经生成的不再生成。", token.WriteRound, access.FormIssue), s.issueForms)

	list := operation{id: "listImports", method: http.MethodGet, path: "/office/imports", tag: "办公", summary: "导入记录", about: "最近 200 次，按导入编号。逐行的问题见 getImport。", scope: token.WriteRegister}
	add(s, list, s.imports)
	add(s, act("undoImport", "/imports/{id}/undo", "撤销导入", "用于封存的轮次以前可以；以后又有人改过的记录不变。", token.WriteRegister, access.RegisterImport), s.undoImport)
	add(s, act("dropImport", "/imports/{id}/drop", "放弃导入", "没有写入的；文件随即删除。", token.WriteRegister, access.RegisterImport), s.dropImport)
	add(s, act("withdrawTarget", "/targets/{id}/withdraw", "移出一个检查对象", "", token.WriteRegister, access.RegisterEdit), s.withdrawTarget)
	add(s, act("withdrawOfficer", "/officers/{id}/withdraw", "移出一名执法人员", "", token.WriteRegister, access.RegisterEdit), s.withdrawOfficer)
	add(s, act("withdrawRegisterItem", "/items/{id}/withdraw", "移出一个抽查事项", "", token.WriteRegister, access.RegisterEdit), s.withdrawItem)
}

func (s *Server) confirmResult(ctx context.Context, in *struct {
	FormID
	Matched
	Body shape.Opinion
}) (*tagged[shape.OfficeForm], error) {
	read, err := in.version()
	if err != nil {
		return nil, err
	}
	a := actor(ctx)
	if err := s.Inspection.Confirm(ctx, a, in.Form, read, in.Body.Opinion); err != nil {
		f, ferr := s.Inspection.Form(ctx, a.Authority, in.Form)
		if ferr != nil {
			return nil, missing(err)
		}
		return nil, overtaken(err, read, f.Revision)
	}
	return s.form(ctx, &in.FormID)
}

// formGrounds is a request about a form with a reason.
type formGrounds struct {
	FormID
	Body shape.Grounds
}

func (s *Server) returnResult(ctx context.Context, in *formGrounds) (*tagged[shape.OfficeForm], error) {
	if err := s.Inspection.Return(ctx, actor(ctx), in.Form, in.Body.Reason); err != nil {
		return nil, missing(err)
	}
	return s.form(ctx, &in.FormID)
}

func (s *Server) reopenResult(ctx context.Context, in *formGrounds) (*tagged[shape.OfficeForm], error) {
	if err := s.Inspection.Reopen(ctx, actor(ctx), in.Form, in.Body.Reason); err != nil {
		return nil, missing(err)
	}
	return s.form(ctx, &in.FormID)
}

func (s *Server) exemptResult(ctx context.Context, in *formGrounds) (*tagged[shape.OfficeForm], error) {
	if err := s.Disclosure.Exempt(ctx, actor(ctx), in.Form, in.Body.Reason); err != nil {
		return nil, missing(err)
	}
	return s.form(ctx, &in.FormID)
}

func (s *Server) submitPlan(ctx context.Context, in *struct {
	ID
	Matched
}) (*tagged[shape.OfficePlan], error) {
	read, err := in.version()
	if err != nil {
		return nil, err
	}
	a := actor(ctx)
	if err := s.Plan.Submit(ctx, a, in.ID.ID, int(read)); err != nil {
		p, perr := s.Plan.Plan(ctx, a.Authority, in.ID.ID)
		if perr != nil {
			return nil, missing(err)
		}
		return nil, overtaken(err, read, int64(p.Revision))
	}
	return s.officePlan(ctx, &in.ID)
}

func (s *Server) approvePlan(ctx context.Context, in *struct {
	ID
	Body shape.PlanSignature
}) (*tagged[shape.OfficePlan], error) {
	if err := s.Plan.Approve(ctx, actor(ctx), in.ID.ID, in.Body.Digest, in.Body.Opinion); err != nil {
		return nil, missing(err)
	}
	return s.officePlan(ctx, &in.ID)
}

// grounds is a request about a thing with a reason.
type grounds struct {
	ID
	Body shape.Grounds
}

func (s *Server) returnPlan(ctx context.Context, in *grounds) (*tagged[shape.OfficePlan], error) {
	if err := s.Plan.Return(ctx, actor(ctx), in.ID.ID, in.Body.Reason); err != nil {
		return nil, missing(err)
	}
	return s.officePlan(ctx, &in.ID)
}

func (s *Server) publishPlan(ctx context.Context, in *ID) (*tagged[shape.OfficePlan], error) {
	if err := s.Plan.Publish(ctx, actor(ctx), in.ID); err != nil {
		return nil, missing(err)
	}
	return s.officePlan(ctx, in)
}

func (s *Server) confirmRound(ctx context.Context, in *ID) (*body[shape.OfficeRound], error) {
	if err := s.Round.Confirm(ctx, actor(ctx), in.ID); err != nil {
		return nil, missing(err)
	}
	return s.officeRound(ctx, in)
}

func (s *Server) issueForms(ctx context.Context, in *ID) (*body[shape.OfficeRound], error) {
	if err := s.Inspection.Issue(ctx, actor(ctx), in.ID); err != nil {
		return nil, missing(err)
	}
	return s.officeRound(ctx, in)
}

// mostImports is how many imports the list goes back.
const mostImports = 200

func (s *Server) imports(ctx context.Context, in *struct {
	Paging
	List string `query:"list" enum:"targets,officers,items" doc:"名录；不填为全部"`
}) (*listed[shape.Import], error) {
	all, err := s.Intake.Imports(ctx, actor(ctx).Authority, register.List(in.List), mostImports)
	if err != nil {
		return nil, err
	}
	some, next, err := cut(all, of("office/imports", in.List), in.Paging, func(i intake.Import) string { return i.ID })
	var out []shape.Import
	for _, i := range some {
		out = append(out, imported(i))
	}
	return pageOf("office/imports", filters(in.Paging, "list", in.List), out, next), err
}

func (s *Server) undoImport(ctx context.Context, in *ID) (*body[shape.Import], error) {
	if err := s.Intake.Undo(ctx, actor(ctx), in.ID); err != nil {
		return nil, missing(err)
	}
	return s.importOf(ctx, in)
}

func (s *Server) dropImport(ctx context.Context, in *ID) (*body[shape.Import], error) {
	if err := s.Intake.Drop(ctx, actor(ctx), in.ID); err != nil {
		return nil, missing(err)
	}
	return s.importOf(ctx, in)
}

// reasoned says where a reason that is not accepted lies.
func reasoned(err error) error {
	return pointed(missing(err), func(string) string { return "reason" })
}

func (s *Server) withdrawTarget(ctx context.Context, in *grounds) (*tagged[shape.TargetRecord], error) {
	if err := s.Register.Withdraw(ctx, actor(ctx), in.ID.ID, in.Body.Reason); err != nil {
		return nil, reasoned(err)
	}
	return s.target(ctx, &in.ID)
}

func (s *Server) withdrawOfficer(ctx context.Context, in *grounds) (*tagged[shape.OfficerRecord], error) {
	if err := s.Register.WithdrawOfficer(ctx, actor(ctx), in.ID.ID, in.Body.Reason); err != nil {
		return nil, reasoned(err)
	}
	return s.officer(ctx, &in.ID)
}

func (s *Server) withdrawItem(ctx context.Context, in *grounds) (*tagged[shape.ItemRecord], error) {
	if err := s.Register.WithdrawItem(ctx, actor(ctx), in.ID.ID, in.Body.Reason); err != nil {
		return nil, reasoned(err)
	}
	return s.registerItem(ctx, &in.ID)
}
