package round

import (
	"context"
	"fmt"
	"time"

	"suiji/draw"
	"suiji/internal/access"
	"suiji/internal/canon"
	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/ledger"
	"suiji/randomness"
)

// A beacon's round comes out at least BeaconLead after the seal, so that no
// clock that is a little off makes it one that was out already, and at most
// BeaconLimit.
const (
	BeaconLead  = time.Minute
	BeaconLimit = 7 * 24 * time.Hour
)

// BeaconSource is the source of the first round of quicknet (公共信标) that
// comes out a while after now.
func (s *Service) BeaconSource(after time.Duration) Source {
	c := randomness.Quicknet
	return Source{Name: "drand", Kind: draw.Drand, Chain: c.Hash, Beacon: c.RoundAt(s.Now().Add(after))}
}

// checkBeacon refuses a round that may be out already when the half is sealed.
func (s *Service) checkBeacon(field string, x Source) error {
	c, err := randomness.ChainOf(x.Chain)
	if err != nil {
		return errs.At(field, err.Error())
	}
	wait := c.Time(x.Beacon).Sub(s.Now())
	if x.Beacon < 1 || x.Beacon > randomness.MaxRound || wait < BeaconLead || wait > BeaconLimit {
		return errs.At(field, "公共信标应在封存之后 1 分钟到 7 天之内公布：已经公布的数谁都可以事先试算。没有封存")
	}
	return nil
}

// Out returns when a beacon's round comes out; the zero time for other
// sources.
func (x Source) Out() time.Time {
	c, err := randomness.ChainOf(x.Chain)
	if err != nil {
		return time.Time{}
	}
	return c.Time(x.Beacon)
}

// beaconTitle names a beacon's round for people.
func (x Source) beaconTitle() string {
	return fmt.Sprintf("drand 公共信标 quicknet 第 %d 轮（%s 公布）", x.Beacon, x.Out().In(time.FixedZone("CST", 8*60*60)).Format("2006-01-02 15:04:05"))
}

// Beacon enters the round that a sealed source names, wherever it was got. The
// signature must be the chain's; the number is worked out from it. A round
// that is late is waited for: nothing else ever takes its place.
func (s *Service) Beacon(ctx context.Context, a access.Actor, id, source string, round int, signature string) error {
	return s.Door.Do(ctx, a, access.RoundRoll, id+" "+source, func(tx *store.DB) error {
		r, half, x, err := s.openSource(ctx, tx, a, id, source, draw.Drand)
		if err != nil {
			return err
		}
		if round != x.Beacon {
			return errs.At("file", fmt.Sprintf("这是第 %d 轮；封存时约定的是第 %d 轮，只认这一轮。没有录入", round, x.Beacon))
		}
		c, err := randomness.ChainOf(x.Chain)
		if err != nil {
			return err
		}
		value, err := c.Value(round, signature)
		if err != nil {
			return errs.At("file", "信标的签名核验不过，没有录入。请重新取得这一轮")
		}
		if s.Now().Before(x.Out()) {
			return errs.E(errs.Conflict, "按本机时钟，这一轮还没有公布，却已有它的签名：本机时钟慢了。没有录入，请校准时钟后再试")
		}
		_, err = tx.Exec(ctx, `
			UPDATE round_source
			SET value = $5, signature = $6
			WHERE authority_id = $1 AND round_id = $2 AND half = $3 AND no = $4 AND value = ''`,
			r.Authority, r.ID, half, x.No, value, signature)
		if err != nil {
			return err
		}
		s.Door.Step("beacon written")
		return s.enter(ctx, tx, r, ledger.RoundRevealed, half, map[string]any{"source": x.Name, "digest": r.Hash.Hex([]byte(value))})
	})
}

// signatures returns the beacon.json of a half's bundle; nil if it has no
// beacon.
func signatures(sources []Source) ([]byte, error) {
	out := map[string]string{}
	for _, x := range sources {
		if x.Kind == draw.Drand {
			out[x.Name] = x.Signature
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	return canon.JSON(out)
}
