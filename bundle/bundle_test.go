package bundle_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"suiji/bundle"
	"suiji/bundle/bundletest"
	"suiji/draw"
	"suiji/ledger"
)

var allSteps = []string{"container", "manifest", "lists", "commitments", "beacon", "seed", "outcome", "proofs", "order"}

func verify(t testing.TB, raw []byte, o bundle.Options) bundle.Report {
	t.Helper()
	r, err := bundle.Verify(bytes.NewReader(raw), int64(len(raw)), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// wantFailed holds that the check stops at a step, with the steps before it
// passed, and says something about it.
func wantFailed(t *testing.T, r bundle.Report, step string) {
	t.Helper()
	var names []string
	for _, s := range r.Steps {
		names = append(names, s.Step)
		if s.OK != (s.Step != step) || !strings.Contains(s.Detail, " / ") {
			t.Errorf("step %+v, want it to fail only if it is %s, with both languages", s, step)
		}
	}
	want := allSteps[:slices.Index(allSteps, step)+1]
	if r.OK || r.Failed() != step || !cmp.Equal(names, want) {
		t.Errorf("Verify = ok %v, failed %q after %v, want %q after %v: %+v", r.OK, r.Failed(), names, step, want, r.Steps)
	}
}

func TestVerifyAccepts(t *testing.T) {
	for _, d := range bundletest.Draws(t) {
		t.Run(d.Name, func(t *testing.T) {
			b := d.Whole(t)
			raw := bundletest.Zip(t, b)
			v, err := ledger.ParseEvidence(b.Ledger)
			if err != nil {
				t.Fatal(err)
			}
			for _, key := range []string{"", v.Key} {
				r := verify(t, raw, bundle.Options{Key: key})
				if !r.OK || len(r.Steps) != len(allSteps) || r.ID != d.ID || r.Scheme != b.Scheme || r.Key != v.Key {
					t.Errorf("Verify with key %q = %+v, want all steps to hold", key, r)
				}
			}
		})
	}
}

func TestReportIsTheSpecifiedJSON(t *testing.T) {
	r := bundle.Report{ID: "i", Scheme: "s", Key: "k", Steps: []bundle.Step{{Step: "container", OK: true, Detail: "d"}}}
	got, err := json.Marshal(r)
	want := `{"ok":false,"id":"i","scheme":"s","key":"k","steps":[{"step":"container","ok":true,"detail":"d"}]}`
	if err != nil || string(got) != want {
		t.Errorf("JSON = %s, %v, want %s", got, err, want)
	}
}

// TestZipReadsElsewhere opens a bundle with the usual reader.
func TestZipReadsElsewhere(t *testing.T) {
	d := bundletest.Draws(t)[2]
	b := d.Whole(t)
	raw := bundletest.Zip(t, b)
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r) // checks the CRC
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == "ledger.json" && !bytes.Equal(got, b.Ledger) {
			t.Errorf("%s = %s, want %s", f.Name, got, b.Ledger)
		}
	}
	want := []string{"manifest.json", "targets.tsv", "officers.tsv", "recusals.tsv", "reveal.json", "result.json", "ledger.json"}
	if !cmp.Equal(names, want) {
		t.Errorf("files %v, want %v", names, want)
	}
}

// TestEveryByteCounts changes each byte of whole bundles in two ways.
func TestEveryByteCounts(t *testing.T) {
	for _, d := range bundletest.Draws(t) {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			raw := bundletest.Zip(t, d.Whole(t))
			for i := range raw {
				for _, flip := range []byte{0x01, 0x20} {
					raw[i] ^= flip
					if r := verify(t, raw, bundle.Options{}); r.Failed() == "" {
						t.Errorf("byte %d ^ %#x: Verify holds", i, flip)
					}
					raw[i] ^= flip
				}
			}
		})
	}
}

