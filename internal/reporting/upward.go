package reporting

import (
	"bytes"
	"net/http"
	"strconv"

	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/errs"
	"suiji/internal/page"
	"suiji/internal/report"
)

type upwardsPage struct {
	page.Base
	Rows  []report.Upward
	Kinds []page.Option
	Today string
	May   bool
}

func (s *Server) upwards(r *http.Request) (page.Page, error) {
	a := actor(r)
	rows, err := s.Report.Upwards(r.Context(), a.Authority)
	return &upwardsPage{Base: page.Base{Title: "进展报送", Trail: trail()}, Rows: rows, Today: s.today().String(), May: access.Allow(a, access.ReportSend),
		Kinds: []page.Option{{Value: "week", Label: "周报"}, {Value: "month", Label: "月报"}}}, err
}

func (s *Server) fill(r *http.Request) (string, error) {
	on, err := counter.Date(r, "on")
	if err != nil {
		return "", err
	}
	return "/w/reports/upward", s.Report.Fill(r.Context(), actor(r), counter.Text(r, "kind"), on)
}

type upwardPage struct {
	page.Base
	U     report.Upward
	May   bool
	Today string
}

// numbered reads the number in the address.
func numbered(r *http.Request) (int, error) {
	no, err := strconv.Atoi(r.PathValue("no"))
	if err != nil || no < 1 {
		return 0, errs.E(errs.NotFound, "没有这个编号")
	}
	return no, nil
}

func (s *Server) upward(r *http.Request) (page.Page, error) {
	no, err := numbered(r)
	if err != nil {
		return nil, err
	}
	u, err := s.Report.Upward(r.Context(), actor(r).Authority, no)
	return &upwardPage{Base: page.Base{Title: u.Content.Title, Trail: append(trail(), page.Link{Word: "进展报送", Href: "/w/reports/upward"})}, U: u,
		May: access.Allow(actor(r), access.ReportSend), Today: s.today().String()}, err
}

// letter reads number, letter and day of a form, and hands them on.
func letter(r *http.Request, then func(no int, l report.Letter) error) error {
	no, err := numbered(r)
	if err != nil {
		return err
	}
	on, err := counter.Date(r, "on")
	if err != nil {
		return err
	}
	return then(no, report.Letter{Unit: counter.Text(r, "unit"), Number: counter.Text(r, "number"), On: on})
}

func (s *Server) sendUpward(r *http.Request) (string, error) {
	return "/w/reports/upward/" + r.PathValue("no"), letter(r, func(no int, l report.Letter) error { return s.Report.SendUpward(r.Context(), actor(r), no, l) })
}

func (s *Server) receiveUpward(r *http.Request) (string, error) {
	return "/w/reports/upward/" + r.PathValue("no"), letter(r, func(no int, l report.Letter) error { return s.Report.ReceiveUpward(r.Context(), actor(r), no, l) })
}

func (s *Server) upwardFile(r *http.Request) (*page.File, error) {
	no, err := numbered(r)
	if err != nil {
		return nil, err
	}
	u, err := s.Report.Upward(r.Context(), actor(r).Authority, no)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = u.WriteXLSX(&b)
	return &page.File{Name: u.Content.Title + ".xlsx", Type: xlsx, Body: b.Bytes()}, err
}

type questionsPage struct {
	page.Base
	Rows []report.Question
	Text string
	May  bool
}

func (s *Server) questions(r *http.Request) (page.Page, error) {
	text := r.URL.Query().Get("q")
	rows, err := s.Report.Questions(r.Context(), actor(r).Authority, text)
	return &questionsPage{page.Base{Title: "请示答复", Trail: trail()}, rows, text, access.Allow(actor(r), access.ReportAsk)}, err
}

func (s *Server) ask(r *http.Request) (string, error) {
	return "/w/reports/questions", s.Report.Ask(r.Context(), actor(r), r.PostFormValue("title"), r.PostFormValue("words"))
}

type questionPage struct {
	page.Base
	Q     report.Question
	May   bool
	Today string
}

func (s *Server) question(r *http.Request) (page.Page, error) {
	no, err := numbered(r)
	if err != nil {
		return nil, err
	}
	q, err := s.Report.Question(r.Context(), actor(r).Authority, no)
	return &questionPage{page.Base{Title: q.Title, Trail: append(trail(), page.Link{Word: "请示答复", Href: "/w/reports/questions"})}, q, access.Allow(actor(r), access.ReportAsk), s.today().String()}, err
}

func (s *Server) sendQuestion(r *http.Request) (string, error) {
	return "/w/reports/questions/" + r.PathValue("no"), letter(r, func(no int, l report.Letter) error { return s.Report.SendQuestion(r.Context(), actor(r), no, l) })
}

func (s *Server) answerQuestion(r *http.Request) (string, error) {
	return "/w/reports/questions/" + r.PathValue("no"), letter(r, func(no int, l report.Letter) error {
		return s.Report.AnswerQuestion(r.Context(), actor(r), no, l, r.PostFormValue("answer"))
	})
}
