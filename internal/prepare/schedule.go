package prepare

import (
	"net/http"
	"slices"
	"strconv"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/documents"
	"suiji/internal/errs"
	"suiji/internal/page"
	"suiji/internal/round"
	"suiji/internal/schedule"
	"suiji/internal/supervise"
)

// tally counts a schedule's visits.
type tally struct{ Firms, Placed, Approved, Clashing, Urgent, Begun int }

func count(x schedule.Schedule) (n tally) {
	for _, v := range x.Visits {
		n.Firms++
		if v.Placed() {
			n.Placed++
		}
		if v.Approved > 0 || v.Before {
			n.Approved++
		}
		if len(v.Clashes) > 0 {
			n.Clashing++
		}
		if v.Urgent != nil && v.Urgent.Verdict == "" {
			n.Urgent++
		}
		if !v.Begun.Zero() || v.Before {
			n.Begun++
		}
	}
	return n
}

type schedulesPage struct {
	page.Base
	Rows []scheduleRow
}

type scheduleRow struct {
	schedule.Schedule
	tally
	Waits bool
}

func (s *Server) schedules(r *http.Request) (page.Page, error) {
	ctx, a := r.Context(), actor(r)
	all, err := s.Round.Rounds(ctx, a.Authority)
	if err != nil {
		return nil, err
	}
	p := &schedulesPage{Base: page.Base{Title: "检查安排"}}
	for _, x := range all {
		if x.Rehearsal || x.State != round.Matched && x.State != round.Closed {
			continue
		}
		sc, err := s.Schedule.Schedule(ctx, a.Authority, x.ID)
		if err != nil {
			return nil, err
		}
		p.Rows = append(p.Rows, scheduleRow{sc, count(sc), sc.Pending() != nil})
	}
	return p, nil
}

func trail(id string) []page.Link {
	t := []page.Link{{Word: "检查安排", Href: "/w/schedules"}}
	if id != "" {
		t = append(t, page.Link{Word: "轮次 " + id, Href: "/w/schedules/" + id})
	}
	return t
}

// visitRow is a line with its state as a tag.
type visitRow struct {
	schedule.Visit
	Tag page.Tag
}

func rowOf(v schedule.Visit) visitRow {
	tone := page.Mute
	switch {
	case v.Urgent != nil && v.Urgent.Verdict == "refused":
		tone = page.Bad
	case v.Urgent != nil && v.Urgent.Verdict == "", v.Stale:
		tone = page.Warn
	case v.Approved > 0, v.Urgent != nil:
		tone = page.OK
	case v.Placed():
		tone = page.Doing
	}
	return visitRow{v, page.Tag{Tone: tone, Word: v.StateOf()}}
}

// dayRows are the visits of a day.
type dayRows struct {
	Day    calendar.Date
	Name   string
	Visits []visitRow
}

var weekdays = []string{"星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"}

type schedulePage struct {
	page.Base
	Schedule schedule.Schedule
	tally
	Open    []visitRow // without a day
	Written []visitRow
	Days    []dayRows
	Edit    bool
	Leader  bool
	Changed bool // it is not as it was last put before the leader
	Last    *schedule.Version
	Most    []page.Option
	Empty   []unexplained
	Issued  int  // notices with a number
	Lack    int  // firms that may be told and have none
	Issue   bool // the reader may issue them
}

// unexplained is a firm that an officer is to visit again after several visits
// without findings, and the question that waits for why. It is shown to who
// plans, and changes nothing.
type unexplained struct {
	Firm, Target, Officer string
	Question              supervise.Question
}

func (s *Server) unexplained(r *http.Request, x schedule.Schedule) (all []unexplained, err error) {
	open, err := s.Supervise.Unexplained(r.Context(), actor(r).Authority)
	for _, v := range x.Visits {
		for _, o := range v.Team {
			if q, ok := open[o.ID+" "+v.TargetID]; ok && v.Begun.Zero() && !v.Before {
				all = append(all, unexplained{v.Firm, v.TargetID, o.Name, q})
			}
		}
	}
	return all, err
}

