package identity

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/internal/wording"
)

// Signin is one place where somebody is signed in.
type Signin struct {
	ID      string
	Started time.Time
	Seen    time.Time // to the minute
	Address string
	Browser string // e.g. Chrome 78 · Windows
}

const signinCols = `signin_id, started_at, seen_at, address, browser`

func scanSignin(row store.Scanner) (x Signin, err error) {
	var started, seen int64
	err = row.Scan(&x.ID, &started, &seen, &x.Address, &x.Browser)
	x.Started, x.Seen = time.UnixMilli(started), time.UnixMilli(seen)
	return x, err
}

// Signins returns where an account is signed in, the latest used first. One
// that waits for the second factor is among them: its sender knew the password.
func (s *Service) Signins(ctx context.Context, a Account) ([]Signin, error) {
	now := s.now()
	return store.All(ctx, s.db, scanSignin, `
		SELECT `+signinCols+`
		FROM identity_signin
		WHERE authority_id = $1 AND account_id = $2 AND epoch = $3 AND seen_at >= $4 AND started_at >= $5
		ORDER BY seen_at DESC, signin_id`,
		a.Authority, a.ID, a.Epoch, now.Add(-idle).UnixMilli(), now.Add(-allInAll).UnixMilli())
}

// EndSignin ends one of the actor's own sessions. One that has ended already
// is ended.
func (s *Service) EndSignin(ctx context.Context, by access.Actor, id string) error {
	return s.door.Do(ctx, by, access.SigninEnd, by.ID, func(tx *store.DB) error {
		return endSignin(ctx, tx, by.Authority, by.ID, id)
	})
}

// EndSignins ends all sessions of an account: a colleague's, or one's own but
// that called keep.
func (s *Service) EndSignins(ctx context.Context, by access.Actor, id, keep string) error {
	act := access.SigninEnd
	if by.ID != id {
		act, keep = access.SigninsEnd, ""
		if err := s.apart(ctx, by, act, id); err != nil {
			return err
		}
	}
	if _, err := s.Account(ctx, by.Authority, id); err != nil {
		return err
	}
	return s.door.Do(ctx, by, act, id, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			DELETE FROM identity_signin
			WHERE authority_id = $1 AND account_id = $2 AND signin_id <> $3`, by.Authority, id, keep)
		return err
	})
}

// Current is which of the account's sign-ins the request comes from.
func (m *Sessions) Current(ctx context.Context) string { return m.scs.GetString(ctx, keySignin) }

// enter notes a new sign-in and forgets the account's old ones.
func (s *Service) enter(ctx context.Context, a Account, id string, r *http.Request) error {
	now, address, browser := s.now(), "", ""
	if r != nil {
		address, browser = Address(r), wording.Browser(r.UserAgent())
	}
	return s.door.Keep(ctx, func(tx *store.DB) error {
		_, err1 := tx.Exec(ctx, `
			DELETE FROM identity_signin
			WHERE authority_id = $1 AND account_id = $2 AND (epoch < $3 OR seen_at < $4 OR started_at < $5)`,
			a.Authority, a.ID, a.Epoch, now.Add(-idle).UnixMilli(), now.Add(-allInAll).UnixMilli())
		_, err2 := tx.Exec(ctx, `
			INSERT INTO identity_signin (authority_id, account_id, signin_id, epoch, started_at, seen_at, address, browser)
			VALUES ($1, $2, $3, $4, $5, $5, $6, $7)`, a.Authority, a.ID, id, a.Epoch, now.UnixMilli(), address, browser)
		return errors.Join(err1, err2)
	})
}

// stillIn reports whether a sign-in was not ended from elsewhere, and notes
// that it is used.
func (s *Service) stillIn(ctx context.Context, a Account, id string) (bool, error) {
	x, err := store.One(ctx, s.db, scanSignin, `
		SELECT `+signinCols+`
		FROM identity_signin
		WHERE authority_id = $1 AND account_id = $2 AND signin_id = $3`, a.Authority, a.ID, id)
	if errs.KindOf(err) == errs.NotFound {
		return false, nil
	}
	if err != nil || s.now().Sub(x.Seen) < time.Minute {
		return err == nil, err
	}
	return true, s.touch(ctx, a, id)
}

// leave forgets a sign-in whose person signs out.
func (s *Service) leave(ctx context.Context, authority, account, id string) error {
	return s.door.Keep(ctx, func(tx *store.DB) error {
		return endSignin(ctx, tx, authority, account, id)
	})
}

func endSignin(ctx context.Context, tx *store.DB, authority, account, id string) error {
	_, err := tx.Exec(ctx, `
		DELETE FROM identity_signin
		WHERE authority_id = $1 AND account_id = $2 AND signin_id = $3`, authority, account, id)
	return err
}

// touch notes that a sign-in is used, under the account's present epoch.
func (s *Service) touch(ctx context.Context, a Account, id string) error {
	return s.door.Keep(ctx, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			UPDATE identity_signin
			SET seen_at = $4, epoch = $5
			WHERE authority_id = $1 AND account_id = $2 AND signin_id = $3`, a.Authority, a.ID, id, s.now().UnixMilli(), a.Epoch)
		return err
	})
}

// Address is where a request comes from, without the port.
func Address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
