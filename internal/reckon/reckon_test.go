package reckon_test

import (
	"testing"

	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// A year's work is as the ledger has it, at every step, and nothing is left
// out.
func TestCheck(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		o.clean("before anything was sequenced")
		o.step = func(when string) { o.clean("after " + when) }
		o.year()
		r := o.clean("after the year")
		for _, kind := range []string{"register_version", "register_target", "register_officer", "register_item", "plan", "round", "round_draw",
			"round_target", "round_removal", "round_officer", "round_substitution", "bundle", "disclosure_posting", "rate"} {
			if r.Records[kind] == 0 {
				t.Errorf("no %s was compared: %s", kind, records(r))
			}
		}
	})
}
