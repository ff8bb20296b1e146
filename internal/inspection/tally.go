package inspection

import (
	"context"

	"suiji/internal/store"
)

// Tally is how many forms of a round and department are in a state.
type Tally struct {
	RoundID    string
	Task       string // its name
	Department string // in a task of several departments; else empty
	State      State
	Forms      int
}

// Tallies counts the forms that ctx lets one see, in the order of rounds: a page
// that only counts reads none of them.
func (s *Service) Tallies(ctx context.Context, authority string) ([]Tally, error) {
	piece, args := Within(ctx, authority)
	return store.All(ctx, s.DB, func(row store.Scanner) (t Tally, err error) {
		return t, row.Scan(&t.RoundID, &t.Task, &t.Department, &t.State, &t.Forms)
	}, `
		SELECT c.round_id, k.name, coalesce(s.title, ''), c.state, c.forms
		FROM (
			SELECT f.authority_id, f.round_id, f.slot, f.state, count(*) AS forms
			FROM inspection_form f
			WHERE f.authority_id = $1`+piece+`
			GROUP BY f.authority_id, f.round_id, f.slot, f.state) AS c
		JOIN round r ON r.authority_id = c.authority_id AND r.round_id = c.round_id
		JOIN plan_task k ON k.authority_id = r.authority_id AND k.plan_id = r.plan_id AND k.task_no = r.task_no
		LEFT JOIN plan_slot s ON s.authority_id = r.authority_id AND s.plan_id = r.plan_id AND s.task_no = r.task_no AND s.name = c.slot
		ORDER BY c.round_id, coalesce(s.no, 0), c.state`, args...)
}
