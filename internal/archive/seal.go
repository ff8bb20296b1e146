package archive

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
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
	now, err := readVolumes(ctx, tx, a.Authority, v.Round)
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
	all, err := readVolumes(ctx, db, authority, k.Round)
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

// maxPaper is the most bytes of an uploaded receipt.
const maxPaper = 10 << 20

// Accept records that a volume was handed over, by another hand than the one
// that sealed it. body is the signed receipt, if it is uploaded. The same again
// changes nothing. Errors: Invalid; Conflict if something else is recorded.
func (s *Service) Accept(ctx context.Context, a access.Actor, k Key, no int, x Accession, body []byte) error {
	if err := x.check(s.Today().String()); err != nil {
		return err
	}
	x.ByID, x.ByName, x.At = a.ID, a.Name, s.Now()
	if len(body) > 0 && access.Allow(a, access.ArchiveAccept) {
		kind, err := keep.Judge(body, maxPaper, keep.Papers)
		if err != nil {
			return errs.At("paper", err.Error()+"。没有登记")
		}
		x.Paper, x.Kind = canon.SHA256.Hex(body), string(kind)
		path, err := s.path(a.Authority, x.Paper)
		if err != nil {
			return err
		}
		if err := keep.Put(path, body); err != nil {
			return fullDisk(err)
		}
	}
	return s.Door.Do(ctx, a, access.ArchiveAccept, fmt.Sprintf("%s %d", object(k), no), func(tx *store.DB) error {
		v, err := oneVolume(ctx, tx, a.Authority, k, no)
		if err != nil {
			return err
		}
		switch y := v.Accession; {
		case y != nil && y.Receiver == x.Receiver && y.Number == x.Number && y.On == x.On:
			return nil
		case y != nil:
			return errs.E(errs.Conflict, fmt.Sprintf("%s 已由 %s 登记移交给 %s（%s），没有改动", v.Number, y.ByName, y.Receiver, y.Number))
		case v.SealedBy == a.ID:
			return errs.E(errs.Conflict, "封存的人不能登记自己的移交，请由另一人登记。没有改动")
		}
		return insertAccession(ctx, tx, a.Authority, v, x)
	})
}

func (x *Accession) check(today string) error {
	x.Receiver, _ = wording.Clean(x.Receiver, false)
	x.Number, _ = wording.Clean(x.Number, false)
	var ps []errs.Problem
	add := func(bad bool, field, sentence string) {
		if bad {
			ps = append(ps, errs.Problem{Field: field, Sentence: sentence})
		}
	}
	add(x.Receiver == "", "receiver", "请填写接收的单位和人")
	add(x.Number == "", "number", "请填写交接文据的编号")
	add(utf8.RuneCountInString(x.Receiver+x.Number) > 200, "receiver", "接收单位和编号一共最多 200 字")
	add(x.On.Zero(), "on", "请填写接收日期")
	add(x.On.String() > today, "on", "接收日期不能晚于今天（"+today+"）")
	return errs.All(ps)
}

// Receipt hands out the uploaded receipt of a volume. Errors: NotFound; Conflict.
func (s *Service) Receipt(ctx context.Context, a access.Actor, k Key, no int) (Accession, []byte, error) {
	v, err := oneVolume(ctx, s.DB, a.Authority, k, no)
	if err != nil {
		return Accession{}, nil, err
	}
	if v.Accession == nil || v.Accession.Paper == "" {
		return Accession{}, nil, errs.E(errs.NotFound, "没有上传交接文据")
	}
	err = s.Door.Do(ctx, a, access.ArchiveTake, fmt.Sprintf("%s %d receipt", object(k), no), func(*store.DB) error { return nil })
	if err != nil {
		return Accession{}, nil, err
	}
	body, err := s.kept(a.Authority, v.Accession.Paper)
	return *v.Accession, body, err
}

// Setting is what the archive of an office is called, and how long it keeps
// files.
type Setting struct {
	Fonds   string // 全宗号, as the state archives gave it; empty: none yet
	Periods map[Occasion]Period
	ByName  string // empty: nobody has set anything
	At      time.Time
}

// Period is how long files of an occasion are kept.
func (x Setting) Period(o Occasion) Period {
	if p, ok := x.Periods[o]; ok {
		return p
	}
	for _, y := range Occasions {
		if y.Occasion == o {
			return y.Period
		}
	}
	return Ten
}

// fonds stands in the 档号; until the state archives give one it is the
// office's id.
func (x Setting) fonds(authority string) string {
	if x.Fonds != "" {
		return x.Fonds
	}
	return authority
}

// fondsName is the row of the fonds among those of the occasions.
const fondsName = "fonds"

// Setting returns the setting of an office.
func (s *Service) Setting(ctx context.Context, authority string) (Setting, error) {
	x := Setting{Periods: map[Occasion]Period{}}
	type line struct {
		name, value, by string
		at              int64
	}
	return x, store.Each(ctx, s.DB, func(row store.Scanner) (l line, err error) {
		err = row.Scan(&l.name, &l.value, &l.by, &l.at)
		return l, err
	}, func(l line) error {
		if x.ByName, x.At = l.by, store.Instant(l.at); l.name == fondsName {
			x.Fonds = l.value
		} else {
			x.Periods[Occasion(l.name)] = Period(l.value)
		}
		return nil
	}, `
		SELECT name, value, by_name, at
		FROM archive_setting
		WHERE authority_id = $1
		ORDER BY name`, authority)
}

var fondsForm = regexp.MustCompile(`^[0-9A-Za-z-]{0,20}$`)

// Set changes the setting; files that are sealed keep what they have. Errors:
// Invalid.
func (s *Service) Set(ctx context.Context, a access.Actor, x Setting) error {
	x.Fonds = strings.TrimSpace(x.Fonds)
	if !fondsForm.MatchString(x.Fonds) {
		return errs.At("fonds", "全宗号是字母、数字和“-”，最多 20 位，没有的不填。没有改动")
	}
	periods := map[Occasion]Period{}
	for _, o := range Occasions {
		p := x.Periods[o.Occasion]
		if periods[o.Occasion] = p; p.Name() == string(p) {
			return errs.At(string(o.Occasion), "请选择“"+o.Name+"”的保管期限。没有改动")
		}
	}
	return s.Door.Do(ctx, a, access.ArchiveSet, "archive", func(tx *store.DB) error {
		rows := map[string]string{fondsName: x.Fonds}
		for o, p := range periods {
			rows[string(o)] = string(p)
		}
		for name, value := range rows {
			_, err := tx.Exec(ctx, `
				INSERT INTO archive_setting (authority_id, name, value, by_name, at)
				VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (authority_id, name) DO UPDATE SET value = excluded.value, by_name = excluded.by_name, at = excluded.at`,
				a.Authority, name, value, a.Name, s.Now().UnixMilli())
			if err != nil {
				return err
			}
		}
		return nil
	})
}
