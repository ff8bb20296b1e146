package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm2"
	"github.com/google/go-cmp/cmp"

	"suiji/bundle"
	"suiji/bundle/bundletest"
	"suiji/ledger"
)

// write puts a file into a fresh folder and returns its path.
func write(t *testing.T, raw []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bundle.zip")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func run(args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = Run(args, &out, &errs)
	return status, out.String(), errs.String()
}

func TestRun(t *testing.T) {
	b := bundletest.Draws(t)[0].Whole(t)
	v, err := ledger.ParseEvidence(b.Ledger)
	if err != nil {
		t.Fatal(err)
	}
	good := write(t, bundletest.Zip(t, b))
	bad := write(t, bundletest.Zip(t, bundletest.Replace(b, "result.json", []byte("{}"))))
	key, otherKey := write(t, []byte(v.Key+"\n")), bundletest.Prove(t, 2, nil).Key
	tests := []struct {
		name string
		args []string
		want int
		out  string // in stdout, or for status 2 in stderr
	}{
		{"holds", []string{good}, 0, "全部相符 / everything holds"},
		{"each step on its line", []string{good}, 0, "台账证明 proofs: "},
		{"key hash shown", []string{good}, 0, strings.Split(v.Key, "+")[1]},
		{"key before", []string{"--key", v.Key, good}, 0, "everything holds"},
		{"key after", []string{good, "--key=" + v.Key}, 0, "everything holds"},
		{"key file", []string{good, "--key-file", key}, 0, "everything holds"},
		{"another key", []string{good, "--key", otherKey}, 7, "refused at step: proofs"},
		{"refused", []string{bad}, 7, "refused at step: seed"},
		{"refused in JSON", []string{bad, "--json"}, 7, `"ok":false`},
		{"help", []string{"--help"}, 0, "usage: suiji-verify"},
		{"nothing named", nil, 2, "usage"},
		{"two named", []string{good, bad}, 2, "usage"},
		{"unknown flag", []string{good, "--trust-me"}, 2, "trust-me"},
		{"empty key", []string{good, "--key", ""}, 2, "must not be empty"},
		{"no key", []string{good, "--key", "x"}, 2, "out of form"},
		{"two keys", []string{good, "--key", v.Key, "--key-file", key}, 2, "not both"},
		{"empty key file", []string{good, "--key-file", os.DevNull}, 2, "out of form"},
		{"no key file", []string{good, "--key-file", good + "x"}, 2, "no such file"},
		{"no such bundle", []string{good + "x"}, 2, "cannot read"},
		{"a folder", []string{filepath.Dir(good)}, 2, "is not a file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, stdout, stderr := run(tt.args...)
			got, empty := stdout, stderr
			if tt.want == exitUnread {
				got, empty = stderr, stdout
			}
			if status != tt.want || !strings.Contains(got, tt.out) || empty != "" {
				t.Errorf("Run(%q) = %d, stdout %q, stderr %q, want %d and %q", tt.args, status, stdout, stderr, tt.want, tt.out)
			}
		})
	}
}

