package openbook_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"suiji/draw"
	"suiji/internal/access"
	"suiji/internal/canon"
	"suiji/internal/errs"
	"suiji/internal/openbook"
	"suiji/internal/plan"
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

// TestPublic walks one digest-first round to its disclosure and asks at every
// step what everybody may know.
func TestPublic(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := roundtest.New(t, db)
		id := frozen(o, plan.DigestFirst)
		if _, err := openbook.Of(o.Round).Round(t.Context(), roundtest.Authority, id, nil); errs.KindOf(err) != errs.NotFound {
			t.Errorf("Public before the seal = %v, want NotFound", err)
		}
		if _, err := openbook.Of(o.Round).Excluded(t.Context(), roundtest.Authority, id); errs.KindOf(err) != errs.NotFound {
			t.Errorf("Excluded before the seal = %v, want NotFound", err)
		}
		seal(o, id)
		p := public(t, o, id, nil)
		if p.Open || len(p.Firms) > 0 || p.Halves[0].Verdict != openbook.VerdictOpen || p.Halves[0].State != "sealed" {
			t.Errorf("sealed: open %v, %d firms, verdict %s", p.Open, len(p.Firms), p.Halves[0].Verdict)
		}
		carryOut(o, id)
		gone := confirmWithRemoval(o, id)
		o.Must(o.Round.FreezeMatch(t.Context(), operator, id))
		seal(o, id)
		carryOut(o, id)
		substitute(o, id)
		firms := drawn(t, o, id)
		shown := firms[1].TargetID
		p = public(t, o, id, []string{shown})
		if len(p.Firms) != 1 || p.Firms[0].TargetID != shown {
			t.Errorf("digest-first with one result: %d firms, want the published one", len(p.Firms))
		}
		secrets := secrets(t, o, id, firms, shown)
		hides(t, p, secrets)
		if got := counts(p.Removals) + counts(p.Substitutions); got != "moved 1;duty 1;" || p.Promoted != 1 || p.OneHand {
			t.Errorf("counts %s promoted %d one hand %v, want moved 1;duty 1; 1 false", got, p.Promoted, p.OneHand)
		}
		if p.Drawn != p.Confirmed || p.Drawn != draws(p.Strata) {
			t.Errorf("drawn %d confirmed %d, want both %d", p.Drawn, p.Confirmed, draws(p.Strata))
		}

		o.On("2023-01-02")
		if p = public(t, o, id, nil); !p.Late || p.Open || len(p.Firms) > 0 {
			t.Errorf("after the date: late %v open %v %d firms, want late and closed", p.Late, p.Open, len(p.Firms))
		}
		if err := o.Round.Disclose(t.Context(), operator, id); err != nil {
			t.Fatal(err)
		}
		p = public(t, o, id, nil)
		if !p.Open || p.Late || len(p.Firms) != len(firms) || p.Halves[0].Bundle == "" || len(p.Halves[0].Seed) != 64 {
			t.Errorf("disclosed: open %v late %v, %d of %d firms", p.Open, p.Late, len(p.Firms), len(firms))
		}
		i := slices.IndexFunc(p.Firms, func(f openbook.Firm) bool { return f.TargetID == gone.TargetID })
		if p.Firms[i].Reason != "moved" || len(p.Firms[i].Salt) != 64 || p.Firms[i].State != round.FirmRemoved {
			t.Errorf("removed firm after the disclosure: %+v", p.Firms[i])
		}
		hides(t, p, []string{"EVIDENCE-7", "EVIDENCE-8", `"operator"`})
	})
}

func TestPublicAfterCheckNamesNobodyBeforeTheDisclosure(t *testing.T) {
	o := roundtest.New(t, storetest.SQLite(t))
	id := frozen(o, plan.AfterCheck)
	seal(o, id)
	carryOut(o, id)
	firms := drawn(t, o, id)
	p := public(t, o, id, []string{firms[0].TargetID, firms[1].TargetID})
	hides(t, p, secrets(t, o, id, firms, ""))
}

