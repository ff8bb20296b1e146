package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/internal/throttle"
)

// Second is what an account has beside its password.
type Second struct {
	Begun bool   // codes of a telephone, not yet tried
	On    bool   // codes of a telephone
	Keys  int64  // passkeys, also those that are out of use: they still mean that the password is not enough
	Left  int64  // recovery codes
	key   string // base32
	last  int64
}

// Any reports whether the password alone is not enough.
func (x Second) Any() bool { return x.On || x.Keys > 0 }

func scanSecond(row store.Scanner) (x Second, err error) {
	var confirmed int64
	err = row.Scan(&x.key, &confirmed, &x.last, &x.Left, &x.Keys)
	x.On, x.Begun = confirmed > 0, confirmed == 0
	return x, err
}

// Second returns what an account has beside its password.
func (s *Service) Second(ctx context.Context, a Account) (Second, error) {
	return store.One(ctx, s.db, scanSecond, `
		SELECT coalesce(t.secret, ''), coalesce(t.confirmed_at, -1), coalesce(t.last_step, 0), (
			SELECT count(*)
			FROM identity_recovery AS r
			WHERE r.authority_id = a.authority_id AND r.account_id = a.account_id), (
			SELECT count(*)
			FROM passkey_key AS k
			WHERE k.authority_id = a.authority_id AND k.account_id = a.account_id)
		FROM identity_account AS a
		LEFT JOIN identity_totp AS t ON t.authority_id = a.authority_id AND t.account_id = a.account_id
		WHERE a.authority_id = $1 AND a.account_id = $2`, a.Authority, a.ID)
}

// Key is what a telephone takes in: the address in the QR, and the secret to
// type. It is shown until the first code has been tried, and never after.
func (s *Service) Key(ctx context.Context, a Account) (address, secret string, err error) {
	x, err := s.Second(ctx, a)
	if err != nil || !x.Begun {
		return "", "", err
	}
	auth, err := s.Authority(ctx, a.Authority)
	if err != nil {
		return "", "", err
	}
	raw, err := decode32(x.key)
	if err != nil {
		return "", "", err
	}
	issuer := auth.ShortName
	if issuer == "" {
		issuer = auth.ID
	}
	k, err := totp.Generate(totp.GenerateOpts{Issuer: "双随机 " + issuer, AccountName: a.Username, Secret: raw})
	if err != nil {
		return "", "", err
	}
	return k.URL(), x.key, nil
}

