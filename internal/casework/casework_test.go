package casework_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/casework"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/inspection/inspectiontest"
	"suiji/internal/reference"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

var ctx = context.Background()

// office is one whose first form's conclusion has a problem.
type office struct {
	*inspectiontest.Office
	*testing.T
	s  *casework.Service
	at time.Time // set: the minute, instead of the day
}

func (o *office) now() time.Time {
	if !o.at.IsZero() {
		return o.at
	}
	return o.Office.Now()
}

// on sets the day, and the minute if it is given.
func (o *office) on(day string, hour ...int) {
	o.Office.On(day)
	o.at = time.Time{}
	if len(hour) > 0 {
		o.at = calendar.MustParse(day).Start().Add(time.Duration(hour[0])*time.Hour + time.Duration(hour[1])*time.Minute)
	}
}

const day = "2022-06-20" // of the visit

func id(no int) string { return inspection.Serial(inspectiontest.Round, no) }

func each(t *testing.T, body func(o *office)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := &office{Office: inspectiontest.New(t, db), T: t}
		o.s = casework.New(casework.Config{DB: db, Door: o.Door, Now: o.now, Reference: reference.New(db, o.Door), Inspection: o.Inspection, Dir: t.TempDir()})
		o.Exec(t, `UPDATE register_officer SET cert_until = '2025-12-31'`)
		o.Issue(t)
		e := inspectiontest.WithProblem(inspectiontest.Entry(o.Form(t, 1), day), "2022-06-30")
		e.Findings = append(e.Findings, inspection.Finding{Fact: "拖欠三名职工工资"})
		o.Conclude(t, 1, e)
		body(o)
	})
}

// whole reads one end of the first form, and key what an act on it needs.
func (o *office) whole(ref string) casework.Whole {
	o.Helper()
	w, err := o.s.Whole(ctx, inspectiontest.Authority, id(1), ref)
	o.must(err)
	return w
}

func (o *office) key(ref string) casework.Key { return o.whole(ref).Key }

func (o *office) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

func (o *office) refused(err error, kind errs.Kind, part string) {
	o.Helper()
	if errs.KindOf(err) != kind || !strings.Contains(errs.Sentence(err), part) {
		o.Errorf("error = %v (kind %d), want kind %d with %q", err, errs.KindOf(err), kind, part)
	}
}

func d(s string) calendar.Date { return calendar.MustParse(s) }

// ends are the open ends, as "ref kind state" by day.
func (o *office) ends() string {
	o.Helper()
	all, err := o.s.Ends(ctx, inspectiontest.Authority, casework.Filter{})
	o.must(err)
	var out []string
	for _, e := range all {
		out = append(out, strings.TrimSpace(e.Ref+" "+string(e.Kind)+" "+string(e.State)))
	}
	return strings.Join(out, "; ")
}

// holds are the ends that keep the round open.
func (o *office) holds() string {
	o.Helper()
	all, err := casework.Holding(ctx, o.DB, inspectiontest.Authority, inspectiontest.Round)
	o.must(err)
	var out []string
	for _, e := range all {
		out = append(out, e.Ref)
	}
	return strings.Join(out, " ")
}