func TestPublicAtOnceNamesAllAfterTheDraw(t *testing.T) {
	o := roundtest.New(t, storetest.SQLite(t))
	id := frozen(o, plan.AtOnce)
	seal(o, id)
	must(t, o.Round.Roll(t.Context(), operator, id, "dice", roundtest.Dice))
	must(t, o.Round.Reveal(t.Context(), operator, id, "witness-1", witnessSecret))
	p := public(t, o, id, nil)
	if got := source(p, "dice").Value; got != roundtest.Dice {
		t.Errorf("roll before the draw = %q, want it shown", got)
	}
	if got := source(p, "witness-1"); got.Value != "" || !got.Given {
		t.Errorf("the witness's secret before the draw = %+v, want given and not shown", got)
	}
	must(t, o.Round.Draw(t.Context(), operator, id))
	firms := drawn(t, o, id)
	must(t, o.Round.Remove(t.Context(), lister, id, firms[0].TargetID, "moved", "EVIDENCE-7", o.Paper))
	p = public(t, o, id, nil)
	if !p.Open || len(p.Firms) != len(firms) || source(p, "bureau").Value == "" {
		t.Errorf("at once: open %v, %d of %d firms", p.Open, len(p.Firms), len(firms))
	}
	if p.Firms[0].State != round.FirmDrawn {
		t.Errorf("a proposed removal shows as %s, want %s", p.Firms[0].State, round.FirmDrawn)
	}
	hides(t, p, []string{"EVIDENCE-7"})
}

func TestPublicRounds(t *testing.T) {
	o := roundtest.New(t, storetest.SQLite(t))
	given := frozen(o, plan.DigestFirst)
	r, err := o.Round.Round(t.Context(), roundtest.Authority, given)
	must(t, err)
	must(t, o.Round.Abandon(t.Context(), leader, given, "名录更新后重新冻结"))
	broken := o.Freeze(r.PlanID, 1, "2022-06-06")
	seal(o, broken)
	must(t, o.Round.Abandon(t.Context(), leader, broken, "见证人未到场，无法公开"))
	rehearsal, err := o.Round.Freeze(t.Context(), operator, round.NewRound{PlanID: r.PlanID, TaskNo: 1, WindowNo: 1, Rehearsal: true})
	must(t, err)
	seal(o, rehearsal)
	next := o.Freeze(r.PlanID, 1, "2022-06-07")
	must(t, o.Round.Seal(t.Context(), operator, next, nil))

	list, err := openbook.Of(o.Round).Rounds(t.Context(), roundtest.Authority)
	must(t, err)
	var ids []string
	for _, p := range list {
		ids = append(ids, p.ID)
	}
	if want := []string{next, broken}; !slices.Equal(ids, want) {
		t.Errorf("PublicRounds = %v, want %v: neither the rehearsal nor what was never sealed", ids, want)
	}
	if _, err := openbook.Of(o.Round).Round(t.Context(), roundtest.Authority, rehearsal, nil); errs.KindOf(err) != errs.NotFound {
		t.Errorf("Public(rehearsal) = %v, want NotFound", err)
	}
	p := public(t, o, broken, nil)
	if p.Next != next || p.Reason != "见证人未到场，无法公开" || p.State != round.Abandoned {
		t.Errorf("abandoned round: next %q reason %q", p.Next, p.Reason)
	}
	if p = public(t, o, next, nil); p.Previous != broken || p.Attempt != 2 || p.Halves[0].Verdict != openbook.VerdictBureau {
		t.Errorf("the round after it: previous %q attempt %d verdict %s", p.Previous, p.Attempt, p.Halves[0].Verdict)
	}
	excluded, err := openbook.Of(o.Round).Excluded(t.Context(), roundtest.Authority, next)
	must(t, err)
	if len(excluded) != 1 || excluded[0].Code != round.NotOperating || excluded[0].Count == 0 {
		t.Errorf("Excluded = %+v, want the firms not in operation", excluded)
	}
	raw, err := openbook.Of(o.Round).Manifest(t.Context(), roundtest.Authority, next, round.Targets)
	must(t, err)
	if m, err := draw.ParseManifest(raw); err != nil || m.Digest() != p.Halves[0].Digest {
		t.Errorf("PublicManifest: %v, want the bytes of the digest", err)
	}
	if _, err := openbook.Of(o.Round).Manifest(t.Context(), roundtest.Authority, next, round.Match); errs.KindOf(err) != errs.NotFound {
		t.Errorf("PublicManifest(match) = %v, want NotFound", err)
	}
}

// frozen publishes a plan with two strata and a way of disclosure, and freezes
// its first round.
func frozen(o *roundtest.Office, disclosure string) string {
	o.Firms(240)
	p := o.Publish(func(p *plan.Plan) {
		p.Disclosure = disclosure
		p.Tasks[0].Strata = []plan.Stratum{
			{Name: "complaints", Title: "投诉举报多", Tag: "投诉举报多", Ratio: 2000, Reserve: 2},
			{Name: "rest", Title: "其他用人单位", Ratio: 500, Reserve: 4},
		}
	})
	return o.Freeze(p, 1, "2022-06-06")
}

// witnessSecret is what the witness of seal commits to.
var witnessSecret = strings.Repeat("5a", 32)

