package round_test

import (
	"testing"

	"suiji/internal/access"
	"suiji/internal/register"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// A published plan goes on showing the item as it was when it was signed: a
// change of the list, and the item's leaving it, change neither the plan nor
// what it is known by.
func TestPlanKeepsItsItems(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		o := roundtest.New(t, db)
		o.Firms(60)
		id := o.Publish(nil)
		before, err := o.Plan.Plan(ctx, roundtest.Authority, id)
		o.Must(err)
		digest, err := o.Plan.Digest(ctx, before)
		o.Must(err)
		item := before.Tasks[0].Items[0]
		x, err := o.Register.Item(ctx, roundtest.Authority, item.ID)
		o.Must(err)
		o.Must(o.Register.Amend(ctx, roundtest.As(access.Clerk), register.Items, item.ID,
			register.Amendment{Base: x.Version, Values: map[string]string{"name": "改过的事项", "basis": "新的依据"}, Source: "清单修订"}))
		o.Must(o.Register.WithdrawItem(ctx, roundtest.As(access.Clerk), item.ID, "清单修订"))
		after, err := o.Plan.Plan(ctx, roundtest.Authority, id)
		o.Must(err)
		if got := after.Tasks[0].Items[0]; got != item {
			t.Errorf("the plan's item = %+v, want %+v as it was signed", got, item)
		}
		if got, err := o.Plan.Digest(ctx, after); err != nil || got != digest {
			t.Errorf("digest = %s, %v, want %s", got, err, digest)
		}
	})
}
