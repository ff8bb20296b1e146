package draw

import (
	"bytes"
	"crypto/hmac"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"suiji/internal/canon"
)

// drawKit gives a rapid test a random case.
func drawKit(t *rapid.T, make func(*rand.Rand, int) kit, most int) (kit, *rand.Rand) {
	r := newRand(rapid.Uint64().Draw(t, "case"))
	return make(r, most), r
}

// mustSeal seals a kit or ends the test.
func mustSeal(t *rapid.T, k kit) (Manifest, map[File][]byte, Seed) {
	m, lists, err := k.seal()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := DeriveSeed(m, k.reveal)
	if err != nil {
		t.Fatal(err)
	}
	return m, lists, seed
}

// TestOrderOfInputChangesNothing shuffles the records before the lists are
// written.
func TestOrderOfInputChangesNothing(t *testing.T) {
	for _, make := range []func(*rand.Rand, int) kit{randomTargets, randomMatch} {
		rapid.Check(t, func(t *rapid.T) {
			k, r := drawKit(t, make, 30)
			m, lists, seed := mustSeal(t, k)
			want, wantErr := Outcome(m, seed, readers(lists))
			for f, lines := range k.lines {
				lines = slices.Clone(lines)
				r.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
				k.lines[f] = lines
			}
			m, lists, seed = mustSeal(t, k)
			got, err := Outcome(m, seed, readers(lists))
			if !bytes.Equal(got, want) || (err == nil) != (wantErr == nil) {
				t.Fatalf("Outcome = %s, %v, want %s, %v", got, err, want, wantErr)
			}
		})
	}
}

// naiveTargets ranks every firm with plain HMACs and plain sorting, line by
// line as draw.md says it.
func naiveTargets(m Manifest, s Seed, list []byte) []StratumResult {
	type ranked struct{ value, id string }
	strata := map[string][]ranked{}
	for _, line := range strings.Split(strings.TrimSuffix(string(list), "\n"), "\n") {
		if line == "" {
			continue
		}
		var id, stratum string
		var tickets int
		fmt.Sscanf(strings.ReplaceAll(line, "\t", " "), "%s %s %d", &id, &stratum, &tickets)
		value := strings.Repeat("\xff", 33)
		for j := 1; j <= tickets; j++ {
			mac := hmac.New(m.Hash.New, s.key[:])
			fmt.Fprintf(mac, "target:%s:%d\x01", id, j)
			value = min(value, string(mac.Sum(nil)))
		}
		strata[stratum] = append(strata[stratum], ranked{value, id})
	}
	out := []StratumResult{}
	for _, st := range m.Strata {
		all := strata[st.Name]
		slices.SortFunc(all, func(a, b ranked) int { return strings.Compare(a.value+a.id, b.value+b.id) })
		r := StratumResult{st.Name, []string{}, []string{}}
		for i, f := range all {
			switch {
			case i < st.Draw:
				r.Drawn = append(r.Drawn, f.id)
			case i < st.Draw+st.Reserve:
				r.Reserves = append(r.Reserves, f.id)
			}
		}
		out = append(out, r)
	}
	return out
}

// TestTargetsAgainstNaive draws in one part and in several; both must be what
// the plain way gives, and quotas must hold.
func TestTargetsAgainstNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k, r := drawKit(t, randomTargets, 40)
		if r.IntN(4) == 0 { // many firms, few drawn: the pools are cut back
			k = randomTargets(r, 1500)
			for i := range k.m.Strata {
				k.m.Strata[i].Draw %= 7
			}
		}
		m, lists, seed := mustSeal(t, k)
		if err := m.Check(readers(lists)); err != nil {
			t.Fatal(err)
		}
		got, err := Targets(m, seed, bytes.NewReader(lists[TargetsFile]))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(got.Strata, naiveTargets(m, seed, lists[TargetsFile])); diff != "" {
			t.Fatalf("Targets differs from the plain way:\n%s", diff)
		}
		checkQuotas(t, k, got)
		whole := NewPicker(m, seed)
		for _, part := range Parts(lists[TargetsFile], between(r, 1, 5)) {
			p := NewPicker(m, seed)
			if err := p.AddList(bytes.NewReader(part)); err != nil {
				t.Fatal(err)
			}
			if err := whole.Merge(p); err != nil {
				t.Fatal(err)
			}
		}
		inParts, err := whole.Result()
		if err != nil || !cmp.Equal(got, inParts) {
			t.Fatalf("in parts %v, %v, want %v", inParts, err, got)
		}
	})
}

