package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"suiji/internal/errs"
	"suiji/internal/store"
)

// argon2id with the parameters that OWASP names for it: 19 MiB, two passes.
const (
	argonMemory = 19 * 1024
	argonTime   = 2
	argonLanes  = 1
	argonKey    = 32
)

// hashPassword returns the password as a PHC string.
func (s *Service) hashPassword(password string) (string, error) {
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return "", fmt.Errorf("make salt: %w", err)
	}
	key := s.argon(password, salt)
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		argonMemory, argonTime, argonLanes, enc.EncodeToString(salt), enc.EncodeToString(key)), nil
}

func (s *Service) argon(password string, salt []byte) []byte {
	s.hash <- struct{}{}
	defer func() { <-s.hash }()
	return argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonLanes, argonKey)
}

// fits reports whether password is the one in the PHC string.
func (s *Service) fits(password, phc string) bool {
	parts := strings.Split(phc, "$")
	if len(parts) != 6 {
		return false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil {
		return false
	}
	return subtle.ConstantTimeCompare(s.argon(password, salt), want) == 1
}

// An account is locked for a while after some failures in a row.
const (
	maxFailures = 5
	lockFor     = 10 * time.Minute
)

// nobody is compared with when there is no such account, so that the answer
// takes as long.
const nobody = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

type credentials struct {
	account, password string
	active            bool
	failures, locked  int64
}

func scanCredentials(row store.Scanner) (c credentials, err error) {
	err = row.Scan(&c.account, &c.password, &c.active, &c.failures, &c.locked)
	return c, err
}

// SignIn checks a password and returns its account. Errors: SignIn, with one
// sentence for a wrong name and a wrong password, and one for a locked
// account.
func (s *Service) SignIn(ctx context.Context, authority, username, password string) (Account, error) {
	c, err := store.One(ctx, s.db, scanCredentials, `
		SELECT account_id, password, active, failures, locked_until
		FROM identity_account
		WHERE authority_id = $1 AND username = $2`, authority, username)
	if errs.KindOf(err) == errs.NotFound {
		s.fits(password, nobody)
		return Account{}, errs.E(errs.Invalid, "登录名或密码不对，请重新输入")
	}
	if err != nil {
		return Account{}, err
	}
	if c.locked > s.now().UnixMilli() {
		return Account{}, errs.E(errs.Invalid, "密码多次输错，账号已暂时锁定，请 10 分钟后再试或联系系统管理员")
	}
	ok := s.fits(password, c.password) && c.active
	if err := s.count(ctx, authority, c, ok); err != nil {
		return Account{}, err
	}
	if !ok {
		return Account{}, errs.E(errs.Invalid, "登录名或密码不对，请重新输入")
	}
	return s.Account(ctx, authority, c.account)
}

// count keeps the number of failures in a row.
func (s *Service) count(ctx context.Context, authority string, c credentials, ok bool) error {
	if ok && c.failures == 0 {
		return nil
	}
	failures, locked := c.failures+1, int64(0)
	if ok {
		failures = 0
	} else if failures >= maxFailures {
		failures, locked = 0, s.now().Add(lockFor).UnixMilli()
	}
	return s.door.Keep(ctx, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			UPDATE identity_account
			SET failures = $3, locked_until = $4
			WHERE authority_id = $1 AND account_id = $2`, authority, c.account, failures, locked)
		return err
	})
}
