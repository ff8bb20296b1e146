package draw

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
)

// smallTargets is a good draw of firms to spoil.
func smallTargets() kit {
	return kit{
		m: Manifest{
			Scheme: TargetsScheme, Hash: SHA256, ID: "130132-rs.small.targets", Attempt: 1, Disclosure: AtOnce,
			Strata: []Stratum{{"A", 2, 1}, {"B", 1, 0}},
			Seed: []Source{
				{Name: "bureau", Kind: Committed, By: ByBureau},
				{Name: "dice", Kind: Public, How: "掷骰子五十次"},
			},
			Extra: map[string]any{"title": "元氏县“双随机、一公开”抽查"},
		},
		lines: map[File][]string{
			TargetsFile:  {"C1\tA\t1", "C2\tB\t3", "C3\tA\t1000", "C4\tA\t2"},
			ExcludedFile: {"C0\tclosed", "C5\tcap-2"},
		},
		reveal: map[string]string{"bureau": strings.Repeat("0f", 32), "dice": strings.Repeat("16", 25)},
	}
}

// smallMatch is a good match to spoil.
func smallMatch() kit {
	k := smallTargets()
	k.m.Scheme, k.m.ID, k.m.Strata = MatchScheme, "130132-rs.small.match", nil
	k.m.Slots = []Slot{{"rs", 2}, {"market", 2}}
	k.m.Mode, k.m.Reserve = Each, 1
	k.lines = map[File][]string{
		TargetsFile:  {"C1\trs,market", "C2\tmarket", "C3\trs"},
		OfficersFile: {"o1\trs", "o2\trs", "o3\trs,market", "o4\tmarket", "o5\tmarket", "o6\tmarket", "o7\trs", "o8\trs"},
		RecusalsFile: {"o1\tC1", "o6\tC2"},
	}
	return k
}

// refusal spoils one thing in a good case.
type refusal struct {
	name  string
	match bool // of a match; else of a draw of firms
	edit  func(t testing.TB, dir fstest.MapFS)
	file  File
	line  int
	rule  Rule
}

// list replaces a list and seals it.
func list(f File, text string) func(testing.TB, fstest.MapFS) {
	return func(t testing.TB, dir fstest.MapFS) {
		dir[string(f)] = &fstest.MapFile{Data: []byte(text)}
		reseal(t, dir)
	}
}

// text replaces one piece of a file.
func text(f File, from, to string) func(testing.TB, fstest.MapFS) {
	return func(t testing.TB, dir fstest.MapFS) {
		old := string(dir[string(f)].Data)
		if strings.Count(old, from) != 1 {
			t.Fatalf("%q stands %d times in %s", from, strings.Count(old, from), old)
		}
		dir[string(f)] = &fstest.MapFile{Data: []byte(strings.Replace(old, from, to, 1))}
	}
}

// set changes one member of the manifest.
func set(path string, v any) func(testing.TB, fstest.MapFS) {
	return func(t testing.TB, dir fstest.MapFS) {
		editManifest(t, dir, func(o map[string]any) {
			names := strings.Split(path, ".")
			for _, name := range names[:len(names)-1] {
				switch inner := o[name].(type) {
				case []any:
					o = inner[0].(map[string]any)
				case map[string]any:
					o = inner
				}
			}
			if v == nil {
				delete(o, names[len(names)-1])
				return
			}
			o[names[len(names)-1]] = v
		})
	}
}

// refusals is the table of what may not pass. The cross test gives it to the
// second verifier too.
func refusals() []refusal {
	all := refusedLists()
	all = append(all, refusedManifests()...)
	return append(all, refusedReveals()...)
}

