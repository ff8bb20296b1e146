// Package staffing follows what happens to officers after they were dealt: a
// recusal that is declared only then, and an officer who leaves while firms
// wait. Either becomes proposals of substitution in the rounds concerned: a
// second person decides, and the next reserve in drawn order comes. It owns
// the tables staffing_….
package staffing

import (
	"context"
	"time"

	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/register"
	"suiji/internal/roster"
	"suiji/internal/round"
	"suiji/internal/store"
)

// Service follows an installation's officers.
type Service struct {
	Config
}

// Config is what a Service stands on. All are required.
type Config struct {
	DB       *store.DB
	Door     *audit.Door
	Now      func() time.Time
	Identity *identity.Service
	Register *register.Service
	Roster   *roster.Service
	Round    *round.Service
}

// New makes the service.
func New(c Config) *Service { return &Service{c} }

// Duty is one firm that an officer was dealt, in a round that is not closed.
type Duty struct {
	RoundID  string
	TargetID string
	Firm     string // name
	State    inspection.State
	ByHand   bool
	Waiting  bool // a substitution for the firm waits for its decision
	Reserves int  // left
}

// Inspected reports whether the firm's result was entered: then who inspected
// stands in the record, and nobody is replaced any more.
func (d Duty) Inspected() bool { return d.State != "" && d.State != inspection.Issued }

func scanDuty(row store.Scanner) (d Duty, err error) {
	err = row.Scan(&d.RoundID, &d.TargetID, &d.Firm, &d.State, &d.ByHand, &d.Waiting, &d.Reserves)
	return d, err
}

// Duties returns the firms that an officer is to inspect or has inspected, of
// rounds that are not closed.
func (s *Service) Duties(ctx context.Context, authority, officer string) ([]Duty, error) {
	return duties(ctx, s.DB, authority, officer)
}

func duties(ctx context.Context, db *store.DB, authority, officer string) ([]Duty, error) {
	return store.All(ctx, db, scanDuty, `
		SELECT m.round_id, m.target_id, t.name, coalesce(f.state, ''), m.by_hand,
			EXISTS (SELECT 1 FROM round_substitution x
				WHERE x.authority_id = m.authority_id AND x.round_id = m.round_id AND x.target_id = m.target_id AND x.slot = m.slot AND x.decided_by = ''),
			(SELECT count(*) FROM round_officer o
				WHERE o.authority_id = m.authority_id AND o.round_id = m.round_id AND o.target_id = m.target_id AND o.slot = m.slot AND o.state = 'reserve')
		FROM round_officer m
		JOIN round r ON r.authority_id = m.authority_id AND r.round_id = m.round_id
		JOIN register_target t ON t.authority_id = m.authority_id AND t.target_id = m.target_id
		LEFT JOIN inspection_form f ON f.authority_id = m.authority_id AND f.round_id = m.round_id AND f.target_id = m.target_id AND f.slot = m.slot
		WHERE m.authority_id = $1 AND m.officer_id = $2 AND m.state = 'team' AND r.state = 'matched'
		ORDER BY m.round_id, m.target_id`, authority, officer)
}

// Recuse enters a recusal for all draws to come. Where the officer was dealt
// the firm already and has not inspected it, it also proposes the next reserve,
// with the reason that the rule gives. It returns how many it proposed. An
// inspector declares for themself only. Errors: those of
// roster.Service.Declare; Forbidden.
func (s *Service) Recuse(ctx context.Context, a access.Actor, officer string, n roster.NewDeclaration) (proposed int, err error) {
	err = s.Door.Do(ctx, a, access.RecusalDeclare, "officers/"+officer, func(tx *store.DB) error {
		proposed = 0
		if err := s.own(ctx, a, officer); err != nil {
			return err
		}
		if o, err := s.Register.Officer(ctx, a.Authority, officer); err != nil {
			return err
		} else if !o.Active {
			return errs.E(errs.Conflict, "此人已移出名录，没有改动")
		}
		target, err := s.Roster.DeclareTx(ctx, tx, a, officer, n)
		if err != nil {
			return err
		}
		all, err := duties(ctx, tx, a.Authority, officer)
		if err != nil {
			return err
		}
		for _, d := range all {
			if d.TargetID != target || d.Inspected() || d.Waiting {
				continue
			}
			_, err := s.Round.SubstituteTx(ctx, tx, a, d.RoundID, round.Absence{TargetID: target, OfficerID: officer, Reason: "recusal",
				Evidence: "抽取以后申报的回避，已登记在人员名录"})
			if err != nil {
				return err
			}
			proposed++
		}
		return nil
	})
	return proposed, err
}

// own holds that who may only speak for themself does.
func (s *Service) own(ctx context.Context, a access.Actor, officer string) error {
	if access.Allow(a, access.RegisterEdit) {
		return nil
	}
	acc, err := s.Identity.Account(ctx, a.Authority, a.ID)
	if err == nil && acc.OfficerID != officer || errs.KindOf(err) == errs.NotFound {
		return errs.E(errs.Forbidden, "检查人员只能为自己申报回避；他人的回避由经办人登记")
	}
	return err
}
