package verify_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"suiji/bundle"
	"suiji/bundle/bundletest"
	"suiji/ledger"
)

// topless proves entries in a tree that an office signs although no tree has
// such a root: a node over the true root and one byte 00. A verifier that takes
// a missing hash for that byte lets the proofs, which all lack the topmost hash,
// pass.
func topless(t *testing.T, entries []ledger.Entry) ledger.Evidence {
	t.Helper()
	skey, vkey, err := note.GenerateKey(rand.Reader, bundletest.Origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	v, f := ledger.Evidence{Key: vkey}, ledger.Frontier{}
	var hashes []ledger.Hash
	for i := 0; i < len(entries) || i&(i-1) != 0; i++ { // up to a power of two
		leaf := fmt.Append(nil, "stranger", i)
		if i < len(entries) {
			v.Entries = append(v.Entries, ledger.Proven{Entry: entries[i], Index: int64(i)})
			if leaf, err = entries[i].Bytes(); err != nil {
				t.Fatal(err)
			}
		}
		hashes = append(hashes, f.Add(ledger.LeafHash(leaf))...)
	}
	read := tlog.HashReaderFunc(func(places []int64) (out []tlog.Hash, err error) {
		for _, p := range places {
			out = append(out, hashes[p])
		}
		return out, nil
	})
	for i := range v.Entries {
		if v.Entries[i].Proof, err = tlog.ProveRecord(f.Size(), int64(i), read); err != nil {
			t.Fatal(err)
		}
	}
	root := f.Root()
	c := ledger.Checkpoint{Origin: bundletest.Origin, Size: 2 * f.Size(), Root: sha256.Sum256(append(append([]byte{1}, root[:]...), 0))}
	if v.Checkpoint, err = c.Sign(signer); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestShortProof holds that no verifier lets a proof pass that lacks a hash.
func TestShortProof(t *testing.T) {
	d := bundletest.Draws(t)[0]
	zip := bundletest.Zip(t, d.With(t, topless(t, d.Entries(t))))
	r, err := bundle.Verify(bytes.NewReader(zip), int64(len(zip)), bundle.Options{})
	if err != nil || r.Failed() != bundle.StepProofs {
		t.Errorf("bundle.Verify stops at %q, %v", r.Failed(), err)
	}
	out, err := exec.Command("python3", "suiji_verify.py", save(t, zip)).CombinedOutput()
	if code, ok := err.(*exec.ExitError); !ok || code.ExitCode() != 7 || !strings.Contains(string(out), "proofs") {
		t.Errorf("Python: %v: %s", err, out)
	}
	if got := open(t, "verify.html").verdicts([][]byte{zip})[0]; got.Failed() != bundle.StepProofs {
		t.Errorf("the page stops at %q: %+v", got.Failed(), got)
	}
}

// TestTimes holds what the page takes for the time of an entry.
func TestTimes(t *testing.T) {
	times := []any{"2022-06-06T01:02:03Z", "0000-01-01T00:00:00Z", "2022-06-06T23:59:60Z", "2022-06-06T01:02:03.5Z", "2022-06-06T01:02:03+08:00", "2022-02-30T01:02:03Z"}
	for i, holds := range call[bool](open(t, "verify.html"), "(s => Boolean(moment(s)))", times) {
		if holds != (i == 0) {
			t.Errorf("%s is a time: %v", times[i], holds)
		}
	}
}
