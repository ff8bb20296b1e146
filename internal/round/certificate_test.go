package round_test

import (
	"testing"

	"suiji/internal/access"
	"suiji/internal/register"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// A certificate must be valid on the last day of the window (31 July): one
// that ends the day before keeps its holder out of the pool, one that ends on
// that day does not.
func TestPoolAtTheCertificatesBorder(t *testing.T) {
	for until, out := range map[string]int{"2022-07-30": 1, "2022-07-31": 0} {
		storetest.Each(t, func(t *testing.T, db *store.DB) {
			o := roundtest.New(t, db)
			o.Firms(60)
			planID := o.Publish(nil)
			pool := func(id string) int {
				n, err := store.One(t.Context(), db, store.Value[int], `
					SELECT count
					FROM round_list
					WHERE authority_id = $1 AND round_id = $2 AND half = 'match' AND list = 'officers'`, roundtest.Authority, id)
				o.Must(err)
				return n
			}
			officers, _, all, err := o.Register.Officers(t.Context(), roundtest.Authority, register.OfficerFilter{Field: "劳动保障监察"})
			o.Must(err)
			o.Must(o.Register.Amend(t.Context(), roundtest.As(access.Clerk), register.Officers, officers[0].ID,
				register.Amendment{Base: officers[0].Version, Values: map[string]string{"cert_until": until}, Source: "换证通知"}))
			if got := pool(o.Matched(planID, 1, "2022-06-01")); got != all-out {
				t.Errorf("a certificate until %s: %d officers in the pool, want %d of %d", until, got, all-out, all)
			}
		})
	}
}
