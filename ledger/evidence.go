package ledger

import (
	"encoding/hex"
	"errors"
	"fmt"

	"suiji/internal/canon"
)

// Evidence is a bundle's ledger.json (docs/spec/bundle.md): a checkpoint, the
// entries of one draw with the proofs that they stand under it, and the key.
type Evidence struct {
	Checkpoint string // signed note
	Entries    []Proven
	Key        string // note verifier key
}

// Proven is an entry with its place in the tree and the proof of it.
type Proven struct {
	Entry Entry
	Index int64 // from 0
	Proof []Hash
}

// Bytes returns the evidence as canonical JSON.
func (v Evidence) Bytes() ([]byte, error) {
	entries := make([]any, len(v.Entries))
	for i, p := range v.Entries {
		if err := p.Entry.check(); err != nil {
			return nil, err
		}
		entries[i] = map[string]any{"entry": p.Entry.object(), "index": p.Index, "proof": hexes(p.Proof)}
	}
	raw, err := canon.JSON(map[string]any{"checkpoint": v.Checkpoint, "entries": entries, "key": v.Key})
	if err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	return raw, nil
}

func hexes(proof []Hash) []string {
	out := make([]string, len(proof))
	for i, h := range proof {
		out[i] = hex.EncodeToString(h[:])
	}
	return out
}

// ParseEvidence reads exactly what Bytes prints: canonical JSON with no
// further members. It proves nothing yet: see Open.
func ParseEvidence(raw []byte) (Evidence, error) {
	if err := canon.IsCanonical(raw); err != nil {
		return Evidence{}, err
	}
	parsed, err := canon.Parse(raw)
	if err != nil {
		return Evidence{}, err
	}
	object, err := members(parsed, "checkpoint", "entries", "key")
	if err != nil {
		return Evidence{}, err
	}
	checkpoint, ok1 := object["checkpoint"].(string)
	entries, ok2 := object["entries"].([]any)
	key, ok3 := object["key"].(string)
	if !ok1 || !ok2 || !ok3 {
		return Evidence{}, errors.New("a member is of the wrong sort")
	}
	v := Evidence{Checkpoint: checkpoint, Key: key}
	for i, e := range entries {
		p, err := provenOf(e)
		if err != nil {
			return Evidence{}, fmt.Errorf("entries[%d]: %w", i, err)
		}
		v.Entries = append(v.Entries, p)
	}
	return v, nil
}

func provenOf(v any) (Proven, error) {
	object, err := members(v, "entry", "index", "proof")
	if err != nil {
		return Proven{}, err
	}
	entry, err := entryOf(object["entry"])
	if err != nil {
		return Proven{}, err
	}
	index, ok1 := object["index"].(int64)
	proof, ok2 := object["proof"].([]any)
	if !ok1 || !ok2 || index < 0 {
		return Proven{}, errors.New("index or proof is of the wrong sort")
	}
	p := Proven{Entry: entry, Index: index}
	for _, h := range proof {
		s, ok := h.(string)
		if !ok || !canon.IsHex32(s) {
			return Proven{}, errors.New("a hash of the proof is not 64 lower-case hexadecimal digits")
		}
		b, err := hex.DecodeString(s)
		if err != nil {
			return Proven{}, err
		}
		p.Proof = append(p.Proof, Hash(b))
	}
	return p, nil
}

// Open checks the checkpoint's signature under the evidence's own key and the
// proof of every entry. Whether the key is the authority's is for the caller
// to know.
func (v Evidence) Open() (Checkpoint, error) {
	c, err := OpenCheckpoint(v.Checkpoint, v.Key)
	if err != nil {
		return Checkpoint{}, err
	}
	for i, p := range v.Entries {
		leaf, err := p.Entry.Bytes()
		if err != nil {
			return Checkpoint{}, fmt.Errorf("entries[%d]: %w", i, err)
		}
		if err := CheckInclusion(c, leaf, p.Index, p.Proof); err != nil {
			return Checkpoint{}, fmt.Errorf("entries[%d]: %w", i, err)
		}
	}
	return c, nil
}
