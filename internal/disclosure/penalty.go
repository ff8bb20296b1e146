package disclosure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/canon"
	"suiji/internal/casework"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/store"
	"suiji/ledger"
)

// Decision is a penalty's decision that stands, as the case's room has it.
type Decision struct {
	Number    string
	FormID    string
	DecidedOn calendar.Date
	Fact      string
	Basis     string
	Kinds     string // 警告、罚款…
	Amount    string // in words; empty: none
	Class     string // light, general, serious
	From      calendar.Date
	Until     calendar.Date // the last public day
}

// DecisionOf is a penalty of the case's room as it is published.
// Errors: Conflict if it does not stand.
func DecisionOf(p casework.Penalty) (Decision, error) {
	d := Decision{Number: p.Number, FormID: p.FormID, DecidedOn: p.DecidedOn, Fact: p.Fact, Basis: p.Basis, Kinds: p.Kinds, Amount: p.Money(),
		Class: string(p.Class), From: p.BeginsOn, Until: p.EndsOn}
	if p.State != "checked" {
		return d, errs.E(errs.Conflict, "处罚决定 "+p.Number+" 目前是“"+p.StateName()+"”，没有公示")
	}
	return d, nil
}

// repairAfter says of each class of breach how many months its penalty is public
// before credit may be repaired (国办发〔2025〕22号).
var repairAfter = map[casework.Class]int{casework.Light: 0, casework.General: 3, casework.Serious: 12}

// PenaltyRecord is exactly what the public reads of a penalty.
type PenaltyRecord struct {
	V         int        `json:"v"` // 1
	ID        string     `json:"id"`
	Number    string     `json:"number"`
	Authority RecordBody `json:"authority"`
	Form      string     `json:"form"`
	Firm      RecordFirm `json:"firm"`
	Decided   string     `json:"decided"`
	Fact      string     `json:"fact"`
	Basis     string     `json:"basis"`
	Kinds     string     `json:"kinds"`
	Amount    string     `json:"amount"`
	Class     string     `json:"class"`
	From      string     `json:"from"`
	Until     string     `json:"until"`
}

// PenaltyState is the act that made a version of a penalty's record:
//
//	PublishPenalty ──▶ published ──WithdrawPenalty──▶ withdrawn ──PublishPenalty──▶ …
//	                       ├──── (the decision falls) ─▶ revoked
//	                       ├──── EndTerms ─────────────▶ ended
//	                       └──── DecideRepair ─────────▶ repaired
type PenaltyState string

// The states. Only the first is public.
const (
	PenaltyPublished PenaltyState = "published"
	PenaltyWithdrawn PenaltyState = "withdrawn"
	PenaltyRevoked   PenaltyState = "revoked"
	PenaltyEnded     PenaltyState = "ended"
	PenaltyRepaired  PenaltyState = "repaired"
)

// Name returns the state in Chinese.
func (s PenaltyState) Name() string {
	return map[PenaltyState]string{PenaltyPublished: "公示", PenaltyWithdrawn: "撤回", PenaltyRevoked: "决定撤销，撤回", PenaltyEnded: "到期停止公示", PenaltyRepaired: "信用修复，停止公示"}[s]
}

// PenaltyVersion is one version of what the public reads of a penalty.
type PenaltyVersion struct {
	ID       string
	Version  int
	Number   string
	FormID   string
	TargetID string
	State    PenaltyState
	Current  bool
	Public   bool // Record, JSON and Salt are there
	Record   PenaltyRecord
	JSON     string
	Salt     string
	Digest   string
	Reason   string
	Class    string
	From     calendar.Date
	Until    calendar.Date
	PostedAt time.Time
	PostedBy string
}

// ClassName names the class of the breach.
func (v PenaltyVersion) ClassName() string { return casework.Class(v.Class).Name() }

// RepairFrom is the first day on which credit may be repaired.
func (v PenaltyVersion) RepairFrom() calendar.Date {
	months, ok := repairAfter[casework.Class(v.Class)]
	if !ok {
		return v.Until
	}
	return v.From.AddMonths(months)
}

