package desk

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/disclosure"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/page"
	"suiji/internal/schedule"
)

func fieldErr(name string, err error) error { return errs.At(name, err.Error()) }

// pointRow is a check point with the inputs of its answer.
type pointRow struct {
	inspection.Point
	I      int    // from 1, in the order of the form
	Head   string // the item, above its first point
	Answer string // as entered or stored
	Boxes  []page.Option
}

// findingInput is a problem with its inputs.
type findingInput struct {
	I       int
	No      int // 0: a new one
	Fact    string
	Measure string
	Due     string
	Spot    bool // mended on the spot
	Note    string
}

// attemptInput is a try to reach the firm with its inputs.
type attemptInput struct {
	I       int
	On, How string
}

// entryView is the entry form filled in: from what was typed if that was
// refused, else from what is stored.
type entryView struct {
	Revision  int64
	Ways      []inspection.Method // chosen
	Methods   []page.Option
	Started   string
	Ended     string
	Person    string
	Refusal   string
	Summary   string
	Evidence  string
	Results   []inspection.Code // chosen
	Codes     []page.Option
	Points    []pointRow
	Findings  []findingInput
	Attempts  []attemptInput
	Conflicts bool // somebody changed the form meanwhile: Compare is shown
}

type formPage struct {
	page.Base
	Form     inspection.Form
	Tag      page.Tag
	Due      disclosure.Due
	DueTag   page.Tag
	Results  []inspection.CodeInfo
	Methods  []string
	Points   []pointRow
	Entry    entryView
	Parts    []inspection.Part // of the other departments at the same firm
	Complete bool              // all of them have entered their results
	Outsider bool              // the entry was made by somebody who was not of the team (A24)
	MayEnter bool
	Foreign  string // why the reader may not: it is another department's
	Review   bool
	Reopen   bool
	Today    calendar.Date
}

