package register

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"

	"suiji/internal/canon"
)

// own is the beginning of an identifier of the register's own.
const own = "N-"

// ownLength is the number of characters behind it: 80 bits of SHA-256.
const ownLength = 16

var base32Text = base32.StdEncoding.WithPadding(base32.NoPadding)

// Identifier gives a number the identifier by which draws know it (draw.md,
// "Words"): the number itself where its characters allow that, else one made
// from it. A number that looks like one made here gets one made here, so that
// no two numbers share an identifier.
func Identifier(number string) string {
	if canon.IsIdentifier(number) && !madeHere(number) {
		return number
	}
	sum := sha256.Sum256([]byte(number))
	return own + base32Text.EncodeToString(sum[:])[:ownLength]
}

func madeHere(number string) bool {
	rest, ok := strings.CutPrefix(number, own)
	return ok && len(rest) == ownLength && strings.Trim(rest, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}
