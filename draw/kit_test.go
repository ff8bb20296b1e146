package draw

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"suiji/internal/canon"
)

// kit is everything a draw is made of, before it is sealed.
type kit struct {
	m      Manifest // without listings and commitments
	lines  map[File][]string
	reveal map[string]string
}

// lists returns the file names of the kit's scheme.
func (k kit) lists() []File {
	if k.m.Scheme == TargetsScheme {
		return []File{TargetsFile, ExcludedFile}
	}
	return []File{TargetsFile, OfficersFile, RecusalsFile}
}

// seal prints the lists and builds the manifest.
func (k kit) seal() (Manifest, map[File][]byte, error) {
	m := k.m
	m.Seed = append([]Source(nil), k.m.Seed...)
	for i, s := range m.Seed {
		if s.Kind == Committed {
			m.Seed[i].Commitment = canon.Commitment(m.Hash, s.Name, k.reveal[s.Name])
		}
	}
	printed := map[File][]byte{}
	at := map[File]*Listing{TargetsFile: &m.Targets, ExcludedFile: &m.Excluded, OfficersFile: &m.Officers, RecusalsFile: &m.Recusals}
	for _, f := range k.lists() {
		printed[f] = PrintList(k.lines[f])
		listing, err := SealList(m.Hash, f, bytes.NewReader(printed[f]))
		if err != nil {
			return Manifest{}, nil, err
		}
		*at[f] = listing
	}
	m, err := Build(m)
	return m, printed, err
}

// folder returns the case folder, with the result if there is one.
func (k kit) folder(t testing.TB) fstest.MapFS {
	t.Helper()
	dir := k.question(t)
	if result, err := Compute(dir); err == nil {
		dir[string(ResultFile)] = &fstest.MapFile{Data: result}
	}
	return dir
}

// question returns the case folder without the result.
func (k kit) question(t testing.TB) fstest.MapFS {
	t.Helper()
	m, lists, err := k.seal()
	if err != nil {
		t.Fatal(err)
	}
	dir := fstest.MapFS{string(ManifestFile): {Data: m.JSON()}}
	for f, b := range lists {
		dir[string(f)] = &fstest.MapFile{Data: b}
	}
	reveal, err := canon.JSON(k.reveal)
	if err != nil {
		t.Fatal(err)
	}
	dir[string(RevealFile)] = &fstest.MapFile{Data: reveal}
	return dir
}

// reseal puts the count and root of every list of dir, whatever it says, into
// the manifest, so that a broken list is found by its own fault.
func reseal(t testing.TB, dir fstest.MapFS) {
	t.Helper()
	editManifest(t, dir, func(o map[string]any) {
		for _, f := range []File{TargetsFile, ExcludedFile, OfficersFile, RecusalsFile} {
			if file, ok := dir[string(f)]; ok {
				l := rawListing(Hash(o["hash"].(string)), file.Data)
				o[strings.TrimSuffix(string(f), ".tsv")] = l.members()
			}
		}
	})
}

// editManifest changes the manifest's members.
func editManifest(t testing.TB, dir fstest.MapFS, edit func(o map[string]any)) {
	t.Helper()
	v, err := canon.Parse(dir[string(ManifestFile)].Data)
	if err != nil {
		t.Fatal(err)
	}
	edit(v.(map[string]any))
	raw, err := canon.JSON(v)
	if err != nil {
		t.Fatal(err)
	}
	dir[string(ManifestFile)] = &fstest.MapFile{Data: raw}
}

// rawListing seals bytes as if they were a list.
func rawListing(h Hash, b []byte) Listing {
	root := canon.NewRoot(h)
	for _, line := range strings.Split(strings.TrimSuffix(string(b), "\n"), "\n") {
		if len(b) > 0 {
			root.Add([]byte(line))
		}
	}
	return Listing{root.Count(), hex.EncodeToString(root.Sum())}
}

// newRand returns a fixed sequence of random numbers.
func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x5375696a69)) }

// between returns a number of low … high.
func between(r *rand.Rand, low, high int) int { return low + r.IntN(high-low+1) }

// randomID returns identifiers of every length and character, mostly codes.
func randomID(r *rand.Rand) string {
	const plain = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	const any = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._-"
	if r.IntN(3) > 0 {
		b := []byte("91130132MA")
		for range 8 {
			b = append(b, plain[r.IntN(len(plain))])
		}
		return string(b)
	}
	var b []byte
	for range between(r, 1, 40) {
		b = append(b, any[r.IntN(len(any))])
	}
	return string(b)
}