// TestEveryByteOfTheFilesCounts changes each byte of each file and puts the
// file back under a right checksum, so that the steps behind the container
// must find it.
func TestEveryByteOfTheFilesCounts(t *testing.T) {
	draws := bundletest.Draws(t)
	for _, d := range []bundletest.Draw{draws[0], draws[3]} {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			whole := d.Whole(t)
			for name, content := range files(t, whole) {
				for i := range content {
					changed := bytes.Clone(content)
					changed[i] ^= []byte{0x01, 0x20}[i%2]
					r := verify(t, bundletest.Zip(t, with(whole, name, changed)), bundle.Options{})
					if r.Failed() == "" || r.Failed() == "container" && name != "manifest.json" {
						t.Errorf("%s byte %d: Verify failed at %q, want a step behind the container", name, i, r.Failed())
					}
				}
			}
		})
	}
}

// TestEveryCutCounts takes the end off.
func TestEveryCutCounts(t *testing.T) {
	raw := bundletest.Zip(t, bundletest.Draws(t)[0].Whole(t))
	for n := range raw {
		if r := verify(t, raw[:n], bundle.Options{}); r.Failed() != "container" {
			t.Errorf("first %d bytes: failed at %q, want container", n, r.Failed())
		}
	}
}

// files returns the files of a bundle that are not empty.
func files(t *testing.T, b bundle.Bundle) map[string][]byte {
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
	return out
}