func refusedLists() []refusal {
	return []refusal{
		{"no LF at the end", false, list(TargetsFile, "C1\tA\t1\nC2\tB\t3\nC3\tA\t1"), TargetsFile, 3, RuleLine},
		{"CR LF", false, list(TargetsFile, "C1\tA\t1\r\nC2\tB\t3\nC3\tA\t1\n"), TargetsFile, 1, RuleLine},
		{"empty line", false, list(TargetsFile, "\nC1\tA\t1\nC2\tB\t3\nC3\tA\t1\n"), TargetsFile, 1, RuleLine},
		{"byte order mark", false, list(TargetsFile, "\ufeffC1\tA\t1\nC2\tB\t3\nC3\tA\t1\n"), TargetsFile, 1, RuleLine},
		{"order", false, list(TargetsFile, "C2\tB\t3\nC1\tA\t1\nC3\tA\t1\n"), TargetsFile, 2, RuleOrder},
		{"order of case", false, list(TargetsFile, "a\tA\t1\nB\tA\t1\nc\tB\t1\n"), TargetsFile, 2, RuleOrder},
		{"firm twice", false, list(TargetsFile, "C1\tA\t1\nC2\tA\t1\nC2\tB\t3\n"), TargetsFile, 3, RuleTwice},
		{"line twice", false, list(TargetsFile, "C1\tA\t1\nC2\tB\t3\nC2\tB\t3\n"), TargetsFile, 3, RuleTwice},
		{"two fields", false, list(TargetsFile, "C1\tA\nC2\tB\t3\nC3\tA\t1\n"), TargetsFile, 1, RuleLine},
		{"four fields", false, list(TargetsFile, "C1\tA\t1\t\nC2\tB\t3\nC3\tA\t1\n"), TargetsFile, 1, RuleLine},
		{"no identifier", false, list(TargetsFile, "\tA\t1\nC2\tB\t3\nC3\tA\t1\n"), TargetsFile, 1, RuleLine},
		{"41 characters", false, list(TargetsFile, strings.Repeat("C", 41)+"\tA\t1\nD2\tB\t3\nD3\tA\t1\n"), TargetsFile, 1, RuleLine},
		{"space in an identifier", false, list(TargetsFile, "C 1\tA\t1\nC2\tB\t3\nC3\tA\t1\n"), TargetsFile, 1, RuleLine},
		{"Chinese identifier", false, list(TargetsFile, "C1\tA\t1\nC2\tB\t3\n冀1\tA\t1\n"), TargetsFile, 3, RuleLine},
		{"no tickets", false, list(TargetsFile, "C1\tA\t\nC2\tB\t3\nC3\tA\t1\n"), TargetsFile, 1, RuleLine},
		{"0 tickets", false, list(TargetsFile, "C1\tA\t0\nC2\tB\t3\nC3\tA\t1\n"), TargetsFile, 1, RuleLine},
		{"1001 tickets", false, list(TargetsFile, "C1\tA\t1001\nC2\tB\t3\nC3\tA\t1\n"), TargetsFile, 1, RuleLine},
		{"leading zero", false, list(TargetsFile, "C1\tA\t01\nC2\tB\t3\nC3\tA\t1\n"), TargetsFile, 1, RuleLine},
		{"plus sign", false, list(TargetsFile, "C1\tA\t+1\nC2\tB\t3\nC3\tA\t1\n"), TargetsFile, 1, RuleLine},
		{"wide digit", false, list(TargetsFile, "C1\tA\t１\nC2\tB\t3\nC3\tA\t1\n"), TargetsFile, 1, RuleLine},
		{"stratum without a quota", false, list(TargetsFile, "C1\tA\t1\nC2\tB\t3\nC3\tA\t1\nC4\tX\t1\n"), TargetsFile, 4, RuleStratum},
		{"draw beyond the stratum", false, list(TargetsFile, "C1\tA\t1\nC2\tB\t3\n"), ManifestFile, 0, RuleQuota},
		{"drawn and excluded", false, list(ExcludedFile, "C0\tclosed\nC3\tcap\n"), TargetsFile, 3, RuleBoth},
		{"excluded without a reason", false, list(ExcludedFile, "C0\t\n"), ExcludedFile, 1, RuleLine},
		{"reason in capitals", false, list(ExcludedFile, "C0\tcap\nC5\tCap\n"), ExcludedFile, 2, RuleLine},
		{"reason after the last firm", false, list(ExcludedFile, "C0\tcap\nD1\tcap\nD2\tcap_\n"), ExcludedFile, 3, RuleLine},
		{"excluded out of order", false, list(ExcludedFile, "D2\tcap\nD1\tcap\n"), ExcludedFile, 2, RuleOrder},
		{"count", false, set("targets.count", 5), TargetsFile, 0, RuleCount},
		{"count of excluded", false, set("excluded.count", 0), ExcludedFile, 0, RuleCount},
		{"root", false, set("targets.root", strings.Repeat("0", 64)), TargetsFile, 0, RuleRoot},
		{"root of excluded", false, set("excluded.root", strings.Repeat("0", 64)), ExcludedFile, 0, RuleRoot},

		{"unknown slot", true, list(TargetsFile, "C1\trs,fire\n"), TargetsFile, 1, RuleSlot},
		{"slot twice", true, list(TargetsFile, "C1\trs,rs\n"), TargetsFile, 1, RuleTwice},
		{"no slot", true, list(TargetsFile, "C1\t\n"), TargetsFile, 1, RuleLine},
		{"comma at the end", true, list(TargetsFile, "C1\trs,\n"), TargetsFile, 1, RuleLine},
		{"space after a comma", true, list(TargetsFile, "C1\trs, market\n"), TargetsFile, 1, RuleLine},
		{"officer without TAB", true, list(OfficersFile, "o1 rs\n"), OfficersFile, 1, RuleLine},
		{"officer twice", true, list(OfficersFile, "o1\trs\no2\tmarket\no2\trs\n"), OfficersFile, 3, RuleTwice},
		{"officer with an unknown slot", true, list(OfficersFile, "o1\trs\no2\tfire\n"), OfficersFile, 2, RuleSlot},
		{"recusal twice", true, list(RecusalsFile, "o1\tC1\no1\tC1\n"), RecusalsFile, 2, RuleTwice},
		{"recusal of three", true, list(RecusalsFile, "o1\tC1\to2\n"), RecusalsFile, 1, RuleLine},
		{"recusal out of order", true, list(RecusalsFile, "o1\tC2\no1\tC1\n"), RecusalsFile, 2, RuleOrder},
		{"too many recusals", true, list(RecusalsFile, "o1\tC3\no2\tC3\no3\tC3\no7\tC3\n"), ManifestFile, 0, RuleFeasible},
		{"too few officers", true, list(OfficersFile, "o1\trs\no2\trs\no3\trs\no4\tmarket\n"), ManifestFile, 0, RuleFeasible},
		{"an officer in both slots", true, list(OfficersFile, "o1\trs\no2\trs\no3\trs,market\no4\tmarket\no5\tmarket\n"), ManifestFile, 0, RuleFeasible},
		{"count of recusals", true, set("recusals.count", 3), RecusalsFile, 0, RuleCount},
		{"root of officers", true, set("officers.root", strings.Repeat("0", 64)), OfficersFile, 0, RuleRoot},
	}
}

