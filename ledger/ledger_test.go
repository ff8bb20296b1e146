package ledger

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// tree is a tree in memory with its key.
type tree struct {
	hashes []Hash
	leaves [][]byte
	signer note.Signer
	key    string
}

func newTree(t testing.TB, origin string) *tree {
	t.Helper()
	skey, vkey, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	return &tree{signer: signer, key: vkey}
}

func (r *tree) ReadHashes(indexes []int64) ([]Hash, error) {
	out := make([]Hash, len(indexes))
	for i, at := range indexes {
		out[i] = r.hashes[at]
	}
	return out, nil
}

func (r *tree) add(t testing.TB, e Entry) {
	t.Helper()
	leaf, err := e.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	hashes, err := tlog.StoredHashes(int64(len(r.leaves)), leaf, r)
	if err != nil {
		t.Fatal(err)
	}
	r.hashes = append(r.hashes, hashes...)
	r.leaves = append(r.leaves, leaf)
}

// checkpoint returns the tree's first size entries as a checkpoint, signed.
func (r *tree) checkpoint(t testing.TB, size int64) (Checkpoint, string) {
	t.Helper()
	root, err := tlog.TreeHash(size, r)
	if err != nil {
		t.Fatal(err)
	}
	c := Checkpoint{Origin: r.signer.Name(), Size: size, Root: root}
	signed, err := c.Sign(r.signer)
	if err != nil {
		t.Fatal(err)
	}
	return c, signed
}

func (r *tree) proven(t testing.TB, index, size int64) Proven {
	t.Helper()
	proof, err := tlog.ProveRecord(size, index, r)
	if err != nil {
		t.Fatal(err)
	}
	e, err := ParseEntry(r.leaves[index])
	if err != nil {
		t.Fatal(err)
	}
	return Proven{Entry: e, Index: index, Proof: proof}
}

func sampleEntry(t testing.TB, n int) Entry {
	t.Helper()
	at := time.Date(2022, 6, 6, 1, 2, n%60, 0, time.UTC)
	e, err := New(RoundSealed, at, fmt.Sprintf("r%d", n), map[string]any{"manifest": strings.Repeat("a", n%7), "n": n})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func sampleTree(t testing.TB, n int) *tree {
	t.Helper()
	r := newTree(t, "suiji/130132-rs")
	for i := range n {
		r.add(t, sampleEntry(t, i))
	}
	return r
}

func TestEntry(t *testing.T) {
	at := time.Date(2022, 6, 6, 9, 2, 3, 999, time.FixedZone("CST", 8*3600))
	e, err := New(RoundSealed, at, "130132-rs.2022-1.targets", map[string]any{"manifest": "ab"})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"at":"2022-06-06T01:02:03Z","data":{"manifest":"ab"},"subject":"130132-rs.2022-1.targets","type":"round.sealed","v":1}`
	raw, err := e.Bytes()
	if err != nil || string(raw) != want {
		t.Fatalf("Bytes() = %s, %v, want %s", raw, err, want)
	}
	got, err := ParseEntry(raw)
	if err != nil || !cmp.Equal(got, e) {
		t.Errorf("ParseEntry = %+v, %v, want %+v", got, err, e)
	}
}

func TestParseEntryRefuses(t *testing.T) {
	good := `{"at":"2022-06-06T01:02:03Z","data":{},"subject":"s","type":"t","v":1}`
	if _, err := ParseEntry([]byte(good)); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", MaxEntry)
	tests := []struct{ name, old, new string }{
		{"version", `"v":1`, `"v":2`}, {"version as text", `"v":1`, `"v":"1"`},
		{"a further member", `"v":1`, `"v":1,"w":1`}, {"a missing member", `"subject":"s",`, ``},
		{"another member", `"subject"`, `"subjecu"`}, {"data no object", `{}`, `[]`}, {"space", `"v":1`, `"v": 1`},
		{"fraction", `03Z`, `03.5Z`}, {"no such day", `06-06`, `06-31`}, {"zone", `03Z`, `03+00:00`},
		{"leap second", `03Z`, `60Z`}, {"one digit", `T01`, `T1`}, {"year 0", `2022`, `0000`},
		{"empty subject", `"s"`, `""`}, {"line feed", `"s"`, `"\n"`}, {"long type", `"t"`, `"` + long[:maxName+1] + `"`},
		{"too long", `{}`, `{"a":"` + long + `"}`}, {"null", `{}`, `null`}, {"not an object", good, `[]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			raw := strings.Replace(good, tt.old, tt.new, 1)
			if raw == good {
				t.Fatal("the case changes nothing")
			}
			if e, err := ParseEntry([]byte(raw)); err == nil {
				t.Errorf("ParseEntry(%.200s) = %+v, want an error", raw, e)
			}
		})
	}
}

