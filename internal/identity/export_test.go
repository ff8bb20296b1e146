package identity

import (
	"encoding/base64"

	"golang.org/x/crypto/argon2"
)

// ArgonOfTests hashes with another cost than today's.
func ArgonOfTests(password, salt string, memory, passes uint32) string {
	return base64.RawStdEncoding.EncodeToString(argon2.IDKey([]byte(password), []byte(salt), passes, memory, 1, 32))
}
