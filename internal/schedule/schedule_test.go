package schedule_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/caps"
	"suiji/internal/errs"
	"suiji/internal/plan"
	"suiji/internal/round"
	"suiji/internal/round/roundtest"
	"suiji/internal/schedule"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

var clerk, leader, list = roundtest.As(access.Clerk), roundtest.As(access.Leader), roundtest.As(access.ListAdmin)

// matched is an office whose round of ten firms was matched on 2022-06-06.
func matched(t *testing.T, db *store.DB) (*roundtest.Office, string) {
	o := roundtest.New(t, db)
	o.Firms(400)
	return o, o.Matched(o.Publish(func(p *plan.Plan) {
		p.Windows = []plan.Window{{No: 1, StartsOn: day("2022-06-06"), EndsOn: day("2022-07-29")}, {No: 2, StartsOn: day("2022-09-26"), EndsOn: day("2022-10-14")}}
	}), 1, "2022-06-06")
}

func day(s string) calendar.Date { return calendar.MustParse(s) }

func wantErr(t *testing.T, err error, kind errs.Kind, part string) {
	t.Helper()
	if err == nil || errs.KindOf(err) != kind || !strings.Contains(errs.Sentence(err)+fmt.Sprint(errs.Problems(err)), part) {
		t.Fatalf("error %v, want kind %v with “%s”", err, kind, part)
	}
}

func read(t *testing.T, o *roundtest.Office, id string) schedule.Schedule {
	t.Helper()
	x, err := o.Schedule.Schedule(t.Context(), roundtest.Authority, id)
	o.Must(err)
	return x
}

// held reads who is where from the lines themselves, not from the bookings.
func held(t *testing.T, x schedule.Schedule) {
	t.Helper()
	who := map[string]string{}
	for _, v := range x.Visits {
		if !v.Placed() || v.Mode != schedule.OnSite {
			continue
		}
		halves := []schedule.Half{v.Half}
		if v.Half == schedule.WholeDay {
			halves = []schedule.Half{schedule.Morning, schedule.Afternoon}
		}
		things := strings.Fields(v.Booked)
		if v.Vehicle != "" {
			things = append(things, v.Vehicle)
		}
		for _, h := range halves {
			for _, thing := range things {
				key := fmt.Sprint(thing, v.Day, h)
				if who[key] != "" && who[key] != v.Booked {
					t.Fatalf("%s is in two places on %s %s", thing, v.Day, h)
				}
				who[key] = v.Booked
			}
		}
	}
}

