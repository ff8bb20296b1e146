package publicity

import (
	"errors"
	"net/http"
	"net/url"

	"suiji/internal/access"
	"suiji/internal/casework"
	"suiji/internal/counter"
	"suiji/internal/disclosure"
	"suiji/internal/notice"
	"suiji/internal/page"
)

// posted is a penalty that was published, with its state in a word.
type posted struct {
	disclosure.PenaltyVersion
	Tag    page.Tag
	Left   string
	Repair bool // an application waits
}

func (s *Server) posted(v disclosure.PenaltyVersion, repairs []disclosure.Repair) posted {
	p := posted{PenaltyVersion: v, Tag: page.Tag{Word: v.State.Name()}}
	if v.Current {
		p.Tag, p.Left = page.Tag{Tone: page.Doing, Word: "正在公示"}, notice.Left(v.Until, s.today())
	}
	for _, r := range repairs {
		p.Repair = p.Repair || r.Penalty == v.ID && r.State == disclosure.RepairOpen
	}
	return p
}

// decided is a decision that stands and is to be published.
type decided struct {
	casework.Penalty
	Due  casework.Clock
	Left string
}

type penaltiesPage struct {
	page.Base
	Waiting []decided
	Posted  []posted
	May     bool
}

// waiting lists the decisions that are to be public today and never were, or
// were published wrongly.
func (s *Server) waiting(r *http.Request, all []disclosure.PenaltyVersion) (list []decided, err error) {
	done := disclosure.Settled(all)
	cal, err := s.Disclosure.Reference.Calendar(r.Context())
	if err != nil {
		return nil, err
	}
	decisions, err := s.Casework.Penalties(r.Context(), actor(r).Authority, "")
	for _, p := range decisions {
		if p.Public(s.today()) && !done[p.Number] {
			due := p.PublishBy(cal)
			list = append(list, decided{p, due, notice.Left(due.On, s.today())})
		}
	}
	return list, err
}

// decision is a decision as the disclosure takes it.
func (s *Server) decision(r *http.Request) (disclosure.Decision, error) {
	p, err := s.Casework.Penalty(r.Context(), actor(r).Authority, r.FormValue("number"))
	if err != nil {
		return disclosure.Decision{}, err
	}
	return disclosure.DecisionOf(p)
}

type previewPage struct {
	page.Base
	Record disclosure.PenaltyRecord
	Masked []string
	May    bool
}

// preview shows exactly what the public would read of a decision.
func (s *Server) preview(r *http.Request) (page.Page, error) {
	d, err := s.decision(r)
	if err != nil {
		return nil, err
	}
	record, masked, err := s.Disclosure.PenaltyPreview(r.Context(), actor(r).Authority, d)
	return &previewPage{page.Base{Title: "公示预览", Trail: []page.Link{{Word: "处罚公示", Href: "/w/penalties"}}}, record, masked,
		access.Allow(actor(r), access.PenaltyPublish)}, err
}

func (s *Server) publish(r *http.Request) (string, error) {
	d, err := s.decision(r)
	if err != nil {
		return "", err
	}
	_, err = s.Disclosure.PublishPenalty(r.Context(), actor(r), d)
	return "/w/penalties", err
}

func (s *Server) penalties(r *http.Request) (page.Page, error) {
	authority := actor(r).Authority
	all, err := s.Disclosure.PostedPenalties(r.Context(), authority)
	if err != nil {
		return nil, err
	}
	repairs, err := s.Disclosure.Repairs(r.Context(), authority, "")
	if err != nil {
		return nil, err
	}
	p := &penaltiesPage{Base: page.Base{Title: "处罚公示"}, May: access.Allow(actor(r), access.PenaltyPublish)}
	p.Waiting, err = s.waiting(r, all)
	for _, v := range all {
		p.Posted = append(p.Posted, s.posted(v, repairs))
	}
	return p, err
}

type penaltyPage struct {
	page.Base
	P        posted
	Versions []disclosure.PenaltyVersion
	Repairs  []disclosure.Repair
	Open     *disclosure.Repair // that waits
	// Objections to the record; one on paper may be entered if Object.
	Objections []line
	Object     bool
	Withdraw   bool
	Apply      bool
	Decide     bool
	Choices    []page.Option
	Today      string
}

func (s *Server) penalty(r *http.Request) (page.Page, error) {
	a, id := actor(r), r.PathValue("id")
	versions, err := s.Disclosure.PenaltyVersions(r.Context(), a.Authority, id)
	if err != nil {
		return nil, err
	}
	repairs, err := s.Disclosure.Repairs(r.Context(), a.Authority, id)
	p := &penaltyPage{Base: page.Base{Title: "处罚信息 " + id, Trail: []page.Link{{Word: "处罚公示", Href: "/w/penalties"}}}, Versions: versions, Repairs: repairs,
		P: s.posted(versions[len(versions)-1], repairs), Today: s.today().String(),
		Choices: []page.Option{{Value: "no", Label: "不予修复，继续公示"}, {Value: "yes", Label: "同意修复，停止公示"}}}
	for i, x := range repairs {
		if x.State == disclosure.RepairOpen {
			p.Open = &repairs[i]
		}
	}
	objections, failed := s.Disclosure.ObjectionsTo(r.Context(), a.Authority, id)
	p.Objections = s.lines(objections)
	p.Object = p.P.Current && access.Allow(a, access.ObjectionEnter)
	p.Withdraw = p.P.Current && access.Allow(a, access.PenaltyPublish)
	p.Apply = p.P.Current && p.Open == nil && access.Allow(a, access.RepairEnter)
	p.Decide = p.Open != nil && access.Allow(a, access.RepairDecide)
	return p, errors.Join(err, failed)
}

func penaltyPath(r *http.Request) string { return "/w/penalties/" + url.PathEscape(r.PathValue("id")) }

func (s *Server) withdraw(r *http.Request) (string, error) {
	return penaltyPath(r), s.Disclosure.WithdrawPenalty(r.Context(), actor(r), r.PathValue("id"), r.PostFormValue("reason"))
}

func (s *Server) applyRepair(r *http.Request) (string, error) {
	on, err := counter.Date(r, "applied_on")
	if err != nil {
		return "", err
	}
	return penaltyPath(r), s.Disclosure.ApplyRepair(r.Context(), actor(r), r.PathValue("id"), r.PostFormValue("words"), on)
}

func (s *Server) decideRepair(r *http.Request) (string, error) {
	return penaltyPath(r), s.Disclosure.DecideRepair(r.Context(), actor(r), r.PostFormValue("repair"), r.PostFormValue("grant") == "yes", r.PostFormValue("answer"))
}
