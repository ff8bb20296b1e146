package register

import (
	"context"
	"fmt"
	"time"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/internal/wording"
)

// longestReason is the most characters of a reason.
const longestReason = 200

// reasoned cleans a reason and refuses an empty or a very long one, at the
// form's input.
func reasoned(field, reason string) (string, error) {
	reason, _ = wording.Clean(reason, false)
	if reason == "" {
		return "", errs.At(field, "请填写原因")
	}
	if len([]rune(reason)) > longestReason {
		return "", errs.At(field, fmt.Sprintf("原因请在 %d 字以内", longestReason))
	}
	return reason, nil
}

// Withdraw takes a target out of the register, for a reason that stays with
// it. An import that names it again puts it back. Errors: Invalid without a
// reason; NotFound; Conflict if it is out already.
func (s *Service) Withdraw(ctx context.Context, a access.Actor, targetID, reason string) error {
	return s.withdraw(ctx, a, Targets, targetID, reason)
}

// WithdrawOfficer takes an officer out of the register: transferred, retired,
// certificate revoked (1.11). Otherwise as Withdraw.
func (s *Service) WithdrawOfficer(ctx context.Context, a access.Actor, officerID, reason string) error {
	return s.withdraw(ctx, a, Officers, officerID, reason)
}

// WithdrawItem takes an item off the list. Otherwise as Withdraw.
func (s *Service) WithdrawItem(ctx context.Context, a access.Actor, itemID, reason string) error {
	return s.withdraw(ctx, a, Items, itemID, reason)
}

func (s *Service) withdraw(ctx context.Context, a access.Actor, list List, id, reason string) error {
	reason, err := reasoned("reason", reason)
	if err != nil {
		return err
	}
	t := tables[list]
	err = s.door.Do(ctx, a, access.RegisterEdit, string(list)+"/"+id, func(tx *store.DB) error {
		version, err := s.Turn(ctx, tx, a.Authority, list)
		if err != nil {
			return err
		}
		active, err := store.One(ctx, tx, store.Value[bool], `SELECT active FROM `+t.table+` WHERE authority_id = $1 AND `+t.id+` = $2`, a.Authority, id)
		if err != nil {
			return err
		}
		if !active {
			return errs.E(errs.Conflict, "此前已移出名录，没有改动")
		}
		today := s.today().String()
		if err := t.layAside(ctx, tx, a.Authority, id, Moment{version, s.today()}); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			UPDATE `+t.table+`
			SET active = $3, reason = $4, version = $5, since = CASE WHEN since > $6 THEN since ELSE $6 END
			WHERE authority_id = $1 AND `+t.id+` = $2`, a.Authority, id, false, reason, version, today)
		if err != nil {
			return err
		}
		return s.Conclude(ctx, tx, a, Version{List: list, Number: version, Withdrawn: 1, Source: reason})
	})
	if err != nil {
		return fmt.Errorf("withdraw %s/%s: %w", list, id, err)
	}
	return nil
}

// Recusal bars an officer from inspecting a target (回避): a relative, a
// former post, a shareholding.
type Recusal struct {
	OfficerID   string
	OfficerName string
	TargetID    string
	TargetName  string
	Reason      string // never public
	At          time.Time
}

func scanRecusal(row store.Scanner) (r Recusal, err error) {
	var at int64
	err = row.Scan(&r.OfficerID, &r.OfficerName, &r.TargetID, &r.TargetName, &r.Reason, &at)
	r.At = store.Instant(at)
	return r, err
}

// Recusals returns every recusal of an authority, by officer, then target.
func (s *Service) Recusals(ctx context.Context, authority string) ([]Recusal, error) {
	return store.All(ctx, s.db, scanRecusal, `
		SELECT r.officer_id, o.name, r.target_id, t.name, r.reason, r.at
		FROM register_recusal r
		JOIN register_officer o ON o.authority_id = r.authority_id AND o.officer_id = r.officer_id
		JOIN register_target t ON t.authority_id = r.authority_id AND t.target_id = r.target_id
		WHERE r.authority_id = $1
		ORDER BY r.officer_id, r.target_id`, authority)
}

// Recuse bars an officer from a target, in the transaction of the room that
// keeps the grounds; nothing changes if they are barred already.
func (s *Service) Recuse(ctx context.Context, tx *store.DB, authority, officerID, targetID, reason string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO register_recusal (authority_id, officer_id, target_id, reason, at)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (authority_id, officer_id, target_id) DO NOTHING`, authority, officerID, targetID, reason, s.now().UnixMilli())
	return err
}

// EndRecusal lets an officer inspect a target again, in the transaction of the
// room that keeps the grounds.
func (s *Service) EndRecusal(ctx context.Context, tx *store.DB, authority, officerID, targetID string) error {
	_, err := tx.Exec(ctx, `
		DELETE FROM register_recusal
		WHERE authority_id = $1 AND officer_id = $2 AND target_id = $3`, authority, officerID, targetID)
	return err
}