// PenaltyPreview returns what the public would read of a decision, and what
// was covered in it.
func (s *Service) PenaltyPreview(ctx context.Context, authority string, d Decision) (PenaltyRecord, []string, error) {
	p, err := s.poster(ctx, access.Actor{Authority: authority})
	if err != nil {
		return PenaltyRecord{}, nil, err
	}
	f, err := s.Inspection.Form(ctx, authority, d.FormID)
	if err != nil {
		return PenaltyRecord{}, nil, err
	}
	return p.penalty(d, f, "")
}

func (p *poster) penalty(d Decision, f inspection.Form, id string) (PenaltyRecord, []string, error) {
	m := masker{names: privateNames(f)}
	r := PenaltyRecord{V: 1, ID: id, Number: d.Number, Authority: RecordBody{p.auth.ID, p.auth.Name}, Form: f.ID, Firm: RecordFirm{Name: f.Firm.Name},
		Decided: d.DecidedOn.String(), Fact: m.cover(d.Fact), Basis: m.cover(d.Basis), Kinds: m.cover(d.Kinds), Amount: d.Amount,
		Class: d.Class, From: d.From.String(), Until: d.Until.String()}
	if f.Firm.CodeKind != "other" {
		r.Firm.Code = f.Firm.Code
	}
	switch today := p.s.today(); {
	case d.From.Zero() || d.Until.Zero():
		return r, m.kinds, errs.E(errs.Conflict, fmt.Sprintf("处罚决定 %s 按其类别不公示，没有公示", d.Number))
	case today.After(d.Until):
		return r, m.kinds, errs.E(errs.Conflict, fmt.Sprintf("处罚决定 %s 的公示期到 %s 已满，没有公示", d.Number, d.Until))
	case today.Before(d.From):
		return r, m.kinds, errs.E(errs.Conflict, fmt.Sprintf("处罚决定 %s 的公示期从 %s 开始，没有公示", d.Number, d.From))
	}
	return r, m.kinds, nil
}

// PublishPenalty makes a penalty public until the last day of its term. It
// returns the record's id.
// Errors: Conflict if it is public, its term is over, or credit was repaired.
func (s *Service) PublishPenalty(ctx context.Context, a access.Actor, d Decision) (id string, err error) {
	p, err := s.poster(ctx, a)
	if err != nil {
		return "", err
	}
	err = s.Door.Do(ctx, a, access.PenaltyPublish, d.Number, func(tx *store.DB) error {
		f, err := s.Inspection.FormTx(ctx, tx, a.Authority, d.FormID)
		if err != nil {
			return err
		}
		had, err := readPenalties(ctx, tx, a.Authority, `number = $2`, d.Number)
		if err != nil {
			return err
		}
		v := PenaltyVersion{Version: len(had) + 1, Number: d.Number, FormID: f.ID, TargetID: f.Firm.TargetID, State: PenaltyPublished, Current: true,
			Class: d.Class, From: d.From, Until: d.Until, PostedAt: s.Now(), PostedBy: a.ID}
		if v.ID, err = nextPenalty(ctx, tx, a.Authority, f.ID, had); err != nil {
			return err
		}
		id = v.ID
		if v.Record, _, err = p.penalty(d, f, v.ID); err != nil {
			return err
		}
		raw, err := canon.JSON(v.Record)
		if err != nil {
			return err
		}
		v.JSON = string(raw)
		v.Salt, v.Digest = p.sealed(raw)
		if err := insertPenalty(ctx, tx, a.Authority, v); err != nil {
			return err
		}
		return s.Scribe.Enter(ctx, tx, a.Authority, string(ledger.PenaltyPublished), v.ID, map[string]any{"digest": v.Digest, "version": v.Version})
	})
	return id, err
}

// nextPenalty returns the address of a decision: the one it had, or the form's
// next.
func nextPenalty(ctx context.Context, tx *store.DB, authority, form string, had []PenaltyVersion) (string, error) {
	if len(had) == 0 {
		n, err := store.One(ctx, tx, store.Value[int], `
			SELECT count(DISTINCT penalty_id)
			FROM disclosure_penalty
			WHERE authority_id = $1 AND form_id = $2`, authority, form)
		return fmt.Sprintf("%s-p%d", form, n+1), err
	}
	last := had[0]
	if last.Current {
		return "", errs.E(errs.Conflict, fmt.Sprintf("处罚决定 %s 已经公示，没有任何改动", last.Number))
	}
	if last.State != PenaltyWithdrawn {
		return "", errs.E(errs.Conflict, fmt.Sprintf("处罚决定 %s 已经“%s”，不能再公示", last.Number, last.State.Name()))
	}
	return last.ID, nil
}

