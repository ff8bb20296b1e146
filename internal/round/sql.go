package round

import (
	"context"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/plan"
	"suiji/internal/store"
)

const roundCols = `authority_id, round_id, plan_id, task_no, window_no, rehearsal, attempt, previous, state,
	disclosure, disclose_by, operator, list_admin, frozen_at, drawn_at, confirm_due, confirmed_at, matched_at, closed_at, reason, hash`

func scanRound(row store.Scanner) (r Round, err error) {
	var by, due string
	var frozen, drawn, confirmed, matched, closed int64
	err = row.Scan(&r.Authority, &r.ID, &r.PlanID, &r.TaskNo, &r.WindowNo, &r.Rehearsal, &r.Attempt, &r.Previous, &r.State,
		&r.Disclosure, &by, &r.Operator, &r.ListAdmin, &frozen, &drawn, &due, &confirmed, &matched, &closed, &r.Reason, &r.Hash)
	if err != nil {
		return r, err
	}
	r.FrozenAt, r.DrawnAt, r.ConfirmedAt = store.Instant(frozen), store.Instant(drawn), store.Instant(confirmed)
	r.MatchedAt, r.ClosedAt = store.Instant(matched), store.Instant(closed)
	if r.DiscloseBy, err = day(by); err != nil {
		return r, err
	}
	r.ConfirmDue, err = day(due)
	return r, err
}

// day reads a date; empty is the zero date.
func day(s string) (d calendar.Date, err error) {
	if s != "" {
		d, err = calendar.Parse(s)
	}
	return d, err
}

func readRound(ctx context.Context, db *store.DB, authority, id string) (Round, error) {
	return store.One(ctx, db, scanRound, `
		SELECT `+roundCols+`
		FROM round
		WHERE authority_id = $1 AND round_id = $2`, authority, id)
}

func insertRound(ctx context.Context, tx *store.DB, r Round) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO round (`+roundCols+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0, '', 0, 0, 0, '', $15)`,
		r.Authority, r.ID, r.PlanID, r.TaskNo, r.WindowNo, r.Rehearsal, r.Attempt, r.Previous, string(r.State),
		r.Disclosure, r.DiscloseBy.String(), r.Operator, r.ListAdmin, r.FrozenAt.UnixMilli(), string(r.Hash))
	return err
}

// Round returns one round.
func (s *Service) Round(ctx context.Context, authority, id string) (Round, error) {
	return readRound(ctx, s.DB, authority, id)
}

// Rounds returns an authority's rounds, the newest first.
func (s *Service) Rounds(ctx context.Context, authority string) ([]Round, error) {
	return store.All(ctx, s.DB, scanRound, `
		SELECT `+roundCols+`
		FROM round
		WHERE authority_id = $1
		ORDER BY frozen_at DESC, round_id DESC`, authority)
}

// Draw is one half of a round: the draw of its firms or of its officers.
type Draw struct {
	Half     string
	State    string // frozen, sealed, drawn, abandoned
	Manifest string // canonical JSON; empty until sealed
	Digest   string // of the manifest
	Reveal   string // canonical JSON; empty until drawn
	Result   string // canonical JSON; empty until drawn
	SealedAt time.Time
	DrawnAt  time.Time
	TreeSize int64  // of the checkpoint that the disclosed bundle stands on; 0: not disclosed
	Bundle   string // SHA-256 of the disclosed bundle
}

const drawCols = `half, state, manifest, digest, reveal, result, sealed_at, drawn_at, tree_size, bundle`

func scanDraw(row store.Scanner) (d Draw, err error) {
	var sealed, drawn int64
	err = row.Scan(&d.Half, &d.State, &d.Manifest, &d.Digest, &d.Reveal, &d.Result, &sealed, &drawn, &d.TreeSize, &d.Bundle)
	d.SealedAt, d.DrawnAt = store.Instant(sealed), store.Instant(drawn)
	return d, err
}

// Draws returns a round's halves in the order in which they were begun.
func (s *Service) Draws(ctx context.Context, authority, id string) ([]Draw, error) {
	return readDraws(ctx, s.DB, authority, id)
}

func readDraws(ctx context.Context, db *store.DB, authority, id string) ([]Draw, error) {
	return store.All(ctx, db, scanDraw, `
		SELECT `+drawCols+`
		FROM round_draw
		WHERE authority_id = $1 AND round_id = $2
		ORDER BY CASE half WHEN 'targets' THEN 0 ELSE 1 END, length(half), half`, authority, id)
}

func readDraw(ctx context.Context, db *store.DB, authority, id, half string) (Draw, error) {
	return store.One(ctx, db, scanDraw, `
		SELECT `+drawCols+`
		FROM round_draw
		WHERE authority_id = $1 AND round_id = $2 AND half = $3`, authority, id, half)
}

// Quota is what one stratum gives to the round.
type Quota = plan.Portion

const quotaCols = `no, name, title, size, base, need, draw, reserve`

