package bundle

import (
	"fmt"
	"io"
	"maps"

	"suiji/draw"
	"suiji/ledger"
)

// want is what an entry of the draw must say.
type want struct {
	typ  ledger.Type
	data map[string]any
}

// proofs checks that the ledger, under its key, holds the draw's entries and
// that they speak of these files.
func (c *check) proofs(io.ReaderAt, int64) (s saying, err error) {
	raw, err := c.archive.read(LedgerFile)
	if err != nil {
		return s, err
	}
	v, err := ledger.ParseEvidence(raw)
	if err != nil {
		return s, said(LedgerFile+" 不合格式："+err.Error(), LedgerFile+" is out of form: "+err.Error())
	}
	if c.key != "" && v.Key != c.key {
		return s, said("核验包用的密钥不是您指定的那一把", "the bundle is signed under a key other than the one you named")
	}
	checkpoint, err := v.Open()
	if err != nil {
		return s, said("台账的签名或包含证明不成立："+err.Error(), "signature or inclusion proof: "+err.Error())
	}
	if err := c.entries(v); err != nil {
		return s, err
	}
	c.evidence = v
	hash, err := ledger.KeyHash(v.Key)
	if c.key != "" {
		return saying{
			fmt.Sprintf("%d 条记录都在 %s 的台账里（共 %d 条）", len(v.Entries), checkpoint.Origin, checkpoint.Size),
			fmt.Sprintf("%d entries stand in the ledger %s of %d", len(v.Entries), checkpoint.Origin, checkpoint.Size)}, err
	}
	return saying{
		fmt.Sprintf("%d 条记录都在 %s 的台账里（共 %d 条）；请核对公布的密钥散列 %s", len(v.Entries), checkpoint.Origin, checkpoint.Size, hash),
		fmt.Sprintf("%d entries stand in the ledger %s of %d; compare key hash %s with the one published", len(v.Entries), checkpoint.Origin, checkpoint.Size, hash)}, err
}

// entries compares each entry with the one that the files call for.
func (c *check) entries(v ledger.Evidence) error {
	wants := c.wants()
	if len(v.Entries) != len(wants) {
		return said(fmt.Sprintf("应有 %d 条台账记录，有 %d 条", len(wants), len(v.Entries)), fmt.Sprintf("%d ledger entries, not %d", len(v.Entries), len(wants)))
	}
	for i, w := range wants {
		e := v.Entries[i].Entry
		if e.Type != w.typ || e.Subject != c.manifest.ID {
			return said(fmt.Sprintf("台账第 %d 条应为 %s，属于 %s", i+1, w.typ, c.manifest.ID), fmt.Sprintf("entry %d is not %s of %s", i+1, w.typ, c.manifest.ID))
		}
		if !maps.Equal(e.Data, w.data) {
			return said(fmt.Sprintf("台账第 %d 条（%s）与文件不符", i+1, w.typ), fmt.Sprintf("entry %d (%s) does not have the digests of the files", i+1, w.typ))
		}
	}
	return nil
}

// wants returns the entries that the files call for, in their order.
func (c *check) wants() []want {
	m := c.manifest
	wants := []want{{ledger.RoundSealed, map[string]any{"manifest": m.Digest()}}}
	for _, s := range m.Seed {
		if s.Kind != draw.Public {
			continue
		}
		data := map[string]any{"source": s.Name}
		if value := c.reveal[s.Name]; m.Disclosure == draw.AtOnce {
			data["value"] = value
		} else {
			data["digest"] = m.Hash.Hex([]byte(value))
		}
		wants = append(wants, want{ledger.RoundRolled, data})
	}
	return append(wants, want{ledger.RoundDrawn, map[string]any{
		"seed":   m.Hash.Hex([]byte(c.seed.String())),
		"reveal": m.Hash.Hex(c.rawSeen[string(draw.RevealFile)]),
		"result": m.Hash.Hex(c.rawSeen[string(draw.ResultFile)]),
	}})
}

// order holds the entries to their order in the tree and in time.
func (c *check) order(io.ReaderAt, int64) (saying, error) {
	for i := 1; i < len(c.evidence.Entries); i++ {
		before, e := c.evidence.Entries[i-1], c.evidence.Entries[i]
		if e.Index <= before.Index {
			return saying{}, said(fmt.Sprintf("台账第 %d 条的位置 %d 不在前一条之后", i+1, e.Index), fmt.Sprintf("entry %d at index %d does not come after the one before", i+1, e.Index))
		}
		if e.Entry.At.Before(before.Entry.At) {
			return saying{}, said(fmt.Sprintf("台账第 %d 条的时间早于前一条", i+1), fmt.Sprintf("the time of entry %d goes back", i+1))
		}
	}
	if err := c.beaconBetween(); err != nil {
		return saying{}, err
	}
	return saying{"封存、摇号、抽取的先后次序正确", "seal, rolls and draw stand in their order"}, nil
}
