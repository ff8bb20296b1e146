package register

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"suiji/calendar"
	"suiji/internal/search"
	"suiji/internal/store"
)

// atOnce is how many rows one query names or takes.
const atOnce = 500

// entry is what the target is found by.
func (t Target) entry() search.Entry {
	e := search.Entry{Target: t.ID, Names: []string{t.Name}, Codes: []string{t.Code}}
	for _, n := range t.Numbers {
		e.Codes = append(e.Codes, n[strings.LastIndex(n, " ")+1:])
	}
	return e
}

// reindex enters a target whose name has changed, with all that it had before:
// people remember a firm by its old name for years.
func reindex(ctx context.Context, tx *store.DB, authority string, index *search.Writer, t Target) error {
	former, err := store.All(ctx, tx, store.Value[string], `
		SELECT DISTINCT name
		FROM register_target_past
		WHERE authority_id = $1 AND target_id = $2 AND name <> $3
		ORDER BY name`, authority, t.ID, t.Name)
	if err != nil {
		return err
	}
	e := t.entry()
	e.Names = append(e.Names, former...)
	return index.Replace(e)
}

// findTargets returns a page of what f.Query finds among the targets that w
// chooses.
func (s *Service) findTargets(ctx context.Context, authority string, f TargetFilter, w *where) (found []Target, next string, total int, err error) {
	ids, err := s.find(ctx, authority, f, w)
	if err == nil && f.Order != ByID && len(ids) > 0 {
		ids, err = s.sorted(ctx, authority, ids, f)
	}
	if err != nil {
		return nil, "", 0, err
	}
	skip := f.Skip
	if f.After != "" {
		skip = slices.Index(ids, f.After) + 1
	}
	skip = min(skip, len(ids))
	end := min(skip+cmp.Or(f.Limit, defaultLimit), len(ids))
	if end < len(ids) && end > skip {
		next = ids[end-1]
	}
	found, err = s.inOrder(ctx, ids[skip:end], f.On, newWhere(authority))
	return found, next, len(ids), err
}

// sorted puts what was found into the order that f asks for instead.
func (s *Service) sorted(ctx context.Context, authority string, ids []string, f TargetFilter) ([]string, error) {
	w := newWhere(authority)
	from := w.asOf(Targets, f.On)
	return store.All(ctx, s.db, store.Value[string], `
		SELECT target_id
		FROM `+from+`
		WHERE `+w.text.String()+`
			AND target_id IN (`+store.Places(len(w.args)+1, len(ids))+`)
		ORDER BY `+cmp.Or(orders[Targets][f.Order], "target_id"), append(slices.Clone(w.args), args("", ids)[1:]...)...)
}

// find returns the identifiers of what fits, best first. The index does not
// know the register's columns: it is asked with them only where it found more
// than it may return and they could bring up others.
func (s *Service) find(ctx context.Context, authority string, f TargetFilter, w *where) ([]string, error) {
	q := search.Query{Text: f.Query}
	ids, err := search.Find(ctx, s.db, authority, q)
	if err != nil {
		return nil, err
	}
	narrow := f.Withdrawn || f.Kind+f.State+f.Tag != ""
	if narrow && len(ids) == search.Most && f.On.Zero() {
		q.Within = `EXISTS (
			SELECT 1
			FROM register_target
			WHERE register_target.authority_id = $1 AND register_target.target_id = d.target_id AND ` + strings.Join(w.raw, " AND ") + `)`
		q.Args = w.args[1:]
		return search.Find(ctx, s.db, authority, q)
	}
	return s.chosen(ctx, ids, w, w.asOf(Targets, f.On))
}

// chosen keeps those of ids that w chooses, in their order.
func (s *Service) chosen(ctx context.Context, ids []string, w *where, from string) ([]string, error) {
	in := map[string]bool{}
	for piece := range slices.Chunk(ids, atOnce) {
		kept, err := store.All(ctx, s.db, store.Value[string], `
			SELECT target_id
			FROM `+from+`
			WHERE `+w.text.String()+`
				AND target_id IN (`+store.Places(len(w.args)+1, len(piece))+`)`, append(slices.Clone(w.args), args("", piece)[1:]...)...)
		if err != nil {
			return nil, err
		}
		for _, id := range kept {
			in[id] = true
		}
	}
	return slices.DeleteFunc(ids, func(id string) bool { return !in[id] }), nil
}

// inOrder loads records, as they stood, in the order of their identifiers.
func (s *Service) inOrder(ctx context.Context, ids []string, on calendar.Date, w *where) ([]Target, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	from := w.asOf(Targets, on)
	found, err := store.All(ctx, s.db, scanTarget, `
		SELECT `+targetCols+`
		FROM `+from+`
		WHERE `+w.text.String()+`
			AND target_id IN (`+store.Places(len(w.args)+1, len(ids))+`)`, append(slices.Clone(w.args), args("", ids)[1:]...)...)
	slices.SortFunc(found, func(a, b Target) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	return found, err
}

// Index enters every firm into the search if none is there: the register of a
// database that an older program has written.
func (s *Service) Index(ctx context.Context, authority string) error {
	some, err := store.One(ctx, s.db, store.Value[bool], `SELECT EXISTS (SELECT 1 FROM search_target WHERE authority_id = $1)`, authority)
	if err != nil || some {
		return err
	}
	return s.door.Keep(ctx, func(tx *store.DB) error {
		w, err := search.NewWriter(ctx, tx, authority)
		if err != nil {
			return err
		}
		for last := ""; ; {
			some, err := store.All(ctx, tx, scanEntry, `
				SELECT target_id, name, code, numbers
				FROM register_target
				WHERE authority_id = $1 AND target_id > $2
				ORDER BY target_id
				LIMIT $3`, authority, last, atOnce)
			if err != nil {
				return err
			}
			for _, e := range some {
				if err := w.Replace(e); err != nil {
					return err
				}
				last = e.Target
			}
			if len(some) < atOnce {
				return w.Close()
			}
		}
	})
}

func scanEntry(row store.Scanner) (search.Entry, error) {
	var t Target
	var numbers string
	err := row.Scan(&t.ID, &t.Name, &t.Code, &numbers)
	t.Numbers = words(numbers)
	return t.entry(), err
}
