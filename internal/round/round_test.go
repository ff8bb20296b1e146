package round_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"suiji/bundle"
	"suiji/calendar"
	"suiji/draw"
	"suiji/internal/access"
	"suiji/internal/canon"
	"suiji/internal/caps"
	"suiji/internal/errs"
	"suiji/internal/plan"
	"suiji/internal/register"
	"suiji/internal/roster"
	"suiji/internal/round"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/randomness"
)

var (
	clerk    = roundtest.As(access.Clerk)
	leader   = roundtest.As(access.Leader)
	operator = roundtest.As(access.Operator)
	lister   = roundtest.As(access.ListAdmin)
)

func wantKind(t *testing.T, what string, err error, want errs.Kind) {
	t.Helper()
	if got := errs.KindOf(err); err == nil || got != want {
		t.Errorf("%s: error %v (kind %v), want kind %v", what, err, got, want)
	}
}

// A stratum at 100 % is inspected whole: the draw gives the order alone, and
// nobody is left in reserve.
func TestWholeStratum(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := roundtest.New(t, db)
		o.Firms(90)
		p := o.Publish(func(p *plan.Plan) {
			p.Windows = p.Windows[:1]
			p.Tasks[0].Strata[0].Ratio = plan.Whole
		})
		id := o.Freeze(p, 1, "2022-06-06")
		quotas, err := o.Round.Quotas(t.Context(), roundtest.Authority, id)
		o.Must(err)
		o.Carry(id)
		firms, err := o.Round.Firms(t.Context(), roundtest.Authority, id)
		o.Must(err)
		order := 0
		for i, f := range firms {
			if f.State != round.FirmDrawn || f.Rank != i+1 {
				t.Errorf("firm %d is %q, rank %d: want all drawn, in order", i+1, f.State, f.Rank)
			}
			if i > 0 && f.TargetID < firms[i-1].TargetID {
				order++
			}
		}
		if q := quotas[0]; q.Draw != q.Size || q.Reserve != 0 || len(firms) != q.Size || order == 0 {
			t.Errorf("%d firms for quota %+v, %d out of the register's order; want all, in an order of their own", len(firms), q, order)
		}
	})
}

// Two rounds of the year together draw 5 % of distinct firms, rounded up, and
// every bundle that the round makes holds.
func TestYear(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		o := roundtest.New(t, db)
		o.Firms(698)
		p := o.Publish(nil)
		one := o.Matched(p, 1, "2022-06-06")
		two := o.Matched(p, 2, "2022-10-10")
		if one != "130132-rs.2022-1" || two != "130132-rs.2022-2" {
			t.Errorf("rounds %s and %s, want 130132-rs.2022-1 and -2", one, two)
		}
		seen := map[string]bool{}
		for _, id := range []string{one, two} {
			firms, err := o.Round.Firms(ctx, roundtest.Authority, id)
			o.Must(err)
			for _, f := range firms {
				if f.State != round.FirmConfirmed {
					continue
				}
				if seen[f.TargetID] {
					t.Errorf("%s is drawn twice in the year", f.TargetID)
				}
				seen[f.TargetID] = true
			}
		}
		if len(seen) != 35 {
			t.Errorf("%d firms drawn in the year, want 35 (5 %% of 698, rounded up)", len(seen))
		}
		want := "round.sealed round.rolled round.revealed round.drawn"
		for _, subject := range []string{one + ".targets", one + ".match"} {
			if got := o.Entries(subject); got != want {
				t.Errorf("ledger of %s: %s, want %s", subject, got, want)
			}
		}
		checkBundles(t, o, one)
	})
}

func checkBundles(t *testing.T, o *roundtest.Office, id string) {
	t.Helper()
	ctx := t.Context()
	wantKind(t, "disclosure before its time", o.Round.Disclose(ctx, operator, id), errs.Conflict)
	wantKind(t, "bundle before the disclosure", o.Round.Bundle(ctx, roundtest.Authority, id, round.Targets, new(bytes.Buffer)), errs.NotFound)
	o.On("2022-12-31") // disclose_by
	o.Must(o.Round.DiscloseDue(ctx, roundtest.Authority))
	for _, half := range []string{round.Targets, round.Match} {
		var one, two bytes.Buffer
		o.Must(o.Round.Bundle(ctx, roundtest.Authority, id, half, &one))
		o.Must(o.Scribe.Sequence(ctx, roundtest.Authority)) // the tree grows, the bundle stays
		o.Must(o.Round.Bundle(ctx, roundtest.Authority, id, half, &two))
		if !bytes.Equal(one.Bytes(), two.Bytes()) {
			t.Errorf("the bundle of %s changes between two downloads", half)
		}
		rep, err := bundle.Verify(bytes.NewReader(one.Bytes()), int64(one.Len()), bundle.Options{})
		o.Must(err)
		if !rep.OK {
			t.Errorf("bundle of %s.%s fails at %s: %+v", id, half, rep.Failed(), rep.Steps)
		}
	}
}