// randomIDs returns n different identifiers.
func randomIDs(r *rand.Rand, n int) []string {
	seen := map[string]bool{}
	var out []string
	for len(out) < n {
		if id := randomID(r); !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

// randomSecret returns 64 hexadecimal digits.
func randomSecret(r *rand.Rand) string {
	b := make([]byte, canon.Size)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return hex.EncodeToString(b)
}

// randomSources gives k one to four sources, the first the bureau's.
func randomSources(r *rand.Rand, k *kit) {
	k.m.Seed = []Source{{Name: "bureau", Kind: Committed, By: ByBureau}}
	k.reveal = map[string]string{"bureau": randomSecret(r)}
	if r.IntN(2) == 0 {
		k.m.Seed = append(k.m.Seed, Source{Name: "witness-1", Kind: Committed, By: ByWitness})
		k.reveal["witness-1"] = randomSecret(r)
	}
	if r.IntN(2) == 0 {
		k.m.Seed = append(k.m.Seed, Source{Name: "dice", Kind: Public, How: "掷骰子五十次"})
		k.reveal["dice"] = fmt.Sprint(r.Uint64(), ",a-Z_.", r.Uint32())
	}
	if r.IntN(50) == 0 {
		k.m.Seed = append(k.m.Seed, Source{Name: "drand", Kind: Drand, Chain: strings.Repeat("5a", 32), Round: 1 + r.IntN(1e6)})
		k.reveal["drand"] = randomSecret(r)
	}
	r.Shuffle(len(k.m.Seed), func(i, j int) { k.m.Seed[i], k.m.Seed[j] = k.m.Seed[j], k.m.Seed[i] })
}

// randomFrame makes a kit without lists.
func randomFrame(r *rand.Rand, scheme string) kit {
	k := kit{lines: map[File][]string{}, m: Manifest{
		Scheme: scheme, Hash: []Hash{SHA256, SM3}[r.IntN(2)], ID: "130132-rs.random-" + strconv.Itoa(r.IntN(1e6)),
		Attempt: 1, Disclosure: AtOnce,
		Extra: map[string]any{"title": []string{"双随机、一公开", "\t\u0007\"\\/", "㐂𠮷\ufb33", "\u2028<&>\u007f"}[r.IntN(4)]},
	}}
	if r.IntN(4) == 0 {
		k.m.Extra["\ufb33"], k.m.Extra["𠮷"] = true, []any{map[string]any{"b": -7, "a": 1<<53 - 1}}
	}
	randomSources(r, &k)
	return k
}

// randomTargets makes a draw of firms of at most most firms.
func randomTargets(r *rand.Rand, most int) kit {
	k := randomFrame(r, TargetsScheme)
	names := []string{"A", "B", "C", "D1", "高风险"}[:between(r, 1, 5)]
	sizes := map[string]int{}
	ids := randomIDs(r, r.IntN(most+1)+r.IntN(4))
	out := r.IntN(len(ids)/4 + 1)
	for _, id := range ids[out:] {
		name := names[r.IntN(len(names))]
		sizes[name]++
		tickets := 1
		if r.IntN(2) == 0 {
			tickets = between(r, 1, 12)
		}
		k.lines[TargetsFile] = append(k.lines[TargetsFile], TargetLine(id, name, tickets))
	}
	for _, id := range ids[:out] {
		k.lines[ExcludedFile] = append(k.lines[ExcludedFile], ExcludedLine(id, []string{"cap", "closed", "in-other-plan", "9"}[r.IntN(4)]))
	}
	for _, name := range names {
		k.m.Strata = append(k.m.Strata, Stratum{name, r.IntN(sizes[name] + 1), r.IntN(5)})
	}
	return k
}

// randomMatch makes a match of at most most firms. It may turn out not to be
// feasible.
func randomMatch(r *rand.Rand, most int) kit {
	k := randomFrame(r, MatchScheme)
	var names []string
	for _, name := range []string{"rs", "market", "fire.1"}[:between(r, 1, 3)] {
		names = append(names, name)
		k.m.Slots = append(k.m.Slots, Slot{name, between(r, 2, 3)})
	}
	k.m.Mode, k.m.Reserve = Each, r.IntN(4)
	if r.IntN(3) == 0 {
		k.m.Mode, k.m.Teams = Teams, between(r, 1, 4)
	}
	officers := randomIDs(r, between(r, 4, 16))
	firms := randomIDs(r, r.IntN(most+1))
	for _, id := range officers {
		k.lines[OfficersFile] = append(k.lines[OfficersFile], SlotsLine(id, someOf(r, names, 2)))
	}
	for _, id := range firms {
		k.lines[TargetsFile] = append(k.lines[TargetsFile], SlotsLine(id, someOf(r, names, 3)))
	}
	pairs := map[string]bool{}
	for range r.IntN(len(firms) + 2) {
		firm := "not-drawn"
		if len(firms) > 0 && r.IntN(9) > 0 {
			firm = firms[r.IntN(len(firms))]
		}
		pairs[RecusalLine(officers[r.IntN(len(officers))], firm)] = true
	}
	for pair := range pairs {
		k.lines[RecusalsFile] = append(k.lines[RecusalsFile], pair)
	}
	return k
}

// someOf returns one or more of names in any order, each left out with a
// chance of one in odds.
func someOf(r *rand.Rand, names []string, odds int) []string {
	var out []string
	for _, i := range r.Perm(len(names)) {
		if r.IntN(odds) > 0 {
			out = append(out, names[i])
		}
	}
	if len(out) == 0 {
		out = append(out, names[r.IntN(len(names))])
	}
	return out
}
