package inspection

import (
	"context"
	"fmt"
	"strings"

	"suiji/internal/identity"
)

// Within narrows rows of inspection_form f to those that whoever asks may know
// of, after args: a piece of the WHERE clause, and all arguments. Somebody of no
// unit knows of all. A form is the unit's whose people its department's are; in
// a task that names no people it is every unit's that has somebody in the team.
// Whatever reads forms, or what belongs to them, asks here: another unit's
// then looks like what does not exist.
func Within(ctx context.Context, args ...any) (string, []any) {
	units := identity.Sees(ctx)
	if len(units) == 0 {
		return "", args
	}
	var of, in []string
	for _, u := range units {
		args = append(args, u)
		n := len(args)
		of = append(of, fmt.Sprintf("replace('、' || z.units || '、', '、' || $%d || '、', '') <> '、' || z.units || '、'", n))
		in = append(in, fmt.Sprintf("$%d", n))
	}
	return ` AND EXISTS (
			SELECT 1
			FROM round w
			LEFT JOIN plan_slot z ON z.authority_id = w.authority_id AND z.plan_id = w.plan_id AND z.task_no = w.task_no AND z.name = f.slot
			WHERE w.authority_id = f.authority_id AND w.round_id = f.round_id AND (` + strings.Join(of, " OR ") + ` OR coalesce(z.units, '') = '' AND EXISTS (
				SELECT 1
				FROM round_officer m
				JOIN register_officer o ON o.authority_id = m.authority_id AND o.officer_id = m.officer_id
				WHERE m.authority_id = f.authority_id AND m.round_id = f.round_id AND m.target_id = f.target_id AND m.slot = f.slot AND m.state = 'team'
					AND o.unit IN (` + strings.Join(in, ", ") + `))))`, args
}
