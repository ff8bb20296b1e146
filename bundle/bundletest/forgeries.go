package bundletest

import (
	"archive/zip"
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"suiji/bundle"
	"suiji/draw"
	"suiji/ledger"
	"suiji/randomness"
)

// Forgery is a bundle that must be refused at a step.
type Forgery struct {
	Name string
	Raw  []byte
	Step string
}

// Forgeries returns bundles with one thing wrong each, otherwise well made:
// checksums, and where they are not what is wrong, signatures hold.
func Forgeries(t testing.TB) []Forgery {
	t.Helper()
	d := Draws(t)[1]
	whole := d.Whole(t)
	var out []Forgery
	for _, group := range [][]change{d.manifests(t), d.contents(t), d.ledgers(t)} {
		for _, c := range group {
			out = append(out, Forgery{c.name, Zip(t, Replace(whole, c.file, c.content)), c.step})
		}
	}
	out = append(out, beacons(t)...)
	out = append(out, Forgery{"a beacon without its signature", Zip(t, withBeacon(t, Draws(t)[0])), bundle.StepBeacon})
	return append(out, containers(t)...)
}

// change is a file's new content and the step that must find it.
type change struct {
	name, file, step string
	content          []byte
}

// instead returns content with one piece replaced.
func instead(t testing.TB, content []byte, old, new string) []byte {
	t.Helper()
	out := bytes.Replace(content, []byte(old), []byte(new), 1)
	if bytes.Equal(out, content) {
		t.Fatalf("%q is not in %s", old, content)
	}
	return out
}

func (d Draw) manifests(t testing.TB) []change {
	m := d.Bundle.Manifest
	const f = "manifest.json"
	return []change{
		{"unknown scheme", f, "manifest", instead(t, m, "targets/1", "targets/2")},
		{"the other scheme", f, "container", instead(t, m, "targets/1", "match/1")},
		{"a space", f, "manifest", instead(t, m, "{", "{ ")},
		{"no JSON", f, "manifest", []byte("x")},
		{"an array", f, "manifest", []byte("[]")},
		{"a member twice", f, "manifest", instead(t, m, "{", `{"attempt":1,`)},
		{"a further member", f, "seed", instead(t, m, `{"attempt"`, `{"aaa":1,"attempt"`)},
		{"a quota changed", f, "seed", instead(t, m, `"draw":3`, `"draw":2`)},
		{"a quota beyond the stratum", f, "lists", instead(t, m, `"draw":3`, `"draw":7`)},
	}
}

func (d Draw) contents(t testing.TB) []change {
	all := Files(t, d.Bundle)
	targets, reveal, result := all["targets.tsv"], d.Bundle.Reveal, d.Bundle.Result
	line := targets[:bytes.IndexByte(targets, '\n')+1]
	return []change{
		{"a firm vanished", "targets.tsv", "lists", targets[len(line):]},
		{"a firm came twice", "targets.tsv", "lists", append(bytes.Clone(line), targets...)},
		{"an exclusion vanished", "excluded.tsv", "lists", nil},
		{"another secret", "reveal.json", "commitments", otherSecret(t, reveal)},
		{"another roll", "reveal.json", "seed", instead(t, reveal, "3,1,4,1,5", "3,1,4,1,6")},
		{"a roll out of form", "reveal.json", "commitments", instead(t, reveal, "3,1,4,1,5", "3 1 4 1 5")},
		{"a source too much", "reveal.json", "commitments", instead(t, reveal, `{`, `{"a":"1",`)},
		{"another seed", "result.json", "seed", instead(t, result, `"seed":"`, `"seed":"0`)},
		{"two firms changed places", "result.json", "outcome", swapDrawn(t, result)},
		{"result with a further member", "result.json", "outcome", instead(t, result, `{`, `{"a":1,`)},
	}
}

