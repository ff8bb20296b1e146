package identity

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/password"
	"suiji/internal/store"
	"suiji/internal/throttle"
)

// Rules say how an authority's people sign in.
type Rules struct {
	Passwords password.Profile
	Second    []access.Role // who needs a second factor
}

// Needs reports whether an account must have a second factor.
func (r Rules) Needs(a Account) bool {
	return slices.ContainsFunc(a.Roles, func(x access.Role) bool { return slices.Contains(r.Second, x) })
}

// String is the rules in words.
func (r Rules) String() string {
	s := "密码按“" + string(r.Passwords) + "”"
	for _, x := range password.Profiles {
		if x.Profile == r.Passwords {
			s = "密码按“" + x.Name + "”规则"
		}
	}
	if len(r.Second) == 0 {
		return s + "，没有角色要求双因素"
	}
	names := make([]string, len(r.Second))
	for i, x := range r.Second {
		names[i] = x.Name()
	}
	return s + "，须双因素：" + strings.Join(names, "、")
}

func scanRules(row store.Scanner) (r Rules, err error) {
	var second string
	err = row.Scan(&r.Passwords, &second)
	r.Second = parted(second)
	return r, err
}

// firstRules are those of an authority from its founding on, until it chooses
// others: everybody needs a second factor (0134).
func firstRules() Rules { return Rules{Passwords: password.Dengbao, Second: access.OfAccounts()} }

// Rules returns an authority's rules. One that is older than firstRules and has
// chosen none goes on as it was: by passwords alone.
func (s *Service) Rules(ctx context.Context, authority string) (Rules, error) {
	r, err := store.One(ctx, s.db, scanRules, `
		SELECT passwords, second
		FROM identity_rules
		WHERE authority_id = $1`, authority)
	if errs.KindOf(err) == errs.NotFound {
		return Rules{Passwords: password.Dengbao}, nil
	}
	return r, err
}

// SetRules changes an authority's rules. They hold from the next password and
// the next sign-in on.
func (s *Service) SetRules(ctx context.Context, by access.Actor, r Rules) error {
	if !r.Passwords.Valid() {
		return errs.At("passwords", "请选择密码规则，设置没有改动")
	}
	if slices.ContainsFunc(r.Second, func(x access.Role) bool { return !x.OfAccount() }) {
		return errs.At("second", "没有这种角色，设置没有改动")
	}
	if err := s.apart(ctx, by, access.RulesEdit, ""); err != nil {
		return err
	}
	return s.door.Do(ctx, by, access.RulesEdit, string(r.Passwords), func(tx *store.DB) error { return r.keep(ctx, tx, by.Authority) })
}