func TestProposeAndMove(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		o, id := matched(t, db)
		wantErr(t, o.Schedule.SetVehicle(ctx, clerk, schedule.Vehicle{Plate: "A12345", Seats: 1}), errs.Invalid, "冀A12345")
		o.Must(o.Schedule.SetVehicle(ctx, clerk, schedule.Vehicle{Plate: "冀a·12345", Seats: 5, Active: true}))
		o.Must(o.Schedule.SetVehicle(ctx, clerk, schedule.Vehicle{Plate: "冀A67890", Seats: 7, Active: true}))
		o.Must(o.Schedule.SetVehicle(ctx, clerk, schedule.Vehicle{Plate: "冀A00000", Seats: 7}))

		placed, left, err := o.Schedule.Propose(ctx, clerk, id, 1)
		o.Must(err)
		x := read(t, o, id)
		if placed != len(x.Visits) || left != 0 || placed == 0 {
			t.Fatalf("placed %d, left %d of %d", placed, left, len(x.Visits))
		}
		held(t, x)
		for _, v := range x.Visits {
			if !v.Day.After(day("2022-06-06")) || v.Vehicle == "" || v.Vehicle == "冀A00000" || v.Stop == 0 || v.Why == "" {
				t.Errorf("%s: %s with %q, stop %d, because %q", v.Firm, v.When(), v.Vehicle, v.Stop, v.Why)
			}
		}
		// Once more changes nothing.
		if placed, left, err := o.Schedule.Propose(ctx, clerk, id, 1); err != nil || placed+left != 0 {
			t.Fatalf("again: %d, %d, %v", placed, left, err)
		}
		v := x.Visits[0]
		move := schedule.Move{TargetID: v.TargetID, Revision: v.Revision, Mode: schedule.OnSite, Day: day("2022-07-29"), Half: schedule.Afternoon}
		for _, tt := range []struct {
			name string
			edit func(*schedule.Move)
			kind errs.Kind
			want string
		}{
			{"the day after the window", func(m *schedule.Move) { m.Day = day("2022-07-30") }, errs.Invalid, "检查期"},
			{"a Saturday", func(m *schedule.Move) { m.Day = day("2022-07-16") }, errs.Invalid, "不是工作日"},
			{"yesterday", func(m *schedule.Move) { m.Day = day("2022-06-05") }, errs.Invalid, "今天以前"},
			{"no half", func(m *schedule.Move) { m.Half = "" }, errs.Invalid, "上午"},
			{"an unknown vehicle", func(m *schedule.Move) { m.Vehicle = "冀A99999" }, errs.Invalid, "没有这辆车"},
			{"a vehicle out of use", func(m *schedule.Move) { m.Vehicle = "冀A00000" }, errs.Invalid, "已停用"},
			{"what somebody changed", func(m *schedule.Move) { m.Revision = 9 }, errs.Conflict, "刚刚改过"},
		} {
			m := move
			tt.edit(&m)
			err := o.Schedule.Move(ctx, clerk, id, m)
			if err == nil || errs.KindOf(err) != tt.kind || !strings.Contains(errs.Sentence(err)+fmt.Sprint(errs.Problems(err)), tt.want) {
				t.Errorf("%s: %v, want “%s”", tt.name, err, tt.want)
			}
		}
		o.Must(o.Schedule.Move(ctx, clerk, id, move)) // the last day itself
		o.Must(o.Schedule.Move(ctx, clerk, id, move)) // twice: as it is
		moved, err := read(t, o, id).Visit(v.TargetID)
		o.Must(err)
		if moved.Day != day("2022-07-29") || moved.Half != schedule.Afternoon || moved.Revision != v.Revision+1 {
			t.Fatalf("moved to %s, revision %d", moved.When(), moved.Revision)
		}
	})
}

// Leave that begins tomorrow leaves today alone; duty keeps in the office too.
func TestLeave(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		o, id := matched(t, db)
		v := read(t, o, id).Visits[0]
		o.Must(o.Roster.AddDuty(ctx, clerk, v.Team[0].ID, "休假", "2022-06-15", "2022-06-16", ""))
		o.Must(o.Roster.AddDuty(ctx, clerk, v.Team[1].ID, "值班", "2022-06-17", "2022-06-17", ""))
		move := schedule.Move{TargetID: v.TargetID, Mode: schedule.OnSite, Half: schedule.Morning}
		for _, tt := range []struct{ on, want string }{{"2022-06-15", "当天休假"}, {"2022-06-16", "当天休假"}, {"2022-06-17", "当天值班"}} {
			move.Day = day(tt.on)
			wantErr(t, o.Schedule.Move(ctx, clerk, id, move), errs.Invalid, tt.want)
		}
		move.Day = day("2022-06-14")
		o.Must(o.Schedule.Move(ctx, clerk, id, move))
		// Leave that is entered afterwards is shown, and nothing is submitted over it.
		o.Must(o.Roster.AddDuty(ctx, clerk, v.Team[0].ID, "病假", "2022-06-14", "2022-06-14", ""))
		got, err := read(t, o, id).Visit(v.TargetID)
		o.Must(err)
		if len(got.Clashes) != 1 || !strings.Contains(got.Clashes[0], "病假") {
			t.Fatalf("clashes %v", got.Clashes)
		}
		wantErr(t, o.Schedule.Submit(ctx, clerk, id), errs.Invalid, "病假")
	})
}

