package field

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"

	"suiji/calendar"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/page"
	"suiji/internal/visit"
)

// taskRow is a task in the list.
type taskRow struct {
	visit.Task
	Tag page.Tag
	Map place
}

// place is an address with ways to it.
type place struct {
	Text string
	Amap string       // web address that opens the app where there is one
	Geo  template.URL // opens whatever the phone has for maps
}

// mapped makes ways to an address, which comes from the register.
func mapped(text string) place {
	q := url.QueryEscape(text)
	return place{text, "https://uri.amap.com/search?keyword=" + q, template.URL("geo:0,0?q=" + q)} //nolint:gosec // the address is escaped
}

type tasksPage struct {
	page.Base
	Today  calendar.Date
	Counts []page.Link // Word, Count; Href: what the script counts itself
	Sought string
	Tasks  []taskRow
}

func (s *Server) today() calendar.Date { return calendar.In(s.Now()) }

// tasks lists the firms of the inspector's own teams.
func (s *Server) tasks(r *http.Request) (page.Page, error) {
	all, err := s.Visit.Tasks(r.Context(), actor(r))
	if err != nil {
		return nil, err
	}
	p := &tasksPage{Base: page.Base{Title: "我的任务"}, Today: s.today(), Sought: r.URL.Query().Get("q")}
	n := map[visit.Progress]int{}
	for _, t := range all {
		n[t.Progress]++
	}
	for _, t := range visit.Find(all, p.Sought) {
		p.Tasks = append(p.Tasks, taskRow{t, progressTag(t.Progress), mapped(t.Firm.Place())})
	}
	p.Counts = []page.Link{{Word: visit.Waiting.Name(), Count: n[visit.Waiting]}, {Word: visit.Begun.Name(), Count: n[visit.Begun]},
		{Word: "待上传", Href: "unsent"}, {Word: visit.Done.Name(), Count: n[visit.Done]}}
	return p, nil
}

// scan opens the task whose licence or form was photographed.
func (s *Server) scan(r *http.Request) (string, error) {
	body, err := photoFile(r)
	if err != nil {
		return "", err
	}
	said, err := visit.ReadQR(body)
	if err != nil {
		return "", err
	}
	all, err := s.Visit.Tasks(r.Context(), actor(r))
	if err != nil {
		return "", err
	}
	switch found := visit.Scanned(all, said); {
	case len(found) == 1:
		return "/m/tasks/" + found[0].ID, nil
	case len(found) > 1:
		return "/m?q=" + url.QueryEscape(found[0].Firm.Code), nil // one firm in two rounds
	}
	return "", errs.At("photo", "认出了二维码，但是您的任务里没有这一户。请核对是不是这次要检查的企业")
}

func progressTag(p visit.Progress) page.Tag {
	return page.Tag{Tone: map[visit.Progress]page.Tone{visit.Waiting: page.Mute, visit.Begun: page.Doing, visit.Done: page.OK}[p], Word: p.Name()}
}

type outboxPage struct {
	page.Base
}

// outbox is filled by the script: what is not yet here, only the phone knows.
func (s *Server) outbox(*http.Request) (page.Page, error) {
	return &outboxPage{page.Base{Title: "待上传"}}, nil
}

// pointRow is a check point with its answers.
type pointRow struct {
	inspection.Point
	I      int
	Head   string // the item, above its first point
	Given  string
	Note   string
	Boxes  []page.Option
	Photos int
}

type findingRow struct {
	I     int
	Found visit.Found
	Keep  bool // it has an outcome: shown, not to be changed
}

type tryRow struct {
	I int
	visit.Try
}

type taskPage struct {
	page.Base
	Task     taskRow
	Today    calendar.Date
	Open     bool // it may be filled in
	Past     []inspection.Form
	Visit    visit.Visit
	Text     string
	Sheet    visit.Sheet
	Points   []pointRow
	Findings []findingRow
	Tries    []tryRow
	Methods  []page.Option
	Codes    []page.Option
	Reasons  []page.Option
	Uses     []page.Option
	Stale    bool // the office changed the form meanwhile: both are shown
	Before   before
}

// spare is how many empty problems and attempts the form offers.
const spare = 2

