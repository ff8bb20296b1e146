package inspection

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/round"
	"suiji/internal/store"
)

// Issue makes one form for each firm that the round has confirmed, and for each
// department that has to inspect it, numbered in the order of the drawn list, with the check points of the task's items
// as they stand. A round whose forms are out already is left as it is.
// Errors: Conflict if the round is not matched, is a rehearsal, or nothing of
// its schedule was approved.
func (s *Service) Issue(ctx context.Context, a access.Actor, roundID string) error {
	return s.Door.Do(ctx, a, access.FormIssue, roundID, func(tx *store.DB) error {
		issued, err := store.One(ctx, tx, store.Value[int64], `
			SELECT count(*)
			FROM inspection_form
			WHERE authority_id = $1 AND round_id = $2`, a.Authority, roundID)
		if err != nil || issued > 0 {
			return err
		}
		if err := issuable(ctx, tx, a.Authority, roundID); err != nil {
			return err
		}
		if err := s.Schedule.ReadyTx(ctx, tx, a.Authority, roundID); err != nil {
			return err
		}
		if err := copyPoints(ctx, tx, a.Authority, roundID); err != nil {
			return err
		}
		return s.insertForms(ctx, tx, a, roundID)
	})
}

// issuable says why a round cannot have forms.
func issuable(ctx context.Context, tx *store.DB, authority, roundID string) error {
	r, err := store.One(ctx, tx, func(row store.Scanner) (r round.Round, err error) {
		err = row.Scan(&r.State, &r.Rehearsal)
		return r, err
	}, `
		SELECT state, rehearsal
		FROM round
		WHERE authority_id = $1 AND round_id = $2`, authority, roundID)
	if err != nil {
		return err
	}
	if r.Rehearsal {
		return errs.E(errs.Conflict, "演练轮次不生成检查表")
	}
	if r.State != round.Matched {
		return errs.E(errs.Conflict, "检查人员匹配完成以后才能生成检查表，没有生成任何检查表")
	}
	return nil
}

type listedPoint struct {
	itemID, item, text, basis, slot string
	no                              int
}

func scanListedPoint(row store.Scanner) (p listedPoint, err error) {
	err = row.Scan(&p.itemID, &p.item, &p.no, &p.text, &p.basis, &p.slot)
	return p, err
}

// copyPoints fixes the check points of the round's task. An item without
// points is a point itself, so that there is something to answer.
func copyPoints(ctx context.Context, tx *store.DB, authority, roundID string) error {
	points, err := store.All(ctx, tx, scanListedPoint, `
		SELECT t.item_id, t.name, coalesce(p.no, 1), coalesce(p.text, t.name), coalesce(nullif(p.basis, ''), t.basis), t.slot
		FROM round r
		JOIN plan_item t ON t.authority_id = r.authority_id AND t.plan_id = r.plan_id AND t.task_no = r.task_no
		LEFT JOIN register_item_point p ON p.authority_id = t.authority_id AND p.item_id = t.item_id
		WHERE r.authority_id = $1 AND r.round_id = $2
		ORDER BY t.item_id, p.no`, authority, roundID)
	if err != nil {
		return err
	}
	if len(points) == 0 {
		return errs.E(errs.Conflict, "计划里这项任务没有抽查事项，不能生成检查表")
	}
	for _, p := range points {
		_, err := tx.Exec(ctx, `
			INSERT INTO inspection_point (authority_id, round_id, item_id, no, item, text, basis, slot)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, authority, roundID, p.itemID, p.no, p.item, p.text, p.basis, p.slot)
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) insertForms(ctx context.Context, tx *store.DB, a access.Actor, roundID string) error {
	targets, err := store.All(ctx, tx, func(row store.Scanner) (x [2]string, err error) {
		return x, row.Scan(&x[0], &x[1])
	}, `
		SELECT t.target_id, t.slots
		FROM round_target t
		JOIN round_quota q ON q.authority_id = t.authority_id AND q.round_id = t.round_id AND q.name = t.stratum
		WHERE t.authority_id = $1 AND t.round_id = $2 AND t.state = 'confirmed'
		ORDER BY q.no, t.rank`, a.Authority, roundID)
	if err != nil {
		return err
	}
	insert, done, err := tx.Prepare(ctx, `
		INSERT INTO inspection_form (authority_id, form_id, round_id, target_id, no, code, state, started_on, ended_on,
			firm_person, refusal, summary, evidence, team, entered_by, entered_name, entered_at,
			confirmed_by, confirmed_name, confirmed_at, opinion, changed_name, changed_at, revision, slot)
		VALUES ($1, $2, $3, $4, $5, $6, 'issued', '', '', '', '', '', '', '', '', '', 0, '', '', 0, '', $7, $8, 1, $9)`)
	if err != nil {
		return err
	}
	defer done()
	now := s.Now().UnixMilli()
	for i, x := range targets {
		no, slots := i+1, strings.Split(x[1], ",")
		for k, slot := range slots {
			id := Serial(roundID, no)
			if len(slots) > 1 {
				id = fmt.Sprintf("%s-%d", id, k+1)
			}
			if err := insert(a.Authority, id, roundID, x[0], no, newCode(), a.Name, now, slot); err != nil {
				return fmt.Errorf("form %s: %w", id, err)
			}
		}
	}
	return nil
}

// Serial is a form's number: the round's id and the firm's place in the drawn
// list. Of several departments each has its own behind it: -1, -2, ….
func Serial(roundID string, no int) string { return fmt.Sprintf("%s.%04d", roundID, no) }

// CodeAlphabet is what form codes are made of: no 0 O, 1 I L, U V that would
// be mistaken for one another on paper.
const CodeAlphabet = "23456789ABCDEFGHJKMNPQRSTWXYZ"

// codeLength gives 29^8 codes, about 5·10^11: a guess at one of a thousand
// forms succeeds once in 500 million.
const codeLength = 8

// newCode draws a code evenly: bytes beyond the last whole multiple of the
// alphabet are thrown away.
func newCode() string {
	const whole = 256 - 256%len(CodeAlphabet)
	var code []byte
	var b [1]byte
	for len(code) < codeLength {
		rand.Read(b[:]) // never fails (crypto/rand)
		if int(b[0]) < whole {
			code = append(code, CodeAlphabet[int(b[0])%len(CodeAlphabet)])
		}
	}
	return string(code)
}
