package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"suiji/internal/airlock"
	"suiji/internal/errs"
	"suiji/internal/keep"
	"suiji/internal/store"
)

// maxUpload is the most bytes of an upload.
const maxUpload = 512 << 20

// uploads is the directory of an authority's uploads.
func (s *Service) uploads(authority string) (string, error) {
	if !filepath.IsLocal(authority) {
		return "", fmt.Errorf("BUG: authority %q cannot name a directory", authority)
	}
	dir := filepath.Join(s.dir, "uploads", authority)
	return dir, keep.Folder(dir, 0o700)
}

// keepUpload stores an upload under its SHA-256 and returns that in hex. The
// file is whole and on the disk under this name, or not there.
func (s *Service) keepUpload(authority string, r io.Reader) (digest string, err error) {
	dir, err := s.uploads(authority)
	if err != nil {
		return "", fullDisk(err)
	}
	s.sweep(dir)
	f, err := os.CreateTemp(dir, "*.tmp")
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			err = errors.Join(fullDisk(err), f.Close(), os.Remove(f.Name()))
		}
	}()
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, h), io.LimitReader(r, maxUpload+1))
	if err != nil {
		return "", err
	}
	if n > maxUpload {
		return "", errs.At("file", fmt.Sprintf("文件超过 %d MB 的上限；请拆成几个文件分批导入。没有导入任何数据", maxUpload>>20))
	}
	if err := f.Sync(); err != nil {
		return "", err
	}
	digest = hex.EncodeToString(h.Sum(nil))
	if err := os.Rename(f.Name(), filepath.Join(dir, digest)); err != nil {
		return "", err
	}
	return digest, errors.Join(f.Close(), keep.SyncFolder(dir))
}

// fullDisk puts a full disk into words.
func fullDisk(err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return errs.Because(errs.Full, "服务器磁盘空间不足，没有导入任何数据。请联系系统管理员清理后再试", err)
	}
	return err
}

// sweep removes what broken uploads left behind. A file that cannot be removed
// now is tried again at the next upload.
func (s *Service) sweep(dir string) {
	left, _ := filepath.Glob(filepath.Join(dir, "*.tmp"))
	for _, name := range left {
		if info, err := os.Stat(name); err == nil && s.now().Sub(info.ModTime()) > 24*time.Hour {
			_ = os.RemoveAll(name)
		}
	}
}

// openUpload opens an upload.
func openUpload(dir, digest string) (*os.File, error) {
	f, err := os.Open(filepath.Join(dir, digest))
	if errors.Is(err, os.ErrNotExist) {
		return nil, errs.E(errs.Conflict, "上传的文件已不在服务器上，没有写入任何数据。请重新上传")
	}
	return f, err
}

// withRows opens the rows of an import's upload, which it unpacks if they are
// not there.
func (s *Service) withRows(ctx context.Context, authority string, i *Import, fn func(*airlock.Table) error) (err error) {
	dir, err := s.uploads(authority)
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, i.Digest)); errors.Is(err, os.ErrNotExist) {
		return errs.E(errs.Conflict, "上传的文件已不在服务器上，没有写入任何数据。请重新上传")
	}
	if err := s.unpack(ctx, authority, *i); err != nil {
		return err
	}
	f, err := os.Open(filepath.Join(dir, i.Digest+".rows"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	t, err := airlock.Open(f)
	if err != nil {
		return err
	}
	return fn(t)
}

// forgetUpload removes an upload that no import refers to, and returns why.
func (s *Service) forgetUpload(ctx context.Context, authority, digest string, why error) error {
	n, err := store.One(ctx, s.db, store.Value[int], `
		SELECT count(*)
		FROM intake_import
		WHERE authority_id = $1 AND digest = $2 AND state NOT IN ('dropped', 'refused')`, authority, digest)
	dir, dirErr := s.uploads(authority)
	if err == nil && dirErr == nil && n == 0 {
		// A file that stays harms nothing: no import refers to it.
		_ = os.Remove(filepath.Join(dir, digest+".rows"))
		_ = os.Remove(filepath.Join(dir, digest))
	}
	return why
}
