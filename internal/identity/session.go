package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"suiji/internal/errs"
	"suiji/internal/page"
	"suiji/internal/store"
)

// Sessions signs people in and out over HTTP.
type Sessions struct {
	s      *Service
	scs    *scs.SessionManager
	secure bool
}

// A session ends after idle without a request, and after longest in any case.
const (
	idle      = 30 * time.Minute
	allInAll  = 12 * time.Hour
	deviceAge = 180 * 24 * time.Hour
)

// Sessions returns the session manager. secure marks the cookies for HTTPS
// only.
func (s *Service) Sessions(secure bool) *Sessions {
	m := scs.New()
	m.Store = sessionStore{s}
	m.IdleTimeout = idle
	m.Lifetime = allInAll
	m.Cookie.Name = "suiji"
	m.Cookie.Secure = secure
	m.Cookie.SameSite = http.SameSiteLaxMode
	if secure {
		m.Cookie.Name = hostPrefix + m.Cookie.Name
	}
	return &Sessions{s: s, scs: m, secure: secure}
}

// What a session holds.
const (
	keyAuthority = "authority"
	keyAccount   = "account"
	keyEpoch     = "epoch"   // of the account when it signed in
	keySignin    = "signin"  // which of the account's sign-ins it is
	keyStarted   = "started" // ms
	keySeen      = "seen"    // ms
	keySaid      = "said"    // sealed, see Say
	keySecond    = "second"  // the second factor was shown
	keyProved    = "proved"  // ms, when the person last showed who it is
	keyVouched   = "vouched" // see SignInVouched
	keyKept      = "kept"    // see Keep
)

// Step is what stands between a password that was right and the work.
type Step string

// The steps.
const (
	Inside      Step = ""         // none: the person may work
	Code        Step = "code"     // the second factor
	NewPassword Step = "password" // the password was for one sign-in, or is too old
	Enrol       Step = "second"   // a second factor that the role needs and the account has not
)

type halfway struct {
	acc  Account
	step Step
}

type halfwayCtx struct{}

// Halfway returns who has signed in but may not work yet, and what is missing.
func Halfway(ctx context.Context) (Account, Step) {
	h, _ := ctx.Value(halfwayCtx{}).(halfway)
	return h.acc, h.step
}

// over is what a session is carried over.
type over struct {
	w http.ResponseWriter
	r *http.Request
}

type overCtx struct{}

// Wrap loads the session of a request and puts its actor into the context.
func (m *Sessions) Wrap(next http.Handler) http.Handler {
	return m.scs.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := context.WithValue(r.Context(), overCtx{}, over{w, r})
		acc, ok := m.account(ctx)
		if ok {
			step, second, err := m.step(ctx, acc)
			switch {
			case err != nil: // stays outside
			case step == Inside:
				a := acc.Actor()
				a.Stale, a.Passkey = m.stale(ctx, r, acc), second.Keys > 0
				ctx = WithActor(ctx, a)
			default:
				ctx = context.WithValue(ctx, halfwayCtx{}, halfway{acc, step})
			}
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	}))
}

// account is whose session it is, if it still holds: neither too old, nor begun
// before the account's password or duties changed, nor ended from elsewhere.
func (m *Sessions) account(ctx context.Context) (Account, bool) {
	id, now := m.scs.GetString(ctx, keyAccount), m.s.now().UnixMilli()
	if id == "" {
		return Account{}, false
	}
	acc, err := m.s.Account(ctx, m.scs.GetString(ctx, keyAuthority), id)
	if err != nil {
		return Account{}, false
	}
	if !acc.Active || acc.Epoch != m.scs.GetInt64(ctx, keyEpoch) ||
		now-m.scs.GetInt64(ctx, keySeen) > idle.Milliseconds() || now-m.scs.GetInt64(ctx, keyStarted) > allInAll.Milliseconds() {
		m.scs.Remove(ctx, keyAccount)
		return Account{}, false
	}
	in, err := m.s.stillIn(ctx, acc, m.Current(ctx))
	if err != nil {
		return Account{}, false
	}
	if !in {
		m.scs.Remove(ctx, keyAccount)
		return Account{}, false
	}
	m.scs.Put(ctx, keySeen, now)
	return acc, true
}

