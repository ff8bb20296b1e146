package identity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"suiji/internal/errs"
	"suiji/internal/store"
)

// Sessions signs people in and out over HTTP.
type Sessions struct {
	s   *Service
	scs *scs.SessionManager
}

// Sessions returns the session manager. secure marks the cookie for HTTPS
// only.
func (s *Service) Sessions(secure bool) *Sessions {
	m := scs.New()
	m.Store = sessionStore{s}
	m.IdleTimeout = 30 * time.Minute
	m.Lifetime = 12 * time.Hour
	m.Cookie.Name = "suiji"
	m.Cookie.Secure = secure
	m.Cookie.SameSite = http.SameSiteLaxMode
	return &Sessions{s: s, scs: m}
}

const (
	keyAuthority = "authority"
	keyAccount   = "account"
)

// Wrap loads the session of a request and puts its actor into the context.
func (m *Sessions) Wrap(next http.Handler) http.Handler {
	return m.scs.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		if id := m.scs.GetString(ctx, keyAccount); id != "" {
			acc, err := m.s.Account(ctx, m.scs.GetString(ctx, keyAuthority), id)
			if err == nil && acc.Active {
				r = r.WithContext(WithActor(ctx, acc.Actor()))
			}
		}
		next.ServeHTTP(w, r)
	}))
}

// SignIn starts a session for acc, under a new token.
func (m *Sessions) SignIn(ctx context.Context, acc Account) error {
	if err := m.scs.RenewToken(ctx); err != nil {
		return err
	}
	m.scs.Put(ctx, keyAuthority, acc.Authority)
	m.scs.Put(ctx, keyAccount, acc.ID)
	return nil
}

// SignOut ends the session.
func (m *Sessions) SignOut(ctx context.Context) error { return m.scs.Destroy(ctx) }

// sessionStore keeps sessions in identity_session: only hashes of tokens, so
// that who reads the table cannot use them. The rows belong to no authority
// before sign-in, so all have the empty one.
type sessionStore struct{ s *Service }

func tokenHash(token string) string {
	h := sha256.Sum256([]byte(token))
	return hex.EncodeToString(h[:])
}

type session struct {
	data    []byte
	expires int64
}

func scanSession(row store.Scanner) (x session, err error) {
	err = row.Scan(&x.data, &x.expires)
	return x, err
}

// FindCtx returns a session's data, if there is one that has not expired.
func (ss sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	x, err := store.One(ctx, ss.s.db, scanSession, `
		SELECT data, expires_at
		FROM identity_session
		WHERE authority_id = '' AND token_hash = $1`, tokenHash(token))
	if errs.KindOf(err) == errs.NotFound {
		return nil, false, nil
	}
	return x.data, err == nil && x.expires > ss.s.now().UnixMilli(), err
}

// CommitCtx writes a session and forgets those that have ended.
func (ss sessionStore) CommitCtx(ctx context.Context, token string, data []byte, expires time.Time) error {
	return ss.s.door.Keep(ctx, func(tx *store.DB) error {
		_, err1 := tx.Exec(ctx, `
			DELETE FROM identity_session
			WHERE authority_id = '' AND expires_at < $1`, ss.s.now().UnixMilli())
		_, err2 := tx.Exec(ctx, `
			INSERT INTO identity_session (authority_id, token_hash, data, expires_at)
			VALUES ('', $1, $2, $3)
			ON CONFLICT (authority_id, token_hash) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at`,
			tokenHash(token), data, expires.UnixMilli())
		return errors.Join(err1, err2)
	})
}

// DeleteCtx ends a session.
func (ss sessionStore) DeleteCtx(ctx context.Context, token string) error {
	return ss.s.door.Keep(ctx, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			DELETE FROM identity_session
			WHERE authority_id = '' AND token_hash = $1`, tokenHash(token))
		return err
	})
}

// Find, Commit and Delete exist because scs asks for them; it calls the ones
// with a context.
func (ss sessionStore) Find(token string) ([]byte, bool, error) {
	return ss.FindCtx(context.Background(), token)
}

// Commit: see Find.
func (ss sessionStore) Commit(token string, b []byte, expires time.Time) error {
	return ss.CommitCtx(context.Background(), token, b, expires)
}

// Delete: see Find.
func (ss sessionStore) Delete(token string) error { return ss.DeleteCtx(context.Background(), token) }
