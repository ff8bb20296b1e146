package casework

import (
	"context"
	"strings"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/inspection"
)

// Handover is a file handed to a case unit of the office or to another
// department (移交、移送).
type Handover struct {
	To        string        `json:"to"`
	Matter    string        `json:"matter"` // 事由
	Number    string        `json:"number"` // 移送函文号
	On        calendar.Date `json:"on"`
	How       string        `json:"how"`
	Materials []string      `json:"materials"`
	Receipt   *Receipt      `json:"receipt,omitempty"`
	Returned  *Answer       `json:"returned,omitempty"`
	Feedback  *Answer       `json:"feedback,omitempty"`
}

// Receipt is a receiver's signature.
type Receipt struct {
	On         calendar.Date `json:"on"`
	Who        string        `json:"who"`
	Number     string        `json:"number,omitempty"`
	FeedbackBy calendar.Date `json:"feedback_by,omitzero"` // if they agreed on a day
	By         string        `json:"by"`                   // who entered it
}

// Answer is what a receiver wrote back.
type Answer struct {
	On     calendar.Date `json:"on"`
	Number string        `json:"number,omitempty"`
	Text   string        `json:"text"`
	By     string        `json:"by"`
}

// Send hands a file over to a case unit (Unit) or another department
// (Department); a case that goes on ends with it.
func (s *Service) Send(ctx context.Context, a access.Actor, k Key, kind Kind, h Handover) error {
	return s.act(ctx, a, access.HandoverEdit, k, func(w *work) error {
		if kind != Unit && kind != Department {
			return errs.At("kind", "请选择移交还是移送")
		}
		var r reader
		h.To = r.need("to", "接收单位", h.To, longLine)
		h.Matter = r.need("matter", "事由", h.Matter, longText)
		h.Number = r.need("number", "移送文书号", h.Number, longLine)
		h.How = r.need("how", "送达方式", h.How, longLine)
		r.materials(&h.Materials)
		r.day("on", "送出日期", h.On, w.form.EndedOn, w.today, "检查结束日期")
		if err := r.err(); err != nil {
			return err
		}
		h.Receipt, h.Returned, h.Feedback = nil, nil, nil
		m, err := w.begin(kind, Sent, h.On, File{Handover: &h})
		if err != nil {
			return err
		}
		return w.step(m, "送"+h.To, h.Number+"，"+h.How+"，材料："+strings.Join(h.Materials, "；"), h.On)
	})
}

// materials reads the list of what is handed over: it is never empty.
func (r *reader) materials(list *[]string) {
	*list = lines(r.may("materials", "材料清单", strings.Join(*list, "\n"), longText))
	r.add(len(*list) == 0, "materials", "请列出移送的材料，一行一件")
}

// handed is the matter of a receiver in one of the states, whoever it is.
func (w *work) handed(states ...State) (*Matter, error) {
	for _, k := range []Kind{Unit, Department, Police} {
		if m, err := w.in(k, states...); err == nil {
			return m, nil
		}
	}
	return nil, w.not()
}

// sentOn is the day on which the file left.
func (m *Matter) sentOn() calendar.Date {
	if m.Police != nil {
		return m.Police.SentOn()
	}
	return m.Handover.On
}

// Receive records that the receiver signed; with it the finding has its
// outcome.
func (s *Service) Receive(ctx context.Context, a access.Actor, k Key, c Receipt) error {
	return s.act(ctx, a, access.HandoverEdit, k, func(w *work) error {
		m, err := w.handed(Sent)
		if err != nil {
			return err
		}
		var r reader
		c.Who = r.need("who", "签收人", c.Who, longLine)
		c.Number = r.may("number", "回执编号", c.Number, longLine)
		r.day("on", "签收日期", c.On, m.sentOn(), w.today, "送出日期")
		r.add(!c.FeedbackBy.Zero() && c.FeedbackBy.Before(c.On), "feedback", "约定的反馈日期不能早于签收日期")
		if err := r.err(); err != nil {
			return err
		}
		c.By = w.by.Name
		to, outcome := "", inspection.ToPolice
		if m.Police != nil {
			m.Police.Receipt, to = &c, m.Police.To
		} else {
			m.Handover.Receipt, to = &c, m.Handover.To
			outcome = inspection.ToUnit
			if m.Kind == Department {
				outcome = inspection.ToAuthority
			}
		}
		m.State = Received
		if err := w.save(m); err != nil {
			return err
		}
		if err := w.step(m, "签收", to+" "+c.Who+" "+c.Number, c.On); err != nil {
			return err
		}
		return w.outcome(outcome, c.On, to+"，"+c.On.String()+" "+c.Who+"签收")
	})
}

// GiveBack records that a receiver did not take the file, or sent it back: it
// needs another way.
func (s *Service) GiveBack(ctx context.Context, a access.Actor, k Key, x Answer) error {
	return s.act(ctx, a, access.HandoverEdit, k, func(w *work) error {
		m, err := w.handed(Sent, Received)
		if err != nil {
			return err
		}
		if err := x.read(w, m, "退回的理由", "退回日期"); err != nil {
			return err
		}
		m.State = Back
		if m.Police != nil {
			m.Police.Answer = &PoliceAnswer{Answer: x}
		} else {
			m.Handover.Returned = &x
		}
		if err := w.save(m); err != nil {
			return err
		}
		return w.step(m, "退回", x.Text, x.On)
	})
}

func (x *Answer) read(w *work, m *Matter, what, day string) error {
	var r reader
	x.Text = r.need("text", what, x.Text, longText)
	x.Number = r.may("number", "文书号", x.Number, longLine)
	r.day("on", day, x.On, m.sentOn(), w.today, "送出日期")
	x.By = w.by.Name
	return r.err()
}

// Feedback records what came of it, and ends the matter.
func (s *Service) Feedback(ctx context.Context, a access.Actor, k Key, x Answer) error {
	return s.act(ctx, a, access.HandoverEdit, k, func(w *work) error {
		m, err := w.in(Unit, Received)
		if err != nil {
			if m, err = w.in(Department, Received); err != nil {
				return err
			}
		}
		if err := x.read(w, m, "反馈的处理情况", "反馈日期"); err != nil {
			return err
		}
		m.Handover.Feedback = &x
		if err := w.end(m, FedBack, x.On); err != nil {
			return err
		}
		return w.step(m, "反馈", x.Number+" "+x.Text, x.On)
	})
}