func TestCheckpoint(t *testing.T) {
	r := sampleTree(t, 5)
	want, signed := r.checkpoint(t, 5)
	got, err := OpenCheckpoint(signed, r.key)
	if err != nil || got != want {
		t.Fatalf("OpenCheckpoint = %v, %v, want %v", got, err, want)
	}
	// The public package of that note form must take it too.
	v, err := note.NewVerifier(r.key)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := note.Open([]byte(signed), note.VerifierList(v)); err != nil || n.Text != want.Text() {
		t.Errorf("note.Open = %v, %v, want the text", n, err)
	}
	other := newTree(t, "suiji/130132-rs")
	if _, err := OpenCheckpoint(signed, other.key); err == nil {
		t.Error("OpenCheckpoint under another key of that name succeeded")
	}
	if _, err := (Checkpoint{Origin: "suiji/x"}).Sign(r.signer); err == nil {
		t.Error("Sign with another origin's key succeeded")
	}
}

func TestOpenCheckpointRefusesEveryChange(t *testing.T) {
	r := sampleTree(t, 5)
	_, signed := r.checkpoint(t, 5)
	for _, extra := range []string{signed + "\n", signed + "x", "\n" + signed, strings.Replace(signed, "\n\n", "\nmore\n\n", 1), signed + strings.SplitN(signed, "\n\n", 2)[1]} {
		if _, err := OpenCheckpoint(extra, r.key); err == nil {
			t.Errorf("OpenCheckpoint(%q) succeeded", extra)
		}
	}
	for _, text := range []*string{&signed, &r.key} {
		whole := *text
		for i := range len(whole) {
			for flip := 1; flip < 256; flip++ {
				b := []byte(whole)
				b[i] ^= byte(flip)
				*text = string(b)
				if _, err := OpenCheckpoint(signed, r.key); err == nil {
					t.Fatalf("OpenCheckpoint takes %q changed to %q", whole, *text)
				}
			}
		}
		*text = whole
	}
}

func TestProofs(t *testing.T) {
	const n = 20
	r := sampleTree(t, n)
	for size := int64(1); size <= n; size++ {
		c, _ := r.checkpoint(t, size)
		for index := range size {
			p := r.proven(t, index, size)
			if err := CheckInclusion(c, r.leaves[index], index, p.Proof); err != nil {
				t.Errorf("CheckInclusion(%d in %d) = %v, want nil", index, size, err)
			}
			if err := CheckInclusion(c, r.leaves[index], index+1, p.Proof); err == nil {
				t.Errorf("CheckInclusion(%d as %d in %d) = nil, want an error", index, index+1, size)
			}
		}
		for older := int64(1); older < size; older++ {
			o, _ := r.checkpoint(t, older)
			proof, err := tlog.ProveTree(size, older, r)
			if err != nil {
				t.Fatal(err)
			}
			if err := CheckConsistency(o, c, proof); err != nil {
				t.Errorf("CheckConsistency(%d, %d) = %v, want nil", older, size, err)
			}
			o.Root[3] ^= 1
			if err := CheckConsistency(o, c, proof); err == nil {
				t.Errorf("CheckConsistency(%d, %d) of another root = nil, want an error", older, size)
			}
		}
	}
}

func TestConsistencyWithoutProof(t *testing.T) {
	r := sampleTree(t, 3)
	three, _ := r.checkpoint(t, 3)
	none, _ := r.checkpoint(t, 0)
	forged, foreign := three, three
	forged.Root[0] ^= 1
	foreign.Origin = "suiji/other"
	tests := []struct {
		name         string
		older, newer Checkpoint
		proof        []Hash
		ok           bool
	}{
		{"same", three, three, nil, true},
		{"from nothing", none, three, nil, true},
		{"two trees of one size", three, forged, nil, false},
		{"shrunk", three, none, nil, false},
		{"two origins", three, foreign, nil, false},
		{"needless proof", three, three, []Hash{{}}, false},
	}
	for _, tt := range tests {
		if err := CheckConsistency(tt.older, tt.newer, tt.proof); (err == nil) != tt.ok {
			t.Errorf("%s: CheckConsistency = %v, want ok %v", tt.name, err, tt.ok)
		}
	}
}

