package round

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/ledger"
)

// AbsenceReasons are the reasons for which a drawn officer, or a reserve
// before the one who comes, cannot take part (1.13).
var AbsenceReasons = []struct{ Code, Name string }{
	{"duty", "有其他重要公务"}, {"sick", "因病不能参加"}, {"recusal", "应当回避"}, {"left", "已调离或离岗"}, {"certificate", "执法证件失效"},
}

// AbsenceName returns an absence's reason in Chinese.
func AbsenceName(code string) string {
	for _, r := range AbsenceReasons {
		if r.Code == code {
			return r.Name
		}
	}
	return code
}

// Pass is one reserve passed over, and why.
type Pass struct {
	OfficerID string `json:"officer"`
	Rank      int    `json:"rank"`
	Reason    string `json:"reason"`
}

// Substitution is the replacing of one officer for one firm: proposed by the
// office, decided by a second person; the reserves come in drawn order.
type Substitution struct {
	No         int
	TargetID   string
	Slot       string
	OfficerID  string // who cannot come
	Reason     string
	Evidence   string
	Substitute string // who came; empty: not decided, or none was left
	Passed     []Pass
	ProposedBy string
	ProposedAt time.Time
	DecidedBy  string
	DecidedAt  time.Time
	Approved   bool
	Salt       string
}

const substitutionCols = `no, target_id, slot, officer_id, reason, evidence, substitute, passed, proposed_by, proposed_at, decided_by, decided_at, approved, salt`

func scanSubstitution(row store.Scanner) (m Substitution, err error) {
	var proposed, decided int64
	var passed string
	err = row.Scan(&m.No, &m.TargetID, &m.Slot, &m.OfficerID, &m.Reason, &m.Evidence, &m.Substitute, &passed,
		&m.ProposedBy, &proposed, &m.DecidedBy, &decided, &m.Approved, &m.Salt)
	if err != nil {
		return m, err
	}
	m.ProposedAt, m.DecidedAt = instant(proposed), instant(decided)
	return m, json.Unmarshal([]byte(passed), &m.Passed)
}

// Substitutions returns a round's substitutions in the order of their proposal.
func (s *Service) Substitutions(ctx context.Context, authority, id string) ([]Substitution, error) {
	return readSubstitutions(ctx, s.DB, authority, id)
}

func readSubstitutions(ctx context.Context, db *store.DB, authority, id string) ([]Substitution, error) {
	return store.All(ctx, db, scanSubstitution, `
		SELECT `+substitutionCols+`
		FROM round_substitution
		WHERE authority_id = $1 AND round_id = $2
		ORDER BY no`, authority, id)
}

// Absence says that an officer of a firm's team cannot come, and which of the
// first reserves cannot either. Nobody can name a substitute.
type Absence struct {
	TargetID  string
	OfficerID string
	Reason    string // code
	Evidence  string
	// Reserves holds, by officer, why a reserve cannot come. Only the reserves
	// next in order are asked for.
	Reserves map[string]string
}

// Check tells what is missing.
func (b Absence) Check() error {
	var ps []errs.Problem
	if AbsenceName(b.Reason) == b.Reason {
		ps = append(ps, errs.Problem{Field: "reason", Sentence: "请选择不能参加的原因"})
	}
	if strings.TrimSpace(b.Evidence) == "" {
		ps = append(ps, errs.Problem{Field: "evidence", Sentence: "请写明依据，例如会议通知、派工单或请假条"})
	}
	for _, reason := range b.Reserves {
		if AbsenceName(reason) == reason {
			ps = append(ps, errs.Problem{Field: "reserves", Sentence: "候补人员不能参加的，也须选择原因"})
			break
		}
	}
	return errs.All(ps)
}

