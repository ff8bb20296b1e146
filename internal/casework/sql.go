package casework

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"suiji/calendar"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/schedule"
	"suiji/internal/store"
)

const matterCols = `authority_id, form_id, ref, no, round_id, kind, state, ending, person, person_name, opened_on, ended_on, file`

func scanMatter(row store.Scanner) (m Matter, err error) {
	var opened, ended, file string
	err = row.Scan(&m.Authority, &m.FormID, &m.Ref, &m.No, &m.RoundID, &m.Kind, &m.State, &m.Ending, &m.Person, &m.PersonName, &opened, &ended, &file)
	if err != nil {
		return m, err
	}
	if err := m.OpenedOn.UnmarshalText([]byte(opened)); err != nil {
		return m, err
	}
	if err := m.EndedOn.UnmarshalText([]byte(ended)); err != nil {
		return m, err
	}
	return m, json.Unmarshal([]byte(file), &m.File)
}

func readMatters(ctx context.Context, db *store.DB, authority, form, ref string) ([]Matter, error) {
	return store.All(ctx, db, scanMatter, `
		SELECT `+matterCols+`
		FROM casework_matter
		WHERE authority_id = $1 AND form_id = $2 AND ref = $3
		ORDER BY no`, authority, form, ref)
}

// readOf reads every matter of a kind.
func readOf(ctx context.Context, db *store.DB, authority string, k Kind) ([]Matter, error) {
	return store.All(ctx, db, scanMatter, `
		SELECT `+matterCols+`
		FROM casework_matter
		WHERE authority_id = $1 AND kind = $2
		ORDER BY form_id, ref, no`, authority, string(k))
}

func insertMatter(ctx context.Context, tx *store.DB, m Matter) error {
	file, err := json.Marshal(m.File)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO casework_matter (`+matterCols+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		m.Authority, m.FormID, m.Ref, m.No, m.RoundID, string(m.Kind), string(m.State), string(m.Ending), m.Person, m.PersonName,
		m.OpenedOn.String(), m.EndedOn.String(), string(file))
	return err
}

func updateMatter(ctx context.Context, tx *store.DB, m Matter) error {
	file, err := json.Marshal(m.File)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE casework_matter
		SET state = $5, ending = $6, person = $7, person_name = $8, ended_on = $9, file = $10
		WHERE authority_id = $1 AND form_id = $2 AND ref = $3 AND no = $4`,
		m.Authority, m.FormID, m.Ref, m.No, string(m.State), string(m.Ending), m.Person, m.PersonName, m.EndedOn.String(), string(file))
	return err
}

func readSteps(ctx context.Context, db *store.DB, authority, form, ref string) ([]Step, error) {
	return store.All(ctx, db, func(row store.Scanner) (s Step, err error) {
		var day string
		var at int64
		if err := row.Scan(&s.No, &s.Act, &s.Text, &day, &s.ByID, &s.ByName, &at); err != nil {
			return s, err
		}
		s.At = time.UnixMilli(at).UTC()
		return s, s.Day.UnmarshalText([]byte(day))
	}, `
		SELECT no, act, text, day, by_id, by_name, at
		FROM casework_step
		WHERE authority_id = $1 AND form_id = $2 AND ref = $3
		ORDER BY step`, authority, form, ref)
}

func insertStep(ctx context.Context, tx *store.DB, m Matter, step int, s Step) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO casework_step (authority_id, form_id, ref, step, no, act, text, day, by_id, by_name, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		m.Authority, m.FormID, m.Ref, step, s.No, s.Act, s.Text, s.Day.String(), s.ByID, s.ByName, s.At.UnixMilli())
	return err
}

func readPapers(ctx context.Context, db *store.DB, authority, form, ref string) ([]schedule.Paper, error) {
	return store.All(ctx, db, func(row store.Scanner) (p schedule.Paper, err error) {
		var at int64
		err = row.Scan(&p.Digest, &p.Name, &p.Kind, &p.Size, &at)
		p.At = time.UnixMilli(at).UTC()
		return p, err
	}, `
		SELECT digest, name, kind, size, at
		FROM casework_paper
		WHERE authority_id = $1 AND form_id = $2 AND ref = $3
		ORDER BY at, digest`, authority, form, ref)
}

const penaltyCols = `p.number, p.form_id, p.ref, p.no, p.state, p.decided_on, p.fact, p.basis, p.kinds, p.amount, p.class, p.months, p.begins_on, p.ends_on,
	p.drafted_by, p.drafted_name, p.checked_name, p.checked_at, p.revoked_on, p.revoked_name, p.reason, f.round_id, t.target_id, t.name, t.code`

const penaltyTables = `casework_penalty p
	JOIN inspection_form f ON f.authority_id = p.authority_id AND f.form_id = p.form_id
	JOIN register_target t ON t.authority_id = f.authority_id AND t.target_id = f.target_id`

