package registry

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/errs"
	"suiji/internal/office"
	"suiji/internal/page"
	"suiji/internal/register"
	"suiji/internal/roster"
)

func (s *Server) rosterRoutes(m counter.Routes) {
	m.Get("/w/officers/month", "roster-month", s.rosterMonth)
	m.Get("/w/officers/training", "roster-training", s.rosterTraining)
	m.File("/w/officers/training.xlsx", s.rosterTrainingFile)
	m.Get("/w/officers/compare", "roster-compare", s.rosterCompare)
	m.Post("/w/officers/compare", "roster-compare", s.rosterCompare, s.uploadExport, access.RegisterEdit)
	m.File("/w/officers/compare.xlsx", s.rosterCompareFile)
	m.Get("/w/officers/rule", "roster-rule", s.rosterRule)
	m.Post("/w/officers/rule", "roster-rule", s.rosterRule, s.setRosterRule, access.RegisterEdit)

	at := func(path string, act page.Act, right access.Action) {
		m.Post("/w/officers/{id}/"+path, "officer", s.officer, act, right)
	}
	at("certificates", s.addCertificate, access.RegisterEdit)
	at("standing", s.standCertificate, access.RegisterEdit)
	at("duties", s.addDuty, access.RegisterEdit)
	at("duties/cancel", s.cancelDuty, access.RegisterEdit)
	at("training", s.addTraining, access.RegisterEdit)
	at("training/{training}/remove", s.removeTraining, access.RegisterEdit)
	at("recusals", s.declare, access.RecusalDeclare)
	at("leave", s.leave, access.OfficerReplace)
	at("leave/decide", s.decideLeave, access.ReplaceApprove)
	at("recusals/end", s.endDeclaration, access.RegisterEdit)
}

// certRow is one of an officer's certificates.
type certRow struct {
	roster.Certificate
	Tag page.Tag
}

type officerPage struct {
	page.Base
	Looks bool // may see the papers that show why
	record
	Officer      register.Officer
	Tag          page.Tag
	Certs        []certRow
	Events       []roster.Event
	Duties       []roster.Duty
	Trainings    []roster.Training
	Declarations []roster.Declaration
	May          bool
	Today        string
	Dealt        *dealt

	// The choices of the forms.
	Numbers, Standings, Kinds, Grounds, TrainingKinds []page.Option
	Running, Open                                     []page.Option // entries that can be cancelled, ended
}

func (s *Server) officer(r *http.Request) (page.Page, error) {
	ctx, a := r.Context(), actor(r)
	o, on, err := as(r, s.Register.Officer, s.Register.OfficerOn)
	if err != nil {
		return nil, err
	}
	p := &officerPage{Looks: access.Allow(a, access.ProofLook), Base: page.Base{Title: o.Name, Trail: upTo("执法人员", "/w/officers")}, Officer: o, Tag: s.certTag(o), Today: s.today().String(),
		record: record{On: on}, Dealt: &dealt{}, May: on.Zero() && o.Active && access.Allow(a, access.RegisterEdit)}
	if on.Zero() {
		if p.Dealt, err = s.dealt(r, o); err != nil {
			return nil, err
		}
		if err := s.Round.Look(ctx, a, p.Dealt.rounds()); err != nil {
			return nil, err
		}
	}
	if p.History, err = s.Register.History(ctx, a.Authority, register.Officers, o.ID); err != nil {
		return nil, err
	}
	if on.Zero() {
		on = s.today()
	}
	certs, err := s.Roster.Certificates(ctx, a.Authority, o, on)
	if err != nil {
		return nil, err
	}
	for _, c := range certs {
		p.Certs = append(p.Certs, certRow{c, standingTag(c, on)})
	}
	if p.Certs[0].Standing != roster.Valid && o.Active {
		p.Tag = p.Certs[0].Tag
	}
	if p.Events, err = s.Roster.Events(ctx, a.Authority, o.ID); err != nil {
		return nil, err
	}
	if p.Duties, err = s.Roster.Duties(ctx, a.Authority, o.ID); err != nil {
		return nil, err
	}
	if p.Trainings, err = s.Roster.Trainings(ctx, a.Authority, o.ID); err != nil {
		return nil, err
	}
	p.Declarations, err = s.Roster.Declarations(ctx, a.Authority, o.ID, "")
	p.choices()
	return p, err
}

