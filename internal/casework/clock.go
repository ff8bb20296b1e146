package casework

import (
	"fmt"
	"time"

	"suiji/calendar"
)

// Terms of the law and of the office.
var (
	RecheckRule    = calendar.Rule{N: 15, Unit: calendar.Workdays}         // 复查，执法全过程记录的做法
	CaseRule       = calendar.Rule{N: 60, Unit: calendar.Workdays}         // 劳动保障监察条例第十七条
	CaseLonger     = calendar.Rule{N: 90, Unit: calendar.Workdays}         // 经批准再延 30 个工作日
	ReceiptRule    = calendar.Rule{N: 5, Unit: calendar.Workdays}          // the office's own: no law names one
	DecideRule     = calendar.Rule{N: 3, Unit: calendar.Days, Fixed: true} // 国务院令第310号，从严不顺延
	AnswerRule     = calendar.Rule{N: 3, Unit: calendar.Days}              // 公安机关答复
	LeadRule       = calendar.Rule{N: 10, Unit: calendar.Workdays}         // 经营异常名录
	PublishRule    = calendar.Rule{N: 7, Unit: calendar.Workdays}          // 双公示
	WithdrawRule   = calendar.Rule{N: 3, Unit: calendar.Days, Fixed: true} // 行政处罚法第四十八条
	handOverWithin = 24 * time.Hour                                        // 国务院令第310号
)

// limitMonths is how long after its end a breach can be taken up (劳动保障监察条例
// 第二十条).
const limitMonths = 24

// Clock is when something has to be done, and how that was found.
type Clock struct {
	On      calendar.Date // zero: no day, How says why
	At      time.Time     // the minute, if hours count; zero: the day's end
	How     string
	Unknown bool // there is a day, but its year has no holiday notice
}

// Late reports whether the time is over: of a day, from 00:00 of the next; of
// hours, after the last moment.
func (c Clock) Late(now time.Time) bool {
	if !c.At.IsZero() {
		return now.After(c.At)
	}
	return !c.On.Zero() && calendar.In(now).After(c.On)
}

// Words writes the day, or the minute.
func (c Clock) Words() string {
	if !c.At.IsZero() {
		return clockText(c.At)
	}
	return c.On.String()
}

// count applies a rule; a year without holiday notice gives no day, and says so.
func count(cal calendar.Calendar, from calendar.Date, r calendar.Rule, what string) Clock {
	d, err := cal.Apply(from, r)
	if err != nil {
		return Clock{How: what + "：" + err.Error(), Unknown: true}
	}
	return Clock{On: d.Due, How: what + "：" + d.Explain()}
}

// clock is the next deadline of a matter.
func (m Matter) clock(cal calendar.Calendar) Clock {
	switch m.State {
	case Ordered:
		return m.Rectification.clock()
	case Submitted:
		return count(cal, m.Rectification.SubmittedOn, RecheckRule, "企业提交材料之日起复查")
	case Filed, Deciding:
		return m.Case.clock(cal)
	case Sent:
		if m.Police != nil {
			return count(cal, m.Police.SentOn(), AnswerRule, "送达公安机关之日起签收、答复")
		}
		return count(cal, m.Handover.On, ReceiptRule, "送出之日起签收（本系统的提醒期限，法规没有规定）")
	case Received:
		if m.Police != nil {
			return count(cal, m.Police.Receipt.On, AnswerRule, "公安机关接受之日起答复")
		}
		if d := m.Handover.Receipt.FeedbackBy; !d.Zero() {
			return Clock{On: d, How: "签收时约定的反馈日期"}
		}
		return Clock{How: "没有约定反馈日期"}
	case Reported:
		return count(cal, m.Police.ReportedOn, DecideRule, "接到报告之日起 3 日内决定（国务院令第310号，遇休息日不顺延）")
	case Approved:
		at := m.Police.DecidedAt.Add(handOverWithin)
		return Clock{On: calendar.In(at), At: at, How: fmt.Sprintf("批准（%s）起 24 小时内送公安机关，最后一刻仍算", clockText(m.Police.DecidedAt))}
	}
	return Clock{How: "法规没有规定期限，一直显示到办结"}
}
