package ledger

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// A cosignature's key is of this sort; the signature is a time, 8 bytes, and
// an Ed25519 signature (C2SP tlog-cosignature).
const (
	cosignatureSort = 4
	cosignatureSize = 8 + ed25519.SignatureSize
)

// Cosigner is an outside witness of the log, known by its verifier key. It is
// a note.Verifier.
type Cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

// ParseCosigner reads a witness's verifier key: <name>+<key hash>+<base64 of
// 0x04 and the Ed25519 public key>.
func ParseCosigner(vkey string) (Cosigner, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 || parts[0] == "" || strings.ContainsAny(parts[0], " \t\n") {
		return Cosigner{}, errors.New("witness key is not name+hash+key")
	}
	raw, err := parseBase64(parts[2], 1+ed25519.PublicKeySize)
	if err != nil {
		return Cosigner{}, fmt.Errorf("witness key: %w", err)
	}
	if raw[0] != cosignatureSort {
		return Cosigner{}, fmt.Errorf("witness key is of sort %d, not the Ed25519 cosignatures' %d", raw[0], cosignatureSort)
	}
	c := Cosigner{name: parts[0], hash: keyID(parts[0], raw), key: raw[1:]}
	if fmt.Sprintf("%08x", c.hash) != parts[1] {
		return Cosigner{}, errors.New("witness key's hash is not that of its key")
	}
	return c, nil
}

// Name returns the witness's name.
func (c Cosigner) Name() string { return c.name }

// KeyHash returns the hash by which a signature line names the key.
func (c Cosigner) KeyHash() uint32 { return c.hash }

// Verify reports whether sig is the witness's cosignature of a checkpoint's
// text, at whatever time it states.
func (c Cosigner) Verify(text, sig []byte) bool {
	if len(sig) != cosignatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(sig)
	if at > 1<<63-1 {
		return false
	}
	signed := "cosignature/v1\ntime " + strconv.FormatUint(at, 10) + "\n" + string(text)
	return ed25519.Verify(c.key, []byte(signed), sig[8:])
}

// Cosignature is one witness's statement that it saw the tree.
type Cosignature struct {
	Name string
	At   time.Time
	Line string // the note's signature line, with its line feed
}

// Note is an opened checkpoint with what else stands under it.
type Note struct {
	Checkpoint
	SM2          bool          // it bears a line of the SM2 key asked for
	Cosignatures []Cosignature // of the witnesses asked for, in the note's order
	Others       int           // signature lines of keys that we do not know
}

// OpenNote opens a checkpoint that may bear further signature lines: it must
// be signed by the key, as ParseKey reads it. Lines of the further keys, an
// SM2Key and Cosigners, are checked, and a wrong one refuses the note; that one
// is missing does not. Lines of unknown keys are passed over (C2SP
// signed-note).
func OpenNote(signed, key string, further ...note.Verifier) (Note, error) {
	verifier, err := ParseKey(key)
	if err != nil {
		return Note{}, err
	}
	opened, err := note.Open([]byte(signed), note.VerifierList(append([]note.Verifier{verifier}, further...)...))
	if err != nil {
		return Note{}, fmt.Errorf("checkpoint: %w", err)
	}
	n := Note{Others: len(opened.UnverifiedSigs)}
	if n.Checkpoint, err = ParseCheckpoint(opened.Text); err != nil {
		return Note{}, err
	}
	own := false
	for _, s := range opened.Sigs {
		raw, err := base64.StdEncoding.DecodeString(s.Base64)
		if err != nil || base64.StdEncoding.EncodeToString(raw) != s.Base64 {
			return Note{}, errors.New("a signature is not canonical base64")
		}
		if s.Name == verifier.Name() && s.Hash == verifier.KeyHash() {
			own = true
			continue
		}
		if isSM2(s, further) {
			n.SM2 = n.SM2 || s.Name == n.Origin
			continue
		}
		c, err := cosignature(s, raw)
		if err != nil {
			return Note{}, err
		}
		n.Cosignatures = append(n.Cosignatures, c)
	}
	if !own || n.Origin != verifier.Name() {
		return Note{}, errors.New("checkpoint is not signed by its origin's key")
	}
	return n, nil
}

// isSM2 reports whether a line that held is that of an SM2 key.
func isSM2(s note.Signature, further []note.Verifier) bool {
	return slices.ContainsFunc(further, func(v note.Verifier) bool {
		_, ok := v.(SM2Key)
		return ok && v.Name() == s.Name && v.KeyHash() == s.Hash
	})
}

func cosignature(s note.Signature, raw []byte) (Cosignature, error) {
	if len(raw) != 4+cosignatureSize {
		return Cosignature{}, errors.New("a cosignature is out of form")
	}
	at := time.Unix(int64(binary.BigEndian.Uint64(raw[4:])), 0).UTC()
	return Cosignature{s.Name, at, signatureMark + s.Name + " " + s.Base64 + "\n"}, nil
}

// Bare returns the checkpoint of a note with the one line of its origin's
// Ed25519 key, as a bundle holds it.
func Bare(signed, key string) (string, error) {
	n, err := OpenNote(signed, key)
	if err != nil {
		return "", err
	}
	verifier, err := ParseKey(key)
	if err != nil {
		return "", err
	}
	for _, line := range strings.SplitAfter(signed, "\n") {
		encoded, ok := strings.CutPrefix(line, signatureMark+n.Origin+" ")
		if raw, err := parseBase64(strings.TrimSuffix(encoded, "\n"), signatureSize); ok && err == nil && binary.BigEndian.Uint32(raw) == verifier.KeyHash() {
			return n.Text() + "\n" + line, nil
		}
	}
	return "", errors.New("checkpoint has no line of its origin's key")
}

// keyID is the first four bytes of SHA-256 over name, line feed and key, as
// the note format has it.
func keyID(name string, key []byte) uint32 {
	sum := sha256.Sum256(append([]byte(name+"\n"), key...))
	return binary.BigEndian.Uint32(sum[:])
}