func TestRectification(t *testing.T) {
	each(t, func(o *office) {
		if got, want := o.ends(), "1 rectify ordered; 2 undecided"; got != want {
			t.Fatalf("Ends() = %q, want %q", got, want)
		}
		k := o.key("1")
		o.refused(o.s.Remind(ctx, o.Leader, k, casework.Reminder{On: d(day), How: "电话"}), errs.Forbidden, "您没有此项权限")
		o.refused(o.s.Remind(ctx, o.Clerk, k, casework.Reminder{On: d("2022-06-21")}), errs.Invalid, "请填写提醒的方式")
		o.must(o.s.Remind(ctx, o.Clerk, k, casework.Reminder{On: d(day), How: "电话通知孙签字"}))
		o.refused(o.s.Recheck(ctx, o.Reviewer, k, casework.Recheck{On: d(day), Pass: true, Note: "合格"}), errs.Conflict, "李敏 已办理“提醒企业”")

		// The last minute of the last day is in time, the next is not.
		for _, c := range []struct {
			day          string
			hour, minute int
			late         bool
		}{{"2022-06-30", 23, 59, false}, {"2022-07-01", 0, 0, true}} {
			o.on(c.day, c.hour, c.minute)
			if e := o.whole("1").End; e.Late != c.late {
				t.Errorf("at %s %02d:%02d late = %v, want %v", c.day, c.hour, c.minute, e.Late, c.late)
			}
		}
		o.on("2022-07-01")
		k = o.key("1")
		o.refused(o.s.Extend(ctx, o.Clerk, k, d("2022-06-30"), "设备未到"), errs.Invalid, "要晚于原来的期限（2022-06-30）")
		o.must(o.s.Extend(ctx, o.Clerk, k, d("2022-07-04"), "职工返乡"))
		o.must(o.s.Recheck(ctx, o.Clerk, o.key("1"), casework.Recheck{On: d("2022-07-01"), Note: "仍有一人未签"}))
		if e := o.whole("1").End; e.State != casework.Failed || e.Next != "延期、立案或移送" {
			t.Errorf("after a failed re-check: %+v", e)
		}
		o.must(o.s.Extend(ctx, o.Clerk, o.key("1"), d("2022-07-05"), "最后一次"))
		k = o.key("1")
		o.must(o.s.Recheck(ctx, o.Clerk, k, casework.Recheck{On: d("2022-07-01"), Pass: true, Note: "两份合同已补签"}))
		f, err := o.Form(t, 1).Finding(1)
		o.must(err)
		if f.Outcome != inspection.Rectified || f.Note != "两份合同已补签" {
			t.Errorf("the finding = %+v, want it rectified", f)
		}
		o.refused(o.s.Recheck(ctx, o.Clerk, k, casework.Recheck{On: d("2022-07-01"), Pass: true, Note: "x"}), errs.Conflict, "已办理“复查合格”")
		o.refused(o.s.Extend(ctx, o.Clerk, o.key("1"), d("2022-07-09"), "x"), errs.Conflict, "问题 1 已有处理结果")
		if got := o.holds(); got != "2" {
			t.Errorf("what holds the round: %q, want the second finding", got)
		}
	})
}

var pdf = []byte("%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n")

func TestFirmSubmits(t *testing.T) {
	each(t, func(o *office) {
		f := o.Form(t, 1)
		send := func(no int, p casework.Proof) error { return o.s.Submit(ctx, f, no, p) }
		o.refused(send(1, casework.Proof{}), errs.Invalid, "请填写改正的情况")
		o.refused(send(1, casework.Proof{Said: "已改", Name: "a.exe", Body: []byte("MZ")}), errs.Invalid, "只收 PDF、JPG、PNG")
		o.refused(send(2, casework.Proof{Said: "已改"}), errs.Conflict, "现在不用提交改正材料")
		o.refused(send(9, casework.Proof{Said: "已改"}), errs.NotFound, "没有问题 9")
		p := casework.Proof{Said: "合同已补签", Name: "合同.pdf", Body: pdf}
		o.must(send(1, p))
		o.must(send(1, p)) // a reload
		w := o.whole("1")
		if len(w.Papers) != 1 || len(w.Steps) != 1 || w.State != casework.Submitted || w.Person != "李敏" {
			t.Errorf("after the firm sent twice: %d papers, %d steps, %s, %q", len(w.Papers), len(w.Steps), w.State, w.Person)
		}
		// 15 working days from 20 June 2022 end on 11 July; that minute counts.
		if w.Clock.On != d("2022-07-11") || !strings.Contains(w.Clock.How, "15 个工作日") {
			t.Errorf("re-check by %+v, want 2022-07-11 with the computation", w.Clock)
		}
		_, body, err := o.s.Paper(ctx, inspectiontest.Authority, id(1), "1", w.Papers[0].Digest)
		if err != nil || string(body) != string(pdf) {
			t.Errorf("Paper() = %q, %v", body, err)
		}
		o.must(o.s.Recheck(ctx, o.Clerk, w.Key, casework.Recheck{On: d(day), Note: "少一页"}))
		o.on("2022-07-02")
		duties, err := o.s.Duties(ctx, o.Form(t, 1))
		if err != nil || len(duties) != 1 || duties[0].Failed != "少一页" || !duties[0].Takes {
			t.Fatalf("Duties() = %+v, %v", duties, err)
		}
		p.Said = "补了一页"
		o.must(send(1, p))
		if w = o.whole("1"); !strings.Contains(w.Steps[2].Text, "晚于期限 2022-06-30") || w.Steps[2].ByName != "企业" {
			t.Errorf("what came late: %+v", w.Steps[2])
		}
		o.must(o.s.Recheck(ctx, o.Clerk, w.Key, casework.Recheck{On: d("2022-07-02"), Pass: true, Note: "合格"}))
		o.refused(send(1, p), errs.Conflict, "现在不用提交改正材料")
	})
}

