package casework_test

import (
	"strings"
	"testing"
	"time"

	"suiji/internal/casework"
	"suiji/internal/errs"
	"suiji/internal/inspection/inspectiontest"
)

// An extension is asked and given until the last minute of the last working day
// before National Day, and not in the first minute of the holiday.
func TestExtensionAtTheEve(t *testing.T) {
	each(t, func(o *office) {
		o.on("2022-07-07")
		f := filing()
		f.FiledOn = d("2022-07-07")
		o.must(o.s.FileCase(ctx, o.Clerk, o.key("2"), f))
		o.on("2022-10-01", 0, 0)
		o.refused(o.s.AskLonger(ctx, o.Clerk, o.key("2"), "涉及多地取证"), errs.Conflict, "2022-09-30 已满")
		o.on("2022-09-30", 23, 59)
		o.must(o.s.AskLonger(ctx, o.Clerk, o.key("2"), "涉及多地取证"))
		o.on("2022-10-01", 0, 0)
		o.refused(o.s.DecideLonger(ctx, o.Leader, o.key("2"), true, "同意"), errs.Conflict, "2022-09-30 已满")
		o.on("2022-09-30", 23, 59)
		o.must(o.s.DecideLonger(ctx, o.Leader, o.key("2"), true, "同意"))
	})
}

// Three days and 24 hours run through the holiday: what comes in the last
// minute is in time, what comes after it is taken and marked.
func TestPoliceAtTheEve(t *testing.T) {
	each(t, func(o *office) {
		report := casework.Report{Charge: "拒不支付劳动报酬罪", Officers: []string{"高建军", "何丽"}, Text: "逃匿", On: d("2022-09-27")}
		o.on("2022-09-27")
		for _, ref := range []string{"1", "2"} {
			o.must(o.s.ReportCrime(ctx, o.Clerk, o.key(ref), report))
		}
		last := func(ref string) string { steps := o.whole(ref).Steps; return steps[len(steps)-1].Text }
		o.on("2022-09-30", 23, 59)
		o.must(o.s.DecideCrime(ctx, o.Leader, o.key("1"), true, ""))
		o.on("2022-10-01", 0, 0)
		o.must(o.s.DecideCrime(ctx, o.Leader, o.key("2"), true, ""))
		if in, late := last("1"), last("2"); in != "" || late != "（超过 3 日期限 2022-09-30）" {
			t.Errorf("decided in the last minute %q, in the first after it %q", in, late)
		}
		o.on("2022-10-03")
		for _, c := range []struct {
			ref  string
			at   time.Time
			late bool
		}{{"1", d("2022-10-01").Start().Add(23*time.Hour + 59*time.Minute), false}, {"2", d("2022-10-02").Start().Add(time.Minute), true}} {
			o.must(o.s.Deliver(ctx, o.Clerk, o.key(c.ref), casework.Delivery{To: "元氏县公安局", Number: "移" + c.ref, At: c.at, Enclosed: casework.Enclosures, Copied: "元氏县人民检察院"}))
			if got := strings.Contains(last(c.ref), "超过 24 小时"); got != c.late {
				t.Errorf("handed over at %s: late = %v, want %v", c.at, got, c.late)
			}
		}
		// Five days of the holiday do not count for the police's answer.
		if on := o.whole("1").Clock.On; on != d("2022-10-08") {
			t.Errorf("the police sign by %s, want the first working day: 2022-10-08", on)
		}
	})
}

// A breach that ended two years ago to the day can be taken up in the last
// minute of that day; a certificate holds on its
// last day and not on the next.
func TestLastDays(t *testing.T) {
	each(t, func(o *office) {
		for _, c := range []struct {
			ended string
			ok    bool
		}{{"2020-06-19", false}, {"2020-06-20", true}} {
			f := filing()
			f.BreachEnd = d(c.ended)
			o.on(day, 23, 59)
			if err := o.s.FileCase(ctx, o.Clerk, o.key("2"), f); (err == nil) != c.ok {
				t.Errorf("a breach that ended %s, found on %s: %v", c.ended, day, err)
			}
		}
		second := o.Form(t, 2) // approved for the 20th
		for _, c := range []struct {
			until string
			ok    bool
		}{{"2022-06-19", false}, {day, true}} { // gone yesterday; gone tomorrow
			o.Exec(t, `UPDATE register_officer SET cert_until = '`+c.until+`'`)
			if err := o.Inspection.Enter(ctx, o.Clerk, second.ID, inspectiontest.Entry(second, day)); (err == nil) != c.ok || !c.ok && !strings.Contains(errs.Sentence(err), c.until) {
				t.Errorf("an inspection on %s with certificates until %s: %v", day, c.until, err)
			}
		}
	})
}
