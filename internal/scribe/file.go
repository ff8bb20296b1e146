package scribe

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"suiji/internal/canon"
	"suiji/internal/errs"
	"suiji/internal/keep"
	"suiji/ledger"
)

// The folders beside the database.
const (
	keyFolder        = "keys"
	checkpointFolder = "ledger"
)

// key is what an authority signs with always, Ed25519, its verifier key, and
// the SM2 verifier key, if there is one.
type key struct {
	signers  []note.Signer
	verifier string
	further  []note.Verifier
}

func (s *Scribe) keyPath(authority string) string {
	return filepath.Join(s.dir, keyFolder, authority+".key")
}

func (s *Scribe) checkpointPath(authority string) string {
	return filepath.Join(s.dir, checkpointFolder, authority+".checkpoint")
}

// readKey returns the authority's key, or fs.ErrNotExist. The file holds the
// note signer key and the verifier key, a line each.
func (s *Scribe) readKey(authority string) (key, error) {
	if !canon.IsIdentifier(authority) {
		return key{}, errs.E(errs.NotFound, "没有这个单位")
	}
	raw, err := os.ReadFile(s.keyPath(authority))
	if err != nil {
		return key{}, err
	}
	var signerKey, verifier string
	if _, err := fmt.Sscanf(string(raw), "%s\n%s\n", &signerKey, &verifier); err != nil {
		return key{}, fmt.Errorf("key file %s is damaged", s.keyPath(authority))
	}
	signer, err := note.NewSigner(signerKey)
	if err != nil {
		return key{}, fmt.Errorf("key file %s is damaged", s.keyPath(authority)) // the cause would print the key
	}
	if v, err := ledger.ParseKey(verifier); err != nil || v.KeyHash() != signer.KeyHash() || v.Name() != ledger.Origin(authority) {
		return key{}, fmt.Errorf("key file %s is damaged or of another authority", s.keyPath(authority))
	}
	return key{signers: []note.Signer{signer}, verifier: verifier}, nil
}

// publicKey returns the verifier key of a copy for the public: from its own
// file, or from the signing key's if a whole backup is served.
func (s *Scribe) publicKey(ctx context.Context, authority string) (key, error) {
	if !canon.IsIdentifier(authority) {
		return key{}, errs.E(errs.NotFound, "没有这个单位")
	}
	raw, err := os.ReadFile(filepath.Join(s.dir, keyFolder, authority+".pub"))
	if errors.Is(err, fs.ErrNotExist) {
		k, err := s.readKey(authority)
		if err != nil {
			return key{}, fmt.Errorf("verifier key of %s: %w", authority, err)
		}
		return s.pin(ctx, authority, key{verifier: k.verifier})
	}
	if err != nil {
		return key{}, err
	}
	k := key{verifier: strings.TrimSpace(string(raw))}
	if v, err := ledger.ParseKey(k.verifier); err != nil || v.Name() != ledger.Origin(authority) {
		return key{}, fmt.Errorf("verifier key of %s is damaged or of another authority", authority)
	}
	return s.pin(ctx, authority, k)
}

// makeKey makes the authority's key once. Whoever comes second uses the key of
// the first.
func (s *Scribe) makeKey(authority string) (key, error) {
	signerKey, verifier, err := note.GenerateKey(rand.Reader, ledger.Origin(authority))
	if err != nil {
		return key{}, fmt.Errorf("make key of %s: %w", authority, err)
	}
	err = keep.Add(s.keyPath(authority), []byte(signerKey+"\n"+verifier+"\n"))
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return key{}, fmt.Errorf("make key of %s: %w", authority, err)
	}
	return s.readKey(authority)
}

// kept is the checkpoint in the file. Somebody may have brought it with the
// lines of witnesses.
type kept struct {
	ledger.Note
	signed string
}

// readCheckpoint returns the last checkpoint that was kept in a file; its size
// is 0 if there is none yet.
func (s *Scribe) readCheckpoint(authority string, k key) (kept, error) {
	raw, err := os.ReadFile(s.checkpointPath(authority))
	if errors.Is(err, fs.ErrNotExist) {
		return kept{}, nil
	}
	if err != nil {
		return kept{}, err
	}
	n, err := ledger.OpenNote(string(raw), k.verifier, k.further...)
	if err != nil {
		return kept{}, errs.Because(errs.Conflict, "台账已停止签发：检查点文件 "+s.checkpointPath(authority)+" 已损坏，或不是用现在的密钥签的。请从备份取回该文件和 keys 目录", err)
	}
	return kept{n, string(raw)}, nil
}

// keepCheckpoint writes the last checkpoint beside the database, so that a
// database that was restored from an older copy is noticed. It never goes
// back.
func (s *Scribe) keepCheckpoint(authority string, k key, signed string) error {
	c, err := ledger.OpenNote(signed, k.verifier, k.further...)
	if err != nil {
		return err
	}
	kept, err := s.readCheckpoint(authority, k)
	if err != nil || kept.Size >= c.Size {
		return err
	}
	if err := keep.Put(s.checkpointPath(authority), []byte(signed)); err != nil {
		return fmt.Errorf("keep checkpoint of %s: %w", authority, err)
	}
	return nil
}