func filing() casework.Filing {
	return casework.Filing{Number: "元人社监立〔2022〕1号", Cause: "拖欠工资", Unit: "监察大队", FiledOn: d(day), Handlers: []string{"高建军", "何丽"}}
}

func TestTwoYears(t *testing.T) {
	each(t, func(o *office) {
		for _, c := range []struct{ end, want string }{
			{"2020-06-19", "到 2022-06-19 满两年"}, {"2022-06-21", "不能晚于发现之日"}, {"2020-06-20", ""},
		} {
			f := filing()
			f.BreachEnd = d(c.end)
			err := o.s.FileCase(ctx, o.Clerk, o.key("2"), f)
			if c.want == "" {
				o.must(err)
				continue
			}
			o.refused(err, errs.Invalid, c.want)
		}
		if x, err := o.Form(t, 1).Finding(2); err != nil || x.Outcome != inspection.CaseFiled {
			t.Errorf("the finding = %+v, %v, want the case filed", x, err)
		}
		if got := o.holds(); got != "1" {
			t.Errorf("what holds the round: %q, want no running case", got)
		}
		o.refused(o.s.FileCase(ctx, o.Clerk, o.key("1"), filing()), errs.Invalid, "已用于检查表")
	})
}

func TestCaseClock(t *testing.T) {
	each(t, func(o *office) {
		f := filing()
		f.Handlers = []string{"高建军", "高建军"}
		o.refused(o.s.FileCase(ctx, o.Clerk, o.key("2"), f), errs.Invalid, "承办人不少于两人")
		o.must(o.s.FileCase(ctx, o.Clerk, o.key("2"), filing()))
		// 60 working days from 20 June 2022: Mid-Autumn Festival is 12 September.
		last := o.whole("2").Clock.On
		n, err := calendar.National().WorkdaysBetween(d(day), last)
		if err != nil || n != 60 || last != d("2022-09-13") {
			t.Fatalf("the case is due on %s, %d working days, %v; want 2022-09-13, 60", last, n, err)
		}
		o.must(o.s.AskLonger(ctx, o.Clerk, o.key("2"), "涉及多地取证"))
		o.refused(o.s.AskLonger(ctx, o.Clerk, o.key("2"), "再来"), errs.Conflict, "正等局领导决定")
		boss := o.Clerk
		boss.Roles = append(boss.Roles, access.Leader)
		o.refused(o.s.DecideLonger(ctx, boss, o.key("2"), true, ""), errs.Forbidden, "申请人以外")
		o.on("2022-09-14", 0, 0)
		o.refused(o.s.DecideLonger(ctx, o.Leader, o.key("2"), true, ""), errs.Conflict, "2022-09-13 已满")
		o.on("2022-09-13", 23, 59)
		o.refused(o.s.DecideLonger(ctx, o.Leader, o.key("2"), false, ""), errs.Invalid, "请写明理由")
		o.must(o.s.DecideLonger(ctx, o.Leader, o.key("2"), true, "同意"))
		o.refused(o.s.DecideLonger(ctx, o.Leader, o.key("2"), true, "同意"), errs.Conflict, "没有等待决定的延长申请")
		// 30 more: National Day week falls in between, 8 and 9 October are worked.
		longer := o.whole("2").Clock
		if n, err := calendar.National().WorkdaysBetween(d(day), longer.On); err != nil || n != 90 || !strings.Contains(longer.How, "延长 30 个工作日") {
			t.Errorf("after the extension: %+v, %d working days, %v", longer, n, err)
		}
		o.refused(o.s.AskLonger(ctx, o.Clerk, o.key("2"), "再来"), errs.Conflict, "已经延长过一次")
	})
}

func hearing() casework.Hearing {
	return casework.Hearing{On: d(day), How: "当面听取法定代表人", Said: "没有异议"}
}

func penalty() casework.Penalty {
	return casework.Penalty{Number: "元人社监罚〔2022〕1号", DecidedOn: d(day), Fact: "拖欠三名职工工资", Basis: "《劳动保障监察条例》第二十六条",
		Kinds: "罚款", Amount: 500000, Class: casework.General, Months: 12}
}