// seal seals the current half with a witness's commitment and dice to roll.
func seal(o *roundtest.Office, id string) {
	o.Must(o.Round.Seal(context.Background(), operator, id, []round.Source{
		{Name: "witness-1", Kind: draw.Committed, By: draw.ByWitness, Who: "县纪委监委派驻代表",
			Commitment: randomness.Commit(canon.SHA256, "witness-1", witnessSecret)},
		{Name: "dice", Kind: draw.Public, How: "当众掷 50 次骰子"},
	}))
}

// carryOut rolls, reveals and draws what seal has sealed.
func carryOut(o *roundtest.Office, id string) {
	ctx := context.Background()
	o.Must(o.Round.Roll(ctx, operator, id, "dice", roundtest.Dice))
	o.Must(o.Round.Reveal(ctx, operator, id, "witness-1", witnessSecret))
	o.Must(o.Round.Draw(ctx, operator, id))
}

// confirmWithRemoval removes the first drawn firm, whose place a reserve
// takes, and confirms the rest. It returns the removed one.
func confirmWithRemoval(o *roundtest.Office, id string) round.Firm {
	ctx := context.Background()
	firms, err := o.Round.Firms(ctx, roundtest.Authority, id)
	o.Must(err)
	o.Must(o.Round.Remove(ctx, lister, id, firms[0].TargetID, "moved", "登记机关查询结果 EVIDENCE-7", o.Paper))
	o.Must(o.Round.DecideRemoval(ctx, leader, id, firms[0].TargetID, true))
	o.Must(o.Round.Confirm(ctx, lister, id))
	return firms[0]
}

// substitute replaces the first officer of the first firm.
func substitute(o *roundtest.Office, id string) {
	ctx := context.Background()
	members, err := o.Round.Members(ctx, roundtest.Authority, id)
	o.Must(err)
	o.Must(o.Round.Substitute(ctx, clerk, id, round.Absence{TargetID: members[0].TargetID, OfficerID: members[0].OfficerID,
		Reason: "duty", Evidence: "会议通知 EVIDENCE-8", Proof: o.Paper}))
	o.Must(o.Round.DecideSubstitution(ctx, leader, id, 1, true))
}

func public(t *testing.T, o *roundtest.Office, id string, published []string) openbook.Round {
	t.Helper()
	p, err := openbook.Of(o.Round).Round(t.Context(), roundtest.Authority, id, published)
	must(t, err)
	return p
}

func drawn(t *testing.T, o *roundtest.Office, id string) []round.Firm {
	t.Helper()
	firms, err := o.Round.Firms(t.Context(), roundtest.Authority, id)
	must(t, err)
	return firms
}

// secrets is what an undisclosed round must not show: codes and names of the
// drawn, values of the sources, salts, evidence, officers.
func secrets(t *testing.T, o *roundtest.Office, id string, firms []round.Firm, shown string) []string {
	t.Helper()
	list := []string{"EVIDENCE-7", "EVIDENCE-8", witnessSecret, roundtest.Dice}
	for _, f := range firms {
		if f.TargetID == shown {
			continue
		}
		x, err := o.Register.Target(t.Context(), roundtest.Authority, f.TargetID)
		must(t, err)
		list = append(list, x.ID, x.Name)
	}
	removals, err := o.Round.Removals(t.Context(), roundtest.Authority, id)
	must(t, err)
	for _, m := range removals {
		list = append(list, m.Salt)
	}
	sources, err := o.Round.Sources(t.Context(), roundtest.Authority, id, round.Targets)
	must(t, err)
	for _, x := range sources {
		list = append(list, x.Value)
	}
	members, err := o.Round.Members(t.Context(), roundtest.Authority, id)
	must(t, err)
	for _, m := range members {
		list = append(list, m.OfficerID)
	}
	return list
}

// hides fails for every secret that stands in what would be published.
func hides(t *testing.T, p openbook.Round, secrets []string) {
	t.Helper()
	raw, err := json.Marshal(p)
	must(t, err)
	for _, x := range secrets {
		if x != "" && strings.Contains(string(raw), x) {
			t.Errorf("Public shows %s", x)
		}
	}
}

func source(p openbook.Round, name string) openbook.Source {
	for _, x := range p.Halves[0].Sources {
		if x.Name == name {
			return x
		}
	}
	return openbook.Source{}
}

func draws(strata []openbook.Stratum) (n int) {
	for _, st := range strata {
		n += st.Draw
	}
	return n
}

func counts(list []round.Counted) string {
	var b strings.Builder
	for _, c := range list {
		b.WriteString(c.Code + " " + string(rune('0'+c.Count)) + ";")
	}
	return b.String()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
