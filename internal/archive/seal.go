package archive

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
	"unicode/utf8"

	"suiji/internal/access"
	"suiji/internal/canon"
	"suiji/internal/errs"
	"suiji/internal/keep"
	"suiji/internal/store"
	"suiji/internal/wording"
)

// Sealing is what the person who seals decides.
type Sealing struct {
	Facts  string // what was seen (Whole.Facts); empty: whatever stands
	Period Period // empty: the proposed one
	Reason string // why in spite of gaps, or for another period
}

// Seal makes the package of a file, or of what came later. It reports false if
// there was nothing new to be sealed: the last volume is returned then, also to
// the second of two people. Errors: Invalid if something is missing and no
// reason is given; Conflict if the file has changed since it was seen.
func (s *Service) Seal(ctx context.Context, a access.Actor, k Key, c Sealing) (Volume, bool, error) {
	if !access.Allow(a, access.ArchiveSeal) { // the door records the attempt
		return Volume{}, false, s.Door.Do(ctx, a, access.ArchiveSeal, object(k), func(*store.DB) error { return nil })
	}
	for range 8 { // others may take the number first
		w, err := s.Whole(ctx, a.Authority, k)
		if err != nil {
			return Volume{}, false, err
		}
		if n := len(w.Volumes); n > 0 && w.Volumes[n-1].Facts == w.Facts {
			return w.Volumes[n-1], false, nil
		}
		v, err := s.volume(ctx, a, &w, c)
		if err != nil {
			return v, false, err
		}
		body, err := s.pack(ctx, &w, &v)
		if err != nil {
			return v, false, fmt.Errorf("pack %s: %w", v.Number, err)
		}
		path, err := s.path(a.Authority, v.Digest)
		if err != nil {
			return v, false, err
		}
		if err := keep.Put(path, body); err != nil {
			return v, false, fullDisk(err)
		}
		err = s.Door.Do(ctx, a, access.ArchiveSeal, object(k)+" "+v.Number, func(tx *store.DB) error {
			return s.enter(ctx, tx, a, w, v)
		})
		if err == nil || !errors.Is(err, errTaken) {
			return v, err == nil, err
		}
	}
	return Volume{}, false, errs.E(errs.Conflict, "正有多人同时封存，没有保存。请再试一次")
}

var errTaken = errors.New("another was quicker")

// SealComplete seals the files of a round that lack nothing, each for the
// proposed period, most of them at a time; those in which something is missing
// stay for a person to look at. It returns how many it sealed, and how many
// lack something among those it saw. Errors: as Seal.
func (s *Service) SealComplete(ctx context.Context, a access.Actor, round string, most int) (sealed, lacking int, err error) {
	if !access.Allow(a, access.ArchiveSeal) {
		return 0, 0, s.Door.Do(ctx, a, access.ArchiveSeal, round, func(*store.DB) error { return nil })
	}
	files, err := s.Files(ctx, a.Authority, Filter{Round: round, State: Open})
	for _, f := range files {
		if err != nil || sealed == most {
			break
		}
		_, fresh, no := s.Seal(ctx, a, f.Key, Sealing{})
		switch {
		case errs.KindOf(no) == errs.Invalid: // something is missing
			lacking++
		case no != nil:
			err = no
		case fresh:
			sealed++
		}
	}
	return sealed, lacking, err
}

func object(k Key) string { return k.Round + " " + k.Target }

// volume is what is to be sealed, without its files.
func (s *Service) volume(ctx context.Context, a access.Actor, w *Whole, c Sealing) (v Volume, err error) {
	c.Reason, _ = wording.Clean(c.Reason, true)
	if c.Period == "" {
		c.Period = w.Proposed
	}
	if n := len(w.Volumes); n > 0 { // a file has one period
		c.Period = w.Volumes[0].Period
	}
	switch {
	case c.Facts != "" && c.Facts != w.Facts:
		return v, errs.E(errs.Conflict, "这一页打开以后材料有变化，没有封存。请看过最新情况再办")
	case w.Concluded < w.Forms:
		return v, errs.E(errs.Conflict, "检查结论还没有审核，案卷没有封存")
	case c.Period.Name() == string(c.Period):
		return v, errs.At("period", "请选择保管期限")
	case c.Reason == "" && len(w.Gaps) > 0:
		return v, errs.At("reason", fmt.Sprintf("还缺 %d 项材料，没有封存。请补齐，或者写明为什么缺少", len(w.Gaps)))
	case c.Reason == "" && len(w.Volumes) == 0 && c.Period != w.Proposed:
		return v, errs.At("reason", "保管期限与建议的不同，请写明理由。没有封存")
	case utf8.RuneCountInString(c.Reason) > 500:
		return v, errs.At("reason", "理由最多 500 字。没有封存")
	}
	v = Volume{Key: w.Key, No: len(w.Volumes) + 1, Year: w.Year, Period: c.Period, Proposed: w.Proposed, Because: w.Because, Gaps: w.Gaps, Reason: c.Reason, Facts: w.Facts,
		SealedBy: a.ID, SealedName: a.Name, SealedAt: s.Now().UTC().Truncate(time.Millisecond)}
	if v.No > 1 {
		first := w.Volumes[0]
		v.Seq, v.Number = first.Seq, fmt.Sprintf("%s-B%d", first.Number, v.No-1)
		return v, nil
	}
	if v.Seq, err = nextSeq(ctx, s.DB, a.Authority, v.Year, v.Period); err != nil {
		return v, err
	}
	v.Number = fmt.Sprintf("%s-ZY·XZJC·%d-%s-%04d", w.Setting.fonds(a.Authority), v.Year, v.Period, v.Seq)
	return v, nil
}

