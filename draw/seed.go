package draw

import (
	"crypto/hmac"
	"encoding/hex"
	"hash"
	"strconv"

	"suiji/internal/canon"
)

// Seed is a draw's seed (种子): the key K that every lot is worked out from.
type Seed struct {
	hash Hash
	key  [canon.Size]byte
}

// ParseSeed reads S, 64 hexadecimal digits, as results show it.
func ParseSeed(h Hash, s string) (Seed, error) {
	if !h.Valid() || !canon.IsHex32(s) {
		return Seed{}, fault(ResultFile, RuleSeed, "应为 64 位小写十六进制数")
	}
	seed := Seed{hash: h}
	if _, err := hex.Decode(seed.key[:], []byte(s)); err != nil {
		return Seed{}, err
	}
	return seed, nil
}

// String returns S, 64 hexadecimal digits.
func (s Seed) String() string { return hex.EncodeToString(s.key[:]) }

// Lot returns lot(args…): HKDF-Expand of K under the arguments joined by
// colons (RFC 5869 §2.3), 32 bytes.
func (s Seed) Lot(args ...string) [canon.Size]byte { return s.lots().of(args...) }

// DeriveSeed works out the seed from what was revealed (揭示): HKDF-Extract
// (RFC 5869 §2.2) of the seed text, salted with the manifest's digest. reveal
// holds exactly the manifest's source names. An *Error names what does not
// fit. The value of a drand source is taken as given: that it comes from a
// signature that verifies is for the caller to check.
func DeriveSeed(m Manifest, reveal map[string]string) (Seed, error) {
	if err := m.CheckReveal(reveal); err != nil {
		return Seed{}, err
	}
	mac := hmac.New(m.Hash.New, m.Hash.Sum(m.raw))
	mac.Write([]byte("suiji/seed/1\n"))
	for _, s := range m.Seed {
		mac.Write([]byte(s.Name + " " + reveal[s.Name] + "\n"))
	}
	seed := Seed{hash: m.Hash}
	mac.Sum(seed.key[:0])
	return seed, nil
}

// CheckReveal checks that reveal has exactly the manifest's sources, each in
// its form, and that every secret fits its commitment (承诺).
func (m Manifest) CheckReveal(reveal map[string]string) error {
	m.mustBeRead()
	for _, s := range m.Seed {
		value, ok := reveal[s.Name]
		if !ok {
			return fault(RevealFile, RuleReveal, "缺少来源 %s", s.Name)
		}
		if err := canon.CheckValue(s.Kind, value); err != nil {
			return fault(RevealFile, RuleReveal, "%s：%v", s.Name, err)
		}
		if s.Kind == Committed && canon.Commitment(m.Hash, s.Name, value) != s.Commitment {
			return fault(RevealFile, RuleCommitment, "%s", s.Name)
		}
	}
	if len(reveal) > len(m.Seed) {
		return fault(RevealFile, RuleReveal, "有清单没有的来源")
	}
	return nil
}

// ParseReveal reads reveal.json, an object from source name to value. raw need
// not be canonical.
func ParseReveal(raw []byte) (map[string]string, error) {
	v, err := canon.Parse(raw)
	if err != nil {
		return nil, fault(RevealFile, RuleJSON, "%v", err)
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, fault(RevealFile, RuleReveal, "应为一个对象")
	}
	reveal := map[string]string{}
	for name, v := range object {
		if reveal[name], ok = v.(string); !ok {
			return nil, fault(RevealFile, RuleReveal, "%s 应为字符串", name)
		}
	}
	return reveal, nil
}

// lots works out many lots under one seed. crypto/hmac keeps the state after
// the padded key, so a lot costs two blocks of the hash and no allocation.
type lots struct {
	mac hash.Hash
	msg []byte
	sum []byte
}

func (s Seed) lots() *lots {
	l := &lots{mac: hmac.New(s.hash.New, s.key[:]), sum: make([]byte, 0, canon.Size)}
	l.mac.Reset() // from the first Reset on the state is kept
	return l
}

// of returns lot(args…).
func (l *lots) of(args ...string) (v [canon.Size]byte) {
	l.msg = l.msg[:0]
	for i, a := range args {
		if i > 0 {
			l.msg = append(l.msg, ':')
		}
		l.msg = append(l.msg, a...)
	}
	l.finish(&v)
	return v
}

// target sets v to lot("target", id, ticket).
func (l *lots) target(v *[canon.Size]byte, id []byte, ticket int) {
	l.msg = append(append(l.msg[:0], "target:"...), id...)
	l.msg = strconv.AppendInt(append(l.msg, ':'), int64(ticket), 10)
	l.finish(v)
}

// finish sets v to the lot of the message: its first and only HKDF block.
func (l *lots) finish(v *[canon.Size]byte) {
	l.msg = append(l.msg, 1)
	l.mac.Reset()
	l.mac.Write(l.msg)
	l.sum = l.mac.Sum(l.sum[:0])
	copy(v[:], l.sum)
}