// with returns b with one file replaced.
func with(b bundle.Bundle, name string, content []byte) bundle.Bundle {
	switch name {
	case "manifest.json":
		b.Manifest = content
	case "reveal.json":
		b.Reveal = content
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

func TestForgeries(t *testing.T) {
	d := bundletest.Draws(t)[1]
	whole := d.Whole(t)
	evidence := func(entries []ledger.Entry) []byte {
		return d.With(t, bundletest.Prove(t, 1, entries)).Ledger
	}
	altered := func(i int, change func(e *ledger.Entry)) []byte {
		entries := d.Entries(t)
		change(&entries[i])
		return evidence(entries)
	}
	entries := d.Entries(t)
	last := len(entries) - 1
	replace := func(content []byte, old, new string) []byte {
		t.Helper()
		out := bytes.Replace(content, []byte(old), []byte(new), 1)
		if bytes.Equal(out, content) {
			t.Fatalf("%q is not in %s", old, content)
		}
		return out
	}
	all := files(t, whole)
	line := all["targets.tsv"][:bytes.IndexByte(all["targets.tsv"], '\n')+1]
	tests := []struct {
		name, file, want string
		content          []byte
	}{
		{"unknown scheme", "manifest.json", "manifest", replace(whole.Manifest, "targets/1", "targets/2")},
		{"the other scheme", "manifest.json", "container", replace(whole.Manifest, "targets/1", "match/1")},
		{"manifest with a space", "manifest.json", "manifest", replace(whole.Manifest, "{", "{ ")},
		{"manifest is no JSON", "manifest.json", "manifest", []byte("x")},
		{"manifest is an array", "manifest.json", "manifest", []byte("[]")},
		{"manifest with a further member", "manifest.json", "seed", replace(whole.Manifest, `{"attempt"`, `{"aaa":1,"attempt"`)},
		{"a quota changed", "manifest.json", "seed", replace(whole.Manifest, `"draw":3`, `"draw":2`)},
		{"a firm vanished", "targets.tsv", "lists", all["targets.tsv"][len(line):]},
		{"a firm came twice", "targets.tsv", "lists", append(bytes.Clone(line), all["targets.tsv"]...)},
		{"an exclusion vanished", "excluded.tsv", "lists", nil},
		{"another secret", "reveal.json", "commitments", otherSecret(t, whole.Reveal)},
		{"another roll", "reveal.json", "seed", replace(whole.Reveal, "3,1,4,1,5", "3,1,4,1,6")},
		{"a roll out of form", "reveal.json", "commitments", replace(whole.Reveal, "3,1,4,1,5", "3 1 4 1 5")},
		{"a source too much", "reveal.json", "commitments", replace(whole.Reveal, `{`, `{"a":"1",`)},
		{"another seed", "result.json", "seed", replace(whole.Result, `"seed":"`, `"seed":"0`)},
		{"two firms changed places", "result.json", "outcome", swapDrawn(t, whole.Result)},
		{"result with a line feed", "result.json", "outcome", append(bytes.Clone(whole.Result), '\n')},
		{"result with a further member", "result.json", "outcome", replace(whole.Result, `{`, `{"a":1,`)},
		{"result is empty", "result.json", "seed", []byte{}},
		{"ledger with a further member", "ledger.json", "proofs", replace(whole.Ledger, `{`, `{"a":1,`)},
		{"ledger of another draw", "ledger.json", "proofs", bundletest.Draws(t)[0].Whole(t).Ledger},
		{"no entry", "ledger.json", "proofs", evidence(nil)},
		{"the seal is missing", "ledger.json", "proofs", evidence(entries[1:])},
		{"the draw is missing", "ledger.json", "proofs", evidence(entries[:last])},
		{"a roll is missing", "ledger.json", "proofs", evidence(slices.Delete(d.Entries(t), 1, 2))},
		{"rolls in another order", "ledger.json", "proofs", evidence([]ledger.Entry{entries[0], entries[2], entries[1], entries[3]})},
		{"an entry twice", "ledger.json", "proofs", evidence(append(d.Entries(t), entries[last]))},
		{"another subject", "ledger.json", "proofs", altered(0, func(e *ledger.Entry) { e.Subject += "x" })},
		{"a further member of data", "ledger.json", "proofs", altered(last, func(e *ledger.Entry) { e.Data["x"] = []any{} })},
		{"data of another sort", "ledger.json", "proofs", altered(last, func(e *ledger.Entry) { e.Data["seed"] = []any{} })},
		{"value though under embargo", "ledger.json", "proofs", altered(1, func(e *ledger.Entry) { e.Data = map[string]any{"source": "dice", "value": "3,1,4,1,5"} })},
		{"time goes back", "ledger.json", "order", altered(2, func(e *ledger.Entry) { e.At = e.At.Add(-time.Hour) })},
		{"index goes back", "ledger.json", "order", reorder(t, d)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			raw := bundletest.Zip(t, with(whole, tt.file, tt.content))
			wantFailed(t, verify(t, raw, bundle.Options{}), tt.want)
		})
	}
	t.Run("another key", func(t *testing.T) {
		other := bundletest.Prove(t, 2, nil).Key
		wantFailed(t, verify(t, bundletest.Zip(t, whole), bundle.Options{Key: other}), "proofs")
	})
}

// otherSecret reveals another secret of the bureau, in its right form.
func otherSecret(t *testing.T, raw []byte) []byte {
	t.Helper()
	reveal, err := draw.ParseReveal(raw)
	if err != nil {
		t.Fatal(err)
	}
	reveal["bureau"] = strings.Repeat("0", 64)
	return bundletest.JSON(t, reveal)
}

// swapDrawn gives the first two firms of a stratum each other's rank.
func swapDrawn(t *testing.T, result []byte) []byte {
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
func reorder(t *testing.T, d bundletest.Draw) []byte {
	t.Helper()
	entries := d.Entries(t)
	for i := range entries {
		entries[i].At = entries[0].At
	}
	v := bundletest.Prove(t, 1, []ledger.Entry{entries[2], entries[0], entries[1], entries[3]})
	v.Entries = []ledger.Proven{v.Entries[1], v.Entries[2], v.Entries[0], v.Entries[3]}
	return d.With(t, v).Ledger
}

// TestBeaconIsRefused: version 1 has no place for its signature.
func TestBeaconIsRefused(t *testing.T) {
	d := bundletest.Draws(t)[0]
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
	b.Manifest, b.Reveal = m.JSON(), bundletest.JSON(t, reveal)
	wantFailed(t, verify(t, bundletest.Zip(t, b), bundle.Options{}), "beacon")
}

func TestContainerRefuses(t *testing.T) {
	d := bundletest.Draws(t)[0]
	whole := bundletest.Zip(t, d.Whole(t))
	match := bundletest.Draws(t)[2].Whole(t)
	all := files(t, d.Whole(t))
	ordered := []string{"manifest.json", "targets.tsv", "excluded.tsv", "reveal.json", "result.json", "ledger.json"}
	tests := []struct {
		name string
		raw  []byte
	}{
		{"empty", nil},
		{"not a zip", []byte("<html>")},
		{"something before", append([]byte("MZ"), whole...)},
		{"something after", append(bytes.Clone(whole), 0)},
		{"twice", append(bytes.Clone(whole), whole...)},
		{"of another writer", usual(t, ordered, all, zip.Store)},
		{"compressed", usual(t, ordered, all, zip.Deflate)},
		{"a file missing", usual(t, ordered[:5], all, zip.Store)},
		{"files of the other scheme", bundletest.Zip(t, with(match, "manifest.json", all["manifest.json"]))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantFailed(t, verify(t, tt.raw, bundle.Options{}), "container")
		})
	}
}

// usual writes an archive with the standard library.
func usual(t *testing.T, names []string, content map[string][]byte, method uint16) []byte {
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

func TestWriteRefuses(t *testing.T) {
	b := bundletest.Draws(t)[0].Bundle
	stop := errors.New("stop")
	n := 0
	grows := func(w io.Writer) error {
		n++
		_, err := w.Write(bytes.Repeat([]byte("x"), n))
		return err
	}
	tests := []struct {
		name string
		b    bundle.Bundle
	}{
		{"unknown scheme", func() bundle.Bundle { b := b; b.Scheme = "x"; return b }()},
		{"a list that fails", func() bundle.Bundle { b := b; b.Targets = func(io.Writer) error { return stop }; return b }()},
		{"a list that does not repeat itself", func() bundle.Bundle { b := b; b.Targets = grows; return b }()},
		{"4 GiB", func() bundle.Bundle { b := b; b.Targets = huge; return b }()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := bundle.Write(io.Discard, tt.b); err == nil {
				t.Error("Write = nil, want an error")
			}
		})
	}
}

// huge writes 4 GiB.
func huge(w io.Writer) error {
	piece := make([]byte, 64<<20)
	for range 64 {
		if _, err := w.Write(piece); err != nil {
			return err
		}
	}
	return nil
}

// broken cannot be read behind its first bytes.
type broken struct{ r io.ReaderAt }

func (b broken) ReadAt(p []byte, at int64) (int, error) {
	if at > 100 {
		return 0, errors.New("bad sector")
	}
	return b.r.ReadAt(p, at)
}

func TestVerifyTellsABadDiskFromABadBundle(t *testing.T) {
	raw := bundletest.Zip(t, bundletest.Draws(t)[0].Whole(t))
	if r, err := bundle.Verify(broken{bytes.NewReader(raw)}, int64(len(raw)), bundle.Options{}); err == nil {
		t.Errorf("Verify = %+v, nil, want an error of reading", r)
	}
}

func TestNoEscapesReachTheTerminal(t *testing.T) {
	d := bundletest.Draws(t)[0]
	m, err := draw.ParseManifest(d.Bundle.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	m.ID = "\x1b[2Jgood\u202e"
	if m, err = draw.Build(m); err != nil {
		t.Fatal(err)
	}
	r := verify(t, bundletest.Zip(t, with(d.Whole(t), "manifest.json", m.JSON())), bundle.Options{})
	for _, s := range r.Steps {
		if strings.ContainsAny(s.Detail, "\x1b\u202e") {
			t.Errorf("step %s says %q, with a control character", s.Step, s.Detail)
		}
	}
}

func FuzzVerify(f *testing.F) {
	for _, d := range bundletest.Draws(f) {
		f.Add(bundletest.Zip(f, d.Whole(f)))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		verify(t, raw, bundle.Options{}) // must not panic
	})
}

func BenchmarkVerify(b *testing.B) {
	raw := bundletest.Zip(b, bundletest.Draws(b)[0].Whole(b))
	for b.Loop() {
		if r := verify(b, raw, bundle.Options{}); !r.OK {
			b.Fatal(r)
		}
	}
}
