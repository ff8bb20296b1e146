package supervise_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/caps"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/reference"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/internal/supervise"
	"suiji/internal/visit"
)

// office has issued forms, an inspector with a phone (O1, in the teams of T1
// and T4), and who supervises.
type office struct {
	*inspectiontest.Office
	t            *testing.T
	watch        *supervise.Service
	visit        *visit.Service
	one, auditor access.Actor
	n            int
}

func newOffice(t *testing.T, db *store.DB) *office {
	t.Helper()
	o := &office{Office: inspectiontest.New(t, db), t: t}
	o.Issue(t)
	o.watch = supervise.New(supervise.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Reference: reference.New(db, o.Door), Inspection: o.Inspection})
	o.visit = visit.New(visit.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Inspection: o.Inspection, Dir: t.TempDir()})
	acc := identity.Account{ID: "one", Username: "one", Name: "高建军", OfficerID: "O1", Roles: []access.Role{access.Inspector}}
	o.must(o.Identity.AddAccount(t.Context(), access.System(inspectiontest.Authority), acc, "Lamp-72-Ming"))
	o.one, o.auditor = inspectiontest.Actor("one", "高建军", access.Inspector), inspectiontest.Actor("auditor", "审计", access.Auditor)
	o.On("2022-06-20")
	return o
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// arrive sends an arrival at the firm of a form, so many minutes after the
// beginning of 20 June.
func (o *office) arrive(no, minute int, lat string) {
	o.t.Helper()
	raw, err := json.Marshal(visit.Place{Lat: lat, Lon: "114.52", Accuracy: 12})
	o.must(err)
	o.n++
	ans, err := o.visit.Sync(o.t.Context(), o.one, []visit.Record{{ID: fmt.Sprintf("phone-record-%04d", o.n), Form: inspection.Serial(inspectiontest.Round, no), Kind: visit.Arrival,
		At: calendar.MustParse("2022-06-20").Start().Add(time.Duration(minute) * time.Minute).UnixMilli(), Body: string(raw)}})
	o.must(err)
	if ans[0].State != visit.Kept {
		o.t.Fatalf("arrival: %+v", ans)
	}
}

func (o *office) look() []supervise.Question {
	o.t.Helper()
	o.must(o.watch.Look(o.t.Context(), inspectiontest.Authority))
	all, err := o.watch.Questions(o.t.Context(), o.auditor, supervise.Filter{})
	o.must(err)
	return all
}

func (o *office) refuses(err error, kind errs.Kind, part string) {
	o.t.Helper()
	if err == nil || errs.KindOf(err) != kind || !strings.Contains(errs.Sentence(err)+fmt.Sprint(errs.Problems(err)), part) {
		o.t.Fatalf("error %v, want kind %v with “%s”", err, kind, part)
	}
}

func rules(all []supervise.Question) (words string) {
	for _, q := range all {
		words += fmt.Sprintf("%s %s; ", q.Rule, q.State)
	}
	return words
}

