package reckon_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"suiji/internal/errs"
	"suiji/internal/store/storetest"
	"suiji/ledger"
	"suiji/monitor"
)

// files is a mirror of an authority's ledger, as suiji ledger mirror keeps it.
type files struct {
	t        *testing.T
	dir, key string
	sm2      string
	since    string // an earlier checkpoint that somebody kept
	names    []string
	was      map[string][]byte
	listed   map[string]bool
	tally    map[string]int
}

// mirror lets an office work for a year and writes its mirror.
func mirror(o *office) *files {
	o.t.Helper()
	f := &files{t: o.t, dir: o.t.TempDir(), was: map[string][]byte{}, tally: map[string]int{}}
	step := o.step
	o.step = func(when string) {
		if f.since == "" {
			f.since, _, _ = o.Scribe.Checkpoint(ctx, authority)
		}
		if step != nil {
			step(when)
		}
	}
	o.year()
	signed, size, err := o.Scribe.Checkpoint(ctx, authority)
	o.Must(err)
	f.key, err = o.Scribe.VerifierKey(ctx, authority)
	o.Must(err)
	sm2, err := o.Scribe.SM2(ctx, authority)
	o.Must(err)
	f.sm2 = sm2.Verifier
	f.keep("checkpoint", []byte(signed))
	for _, tile := range ledger.Tiles(size) {
		raw, err := o.Scribe.Tile(ctx, authority, ledger.TilePath(tile))
		o.Must(err)
		f.keep(ledger.TilePath(tile), raw)
	}
	rounds, err := o.Round.Rounds(ctx, authority)
	o.Must(err)
	for _, r := range rounds {
		f.round(o, r.ID)
	}
	return f
}

// round keeps a round's manifests and bundles.
func (f *files) round(o *office, id string) {
	draws, err := o.Round.Draws(ctx, authority, id)
	o.Must(err)
	for _, d := range draws {
		f.keep("manifests/"+id+"."+d.Half+".json", []byte(d.Manifest))
		var b bytes.Buffer
		if err := o.Round.Bundle(ctx, authority, id, d.Half, &b); errs.KindOf(err) == errs.NotFound {
			continue
		}
		o.Must(err)
		f.keep("bundles/"+id+"."+d.Half+".zip", b.Bytes())
	}
}

func (f *files) keep(name string, raw []byte) {
	f.names, f.was[name] = append(f.names, name), bytes.Clone(raw)
	f.put(name, raw)
}

func (f *files) put(name string, raw []byte) {
	f.t.Helper()
	path := filepath.Join(f.dir, filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, raw, 0o644)); err != nil {
		f.t.Fatal(err)
	}
}

func (f *files) check() monitor.Report {
	f.t.Helper()
	r, err := monitor.Check(os.DirFS(f.dir), monitor.Options{Key: f.key, SM2: f.sm2, Since: f.since})
	if err != nil {
		f.t.Fatal(err)
	}
	return r
}

// judged looks whether what was done to files is noticed and named.
func (f *files) judged(op string, names ...string) {
	f.t.Helper()
	f.tally[op]++
	folder, _, _ := strings.Cut(names[0], "/")
	r := f.check()
	switch {
	case r.OK && !r.SM2: // the line is out of form or cut off, and the report says so
		f.tally["noticed"]++
	case r.OK && !f.listed[folder+"/: "+op]:
		f.t.Errorf("%s %v was not noticed", op, names)
	case r.OK:
		f.tally["unnoticed, listed"]++
	case r.Finding.Position < 0 && !slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(r.Finding.File, strings.SplitN(n, ".p", 2)[0]) }):
		f.t.Errorf("%s %v is not named by %v", op, names, r.Finding)
	default:
		f.tally["noticed"]++
	}
	for _, n := range names {
		if raw, ok := f.was[n]; ok {
			f.put(n, raw)
		} else if err := os.Remove(filepath.Join(f.dir, filepath.FromSlash(n))); err != nil {
			f.t.Fatal(err)
		}
	}
}

// one changes, cuts, lengthens and deletes a file, and adds one beside it.
func (f *files) one(name string) {
	raw, places := f.was[name], 4
	if full {
		places = 40
	}
	for i := range min(places, len(raw)) {
		b := bytes.Clone(raw)
		b[i*(len(raw)-1)/max(places-1, 1)] ^= 1
		f.put(name, b)
		f.judged("change", name)
	}
	f.put(name, raw[:len(raw)-1])
	f.judged("truncate", name)
	f.put(name, append(bytes.Clone(raw), raw[len(raw)/2]))
	f.judged("insert", name)
	if err := os.Remove(filepath.Join(f.dir, filepath.FromSlash(name))); err != nil {
		f.t.Fatal(err)
	}
	f.judged("delete", name)
	if dir := filepath.ToSlash(filepath.Dir(name)); dir != "." {
		f.put(dir+"/130132-rs.2022-9.targets"+filepath.Ext(name), raw)
		f.judged("insert", dir+"/130132-rs.2022-9.targets"+filepath.Ext(name))
	}
}

// TestTamperedFiles does to the files of a ledger what TestTamper does to the
// database: suiji-verify ledger DIR, with one older checkpoint, notices each
// and names the entry or the file.
func TestTamperedFiles(t *testing.T) {
	f := mirror(newOffice(t, storetest.SQLite(t)))
	f.listed = unheld(t)
	if r := f.check(); !r.OK || r.Since == 0 || r.Bundles != 2 || r.Manifests < 4 {
		t.Fatalf("the mirror itself: %+v", r)
	}
	for _, name := range f.names {
		f.one(name)
		for _, other := range f.names {
			if name < other && filepath.Dir(name) == filepath.Dir(other) {
				f.put(name, f.was[other])
				f.put(other, f.was[name])
				f.judged("swap", name, other)
			}
		}
		if strings.HasPrefix(name, "tile/entries/") {
			f.put(name, turned(t, f.was[name]))
			f.judged("reorder", name)
		}
	}
	t.Logf("%d files: %v", len(f.names), f.tally)
}

// turned is an entry bundle whose first two entries changed places.
func turned(t *testing.T, raw []byte) []byte {
	t.Helper()
	a, rest, err := ledger.CutBundle(raw)
	if err != nil {
		t.Fatal(err)
	}
	b, rest, err := ledger.CutBundle(rest)
	if err != nil {
		t.Fatal(err)
	}
	return append(ledger.AppendBundle(ledger.AppendBundle(nil, b), a), rest...)
}
