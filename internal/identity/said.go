package identity

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
)

// Say keeps a secret for the session's next page: a password for one sign-in, a
// key that is shown once. It is sealed under the session's token, of which the
// database has the hash only.
func (m *Sessions) Say(ctx context.Context, secret string) error {
	if m.scs.Token(ctx) == "" {
		if err := m.scs.RenewToken(ctx); err != nil {
			return err
		}
	}
	seal, err := m.seal(ctx)
	if err != nil {
		return err
	}
	nonce := make([]byte, seal.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return err
	}
	m.scs.Put(ctx, keySaid, seal.Seal(nonce, nonce, []byte(secret), nil))
	return nil
}

// Said returns what was kept, once; empty if nothing was.
func (m *Sessions) Said(ctx context.Context) string {
	box := m.scs.PopBytes(ctx, keySaid)
	seal, err := m.seal(ctx)
	if err != nil || len(box) < seal.NonceSize() {
		return ""
	}
	n := seal.NonceSize()
	secret, err := seal.Open(nil, box[:n], box[n:], nil)
	if err != nil {
		return ""
	}
	return string(secret)
}

func (m *Sessions) seal(ctx context.Context) (cipher.AEAD, error) {
	token := m.scs.Token(ctx)
	if token == "" {
		return nil, errors.New("the session has no token")
	}
	key, err := hkdf.Key(sha256.New, []byte(token), nil, "suiji session secret", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func encode32(b []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)
}

func decode32(s string) ([]byte, error) {
	return base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(s)
}
