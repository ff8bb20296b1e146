package visit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// Part is a piece of a photograph on its way in. Digest is that of the whole
// file; Use may be UseOriginal.
type Part struct {
	Upload
	Size   int64 // of the whole
	Offset int64 // where in it Body stands
}

// UseOriginal is the camera's own file of a photograph that is here.
const UseOriginal = "original"

// Limits of parts.
const (
	mostPart    = 1 << 20            // bytes
	mostWaiting = 4 * mostPhoto      // bytes of one account's unfinished files
	waitFor     = 7 * 24 * time.Hour // an unfinished file is kept so long
)

// Part takes a piece in and returns how much of the file is here from its
// beginning: that is where the phone goes on, after a cut or a crash too. A
// piece that was here before, or that comes too early, changes nothing. With
// the last one the pieces are joined and held against the digest; if they are
// something else, 0 is here and the file begins anew. A file that was taken in
// before is not asked for again.
// Errors: Invalid if it is no photograph; Full if the disk is.
func (s *Service) Part(ctx context.Context, a access.Actor, p Part) (have int64, err error) {
	officer, err := s.Officer(ctx, a)
	if err != nil {
		return 0, err
	}
	if err := p.check(); err != nil {
		return 0, err
	}
	if err := s.own(ctx, s.DB, a, officer, p.Form); err != nil {
		return 0, err
	}
	done, err := s.taken(ctx, a, p)
	if err != nil {
		return 0, err
	}
	if done {
		return p.Size, nil
	}
	path, err := s.partPath(a, p.Digest)
	if err != nil {
		return 0, err
	}
	body := p.Body
	if int64(len(body)) < p.Size { // else it is the whole
		if have, err = s.append(path, p); err != nil || have < p.Size {
			return have, err
		}
		if body, err = os.ReadFile(path); errors.Is(err, fs.ErrNotExist) {
			return 0, nil // the same piece, come twice at once, was the quicker
		}
		if err != nil {
			return 0, err
		}
	}
	if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != p.Digest {
		return 0, remove(path)
	}
	p.Body = body
	if err := s.takeIn(ctx, a, officer, p); err != nil {
		return 0, err
	}
	return p.Size, remove(path)
}

func (p Part) check() error {
	switch {
	case p.Use != UseOriginal && !photoUse.MatchString(p.Use):
		return errs.At("use", "请选择照片拍的是什么")
	case !hexDigest.MatchString(p.Digest) || p.Original != "" && !hexDigest.MatchString(p.Original):
		return errs.At("photo", "照片的指纹不能识别，没有保存")
	case p.Size <= 0 || p.Size > mostPhoto:
		return errs.At("photo", fmt.Sprintf("照片是空的，或者超过 %d MB，没有保存", mostPhoto>>20))
	case p.Offset < 0 || len(p.Body) > mostPart || p.Offset+int64(len(p.Body)) > p.Size:
		return errs.At("photo", "照片的这一段与它的大小不符，没有保存")
	}
	return nil
}

// taken reports whether the whole file is here. A picture of the same form for
// another use is here too, and is entered for this one.
func (s *Service) taken(ctx context.Context, a access.Actor, p Part) (bool, error) {
	table := "visit_photo"
	if p.Use == UseOriginal {
		table = "visit_original"
	}
	n, err := store.One(ctx, s.DB, store.Value[int], `
		SELECT count(*)
		FROM `+table+`
		WHERE authority_id = $1 AND form_id = $2 AND digest = $3`, a.Authority, p.Form, p.Digest)
	switch {
	case err != nil || n == 0 && p.Use != UseOriginal:
		return false, err
	case p.Use == UseOriginal:
		return n > 0, s.named(ctx, a, p)
	}
	path, err := s.photoPath(a.Authority, p.Digest)
	if err != nil {
		return false, err
	}
	if p.Body, err = os.ReadFile(path); errors.Is(err, fs.ErrNotExist) {
		return false, nil // lost with a restored backup
	}
	if err == nil {
		_, err = s.Photograph(ctx, a, p.Upload)
	}
	return true, err
}

// named refuses an original whose photograph is not here.
func (s *Service) named(ctx context.Context, a access.Actor, p Part) error {
	n, err := store.One(ctx, s.DB, store.Value[int], `
		SELECT count(*)
		FROM visit_photo
		WHERE authority_id = $1 AND form_id = $2 AND original = $3`, a.Authority, p.Form, p.Digest)
	if err == nil && n == 0 {
		err = errs.At("photo", "没有以这张原片缩小的照片，没有保存")
	}
	return err
}

// takeIn keeps a file whose pieces are all here.
func (s *Service) takeIn(ctx context.Context, a access.Actor, officer string, p Part) error {
	if p.Use != UseOriginal {
		_, err := s.Photograph(ctx, a, p.Upload)
		return err
	}
	if err := s.write(a.Authority, p.Digest, p.Body); err != nil {
		return err
	}
	return s.Door.Do(ctx, a, access.VisitRecord, p.Form+" original", func(tx *store.DB) error {
		if err := s.own(ctx, tx, a, officer, p.Form); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO visit_original (authority_id, form_id, digest, size, received_at, account_name)
			VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (authority_id, form_id, digest) DO NOTHING`,
			a.Authority, p.Form, p.Digest, p.Size, s.Now().UnixMilli(), a.Name)
		return err
	})
}

// partPath is where an account's pieces of a file wait: nobody's pieces fall
// among another's.
func (s *Service) partPath(a access.Actor, digest string) (string, error) {
	return s.photoPath(a.Authority, filepath.Join("parts", TextDigest(a.ID)[:16]+"-"+digest+".part"))
}

// append writes a piece behind those that are here, and returns how much that
// is then.
func (s *Service) append(path string, p Part) (have int64, err error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.Size() <= p.Size:
		have = info.Size()
	case err == nil: // of a file that was said to be smaller
		err = remove(path)
	case errors.Is(err, fs.ErrNotExist):
		err = s.makeRoom(path)
	}
	if err != nil || p.Offset != have {
		return have, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return have, err
	}
	_, err = f.WriteAt(p.Body, p.Offset)
	err = errors.Join(err, f.Close())
	if errors.Is(err, syscall.ENOSPC) {
		return have, diskFull(err)
	}
	now := s.Now()
	return have + int64(len(p.Body)), errors.Join(err, os.Chtimes(path, now, now))
}

// makeRoom lets go of what has waited too long, and of the oldest files of an
// account that begins more than it ends.
func (s *Service) makeRoom(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	all, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return err
	}
	account, _, _ := strings.Cut(filepath.Base(path), "-")
	var waiting int64
	for _, x := range newestFirst(all) {
		mine := strings.HasPrefix(x.Name(), account+"-")
		if mine {
			waiting += x.Size()
		}
		if s.Now().Sub(x.ModTime()) > waitFor || mine && waiting > mostWaiting {
			if err := remove(filepath.Join(filepath.Dir(path), x.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func newestFirst(all []os.DirEntry) (files []fs.FileInfo) {
	for _, e := range all {
		if info, err := e.Info(); err == nil { // else it has just been taken in
			files = append(files, info)
		}
	}
	slices.SortFunc(files, func(x, y fs.FileInfo) int { return y.ModTime().Compare(x.ModTime()) })
	return files
}

func remove(path string) error {
	err := os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func diskFull(err error) error {
	return errs.Because(errs.Full, "服务器磁盘空间不足，照片没有保存，还在手机里。请联系系统管理员", err)
}