func scanQuota(row store.Scanner) (q Quota, err error) {
	err = row.Scan(&q.No, &q.Name, &q.Title, &q.Size, &q.Base, &q.Need, &q.Draw, &q.Reserve)
	return q, err
}

// Quotas returns a round's strata in order.
func (s *Service) Quotas(ctx context.Context, authority, id string) ([]Quota, error) {
	return readQuotas(ctx, s.DB, authority, id)
}

func readQuotas(ctx context.Context, db *store.DB, authority, id string) ([]Quota, error) {
	return store.All(ctx, db, scanQuota, `
		SELECT `+quotaCols+`
		FROM round_quota
		WHERE authority_id = $1 AND round_id = $2
		ORDER BY no`, authority, id)
}

// Firm is one firm of a round's outcome.
type Firm struct {
	TargetID string
	Stratum  string
	Rank     int // in its stratum, from 1; reserves go on counting
	State    FirmState
	Slots    []string // who has to inspect it, as it stood when it was drawn; none: nobody any more
}

// FirmState is what became of a drawn firm.
type FirmState string

// The states of a firm in a round.
const (
	FirmDrawn     FirmState = "drawn"     // 已抽中，待确认
	FirmReserve   FirmState = "reserve"   // 候补
	FirmRemoving  FirmState = "removing"  // 拟剔除，待审批
	FirmRemoved   FirmState = "removed"   // 已剔除
	FirmPromoted  FirmState = "promoted"  // 已递补
	FirmConfirmed FirmState = "confirmed" // 已确认
)

var firmStateNames = map[FirmState]string{
	FirmDrawn: "待确认", FirmReserve: "候补", FirmRemoving: "拟剔除", FirmRemoved: "已剔除", FirmPromoted: "已递补", FirmConfirmed: "已确认",
}

// Name returns the state in Chinese.
func (s FirmState) Name() string { return firmStateNames[s] }

func scanFirm(row store.Scanner) (f Firm, err error) {
	var slots string
	err = row.Scan(&f.TargetID, &f.Stratum, &f.Rank, &f.State, &slots)
	if slots != "" {
		f.Slots = strings.Split(slots, ",")
	}
	return f, err
}

// Firms returns the drawn firms and the reserves, stratum by stratum, in
// drawn order.
func (s *Service) Firms(ctx context.Context, authority, id string) ([]Firm, error) {
	return readFirms(ctx, s.DB, authority, id)
}

func readFirms(ctx context.Context, db *store.DB, authority, id string) ([]Firm, error) {
	return store.All(ctx, db, scanFirm, `
		SELECT t.target_id, t.stratum, t.rank, t.state, t.slots
		FROM round_target t
		JOIN round_quota q ON q.authority_id = t.authority_id AND q.round_id = t.round_id AND q.name = t.stratum
		WHERE t.authority_id = $1 AND t.round_id = $2
		ORDER BY q.no, t.rank`, authority, id)
}

func setFirm(ctx context.Context, tx *store.DB, r Round, target string, to FirmState) error {
	_, err := tx.Exec(ctx, `
		UPDATE round_target
		SET state = $4
		WHERE authority_id = $1 AND round_id = $2 AND target_id = $3`, r.Authority, r.ID, target, string(to))
	return err
}

// Member is one officer drawn for a firm: of its team or in reserve.
type Member struct {
	TargetID  string
	Slot      string
	OfficerID string
	Place     int // the team first, from 1; reserves go on counting
	State     MemberState
	ByHand    bool // assigned by hand, not drawn: not random, for ever
}

// MemberState is what became of a drawn officer.
type MemberState string

// The states of an officer drawn for a firm.
const (
	InTeam    MemberState = "team"
	InReserve MemberState = "reserve"
	Replaced  MemberState = "replaced" // could not come
	Passed    MemberState = "passed"   // a reserve who could not come either
)

var memberStateNames = map[MemberState]string{InTeam: "检查组", InReserve: "候补", Replaced: "已替换", Passed: "已顺延"}

// Name returns the state in Chinese.
func (s MemberState) Name() string { return memberStateNames[s] }

const memberCols = `target_id, slot, officer_id, place, state, by_hand`

func scanMember(row store.Scanner) (m Member, err error) {
	err = row.Scan(&m.TargetID, &m.Slot, &m.OfficerID, &m.Place, &m.State, &m.ByHand)
	return m, err
}

// Members returns every drawn officer of a round, by firm, slot and place.
func (s *Service) Members(ctx context.Context, authority, id string) ([]Member, error) {
	return readMembers(ctx, s.DB, authority, id)
}

func readMembers(ctx context.Context, db *store.DB, authority, id string) ([]Member, error) {
	return store.All(ctx, db, scanMember, `
		SELECT `+memberCols+`
		FROM round_officer
		WHERE authority_id = $1 AND round_id = $2
		ORDER BY target_id, slot, place`, authority, id)
}
