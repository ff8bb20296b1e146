package register

import (
	"context"
	"slices"
	"strings"

	"suiji/internal/search"
	"suiji/internal/store"
)

const targetCols = `target_id, code, code_kind, name, kind, state, established, area_code, area_name, address, work_address, industry, scope, contact, phone, source, tags, numbers, places, active, reason, version, since`

func scanTarget(row store.Scanner) (t Target, err error) {
	var established, tags, numbers, places, since string
	err = row.Scan(&t.ID, &t.Code, &t.CodeKind, &t.Name, &t.Kind, &t.State, &established, &t.AreaCode, &t.AreaName,
		&t.Address, &t.WorkAddress, &t.Industry, &t.Scope, &t.Contact, &t.Phone, &t.Source, &tags, &numbers, &places, &t.Active, &t.Reason, &t.Version, &since)
	if err != nil {
		return t, err
	}
	t.Tags, t.Numbers, t.Places = words(tags), words(numbers), words(places)
	t.Established, err = day(established)
	if err == nil {
		t.Since, err = day(since)
	}
	return t, err
}

// words reads a stored list.
func words(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

func loadTargets(ctx context.Context, db *store.DB, authority string, ids []string) ([]Target, error) {
	return store.All(ctx, db, scanTarget, `
		SELECT `+targetCols+`
		FROM register_target
		WHERE authority_id = $1 AND target_id IN (`+store.Places(2, len(ids))+`)`, args(authority, ids)...)
}

// args are an authority and a list as arguments of a query.
func args(authority string, list []string) []any {
	out := []any{authority}
	for _, s := range list {
		out = append(out, s)
	}
	return out
}

func scanNamesake(row store.Scanner) (n Namesake, err error) {
	err = row.Scan(&n.Label, &n.ID, &n.Number)
	return n, err
}

func targetNamesakes(ctx context.Context, db *store.DB, authority string, names []string) ([]Namesake, error) {
	return store.All(ctx, db, scanNamesake, `
		SELECT name, target_id, code
		FROM register_target
		WHERE authority_id = $1 AND active AND name IN (`+store.Places(2, len(names))+`)
		ORDER BY target_id`, args(authority, names)...)
}

func saveTargets(ctx context.Context, tx *store.DB, authority string, at Moment) (*Saver[Target], error) {
	cols := tables[Targets].cols
	s := &Saver[Target]{
		main: &store.Bulk{Ctx: ctx, Tx: tx, Cols: 25,
			Insert: `INSERT INTO register_target (authority_id, ` + cols + `) VALUES `,
			Tail:   tables[Targets].replacing()},
		children: &store.Bulk{Ctx: ctx, Tx: tx, Cols: 3,
			Insert: `INSERT INTO register_target_tag (authority_id, target_id, tag) VALUES `},
		prefix: []any{authority},
		row: func(t Target) []any {
			return []any{authority, t.ID, t.Code, string(t.CodeKind), t.Name, t.Kind, t.State, t.Established.String(), t.AreaCode, t.AreaName,
				t.Address, t.WorkAddress, t.Industry, t.Scope, t.Contact, t.Phone, t.Source, strings.Join(t.Tags, "\n"),
				strings.Join(t.Numbers, "\n"), strings.Join(t.Places, "\n"), t.Active, t.Reason, at.Version, at.Effective.String(), digestOf(t.Canonical(nil))}
		},
		parts: func(t Target) [][]any { return single(t.Tags) },
	}
	s.children.Before = s.main.Flush
	index, err := search.NewWriter(ctx, tx, authority)
	if err != nil {
		return nil, err
	}
	s.index, s.indexed = func(t Target, before *Target) error {
		switch {
		case before == nil:
			return index.Add(t.entry())
		case before.Name == t.Name && before.Code == t.Code && slices.Equal(before.Numbers, t.Numbers):
			return nil
		}
		return reindex(ctx, tx, authority, index, t)
	}, index.Close
	return s, s.prepare(ctx, tx, Targets, at, `DELETE FROM register_target_tag WHERE authority_id = $1 AND target_id = $2`)
}

// single makes children of one column.
func single(words []string) [][]any {
	var out [][]any
	for _, w := range words {
		out = append(out, []any{w})
	}
	return out
}
