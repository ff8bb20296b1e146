package main

import (
	"fmt"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/archive"
)

// filed files the first inspections of the finished round away: all but one,
// which lacks too much, are sealed; most of them are handed over under one
// receipt. The others wait.
func (d *demo) filed(id string) error {
	const sealed, handed = 12, 10
	s, clerk := d.app.archive, d.as(access.Clerk)
	files, err := s.Files(d.ctx, demoAuthority, archive.Filter{Round: id, State: archive.Open})
	if err != nil {
		return err
	}
	worst, most := 0, -1
	files = files[:min(sealed+1, len(files))]
	for i, f := range files {
		w, err := s.Whole(d.ctx, demoAuthority, f.Key)
		if err != nil {
			return err
		}
		if len(w.Gaps) > most {
			worst, most = i, len(w.Gaps)
		}
	}
	var batch []archive.VolumeKey
	for i, f := range files {
		if i == worst {
			continue
		}
		v, _, err := s.Seal(d.ctx, clerk, f.Key, archive.Sealing{Reason: "检查表签字页、送达回证和现场照片是纸质的，随纸质卷保存"})
		if err != nil {
			return err
		}
		if len(batch) < handed {
			batch = append(batch, archive.VolumeKey{Key: f.Key, No: v.No})
		}
	}
	on := calendar.In(d.clock.Now())
	_, err = s.AcceptAll(d.ctx, d.as(access.Leader), batch, archive.Accession{Receiver: "县档案馆接收征集科 韩梅", Number: fmt.Sprintf("元档接字〔%d〕第6号", on.Year()), On: on}, onePage("Accession receipt"))
	return err
}
