package draw

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
)

// elegy is the selection of the IETF draft draft-thomson-elegy-vrs, written
// from its text: a key out of the randomness, salted with the one-time code,
// and the labels in the order of what HKDF-Expand makes of each under that key.
func elegy(t *testing.T, randomness, code []byte, labels []string) []string {
	t.Helper()
	key, err := hkdf.Extract(sha256.New, randomness, code)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, label := range labels {
		order, err := hkdf.Expand(sha256.New, key, label, 32)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, hex.EncodeToString(order)+" "+label)
	}
	slices.Sort(lines)
	return lines
}

// TestElegyExample holds elegy against the draft's own example.
func TestElegyExample(t *testing.T) {
	code := []byte("totally not a bikeshed")
	for range 9 {
		sum := sha256.Sum256(code)
		code = sum[:]
	}
	want := []string{"002ed527ae0a44a86c205d1cdba lavenderblush", "03f710be2b61a6f9c3f89aa5ab5 blue", "08bab81380d7f0769cecf9969a8 darkgoldenrod",
		"0c26494fa81f3aed8a9f66e77b7 mediumvioletred", "0e1af5d1ccfd44de075cc0bb6d5 bisque", "13a07cc9abf3b737e49a62b0634 lightpink"}
	got := elegy(t, []byte("1.2.3.4.5.6./1.2.3.4.5.6./1.2.3.4.5.6./"), code,
		[]string{"blue", "bisque", "lightpink", "lavenderblush", "mediumvioletred", "darkgoldenrod"})
	for i, line := range got {
		if short := line[:27] + line[64:]; short != want[i] {
			t.Errorf("line %d is %q, want %q", i, short, want[i])
		}
	}
}

// TestElegyOrder draws uniform cases, one ticket a firm, and holds the order of
// each stratum, drawn and reserves, against the draft's: the manifest's digest
// is its one-time code, the revealed sources are its randomness.
func TestElegyOrder(t *testing.T) {
	r := newRand(3797)
	places := 0
	for range 1000 {
		k := randomTargets(r, 12)
		k.m.Hash = SHA256 // the draft's: with another hash function it would not be this process
		labels := map[string][]string{}
		for i, line := range k.lines[TargetsFile] {
			f := strings.Split(line, "\t")
			k.lines[TargetsFile][i] = TargetLine(f[0], f[1], 1)
			labels[f[1]] = append(labels[f[1]], "target:"+f[0]+":1")
		}
		places += holdElegy(t, k, labels)
	}
	t.Logf("%d places", places)
	if places < 3000 {
		t.Error("the cases are not worth much")
	}
}

// holdElegy compares one case and returns how many firms had a place.
func holdElegy(t *testing.T, k kit, labels map[string][]string) (places int) {
	t.Helper()
	m, files, err := k.seal()
	if err != nil {
		t.Fatal(err)
	}
	randomness := "suiji/seed/1\n"
	for _, s := range m.Seed {
		randomness += s.Name + " " + k.reveal[s.Name] + "\n"
	}
	code := sha256.Sum256(m.JSON())
	seed, err := DeriveSeed(m, k.reveal)
	if err != nil {
		t.Fatal(err)
	}
	result, err := Targets(m, seed, bytes.NewReader(files[TargetsFile]))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range result.Strata {
		want := elegy(t, []byte(randomness), code[:], labels[s.Name])
		for i, id := range slices.Concat(s.Drawn, s.Reserves) {
			if label := "target:" + id + ":1"; want[i][65:] != label {
				t.Errorf("%s, stratum %s: place %d is %q, the draft says %q", m.ID, s.Name, i, label, want[i][65:])
			}
			places++
		}
	}
	return places
}
