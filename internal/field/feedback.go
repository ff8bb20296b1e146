package field

import (
	"net/http"
	"slices"

	"suiji/internal/feedback"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/page"
	"suiji/internal/visit"
)

type ratePage struct {
	page.Base
	Form   inspection.Form
	Points []page.Option
	Done   bool
	Least  int
}

// rate asks what was not done as it should be. It is the same for everybody
// who holds the code, whether rated already or not.
func (s *Server) rate(r *http.Request) (page.Page, error) {
	f, err := s.Inspection.FormOfCode(r.Context(), r.PathValue("code"))
	p := &ratePage{Base: page.Base{Title: "评价"}, Form: f, Done: r.URL.Query().Has("done"), Least: feedback.Least}
	for i, q := range feedback.Failings {
		p.Points = append(p.Points, page.Option{Value: itoa(i), Label: q})
	}
	return p, err
}

func (s *Server) addRating(r *http.Request) (string, error) {
	f, err := s.Inspection.FormOfCode(r.Context(), r.PathValue("code"))
	if err != nil {
		return "", err
	}
	rating := feedback.Rating{Words: r.PostFormValue("words")}
	for i := range feedback.Questions {
		answer := "y"
		if slices.Contains(r.PostForm["bad"], itoa(i)) {
			answer = "n"
		}
		rating.Answers = append(rating.Answers, answer)
	}
	return "/c/" + f.Code + "/rate?done", s.Feedback.Rate(r.Context(), f, rating)
}

type complainPage struct {
	page.Base
	Form inspection.Form
}

func (s *Server) complain(r *http.Request) (page.Page, error) {
	f, err := s.Inspection.FormOfCode(r.Context(), r.PathValue("code"))
	return &complainPage{page.Base{Title: "投诉"}, f}, err
}

func (s *Server) addComplaint(r *http.Request) (string, error) {
	f, err := s.Inspection.FormOfCode(r.Context(), r.PathValue("code"))
	if err != nil {
		return "", err
	}
	ticket, err := s.Feedback.Complain(r.Context(), f, r.PostFormValue("key"), r.PostFormValue("words"), r.PostFormValue("contact"))
	return "/t/" + f.Authority + "/" + ticket, err
}

type ticketPage struct {
	page.Base
	Of        identity.Authority
	Complaint feedback.Complaint
	Late      bool
}

func (s *Server) ticket(r *http.Request) (page.Page, error) {
	c, err := s.Feedback.Ticket(r.Context(), r.PathValue("authority"), r.PathValue("ticket"))
	if err != nil {
		return nil, err
	}
	p := &ticketPage{Base: page.Base{Title: "投诉 " + c.Ticket}, Complaint: c, Late: c.Overdue(s.today())}
	p.Of, err = s.Identity.Authority(r.Context(), r.PathValue("authority"))
	return p, err
}

type visitsPage struct {
	page.Base
	Of      identity.Authority
	Form    inspection.Form
	History visit.History
}

// visits shows a firm its own inspections, counted against its caps.
func (s *Server) visits(r *http.Request) (page.Page, error) {
	f, err := s.Inspection.FormOfCode(r.Context(), r.PathValue("code"))
	if err != nil {
		return nil, err
	}
	p := &visitsPage{Base: page.Base{Title: "检查记录"}, Form: f}
	if p.Of, err = s.Identity.Authority(r.Context(), f.Authority); err != nil {
		return nil, err
	}
	p.History, err = s.Visit.History(r.Context(), f)
	return p, err
}
