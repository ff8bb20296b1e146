package main

import (
	"bytes"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/archive"
	"suiji/internal/exchange"
	"suiji/internal/office"
)

// reported hands what is public to the province: the codes are entered, a batch
// is made, and its receipt returns one line.
func (d *demo) reported() error {
	x, clerk := d.app.exchange, d.as(access.Clerk)
	const to = "provincial"
	if err := x.Set(d.ctx, clerk, to, []exchange.Value{{Subject: "office", Name: "office.code", Value: "11370100004188784H"}}); err != nil {
		return err
	}
	o, err := x.Outlook(d.ctx, demoAuthority, to, false)
	if err != nil {
		return err
	}
	if _, err := x.Prepare(d.ctx, clerk, to, o.Digest, false); err != nil {
		return err
	}
	b, lines, err := x.Batch(d.ctx, demoAuthority, to, o.Serial)
	if err != nil {
		return err
	}
	var rows [][]string
	for i, l := range lines[:len(lines)-1] { // the last one's answer has not come
		answer, reason := "已接收", ""
		if i == 1 {
			answer, reason = "已退回", "抽查结果和企业公示信息不一致，请核对"
		}
		rows = append(rows, []string{b.Number, l.CD, answer, reason})
	}
	var receipt bytes.Buffer
	if err := office.WriteXLSX(&receipt, []office.Sheet{{Name: "回执", Header: []string{"批次号", "记录标识", "结果", "退回原因"}, Rows: office.Texts(rows)}}); err != nil {
		return err
	}
	_, err = x.Receive(d.ctx, clerk, to, b.Serial, "省平台回执.xlsx", &receipt)
	return err
}

// filed files the first inspections of the finished round away: all but one,
// which lacks most, are sealed, and ten handed over under one receipt.
func (d *demo) filed(id string) error {
	s, left := d.app.archive, false
	files, err := s.Files(d.ctx, demoAuthority, archive.Filter{Round: id, State: archive.Open})
	if err != nil {
		return err
	}
	var batch []archive.VolumeKey
	for _, f := range files[:min(13, len(files))] {
		w, err := s.Whole(d.ctx, demoAuthority, f.Key)
		if err != nil {
			return err
		}
		if !left && len(w.Gaps) > 4 {
			left = true
			continue
		}
		v, _, err := s.Seal(d.ctx, d.as(access.Clerk), f.Key, archive.Sealing{Reason: "签字页、送达回证和现场照片是纸质的，随纸质卷保存"})
		if err != nil {
			return err
		}
		batch = append(batch, archive.VolumeKey{Key: f.Key, No: v.No})
	}
	x := archive.Accession{Receiver: "县档案馆 韩梅", Number: "元档接字第6号", On: calendar.In(d.clock.Now())}
	_, err = s.AcceptAll(d.ctx, d.as(access.Leader), batch[:min(10, len(batch)-1)], x, onePage("Accession receipt"))
	return err
}