// BeginSecond makes a new secret for an account that has none in use. by is
// its owner, as he acts now.
func (s *Service) BeginSecond(ctx context.Context, by access.Actor) error {
	a, err := s.Account(ctx, by.Authority, by.ID)
	if err != nil {
		return err
	}
	raw := make([]byte, 20)
	if _, err := rand.Read(raw); err != nil {
		return err
	}
	return s.door.Do(ctx, by, access.SecondEdit, a.ID, func(tx *store.DB) error {
		x, err := s.in(tx).Second(ctx, a)
		if err != nil || x.On {
			return already(err)
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO identity_totp (authority_id, account_id, secret, confirmed_at, last_step)
			VALUES ($1, $2, $3, 0, 0)
			ON CONFLICT (authority_id, account_id) DO UPDATE SET secret = excluded.secret`, a.Authority, a.ID, encode32(raw))
		return err
	})
}

func already(err error) error {
	if err != nil {
		return err
	}
	return errs.E(errs.Conflict, "动态口令已经启用，没有改动。要换手机，请先停用")
}

// ConfirmSecond takes the new secret into use if the telephone shows its code,
// and returns ten recovery codes, which are shown once. Sessions elsewhere
// end.
func (s *Service) ConfirmSecond(ctx context.Context, by access.Actor, code string) (recovery []string, err error) {
	a, err := s.Account(ctx, by.Authority, by.ID)
	if err != nil {
		return nil, err
	}
	err = s.door.Do(ctx, by, access.SecondEdit, a.ID, func(tx *store.DB) error {
		x, err := s.in(tx).Second(ctx, a)
		if err != nil || !x.Begun {
			return already(err)
		}
		step := x.step(code, s.now())
		if step == 0 {
			return errs.At("code", "口令不对，还没有启用。请核对手机的时间是否准确，输入当前显示的 6 位数字")
		}
		if _, err := tx.Exec(ctx, `
			UPDATE identity_totp
			SET confirmed_at = $3, last_step = $4
			WHERE authority_id = $1 AND account_id = $2`, a.Authority, a.ID, s.now().UnixMilli(), step); err != nil {
			return err
		}
		if err := s.endSessions(ctx, tx, a); err != nil {
			return err
		}
		recovery, err = s.recover(ctx, tx, a)
		return err
	})
	return recovery, err
}

// RenewRecovery replaces an account's recovery codes.
func (s *Service) RenewRecovery(ctx context.Context, by access.Actor) (recovery []string, err error) {
	a, err := s.Account(ctx, by.Authority, by.ID)
	if err != nil {
		return nil, err
	}
	err = s.door.Do(ctx, by, access.SecondEdit, a.ID, func(tx *store.DB) error {
		x, err := s.in(tx).Second(ctx, a)
		if err != nil {
			return err
		}
		if !x.Any() {
			return errs.E(errs.Conflict, "动态口令和通行密钥都没有启用，没有改动")
		}
		recovery, err = s.recover(ctx, tx, a)
		return err
	})
	return recovery, err
}

// recover makes ten new codes of 80 bits and forgets the old ones.
func (s *Service) recover(ctx context.Context, tx *store.DB, a Account) ([]string, error) {
	err := s.forget(ctx, tx, a)
	var codes []string
	for len(codes) < 10 && err == nil {
		t := rand.Text()[:16]
		codes = append(codes, t[:4]+"-"+t[4:8]+"-"+t[8:12]+"-"+t[12:])
		_, err = tx.Exec(ctx, `
			INSERT INTO identity_recovery (authority_id, account_id, code_hash)
			VALUES ($1, $2, $3)`, a.Authority, a.ID, digest("recovery", t))
	}
	return codes, err
}

// RemoveSecond takes codes of the telephone away from their owner, who keeps
// what his role needs; or all that a colleague has beside the password, who has
// lost it. That colleague's sessions end.
func (s *Service) RemoveSecond(ctx context.Context, by access.Actor, id string) error {
	a, err := s.Account(ctx, by.Authority, id)
	if err != nil {
		return err
	}
	act := access.SecondEdit
	if by.ID != id {
		act = access.SecondRemove
		if err := s.apart(ctx, by, act, id); err != nil {
			return err
		}
	}
	return s.door.Do(ctx, by, act, id, func(tx *store.DB) error {
		if _, err := tx.Exec(ctx, `
			DELETE FROM identity_totp
			WHERE authority_id = $1 AND account_id = $2`, a.Authority, id); err != nil {
			return err
		}
		if by.ID == id {
			return s.in(tx).without(ctx, tx, a)
		}
		if err := s.passkeys.RemoveAll(ctx, tx, a.Authority, id); err != nil {
			return err
		}
		if err := s.forget(ctx, tx, a); err != nil {
			return err
		}
		return s.endSessions(ctx, tx, a)
	})
}

// forget takes an account's recovery codes away.
func (s *Service) forget(ctx context.Context, tx *store.DB, a Account) error {
	_, err := tx.Exec(ctx, `
		DELETE FROM identity_recovery
		WHERE authority_id = $1 AND account_id = $2`, a.Authority, a.ID)
	return err
}

// endSessions ends an account's sessions. The one that acts is renewed by its
// door.
func (s *Service) endSessions(ctx context.Context, tx *store.DB, a Account) error {
	_, err := tx.Exec(ctx, `
		UPDATE identity_account
		SET epoch = epoch + 1
		WHERE authority_id = $1 AND account_id = $2`, a.Authority, a.ID)
	return err
}

// ProveSecond checks a code of the telephone, or a recovery code, each of which
// opens once. Failures count as those of signing in do, and are recorded.
func (s *Service) ProveSecond(ctx context.Context, a Account, code string) error {
	return s.prove(ctx, a, func(tx *store.DB) (refusal, err error) {
		x, err := s.in(tx).Second(ctx, a)
		if err != nil {
			return nil, err
		}
		ok := false
		if x.Any() {
			ok, err = s.open(ctx, tx, a, x, code)
		}
		if !ok {
			refusal = errs.At("code", "口令不对或已经用过。请等手机显示下一个 6 位数字后再输，或者用一个恢复码")
		}
		return refusal, err
	})
}

// prove counts what try refuses; what try has done stays done. What it takes
// clears the count.
func (s *Service) prove(ctx context.Context, a Account, try func(tx *store.DB) (refusal, err error)) error {
	all := []throttle.Counted{{Subject: digest("second", a.ID), Limit: ofAProof}}
	if err := s.throttle.Reserve(ctx, a.Authority, all); err != nil {
		return err
	}
	var refusal error
	err := s.door.Keep(ctx, func(tx *store.DB) (err error) {
		if refusal, err = try(tx); err == nil && refusal == nil {
			err = s.throttle.Succeeded(ctx, tx, a.Authority, all)
		}
		return err
	})
	if err == nil && refusal != nil {
		err = s.refused(ctx, a.Authority, credentials{account: a.ID, name: a.Name}, refusal)
	}
	return err
}

// open uses up a code.
func (s *Service) open(ctx context.Context, tx *store.DB, a Account, x Second, code string) (bool, error) {
	if step := x.step(code, s.now()); x.On && step > 0 {
		_, err := tx.Exec(ctx, `
			UPDATE identity_totp
			SET last_step = $3
			WHERE authority_id = $1 AND account_id = $2`, a.Authority, a.ID, step)
		return err == nil, err
	}
	n, err := tx.Exec(ctx, `
		DELETE FROM identity_recovery
		WHERE authority_id = $1 AND account_id = $2 AND code_hash = $3`,
		a.Authority, a.ID, digest("recovery", strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code))))
	return n == 1, err
}

// period is how long a code stands on the telephone.
const period = 30

// step returns the thirty seconds that a code is of, if the clocks differ by
// one such step at most and no later code was used before; else 0.
func (x Second) step(code string, now time.Time) int64 {
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	found := int64(0)
	for step := now.Unix()/period - 1; step <= now.Unix()/period+1; step++ {
		want, err := totp.GenerateCodeCustom(x.key, time.Unix(step*period, 0), totp.ValidateOpts{Period: period, Digits: otp.DigitsSix})
		if err == nil && step > x.last && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			found = step
		}
	}
	return found
}