// choices fills the choices of the forms in.
func (p *officerPage) choices() {
	for _, c := range p.Certs {
		if len(p.Numbers) == 0 || p.Numbers[len(p.Numbers)-1].Value != c.Number {
			p.Numbers = append(p.Numbers, page.Option{Value: c.Number, Label: strings.TrimSpace(c.Number + " " + c.Issuer)})
		}
	}
	p.Standings = page.Options(roster.Standings, func(x roster.Standing) (string, string) { return string(x), x.Name() })
	p.Kinds, p.Grounds, p.TrainingKinds = words(roster.DutyKinds), words(roster.DeclarationKinds), words(roster.TrainingKinds)
	for _, d := range p.Duties {
		if d.Cancelled == "" {
			p.Running = append(p.Running, page.Option{Value: d.ID, Label: fmt.Sprintf("%s %s 至 %s", d.Kind, d.Starts, d.Until)})
		}
	}
	for _, d := range p.Declarations {
		if d.EndedOn.Zero() {
			p.Open = append(p.Open, page.Option{Value: d.ID, Label: d.Target + "（" + d.Kind + "）"})
		}
	}
}

// Tells reports whether one of the inputs was refused: its form stays open.
func (p *officerPage) Tells(fields ...string) bool {
	for _, f := range fields {
		if p.Failed(f) != "" {
			return true
		}
	}
	return false
}

func standingTag(c roster.Certificate, on calendar.Date) page.Tag {
	switch {
	case c.Standing != roster.Valid:
		return page.Tag{Tone: page.Bad, Word: c.Standing.Name()}
	case c.Until.Before(on):
		return page.Tag{Tone: page.Bad, Word: "已过期"}
	case on.Before(c.Starts):
		return page.Tag{Tone: page.Mute, Word: "未生效"}
	case on.DaysUntil(c.Until) <= certSoon:
		return page.Tag{Tone: page.Warn, Word: fmt.Sprintf("%d 天后到期", on.DaysUntil(c.Until))}
	}
	return page.Tag{Tone: page.OK, Word: "有效"}
}

// officerAt is where an act on an officer leads back to.
func officerAt(r *http.Request) string { return "/w/officers/" + url.PathEscape(r.PathValue("id")) }

func (s *Server) addCertificate(r *http.Request) (string, error) {
	v := r.PostFormValue
	return officerAt(r), s.Roster.AddCertificate(r.Context(), actor(r), r.PathValue("id"), roster.NewCertificate{
		Number: v("number"), Issuer: v("issuer"), Kind: v("kind"), Fields: v("fields"), Starts: v("starts"), Until: v("until")})
}

func (s *Server) standCertificate(r *http.Request) (string, error) {
	v := r.PostFormValue
	return officerAt(r), s.Roster.Stand(r.Context(), actor(r), r.PathValue("id"), v("certificate"), roster.Standing(v("standing")), v("since"), v("why"))
}

func (s *Server) addDuty(r *http.Request) (string, error) {
	v := r.PostFormValue
	return officerAt(r), s.Roster.AddDuty(r.Context(), actor(r), r.PathValue("id"), v("duty"), v("from"), v("to"), v("note"))
}

func (s *Server) cancelDuty(r *http.Request) (string, error) {
	return officerAt(r), s.Roster.CancelDuty(r.Context(), actor(r), r.PathValue("id"), r.PostFormValue("entry"), r.PostFormValue("cancel"))
}

func (s *Server) addTraining(r *http.Request) (string, error) {
	v := r.PostFormValue
	return officerAt(r), s.Roster.AddTraining(r.Context(), actor(r), r.PathValue("id"), roster.NewTraining{
		Kind: v("training"), Course: v("course"), Day: v("on"), Hours: v("hours"), Score: v("score"), ValidUntil: v("valid"), Passed: v("passed") != "no"})
}

