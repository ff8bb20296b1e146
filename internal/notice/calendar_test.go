package notice_test

import (
	"context"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/feedback"
	"suiji/internal/inspection"
	"suiji/internal/notice"
	"suiji/internal/register"
	"suiji/internal/roster"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// dying is the time that a program has until it is killed: it ends when it was
// asked for so often.
type dying struct {
	context.Context
	left atomic.Int64
	kill context.CancelFunc
}

func (d *dying) Done() <-chan struct{} {
	if d.left.Add(-1) == 0 {
		d.kill()
	}
	return d.Context.Done()
}

// Deadline of the context; it has none.
func (d *dying) Deadline() (time.Time, bool) { return time.Time{}, false }

// outages are the days on which the program does not run.
var outages = [][2]string{{"2022-06-10", "2022-06-13"}, {"2022-07-05", "2022-07-09"}, {"2022-09-12", "2022-10-03"}, {"2022-12-28", "2023-01-09"}, {"2023-03-30", "2023-03-30"}}

func out(d calendar.Date) bool {
	return slices.ContainsFunc(outages, func(o [2]string) bool {
		return !d.Before(calendar.MustParse(o[0])) && !d.After(calendar.MustParse(o[1]))
	})
}

// seen is one thing on the board, as the year saw it.
type seen struct {
	row  notice.Row
	days []calendar.Date   // on which it was there and the program ran
	what map[string]string // by day
}

// TestWholeYear runs the daily look over a year of an office that is often late
// and holds what was told to what should have been: worked out afterwards from
// the days on which each thing stood on the board. Each morning a program dies
// somewhere in its look, another begins anew; on some days none runs.
func TestWholeYear(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		o.people()
		o.Firms(100)
		planID := o.Publish(nil)
		r := &receiver{got: map[string]int{}}
		srv := httptest.NewServer(r)
		defer srv.Close()
		o.hook(t, srv.URL)
		acts := o.lateYear(t, planID)
		board := map[string]*seen{}
		died, days := 0, 0
		for d := calendar.MustParse("2022-05-10"); d.Before(calendar.MustParse("2023-05-10")); d = d.AddDays(1) {
			if act := acts[d.String()]; act != nil {
				o.On(d.String())
				act()
			}
			if days++; out(d) {
				continue
			}
			died += o.day(t, d, int64(days%60))
			for _, x := range o.board(t, notice.Filter{}).Rows {
				key := x.Key + "|" + x.Due.String()
				if board[key] == nil {
					board[key] = &seen{row: x, what: map[string]string{}}
				}
				board[key].days = append(board[key].days, d)
				board[key].what[d.String()] = x.What
			}
		}
		if died < 100 {
			t.Errorf("%d programs died in their look, want a hundred at least", died)
		}
		kinds := map[notice.Kind]bool{}
		for _, x := range board {
			kinds[x.row.Kind] = true
		}
		if len(kinds) < 12 {
			t.Errorf("only %d kinds were due in the year: %v", len(kinds), kinds)
		}
		total := 0
		for _, role := range access.Roles {
			want := expected(board, roundtest.As(role.Role))
			got, n := o.heard(t, role.Role)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-should have been told +was told):\n%s", role.Name, diff)
			}
			total += n
		}
		if len(r.got) != total || total < 50 {
			t.Errorf("%d messages, %d webhooks", total, len(r.got))
		}
		for id, n := range r.got {
			if n != 1 {
				t.Errorf("message %s arrived %d times", id, n)
			}
		}
	})
}

// day is one day of the program: before eight in the morning, a death, a new
// start, an evening.
func (o *office) day(t *testing.T, d calendar.Date, steps int64) (died int) {
	t.Helper()
	ctx, kill := context.WithCancel(t.Context())
	defer kill()
	short := &dying{Context: ctx, kill: kill}
	short.left.Store(steps + 1)
	out := o.Notice.Out
	for _, at := range []struct {
		after time.Duration
		ctx   context.Context
	}{{7*time.Hour + 59*time.Minute, t.Context()}, {8 * time.Hour, short}, {8*time.Hour + 6*time.Minute, t.Context()}, {20 * time.Hour, t.Context()}} {
		o.At(d.Start().Add(at.after))
		o.Notice = o.node(o.DB)
		o.Notice.Out = out
		err := o.Notice.Sweep(at.ctx, roundtest.Authority)
		if at.ctx == short && ctx.Err() != nil {
			died = 1
			continue
		}
		o.Must(err)
		o.Must(o.Notice.Deliver(t.Context(), roundtest.Authority))
	}
	return died
}