// Two firms fifty kilometres apart within ten minutes: one question, however
// often the program looks; it is answered by who is asked, judged by another,
// opened again, and accepted.
func TestQuestion(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, o := t.Context(), newOffice(t, db)
		o.approvedEarlier()
		o.arrive(1, 9*60, "37.75")
		if all := o.look(); len(all) != 0 {
			t.Fatalf("one arrival: %s", rules(all))
		}
		o.arrive(3, 9*60+10, "38.20")
		var wg sync.WaitGroup
		for range 4 { // several servers look at the same moment
			wg.Go(func() {
				if err := o.watch.Look(ctx, inspectiontest.Authority); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		all := o.look()
		if rules(all) != "speed open; " {
			t.Fatalf("asked %s, want one question", rules(all))
		}
		q := all[0]
		if len(q.Rows) != 2 || !strings.Contains(q.What, "间隔 10 分钟") || q.Due.String() != "2022-06-27" || !q.Mine(o.one, "O1") {
			t.Fatalf("%+v", q)
		}
		// The last day itself is in time, the next is late.
		if q.Late(q.Due) || !q.Late(q.Due.AddDays(1)) {
			t.Error("late on the wrong day")
		}
		// Who is not asked neither answers nor sees it.
		two := inspectiontest.Actor("two", "何丽", access.Inspector)
		o.refuses(o.watch.Answer(ctx, two, q.ID, "我也去过那里，路上没有问题"), errs.Forbidden, "没有问您")
		if _, _, err := o.watch.Question(ctx, two, q.ID); errs.KindOf(err) != errs.NotFound {
			t.Errorf("who is not asked reads it: %v", err)
		}
		o.refuses(o.watch.Answer(ctx, o.one, q.ID, "堵车"), errs.Invalid, "10 到 1000 字")
		o.refuses(o.watch.Judge(ctx, o.auditor, q.ID, 0, true, ""), errs.Conflict, "待答复")
		o.must(o.watch.Answer(ctx, o.one, q.ID, "第一户到达时手机定位漂移，实际在县城"))
		o.must(o.watch.Answer(ctx, o.one, q.ID, "第一户到达时手机定位漂移，实际在县城")) // a double click
		o.refuses(o.watch.Answer(ctx, o.Clerk, q.ID, "经办人再说一遍，情况如上所述"), errs.Conflict, "不用再答复")
		o.refuses(o.watch.Judge(ctx, o.one, q.ID, 1, true, ""), errs.Forbidden, "")
		o.refuses(o.watch.Judge(ctx, o.auditor, q.ID, 1, false, ""), errs.Invalid, "还要说明什么")
		o.On("2022-06-28")
		o.must(o.watch.Judge(ctx, o.auditor, q.ID, 1, false, "请附当天的行车记录"))
		q, mine, err := o.watch.Question(ctx, o.one, q.ID)
		o.must(err)
		if q.State != supervise.Open || q.Due.String() != "2022-07-05" || !mine {
			t.Fatalf("opened again: %s until %s", q.State, q.Due)
		}
		o.must(o.watch.Answer(ctx, o.Clerk, q.ID, "已调行车记录，当天路线与答复一致，附卷"))
		o.refuses(o.watch.Judge(ctx, o.auditor, q.ID, 1, true, ""), errs.Conflict, "刚刚已有人处理") // the first answer
		o.must(o.watch.Judge(ctx, o.auditor, q.ID, 3, true, ""))
		if all := o.look(); rules(all) != "speed accepted; " {
			t.Errorf("in the end %s, want it accepted and not asked again", rules(all))
		}
	})
}

// approvedEarlier puts the approval and the match where they were: before the
// visits' day.
func (o *office) approvedEarlier() {
	o.t.Helper()
	o.must(o.Door.Keep(context.Background(), func(tx *store.DB) error {
		_, err := tx.Exec(context.Background(), `UPDATE schedule_version SET decided_at = $1`, calendar.MustParse("2022-06-14").Start().UnixMilli())
		return err
	}))
}

// A fact that changes closes the old question and raises a new one; one that
// goes, because it is mended or the limit is another, closes it; if it comes
// back it is asked again.
func TestChangedFacts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, o := t.Context(), newOffice(t, db)
		o.approvedEarlier()
		c := caps.New(db, o.Door)
		body := func(name string) {
			t.Helper()
			o.must(c.Enter(ctx, o.Clerk, []caps.Visit{{Target: "T1", Day: calendar.MustParse("2022-06-20"), Body: name, Who: caps.Level}}))
		}
		o.arrive(1, 9*60, "37.75")
		body("县市场监管局")
		all := o.look()
		if rules(all) != "per-day open; " {
			t.Fatalf("asked %s", rules(all))
		}
		first := all[0]
		body("县应急管理局")
		all = o.look()
		if rules(all) != "per-day open; per-week open; per-day closed; " && rules(all) != "per-week open; per-day open; per-day closed; " {
			t.Fatalf("asked %s", rules(all))
		}
		old, _, err := o.watch.Question(ctx, o.auditor, first.ID)
		o.must(err)
		if old.Next == "" || !strings.Contains(old.Why, old.Next) {
			t.Errorf("the old question is closed because “%s”, next %q", old.Why, old.Next)
		}
		limit := func(n string) error {
			return o.watch.SetLimits(ctx, o.Leader, supervise.PerDay, map[string]string{"most": n}, "本县联合执法较多")
		}
		o.refuses(limit("0"), errs.Invalid, "1 到 10")
		o.refuses(o.watch.SetLimits(ctx, o.Leader, supervise.PerDay, map[string]string{"most": "3"}, ""), errs.Invalid, "理由")
		o.refuses(o.watch.SetLimits(ctx, o.Clerk, supervise.PerDay, map[string]string{"most": "3"}, "经办人想放宽"), errs.Forbidden, "")
		o.must(limit("3"))
		o.must(limit("3")) // as it is: no other record
		changes, err := o.watch.Changes(ctx, inspectiontest.Authority)
		o.must(err)
		if len(changes) != 1 || changes[0].By != o.Leader.Name || changes[0].Value != 3 {
			t.Errorf("changes %+v", changes)
		}
		if all := o.look(); rules(all) != "per-week open; per-day closed; per-day closed; " {
			t.Errorf("with another limit: %s", rules(all))
		}
		o.must(limit("1"))
		again, _, err := o.watch.Question(ctx, o.auditor, old.Next)
		o.must(err)
		o.look()
		if again, _, err = o.watch.Question(ctx, o.auditor, old.Next); err != nil || again.State != supervise.Open || again.Words[len(again.Words)-1].Kind != "again" {
			t.Errorf("it came back: %s, %v", again.State, err)
		}
	})
}