// Two rounds of one office share its people.
func TestRoundsShareOfficers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		o := roundtest.New(t, db)
		o.Firms(400)
		id := o.Publish(func(p *plan.Plan) {
			p.Windows[0].StartsOn = day("2022-06-06")
			again := p.Tasks[0]
			again.No, again.Name = 2, "用人单位社会保险缴费情况"
			p.Tasks = append(p.Tasks, again)
		})
		one := o.Matched(id, 1, "2022-06-06")
		two, err := o.Round.Freeze(ctx, roundtest.As(access.Operator), round.NewRound{PlanID: id, TaskNo: 2, WindowNo: 1})
		o.Must(err)
		o.Carry(two)
		o.Must(o.Round.Confirm(ctx, list, two))
		o.Must(o.Round.FreezeMatch(ctx, roundtest.As(access.Operator), two))
		o.Carry(two)
		for _, r := range []string{one, two} {
			_, left, err := o.Schedule.Propose(ctx, clerk, r, 1)
			o.Must(err)
			if left != 0 {
				t.Fatalf("%d firms of %s found no day", left, r)
			}
		}
		x, y := read(t, o, one), read(t, o, two)
		x.Visits = append(x.Visits, y.Visits...)
		held(t, x)
		// A hand that wants somebody of the other round is told whose the day is.
		for _, v := range y.Visits {
			for _, w := range read(t, o, one).Visits {
				if v.Booked != w.Booked && slices.ContainsFunc(v.Team, func(p schedule.Officer) bool { return strings.Contains(w.Booked, p.ID) }) {
					wantErr(t, o.Schedule.Move(ctx, clerk, two, schedule.Move{TargetID: v.TargetID, Revision: v.Revision, Mode: schedule.OnSite, Day: w.Day, Half: w.Half}),
						errs.Invalid, "（轮次 "+one+"）")
					return
				}
			}
		}
		t.Fatal("no officer is in two teams")
	})
}

// Two clerks put two firms of one officer into one half-day at once: one of
// them is told.
func TestTwoClerksAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, id := matched(t, db)
		var pair []schedule.Visit
		all := read(t, o, id).Visits
		for i, v := range all {
			for _, w := range all[:i] {
				if teamOf(v) != teamOf(w) && slices.ContainsFunc(v.Team, func(p schedule.Officer) bool { return strings.Contains(teamOf(w), p.ID) }) {
					pair = []schedule.Visit{v, w}
				}
			}
		}
		if len(pair) < 2 {
			t.Fatal("no officer is in two teams")
		}
		var wg sync.WaitGroup
		fails := make([]error, 2)
		for i, by := range []access.Actor{clerk, list} {
			wg.Add(1)
			go func() {
				defer wg.Done()
				fails[i] = o.Schedule.Move(context.Background(), by, id, schedule.Move{TargetID: pair[i].TargetID, Mode: schedule.OnSite, Day: day("2022-06-20"), Half: schedule.Morning})
			}()
		}
		wg.Wait()
		if (fails[0] == nil) == (fails[1] == nil) {
			t.Fatalf("both got the same answer: %v, %v", fails[0], fails[1])
		}
		held(t, read(t, o, id))
	})
}

