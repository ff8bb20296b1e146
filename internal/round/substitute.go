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
	"suiji/internal/plan"
	"suiji/internal/proof"
	"suiji/internal/register"
	"suiji/internal/roster"
	"suiji/internal/store"
	"suiji/ledger"
)

// AbsenceReasons are the reasons for which a drawn officer, or a reserve
// before the one who comes, cannot take part (1.13).
var AbsenceReasons = []struct{ Code, Name string }{
	{"duty", "有其他重要公务"}, {"sick", "因病不能参加"}, {"recusal", "应当回避"}, {"left", "已调离或离岗"}, {"certificate", "执法证件失效"}, {"leave", "休假或外出"},
}

// mayLack are the reasons that need no file: sickness comes overnight, and the
// others stand in the register.
var mayLack = map[string]bool{"sick": true, "recusal": true, "certificate": true}

// otherSlot passes over a reserve who inspects the firm for another department
// by now. It is worked out, never given.
const otherSlot = "other-slot"

// AbsenceName returns an absence's reason in Chinese.
func AbsenceName(code string) string {
	if code == otherSlot {
		return "已在本户另一部门的检查组"
	}
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
	Proof      string // digest of the file that shows the reason; empty: none was needed
	ProofSalt  string // of the ledger's digest of it; never public
	ByHand     string // officer proposed by hand since no reserve is left; empty: the next reserve comes
}

const substitutionCols = `no, target_id, slot, officer_id, reason, evidence, substitute, passed, proposed_by, proposed_at, decided_by, decided_at, approved, salt, proof, proof_salt, by_hand`

