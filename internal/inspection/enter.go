package inspection

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/schedule"
	"suiji/internal/store"
)

// Enter writes what was found at one firm, from the paper form or the phone,
// in place of what was entered before. The team is kept as it stands now.
// Errors: Invalid with the input concerned; Conflict if somebody changed the
// form since e.Revision, its conclusion is confirmed already, or exactly this
// inspection was not approved.
func (s *Service) Enter(ctx context.Context, a access.Actor, formID string, e Entry) error {
	return s.Door.Do(ctx, a, access.ResultEnter, formID, func(tx *store.DB) error {
		return s.EnterTx(ctx, tx, a, formID, e)
	})
}

// EnterTx is Enter as a part of a larger act, which the caller's door lets
// through.
func (s *Service) EnterTx(ctx context.Context, tx *store.DB, a access.Actor, formID string, e Entry) error {
	f, err := readForm(ctx, tx, a.Authority, formID)
	if err != nil {
		return err
	}
	return s.EnterFormTx(ctx, tx, a, f, e)
}

// EnterFormTx is EnterTx for a form that was read in the same transaction.
func (s *Service) EnterFormTx(ctx context.Context, tx *store.DB, a access.Actor, f Form, e Entry) (err error) {
	if err := f.in(Issued, Entered, Returned); err != nil {
		return err
	}
	if f.Revision != e.Revision {
		return s.changed(f)
	}
	if f.Team, err = readTeam(ctx, tx, f); err != nil {
		return err
	}
	if err := s.ownPeople(ctx, tx, a, f); err != nil {
		return err
	}
	if err := check(e, f, s.today()); err != nil {
		return err
	}
	going := schedule.Going{On: e.StartedOn, Visits: slices.Contains(e.Methods, OnSite), Exact: true, Again: f.State != Issued}
	if err := s.Schedule.GateTx(ctx, tx, f.Authority, f.RoundID, f.Firm.TargetID, going); err != nil {
		return err
	}
	if err := s.saveForm(ctx, tx, a, f, e); err != nil {
		return err
	}
	return saveParts(ctx, tx, f, e, a.Name)
}

// formIn returns a form, whole, if it is in one of the states.
func (s *Service) formIn(ctx context.Context, tx *store.DB, authority, id string, states ...State) (Form, error) {
	f, err := readForm(ctx, tx, authority, id)
	if err == nil {
		err = f.in(states...)
	}
	return f, err
}

// in holds a form to be in one of the states.
func (f Form) in(states ...State) error {
	if slices.Contains(states, f.State) {
		return nil
	}
	return errs.E(errs.Conflict, fmt.Sprintf("检查表 %s 目前是“%s”%s，没有任何改动", f.ID, f.State.Name(), next(f.State)))
}

// next says what can be done instead.
func next(s State) string {
	switch s {
	case Issued, Returned:
		return "，录入结果后才能办理"
	case Confirmed:
		return "，需要更正的，请审核员先退回更正"
	}
	return ""
}

// changed is what the second clerk reads.
func (s *Service) changed(f Form) error {
	return errs.E(errs.Conflict, fmt.Sprintf("%s %s改过这张表，您的内容没有保存；请重新打开这张表，对照后再录入",
		f.ChangedName, ago(s.Now().Sub(f.ChangedAt))))
}

func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "刚刚"
	case d < time.Hour:
		return fmt.Sprintf("%d 分钟前", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d 小时前", int(d.Hours()))
	}
	return fmt.Sprintf("%d 天前", int(d.Hours()/24))
}

