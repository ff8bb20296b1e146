package staffing_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/replay"
	"suiji/internal/roster"
	"suiji/internal/round"
	"suiji/internal/round/roundtest"
	"suiji/internal/staffing"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

var (
	clerk  = roundtest.As(access.Clerk)
	leader = roundtest.As(access.Leader)
)

type office struct {
	*roundtest.Office
	t  *testing.T
	s  *staffing.Service
	id string
}

// matched is an office whose round waits for its inspections.
func matched(t *testing.T, db *store.DB) *office {
	o := &office{Office: roundtest.New(t, db), t: t}
	o.s = staffing.New(staffing.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Register: o.Register, Roster: o.Roster, Round: o.Round})
	o.Firms(700)
	o.id = o.Matched(o.Publish(nil), 1, "2022-06-06")
	return o
}

// busy returns the officer with the most firms, and the firms.
func (o *office) busy() (string, []staffing.Duty) {
	o.t.Helper()
	members, err := o.Round.Members(o.t.Context(), roundtest.Authority, o.id)
	o.Must(err)
	count, most := map[string]int{}, ""
	for _, m := range members {
		if m.State == round.InTeam {
			if count[m.OfficerID]++; most == "" || count[m.OfficerID] > count[most] {
				most = m.OfficerID
			}
		}
	}
	all, err := o.s.Duties(o.t.Context(), roundtest.Authority, most)
	o.Must(err)
	if len(all) < 3 || len(all) != count[most] {
		o.t.Fatalf("%s has %d firms, Duties says %d; want three or more", most, count[most], len(all))
	}
	return most, all
}

func (o *office) replays(after string) {
	o.t.Helper()
	x, err := replay.New(o.Round).Standing(o.t.Context(), roundtest.Authority, o.id)
	o.Must(err)
	if !x.Agrees {
		o.t.Errorf("after %s the replay differs: %s", after, x.Fault)
	}
}

// declared is a declaration of today.
func declared(target, why string) roster.NewDeclaration {
	return roster.NewDeclaration{Target: target, Kind: "亲属", Reason: why, DeclaredBy: "本人", DeclaredOn: "2022-06-06"}
}

func wantKind(t *testing.T, what string, err error, want errs.Kind) {
	t.Helper()
	if got := errs.KindOf(err); got != want {
		t.Errorf("%s: %v, want kind %v", what, err, want)
	}
}

// A recusal that is declared after the draw is a proposal with a reason of its
// own; a firm that was inspected stays as it was.
func TestRecusalAfterTheDraw(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, o := t.Context(), matched(t, db)
		officer, firms := o.busy()
		wantKind(t, "recusal as a reason, without one", o.Round.Substitute(ctx, clerk, o.id,
			round.Absence{TargetID: firms[0].TargetID, OfficerID: officer, Reason: "recusal", Evidence: "x"}), errs.Invalid)

		inspector := access.Actor{Authority: roundtest.Authority, ID: "insp", Name: "检查人员", Roles: []access.Role{access.Inspector}}
		_, err := o.s.Recuse(ctx, inspector, officer, declared(firms[0].TargetID, "配偶任该企业会计"))
		wantKind(t, "an inspector for somebody else", err, errs.Forbidden)
		o.Must(o.Identity.AddAccount(ctx, roundtest.As(access.Admin), identity.Account{ID: "insp", Username: "insp", Name: "检查人员", OfficerID: officer,
			Roles: inspector.Roles}, "Lamp-72-Ming"))
		n, err := o.s.Recuse(ctx, inspector, officer, declared(firms[0].TargetID, "配偶任该企业会计"))
		if err != nil || n != 1 {
			t.Fatalf("Recuse = %d, %v, want one proposal", n, err)
		}
		_, err = o.s.Recuse(ctx, inspector, officer, declared(firms[0].TargetID, "配偶任该企业会计"))
		wantKind(t, "twice", err, errs.Conflict)
		subs, err := o.Round.Substitutions(ctx, roundtest.Authority, o.id)
		if err != nil || len(subs) != 1 || subs[0].Reason != "recusal" || subs[0].Proof != "" || strings.Contains(subs[0].Evidence, "配偶") {
			t.Fatalf("proposals %+v, %v, want one without the private reason", subs, err)
		}
		o.Must(o.Round.DecideSubstitution(ctx, leader, o.id, 1, true))
		o.replays("the recusal")
		if all, err := o.s.Duties(ctx, roundtest.Authority, officer); err != nil || len(all) != len(firms)-1 {
			t.Errorf("%d firms, %v, want %d", len(all), err, len(firms)-1)
		}
		recusals, err := o.Roster.Declarations(ctx, roundtest.Authority, officer, "")
		if err != nil || len(recusals) != 1 {
			t.Errorf("%d recusals, %v, want one for the draws to come", len(recusals), err)
		}

		o.inspected(firms[1].TargetID)
		n, err = o.s.Recuse(ctx, clerk, officer, declared(firms[1].TargetID, "原任职单位"))
		if err != nil || n != 0 {
			t.Errorf("Recuse of an inspected firm = %d, %v, want no proposal", n, err)
		}
	})
}