func TestPenalty(t *testing.T) {
	each(t, func(o *office) {
		o.must(o.s.FileCase(ctx, o.Clerk, o.key("2"), filing()))
		o.refused(o.s.DraftPenalty(ctx, o.Clerk, o.key("2"), penalty()), errs.Conflict, "先听取用人单位的陈述、申辩")
		order := casework.Decision{Ending: casework.OrderedTo, Number: "1", On: d(day), Text: "改正"}
		o.refused(o.s.Conclude(ctx, o.Clerk, o.key("2"), order), errs.Conflict, "先听取用人单位的陈述、申辩")
		o.must(o.s.Hear(ctx, o.Clerk, o.key("2"), hearing()))
		for _, c := range []struct {
			class  casework.Class
			months int
			ok     bool
		}{
			{casework.Light, 4, false}, {casework.General, 2, false}, {casework.General, 13, false}, {casework.Serious, 11, false}, {casework.Serious, 37, false}, {"", 3, false},
			{casework.Light, 0, true}, {casework.Light, 3, true}, {casework.General, 3, true}, {casework.General, 12, true}, {casework.Serious, 36, true}, {casework.Serious, 12, true},
		} {
			p := penalty()
			p.Class, p.Months = c.class, c.months
			err := o.s.DraftPenalty(ctx, o.Clerk, o.key("2"), p)
			if !c.ok {
				o.refused(err, errs.Invalid, "公示")
				continue
			}
			o.must(err)
			o.must(o.s.CheckPenalty(ctx, o.Reviewer, o.key("2"), false, "再核"))
		}
		p := penalty()
		p.Amount = 0
		o.refused(o.s.DraftPenalty(ctx, o.Clerk, o.key("2"), p), errs.Invalid, "请填写金额")
		o.must(o.s.DraftPenalty(ctx, o.Reviewer, o.key("2"), penalty()))
		o.refused(o.s.CheckPenalty(ctx, o.Reviewer, o.key("2"), true, ""), errs.Forbidden, "录入人以外")
		o.must(o.s.CheckPenalty(ctx, o.Leader, o.key("2"), true, "同意"))
		all, err := o.s.Penalties(ctx, inspectiontest.Authority, "T1")
		if err != nil || len(all) != 1 {
			t.Fatalf("Penalties() = %+v, %v", all, err)
		}
		got := all[0]
		if got.BeginsOn != d(day) || got.EndsOn != d("2023-06-20") || !got.Public(d("2023-06-20")) || got.Public(d("2023-06-21")) || got.Public(d("2022-06-19")) {
			t.Errorf("public from %s to %s, want a year, its last day among it", got.BeginsOn, got.EndsOn)
		}
		if by := got.PublishBy(calendar.National()); by.On != d("2022-06-29") {
			t.Errorf("to be shown by %s, want seven working days: 2022-06-29", by.On)
		}
		if got := o.ends(); got != "1 rectify ordered" {
			t.Errorf("Ends() = %q, want the case tied up", got)
		}
		o.refused(o.s.Revoke(ctx, o.Clerk, got.Number, "复议撤销"), errs.Forbidden, "没有此项权限")
		o.refused(o.s.Revoke(ctx, o.Leader, got.Number, ""), errs.Invalid, "请填写撤销的理由")
		o.must(o.s.Revoke(ctx, o.Leader, got.Number, "复议撤销"))
		o.refused(o.s.Revoke(ctx, o.Leader, got.Number, "复议撤销"), errs.Conflict, "已撤销")
		got, err = o.s.Penalty(ctx, inspectiontest.Authority, got.Number)
		o.must(err)
		if by := got.WithdrawBy(calendar.National()); got.Public(d(day)) || by.On != d("2022-06-23") {
			t.Errorf("revoked: public %v, to be gone by %s; want false, 2022-06-23", got.Public(d(day)), by.On)
		}
	})
}

func handover(to string) casework.Handover {
	return casework.Handover{To: to, Matter: "未依法缴纳社会保险费", Number: "元人社移〔2022〕1号", On: d(day), How: "直接送达", Materials: []string{"检查记录", "工资表"}}
}

