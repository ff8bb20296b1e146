package replay_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"suiji/draw"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/plan"
	"suiji/internal/register"
	"suiji/internal/replay"
	"suiji/internal/round"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

var (
	clerk  = roundtest.As(access.Clerk)
	leader = roundtest.As(access.Leader)
	lister = roundtest.As(access.ListAdmin)
)

// history is an office whose people remove and replace at random.
type history struct {
	*roundtest.Office
	t  *testing.T
	r  *rand.Rand
	id string
}

func (h *history) standing() replay.Standing {
	h.t.Helper()
	x, err := replay.New(h.Round).Standing(h.t.Context(), roundtest.Authority, h.id)
	h.Must(err)
	return x
}

func (h *history) agrees(after string) {
	h.t.Helper()
	if x := h.standing(); !x.Agrees {
		h.t.Fatalf("after %s the replay differs: %s", after, x.Fault)
	}
}

// may fails the test for errors other than a rule's refusal.
func (h *history) may(err error) {
	h.t.Helper()
	if err != nil && errs.KindOf(err) != errs.Conflict {
		h.t.Fatal(err)
	}
}

func (h *history) removals() {
	ctx := h.t.Context()
	for range 14 {
		firms, err := h.Round.Firms(ctx, roundtest.Authority, h.id)
		h.Must(err)
		target := firms[h.r.IntN(len(firms))].TargetID
		h.may(h.Round.Remove(ctx, lister, h.id, target, "moved", "查询结果", h.Paper))
		err = h.Round.DecideRemoval(ctx, leader, h.id, target, h.r.IntN(4) > 0)
		if errs.KindOf(err) != errs.NotFound {
			h.may(err)
		}
		h.agrees("a removal")
	}
	h.Must(h.Round.Confirm(ctx, lister, h.id))
	h.agrees("the confirmation")
}

func (h *history) substitutions() {
	ctx := h.t.Context()
	all, _, _, err := h.Register.Officers(ctx, roundtest.Authority, register.OfficerFilter{})
	h.Must(err)
	for no := 1; no <= 30; {
		members, err := h.Round.Members(ctx, roundtest.Authority, h.id)
		h.Must(err)
		m := members[h.r.IntN(len(members))]
		b := round.Absence{TargetID: m.TargetID, OfficerID: m.OfficerID, Reason: "duty", Evidence: "通知", Proof: h.Paper, Reserves: map[string]string{}}
		for _, x := range members {
			if x.TargetID == m.TargetID && x.State == round.InReserve && h.r.IntN(2) == 0 {
				b.Reserves[x.OfficerID] = "sick"
			}
		}
		if h.r.IntN(3) == 0 {
			b.ByHand = all[h.r.IntN(len(all))].ID
		}
		if err := h.Round.Substitute(ctx, clerk, h.id, b); err != nil {
			if errs.KindOf(err) != errs.Invalid { // drawn for the firm already
				h.may(err)
			}
			continue
		}
		if err := h.Round.DecideSubstitution(ctx, leader, h.id, no, h.r.IntN(4) > 0); err != nil {
			h.may(err) // no reserve is left: the officer stays
			h.Must(h.Round.DecideSubstitution(ctx, leader, h.id, no, false))
		}
		no++
		h.agrees("a substitution")
	}
}

// Whatever the office does, the draw's result and the events, gone through
// again, are what the tables say; and what is changed beside the program is
// not.
func TestRandomHistories(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		passed, byHand := 0, 0
		// Chance decides what a history holds: three, and more until each kind
		// has come.
		for seed := uint64(0); seed < 3 || seed < 60 && (passed == 0 || byHand == 0); seed++ {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				if seed > 0 && seed < 3 && db.Engine() == store.Postgres {
					t.Skip("one history on PostgreSQL")
				}
				db := db
				if seed > 0 {
					db = storetest.SQLite(t)
				}
				h := &history{Office: roundtest.New(t, db), t: t, r: rand.New(rand.NewPCG(seed, 1))}
				h.Firms(400)
				h.id = h.Freeze(h.Publish(func(p *plan.Plan) { p.Tasks[0].Strata[0].Reserve = 3 }), 1, "2022-06-06")
				h.Carry(h.id)
				h.removals()
				h.Must(h.Round.FreezeMatch(t.Context(), roundtest.As(access.Operator), h.id))
				h.Carry(h.id)
				h.substitutions()
				x := h.standing()
				passed, byHand = passed+x.Passed, byHand+x.ByHand
				if x.Removed == 0 || x.Substituted == 0 {
					t.Errorf("nothing happened: %+v", x)
				}
				if x.Removed != x.Promoted+x.Missing {
					t.Errorf("%d removed, %d promoted, %d missing", x.Removed, x.Promoted, x.Missing)
				}
				h.tamper(x.ByHand > 0)
			})
		}
		if passed == 0 {
			t.Error("nobody was ever passed over")
		}
		if byHand == 0 {
			t.Error("nobody was ever assigned by hand")
		}
	})
}

