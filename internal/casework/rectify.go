package casework

import (
	"context"
	"fmt"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/inspection"
)

// Rectification is an order to put something right by a day (责令限期改正).
type Rectification struct {
	Measure     string        `json:"measure"`
	Due         calendar.Date `json:"due"`
	First       calendar.Date `json:"first"` // the day that was set first
	SubmittedOn calendar.Date `json:"submitted_on,omitzero"`
	Said        string        `json:"said,omitempty"` // by the firm
	Rechecks    []Recheck     `json:"rechecks,omitempty"`
	Extensions  []Extension   `json:"extensions,omitempty"`
	Reminders   []Reminder    `json:"reminders,omitempty"`
}

func (r *Rectification) clock() Clock {
	how := "责令改正的期限"
	if n := len(r.Extensions); n > 0 {
		how = fmt.Sprintf("责令改正的期限，延过 %d 次，原为 %s", n, r.First)
	}
	return Clock{On: r.Due, How: how}
}

// Order is an order to put something right, as it is entered.
type Order struct {
	Measure string
	Due     calendar.Date
}

// Recheck is a look at whether it was put right (复查).
type Recheck struct {
	On   calendar.Date `json:"on"`
	Pass bool          `json:"pass"`
	Note string        `json:"note"`
	By   string        `json:"by"`
}

// Extension moves the last day.
type Extension struct {
	From   calendar.Date `json:"from"`
	To     calendar.Date `json:"to"`
	Reason string        `json:"reason"`
	By     string        `json:"by"`
}

// Reminder is one time that the firm was reminded.
type Reminder struct {
	On  calendar.Date `json:"on"`
	How string        `json:"how"`
	By  string        `json:"by"`
}

// Order orders the firm to put a finding right by a day.
func (s *Service) Order(ctx context.Context, a access.Actor, k Key, o Order) error {
	return s.act(ctx, a, access.RectifyEdit, k, func(w *work) error {
		var r reader
		o.Measure = r.need("measure", "改正要求", o.Measure, longText)
		r.add(o.Due.Zero(), "due", "请填写改正期限")
		r.add(!o.Due.Zero() && o.Due.Before(w.today), "due", fmt.Sprintf("改正期限不能早于今天（%s）", w.today))
		if err := r.err(); err != nil {
			return err
		}
		m, err := w.begin(Rectify, Ordered, w.today, File{Rectification: &Rectification{Measure: o.Measure, Due: o.Due, First: o.Due}})
		if err != nil {
			return err
		}
		return w.step(m, "责令改正", fmt.Sprintf("%s 以前：%s", o.Due, o.Measure), w.today)
	})
}

// rectification is the one that goes on in one of the states. What was ordered
// on the spot, in the inspection's record, begins with the first act on it.
func (w *work) rectification(states ...State) (*Matter, error) {
	x := w.finding
	if w.open() == nil && x != nil && x.Open() && ordered(*x) {
		m, err := w.begin(Rectify, Ordered, w.form.EndedOn, File{Rectification: &Rectification{Measure: x.Measure, Due: x.DueOn, First: x.DueOn}})
		if err != nil {
			return nil, err
		}
		if w.by.ID == "" || w.by.ID == access.SystemID { // the firm: its officers stay responsible
			m.Person, m.PersonName = "", w.form.EnteredName
		}
	}
	return w.in(Rectify, states...)
}

// ordered reports whether the inspection's record orders a finding to be put
// right.
func ordered(x inspection.Finding) bool { return x.Measure != "" && !x.DueOn.Zero() }

// Remind records that the firm was reminded.
func (s *Service) Remind(ctx context.Context, a access.Actor, k Key, n Reminder) error {
	return s.act(ctx, a, access.RectifyEdit, k, func(w *work) error {
		m, err := w.rectification(Ordered)
		if err != nil {
			return err
		}
		var r reader
		n.How = r.need("how", "提醒的方式和对方", n.How, longLine)
		r.day("on", "提醒日期", n.On, m.OpenedOn, w.today, "责令改正之日")
		if err := r.err(); err != nil {
			return err
		}
		n.By = w.by.Name
		m.Rectification.Reminders = append(m.Rectification.Reminders, n)
		if err := w.save(m); err != nil {
			return err
		}
		return w.step(m, "提醒企业", n.How, n.On)
	})
}