func teamOf(v schedule.Visit) string {
	var ids []string
	for _, p := range v.Team {
		ids = append(ids, p.ID)
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

// A window that spans the National Day week has only its working days.
func TestHoliday(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		o := roundtest.New(t, db)
		o.Firms(400)
		id := o.Publish(func(p *plan.Plan) {
			p.Windows = []plan.Window{{No: 1, StartsOn: day("2022-06-06"), EndsOn: day("2022-07-29")}, {No: 2, StartsOn: day("2022-09-29"), EndsOn: day("2022-10-09")}}
		})
		r := o.Matched(id, 2, "2022-09-29")
		_, _, err := o.Schedule.Propose(ctx, clerk, r, 3)
		o.Must(err)
		seen := map[string]bool{}
		for _, v := range read(t, o, r).Visits {
			seen[v.Day.String()] = true
		}
		// 1–7 October are days off, 8 and 9 October (a weekend) are worked.
		for d := range seen {
			if !slices.Contains([]string{"", "2022-09-30", "2022-10-08", "2022-10-09"}, d) {
				t.Errorf("somebody goes out on %s", d)
			}
		}
		if !seen["2022-09-30"] {
			t.Errorf("nobody goes out on the last working day before the holiday: %v", seen)
		}
	})
}

func TestApproval(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		o, id := matched(t, db)
		gate := func(target string, g schedule.Going) error {
			return o.Door.Keep(ctx, func(tx *store.DB) error { return o.Schedule.GateTx(ctx, tx, roundtest.Authority, id, target, g) })
		}
		wantErr(t, o.Schedule.Submit(ctx, clerk, id), errs.Conflict, "还没有安排")
		_, _, err := o.Schedule.Propose(ctx, clerk, id, 1)
		o.Must(err)
		v := read(t, o, id).Visits[0]
		going := schedule.Going{On: v.Day, Visits: true, Exact: true}
		wantErr(t, gate(v.TargetID, going), errs.Conflict, "还没有经行政机关负责人批准")
		o.Must(o.Schedule.Submit(ctx, clerk, id))
		o.Must(o.Schedule.Submit(ctx, clerk, id)) // twice is once
		x := read(t, o, id)
		if len(x.Versions) != 1 || x.Pending() == nil {
			t.Fatalf("versions %v", x.Versions)
		}
		digest := x.Pending().Digest
		wantErr(t, gate(v.TargetID, going), errs.Conflict, "还没有经行政机关负责人批准")
		wantErr(t, o.Schedule.Approve(ctx, clerk, id, digest, ""), errs.Forbidden, "没有此项权限")
		both := clerk
		both.Roles = []access.Role{access.Clerk, access.Leader}
		wantErr(t, o.Schedule.Approve(ctx, both, id, digest, ""), errs.Forbidden, "由其他负责人批准")
		wantErr(t, o.Schedule.Approve(ctx, leader, id, "another", ""), errs.Conflict, "不一致")
		wantErr(t, o.Schedule.Return(ctx, leader, id, digest, "不"), errs.Invalid, "退回的原因")
		o.Must(o.Schedule.Approve(ctx, leader, id, digest, "同意"))
		wantErr(t, o.Schedule.Approve(ctx, leader, id, digest, "同意"), errs.Conflict, "没有等待批准")

		early, late := going, going
		early.On, late.On = v.Day.AddDays(-1), v.Day.AddDays(1)
		wantErr(t, gate(v.TargetID, early), errs.Conflict, "批准的检查日期")
		wantErr(t, gate(v.TargetID, late), errs.Conflict, "批准的检查日期")

		// One firm is moved: it waits, the others go on.
		other := read(t, o, id).Visits[1]
		o.Must(o.Schedule.Move(ctx, clerk, id, schedule.Move{TargetID: other.TargetID, Revision: other.Revision, Mode: schedule.OnSite, Day: day("2022-07-28"), Half: schedule.Morning}))
		wantErr(t, gate(other.TargetID, schedule.Going{On: day("2022-07-28"), Visits: true, Exact: true}), errs.Conflict, "重新报批")
		wantErr(t, gate(other.TargetID, schedule.Going{On: other.Day, Visits: true, Exact: true}), errs.Conflict, "重新报批")
		o.Must(gate(v.TargetID, going))
		o.Must(gate(v.TargetID, going))
		moved, err := read(t, o, id).Visit(v.TargetID)
		o.Must(err)
		if moved.Begun != v.Day {
			t.Fatalf("begun on %s, want %s", moved.Begun, v.Day)
		}
		wantErr(t, o.Schedule.Move(ctx, clerk, id, schedule.Move{TargetID: v.TargetID, Revision: v.Revision, Mode: schedule.OnSite}), errs.Conflict, "已经开始检查")
		o.Sign(id)
		o.Must(gate(other.TargetID, schedule.Going{On: day("2022-07-28"), Visits: true, Exact: true}))

		// A written review is no visit.
		third := read(t, o, id).Visits[2]
		o.Must(o.Schedule.Move(ctx, clerk, id, schedule.Move{TargetID: third.TargetID, Revision: third.Revision, Mode: schedule.Written, Day: day("2022-07-20")}))
		o.Sign(id)
		c, err := o.Caps.Counter(ctx, nil, roundtest.Authority, day("2022-07-20"), nil)
		o.Must(err)
		if got := c.Turn(third.TargetID, nil, 2022).Visits; got != 0 {
			t.Errorf("a written review is counted as %d visits", got)
		}
		if got := c.Turn(other.TargetID, nil, 2022).Visits; got != 1 {
			t.Errorf("a visit is counted as %d", got)
		}
		wantErr(t, gate(third.TargetID, schedule.Going{On: day("2022-07-20"), Visits: true, Exact: true}), errs.Conflict, "书面检查")
		o.Must(gate(third.TargetID, schedule.Going{On: day("2022-07-21"), Exact: true}))
	})
}

