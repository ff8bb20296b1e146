package disclosure

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/canon"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/store"
	"suiji/ledger"
)

// MostAtOnce is how many forms one act may publish.
const MostAtOnce = 500

// Publish makes the results of forms public, all or none (1.35).
// Errors: Conflict for a form that is not confirmed, public already or exempt.
func (s *Service) Publish(ctx context.Context, a access.Actor, formIDs []string) error {
	return s.PublishSeen(ctx, a, formIDs, "")
}

// SeenOf names what previews show, whatever their order.
func SeenOf(views []Preview) string {
	byForm := map[string]string{}
	for _, v := range views {
		byForm[v.Record.Form] = v.JSON
	}
	var all strings.Builder
	for _, id := range slices.Sorted(maps.Keys(byForm)) {
		all.WriteString(byForm[id] + "\n")
	}
	return canon.SHA256.Hex([]byte(all.String()))
}

// PublishSeen is Publish of what somebody saw before: seen is SeenOf the
// previews, empty for who saw none. Errors: Conflict too if anything else would
// become public.
func (s *Service) PublishSeen(ctx context.Context, a access.Actor, formIDs []string, seen string) error {
	ids := slices.Compact(slices.Sorted(slices.Values(formIDs)))
	if len(ids) == 0 {
		return errs.E(errs.Invalid, "请选择要公示的检查表")
	}
	if len(ids) > MostAtOnce {
		return errs.E(errs.Invalid, fmt.Sprintf("一次最多公示 %d 户，现选了 %d 户，没有公示任何结果", MostAtOnce, len(ids)))
	}
	p, err := s.poster(ctx, a)
	if err != nil {
		return err
	}
	return s.Door.Do(ctx, a, access.ResultPublish, object(ids), func(tx *store.DB) error {
		p.last, p.views = map[string]calendar.Date{}, nil
		for _, id := range ids {
			if err := p.publish(ctx, tx, id); err != nil {
				return err
			}
		}
		if seen != "" && seen != SeenOf(p.views) {
			return errs.E(errs.Conflict, "预览以后有检查表的内容变动了，没有公示任何结果。现在的内容见下面的预览，请重新核对")
		}
		return nil
	})
}

// object names the forms of an act in the audit.
func object(ids []string) string {
	if len(ids) == 1 {
		return ids[0]
	}
	return fmt.Sprintf("%s 等 %d 户", ids[0], len(ids))
}

// poster writes postings in one act.
type poster struct {
	s    *Service
	a    access.Actor
	auth identity.Authority
	cal  calendar.Calendar
	last map[string]calendar.Date // the last inspection of each round, in one transaction
	// views are what the act has published.
	views []Preview
}

// lastOf returns the last inspection of a form's round.
func (p *poster) lastOf(ctx context.Context, tx *store.DB, f inspection.Form) (calendar.Date, error) {
	if d, ok := p.last[f.RoundID]; ok {
		return d, nil
	}
	d, err := readLast(ctx, tx, f)
	p.last[f.RoundID] = d
	return d, err
}

func (s *Service) poster(ctx context.Context, a access.Actor) (*poster, error) {
	auth, err := s.Identity.Authority(ctx, a.Authority)
	if err != nil {
		return nil, err
	}
	cal, err := s.Reference.Calendar(ctx)
	return &poster{s: s, a: a, auth: auth, cal: cal}, err
}

func (p *poster) publish(ctx context.Context, tx *store.DB, id string) error {
	f, err := p.s.Inspection.FormTx(ctx, tx, p.a.Authority, id)
	if err != nil {
		return err
	}
	versions, err := readVersions(ctx, tx, f.Authority, id)
	if err != nil {
		return err
	}
	if current(versions) != nil {
		return errs.E(errs.Conflict, fmt.Sprintf("检查表 %s 的结果已经公示，本次没有公示任何结果", id))
	}
	exempt, err := isExempt(ctx, tx, f.Authority, id)
	if err != nil {
		return err
	}
	if exempt {
		return errs.E(errs.Conflict, fmt.Sprintf("检查表 %s 已批准免予公示，本次没有公示任何结果", id))
	}
	view, err := preview(p.auth, f)
	if err != nil {
		return err
	}
	last, err := p.lastOf(ctx, tx, f)
	if err != nil {
		return err
	}
	p.views = append(p.views, view)
	v := p.version(f, view, len(versions)+1)
	v.State, v.DueOn = Published, due(p.cal, f, last, p.s.today()).On
	if len(versions) > 0 && !versions[0].DueOn.Zero() {
		v.DueOn = versions[0].DueOn // the first publication met the deadline or missed it; a withdrawal sets no new one
	}
	if err := insertVersion(ctx, tx, v, f, p.a); err != nil {
		return err
	}
	return p.s.Scribe.Enter(ctx, tx, f.Authority, string(ledger.ResultPublished), id, map[string]any{"digest": v.Digest, "version": v.Version})
}