// TestParts tries the further commands on one small tree.
func TestParts(t *testing.T) {
	v := bundletest.Prove(t, 3, bundletest.Draws(t)[0].Entries(t))
	text, err := ledger.Receipt{Proven: v.Entries[2], Checkpoint: v.Checkpoint}.Text()
	if err != nil {
		t.Fatal(err)
	}
	witness := "w.example+8b4c1b7c+BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	whole, cut := write(t, []byte(text)), write(t, []byte(text[:len(text)-3]))
	moved := write(t, []byte(strings.Replace(text, "\nindex 5\n", "\nindex 4\n", 1)))
	stranger := write(t, []byte(text+"— someone.example AAAAAAAA\n"))
	checkpoint, other := write(t, []byte(v.Checkpoint)), bundletest.Prove(t, 4, nil)
	sm2Key, line := sm2Line(t, v.Checkpoint)
	national, wrong := write(t, []byte(text+line)), write(t, []byte(v.Checkpoint+strings.Replace(line, line[len(line)-20:len(line)-12], "AAAAAAAA", 1)))
	tests := []struct {
		name string
		args []string
		want int
		out  string
	}{
		{"receipt with an SM2 line", []string{"receipt", national, "--key", v.Key, "--sm2-key", sm2Key}, 0, "the SM2 signature holds"},
		{"the same in JSON", []string{"receipt", national, "--key", v.Key, "--sm2-key", sm2Key, "--json"}, 0, `"sm2":true`},
		{"and without its key", []string{"receipt", national, "--key", v.Key}, 0, "1 further lines of unknown keys"},
		{"an older receipt", []string{"receipt", whole, "--key", v.Key, "--sm2-key", sm2Key}, 0, "bears no SM2 signature"},
		{"a wrong SM2 line", []string{"checkpoint", wrong, "--key", v.Key, "--sm2-key", sm2Key}, 7, "签名不成立"},
		{"a wrong SM2 line, its key unknown", []string{"checkpoint", wrong, "--key", v.Key}, 0, "1 further lines"},
		{"no SM2 key", []string{"checkpoint", checkpoint, "--key", v.Key, "--sm2-key", v.Key}, 2, "SM2 key is out of form"},
		{"receipt", []string{"receipt", whole, "--key", v.Key}, 0, "entry 5 stands in the ledger"},
		{"receipt in JSON", []string{"receipt", whole, "--key", v.Key, "--json"}, 0, `"position":5`},
		{"unknown cosigner", []string{"receipt", stranger, "--key", v.Key}, 0, "1 further lines of unknown keys"},
		{"receipt cut", []string{"receipt", cut, "--key", v.Key}, 7, "does not hold"},
		{"receipt of another place", []string{"receipt", moved, "--key", v.Key}, 7, "does not hold"},
		{"receipt under another key", []string{"receipt", whole, "--key", other.Key}, 7, "does not hold"},
		{"no receipt", []string{"receipt", checkpoint, "--key", v.Key}, 7, "out of form"},
		{"receipt without a key", []string{"receipt", whole}, 2, "--key-file"},
		{"checkpoint", []string{"checkpoint", checkpoint, "--key", v.Key}, 0, "8 entries"},
		{"the same checkpoint", []string{"checkpoint", checkpoint, "--key", v.Key, "--since", checkpoint}, 0, "extends the tree of 8"},
		{"checkpoint under another key", []string{"checkpoint", checkpoint, "--key", other.Key}, 7, "签名不成立"},
		{"checkpoint without tiles", []string{"checkpoint", checkpoint, "--key", v.Key, "--since", whole}, 7, "签名不成立"},
		{"bad witness", []string{"checkpoint", checkpoint, "--key", v.Key, "--witness", witness}, 2, "witness key's hash"},
		{"no folder", []string{"ledger", whole}, 2, "is not a folder"},
		{"empty folder", []string{"ledger", t.TempDir(), "--key", v.Key}, 7, "checkpoint: 缺少这个文件"},
		{"help", []string{"ledger", "--help"}, 0, "suiji-verify ledger DIR"},
		{"a bundle has no since", []string{whole, "--since", whole}, 2, "since"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, stdout, stderr := run(tt.args...)
			got := stdout
			if tt.want == exitUnread {
				got = stderr
			}
			if status != tt.want || !strings.Contains(got, tt.out) {
				t.Errorf("Run(%q) = %d, stdout %q, stderr %q, want %d and %q", tt.args, status, stdout, stderr, tt.want, tt.out)
			}
		})
	}
}

