package staffing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/round"
	"suiji/internal/store"
)

// Reasons are the reasons for which an officer leaves all firms at once, as
// codes of round.AbsenceReasons.
var Reasons = []string{"left", "certificate"}

// Leave is an officer's leaving of all firms not yet inspected: proposed by the
// office, decided by a second person.
type Leave struct {
	No         int
	OfficerID  string
	Reason     string // code
	Evidence   string
	Proof      string // digest of the file
	ProposedBy string
	ProposedAt time.Time
	DecidedBy  string // account; empty: not decided
	DecidedAt  time.Time
	Approved   bool
	Firms      []LeftFirm
}

// LeftFirm is one firm of a leaving.
type LeftFirm struct {
	RoundID      string
	TargetID     string
	Firm         string // name
	Substitution int    // number of the proposal in the round
	Outcome      Outcome
}

// Outcome is what became of a firm whose officer left.
type Outcome string

// The outcomes.
const (
	Waiting   Outcome = "waiting"
	Replaced  Outcome = "replaced"
	Exhausted Outcome = "exhausted"
	Refused   Outcome = "refused"
	Inspected Outcome = "inspected"
)

// Name returns the outcome in Chinese.
func (o Outcome) Name() string {
	return map[Outcome]string{Waiting: "待审批", Replaced: "候补已按次序接替", Exhausted: "候补已用完，须另行指派", Refused: "不同意替换",
		Inspected: "审批前已录入检查结果，不再替换"}[o]
}

const leaveCols = `no, officer_id, reason, evidence, proof, proposed_by, proposed_at, decided_by, decided_at, approved`

func scanLeave(row store.Scanner) (l Leave, err error) {
	var proposed, decided int64
	err = row.Scan(&l.No, &l.OfficerID, &l.Reason, &l.Evidence, &l.Proof, &l.ProposedBy, &proposed, &l.DecidedBy, &decided, &l.Approved)
	l.ProposedAt, l.DecidedAt = time.UnixMilli(proposed).UTC(), time.UnixMilli(decided).UTC()
	return l, err
}

// Leaves returns an officer's leavings, the newest first.
func (s *Service) Leaves(ctx context.Context, authority, officer string) ([]Leave, error) {
	all, err := store.All(ctx, s.DB, scanLeave, `
		SELECT `+leaveCols+`
		FROM staffing_leave
		WHERE authority_id = $1 AND officer_id = $2
		ORDER BY no DESC`, authority, officer)
	for i := range all {
		if err == nil {
			all[i].Firms, err = leftFirms(ctx, s.DB, authority, all[i].No)
		}
	}
	return all, err
}

func leftFirms(ctx context.Context, db *store.DB, authority string, no int) ([]LeftFirm, error) {
	scan := func(row store.Scanner) (f LeftFirm, err error) {
		err = row.Scan(&f.RoundID, &f.TargetID, &f.Firm, &f.Substitution, &f.Outcome)
		return f, err
	}
	return store.All(ctx, db, scan, `
		SELECT f.round_id, f.target_id, t.name, f.substitution, f.outcome
		FROM staffing_leave_firm f
		JOIN register_target t ON t.authority_id = f.authority_id AND t.target_id = f.target_id
		WHERE f.authority_id = $1 AND f.no = $2
		ORDER BY f.round_id, f.target_id`, authority, no)
}

// Leave proposes the next reserve for each firm that the officer was dealt and
// has not inspected. Firms for which a substitution waits already are left to
// it. Errors: Invalid without a reason, evidence or file; Conflict if there is
// no such firm.
func (s *Service) Leave(ctx context.Context, a access.Actor, l Leave) error {
	if !slices.Contains(Reasons, l.Reason) {
		return errs.At("leave-reason", "请选择离开的原因")
	}
	return s.Door.Do(ctx, a, access.OfficerReplace, "officers/"+l.OfficerID, func(tx *store.DB) error {
		all, err := duties(ctx, tx, a.Authority, l.OfficerID)
		if err != nil {
			return err
		}
		count, err := store.One(ctx, tx, store.Value[int], `SELECT count(*) FROM staffing_leave WHERE authority_id = $1`, a.Authority)
		if err != nil {
			return err
		}
		no := count + 1
		_, err = tx.Exec(ctx, `
			INSERT INTO staffing_leave (authority_id, `+leaveCols+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', 0, $9)`,
			a.Authority, no, l.OfficerID, l.Reason, l.Evidence, l.Proof, a.ID, s.Now().UnixMilli(), false)
		if err != nil {
			return err
		}
		proposed := 0
		for _, d := range all {
			if d.Inspected() || d.Waiting {
				continue
			}
			if err := s.leaveFirm(ctx, tx, a, no, l, d); err != nil {
				return err
			}
			proposed++
		}
		if proposed == 0 {
			return errs.E(errs.Conflict, "此人没有待检查且可以替换的户，没有提出申请")
		}
		return nil
	})
}

