package archive

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"unicode/utf8"

	"suiji/internal/access"
	"suiji/internal/canon"
	"suiji/internal/errs"
	"suiji/internal/keep"
	"suiji/internal/papers"
	"suiji/internal/store"
	"suiji/internal/wording"
)

// maxPaper is the most bytes of an uploaded receipt.
const maxPaper = 10 << 20

// VolumeKey names a volume.
type VolumeKey struct {
	Key
	No int
}

// Accept records that a volume was handed over; see AcceptAll.
func (s *Service) Accept(ctx context.Context, a access.Actor, k Key, no int, x Accession, body []byte) error {
	_, err := s.AcceptAll(ctx, a, []VolumeKey{{k, no}}, x, body)
	return err
}

// AcceptAll records that volumes were handed over under one receipt, by another
// hand than the one that sealed them: all of them, or none. body is the signed
// receipt, if it is uploaded. It returns how many were not recorded before: the
// same again changes nothing. Errors: Invalid; Conflict if something else is
// recorded of one.
func (s *Service) AcceptAll(ctx context.Context, a access.Actor, all []VolumeKey, x Accession, body []byte) (n int, err error) {
	if err := x.check(s.Today().String()); err != nil {
		return 0, err
	}
	if len(all) == 0 {
		return 0, errs.E(errs.Invalid, "请至少选一卷。没有登记")
	}
	x.ByID, x.ByName, x.At = a.ID, a.Name, s.Now()
	if len(body) > 0 && access.Allow(a, access.ArchiveAccept) {
		kind, err := keep.Judge(body, maxPaper, keep.Papers)
		if err != nil {
			return 0, errs.AtBecause("paper", err.Error()+"。没有登记", err)
		}
		x.Paper, x.Kind = canon.SHA256.Hex(body), string(kind)
		path, err := s.path(a.Authority, x.Paper)
		if err != nil {
			return 0, err
		}
		if err := keep.Put(path, body); err != nil {
			return 0, fullDisk(err)
		}
	}
	what := fmt.Sprintf("%s %d", object(all[0].Key), all[0].No)
	if len(all) > 1 {
		what = fmt.Sprintf("%s 等 %d 卷 %s", what, len(all), x.Number)
	}
	err = s.Door.Do(ctx, a, access.ArchiveAccept, what, func(tx *store.DB) error {
		n = 0
		for _, k := range all {
			fresh, err := s.accepted(ctx, tx, a, k, x)
			if err != nil {
				return err
			}
			if fresh {
				n++
			}
		}
		return nil
	})
	return n, err
}

