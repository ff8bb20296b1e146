package ledger

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/emmansun/gmsm/sm2"
)

// An SM2 key's sort in the note format: the byte for kinds that the format
// has not numbered, and a name of our own (C2SP signed-note, 0xff).
const sm2Sort = "\xffsuiji/sm2-with-sm3@v1"

// spkiHead stands before the point 04‖x‖y in the DER of an SM2 public key
// (RFC 5480; id-ecPublicKey, curve 1.2.156.10197.1.301), so that other
// programs can read what stands in the verifier key.
const spkiHead = "\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x81\x1c\xcf\x55\x01\x82\x2d\x03\x42\x00"

// pointSize is the length of 04‖x‖y.
const pointSize = 65

// SM2Key is an authority's further verifier key, by which its checkpoints may
// be signed besides Ed25519 (GB/T 32918.2 with SM3). It is a note.Verifier.
type SM2Key struct {
	name string
	hash uint32
	key  *ecdsa.PublicKey
}

// FormatSM2Key prints the verifier key of an SM2 public key, given as its
// point 04‖x‖y: <name>+<key hash, 8 hexadecimal digits>+<base64 of 0xff, the
// sort's name and the DER of the key>.
func FormatSM2Key(name string, point []byte) string {
	raw := []byte(sm2Sort + spkiHead + string(point))
	return fmt.Sprintf("%s+%08x+%s", name, keyID(name, raw), base64.StdEncoding.EncodeToString(raw))
}

// ParseSM2Key reads exactly what FormatSM2Key prints. The name must be an
// origin.
func ParseSM2Key(vkey string) (SM2Key, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return SM2Key{}, errors.New("SM2 verifier key is not name+hash+key")
	}
	if err := checkOrigin(parts[0]); err != nil {
		return SM2Key{}, fmt.Errorf("SM2 verifier key: %w", err)
	}
	raw, err := parseBase64(parts[2], len(sm2Sort)+len(spkiHead)+pointSize)
	if err != nil {
		return SM2Key{}, fmt.Errorf("SM2 verifier key: %w", err)
	}
	point, ok := bytes.CutPrefix(raw, []byte(sm2Sort+spkiHead))
	if !ok {
		return SM2Key{}, errors.New("SM2 verifier key is of another sort")
	}
	k := SM2Key{name: parts[0], hash: keyID(parts[0], raw)}
	if fmt.Sprintf("%08x", k.hash) != parts[1] {
		return SM2Key{}, errors.New("SM2 verifier key's hash is not that of its key")
	}
	if k.key, err = sm2.NewPublicKey(point); err != nil {
		return SM2Key{}, fmt.Errorf("SM2 verifier key: %w", err)
	}
	return k, nil
}

// Name returns the origin whose key it is.
func (k SM2Key) Name() string { return k.name }

// KeyHash returns the hash by which a signature line names the key.
func (k SM2Key) KeyHash() uint32 { return k.hash }

// Verify reports whether sig is the key's signature of a note's text: DER of
// r and s, under the identity 1234567812345678 that the standard sets where
// none is agreed.
func (k SM2Key) Verify(text, sig []byte) bool {
	return sm2.VerifyASN1WithSM2(k.key, nil, text, sig)
}
