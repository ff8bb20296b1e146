package casework

import (
	"context"
	"fmt"
	"slices"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/inspection"
)

// Investigation is a case (立案) under 劳动保障监察条例.
type Investigation struct {
	Number     string        `json:"number"` // 立案号
	Cause      string        `json:"cause"`  // 案由
	FiledOn    calendar.Date `json:"filed_on"`
	Discovered calendar.Date `json:"discovered"`
	BreachEnd  calendar.Date `json:"breach_end,omitzero"` // zero: it goes on
	Unit       string        `json:"unit"`                // 承办机构
	Handlers   []string      `json:"handlers"`            // at least two
	Hearing    *Hearing      `json:"hearing,omitempty"`
	Longer     *Longer       `json:"longer,omitempty"`
	Decision   *Decision     `json:"decision,omitempty"`
}

// Hearing is what the employer said before the decision (陈述、申辩, Art. 19).
type Hearing struct {
	On   calendar.Date `json:"on"`
	How  string        `json:"how"`
	Said string        `json:"said"`
	By   string        `json:"by"`
}

// Longer is the extension by 30 working days, asked by one and decided by the
// leader.
type Longer struct {
	Reason   string        `json:"reason"`
	AskedBy  string        `json:"asked_by"`   // account
	By       string        `json:"asked_name"` // its name
	On       calendar.Date `json:"on"`
	Verdict  string        `json:"verdict,omitempty"` // approved, refused; empty: waits
	Opinion  string        `json:"opinion,omitempty"`
	Decider  string        `json:"decider,omitempty"`
	Decided  time.Time     `json:"decided,omitzero"`
	DueAfter calendar.Date `json:"due_after,omitzero"`
}

// Decision ends a case without a penalty.
type Decision struct {
	Ending Ending        `json:"ending"` // order, withdrawn
	Number string        `json:"number"`
	On     calendar.Date `json:"on"`
	Text   string        `json:"text"`
	By     string        `json:"by"`
}

// due is the last day of the investigation.
func (c *Investigation) clock(cal calendar.Calendar) Clock {
	if c.Longer != nil && c.Longer.Verdict == "approved" {
		return count(cal, c.FiledOn, CaseLonger, "立案之日起 60 个工作日，经批准延长 30 个工作日")
	}
	return count(cal, c.FiledOn, CaseRule, "立案之日起（劳动保障监察条例第十七条）")
}

// Filing is a case as it is entered.
type Filing struct {
	Number, Cause, Unit string
	FiledOn             calendar.Date
	Discovered          calendar.Date // zero: in the inspection
	BreachEnd           calendar.Date // zero: it goes on
	Handlers            []string
}

// FileCase files a case. Errors: Invalid if the breach had ended more than two
// years before it was discovered, or fewer than two persons handle it; Conflict
// if the number is another case's.
func (s *Service) FileCase(ctx context.Context, a access.Actor, k Key, f Filing) error {
	return s.act(ctx, a, access.CaseEdit, k, func(w *work) error {
		if f.Discovered.Zero() {
			f.Discovered = w.form.StartedOn
		}
		c, err := f.read(w)
		if err != nil {
			return err
		}
		if err := w.free(c.Number); err != nil {
			return err
		}
		m, err := w.begin(Case, Filed, f.FiledOn, File{Case: c})
		if err != nil {
			return err
		}
		if err := w.step(m, "立案", fmt.Sprintf("%s，%s，%s承办", c.Number, c.Cause, c.Unit), f.FiledOn); err != nil {
			return err
		}
		return w.outcome(inspection.CaseFiled, f.FiledOn, c.Number+"，"+c.Unit+"承办")
	})
}