func (s *Server) schedule(r *http.Request) (page.Page, error) {
	x, err := s.read(r)
	if err != nil {
		return nil, err
	}
	a := actor(r)
	p := &schedulePage{Base: page.Base{Title: "检查安排 " + x.Round.ID, Trail: trail("")}, Schedule: x, tally: count(x),
		Edit: access.Allow(a, access.ScheduleEdit) && x.Round.State == round.Matched, Leader: access.Allow(a, access.ScheduleApprove)}
	for _, v := range x.Visits {
		switch row := rowOf(v); {
		case !v.Placed() && v.Before:
		case !v.Placed():
			p.Open = append(p.Open, row)
		case v.Mode == schedule.Written:
			p.Written = append(p.Written, row)
		default:
			if n := len(p.Days); n == 0 || p.Days[n-1].Day != v.Day {
				p.Days = append(p.Days, dayRows{v.Day, weekdays[v.Day.Weekday()], nil})
			}
			last := &p.Days[len(p.Days)-1]
			last.Visits = append(last.Visits, row)
		}
		p.Changed = p.Changed || v.Placed() && v.Approved == 0
	}
	if len(x.Versions) > 0 {
		p.Last = &x.Versions[0]
	}
	for i := 1; i <= 6; i++ {
		p.Most = append(p.Most, page.Option{Value: strconv.Itoa(i), Label: strconv.Itoa(i) + " 户"})
	}
	if p.Empty, err = s.unexplained(r, x); err != nil {
		return nil, err
	}
	notices, err := s.Documents.Notices(r.Context(), a.Authority, x.Round.ID, "")
	for _, v := range x.Visits {
		if notices[v.TargetID].State == documents.Issued {
			p.Issued++
		} else if x.Tellable(v) && !v.Before {
			p.Lack++
		}
	}
	p.Issue = p.Lack > 0 && access.Allow(a, access.DocumentEdit) && access.Allow(a, access.DocumentIssue)
	return p, err
}

// read returns the schedule of the request's round, and leaves a record that it
// was looked at.
func (s *Server) read(r *http.Request) (schedule.Schedule, error) {
	ctx, a := r.Context(), actor(r)
	x, err := s.Schedule.Schedule(ctx, a.Authority, r.PathValue("id"))
	if err != nil {
		return x, err
	}
	return x, s.Round.Look(ctx, a, []string{x.Round.ID})
}

func (s *Server) propose(r *http.Request) (string, error) {
	most, err := strconv.Atoi(r.PostFormValue("most"))
	if err != nil {
		return "", errs.At("most", "请选择每半天几户")
	}
	_, _, err = s.Schedule.Propose(r.Context(), actor(r), r.PathValue("id"), most)
	return path(r), err
}

func (s *Server) submit(r *http.Request) (string, error) {
	return path(r), s.Schedule.Submit(r.Context(), actor(r), r.PathValue("id"))
}

type schedulePrintPage struct {
	page.Base
	Schedule schedule.Schedule
	Sheets   []sheet
}

// sheet is one team's day.
type sheet struct {
	Day      calendar.Date
	Name     string // of the weekday
	Team     []schedule.Officer
	Vehicles []string
	Visits   []visitRow
}

func (s *Server) print(r *http.Request) (page.Page, error) {
	x, err := s.read(r)
	if err != nil {
		return nil, err
	}
	p := &schedulePrintPage{Base: page.Base{Title: "检查安排 " + x.Round.ID, Trail: trail(x.Round.ID)}, Schedule: x}
	at := map[string]int{}
	for _, v := range x.Visits {
		if !v.Placed() || v.Mode != schedule.OnSite {
			continue
		}
		key := v.Day.String() + " " + v.Booked
		i, ok := at[key]
		if !ok {
			i = len(p.Sheets)
			at[key] = i
			p.Sheets = append(p.Sheets, sheet{Day: v.Day, Name: weekdays[v.Day.Weekday()], Team: v.Team})
		}
		if v.Vehicle != "" && !slices.Contains(p.Sheets[i].Vehicles, v.Vehicle) {
			p.Sheets[i].Vehicles = append(p.Sheets[i].Vehicles, v.Vehicle)
		}
		p.Sheets[i].Visits = append(p.Sheets[i].Visits, rowOf(v))
	}
	for i := range p.Sheets {
		slices.SortFunc(p.Sheets[i].Visits, func(a, b visitRow) int { return a.Stop - b.Stop })
	}
	return p, nil
}

type approvePage struct {
	page.Base
	Schedule schedule.Schedule
	Version  schedule.Version
	Rows     []visitRow // as they would be approved
	Own      bool       // the leader submitted it
}

func (s *Server) approval(r *http.Request) (page.Page, error) {
	x, err := s.read(r)
	if err != nil {
		return nil, err
	}
	v := x.Pending()
	if v == nil {
		return nil, errs.E(errs.Conflict, "没有等待批准的检查安排：可能刚刚已有人处理，没有任何改动")
	}
	a := actor(r)
	p := &approvePage{Base: page.Base{Title: "批准检查安排", Trail: trail(x.Round.ID)}, Schedule: x, Version: *v, Own: v.SubmittedBy == a.ID}
	lines, err := s.Schedule.Lines(r.Context(), x, v.No)
	for _, l := range lines {
		p.Rows = append(p.Rows, rowOf(l))
	}
	return p, err
}

func (s *Server) approve(r *http.Request) (string, error) {
	digest, opinion := r.PostFormValue("digest"), counter.Text(r, "opinion")
	if r.PostFormValue("decision") != "approve" {
		return path(r), s.Schedule.Return(r.Context(), actor(r), r.PathValue("id"), digest, opinion)
	}
	return path(r), s.Schedule.Approve(r.Context(), actor(r), r.PathValue("id"), digest, opinion)
}
