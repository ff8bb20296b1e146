package prepare

import (
	"net/http"
	"strconv"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/documents"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/page"
	"suiji/internal/round"
	"suiji/internal/schedule"
)

type firmPage struct {
	page.Base
	Schedule schedule.Schedule
	Visit    visitRow
	Edit     bool
	Hurry    bool
	Decide   bool
	Late     bool
	Modes    []page.Option
	Days     []page.Option
	Halves   []page.Option
	Vehicles []page.Option
	Tellable bool
	Notice   *documents.Paper // issued or drafted
	Form     string           // the notice belongs to it; empty: there is none yet
	Write    bool             // the reader may make it
	Told     []schedule.Told
	Outdated bool // the firm was told something else
	Ways     []page.Option
	Today    calendar.Date
	Papers   []schedule.Paper
}

func (s *Server) firm(r *http.Request) (page.Page, error) {
	x, err := s.read(r)
	if err != nil {
		return nil, err
	}
	v, err := x.Visit(r.PathValue("target"))
	if err != nil {
		return nil, err
	}
	a, open := actor(r), x.Round.State == round.Matched
	p := &firmPage{Base: page.Base{Title: v.Firm, Trail: trail(x.Round.ID)}, Schedule: x, Visit: rowOf(v)}
	p.Edit = open && access.Allow(a, access.ScheduleEdit) && v.Begun.Zero() && !v.Before
	waits := v.Urgent != nil && v.Urgent.Verdict == ""
	p.Hurry = open && access.Allow(a, access.UrgentDeclare) && !v.Before && !waits && v.Begun.Zero()
	p.Decide = open && access.Allow(a, access.ScheduleApprove) && waits
	p.Tellable, p.Today = x.Tellable(v), s.today()
	p.Late = v.Urgent != nil && v.Urgent.Late(s.Now())
	p.Modes = []page.Option{{Value: string(schedule.OnSite), Label: "实地检查"}, {Value: string(schedule.Written), Label: "书面检查（企业在网上提交材料，不到现场）"}}
	if err := s.choices(r, p); err != nil {
		return nil, err
	}
	return p, nil
}

// choices offers the days that are left, the halves and the vehicles.
func (s *Server) choices(r *http.Request, p *firmPage) error {
	days, err := s.Schedule.Workdays(r.Context(), p.Schedule)
	if err != nil {
		return err
	}
	for _, d := range days {
		p.Days = append(p.Days, page.Option{Value: d.String(), Label: d.String() + " " + weekdays[d.Weekday()]})
	}
	for _, h := range schedule.Halves {
		p.Halves = append(p.Halves, page.Option{Value: string(h.Half), Label: h.Name})
	}
	for _, w := range schedule.Ways {
		p.Ways = append(p.Ways, page.Option{Value: w.Way, Label: w.Name})
	}
	if p.Told, err = s.Schedule.Told(r.Context(), actor(r).Authority, p.Schedule.Round.ID, p.Visit.TargetID); err != nil {
		return err
	}
	if err := s.ofNotice(r, p); err != nil {
		return err
	}
	p.Outdated = p.Tellable && p.Schedule.Outdated(p.Visit.Visit, p.Told)
	if p.Papers, err = s.Schedule.Papers(r.Context(), actor(r).Authority, p.Schedule.Round.ID, p.Visit.TargetID); err != nil {
		return err
	}
	all, err := s.Schedule.Vehicles(r.Context(), actor(r).Authority)
	for _, v := range all {
		if v.Active || v.Plate == p.Visit.Vehicle {
			p.Vehicles = append(p.Vehicles, page.Option{Value: v.Plate, Label: v.Plate + "（" + strconv.Itoa(v.Seats) + " 座）"})
		}
	}
	return err
}