func TestHandover(t *testing.T) {
	each(t, func(o *office) {
		h := handover("元氏县税务局")
		h.Materials = []string{" "}
		o.refused(o.s.Send(ctx, o.Clerk, o.key("2"), casework.Department, h), errs.Invalid, "请列出移送的材料")
		o.must(o.s.Send(ctx, o.Clerk, o.key("2"), casework.Department, handover("元氏县税务局")))
		o.refused(o.s.FileCase(ctx, o.Clerk, o.key("2"), filing()), errs.Conflict, "移送其他部门：已送出，待签收")
		if got := o.whole("2").Clock.On; got != d("2022-06-27") {
			t.Errorf("receipt by %s, want five working days: 2022-06-27", got)
		}
		if got := o.holds(); got != "1 2" {
			t.Errorf("what holds the round: %q, want also the file without receipt", got)
		}
		o.must(o.s.GiveBack(ctx, o.Clerk, o.key("2"), casework.Answer{On: d(day), Text: "不属于本部门"}))
		if x, _ := o.Form(t, 1).Finding(2); !x.Open() {
			t.Error("what nobody took has an outcome")
		}
		o.must(o.s.Send(ctx, o.Clerk, o.key("2"), casework.Unit, handover("社保稽核科")))
		o.refused(o.s.Receive(ctx, o.Clerk, o.key("2"), casework.Receipt{On: d("2022-06-19"), Who: "刘"}), errs.Invalid, "不能早于送出日期")
		o.must(o.s.Receive(ctx, o.Clerk, o.key("2"), casework.Receipt{On: d(day), Who: "刘科长", FeedbackBy: d("2022-07-20")}))
		if x, _ := o.Form(t, 1).Finding(2); x.Outcome != inspection.ToUnit {
			t.Errorf("outcome = %q, want it with the unit", x.Outcome)
		}
		if got := o.holds(); got != "1" {
			t.Errorf("what holds the round: %q, want no longer what was signed for", got)
		}
		if got := o.whole("2").Clock.On; got != d("2022-07-20") {
			t.Errorf("feedback by %s, want the agreed day", got)
		}
		o.must(o.s.Feedback(ctx, o.Clerk, o.key("2"), casework.Answer{On: d(day), Number: "1号", Text: "已补缴"}))
		if got := o.ends(); got != "1 rectify ordered" {
			t.Errorf("Ends() = %q", got)
		}
	})
}

func TestPolice(t *testing.T) {
	each(t, func(o *office) {
		report := casework.Report{Charge: "拒不支付劳动报酬罪", Officers: []string{"高建军"}, Text: "经责令仍不支付", On: d(day)}
		o.refused(o.s.ReportCrime(ctx, o.Clerk, o.key("2"), report), errs.Invalid, "不少于两名")
		report.Officers = append(report.Officers, "何丽")
		o.must(o.s.ReportCrime(ctx, o.Clerk, o.key("2"), report))
		// Three days, whatever the weekday: 23 June 24:00.
		for _, c := range []struct {
			day          string
			hour, minute int
			late         bool
		}{{"2022-06-23", 23, 59, false}, {"2022-06-24", 0, 0, true}} {
			o.on(c.day, c.hour, c.minute)
			if e := o.whole("2").End; e.Late != c.late || e.With != "局领导" {
				t.Errorf("at %s %02d:%02d late = %v with %s, want %v", c.day, c.hour, c.minute, e.Late, e.With, c.late)
			}
		}
		o.on("2022-06-23", 16, 30)
		o.refused(o.s.DecideCrime(ctx, o.Leader, o.key("2"), false, ""), errs.Invalid, "请写明理由，记录在案")
		o.must(o.s.DecideCrime(ctx, o.Leader, o.key("2"), true, ""))
		// 24 hours: the last moment is in time.
		o.Office.On("2022-06-24")
		o.at = o.at.Add(24 * time.Hour)
		if o.whole("2").Late {
			t.Error("late at the last moment of the 24 hours")
		}
		o.at = o.at.Add(time.Second)
		if !o.whole("2").Late {
			t.Error("not late a second after the 24 hours")
		}
		delivery := casework.Delivery{To: "元氏县公安局", Number: "元人社监移〔2022〕1号", At: o.at, Enclosed: casework.Enclosures[:2], Copied: "元氏县人民检察院"}
		o.refused(o.s.Deliver(ctx, o.Clerk, o.key("2"), delivery), errs.Invalid, "缺少《涉案物品清单》")
		delivery.Enclosed, delivery.At = casework.Enclosures, o.at.Add(time.Hour)
		o.refused(o.s.Deliver(ctx, o.Clerk, o.key("2"), delivery), errs.Invalid, "不能晚于现在")
		delivery.At = o.at
		o.must(o.s.Deliver(ctx, o.Clerk, o.key("2"), delivery))
		if p := o.whole("2").Matter.Police; !p.Late || len(p.Materials) != 3 {
			t.Errorf("delivered = %+v, want it late, with three papers", p)
		}
		o.must(o.s.Receive(ctx, o.Clerk, o.key("2"), casework.Receipt{On: d("2022-06-24"), Who: "王警官"}))
		o.must(o.s.PoliceReply(ctx, o.Clerk, o.key("2"), casework.PoliceAnswer{Answer: casework.Answer{On: d("2022-06-24"), Text: "没有犯罪事实"}}))
		if e := o.whole("2").End; e.State != casework.Back || !e.Holds {
			t.Errorf("after the police refused: %+v, want it back and holding the round", e)
		}
		f := filing()
		f.FiledOn = d("2022-06-24")
		o.must(o.s.FileCase(ctx, o.Clerk, o.key("2"), f))
		if x, _ := o.Form(t, 1).Finding(2); x.Outcome != inspection.ToPolice {
			t.Errorf("outcome = %q, want the one that it had", x.Outcome)
		}
	})
}