// An approval that came after the arrival is asked about, a declared emergency
// is not.
func TestEarly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		o.approvedEarlier()
		o.arrive(1, 9*60, "37.75")
		set := func(at string, minute int) {
			t.Helper()
			o.must(o.Door.Keep(t.Context(), func(tx *store.DB) error {
				_, err := tx.Exec(t.Context(), `UPDATE schedule_version SET decided_at = $1`, calendar.MustParse(at).Start().Add(time.Duration(minute)*time.Minute).UnixMilli())
				return err
			}))
		}
		set("2022-06-20", 9*60+10) // ten minutes are allowed
		if all := o.look(); len(all) != 0 {
			t.Fatalf("at the border: %s", rules(all))
		}
		set("2022-06-20", 9*60+11)
		if all := o.look(); rules(all) != "early open; " || !strings.Contains(all[0].What, "早于批准检查安排（2022-06-20 09:11）") {
			t.Fatalf("asked %s", rules(all))
		}
		o.Exec(t, `INSERT INTO schedule_urgent (authority_id, round_id, target_id, no, reason, day, made_by, made_name, made_at, due_at, verdict, decided_by, decided_name, decided_at, opinion)
			VALUES ('`+inspectiontest.Authority+`', '`+inspectiontest.Round+`', 'T1', 1, '集体讨薪，账册可能被转移', '2022-06-20', 'one', '高建军', 1, 2, '', '', '', 0, '')`)
		if all := o.look(); rules(all) != "early closed; " {
			t.Errorf("an emergency: %s", rules(all))
		}
	})
}

// A look goes a year back. What ended before stays as it stands: it is neither
// closed when its facts are not seen any more nor asked anew.
func TestReach(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		o.approvedEarlier()
		o.arrive(1, 9*60, "37.75")
		o.arrive(3, 9*60+10, "38.20")
		late := func(day, want string) {
			t.Helper()
			o.On(day)
			if all := o.look(); rules(all) != want {
				t.Errorf("on %s: %s, want %s", day, rules(all), want)
			}
		}
		apart := func(km string) {
			t.Helper()
			o.Exec(t, `UPDATE visit_record SET body = '{"lat":"`+km+`","lon":"114.52","accuracy":12}' WHERE kind = 'arrival'`)
		}
		late("2023-06-21", "") // a day more than a year
		late("2023-06-20", "speed open; ")
		apart("37.75")
		late("2023-06-21", "speed open; ")
		late("2023-06-20", "speed closed; ")
	})
}

// The visits of a pair that lie before the year are counted if the last does
// not.
func TestReachOfPairs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		o.approvedEarlier()
		o.arrive(1, 9*60, "37.75")
		o.must(o.watch.SetLimits(t.Context(), o.Leader, supervise.Pair, map[string]string{"most": "1", "days": "730"}, "试一试门槛的作用"))
		if all := o.look(); len(all) != 0 {
			t.Fatalf("one visit: %s", rules(all))
		}
		// O1 comes again in the next year, after the first round has gone out of reach.
		o.Exec(t,
			`INSERT INTO plan_window SELECT authority_id, plan_id, 9, '2023-06-01', '2023-08-31' FROM plan_window WHERE no = 1`,
			`INSERT INTO round SELECT authority_id, 'next', plan_id, task_no, 9, rehearsal, attempt, previous, state, disclosure, disclose_by, operator, list_admin, frozen_at, drawn_at, confirm_due, confirmed_at, matched_at, closed_at, reason, hash FROM round`,
			`INSERT INTO round_target SELECT authority_id, 'next', target_id, stratum, rank, state, slots FROM round_target WHERE target_id = 'T1'`,
			`INSERT INTO inspection_form SELECT authority_id, 'next.0001', 'next', target_id, no, 'NEXTNEXT', 'entered', '2023-08-10', '2023-08-10', firm_person, refusal, summary, evidence, '[{"id":"O1","name":"高建军"}]', 'one', '高建军', 1, confirmed_by, confirmed_name, confirmed_at, opinion, changed_name, changed_at, revision, slot FROM inspection_form WHERE target_id = 'T1'`,
			`INSERT INTO inspection_method (authority_id, form_id, method) SELECT authority_id, form_id, 'M1' FROM inspection_form WHERE form_id = 'next.0001'`,
			`INSERT INTO schedule_before (authority_id, round_id, target_id) SELECT authority_id, 'next', 'T1' FROM round WHERE round_id = 'next'`)
		o.On("2023-09-10")
		all := o.look()
		if rules(all) != "pair open; " || len(all[0].Rows) != 2 {
			t.Errorf("asked %s of %+v", rules(all), all)
		}
	})
}
