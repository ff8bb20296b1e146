package main

import (
	"bytes"

	"suiji/internal/access"
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
