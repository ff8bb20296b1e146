package registry

import (
	"net/http"
	"strconv"

	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/errs"
	"suiji/internal/page"
	"suiji/internal/register"
	"suiji/internal/round"
	"suiji/internal/staffing"
)

// dealt is what an officer's page shows of the draws: whom the officer is to
// inspect, and what became of it.
type dealt struct {
	Duties  []staffing.Duty
	Open    int  // firms that somebody else could still inspect
	Left    int  // of these, without a reserve
	Recuse  bool // the officer looks at their own page
	Leaving bool // may be proposed
	Decide  bool
	Waiting *leaveRow
	Leaves  []leaveRow // decided
	Reasons []page.Option
}

// leaveRow is a leaving in words.
type leaveRow struct {
	staffing.Leave
	Why string
}

// rounds are those whose drawn names it shows.
func (d *dealt) rounds() (ids []string) {
	for _, x := range d.Duties {
		ids = append(ids, x.RoundID)
	}
	return ids
}

// dealt reads it for the office, and for the officer themself.
func (s *Server) dealt(r *http.Request, o register.Officer) (*dealt, error) {
	ctx, a := r.Context(), actor(r)
	d, officer := &dealt{}, o.ID
	if o.Active && !access.Allow(a, access.RegisterEdit) && access.Allow(a, access.RecusalDeclare) {
		acc, err := s.Identity.Account(ctx, a.Authority, a.ID)
		if err != nil && errs.KindOf(err) != errs.NotFound {
			return d, err
		}
		d.Recuse = err == nil && acc.OfficerID == officer
	}
	var err error
	if d.Duties, err = s.Staffing.Duties(ctx, a.Authority, officer); err != nil {
		return d, err
	}
	for _, x := range d.Duties {
		if x.Inspected() || x.Waiting {
			continue
		}
		d.Open++
		if x.Reserves == 0 {
			d.Left++
		}
	}
	all, err := s.Staffing.Leaves(ctx, a.Authority, officer)
	for _, l := range all {
		row := leaveRow{l, round.AbsenceName(l.Reason)}
		if l.DecidedBy == "" {
			d.Waiting = &row
		} else {
			d.Leaves = append(d.Leaves, row)
		}
	}
	d.Leaving = d.Open > 0 && d.Waiting == nil && access.Allow(a, access.OfficerReplace)
	d.Decide = d.Waiting != nil && access.Allow(a, access.ReplaceApprove)
	for _, code := range staffing.Reasons {
		d.Reasons = append(d.Reasons, page.Option{Value: code, Label: round.AbsenceName(code)})
	}
	return d, err
}

func (s *Server) leave(r *http.Request) (string, error) {
	file, err := counter.KeepProof(r, s.Proof)
	if err != nil {
		return "", err
	}
	return officerAt(r), s.Staffing.Leave(r.Context(), actor(r), staffing.Leave{OfficerID: r.PathValue("id"),
		Reason: r.PostFormValue("leave-reason"), Evidence: r.PostFormValue("evidence"), Proof: file})
}

func (s *Server) decideLeave(r *http.Request) (string, error) {
	no, err := strconv.Atoi(r.PostFormValue("no"))
	if err != nil {
		return "", errs.E(errs.NotFound, "没有这项申请")
	}
	return officerAt(r), s.Staffing.DecideLeave(r.Context(), actor(r), no, r.PostFormValue("decision") == "approve")
}
