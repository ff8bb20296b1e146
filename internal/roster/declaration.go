package roster

import (
	"context"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// DeclarationKinds are the grounds of a recusal (回避).
var DeclarationKinds = []string{"亲属", "曾任职", "持股", "其他"}

// Declaration is a ground for an officer not to inspect a firm, as it was
// declared; it stays to be seen when it has ended.
type Declaration struct {
	ID         string
	OfficerID  string
	Officer    string // name
	TargetID   string
	Target     string // name
	Kind       string // one of DeclarationKinds
	Reason     string // never public
	DeclaredBy string
	DeclaredOn calendar.Date // zero: not known
	By         string        // who entered it
	At         time.Time
	EndedOn    calendar.Date // zero: in force
	EndReason  string
	EndedBy    string
}

func scanDeclaration(row store.Scanner) (d Declaration, err error) {
	var on, ended string
	var at int64
	err = row.Scan(&d.ID, &d.OfficerID, &d.Officer, &d.TargetID, &d.Target, &d.Kind, &d.Reason, &d.DeclaredBy, &on, &d.By, &at, &ended, &d.EndReason, &d.EndedBy)
	if err != nil {
		return d, err
	}
	d.At = time.UnixMilli(at).UTC()
	if err = day(on, &d.DeclaredOn); err == nil {
		err = day(ended, &d.EndedOn)
	}
	return d, err
}

// Declarations returns those of an officer, of a firm, or of both if both are
// given: those in force first, then the newest.
func (s *Service) Declarations(ctx context.Context, authority, officerID, targetID string) ([]Declaration, error) {
	return store.All(ctx, s.db, scanDeclaration, `
		SELECT d.declaration_id, d.officer_id, o.name, d.target_id, t.name, d.kind, d.reason, d.declared_by, d.declared_on, d.by_name, d.at, d.ended_on, d.end_reason, d.ended_name
		FROM roster_declaration d
		JOIN register_officer o ON o.authority_id = d.authority_id AND o.officer_id = d.officer_id
		JOIN register_target t ON t.authority_id = d.authority_id AND t.target_id = d.target_id
		WHERE d.authority_id = $1 AND (d.officer_id = $2 OR $2 = '') AND (d.target_id = $3 OR $3 = '')
		ORDER BY CASE WHEN d.ended_on = '' THEN 0 ELSE 1 END, d.declared_on DESC, d.declaration_id DESC`, authority, officerID, targetID)
}

// NewDeclaration is a declaration as it was typed.
type NewDeclaration struct{ Target, Kind, Reason, DeclaredBy, DeclaredOn string }

// Declare enters a recusal. Draws sealed before it do not know it: there it is
// a reason for a substitution. Errors: Invalid at an input; NotFound; Conflict
// if this ground is in force already.
func (s *Service) Declare(ctx context.Context, a access.Actor, officerID string, n NewDeclaration) error {
	return s.do(ctx, a, officerID, "declaration", func(tx *store.DB) error {
		_, err := s.DeclareTx(ctx, tx, a, officerID, n)
		return err
	})
}

// DeclareTx does it in the transaction of the act that it is part of, and
// returns the firm's identifier.
func (s *Service) DeclareTx(ctx context.Context, tx *store.DB, a access.Actor, officerID string, n NewDeclaration) (target string, err error) {
	var f form
	f.oneOf("ground", "回避的情形", n.Kind, DeclarationKinds)
	reason, by := f.text("because", "具体情况", n.Reason, true, 200), f.text("declarer", "申报人", n.DeclaredBy, true, 40)
	on := f.date("declared", "申报日期", n.DeclaredOn, true)
	if on.After(s.today()) {
		f.bad("declared", "申报日期不能晚于今天")
	}
	t, err := s.register.TargetWith(ctx, a.Authority, n.Target)
	switch {
	case n.Target == "":
		f.bad("target", "请填写检查对象的统一社会信用代码")
	case errs.KindOf(err) == errs.NotFound || err == nil && !t.Active:
		f.bad("target", "名录里没有这个检查对象；请填统一社会信用代码")
	case err != nil:
		return "", err
	}
	if err := f.err(); err != nil {
		return "", err
	}
	done, err := tx.Exec(ctx, `
		INSERT INTO roster_declaration (authority_id, declaration_id, officer_id, target_id, kind, reason, declared_by, declared_on, by_name, at, ended_on, end_reason, ended_name)
		VALUES (`+store.Places(1, 10)+`, '', '', '')
		ON CONFLICT (authority_id, officer_id, target_id, kind) WHERE ended_on = '' DO NOTHING`,
		a.Authority, store.NewID(s.now()), officerID, t.ID, n.Kind, reason, by, on.String(), a.Name, s.now().UnixMilli())
	if err = once(done, err, "这项回避此前已登记，没有改动"); err != nil {
		return "", err
	}
	return t.ID, s.register.Recuse(ctx, tx, a.Authority, officerID, t.ID, reason)
}

// EndDeclaration ends a recusal whose ground has gone; it stays to be seen.
// The officer may be matched with the firm again once no ground is left.
// Errors: Invalid without a reason; Conflict if it has ended.
func (s *Service) EndDeclaration(ctx context.Context, a access.Actor, officerID, id, reason string) error {
	var f form
	reason = f.text("ending", "解除的原因", reason, true, 200)
	if err := f.err(); err != nil {
		return err
	}
	return s.do(ctx, a, officerID, "declaration", func(tx *store.DB) error {
		n, err := tx.Exec(ctx, `
			UPDATE roster_declaration
			SET ended_on = $4, end_reason = $5, ended_name = $6
			WHERE authority_id = $1 AND officer_id = $2 AND declaration_id = $3 AND ended_on = ''`,
			a.Authority, officerID, id, s.today().String(), reason, a.Name)
		if err = once(n, err, "这项回避此前已解除，没有改动"); err != nil {
			return err
		}
		target, err := store.One(ctx, tx, store.Value[string], `
			SELECT target_id
			FROM roster_declaration
			WHERE authority_id = $1 AND declaration_id = $2`, a.Authority, id)
		if err != nil {
			return err
		}
		left, err := store.One(ctx, tx, store.Value[int], `
			SELECT count(*)
			FROM roster_declaration
			WHERE authority_id = $1 AND officer_id = $2 AND target_id = $3 AND ended_on = ''`, a.Authority, officerID, target)
		if err != nil || left > 0 {
			return err
		}
		return s.register.EndRecusal(ctx, tx, a.Authority, officerID, target)
	})
}
