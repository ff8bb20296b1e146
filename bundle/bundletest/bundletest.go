// Package bundletest makes finished draws, and bundles of them, for tests.
package bundletest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"suiji/bundle"
	"suiji/draw"
	"suiji/ledger"
	"suiji/randomness"
)

// Origin is the tree that Prove makes.
const Origin = "suiji/130132-rs"

// Draw is one finished draw with everything but its ledger.
type Draw struct {
	Name   string
	ID     string
	Bundle bundle.Bundle // Ledger is empty
	Public []string      // public sources, in the manifest's order
	Acts   []Act         // what belongs in the ledger, in its order
	At     time.Time     // of its seal
}

// Act is one entry to be made.
type Act struct {
	Type ledger.Type
	Data map[string]any
}

// Draws returns draws of both schemes, under both hashes, disclosed at once
// and later, with every kind of source; the last one has a beacon.
func Draws(t testing.TB) []Draw {
	t.Helper()
	return []Draw{
		Firms(t, "firms-sha256-at-once", draw.SHA256, draw.AtOnce),
		Firms(t, "firms-sm3-digest-first", draw.SM3, draw.DigestFirst),
		Match(t, "match-sha256-each", draw.SHA256, draw.Each),
		Match(t, "match-sm3-teams", draw.SM3, draw.Teams),
		Beacon(t),
	}
}

// Two rounds of drand's chain quicknet as they were published; the second is
// no part of any draw.
const (
	BeaconRound     = 1000
	BeaconSignature = "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"
	OtherRound      = 1000000
	OtherSignature  = "83ad29e4c409f9470fc2ef02f90214df49e02b441a1a241a82d622d9f608ef98fd8b11a029f1bee9d9e83b45088abe72"
)

// Beacon draws firms with a beacon among the sources, which came out three
// minutes after the seal.
func Beacon(t testing.TB) Draw { return beacon(t, "firms-beacon", BeaconRound) }

// Unsigned is the same with everything made to fit but the signature, which
// is not the chain's for the round: only BLS tells.
func Unsigned(t testing.TB) Draw { return beacon(t, "firms-unsigned", BeaconRound+1) }

func beacon(t testing.TB, name string, round int) Draw {
	t.Helper()
	return firms(t, name, draw.Manifest{Hash: draw.SM3, Disclosure: draw.AtOnce,
		Seed: []draw.Source{{Name: "drand", Kind: draw.Drand, Chain: randomness.Quicknet.Hash, Round: round}}}, 12)
}