// An emergency begins at once, and its clock runs to its last minute.
func TestUrgent(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		o, id := matched(t, db)
		gate := func(target string) error {
			return o.Door.Keep(ctx, func(tx *store.DB) error {
				return o.Schedule.GateTx(ctx, tx, roundtest.Authority, id, target, schedule.Going{On: calendar.In(o.Now()), Visits: true, Exact: true})
			})
		}
		all := read(t, o, id).Visits
		v, w := all[0], all[1]
		const why = "职工集体讨薪，负责人可能转移账册"
		wantErr(t, o.Schedule.Hurry(ctx, clerk, id, v.TargetID, "紧急"), errs.Invalid, "至少 10 个字")
		wantErr(t, o.Schedule.Hurry(ctx, roundtest.As(access.Inspector), id, v.TargetID, why), errs.Forbidden, "不是您所在检查组")
		wantErr(t, gate(v.TargetID), errs.Conflict, "登记紧急检查")
		o.Must(o.Schedule.Hurry(ctx, clerk, id, v.TargetID, why))
		o.Must(o.Schedule.Hurry(ctx, clerk, id, v.TargetID, why)) // a double click
		o.Must(gate(v.TargetID))
		list, err := o.Schedule.Waiting(ctx, roundtest.Authority)
		o.Must(err)
		if len(list) != 1 || list[0].DueAt.Sub(list[0].MadeAt) != 24*time.Hour {
			t.Fatalf("waiting %+v", list)
		}
		u := list[0]
		if u.Late(u.DueAt) || !u.Late(u.DueAt.Add(time.Millisecond)) {
			t.Fatal("the clock does not end with its last moment")
		}
		o.At(u.DueAt)
		both := clerk
		both.Roles = append(both.Roles, access.Leader)
		wantErr(t, o.Schedule.DecideUrgent(ctx, both, id, v.TargetID, true, ""), errs.Forbidden, "由其他负责人")
		o.Must(o.Schedule.DecideUrgent(ctx, leader, id, v.TargetID, true, "情况属实"))
		wantErr(t, o.Schedule.DecideUrgent(ctx, leader, id, v.TargetID, true, ""), errs.Conflict, "没有等待")
		got, err := read(t, o, id).Visit(v.TargetID)
		o.Must(err)
		if got.Urgent.Late(o.Now()) || got.StateOf() != "紧急检查，已补办批准" {
			t.Fatalf("%s, late %v", got.StateOf(), got.Urgent.Late(o.Now()))
		}
		// Refused: nothing more is recorded.
		o.Must(o.Schedule.Hurry(ctx, clerk, id, w.TargetID, why))
		o.Must(gate(w.TargetID))
		wantErr(t, o.Schedule.DecideUrgent(ctx, leader, id, w.TargetID, false, "无"), errs.Invalid, "不同意的原因")
		o.Must(o.Schedule.DecideUrgent(ctx, leader, id, w.TargetID, false, "不属于紧急情况"))
		wantErr(t, gate(w.TargetID), errs.Conflict, "不属于紧急情况")
	})
}

