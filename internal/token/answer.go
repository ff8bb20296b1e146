package token

import (
	"context"
	"encoding/json"
	"regexp"
	"time"

	"suiji/internal/errs"
	"suiji/internal/store"
)

// Answer is what a request was answered, kept under its Idempotency-Key so
// that sending it again gets the same.
type Answer struct {
	Status int
	Head   map[string]string // the headers that belong to it
	Body   []byte
}

// Beat is how often a request that is worked on must be renewed. After three
// beats without, its process is dead or its database was away, and the same
// request may be sent again.
const Beat = 2 * time.Second

// kept is how long answers are kept, and patience how long a claim is believed.
const (
	kept     = 72 * time.Hour
	patience = 3 * Beat
)

var (
	requestKey = regexp.MustCompile(`^[\x21-\x7e]{8,100}$`)

	// ErrKey is for a request without a usable key.
	ErrKey = errs.E(errs.Invalid, "请求头 Idempotency-Key 应为 8 至 100 个可见的 ASCII 字符，每件事一个，例如 UUID。没有办理")
	// ErrOther is for a key that came with another request before.
	ErrOther = errs.E(errs.Invalid, "这个 Idempotency-Key 已经用于另一个请求，没有办理。内容不同的请求请换一个新的")
	// ErrUnderWay is for a request that is being worked on.
	ErrUnderWay = errs.E(errs.Conflict, "同一个请求正在办理，请稍候用同一个 Idempotency-Key 再发一次，不会重复办理")
)

// Begin claims a key for a request with this digest. An answer that was kept
// under the key is returned instead, with done. Errors: ErrKey, ErrOther,
// ErrUnderWay.
func (s *Service) Begin(ctx context.Context, t Token, key, digest string) (a Answer, done bool, err error) {
	if !requestKey.MatchString(key) {
		return a, false, ErrKey
	}
	err = s.Door.Keep(ctx, func(tx *store.DB) error {
		now := s.Now()
		_, err := tx.Exec(ctx, `
			DELETE FROM token_answer
			WHERE authority_id = $1 AND token_id = $2 AND (at < $3 OR status = 0 AND at < $4)`,
			t.Authority, t.ID, now.Add(-kept).UnixMilli(), now.Add(-patience).UnixMilli())
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `
			INSERT INTO token_answer (authority_id, token_id, request_key, digest, status, head, body, at)
			VALUES ($1, $2, $3, $4, 0, '', $5, $6)
			ON CONFLICT (authority_id, token_id, request_key) DO NOTHING`, t.Authority, t.ID, key, digest, []byte{}, now.UnixMilli())
		if err != nil || n == 1 {
			return err
		}
		a, err = earlier(ctx, tx, t, key, digest)
		done = err == nil
		return err
	})
	return a, done, err
}

// earlier is what the key was answered before.
func earlier(ctx context.Context, tx *store.DB, t Token, key, digest string) (Answer, error) {
	var head, was string
	a, err := store.One(ctx, tx, func(row store.Scanner) (a Answer, err error) {
		err = row.Scan(&was, &a.Status, &head, &a.Body)
		return a, err
	}, `
		SELECT digest, status, head, body
		FROM token_answer
		WHERE authority_id = $1 AND token_id = $2 AND request_key = $3`, t.Authority, t.ID, key)
	switch {
	case err != nil:
		return a, err
	case was != digest:
		return a, ErrOther
	case a.Status == 0:
		return a, ErrUnderWay
	}
	return a, json.Unmarshal([]byte(head), &a.Head)
}

// Renew says that a request that Begin claimed is still worked on.
func (s *Service) Renew(ctx context.Context, t Token, key string) error {
	return s.Door.Keep(ctx, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			UPDATE token_answer
			SET at = $4
			WHERE authority_id = $1 AND token_id = $2 AND request_key = $3 AND status = 0`, t.Authority, t.ID, key, s.Now().UnixMilli())
		return err
	})
}

// Keep keeps the answer to a request that Begin claimed.
func (s *Service) Keep(ctx context.Context, t Token, key string, a Answer) error {
	head, err := json.Marshal(a.Head)
	if err != nil {
		return err
	}
	return s.Door.Keep(ctx, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			UPDATE token_answer
			SET status = $4, head = $5, body = $6
			WHERE authority_id = $1 AND token_id = $2 AND request_key = $3`, t.Authority, t.ID, key, a.Status, string(head), a.Body)
		return err
	})
}

// Forget gives up a key whose request was not worked on to the end, so that it
// may be sent again.
func (s *Service) Forget(ctx context.Context, t Token, key string) error {
	return s.Door.Keep(ctx, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			DELETE FROM token_answer
			WHERE authority_id = $1 AND token_id = $2 AND request_key = $3 AND status = 0`, t.Authority, t.ID, key)
		return err
	})
}
