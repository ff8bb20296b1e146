package exchange

import (
	"context"

	"suiji/internal/store"
)

// Preview is the outlook as a page shows it: the batch is Outlook's, what does not
// go with it is counted, and the first are named of what is held or was returned. Of
// the rounds only those are read that have any of these. As long as some are not
// counted there is no batch.
type Preview struct {
	Outlook
	Tally Tally
	Rest  int // for the batches after this one
}

// Nothing says why no batch can be made now; empty: one can.
func (v Preview) Nothing() string { return v.Tally.Nothing() }

// mostShown is how many records a page names of a kind.
const mostShown = 100

// Preview works out what a page shows of Outlook.
func (s *Service) Preview(ctx context.Context, authority, target string, again bool) (v Preview, err error) {
	if again {
		return s.walk(ctx, s.DB, authority, target, true, true)
	}
	x, err := s.tallied(ctx, authority, target, atOnce)
	if err != nil {
		return v, err
	}
	l, err := s.begin(ctx, s.DB, authority, target, again)
	if v.Tally = x.sum; err != nil || x.sum.Left > 0 {
		return Preview{l.Outlook, x.sum, 0}, err
	}
	var gone []Row
	first := x.sum.Count[Waiting] - x.sum.Gone // what is deleted comes behind them
	for i, t := range x.of {
		write, remove := len(l.Go) < min(MostLines, first) && t.Count[Waiting] > t.Gone, t.Gone > 0 && len(gone) < MostLines-first
		if !write && !remove && (t.Count[Held] == 0 || len(l.Held) >= mostShown) && (t.Count[Back] == 0 || len(l.Kept) >= mostShown) {
			continue
		}
		of, err := s.look(ctx, s.DB, authority, target, again, among{round: x.rounds[i]})
		if err != nil {
			return v, err
		}
		gone = l.take(of, gone)
	}
	gone = l.take(x.penalties, gone)
	l.end(gone)
	l.Held, l.Kept = l.Held[:min(mostShown, len(l.Held))], l.Kept[:min(mostShown, len(l.Kept))]
	return Preview{l.Outlook, x.sum, x.sum.Count[Waiting] - len(l.Go)}, nil
}

// walk works the outlook out of one round after the other, without what is kept: to
// the end of the batch, or, for the counts of all, to the last.
func (s *Service) walk(ctx context.Context, db *store.DB, authority, target string, again, whole bool) (Preview, error) {
	sum := Tally{Count: map[State]int{}}
	l, err := s.begin(ctx, db, authority, target, again)
	if err != nil {
		return Preview{}, err
	}
	rounds, err := store.All(ctx, db, store.Value[string], `
		SELECT r.round_id
		FROM round r`+published, authority)
	var gone []Row
	for i := 0; err == nil && i <= len(rounds) && (whole || len(l.Go) < MostLines); i++ {
		var of looking
		if i < len(rounds) {
			of, err = s.look(ctx, db, authority, target, again, among{round: rounds[i]})
		} else {
			of, err = s.penalized(ctx, db, authority, target, again)
		}
		gone = l.take(of, gone)
		sum.plus(of.tally())
		l.Go, l.Held, l.Kept = l.Go[:min(MostLines, len(l.Go))], l.Held[:min(mostShown, len(l.Held))], l.Kept[:min(mostShown, len(l.Kept))]
	}
	l.end(gone)
	return Preview{l.Outlook, sum, sum.Count[Waiting] - len(l.Go)}, err
}

// take adds what a part of the records comes to, what is deleted apart.
func (l *looking) take(of looking, gone []Row) []Row {
	for _, rows := range [][]Row{of.Go, of.Later} {
		for _, r := range rows {
			if r.Op == Delete {
				gone = append(gone, r)
			} else {
				l.Go = append(l.Go, r)
			}
		}
	}
	l.Held, l.Kept = append(l.Held, of.Held...), append(l.Kept, of.Kept...)
	return gone
}
