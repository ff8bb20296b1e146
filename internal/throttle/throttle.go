// Package throttle makes whoever fails wait: it counts failures in a row of
// whatever it is told to count, and says until when nobody may try again. It
// owns the table throttle.
package throttle

import (
	"context"
	"fmt"
	"time"

	"suiji/calendar"
	"suiji/internal/audit"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// Service counts.
type Service struct {
	db   *store.DB
	door *audit.Door
	now  func() time.Time
}

// New makes the service.
func New(db *store.DB, door *audit.Door, now func() time.Time) *Service {
	return &Service{db: db, door: door, now: now}
}

// Limit says how many failures in a row are free, and how long one waits after
// that: twice as long each time, never longer than Longest.
type Limit struct {
	Free           int64
	First, Longest time.Duration
}

// wait is how long nobody may try after so many failures.
func (l Limit) wait(failures int64) time.Duration {
	if failures < l.Free {
		return 0
	}
	d := l.First
	for ; failures > l.Free && d < l.Longest; failures-- {
		d *= 2
	}
	return min(d, l.Longest)
}

// Forget is after how long without failure they no longer count.
const Forget = 24 * time.Hour

// Counted is one thing whose failures are counted.
type Counted struct {
	Subject string // a hash: a name that does not exist may be somebody's password
	Limit   Limit
	Shared  bool // with other people: one success does not clear it
}

type tries struct{ failures, until int64 }

func scanTries(row store.Scanner) (t tries, err error) {
	err = row.Scan(&t.failures, &t.until)
	return t, err
}

// Reserve counts an attempt as failed before it is looked at, so that many at
// once are not more than many one after the other; or says until when nobody
// may try. Succeeded takes it back.
func (s *Service) Reserve(ctx context.Context, authority string, all []Counted) error {
	now := s.now()
	return s.door.Keep(ctx, func(tx *store.DB) error {
		if _, err := tx.Exec(ctx, `
			DELETE FROM throttle
			WHERE authority_id = $1 AND last_at < $2`, authority, now.Add(-Forget).UnixMilli()); err != nil {
			return err
		}
		for _, c := range all {
			t, err := store.One(ctx, tx, scanTries, `
				SELECT failures, until
				FROM throttle
				WHERE authority_id = $1 AND subject = $2`, authority, c.Subject)
			if err != nil && errs.KindOf(err) != errs.NotFound {
				return err
			}
			if t.until > now.UnixMilli() {
				return tooOften(time.UnixMilli(t.until), now)
			}
			until := int64(0)
			if w := c.Limit.wait(t.failures + 1); w > 0 {
				until = now.Add(w).UnixMilli()
			}
			if _, err := tx.Exec(ctx, `
				INSERT INTO throttle (authority_id, subject, failures, last_at, until)
				VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (authority_id, subject) DO UPDATE
				SET failures = excluded.failures, last_at = excluded.last_at, until = excluded.until`,
				authority, c.Subject, t.failures+1, now.UnixMilli(), until); err != nil {
				return err
			}
		}
		return nil
	})
}

// Succeeded clears what was counted for a person, and takes one attempt back
// where others count too.
func (s *Service) Succeeded(ctx context.Context, tx *store.DB, authority string, all []Counted) error {
	for _, c := range all {
		query := `
			DELETE FROM throttle
			WHERE authority_id = $1 AND subject = $2`
		if c.Shared {
			query = `
			UPDATE throttle
			SET failures = failures - 1, until = 0
			WHERE authority_id = $1 AND subject = $2`
		}
		if _, err := tx.Exec(ctx, query, authority, c.Subject); err != nil {
			return err
		}
	}
	return nil
}

// Failures returns how many are counted of something.
func (s *Service) Failures(ctx context.Context, authority, subject string) (int64, error) {
	return store.One(ctx, s.db, store.Value[int64], `
		SELECT coalesce(sum(failures), 0)
		FROM throttle
		WHERE authority_id = $1 AND subject = $2`, authority, subject)
}

// tooOften says when one may try again.
func tooOften(until, now time.Time) error {
	minutes := int(until.Sub(now)+time.Minute-1) / int(time.Minute)
	return errs.E(errs.Invalid, fmt.Sprintf("输错次数较多，%s 以后才能再试（还有 %d 分钟），这次没有核对密码。用平时登录的电脑和浏览器不受他人输错的影响；忘记密码请找管理员重置",
		calendar.Clock(until).Add(time.Second-1).Format("15:04:05"), minutes))
}
