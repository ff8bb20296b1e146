package schedule

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"suiji/internal/errs"
	"suiji/internal/keep"
	"suiji/internal/store"
)

// The limits of what a firm may send: a file, and how many.
const (
	MaxPaper   = 10 << 20
	MostPapers = 20
)

// Paper is a file that a firm sent for a written review.
type Paper struct {
	Digest string
	Name   string
	Kind   keep.Kind
	Size   int64
	At     time.Time
}

// Type returns the media type.
func (p Paper) Type() string { return p.Kind.Type() }

// Papers returns what a firm has sent, the oldest first.
func (s *Service) Papers(ctx context.Context, authority, roundID, target string) ([]Paper, error) {
	return sent(ctx, s.DB, authority, roundID, target)
}

func sent(ctx context.Context, db *store.DB, authority, roundID, target string) ([]Paper, error) {
	return store.All(ctx, db, func(row store.Scanner) (p Paper, err error) {
		var at int64
		err = row.Scan(&p.Digest, &p.Name, &p.Kind, &p.Size, &at)
		p.At = time.UnixMilli(at).UTC()
		return p, err
	}, `
		SELECT digest, name, kind, size, at
		FROM schedule_paper
		WHERE authority_id = $1 AND round_id = $2 AND target_id = $3
		ORDER BY at, digest`, authority, roundID, target)
}

// Send keeps a file that a firm sends for its written review, until the end of
// the last day. The same file again changes nothing. It is no act of the
// office. Errors: Invalid for what is no PDF, JPG or PNG, or too large;
// Conflict after the last day, for a firm that is visited, or for too many.
func (s *Service) Send(ctx context.Context, authority, roundID, target, name string, body []byte) error {
	kind, err := keep.Judge(body, MaxPaper, keep.Papers)
	if err != nil {
		return errs.AtBecause("paper", err.Error()+"。没有保存", err)
	}
	sum := sha256.Sum256(body)
	digest := hex.EncodeToString(sum[:])
	if err := s.receives(ctx, s.DB, authority, roundID, target, digest); err != nil {
		return err // before anything reaches the disk
	}
	if err := s.keepPaper(authority, digest, body); err != nil {
		return err
	}
	return s.Door.Keep(ctx, func(tx *store.DB) error {
		if err := s.receives(ctx, tx, authority, roundID, target, digest); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO schedule_paper (authority_id, round_id, target_id, digest, name, kind, size, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (authority_id, round_id, target_id, digest) DO NOTHING`,
			authority, roundID, target, digest, keep.Name(name), kind, int64(len(body)), s.Now().UnixMilli())
		return err
	})
}

// receives says why a firm's file cannot be taken.
func (s *Service) receives(ctx context.Context, db *store.DB, authority, roundID, target, digest string) error {
	x, err := s.read(ctx, db, authority, roundID, target)
	if err != nil {
		return err
	}
	v, err := x.Visit(target)
	if err != nil {
		return err
	}
	if v.Mode != Written || v.Approved == 0 {
		return errs.E(errs.Conflict, "这次检查没有要求在网上提交材料，文件没有保存。请按通知书准备，或者拨打通知书上的电话")
	}
	if s.today().After(v.Day) {
		return errs.E(errs.Conflict, fmt.Sprintf("提交材料的期限 %s 已过，文件没有保存。请拨打通知书上的电话说明情况", v.Day))
	}
	all, err := sent(ctx, db, authority, roundID, target)
	for _, p := range all {
		if p.Digest == digest {
			return err
		}
	}
	if len(all) >= MostPapers {
		return errs.E(errs.Conflict, fmt.Sprintf("最多提交 %d 个文件，这个文件没有保存。请把几页合成一个 PDF", MostPapers))
	}
	return err
}

func (s *Service) paperPath(authority, digest string) (string, error) {
	if !filepath.IsLocal(authority) || !filepath.IsLocal(digest) {
		return "", errs.E(errs.NotFound, "没有这个文件")
	}
	return filepath.Join(s.Dir, "papers", authority, digest), nil
}

func (s *Service) keepPaper(authority, digest string, body []byte) error {
	path, err := s.paperPath(authority, digest)
	if err != nil {
		return err
	}
	return keep.Put(path, body)
}

// Paper returns a file that a firm sent, and its bytes. Errors: NotFound;
// Conflict if the file on the disk is not the one that was sent.
func (s *Service) Paper(ctx context.Context, authority, roundID, target, digest string) (p Paper, body []byte, err error) {
	all, err := s.Papers(ctx, authority, roundID, target)
	if err != nil {
		return p, nil, err
	}
	for _, p = range all {
		if p.Digest != digest {
			continue
		}
		path, err := s.paperPath(authority, digest)
		if err != nil {
			return p, nil, err
		}
		body, err = keep.Get(path, digest)
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, keep.ErrChanged) {
			return p, nil, errs.E(errs.Conflict, "服务器上的文件与提交时的指纹不符或者已丢失，不予显示。请联系系统管理员从备份恢复")
		}
		return p, body, err
	}
	return Paper{}, nil, errs.E(errs.NotFound, "没有这个文件")
}
