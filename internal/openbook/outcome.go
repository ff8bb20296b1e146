package openbook

import (
	"context"
	"slices"

	"suiji/draw"
	"suiji/internal/errs"
	"suiji/internal/round"
	"suiji/internal/store"
)

// publicOutcome counts what became of the drawn firms and names those whose
// names are public.
func (b Book) publicOutcome(ctx context.Context, r round.Round, p *Round, published map[string]bool) error {
	removals, err := b.rounds.Removals(ctx, r.Authority, r.ID)
	if err != nil {
		return err
	}
	removed, reasons := map[string]round.Removal{}, map[string]int{}
	for _, m := range removals {
		if !m.Approved {
			continue
		}
		removed[m.TargetID] = m
		reasons[m.Reason]++
		if m.Promoted != "" {
			p.Promoted++
		}
	}
	p.Removals = round.Count(reasons, round.ReasonName)
	substitutions, err := b.rounds.Substitutions(ctx, r.Authority, r.ID)
	if err != nil {
		return err
	}
	absences := map[string]int{}
	for _, m := range substitutions {
		if m.Approved {
			absences[m.Reason]++
		}
	}
	p.Substitutions = round.Count(absences, round.AbsenceName)
	return b.publicFirms(ctx, r, p, published, removed)
}

func scanFirm(row store.Scanner) (f Firm, err error) {
	err = row.Scan(&f.TargetID, &f.Stratum, &f.Rank, &f.State, &f.Name, &f.Code)
	return f, err
}

func (b Book) publicFirms(ctx context.Context, r round.Round, p *Round, published map[string]bool, removed map[string]round.Removal) error {
	quota := map[string]Stratum{}
	for _, st := range p.Strata {
		quota[st.Name] = st
	}
	return store.Each(ctx, b.rounds.DB, scanFirm, func(f Firm) error {
		if f.Rank <= quota[f.Stratum].Draw {
			p.Drawn++
		}
		if f.State == round.FirmConfirmed {
			p.Confirmed++
		}
		if !p.Open && !(r.Disclosure == string(draw.DigestFirst) && published[f.TargetID]) {
			return nil
		}
		if f.State == round.FirmRemoving {
			f.State = round.FirmDrawn // what is not decided is not said of a firm
		}
		if m, ok := removed[f.TargetID]; ok && f.State == round.FirmRemoved {
			f.Reason, f.Salt = m.Reason, m.Salt
		}
		f.Stratum = quota[f.Stratum].Title
		p.Firms = append(p.Firms, f)
		return nil
	}, `
		SELECT x.target_id, x.stratum, x.rank, x.state, t.name, t.code
		FROM round_target x
		JOIN round_quota q ON q.authority_id = x.authority_id AND q.round_id = x.round_id AND q.name = x.stratum
		JOIN register_target t ON t.authority_id = x.authority_id AND t.target_id = x.target_id
		WHERE x.authority_id = $1 AND x.round_id = $2
		ORDER BY q.no, x.rank`, r.Authority, r.ID)
}

// Drawn returns the head of a round, and the stratum of a drawn firm whose
// result is public: false if the firm was not drawn, or that may not be said
// yet.
func (b Book) Drawn(ctx context.Context, authority, id, target string) (Round, Stratum, bool, error) {
	r, err := b.rounds.Round(ctx, authority, id)
	if err != nil {
		return Round{}, Stratum{}, false, err
	}
	draws, err := b.sealedDraws(ctx, r)
	if err != nil {
		return Round{}, Stratum{}, false, err
	}
	p, err := b.publicHead(ctx, r, draws)
	if p.Open = open(r, draws[0]); err != nil || !p.Open && r.Disclosure != string(draw.DigestFirst) {
		return p, Stratum{}, false, err
	}
	names, err := store.All(ctx, b.rounds.DB, store.Value[string], `
		SELECT stratum
		FROM round_target
		WHERE authority_id = $1 AND round_id = $2 AND target_id = $3`, authority, id, target)
	at := slices.IndexFunc(p.Strata, func(x Stratum) bool { return slices.Contains(names, x.Name) })
	if at < 0 || err != nil {
		return p, Stratum{}, false, err
	}
	return p, p.Strata[at], true, nil
}

// Excluded counts the firms that were kept out of a sealed round's list, by
// reason; NotFound if the public may not know of the round. It reads the whole
// list, which never changes once it is sealed.
func (b Book) Excluded(ctx context.Context, authority, id string) ([]round.Counted, error) {
	if _, err := b.Manifest(ctx, authority, id, round.Targets); err != nil {
		return nil, err
	}
	return b.rounds.Exclusions(ctx, authority, id)
}

// Rounds returns the rounds that the public may know of, the newest
// first, each with its head and strata only.
func (b Book) Rounds(ctx context.Context, authority string) ([]Round, error) {
	rounds, err := b.rounds.Rounds(ctx, authority)
	if err != nil {
		return nil, err
	}
	list := []Round{}
	for _, r := range rounds {
		draws, err := b.sealedDraws(ctx, r)
		if errs.KindOf(err) == errs.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		p, err := b.publicHead(ctx, r, draws)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// Manifest returns the canonical bytes of a sealed half's manifest.
func (b Book) Manifest(ctx context.Context, authority, id, half string) ([]byte, error) {
	r, err := b.rounds.Round(ctx, authority, id)
	if err != nil {
		return nil, err
	}
	draws, err := b.sealedDraws(ctx, r)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(draws, func(d round.Draw) bool { return d.Half == half })
	if i < 0 {
		return nil, errs.E(errs.NotFound, "这一轮没有封存过这次抽取")
	}
	return []byte(draws[i].Manifest), nil
}
