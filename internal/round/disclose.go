package round

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"suiji/bundle"
	"suiji/draw"
	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/ledger"
)

// Disclose makes the bundle of every drawn half public and fixes its digest in
// the ledger. A round that is not disclosed at once is disclosed when it is
// closed, or on the date that its manifest names.
func (s *Service) Disclose(ctx context.Context, a access.Actor, id string) error {
	if !access.Allow(a, access.RoundDisclose) { // also where nothing is left to disclose
		return s.Door.Do(ctx, a, access.RoundDisclose, id, nil)
	}
	r, err := s.Round(ctx, a.Authority, id)
	if err != nil {
		return err
	}
	if err := s.mayDisclose(r); err != nil {
		return err
	}
	// The proofs need positions; whoever else gives them meanwhile is welcome.
	if err := s.Scribe.Sequence(ctx, a.Authority); err != nil {
		return err
	}
	_, size, err := s.Scribe.Checkpoint(ctx, a.Authority)
	if err != nil {
		return err
	}
	draws, err := s.Draws(ctx, a.Authority, id)
	if err != nil {
		return err
	}
	for _, d := range draws {
		if d.State != "drawn" || d.Bundle != "" {
			continue
		}
		if err := s.disclose(ctx, a, r, d, size); err != nil {
			return err
		}
	}
	return nil
}

// mayDisclose says whether the names may be public by now.
func (s *Service) mayDisclose(r Round) error {
	switch {
	case r.Rehearsal:
		return errs.E(errs.Conflict, "演练不公开")
	case r.Disclosure == string(draw.AtOnce), r.State == Closed, !s.today().Before(r.DiscloseBy):
		return nil
	}
	return errs.E(errs.Conflict, fmt.Sprintf("本轮次封存时约定办结后公开，最迟 %s；现在公开会泄露尚未检查的名单", r.DiscloseBy))
}

func (s *Service) disclose(ctx context.Context, a access.Actor, r Round, d Draw, size int64) error {
	d.TreeSize = size
	h := sha256.New()
	if err := s.writeBundle(ctx, r, d, h); err != nil {
		return err
	}
	digest := hex.EncodeToString(h.Sum(nil))
	return s.Door.Do(ctx, a, access.RoundDisclose, r.ID+"."+d.Half, func(tx *store.DB) error {
		n, err := tx.Exec(ctx, `
			UPDATE round_draw
			SET tree_size = $4, bundle = $5
			WHERE authority_id = $1 AND round_id = $2 AND half = $3 AND bundle = ''`,
			r.Authority, r.ID, d.Half, size, digest)
		if err != nil || n == 0 {
			return err // n = 0: somebody was first, with the same facts
		}
		return s.enter(ctx, tx, r, ledger.RoundDisclosed, d.Half, map[string]any{"bundle": digest})
	})
}

// DiscloseDue discloses every round of the authority that is due: closed, at
// once, or past its date. It is called from time to time.
func (s *Service) DiscloseDue(ctx context.Context, authority string) error {
	due, err := store.All(ctx, s.DB, store.Value[string], `
		SELECT DISTINCT r.round_id
		FROM round r
		JOIN round_draw d ON d.authority_id = r.authority_id AND d.round_id = r.round_id
		WHERE r.authority_id = $1 AND NOT r.rehearsal AND d.state = 'drawn' AND d.bundle = ''
			AND (r.state = 'closed' OR r.disclosure = 'at-once' OR r.disclose_by <= $2)
		ORDER BY r.round_id`, authority, s.today().String())
	if err != nil {
		return err
	}
	for _, id := range due {
		if err := s.Disclose(ctx, access.System(authority), id); err != nil {
			return fmt.Errorf("disclose %s: %w", id, err)
		}
	}
	return nil
}

// Bundle writes the disclosed bundle of one half to w: the same bytes every
// time. NotFound before the disclosure.
func (s *Service) Bundle(ctx context.Context, authority, id, half string, w io.Writer) error {
	r, err := s.Round(ctx, authority, id)
	if err != nil {
		return err
	}
	d, err := readDraw(ctx, s.DB, authority, id, half)
	if err != nil {
		return err
	}
	if d.Bundle == "" {
		return errs.E(errs.NotFound, "核验包尚未公开")
	}
	return s.writeBundle(ctx, r, d, w)
}

func (s *Service) writeBundle(ctx context.Context, r Round, d Draw, w io.Writer) error {
	sources, err := readSources(ctx, s.DB, r.Authority, r.ID, d.Half)
	if err != nil {
		return err
	}
	var public []string
	for _, x := range sources {
		if x.Kind == draw.Public {
			public = append(public, x.Name)
		}
	}
	ev, err := s.Scribe.Evidence(ctx, r.Authority, r.ID+"."+d.Half, public, d.TreeSize)
	if err != nil {
		return err
	}
	raw, err := ev.Bytes()
	if err != nil {
		return err
	}
	beacons, err := signatures(sources)
	if err != nil {
		return err
	}
	list := func(name string) bundle.List {
		return func(w io.Writer) error {
			_, err := io.Copy(w, s.OpenList(ctx, r.Authority, r.ID, d.Half, name))
			return err
		}
	}
	b := bundle.Bundle{Scheme: draw.MatchScheme, Manifest: []byte(d.Manifest), Reveal: []byte(d.Reveal), Beacon: beacons, Result: []byte(d.Result), Ledger: raw,
		Targets: list("targets"), Excluded: list("excluded"), Officers: list("officers"), Recusals: list("recusals")}
	if d.Half == Targets {
		b.Scheme = draw.TargetsScheme
	}
	return bundle.Write(w, b)
}