func refusedManifests() []refusal {
	m := func(name string, match bool, edit func(testing.TB, fstest.MapFS)) refusal {
		return refusal{name, match, edit, ManifestFile, 0, RuleMember}
	}
	j := func(name, from, to string) refusal {
		return refusal{name, false, text(ManifestFile, from, to), ManifestFile, 0, RuleJSON}
	}
	return []refusal{
		m("unknown scheme", false, set("scheme", "suiji/targets/2")),
		m("unknown hash", false, set("hash", "sha512")),
		m("no hash", false, set("hash", nil)),
		m("hash is a number", false, set("hash", 256)),
		m("no id", false, set("id", nil)),
		m("no targets", false, set("targets", nil)),
		m("negative count", false, set("targets.count", -1)),
		m("count is a string", false, set("targets.count", "4")),
		m("short root", false, set("targets.root", "00")),
		m("root in capitals", false, set("targets.root", strings.Repeat("A", 64))),
		m("no strata", false, set("strata", nil)),
		m("no draw", false, set("strata.draw", nil)),
		m("negative draw", false, set("strata.draw", -1)),
		m("draw is a string", false, set("strata.draw", "2")),
		m("no reserve", false, set("strata.reserve", nil)),
		m("stratum twice", false, set("strata.name", "B")),
		m("attempt 0", false, set("attempt", 0)),
		m("previous of a first attempt", false, set("previous", strings.Repeat("0", 64))),
		m("no previous of a second attempt", false, set("attempt", 2)),
		m("unknown disclosure", false, set("disclosure", "never")),
		m("30 February", false, set("disclose_by", "2024-02-30")),
		m("later, and no secret of the bureau's", false, func(t testing.TB, dir fstest.MapFS) {
			set("disclosure", "after-check")(t, dir)
			set("seed.by", "witness")(t, dir)
		}),
		m("no sources", false, set("seed", []any{})),
		m("source twice", false, set("seed.name", "dice")),
		m("source with a space", false, set("seed.name", "the bureau")),
		m("unknown kind", false, set("seed.kind", "lottery")),
		m("unknown committer", false, set("seed.by", "mayor")),
		m("no commitment", false, set("seed.commitment", nil)),
		m("short commitment", false, set("seed.commitment", "00")),
		m("no slots", true, set("slots", nil)),
		m("size 1", true, set("slots.size", 1)),
		m("slot twice", true, set("slots.name", "market")),
		m("unknown mode", true, set("mode", "pairs")),
		m("no mode", true, set("mode", nil)),
		m("no teams", true, func(t testing.TB, dir fstest.MapFS) { set("mode", "teams")(t, dir); set("teams", 0)(t, dir) }),
		m("no officers", true, set("officers", nil)),
		{"teams beyond the officers", true, func(t testing.TB, dir fstest.MapFS) { set("mode", "teams")(t, dir); set("teams", 3)(t, dir) }, ManifestFile, 0, RuleFeasible},
		{"teams too few for recusals", true, func(t testing.TB, dir fstest.MapFS) { set("mode", "teams")(t, dir); set("teams", 1)(t, dir) }, ManifestFile, 0, RuleFeasible},
		j("null", `"attempt":1`, `"attempt":null`),
		j("fraction", `"attempt":1`, `"attempt":1.0`),
		j("exponent", `"attempt":1`, `"attempt":1e0`),
		j("2^53", `"attempt":1`, `"attempt":9007199254740992`),
		j("member twice", `"attempt":1`, `"attempt":1,"attempt":1`),
		j("null in a further member", `"title":`, `"note":null,"title":`),
		j("half a surrogate pair", `"title":"`, `"title":"\ud83d`),
		j("not UTF-8", `"title":"`, "\"title\":\"\xff"),
		j("trailing data", `{"attempt"`, `{} {"attempt"`),
	}
}

