package archive

import (
	"context"
	"slices"

	"suiji/internal/store"
)

// Board is one window of an authority's files, with the tallies of all rounds.
type Board struct {
	Files  []File
	Total  int
	Rounds []Tally
}

// Board returns limit files behind the first skip, or the last one if there are
// not so many: those that are not sealed first, by their day, then by round. They
// are counted round by round, and of the rounds only those are read that the
// window lies in; for a text all files are gone through.
func (s *Service) Board(ctx context.Context, authority string, f Filter, skip, limit int) (b Board, err error) {
	if b.Rounds, err = Tallies(ctx, s.DB, authority); err != nil {
		return b, err
	}
	if f.Text != "" {
		all, err := s.Files(ctx, authority, f)
		b.Total = len(all)
		skip = max(0, min(skip, b.Total-1))
		b.Files = all[skip:min(skip+limit, b.Total)]
		return b, err
	}
	parts := f.parts(b.Rounds)
	counts := make([]int, len(parts))
	for i, p := range parts {
		counts[i] = p.files
	}
	b.Files, b.Total, err = store.Window(counts, skip, limit, func(i int) ([]File, error) {
		all, err := readFiles(ctx, s.DB, authority, Key{Round: parts[i].round})
		return slices.DeleteFunc(all, func(x File) bool { return !f.Holds(x) || len(x.Volumes) > 0 != parts[i].kept }), err
	})
	return b, err
}

// part is how many files of a round a filter holds: of those that have a
// package, or of those that have none.
type part struct {
	round string
	kept  bool
	files int
}

func (f Filter) parts(rounds []Tally) (all []part) {
	for _, kept := range []bool{false, true} {
		for _, t := range rounds {
			if f.Round != "" && t.Round != f.Round || f.Year != 0 && t.Year != f.Year {
				continue
			}
			p := part{round: t.Round, kept: kept}
			for state, n := range map[State]int{Running: t.Running, Open: t.Open, Fresh: t.Fresh, Sealed: t.Sealed, Accepted: t.Accepted} {
				if kept == (state != Running && state != Open) && (f.State == "" || f.State == state) {
					p.files += n
				}
			}
			if p.files > 0 {
				all = append(all, p)
			}
		}
	}
	return all
}