func TestRemovalAndPromotion(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		o := roundtest.New(t, db)
		o.Firms(200)
		p := o.Publish(func(p *plan.Plan) { p.Tasks[0].Strata[0].Reserve = 1 })
		id := o.Freeze(p, 1, "2022-06-06")
		o.Carry(id)
		r, err := o.Round.Round(ctx, roundtest.Authority, id)
		o.Must(err)
		if got := r.ConfirmDue.String(); got != "2022-06-08" {
			t.Errorf("confirm due %s, want 2022-06-08 (2 working days)", got)
		}
		firms, err := o.Round.Firms(ctx, roundtest.Authority, id)
		o.Must(err)
		gone, second, reserve := firms[0].TargetID, firms[1].TargetID, firms[len(firms)-1].TargetID
		remove := func(target string) error {
			return o.Round.Remove(ctx, lister, id, target, "deregistered", "登记机关 2022-06-07 查询，已注销", o.Paper)
		}
		wantKind(t, "removal without a file", o.Round.Remove(ctx, lister, id, gone, "deregistered", "x", ""), errs.Invalid)
		wantKind(t, "removal with a file that was never kept", o.Round.Remove(ctx, lister, id, gone, "deregistered", "x", strings.Repeat("0", 64)), errs.Invalid)
		wantKind(t, "removal without evidence", o.Round.Remove(ctx, lister, id, gone, "deregistered", " ", o.Paper), errs.Invalid)
		wantKind(t, "removal for a reason that does not exist", o.Round.Remove(ctx, lister, id, gone, "dislike", "x", o.Paper), errs.Invalid)
		wantKind(t, "removal by the operator", o.Round.Remove(ctx, operator, id, gone, "deregistered", "x", o.Paper), errs.Forbidden)
		o.Must(remove(gone))
		wantKind(t, "confirmation with an open removal", o.Round.Confirm(ctx, lister, id), errs.Conflict)
		self := lister
		self.Roles = []access.Role{access.ListAdmin, access.Leader}
		wantKind(t, "removal decided by who proposed it", o.Round.DecideRemoval(ctx, self, id, gone, true), errs.Forbidden)
		o.Must(o.Round.DecideRemoval(ctx, leader, id, gone, true))
		o.Must(remove(second))
		o.Must(o.Round.DecideRemoval(ctx, leader, id, second, false))
		o.Must(remove(reserve)) // the promoted one: no reserve is left
		o.Must(o.Round.DecideRemoval(ctx, leader, id, reserve, true))
		states := map[string]round.FirmState{}
		firms, err = o.Round.Firms(ctx, roundtest.Authority, id)
		o.Must(err)
		for _, f := range firms {
			states[f.TargetID] = f.State
		}
		if states[gone] != round.FirmRemoved || states[second] != round.FirmDrawn || states[reserve] != round.FirmRemoved {
			t.Errorf("states %v %v %v, want removed, drawn, removed", states[gone], states[second], states[reserve])
		}
		want := "round.sealed round.rolled round.revealed round.drawn target.removed target.promoted target.removed"
		if got := o.Entries(id + ".targets"); got != want {
			t.Errorf("ledger: %s, want %s", got, want)
		}
		o.Must(o.Round.Confirm(ctx, lister, id))
		wantKind(t, "a second confirmation", o.Round.Confirm(ctx, lister, id), errs.Conflict)
		wantKind(t, "removal after the confirmation", remove(second), errs.Conflict)
	})
}

func TestSubstitutionInDrawnOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		o := roundtest.New(t, db)
		o.Firms(200)
		id := o.Matched(o.Publish(nil), 1, "2022-06-06")
		members, err := o.Round.Members(ctx, roundtest.Authority, id)
		o.Must(err)
		firm := members[0].TargetID
		var team []round.Member
		for _, m := range members {
			if m.TargetID == firm {
				team = append(team, m)
			}
		}
		if len(team) != 5 || team[0].State != round.InTeam || team[2].State != round.InReserve {
			t.Fatalf("team %+v, want two officers and three reserves", team)
		}
		// The first reserve cannot come; the second is barred by a recusal
		// declared after the draw; naming the third as absent has no effect.
		o.Must(o.Roster.Declare(ctx, clerk, team[3].OfficerID, roster.NewDeclaration{Target: firm, Kind: "亲属", Reason: "近亲属在该单位任职", DeclaredBy: "本人", DeclaredOn: "2022-06-06"}))
		absent := round.Absence{TargetID: firm, OfficerID: team[0].OfficerID, Reason: "duty", Evidence: "市局会议通知", Proof: o.Paper,
			Reserves: map[string]string{team[2].OfficerID: "sick"}}
		o.Must(o.Round.Substitute(ctx, clerk, id, absent))
		wantKind(t, "a second proposal for the firm", o.Round.Substitute(ctx, clerk, id, absent), errs.Conflict)
		wantKind(t, "decision by who may not", o.Round.DecideSubstitution(ctx, clerk, id, 1, true), errs.Forbidden)
		o.Must(o.Round.DecideSubstitution(ctx, leader, id, 1, true))
		subs, err := o.Round.Substitutions(ctx, roundtest.Authority, id)
		o.Must(err)
		got := subs[0]
		if got.Substitute != team[4].OfficerID || len(got.Passed) != 2 || got.Passed[0].Reason != "sick" || got.Passed[1].Reason != "recusal" {
			t.Errorf("substitution %+v, want %s after two passed over", got, team[4].OfficerID)
		}
		if e := o.Entries(id + ".match"); !strings.HasSuffix(e, "round.drawn officer.substituted") {
			t.Errorf("ledger: %s", e)
		}
		absent.OfficerID, absent.Reserves = team[1].OfficerID, nil
		o.Must(o.Round.Substitute(ctx, clerk, id, absent))
		wantKind(t, "no reserve left", o.Round.DecideSubstitution(ctx, leader, id, 2, true), errs.Conflict)
		o.Must(o.Round.DecideSubstitution(ctx, leader, id, 2, false))
		byHand(t, o, id, absent, members)
	})
}

// byHand assigns officers by hand: only where no reserve is left, only who may
// inspect, by two persons, and marked for ever.
func byHand(t *testing.T, o *roundtest.Office, id string, absent round.Absence, members []round.Member) {
	ctx := t.Context()
	used := map[string]bool{}
	for _, m := range members {
		if m.TargetID == absent.TargetID {
			used[m.OfficerID] = true
		}
	}
	var free []string
	all, _, _, err := o.Register.Officers(ctx, roundtest.Authority, register.OfficerFilter{})
	o.Must(err)
	for _, x := range all {
		if !used[x.ID] {
			free = append(free, x.ID)
		}
	}
	propose := func(officer string) error {
		b := absent
		b.ByHand = officer
		return o.Round.Substitute(ctx, clerk, id, b)
	}
	other := absent
	for _, m := range members {
		if m.TargetID != absent.TargetID && m.State == round.InTeam {
			other.TargetID, other.OfficerID, other.ByHand = m.TargetID, m.OfficerID, free[0]
			break
		}
	}
	wantKind(t, "by hand while a reserve can come", o.Round.Substitute(ctx, clerk, id, other), errs.Conflict)
	wantKind(t, "one of the firm's reserves", propose(members[3].OfficerID), errs.Invalid)
	wantKind(t, "one who is in no register", propose("nobody"), errs.Invalid)
	o.Must(o.Roster.Declare(ctx, clerk, free[1], roster.NewDeclaration{Target: absent.TargetID, Kind: "亲属", Reason: "近亲属在该单位任职", DeclaredBy: "本人", DeclaredOn: "2022-06-06"}))
	wantKind(t, "one who is recused", propose(free[1]), errs.Invalid)
	unproved := absent
	unproved.ByHand, unproved.Proof = free[0], ""
	wantKind(t, "without a file", o.Round.Substitute(ctx, clerk, id, unproved), errs.Invalid)
	o.Must(propose(free[0]))
	wantKind(t, "decided by the proposer's role", o.Round.DecideSubstitution(ctx, clerk, id, 3, true), errs.Forbidden)
	o.Must(o.Round.DecideSubstitution(ctx, leader, id, 3, true))
	if e := o.Entries(id + ".match"); !strings.HasSuffix(e, "officer.substituted officer.assigned") {
		t.Errorf("ledger: %s", e)
	}
	members, err = o.Round.Members(ctx, roundtest.Authority, id)
	o.Must(err)
	for _, m := range members {
		if want := m.TargetID == absent.TargetID && m.OfficerID == free[0]; m.ByHand != want || want && m.State != round.InTeam {
			t.Errorf("%+v: by hand %v, want %v", m, m.ByHand, want)
		}
	}
}