// step is what acc must do before it may work. A password's age is judged when
// one signs in, not in the middle of the work.
func (m *Sessions) step(ctx context.Context, acc Account) (Step, Second, error) {
	rules, err := m.s.Rules(ctx, acc.Authority)
	if err != nil {
		return Inside, Second{}, err
	}
	second, err := m.s.Second(ctx, acc)
	if err != nil {
		return Inside, second, err
	}
	vouched := m.scs.GetString(ctx, keyVouched)
	if second.Any() && !m.scs.GetBool(ctx, keySecond) && vouched != twice {
		return Code, second, nil
	}
	age := rules.Passwords.Rule().Age
	if vouched == "" && (acc.MustChange || age > 0 && m.scs.GetInt64(ctx, keyStarted)-acc.ChangedAt.UnixMilli() > age.Milliseconds()) {
		auth, err := m.s.Authority(ctx, acc.Authority)
		if err != nil || !auth.Demo || acc.MustChange {
			return NewPassword, second, err
		}
	}
	if !second.Any() && rules.Needs(acc) && vouched != twice {
		return Enrol, second, nil
	}
	return Inside, second, nil
}

// proofLasts is how long it counts that somebody has shown who he is.
const proofLasts = 5 * time.Minute

// stale says why acc must show again who it is before a grave act; empty if it
// need not, also because the request brings the proof along.
func (m *Sessions) stale(ctx context.Context, r *http.Request, acc Account) string {
	now := m.s.now().UnixMilli()
	if now-m.scs.GetInt64(ctx, keyProved) <= proofLasts.Milliseconds() {
		return ""
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Method != http.MethodPost || kind != "application/x-www-form-urlencoded" || r.ParseForm() != nil {
		return page.AskProof
	}
	proof, answer := r.PostForm.Get(page.ProofField), r.PostForm.Get(page.PasskeyField)
	for _, name := range []string{page.ProofField, page.PasskeyField} {
		r.PostForm.Del(name)
		r.Form.Del(name)
	}
	if proof == "" && answer == "" {
		return page.AskProof
	}
	if err := m.proveAgain(ctx, acc, proof, answer); err != nil {
		if errs.KindOf(err) != errs.Invalid {
			return "现在不能核对，没有办理。请稍后再试"
		}
		return errs.Sentence(err)
	}
	if err := m.scs.RenewToken(ctx); err != nil {
		return "现在不能核对，没有办理。请稍后再试"
	}
	m.scs.Put(ctx, keyProved, now)
	return ""
}

// proveAgain takes what a device signed, or else what was typed.
func (m *Sessions) proveAgain(ctx context.Context, a Account, proof, answer string) error {
	if answer != "" {
		return m.ShowPasskey(ctx, a, answer)
	}
	return m.s.ProveAgain(ctx, a, proof)
}

// ProveAgain takes the password or a code of the second factor.
func (s *Service) ProveAgain(ctx context.Context, a Account, proof string) error {
	second, err := s.Second(ctx, a)
	if err != nil {
		return err
	}
	if second.On && isCode(proof) {
		return s.ProveSecond(ctx, a, proof)
	}
	err = s.Prove(ctx, a, proof)
	if len(errs.Problems(err)) > 0 && errs.Problems(err)[0].Field != "" {
		return errs.E(errs.Invalid, "密码或动态口令不对，还没有办理，请再输一次")
	}
	return err
}

// isCode reports whether something typed is a code and no password: no profile
// takes six digits.
func isCode(s string) bool {
	s = strings.ReplaceAll(s, " ", "")
	return len(s) == 6 && strings.Trim(s, "0123456789") == ""
}

// Proved notes that the person of this session has shown the second factor, and
// gives it a new token.
func (m *Sessions) Proved(ctx context.Context) error {
	if err := m.scs.RenewToken(ctx); err != nil {
		return err
	}
	m.scs.Put(ctx, keySecond, true)
	m.scs.Put(ctx, keyProved, m.s.now().UnixMilli())
	return nil
}

// SignIn starts a session for acc, under a new token.
func (m *Sessions) SignIn(ctx context.Context, acc Account) error {
	now := m.s.now().UnixMilli()
	if err := m.begin(ctx, acc); err != nil {
		return err
	}
	id := rand.Text()
	o, _ := ctx.Value(overCtx{}).(over)
	if err := m.s.enter(ctx, acc, id, o.r); err != nil {
		return err
	}
	m.scs.Put(ctx, keySignin, id)
	m.scs.Put(ctx, keyStarted, now)
	m.scs.Put(ctx, keySeen, now)
	m.scs.Put(ctx, keyProved, now)
	m.scs.Remove(ctx, keySecond)
	m.scs.Remove(ctx, keyVouched)
	return nil
}

// How a session's person was vouched for by somebody else.
const (
	once  = "once"
	twice = "twice" // with two factors
)

// SignInVouched starts a session for acc, of whom somebody else has vouched that
// its owner is there, strong: with two factors. It shows no password, so none
// has to be changed, and no grave act follows without a proof of our own.
func (m *Sessions) SignInVouched(ctx context.Context, acc Account, strong bool) error {
	if err := m.SignIn(ctx, acc); err != nil {
		return err
	}
	m.scs.Remove(ctx, keyProved)
	m.scs.Put(ctx, keyVouched, once)
	if strong {
		m.scs.Put(ctx, keyVouched, twice)
	}
	return nil
}

// Keep holds a text for the session until it is dropped.
func (m *Sessions) Keep(ctx context.Context, text string) { m.scs.Put(ctx, keyKept, text) }

// Kept is what Keep holds; empty: nothing.
func (m *Sessions) Kept(ctx context.Context) string { return m.scs.GetString(ctx, keyKept) }

// Drop forgets what Keep holds.
func (m *Sessions) Drop(ctx context.Context) { m.scs.Remove(ctx, keyKept) }

// Renew gives the session a new token and the account's present epoch: after
// one has changed one's own password, all others end.
func (m *Sessions) Renew(ctx context.Context, acc Account) error {
	acc, err := m.s.Account(ctx, acc.Authority, acc.ID)
	if err != nil {
		return err
	}
	if err := m.s.touch(ctx, acc, m.Current(ctx)); err != nil {
		return err
	}
	return m.begin(ctx, acc)
}

func (m *Sessions) begin(ctx context.Context, acc Account) error {
	if err := m.scs.RenewToken(ctx); err != nil {
		return err
	}
	m.scs.Put(ctx, keyAuthority, acc.Authority)
	m.scs.Put(ctx, keyAccount, acc.ID)
	m.scs.Put(ctx, keyEpoch, acc.Epoch)
	return nil
}

// SignOut ends the session.
func (m *Sessions) SignOut(ctx context.Context) error {
	if err := m.s.leave(ctx, m.scs.GetString(ctx, keyAuthority), m.scs.GetString(ctx, keyAccount), m.Current(ctx)); err != nil {
		return err
	}
	return m.scs.Destroy(ctx)
}

// deviceCookie lets a browser be known again; it lets nobody in.
const deviceCookie = "suiji-device"

// hostPrefix begins the name of a cookie that no other host under our name can
// set: browsers take it over HTTPS alone.
const hostPrefix = "__Host-"

// Device returns the browser's own cookie; empty: it has none.
func Device(r *http.Request) string {
	for _, name := range []string{hostPrefix + deviceCookie, deviceCookie} {
		if c, err := r.Cookie(name); err == nil {
			return c.Value
		}
	}
	return ""
}

// Remember makes the browser of a request known as one of acc's.
func (m *Sessions) Remember(r *http.Request, acc Account) error {
	device := Device(r)
	if device == "" {
		device = rand.Text()
	}
	if o, ok := r.Context().Value(overCtx{}).(over); ok {
		name := deviceCookie
		if m.secure {
			name = hostPrefix + name
		}
		http.SetCookie(o.w, &http.Cookie{Name: name, Value: device, Path: "/", MaxAge: int(deviceAge / time.Second),
			HttpOnly: true, Secure: m.secure, SameSite: http.SameSiteLaxMode})
	}
	return m.s.Remember(r.Context(), acc, device)
}

func digest(parts ...string) string {
	h := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(h[:])
}

// sessionStore keeps sessions in identity_session: only hashes of tokens, so
// that who reads the table cannot use them. The rows belong to no authority
// before sign-in, so all have the empty one.
type sessionStore struct{ s *Service }

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
		WHERE authority_id = '' AND token_hash = $1`, digest(token))
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
			digest(token), data, expires.UnixMilli())
		return errors.Join(err1, err2)
	})
}

// DeleteCtx ends a session.
func (ss sessionStore) DeleteCtx(ctx context.Context, token string) error {
	return ss.s.door.Keep(ctx, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			DELETE FROM identity_session
			WHERE authority_id = '' AND token_hash = $1`, digest(token))
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
