package casework

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"suiji/internal/inspection"
	"suiji/internal/store"
)

// Board is one window of an authority's ends, and what they come to.
type Board struct {
	Ends    []End
	Total   int // that the filter holds
	Open    int // without the filter; 0 of what was tied up
	Late    int // of Open
	Shown   int // of Late: those that the filter holds
	Persons []string
	Rounds  []string
}

// Board returns limit ends behind the first skip. Open ones stand as in Ends: by
// when each is due depends on the calendar, so all of them are read, and nothing
// that was tied up. Of those, which only grow, the database gives the window:
// the last tied up first.
func (s *Service) Board(ctx context.Context, authority string, f Filter, skip, limit int) (b Board, err error) {
	if f.Closed {
		err = s.tiedUp(ctx, authority, f, skip, limit, &b)
		return b, err
	}
	all, err := s.Ends(ctx, authority, Filter{})
	if err != nil {
		return b, err
	}
	b.Open = len(all)
	for _, e := range all {
		b.Persons, b.Rounds = append(b.Persons, e.Person), append(b.Rounds, e.RoundID)
		held := f.holds(e)
		if e.Late {
			b.Late++
		}
		if held && e.Late {
			b.Shown++
		}
		if held {
			if b.Total++; b.Total > skip && len(b.Ends) < limit {
				b.Ends = append(b.Ends, e)
			}
		}
	}
	b.Persons, b.Rounds = different(b.Persons), different(b.Rounds)
	return b, nil
}

func different(all []string) []string {
	slices.Sort(all)
	return slices.Compact(all)
}

// tied are the last matters of ends that were tied up here.
const tied = `casework_matter m
	JOIN inspection_form f ON f.authority_id = m.authority_id AND f.form_id = m.form_id
	JOIN register_target t ON t.authority_id = f.authority_id AND t.target_id = f.target_id
	WHERE m.authority_id = $1 AND m.ending <> '' AND NOT EXISTS (
			SELECT 1
			FROM casework_matter n
			WHERE n.authority_id = m.authority_id AND n.form_id = m.form_id AND n.ref = m.ref AND n.no > m.no)
		AND (EXISTS (
				SELECT 1
				FROM inspection_finding x
				WHERE x.authority_id = m.authority_id AND x.form_id = m.form_id AND CAST(x.no AS TEXT) = m.ref AND x.outcome <> '')
			OR f.state = 'confirmed' AND m.kind = 'told' AND EXISTS (
				SELECT 1
				FROM inspection_result c
				WHERE c.authority_id = m.authority_id AND c.form_id = m.form_id AND c.code = m.ref))`

// tiedUp fills b with what was tied up.
func (s *Service) tiedUp(ctx context.Context, authority string, f Filter, skip, limit int, b *Board) error {
	within, args := inspection.Within(ctx, authority)
	for column, to := range map[string]*[]string{"m.person_name": &b.Persons, "m.round_id": &b.Rounds} {
		list, err := store.All(ctx, s.DB, store.Value[string], `SELECT DISTINCT `+column+` FROM `+tied+within+` ORDER BY 1`, args...)
		if err != nil {
			return err
		}
		*to = list
	}
	where, args := store.Given(args, "m.round_id", f.Round, "m.kind", string(f.Kind), "m.person_name", f.Person)
	if f.Text != "" {
		n := len(args) + 1
		args = append(args, store.Anywhere(f.Text), store.Anywhere(strings.ToUpper(f.Text)))
		where += fmt.Sprintf(` AND (t.name LIKE $%[1]d ESCAPE '\' OR f.form_id LIKE $%[1]d ESCAPE '\' OR t.code LIKE $%[2]d ESCAPE '\')`, n, n+1)
	}
	var err error
	if b.Total, err = store.One(ctx, s.DB, store.Value[int], `SELECT count(*) FROM `+tied+within+where, args...); err != nil {
		return err
	}
	type key struct{ form, ref string }
	keys, err := store.All(ctx, s.DB, func(row store.Scanner) (k key, err error) {
		err = row.Scan(&k.form, &k.ref)
		return k, err
	}, `
		SELECT m.form_id, m.ref
		FROM `+tied+within+where+fmt.Sprintf(`
		ORDER BY m.ended_on DESC, m.form_id, m.ref
		LIMIT $%d OFFSET $%d`, len(args)+1, len(args)+2), append(args, limit, skip)...)
	if err != nil || len(keys) == 0 {
		return err
	}
	var forms []string
	for _, k := range keys {
		forms = append(forms, k.form)
	}
	all, err := gather(ctx, s.DB, authority, among{forms: different(forms)})
	for _, k := range keys {
		if i := slices.IndexFunc(all, func(e End) bool { return e.FormID == k.form && e.Ref == k.ref }); i >= 0 {
			b.Ends = append(b.Ends, all[i])
		}
	}
	return err
}
