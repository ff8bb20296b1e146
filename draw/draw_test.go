package draw

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// readers opens printed lists for one use.
func readers(lists map[File][]byte) Lists {
	r := func(f File) *bytes.Reader { return bytes.NewReader(lists[f]) }
	return Lists{r(TargetsFile), r(ExcludedFile), r(OfficersFile), r(RecusalsFile)}
}

// TestLotByHand holds the value that the worked cases give by hand, made with
// openssl from the seed that the result shows.
func TestLotByHand(t *testing.T) {
	seed, err := ParseSeed(SHA256, "43a81ee12ae0409834b16ac753c388dbcf33d3cebced2173977dcf2782acfa1a")
	if err != nil {
		t.Fatal(err)
	}
	lot := seed.Lot("target", "91130132MA01CYF422", "1")
	want := "c607fd350e8e933b372135c3ea10ac731310ce225e9f3bda02788f2d54fa8883"
	if got := hex.EncodeToString(lot[:]); got != want {
		t.Errorf("Lot = %s, want %s", got, want)
	}
}

// TestVerifyRefusesEveryByte changes, drops and doubles every byte of every
// file of two small draws.
func TestVerifyRefusesEveryByte(t *testing.T) {
	for _, k := range []kit{smallTargets(), smallMatch()} {
		t.Run(k.m.Scheme, func(t *testing.T) {
			t.Parallel()
			dir := k.folder(t)
			if err := Verify(dir); err != nil {
				t.Fatalf("Verify = %v, want nil", err)
			}
			for name, file := range dir {
				for i := range file.Data {
					for _, b := range changes(file.Data, i) {
						changed := maps.Clone(dir)
						changed[name] = &fstest.MapFile{Data: b}
						if err := Verify(changed); err == nil {
							t.Fatalf("Verify takes %s with byte %d changed: %q", name, i, b)
						}
					}
				}
			}
		})
	}
}

// changes returns b with byte i altered in several ways.
func changes(b []byte, i int) [][]byte {
	out := [][]byte{slices.Delete(slices.Clone(b), i, i+1), slices.Insert(slices.Clone(b), i, b[i])}
	for _, mask := range []byte{1, 2, 0x20, 0x80} {
		c := slices.Clone(b)
		c[i] ^= mask
		out = append(out, c)
	}
	return append(out, slices.Insert(slices.Clone(b), i, ' '))
}

// TestVerifyMissingFile names a file that is not there.
func TestVerifyMissingFile(t *testing.T) {
	whole := smallMatch().folder(t)
	for name := range whole {
		dir := maps.Clone(whole)
		delete(dir, name)
		if err := Verify(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Verify without %s = %v, want %v", name, err, fs.ErrNotExist)
		}
	}
}

// TestVerifyOutcome names the first place of difference.
func TestVerifyOutcome(t *testing.T) {
	tests := []struct{ name, from, to, want string }{
		{"another firm", `"drawn":["C2"]`, `"drawn":["C9"]`, `strata[1].drawn[0] 为 "C9"，应为 "C2"`},
		{"a firm too many", `"drawn":["C2"]`, `"drawn":["C2","C9"]`, `strata[1].drawn 有 2 项，应有 1 项`},
		{"another id", `"id":"130132-rs.small`, `"id":"x`, `id 为 "x.targets"，应为 "130132-rs.small.targets"`},
		{"a member too many", `"scheme"`, `"note":1,"scheme"`, `note 多余`},
		{"a member missing", `,"scheme":"suiji/targets/1"`, ``, `scheme 缺失`},
		{"another kind", `"drawn":["C2"]`, `"drawn":"C2"`, `strata[1].drawn 为 "C2"，应为 一个数组`},
		{"another form", `{"id"`, `{ "id"`, RuleCanonical.Sentence()},
	}
	m, lists, err := smallTargets().seal()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := DeriveSeed(m, smallTargets().reveal)
	if err != nil {
		t.Fatal(err)
	}
	result, err := Outcome(m, seed, readers(lists))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			changed := strings.Replace(string(result), tt.from, tt.to, 1)
			err := VerifyOutcome(m, seed, readers(lists), []byte(changed))
			if err == nil || !strings.HasSuffix(err.Error(), tt.want) {
				t.Errorf("VerifyOutcome = %v, want …%s", err, tt.want)
			}
		})
	}
	if err := VerifyOutcome(m, seed, readers(lists), result); err != nil {
		t.Errorf("VerifyOutcome = %v, want nil", err)
	}
}