func (d Draw) ledgers(t testing.TB) []change {
	entries := d.Entries(t)
	last := len(entries) - 1
	forged := func(name, step string, entries []ledger.Entry) change {
		return change{name, "ledger.json", step, d.With(t, Prove(t, 1, entries)).Ledger}
	}
	altered := func(name, step string, i int, change func(e *ledger.Entry)) change {
		entries := d.Entries(t)
		change(&entries[i])
		return forged(name, step, entries)
	}
	return []change{
		{"ledger of another draw", "ledger.json", "proofs", Draws(t)[0].Whole(t).Ledger},
		{"a further member", "ledger.json", "proofs", instead(t, d.Whole(t).Ledger, `{`, `{"a":1,`)},
		{"index goes back", "ledger.json", "order", reorder(t, d)},
		forged("no entry", "proofs", nil),
		forged("the seal is missing", "proofs", entries[1:]),
		forged("the draw is missing", "proofs", entries[:last]),
		forged("a roll is missing", "proofs", slices.Delete(d.Entries(t), 1, 2)),
		forged("rolls in another order", "proofs", []ledger.Entry{entries[0], entries[2], entries[1], entries[3]}),
		forged("an entry twice", "proofs", append(d.Entries(t), entries[last])),
		altered("another subject", "proofs", 0, func(e *ledger.Entry) { e.Subject += "x" }),
		altered("a further member of data", "proofs", last, func(e *ledger.Entry) { e.Data["x"] = []any{} }),
		altered("data of another sort", "proofs", last, func(e *ledger.Entry) { e.Data["seed"] = []any{} }),
		altered("value though under embargo", "proofs", 1, func(e *ledger.Entry) { e.Data = map[string]any{"source": "dice", "value": "3,1,4,1,5"} }),
		altered("time goes back", "order", 2, func(e *ledger.Entry) { e.At = e.At.Add(-time.Hour) }),
	}
}

// Files returns the files of a bundle that are not empty.
func Files(t testing.TB, b bundle.Bundle) map[string][]byte {
	t.Helper()
	out := map[string][]byte{"manifest.json": b.Manifest, "reveal.json": b.Reveal, "result.json": b.Result, "ledger.json": b.Ledger}
	for name, l := range map[string]bundle.List{"targets.tsv": b.Targets, "excluded.tsv": b.Excluded, "officers.tsv": b.Officers, "recusals.tsv": b.Recusals} {
		var w bytes.Buffer
		if err := l(&w); err != nil {
			t.Fatal(err)
		}
		if w.Len() > 0 {
			out[name] = w.Bytes()
		}
	}
	if len(b.Beacon) > 0 {
		out["beacon.json"] = b.Beacon
	}
	return out
}

// Replace returns b with one file replaced.
func Replace(b bundle.Bundle, name string, content []byte) bundle.Bundle {
	switch name {
	case "manifest.json":
		b.Manifest = content
	case "reveal.json":
		b.Reveal = content
	case "beacon.json":
		b.Beacon = content
	case "result.json":
		b.Result = content
	case "ledger.json":
		b.Ledger = content
	case "targets.tsv":
		b.Targets = bundle.Bytes(content)
	case "excluded.tsv":
		b.Excluded = bundle.Bytes(content)
	case "officers.tsv":
		b.Officers = bundle.Bytes(content)
	case "recusals.tsv":
		b.Recusals = bundle.Bytes(content)
	}
	return b
}

// otherSecret reveals another secret of the bureau, in its right form.
func otherSecret(t testing.TB, raw []byte) []byte {
	t.Helper()
	reveal, err := draw.ParseReveal(raw)
	if err != nil {
		t.Fatal(err)
	}
	reveal["bureau"] = strings.Repeat("0", 64)
	return JSON(t, reveal)
}