// sm2Line signs a checkpoint with a fresh SM2 key.
func sm2Line(t *testing.T, signed string) (vkey, line string) {
	t.Helper()
	key, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.ECDH()
	if err != nil {
		t.Fatal(err)
	}
	vkey = ledger.FormatSM2Key(bundletest.Origin, public.PublicKey().Bytes())
	k, err := ledger.ParseSM2Key(vkey)
	if err != nil {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(signed, "\n\n")
	sig, err := key.Sign(rand.Reader, []byte(text+"\n"), sm2.DefaultSM2SignerOpts)
	if err != nil {
		t.Fatal(err)
	}
	return vkey, "— " + bundletest.Origin + " " + base64.StdEncoding.EncodeToString(append(binary.BigEndian.AppendUint32(nil, k.KeyHash()), sig...)) + "\n"
}

// second runs the second verifier, which was written from the same page in
// another language and shares nothing with ours.
func second(t *testing.T, path string) (status int, report bundle.Report) {
	t.Helper()
	c := exec.Command("python3", filepath.Join("..", "..", "verify", "suiji_verify.py"), path, "--json")
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil && c.ProcessState == nil {
		t.Fatalf("python3, which the second verifier needs: %v", err)
	}
	d := json.NewDecoder(&out)
	d.DisallowUnknownFields()
	if err := d.Decode(&report); err != nil {
		t.Fatalf("second verifier says %q %q: %v", out.String(), errs.String(), err)
	}
	return c.ProcessState.ExitCode(), report
}

// wantSame holds that both verifiers come to the same end at the same step.
func wantSame(t *testing.T, raw []byte) bundle.Report {
	t.Helper()
	path := write(t, raw)
	status, stdout, _ := run(path, "--json")
	var ours bundle.Report
	if err := json.Unmarshal([]byte(stdout), &ours); err != nil {
		t.Fatal(err)
	}
	other, theirs := second(t, path)
	strip := func(r bundle.Report) string {
		var b strings.Builder
		fmt.Fprint(&b, r.OK)
		for _, s := range r.Steps {
			fmt.Fprint(&b, " ", s.Step, s.OK)
		}
		return b.String()
	}
	if status != other || strip(ours) != strip(theirs) {
		t.Errorf("we end with %d, %s\nthe second verifier with %d, %s\nwe say %+v\nit says %+v", status, strip(ours), other, strip(theirs), ours.Steps, theirs.Steps)
	}
	if ours.OK {
		if d := cmp.Diff([]string{ours.ID, ours.Scheme, ours.Key}, []string{theirs.ID, theirs.Scheme, theirs.Key}); d != "" {
			t.Errorf("reports differ:\n%s", d)
		}
	}
	return ours
}

func TestTwoVerifiersAgree(t *testing.T) {
	for _, d := range bundletest.Draws(t) {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			if r := wantSame(t, bundletest.Zip(t, d.Whole(t))); !r.OK {
				t.Errorf("refused: %+v", r)
			}
		})
	}
	for _, f := range bundletest.Forgeries(t) {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			if r := wantSame(t, f.Raw); r.Failed() != f.Step {
				t.Errorf("failed at %q, want %q", r.Failed(), f.Step)
			}
		})
	}
}

// TestTwoVerifiersAgreeOnChangedBytes takes places all over a bundle, with and
// without the checksum put right.
func TestTwoVerifiersAgreeOnChangedBytes(t *testing.T) {
	const places = 30
	whole := bundletest.Draws(t)[1].Whole(t)
	raw := bundletest.Zip(t, whole)
	for i := range places {
		at := i * len(raw) / places
		changed := bytes.Clone(raw)
		changed[at] ^= []byte{0x01, 0x20}[i%2]
		t.Run(fmt.Sprintf("byte %d", at), func(t *testing.T) {
			t.Parallel()
			if r := wantSame(t, changed); r.OK {
				t.Error("accepted")
			}
		})
	}
	for name, content := range bundletest.Files(t, whole) {
		for i := range places / 6 {
			at := (i*len(content) + len(content)/2) / (places / 6)
			changed := bytes.Clone(content)
			changed[at] ^= []byte{0x01, 0x20}[i%2]
			t.Run(fmt.Sprintf("%s byte %d", name, at), func(t *testing.T) {
				t.Parallel()
				if r := wantSame(t, bundletest.Zip(t, bundletest.Replace(whole, name, changed))); r.OK {
					t.Error("accepted")
				}
			})
		}
	}
}
