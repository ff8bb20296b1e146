package round

import (
	"bufio"
	"context"
	"fmt"
	"slices"
	"strings"

	"suiji/draw"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// publicOutcome counts what became of the drawn firms and names those whose
// names are public.
func (s *Service) publicOutcome(ctx context.Context, r Round, p *Public, published map[string]bool) error {
	removals, err := s.Removals(ctx, r.Authority, r.ID)
	if err != nil {
		return err
	}
	removed, reasons := map[string]Removal{}, map[string]int{}
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
	p.Removals = counted(reasons, ReasonName)
	substitutions, err := s.Substitutions(ctx, r.Authority, r.ID)
	if err != nil {
		return err
	}
	absences := map[string]int{}
	for _, m := range substitutions {
		if m.Approved {
			absences[m.Reason]++
		}
	}
	p.Substitutions = counted(absences, AbsenceName)
	return s.publicFirms(ctx, r, p, published, removed)
}

func scanPublicFirm(row store.Scanner) (f PublicFirm, err error) {
	err = row.Scan(&f.TargetID, &f.Stratum, &f.Rank, &f.State, &f.Name, &f.Code)
	return f, err
}

func (s *Service) publicFirms(ctx context.Context, r Round, p *Public, published map[string]bool, removed map[string]Removal) error {
	quota := map[string]PublicStratum{}
	for _, st := range p.Strata {
		quota[st.Name] = st
	}
	return store.Each(ctx, s.DB, scanPublicFirm, func(f PublicFirm) error {
		if f.Rank <= quota[f.Stratum].Draw {
			p.Drawn++
		}
		if f.State == FirmConfirmed {
			p.Confirmed++
		}
		if !p.Open && !(r.Disclosure == string(draw.DigestFirst) && published[f.TargetID]) {
			return nil
		}
		if f.State == FirmRemoving {
			f.State = FirmDrawn // what is not decided is not said of a firm
		}
		if m, ok := removed[f.TargetID]; ok && f.State == FirmRemoved {
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

// counted sorts counts by their number, the most first.
func counted(counts map[string]int, name func(string) string) []Counted {
	list := []Counted{}
	for code, n := range counts {
		list = append(list, Counted{code, name(code), n})
	}
	slices.SortFunc(list, func(a, b Counted) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		return strings.Compare(a.Code, b.Code)
	})
	return list
}

// Excluded counts the firms that were kept out of a sealed round's list, by
// reason; NotFound if the public may not know of the round. It reads the whole list, which never changes once it is sealed.
func (s *Service) Excluded(ctx context.Context, authority, id string) ([]Counted, error) {
	if _, err := s.PublicManifest(ctx, authority, id, Targets); err != nil {
		return nil, err
	}
	counts := map[string]int{}
	lines := bufio.NewScanner(s.OpenList(ctx, authority, id, Targets, "excluded"))
	for lines.Scan() {
		_, reason, ok := strings.Cut(lines.Text(), "\t")
		if !ok {
			return nil, fmt.Errorf("excluded list of %s: line without a reason", id)
		}
		counts[reason]++
	}
	return counted(counts, ExclusionName), lines.Err()
}

// PublicRounds returns the rounds that the public may know of, the newest
// first, each with its head and strata only.
func (s *Service) PublicRounds(ctx context.Context, authority string) ([]Public, error) {
	rounds, err := s.Rounds(ctx, authority)
	if err != nil {
		return nil, err
	}
	list := []Public{}
	for _, r := range rounds {
		draws, err := s.sealedDraws(ctx, r)
		if errs.KindOf(err) == errs.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		p, err := s.publicHead(ctx, r, draws)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// PublicManifest returns the canonical bytes of a sealed half's manifest.
func (s *Service) PublicManifest(ctx context.Context, authority, id, half string) ([]byte, error) {
	r, err := s.Round(ctx, authority, id)
	if err != nil {
		return nil, err
	}
	draws, err := s.sealedDraws(ctx, r)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(draws, func(d Draw) bool { return d.Half == half })
	if i < 0 {
		return nil, errs.E(errs.NotFound, "这一轮没有封存过这次抽取")
	}
	return []byte(draws[i].Manifest), nil
}