// inspected enters a form as the room above would.
func (o *office) inspected(target string) {
	o.t.Helper()
	ctx := context.Background()
	in := inspection.New(inspection.Config{DB: o.DB, Door: o.Door, Now: o.Now, Identity: o.Identity, Credit: o.Credit, Schedule: o.Schedule})
	o.ApprovedOn(o.id, "2022-06-14")
	o.Must(in.Issue(ctx, clerk, o.id)) // once: forms that are out stay
	o.Must(o.Door.Keep(ctx, func(tx *store.DB) error {
		n, err := tx.Exec(ctx, `UPDATE inspection_form SET state = 'entered' WHERE authority_id = $1 AND round_id = $2 AND target_id = $3`,
			roundtest.Authority, o.id, target)
		if n != 1 {
			o.t.Errorf("%d forms of %s, want 1", n, target)
		}
		return err
	}))
}

// exhaust uses up a firm's reserves by replacing the team's other officer
// again and again.
func (o *office) exhaust(target, keep string) {
	o.t.Helper()
	ctx := context.Background()
	for range 3 {
		members, err := o.Round.Members(ctx, roundtest.Authority, o.id)
		o.Must(err)
		for _, m := range members {
			if m.TargetID != target || m.State != round.InTeam || m.OfficerID == keep {
				continue
			}
			o.Must(o.Round.Substitute(ctx, clerk, o.id, round.Absence{TargetID: target, OfficerID: m.OfficerID, Reason: "sick", Evidence: "病假条"}))
			subs, err := o.Round.Substitutions(ctx, roundtest.Authority, o.id)
			o.Must(err)
			o.Must(o.Round.DecideSubstitution(ctx, leader, o.id, len(subs), true))
			break
		}
	}
}

// One act replaces an officer who leaves at all firms not yet inspected; a firm
// without a reserve is listed and then gets one by hand.
func TestLeaving(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, o := t.Context(), matched(t, db)
		officer, firms := o.busy()
		o.inspected(firms[0].TargetID)
		o.exhaust(firms[1].TargetID, officer)
		before := len(strings.Fields(o.Entries(o.id + ".match")))

		gone := staffing.Leave{OfficerID: officer, Reason: "left", Evidence: "调令〔2022〕8号", Proof: o.Paper}
		for what, edit := range map[string]func(*staffing.Leave){
			"no reason":                   func(l *staffing.Leave) { l.Reason = "duty" },
			"no evidence":                 func(l *staffing.Leave) { l.Evidence = "" },
			"no file":                     func(l *staffing.Leave) { l.Proof = "" },
			"a certificate that is valid": func(l *staffing.Leave) { l.Reason = "certificate" },
		} {
			bad := gone
			edit(&bad)
			wantKind(t, what, o.s.Leave(ctx, clerk, bad), errs.Invalid)
		}
		o.Must(o.s.Leave(ctx, clerk, gone))
		wantKind(t, "twice", o.s.Leave(ctx, clerk, gone), errs.Conflict)
		wantKind(t, "decided by who may not", o.s.DecideLeave(ctx, clerk, 1, true), errs.Forbidden)
		both := clerk
		both.Roles = append(both.Roles[:1:1], access.Leader)
		wantKind(t, "decided by the proposer", o.s.DecideLeave(ctx, both, 1, true), errs.Forbidden)
		o.inspected(firms[2].TargetID) // meanwhile
		o.Must(o.s.DecideLeave(ctx, leader, 1, true))
		wantKind(t, "decided twice", o.s.DecideLeave(ctx, leader, 1, true), errs.Conflict)
		o.replays("the leaving")

		left, err := o.s.Leaves(ctx, roundtest.Authority, officer)
		if err != nil || len(left) != 1 || !left[0].Approved || len(left[0].Firms) != len(firms)-1 {
			t.Fatalf("Leaves = %+v, %v, want one with %d firms", left, err, len(firms)-1)
		}
		replaced := 0
		for _, f := range left[0].Firms {
			want := staffing.Replaced
			switch f.TargetID {
			case firms[1].TargetID:
				want = staffing.Exhausted
			case firms[2].TargetID:
				want = staffing.Inspected
			default:
				replaced++
			}
			if f.Outcome != want {
				t.Errorf("%s: %s, want %s", f.TargetID, f.Outcome, want)
			}
		}
		if n := len(strings.Fields(o.Entries(o.id+".match"))) - before; n != replaced {
			t.Errorf("%d entries, want one for each of %d firms", n, replaced)
		}
		o.assign(firms[1].TargetID, officer)
		o.replays("the assignment by hand")
		still, err := o.s.Duties(ctx, roundtest.Authority, officer)
		if err != nil || len(still) != 2 || !still[0].Inspected() || !still[1].Inspected() {
			t.Errorf("left with %+v, %v, want the two that were inspected", still, err)
		}
	})
}