// version makes the next version of a public record, with a fresh salt.
func (p *poster) version(f inspection.Form, view Preview, no int) Version {
	salt, digest := p.sealed([]byte(view.JSON))
	return Version{
		FormID: f.ID, Version: no, Current: true, Public: true, RoundID: f.RoundID, TargetID: f.Firm.TargetID, Year: f.Task.Year,
		Record: view.Record, JSON: view.JSON, Salt: salt, Digest: digest, PostedAt: p.s.Now(),
	}
}

// sealed makes a fresh salt for a record and the digest for the ledger.
func (p *poster) sealed(record []byte) (salt, digest string) {
	raw := make([]byte, 32)
	rand.Read(raw) // never fails (crypto/rand)
	return hex.EncodeToString(raw), p.auth.Hash.Hex(append(raw, record...))
}

// CheckDigest reports whether a version's record is the one whose digest is in
// the ledger: H(salt ‖ canonical JSON).
func CheckDigest(h canon.Hash, v Version) bool {
	salt, err := hex.DecodeString(v.Salt)
	return err == nil && v.JSON != "" && h.Hex(append(salt, v.JSON...)) == v.Digest
}

// Correct puts a new version in the place of a public record, made of the
// form as it is confirmed now: after inspection.Reopen, Enter and Confirm, or
// after the outcome of a problem.
// Errors: Conflict if nothing is public, the form is not confirmed, or the
// public record would stay the same.
func (s *Service) Correct(ctx context.Context, a access.Actor, formID, reason string) error {
	if err := checkReason(reason); err != nil {
		return err
	}
	p, err := s.poster(ctx, a)
	if err != nil {
		return err
	}
	return s.Door.Do(ctx, a, access.ResultCorrect, formID, func(tx *store.DB) error {
		f, versions, now, err := s.public(ctx, tx, a.Authority, formID)
		if err != nil {
			return err
		}
		view, err := preview(p.auth, f)
		if err != nil {
			return err
		}
		if view.JSON == now.JSON {
			return errs.E(errs.Conflict, "公开的内容没有变化，没有更正；先退回检查表更正、审核后再公示更正")
		}
		v := p.version(f, view, len(versions)+1)
		v.State, v.Reason, v.DueOn = Corrected, strings.TrimSpace(reason), now.DueOn
		_, err = tx.Exec(ctx, `
			UPDATE disclosure_posting
			SET current = $3
			WHERE authority_id = $1 AND form_id = $2`, f.Authority, formID, false)
		if err != nil {
			return err
		}
		if err := errors.Join(count(ctx, tx, f.Authority, now, -1), insertVersion(ctx, tx, v, f, a), s.settle(ctx, tx, f.Authority, formID, ObjectionCorrected)); err != nil {
			return err
		}
		return s.Scribe.Enter(ctx, tx, f.Authority, string(ledger.ResultCorrected), formID,
			map[string]any{"digest": v.Digest, "version": v.Version, "reason": v.Reason, "concerns": now.Digest})
	})
}

