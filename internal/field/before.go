package field

import (
	"net/http"

	"suiji/internal/counter"
	"suiji/internal/inspection"
	"suiji/internal/page"
	"suiji/internal/register"
	"suiji/internal/roster"
	"suiji/internal/schedule"
	"suiji/internal/visit"
)

// before is what has to be settled before a visit begins.
type before struct {
	Planned schedule.Visit
	Rules   []string // of conduct, to be acknowledged; empty: they were
	Hurry   bool     // it is not approved for today: an emergency may be declared
	Kinds   []string // grounds of a recusal; empty: the visit has begun
	Papers  []schedule.Paper
}

func (s *Server) before(r *http.Request, f inspection.Form, progress visit.Progress) (b before, err error) {
	ctx, a, plan := r.Context(), actor(r), s.Inspection.Schedule
	if b.Planned, err = s.Visit.Planned(ctx, f); err != nil {
		return b, err
	}
	if b.Papers, err = plan.Papers(ctx, a.Authority, f.RoundID, f.Firm.TargetID); err != nil || progress == visit.Done {
		return b, err
	}
	officer, err := s.Visit.Officer(ctx, a)
	if err != nil {
		return b, err
	}
	ok, err := plan.Pledged(ctx, a.Authority, f.RoundID, officer)
	if !ok {
		b.Rules = schedule.Discipline
	}
	waits := b.Planned.Urgent != nil && b.Planned.Urgent.Verdict == ""
	b.Hurry = b.Planned.Begun.Zero() && !b.Planned.Before && !waits && (b.Planned.Approved == 0 || b.Planned.Day != s.today()) && b.Planned.Mode == schedule.OnSite
	if f.State == inspection.Issued {
		b.Kinds = roster.DeclarationKinds
	}
	return b, err
}

func taskPath(r *http.Request) string { return "/m/tasks/" + r.PathValue("id") }

// pledge keeps that the inspector has read the rules of conduct.
func (s *Server) pledge(r *http.Request) (string, error) {
	f, err := s.Visit.Own(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return "", err
	}
	return taskPath(r), s.Inspection.Schedule.Pledge(r.Context(), actor(r), f.RoundID)
}

// hurry declares an emergency.
func (s *Server) hurry(r *http.Request) (string, error) {
	f, err := s.Visit.Own(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return "", err
	}
	return taskPath(r), s.Inspection.Schedule.Hurry(r.Context(), actor(r), f.RoundID, f.Firm.TargetID, counter.Text(r, "urgent"))
}

// recuse declares a conflict: one tap, on its ground.
func (s *Server) recuse(r *http.Request) (string, error) {
	ctx, a := r.Context(), actor(r)
	f, err := s.Visit.Own(ctx, a, r.PathValue("id"))
	if err != nil {
		return "", err
	}
	officer, err := s.Visit.Officer(ctx, a)
	if err != nil {
		return "", err
	}
	why := counter.Text(r, "because")
	if why == "" {
		why = "在手机上申报，没有另写说明"
	}
	number := f.Firm.Code
	if register.Identifier(number) != f.Firm.TargetID {
		number = f.Firm.TargetID
	}
	_, err = s.Staffing.Recuse(ctx, a, officer, roster.NewDeclaration{Target: number, Kind: r.PostFormValue("ground"),
		Reason: why, DeclaredBy: a.Name, DeclaredOn: s.today().String()})
	return taskPath(r), err
}

// paper hands out what the firm sent for its written review.
func (s *Server) paper(r *http.Request) (*page.File, error) {
	f, err := s.Visit.Own(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	p, body, err := s.Inspection.Schedule.Paper(r.Context(), f.Authority, f.RoundID, f.Firm.TargetID, r.PathValue("digest"))
	return &page.File{Name: p.Name, Type: p.Type(), Body: body}, err
}