// expected lists what somebody should have been told: of his own things at each
// mark, of others' the leader when they are late; "day due what".
func expected(board map[string]*seen, a access.Actor) (told []string) {
	for _, x := range board {
		marks := []int{7, 3, 1, -1}
		if x.row.Kind == notice.Certificate {
			marks = []int{60, 30, 7, 3, 1, -1}
		}
		own := x.row.Of(a)
		for i, m := range marks {
			if !own && !(m == -1 && a.Has(access.Leader)) {
				continue
			}
			at := slices.IndexFunc(x.days, func(d calendar.Date) bool { return !d.Before(x.row.Due.AddDays(-m)) })
			if at < 0 || i+1 < len(marks) && !x.days[at].Before(x.row.Due.AddDays(-marks[i+1])) {
				continue // gone by then, or a later mark says it
			}
			d := x.days[at].String()
			told = append(told, d+" "+x.row.Due.String()+" "+x.what[d])
		}
	}
	slices.Sort(told)
	return told
}

// heard lists what somebody was told, in the same words, and in how many
// messages.
func (o *office) heard(t *testing.T, role access.Role) (told []string, n int) {
	t.Helper()
	list, _, err := o.Notice.Messages(t.Context(), roundtest.As(role), 1000)
	o.Must(err)
	days := map[string]bool{}
	for _, m := range list {
		if days[m.Day] {
			t.Errorf("%s was told twice on %s", role, m.Day)
		}
		days[m.Day] = true
		for _, l := range m.Lines {
			what, _, _ := strings.Cut(l.What, "，其中您")
			what, _, _ = strings.Cut(what, "（"+roundtest.Authority)
			told = append(told, m.Day+" "+l.Due+" "+what)
		}
	}
	slices.Sort(told)
	return told, len(list)
}

// lateYear is what the office does, by day.
func (o *office) lateYear(t *testing.T, planID string) map[string]func() {
	t.Helper()
	ctx, id := t.Context(), ""
	form := func(no int) inspection.Form {
		f, err := o.Inspection.Form(ctx, roundtest.Authority, inspection.Serial(id, no))
		o.Must(err)
		return f
	}
	says, ticket := feedback.New(o.DB, o.Door, o.Now), ""
	return map[string]func(){
		"2022-05-20": func() {
			people, _, _, err := o.Register.Officers(ctx, roundtest.Authority, register.OfficerFilter{})
			o.Must(err)
			o.Must(o.Roster.AddCertificate(ctx, roundtest.As(access.ListAdmin), people[0].ID, roster.NewCertificate{Number: "冀X-1", Issuer: "河北省人民政府", Fields: "劳动保障监察", Starts: "2020-01-01", Until: "2022-10-15"}))
		},
		"2022-06-15": func() { id = o.Freeze(planID, 1, "2022-06-15"); o.Carry(id) },
		"2022-06-22": func() { o.Must(o.Round.Confirm(ctx, roundtest.As(access.ListAdmin), id)) },
		"2022-06-27": func() {
			o.Must(o.Round.FreezeMatch(ctx, roundtest.As(access.Operator), id))
			o.Carry(id)
			x, err := o.Schedule.Schedule(ctx, roundtest.Authority, id)
			o.Must(err)
			o.Must(o.Schedule.Hurry(ctx, roundtest.As(access.Clerk), id, x.Visits[0].TargetID, "职工集体讨薪，账册可能被转移"))
		},
		"2022-06-30": func() {
			x, err := o.Schedule.Schedule(ctx, roundtest.Authority, id)
			o.Must(err)
			o.Must(o.Schedule.DecideUrgent(ctx, roundtest.As(access.Leader), id, x.Visits[0].TargetID, true, "情况属实"))
			o.ApprovedOn(id, "2022-07-01")
		},
		"2022-07-01": func() {
			o.Must(o.Inspection.Issue(ctx, roundtest.As(access.Clerk), id))
			o.Must(o.Inspection.Enter(ctx, roundtest.As(access.Clerk), form(1).ID, problem(form(1), "2022-07-01", "2022-07-20")))
		},
		"2022-07-12": func() {
			var err error
			ticket, err = says.Complain(ctx, form(1), "a", "检查人员要求请客", "")
			o.Must(err)
			o.Must(o.Inspection.Enter(ctx, roundtest.As(access.Clerk), form(2).ID, problem(form(2), "2022-07-01", "2022-08-20")))
		},
		"2022-08-05": func() { o.Must(says.AnswerComplaint(ctx, roundtest.As(access.Leader), ticket, "已核实")) },
		"2023-04-20": func() {
			o.Must(o.Inspection.Enter(ctx, roundtest.As(access.Clerk), form(3).ID, problem(form(3), "2022-07-01", "2023-05-08")))
		},
	}
}
