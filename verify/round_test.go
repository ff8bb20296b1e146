package verify_test

import (
	"bytes"
	"os/exec"
	"testing"

	"suiji/bundle"
	"suiji/draw"
	"suiji/internal/access"
	"suiji/internal/canon"
	"suiji/internal/identity"
	"suiji/internal/round"
	"suiji/internal/round/roundtest"
	"suiji/internal/store/storetest"
)

// TestRoundWithSM3 carries a round with SM3 by the authority's setting through
// the office, and checks both its bundles with all three verifiers. A change
// of the setting meanwhile does not touch the round.
func TestRoundWithSM3(t *testing.T) {
	o := roundtest.New(t, storetest.SQLite(t))
	o.Firms(200)
	plan := o.Publish(nil)
	set := func(h canon.Hash) {
		a, err := o.Identity.Authority(t.Context(), roundtest.Authority)
		o.Must(err)
		a.DrawHash = h
		o.Must(o.Identity.Describe(t.Context(), roundtest.As(access.Admin), identity.Authority{Name: a.Name, DrawHash: h}))
	}
	set(canon.SM3)
	id := o.Freeze(plan, 1, "2022-06-06")
	set(canon.SHA256)
	o.Carry(id)
	o.Must(o.Round.Confirm(t.Context(), roundtest.As(access.ListAdmin), id))
	o.Must(o.Round.FreezeMatch(t.Context(), roundtest.As(access.Operator), id))
	o.Carry(id)
	o.On("2022-12-31")
	o.Must(o.Round.DiscloseDue(t.Context(), roundtest.Authority))

	var zips [][]byte
	for _, half := range []string{round.Targets, round.Match} {
		var b bytes.Buffer
		o.Must(o.Round.Bundle(t.Context(), roundtest.Authority, id, half, &b))
		zips = append(zips, b.Bytes())
		draws, err := o.Round.Draws(t.Context(), roundtest.Authority, id)
		o.Must(err)
		if m, err := draw.ParseManifest([]byte(draws[len(zips)-1].Manifest)); err != nil || m.Hash != canon.SM3 {
			t.Errorf("%s has hash %s, %v, want sm3", half, m.Hash, err)
		}
		r, err := bundle.Verify(bytes.NewReader(b.Bytes()), int64(b.Len()), bundle.Options{})
		if err != nil || !r.OK {
			t.Errorf("%s: Go: %+v, %v", half, r, err)
		}
		if out, err := exec.Command("python3", "suiji_verify.py", save(t, b.Bytes())).CombinedOutput(); err != nil {
			t.Errorf("%s: Python: %v: %s", half, err, out)
		}
	}
	second := o.Freeze(plan, 2, "2022-10-10")
	if r, err := o.Round.Round(t.Context(), roundtest.Authority, second); err != nil || r.Hash != canon.SHA256 {
		t.Errorf("the next round has hash %s, %v, want sha256", r.Hash, err)
	}
	for i, r := range open(t, "verify.html").verdicts(zips) {
		if !r.OK {
			t.Errorf("bundle %d: JavaScript: %+v", i, r)
		}
	}
}
