package notice_test

import (
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/casework"
	"suiji/internal/disclosure"
	"suiji/internal/feedback"
	"suiji/internal/inspection"
	"suiji/internal/notice"
	"suiji/internal/register"
	"suiji/internal/roster"
	"suiji/internal/round/roundtest"
	"suiji/internal/schedule"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// office is a bureau with everything up to the board.
type office struct {
	*roundtest.Office
	Inspection *inspection.Service
	Disclosure *disclosure.Service
	Notice     *notice.Service
	dir        string // what firms send
}

func newOffice(t *testing.T, db *store.DB) *office {
	t.Helper()
	o := &office{Office: roundtest.New(t, db), dir: t.TempDir()}
	o.Inspection = inspection.New(inspection.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Credit: o.Credit, Schedule: o.Schedule})
	o.Disclosure = disclosure.New(disclosure.Config{DB: db, Door: o.Door, Scribe: o.Scribe, Now: o.Now,
		Identity: o.Identity, Reference: o.Reference, Round: o.Round, Inspection: o.Inspection})
	o.Notice = o.node(db)
	return o
}

// node is one server's board; several may stand on one database.
func (o *office) node(db *store.DB) *notice.Service {
	return notice.New(notice.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Reference: o.Reference, Plan: o.Plan,
		Round: o.Round, Disclosure: o.Disclosure,
		Casework: casework.New(casework.Config{DB: db, Door: o.Door, Now: o.Now, Reference: o.Reference, Inspection: o.Inspection, Dir: o.dir})})
}

// row returns the first row of a kind; but for windows it is the only one.
func (o *office) row(t *testing.T, k notice.Kind) notice.Row {
	t.Helper()
	rows := o.rows(t, k)
	if len(rows) == 0 || len(rows) > 1 && k != notice.Window {
		t.Fatalf("%s: %d rows of kind %s, want 1: %+v", o.Now(), len(rows), k, rows)
	}
	return rows[0]
}

func (o *office) rows(t *testing.T, k notice.Kind) []notice.Row {
	t.Helper()
	b, err := o.Notice.Board(t.Context(), roundtest.As(access.Leader), notice.Filter{})
	o.Must(err)
	return slices.DeleteFunc(b.Rows, func(r notice.Row) bool { return r.Kind != k })
}

// TestYear walks through a year and looks at the board at each step.
func TestYear(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		ctx := context.Background()
		check := func(k notice.Kind, due, how string) notice.Row {
			t.Helper()
			r := o.row(t, k)
			if r.Due.String() != due || !strings.Contains(r.How, how) {
				t.Errorf("%s: due %s (%s), want %s with %q", k, r.Due, r.How, due, how)
			}
			return r
		}
		if n := len(o.rows(t, notice.PlanFiled)); n != 0 {
			t.Errorf("an office without any plan has %d rows for it, want none", n)
		}
		o.Firms(100)
		planID := o.Publish(nil)
		check(notice.Archive, "2022-12-31", "归档日期")
		check(notice.Window, "2022-06-01", "2022-06-01 至")
		id := o.Freeze(planID, 1, "2022-06-09")
		check(notice.Window, "2022-07-31", "检查期")
		o.Carry(id)
		check(notice.Confirm, "2022-06-13", "2022-06-09 起 2 个工作日 = 2022-06-13，当日不计；跳过周末 2 日")
		o.Must(o.Round.Confirm(ctx, roundtest.As(access.ListAdmin), id))
		check(notice.Match, "2022-06-13", "确认日 2022-06-09 起 2 个工作日")
		o.Must(o.Round.FreezeMatch(ctx, roundtest.As(access.Operator), id))
		o.Carry(id)
		check(notice.Issue, "2022-07-31", "检查期")
		o.ApprovedOn(id, "2022-06-14")
		o.Must(o.Inspection.Issue(ctx, roundtest.As(access.Clerk), id))
		r := check(notice.Inspect, "2022-07-31", "检查期")
		if len(r.People) == 0 || r.What != "完成检查并录入 3 户" || r.Round != id {
			t.Errorf("inspections: %+v, want 3 firms, with their officers", r)
		}
		if b := o.board(t, notice.Filter{Who: r.People[0].Officer}); len(b.Rows) != 1 || b.Rows[0].Kind != notice.Inspect || len(b.People) != len(r.People) {
			t.Errorf("filter by person: %+v of %+v, want the inspections alone", b.Rows, b.People)
		}
		check(notice.Disclose, "2022-12-31", "封存时约定")
		o.On("2022-06-14")
		f, err := o.Inspection.Form(ctx, roundtest.Authority, inspection.Serial(id, 1))
		o.Must(err)
		o.Must(o.Inspection.Enter(ctx, roundtest.As(access.Clerk), f.ID, problem(f, "2022-06-14", "2022-07-08")))
		check(notice.Rectify, "2022-07-08", "改正的期限")
		p := check(notice.Publish, "2022-07-04", "以较早的 2022-07-04 为准")
		if !strings.Contains(p.How, "20 个工作日") {
			t.Errorf("publication: %s, want both clocks", p.How)
		}
		if got := o.row(t, notice.Inspect).What; got != "完成检查并录入 2 户" {
			t.Errorf("after one entry: %s, want 2 left", got)
		}
		for _, tt := range []struct {
			day  string
			want notice.Group
		}{{"2022-06-26", notice.Later}, {"2022-06-27", notice.In7}, {"2022-07-01", notice.In3}, {"2022-07-04", notice.Today}, {"2022-07-05", notice.Overdue}} {
			if got := notice.GroupOf(p.Due, calendar.MustParse(tt.day)); got != tt.want {
				t.Errorf("%s on %s is in %s, want %s", p.Due, tt.day, got, tt.want)
			}
		}
		o.At(calendar.MustParse("2022-07-05").Start().Add(-time.Second))
		if got := group(o.board(t, notice.Filter{}), notice.Publish); got != notice.Today {
			t.Errorf("a second before midnight: %s, want today", got)
		}
		o.At(calendar.MustParse("2022-07-05").Start())
		b := o.board(t, notice.Filter{})
		if got := group(b, notice.Publish); got != notice.Overdue {
			t.Errorf("at 00:00 of the day after: %s, want overdue", got)
		}
		if b := o.board(t, notice.Filter{Role: access.Operator}); b.Hidden == 0 {
			t.Error("a filter hides overdue rows and does not say so")
		}
		if b := o.board(t, notice.Filter{Round: id}); len(b.Rows) == 0 || slices.ContainsFunc(b.Rows, func(r notice.Row) bool { return r.Round != id }) {
			t.Errorf("filter by round: %+v", b.Rows)
		}
	})
}