// form shows one firm's form: to be entered, to be reviewed, or as it stands.
func (s *Server) form(r *http.Request) (page.Page, error) {
	ctx, a := r.Context(), actor(r)
	f, err := s.Inspection.Form(ctx, a.Authority, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	p := &formPage{
		Base: page.Base{Title: f.Firm.Name, Trail: []page.Link{{Word: "检查表", Href: "/w/forms?round=" + f.RoundID}}},
		Form: f, Tag: formTag(f.State), Today: s.today(),
		MayEnter: f.State != inspection.Confirmed && access.Allow(a, access.ResultEnter),
		Review:   f.State == inspection.Entered && access.Allow(a, access.ConclusionCheck),
		Reopen:   f.State == inspection.Confirmed && access.Allow(a, access.FormReopen),
	}
	row, err := s.Disclosure.Row(ctx, f)
	if err != nil {
		return nil, err
	}
	if p.Due, p.DueTag = row.Due, s.formRow(row).DueTag; row.Public {
		p.DueTag = rowTag(row.State)
	}
	if p.MayEnter {
		p.Foreign = errs.Sentence(s.Inspection.MayEnter(ctx, a, f))
		p.MayEnter = p.Foreign == ""
	}
	if p.Parts, err = s.Inspection.Parts(ctx, f); err != nil {
		return nil, err
	}
	waits := func(x inspection.Part) bool { return x.State == inspection.Issued || x.State == inspection.Returned }
	p.Complete = f.State != inspection.Issued && f.State != inspection.Returned && !slices.ContainsFunc(p.Parts, waits)
	for _, c := range f.Codes {
		info, _ := c.Info()
		p.Results = append(p.Results, info)
	}
	for _, m := range f.Methods {
		p.Methods = append(p.Methods, m.Name())
	}
	stored := f.Entry()
	p.Points = pointRows(f, stored)
	if f.State == inspection.Issued {
		if stored.StartedOn, err = s.approvedDay(r, f); err != nil {
			return nil, err
		}
	}
	p.Entry = viewOf(f, stored)
	if r.PostForm.Has("revision") && r.PostForm.Has(inspection.FieldStarted) {
		typed, _ := readEntry(r, f) // what is wrong with it has been said
		p.Entry = viewOf(f, typed)
		p.Entry.Started, p.Entry.Ended = r.PostFormValue(inspection.FieldStarted), r.PostFormValue(inspection.FieldEnded)
		p.Entry.Conflicts = typed.Revision != f.Revision
	}
	p.Outsider, err = s.outsider(r, f)
	return p, err
}

// approvedDay is the day on which a firm is to be visited; zero if there is
// none, or its papers are reviewed.
func (s *Server) approvedDay(r *http.Request, f inspection.Form) (d calendar.Date, err error) {
	x, err := s.Inspection.Schedule.Schedule(r.Context(), f.Authority, f.RoundID)
	if err != nil {
		return d, err
	}
	v, err := x.Visit(f.Firm.TargetID)
	if v.Mode == schedule.OnSite && v.Approved > 0 {
		d = v.Day
	}
	return d, err
}

// outsider reports whether the entry was made by somebody not of the team.
func (s *Server) outsider(r *http.Request, f inspection.Form) (bool, error) {
	if f.EnteredBy == "" {
		return false, nil
	}
	acc, err := s.Identity.Account(r.Context(), f.Authority, f.EnteredBy)
	if errs.KindOf(err) == errs.NotFound {
		return true, nil
	}
	return !slices.ContainsFunc(f.Team, func(o inspection.Officer) bool { return o.ID == acc.OfficerID }), err
}

// spare is how many empty rows of problems and of attempts the form offers;
// after each saving there are as many again.
const spare = 2

func viewOf(f inspection.Form, e inspection.Entry) entryView {
	v := entryView{Revision: e.Revision, Ways: e.Methods, Results: e.Codes, Started: e.StartedOn.String(), Ended: e.EndedOn.String(), Person: e.FirmPerson,
		Refusal: e.Refusal, Summary: e.Summary, Evidence: e.Evidence, Points: pointRows(f, e)}
	for _, m := range inspection.Methods {
		v.Methods = append(v.Methods, page.Option{Value: string(m.Method), Label: m.Name, Chosen: slices.Contains(e.Methods, m.Method)})
	}
	for _, c := range inspection.Codes {
		o := page.Option{Value: string(c.Code), Label: c.Name, Chosen: slices.Contains(e.Codes, c.Code)}
		if c.Exclusive {
			o.Hint = "单选"
		}
		v.Codes = append(v.Codes, o)
	}
	for i, x := range e.Findings {
		v.Findings = append(v.Findings, findingInput{i + 1, x.No, x.Fact, x.Measure, x.DueOn.String(), x.Outcome == inspection.OnTheSpot, x.Note})
	}
	for range spare {
		v.Findings = append(v.Findings, findingInput{I: len(v.Findings) + 1})
	}
	for i, t := range e.Attempts {
		v.Attempts = append(v.Attempts, attemptInput{i + 1, t.On.String(), t.How})
	}
	for range spare {
		v.Attempts = append(v.Attempts, attemptInput{I: len(v.Attempts) + 1})
	}
	return v
}

func pointRows(f inspection.Form, e inspection.Entry) []pointRow {
	var rows []pointRow
	item := ""
	for i, p := range f.Points {
		row := pointRow{Point: p, I: i + 1}
		if p.ItemID != item {
			row.Head, item = p.Item, p.ItemID
		}
		var answer inspection.Answer
		row.Note = ""
		if k := slices.IndexFunc(e.Answers, func(a inspection.PointAnswer) bool { return a.ItemID == p.ItemID && a.No == p.No }); k >= 0 {
			answer, row.Note = e.Answers[k].Answer, e.Answers[k].Note
		}
		row.Answer = answer.Name()
		for _, x := range inspection.Answers {
			row.Boxes = append(row.Boxes, page.Option{Value: string(x.Answer), Label: x.Name, Chosen: x.Answer == answer})
		}
		rows = append(rows, row)
	}
	return rows
}

func (s *Server) enterForm(r *http.Request) (string, error) {
	f, err := s.Inspection.Form(r.Context(), actor(r).Authority, r.PathValue("id"))
	if err != nil {
		return "", err
	}
	e, err := readEntry(r, f)
	if err != nil {
		return "", err
	}
	return formPath(r), s.Inspection.Enter(r.Context(), actor(r), f.ID, e)
}

// readEntry reads the posted entry. Dates that cannot be read are the only
// problems that are found here.
func readEntry(r *http.Request, f inspection.Form) (inspection.Entry, error) {
	var problems []errs.Problem
	day := func(name string) calendar.Date {
		d, err := dayOf(r, name)
		problems = append(problems, errs.Problems(err)...)
		return d
	}
	v := r.PostFormValue
	e := inspection.Entry{StartedOn: day(inspection.FieldStarted), EndedOn: day(inspection.FieldEnded), FirmPerson: v(inspection.FieldPerson),
		Refusal: v(inspection.FieldRefusal), Summary: v(inspection.FieldSummary), Evidence: v(inspection.FieldEvidence)}
	e.Revision, _ = strconv.ParseInt(v("revision"), 10, 64)
	if n, err := strconv.ParseInt(v("compared"), 10, 64); err == nil {
		e.Revision = n // the clerk has seen what the other one saved, and means it
	}
	for _, m := range r.PostForm[inspection.FieldMethods] {
		e.Methods = append(e.Methods, inspection.Method(m))
	}
	for _, c := range r.PostForm[inspection.FieldCodes] {
		e.Codes = append(e.Codes, inspection.Code(c))
	}
	for i, p := range f.Points {
		e.Answers = append(e.Answers, inspection.PointAnswer{ItemID: p.ItemID, No: p.No,
			Answer: inspection.Answer(v(inspection.FieldAnswer(i + 1))), Note: v(inspection.FieldNote(i + 1))})
	}
	for i := 1; r.PostForm.Has(inspection.FieldAttempt(i)); i++ {
		t := inspection.Attempt{On: day(inspection.FieldAttempt(i)), How: strings.TrimSpace(v("how-" + strconv.Itoa(i)))}
		if t != (inspection.Attempt{}) {
			e.Attempts = append(e.Attempts, t)
		}
	}
	for i := 1; r.PostForm.Has(inspection.FieldFact(i)); i++ {
		if x := readFinding(r, i, day(inspection.FieldFindingDue(i)), e.EndedOn); x != (inspection.Finding{}) {
			e.Findings = append(e.Findings, x)
		}
	}
	return e, errs.All(problems)
}

func readFinding(r *http.Request, i int, due, ended calendar.Date) inspection.Finding {
	n := strconv.Itoa(i)
	x := inspection.Finding{Fact: strings.TrimSpace(r.PostFormValue(inspection.FieldFact(i))), Measure: strings.TrimSpace(r.PostFormValue(inspection.FieldMeasure(i))), DueOn: due}
	note := strings.TrimSpace(r.PostFormValue("outcomenote-" + n))
	if r.PostFormValue(inspection.FieldOutcome(i)) != "" || note != "" {
		x.Outcome, x.OutcomeOn, x.Note = inspection.OnTheSpot, ended, note
	}
	x.No, _ = strconv.Atoi(r.PostFormValue("no-" + n)) // empty in a new one
	if x.Fact == "" && x.Measure == "" && x.DueOn.Zero() && x.Outcome == "" {
		return inspection.Finding{} // an emptied row is a dropped one
	}
	return x
}
