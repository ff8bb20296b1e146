package register

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"suiji/internal/access"
	"suiji/internal/store"
)

// Retag gives targets other tags of one family (the grades of a scheme, say),
// in the transaction of the room that knows why; tags outside the family stay.
// changes has the family's tags by target id, none to take them away; ids that
// the register does not hold are passed over. It makes one version if anything
// changes, and returns how many targets did.
func (s *Service) Retag(ctx context.Context, tx *store.DB, a access.Actor, family func(tag string) bool, changes map[string][]string) (int, error) {
	version, err := s.Turn(ctx, tx, a.Authority, Targets)
	if err != nil {
		return 0, err
	}
	saver, err := saveTargets(ctx, tx, a.Authority, Moment{version, s.today()})
	if err != nil {
		return 0, err
	}
	changed := 0
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(changes)), 50) {
		found, err := loadTargets(ctx, tx, a.Authority, ids)
		if err != nil {
			return 0, err
		}
		for _, old := range found {
			t := old
			t.Tags = append(slices.DeleteFunc(slices.Clone(old.Tags), family), changes[t.ID]...)
			slices.Sort(t.Tags)
			t.Tags = slices.Compact(t.Tags)
			if slices.Equal(t.Tags, old.Tags) {
				continue
			}
			changed++
			if err := saver.Add(t, &old); err != nil {
				return 0, fmt.Errorf("retag %s: %w", t.ID, err)
			}
		}
	}
	if err := saver.Close(); err != nil || changed == 0 {
		return changed, err
	}
	return changed, s.Conclude(ctx, tx, a, Version{List: Targets, Number: version, Changed: changed})
}
