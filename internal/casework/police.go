package casework

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
)

// Police310 is the file of a suspected crime (行政执法机关移送涉嫌犯罪案件的规定,
// 国务院令第310号).
type Police310 struct {
	Charge     string        `json:"charge"`   // 涉嫌罪名
	Officers   []string      `json:"officers"` // two or more, who reported
	Report     string        `json:"report"`
	ReportedOn calendar.Date `json:"reported_on"`
	ReportedBy string        `json:"reported_by"` // account

	Approved  bool      `json:"approved,omitempty"`
	Reason    string    `json:"reason,omitempty"` // of a refusal, on record
	Decider   string    `json:"decider,omitempty"`
	DecidedAt time.Time `json:"decided_at,omitzero"`

	To        string        `json:"to,omitempty"`
	Number    string        `json:"number,omitempty"` // 移送书文号
	SentAt    time.Time     `json:"sent_at,omitzero"`
	Late      bool          `json:"late,omitempty"` // after the 24 hours
	Copied    string        `json:"copied,omitempty"`
	Materials []string      `json:"materials,omitempty"`
	Receipt   *Receipt      `json:"receipt,omitempty"`
	Answer    *PoliceAnswer `json:"answer,omitempty"`
}

// PoliceAnswer is whether the police took the case up.
type PoliceAnswer struct {
	Answer
	Filed bool `json:"filed"`
}

// SentOn is the day of the handing over; zero: not yet.
func (p *Police310) SentOn() calendar.Date {
	if p.SentAt.IsZero() {
		return calendar.Date{}
	}
	return calendar.In(p.SentAt)
}

// Enclosures are the papers that must go with it (第六条).
var Enclosures = []string{"涉嫌犯罪案件移送书", "涉嫌犯罪案件情况的调查报告", "涉案物品清单"}

// Report is the written report of at least two officers to the head.
type Report struct {
	Charge   string
	Officers []string
	Text     string
	On       calendar.Date
}

// ReportCrime puts a suspected crime before the head of the office.
func (s *Service) ReportCrime(ctx context.Context, a access.Actor, k Key, x Report) error {
	return s.act(ctx, a, access.HandoverEdit, k, func(w *work) error {
		var r reader
		p := &Police310{ReportedOn: x.On, ReportedBy: w.by.ID}
		p.Charge = r.need("charge", "涉嫌的罪名", x.Charge, longLine)
		p.Report = r.need("text", "涉嫌犯罪的情况", x.Text, longText)
		for _, o := range x.Officers {
			if o = r.may("officers", "执法人员", o, longLine); o != "" && !slices.Contains(p.Officers, o) {
				p.Officers = append(p.Officers, o)
			}
		}
		r.add(len(p.Officers) < 2, "officers", "专案组不少于两名行政执法人员，一行一人")
		r.day("on", "报告日期", x.On, w.form.StartedOn, w.today, "检查开始日期")
		if err := r.err(); err != nil {
			return err
		}
		m, err := w.begin(Police, Reported, x.On, File{Police: p})
		if err != nil {
			return err
		}
		return w.step(m, "报告涉嫌犯罪", p.Charge+"，"+strings.Join(p.Officers, "、")+"："+p.Report, x.On)
	})
}

// DecideCrime is the head's decision to hand over or not; a refusal has its
// reason on record. A decision after the third day is taken and shown as late.
func (s *Service) DecideCrime(ctx context.Context, a access.Actor, k Key, yes bool, reason string) error {
	return s.act(ctx, a, access.PoliceDecide, k, func(w *work) error {
		m, err := w.in(Police, Reported)
		if err != nil {
			return err
		}
		p := m.Police
		if p.ReportedBy == w.by.ID {
			return errs.E(errs.Forbidden, "移送须由报告人以外的局领导决定，没有任何改动")
		}
		var r reader
		p.Reason = r.may("reason", "理由", reason, longText)
		r.add(!yes && p.Reason == "", "reason", "不批准移送的，请写明理由，记录在案")
		if err := r.err(); err != nil {
			return err
		}
		clock := m.clock(w.cal)
		p.Approved, p.Decider, p.DecidedAt = yes, w.by.Name, w.s.Now().UTC()
		act := "批准移送"
		m.State = Approved
		if !yes {
			act, m.State = "不批准移送", Back
		}
		text := p.Reason
		if clock.Late(w.s.Now()) {
			text += fmt.Sprintf("（超过 3 日期限 %s）", clock.On)
		}
		if err := w.save(m); err != nil {
			return err
		}
		return w.step(m, act, text, w.today)
	})
}

// Delivery is the handing over to the police, as it is entered.
type Delivery struct {
	To, Number string
	At         time.Time
	Enclosed   []string // of Enclosures
	Materials  []string // more: 检验报告、鉴定意见…
	Copied     string   // 抄送检察机关
}

// Deliver records the handing over to the police, within 24 hours of the
// decision; a later one is taken and shown as late.
func (s *Service) Deliver(ctx context.Context, a access.Actor, k Key, d Delivery) error {
	return s.act(ctx, a, access.HandoverEdit, k, func(w *work) error {
		m, err := w.in(Police, Approved)
		if err != nil {
			return err
		}
		p, now := m.Police, w.s.Now()
		var r reader
		p.To = r.need("to", "接收的公安机关", d.To, longLine)
		p.Number = r.need("number", "移送书文号", d.Number, longLine)
		p.Copied = r.need("copied", "抄送的人民检察院", d.Copied, longLine)
		for _, e := range Enclosures {
			r.add(!slices.Contains(d.Enclosed, e), "enclosed", "缺少《"+e+"》，不能移送")
		}
		more := lines(r.may("materials", "其他材料", strings.Join(d.Materials, "\n"), longText))
		r.add(d.At.IsZero(), "at", "请填写送达的时间")
		r.add(d.At.After(now), "at", "送达时间不能晚于现在（"+clockText(now)+"）")
		r.add(!d.At.IsZero() && d.At.Before(p.DecidedAt.Truncate(time.Minute)), "at", "送达时间不能早于批准的时间（"+clockText(p.DecidedAt)+"）")
		if err := r.err(); err != nil {
			return err
		}
		p.Materials = append(slices.Clone(Enclosures), more...)
		p.SentAt, p.Late = d.At.UTC(), m.clock(w.cal).Late(d.At)
		text := p.To + "，" + p.Number + "，材料：" + strings.Join(p.Materials, "；") + "；抄送" + p.Copied
		if p.Late {
			text += "（超过 24 小时）"
		}
		m.State = Sent
		if err := w.save(m); err != nil {
			return err
		}
		return w.step(m, "送公安机关", text, calendar.In(d.At))
	})
}

// PoliceReply records the police's answer: a case of theirs ends the matter,
// anything else sends it back for another way.
func (s *Service) PoliceReply(ctx context.Context, a access.Actor, k Key, x PoliceAnswer) error {
	return s.act(ctx, a, access.HandoverEdit, k, func(w *work) error {
		m, err := w.in(Police, Received)
		if err != nil {
			return err
		}
		if err := x.Answer.read(w, m, "答复的内容；不予立案的写明理由", "答复日期"); err != nil {
			return err
		}
		m.Police.Answer = &x
		if !x.Filed {
			m.State = Back
			if err := w.save(m); err != nil {
				return err
			}
			return w.step(m, "公安机关不予立案", x.Text, x.On)
		}
		if err := w.end(m, FedBack, x.On); err != nil {
			return err
		}
		return w.step(m, "公安机关立案", x.Number+" "+x.Text, x.On)
	})
}