func TestPoliceRefusedByTheChief(t *testing.T) {
	each(t, func(o *office) {
		o.must(o.s.ReportCrime(ctx, o.Clerk, o.key("2"), casework.Report{Charge: "拒不支付劳动报酬罪", Officers: []string{"高建军", "何丽"}, Text: "x", On: d(day)}))
		o.on("2022-06-24", 0, 0)
		o.must(o.s.DecideCrime(ctx, o.Leader, o.key("2"), false, "数额未达标准"))
		w := o.whole("2")
		if w.State != casework.Back || !strings.Contains(w.Steps[1].Text, "数额未达标准（超过 3 日期限 2022-06-23）") {
			t.Errorf("refused late: %s, %+v", w.State, w.Steps)
		}
		o.must(o.s.Settle(ctx, o.Clerk, w.Key, inspection.Closing{Outcome: inspection.NoPenalty, On: d("2022-06-24"), Note: "首违、轻微并已改正"}))
		if x, _ := o.Form(t, 1).Finding(2); x.Outcome != inspection.NoPenalty {
			t.Errorf("outcome = %q, want no penalty", x.Outcome)
		}
	})
}

// An escalation ends the rectification; a case becomes a transfer.
func TestOneAfterAnother(t *testing.T) {
	each(t, func(o *office) {
		o.refused(o.s.Settle(ctx, o.Clerk, o.key("1"), inspection.Closing{Outcome: inspection.Rectified, On: d(day), Note: "x"}), errs.Invalid, "要按步骤办理")
		o.must(o.s.Recheck(ctx, o.Clerk, o.key("1"), casework.Recheck{On: d(day), Note: "拒不改正"}))
		o.must(o.s.FileCase(ctx, o.Clerk, o.key("1"), filing()))
		o.must(o.s.Send(ctx, o.Clerk, o.key("1"), casework.Department, handover("元氏县住建局")))
		o.must(o.s.Receive(ctx, o.Clerk, o.key("1"), casework.Receipt{On: d(day), Who: "陈"}))
		var got []string
		for _, m := range o.whole("1").Matters {
			got = append(got, string(m.Kind)+" "+string(m.Ending))
		}
		if want := "rectify escalated, case transferred, department "; strings.Join(got, ", ") != want {
			t.Errorf("matters = %q, want %q", got, want)
		}
		if x, _ := o.Form(t, 1).Finding(1); x.Outcome != inspection.CaseFiled {
			t.Errorf("outcome = %q, want one only, the first", x.Outcome)
		}
		o.must(o.s.Order(ctx, o.Clerk, o.key("2"), casework.Order{Measure: "支付工资", Due: d("2022-07-01")}))
		o.must(o.s.Assign(ctx, o.Clerk, o.key("2"), o.account(t)))
		if w := o.whole("2"); w.Person != "何丽" {
			t.Errorf("person = %q, want whom it was given to", w.Person)
		}
	})
}