// checkQuotas wants as many firms as the manifest says, each once and of its
// own stratum.
func checkQuotas(t *rapid.T, k kit, r TargetsResult) {
	seen := map[string]bool{}
	for i, st := range k.m.Strata {
		size := 0
		for _, line := range k.lines[TargetsFile] {
			if strings.Split(line, "\t")[1] == st.Name {
				size++
			}
		}
		got := r.Strata[i]
		if len(got.Drawn) != st.Draw || len(got.Reserves) != min(st.Reserve, size-st.Draw) {
			t.Fatalf("stratum %+v of %d: %d drawn, %d reserves", st, size, len(got.Drawn), len(got.Reserves))
		}
		for _, id := range slices.Concat(got.Drawn, got.Reserves) {
			own := slices.ContainsFunc(k.lines[TargetsFile], func(line string) bool { return strings.HasPrefix(line, id+"\t"+st.Name+"\t") })
			if seen[id] || !own {
				t.Fatalf("%s stands twice or is not of stratum %s", id, st.Name)
			}
			seen[id] = true
		}
	}
}

// TestMatchHolds checks every promise of a match: sizes, slots, recusals, no
// officer twice at one firm, reserves who are free.
func TestMatchHolds(t *testing.T) {
	made := 0
	rapid.Check(t, func(t *rapid.T) {
		k, _ := drawKit(t, randomMatch, 30)
		m, lists, seed := mustSeal(t, k)
		got, err := Match(m, seed, readers(lists))
		if (err == nil) != (m.Check(readers(lists)) == nil) {
			t.Fatalf("Match = %v, but Check says otherwise", err)
		}
		if err != nil {
			return
		}
		made++
		if len(got.Matches) != len(k.lines[TargetsFile]) {
			t.Fatalf("%d firms matched of %d", len(got.Matches), len(k.lines[TargetsFile]))
		}
		for _, match := range got.Matches {
			checkMatch(t, k, match)
		}
	})
	if made == 0 {
		t.Error("no random match could be made: the test checks nothing")
	}
}

// checkMatch checks one firm.
func checkMatch(t *rapid.T, k kit, match TargetMatch) {
	wanted := slotsOf(k.lines[TargetsFile], match.Target)
	var here []string
	for _, team := range match.Teams {
		here = append(here, team.Officers...)
	}
	if len(slices.Compact(slices.Sorted(slices.Values(here)))) != len(here) {
		t.Fatalf("an officer inspects %s twice: %v", match.Target, here)
	}
	if len(match.Teams) != len(wanted) {
		t.Fatalf("%s has %d teams, want %v", match.Target, len(match.Teams), wanted)
	}
	for _, team := range match.Teams {
		i := slices.IndexFunc(k.m.Slots, func(s Slot) bool { return s.Name == team.Slot })
		if i < 0 || !slices.Contains(wanted, team.Slot) || len(team.Officers) != k.m.Slots[i].Size {
			t.Fatalf("%s: team %+v", match.Target, team)
		}
		if len(team.Reserves) > k.m.Reserve {
			t.Fatalf("%s: %d reserves, want at most %d", match.Target, len(team.Reserves), k.m.Reserve)
		}
		for _, o := range slices.Concat(team.Officers, team.Reserves) {
			if !slices.Contains(slotsOf(k.lines[OfficersFile], o), team.Slot) {
				t.Fatalf("%s may not fill %s", o, team.Slot)
			}
			if slices.Contains(k.lines[RecusalsFile], RecusalLine(o, match.Target)) {
				t.Fatalf("%s is barred from %s", o, match.Target)
			}
		}
		for _, o := range team.Reserves {
			if slices.Contains(here, o) {
				t.Fatalf("reserve %s inspects %s already", o, match.Target)
			}
		}
	}
}

// slotsOf returns the slots of an identifier's line.
func slotsOf(lines []string, id string) []string {
	for _, line := range lines {
		if rest, ok := strings.CutPrefix(line, id+"\t"); ok {
			return strings.Split(rest, ",")
		}
	}
	return nil
}