// Withdraw takes a public record back. Every version is emptied; dates,
// digests and the reason stay to be read.
// Errors: Conflict if nothing is public.
func (s *Service) Withdraw(ctx context.Context, a access.Actor, formID, reason string) error {
	if err := checkReason(reason); err != nil {
		return err
	}
	return s.Door.Do(ctx, a, access.ResultWithdraw, formID, func(tx *store.DB) error {
		f, versions, now, err := s.public(ctx, tx, a.Authority, formID)
		if err != nil {
			return err
		}
		for _, text := range []string{
			`UPDATE disclosure_posting SET current = FALSE, firm_name = '', firm_code = '', search = '', record = '', salt = '' WHERE authority_id = $1 AND form_id = $2`,
			`DELETE FROM disclosure_result WHERE authority_id = $1 AND form_id = $2`,
		} {
			if _, err := tx.Exec(ctx, text, f.Authority, formID); err != nil {
				return err
			}
		}
		v := Version{FormID: formID, Version: len(versions) + 1, State: Withdrawn, RoundID: f.RoundID, TargetID: f.Firm.TargetID,
			Year: now.Year, Digest: now.Digest, Reason: strings.TrimSpace(reason), DueOn: now.DueOn, PostedAt: s.Now()}
		if err := errors.Join(count(ctx, tx, f.Authority, now, -1), insertVersion(ctx, tx, v, f, a), s.settle(ctx, tx, f.Authority, formID, ObjectionWithdrawn)); err != nil {
			return err
		}
		return s.Scribe.Enter(ctx, tx, f.Authority, string(ledger.ResultWithdrawn), formID,
			map[string]any{"digest": v.Digest, "version": v.Version, "reason": v.Reason, "concerns": now.Digest})
	})
}

// public returns a form with its versions and the one that the public sees.
func (s *Service) public(ctx context.Context, tx *store.DB, authority, id string) (inspection.Form, []Version, Version, error) {
	f, err := s.Inspection.FormTx(ctx, tx, authority, id)
	if err != nil {
		return f, nil, Version{}, err
	}
	versions, err := readVersions(ctx, tx, authority, id)
	if err != nil {
		return f, nil, Version{}, err
	}
	now := current(versions)
	if now == nil {
		return f, nil, Version{}, errs.E(errs.Conflict, fmt.Sprintf("检查表 %s 的结果目前没有公示，没有任何改动", id))
	}
	return f, versions, *now, nil
}

func current(versions []Version) *Version {
	if i := slices.IndexFunc(versions, func(v Version) bool { return v.Current }); i >= 0 {
		return &versions[i]
	}
	return nil
}

// A reason has so many characters: everybody reads it for ever, and “x” tells
// nobody why.
const (
	shortReason = 2
	longReason  = 500
)

// checkReason refuses a reason that must not stand in the ledger for ever.
func checkReason(reason string) error {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return errs.At("reason", "请写明原因，原因将随记录公开")
	}
	if !plain(reason) || len([]rune(reason)) < shortReason {
		return errs.At("reason", fmt.Sprintf("原因写成一段，至少 %d 字、最多 %d 字", shortReason, longReason))
	}
	var m masker
	m.cover(reason)
	if len(m.kinds) > 0 {
		return errs.At("reason", "原因将永久公开，请删去其中的"+strings.Join(m.kinds, "、"))
	}
	return nil
}

// plain reports whether a reason is one paragraph of text that every reader,
// database and ledger takes.
func plain(reason string) bool {
	return len([]rune(reason)) <= longReason && utf8.ValidString(reason) && !strings.ContainsFunc(strings.TrimSpace(reason), unicode.IsControl)
}

// Exempt keeps a form's result from the public, as a law demands; the leader
// approves it. The form stays in the rate's denominator and is counted apart.
func (s *Service) Exempt(ctx context.Context, a access.Actor, formID, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return errs.At("reason", "请写明免予公示的法律依据和理由")
	}
	if !plain(reason) {
		return errs.At("reason", fmt.Sprintf("理由写成一段，最多 %d 字", longReason))
	}
	return s.Door.Do(ctx, a, access.ResultExempt, formID, func(tx *store.DB) error {
		f, err := s.Inspection.FormTx(ctx, tx, a.Authority, formID)
		if err != nil {
			return err
		}
		versions, err := readVersions(ctx, tx, a.Authority, formID)
		if err != nil {
			return err
		}
		if current(versions) != nil {
			return errs.E(errs.Conflict, "结果已经公示，应先撤回再批准免予公示")
		}
		exempt, err := isExempt(ctx, tx, a.Authority, formID)
		if exempt && err == nil {
			err = errs.E(errs.Conflict, "该户已批准免予公示，没有任何改动")
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO disclosure_exemption (authority_id, form_id, reason, approved_by, approved_at)
			VALUES ($1, $2, $3, $4, $5)`, f.Authority, formID, strings.TrimSpace(reason), a.Name, s.Now().UnixMilli())
		return err
	})
}

// fold makes names and codes comparable: half-width, lower case, no blanks.
func fold(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(width.Fold.String(s)), ""))
}