func (s *Server) removeTraining(r *http.Request) (string, error) {
	return officerAt(r), s.Roster.RemoveTraining(r.Context(), actor(r), r.PathValue("id"), r.PathValue("training"))
}

func (s *Server) declare(r *http.Request) (string, error) {
	v := r.PostFormValue
	_, err := s.Staffing.Recuse(r.Context(), actor(r), r.PathValue("id"), roster.NewDeclaration{
		Target: strings.TrimSpace(v("target")), Kind: v("ground"), Reason: v("because"), DeclaredBy: v("declarer"), DeclaredOn: v("declared")})
	return officerAt(r), err
}

func (s *Server) endDeclaration(r *http.Request) (string, error) {
	return officerAt(r), s.Roster.EndDeclaration(r.Context(), actor(r), r.PathValue("id"), r.PostFormValue("declaration"), r.PostFormValue("ending"))
}

// monthCell is one day of one officer.
type monthCell struct {
	Mark, Class, Title string
}

type monthRow struct {
	roster.Line
	Cells []monthCell
}

type monthPage struct {
	page.Base
	Month      string // 2022-06
	Only       string
	Units      []page.Option
	Before     string
	After      string
	Numbers    []monthCell // the head: days, weekends marked
	Rows       []monthRow
	Marks      []monthCell // the legend
	AwayOnDays int         // days of leave in the month, of all
}

// mark is how a day is marked; duty does not keep an officer away.
func mark(d roster.Duty) monthCell {
	if d.ID == "" {
		return monthCell{}
	}
	class := "away"
	if !d.Away() {
		class = "duty"
	}
	return monthCell{string([]rune(d.Kind)[:1]), class, strings.TrimSpace(fmt.Sprintf("%s %s 至 %s %s", d.Kind, d.Starts, d.Until, d.Note))}
}

func (s *Server) rosterMonth(r *http.Request) (page.Page, error) {
	typed, unit := r.URL.Query().Get("month"), r.URL.Query().Get("unit")
	if typed == "" {
		typed = s.today().String()[:7]
	}
	first, err := calendar.Parse(typed + "-01")
	if err != nil {
		return nil, errs.E(errs.Invalid, "没有“"+typed+"”这个月份。请写成 2022-06 这样")
	}
	lines, units, err := s.Roster.Month(r.Context(), actor(r).Authority, unit, first)
	if err != nil {
		return nil, err
	}
	of := func(d calendar.Date) string {
		return "/w/officers/month?" + url.Values{"month": {d.String()[:7]}, "unit": {unit}}.Encode()
	}
	p := &monthPage{Base: page.Base{Title: fmt.Sprintf("%d 年 %d 月值班和休假", first.Year(), first.Month()), Trail: upTo("执法人员", "/w/officers")},
		Month: typed, Only: unit, Units: words(units), Before: of(first.AddDays(-1)), After: of(first.AddDays(31))}
	for _, k := range roster.DutyKinds {
		p.Marks = append(p.Marks, mark(roster.Duty{ID: k, Kind: k}))
		p.Marks[len(p.Marks)-1].Title = k
	}
	for on := first; on.Month() == first.Month(); on = on.AddDays(1) {
		c := monthCell{Mark: strconv.Itoa(on.Day())}
		if w := on.Weekday(); w == 0 || w == 6 {
			c.Class = "rest"
		}
		p.Numbers = append(p.Numbers, c)
	}
	for _, l := range lines {
		row := monthRow{Line: l}
		for _, d := range l.Days {
			row.Cells = append(row.Cells, mark(d))
			if d.ID != "" && d.Away() {
				p.AwayOnDays++
			}
		}
		p.Rows = append(p.Rows, row)
	}
	return p, nil
}

type trainingPage struct {
	page.Base
	Year      int
	Years     []page.Link
	Sums      []roster.Sum
	Trainings []roster.Training
	Without   int // officers without any record
}