func scanPenalty(row store.Scanner) (p Penalty, err error) {
	var decided, begins, ends, revoked string
	var checked int64
	err = row.Scan(&p.Number, &p.FormID, &p.Ref, &p.No, &p.State, &decided, &p.Fact, &p.Basis, &p.Kinds, &p.Amount, &p.Class, &p.Months, &begins, &ends,
		&p.DraftedBy, &p.DraftedName, &p.CheckedName, &checked, &revoked, &p.RevokedName, &p.Reason, &p.RoundID, &p.TargetID, &p.Firm, &p.FirmCode)
	if err != nil {
		return p, err
	}
	if checked != 0 {
		p.CheckedAt = time.UnixMilli(checked).UTC()
	}
	for _, d := range []struct {
		text string
		to   *calendar.Date
	}{{decided, &p.DecidedOn}, {begins, &p.BeginsOn}, {ends, &p.EndsOn}, {revoked, &p.RevokedOn}} {
		if bad := d.to.UnmarshalText([]byte(d.text)); bad != nil {
			err = bad
		}
	}
	return p, err
}

// Penalties lists an authority's penalties, the latest decision first; of one
// firm, if target is not empty. What is only drafted is among them.
func (s *Service) Penalties(ctx context.Context, authority, target string) ([]Penalty, error) {
	return s.PenaltiesTx(ctx, s.DB, authority, target)
}

// PenaltiesTx is Penalties inside a transaction.
func (s *Service) PenaltiesTx(ctx context.Context, db *store.DB, authority, target string) ([]Penalty, error) {
	where, args := store.Given([]any{authority}, "t.target_id", target)
	piece, args := inspection.Within(ctx, args...)
	return store.All(ctx, db, scanPenalty, `
		SELECT `+penaltyCols+`
		FROM `+penaltyTables+`
		WHERE p.authority_id = $1`+where+piece+`
		ORDER BY p.decided_on DESC, p.number`, args...)
}

// PenaltyPage lists at most limit of an authority's penalties, the latest decision
// first, leaving skip out; and says how many there are.
func (s *Service) PenaltyPage(ctx context.Context, authority string, skip, limit int) (list []Penalty, total int, err error) {
	piece, args := inspection.Within(ctx, authority)
	from := `
		FROM ` + penaltyTables + `
		WHERE p.authority_id = $1` + piece
	if total, err = store.One(ctx, s.DB, store.Value[int], `SELECT count(*)`+from, args...); err != nil {
		return nil, 0, err
	}
	args = append(args, limit, skip)
	list, err = store.All(ctx, s.DB, scanPenalty, `
		SELECT `+penaltyCols+from+fmt.Sprintf(`
		ORDER BY p.decided_on DESC, p.number
		LIMIT $%d OFFSET $%d`, len(args)-1, len(args)), args...)
	return list, total, err
}

// Penalty returns the decision with a number, or NotFound.
func (s *Service) Penalty(ctx context.Context, authority, number string) (Penalty, error) {
	return oneOf(ctx, s.DB, authority, number)
}

func oneOf(ctx context.Context, db *store.DB, authority, number string) (Penalty, error) {
	piece, args := inspection.Within(ctx, authority, number)
	p, err := store.One(ctx, db, scanPenalty, `
		SELECT `+penaltyCols+`
		FROM `+penaltyTables+`
		WHERE p.authority_id = $1 AND p.number = $2`+piece, args...)
	if errs.KindOf(err) == errs.NotFound {
		err = errs.E(errs.NotFound, "没有这份处罚决定")
	}
	return p, err
}

func penaltyOf(ctx context.Context, db *store.DB, m Matter) (Penalty, error) {
	return store.One(ctx, db, scanPenalty, `
		SELECT `+penaltyCols+`
		FROM `+penaltyTables+`
		WHERE p.authority_id = $1 AND p.form_id = $2 AND p.ref = $3 AND p.no = $4`, m.Authority, m.FormID, m.Ref, m.No)
}

func insertPenalty(ctx context.Context, tx *store.DB, authority string, p Penalty) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO casework_penalty (authority_id, number, form_id, ref, no, state, decided_on, fact, basis, kinds, amount, class, months, begins_on, ends_on,
			drafted_by, drafted_name, checked_name, checked_at, revoked_on, revoked_name, reason)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '', '', $14, $15, '', 0, '', '', '')`,
		authority, p.Number, p.FormID, p.Ref, p.No, p.State, p.DecidedOn.String(), p.Fact, p.Basis, p.Kinds, p.Amount, string(p.Class), p.Months,
		p.DraftedBy, p.DraftedName)
	return err
}

func updatePenalty(ctx context.Context, tx *store.DB, authority string, p Penalty) error {
	checked := int64(0)
	if !p.CheckedAt.IsZero() {
		checked = p.CheckedAt.UnixMilli()
	}
	_, err := tx.Exec(ctx, `
		UPDATE casework_penalty
		SET state = $3, begins_on = $4, ends_on = $5, checked_name = $6, checked_at = $7, revoked_on = $8, revoked_name = $9, reason = $10
		WHERE authority_id = $1 AND number = $2`,
		authority, p.Number, p.State, p.BeginsOn.String(), p.EndsOn.String(), p.CheckedName, checked, p.RevokedOn.String(), p.RevokedName, p.Reason)
	return err
}

// dropDraft takes away a decision that was never checked.
func dropDraft(ctx context.Context, tx *store.DB, authority string, m Matter) error {
	_, err := tx.Exec(ctx, `
		DELETE FROM casework_penalty
		WHERE authority_id = $1 AND form_id = $2 AND ref = $3 AND no = $4 AND state = 'drafted'`, authority, m.FormID, m.Ref, m.No)
	return err
}
