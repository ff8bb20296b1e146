package ledger

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
)

// cosigner is a witness as a test makes one.
func cosigner(t testing.TB, name string, seed byte) (vkey string, sign func(text string, at uint64) string) {
	t.Helper()
	key := ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune('a'+seed)), 32)))
	raw := append([]byte{cosignatureSort}, key.Public().(ed25519.PublicKey)...)
	id := keyID(name, raw)
	return fmt.Sprintf("%s+%08x+%s", name, id, base64.StdEncoding.EncodeToString(raw)), func(text string, at uint64) string {
		sig := binary.BigEndian.AppendUint32(nil, id)
		sig = binary.BigEndian.AppendUint64(sig, at)
		sig = append(sig, ed25519.Sign(key, fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at, text))...)
		return signatureMark + name + " " + base64.StdEncoding.EncodeToString(sig) + "\n"
	}
}

func TestOpenNote(t *testing.T) {
	r := sampleTree(t, 5)
	c, signed := r.checkpoint(t, 5)
	vkey, sign := cosigner(t, "witness.example/w1", 1)
	w, err := ParseCosigner(vkey)
	if err != nil {
		t.Fatal(err)
	}
	_, foreign := cosigner(t, "witness.example/w2", 2)
	older, _ := r.checkpoint(t, 4)
	tests := []struct {
		name     string
		note     string
		ok       bool
		cosigned int
		others   int
	}{
		{"bare", signed, true, 0, 0},
		{"cosigned", signed + sign(c.Text(), 1654480923), true, 1, 0},
		{"and by a stranger", signed + foreign(c.Text(), 1) + sign(c.Text(), 2), true, 1, 1},
		{"by a stranger wrongly", signed + foreign("x", 1), true, 0, 1},
		{"wrongly", signed + sign(older.Text(), 1), false, 0, 0},
		{"at no time", signed + sign(c.Text(), 1<<63), false, 0, 0},
		{"by the witness alone", c.Text() + "\n" + sign(c.Text(), 1), false, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n, err := OpenNote(tt.note, r.key, w)
			if (err == nil) != tt.ok || len(n.Cosignatures) != tt.cosigned || n.Others != tt.others {
				t.Errorf("OpenNote = %+v, %v, want %d cosignatures and %d others", n, err, tt.cosigned, tt.others)
			}
			if !tt.ok {
				return
			}
			if bare, err := Bare(tt.note, r.key); err != nil || bare != signed {
				t.Errorf("Bare = %q, %v, want the note as the log signed it", bare, err)
			}
		})
	}
}

func TestParseCosigner(t *testing.T) {
	vkey, _ := cosigner(t, "witness.example", 1)
	log := sampleTree(t, 1).key
	for _, bad := range []string{"", "x", log, strings.Replace(vkey, "witness", "another", 1), vkey + "A", "+" + vkey} {
		if _, err := ParseCosigner(bad); err == nil {
			t.Errorf("ParseCosigner(%q) succeeded", bad)
		}
	}
}
