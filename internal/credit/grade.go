package credit

import (
	"context"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/store"
)

// Version is a scheme's grades as they stood after one change.
type Version struct {
	Number  int64
	DataOn  calendar.Date
	Source  string
	Graded  int // firms with a grade
	Changed int // firms that got another grade, or their first
	By      string
	At      time.Time
}

const versionCols = `version, data_on, source, graded, changed, by_name, at`

func scanVersion(row store.Scanner) (v Version, err error) {
	var on string
	var at int64
	if err = row.Scan(&v.Number, &on, &v.Source, &v.Graded, &v.Changed, &v.By, &at); err != nil {
		return v, err
	}
	v.At = time.UnixMilli(at).UTC()
	v.DataOn, err = day(on)
	return v, err
}

// Versions returns the versions of a scheme's grades, newest first.
func (s *Service) Versions(ctx context.Context, authority, scheme string) ([]Version, error) {
	return store.All(ctx, s.DB, scanVersion, `
		SELECT `+versionCols+`
		FROM credit_version
		WHERE authority_id = $1 AND scheme_id = $2
		ORDER BY version DESC`, authority, scheme)
}

// Given is a grade that a firm has or had.
type Given struct {
	Scheme  string // id
	Name    string // of the scheme
	Grade   string
	Version int64
	DataOn  calendar.Date
	Source  string
	Current bool
}

func scanGiven(row store.Scanner) (g Given, err error) {
	var on string
	if err = row.Scan(&g.Scheme, &g.Name, &g.Grade, &g.Version, &on, &g.Source, &g.Current); err != nil {
		return g, err
	}
	g.DataOn, err = day(on)
	return g, err
}

// Grades returns every grade that a firm has or had: by scheme, newest first.
func (s *Service) Grades(ctx context.Context, authority, target string) ([]Given, error) {
	return store.All(ctx, s.DB, scanGiven, `
		SELECT g.scheme_id, s.name, g.grade, g.version, g.data_on, v.source, g.current
		FROM credit_grade g
		JOIN credit_scheme s ON s.authority_id = g.authority_id AND s.scheme_id = g.scheme_id
		JOIN credit_version v ON v.authority_id = g.authority_id AND v.scheme_id = g.scheme_id AND v.version = g.version
		WHERE g.authority_id = $1 AND g.target_id = $2
		ORDER BY g.scheme_id, g.version DESC`, authority, target)
}

// Tally is how many firms have a grade.
type Tally struct {
	Grade
	Count int
}

type counted struct {
	grade string
	n     int
}

func scanCounted(row store.Scanner) (c counted, err error) {
	err = row.Scan(&c.grade, &c.n)
	return c, err
}

// Spread returns how many firms have each grade of a scheme, the best first.
func (s *Service) Spread(ctx context.Context, authority string, x Scheme) ([]Tally, error) {
	rows, err := store.All(ctx, s.DB, scanCounted, `
		SELECT grade, count(*)
		FROM credit_grade
		WHERE authority_id = $1 AND scheme_id = $2 AND current
		GROUP BY grade
		ORDER BY grade`, authority, x.ID)
	n := map[string]int{}
	for _, c := range rows {
		n[c.grade] = c.n
	}
	var all []Tally
	for _, g := range x.Grades {
		all = append(all, Tally{g, n[g.Code]})
	}
	return all, err
}

// give makes a version of a scheme's grades in which the firms of changes, by
// target id, have another grade than before, and puts the tags in the register.
// It returns the version's number, 0 if there are none.
func (s *Service) give(ctx context.Context, tx *store.DB, a access.Actor, x Scheme, v Version, changes map[string]string) (int64, error) {
	if len(changes) == 0 {
		return 0, nil
	}
	v.Number, v.Changed = x.Version+1, len(changes)
	if err := s.writeVersion(ctx, tx, a, x, v); err != nil {
		return 0, err
	}
	end, ended, err := tx.Prepare(ctx, `
		UPDATE credit_grade
		SET current = FALSE
		WHERE authority_id = $1 AND target_id = $2 AND scheme_id = $3 AND current`)
	if err != nil {
		return 0, err
	}
	defer ended() // the transaction closes it anyway
	begin, begun, err := tx.Prepare(ctx, `
		INSERT INTO credit_grade (authority_id, target_id, scheme_id, version, grade, data_on, current)
		VALUES ($1, $2, $3, $4, $5, $6, TRUE)`)
	if err != nil {
		return 0, err
	}
	defer begun() // the transaction closes it anyway
	tags := make(map[string][]string, len(changes))
	for target, grade := range changes {
		tags[target] = []string{x.Tag(grade)}
		if err := end(a.Authority, target, x.ID); err != nil {
			return 0, err
		}
		if err := begin(a.Authority, target, x.ID, v.Number, grade, v.DataOn.String()); err != nil {
			return 0, err
		}
	}
	_, err = tx.Exec(ctx, `
		UPDATE credit_version
		SET graded = (SELECT count(*) FROM credit_grade WHERE authority_id = $1 AND scheme_id = $2 AND current)
		WHERE authority_id = $1 AND scheme_id = $2 AND version = $3`, a.Authority, x.ID, v.Number)
	if err != nil {
		return 0, err
	}
	_, err = s.Register.Retag(ctx, tx, a, x.tags, tags)
	return v.Number, err
}

func (s *Service) writeVersion(ctx context.Context, tx *store.DB, a access.Actor, x Scheme, v Version) error {
	_, err := tx.Exec(ctx, `
		UPDATE credit_scheme
		SET version = $3
		WHERE authority_id = $1 AND scheme_id = $2`, a.Authority, x.ID, v.Number)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO credit_version (authority_id, scheme_id, `+versionCols+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		a.Authority, x.ID, v.Number, v.DataOn.String(), v.Source, v.Graded, v.Changed, a.Name, s.Now().UnixMilli())
	return err
}

// pair is two columns of text.
type pair struct{ a, b string }

func scanPair(row store.Scanner) (p pair, err error) {
	err = row.Scan(&p.a, &p.b)
	return p, err
}

// day reads a stored date, which may be empty.
func day(s string) (calendar.Date, error) {
	if s == "" {
		return calendar.Date{}, nil
	}
	return calendar.Parse(s)
}
