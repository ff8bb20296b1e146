package visit

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"strconv"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/errs"
	"suiji/internal/inspection"
	"suiji/internal/store"
)

// An identity code (亮码) says that an officer of the team shows it now. The
// one that is shown online is good for a minute; the one that a phone carries
// for a day without signal, until the day ends.
const (
	freshFor   = time.Minute
	minuteCode = "m"
	dayCode    = "d"
)

// Identity is what a code says.
type Identity struct {
	Officer inspection.Officer
	At      time.Time // when the code was made; a day's code: the day's begin
	Fresh   bool      // it is good now
	Day     bool      // a day's code, shown without signal
}

// IdentityCode makes a code for an officer who stands before the firm of a
// form; with day, one for the whole day.
func (s *Service) IdentityCode(ctx context.Context, f inspection.Form, officer string, day bool) (string, error) {
	secret, err := s.secret(ctx, f.Authority)
	if err != nil {
		return "", err
	}
	stamp := minuteCode + strconv.FormatInt(s.Now().Unix(), 36)
	if day {
		stamp = dayCode + s.today().String()
	}
	return stamp + "." + seal(secret, f.ID, officer, stamp), nil
}

// Shown returns who showed a code for a form. Errors: NotFound if nobody of
// its team did.
func (s *Service) Shown(ctx context.Context, f inspection.Form, code string) (id Identity, err error) {
	secret, err := s.secret(ctx, f.Authority)
	if err != nil {
		return id, err
	}
	stamp, mac, _ := strings.Cut(code, ".")
	for _, o := range f.Team {
		if stamp == "" || !hmac.Equal([]byte(mac), []byte(seal(secret, f.ID, o.ID, stamp))) {
			continue
		}
		id.Officer, id.Day = o, strings.HasPrefix(stamp, dayCode)
		if id.Day {
			d, err := calendar.Parse(stamp[1:])
			id.At, id.Fresh = d.Start(), err == nil && d == s.today()
			return id, err
		}
		sec, err := strconv.ParseInt(stamp[1:], 36, 64)
		id.At = time.Unix(sec, 0).UTC()
		age := s.Now().Sub(id.At)
		id.Fresh = age <= freshFor && age >= 0
		return id, err
	}
	return id, errs.E(errs.NotFound, "这个身份码不是本次检查的检查人员出示的")
}

func seal(secret []byte, form, officer, stamp string) string {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("suiji/identity/1\n" + form + "\n" + officer + "\n" + stamp + "\n"))
	return base32.StdEncoding.EncodeToString(h.Sum(nil)[:10])
}

// secret returns what an authority's codes are made with; the first to ask
// makes it.
func (s *Service) secret(ctx context.Context, authority string) (secret []byte, err error) {
	read := func(db *store.DB) ([]byte, error) {
		return store.One(ctx, db, store.Value[[]byte], `
			SELECT secret
			FROM visit_key
			WHERE authority_id = $1 AND purpose = 'identity'`, authority)
	}
	if secret, err = read(s.DB); errs.KindOf(err) != errs.NotFound {
		return secret, err
	}
	fresh := make([]byte, 32)
	rand.Read(fresh) // never fails (crypto/rand)
	err = s.Door.Keep(ctx, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO visit_key (authority_id, purpose, secret)
			VALUES ($1, 'identity', $2)
			ON CONFLICT (authority_id, purpose) DO NOTHING`, authority, fresh)
		if err != nil {
			return err
		}
		secret, err = read(tx)
		return err
	})
	return secret, err
}