func TestVerifySteps(t *testing.T) {
	k := smallTargets()
	dir := k.folder(t)
	m, err := VerifyManifest(dir[string(ManifestFile)].Data)
	if err != nil {
		t.Fatal(err)
	}
	reveal, err := VerifyReveal(m, dir[string(RevealFile)].Data)
	if err != nil {
		t.Fatal(err)
	}
	seed, err := VerifySeed(m, reveal, dir[string(ResultFile)].Data)
	if err != nil || len(seed.String()) != 64 {
		t.Errorf("VerifySeed = %s, %v", seed, err)
	}
	for _, result := range []string{`[]`, `{}`, `{"seed":1}`, `{"seed":"` + strings.Repeat("0", 64) + `"}`, `x`} {
		if _, err := VerifySeed(m, reveal, []byte(result)); err == nil {
			t.Errorf("VerifySeed(%s) = nil, want an error", result)
		}
	}
	var e *Error
	if _, err := VerifyManifest(append([]byte(" "), m.JSON()...)); !errors.As(err, &e) || e.Rule != RuleCanonical {
		t.Errorf("VerifyManifest with a space = %v, want %s", err, RuleCanonical)
	}
	if _, err := VerifyReveal(m, append([]byte(" "), dir[string(RevealFile)].Data...)); !errors.As(err, &e) || e.Rule != RuleCanonical {
		t.Errorf("VerifyReveal with a space = %v, want %s", err, RuleCanonical)
	}
}

// TestBuildKeepsBytes prints every worked manifest anew from its fields.
func TestBuildKeepsBytes(t *testing.T) {
	dirs := append(vectorDirs(t, ownVectors), vectorDirs(t, sharedVectors)...)
	for _, dir := range dirs {
		raw, err := os.ReadFile(filepath.Join(dir, string(ManifestFile)))
		if err != nil {
			t.Fatal(err)
		}
		m, err := ParseManifest(raw)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Build(m)
		if err != nil || !bytes.Equal(again.JSON(), m.JSON()) || again.Digest() != m.Digest() {
			t.Errorf("Build(ParseManifest(%s)) = %s, %v, want %s", dir, again.JSON(), err, m.JSON())
		}
	}
}

func TestParseResult(t *testing.T) {
	targets, match := smallTargets().folder(t)[string(ResultFile)].Data, smallMatch().folder(t)[string(ResultFile)].Data
	r, err := ParseTargetsResult(targets)
	if err != nil || len(r.Strata) != 2 || len(r.Strata[0].Drawn) != 2 {
		t.Errorf("ParseTargetsResult = %+v, %v", r, err)
	}
	x, err := ParseMatchResult(match)
	if err != nil || len(x.Matches) != 3 {
		t.Errorf("ParseMatchResult = %+v, %v", x, err)
	}
	for _, bad := range []string{string(match), `{}`, ` ` + string(targets), strings.Replace(string(targets), `"drawn"`, `"Drawn"`, 1)} {
		if _, err := ParseTargetsResult([]byte(bad)); err == nil {
			t.Errorf("ParseTargetsResult(%s) = nil, want an error", bad)
		}
	}
}

func TestVerifiable(t *testing.T) {
	bureau := Source{Name: "b", Kind: Committed, By: ByBureau}
	dice := Source{Name: "d", Kind: Public}
	tests := []struct {
		name   string
		seed   []Source
		reveal map[string]string
		want   bool
	}{
		{"the bureau alone", []Source{bureau}, nil, false},
		{"a witness", []Source{bureau, {Name: "w", Kind: Committed, By: ByWitness}}, nil, true},
		{"a beacon", []Source{bureau, {Name: "r", Kind: Drand}}, nil, true},
		{"a roll that is not known yet", []Source{bureau, dice}, nil, false},
		{"six digits", []Source{bureau, dice}, map[string]string{"d": "123456"}, false},
		{"49 dice", []Source{bureau, dice}, map[string]string{"d": strings.Repeat("3", 49)}, false},
		{"50 dice", []Source{bureau, dice}, map[string]string{"d": strings.Repeat("3", 50)}, true},
		{"39 digits", []Source{bureau, dice}, map[string]string{"d": strings.Repeat("90", 20)[:39]}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := (Manifest{Seed: tt.seed}).Verifiable(tt.reveal); got != tt.want {
				t.Errorf("Verifiable(%v) = %v, want %v", tt.reveal, got, tt.want)
			}
		})
	}
}

func TestParts(t *testing.T) {
	list := []byte("aaaa\nb\ncc\n\nddddddd\n")
	for n := 1; n < 9; n++ {
		parts := Parts(list, n)
		if got := bytes.Join(parts, nil); !bytes.Equal(got, list) || len(parts) > n {
			t.Errorf("Parts(%d) = %q", n, parts)
		}
		for _, p := range parts {
			if !bytes.HasSuffix(p, []byte("\n")) {
				t.Errorf("Parts(%d) cuts a line: %q", n, p)
			}
		}
	}
	if got := Parts(nil, 2); len(got) != 0 {
		t.Errorf("Parts(nil) = %q, want none", got)
	}
}