// Substitute proposes to replace an officer of a firm's team.
func (s *Service) Substitute(ctx context.Context, a access.Actor, id string, b Absence) error {
	if err := b.Check(); err != nil {
		return err
	}
	return s.Door.Do(ctx, a, access.OfficerReplace, id+" "+b.TargetID, func(tx *store.DB) error {
		r, err := s.roundFor(ctx, tx, a, id, Matched)
		if err != nil {
			return err
		}
		members, err := firmMembers(ctx, tx, r, b.TargetID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(members, func(m Member) bool { return m.OfficerID == b.OfficerID && m.State == InTeam })
		if i < 0 {
			return errs.E(errs.Conflict, "该人员目前不在这一户的检查组里")
		}
		all, err := readSubstitutions(ctx, tx, r.Authority, r.ID)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(all, func(m Substitution) bool { return m.DecidedBy == "" && m.TargetID == b.TargetID }) {
			return errs.E(errs.Conflict, "这一户已有一项替换等待审批")
		}
		passed, _ := json.Marshal(s.passes(members, members[i].Slot, b.Reserves)) // a plain struct always marshals
		_, err = tx.Exec(ctx, `
			INSERT INTO round_substitution (authority_id, round_id, `+substitutionCols+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', $9, $10, $11, '', 0, $12, $13)`,
			r.Authority, r.ID, len(all)+1, b.TargetID, members[i].Slot, b.OfficerID, b.Reason, strings.TrimSpace(b.Evidence),
			string(passed), a.ID, s.Now().UnixMilli(), false, newSalt())
		return err
	})
}

func firmMembers(ctx context.Context, tx *store.DB, r Round, target string) ([]Member, error) {
	return store.All(ctx, tx, scanMember, `
		SELECT target_id, slot, officer_id, place, state
		FROM round_officer
		WHERE authority_id = $1 AND round_id = $2 AND target_id = $3
		ORDER BY slot, place`, r.Authority, r.ID, target)
}

// passes returns the reserves that are passed over, in drawn order: those at
// the head of the queue for whom a reason is given. A reason given for one
// further down is of no effect: it is not their turn.
func (s *Service) passes(members []Member, slot string, reasons map[string]string) []Pass {
	passed := []Pass{}
	for _, m := range members {
		if m.Slot != slot || m.State != InReserve {
			continue
		}
		reason, cannot := reasons[m.OfficerID]
		if !cannot {
			break
		}
		passed = append(passed, Pass{OfficerID: m.OfficerID, Rank: m.Place, Reason: reason})
	}
	return passed
}

// DecideSubstitution approves or refuses a proposed substitution. On approval
// the first reserve who was not passed over joins the team; a reserve whose
// certificate has lapsed, who has left, or whom a recusal bars by now is
// passed over by rule. With no reserve left it is refused, with what to do.
func (s *Service) DecideSubstitution(ctx context.Context, a access.Actor, id string, no int, approve bool) error {
	return s.Door.Do(ctx, a, access.ReplaceApprove, fmt.Sprintf("%s %d", id, no), func(tx *store.DB) error {
		r, err := s.roundFor(ctx, tx, a, id, Matched)
		if err != nil {
			return err
		}
		m, err := store.One(ctx, tx, scanSubstitution, `
			SELECT `+substitutionCols+`
			FROM round_substitution
			WHERE authority_id = $1 AND round_id = $2 AND no = $3 AND decided_by = ''`, a.Authority, id, no)
		if err != nil {
			return err
		}
		if m.ProposedBy == a.ID {
			return errs.E(errs.Forbidden, "替换须由提出人以外的第二人审批")
		}
		if approve {
			if err := s.bringIn(ctx, tx, r, &m); err != nil {
				return err
			}
		}
		passed, _ := json.Marshal(m.Passed)
		_, err = tx.Exec(ctx, `
			UPDATE round_substitution
			SET decided_by = $4, decided_at = $5, approved = $6, substitute = $7, passed = $8
			WHERE authority_id = $1 AND round_id = $2 AND no = $3`,
			r.Authority, r.ID, no, a.ID, s.Now().UnixMilli(), approve, m.Substitute, string(passed))
		return err
	})
}

// bringIn finds the first reserve who can come and puts them in the place.
func (s *Service) bringIn(ctx context.Context, tx *store.DB, r Round, m *Substitution) error {
	members, err := firmMembers(ctx, tx, r, m.TargetID)
	if err != nil {
		return err
	}
	given := map[string]string{}
	for _, p := range m.Passed {
		given[p.OfficerID] = p.Reason
	}
	m.Passed = []Pass{}
	rank := 0
	for _, x := range members {
		if x.Slot != m.Slot || x.State != InReserve {
			continue
		}
		reason := given[x.OfficerID]
		if reason == "" {
			if reason, err = s.barred(ctx, tx, r, x); err != nil {
				return err
			}
		}
		if reason == "" {
			m.Substitute, rank = x.OfficerID, x.Place
			break
		}
		m.Passed = append(m.Passed, Pass{OfficerID: x.OfficerID, Rank: x.Place, Reason: reason})
	}
	if m.Substitute == "" {
		return errs.E(errs.Conflict, "候补人员已全部用完，没有替换。可补充邻近区域人员后对本户另行安排，并标注“非随机”")
	}
	return s.enterSubstitution(ctx, tx, r, *m, rank)
}

// barred says why a reserve cannot come by rule; empty if they can.
func (s *Service) barred(ctx context.Context, tx *store.DB, r Round, m Member) (string, error) {
	o, err := s.Register.Officer(ctx, r.Authority, m.OfficerID)
	if err != nil {
		return "", err
	}
	if !o.Active {
		return "left", nil
	}
	if o.CertUntil.Before(s.today()) {
		return "certificate", nil
	}
	n, err := store.One(ctx, tx, store.Value[int64], `
		SELECT count(*)
		FROM register_recusal
		WHERE authority_id = $1 AND officer_id = $2 AND target_id = $3`, r.Authority, m.OfficerID, m.TargetID)
	if n > 0 {
		return "recusal", err
	}
	return "", err
}

func (s *Service) enterSubstitution(ctx context.Context, tx *store.DB, r Round, m Substitution, rank int) error {
	set := func(officer string, to MemberState) error {
		_, err := tx.Exec(ctx, `
			UPDATE round_officer
			SET state = $6
			WHERE authority_id = $1 AND round_id = $2 AND target_id = $3 AND slot = $4 AND officer_id = $5`,
			r.Authority, r.ID, m.TargetID, m.Slot, officer, string(to))
		return err
	}
	if err := set(m.OfficerID, Replaced); err != nil {
		return err
	}
	ranks := []any{}
	for _, p := range m.Passed {
		if err := set(p.OfficerID, Passed); err != nil {
			return err
		}
		ranks = append(ranks, map[string]any{"rank": p.Rank, "reason": p.Reason})
	}
	if err := set(m.Substitute, InTeam); err != nil {
		return err
	}
	half, err := s.currentMatch(ctx, tx, r)
	if err != nil {
		return err
	}
	return s.enter(ctx, tx, r, ledger.OfficerSubstituted, half, map[string]any{
		"firm": saltedDigest(r.Hash, m.Salt, m.TargetID), "reason": m.Reason, "passed": ranks, "rank": rank,
	})
}
