package verify_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"suiji/bundle"
	"suiji/draw"
	"suiji/internal/access"
	"suiji/internal/plan"
	"suiji/internal/register"
	"suiji/internal/roster"
	"suiji/internal/round"
	"suiji/internal/round/roundtest"
	"suiji/internal/store/storetest"
)

// TestJointRounds carries random tasks of several departments through the
// office: some see only firms with a tag, some share officers, some inspect a
// county each. Whatever the seed, every firm gets of every slot that it needs
// its number of people, nobody who is barred or has not the slot's unit and
// field, nobody twice; and the verifiers in Go and Python accept the bundles.
func TestJointRounds(t *testing.T) {
	rounds := 8
	if testing.Short() {
		rounds = 3
	}
	for seed := range rounds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { joint(t, rand.New(rand.NewPCG(uint64(seed), 4))) })
	}
}

func joint(t *testing.T, r *rand.Rand) {
	o := roundtest.New(t, storetest.SQLite(t))
	o.Firms(60 + r.IntN(120))
	places(t, o, r)
	var staff []roundtest.Staff
	for _, unit := range []string{"甲局", "乙局", "丙局"} {
		staff = append(staff, roundtest.Staff{Unit: unit, Fields: "市场监管", Officers: 6 + r.IntN(6)}, roundtest.Staff{Unit: unit, Fields: "市场监管、职业卫生", Officers: 3 + r.IntN(4)})
	}
	o.Units(staff...)
	recusals(t, o, r)
	id := o.Publish(func(p *plan.Plan) { p.Tasks[0] = randomTask(p.Tasks[0], r) })
	p, err := o.Plan.Plan(t.Context(), roundtest.Authority, id)
	o.Must(err)
	of := o.Freeze(id, 1, "2022-06-06")
	o.Carry(of)
	o.Must(o.Round.Confirm(t.Context(), roundtest.As(access.ListAdmin), of))
	o.Must(o.Round.FreezeMatch(t.Context(), roundtest.As(access.Operator), of))
	o.Carry(of)
	served(t, o, p.Tasks[0], of)
	o.On("2022-12-31")
	o.Must(o.Round.DiscloseDue(t.Context(), roundtest.Authority))
	for _, half := range []string{round.Targets, round.Match} {
		var b bytes.Buffer
		o.Must(o.Round.Bundle(t.Context(), roundtest.Authority, of, half, &b))
		if v, err := bundle.Verify(bytes.NewReader(b.Bytes()), int64(b.Len()), bundle.Options{}); err != nil || !v.OK {
			t.Errorf("%s: Go: %+v, %v", half, v, err)
		}
		if out, err := exec.Command("python3", "suiji_verify.py", save(t, b.Bytes())).CombinedOutput(); err != nil {
			t.Errorf("%s: Python: %v: %s", half, err, out)
		}
	}
}

// counties are where the random firms' people work.
var counties = []string{"990101", "990102", "990103"}

// places gives two firms in three a place of employment in a random county.
func places(t *testing.T, o *roundtest.Office, r *rand.Rand) {
	var all []register.Target
	o.Must(o.Register.EachTarget(t.Context(), nil, roundtest.Authority, register.Scope{}, func(f register.Target) error {
		all = append(all, f)
		return nil
	}))
	for i, f := range all {
		if i%3 == 0 {
			continue
		}
		place := register.Place{Area: counties[r.IntN(len(counties))] + "001", Address: "工业路 5 号"}
		o.Must(o.Register.Amend(t.Context(), roundtest.As(access.Clerk), register.Targets, f.ID,
			register.Amendment{Base: f.Version, Values: map[string]string{"places": place.String()}, Source: "用工备案"}))
	}
}

// recusals bars up to ten officers from up to three firms each.
func recusals(t *testing.T, o *roundtest.Office, r *rand.Rand) {
	firms, _, _, err := o.Register.Targets(t.Context(), roundtest.Authority, register.TargetFilter{})
	o.Must(err)
	officers, _, _, err := o.Register.Officers(t.Context(), roundtest.Authority, register.OfficerFilter{})
	o.Must(err)
	for range r.IntN(10) {
		of := officers[r.IntN(len(officers))]
		o.Roster.Declare(t.Context(), roundtest.As(access.Clerk), of.ID, roster.NewDeclaration{Target: firms[r.IntN(len(firms))].ID, // twice the same: refused
			Kind: "亲属", Reason: "近亲属在该单位任职", DeclaredBy: "本人", DeclaredOn: "2022-01-10"})
	}
}