// assign finds somebody who may inspect a firm without reserves.
func (o *office) assign(target, gone string) {
	o.t.Helper()
	ctx := context.Background()
	var err error
	for _, officer := range o.officers() {
		err = o.Round.Substitute(ctx, clerk, o.id, round.Absence{TargetID: target, OfficerID: gone, Reason: "left", Evidence: "调令", Proof: o.Paper, ByHand: officer})
		if err == nil {
			break
		}
	}
	o.Must(err)
	subs, err := o.Round.Substitutions(ctx, roundtest.Authority, o.id)
	o.Must(err)
	o.Must(o.Round.DecideSubstitution(ctx, leader, o.id, len(subs), true))
}

func (o *office) officers() (ids []string) {
	members, err := o.Round.Members(context.Background(), roundtest.Authority, o.id)
	o.Must(err)
	seen := map[string]bool{}
	for _, m := range members {
		if !seen[m.OfficerID] {
			ids = append(ids, m.OfficerID)
		}
		seen[m.OfficerID] = true
	}
	return ids
}

// Whatever comes in whatever order, the events lead to what the tables say.
func TestRandomHistories(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, o, r := t.Context(), matched(t, db), rand.New(rand.NewPCG(7, 1))
		may := func(err error) {
			t.Helper()
			if k := errs.KindOf(err); err != nil && k != errs.Conflict && k != errs.Invalid {
				t.Fatal(err)
			}
		}
		done := map[string]int{}
		// Chance decides what a history holds: it goes on until each kind has come.
		for turn := 0; turn < 60 || turn < 600 && len(done) < 4; turn++ {
			members, err := o.Round.Members(ctx, roundtest.Authority, o.id)
			o.Must(err)
			m, other := members[r.IntN(len(members))], members[r.IntN(len(members))]
			what := []string{"substitution", "hand", "recusal", "leave"}[r.IntN(4)]
			switch what {
			case "substitution", "hand":
				b := round.Absence{TargetID: m.TargetID, OfficerID: m.OfficerID, Reason: "duty", Evidence: "通知", Proof: o.Paper, Reserves: map[string]string{}}
				if what == "hand" {
					b.ByHand = other.OfficerID
					for _, x := range members {
						if x.TargetID == m.TargetID && x.State == round.InReserve {
							b.Reserves[x.OfficerID] = "sick"
						}
					}
				}
				err = o.Round.Substitute(ctx, clerk, o.id, b)
			case "recusal":
				_, err = o.s.Recuse(ctx, clerk, m.OfficerID, declared(m.TargetID, "近亲属在该单位任职"))
			case "leave":
				if err = o.s.Leave(ctx, clerk, staffing.Leave{OfficerID: m.OfficerID, Reason: "left", Evidence: "调令", Proof: o.Paper}); err == nil {
					all, err := o.s.Leaves(ctx, roundtest.Authority, m.OfficerID)
					o.Must(err)
					o.Must(o.s.DecideLeave(ctx, leader, all[0].No, r.IntN(3) > 0))
				}
			}
			may(err)
			if err == nil {
				done[what]++
			}
			o.replays(what)
			subs, err := o.Round.Substitutions(ctx, roundtest.Authority, o.id)
			o.Must(err)
			for _, x := range subs {
				if x.DecidedBy != "" {
					continue
				}
				if err := o.Round.DecideSubstitution(ctx, leader, o.id, x.No, r.IntN(4) > 0); err != nil {
					may(err) // no reserve is left
					o.Must(o.Round.DecideSubstitution(ctx, leader, o.id, x.No, false))
				}
				o.replays("the decision on " + what)
			}
		}
		if len(done) != 4 {
			t.Errorf("only %v happened", done)
		}
	})
}