// pack makes the bytes of a volume and what is kept of them.
func (s *Service) pack(ctx context.Context, w *Whole, v *Volume) ([]byte, error) {
	k := &packer{s: s, w: w, v: *v}
	if err := k.fill(ctx); err != nil {
		return nil, err
	}
	k.later(w.Volumes)
	if err := k.describe(); err != nil {
		return nil, err
	}
	v.Manifest = k.manifests()
	v.SHA256, v.SM3, v.Files = canon.SHA256.Hex([]byte(v.Manifest)), canon.SM3.Hex([]byte(v.Manifest)), len(k.items)
	body, err := k.zip()
	v.Digest, v.Size = canon.SHA256.Hex(body), int64(len(body))
	return body, err
}

// enter writes the volume, unless somebody was quicker.
func (s *Service) enter(ctx context.Context, tx *store.DB, a access.Actor, w Whole, v Volume) error {
	now, err := readVolumes(ctx, tx, a.Authority, v.Key)
	if err != nil {
		return err
	}
	if len(now[v.Key]) != len(w.Volumes) {
		return errTaken
	}
	if v.No == 1 {
		seq, err := nextSeq(ctx, tx, a.Authority, v.Year, v.Period)
		if err != nil {
			return err
		}
		if seq != v.Seq {
			return errTaken
		}
	}
	return insertVolume(ctx, tx, a.Authority, v)
}

// Take hands out a package and records who took it. Errors: NotFound; Conflict
// if the file on the disk is not the one that was sealed.
func (s *Service) Take(ctx context.Context, a access.Actor, k Key, no int) (v Volume, body []byte, err error) {
	err = s.Door.Do(ctx, a, access.ArchiveTake, fmt.Sprintf("%s %d", object(k), no), func(tx *store.DB) error {
		v, err = oneVolume(ctx, tx, a.Authority, k, no)
		return err
	})
	if err != nil {
		return v, nil, err
	}
	body, err = s.kept(a.Authority, v.Digest)
	return v, body, err
}

func oneVolume(ctx context.Context, db *store.DB, authority string, k Key, no int) (Volume, error) {
	all, err := readVolumes(ctx, db, authority, k)
	if err != nil {
		return Volume{}, err
	}
	for _, v := range all[k] {
		if v.No == no {
			return v, nil
		}
	}
	return Volume{}, errs.E(errs.NotFound, "没有这一卷")
}

// Check holds a package on the disk to what was sealed. Errors: Conflict.
func (s *Service) Check(authority string, v Volume) error {
	_, err := s.kept(authority, v.Digest)
	return err
}

func (s *Service) kept(authority, digest string) ([]byte, error) {
	path, err := s.path(authority, digest)
	if err != nil {
		return nil, err
	}
	body, err := keep.Get(path, digest)
	if errors.Is(err, os.ErrNotExist) {
		return nil, errs.E(errs.Conflict, "文件已不在服务器上，请联系系统管理员从备份恢复；登记的指纹没有改动")
	}
	if errors.Is(err, keep.ErrChanged) {
		return nil, errs.E(errs.Conflict, "服务器上的文件与封存、登记时的指纹不符，已被改动，不予取用。请联系系统管理员从备份恢复，并报告审计员")
	}
	return body, err
}

func (s *Service) path(authority, digest string) (string, error) {
	if !filepath.IsLocal(authority) || !canon.IsHex32(digest) {
		return "", errs.E(errs.NotFound, "没有这个文件")
	}
	return filepath.Join(s.Dir, "archive", authority, digest), nil
}

func fullDisk(err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return errs.Because(errs.Full, "服务器磁盘空间不足，没有保存。请联系系统管理员清理后再试", err)
	}
	return err
}