// A firm is told of what is approved; of what is not announced, only once the
// visit has begun.
func TestTell(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		o, id := matched(t, db)
		told := func(target string) error {
			return o.Schedule.Tell(ctx, clerk, id, schedule.Told{TargetID: target, Way: "phone", Day: day("2022-06-06"), Receipt: "王经理接听"})
		}
		_, _, err := o.Schedule.Propose(ctx, clerk, id, 1)
		o.Must(err)
		v := read(t, o, id).Visits[0]
		wantErr(t, told(v.TargetID), errs.Conflict, "还没有批准")
		x := o.Sign(id)
		wantErr(t, o.Schedule.Tell(ctx, clerk, id, schedule.Told{TargetID: v.TargetID, Way: "dove", Day: day("2022-06-07")}), errs.Invalid, "送达方式")
		o.Must(told(v.TargetID))
		o.Must(told(v.TargetID)) // a double click
		all, err := o.Schedule.Told(ctx, roundtest.Authority, id, v.TargetID)
		o.Must(err)
		if len(all) != 1 || all[0].Name() != "电话" || x.Outdated(v, all) {
			t.Fatalf("told %+v", all)
		}
		// Another day: the firm knows the old one.
		o.Must(o.Schedule.Move(ctx, clerk, id, schedule.Move{TargetID: v.TargetID, Revision: v.Revision, Mode: schedule.OnSite, Day: day("2022-07-28"), Half: schedule.Morning}))
		x = o.Sign(id)
		if v, err = x.Visit(v.TargetID); err != nil || !x.Outdated(v, all) {
			t.Fatalf("the firm knows the new day: %v", err)
		}
		notes, err := o.Schedule.Summonses(ctx, roundtest.Authority, id, "")
		o.Must(err)
		if len(notes) != len(x.Visits) || notes[0].Often() != "这是本机关本年度对你单位的第 1 次行政检查。" {
			t.Fatalf("%d notices, %s", len(notes), notes[0].Often())
		}
		o.Must(o.Caps.Set(ctx, clerk, []caps.Rule{{Title: "年度上限", Source: "某规〔2022〕1号", Who: caps.Level, Years: 1, Most: 2}}, nil))
		o.Must(o.Caps.Enter(ctx, clerk, []caps.Visit{{Target: v.TargetID, Day: day("2022-03-01"), Body: "县市场监管局", Who: caps.Level}}))
		notes, err = o.Schedule.Summonses(ctx, roundtest.Authority, id, v.TargetID)
		o.Must(err)
		if got := notes[0].Often(); got != "这是本年度（本级合计）对你单位的第 2 次行政检查，上限 2 次（某规〔2022〕1号）。" {
			t.Fatal(got)
		}
		// Not announced: approved lines wait again, and nobody is told.
		i := x.Items[0]
		i.Unannounced = true
		o.Must(o.Schedule.Announce(ctx, clerk, i))
		if v, err := read(t, o, id).Visit(v.TargetID); err != nil || !v.Stale {
			t.Fatalf("what is told was changed, and the approval holds: %v", err)
		}
		o.Sign(id)
		wantErr(t, told(v.TargetID), errs.Conflict, "不事先通知")
		if notes, err = o.Schedule.Summonses(ctx, roundtest.Authority, id, ""); err != nil || len(notes) != 0 {
			t.Fatalf("%d notices of a visit that is not announced, %v", len(notes), err)
		}
		o.Must(o.Door.Keep(ctx, func(tx *store.DB) error {
			return o.Schedule.GateTx(ctx, tx, roundtest.Authority, id, v.TargetID, schedule.Going{On: v.Day, Visits: true})
		}))
		if notes, err = o.Schedule.Summonses(ctx, roundtest.Authority, id, ""); err != nil || len(notes) != 1 {
			t.Fatalf("%d notices once the visit has begun, %v", len(notes), err)
		}
	})
}