func randomTask(t plan.Task, r *rand.Rand) plan.Task {
	size := func() int { return 2 + r.IntN(2) }
	if r.IntN(3) == 0 { // drawn here, inspected in the counties, each with its share
		t.Strata = nil
		for i, c := range counties {
			t.Slots = append(t.Slots, plan.Slot{Name: c, Title: c, Units: []string{"甲局", "乙局", "丙局"}[i], Size: size(), Area: c})
			t.Strata = append(t.Strata, plan.Stratum{Name: c, Title: c, Area: c, Ratio: plan.Ratio(1000 + r.IntN(9001)), Reserve: 3})
		}
		t.Strata = append(t.Strata, plan.Stratum{Name: "rest", Title: "其余", Ratio: 1000, Reserve: 3})
		return t
	}
	t.Strata[0].Ratio = plan.Ratio(1000 + r.IntN(9001))
	t.Slots = []plan.Slot{{Name: "lead", Title: "甲局", Units: "甲局", Size: size()}}
	more := []plan.Slot{
		{Name: "tagged", Title: "乙局", Units: "乙局", Size: size(), Tag: "投诉举报多"},
		{Name: "any", Title: "丙局", Units: "丙局", Size: size()},
		{Name: "health", Title: "职业卫生", Units: "甲局、乙局、丙局", Field: "职业卫生", Size: 2, Tag: []string{"", "劳务派遣"}[r.IntN(2)]}, // shares its people
		{Name: "county", Title: "属地", Units: "丙局", Size: 2, Area: counties[r.IntN(3)]},
	}
	r.Shuffle(len(more), func(i, j int) { more[i], more[j] = more[j], more[i] })
	t.Slots = append(t.Slots, more[:1+r.IntN(len(more))]...)
	return t
}

// served holds what the match promises.
func served(t *testing.T, o *roundtest.Office, task plan.Task, id string) {
	t.Helper()
	firms, err := o.Round.Firms(t.Context(), roundtest.Authority, id)
	o.Must(err)
	members, err := o.Round.Members(t.Context(), roundtest.Authority, id)
	o.Must(err)
	barred := map[string]bool{}
	all, err := o.Register.Recusals(t.Context(), roundtest.Authority)
	o.Must(err)
	for _, x := range all {
		barred[x.OfficerID+" "+x.TargetID] = true
	}
	teams, seen := map[string]int{}, map[string]bool{}
	for _, m := range members {
		officer, err := o.Register.Officer(t.Context(), roundtest.Authority, m.OfficerID)
		o.Must(err)
		slot := task.Slots[slices.IndexFunc(task.Slots, func(s plan.Slot) bool { return s.Name == m.Slot })]
		if !slot.OfUnit(officer.Unit) || slot.Field != "" && !slices.Contains(officer.Fields, slot.Field) {
			t.Errorf("%s of %s with %v was dealt for %s", m.OfficerID, officer.Unit, officer.Fields, m.Slot)
		}
		if barred[m.OfficerID+" "+m.TargetID] {
			t.Errorf("%s is barred from %s", m.OfficerID, m.TargetID)
		}
		if m.State != round.InTeam {
			continue
		}
		if seen[m.OfficerID+" "+m.TargetID] {
			t.Errorf("%s inspects %s twice", m.OfficerID, m.TargetID)
		}
		seen[m.OfficerID+" "+m.TargetID] = true
		teams[m.TargetID+" "+m.Slot]++
	}
	confirmed := 0
	for _, f := range firms {
		if f.State != round.FirmConfirmed {
			continue
		}
		confirmed++
		now, err := o.Register.Target(t.Context(), roundtest.Authority, f.TargetID)
		o.Must(err)
		if want := task.SlotsFor(now); !slices.Equal(f.Slots, want) || len(want) == 0 {
			t.Errorf("%s has slots %v, want %v", f.TargetID, f.Slots, want)
		}
		for _, s := range task.Slots {
			want := 0
			if slices.Contains(f.Slots, s.Name) {
				want = s.Size
			}
			if got := teams[f.TargetID+" "+s.Name]; got != want {
				t.Errorf("%s got %d officers of %s, want %d", f.TargetID, got, s.Name, want)
			}
		}
	}
	if confirmed == 0 {
		t.Error("no firm was drawn")
	}
	draws, err := o.Round.Draws(t.Context(), roundtest.Authority, id)
	o.Must(err)
	m, err := draw.ParseManifest([]byte(draws[1].Manifest))
	if err != nil || len(m.Slots) != len(task.Slots) || !strings.Contains(draws[1].Manifest, task.Slots[0].Title) {
		t.Errorf("manifest %s, %v; want every slot and its title", draws[1].Manifest, err)
	}
}