func (o *office) board(t *testing.T, f notice.Filter) notice.Board {
	t.Helper()
	b, err := o.Notice.Board(t.Context(), roundtest.As(access.Leader), f)
	o.Must(err)
	return b
}

func group(b notice.Board, k notice.Kind) notice.Group {
	for _, r := range b.Rows {
		if r.Kind == k {
			return notice.GroupOf(r.Due, b.On)
		}
	}
	return ""
}

// problem is an entry that found something to be mended.
func problem(f inspection.Form, day, due string) inspection.Entry {
	on := calendar.MustParse(day)
	e := inspection.Entry{Methods: []inspection.Method{inspection.OnSite}, StartedOn: on, EndedOn: on, FirmPerson: "孙签字",
		Codes: []inspection.Code{inspection.R5}, Revision: f.Revision,
		Findings: []inspection.Finding{{Fact: "两名职工没有书面劳动合同", Measure: "补签劳动合同", DueOn: calendar.MustParse(due)}}}
	for _, p := range f.Points {
		e.Answers = append(e.Answers, inspection.PointAnswer{ItemID: p.ItemID, No: p.No, Answer: inspection.Yes})
	}
	e.Answers[0].Answer, e.Answers[0].Note = inspection.No, "两名职工没有书面劳动合同"
	return e
}

// Certificates, holiday notices and a plan that is late are on the board, and
// an administrator sees his own row only.
func TestStanding(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		o.Firms(20)
		o.Publish(nil)
		o.On("2024-11-01")
		if n := len(o.rows(t, notice.Certificate)); n != 8 {
			t.Errorf("60 days before their end %d certificates are on the board, want 8", n)
		}
		o.On("2024-10-31")
		if n := len(o.rows(t, notice.Certificate)); n != 0 {
			t.Errorf("61 days before their end %d certificates are on the board, want none", n)
		}
		if r := o.row(t, notice.PlanFiled); r.Due.String() != "2024-03-31" {
			t.Errorf("the plan of 2024 is due on %s, want 2024-03-31", r.Due)
		}
		years := calendar.National().Years()
		last := years[len(years)-1]
		o.On(strconv.Itoa(last) + "-11-02")
		r := o.row(t, notice.Holidays)
		if r.Due.String() != strconv.Itoa(last)+"-12-24" || r.Href != "" {
			t.Errorf("the next notice: due %s, link %q; want 24 December, and no link for a leader", r.Due, r.Href)
		}
		b, err := o.Notice.Board(t.Context(), roundtest.As(access.Admin), notice.Filter{})
		o.Must(err)
		if len(b.Rows) != 1 || b.Rows[0].Kind != notice.Holidays || b.Rows[0].Href != "/w/notices" {
			t.Errorf("an administrator sees %+v, want the holiday notice alone", b.Rows)
		}
	})
}

