package scribe_test

import (
	"bytes"
	"testing"
	"time"

	"suiji/bundle"
	"suiji/bundle/bundletest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/randomness"
)

// TestBundles hands out bundles as a round does: acts entered one by one among
// other business, sequenced now and then, the evidence asked for at the end
// and again, at the same size, after the tree has grown.
func TestBundles(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		for _, draw := range bundletest.Draws(t) {
			if draw.Name == "firms-beacon" { // sealed before its round comes out, drawn then
				d.at = randomness.Quicknet.Time(bundletest.BeaconRound).Add(-time.Duration(len(draw.Acts)) * time.Minute)
			}
			for i, act := range draw.Acts {
				d.at = d.at.Add(time.Minute)
				d.enter(rs, string(act.Type), draw.ID, act.Data)
				if i%2 == 0 {
					d.some(rs, 3)
				}
			}
			d.sequence(rs)
			size := d.checkpoint(rs).Size
			first := d.bundle(draw, size)
			r, err := bundle.Verify(bytes.NewReader(first), int64(len(first)), bundle.Options{Key: d.verifier(rs)})
			if err != nil || !r.OK {
				t.Errorf("%s: %+v, %v, want all steps to hold", draw.Name, r, err)
			}
			d.some(rs, 5)
			if again := d.bundle(draw, size); !bytes.Equal(first, again) {
				t.Errorf("%s: the bundle at size %d changed", draw.Name, size)
			}
		}
	})
}

func (d *desk) bundle(draw bundletest.Draw, size int64) []byte {
	d.t.Helper()
	v, err := d.Evidence(d.t.Context(), rs, draw.ID, draw.Public, size)
	if err != nil {
		d.t.Fatal(err)
	}
	return bundletest.Zip(d.t, draw.With(d.t, v))
}