// valueOf is the randomness that a signature gives, whosever it is.
func valueOf(t testing.TB, signature string) string {
	t.Helper()
	raw, err := hex.DecodeString(signature)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// secret is 32 bytes that depend on the draw and the source alone, so that a
// failing test fails again.
func secret(id, source string) string {
	sum := sha256.Sum256([]byte(id + " " + source))
	return hex.EncodeToString(sum[:])
}

// sources returns the seed's sources and what they reveal.
func sources(h draw.Hash, id string) ([]draw.Source, map[string]string) {
	reveal := map[string]string{
		"bureau": secret(id, "bureau"), "witness": secret(id, "witness"),
		"dice": "3,1,4,1,5", "balls": "07-11-23",
	}
	commit := func(name, by string) draw.Source {
		return draw.Source{Name: name, Kind: draw.Committed, By: by, Commitment: randomness.Commit(h, name, reveal[name])}
	}
	return []draw.Source{
		commit("bureau", draw.ByBureau),
		{Name: "dice", Kind: draw.Public, How: "5 dice"},
		commit("witness", draw.ByWitness),
		{Name: "balls", Kind: draw.Public, How: "three balls"},
	}, reveal
}

// Firms draws firms from two strata.
func Firms(t testing.TB, name string, h draw.Hash, d draw.Disclosure) Draw {
	t.Helper()
	return firms(t, name, draw.Manifest{Hash: h, Disclosure: d}, 12)
}

// Many draws from n firms, at once.
func Many(t testing.TB, n int, h draw.Hash) Draw {
	t.Helper()
	return firms(t, fmt.Sprintf("firms-%d", n), draw.Manifest{Hash: h, Disclosure: draw.AtOnce}, n)
}

// firms draws from n firms as m says.
func firms(t testing.TB, name string, m draw.Manifest, n int) Draw {
	t.Helper()
	h := m.Hash
	var targets []string
	for i := range n {
		targets = append(targets, draw.TargetLine(fmt.Sprintf("91130132MA%08d", i), "AB"[i%2:i%2+1], 1+i%3))
	}
	lists := map[draw.File][]byte{
		draw.TargetsFile:  draw.PrintList(targets),
		draw.ExcludedFile: draw.PrintList([]string{draw.ExcludedLine("91130132MA99999999", "closed")}),
	}
	return finish(t, name, lists, draw.Manifest{
		Scheme: draw.TargetsScheme, Hash: h, ID: "130132-rs." + name, Attempt: 1, Seed: m.Seed,
		Disclosure: m.Disclosure, DiscloseBy: "2022-09-30",
		Targets: seal(t, h, draw.TargetsFile, lists), Excluded: seal(t, h, draw.ExcludedFile, lists),
		Strata: []draw.Stratum{{Name: "A", Draw: 3, Reserve: 2}, {Name: "B", Draw: 2, Reserve: 0}},
		Extra:  map[string]any{"title": "双随机抽查"},
	})
}

// Match draws officers for four firms.
func Match(t testing.TB, name string, h draw.Hash, mode draw.Mode) Draw {
	t.Helper()
	var targets, officers []string
	for i := range 4 {
		targets = append(targets, draw.SlotsLine(fmt.Sprintf("91130132MA%08d", i), []string{"rs"}))
	}
	for i := range 7 {
		officers = append(officers, draw.SlotsLine(fmt.Sprintf("A%03d", i), []string{"rs"}))
	}
	lists := map[draw.File][]byte{
		draw.TargetsFile: draw.PrintList(targets), draw.OfficersFile: draw.PrintList(officers),
		draw.RecusalsFile: draw.PrintList([]string{draw.RecusalLine("A003", "91130132MA00000001")}),
	}
	m := draw.Manifest{
		Scheme: draw.MatchScheme, Hash: h, ID: "130132-rs." + name, Attempt: 1,
		Disclosure: draw.AfterCheck, DiscloseBy: "2022-09-30",
		Targets: seal(t, h, draw.TargetsFile, lists), Officers: seal(t, h, draw.OfficersFile, lists),
		Recusals: seal(t, h, draw.RecusalsFile, lists),
		Slots:    []draw.Slot{{Name: "rs", Size: 2}}, Mode: mode, Reserve: 1,
	}
	if mode == draw.Teams {
		m.Teams = 3
	}
	return finish(t, name, lists, m)
}

func seal(t testing.TB, h draw.Hash, f draw.File, lists map[draw.File][]byte) draw.Listing {
	t.Helper()
	l, err := draw.SealList(h, f, bytes.NewReader(lists[f]))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// finish seals the manifest, reveals, and works out the result.
func finish(t testing.TB, name string, lists map[draw.File][]byte, m draw.Manifest) Draw {
	t.Helper()
	at, beacons := time.Date(2022, 6, 6, 1, 2, 3, 0, time.UTC), []byte(nil)
	own, reveal := sources(m.Hash, m.ID)
	further := m.Seed
	m.Seed = own
	for _, s := range further {
		m.Seed, reveal[s.Name] = append(m.Seed, s), valueOf(t, BeaconSignature)
		at, beacons = randomness.Quicknet.Time(s.Round).Add(-3*time.Minute), JSON(t, map[string]string{s.Name: BeaconSignature})
	}
	m, err := draw.Build(m)
	if err != nil {
		t.Fatal(err)
	}
	read := draw.Lists{
		Targets: bytes.NewReader(lists[draw.TargetsFile]), Excluded: bytes.NewReader(lists[draw.ExcludedFile]),
		Officers: bytes.NewReader(lists[draw.OfficersFile]), Recusals: bytes.NewReader(lists[draw.RecusalsFile]),
	}
	seed, err := draw.DeriveSeed(m, reveal)
	if err != nil {
		t.Fatal(err)
	}
	result, err := draw.Outcome(m, seed, read)
	if err != nil {
		t.Fatal(err)
	}
	d := Draw{Name: name, ID: m.ID, At: at, Bundle: bundle.Bundle{
		Scheme: m.Scheme, Manifest: m.JSON(), Reveal: JSON(t, reveal), Beacon: beacons, Result: result,
		Targets: bundle.Bytes(lists[draw.TargetsFile]), Excluded: bundle.Bytes(lists[draw.ExcludedFile]),
		Officers: bundle.Bytes(lists[draw.OfficersFile]), Recusals: bundle.Bytes(lists[draw.RecusalsFile]),
	}}
	d.act(m, seed, reveal)
	return d
}

// act lists what the ledger must say of the draw.
func (d *Draw) act(m draw.Manifest, seed draw.Seed, reveal map[string]string) {
	d.Acts = []Act{{ledger.RoundSealed, map[string]any{"manifest": m.Digest()}}}
	for _, s := range m.Seed {
		if s.Kind != draw.Public {
			continue
		}
		data := map[string]any{"source": s.Name, "digest": m.Hash.Hex([]byte(reveal[s.Name]))}
		if m.Disclosure == draw.AtOnce {
			data = map[string]any{"source": s.Name, "value": reveal[s.Name]}
		}
		d.Public = append(d.Public, s.Name)
		d.Acts = append(d.Acts, Act{ledger.RoundRolled, data})
	}
	d.Acts = append(d.Acts, Act{ledger.RoundDrawn, map[string]any{
		"seed":   m.Hash.Hex([]byte(seed.String())),
		"reveal": m.Hash.Hex(d.Bundle.Reveal),
		"result": m.Hash.Hex(d.Bundle.Result),
	}})
}

// JSON prints canonical JSON.
func JSON(t testing.TB, v any) []byte {
	t.Helper()
	e, err := ledger.New("t", time.Unix(0, 0), "s", map[string]any{"v": v})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := e.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	raw = bytes.TrimPrefix(raw, []byte(`{"at":"1970-01-01T00:00:00Z","data":{"v":`))
	return bytes.TrimSuffix(raw, []byte(`},"subject":"s","type":"t","v":1}`))
}

// Zip writes a bundle in memory.
func Zip(t testing.TB, b bundle.Bundle) []byte {
	t.Helper()
	var w bytes.Buffer
	if err := bundle.Write(&w, b); err != nil {
		t.Fatal(err)
	}
	return w.Bytes()
}

// Entries returns the draw's entries a minute apart.
func (d Draw) Entries(t testing.TB) []ledger.Entry {
	t.Helper()
	at := d.At
	var out []ledger.Entry
	for _, a := range d.Acts {
		e, err := ledger.New(a.Type, at, d.ID, a.Data)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e)
		at = at.Add(time.Minute)
	}
	return out
}

// tree is a tree's stored hashes.
type tree []ledger.Hash

// ReadHashes returns the hashes at the places.
func (r tree) ReadHashes(places []int64) ([]ledger.Hash, error) {
	out := make([]ledger.Hash, len(places))
	for i, p := range places {
		out[i] = r[p]
	}
	return out, nil
}

// Prove puts the entries into a tree of their own, in the order given, with
// strangers between, and returns the evidence. seed makes the key: the same
// one for the same seed.
func Prove(t testing.TB, seed byte, entries []ledger.Entry) ledger.Evidence {
	t.Helper()
	signerKey, key, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{seed}, 64)), Origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(signerKey)
	if err != nil {
		t.Fatal(err)
	}
	var f ledger.Frontier
	var r tree
	v := ledger.Evidence{Key: key}
	for i, e := range entries {
		r = append(r, f.Add(ledger.LeafHash(fmt.Append(nil, "stranger", i)))...)
		v.Entries = append(v.Entries, ledger.Proven{Entry: e, Index: f.Size()})
		leaf, err := e.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		r = append(r, f.Add(ledger.LeafHash(leaf))...)
	}
	for i := range v.Entries {
		if v.Entries[i].Proof, err = tlog.ProveRecord(f.Size(), v.Entries[i].Index, r); err != nil {
			t.Fatal(err)
		}
	}
	c := ledger.Checkpoint{Origin: Origin, Size: f.Size(), Root: f.Root()}
	if v.Checkpoint, err = c.Sign(signer); err != nil {
		t.Fatal(err)
	}
	return v
}

// With returns the draw's bundle with the evidence in it.
func (d Draw) With(t testing.TB, v ledger.Evidence) bundle.Bundle {
	t.Helper()
	raw, err := v.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	b := d.Bundle
	b.Ledger = raw
	return b
}

// Whole returns the draw's bundle as the office would hand it out.
func (d Draw) Whole(t testing.TB) bundle.Bundle {
	t.Helper()
	return d.With(t, Prove(t, 1, d.Entries(t)))
}