// TestMergeRefuses finds what is wrong between two parts.
func TestMergeRefuses(t *testing.T) {
	m, _, err := smallTargets().seal()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, left, right string
		want              Rule
	}{
		{"parts swapped", "C3\tA\t1\n", "C1\tA\t1\n", RuleOrder},
		{"firm in both", "C1\tA\t1\n", "C1\tB\t1\n", RuleTwice},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, b := NewPicker(m, testSeed(SHA256, 1)), NewPicker(m, testSeed(SHA256, 1))
			for p, list := range map[*Picker]string{a: tt.left, b: tt.right} {
				if err := p.AddList(strings.NewReader(list)); err != nil {
					t.Fatal(err)
				}
			}
			var e *Error
			if err := a.Merge(b); !errors.As(err, &e) || e.Rule != tt.want || e.Line != 2 {
				t.Errorf("Merge = %v, want line 2, %s", err, tt.want)
			}
		})
	}
}

// TestLongLine gives lists lines beyond the buffer and beyond the limit.
func TestLongLine(t *testing.T) {
	long := strings.Repeat("x", 100<<10) + "\n"
	got, err := SealList(SHA256, TargetsFile, strings.NewReader(long+"y\n"))
	if want := rawListing(SHA256, []byte(long+"y\n")); err != nil || !cmp.Equal(got, want) {
		t.Errorf("SealList = %v, %v, want %v", got, err, want)
	}
	var e *Error
	_, err = SealList(SHA256, TargetsFile, strings.NewReader("a\n"+strings.Repeat("x", 2<<20)))
	if !errors.As(err, &e) || e.Line != 2 || e.Rule != RuleLine {
		t.Errorf("SealList = %v, want line 2 refused", err)
	}
	_, err = SealList(SHA256, TargetsFile, strings.NewReader(strings.Repeat("x", 100<<10)))
	if !errors.As(err, &e) || e.Line != 1 {
		t.Errorf("SealList = %v, want line 1 refused", err)
	}
}

// brokenReader fails after its text.
type brokenReader struct{ text *strings.Reader }

var errDisk = errors.New("disk gone")

func (b brokenReader) Read(p []byte) (int, error) {
	if b.text.Len() == 0 {
		return 0, errDisk
	}
	return b.text.Read(p)
}

func TestReaderErrorsPass(t *testing.T) {
	m, _, err := smallTargets().seal()
	if err != nil {
		t.Fatal(err)
	}
	r := func() brokenReader { return brokenReader{strings.NewReader("C1\tA\t1\n")} }
	if _, err := Targets(m, testSeed(SHA256, 1), r()); !errors.Is(err, errDisk) {
		t.Errorf("Targets = %v, want %v", err, errDisk)
	}
	if err := m.CheckLists(Lists{Targets: r()}); !errors.Is(err, errDisk) {
		t.Errorf("CheckLists = %v, want %v", err, errDisk)
	}
	if err := m.CheckLists(Lists{Excluded: r()}); err == nil {
		t.Error("CheckLists of a broken list = nil, want an error")
	}
}

func ExampleCompute() {
	dir := os.DirFS("../docs/spec/vectors/targets-small")
	result, err := Compute(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := ParseTargetsResult(result)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range r.Strata {
		fmt.Println(s.Name, s.Drawn)
	}
	// Output:
	// D [91130132MA0PU5UPXM 91130132MA0KG82BYL 91130132MA0EJHGP93]
	// C [91130132MA0NYX5TL2 91130132MA0EHJY1PN]
	// B [91130132MA08J96CCY]
	// A [91130132MA01CYF422]
}

func ExampleSeed_Lot() {
	seed, err := ParseSeed("sha256", "43a81ee12ae0409834b16ac753c388dbcf33d3cebced2173977dcf2782acfa1a")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%x\n", seed.Lot("target", "91130132MA01CYF422", "1"))
	// Output: c607fd350e8e933b372135c3ea10ac731310ce225e9f3bda02788f2d54fa8883
}

func ExampleBuild() {
	list := PrintList([]string{TargetLine("91130132MA01CYF422", "A", 1), TargetLine("91130132MA0GKTB2TK", "A", 2)})
	targets, err := SealList("sha256", TargetsFile, bytes.NewReader(list))
	if err != nil {
		fmt.Println(err)
		return
	}
	excluded, err := SealList("sha256", ExcludedFile, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := Build(Manifest{
		Scheme: TargetsScheme, Hash: "sha256", ID: "130132-rs.2022-1.targets", Attempt: 1, Disclosure: AtOnce,
		Targets: targets, Excluded: excluded,
		Strata: []Stratum{{Name: "A", Draw: 1, Reserve: 1}},
		Seed:   []Source{{Name: "dice", Kind: Public, How: "fifty dice"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Check(Lists{Targets: bytes.NewReader(list)}))
	fmt.Println(m.Digest())
	// Output:
	// <nil>
	// 52b6b73296ef818b1e62424fe87ccc27281c54c33f72bf66a2e6496aedf6d040
}