// shared returns the rows of a file of the real data without its heading.
func shared(t *testing.T, name string) [][]string {
	t.Helper()
	dir, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		f, err := os.Open(filepath.Join(dir, "shared", "data", name))
		if err == nil {
			defer f.Close()
			all, err := csv.NewReader(f).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			return all[1:]
		}
		if dir == filepath.Dir(dir) {
			t.Skipf("shared/data/%s is not beside the repository: nothing to compare with", name)
		}
	}
}

// The board's day for comparing and confirming is that of the vectors.
func TestVectors(t *testing.T) {
	o := newOffice(t, storetest.SQLite(t))
	o.Firms(40)
	planID := o.Publish(nil)
	id := o.Freeze(planID, 1, "2022-06-09")
	o.Carry(id)
	vectors := shared(t, "deadline-vectors.csv")
	for _, v := range vectors {
		drawn := calendar.MustParse(v[0])
		// The match's day is counted anew at each look; the confirmation is moved.
		o.Must(o.Door.Keep(t.Context(), func(tx *store.DB) error {
			_, err := tx.Exec(t.Context(), `
				UPDATE round
				SET state = 'confirmed', confirmed_at = $1
				WHERE round_id = $2`, drawn.Start().UnixMilli(), id)
			return err
		}))
		if got := o.row(t, notice.Match).Due.String(); got != v[3] || v[1] != "2" {
			t.Errorf("%s and %s %s = %s, want %s", v[0], v[1], v[2], got, v[3])
		}
	}
	if len(vectors) < 20 {
		t.Errorf("%d vectors, want at least 20", len(vectors))
	}
}

// The clock of an emergency is on the board to its last moment, and stays
// there after it until somebody decides.
func TestUrgentOnTheBoard(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		ctx := t.Context()
		o.Firms(200)
		id := o.Matched(o.Publish(nil), 1, "2022-06-09")
		if got := o.row(t, notice.Schedule); !strings.Contains(got.What, "报批 5 户") || got.Due.String() != "2022-07-31" {
			t.Fatalf("%+v", got)
		}
		x, err := o.Schedule.Schedule(ctx, roundtest.Authority, id)
		o.Must(err)
		firm := x.Visits[0].TargetID
		o.Must(o.Schedule.Hurry(ctx, roundtest.As(access.Clerk), id, firm, "职工集体讨薪，账册可能被转移"))
		due := o.Now().Add(24 * time.Hour)
		group := func() notice.Group {
			t.Helper()
			b, err := o.Notice.Board(ctx, roundtest.As(access.Leader), notice.Filter{})
			o.Must(err)
			for _, g := range notice.Groups {
				for _, r := range b.In(g.Group) {
					if r.Kind == notice.Urgent {
						return g.Group
					}
				}
			}
			return ""
		}
		for _, tt := range []struct {
			name string
			at   time.Time
			want notice.Group
		}{
			{"the day before", o.Now(), notice.In3}, {"its last moment", due, notice.Today}, {"a moment later", due.Add(time.Millisecond), notice.Overdue},
			{"a year later", due.AddDate(1, 0, 0), notice.Overdue},
		} {
			o.At(tt.at)
			if got := group(); got != tt.want {
				t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
			}
		}
		o.At(due.Add(time.Hour))
		o.Must(o.Schedule.DecideUrgent(ctx, roundtest.As(access.Leader), id, firm, true, "情况属实"))
		if got := group(); got != "" {
			t.Errorf("decided, and still %s", got)
		}
		_, _, err = o.Schedule.Propose(ctx, roundtest.As(access.Clerk), id, 1)
		o.Must(err)
		o.Must(o.Schedule.Submit(ctx, roundtest.As(access.Clerk), id))
		if r := o.row(t, notice.Approve); r.Href != "/w/schedules/"+id+"/approve" || !r.Of(roundtest.As(access.Leader)) {
			t.Errorf("%+v", r)
		}
	})
}

