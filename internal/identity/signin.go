package identity

import (
	"context"
	"strings"

	"suiji/internal/access"
	"suiji/internal/argon"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// Attempt is one try to sign in: what was typed, and from where.
type Attempt struct {
	Authority, Username, Password string
	Address                       string // IP address
	Device                        string // the browser's own cookie; empty: none
}

type credentials struct {
	account, name, password string
	active, known           bool
}

func scanCredentials(row store.Scanner) (c credentials, err error) {
	err = row.Scan(&c.account, &c.name, &c.password, &c.active, &c.known)
	return c, err
}

var wrong = errs.E(errs.Invalid, "登录名或密码不对，请重新输入")

// SignIn checks a password and returns its account. Errors: Invalid, with one
// sentence for a wrong name and a wrong password that takes as long for both,
// and one that says when to try again. Each attempt is recorded.
func (s *Service) SignIn(ctx context.Context, t Attempt) (Account, error) {
	rules, err := s.Rules(ctx, t.Authority)
	if err != nil {
		return Account{}, err
	}
	t.Username = strings.TrimSpace(t.Username)
	c, err := store.One(ctx, s.db, scanCredentials, `
		SELECT account_id, name, password, active, EXISTS (
			SELECT 1
			FROM identity_device AS d
			WHERE d.authority_id = a.authority_id AND d.account_id = a.account_id AND d.device_hash = $3)
		FROM identity_account AS a
		WHERE authority_id = $1 AND username = $2`, t.Authority, t.Username, digest(t.Device))
	if errs.KindOf(err) == errs.NotFound {
		c, err = credentials{password: argon.Nobody}, nil
	}
	if err != nil {
		return Account{}, err
	}
	all, err := s.counts(ctx, t, c.known && t.Device != "", rules.Passwords.Rule().Lock)
	if err != nil {
		return Account{}, err
	}
	if err := s.throttle.Reserve(ctx, t.Authority, all); err != nil {
		return Account{}, s.refused(ctx, t.Authority, c, err)
	}
	if ok := s.argon.Fits(t.Password, c.password); !ok || !c.active {
		return Account{}, s.refused(ctx, t.Authority, c, wrong)
	}
	acc, err := s.Account(ctx, t.Authority, c.account)
	if err != nil {
		return Account{}, err
	}
	if err := s.standing(ctx, acc); err != nil {
		return Account{}, s.refused(ctx, t.Authority, c, err)
	}
	return acc, s.door.Do(ctx, acc.Actor(), access.SignIn, acc.ID, func(tx *store.DB) error {
		if err := s.throttle.Succeeded(ctx, tx, t.Authority, all); err != nil {
			return err
		}
		return s.rehash(ctx, tx, c, t)
	})
}

// Vouched returns an account of which somebody else has vouched that its owner
// is there, and records that he signs in. Errors: as of SignIn.
func (s *Service) Vouched(ctx context.Context, authority, id string) (Account, error) {
	acc, err := s.Account(ctx, authority, id)
	if err != nil {
		return acc, err
	}
	err = s.standing(ctx, acc)
	if !acc.Active {
		err = errs.E(errs.Invalid, "您的账号已停用，没有登录。请联系管理员")
	}
	if err != nil {
		return Account{}, s.refused(ctx, authority, credentials{account: acc.ID, name: acc.Name}, err)
	}
	return acc, s.door.Do(ctx, acc.Actor(), access.SignIn, acc.ID, func(*store.DB) error { return nil })
}

// Unknown records that somebody was vouched for who has no account here, and
// returns why he is not let in.
func (s *Service) Unknown(ctx context.Context, authority, who string, why error) error {
	return s.deny(ctx, access.Actor{Authority: authority, Name: who}, access.SignIn, "", why)
}

// standing checks that an account has roles today, and none that exclude each
// other: the authority may have become stricter since they were given.
func (s *Service) standing(ctx context.Context, a Account) error {
	auth, err := s.Authority(ctx, a.Authority)
	if err != nil {
		return err
	}
	if len(a.Roles) == 0 {
		return errs.E(errs.Invalid, "您的账号现在没有角色，不能登录。请联系管理员")
	}
	if why := clash(a.Roles, auth.RelaxedDuties); why != "" {
		return errs.E(errs.Invalid, "不能登录："+why+"。请联系管理员调整角色")
	}
	return nil
}

// refused records an attempt that failed. A name that does not exist is not
// written down: it may be a password in the wrong field.
func (s *Service) refused(ctx context.Context, authority string, c credentials, why error) error {
	if errs.KindOf(why) != errs.Invalid {
		return why
	}
	name := c.name
	if c.account == "" {
		name = "未知登录名"
	}
	return s.deny(ctx, access.Actor{Authority: authority, Name: name}, access.SignIn, c.account, why)
}

// rehash keeps the password under today's cost.
func (s *Service) rehash(ctx context.Context, tx *store.DB, c credentials, t Attempt) error {
	if !argon.Outdated(c.password) {
		return nil
	}
	phc, err := s.argon.Hash(t.Password)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE identity_account
		SET password = $3
		WHERE authority_id = $1 AND account_id = $2 AND password = $4`, t.Authority, c.account, phc, c.password)
	return err
}

// Remember notes that an account signs in from a device.
func (s *Service) Remember(ctx context.Context, a Account, device string) error {
	return s.door.Keep(ctx, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO identity_device (authority_id, account_id, device_hash, seen_at)
			VALUES ($1, $2, $3, $4)
			ON CONFLICT (authority_id, account_id, device_hash) DO UPDATE SET seen_at = excluded.seen_at`,
			a.Authority, a.ID, digest(device), s.now().UnixMilli())
		return err
	})
}