// WithdrawPenalty takes a penalty back that was published wrongly; it may be
// published again.
func (s *Service) WithdrawPenalty(ctx context.Context, a access.Actor, id, reason string) error {
	if err := checkReason(reason); err != nil {
		return err
	}
	return s.Door.Do(ctx, a, access.PenaltyPublish, id, func(tx *store.DB) error {
		return s.takeDown(ctx, tx, a, id, PenaltyWithdrawn, strings.TrimSpace(reason))
	})
}

// RevokePenalty takes a penalty out of the public whose decision was changed or
// revoked; the law gives three days (行政处罚法第四十八条), the program none. One
// that is not public stays as it is.
func (s *Service) RevokePenalty(ctx context.Context, authority, number string) error {
	list, err := readPenalties(ctx, s.DB, authority, `number = $2 AND current`, number)
	if err != nil {
		return err
	}
	for _, v := range list {
		err = errors.Join(err, s.byItself(ctx, authority, v.ID, PenaltyRevoked, "行政处罚决定已经变更或者撤销（行政处罚法第四十八条）"))
	}
	return err
}

// EndTerms takes down the penalties whose last day has passed. Readers do not
// see them from that midnight on, whether it has run or not.
func (s *Service) EndTerms(ctx context.Context, authority string) error {
	list, err := readPenalties(ctx, s.DB, authority, `current AND until_on < $2`, s.today().String())
	if err != nil {
		return err
	}
	for _, v := range list {
		err = errors.Join(err, s.byItself(ctx, authority, v.ID, PenaltyEnded, fmt.Sprintf("公示期到 %s 届满", v.Until)))
	}
	return err
}

// byItself is the program's own take-down. That another node was first is no
// fault.
func (s *Service) byItself(ctx context.Context, authority, id string, state PenaltyState, reason string) error {
	a := access.System(authority)
	err := s.Door.Do(ctx, a, access.PenaltyPublish, id, func(tx *store.DB) error { return s.takeDown(ctx, tx, a, id, state, reason) })
	if errs.KindOf(err) == errs.Conflict {
		return nil
	}
	return err
}

// takeDown ends a penalty's time in public: every version is emptied, the
// address stays with the reason.
func (s *Service) takeDown(ctx context.Context, tx *store.DB, a access.Actor, id string, state PenaltyState, reason string) error {
	had, err := readPenalties(ctx, tx, a.Authority, `penalty_id = $2`, id)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(had, func(v PenaltyVersion) bool { return v.Current })
	if i < 0 {
		return errs.E(errs.Conflict, "这条处罚信息目前没有公示，没有任何改动")
	}
	now := had[i]
	_, err = tx.Exec(ctx, `
		UPDATE disclosure_penalty
		SET current = FALSE, firm_name = '', firm_code = '', search = '', record = '', salt = ''
		WHERE authority_id = $1 AND penalty_id = $2`, a.Authority, id)
	if err != nil {
		return err
	}
	v := PenaltyVersion{ID: id, Version: len(had) + 1, Number: now.Number, FormID: now.FormID, TargetID: now.TargetID, State: state, Digest: now.Digest,
		Reason: reason, Class: now.Class, From: now.From, Until: now.Until, PostedAt: s.Now(), PostedBy: a.ID}
	if err := insertPenalty(ctx, tx, a.Authority, v); err != nil {
		return err
	}
	if err := errors.Join(s.settle(ctx, tx, a.Authority, id, ObjectionWithdrawn), dropRepair(ctx, tx, v, a.Authority)); err != nil {
		return err
	}
	return s.Scribe.Enter(ctx, tx, a.Authority, string(ledger.PenaltyWithdrawn), id,
		map[string]any{"digest": v.Digest, "version": v.Version, "reason": v.Reason, "why": string(state), "concerns": now.Digest})
}