func (f Filing) read(w *work) (*Investigation, error) {
	var r reader
	c := &Investigation{FiledOn: f.FiledOn, Discovered: f.Discovered, BreachEnd: f.BreachEnd}
	c.Number = r.need("number", "立案号", f.Number, longLine)
	c.Cause = r.need("cause", "案由", f.Cause, longLine)
	c.Unit = r.need("unit", "承办机构", f.Unit, longLine)
	for _, h := range f.Handlers {
		if h = r.may("handlers", "承办人", h, longLine); h != "" && !slices.Contains(c.Handlers, h) {
			c.Handlers = append(c.Handlers, h)
		}
	}
	r.add(len(c.Handlers) < 2, "handlers", "承办人不少于两人，一行一人")
	r.day("filed", "立案日期", f.FiledOn, f.Discovered, w.today, "发现之日")
	r.add(f.BreachEnd.After(f.Discovered), "breach", fmt.Sprintf("违法行为终了之日不能晚于发现之日（%s）；仍在继续的不填", f.Discovered))
	if !f.BreachEnd.Zero() {
		last := f.BreachEnd.AddMonths(limitMonths)
		r.add(f.Discovered.After(last), "breach", fmt.Sprintf("违法行为 %s 终了，到 %s 满两年；%s 才发现，不能再立案查处（劳动保障监察条例第二十条）。有投诉举报在先的，请填写举报之日为发现之日",
			f.BreachEnd, last, f.Discovered))
	}
	return c, r.err()
}

// free refuses a number that another case has.
func (w *work) free(number string) error {
	all, err := readOf(w.ctx, w.tx, w.form.Authority, Case)
	for _, m := range all {
		if m.Case.Number == number {
			of := "检查表 " + m.FormID
			if _, err := w.s.Inspection.FormTx(w.ctx, w.tx, m.Authority, m.FormID); errs.KindOf(err) == errs.NotFound {
				of = "别的部门的案件"
			}
			return errs.At("number", fmt.Sprintf("立案号 %s 已用于%s，没有保存", number, of))
		}
	}
	return err
}

// Hear records what the employer said.
func (s *Service) Hear(ctx context.Context, a access.Actor, k Key, h Hearing) error {
	return s.act(ctx, a, access.CaseEdit, k, func(w *work) error {
		m, err := w.in(Case, Filed)
		if err != nil {
			return err
		}
		var r reader
		h.How = r.need("how", "告知和听取的方式、对方", h.How, longLine)
		h.Said = r.need("said", "陈述、申辩的内容；放弃的写明放弃", h.Said, longText)
		r.day("on", "听取日期", h.On, m.Case.FiledOn, w.today, "立案日期")
		if err := r.err(); err != nil {
			return err
		}
		h.By = w.by.Name
		m.Case.Hearing = &h
		if err := w.save(m); err != nil {
			return err
		}
		return w.step(m, "听取陈述申辩", h.How+"："+h.Said, h.On)
	})
}

// AskLonger asks for 30 more working days, once, while there is time.
func (s *Service) AskLonger(ctx context.Context, a access.Actor, k Key, reason string) error {
	return s.act(ctx, a, access.CaseEdit, k, func(w *work) error {
		m, err := w.in(Case, Filed)
		if err != nil {
			return err
		}
		var r reader
		reason = r.need("reason", "情况复杂、需要延长的理由", reason, longText)
		if err := r.err(); err != nil {
			return err
		}
		if err := m.lengthen(w); err != nil {
			return err
		}
		m.Case.Longer = &Longer{Reason: reason, AskedBy: w.by.ID, By: w.by.Name, On: w.today}
		if err := w.save(m); err != nil {
			return err
		}
		return w.step(m, "申请延长调查", reason, w.today)
	})
}

// lengthen refuses an extension that comes twice or too late.
func (m *Matter) lengthen(w *work) error {
	switch l := m.Case.Longer; {
	case l != nil && l.Verdict == "approved":
		return errs.E(errs.Conflict, "已经延长过一次，不能再延长，没有任何改动")
	case l != nil && l.Verdict == "":
		return errs.E(errs.Conflict, "延长的申请正等局领导决定，没有任何改动")
	}
	return m.timely(w)
}