// What firms send, and what they complain of, is on the board until it is
// looked at; of a complaint nobody learns but who answers it.
func TestFirmsOnTheBoard(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		ctx, clerk := t.Context(), roundtest.As(access.Clerk)
		o.Firms(100)
		id := o.Matched(o.Publish(nil), 1, "2022-06-09")
		_, _, err := o.Schedule.Propose(ctx, clerk, id, 0)
		o.Must(err)
		all, err := o.Schedule.Schedule(ctx, roundtest.Authority, id)
		o.Must(err)
		v := all.Visits[0]
		o.Must(o.Schedule.Move(ctx, clerk, id, schedule.Move{TargetID: v.TargetID, Revision: v.Revision, Mode: schedule.Written, Day: calendar.MustParse("2022-06-24")}))
		if n := len(o.rows(t, notice.Written)); n != 0 {
			t.Errorf("%d written reviews are due before anybody approved them", n)
		}
		o.Sign(id)
		if r := o.row(t, notice.Written); r.Due.String() != "2022-06-24" || r.What != "书面检查 1 户提交材料截止，审查后录入结果" || r.Round != id {
			t.Errorf("the written review: %+v", r)
		}
		o.Must(o.Inspection.Issue(ctx, clerk, id))
		f, err := o.Inspection.Form(ctx, roundtest.Authority, inspection.Serial(id, 1))
		o.Must(err)
		if r := o.row(t, notice.Written); len(r.People) == 0 {
			t.Errorf("the written review is nobody's: %+v", r)
		}

		says := feedback.New(db, o.Door, o.Now)
		ticket, err := says.Complain(ctx, f, "a", "检查人员要求请客", "")
		o.Must(err)
		_, err = says.Complain(ctx, f, "b", "没有出示证件", "")
		o.Must(err)
		r := o.row(t, notice.Complaint)
		if r.Due.String() != "2022-06-24" || r.What != "答复投诉 2 件" || !r.Of(roundtest.As(access.Leader)) || strings.Contains(r.Key, ticket) {
			t.Errorf("complaints: %+v", r)
		}
		b, err := o.Notice.Board(ctx, clerk, notice.Filter{})
		o.Must(err)
		if slices.ContainsFunc(b.Rows, func(r notice.Row) bool { return r.Kind == notice.Complaint }) {
			t.Error("a clerk learns from the board that a firm complained")
		}
		o.Must(says.AnswerComplaint(ctx, roundtest.As(access.Leader), ticket, "已核实"))
		if r := o.row(t, notice.Complaint); r.What != "答复投诉 1 件" {
			t.Errorf("after one answer: %s", r.What)
		}
	})
}

// A certificate beside the register's own is on the board from 60 days before
// its end, until another takes its place or it is given up.
func TestFurtherCertificates(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		ctx, by := t.Context(), roundtest.As(access.ListAdmin)
		o.Firms(20)
		people, _, _, err := o.Register.Officers(ctx, roundtest.Authority, register.OfficerFilter{})
		o.Must(err)
		add := func(officer, number, starts, until string) {
			t.Helper()
			o.Must(o.Roster.AddCertificate(ctx, by, officer, roster.NewCertificate{Number: number, Issuer: "河北省人民政府", Fields: "劳动保障监察", Starts: starts, Until: until}))
		}
		o.On("2022-05-31")
		add(people[0].ID, "冀X-1", "2020-01-01", "2022-08-30")
		add(people[1].ID, "冀X-2", "2020-01-01", "2022-07-31")
		add(people[2].ID, "冀X-3", "2020-01-01", "2022-07-31")
		check := func(day, want string) {
			t.Helper()
			o.On(day)
			var days []string
			for _, r := range o.rows(t, notice.Certificate) {
				if strings.HasPrefix(r.What, "另一张") {
					days = append(days, r.What[strings.LastIndex(r.What, "：")+3:]+" "+r.Due.String())
				}
			}
			if got := strings.Join(days, "，"); got != want {
				t.Errorf("%s: %s, want %s", day, got, want)
			}
		}
		a, b, c := people[0].Name+" 2022-08-30", people[1].Name+" 2022-07-31", people[2].Name+" 2022-07-31"
		check("2022-05-31", "")
		check("2022-06-01", b+"，"+c)
		add(people[1].ID, "冀X-2", "2022-06-01", "2026-07-31")
		check("2022-06-30", c)
		check("2022-07-01", c+"，"+a)
		o.Must(o.Roster.Stand(ctx, by, people[2].ID, "冀X-3", roster.Revoked, "2022-07-02", "不再使用"))
		check("2022-07-02", a)
		check("2023-07-02", a)
	})
}
