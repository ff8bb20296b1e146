package desk

import (
	"net/http"

	"suiji/internal/feedback"
	"suiji/internal/page"
)

type ratingsPage struct {
	page.Base
	Questions []string
	Least     int
	Rounds    []feedback.Summary
}

// ratings is what firms said of visits, for who supervises the bureau.
func (s *Server) ratings(r *http.Request) (page.Page, error) {
	all, err := s.Feedback.Summaries(r.Context(), actor(r))
	return &ratingsPage{page.Base{Title: "检查评价"}, feedback.Questions, feedback.Least, all}, err
}

type complaintRow struct {
	feedback.Complaint
	Late bool
}

type complaintsPage struct {
	page.Base
	Complaints []complaintRow
}

func (s *Server) complaints(r *http.Request) (page.Page, error) {
	all, err := s.Feedback.Complaints(r.Context(), actor(r))
	p := &complaintsPage{Base: page.Base{Title: "投诉"}}
	for _, c := range all {
		p.Complaints = append(p.Complaints, complaintRow{c, c.Overdue(s.today())})
	}
	return p, err
}

func (s *Server) answerComplaint(r *http.Request) (string, error) {
	return "/w/complaints", s.Feedback.AnswerComplaint(r.Context(), actor(r), r.PathValue("ticket"), r.PostFormValue("answer"))
}