func (m *Matter) timely(w *work) error {
	if c := m.Case.clock(w.cal); c.Late(w.s.Now()) {
		return errs.E(errs.Conflict, fmt.Sprintf("调查期限 %s 已满，不能再延长，没有任何改动；请尽快作出处理决定", c.On))
	}
	return nil
}

// DecideLonger is the leader's word on an extension, another hand than the
// asking one, before the 60 working days are over.
func (s *Service) DecideLonger(ctx context.Context, a access.Actor, k Key, yes bool, opinion string) error {
	return s.act(ctx, a, access.CaseLengthen, k, func(w *work) error {
		m, err := w.in(Case, Filed, Deciding)
		if err != nil {
			return err
		}
		l := m.Case.Longer
		if l == nil || l.Verdict != "" {
			return errs.E(errs.Conflict, "没有等待决定的延长申请：可能刚刚已有人处理，没有任何改动")
		}
		if l.AskedBy == w.by.ID {
			return errs.E(errs.Forbidden, "延长须由申请人以外的局领导决定，没有任何改动")
		}
		var r reader
		l.Opinion = r.may("opinion", "意见", opinion, longText)
		r.add(!yes && l.Opinion == "", "opinion", "不同意的，请写明理由")
		if err := r.err(); err != nil {
			return err
		}
		l.Verdict, l.Decider, l.Decided = "refused", w.by.Name, w.s.Now()
		act := "不同意延长"
		if yes {
			if err := m.timely(w); err != nil {
				return err
			}
			l.Verdict, act = "approved", "批准延长 30 个工作日"
			l.DueAfter = m.Case.clock(w.cal).On
		}
		if err := w.save(m); err != nil {
			return err
		}
		return w.step(m, act, l.Opinion, w.today)
	})
}

// Conclude ends a case with an order to correct or an administrative decision,
// or withdraws it: minor, and put right.
func (s *Service) Conclude(ctx context.Context, a access.Actor, k Key, d Decision) error {
	return s.act(ctx, a, access.CaseEdit, k, func(w *work) error {
		m, err := w.in(Case, Filed)
		if err != nil {
			return err
		}
		var r reader
		r.add(d.Ending != OrderedTo && d.Ending != Withdrawn, "ending", "请选择结案方式")
		what := "决定的内容和履行期限"
		if d.Ending == Withdrawn {
			what = "撤销立案的理由（情节轻微并已改正等）"
		}
		d.Text = r.need("text", what, d.Text, longText)
		d.Number = r.need("number", "文书号", d.Number, longLine)
		r.day("on", "决定日期", d.On, m.Case.since(), w.today, m.Case.sinceWhat())
		if err := r.err(); err != nil {
			return err
		}
		if d.Ending == OrderedTo {
			if err := m.heard(); err != nil {
				return err
			}
		}
		d.By = w.by.Name
		m.Case.Decision = &d
		if err := w.end(m, d.Ending, d.On); err != nil {
			return err
		}
		return w.step(m, d.Ending.Name(), d.Number+"："+d.Text+m.Case.late(w.cal, d.On), d.On)
	})
}

// heard refuses a decision before the employer was heard.
func (m *Matter) heard() error {
	if m.Case.Hearing == nil {
		return errs.E(errs.Conflict, "作出决定以前要先听取用人单位的陈述、申辩（劳动保障监察条例第十九条），请先录入，没有任何改动")
	}
	return nil
}

// since is the day before which no decision lies.
func (c *Investigation) since() calendar.Date {
	if c.Hearing != nil {
		return c.Hearing.On
	}
	return c.FiledOn
}

func (c *Investigation) sinceWhat() string {
	if c.Hearing != nil {
		return "听取陈述申辩之日"
	}
	return "立案日期"
}

// late says that a decision came after the term.
func (c *Investigation) late(cal calendar.Calendar, on calendar.Date) string {
	if due := c.clock(cal).On; !due.Zero() && on.After(due) {
		return fmt.Sprintf("（超过调查期限 %s）", due)
	}
	return ""
}