func scanSubstitution(row store.Scanner) (m Substitution, err error) {
	var proposed, decided int64
	var passed string
	err = row.Scan(&m.No, &m.TargetID, &m.Slot, &m.OfficerID, &m.Reason, &m.Evidence, &m.Substitute, &passed,
		&m.ProposedBy, &proposed, &m.DecidedBy, &decided, &m.Approved, &m.Salt, &m.Proof, &m.ProofSalt, &m.ByHand)
	if err != nil {
		return m, err
	}
	m.ProposedAt, m.DecidedAt = store.Instant(proposed), store.Instant(decided)
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
// first reserves cannot either. Nobody can name a substitute while a reserve
// can come.
type Absence struct {
	TargetID  string
	OfficerID string
	Reason    string // code
	Evidence  string
	// Reserves holds, by officer, why a reserve cannot come. Only the reserves
	// next in order are asked for.
	Reserves map[string]string
	Proof    string // digest of the file that shows the reason
	// ByHand is the officer to be assigned once no reserve is left.
	ByHand string
}

// Check tells what is missing.
func (b Absence) Check() error {
	var ps []errs.Problem
	if AbsenceName(b.Reason) == b.Reason || b.Reason == otherSlot {
		ps = append(ps, errs.Problem{Field: "reason", Sentence: "请选择不能参加的原因"})
	}
	if strings.TrimSpace(b.Evidence) == "" {
		ps = append(ps, errs.Problem{Field: "evidence", Sentence: "请写明依据，例如会议通知、派工单或请假条"})
	}
	for _, reason := range b.Reserves {
		if AbsenceName(reason) == reason || reason == otherSlot {
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
		_, err := s.SubstituteTx(ctx, tx, a, id, b)
		return err
	})
}

// SubstituteTx proposes in the transaction of the act that it is part of, and
// returns the proposal's number.
func (s *Service) SubstituteTx(ctx context.Context, tx *store.DB, a access.Actor, id string, b Absence) (int, error) {
	r, err := s.roundFor(ctx, tx, a, id, Matched)
	if err != nil {
		return 0, err
	}
	members, err := firmMembers(ctx, tx, r, b.TargetID)
	if err != nil {
		return 0, err
	}
	i := slices.IndexFunc(members, func(m Member) bool { return m.OfficerID == b.OfficerID && m.State == InTeam })
	if i < 0 {
		return 0, errs.E(errs.Conflict, "该人员目前不在这一户的检查组里")
	}
	all, err := readSubstitutions(ctx, tx, r.Authority, r.ID)
	if err != nil {
		return 0, err
	}
	if slices.ContainsFunc(all, func(m Substitution) bool {
		return m.DecidedBy == "" && m.TargetID == b.TargetID && m.Slot == members[i].Slot
	}) {
		return 0, errs.E(errs.Conflict, "这一户的检查组已有一项替换等待审批")
	}
	why, err := s.barred(ctx, tx, r, members[i])
	if err != nil {
		return 0, err
	}
	if (b.Reason == "recusal" || b.Reason == "certificate") && why == "" { // these two stand in the register
		return 0, errs.At("reason", "名录里没有此人对这一户的回避，证件也没有失效；请先在人员页登记，或选择其他原因")
	}
	registered := b.Reason == "leave" && why == "leave"
	if err := proof.Need(ctx, tx, r.Authority, b.Proof, b.ByHand != "" || !mayLack[b.Reason] && !registered); err != nil {
		return 0, err
	}
	m := Substitution{TargetID: b.TargetID, Slot: members[i].Slot, OfficerID: b.OfficerID, ByHand: b.ByHand, Passed: s.passes(members, members[i].Slot, b.Reserves)}
	if b.ByHand != "" {
		if _, err := s.next(ctx, tx, r, members, &m); err != nil {
			return 0, err
		}
	}
	passed, _ := json.Marshal(m.Passed) // a plain struct always marshals
	_, err = tx.Exec(ctx, `
		INSERT INTO round_substitution (authority_id, round_id, `+substitutionCols+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', $9, $10, $11, '', 0, $12, $13, $14, $15, $16)`,
		r.Authority, r.ID, len(all)+1, b.TargetID, m.Slot, b.OfficerID, b.Reason, strings.TrimSpace(b.Evidence),
		string(passed), a.ID, s.Now().UnixMilli(), false, newSalt(), b.Proof, newSalt(), b.ByHand)
	return len(all) + 1, err
}

func firmMembers(ctx context.Context, tx *store.DB, r Round, target string) ([]Member, error) {
	return store.All(ctx, tx, scanMember, `
		SELECT `+memberCols+`
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

// ErrExhausted is the refusal of a substitution for which no reserve is left.
var ErrExhausted = errs.E(errs.Conflict, "候补人员已全部用完，没有替换。请不同意这项申请，再由经办人对本户申请指派人员（永久标注“非随机指派”）")

// DecideSubstitution approves or refuses a proposed substitution. On approval
// the first reserve who was not passed over joins the team; a reserve whose
// certificate has lapsed, who has left, or whom a recusal bars by now is
// passed over by rule. With no reserve left it is refused, with what to do:
// then, and only then, an officer can be assigned by hand.
func (s *Service) DecideSubstitution(ctx context.Context, a access.Actor, id string, no int, approve bool) error {
	return s.Door.Do(ctx, a, access.ReplaceApprove, fmt.Sprintf("%s %d", id, no), func(tx *store.DB) error {
		return s.DecideSubstitutionTx(ctx, tx, a, id, no, approve)
	})
}

// DecideSubstitutionTx decides in the transaction of the act that it is part of.
func (s *Service) DecideSubstitutionTx(ctx context.Context, tx *store.DB, a access.Actor, id string, no int, approve bool) error {
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
}

// bringIn finds who comes and puts them in the place.
func (s *Service) bringIn(ctx context.Context, tx *store.DB, r Round, m *Substitution) error {
	members, err := firmMembers(ctx, tx, r, m.TargetID)
	if err != nil {
		return err
	}
	x, err := s.next(ctx, tx, r, members, m)
	if err != nil {
		return err
	}
	m.Substitute = x.OfficerID
	return s.enterSubstitution(ctx, tx, r, *m, x)
}

// next returns who comes: the first reserve who was not passed over, or, with
// no reserve left, who was proposed by hand. m.Passed becomes all who were
// passed over.
func (s *Service) next(ctx context.Context, tx *store.DB, r Round, members []Member, m *Substitution) (Member, error) {
	given := map[string]string{}
	for _, p := range m.Passed {
		given[p.OfficerID] = p.Reason
	}
	m.Passed = []Pass{}
	for _, x := range members {
		if x.Slot != m.Slot || x.State != InReserve {
			continue
		}
		reason, err := given[x.OfficerID], error(nil)
		if slices.ContainsFunc(members, func(o Member) bool { return o.OfficerID == x.OfficerID && o.State == InTeam }) {
			reason = otherSlot
		}
		if reason == "" {
			if reason, err = s.barred(ctx, tx, r, x); err != nil {
				return x, err
			}
		}
		if reason == "" {
			if m.ByHand != "" {
				return x, errs.E(errs.Conflict, fmt.Sprintf("第 %d 位候补还能参加，须由其按次序递补，不能指派他人", x.Place))
			}
			return x, nil
		}
		m.Passed = append(m.Passed, Pass{OfficerID: x.OfficerID, Rank: x.Place, Reason: reason})
	}
	if m.ByHand == "" {
		return Member{}, ErrExhausted
	}
	return s.byHand(ctx, tx, r, members, *m)
}

// byHand holds that who is assigned by hand may inspect the firm: in office, in
// the plan's field with a valid certificate, not recused, and not among those
// who were drawn for it already.
func (s *Service) byHand(ctx context.Context, tx *store.DB, r Round, members []Member, m Substitution) (Member, error) {
	x := Member{TargetID: m.TargetID, Slot: m.Slot, OfficerID: m.ByHand, State: InTeam, ByHand: true}
	for _, o := range members {
		x.Place = max(x.Place, o.Place)
		if o.OfficerID == m.ByHand {
			return x, errs.At("by-hand", "此人已抽为本户的检查人员或候补，不能再指派")
		}
	}
	x.Place++
	reason, err := s.barred(ctx, tx, r, x)
	if errs.KindOf(err) == errs.NotFound {
		return x, errs.At("by-hand", "执法人员名录里没有此人；邻近区域的人员请先列入名录，写明所在单位")
	}
	if err != nil {
		return x, err
	}
	if reason != "" {
		return x, errs.At("by-hand", "此人不能参加："+AbsenceName(reason))
	}
	p, err := s.Plan.Plan(ctx, r.Authority, r.PlanID)
	if err != nil {
		return x, err
	}
	o, err := s.Register.Officer(ctx, r.Authority, m.ByHand)
	if err != nil {
		return x, err
	}
	return x, mayStandIn(p.SlotsOf(p.Tasks[r.TaskNo-1]), m.Slot, o)
}

// mayStandIn holds that an officer who is assigned by hand is competent for the
// slot: of its field, and not of a unit that inspects for another department. A
// neighbouring area's people are of none.
func mayStandIn(slots []plan.Slot, slot string, o register.Officer) error {
	for _, x := range slots {
		switch {
		case x.Name == slot && x.Field != "" && !slices.Contains(o.Fields, x.Field):
			return errs.At("by-hand", "此人的执法领域不含“"+x.Field+"”，不能参加")
		case x.Name != slot && x.Units != "" && x.OfUnit(o.Unit) && !ofSlot(slots, slot, o.Unit):
			return errs.At("by-hand", "此人是“"+x.Title+"”的人员，不能代替其他部门的检查人员")
		}
	}
	return nil
}

func ofSlot(slots []plan.Slot, name, unit string) bool {
	return slices.ContainsFunc(slots, func(x plan.Slot) bool { return x.Name == name && x.OfUnit(unit) })
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
	switch why, err := s.Roster.Bar(ctx, tx, r.Authority, o, roster.Window{From: s.today(), Until: s.today()}); {
	case err != nil:
		return "", err
	case why == roster.OnLeave:
		return "leave", nil
	case why != "" && why != roster.Untrained:
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

// enterSubstitution puts x into the team, in the tables and in the ledger.
func (s *Service) enterSubstitution(ctx context.Context, tx *store.DB, r Round, m Substitution, x Member) error {
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
	half, err := s.currentMatch(ctx, tx, r)
	if err != nil {
		return err
	}
	entry := map[string]any{"firm": SaltedDigest(r.Hash, m.Salt, m.TargetID), "reason": m.Reason, "passed": ranks, "proof": ProofDigest(r.Hash, m.ProofSalt, m.Proof)}
	if !x.ByHand {
		entry["rank"] = x.Place
		if err := set(x.OfficerID, InTeam); err != nil {
			return err
		}
		return s.enter(ctx, tx, r, ledger.OfficerSubstituted, half, entry)
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO round_officer (authority_id, round_id, target_id, slot, officer_id, place, state, by_hand)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, r.Authority, r.ID, x.TargetID, x.Slot, x.OfficerID, x.Place, string(InTeam), true)
	if err != nil {
		return err
	}
	entry["random"] = false
	return s.enter(ctx, tx, r, ledger.OfficerAssigned, half, entry)
}