// TestLoadIsEven has no recusals: no officer is dealt twice before all are
// dealt once.
func TestLoadIsEven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newRand(rapid.Uint64().Draw(t, "case"))
		k := randomFrame(r, MatchScheme)
		size := between(r, 2, 3)
		officers := randomIDs(r, between(r, size, 15))
		k.m.Slots, k.m.Mode = []Slot{{"rs", size}}, Each
		if r.IntN(2) == 0 {
			k.m.Mode, k.m.Teams = Teams, len(officers)/size
		}
		for _, id := range officers {
			k.lines[OfficersFile] = append(k.lines[OfficersFile], id+"\trs")
		}
		for _, id := range randomIDs(r, r.IntN(40)) {
			k.lines[TargetsFile] = append(k.lines[TargetsFile], id+"\trs")
		}
		m, lists, seed := mustSeal(t, k)
		result, err := Match(m, seed, readers(lists))
		if err != nil {
			t.Fatal(err)
		}
		load := map[string]int{}
		for _, id := range officers {
			load[id] = 0
		}
		for i, match := range result.Matches {
			for _, o := range match.Teams[0].Officers {
				load[o]++
			}
			checkEven(t, load, k.m.Teams*size, i)
		}
	})
}

// checkEven allows a spread of one; with teams, officers left over form none.
func checkEven(t *rapid.T, load map[string]int, inTeams, firm int) {
	var counts []int
	for _, n := range load {
		if n > 0 || inTeams == 0 {
			counts = append(counts, n)
		}
	}
	for inTeams > 0 && len(counts) < inTeams {
		counts = append(counts, 0)
	}
	if slices.Max(counts)-slices.Min(counts) > 1 {
		t.Fatalf("after firm %d the load is %v", firm+1, load)
	}
}

// FuzzManifest holds that what ParseManifest takes, it prints canonically and
// reads again as the same.
func FuzzManifest(f *testing.F) {
	for _, k := range []kit{smallTargets(), smallMatch()} {
		f.Add(k.folder(f)[string(ManifestFile)].Data)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := ParseManifest(raw)
		if err != nil {
			return
		}
		if err := canon.IsCanonical(m.JSON()); err != nil {
			t.Fatalf("JSON() of %q: %v", raw, err)
		}
		again, err := VerifyManifest(m.JSON())
		if err != nil || !cmp.Equal(again, m, cmp.AllowUnexported(Manifest{})) {
			t.Fatalf("VerifyManifest(JSON()) = %+v, %v, want %+v", again, err, m)
		}
		built, err := Build(m)
		if err != nil {
			t.Fatalf("Build(%+v) = %v", m, err)
		}
		built.raw = m.raw // members that nobody knows, deep down, are dropped
		if !cmp.Equal(built, m, cmp.AllowUnexported(Manifest{})) {
			t.Fatalf("Build = %+v, want %+v", built, m)
		}
	})
}

// FuzzLists holds that a list that passes is what PrintList prints of its
// lines, and that a line that is taken is what its fields print.
func FuzzLists(f *testing.F) {
	f.Add([]byte("C1\tA\t1\nC2\tB\t30\n"))
	f.Add([]byte("C1\trs,market\nC2\trs\n"))
	f.Add([]byte("C1\tclosed\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, err := SealList(SHA256, TargetsFile, bytes.NewReader(raw)); err != nil {
			return
		}
		var lines []string
		if len(raw) > 0 {
			lines = strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
		}
		if got := PrintList(lines); !bytes.Equal(got, raw) {
			t.Fatalf("PrintList = %q, want %q", got, raw)
		}
		for _, line := range lines {
			checkLine(t, line)
		}
	})
}

// checkLine prints what each reader of lines takes.
func checkLine(t *testing.T, line string) {
	if id, stratum, tickets, ok := parseTarget([]byte(line)); ok && TargetLine(string(id), string(stratum), tickets) != line {
		t.Fatalf("parseTarget takes %q", line)
	}
	slots := []string{"market", "rs"}
	if p, rule := parseParty([]byte(line), map[string]int{"market": 0, "rs": 1}); rule == "" {
		var names []string
		for _, i := range p.slots {
			names = append(names, slots[i])
		}
		turned := slices.Clone(names)
		slices.Reverse(turned)
		if line != SlotsLine(p.id, names) && line != SlotsLine(p.id, turned) {
			t.Fatalf("parseParty takes %q", line)
		}
	}
	if officer, firm, ok := parsePair([]byte(line)); ok && RecusalLine(officer, firm) != line {
		t.Fatalf("parsePair takes %q", line)
	}
	if id, reason, _ := strings.Cut(line, "\t"); isExcluded([]byte(line)) && ExcludedLine(id, reason) != line {
		t.Fatalf("isExcluded takes %q", line)
	}
}