func (s *Service) saveForm(ctx context.Context, tx *store.DB, a access.Actor, f Form, e Entry) error {
	team, err := json.Marshal(f.Team)
	if err != nil {
		return err
	}
	now := s.Now().UnixMilli()
	_, err = tx.Exec(ctx, `
		UPDATE inspection_form
		SET state = 'entered', started_on = $3, ended_on = $4, firm_person = $5, refusal = $6, summary = $7, evidence = $8, team = $9,
			entered_by = $10, entered_name = $11, entered_at = $12, confirmed_by = '', confirmed_name = '', confirmed_at = 0,
			changed_name = $11, changed_at = $12, revision = revision + 1
		WHERE authority_id = $1 AND form_id = $2`,
		f.Authority, f.ID, e.StartedOn.String(), e.EndedOn.String(), strings.TrimSpace(e.FirmPerson), strings.TrimSpace(e.Refusal),
		strings.TrimSpace(e.Summary), strings.TrimSpace(e.Evidence), string(team), a.ID, a.Name, now)
	return err
}

// saveParts replaces the rows that belong to the form. by closes findings
// that come with their outcome.
func saveParts(ctx context.Context, tx *store.DB, f Form, e Entry, by string) error {
	for _, text := range []string{
		`DELETE FROM inspection_answer WHERE authority_id = $1 AND form_id = $2`,
		`DELETE FROM inspection_method WHERE authority_id = $1 AND form_id = $2`,
		`DELETE FROM inspection_attempt WHERE authority_id = $1 AND form_id = $2`,
		`DELETE FROM inspection_result WHERE authority_id = $1 AND form_id = $2`,
		`DELETE FROM inspection_finding WHERE authority_id = $1 AND form_id = $2 AND outcome = ''`,
	} {
		if _, err := tx.Exec(ctx, text, f.Authority, f.ID); err != nil {
			return err
		}
	}
	if err := saveAnswers(ctx, tx, f, e.Answers); err != nil {
		return err
	}
	for _, m := range e.Methods {
		_, err := tx.Exec(ctx, `
			INSERT INTO inspection_method (authority_id, form_id, method)
			VALUES ($1, $2, $3)`, f.Authority, f.ID, string(m))
		if err != nil {
			return err
		}
	}
	for _, c := range e.Codes {
		_, err := tx.Exec(ctx, `
			INSERT INTO inspection_result (authority_id, form_id, code)
			VALUES ($1, $2, $3)`, f.Authority, f.ID, string(c))
		if err != nil {
			return err
		}
	}
	for i, t := range e.Attempts {
		_, err := tx.Exec(ctx, `
			INSERT INTO inspection_attempt (authority_id, form_id, no, tried_on, how)
			VALUES ($1, $2, $3, $4, $5)`, f.Authority, f.ID, i+1, t.On.String(), strings.TrimSpace(t.How))
		if err != nil {
			return err
		}
	}
	return saveFindings(ctx, tx, f, e.Findings, by)
}

func saveAnswers(ctx context.Context, tx *store.DB, f Form, answers []PointAnswer) error {
	for _, p := range answers {
		if p.Answer == "" {
			continue
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO inspection_answer (authority_id, form_id, item_id, no, answer, note)
			VALUES ($1, $2, $3, $4, $5, $6)`, f.Authority, f.ID, p.ItemID, p.No, string(p.Answer), strings.TrimSpace(p.Note))
		if err != nil {
			return err
		}
	}
	return nil
}

// saveFindings numbers new findings after all that the form ever had, so that
// a number never means two things.
func saveFindings(ctx context.Context, tx *store.DB, f Form, findings []Finding, by string) error {
	last := 0
	for _, x := range f.Findings {
		last = max(last, x.No)
	}
	for _, x := range findings {
		closed := by
		if x.Open() {
			closed, x.Note = "", ""
		}
		if i := slices.IndexFunc(f.Findings, func(y Finding) bool { return x.No != 0 && y.No == x.No }); i >= 0 {
			x.Confirmed = f.Findings[i].Confirmed
		} else {
			last++
			x.No, x.Confirmed = last, false
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO inspection_finding (authority_id, form_id, `+findingCols+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			f.Authority, f.ID, x.No, strings.TrimSpace(x.Fact), strings.TrimSpace(x.Measure), x.DueOn.String(),
			string(x.Outcome), x.OutcomeOn.String(), strings.TrimSpace(x.Note), closed, x.Confirmed)
		if err != nil {
			return err
		}
	}
	return nil
}
