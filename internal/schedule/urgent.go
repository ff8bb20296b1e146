package schedule

import (
	"context"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// urgentHours is within how many hours the approval of an emergency is made
// good. 国办发〔2024〕54号 says at once (及时); the measure is that of the
// nearest law with a number, 行政强制法 Art. 19.
const urgentHours = 24

// Urgent is an inspection that began on the spot without approval.
type Urgent struct {
	RoundID     string
	TargetID    string
	No          int
	Reason      string
	Day         calendar.Date
	MadeBy      string
	MadeName    string
	MadeAt      time.Time
	DueAt       time.Time
	Verdict     string // empty: waits; approved, refused
	DecidedName string
	DecidedAt   time.Time
	Opinion     string
}

// Late reports whether the clock has run out, or the decision came after it.
// The last millisecond still counts.
func (u Urgent) Late(now time.Time) bool {
	if u.Verdict != "" {
		now = u.DecidedAt
	}
	return now.After(u.DueAt)
}

const urgentCols = `round_id, target_id, no, reason, day, made_by, made_name, made_at, due_at, verdict, decided_name, decided_at, opinion`

func scanUrgent(row store.Scanner) (u Urgent, err error) {
	var day string
	var made, due, decided int64
	err = row.Scan(&u.RoundID, &u.TargetID, &u.No, &u.Reason, &day, &u.MadeBy, &u.MadeName, &made, &due, &u.Verdict, &u.DecidedName, &decided, &u.Opinion)
	if err != nil {
		return u, err
	}
	u.MadeAt, u.DueAt, u.DecidedAt = time.UnixMilli(made).UTC(), time.UnixMilli(due).UTC(), time.UnixMilli(decided).UTC()
	return u, u.Day.UnmarshalText([]byte(day))
}

// Waiting returns the emergencies of an office whose approval is not made good.
func (s *Service) Waiting(ctx context.Context, authority string) ([]Urgent, error) {
	return store.All(ctx, s.DB, scanUrgent, `
		SELECT `+urgentCols+`
		FROM schedule_urgent
		WHERE authority_id = $1 AND verdict = ''
		ORDER BY due_at, round_id, target_id`, authority)
}

// Hurry declares that a firm is inspected on the spot before its approval, with
// the reason, and starts the clock. An inspector does so for firms of their own
// teams. A second declaration while the first waits changes nothing. Errors:
// Invalid without a reason; Conflict if it is approved for today anyway.
func (s *Service) Hurry(ctx context.Context, a access.Actor, roundID, target, reason string) error {
	if err := need("reason", "请写明为什么须当场检查，至少 10 个字", reason, 10); err != nil {
		return err
	}
	return s.Door.Do(ctx, a, access.UrgentDeclare, roundID+" "+target, func(tx *store.DB) error {
		x, err := s.open(ctx, tx, a, roundID)
		if err != nil {
			return err
		}
		v, err := x.Visit(target)
		if err != nil {
			return err
		}
		if err := s.ofTeam(ctx, a, v); err != nil {
			return err
		}
		if u := v.Urgent; u != nil && u.Verdict == "" {
			return nil
		}
		if v.pass(Going{On: s.today(), Visits: true, Exact: true}, x.To) == nil {
			return errs.E(errs.Conflict, "今天对这一户的检查已经批准，不需要登记紧急检查。没有任何改动")
		}
		no := 1
		if v.Urgent != nil {
			no = v.Urgent.No + 1
		}
		now := s.Now()
		_, err = tx.Exec(ctx, `
			INSERT INTO schedule_urgent (authority_id, round_id, target_id, no, reason, day, made_by, made_name, made_at, due_at,
				verdict, decided_by, decided_name, decided_at, opinion)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', '', '', 0, '')`,
			a.Authority, roundID, target, no, strings.TrimSpace(reason), s.today().String(), a.ID, a.Name, now.UnixMilli(), now.Add(urgentHours*time.Hour).UnixMilli())
		return err
	})
}

// ofTeam holds that who is no clerk speaks for firms of their own teams.
func (s *Service) ofTeam(ctx context.Context, a access.Actor, v Visit) error {
	if access.Allow(a, access.ScheduleEdit) {
		return nil
	}
	acc, err := s.Identity.Account(ctx, a.Authority, a.ID)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return err
	}
	for _, o := range v.Team {
		if o.ID == acc.OfficerID {
			return nil
		}
	}
	return errs.E(errs.Forbidden, "这一户不是您所在检查组的任务，没有任何改动")
}

// DecideUrgent makes the approval of an emergency good, or refuses it. Late is
// possible, and stays to be seen. Errors: Conflict if it was decided; Forbidden
// for who declared it; Invalid without a reason for the refusal.
func (s *Service) DecideUrgent(ctx context.Context, a access.Actor, roundID, target string, approve bool, opinion string) error {
	least, verdict := 0, "approved"
	if !approve {
		least, verdict = 5, "refused"
	}
	if err := need("opinion", "请写明不同意的原因，至少 5 个字", opinion, least); err != nil {
		return err
	}
	return s.Door.Do(ctx, a, access.ScheduleApprove, roundID+" "+target+" urgent "+verdict, func(tx *store.DB) error {
		x, err := s.open(ctx, tx, a, roundID)
		if err != nil {
			return err
		}
		v, err := x.Visit(target)
		if err != nil {
			return err
		}
		u := v.Urgent
		if u == nil || u.Verdict != "" {
			return errs.E(errs.Conflict, "没有等待补办批准的紧急检查：可能刚刚已有人处理，没有任何改动，请刷新页面")
		}
		if u.MadeBy == a.ID {
			return errs.E(errs.Forbidden, "紧急检查是您登记的，须由其他负责人处理。没有任何改动")
		}
		_, err = tx.Exec(ctx, `
			UPDATE schedule_urgent
			SET verdict = $5, decided_by = $6, decided_name = $7, decided_at = $8, opinion = $9
			WHERE authority_id = $1 AND round_id = $2 AND target_id = $3 AND no = $4`,
			a.Authority, roundID, target, u.No, verdict, a.ID, a.Name, s.Now().UnixMilli(), strings.TrimSpace(opinion))
		return err
	})
}
