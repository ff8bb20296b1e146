package planning

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/errs"
	"suiji/internal/page"
	"suiji/internal/plan"
)

// planCheckPage is the clerk's last look before the plan goes to the leader.
type planCheckPage struct {
	page.Base
	planView
}

func (s *Server) checkPlan(r *http.Request) (page.Page, error) {
	v, err := s.planView(r)
	if err != nil {
		return nil, err
	}
	return &planCheckPage{Base: page.Base{Title: "核对并报批", Trail: planTrailTo(v.Plan)}, planView: v}, nil
}

func planTrailTo(p plan.Plan) []page.Link {
	return append(planTrail[:1:1], page.Link{Word: fmt.Sprintf("%d 年度", p.Year), Href: planPath(p.ID)})
}

func (s *Server) submitPlan(r *http.Request) (string, error) {
	id := r.PathValue("id")
	revision, err := strconv.Atoi(r.PostFormValue("revision"))
	if err != nil {
		return "", errs.E(errs.Invalid, "页面已过期，请重新打开“核对并报批”")
	}
	return planPath(id), s.Plan.Submit(r.Context(), actor(r), id, revision)
}

// planApprovePage shows the leader what will be signed.
type planApprovePage struct {
	page.Base
	planView
	Own     bool // the reader drafted or submitted it, so cannot approve
	Phrases []page.Option
}

// planPhrases are reasons for a return that offices often give.
var planPhrases = []string{"抽查比例或分层需要调整", "批次时间与其他工作冲突", "文字有误，请修改后重报", "事项或依据需要补充"}

func (s *Server) planApproval(r *http.Request) (page.Page, error) {
	if !access.Allow(actor(r), access.PlanApprove) {
		return nil, errs.E(errs.Forbidden, "审批计划须由局领导办理")
	}
	v, err := s.planView(r)
	if err != nil {
		return nil, err
	}
	if v.Plan.State != plan.Submitted && v.Plan.State != plan.Approved {
		return nil, errs.E(errs.Conflict, "计划目前是“"+v.Plan.State.Name()+"”，不在审批中")
	}
	a := actor(r)
	return &planApprovePage{
		Base:     page.Base{Title: "审批计划", Trail: planTrailTo(v.Plan)},
		planView: v,
		Own:      a.ID == v.Plan.DraftedBy || a.ID == v.Plan.SubmittedBy,
		Phrases:  page.Options(planPhrases, func(s string) (string, string) { return s, s }),
	}, nil
}

func (s *Server) approvePlan(r *http.Request) (string, error) {
	id := r.PathValue("id")
	return planPath(id), s.Plan.Approve(r.Context(), actor(r), id, r.PostFormValue("digest"), strings.TrimSpace(r.PostFormValue("opinion")))
}

func (s *Server) returnPlan(r *http.Request) (string, error) {
	id := r.PathValue("id")
	reason := strings.TrimSpace(r.PostFormValue("reason"))
	if phrase := r.PostFormValue("phrase"); phrase != "" {
		reason = strings.Trim(phrase+"；"+reason, "；")
	}
	return planPath(id), s.Plan.Return(r.Context(), actor(r), id, reason)
}

func (s *Server) publishPlan(r *http.Request) (string, error) {
	id := r.PathValue("id")
	return planPath(id), s.Plan.Publish(r.Context(), actor(r), id)
}

func (s *Server) closePlan(r *http.Request) (string, error) {
	id := r.PathValue("id")
	return planPath(id), s.Plan.Close(r.Context(), actor(r), id)
}

func (s *Server) amendPlan(r *http.Request) (string, error) {
	id := r.PostFormValue("id")
	return planPath(id), s.Plan.Amend(r.Context(), actor(r), r.PathValue("id"), id, counter.Text(r, "amend_reason"))
}