func TestNoRedrawOnlyAbandon(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		o := roundtest.New(t, db)
		o.Firms(200)
		p := o.Publish(nil)
		id := o.Freeze(p, 1, "2022-06-06")
		again := round.NewRound{PlanID: p, TaskNo: 1, WindowNo: 1}
		_, err := o.Round.Freeze(ctx, operator, again)
		wantKind(t, "a second round while one is open", err, errs.Conflict)
		wantKind(t, "a roll before the seal", o.Round.Roll(ctx, operator, id, "public", roundtest.Dice), errs.Conflict)
		h := canon.SHA256
		secret := strings.Repeat("ab", 32)
		witness := round.Source{Name: "witness-1", Kind: draw.Committed, By: draw.ByWitness, Who: "县纪委监委派驻代表",
			Commitment: randomness.Commit(h, "witness-1", secret)}
		o.Must(o.Round.Seal(ctx, operator, id, append(slices.Clone(roundtest.Public), witness)))
		wantKind(t, "a second seal", o.Round.Seal(ctx, operator, id, nil), errs.Conflict)
		wantKind(t, "a secret before the public roll", o.Round.Reveal(ctx, operator, id, "witness-1", secret), errs.Conflict)
		o.Must(o.Round.Roll(ctx, operator, id, "public", roundtest.Dice))
		wantKind(t, "a second roll", o.Round.Roll(ctx, operator, id, "public", roundtest.Dice), errs.Conflict)
		wantKind(t, "another secret", o.Round.Reveal(ctx, operator, id, "witness-1", strings.Repeat("ac", 32)), errs.Invalid)
		wantKind(t, "a draw without the witness", o.Round.Draw(ctx, operator, id), errs.Conflict)
		wantKind(t, "abandoned by the operator", o.Round.Abandon(ctx, operator, id, "见证人拒绝公开随机数"), errs.Forbidden)
		o.Must(o.Round.Abandon(ctx, leader, id, "见证人拒绝公开随机数"))
		second, err := o.Round.Freeze(ctx, operator, again)
		o.Must(err)
		o.Must(o.Round.Seal(ctx, operator, second, []round.Source{witness}))
		o.Must(o.Round.Reveal(ctx, operator, second, "witness-1", secret))
		o.Must(o.Round.Draw(ctx, operator, second))
		draws, err := o.Round.Draws(ctx, roundtest.Authority, id)
		o.Must(err)
		after, err := o.Round.Draws(ctx, roundtest.Authority, second)
		o.Must(err)
		m, err := draw.ParseManifest([]byte(after[0].Manifest))
		o.Must(err)
		if m.Attempt != 2 || m.Previous != draws[0].Digest {
			t.Errorf("attempt %d after %q, want 2 after %q", m.Attempt, m.Previous, draws[0].Digest)
		}
		wantKind(t, "a second draw", o.Round.Draw(ctx, operator, second), errs.Conflict)
		wantKind(t, "what is drawn stands", o.Round.Abandon(ctx, leader, second, "结果不合适，想再抽一次"), errs.Conflict)
		_, err = o.Round.Freeze(ctx, operator, again)
		wantKind(t, "a redraw", err, errs.Conflict)
		if got := o.Entries(id + ".targets"); got != "round.sealed round.rolled round.abandoned" {
			t.Errorf("ledger of the abandoned round: %s", got)
		}
	})
}

// The ledger's entries of the public rolls stand in the manifest's order.
func TestRollsInOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		o := roundtest.New(t, db)
		o.Firms(200)
		id := o.Freeze(o.Publish(nil), 1, "2022-06-06")
		balls := round.Source{Name: "balls", Kind: draw.Public, How: "摇号机出球"}
		o.Must(o.Round.Seal(ctx, operator, id, append(slices.Clone(roundtest.Public), balls)))
		wantKind(t, "the second roll first", o.Round.Roll(ctx, operator, id, "balls", "0417"), errs.Conflict)
		o.Must(o.Round.Roll(ctx, operator, id, "public", roundtest.Dice))
		o.Must(o.Round.Roll(ctx, operator, id, "balls", "0417"))
		o.Must(o.Round.Draw(ctx, operator, id))
	})
}

