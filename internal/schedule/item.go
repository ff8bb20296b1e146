package schedule

import (
	"context"
	"strings"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
	"suiji/internal/wording"
)

// Announcing returns, of every item in the register, whether its inspection is
// announced, and the papers to be prepared.
func (s *Service) Announcing(ctx context.Context, authority string) ([]Item, error) {
	return store.All(ctx, s.DB, func(row store.Scanner) (i Item, err error) {
		return i, row.Scan(&i.ID, &i.Name, &i.Basis, &i.Unannounced, &i.Prepare)
	}, `
		SELECT i.item_id, i.name, i.basis, coalesce(s.unannounced, FALSE), coalesce(s.prepare, '')
		FROM register_item i
		LEFT JOIN schedule_item s ON s.authority_id = i.authority_id AND s.item_id = i.item_id
		WHERE i.authority_id = $1 AND i.active
		ORDER BY i.place, i.item_id`, authority)
}

// Announce says whether firms are told before an item is inspected, and which
// papers they prepare, one a line. Lines that were approved wait for approval
// again if it changes how they go. Errors: Invalid; NotFound.
func (s *Service) Announce(ctx context.Context, a access.Actor, i Item) error {
	var lines []string
	for _, l := range strings.Split(i.Prepare, "\n") {
		if l, _ = wording.Clean(l, false); l != "" {
			lines = append(lines, l)
		}
	}
	i.Prepare = strings.Join(lines, "\n")
	if len(lines) > 12 || len([]rune(i.Prepare)) > 600 {
		return errs.At("prepare", "需准备的材料最多 12 行、600 字")
	}
	if _, err := s.Register.Item(ctx, a.Authority, i.ID); err != nil {
		return err
	}
	return s.Door.Do(ctx, a, access.ScheduleEdit, "items/"+i.ID, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO schedule_item (authority_id, item_id, unannounced, prepare)
			VALUES ($1, $2, $3, $4)
			ON CONFLICT (authority_id, item_id) DO UPDATE
			SET unannounced = excluded.unannounced, prepare = excluded.prepare`, a.Authority, i.ID, i.Unannounced, i.Prepare)
		return err
	})
}
