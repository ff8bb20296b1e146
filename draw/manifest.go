package draw

import (
	"fmt"

	"suiji/internal/canon"
)

// Manifest fixes a draw before its seed exists. Make one with ParseManifest or
// Build: only these hold the canonical bytes that seed and digest are made
// from. Fields changed afterwards need another Build.
type Manifest struct {
	Scheme     string
	Hash       Hash
	ID         string
	Attempt    int        // from 1; 0 where the manifest does not say
	Previous   string     // digest of the abandoned attempt's manifest, or empty
	Disclosure Disclosure // empty means DigestFirst
	DiscloseBy string     // YYYY-MM-DD, or empty
	Targets    Listing
	Excluded   Listing   // suiji/targets/1
	Strata     []Stratum // suiji/targets/1
	Officers   Listing   // suiji/match/1
	Recusals   Listing   // suiji/match/1
	Slots      []Slot    // suiji/match/1
	Mode       Mode      // suiji/match/1
	Teams      int       // suiji/match/1: teams a slot; no matter in mode each
	Reserve    int       // suiji/match/1: reserves a firm and slot
	Seed       []Source
	// Extra holds further members (title, authority, rules): covered by the
	// digest, ignored by the arithmetic. Its values are those of canonical
	// JSON.
	Extra map[string]any

	raw []byte // canonical
}

// Listing is a list's seal: its number of lines and its Merkle root, 64
// hexadecimal digits.
type Listing struct {
	Count int
	Root  string
}

// Stratum is one stratum (分层) of the register and its quota.
type Stratum struct {
	Name    string
	Draw    int
	Reserve int
}

// Slot is a department, or a field of enforcement in one, that inspects with
// Size officers.
type Slot struct {
	Name string
	Size int
}

// Mode says how officers are dealt.
type Mode string

// The modes of a match.
const (
	Each  Mode = "each"  // officer by officer
	Teams Mode = "teams" // in teams that stay together
)

// Disclosure says when a round is shown.
type Disclosure string

// The ways of disclosure (draw.md, "When the drawn names must stay secret").
const (
	AtOnce      Disclosure = "at-once"
	DigestFirst Disclosure = "digest-first"
	AfterCheck  Disclosure = "after-check"
)

// Source is one source of the seed; which fields it has depends on its Kind.
type Source struct {
	Name       string
	Kind       canon.Kind
	By         string // committed: "bureau" or "witness"
	Commitment string // committed: 64 hexadecimal digits
	How        string // public: how it is rolled
	Chain      string // drand: the chain's hash
	Round      int    // drand
}

// The kinds of source.
const (
	Committed = canon.Committed
	Public    = canon.Public
	Drand     = canon.Drand
)

// Who commits a secret.
const (
	ByBureau  = "bureau"
	ByWitness = "witness"
)

// Build prints m and reads it back, so that what it returns is a manifest in
// every respect. The error is that of ParseManifest, or tells that Extra holds
// a member of the scheme or a value that canonical JSON has not.
func Build(m Manifest) (Manifest, error) {
	members := m.members()
	for name, v := range m.Extra {
		if _, ok := members[name]; ok {
			return Manifest{}, fault(ManifestFile, RuleMember, "%s 不能作为附加成员", name)
		}
		members[name] = v
	}
	raw, err := canon.JSON(members)
	if err != nil {
		return Manifest{}, fault(ManifestFile, RuleJSON, "%v", err)
	}
	return ParseManifest(raw)
}

// JSON returns the canonical bytes, unknown members included. They are nil for
// a manifest that ParseManifest or Build did not make.
func (m Manifest) JSON() []byte { return append([]byte(nil), m.raw...) }

// Digest returns hex of H(canonical JSON of the manifest), which goes into the
// ledger when the draw is sealed.
func (m Manifest) Digest() string {
	m.mustBeRead()
	return m.Hash.Hex(m.raw)
}

// members returns what m prints, further members aside.
func (m Manifest) members() map[string]any {
	o := map[string]any{
		"scheme": m.Scheme, "hash": string(m.Hash), "id": m.ID,
		"targets": m.Targets.members(), "seed": printAll(m.Seed, Source.members),
	}
	if m.Attempt != 0 {
		o["attempt"] = m.Attempt
	}
	optional(o, "previous", m.Previous)
	optional(o, "disclosure", string(m.Disclosure))
	optional(o, "disclose_by", m.DiscloseBy)
	if m.Scheme == TargetsScheme {
		o["excluded"] = m.Excluded.members()
		o["strata"] = printAll(m.Strata, Stratum.members)
		return o
	}
	o["officers"], o["recusals"] = m.Officers.members(), m.Recusals.members()
	o["slots"] = printAll(m.Slots, Slot.members)
	o["mode"], o["teams"], o["reserve"] = string(m.Mode), m.Teams, m.Reserve
	return o
}

// optional sets a member that is absent where it is empty.
func optional(o map[string]any, name, value string) {
	if value != "" {
		o[name] = value
	}
}

// printAll never returns nil, which would be null.
func printAll[T any](items []T, members func(T) map[string]any) []any {
	out := make([]any, 0, len(items))
	for _, item := range items {
		out = append(out, members(item))
	}
	return out
}

func (l Listing) members() map[string]any {
	return map[string]any{"count": l.Count, "root": l.Root}
}

func (s Stratum) members() map[string]any {
	return map[string]any{"name": s.Name, "draw": s.Draw, "reserve": s.Reserve}
}

func (s Slot) members() map[string]any {
	return map[string]any{"name": s.Name, "size": s.Size}
}

func (s Source) members() map[string]any {
	o := map[string]any{"name": s.Name, "kind": string(s.Kind)}
	switch s.Kind {
	case Committed:
		o["by"], o["commitment"] = s.By, s.Commitment
	case Public:
		o["how"] = s.How
	case Drand:
		o["chain"], o["round"] = s.Chain, s.Round
	}
	return o
}

// Verifiable reports whether a source lay out of the bureau's hands: a
// commitment by a witness, a drand round, or a public roll that cannot be
// searched, 39 decimal digits or 50 dice. reveal may be nil or lack names that
// are not known yet. Where it is false, a page must say that the bureau alone
// made this number. That a drand round lies after the seal is for whoever
// knows the time to check.
func (m Manifest) Verifiable(reveal map[string]string) bool {
	for _, s := range m.Seed {
		switch s.Kind {
		case Committed:
			if s.By == ByWitness {
				return true
			}
		case Drand:
			return true
		case Public:
			if canon.RollBits(reveal[s.Name]) >= canon.EnoughBits {
				return true
			}
		}
	}
	return false
}

// mustBeRead panics for a manifest that was put together by hand: it has no
// canonical bytes, so its seed would be nobody's.
func (m Manifest) mustBeRead() {
	if m.raw == nil {
		panic(fmt.Sprintf("BUG: draw: manifest %q was not made by ParseManifest or Build", m.ID))
	}
}