// Penalties lists what is public of penalties today, the newest first: all, of
// a firm (its id), or those with a part of a name, code or number.
func (s *Service) Penalties(ctx context.Context, authority, target, text string) ([]PenaltyVersion, error) {
	where, args := `current AND until_on >= $2`, []any{s.today().String()}
	if target != "" {
		args = append(args, target)
		where += " AND target_id = $3"
	}
	if t := fold(text); t != "" {
		args = append(args, store.Anywhere(t))
		where += fmt.Sprintf(` AND search LIKE $%d ESCAPE '\'`, len(args)+1)
	}
	return readPenalties(ctx, s.DB, authority, where, args...)
}

// PostedPenalties lists the newest version of every penalty that was ever
// public, the newest first.
func (s *Service) PostedPenalties(ctx context.Context, authority string) ([]PenaltyVersion, error) {
	return readPenalties(ctx, s.DB, authority, `NOT EXISTS (
		SELECT 1
		FROM disclosure_penalty n
		WHERE n.authority_id = p.authority_id AND n.penalty_id = p.penalty_id AND n.version > p.version)`)
}

// Settled says of each decision's number whether nothing is left to publish: it
// is public, or left the public for good. all are the newest versions.
func Settled(all []PenaltyVersion) map[string]bool {
	done := map[string]bool{}
	for _, v := range all {
		done[v.Number] = v.State != PenaltyWithdrawn
	}
	return done
}

// PenaltyVersions returns every version of a penalty's record, the first first;
// from the day after its last on without content. Errors: NotFound if it was
// never public.
func (s *Service) PenaltyVersions(ctx context.Context, authority, id string) ([]PenaltyVersion, error) {
	list, err := readPenalties(ctx, s.DB, authority, `penalty_id = $2`, id)
	if err == nil && len(list) == 0 {
		err = errs.E(errs.NotFound, "没有公示过这条处罚信息")
	}
	slices.Reverse(list)
	for i, v := range list {
		if v.Current && s.today().After(v.Until) {
			v.Current, v.Public, v.Record, v.JSON, v.Salt = false, false, PenaltyRecord{}, "", ""
			v.Reason = fmt.Sprintf("公示期到 %s 届满", v.Until)
			list[i] = v
		}
	}
	return list, err
}

const penaltyCols = `penalty_id, version, number, form_id, target_id, state, current, record, salt, digest, reason, class, from_on, until_on, posted_at, posted_by`

func scanPenalty(row store.Scanner) (v PenaltyVersion, err error) {
	var from, until string
	var at int64
	err = row.Scan(&v.ID, &v.Version, &v.Number, &v.FormID, &v.TargetID, &v.State, &v.Current, &v.JSON, &v.Salt, &v.Digest, &v.Reason, &v.Class,
		&from, &until, &at, &v.PostedBy)
	if err != nil {
		return v, err
	}
	if v.PostedAt, v.Public = store.Instant(at), v.JSON != ""; v.Public {
		if err := json.Unmarshal([]byte(v.JSON), &v.Record); err != nil {
			return v, fmt.Errorf("penalty %s: %w", v.ID, err)
		}
	}
	return v, errors.Join(v.From.UnmarshalText([]byte(from)), v.Until.UnmarshalText([]byte(until)))
}

// readPenalties reads versions, the newest first. where speaks of $2 and on.
func readPenalties(ctx context.Context, db *store.DB, authority, where string, args ...any) ([]PenaltyVersion, error) {
	return store.All(ctx, db, scanPenalty, `
		SELECT `+penaltyCols+`
		FROM disclosure_penalty p
		WHERE p.authority_id = $1 AND `+where+`
		ORDER BY p.posted_at DESC, p.penalty_id DESC, p.version DESC`, append([]any{authority}, args...)...)
}

func insertPenalty(ctx context.Context, tx *store.DB, authority string, v PenaltyVersion) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO disclosure_penalty (authority_id, `+penaltyCols+`, firm_name, firm_code, search)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`,
		authority, v.ID, v.Version, v.Number, v.FormID, v.TargetID, string(v.State), v.Current, v.JSON, v.Salt, v.Digest, v.Reason, v.Class,
		v.From.String(), v.Until.String(), v.PostedAt.UnixMilli(), v.PostedBy,
		v.Record.Firm.Name, v.Record.Firm.Code, fold(v.Record.Firm.Name+v.Record.Firm.Code+v.Record.Number))
	if err != nil {
		return fmt.Errorf("post penalty %s version %d: %w", v.ID, v.Version, err)
	}
	return nil
}