func sampleEvidence(t testing.TB) Evidence {
	t.Helper()
	r := sampleTree(t, 9)
	_, signed := r.checkpoint(t, 9)
	return Evidence{Checkpoint: signed, Entries: []Proven{r.proven(t, 2, 9), r.proven(t, 8, 9)}, Key: r.key}
}

func TestEvidence(t *testing.T) {
	v := sampleEvidence(t)
	raw, err := v.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseEvidence(raw)
	if err != nil || !cmp.Equal(got, v) {
		t.Fatalf("ParseEvidence: %v\n%s", err, cmp.Diff(v, got))
	}
	if c, err := got.Open(); err != nil || c.Size != 9 {
		t.Errorf("Open() = %v, %v, want a tree of 9", c, err)
	}
	for i := range raw {
		for _, flip := range []byte{1, 0x20} {
			b := bytes.Clone(raw)
			b[i] ^= flip
			if v, err := ParseEvidence(b); err == nil {
				if _, err := v.Open(); err == nil {
					t.Fatalf("Open() holds though byte %d was changed: %s", i, b)
				}
			}
		}
	}
}

func TestReceipt(t *testing.T) {
	r := sampleTree(t, 9)
	_, signed := r.checkpoint(t, 9)
	want := Receipt{Proven: r.proven(t, 4, 9), Checkpoint: signed}
	text, err := want.Text()
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseReceipt(text)
	if err != nil || !cmp.Equal(got, want) {
		t.Fatalf("ParseReceipt: %v\n%s", err, cmp.Diff(want, got))
	}
	if _, err := got.Open(r.key); err != nil {
		t.Errorf("Open() = %v, want nil", err)
	}
	for i := range len(text) {
		for _, flip := range []byte{1, 0x20} {
			b := []byte(text)
			b[i] ^= flip
			if got, err := ParseReceipt(string(b)); err == nil {
				if _, err := got.Open(r.key); err == nil {
					t.Fatalf("Open() holds though byte %d was changed: %s", i, b)
				}
			}
		}
	}
}

func FuzzEntry(f *testing.F) {
	f.Add([]byte(`{"at":"2022-06-06T01:02:03Z","data":{"a":[1,true]},"subject":"s","type":"round.sealed","v":1}`))
	f.Add([]byte(`{"at":"2022-06-06T01:02:60Z","data":{},"subject":"","type":"","v":0}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := ParseEntry(raw)
		if err != nil {
			return
		}
		if got, err := e.Bytes(); err != nil || !bytes.Equal(got, raw) {
			t.Fatalf("ParseEntry(%q).Bytes() = %q, %v", raw, got, err)
		}
	})
}

func FuzzCheckpoint(f *testing.F) {
	f.Add("suiji/130132-rs\n3\n" + strings.Repeat("A", 43) + "=\n")
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := ParseCheckpoint(text); err == nil && c.Text() != text {
			t.Fatalf("ParseCheckpoint(%q).Text() = %q", text, c.Text())
		}
	})
}

func FuzzEvidence(f *testing.F) {
	raw, err := sampleEvidence(f).Bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := ParseEvidence(raw)
		if err != nil {
			return
		}
		if got, err := v.Bytes(); err != nil || !bytes.Equal(got, raw) {
			t.Fatalf("ParseEvidence(%q).Bytes() = %q, %v", raw, got, err)
		}
	})
}

func FuzzReceipt(f *testing.F) {
	r := sampleTree(f, 3)
	_, signed := r.checkpoint(f, 3)
	text, err := Receipt{Proven: r.proven(f, 1, 3), Checkpoint: signed}.Text()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text string) {
		v, err := ParseReceipt(text)
		if err != nil {
			return
		}
		if got, err := v.Text(); err != nil || got != text {
			t.Fatalf("ParseReceipt(%q).Text() = %q, %v", text, got, err)
		}
	})
}