// task shows one firm: who and where, what to check, and the form.
func (s *Server) task(r *http.Request) (page.Page, error) {
	ctx, id := r.Context(), r.PathValue("id")
	f, err := s.Visit.Own(ctx, actor(r), id)
	if err != nil {
		return nil, err
	}
	p := &taskPage{Base: page.Base{Title: f.Firm.Name}, Today: s.today(), Text: visit.Text(f),
		Open: f.State == inspection.Issued || f.State == inspection.Returned}
	if p.Visit, err = s.Visit.Visit(ctx, f); err != nil {
		return nil, err
	}
	if p.Past, err = s.Visit.Past(ctx, f); err != nil {
		return nil, err
	}
	progress := visit.Waiting
	switch {
	case !p.Open:
		progress = visit.Done
	case len(p.Visit.Arrivals) > 0 || f.State == inspection.Returned:
		progress = visit.Begun
	}
	p.Task = taskRow{visit.Task{Form: f, Progress: progress}, progressTag(progress), mapped(f.Firm.Place())}
	if p.Before, err = s.before(r, f, progress); err != nil {
		return nil, err
	}
	p.Sheet = sheetOf(f)
	if r.PostForm.Has("revision") {
		p.Sheet = readSheet(r, f)
		p.Stale = p.Sheet.Revision != f.Revision
	}
	p.fill(f)
	return p, nil
}

// fill makes the inputs from the sheet.
func (p *taskPage) fill(f inspection.Form) {
	if p.Sheet.Started == "" {
		p.Sheet.Started, p.Sheet.Ended = p.Today.String(), p.Today.String()
	}
	if len(p.Sheet.Methods) == 0 {
		p.Sheet.Methods = []string{string(inspection.OnSite)}
	}
	item := ""
	for i, x := range f.Points {
		row := pointRow{Point: x, I: i + 1, Given: p.Sheet.Answers[i].Answer, Note: p.Sheet.Answers[i].Note}
		if x.ItemID != item {
			row.Head, item = x.Item, x.ItemID
		}
		for _, a := range inspection.Answers {
			row.Boxes = append(row.Boxes, page.Option{Value: string(a.Answer), Label: a.Name, Chosen: string(a.Answer) == row.Given})
		}
		p.Points = append(p.Points, row)
		p.use(visit.UsePoint(i + 1))
	}
	for _, x := range f.Findings {
		if !x.Open() {
			p.Findings = append(p.Findings, findingRow{len(p.Findings) + 1, visit.Found{No: x.No, Fact: x.Fact, Measure: x.Measure, Due: x.DueOn.String()}, true})
		}
	}
	for i, x := range p.Sheet.Findings {
		p.Findings = append(p.Findings, findingRow{i + 1, x, false})
	}
	for i := range spare {
		p.Findings = append(p.Findings, findingRow{I: len(p.Sheet.Findings) + i + 1})
	}
	for i, t := range p.Sheet.Attempts {
		p.Tries = append(p.Tries, tryRow{i + 1, t})
	}
	for len(p.Tries) < len(p.Sheet.Attempts)+spare {
		p.Tries = append(p.Tries, tryRow{I: len(p.Tries) + 1})
	}
	for _, m := range inspection.Methods {
		p.Methods = append(p.Methods, page.Option{Value: string(m.Method), Label: m.Name, Chosen: slices.Contains(p.Sheet.Methods, string(m.Method))})
	}
	for _, c := range inspection.Codes {
		p.Codes = append(p.Codes, page.Option{Value: string(c.Code), Label: c.Name, Chosen: slices.Contains(p.Sheet.Codes, string(c.Code))})
	}
	p.lists()
}

func (p *taskPage) lists() {
	for _, x := range visit.Reasons {
		p.Reasons = append(p.Reasons, page.Option{Value: x, Label: x})
	}
	for i := 1; i <= len(p.Tries); i++ {
		p.use(visit.UseAttempt(i))
	}
	for i := 1; i <= len(p.Sheet.Findings)+spare; i++ {
		p.use(visit.UseBefore(i))
		p.use(visit.UseAfter(i))
	}
	p.use(visit.UseOther)
}

func (p *taskPage) use(use string) {
	p.Uses = append(p.Uses, page.Option{Value: use, Label: visit.Photo{Use: use}.UseName()})
}
