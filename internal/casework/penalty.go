package casework

import (
	"context"
	"fmt"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// Class is how grave a breach is, which says how long its penalty is public
// (国办发〔2025〕22号).
type Class string

// The classes.
const (
	Light   Class = "light"
	General Class = "general"
	Serious Class = "serious"
)

// Classes lists the classes with their names and their terms in months.
var Classes = []struct {
	Class       Class
	Name        string
	Least, Most int // months of publication; 0: not published
}{{Light, "轻微", 0, 3}, {General, "一般", 3, 12}, {Serious, "严重", 12, 36}}

// Name returns the class in Chinese.
func (c Class) Name() string {
	for _, x := range Classes {
		if x.Class == c {
			return x.Name
		}
	}
	return string(c)
}

// Penalty is a decision (行政处罚决定). Who publishes it takes the term from
// BeginsOn to EndsOn and, of the firm, name, credit code and, if it is no
// natural person, who heads it; a penalty that is not "checked" is no fact yet
// or no more.
type Penalty struct {
	Number    string
	FormID    string
	Ref       string
	No        int
	State     string // drafted, checked, revoked
	DecidedOn calendar.Date
	Fact      string
	Basis     string
	Kinds     string // 警告、罚款…
	Amount    int64  // fen
	Class     Class
	Months    int           // 0: not public
	BeginsOn  calendar.Date // public from; zero: not checked, or not public
	EndsOn    calendar.Date // the last public day

	DraftedBy   string
	DraftedName string
	CheckedName string
	CheckedAt   time.Time
	RevokedOn   calendar.Date
	RevokedName string
	Reason      string // of the revocation

	RoundID  string
	TargetID string
	Firm     string
	FirmCode string
}

// Money writes the amount in yuan.
func (p Penalty) Money() string {
	if p.Amount == 0 {
		return ""
	}
	return fmt.Sprintf("%d.%02d 元", p.Amount/100, p.Amount%100)
}

// StateName returns the state in Chinese.
func (p Penalty) StateName() string {
	return map[string]string{"drafted": "待复核", "checked": "已生效", "revoked": "已撤销"}[p.State]
}

// Public reports whether the penalty may be shown to everybody on a day.
func (p Penalty) Public(on calendar.Date) bool {
	return p.State == "checked" && p.Months > 0 && !on.Before(p.BeginsOn) && !on.After(p.EndsOn)
}

// PublishBy is the day by which a penalty that is public must be shown
// (双公示: 7 working days from the decision).
func (p Penalty) PublishBy(cal calendar.Calendar) Clock {
	return count(cal, p.DecidedOn, PublishRule, "决定之日起公示（双公示）")
}

// WithdrawBy is the day by which a revoked penalty must be gone (行政处罚法第四十八
// 条).
func (p Penalty) WithdrawBy(cal calendar.Calendar) Clock {
	return count(cal, p.RevokedOn, WithdrawRule, "撤销之日起 3 日内撤回公示信息（行政处罚法第四十八条，遇休息日不顺延）")
}

// DraftPenalty enters the decision that ends a case, after the employer was
// heard; another hand checks it.
func (s *Service) DraftPenalty(ctx context.Context, a access.Actor, k Key, p Penalty) error {
	return s.act(ctx, a, access.CaseEdit, k, func(w *work) error {
		m, err := w.in(Case, Filed)
		if err != nil {
			return err
		}
		if err := m.heard(); err != nil {
			return err
		}
		if err := p.read(w, m); err != nil {
			return err
		}
		p.FormID, p.Ref, p.No, p.State = k.Form, k.Ref, m.No, "drafted"
		p.DraftedBy, p.DraftedName = w.by.ID, w.by.Name
		if err := dropDraft(w.ctx, w.tx, w.form.Authority, *m); err != nil {
			return err
		}
		if err := insertPenalty(w.ctx, w.tx, w.form.Authority, p); err != nil {
			if errs.KindOf(err) == errs.Conflict {
				return errs.At("number", fmt.Sprintf("文书号 %s 已有一份处罚决定，没有保存", p.Number))
			}
			return err
		}
		m.State = Deciding
		if err := w.save(m); err != nil {
			return err
		}
		return w.step(m, "录入处罚决定", strings.Join([]string{p.Number, p.Kinds, p.Money(), "公示类别" + p.Class.Name()}, " "), p.DecidedOn)
	})
}

func (p *Penalty) read(w *work, m *Matter) error {
	var r reader
	p.Number = r.need("number", "决定书文号", p.Number, longLine)
	p.Fact = r.need("fact", "违法事实", p.Fact, longText)
	p.Basis = r.need("basis", "处罚依据", p.Basis, longText)
	p.Kinds = r.need("kinds", "处罚种类", p.Kinds, longLine)
	r.add(p.Amount < 0, "amount", "金额不能是负数")
	r.add(strings.Contains(p.Kinds, "罚款") && p.Amount == 0, "amount", "处罚种类有罚款，请填写金额")
	r.day("on", "决定日期", p.DecidedOn, m.Case.since(), w.today, m.Case.sinceWhat())
	known := false
	for _, c := range Classes {
		if c.Class != p.Class {
			continue
		}
		known = true
		r.add(p.Months < c.Least || p.Months > c.Most, "months", fmt.Sprintf("“%s”的公示期是 %d 至 %d 个月（国办发〔2025〕22号）", c.Name, c.Least, c.Most))
	}
	r.add(!known, "class", "请选择公示类别")
	return r.err()
}

// CheckPenalty is the second hand's word: the decision stands and ends the
// case, or goes back to be entered anew.
func (s *Service) CheckPenalty(ctx context.Context, a access.Actor, k Key, yes bool, opinion string) error {
	return s.act(ctx, a, access.PenaltyCheck, k, func(w *work) error {
		m, err := w.in(Case, Deciding)
		if err != nil {
			return err
		}
		p, err := penaltyOf(w.ctx, w.tx, *m)
		if err != nil {
			return err
		}
		if p.DraftedBy == w.by.ID {
			return errs.E(errs.Forbidden, "处罚决定须由录入人以外的人复核，没有任何改动")
		}
		var r reader
		opinion = r.may("opinion", "意见", opinion, longText)
		r.add(!yes && opinion == "", "opinion", "退回的，请写明原因")
		if err := r.err(); err != nil {
			return err
		}
		if !yes {
			m.State = Filed
			if err := dropDraft(w.ctx, w.tx, w.form.Authority, *m); err != nil {
				return err
			}
			if err := w.save(m); err != nil {
				return err
			}
			return w.step(m, "退回处罚决定", p.Number+"："+opinion, w.today)
		}
		p.State, p.CheckedName, p.CheckedAt = "checked", w.by.Name, w.s.Now()
		if p.Months > 0 {
			p.BeginsOn, p.EndsOn = w.today, w.today.AddMonths(p.Months)
		}
		if err := updatePenalty(w.ctx, w.tx, w.form.Authority, p); err != nil {
			return err
		}
		if err := w.end(m, Penalised, p.DecidedOn); err != nil {
			return err
		}
		return w.step(m, "复核处罚决定", p.Number+" "+opinion+m.Case.late(w.cal, p.DecidedOn), w.today)
	})
}

// Revoke takes a penalty back: changed, revoked or found unlawful. What was
// public goes within three days.
func (s *Service) Revoke(ctx context.Context, a access.Actor, number, reason string) error {
	return s.Door.Do(ctx, a, access.PenaltyRevoke, number, func(tx *store.DB) error {
		p, err := oneOf(ctx, tx, a.Authority, number)
		if err != nil {
			return err
		}
		if p.State != "checked" {
			return errs.E(errs.Conflict, fmt.Sprintf("处罚决定 %s 目前是“%s”%s，没有任何改动", p.Number, p.StateName(), by(p.RevokedName)))
		}
		var r reader
		p.Reason = r.need("reason", "撤销的理由", reason, longText)
		if err := r.err(); err != nil {
			return err
		}
		p.State, p.RevokedOn, p.RevokedName = "revoked", s.today(), a.Name
		if err := updatePenalty(ctx, tx, a.Authority, p); err != nil {
			return err
		}
		w, err := s.work(ctx, tx, a, Key{Form: p.FormID, Ref: p.Ref})
		if err != nil {
			return err
		}
		return w.step(&w.matters[p.No-1], "撤销处罚决定", p.Number+"："+p.Reason, p.RevokedOn)
	})
}

func by(name string) string {
	if name == "" {
		return ""
	}
	return "（" + name + "）"
}