// tamper changes a row as a database administrator would.
func (h *history) tamper(byHand bool) {
	ctx := h.t.Context()
	acts := []string{
		`UPDATE round_officer SET state = 'passed' WHERE target_id = (SELECT min(target_id) FROM round_officer) AND state = 'team'`,
		`UPDATE round_target SET state = 'removed' WHERE target_id = (SELECT min(target_id) FROM round_target WHERE state = 'confirmed')`,
	}
	if byHand {
		acts = append([]string{`UPDATE round_officer SET by_hand = FALSE WHERE by_hand`, `UPDATE round_substitution SET by_hand = '' WHERE by_hand <> ''`}, acts...)
	}
	for _, sql := range acts {
		h.Must(h.Door.Keep(ctx, func(tx *store.DB) error {
			n, err := tx.Exec(ctx, sql)
			if n == 0 {
				h.t.Errorf("%s changed nothing", sql)
			}
			return err
		}))
		if x := h.standing(); x.Agrees {
			h.t.Errorf("after %s the replay still agrees", sql)
		}
	}
}

// The rule itself, by example: who comes out of turn is refused.
func TestOutOfTurn(t *testing.T) {
	firms := draw.TargetsResult{Strata: []draw.StratumResult{{Drawn: []string{"A", "B"}, Reserves: []string{"C", "D"}}}}
	for _, tt := range []struct {
		name   string
		events []replay.Out
		want   string
	}{
		{"in turn", []replay.Out{{"A", "C"}, {"C", "D"}, {"B", ""}}, "[D]"},
		{"the second reserve first", []replay.Out{{"A", "D"}}, ""},
		{"nobody, though one is left", []replay.Out{{"A", ""}}, ""},
		{"one who was never drawn", []replay.Out{{"Z", "C"}}, ""},
		{"a reserve before it came up", []replay.Out{{"C", "D"}}, ""},
		{"twice", []replay.Out{{"A", "C"}, {"A", "D"}}, ""},
	} {
		got, err := replay.Firms(firms, tt.events)
		if (err == nil) != (tt.want != "") || err == nil && fmt.Sprint(got) != tt.want {
			t.Errorf("%s: Firms = %v, %v, want %s", tt.name, got, err, tt.want)
		}
	}
	match := draw.MatchResult{Matches: []draw.TargetMatch{{Target: "F", Teams: []draw.Team{{Slot: "m", Officers: []string{"1", "2"}, Reserves: []string{"3", "4"}}}}}}
	for _, tt := range []struct {
		name  string
		event replay.Turn
		ok    bool
	}{
		{"in turn", replay.Turn{Firm: "F", Slot: "m", Left: "1", Came: "3"}, true},
		{"one passed over", replay.Turn{Firm: "F", Slot: "m", Left: "1", Passed: []string{"3"}, Came: "4"}, true},
		{"by hand, all reserves passed over", replay.Turn{Firm: "F", Slot: "m", Left: "1", Passed: []string{"3", "4"}, Came: "9", ByHand: true}, true},
		{"by hand while one is left", replay.Turn{Firm: "F", Slot: "m", Left: "1", Passed: []string{"3"}, Came: "9", ByHand: true}, false},
		{"by hand, one of the team", replay.Turn{Firm: "F", Slot: "m", Left: "1", Passed: []string{"3", "4"}, Came: "2", ByHand: true}, false},
		{"a named substitute", replay.Turn{Firm: "F", Slot: "m", Left: "1", Came: "4"}, false},
		{"one from outside", replay.Turn{Firm: "F", Slot: "m", Left: "1", Passed: []string{"3", "4"}, Came: "9"}, false},
		{"nobody", replay.Turn{Firm: "F", Slot: "m", Left: "1", Passed: []string{"3", "4"}}, false},
		{"one who is not in the team", replay.Turn{Firm: "F", Slot: "m", Left: "3", Came: "4"}, false},
	} {
		if _, err := replay.Teams(match, []replay.Turn{tt.event}); (err == nil) != tt.ok {
			t.Errorf("%s: Teams: %v, want ok %v", tt.name, err, tt.ok)
		}
	}
}
