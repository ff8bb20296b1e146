package ceremony

import (
	"context"

	"suiji/draw"
	"suiji/internal/round"
	"suiji/ledger"
)

// Standing is what a witness's telephone needs to check everything itself.
type Standing struct {
	Witness  Witness
	Snapshot Snapshot
	Current  bool              // the witness's half is the one that the round is at
	Manifest string            // as sealed, canonical; empty before
	Recorded string            // digest of the revealed secret as the ledger has it; empty: not revealed
	Values   map[string]string // of all sources, once they may be known
	Seed     string            // once it may be known
}

// Standing returns how things stand for the witness whose telephone has this
// address.
func (s *Service) Standing(ctx context.Context, address string) (st Standing, err error) {
	if st.Witness, err = s.joined(ctx, address); err != nil {
		return st, err
	}
	w := st.Witness
	if st.Snapshot, err = s.Snapshot(ctx, w.Authority, w.RoundID); err != nil {
		return st, err
	}
	st.Current = st.Snapshot.Half == w.Half
	draws, err := s.Round.Draws(ctx, w.Authority, w.RoundID)
	if err != nil {
		return st, err
	}
	for _, d := range draws {
		if d.Half != w.Half || d.Manifest == "" {
			continue
		}
		st.Manifest = d.Manifest
		if err := s.revealed(ctx, d, &st); err != nil {
			return st, err
		}
	}
	return st, nil
}

// revealed tells what is known of the secrets: of the witness's own the digest
// that the ledger holds, of all their values once the draw is open.
func (s *Service) revealed(ctx context.Context, d round.Draw, st *Standing) error {
	w := st.Witness
	sources, err := s.Round.Sources(ctx, w.Authority, w.RoundID, w.Half)
	if err != nil {
		return err
	}
	m, err := draw.ParseManifest([]byte(d.Manifest))
	if err != nil {
		return err
	}
	values := map[string]string{}
	for _, x := range sources {
		values[x.Name] = x.Value
		if st.Snapshot.Rehearsal && x.Name == w.Name() && x.Value != "" {
			st.Recorded = m.Hash.Hex([]byte(x.Value)) // a rehearsal is in no ledger
		}
	}
	if !st.Snapshot.Rehearsal {
		entries, err := s.Scribe.Entries(ctx, w.Authority, w.subject())
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.Entry.Type == ledger.RoundRevealed && e.Entry.Data["source"] == w.Name() {
				st.Recorded, _ = e.Entry.Data["digest"].(string) // an entry of ours always has one
			}
		}
	}
	if d.State != "drawn" || d.Bundle == "" && m.Disclosure != draw.AtOnce {
		return nil
	}
	seed, err := draw.DeriveSeed(m, values)
	st.Values, st.Seed = values, seed.String()
	return err
}
