package round_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"suiji/bundle"
	"suiji/calendar"
	"suiji/draw"
	"suiji/internal/errs"
	"suiji/internal/openbook"
	"suiji/internal/plan"
	"suiji/internal/round"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/randomness"
)

// Two rounds of quicknet as they were published: of 15 and 27 September 2023.
const (
	firstRound      = 657413
	firstSignature  = "b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b"
	secondRound     = 1000000
	secondSignature = "83ad29e4c409f9470fc2ef02f90214df49e02b441a1a241a82d622d9f608ef98fd8b11a029f1bee9d9e83b45088abe72"
)

func in2023(p *plan.Plan) {
	p.Windows = []plan.Window{{No: 1, StartsOn: calendar.MustParse("2023-09-01"), EndsOn: calendar.MustParse("2023-10-31")}}
	p.ArchiveOn = calendar.MustParse("2023-12-31")
}

// A whole round with a beacon in each half: sealed before it is out, drawn
// after it is there, and every bundle holds.
func TestBeacon(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		o := roundtest.New(t, db)
		o.Firms(200)
		id := o.Freeze(o.PublishYear(2023, in2023), 1, "2023-09-15")
		out := randomness.Quicknet.Time(firstRound)
		o.At(out.Add(-5 * time.Minute))
		x := o.Round.BeaconSource(5 * time.Minute)
		if x.Beacon != firstRound {
			t.Fatalf("the first round 5 minutes from now is %d, want %d", x.Beacon, firstRound)
		}
		refuseSeals(t, o, id, x)
		o.Must(o.Round.Seal(ctx, operator, id, append(slices.Clone(roundtest.Public), x)))
		p, err := openbook.Of(o.Round).Round(ctx, roundtest.Authority, id, nil)
		o.Must(err)
		if h := p.Halves[0]; h.Verdict != openbook.VerdictOpen || h.Sources[2].Round != firstRound || !strings.Contains(h.Sources[2].Title, "第 657413 轮（2023-09-15 19:00:03 公布）") {
			t.Errorf("public half %+v, want it verifiable by a beacon", h)
		}
		o.Must(o.Round.Roll(ctx, operator, id, "public", roundtest.Dice))
		enter := func(round int, signature string) error {
			return o.Round.Beacon(ctx, operator, id, "drand", round, signature)
		}
		wantKind(t, "a draw before the beacon", o.Round.Draw(ctx, operator, id), errs.Conflict)
		wantKind(t, "a beacon by a slow clock", enter(firstRound, firstSignature), errs.Conflict)
		o.At(out)
		wantKind(t, "another round", enter(secondRound, secondSignature), errs.Invalid)
		wantKind(t, "another round's signature", enter(firstRound, secondSignature), errs.Invalid)
		wantKind(t, "a roll in place of the beacon", o.Round.Roll(ctx, operator, id, "drand", "1"), errs.NotFound)
		wantKind(t, "a beacon by the clerk", o.Round.Beacon(ctx, clerk, id, "drand", firstRound, firstSignature), errs.Forbidden)
		wantKind(t, "a draw without the beacon", o.Round.Draw(ctx, operator, id), errs.Conflict)
		o.Must(enter(firstRound, firstSignature))
		wantKind(t, "a second beacon", enter(firstRound, firstSignature), errs.Conflict)
		o.Must(o.Round.Draw(ctx, operator, id))
		if got, want := o.Entries(id+".targets"), "round.sealed round.rolled round.revealed round.revealed round.drawn"; got != want {
			t.Errorf("ledger: %s, want %s", got, want)
		}

		o.Must(o.Round.Confirm(ctx, lister, id))
		o.At(randomness.Quicknet.Time(secondRound).Add(-time.Hour))
		o.Must(o.Round.FreezeMatch(ctx, operator, id))
		o.Must(o.Round.Seal(ctx, operator, id, []round.Source{o.Round.BeaconSource(time.Hour)}))
		o.At(randomness.Quicknet.Time(secondRound).Add(time.Hour)) // late: it is waited for
		o.Must(o.Round.Beacon(ctx, operator, id, "drand", secondRound, secondSignature))
		o.Must(o.Round.Draw(ctx, operator, id))
		checkBeaconBundles(t, o, id)
	})
}

func refuseSeals(t *testing.T, o *roundtest.Office, id string, x round.Source) {
	t.Helper()
	for name, change := range map[string]func(*round.Source){
		"a round that is out":           func(x *round.Source) { x.Beacon -= 101 },
		"a round that is about to be":   func(x *round.Source) { x.Beacon -= 90 },
		"a round next month":            func(x *round.Source) { x.Beacon += 30 * 24 * 1200 },
		"no round":                      func(x *round.Source) { x.Beacon = 0 },
		"a chain that nobody knows":     func(x *round.Source) { x.Chain = strings.Repeat("52", 32) },
		"no chain":                      func(x *round.Source) { x.Chain = "" },
		"a beacon by the bureau's name": func(x *round.Source) { x.Name = "bureau" },
	} {
		y := x
		change(&y)
		wantKind(t, name, o.Round.Seal(t.Context(), operator, id, []round.Source{y}), errs.Invalid)
	}
	wantKind(t, "two beacons of one name", o.Round.Seal(t.Context(), operator, id, []round.Source{x, x}), errs.Conflict)
}

func checkBeaconBundles(t *testing.T, o *roundtest.Office, id string) {
	t.Helper()
	o.On("2023-12-31")
	o.Must(o.Round.DiscloseDue(t.Context(), roundtest.Authority))
	for _, half := range []string{round.Targets, round.Match} {
		var b bytes.Buffer
		o.Must(o.Round.Bundle(t.Context(), roundtest.Authority, id, half, &b))
		rep, err := bundle.Verify(bytes.NewReader(b.Bytes()), int64(b.Len()), bundle.Options{})
		o.Must(err)
		if !rep.OK || !strings.Contains(rep.Steps[4].Detail, "quicknet") {
			t.Errorf("bundle of %s.%s fails at %q: %+v", id, half, rep.Failed(), rep.Steps)
		}
	}
}

// A beacon that never comes is abandoned like a witness who withholds.
func TestBeaconNeverComes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		o := roundtest.New(t, db)
		o.Firms(200)
		id := o.Freeze(o.PublishYear(2023, in2023), 1, "2023-09-15")
		secret := strings.Repeat("ab", 32)
		witness := round.Source{Name: "witness-1", Kind: draw.Committed, By: draw.ByWitness, Who: "县纪委监委派驻代表",
			Commitment: randomness.Commit(draw.SHA256, "witness-1", secret)}
		o.Must(o.Round.Seal(ctx, operator, id, append([]round.Source{o.Round.BeaconSource(5 * time.Minute), witness}, roundtest.Public...)))
		o.At(o.Now().Add(6 * time.Minute))
		wantKind(t, "a roll when the beacon is out", o.Round.Roll(ctx, operator, id, "public", roundtest.Dice), errs.Conflict)
		wantKind(t, "a secret before the beacon", o.Round.Reveal(ctx, operator, id, "witness-1", secret), errs.Conflict)
		wantKind(t, "a second seal with a later round", o.Round.Seal(ctx, operator, id, []round.Source{o.Round.BeaconSource(time.Hour)}), errs.Conflict)
		o.Must(o.Round.Abandon(ctx, leader, id, "公共信标一直没有公布"))
	})
}