func TestRehearsalNeverCounts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		o := roundtest.New(t, db)
		o.Firms(200)
		p := o.Publish(nil)
		id, err := o.Round.Freeze(ctx, operator, round.NewRound{PlanID: p, TaskNo: 1, WindowNo: 1, Rehearsal: true})
		o.Must(err)
		o.Carry(id)
		if got := o.Entries(id + ".targets"); got != "" {
			t.Errorf("a rehearsal stands in the ledger: %s", got)
		}
		real := o.Freeze(p, 1, "2022-06-06")
		quotas, err := o.Round.Quotas(ctx, roundtest.Authority, real)
		o.Must(err)
		if got := quotas[0].Draw; got != 5 {
			t.Errorf("the real round draws %d, want 5: the rehearsal must not count", got)
		}
	})
}

func TestFreezeRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		o := roundtest.New(t, db)
		o.Firms(200)
		p := o.Publish(nil)
		try := func(day string, who access.Actor, n round.NewRound) error {
			o.On(day)
			_, err := o.Round.Freeze(ctx, who, n)
			return err
		}
		n := round.NewRound{PlanID: p, TaskNo: 1, WindowNo: 1}
		wantKind(t, "before the window", try("2022-05-31", operator, n), errs.Conflict)
		wantKind(t, "after the window", try("2022-08-01", operator, n), errs.Conflict)
		wantKind(t, "by a clerk", try("2022-06-06", clerk, n), errs.Forbidden)
		wantKind(t, "fewer than the plan", try("2022-06-06", operator, round.NewRound{PlanID: p, TaskNo: 1, WindowNo: 1, More: map[string]int{"all": 4}}), errs.Invalid)
		wantKind(t, "more than there are", try("2022-06-06", operator, round.NewRound{PlanID: p, TaskNo: 1, WindowNo: 1, More: map[string]int{"all": 400}}), errs.Invalid)
		wantKind(t, "another window", try("2022-06-06", operator, round.NewRound{PlanID: p, TaskNo: 1, WindowNo: 3}), errs.NotFound)
		o.Must(try("2022-07-31", operator, n))
	})
}

// TestCapsExcludeFromTheList holds product decision 5: a firm at its cap is
// left out before the draw, with its reason; a draw counts as a visit.
func TestCapsExcludeFromTheList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		o := roundtest.New(t, db)
		o.Firms(200)
		o.Must(o.Caps.Set(ctx, clerk, []caps.Rule{{Title: "每年一次", Source: "某文", Who: caps.All, Years: 1, Most: 1}}, nil))
		var full []string
		o.Must(o.Register.EachTarget(ctx, nil, roundtest.Authority, register.Scope{}, func(x register.Target) error {
			if x.Operating() && len(full) < 3 {
				full = append(full, x.ID)
			}
			return nil
		}))
		for _, id := range full {
			o.Must(o.Caps.Enter(ctx, clerk, []caps.Visit{{Target: id, Day: calendar.MustParse("2022-03-01"), Body: "县市场监管局", Who: caps.Level}}))
		}
		p := o.Publish(nil)
		excluded := func(id string) int {
			list, err := o.Round.Exclusions(ctx, roundtest.Authority, id)
			o.Must(err)
			for _, x := range list {
				if x.Code == round.AtCap {
					return x.Count
				}
			}
			return 0
		}
		first := o.Matched(p, 1, "2022-06-06")
		if got := excluded(first); got != 3 {
			t.Errorf("%d firms are excluded at their cap, want 3", got)
		}
		draws, err := o.Round.Draws(ctx, roundtest.Authority, first)
		o.Must(err)
		if !strings.Contains(draws[0].Manifest, `"caps":["每年一次：`) {
			t.Errorf("the manifest does not say the caps:\n%s", draws[0].Manifest)
		}
		firms, err := o.Round.Firms(ctx, roundtest.Authority, first)
		o.Must(err)
		c, err := o.Caps.Counter(ctx, nil, roundtest.Authority, calendar.MustParse("2022-06-30"), nil)
		o.Must(err)
		for _, f := range firms {
			_, at := c.Full(f.TargetID, nil, 2022)
			if want := f.State == round.FirmConfirmed; at != want {
				t.Errorf("%s (%s) is at its cap: %v, want %v", f.TargetID, f.State, at, want)
			}
		}
	})
}
