package ledger

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm2"
)

// signSM2 is an SM2 key of a test: its verifier key, and a note's line by it.
func signSM2(t testing.TB, name string) (SM2Key, string, func(text string) string) {
	t.Helper()
	key, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.ECDH()
	if err != nil {
		t.Fatal(err)
	}
	vkey := FormatSM2Key(name, public.PublicKey().Bytes())
	k, err := ParseSM2Key(vkey)
	if err != nil {
		t.Fatal(err)
	}
	return k, vkey, func(text string) string {
		sig, err := key.Sign(rand.Reader, []byte(text), sm2.DefaultSM2SignerOpts)
		if err != nil {
			t.Fatal(err)
		}
		return signatureMark + name + " " + base64.StdEncoding.EncodeToString(append(binary.BigEndian.AppendUint32(nil, k.KeyHash()), sig...)) + "\n"
	}
}

func TestOpenNoteSM2(t *testing.T) {
	r := sampleTree(t, 5)
	c, signed := r.checkpoint(t, 5)
	older, _ := r.checkpoint(t, 4)
	k, vkey, sign := signSM2(t, c.Origin)
	_, _, foreign := signSM2(t, c.Origin)
	line := sign(c.Text())
	swapped := strings.Replace(line, line[len(line)-20:len(line)-16], "AAAA", 1)
	tests := []struct {
		name   string
		note   string
		ok     bool
		sm2    bool
		others int
	}{
		{"an old checkpoint", signed, true, false, 0},
		{"signed", signed + line, true, true, 0},
		{"by another key", signed + foreign(c.Text()), true, false, 1},
		{"over another tree", signed + sign(older.Text()), false, false, 0},
		{"a byte changed", signed + swapped, false, false, 0},
		{"by SM2 alone", c.Text() + "\n" + line, false, false, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n, err := OpenNote(tt.note, r.key, k)
			if (err == nil) != tt.ok || tt.ok && (n.SM2 != tt.sm2 || n.Others != tt.others || n.Checkpoint != c) {
				t.Errorf("OpenNote = %+v, %v", n, err)
			}
			if !tt.ok && !strings.Contains(tt.note, signed) {
				return
			}
			if n, err := OpenNote(tt.note, r.key); err != nil || n.Checkpoint != c {
				t.Errorf("who does not know the key reads %+v, %v", n, err)
			}
			if bare, err := Bare(tt.note, r.key); err != nil || bare != signed {
				t.Errorf("Bare = %q, %v, want the Ed25519 line alone", bare, err)
			}
		})
	}
	for _, bad := range []string{"", r.key, strings.Replace(vkey, "+", "+0", 1), vkey + "A", strings.Replace(vkey, c.Origin, "suiji/other", 1), strings.Replace(vkey, c.Origin, "nobody", 1)} {
		if _, err := ParseSM2Key(bad); err == nil {
			t.Errorf("ParseSM2Key(%q) succeeded", bad)
		}
	}
}

// TestSM2Vector is the worked signature of GB/T 32918.5-2017, annex A.
func TestSM2Vector(t *testing.T) {
	unhex := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	point := unhex("0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13")
	k, err := ParseSM2Key(FormatSM2Key("suiji/130132-rs", point))
	if err != nil {
		t.Fatal(err)
	}
	sig := unhex("3046022100F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3022100B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA")
	if !k.Verify([]byte("message digest"), sig) {
		t.Error("the standard's own signature does not hold")
	}
	for i := range sig {
		bad := bytes.Clone(sig)
		bad[i] ^= 1
		if k.Verify([]byte("message digest"), bad) {
			t.Errorf("with byte %d changed it holds", i)
		}
	}
	if k.Verify([]byte("message digesu"), sig) {
		t.Error("it holds for another message")
	}
}

// TestSM2WithOpenSSL has another program check a line, by the recipe of
// docs/spec/ledger.md.
func TestSM2WithOpenSSL(t *testing.T) {
	if out, err := exec.Command("openssl", "version").Output(); err != nil || !strings.HasPrefix(string(out), "OpenSSL 3") {
		t.Skipf("no OpenSSL 3 here: %s %v", out, err)
	}
	c, _ := sampleTree(t, 5).checkpoint(t, 5)
	_, vkey, sign := signSM2(t, c.Origin)
	dir := t.TempDir()
	for name, text := range map[string]string{"text": c.Text(), "line": sign(c.Text()), "key-sm2": vkey + "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	check := exec.Command("sh", "-c", `cut -d+ -f3- key-sm2 | base64 -d | tail -c 91 | openssl pkey -pubin -inform DER -out key.pem &&
		cut -d' ' -f3 line | base64 -d | tail -c +5 > sig &&
		openssl pkeyutl -verify -pubin -inkey key.pem -rawin -digest sm3 -pkeyopt distid:1234567812345678 -in text -sigfile sig`)
	check.Dir = dir
	if out, err := check.CombinedOutput(); err != nil || !strings.Contains(string(out), "Signature Verified Successfully") {
		t.Fatalf("openssl says %s, %v", out, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "text"), []byte(c.Text()+"x"), 0o600); err != nil {
		t.Fatal(err)
	}
	again := exec.Command("sh", "-c", check.Args[2])
	again.Dir = dir
	if out, err := again.CombinedOutput(); err == nil {
		t.Errorf("openssl accepts another text: %s", out)
	}
}