func (s *Service) leaveFirm(ctx context.Context, tx *store.DB, a access.Actor, no int, l Leave, d Duty) error {
	b := round.Absence{TargetID: d.TargetID, OfficerID: l.OfficerID, Reason: l.Reason, Evidence: l.Evidence, Proof: l.Proof}
	if err := b.Check(); err != nil {
		return err
	}
	n, err := s.Round.SubstituteTx(ctx, tx, a, d.RoundID, b)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO staffing_leave_firm (authority_id, no, round_id, target_id, substitution, outcome)
		VALUES ($1, $2, $3, $4, $5, 'waiting')`, a.Authority, no, d.RoundID, d.TargetID, n)
	return err
}

// DecideLeave decides all firms of a leaving at once. On approval each firm's
// next reserve joins its team, each an event of its own; a firm whose reserves
// are used up keeps its place in the list, for an assignment by hand; a firm
// that was inspected meanwhile is not touched. Errors: Forbidden to the
// proposer; NotFound if it is decided.
func (s *Service) DecideLeave(ctx context.Context, a access.Actor, no int, approve bool) error {
	return s.Door.Do(ctx, a, access.ReplaceApprove, fmt.Sprintf("leave %d", no), func(tx *store.DB) error {
		l, err := store.One(ctx, tx, scanLeave, `
			SELECT `+leaveCols+`
			FROM staffing_leave
			WHERE authority_id = $1 AND no = $2 AND decided_by = ''`, a.Authority, no)
		if errs.KindOf(err) == errs.NotFound {
			return errs.E(errs.Conflict, "这项申请已经办理过，没有改动")
		}
		if err != nil {
			return err
		}
		if l.ProposedBy == a.ID {
			return errs.E(errs.Forbidden, "替换须由提出人以外的第二人审批")
		}
		firms, err := leftFirms(ctx, tx, a.Authority, no)
		if err != nil {
			return err
		}
		done, err := s.inspected(ctx, tx, a.Authority, l.OfficerID)
		if err != nil {
			return err
		}
		for _, f := range firms {
			if err := s.decideFirm(ctx, tx, a, no, f, approve, done[f.RoundID+" "+f.TargetID]); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `
			UPDATE staffing_leave
			SET decided_by = $3, decided_at = $4, approved = $5
			WHERE authority_id = $1 AND no = $2`, a.Authority, no, a.ID, s.Now().UnixMilli(), approve)
		return err
	})
}

// inspected returns the firms, by round and id, that an officer has inspected.
func (s *Service) inspected(ctx context.Context, tx *store.DB, authority, officer string) (map[string]bool, error) {
	done := map[string]bool{}
	all, err := duties(ctx, tx, authority, officer)
	for _, d := range all {
		done[d.RoundID+" "+d.TargetID] = d.Inspected()
	}
	return done, err
}

// decideFirm decides one firm's proposal; one that somebody decided on the
// firm's own page before, or whose round was closed, is left as it is.
func (s *Service) decideFirm(ctx context.Context, tx *store.DB, a access.Actor, no int, f LeftFirm, approve, inspected bool) error {
	outcome := Replaced
	switch {
	case inspected:
		outcome = Inspected
	case !approve:
		outcome = Refused
	}
	err := s.Round.DecideSubstitutionTx(ctx, tx, a, f.RoundID, f.Substitution, outcome == Replaced)
	if errors.Is(err, round.ErrExhausted) {
		outcome = Exhausted
		err = s.Round.DecideSubstitutionTx(ctx, tx, a, f.RoundID, f.Substitution, false)
	}
	if kind := errs.KindOf(err); kind == errs.NotFound {
		outcome, err = s.alone(ctx, tx, a.Authority, f)
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE staffing_leave_firm
		SET outcome = $5
		WHERE authority_id = $1 AND no = $2 AND round_id = $3 AND target_id = $4`, a.Authority, no, f.RoundID, f.TargetID, string(outcome))
	return err
}

// alone says how a proposal was decided by itself.
func (s *Service) alone(ctx context.Context, tx *store.DB, authority string, f LeftFirm) (Outcome, error) {
	approved, err := store.One(ctx, tx, store.Value[bool], `
		SELECT approved
		FROM round_substitution
		WHERE authority_id = $1 AND round_id = $2 AND no = $3`, authority, f.RoundID, f.Substitution)
	if approved {
		return Replaced, err
	}
	return Refused, err
}
