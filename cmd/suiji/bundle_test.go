package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"suiji/bundle"
)

// What the program gives out can be checked, and with any byte changed it is
// refused at a step that has a name: by the verifier in Go every seventh byte
// and all of the end, by the one in Python a sample.
func TestEveryByteOfBundlesCounts(t *testing.T) {
	w := newTown(t, "")
	w.found()
	w.ok("", "import", "targets", w.firms(townFirms))
	w.serve()
	w.publish("at-once")
	w.on("2022-06-06")
	w.as("operator")
	for _, a := range roundActs {
		a.do(w)
	}
	w.must(w.b.server.stop())
	w.serve() // what is due is disclosed when a server starts
	halves := map[string][]byte{"targets": w.bundle("targets"), "match": w.bundle("match")}
	w.must(w.b.server.stop())
	for half, raw := range halves {
		t.Run(half, func(t *testing.T) { flip(t, half, raw) })
	}
}

// bundle downloads one half's bundle from the portal, once it is there.
func (w *town) bundle(half string) []byte {
	w.t.Helper()
	w.b.sit("citizen", "")
	path := "/rounds/" + townRound + "/" + half + ".zip"
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		w.must(w.b.open(path))
		if w.b.status == 200 {
			return w.b.body
		}
		if time.Now().After(end) {
			w.t.Fatalf("%s: status %d\n%s", path, w.b.status, w.b.text())
		}
	}
}

var bundleSteps = []string{bundle.StepContainer, bundle.StepManifest, bundle.StepLists, bundle.StepCommitments, bundle.StepBeacon,
	bundle.StepSeed, bundle.StepOutcome, bundle.StepProofs, bundle.StepOrder}

// flip changes bytes of a good bundle one at a time.
func flip(t *testing.T, name string, raw []byte) {
	if r := inGo(t, raw); !r.OK || len(r.Steps) != len(bundleSteps) {
		t.Fatalf("suiji-verify: %+v, want every step to hold", r)
	}
	if r, err := inPython(t, raw); err != nil || !r.OK {
		t.Fatalf("suiji_verify.py: %+v, %v, want every step to hold", r, err)
	}
	every := 7
	if testing.Short() {
		every = 70
	}
	var places []int
	for i := 0; i < len(raw); i++ {
		if i%every == 0 || i >= len(raw)-300 {
			places = append(places, i)
		}
	}
	steps := map[string]int{}
	for _, i := range places {
		r := inGo(t, changed(raw, i))
		steps[r.Failed()]++
		if r.OK || !slices.Contains(bundleSteps, r.Failed()) {
			t.Errorf("suiji-verify, byte %d of %d changed: %+v, want a refusal by a step", i, len(raw), r)
		}
	}
	t.Logf("%s: %d of %d bytes changed, refused by %v", name, len(places), len(raw), steps)
	sample := 40
	if testing.Short() {
		sample = 5
	}
	for k := range sample {
		i := k * (len(raw) - 1) / (sample - 1)
		r, err := inPython(t, changed(raw, i))
		if err != nil || r.OK || !slices.Contains(bundleSteps, r.Failed()) {
			t.Errorf("suiji_verify.py, byte %d of %d changed: %+v, %v, want a refusal by a step", i, len(raw), r, err)
		}
	}
}

func changed(raw []byte, i int) []byte {
	x := bytes.Clone(raw)
	x[i] ^= 1 << (i % 8)
	return x
}

func inGo(t *testing.T, raw []byte) bundle.Report {
	t.Helper()
	r, err := bundle.Verify(bytes.NewReader(raw), int64(len(raw)), bundle.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// inPython returns what the other verifier says. Its exit status must fit.
func inPython(t *testing.T, raw []byte) (r bundle.Report, err error) {
	t.Helper()
	v, err := verifiers()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "bundle.zip")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(v.python, filepath.Join(root(t), "verify", "suiji_verify.py"), file, "--json").Output()
	status := 0
	var e *exec.ExitError
	if errors.As(err, &e) {
		status, err = e.ExitCode(), nil
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &r); err != nil {
		return r, fmt.Errorf("%w: %s", err, out)
	}
	if r.OK != (status == 0) || !r.OK && status != 7 {
		return r, fmt.Errorf("exit status %d with ok %v", status, r.OK)
	}
	return r, nil
}
