package archive

import (
	"cmp"
	"context"
	"slices"

	"suiji/calendar"
	"suiji/internal/store"
)

// Tally counts the files of one round.
type Tally struct {
	Round string
	Plan  string
	Year  int
	Due   calendar.Date // the plan's archive date; zero: none

	Files, Running, Open, Fresh, Sealed, Accepted int
	Gaps                                          int // sealed with something missing
	Periods                                       map[Period]int
	Bytes                                         int64
}

// Unsealed is how many files have no package yet.
func (t Tally) Unsealed() int { return t.Running + t.Open }

// Kept is how many have one, whatever has to be done still.
func (t Tally) Kept() int { return t.Files - t.Unsealed() }

// Left is how many are not wholly handed over.
func (t Tally) Left() int { return t.Files - t.Accepted }

// Late reports whether a file is not sealed and its day has passed.
func (t Tally) Late(today calendar.Date) bool {
	return t.Unsealed() > 0 && !t.Due.Zero() && today.After(t.Due)
}

// Percent is how many of a hundred files are sealed, rounded down: 100 is all.
func (t Tally) Percent() int {
	if t.Files == 0 {
		return 0
	}
	return 100 * t.Kept() / t.Files
}

// In is how many are kept for a period.
func (t Tally) In(p Period) int { return t.Periods[p] }

func (t *Tally) add(f File) {
	t.Files++
	switch f.State() {
	case Running:
		t.Running++
	case Open:
		t.Open++
	case Fresh:
		t.Fresh++
	case Sealed:
		t.Sealed++
	case Accepted:
		t.Accepted++
	}
	for i, v := range f.Volumes {
		t.Bytes += v.Size
		if i == 0 {
			t.Periods[v.Period]++
		}
		if i == len(f.Volumes)-1 && len(v.Gaps) > 0 {
			t.Gaps++
		}
	}
}

// Tallies counts the files of an authority round by round. It needs the
// database alone. Of a round of which nothing is sealed yet forms are counted,
// and no file is read.
func Tallies(ctx context.Context, db *store.DB, authority string) ([]Tally, error) {
	all, err := store.All(ctx, db, func(row store.Scanner) (t Tally, err error) {
		var due string
		if err := row.Scan(&t.Round, &t.Plan, &t.Year, &due, &t.Files, &t.Running); err != nil {
			return t, err
		}
		t.Open = t.Files - t.Running
		return t, t.Due.UnmarshalText([]byte(due))
	}, `
		SELECT c.round_id, p.plan_id, p.year, p.archive_on, c.files, coalesce(u.files, 0)
		FROM (
			SELECT f.authority_id, f.round_id, count(DISTINCT f.target_id) AS files
			FROM inspection_form f
			WHERE f.authority_id = $1
			GROUP BY f.authority_id, f.round_id) AS c
		JOIN round r ON r.authority_id = c.authority_id AND r.round_id = c.round_id
		JOIN plan p ON p.authority_id = r.authority_id AND p.plan_id = r.plan_id
		LEFT JOIN (
			SELECT f.round_id, count(DISTINCT f.target_id) AS files
			FROM inspection_form f
			WHERE f.authority_id = $1 AND f.state <> 'confirmed'
			GROUP BY f.round_id) AS u ON u.round_id = c.round_id
		WHERE NOT r.rehearsal AND r.state <> 'abandoned'
		ORDER BY p.archive_on, c.round_id`, authority)
	if err != nil {
		return nil, err
	}
	begun, err := store.All(ctx, db, store.Value[string], `
		SELECT DISTINCT round_id
		FROM archive_package
		WHERE authority_id = $1
		ORDER BY round_id`, authority)
	if err != nil {
		return nil, err
	}
	for i, t := range all {
		if _, some := slices.BinarySearch(begun, t.Round); !some {
			continue
		}
		if all[i], err = tally(ctx, db, authority, t.Round); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// PlanTally counts the files of a plan's rounds together.
func (s *Service) PlanTally(ctx context.Context, authority, plan string) (sum Tally, err error) {
	all, err := Tallies(ctx, s.DB, authority)
	all = slices.DeleteFunc(all, func(t Tally) bool { return t.Plan != plan })
	if years := Sum(all); len(years) > 0 { // a plan is of one year
		sum = years[0]
	}
	return sum, err
}

// Tally counts the files of one round.
func (s *Service) Tally(ctx context.Context, authority, round string) (Tally, error) {
	return tally(ctx, s.DB, authority, round)
}

func tally(ctx context.Context, db *store.DB, authority, round string) (Tally, error) {
	files, err := readFiles(ctx, db, authority, Key{Round: round})
	if all := count(files); len(all) == 1 {
		return all[0], err
	}
	return Tally{Round: round}, err
}

// count adds up files round by round, the earliest due first.
func count(files []File) (all []Tally) {
	at := map[string]int{}
	for _, f := range files {
		i, ok := at[f.Round]
		if !ok {
			i = len(all)
			at[f.Round], all = i, append(all, Tally{Round: f.Round, Plan: f.Plan, Year: f.Year, Due: f.Due, Periods: map[Period]int{}})
		}
		all[i].add(f)
	}
	slices.SortFunc(all, func(a, b Tally) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Round, b.Round)) })
	return all
}

// Sum adds up the rounds of each year, the latest year first.
func Sum(rounds []Tally) (years []Tally) {
	for _, t := range rounds {
		i := 0
		for i < len(years) && years[i].Year > t.Year {
			i++
		}
		if i == len(years) || years[i].Year != t.Year {
			years = append(years[:i:i], append([]Tally{{Year: t.Year, Due: t.Due, Periods: map[Period]int{}}}, years[i:]...)...)
		}
		y := &years[i]
		y.Files, y.Running, y.Open, y.Fresh, y.Sealed, y.Accepted = y.Files+t.Files, y.Running+t.Running, y.Open+t.Open, y.Fresh+t.Fresh, y.Sealed+t.Sealed, y.Accepted+t.Accepted
		y.Gaps, y.Bytes = y.Gaps+t.Gaps, y.Bytes+t.Bytes
		for p, n := range t.Periods {
			y.Periods[p] += n
		}
	}
	return years
}
