package disclosure

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// repairWithin is how many working days the office has for an application.
const repairWithin = 10

// RepairState is how far an application has come.
type RepairState string

// The states.
const (
	RepairOpen    RepairState = "open"
	RepairGranted RepairState = "granted"
	RepairRefused RepairState = "refused"
)

// Name returns the state in Chinese.
func (s RepairState) Name() string {
	return map[RepairState]string{RepairOpen: "待决定", RepairGranted: "同意修复", RepairRefused: "不予修复"}[s]
}

// Repair is an application for the earlier end of a penalty's publication
// (信用修复).
type Repair struct {
	ID        string
	Penalty   string
	AppliedOn calendar.Date
	Words     string
	MadeAt    time.Time
	MadeBy    string
	State     RepairState
	Answer    string
	DecidedBy string
	DecidedAt time.Time

	Due     calendar.Date // zero: decided, or not known
	Explain string
}

// ApplyRepair enters a firm's application: what it did since.
// Errors: Invalid before the class's least time in public has passed.
func (s *Service) ApplyRepair(ctx context.Context, a access.Actor, penalty, words string, on calendar.Date) error {
	words = strings.TrimSpace(words)
	switch {
	case words == "":
		return errs.At("words", "请写明企业怎样纠正了违法行为、履行了义务")
	case utf8.RuneCountInString(words) > 1000 || !utf8.ValidString(words):
		return errs.At("words", "最多 1000 字")
	case on.Zero() || on.After(s.today()):
		return errs.At("applied_on", "请填写申请日期，不能在今天以后")
	}
	return s.Door.Do(ctx, a, access.RepairEnter, penalty, func(tx *store.DB) error {
		had, err := readPenalties(ctx, tx, a.Authority, `penalty_id = $2 AND current`, penalty)
		if err != nil {
			return err
		}
		if len(had) == 0 {
			return errs.E(errs.Conflict, "这条处罚信息目前没有公示，不需要修复，没有登记")
		}
		if first := had[0].RepairFrom(); on.Before(first) {
			return errs.At("applied_on", fmt.Sprintf("“%s”失信行为自公示之日起至少公示到 %s，之后才能申请修复", had[0].ClassName(), first))
		}
		all, err := readRepairs(ctx, tx, a.Authority, penalty)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(all, func(r Repair) bool { return r.State == RepairOpen }) {
			return errs.E(errs.Conflict, "这条处罚信息已有一件修复申请在办，没有重复登记")
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO disclosure_repair (authority_id, `+repairCols+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', '', 0)`, a.Authority, fmt.Sprintf("%s-r%d", penalty, len(all)+1), penalty, on.String(),
			words, s.Now().UnixMilli(), a.ID, string(RepairOpen))
		return err
	})
}

// DecideRepair decides an application by another hand than entered it; granted,
// the penalty leaves the public with that reason.
func (s *Service) DecideRepair(ctx context.Context, a access.Actor, id string, grant bool, answer string) error {
	if err := checkReason(answer); err != nil {
		return errs.At("answer", strings.ReplaceAll(errs.Sentence(err), "原因", "决定的理由"))
	}
	return s.Door.Do(ctx, a, access.RepairDecide, id, func(tx *store.DB) error {
		r, err := readRepair(ctx, tx, a.Authority, id)
		if err != nil {
			return err
		}
		if r.State != RepairOpen {
			return errs.E(errs.Conflict, "这件申请已经由"+r.DecidedBy+"决定，没有任何改动")
		}
		if r.MadeBy == a.ID {
			return errs.E(errs.Forbidden, "登记申请的人不能决定，请由另一位有权的同事办理；没有任何改动")
		}
		if r.State = RepairRefused; grant {
			r.State = RepairGranted
			if err := s.takeDown(ctx, tx, a, r.Penalty, PenaltyRepaired, "信用修复："+strings.TrimSpace(answer)); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `
			UPDATE disclosure_repair
			SET state = $3, answer = $4, decided_by = $5, decided_at = $6
			WHERE authority_id = $1 AND repair_id = $2`, a.Authority, id, string(r.State), strings.TrimSpace(answer), a.Name, s.Now().UnixMilli())
		return err
	})
}

// Repairs lists the applications for a penalty, or all, the newest first.
func (s *Service) Repairs(ctx context.Context, authority, penalty string) ([]Repair, error) {
	cal, err := s.Reference.Calendar(ctx)
	if err != nil {
		return nil, err
	}
	all, err := readRepairs(ctx, s.DB, authority, penalty)
	for i := range all {
		all[i].clock(cal)
	}
	return all, err
}

// Repair returns one application. Errors: NotFound.
func (s *Service) Repair(ctx context.Context, authority, id string) (Repair, error) {
	cal, err := s.Reference.Calendar(ctx)
	if err != nil {
		return Repair{}, err
	}
	r, err := readRepair(ctx, s.DB, authority, id)
	r.clock(cal)
	return r, err
}

// clock says by when an application that waits must be decided.
func (r *Repair) clock(cal calendar.Calendar) {
	if r.State != RepairOpen {
		return
	}
	d, err := cal.Deadline(r.AppliedOn, repairWithin, calendar.Workdays)
	if r.Explain = "申请日 " + words(d, err); err == nil {
		r.Due = d.Due
	}
}

const repairCols = `repair_id, penalty_id, applied_on, words, made_at, made_by, state, answer, decided_by, decided_at`

func scanRepair(row store.Scanner) (r Repair, err error) {
	var applied string
	var made, decided int64
	if err := row.Scan(&r.ID, &r.Penalty, &applied, &r.Words, &made, &r.MadeBy, &r.State, &r.Answer, &r.DecidedBy, &decided); err != nil {
		return r, err
	}
	r.MadeAt, r.DecidedAt = store.Instant(made), store.Instant(decided)
	return r, r.AppliedOn.UnmarshalText([]byte(applied))
}

func readRepair(ctx context.Context, db *store.DB, authority, id string) (Repair, error) {
	r, err := store.One(ctx, db, scanRepair, `
		SELECT `+repairCols+`
		FROM disclosure_repair
		WHERE authority_id = $1 AND repair_id = $2`, authority, id)
	if errs.KindOf(err) == errs.NotFound {
		return r, errs.E(errs.NotFound, "没有这件修复申请")
	}
	return r, err
}

func readRepairs(ctx context.Context, db *store.DB, authority, penalty string) ([]Repair, error) {
	return store.All(ctx, db, scanRepair, `
		SELECT `+repairCols+`
		FROM disclosure_repair
		WHERE authority_id = $1 AND ($2 = '' OR penalty_id = $2)
		ORDER BY made_at DESC, repair_id DESC`, authority, penalty)
}

// dropRepair ends the application for a penalty that leaves the public for
// another reason. One that is being granted is no more open.
func dropRepair(ctx context.Context, tx *store.DB, v PenaltyVersion, authority string) error {
	if v.State == PenaltyRepaired {
		return nil
	}
	_, err := tx.Exec(ctx, `
		UPDATE disclosure_repair
		SET state = 'refused', answer = $3, decided_by = '系统', decided_at = $4
		WHERE authority_id = $1 AND penalty_id = $2 AND state = 'open'`, authority, v.ID, "已停止公示，不需要修复："+v.Reason, v.PostedAt.UnixMilli())
	return err
}