// trainingYear reads the year of the address; without one it is this year.
func (s *Server) trainingYear(r *http.Request) int {
	if y, err := strconv.Atoi(r.URL.Query().Get("year")); err == nil && y > 1990 && y < 2200 {
		return y
	}
	return s.today().Year()
}

func (s *Server) rosterTraining(r *http.Request) (page.Page, error) {
	ctx, a, year := r.Context(), actor(r), s.trainingYear(r)
	p := &trainingPage{Base: page.Base{Title: fmt.Sprintf("%d 年培训考核", year), Trail: upTo("执法人员", "/w/officers")}, Year: year}
	for y := s.today().Year(); y > s.today().Year()-3; y-- {
		p.Years = append(p.Years, page.Link{Word: fmt.Sprintf("%d 年", y), Href: fmt.Sprintf("/w/officers/training?year=%d", y), Current: y == year})
	}
	var err error
	if p.Sums, err = s.Roster.Sums(ctx, a.Authority, year); err != nil {
		return nil, err
	}
	for _, x := range p.Sums {
		if x.Courses+x.Tests == 0 {
			p.Without++
		}
	}
	p.Trainings, err = s.Roster.TrainingsOf(ctx, a.Authority, year)
	return p, err
}

func (s *Server) rosterTrainingFile(r *http.Request) (*page.File, error) {
	p, err := s.rosterTraining(r)
	if err != nil {
		return nil, err
	}
	x := p.(*trainingPage)
	var sums, list [][]string
	for _, y := range x.Sums {
		sums = append(sums, []string{y.Name, y.CertNo, y.Unit, strconv.Itoa(y.Courses), y.Hours(), strconv.Itoa(y.Tests), strconv.Itoa(y.Failed)})
	}
	for _, t := range x.Trainings {
		list = append(list, []string{t.Officer, t.CertNo, t.Unit, t.Kind, t.Course, t.Day.String(), t.Hours(), t.Score, map[bool]string{true: "合格", false: "不合格"}[t.Passed], t.ValidUntil.String()})
	}
	return workbook(x.Title+".xlsx",
		office.Sheet{Name: "年度汇总", Header: []string{"姓名", "执法证号", "单位、科室", "培训次数", "学时", "考核次数", "不合格"}, Widths: []float64{12, 18, 24, 10, 10, 10, 10}, Rows: office.Texts(sums)},
		office.Sheet{Name: "逐条记录", Header: []string{"姓名", "执法证号", "单位、科室", "类别", "课程、考核", "日期", "学时", "成绩", "结论", "有效期至"}, Widths: []float64{12, 18, 24, 8, 30, 12, 8, 10, 10, 12}, Rows: office.Texts(list)}), nil
}

// workbook is a download of some sheets.
func workbook(name string, sheets ...office.Sheet) *page.File {
	return &page.File{Name: name, Type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		Write: func(w io.Writer) error { return office.WriteXLSX(w, sheets) }}
}

type rosterRulePage struct {
	page.Base
	Rule   roster.Rule
	Leaves []page.Option
	Yes    []page.Option
	May    bool
}

func (s *Server) rosterRule(r *http.Request) (page.Page, error) {
	a := actor(r)
	rule, err := s.Roster.RuleOf(r.Context(), a.Authority)
	return &rosterRulePage{Base: page.Base{Title: "参加抽取的条件", Trail: upTo("执法人员", "/w/officers")}, Rule: rule, May: access.Allow(a, access.RegisterEdit),
		Leaves: page.Options(roster.Leaves, func(l roster.Leave) (string, string) { return string(l), l.Name() }),
		Yes:    []page.Option{{Value: "true", Label: "检查期限所在年度没有合格的培训或考核记录的，不参加抽取"}}}, err
}

func (s *Server) setRosterRule(r *http.Request) (string, error) {
	return "/w/officers", s.Roster.SetRule(r.Context(), actor(r), roster.Rule{Leave: roster.Leave(r.PostFormValue("leave")), Training: r.PostFormValue("training") == "true"})
}
