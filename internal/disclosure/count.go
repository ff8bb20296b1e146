package disclosure

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"suiji/internal/fresh"
	"suiji/internal/inspection"
	"suiji/internal/store"
)

// What a count is of, beside the codes.
const (
	anyResult  = ""        // each public result, once
	anyProblem = "problem" // each with a problem, once
)

// counted are the counts that a record is in.
func counted(r Record) []string {
	all, problem := []string{anyResult}, false
	for _, x := range r.Results {
		all = append(all, x.Code)
		info, _ := inspection.Code(x.Code).Info()
		problem = problem || info.Problem
	}
	if problem {
		all = append(all, anyProblem)
	}
	return all
}

// count enters that a version has become what the public sees (1), or has
// ceased to be (-1).
func count(ctx context.Context, tx *store.DB, authority string, v Version, by int) error {
	for _, code := range counted(v.Record) {
		_, err := tx.Exec(ctx, `
			INSERT INTO disclosure_count (authority_id, year, round_id, code, n)
			VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (authority_id, year, round_id, code) DO UPDATE SET n = disclosure_count.n + excluded.n`,
			authority, v.Year, v.RoundID, code, by)
		if err != nil {
			return fmt.Errorf("count %s: %w", v.FormID, err)
		}
	}
	return nil
}

// A Tally says how many public results there are of a year, a round and a
// code.
type Tally struct {
	Year    int
	RoundID string
	Code    string
	N       int
}

// Tallies are all counts of an authority.
type Tallies []Tally

// tallies reads them, once for each state of the database.
func (s *Service) tallies(ctx context.Context, authority string) (Tallies, error) {
	size := func(t Tallies) int { return 64 * len(t) }
	return fresh.Read(ctx, s.Fresh, "tallies "+authority, size, func() (Tallies, error) {
		return store.All(ctx, s.DB, func(row store.Scanner) (t Tally, err error) {
			err = row.Scan(&t.Year, &t.RoundID, &t.Code, &t.N)
			return t, err
		}, `
			SELECT year, round_id, code, n
			FROM disclosure_count
			WHERE authority_id = $1 AND n > 0
			ORDER BY year, round_id, code`, authority)
	})
}

// total is the same for an authority, added up once.
func (s *Service) total(ctx context.Context, authority string, q Query) (int, error) {
	key := fmt.Sprintf("total %s %d %q %q", authority, q.Year, q.RoundID, q.Code)
	return fresh.Read(ctx, s.Fresh, key, func(int) int { return 8 }, func() (int, error) {
		all, err := s.tallies(ctx, authority)
		return all.total(q), err
	})
}

// total is how many results a query without a text finds.
func (all Tallies) total(q Query) (n int) {
	for _, t := range all {
		if t.Code == string(q.Code) && q.covers(t) {
			n += t.N
		}
	}
	return n
}

// covers reports whether a count is of the query's year and round.
func (q Query) covers(t Tally) bool {
	return (q.Year == 0 || q.Year == t.Year) && (q.RoundID == "" || q.RoundID == t.RoundID)
}

// Facets are how many public results there are of each year, round and code, as
// the rest of a query has them.
type Facets struct {
	Years  map[string]int
	Rounds map[string]int
	Codes  map[string]int
}

// facets counts what each choice would find, without a text.
func (all Tallies) facets(q Query) Facets {
	f := Facets{map[string]int{}, map[string]int{}, map[string]int{}}
	for _, t := range all {
		year, round := q.Year == 0 || q.Year == t.Year, q.RoundID == "" || q.RoundID == t.RoundID
		if t.Code == string(q.Code) {
			if round {
				f.Years[strconv.Itoa(t.Year)] += t.N
			}
			if year {
				f.Rounds[t.RoundID] += t.N
			}
		}
		if year && round && t.Code != anyResult && t.Code != anyProblem {
			f.Codes[t.Code] += t.N
		}
	}
	return f
}

// Facets counts what each choice would find. Of a text that fits very many
// firms nothing is counted.
func (s *Service) Facets(ctx context.Context, authority string, q Query) (Facets, error) {
	if fold(q.Text) != "" {
		m, err := s.match(ctx, authority, q.Text)
		if m.most {
			m.results = nil
		}
		return m.results.facets(q), err
	}
	size := func(f Facets) int { return 64 * (len(f.Years) + len(f.Rounds) + len(f.Codes)) }
	key := fmt.Sprintf("facets %s %d %q %q", authority, q.Year, q.RoundID, q.Code)
	return fresh.Read(ctx, s.Fresh, key, size, func() (Facets, error) {
		all, err := s.tallies(ctx, authority)
		return all.facets(q), err
	})
}

// mostRounds is how many rounds a list offers to be narrowed to: the newest,
// while no year is chosen.
const mostRounds = 30

// Choices are what a list of results can be narrowed to.
type Choices struct{ Years, Rounds []string }

// Choices are the years that have public results, and the rounds of the
// query's year, or the newest, the newest first.
func (s *Service) Choices(ctx context.Context, authority string, q Query) (Choices, error) {
	size := func(c Choices) int { return 32 * (len(c.Years) + len(c.Rounds)) }
	return fresh.Read(ctx, s.Fresh, fmt.Sprintf("choices %s %d %q", authority, q.Year, q.RoundID), size, func() (c Choices, err error) {
		all, err := s.tallies(ctx, authority)
		for _, t := range slices.Backward(all) {
			if t.Code != anyResult {
				continue
			}
			c.Years = append(c.Years, strconv.Itoa(t.Year))
			if t.Year == q.Year || t.RoundID == q.RoundID || q.Year == 0 && len(c.Rounds) < mostRounds {
				c.Rounds = append(c.Rounds, t.RoundID)
			}
		}
		c.Years, c.Rounds = slices.Compact(c.Years), slices.Compact(c.Rounds)
		return c, err
	})
}
