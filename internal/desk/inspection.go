package desk

import (
	"net/http"
	"strconv"
	"strings"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/disclosure"
	"suiji/internal/inspection"
	"suiji/internal/page"
	"suiji/internal/round"
)

func (s *Server) inspectionRoutes(mux *http.ServeMux) {
	d := desk{s, s.routes(mux).Forms()}
	d.get("/w/forms", "forms", s.forms)
	s.post(mux, "/w/rounds/{id}/forms", "forms", s.forms, s.issueForms)
	d.get("/w/rounds/{id}/forms/print", "form-print", s.printRound)
	d.get("/w/forms/{id}", "form", s.form)
	d.post("/w/forms/{id}", "form", s.form, s.enterForm)
	d.post("/w/forms/{id}/confirm", "form", s.form, s.confirmForm)
	d.post("/w/forms/{id}/return", "form", s.form, s.returnForm)
	d.post("/w/forms/{id}/reopen", "form", s.form, s.reopenForm)
	d.get("/w/forms/{id}/print", "form-print", s.printForm)
	d.File("/w/forms/{id}/qr.png", s.qr)
	d.get("/w/forms/{id}/visit", "visit", s.visit)
	d.File("/w/forms/{id}/photos/{digest}", s.visitPhoto)
	s.get(mux, "/w/ratings", "ratings", s.ratings)
	s.get(mux, "/w/complaints", "complaints", s.complaints)
	s.post(mux, "/w/complaints/{ticket}", "complaints", s.complaints, s.answerComplaint)
}

// formRow is a form in a list.
type formRow struct {
	disclosure.Row
	StateTag page.Tag
	DueTag   page.Tag // empty: nothing is due
	Results  []string
}

type formsPage struct {
	page.Base
	RoundID string
	State   string
	Due     string
	Of      string // department
	Rounds  []page.Option
	Whose   []page.Option // departments, if forms have any
	States  []page.Option
	Dues    []page.Option
	Chips   []page.Chip
	Forms   []formRow
	Pager   page.Pager
	Issue   []round.Round // matched rounds without forms
	May     bool          // issue forms
	Whole   bool          // the reader sees the whole authority
}

// dues are the filters by deadline: days from now, and the overdue ones.
var dues = []page.Option{{Value: "7", Label: "7 天内到期"}, {Value: "3", Label: "3 天内到期"}, {Value: "overdue", Label: "超期未公示"}}

// forms lists the record forms, those of the newest round unless asked
// otherwise.
func (s *Server) forms(r *http.Request) (page.Page, error) {
	ctx, a, q := r.Context(), actor(r), r.URL.Query()
	p := &formsPage{Base: page.Base{Title: "检查表"}, RoundID: q.Get("round"), State: q.Get("state"), Due: q.Get("due"), Of: q.Get("department"), Dues: dues, May: access.Allow(a, access.FormIssue)}
	for _, x := range inspection.States {
		p.States = append(p.States, page.Option{Value: string(x.State), Label: x.Name})
	}
	if err := s.formRounds(r, p); err != nil {
		return nil, err
	}
	fl := disclosure.Filter{RoundID: p.RoundID, State: inspection.State(p.State), Department: p.Of}
	if p.Due == "overdue" {
		fl.Row = disclosure.Overdue
	} else if n, err := strconv.Atoi(p.Due); err == nil {
		fl.Within = n
	}
	n, per := page.Window(r)
	b, err := s.Disclosure.Board(ctx, a.Authority, fl, (n-1)*per, per)
	if err != nil {
		return nil, err
	}
	p.Pager = page.NewPager(r, b.Total)
	for _, row := range b.Rows {
		p.Forms = append(p.Forms, s.formRow(row))
	}
	p.Chips = page.Chips(r, []page.Filter{{Name: "round", Value: p.RoundID, Options: p.Rounds}, {Name: "state", Value: p.State, Options: p.States}, {Name: "due", Value: p.Due, Options: p.Dues},
		{Name: "department", Value: p.Of, Options: p.Whose}})
	return p, nil
}

// formRounds offers the rounds that have forms, and those that could.
func (s *Server) formRounds(r *http.Request, p *formsPage) error {
	p.Whole = access.Allow(actor(r), access.DeskRead)
	rounds, err := s.Round.Rounds(r.Context(), actor(r).Authority)
	if err != nil {
		return err
	}
	forms, err := s.Inspection.Tallies(r.Context(), actor(r).Authority)
	if err != nil {
		return err
	}
	has, whose := map[string]bool{}, map[string]bool{}
	for _, t := range forms {
		has[t.RoundID] = true
		if t.Department != "" && !whose[t.Department] {
			whose[t.Department] = true
			p.Whose = append(p.Whose, page.Option{Value: t.Department, Label: t.Department})
		}
	}
	for _, x := range rounds {
		switch {
		case has[x.ID]:
			p.Rounds = append(p.Rounds, page.Option{Value: x.ID, Label: x.ID})
		case p.Whole && x.State == round.Matched && !x.Rehearsal:
			p.Issue = append(p.Issue, x)
		}
	}
	return nil
}

func (s *Server) formRow(row disclosure.Row) formRow {
	f := formRow{Row: row, StateTag: formTag(row.Form.State)}
	if !row.Public && row.State != disclosure.Exempt && !row.Due.On.Zero() && row.Due.Runs {
		f.DueTag = dueTag(row.Due.On, s.today())
	}
	for _, c := range row.Form.Codes {
		f.Results = append(f.Results, c.Name())
	}
	return f
}

func formTag(state inspection.State) page.Tag {
	tone := map[inspection.State]page.Tone{inspection.Entered: page.Doing, inspection.Returned: page.Warn, inspection.Confirmed: page.OK}[state]
	return page.Tag{Tone: tone, Word: state.Name()}
}

func (s *Server) issueForms(r *http.Request) (string, error) {
	id := r.PathValue("id")
	return "/w/forms?round=" + id, s.Inspection.Issue(r.Context(), actor(r), id)
}

func (s *Server) confirmForm(r *http.Request) (string, error) {
	revision, _ := strconv.ParseInt(r.PostFormValue("revision"), 10, 64) // 0 is nobody's revision: Confirm refuses it
	return formPath(r), s.Inspection.Confirm(r.Context(), actor(r), r.PathValue("id"), revision, r.PostFormValue("opinion"))
}

func (s *Server) returnForm(r *http.Request) (string, error) {
	return formPath(r), s.Inspection.Return(r.Context(), actor(r), r.PathValue("id"), r.PostFormValue("reason"))
}

func (s *Server) reopenForm(r *http.Request) (string, error) {
	return formPath(r), s.Inspection.Reopen(r.Context(), actor(r), r.PathValue("id"), r.PostFormValue("reason"))
}

func formPath(r *http.Request) string { return "/w/forms/" + r.PathValue("id") }

// dayOf reads a date input; empty is the zero date, which the rules judge.
func dayOf(r *http.Request, name string) (d calendar.Date, err error) {
	text := strings.TrimSpace(r.PostFormValue(name))
	if text == "" {
		return d, nil
	}
	if d, err = calendar.Parse(text); err != nil {
		return d, fieldErr(name, err)
	}
	return d, nil
}
