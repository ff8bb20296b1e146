package register

import (
	"context"

	"suiji/internal/store"
)

const itemCols = `item_id, code, category, name, sub, subject, level, method, ratio, frequency, body, basis, staff, note, published_on, place, active, reason, version, since`

func scanItem(row store.Scanner) (i Item, err error) {
	var published, since string
	err = row.Scan(&i.ID, &i.Code, &i.Category, &i.Name, &i.Sub, &i.Subject, &i.Level, &i.Method, &i.Ratio, &i.Frequency,
		&i.Body, &i.Basis, &i.Staff, &i.Note, &published, &i.Place, &i.Active, &i.Reason, &i.Version, &since)
	if err != nil {
		return i, err
	}
	i.PublishedOn, err = day(published)
	if err == nil {
		i.Since, err = day(since)
	}
	return i, err
}

func loadItems(ctx context.Context, db *store.DB, authority string, ids []string) ([]Item, error) {
	items, err := store.All(ctx, db, scanItem, `
		SELECT `+itemCols+`
		FROM register_item
		WHERE authority_id = $1 AND item_id IN (`+store.Places(2, len(ids))+`)
		ORDER BY item_id`, args(authority, ids)...)
	if err != nil {
		return nil, err
	}
	return items, addPoints(ctx, db, authority, items)
}

// state is one state of an item: what its points belong to.
type state struct {
	item    string
	version int64
}

type itemPoint struct {
	of state
	Point
}

func scanPoint(row store.Scanner) (p itemPoint, err error) {
	var no int64
	err = row.Scan(&p.of.item, &p.of.version, &p.Text, &p.Basis, &no)
	return p, err
}

// addPoints completes items, as they are or were, with their points. The list
// of one authority has some hundred.
func addPoints(ctx context.Context, db *store.DB, authority string, items []Item) error {
	at := map[state]int{}
	for i := range items {
		at[state{items[i].ID, items[i].Version}] = i
	}
	return store.Each(ctx, db, scanPoint, func(p itemPoint) error {
		if i, ok := at[p.of]; ok {
			items[i].Points = append(items[i].Points, p.Point)
		}
		return nil
	}, `
		SELECT p.item_id, i.version, p.text, p.basis, p.no
		FROM register_item_point p
		JOIN register_item i ON i.authority_id = p.authority_id AND i.item_id = p.item_id
		WHERE p.authority_id = $1
		UNION ALL
		SELECT item_id, version, text, basis, no
		FROM register_item_past_point
		WHERE authority_id = $1
		ORDER BY 1, 2, 5`, authority)
}

func scanItemNamesake(row store.Scanner) (n Namesake, err error) {
	var i Item
	err = row.Scan(&i.ID, &i.Code, &i.Name, &i.Sub)
	n = Namesake{i.Label(), i.ID, i.Code}
	if n.Number == "" {
		n.Number = i.ID
	}
	return n, err
}

func itemNamesakes(ctx context.Context, db *store.DB, authority string, names []string) ([]Namesake, error) {
	return store.All(ctx, db, scanItemNamesake, `
		SELECT item_id, code, name, sub
		FROM register_item
		WHERE authority_id = $1 AND active AND name IN (`+store.Places(2, len(names))+`)
		ORDER BY item_id`, args(authority, names)...)
}

func saveItems(ctx context.Context, tx *store.DB, authority string, at Moment) (*Saver[Item], error) {
	cols := tables[Items].cols
	s := &Saver[Item]{
		main: &store.Bulk{Ctx: ctx, Tx: tx, Cols: 23,
			Insert: `INSERT INTO register_item (authority_id, ` + cols + `) VALUES `,
			Tail:   tables[Items].replacing()},
		children: &store.Bulk{Ctx: ctx, Tx: tx, Cols: 5,
			Insert: `INSERT INTO register_item_point (authority_id, item_id, no, text, basis) VALUES `},
		prefix: []any{authority},
		row: func(i Item) []any {
			return []any{authority, i.ID, i.Code, i.Category, i.Name, i.Sub, i.Subject, string(i.Level), i.Method, i.Ratio, i.Frequency,
				i.Body, i.Basis, i.Staff, i.Note, i.PublishedOn.String(), i.placeIn(at.Version), i.Active, i.Reason, at.Version, at.Effective.String(), i.search(), digestOf(i.Canonical(nil))}
		},
		parts: func(i Item) [][]any {
			var out [][]any
			for n, p := range i.Points {
				out = append(out, []any{n + 1, p.Text, p.Basis})
			}
			return out
		},
	}
	s.children.Before = s.main.Flush
	return s, s.prepare(ctx, tx, Items, at, `DELETE FROM register_item_point WHERE authority_id = $1 AND item_id = $2`)
}
