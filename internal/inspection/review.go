package inspection

import (
	"context"
	"fmt"
	"strings"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/credit"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// Confirm makes what was entered the conclusion (1.36). revision is that of
// the form as the reviewer saw it: nobody confirms what he has not read.
// Errors: Forbidden for the author of the entry and for the round's operator
// or list administrator; Conflict if the form was changed meanwhile.
func (s *Service) Confirm(ctx context.Context, a access.Actor, formID string, revision int64, opinion string) error {
	auth, err := s.Identity.Authority(ctx, a.Authority)
	if err != nil {
		return err
	}
	return s.Door.Do(ctx, a, access.ConclusionCheck, formID, func(tx *store.DB) error {
		f, err := s.formIn(ctx, tx, a.Authority, formID, Entered)
		if err != nil {
			return err
		}
		if f.Revision != revision {
			return s.changed(f)
		}
		if f.EnteredBy == a.ID {
			return errs.E(errs.Forbidden, "结论须由录入人以外的人审核，没有任何改动")
		}
		if !auth.RelaxedDuties && (f.Task.Operator == a.ID || f.Task.ListAdmin == a.ID) {
			return errs.E(errs.Forbidden, "您是本轮次的抽取操作员或名录管理员，结论须由第三人审核，没有任何改动")
		}
		_, err = tx.Exec(ctx, `
			UPDATE inspection_finding
			SET confirmed = $3
			WHERE authority_id = $1 AND form_id = $2`, f.Authority, f.ID, true)
		if err != nil {
			return err
		}
		return s.review(ctx, tx, a, f, "confirmed", opinion)
	})
}

// Return sends an entry back to the desk.
func (s *Service) Return(ctx context.Context, a access.Actor, formID, reason string) error {
	if err := checkReason(reason, "请写明退回的原因"); err != nil {
		return err
	}
	return s.Door.Do(ctx, a, access.FormReturn, formID, func(tx *store.DB) error {
		f, err := s.formIn(ctx, tx, a.Authority, formID, Entered)
		if err != nil {
			return err
		}
		return s.review(ctx, tx, a, f, "returned", reason)
	})
}

// Reopen sends a confirmed conclusion back to be corrected. What is public
// stays public until the correction is confirmed and published.
func (s *Service) Reopen(ctx context.Context, a access.Actor, formID, reason string) error {
	if err := checkReason(reason, "请写明更正的原因"); err != nil {
		return err
	}
	return s.Door.Do(ctx, a, access.FormReopen, formID, func(tx *store.DB) error {
		f, err := s.formIn(ctx, tx, a.Authority, formID, Confirmed)
		if err != nil {
			return err
		}
		return s.review(ctx, tx, a, f, "reopened", reason)
	})
}

func checkReason(reason, sentence string) error {
	if strings.TrimSpace(reason) == "" {
		return errs.At("reason", sentence)
	}
	if !plain(reason) || len([]rune(reason)) > longText {
		return errs.At("reason", fmt.Sprintf("原因最多 %d 字，不能有控制字符", longText))
	}
	return nil
}

// review moves the form and keeps the reviewer's words for good.
func (s *Service) review(ctx context.Context, tx *store.DB, a access.Actor, f Form, verdict, opinion string) error {
	state, by, name, at := Returned, "", "", int64(0)
	now := s.Now().UnixMilli()
	if verdict == "confirmed" {
		state, by, name, at = Confirmed, a.ID, a.Name, now
	}
	opinion = strings.TrimSpace(opinion)
	_, err := tx.Exec(ctx, `
		UPDATE inspection_form
		SET state = $3, confirmed_by = $4, confirmed_name = $5, confirmed_at = $6, opinion = $7,
			changed_name = $8, changed_at = $9, revision = revision + 1
		WHERE authority_id = $1 AND form_id = $2`, f.Authority, f.ID, string(state), by, name, at, opinion, a.Name, now)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO inspection_review (authority_id, form_id, no, verdict, opinion, name, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, f.Authority, f.ID, len(f.Reviews)+1, verdict, opinion, a.Name, now)
	return err
}

// Closing is how a problem ended, as it is entered.
type Closing struct {
	Outcome Outcome
	On      calendar.Date
	Note    string
}

// problems returns what is wrong with an outcome of an inspection that began
// on the given day.
func (o Closing) problems(started, today calendar.Date) (ps []errs.Problem) {
	add := func(bad bool, field, sentence string) {
		if bad {
			ps = append(ps, errs.Problem{Field: field, Sentence: sentence})
		}
	}
	add(o.Outcome.Name() == "", "outcome", "请选择处理结果")
	add(o.On.Zero(), "on", "请填写处理日期")
	add(!o.On.Zero() && o.On.Before(started), "on", "处理日期不能早于检查开始日期")
	add(o.On.After(today), "on", fmt.Sprintf("处理日期不能晚于今天（%s）", today))
	add(strings.TrimSpace(o.Note) == "", "note", "请写明"+o.Outcome.note())
	add(!plain(o.Note) || len([]rune(o.Note)) > longText, "note", fmt.Sprintf("说明最多 %d 字，不能有控制字符", longText))
	return ps
}

// note says what the record of an outcome has to name.
func (o Outcome) note() string {
	for _, x := range Outcomes {
		if x.Outcome == o {
			return x.Note
		}
	}
	return "处理情况"
}

// CloseFindingTx records how a problem ended, as a part of the act that ended
// it; nothing closes without (1.24). Errors: Invalid; NotFound; Conflict if it
// has an outcome already.
func (s *Service) CloseFindingTx(ctx context.Context, tx *store.DB, a access.Actor, formID string, no int, o Closing) error {
	f, err := readForm(ctx, tx, a.Authority, formID)
	if err != nil {
		return err
	}
	x, err := f.Finding(no)
	if err != nil {
		return err
	}
	if !x.Open() {
		return errs.E(errs.Conflict, fmt.Sprintf("问题 %d 已由%s录入处理结果“%s”，没有任何改动", no, x.Closed, x.Outcome.Name()))
	}
	if err := errs.All(o.problems(f.StartedOn, s.today())); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE inspection_finding
		SET outcome = $4, outcome_on = $5, outcome_note = $6, closed_name = $7
		WHERE authority_id = $1 AND form_id = $2 AND no = $3`,
		f.Authority, f.ID, no, string(o.Outcome), o.On.String(), strings.TrimSpace(o.Note), a.Name)
	if err != nil {
		return err
	}
	if err := s.remember(ctx, tx, a, f, x, o); err != nil {
		return err
	}
	// A clerk who has the form open must see the outcome before saving.
	_, err = tx.Exec(ctx, `
		UPDATE inspection_form
		SET changed_name = $3, changed_at = $4, revision = revision + 1
		WHERE authority_id = $1 AND form_id = $2`, f.Authority, f.ID, a.Name, s.Now().UnixMilli())
	return err
}

// remember keeps what the firm's grade and tags are later worked out from
// (1.18, 1.45).
func (s *Service) remember(ctx context.Context, tx *store.DB, a access.Actor, f Form, x Finding, o Closing) error {
	if o.Outcome == Unfounded {
		return nil
	}
	fact := credit.Fact{Target: f.Firm.TargetID, Kind: credit.Problem, On: f.StartedOn, Text: x.Fact, Source: fmt.Sprintf("%s 问题 %d", f.ID, x.No)}
	if err := s.Credit.RecordTx(ctx, tx, a, fact); err != nil || o.Outcome != CaseFiled {
		return err
	}
	fact.Kind, fact.On, fact.Text = credit.Violation, o.On, strings.TrimSpace(o.Note)
	return s.Credit.RecordTx(ctx, tx, a, fact)
}

// Finding returns the form's problem with a number, or NotFound.
func (f Form) Finding(no int) (Finding, error) {
	for _, x := range f.Findings {
		if x.No == no {
			return x, nil
		}
	}
	return Finding{}, errs.E(errs.NotFound, fmt.Sprintf("检查表 %s 没有问题 %d", f.ID, no))
}