// A firm sends papers until the end of the last day, and nothing else.
func TestPapers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		o, id := matched(t, db)
		all := read(t, o, id).Visits
		v, w := all[0], all[1]
		o.Must(o.Schedule.Move(ctx, clerk, id, schedule.Move{TargetID: v.TargetID, Mode: schedule.Written, Day: day("2022-06-20")}))
		o.Must(o.Schedule.Move(ctx, clerk, id, schedule.Move{TargetID: w.TargetID, Mode: schedule.OnSite, Day: day("2022-06-20"), Half: schedule.Morning}))
		send := func(target string, body string) error {
			return o.Schedule.Send(ctx, roundtest.Authority, id, target, `C:\扫描\劳动合同.pdf`, []byte(body))
		}
		wantErr(t, send(v.TargetID, roundtest.PDF), errs.Conflict, "没有要求")
		o.Sign(id)
		wantErr(t, send(w.TargetID, roundtest.PDF), errs.Conflict, "没有要求")
		wantErr(t, send(v.TargetID, ""), errs.Invalid, "空文件")
		wantErr(t, send(v.TargetID, "MZ\x90"), errs.Invalid, "只收 PDF、JPG、PNG")
		wantErr(t, send(v.TargetID, roundtest.PDF[:40]), errs.Invalid, "不完整")
		wantErr(t, send(v.TargetID, strings.Repeat("x", schedule.MaxPaper+1)), errs.Invalid, "超过 10 MB")
		o.At(day("2022-06-21").Start().Add(-time.Millisecond)) // the last moment of the last day
		o.Must(send(v.TargetID, roundtest.PDF))
		o.Must(send(v.TargetID, roundtest.PDF)) // a double click
		got, err := o.Schedule.Papers(ctx, roundtest.Authority, id, v.TargetID)
		o.Must(err)
		if len(got) != 1 || got[0].Name != "劳动合同.pdf" || got[0].Kind != "pdf" {
			t.Fatalf("papers %+v", got)
		}
		_, body, err := o.Schedule.Paper(ctx, roundtest.Authority, id, v.TargetID, got[0].Digest)
		if err != nil || string(body) != roundtest.PDF {
			t.Fatalf("came back as %q, %v", body, err)
		}
		_, _, err = o.Schedule.Paper(ctx, roundtest.Authority, id, w.TargetID, got[0].Digest)
		wantErr(t, err, errs.NotFound, "")
		o.Must(os.WriteFile(filepath.Join(o.Dir, "papers", roundtest.Authority, got[0].Digest), []byte("another"), 0o600))
		_, _, err = o.Schedule.Paper(ctx, roundtest.Authority, id, v.TargetID, got[0].Digest)
		wantErr(t, err, errs.Conflict, "指纹不符")
		for i := 1; i < schedule.MostPapers; i++ {
			o.Must(send(v.TargetID, fmt.Sprintf("%%PDF-%d%%%%EOF", i)))
		}
		wantErr(t, send(v.TargetID, "%PDF-one more%%EOF"), errs.Conflict, "最多提交 20 个")
		o.On("2022-06-21")
		wantErr(t, send(v.TargetID, roundtest.PDF), errs.Conflict, "期限 2022-06-20 已过")
	})
}