// accepted enters one volume's accession; false if it is entered.
func (s *Service) accepted(ctx context.Context, tx *store.DB, a access.Actor, k VolumeKey, x Accession) (bool, error) {
	v, err := oneVolume(ctx, tx, a.Authority, k.Key, k.No)
	if err != nil {
		return false, err
	}
	switch y := v.Accession; {
	case y != nil && y.Receiver == x.Receiver && y.Number == x.Number && y.On == x.On:
		return false, nil
	case y != nil:
		return false, errs.E(errs.Conflict, fmt.Sprintf("%s 已由 %s 登记移交给 %s（%s），没有改动", v.Number, y.ByName, y.Receiver, y.Number))
	case v.SealedBy == a.ID:
		return false, errs.E(errs.Conflict, v.Number+" 是您封存的，不能登记自己的移交，请由另一人登记。没有改动")
	}
	return true, insertAccession(ctx, tx, a.Authority, v, x)
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
	if err := s.Door.Ask(ctx, a, fmt.Sprintf("%s %d receipt", object(k), no), access.ArchiveTake); err != nil {
		return Accession{}, nil, err
	}
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

// Waiting are the volumes of a round that are sealed and not handed over; of
// all rounds, if none is named. firms are the files that they belong to.
func (s *Service) Waiting(ctx context.Context, authority, round string) (all []Volume, firms map[Key]File, err error) {
	rounds, firms := []string{round}, map[Key]File{}
	if round == "" {
		if rounds, err = waitingRounds(ctx, s.DB, authority); err != nil {
			return nil, nil, err
		}
	}
	for _, id := range rounds {
		files, err := readFiles(ctx, s.DB, authority, Key{Round: id})
		if err != nil {
			return nil, nil, err
		}
		for _, f := range files {
			firms[f.Key] = f
			for _, v := range f.Volumes {
				if v.Accession == nil {
					all = append(all, v)
				}
			}
		}
	}
	return all, firms, nil
}

// waitingRounds names the rounds of which a package is not handed over, those
// that are due first before others.
func waitingRounds(ctx context.Context, db *store.DB, authority string) ([]string, error) {
	return store.All(ctx, db, store.Value[string], `
		SELECT r.round_id
		FROM round r
		JOIN plan n ON n.authority_id = r.authority_id AND n.plan_id = r.plan_id
		WHERE r.authority_id = $1 AND EXISTS (
			SELECT 1
			FROM archive_package p
			WHERE p.authority_id = r.authority_id AND p.round_id = r.round_id AND NOT EXISTS (
				SELECT 1
				FROM archive_accession a
				WHERE a.authority_id = p.authority_id AND a.round_id = p.round_id AND a.target_id = p.target_id AND a.volume = p.volume))
		ORDER BY n.archive_on, r.round_id`, authority)
}

// HandList is the list that goes with a batch, to be signed (电子档案移交与接收登记表):
// each package with its digest. Who took it is recorded. Errors: NotFound if
// nothing waits.
func (s *Service) HandList(ctx context.Context, a access.Actor, round string, w io.Writer) error {
	office, err := s.Identity.Authority(ctx, a.Authority)
	if err != nil {
		return err
	}
	all, firms, err := s.taken(ctx, a, round, "移交清单")
	if err != nil {
		return err
	}
	var bytes int64
	list := sheetPart{Head: "移交目录", Cols: []string{"序号", "档号", "题名", "保管期限", "字节数", "案卷包的 SHA-256"}, Widths: []float64{1, 4, 4, 1.4, 2, 6}}
	for i, v := range all {
		bytes += v.Size
		list.Rows = append(list.Rows, []string{fmt.Sprint(i + 1), v.Number, "对" + firms[v.Key].Firm + "行政检查的案卷（" + v.Title() + "）", v.Period.Name(), fmt.Sprint(v.Size), v.Digest})
	}
	x := sheet{Title: "电子档案移交与接收登记表"}
	x.add(sheetPart{Rows: [][]string{{"移交单位", office.Name}, {"轮次", round}, {"数量", fmt.Sprintf("%d 卷，%d 字节", len(all), bytes)}, {"编制日期", s.Today().Chinese()},
		{"检验", "接收后在每个案卷包解开的目录里运行 python3 verify/suiji_verify.py archive .，并核对案卷包的 SHA-256 与本表一致"}}})
	x.add(list)
	x.add(sheetPart{Head: "签字", Rows: [][]string{{"移交人、日期", ""}, {"接收单位（盖章）", ""}, {"接收人、日期", ""}, {"检验情况", ""}, {"交接文据编号", ""}}})
	d := x.document()
	d.Sections[0].Landscape = true
	return papers.WriteDOCX(w, d)
}

// taken are the volumes that wait, after it is recorded who takes what of them.
func (s *Service) taken(ctx context.Context, a access.Actor, round, what string) ([]Volume, map[Key]File, error) {
	all, firms, err := s.Waiting(ctx, a.Authority, round)
	if err != nil {
		return nil, nil, err
	}
	err = s.Door.Do(ctx, a, access.ArchiveTake, fmt.Sprintf("%s 待移交的 %d 卷，%s", round, len(all), what), func(*store.DB) error { return nil })
	if err == nil && len(all) == 0 {
		err = errs.E(errs.NotFound, "没有封存以后待移交的案卷")
	}
	return all, firms, err
}

// TakeAll hands out the packages that wait to be handed over in one file, and
// records who took them. The file is made while it is sent: each package is
// held to its digest first, and one that has changed breaks it off.
func (s *Service) TakeAll(ctx context.Context, a access.Actor, round string) (func(w io.Writer) error, error) {
	all, _, err := s.taken(ctx, a, round, "案卷包")
	if err != nil {
		return nil, err
	}
	for _, v := range all { // what is broken is said before anything is sent
		if err := s.Check(a.Authority, v); err != nil {
			return nil, err
		}
	}
	return func(w io.Writer) error {
		z := zip.NewWriter(w)
		for _, v := range all {
			body, err := s.kept(a.Authority, v.Digest)
			if err != nil {
				return err
			}
			f, err := z.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("%d-%s-%04d-%d.zip", v.Year, v.Period, v.Seq, v.No), Method: zip.Store, Modified: v.SealedAt})
			if err != nil {
				return err
			}
			if _, err := f.Write(body); err != nil {
				return err
			}
		}
		return z.Close()
	}, nil
}
