// Package argon keeps passwords as argon2id hashes, in PHC strings that name
// their cost. Few are made at a time: each takes 19 MiB.
package argon

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// cost is what one argon2id hash takes.
type cost struct {
	memory, passes uint32
	lanes          uint8
}

// String is the cost as a PHC string has it.
func (c cost) String() string { return fmt.Sprintf("m=%d,t=%d,p=%d", c.memory, c.passes, c.lanes) }

// today is what OWASP names for argon2id: 19 MiB, two passes. Hashes made with
// another cost are made anew when their owner signs in.
var today = cost{19 * 1024, 2, 1}

// Hasher makes hashes and compares them.
type Hasher struct{ slots chan struct{} }

// New makes a hasher that works on so many passwords at once.
func New(atOnce int) Hasher { return Hasher{make(chan struct{}, atOnce)} }

// Hash returns the password as a PHC string.
func (h Hasher) Hash(password string) (string, error) {
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return "", fmt.Errorf("make salt: %w", err)
	}
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$%s$%s$%s", argon2.Version, today,
		enc.EncodeToString(salt), enc.EncodeToString(h.key(password, salt, today))), nil
}

func (h Hasher) key(password string, salt []byte, c cost) []byte {
	h.slots <- struct{}{}
	defer func() { <-h.slots }()
	return argon2.IDKey([]byte(password), salt, c.passes, c.memory, c.lanes, 32)
}

// longest keeps what is typed from being work for the machine: bytes.
const longest = 512

// Fits reports whether password is the one in the PHC string, which names the
// cost that it was made with. An account that has none takes as much work as
// one that has: how long an answer takes tells nobody which it is.
func (h Hasher) Fits(password, phc string) bool {
	if len(password) > longest {
		return false
	}
	salt, want, c, ok := parsePHC(phc)
	if !ok {
		salt, want, c, _ = parsePHC(Nobody)
	}
	return subtle.ConstantTimeCompare(h.key(password, salt, c), want) == 1 && ok
}

func parsePHC(phc string) (salt, want []byte, c cost, ok bool) {
	parts := strings.Split(phc, "$")
	if len(parts) != 6 {
		return nil, nil, c, false
	}
	_, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.passes, &c.lanes)
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	return salt, want, c, err == nil && err1 == nil && err2 == nil && len(want) > 0
}

// Outdated reports whether a password's hash was made with another cost than
// today's.
func Outdated(phc string) bool {
	parts := strings.Split(phc, "$")
	return len(parts) != 6 || parts[3] != today.String()
}

// Nobody is compared with when there is no such account, so that the answer
// takes as long.
const Nobody = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