func (o *office) account(t *testing.T) string {
	t.Helper()
	var id string
	o.must(o.Identity.AddAccount(ctx, access.System(inspectiontest.Authority), accountOf("heli", "何丽"), "secret-2022-long"))
	all, err := o.Identity.Accounts(ctx, inspectiontest.Authority)
	o.must(err)
	for _, a := range all {
		if a.Name == "何丽" {
			id = a.ID
		}
	}
	return id
}

func TestResultCodes(t *testing.T) {
	each(t, func(o *office) {
		e := inspectiontest.Entry(o.Form(t, 2), day)
		e.Codes, e.Answers, e.FirmPerson, e.Evidence = []inspection.Code{inspection.R4}, nil, "", "照片 3 张，退件"
		e.Attempts = []inspection.Attempt{{On: d(day), How: "实地走访"}, {On: d(day), How: "电话"}}
		o.Conclude(t, 2, e)
		e = inspectiontest.Entry(o.Form(t, 3), day)
		e.Codes, e.Answers, e.FirmPerson = []inspection.Code{inspection.R9b}, nil, ""
		o.Conclude(t, 3, e)
		if got, want := o.holds(), "1 2 R4 R9b"; got != want {
			t.Errorf("what holds the round: %q, want %q", got, want)
		}
		lead := casework.Key{Form: id(2), Ref: "R4"}
		w, err := o.s.Whole(ctx, inspectiontest.Authority, id(2), "R4")
		o.must(err)
		if w.Clock.On != d("2022-07-04") { // ten working days
			t.Errorf("the lead is due on %s, want 2022-07-04", w.Clock.On)
		}
		n := casework.Note{To: "元氏县市场监管局", Number: "元人社函〔2022〕9号", Materials: []string{"照片"}, Receipt: "张收", On: d(day)}
		short := n
		short.Receipt = ""
		o.refused(o.s.Tell(ctx, o.Clerk, lead, true, short), errs.Invalid, "请填写签收人或回执")
		o.must(o.s.Tell(ctx, o.Clerk, lead, true, n))
		lead.Revision = 1
		o.refused(o.s.Tell(ctx, o.Clerk, lead, true, n), errs.Conflict, "已经了结")
		gone := casework.Key{Form: id(3), Ref: "R9b"}
		o.refused(o.s.Tell(ctx, o.Clerk, gone, false, casework.Note{On: d(day)}), errs.Invalid, "请填写不需要办理的理由")
		o.must(o.s.Tell(ctx, o.Clerk, gone, true, casework.Note{On: d(day), Text: "名录已改为注销"}))
		o.refused(o.s.Tell(ctx, o.Clerk, casework.Key{Form: id(3), Ref: "R1"}, true, n), errs.NotFound, "没有这个后续事项")
		if got := o.holds(); got != "1 2" {
			t.Errorf("what holds the round: %q, want the findings", got)
		}
	})
}

// Nothing but settling is done before the conclusion is confirmed.
func TestBeforeTheConclusion(t *testing.T) {
	each(t, func(o *office) {
		f := o.Form(t, 2)
		o.must(o.Inspection.Enter(ctx, o.Clerk, f.ID, inspectiontest.WithProblem(inspectiontest.Entry(f, day), "2022-06-30")))
		k := casework.Key{Form: f.ID, Ref: "1"}
		o.refused(o.s.FileCase(ctx, o.Clerk, k, filing()), errs.Conflict, "检查结论还没有审核")
		o.refused(o.s.Submit(ctx, o.Form(t, 2), 1, casework.Proof{Said: "改了"}), errs.Conflict, "现在不用提交改正材料")
		if duties, err := o.s.Duties(ctx, o.Form(t, 2)); err != nil || len(duties) != 0 {
			t.Errorf("Duties() = %+v, %v, want none", duties, err)
		}
		o.must(o.s.Settle(ctx, o.Clerk, k, inspection.Closing{Outcome: inspection.Unfounded, On: d(day), Note: "合同在总部"}))
		o.refused(o.s.Settle(ctx, o.Clerk, k, inspection.Closing{Outcome: inspection.Unfounded, On: d(day), Note: "合同在总部"}), errs.Conflict, "已有处理结果")
	})
}

func accountOf(id, name string) identity.Account {
	return identity.Account{ID: id, Username: id, Name: name, Roles: []access.Role{access.Clerk}}
}