// ofNotice finds the firm's notice, and where it is made.
func (s *Server) ofNotice(r *http.Request, p *firmPage) error {
	ctx, a := r.Context(), actor(r)
	all, err := s.Documents.Notices(ctx, a.Authority, p.Schedule.Round.ID, p.Visit.TargetID)
	if err != nil {
		return err
	}
	if x, ok := all[p.Visit.TargetID]; ok {
		p.Notice = &x
	}
	forms, err := s.Inspection.Forms(ctx, a.Authority, inspection.Filter{RoundID: p.Schedule.Round.ID, TargetID: p.Visit.TargetID})
	if len(forms) > 0 {
		p.Form = forms[0].ID
		p.Write = access.Allow(a, access.DocumentEdit) && s.Documents.MayDraft(ctx, a, p.Form, "") == nil
	}
	return err
}

func firmPath(r *http.Request) string { return path(r) + "/firms/" + r.PathValue("target") }

func (s *Server) move(r *http.Request) (string, error) {
	m := schedule.Move{TargetID: r.PathValue("target"), Mode: schedule.Mode(r.PostFormValue("mode")),
		Half: schedule.Half(r.PostFormValue("half")), Vehicle: r.PostFormValue("vehicle")}
	var err error
	if m.Day, err = counter.Date(r, "day"); err != nil {
		return "", err
	}
	if m.Revision, err = strconv.ParseInt(r.PostFormValue("revision"), 10, 64); err != nil {
		return "", errs.E(errs.Invalid, "这一页不完整，没有改动，请刷新后再改")
	}
	return path(r) + "#" + m.TargetID, s.Schedule.Move(r.Context(), actor(r), r.PathValue("id"), m)
}

func (s *Server) hurry(r *http.Request) (string, error) {
	return firmPath(r), s.Schedule.Hurry(r.Context(), actor(r), r.PathValue("id"), r.PathValue("target"), counter.Text(r, "reason"))
}

func (s *Server) decideUrgent(r *http.Request) (string, error) {
	return firmPath(r), s.Schedule.DecideUrgent(r.Context(), actor(r), r.PathValue("id"), r.PathValue("target"),
		r.PostFormValue("decision") == "approve", counter.Text(r, "opinion"))
}

type vehiclesPage struct {
	page.Base
	Vehicles []schedule.Vehicle
	Edit     bool
}

func (s *Server) vehicles(r *http.Request) (page.Page, error) {
	all, err := s.Schedule.Vehicles(r.Context(), actor(r).Authority)
	return &vehiclesPage{Base: page.Base{Title: "车辆和坐标", Trail: trail("")}, Vehicles: all, Edit: access.Allow(actor(r), access.ScheduleEdit)}, err
}

func (s *Server) setVehicle(r *http.Request) (string, error) {
	seats, err := strconv.Atoi(counter.Text(r, "seats"))
	if err != nil {
		seats = 0 // refused with the sentence of the rule
	}
	return "/w/schedules/vehicles", s.Schedule.SetVehicle(r.Context(), actor(r), schedule.Vehicle{Plate: r.PostFormValue("plate"), Seats: seats,
		Note: r.PostFormValue("note"), Active: r.PostFormValue("active") == "yes"})
}

func (s *Server) setPlaces(r *http.Request) (string, error) {
	_, err := s.Schedule.SetPlaces(r.Context(), actor(r), r.PostFormValue("places"))
	return "/w/schedules/vehicles", err
}

type announcingPage struct {
	page.Base
	Items []schedule.Item
	Edit  bool
}

func (s *Server) announcing(r *http.Request) (page.Page, error) {
	all, err := s.Schedule.Announcing(r.Context(), actor(r).Authority)
	return &announcingPage{Base: page.Base{Title: "事先通知和需备材料", Trail: trail("")}, Items: all, Edit: access.Allow(actor(r), access.ScheduleEdit)}, err
}

func (s *Server) announce(r *http.Request) (string, error) {
	i := schedule.Item{ID: r.PostFormValue("item"), Unannounced: r.PostFormValue("unannounced") == "yes", Prepare: r.PostFormValue("prepare")}
	return "/w/schedules/items", s.Schedule.Announce(r.Context(), actor(r), i)
}