// Extend moves the last day of a rectification to a later one, also after it
// has passed or a re-check failed.
func (s *Service) Extend(ctx context.Context, a access.Actor, k Key, to calendar.Date, reason string) error {
	return s.act(ctx, a, access.RectifyEdit, k, func(w *work) error {
		m, err := w.rectification(Ordered, Submitted, Failed)
		if err != nil {
			return err
		}
		var r reader
		reason = r.need("reason", "延期的理由", reason, longText)
		r.add(to.Zero(), "due", "请填写新的改正期限")
		r.add(!to.Zero() && !to.After(m.Rectification.Due), "due", fmt.Sprintf("新的期限要晚于原来的期限（%s）", m.Rectification.Due))
		r.add(!to.Zero() && to.Before(w.today), "due", fmt.Sprintf("新的期限不能早于今天（%s）", w.today))
		if err := r.err(); err != nil {
			return err
		}
		x := m.Rectification
		x.Extensions = append(x.Extensions, Extension{From: x.Due, To: to, Reason: reason, By: w.by.Name})
		text := fmt.Sprintf("由 %s 延至 %s：%s", x.Due, to, reason)
		x.Due, m.State = to, Ordered
		if err := w.save(m); err != nil {
			return err
		}
		return w.step(m, "延长期限", text, w.today)
	})
}

// Recheck records an officer's look. What passes is mended, and the finding has
// its outcome; what fails waits for another day or another way.
func (s *Service) Recheck(ctx context.Context, a access.Actor, k Key, c Recheck) error {
	return s.act(ctx, a, access.RectifyEdit, k, func(w *work) error {
		m, err := w.rectification(Ordered, Submitted, Failed)
		if err != nil {
			return err
		}
		var r reader
		c.Note = r.need("note", "复查情况", c.Note, longText)
		r.day("on", "复查日期", c.On, m.OpenedOn, w.today, "责令改正之日")
		if err := r.err(); err != nil {
			return err
		}
		c.By = w.by.Name
		m.Rectification.Rechecks = append(m.Rectification.Rechecks, c)
		if !c.Pass {
			m.State = Failed
			if err := w.save(m); err != nil {
				return err
			}
			return w.step(m, "复查不合格", c.Note, c.On)
		}
		if err := w.end(m, Rectified, c.On); err != nil {
			return err
		}
		if err := w.step(m, "复查合格", c.Note, c.On); err != nil {
			return err
		}
		return w.outcome(inspection.Rectified, c.On, c.Note)
	})
}

// Settle ends a finding at once: put right on the spot, no penalty, or not so.
func (s *Service) Settle(ctx context.Context, a access.Actor, k Key, c inspection.Closing) error {
	return s.act(ctx, a, access.FindingClose, k, func(w *work) error {
		if c.Outcome != "" && !c.Outcome.AtOnce() {
			return errs.At("outcome", "这种处理结果要按步骤办理，不能直接录入")
		}
		if m := w.open(); w.finding != nil && m == nil && !w.finding.Confirmed && w.finding.Open() {
			return w.outcome(c.Outcome, c.On, c.Note) // not concluded yet: the record of the inspection says it all
		}
		m, err := w.begin(Settled, "", w.today, File{Note: &Note{Text: c.Note, On: c.On}})
		if err != nil {
			return err
		}
		if !w.finding.Open() { // it came back from a receiver: its outcome stands, this is the end
			var r reader
			c.Note = r.need("note", "情况和理由", c.Note, longText)
			r.add(c.Outcome.Name() == "", "outcome", "请选择处理结果")
			r.day("on", "处理日期", c.On, w.form.StartedOn, w.today, "检查开始日期")
			if err := r.err(); err != nil {
				return err
			}
		} else if err := w.outcome(c.Outcome, c.On, c.Note); err != nil {
			return err
		}
		if err := w.end(m, AtOnce, c.On); err != nil {
			return err
		}
		return w.step(m, c.Outcome.Name(), c.Note, c.On)
	})
}
