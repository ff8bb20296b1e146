package ledger

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"suiji/internal/canon"
)

// originPrefix stands before the authority's id in every origin.
const originPrefix = "suiji/"

// Origin returns the name of an authority's tree and of its key.
func Origin(authority string) string { return originPrefix + authority }

// Checkpoint says what a tree was at one moment.
type Checkpoint struct {
	Origin string // suiji/<authority id>
	Size   int64  // entries
	Root   Hash
}

// Text returns the C2SP tlog-checkpoint: origin, size, root, a line each.
func (c Checkpoint) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]))
}

// ParseCheckpoint reads exactly what Text prints: no extension lines.
func ParseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return Checkpoint{}, errors.New("checkpoint does not have three lines")
	}
	if err := checkOrigin(lines[0]); err != nil {
		return Checkpoint{}, err
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, fmt.Errorf("checkpoint's size %.40q is not a number", lines[1])
	}
	root, err := parseBase64(lines[2], len(Hash{}))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint's root: %w", err)
	}
	return Checkpoint{Origin: lines[0], Size: size, Root: Hash(root)}, nil
}

func checkOrigin(origin string) error {
	authority, ok := strings.CutPrefix(origin, originPrefix)
	if !ok || !canon.IsIdentifier(authority) {
		return fmt.Errorf("origin %.60q is not %s<authority id>", origin, originPrefix)
	}
	return nil
}

// parseBase64 takes standard, padded base64 of n bytes in its one canonical
// spelling: a decoder alone lets unused bits and line ends pass.
func parseBase64(s string, n int) ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || len(b) != n || base64.StdEncoding.EncodeToString(b) != s {
		return nil, fmt.Errorf("%.100q is not canonical base64 of %d bytes", s, n)
	}
	return b, nil
}

// Sign returns the checkpoint as a signed note (C2SP signed-note) with a line
// of each signer. A signer's name must be the origin.
func (c Checkpoint) Sign(signers ...note.Signer) (string, error) {
	for _, s := range signers {
		if s.Name() != c.Origin {
			return "", fmt.Errorf("key of %q cannot sign for %q", s.Name(), c.Origin)
		}
	}
	if _, err := ParseCheckpoint(c.Text()); err != nil {
		return "", err
	}
	signed, err := note.Sign(&note.Note{Text: c.Text()}, signers...)
	if err != nil {
		return "", fmt.Errorf("sign checkpoint: %w", err)
	}
	return string(signed), nil
}

// A note's signature line: the em dash, the key's name, base64 of the key's
// hash (4 bytes) and the Ed25519 signature (64 bytes).
const (
	signatureMark = "— "
	signatureSize = 4 + 64
)

// OpenCheckpoint returns the checkpoint that stands in a signed note, if the
// note carries one signature, by the key, and nothing else. key is a note
// verifier key, as ParseKey reads it; its name must be the origin.
func OpenCheckpoint(signed, key string) (Checkpoint, error) {
	verifier, err := ParseKey(key)
	if err != nil {
		return Checkpoint{}, err
	}
	text, line, ok := strings.Cut(signed, "\n\n")
	if !ok {
		return Checkpoint{}, errors.New("checkpoint has no signature")
	}
	text += "\n"
	c, err := ParseCheckpoint(text)
	if err != nil {
		return Checkpoint{}, err
	}
	if c.Origin != verifier.Name() {
		return Checkpoint{}, fmt.Errorf("checkpoint of %q, key of %q", c.Origin, verifier.Name())
	}
	encoded, ok1 := strings.CutPrefix(line, signatureMark+c.Origin+" ")
	encoded, ok2 := strings.CutSuffix(encoded, "\n")
	if !ok1 || !ok2 {
		return Checkpoint{}, errors.New("checkpoint's signature is not one line of its origin's key")
	}
	sig, err := parseBase64(encoded, signatureSize)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint's signature: %w", err)
	}
	if binary.BigEndian.Uint32(sig) != verifier.KeyHash() || !verifier.Verify([]byte(text), sig[4:]) {
		return Checkpoint{}, errors.New("checkpoint's signature does not verify under the key")
	}
	return c, nil
}

// ParseKey reads a note verifier key in its one spelling:
// <name>+<key hash, 8 hexadecimal digits>+<base64 of 0x01 and the Ed25519
// public key>. The name must be an origin.
func ParseKey(key string) (note.Verifier, error) {
	parts := strings.SplitN(key, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("verifier key is not name+hash+key")
	}
	if err := checkOrigin(parts[0]); err != nil {
		return nil, fmt.Errorf("verifier key: %w", err)
	}
	raw, err := parseBase64(parts[2], 1+32)
	if err != nil {
		return nil, fmt.Errorf("verifier key: %w", err)
	}
	want, err := note.NewEd25519VerifierKey(parts[0], raw[1:])
	if err != nil || want != key {
		return nil, errors.New("verifier key's hash or sort is not that of its Ed25519 key")
	}
	v, err := note.NewVerifier(key)
	if err != nil {
		return nil, fmt.Errorf("verifier key: %w", err)
	}
	return v, nil
}

// KeyHash returns the eight digits by which people compare a verifier key.
func KeyHash(key string) (string, error) {
	v, err := ParseKey(key)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%08x", v.KeyHash()), nil
}
