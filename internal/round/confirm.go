package round

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"suiji/internal/access"
	"suiji/internal/canon"
	"suiji/internal/errs"
	"suiji/internal/proof"
	"suiji/internal/store"
	"suiji/ledger"
)

// RemovalReasons are the reasons for which a drawn firm may be taken out of
// the list (1.21), as codes of the ledger, with their Chinese names. A cap is
// none: that is decided before the seal.
var RemovalReasons = []struct{ Code, Name string }{
	{"deregistered", "已注销"}, {"revoked", "已吊销"}, {"moved", "已迁出本辖区"},
	{"no-activity", "无本次抽查涉及的活动"}, {"duplicate", "与另一户为同一主体"}, {"merged", "并入其他部门的检查"},
}

// ReasonName returns a removal's reason in Chinese.
func ReasonName(code string) string {
	for _, r := range RemovalReasons {
		if r.Code == code {
			return r.Name
		}
	}
	return code
}

// Removal is the taking out of one drawn firm: proposed by the list
// administrator, decided by a second person.
type Removal struct {
	TargetID   string
	Reason     string // code
	Evidence   string
	ProposedBy string // account
	ProposedAt time.Time
	DecidedBy  string // account; empty: not decided
	DecidedAt  time.Time
	Approved   bool
	Promoted   string // the reserve that took the place; empty: none was left
	Salt       string // of the ledger's digest of the firm
	Proof      string // digest of the file that shows the reason
	ProofSalt  string // of the ledger's digest of it; never public
}

const removalCols = `target_id, reason, evidence, proposed_by, proposed_at, decided_by, decided_at, approved, promoted, salt, proof, proof_salt`

func scanRemoval(row store.Scanner) (m Removal, err error) {
	var proposed, decided int64
	err = row.Scan(&m.TargetID, &m.Reason, &m.Evidence, &m.ProposedBy, &proposed, &m.DecidedBy, &decided, &m.Approved, &m.Promoted, &m.Salt, &m.Proof, &m.ProofSalt)
	m.ProposedAt, m.DecidedAt = store.Instant(proposed), store.Instant(decided)
	return m, err
}

// Removals returns a round's removals in the order of their proposal.
func (s *Service) Removals(ctx context.Context, authority, id string) ([]Removal, error) {
	return store.All(ctx, s.DB, scanRemoval, `
		SELECT `+removalCols+`
		FROM round_removal
		WHERE authority_id = $1 AND round_id = $2
		ORDER BY proposed_at, target_id`, authority, id)
}

// Remove proposes to take a drawn firm out of the list. Reason is one of
// RemovalReasons; evidence says what shows it, file is the digest of the proof
// that does.
func (s *Service) Remove(ctx context.Context, a access.Actor, id, target, reason, evidence, file string) error {
	if ReasonName(reason) == reason {
		return errs.At("reason", "请选择剔除原因")
	}
	if strings.TrimSpace(evidence) == "" {
		return errs.At("evidence", "请写明剔除的依据，例如登记机关查询结果和日期")
	}
	return s.Door.Do(ctx, a, access.TargetRemove, id+" "+target, func(tx *store.DB) error {
		r, err := s.roundFor(ctx, tx, a, id, Drawn)
		if err != nil {
			return err
		}
		if err := s.notOperator(ctx, a, r); err != nil {
			return err
		}
		f, err := oneFirm(ctx, tx, r, target)
		if err != nil {
			return err
		}
		if f.State != FirmDrawn && f.State != FirmPromoted {
			return errs.E(errs.Conflict, "该户目前是“"+f.State.Name()+"”，不能提出剔除")
		}
		if err := proof.Need(ctx, tx, r.Authority, file, true); err != nil {
			return err
		}
		if err := setFirm(ctx, tx, r, target, FirmRemoving); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO round_removal (authority_id, round_id, `+removalCols+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, '', 0, $8, '', $9, $10, $11)
			ON CONFLICT (authority_id, round_id, target_id) DO UPDATE
			SET reason = excluded.reason, evidence = excluded.evidence, proposed_by = excluded.proposed_by,
				proposed_at = excluded.proposed_at, decided_by = '', decided_at = 0, proof = excluded.proof, proof_salt = excluded.proof_salt`,
			r.Authority, r.ID, target, reason, strings.TrimSpace(evidence), a.ID, s.Now().UnixMilli(), false, newSalt(), file, newSalt())
		return err
	})
}