func refusedReveals() []refusal {
	return []refusal{
		{"other secret", false, text(RevealFile, strings.Repeat("0f", 32), strings.Repeat("0e", 32)), RevealFile, 0, RuleCommitment},
		{"secret in capitals", false, text(RevealFile, strings.Repeat("0f", 32), strings.Repeat("0F", 32)), RevealFile, 0, RuleReveal},
		{"short secret", false, text(RevealFile, strings.Repeat("0f", 32), "0f"), RevealFile, 0, RuleReveal},
		{"roll with a space", false, text(RevealFile, `"dice":"1`, `"dice":"1 `), RevealFile, 0, RuleReveal},
		{"empty roll", false, text(RevealFile, strings.Repeat("16", 25), ""), RevealFile, 0, RuleReveal},
		{"201 characters", false, text(RevealFile, `"dice":"`, `"dice":"`+strings.Repeat("1", 151)), RevealFile, 0, RuleReveal},
		{"source missing", false, text(RevealFile, `,"dice":"`+strings.Repeat("16", 25)+`"`, ""), RevealFile, 0, RuleReveal},
		{"source too many", false, text(RevealFile, `"dice"`, `"coin":"1","dice"`), RevealFile, 0, RuleReveal},
		{"roll is a number", false, text(RevealFile, `"`+strings.Repeat("16", 25)+`"`, "16"), RevealFile, 0, RuleReveal},
		{"reveal is a list", false, func(_ testing.TB, dir fstest.MapFS) { dir[string(RevealFile)] = &fstest.MapFile{Data: []byte("[]")} }, RevealFile, 0, RuleReveal},
		{"source twice", false, text(RevealFile, `"dice"`, `"dice":"1","dice"`), RevealFile, 0, RuleJSON},
	}
}