func (r Rules) keep(ctx context.Context, tx *store.DB, authority string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO identity_rules (authority_id, part, passwords, second)
		VALUES ($1, 'signin', $2, $3)
		ON CONFLICT (authority_id, part) DO UPDATE SET passwords = excluded.passwords, second = excluded.second`,
		authority, string(r.Passwords), joined(r.Second))
	return err
}

// judge holds a password to the authority's profile, and to the list of those
// that have become known. The demo's own, which stands on the screen for
// everybody, is let through.
func (s *Service) judge(r Rules, auth Authority, a Account, secret string) error {
	if auth.Demo {
		return nil
	}
	err := r.Passwords.Check(secret, a.Username, a.Name, auth.ID, auth.Name, auth.ShortName)
	if err != nil || s.known == nil {
		return err
	}
	held, err := s.known(secret)
	if err == nil && held {
		err = errs.At("password", "这个密码在已泄露密码的清单里，没有保存。请换一个没有在别处用过的")
	}
	return err
}

// ChangePassword changes one's own password: who knows the old one may. All
// other sessions of the account end.
func (s *Service) ChangePassword(ctx context.Context, a Account, old, next string) error {
	auth, err := s.Authority(ctx, a.Authority)
	if err != nil {
		return err
	}
	if err := s.Prove(ctx, a, old); err != nil {
		return err
	}
	if old == next {
		return errs.At("password", "新密码与现在的密码相同，没有改动")
	}
	rules, err := s.Rules(ctx, a.Authority)
	if err != nil {
		return err
	}
	if err := s.judge(rules, auth, a, next); err != nil {
		return err
	}
	before, err := store.All(ctx, s.db, store.Value[string], `
		SELECT password
		FROM identity_password
		WHERE authority_id = $1 AND account_id = $2
		ORDER BY no DESC
		LIMIT $3`, a.Authority, a.ID, rules.Passwords.Rule().History)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(before, func(phc string) bool { return s.argon.Fits(next, phc) }) {
		return errs.At("password", "新密码与最近用过的相同，没有改动。请换一个没有用过的")
	}
	phc, err := s.argon.Hash(next)
	if err != nil {
		return err
	}
	return s.door.Do(ctx, a.Actor(), access.OwnAccount, a.ID, func(tx *store.DB) error {
		return s.setPassword(ctx, tx, a, phc, false)
	})
}

// Reset gives an account a password for one sign-in, at which it must be
// changed, and returns it; nothing if it was done before under the request's
// key. All sessions of the account end; its second factor stays.
func (s *Service) Reset(ctx context.Context, by access.Actor, id string) (once string, err error) {
	if by.ID == id {
		return "", errs.E(errs.Invalid, "自己的密码在“我的账号”修改，没有重置")
	}
	a, err := s.Account(ctx, by.Authority, id)
	if err != nil {
		return "", err
	}
	if err := s.apart(ctx, by, access.AccountReset, id); err != nil {
		return "", err
	}
	password := onceOnly()
	phc, err := s.argon.Hash(password)
	if err != nil {
		return "", err
	}
	err = s.door.Do(ctx, by, access.AccountReset, id, func(tx *store.DB) error {
		once = password
		return s.setPassword(ctx, tx, a, phc, true)
	})
	return once, err
}

// onceOnly makes a password of twenty letters and digits in groups: 100 bits.
func onceOnly() string {
	t := rand.Text()
	return t[:5] + "-" + t[5:10] + "-" + t[10:15] + "-" + t[15:20]
}

// setPassword replaces a password and ends the account's sessions. The old one
// joins those that may not come back.
func (s *Service) setPassword(ctx context.Context, tx *store.DB, a Account, phc string, once bool) error {
	if _, err := tx.Exec(ctx, `
		INSERT INTO identity_password (authority_id, account_id, no, password)
		SELECT authority_id, account_id, (
			SELECT coalesce(max(no), 0) + 1
			FROM identity_password
			WHERE authority_id = $1 AND account_id = $2), password
		FROM identity_account
		WHERE authority_id = $1 AND account_id = $2`, a.Authority, a.ID); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		UPDATE identity_account
		SET password = $3, must_change = $4, changed_at = $5, epoch = epoch + 1
		WHERE authority_id = $1 AND account_id = $2`, a.Authority, a.ID, phc, once, s.now().UnixMilli())
	return err
}

// Prove checks that whoever acts as a knows its password; failures count as
// those of signing in do.
func (s *Service) Prove(ctx context.Context, a Account, password string) error {
	c, err := store.One(ctx, s.db, store.Value[string], `
		SELECT password
		FROM identity_account
		WHERE authority_id = $1 AND account_id = $2 AND active`, a.Authority, a.ID)
	if err != nil {
		return err
	}
	all := []throttle.Counted{{Subject: digest("proof", a.ID), Limit: ofAProof}}
	if err := s.throttle.Reserve(ctx, a.Authority, all); err != nil {
		return err
	}
	if !s.argon.Fits(password, c) {
		return s.refused(ctx, a.Authority, credentials{account: a.ID, name: a.Name}, errs.At("old", "现在的密码不对，没有改动"))
	}
	return s.door.Keep(ctx, func(tx *store.DB) error { return s.throttle.Succeeded(ctx, tx, a.Authority, all) })
}

// Enable lets an account sign in, or ends all its sessions and keeps it out.
func (s *Service) Enable(ctx context.Context, by access.Actor, id string, active bool) error {
	if by.ID == id {
		return errs.E(errs.Invalid, "不能停用自己的账号，没有改动")
	}
	if _, err := s.Account(ctx, by.Authority, id); err != nil {
		return err
	}
	if err := s.apart(ctx, by, access.AccountEnable, id); err != nil {
		return err
	}
	return s.door.Do(ctx, by, access.AccountEnable, id, func(tx *store.DB) error {
		if !active {
			if err := s.in(tx).remains(ctx, by.Authority, id); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `
			UPDATE identity_account
			SET active = $3, epoch = epoch + 1
			WHERE authority_id = $1 AND account_id = $2`, by.Authority, id, active)
		return err
	})
}
