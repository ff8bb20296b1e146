package round_test

import (
	"testing"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/round"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// A form of the firms' half that comes when the officers' is at the same step
// changes nothing, and nobody's form of an abandoned match reaches the next.
func TestMeantForAHalf(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := roundtest.New(t, db)
		o.Firms(200)
		firms, officers := round.Meant(t.Context(), round.Targets), round.Meant(t.Context(), round.Match)
		leader, lister := roundtest.As(access.Leader), roundtest.As(access.ListAdmin)
		id := o.Freeze(o.Publish(nil), 1, "2022-06-06")
		wantKind(t, "the officers' seal over the firms", o.Round.Seal(officers, operator, id, roundtest.Public), errs.Conflict)
		o.Must(o.Round.Seal(firms, operator, id, roundtest.Public))
		o.Must(o.Round.Roll(firms, operator, id, "public", roundtest.Dice))
		o.Must(o.Round.Draw(firms, operator, id))
		o.Must(o.Round.Confirm(t.Context(), lister, id))
		o.Must(o.Round.FreezeMatch(t.Context(), operator, id))
		wantKind(t, "the firms' seal over the officers", o.Round.Seal(firms, operator, id, roundtest.Public), errs.Conflict)
		o.Must(o.Round.Seal(officers, operator, id, roundtest.Public))
		wantKind(t, "the firms' roll", o.Round.Roll(firms, operator, id, "public", roundtest.Dice), errs.Conflict)
		o.Must(o.Round.Roll(officers, operator, id, "public", roundtest.Dice))
		wantKind(t, "the firms' draw", o.Round.Draw(firms, operator, id), errs.Conflict)
		wantKind(t, "the firms' end", o.Round.Abandon(firms, leader, id, "见证人没有到场"), errs.Conflict)
		o.Must(o.Round.Abandon(officers, leader, id, "见证人没有到场"))
		o.Must(o.Round.FreezeMatch(t.Context(), operator, id))
		wantKind(t, "the first match's seal over the second", o.Round.Seal(officers, operator, id, roundtest.Public), errs.Conflict)
		o.Must(o.Round.Seal(round.Meant(t.Context(), "match-2"), operator, id, roundtest.Public))
	})
}
