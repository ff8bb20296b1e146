// Package proof keeps the files that show why a firm was taken out of a list
// or an officer replaced: under their SHA-256, out of the public's reach, each
// look recorded. It owns the table proof_file and the directory proofs.
package proof

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/errs"
	"suiji/internal/keep"
	"suiji/internal/store"
)

// MaxSize is the most bytes of a file.
const MaxSize = 10 << 20

// Service keeps an installation's files in its data directory.
type Service struct {
	Config
}

// Config is what a Service stands on. All are required.
type Config struct {
	DB   *store.DB
	Door *audit.Door
	Now  func() time.Time
	Dir  string
}

// New makes the service.
func New(c Config) *Service { return &Service{c} }

// File is one kept file.
type File struct {
	Digest string // SHA-256 in hex
	Name   string // as it was uploaded
	Kind   keep.Kind
	Size   int64
	KeptBy string
	KeptAt time.Time
}

// Type returns the media type.
func (f File) Type() string { return f.Kind.Type() }

const fileCols = `digest, name, kind, size, kept_by, kept_at`

func scanFile(row store.Scanner) (f File, err error) {
	var at int64
	err = row.Scan(&f.Digest, &f.Name, &f.Kind, &f.Size, &f.KeptBy, &at)
	f.KeptAt = time.UnixMilli(at).UTC()
	return f, err
}

// Keep keeps an upload and returns its digest. The same file again is the same
// file. Errors: Invalid for what is no PDF, JPG or PNG, or is too large.
func (s *Service) Keep(ctx context.Context, a access.Actor, name string, r io.Reader) (string, error) {
	body, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return "", errs.Because(errs.Invalid, "文件没有完整收到，没有保存。请再上传一次", err)
	}
	kind, err := keep.Judge(body, MaxSize, keep.Papers)
	if err != nil {
		return "", errs.AtBecause("proof", err.Error()+"。没有保存，也没有提出申请", err)
	}
	if !access.Allow(a, access.ProofKeep) { // nothing of theirs reaches the disk; the door records the attempt
		return "", s.Door.Do(ctx, a, access.ProofKeep, "", func(*store.DB) error { return nil })
	}
	sum := sha256.Sum256(body)
	digest := hex.EncodeToString(sum[:])
	if err := s.write(a.Authority, digest, body); err != nil {
		return "", err
	}
	// The key of the form belongs to the act that rests on the file.
	return digest, s.Door.Do(audit.WithKey(ctx, ""), a, access.ProofKeep, digest, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO proof_file (authority_id, `+fileCols+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (authority_id, digest) DO NOTHING`,
			a.Authority, digest, keep.Name(name), kind, int64(len(body)), a.ID, s.Now().UnixMilli())
		return err
	})
}

func (s *Service) path(authority, digest string) (string, error) {
	if !filepath.IsLocal(authority) || !filepath.IsLocal(digest) {
		return "", errs.E(errs.NotFound, "没有这个附件")
	}
	return filepath.Join(s.Dir, "proofs", authority, digest), nil
}

func (s *Service) write(authority, digest string, body []byte) error {
	path, err := s.path(authority, digest)
	if err != nil {
		return err
	}
	return fullDisk(keep.Put(path, body))
}

func fullDisk(err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return errs.Because(errs.Full, "服务器磁盘空间不足，附件没有保存，也没有提出申请。请联系系统管理员清理后再试", err)
	}
	return err
}

// Look returns a file and its bytes, and records who looked. Errors: NotFound;
// Conflict if the file on the disk is not the one that was kept.
func (s *Service) Look(ctx context.Context, a access.Actor, digest string) (f File, body []byte, err error) {
	err = s.Door.Do(ctx, a, access.ProofLook, digest, func(tx *store.DB) error {
		f, err = One(ctx, tx, a.Authority, digest)
		return err
	})
	if err != nil {
		return f, nil, err
	}
	path, err := s.path(a.Authority, digest)
	if err != nil {
		return f, nil, err
	}
	body, err = keep.Get(path, digest)
	if errors.Is(err, os.ErrNotExist) {
		return f, nil, errs.E(errs.Conflict, "附件已不在服务器上，请联系系统管理员从备份恢复；申请本身没有改动")
	}
	if errors.Is(err, keep.ErrChanged) {
		return f, nil, errs.E(errs.Conflict, "服务器上的附件与提出申请时的指纹不符，已被改动，不予显示。请联系系统管理员从备份恢复，并报告审计员")
	}
	return f, body, err
}

// One returns what is known of a file; NotFound if it was never kept.
func One(ctx context.Context, db *store.DB, authority, digest string) (File, error) {
	f, err := store.One(ctx, db, scanFile, `
		SELECT `+fileCols+`
		FROM proof_file
		WHERE authority_id = $1 AND digest = $2`, authority, digest)
	if errs.KindOf(err) == errs.NotFound {
		return f, errs.E(errs.NotFound, "没有这个附件")
	}
	return f, err
}

// Need holds that an act has the file that it rests on; without must, it may
// have none.
func Need(ctx context.Context, db *store.DB, authority, digest string, must bool) error {
	if digest == "" {
		if must {
			return errs.At("proof", "请上传能证明原因的附件（PDF、JPG 或 PNG）。没有提出申请")
		}
		return nil
	}
	_, err := One(ctx, db, authority, digest)
	if errs.KindOf(err) == errs.NotFound {
		return errs.At("proof", "附件没有保存成功，请重新上传。没有提出申请")
	}
	return err
}
