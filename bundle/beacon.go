package bundle

import (
	"fmt"
	"io"
	"time"

	"suiji/draw"
	"suiji/internal/canon"
	"suiji/randomness"
)

// beacon holds each drand source to its signature: the value is what the
// signature gives, and the signature is the chain's for that round.
func (c *check) beacon(io.ReaderAt, int64) (saying, error) {
	sources := c.drand()
	if there := c.archive.has(BeaconFile); there != (len(sources) > 0) {
		if there {
			return saying{}, said("没有信标来源，却有 "+BeaconFile, "there is a "+BeaconFile+" without a source of that kind")
		}
		return saying{}, said("来源 "+sources[0].Name+" 是 drand 信标，核验包里没有它的签名", "source "+sources[0].Name+" is a drand beacon, and its signature is missing")
	}
	if len(sources) == 0 {
		return saying{"没有使用信标", "no beacon was used"}, nil
	}
	signatures, err := c.signatures(sources)
	if err != nil {
		return saying{}, err
	}
	var s saying
	for _, x := range sources {
		chain, err := randomness.ChainOf(x.Chain)
		if err != nil {
			return saying{}, said("来源 "+x.Name+"："+err.Error(), "source "+x.Name+": the chain is not known")
		}
		value, err := chain.Value(x.Round, signatures[x.Name])
		if err != nil {
			return saying{}, said("来源 "+x.Name+"："+err.Error(), "source "+x.Name+": the signature is not the chain's for this round")
		}
		if value != c.reveal[x.Name] {
			return saying{}, said("来源 "+x.Name+" 的随机数不是由信标的签名算出的", "source "+x.Name+": the value is not SHA-256 of the signature")
		}
		at := chain.Time(x.Round).Format(time.RFC3339)
		s.zh += fmt.Sprintf("%s 第 %d 轮（%s）的签名成立；", chain.Name, x.Round, at)
		s.en += fmt.Sprintf("the signature of %s round %d (%s) holds; ", chain.Name, x.Round, at)
	}
	return saying{s.zh[:len(s.zh)-len("；")], s.en[:len(s.en)-len("; ")]}, nil
}

// drand returns the sources that are beacons, in the manifest's order.
func (c *check) drand() (list []draw.Source) {
	for _, s := range c.manifest.Seed {
		if s.Kind == draw.Drand {
			list = append(list, s)
		}
	}
	return list
}

// signatures reads beacon.json: canonical, and exactly the sources' names.
func (c *check) signatures(sources []draw.Source) (map[string]string, error) {
	raw, err := c.archive.read(BeaconFile)
	if err != nil {
		return nil, err
	}
	out, err := draw.ParseReveal(raw) // the same form: a value for each name
	if err == nil {
		err = canon.IsCanonical(raw)
	}
	for _, s := range sources {
		if out[s.Name] == "" || len(out) != len(sources) {
			err = canon.ErrNotCanonical
		}
	}
	if err != nil {
		return nil, said(BeaconFile+" 应为规范的 JSON，恰好写明每个信标来源的签名", BeaconFile+" is not canonical JSON with one signature for each beacon")
	}
	return out, nil
}

// beaconBetween holds each drand round to its place: out after the seal and the
// rolls, when nothing could be chosen any more, and before the draw.
func (c *check) beaconBetween() error {
	entries := c.evidence.Entries
	last := len(entries) - 1
	chosen, drawn := entries[last-1].Entry.At, entries[last].Entry.At // their times do not go back
	for _, s := range c.drand() {
		chain, err := randomness.ChainOf(s.Chain)
		if err != nil {
			return err
		}
		out := chain.Time(s.Round)
		at := out.Format(time.RFC3339)
		if !out.After(chosen) {
			return said("信标 "+s.Name+" 在封存或公开摇号之前（"+at+"）已经公布，其余的数可以挑选", "beacon "+s.Name+" came out at "+at+", before the seal or a roll")
		}
		if drawn.Before(out) {
			return said("信标 "+s.Name+" 在抽取之后（"+at+"）才会公布", "beacon "+s.Name+" comes out at "+at+", after the draw")
		}
	}
	return nil
}
