package bundle_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

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
			for name, content := range bundletest.Files(t, whole) {
				for i := range content {
					changed := bytes.Clone(content)
					changed[i] ^= []byte{0x01, 0x20}[i%2]
					r := verify(t, bundletest.Zip(t, bundletest.Replace(whole, name, changed)), bundle.Options{})
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

func TestForgeries(t *testing.T) {
	for _, f := range bundletest.Forgeries(t) {
		t.Run(f.Name, func(t *testing.T) {
			wantFailed(t, verify(t, f.Raw, bundle.Options{}), f.Step)
		})
	}
	t.Run("another key", func(t *testing.T) {
		whole := bundletest.Zip(t, bundletest.Draws(t)[0].Whole(t))
		other := bundletest.Prove(t, 2, nil).Key
		wantFailed(t, verify(t, whole, bundle.Options{Key: other}), "proofs")
	})
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
	r := verify(t, bundletest.Zip(t, bundletest.Replace(d.Whole(t), "manifest.json", m.JSON())), bundle.Options{})
	for _, s := range r.Steps {
		if strings.ContainsAny(s.Detail, "\x1b\u202e") {
			t.Errorf("step %s says %q, with a control character", s.Step, s.Detail)
		}
	}
}

// Whatever the container holds, the check says something about it.
func FuzzContainer(f *testing.F) {
	for _, d := range bundletest.Draws(f) {
		f.Add(bundletest.Zip(f, d.Whole(f)))
	}
	f.Fuzz(func(t *testing.T, raw []byte) { verify(t, raw, bundle.Options{}) })
}

// Of a draw's files none can be another and pass. The ledger's proofs may be
// written in more ways than one.
func FuzzVerify(f *testing.F) {
	whole := bundletest.Draws(f)[0].Whole(f)
	files := bundletest.Files(f, whole)
	names := slices.Sorted(maps.Keys(files))
	for i, name := range names {
		f.Add(uint8(i), files[name])
	}
	f.Fuzz(func(t *testing.T, no uint8, content []byte) {
		name := names[int(no)%len(names)]
		r := verify(t, bundletest.Zip(t, bundletest.Replace(whole, name, content)), bundle.Options{})
		if r.OK != bytes.Equal(content, files[name]) && !(r.OK && name == bundle.LedgerFile) {
			t.Errorf("%s as %q: ok %v, %+v", name, content, r.OK, r.Steps)
		}
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