// spoiled returns the case of a refusal.
func (r refusal) spoiled(t testing.TB) fstest.MapFS {
	t.Helper()
	k := smallTargets()
	if r.match {
		k = smallMatch()
	}
	dir := k.folder(t)
	if _, ok := dir[string(ResultFile)]; !ok {
		t.Fatal("the case was not good before")
	}
	r.edit(t, dir)
	return dir
}

func TestComputeRefuses(t *testing.T) {
	for _, tt := range refusals() {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Compute(tt.spoiled(t))
			var got *Error
			if !errors.As(err, &got) {
				t.Fatalf("Compute = %v, want an *Error", err)
			}
			if got.File != tt.file || got.Line != tt.line || got.Rule != tt.rule {
				t.Errorf("Compute = %s line %d %s (%v), want %s line %d %s", got.File, got.Line, got.Rule, got, tt.file, tt.line, tt.rule)
			}
			if got.Rule.Sentence() == "" || !strings.Contains(err.Error(), string(got.File)) {
				t.Errorf("Error() = %q, want the file and the rule", err)
			}
		})
	}
}

// TestCheckRefuses is about what only matters before the seal.
func TestCheckRefuses(t *testing.T) {
	digest := strings.Repeat("a", 64)
	tests := []struct {
		name string
		edit func(m *Manifest)
		ok   bool
	}{
		{"as it is", func(m *Manifest) {}, true},
		{"no attempt", func(m *Manifest) { m.Attempt = 0 }, false},
		{"second with", func(m *Manifest) { m.Attempt, m.Previous = 2, digest }, true},
		{"no disclosure", func(m *Manifest) { m.Disclosure = "" }, false},
		{"later without a date", func(m *Manifest) { m.Disclosure = DigestFirst }, false},
		{"later with a date", func(m *Manifest) { m.Disclosure, m.DiscloseBy = AfterCheck, "2024-02-29" }, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k := smallTargets()
			tt.edit(&k.m)
			m, lists, err := k.seal()
			if err != nil {
				t.Fatal(err)
			}
			err = m.Check(readers(lists))
			if (err == nil) != tt.ok {
				t.Errorf("Check = %v, want ok %v", err, tt.ok)
			}
		})
	}
}

// TestBuildRefuses is about manifests that Build must not make.
func TestBuildRefuses(t *testing.T) {
	tests := []struct {
		name string
		edit func(m *Manifest)
	}{
		{"a member of the scheme in Extra", func(m *Manifest) { m.Extra["strata"] = "x" }},
		{"nil in Extra", func(m *Manifest) { m.Extra["note"] = nil }},
		{"fraction in Extra", func(m *Manifest) { m.Extra["note"] = 0.5 }},
		{"not UTF-8", func(m *Manifest) { m.ID = "\xff" }},
		{"30 February", func(m *Manifest) { m.DiscloseBy = "2024-02-30" }},
		{"29 February of a common year", func(m *Manifest) { m.DiscloseBy = "2100-02-29" }},
		{"short date", func(m *Manifest) { m.DiscloseBy = "2024-2-29" }},
		{"previous that is no digest", func(m *Manifest) { m.Previous = "1" }},
		{"negative attempt", func(m *Manifest) { m.Attempt = -1 }},
		{"unknown disclosure", func(m *Manifest) { m.Disclosure = "never" }},
		{"secret names without a secret", func(m *Manifest) { m.Disclosure = DigestFirst; m.Seed = m.Seed[1:] }},
		{"first attempt with a previous", func(m *Manifest) { m.Previous = strings.Repeat("a", 64) }},
		{"second attempt without", func(m *Manifest) { m.Attempt = 2 }},
		{"year 0", func(m *Manifest) { m.DiscloseBy = "0000-01-01" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k := smallTargets()
			tt.edit(&k.m)
			if _, _, err := k.seal(); err == nil {
				t.Error("Build = nil, want an error")
			}
		})
	}
}