// swapDrawn gives the first two firms of a stratum each other's rank.
func swapDrawn(t testing.TB, result []byte) []byte {
	t.Helper()
	r, err := draw.ParseTargetsResult(result)
	if err != nil {
		t.Fatal(err)
	}
	d := r.Strata[0].Drawn
	d[0], d[1] = d[1], d[0]
	out, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// reorder proves the draw's entries in a tree where the roll of the balls
// came before the seal.
func reorder(t testing.TB, d Draw) []byte {
	t.Helper()
	entries := d.Entries(t)
	for i := range entries {
		entries[i].At = entries[0].At
	}
	v := Prove(t, 1, []ledger.Entry{entries[2], entries[0], entries[1], entries[3]})
	v.Entries = []ledger.Proven{v.Entries[1], v.Entries[2], v.Entries[0], v.Entries[3]}
	return d.With(t, v).Ledger
}

// withBeacon returns the draw's bundle with a source more, a beacon, whose
// signature is missing.
func withBeacon(t testing.TB, d Draw) bundle.Bundle {
	t.Helper()
	m, err := draw.ParseManifest(d.Bundle.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	m.Seed = append(m.Seed, draw.Source{Name: "drand", Kind: draw.Drand, Chain: "x", Round: 1})
	if m, err = draw.Build(m); err != nil {
		t.Fatal(err)
	}
	reveal, err := draw.ParseReveal(d.Bundle.Reveal)
	if err != nil {
		t.Fatal(err)
	}
	reveal["drand"] = strings.Repeat("0", 64)
	b := d.Whole(t)
	b.Manifest, b.Reveal = m.JSON(), JSON(t, reveal)
	return b
}

// beacons returns bundles whose beacon is not what the manifest names, and
// sealed manifests that name what no beacon can be.
func beacons(t testing.TB) []Forgery {
	t.Helper()
	d := Beacon(t)
	whole := d.Whole(t)
	m, reveal := d.Bundle.Manifest, d.Bundle.Reveal
	genuine, other := valueOf(t, BeaconSignature), valueOf(t, OtherSignature)
	turned := "94" + BeaconSignature[2:] // the other of the two points with these bytes
	var out []Forgery
	forge := func(name, step string, b bundle.Bundle) {
		out = append(out, Forgery{"beacon: " + name, Zip(t, b), step})
	}
	signed := func(name, content string) { forge(name, "beacon", Replace(whole, "beacon.json", []byte(content))) }
	signed("a forged signature", `{"drand":"`+turned+`"}`)
	signed("another round's signature", `{"drand":"`+OtherSignature+`"}`)
	signed("the point at infinity", `{"drand":"c0`+strings.Repeat("0", 94)+`"}`)
	signed("capital letters", `{"drand":"`+strings.ToUpper(BeaconSignature)+`"}`)
	signed("a space", `{"drand": "`+BeaconSignature+`"}`)
	signed("no name", `{}`)
	signed("another name", `{"dranD":"`+BeaconSignature+`"}`)
	signed("a name too much", `{"a":"`+BeaconSignature+`","drand":"`+BeaconSignature+`"}`)
	signed("an array", `["`+BeaconSignature+`"]`)
	forge("another value", "beacon", Replace(whole, "reveal.json", instead(t, reveal, genuine, other)))
	// The forger works signature and value of another round into all files.
	both := Replace(whole, "reveal.json", instead(t, reveal, genuine, other))
	forge("signature and value of another round", "beacon", Replace(both, "beacon.json", []byte(`{"drand":"`+OtherSignature+`"}`)))
	forge("all fits but the signature", "beacon", Unsigned(t).Whole(t))
	forge("another round in the manifest", "beacon", Replace(whole, "manifest.json", instead(t, m, `"round":1000`, `"round":1001`)))
	forge("another chain in the manifest", "beacon", Replace(whole, "manifest.json", instead(t, m, randomness.Quicknet.Hash[:8], "8990e7a9")))
	none := Draws(t)[0].Whole(t)
	none.Beacon = []byte(`{}`)
	forge("a file without a source", "beacon", none)
	for name, shift := range map[string]time.Duration{"out before the seal": 3 * time.Minute, "out before a roll": time.Minute, "out after the draw": -time.Second} {
		moved := d
		moved.At = d.At.Add(shift)
		forge(name, "order", moved.Whole(t))
	}
	misplaced := []string{"manifest.json", "targets.tsv", "excluded.tsv", "beacon.json", "reveal.json", "result.json", "ledger.json"}
	return append(out, Forgery{"beacon: in another place", usual(t, misplaced, Files(t, whole), zip.Store), bundle.StepContainer})
}

// containers returns archives that are not in the canonical form.
func containers(t testing.TB) []Forgery {
	d := Draws(t)[0]
	whole := Zip(t, d.Whole(t))
	match := Draws(t)[2].Whole(t)
	all := Files(t, d.Whole(t))
	ordered := []string{"manifest.json", "targets.tsv", "excluded.tsv", "reveal.json", "result.json", "ledger.json"}
	return []Forgery{
		{"an empty file", nil, bundle.StepContainer},
		{"not a zip", []byte("<html>"), bundle.StepContainer},
		{"something before", append([]byte("MZ"), whole...), bundle.StepContainer},
		{"something after", append(bytes.Clone(whole), 0), bundle.StepContainer},
		{"an archive twice", append(bytes.Clone(whole), whole...), bundle.StepContainer},
		{"of another writer", usual(t, ordered, all, zip.Store), bundle.StepContainer},
		{"compressed", usual(t, ordered, all, zip.Deflate), bundle.StepContainer},
		{"a file missing", usual(t, ordered[:5], all, zip.Store), bundle.StepContainer},
		{"files of the other scheme", Zip(t, Replace(match, "manifest.json", all["manifest.json"])), bundle.StepContainer},
	}
}

// usual writes an archive with the standard library.
func usual(t testing.TB, names []string, content map[string][]byte, method uint16) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range names {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