// notOperator holds that list administrator and operator of one round are two
// people, unless the authority has relaxed the rule.
func (s *Service) notOperator(ctx context.Context, a access.Actor, r Round) error {
	if r.Operator != a.ID {
		return nil
	}
	auth, err := s.Identity.Authority(ctx, r.Authority)
	if err == nil && !auth.RelaxedDuties {
		err = errs.E(errs.Forbidden, "您是本轮次的抽取操作员，不能同时担任名录管理员")
	}
	return err
}

func oneFirm(ctx context.Context, tx *store.DB, r Round, target string) (Firm, error) {
	return store.One(ctx, tx, scanFirm, `
		SELECT target_id, stratum, rank, state, slots
		FROM round_target
		WHERE authority_id = $1 AND round_id = $2 AND target_id = $3`, r.Authority, r.ID, target)
}

// DecideRemoval approves or refuses a proposed removal. Who decides is not who
// proposed. On approval the next reserve of the stratum, in drawn order, takes
// the place; with no reserve left the place stays empty, for all to see.
func (s *Service) DecideRemoval(ctx context.Context, a access.Actor, id, target string, approve bool) error {
	return s.Door.Do(ctx, a, access.RemovalApprove, id+" "+target, func(tx *store.DB) error {
		r, err := s.roundFor(ctx, tx, a, id, Drawn)
		if err != nil {
			return err
		}
		m, err := store.One(ctx, tx, scanRemoval, `
			SELECT `+removalCols+`
			FROM round_removal
			WHERE authority_id = $1 AND round_id = $2 AND target_id = $3 AND decided_by = ''`, a.Authority, id, target)
		if err != nil {
			return err
		}
		if m.ProposedBy == a.ID {
			return errs.E(errs.Forbidden, "剔除须由提出人以外的第二人审批")
		}
		m.DecidedBy, m.DecidedAt, m.Approved = a.ID, s.Now(), approve
		if approve {
			m.Promoted, err = s.takeOut(ctx, tx, r, m)
		} else {
			err = s.putBack(ctx, tx, r, target)
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			UPDATE round_removal
			SET decided_by = $4, decided_at = $5, approved = $6, promoted = $7
			WHERE authority_id = $1 AND round_id = $2 AND target_id = $3`,
			r.Authority, r.ID, target, m.DecidedBy, m.DecidedAt.UnixMilli(), m.Approved, m.Promoted)
		return err
	})
}

// putBack returns a firm to what it was before the proposal: promoted if it
// had come up from the reserves.
func (s *Service) putBack(ctx context.Context, tx *store.DB, r Round, target string) error {
	n, err := store.One(ctx, tx, store.Value[int64], `
		SELECT count(*)
		FROM round_removal
		WHERE authority_id = $1 AND round_id = $2 AND promoted = $3`, r.Authority, r.ID, target)
	if err != nil {
		return err
	}
	state := FirmDrawn
	if n > 0 {
		state = FirmPromoted
	}
	return setFirm(ctx, tx, r, target, state)
}

// takeOut removes the firm, promotes the next reserve, and enters both.
func (s *Service) takeOut(ctx context.Context, tx *store.DB, r Round, m Removal) (promoted string, err error) {
	f, err := oneFirm(ctx, tx, r, m.TargetID)
	if err != nil {
		return "", err
	}
	if err := setFirm(ctx, tx, r, m.TargetID, FirmRemoved); err != nil {
		return "", err
	}
	h := r.Hash
	err = s.enter(ctx, tx, r, ledger.TargetRemoved, Targets, map[string]any{
		"firm": SaltedDigest(h, m.Salt, f.TargetID), "reason": m.Reason, "stratum": f.Stratum, "rank": f.Rank,
		"proof": ProofDigest(h, m.ProofSalt, m.Proof),
	})
	if err != nil {
		return "", err
	}
	next, err := store.All(ctx, tx, scanFirm, `
		SELECT target_id, stratum, rank, state, slots
		FROM round_target
		WHERE authority_id = $1 AND round_id = $2 AND stratum = $3 AND state = 'reserve'
		ORDER BY rank
		LIMIT 1`, r.Authority, r.ID, f.Stratum)
	if err != nil || len(next) == 0 {
		return "", err
	}
	if err := setFirm(ctx, tx, r, next[0].TargetID, FirmPromoted); err != nil {
		return "", err
	}
	return next[0].TargetID, s.enter(ctx, tx, r, ledger.TargetPromoted, Targets, map[string]any{
		"firm": SaltedDigest(h, m.Salt, next[0].TargetID), "stratum": f.Stratum, "rank": next[0].Rank, "instead_of": f.Rank,
	})
}

// newSalt returns 32 random bytes in hex.
func newSalt() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails (crypto/rand)
	return hex.EncodeToString(b)
}

// SaltedDigest is the ledger's digest of something that could be guessed:
// H(salt ‖ canonical JSON), where the JSON is the string itself.
func SaltedDigest(h canon.Hash, salt, value string) string {
	b, err := hex.DecodeString(salt)
	if err != nil {
		panic("BUG: a salt that is no hex: " + salt)
	}
	return h.Hex(append(b, fmt.Sprintf("%q", value)...))
}

// ProofDigest is the ledger's digest of a proof; empty if there is none. Its
// salt stays in the office: whoever has the file alone cannot find it here.
func ProofDigest(h canon.Hash, salt, file string) string {
	if file == "" {
		return ""
	}
	return SaltedDigest(h, salt, file)
}

// Confirm ends compare and confirm: every firm that stands is confirmed.
func (s *Service) Confirm(ctx context.Context, a access.Actor, id string) error {
	return s.Door.Do(ctx, a, access.TargetConfirm, id, func(tx *store.DB) error {
		r, err := s.roundFor(ctx, tx, a, id, Drawn)
		if err != nil {
			return err
		}
		if err := s.notOperator(ctx, a, r); err != nil {
			return err
		}
		open, err := store.One(ctx, tx, store.Value[int64], `
			SELECT count(*)
			FROM round_target
			WHERE authority_id = $1 AND round_id = $2 AND state = 'removing'`, r.Authority, r.ID)
		if err != nil {
			return err
		}
		if open > 0 {
			return errs.E(errs.Conflict, fmt.Sprintf("还有 %d 户的剔除等待审批，审批后才能确认名单", open))
		}
		if err := nobodys(ctx, tx, r); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			UPDATE round_target
			SET state = 'confirmed'
			WHERE authority_id = $1 AND round_id = $2 AND state IN ('drawn', 'promoted')`, r.Authority, r.ID)
		if err != nil {
			return err
		}
		if err := s.move(ctx, tx, r, Confirmed); err != nil {
			return err
		}
		if err := s.visited(ctx, tx, r); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			UPDATE round
			SET confirmed_at = $3, list_admin = $4
			WHERE authority_id = $1 AND round_id = $2`, r.Authority, r.ID, s.Now().UnixMilli(), a.ID)
		return err
	})
}

// nobodys refuses to confirm firms that no department had to inspect any more
// when they were drawn: they moved away, or lost their tag, after the freeze.
func nobodys(ctx context.Context, tx *store.DB, r Round) error {
	left, err := store.All(ctx, tx, store.Value[string], `
		SELECT target_id
		FROM round_target
		WHERE authority_id = $1 AND round_id = $2 AND state IN ('drawn', 'promoted') AND slots = ''
		ORDER BY target_id`, r.Authority, r.ID)
	if err == nil && len(left) > 0 {
		err = errs.E(errs.Conflict, fmt.Sprintf("%s 在名录冻结后已迁出或不再有相应的标签，不归任一检查部门检查，请先按规定剔除；名单没有确认", strings.Join(left, "、")))
	}
	return err
}
