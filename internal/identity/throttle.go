package identity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"suiji/internal/errs"
	"suiji/internal/store"
)

// limit says how many failures in a row are free, and how long one waits after
// that: twice as long each time, never longer than longest.
type limit struct {
	free           int64
	first, longest time.Duration
}

// wait is how long nobody may try after so many failures.
func (l limit) wait(failures int64) time.Duration {
	if failures < l.free {
		return 0
	}
	d := l.first
	for ; failures > l.free && d < l.longest; failures-- {
		d *= 2
	}
	return min(d, l.longest)
}

// What is counted. A stranger who fails in another's name is stopped at once at
// his own address; the account itself waits only after many failures from many
// places, never long, and never for a browser that its owner has used before:
// nobody can keep the leader out on the day of the draw.
var (
	fromOnePlace = limit{free: 5, longest: 30 * time.Minute} // first: the profile's
	ofAnAccount  = limit{free: 20, first: time.Minute, longest: 10 * time.Minute}
	ofAnAddress  = limit{free: 50, first: time.Minute, longest: 15 * time.Minute}
	ofAProof     = limit{free: 5, first: time.Minute, longest: 30 * time.Minute} // by somebody who is in, or half way
)

// forget is after how long without failure they no longer count.
const forget = 24 * time.Hour

// counted is one thing whose failures are counted.
type counted struct {
	subject string // hashed
	limit   limit
	shared  bool // with other people: one success does not clear it
}

// counts says what an attempt counts for. known: it comes from a browser that
// the account has signed in from.
func (t Attempt) counts(known bool, first time.Duration) []counted {
	place := fromOnePlace
	place.first = first
	name := strings.ToLower(t.Username)
	if known {
		return []counted{{subject: digest("device", name, t.Device), limit: place}}
	}
	all := []counted{{subject: digest("place", name, t.Address), limit: place}, {subject: digest("account", name), limit: ofAnAccount}}
	if a, err := netip.ParseAddr(t.Address); err == nil && !a.IsLoopback() {
		all = append(all, counted{subject: digest("address", t.Address), limit: ofAnAddress, shared: true})
	}
	return all
}

func digest(parts ...string) string {
	h := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(h[:])
}

type tries struct{ failures, until int64 }

func scanTries(row store.Scanner) (t tries, err error) {
	err = row.Scan(&t.failures, &t.until)
	return t, err
}

// reserve counts an attempt as failed before it is looked at, so that many at
// once are not more than many one after the other; or says until when nobody
// may try. succeeded takes it back.
func (s *Service) reserve(ctx context.Context, authority string, all []counted) error {
	now := s.now()
	return s.door.Keep(ctx, func(tx *store.DB) error {
		if _, err := tx.Exec(ctx, `
			DELETE FROM identity_throttle
			WHERE authority_id = $1 AND last_at < $2`, authority, now.Add(-forget).UnixMilli()); err != nil {
			return err
		}
		for _, c := range all {
			t, err := store.One(ctx, tx, scanTries, `
				SELECT failures, until
				FROM identity_throttle
				WHERE authority_id = $1 AND subject = $2`, authority, c.subject)
			if err != nil && errs.KindOf(err) != errs.NotFound {
				return err
			}
			if t.until > now.UnixMilli() {
				return tooOften(time.UnixMilli(t.until), now)
			}
			until := int64(0)
			if w := c.limit.wait(t.failures + 1); w > 0 {
				until = now.Add(w).UnixMilli()
			}
			if _, err := tx.Exec(ctx, `
				INSERT INTO identity_throttle (authority_id, subject, failures, last_at, until)
				VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (authority_id, subject) DO UPDATE
				SET failures = excluded.failures, last_at = excluded.last_at, until = excluded.until`,
				authority, c.subject, t.failures+1, now.UnixMilli(), until); err != nil {
				return err
			}
		}
		return nil
	})
}

// succeeded clears what was counted for a person, and takes one attempt back
// where others count too.
func (s *Service) succeeded(ctx context.Context, tx *store.DB, authority string, all []counted) error {
	for _, c := range all {
		query := `
			DELETE FROM identity_throttle
			WHERE authority_id = $1 AND subject = $2`
		if c.shared {
			query = `
			UPDATE identity_throttle
			SET failures = failures - 1, until = 0
			WHERE authority_id = $1 AND subject = $2`
		}
		if _, err := tx.Exec(ctx, query, authority, c.subject); err != nil {
			return err
		}
	}
	return nil
}

var china = time.FixedZone("CST", 8*60*60)

// tooOften says when one may try again.
func tooOften(until, now time.Time) error {
	minutes := int(until.Sub(now)+time.Minute-1) / int(time.Minute)
	return errs.E(errs.Invalid, fmt.Sprintf("输错次数较多，%s 以后才能再试（还有 %d 分钟），这次没有核对密码。用平时登录的电脑和浏览器不受他人输错的影响；忘记密码请找管理员重置",
		until.In(china).Add(time.Second-1).Format("15:04:05"), minutes))
}
