package disclosure

import (
	"context"

	"suiji/calendar"
	"suiji/internal/inspection"
	"suiji/internal/round"
	"suiji/internal/store"
)

// Filter says which forms a board holds. Empty fields hold all.
type Filter struct {
	RoundID string
	State   inspection.State
	Row     RowState
	Within  int // days until due, overdue ones with them; 0: whenever

	Department string // that inspects, of several
}

// waits reports whether it is still on its way to the public.
func (s RowState) waits() bool { return s == NotYet || s == Waiting || s == Overdue }

func (fl Filter) holds(r Row, today calendar.Date) bool {
	near := fl.Within == 0 || r.State.waits() && !r.Due.On.Zero() && !r.Due.On.After(today.AddDays(fl.Within))
	return near && (fl.Department == "" || r.Form.Department == fl.Department) && (fl.State == "" || r.Form.State == fl.State) && (fl.Row == "" || r.State == fl.Row)
}

// Board is one window of an authority's forms, and how many there are in all.
type Board struct {
	Rows  []Row
	Total int
}

// Board returns limit forms behind the first skip, or the last one if there are
// not so many, with their deadlines and what is public of them, in the order of
// rounds and numbers. What waits is looked for where something can wait; all else
// is counted round by round, and of the rounds only those are read that the window
// lies in.
func (s *Service) Board(ctx context.Context, authority string, fl Filter, skip, limit int) (b Board, err error) {
	if fl.Within > 0 || fl.Row != "" {
		rows, err := s.Open(ctx, authority, fl)
		b.Total = len(rows)
		skip = max(0, min(skip, b.Total-1))
		b.Rows = rows[skip:min(skip+limit, b.Total)]
		return b, err
	}
	rounds, counts, err := s.counted(ctx, authority, fl)
	if err != nil {
		return b, err
	}
	b.Rows, b.Total, err = store.Window(counts, skip, limit, func(i int) ([]Row, error) { return s.inRound(ctx, authority, rounds[i], fl) })
	return b, err
}

// counted names the rounds and says how many forms of each a filter by state and
// department holds.
func (s *Service) counted(ctx context.Context, authority string, fl Filter) (rounds []string, counts []int, err error) {
	tallies, err := s.Inspection.Tallies(ctx, authority)
	for _, c := range tallies {
		if fl.RoundID != "" && c.RoundID != fl.RoundID || fl.State != "" && c.State != fl.State || fl.Department != "" && c.Department != fl.Department {
			continue
		}
		if n := len(rounds); n == 0 || rounds[n-1] != c.RoundID {
			rounds, counts = append(rounds, c.RoundID), append(counts, 0)
		}
		counts[len(counts)-1] += c.Forms
	}
	return rounds, counts, err
}

// Open lists the forms of a round, or of all in which something can still wait
// for the public: those that are not closed, and closed ones of which a result
// was taken back. A round is closed once every result is public or exempt, so
// that past years are not read.
func (s *Service) Open(ctx context.Context, authority string, fl Filter) (rows []Row, err error) {
	rounds := []string{fl.RoundID}
	if fl.RoundID == "" {
		if rounds, err = s.OpenRounds(ctx, authority); err != nil {
			return nil, err
		}
	}
	for _, id := range rounds {
		some, err := s.inRound(ctx, authority, id, fl)
		if err != nil {
			return nil, err
		}
		rows = append(rows, some...)
	}
	return rows, nil
}

// inRound lists the forms of one round that a filter holds.
func (s *Service) inRound(ctx context.Context, authority, id string, fl Filter) (rows []Row, err error) {
	forms, err := s.Inspection.Forms(ctx, authority, inspection.Filter{RoundID: id, State: fl.State})
	if err != nil || len(forms) == 0 {
		return nil, err
	}
	all, err := s.rows(ctx, s.DB, authority, id, forms)
	for _, r := range all {
		if fl.holds(r, s.today()) {
			rows = append(rows, r)
		}
	}
	return rows, err
}

// OpenRounds names the rounds in which a result can wait, in their order. What
// looks like a matter of course of withdrawn ones lets SQLite take the index that
// has them alone.
func (s *Service) OpenRounds(ctx context.Context, authority string) ([]string, error) {
	return store.All(ctx, s.DB, store.Value[string], `
		SELECT r.round_id
		FROM round r
		WHERE r.authority_id = $1 AND r.state <> $2
		UNION
		SELECT w.round_id
		FROM disclosure_posting w
		WHERE w.authority_id = $1 AND w.state = 'withdrawn' AND w.state <> 'published' AND w.posted_at > 0
			AND NOT EXISTS (
				SELECT 1
				FROM disclosure_posting c
				WHERE c.authority_id = w.authority_id AND c.form_id = w.form_id AND c.current)
			AND NOT EXISTS (
				SELECT 1
				FROM disclosure_exemption e
				WHERE e.authority_id = w.authority_id AND e.form_id = w.form_id)
		ORDER BY 1`, authority, string(round.Closed))
}
