package register

import (
	"context"

	"suiji/internal/store"
)

const itemCols = `item_id, code, category, name, sub, subject, level, method, ratio, frequency, body, basis, staff, note, published_on, place, active, reason, version`

func scanItem(row store.Scanner) (i Item, err error) {
	var published string
	err = row.Scan(&i.ID, &i.Code, &i.Category, &i.Name, &i.Sub, &i.Subject, &i.Level, &i.Method, &i.Ratio, &i.Frequency,
		&i.Body, &i.Basis, &i.Staff, &i.Note, &published, &i.Place, &i.Active, &i.Reason, &i.Version)
	if err != nil {
		return i, err
	}
	i.PublishedOn, err = day(published)
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

type itemPoint struct {
	item string
	Point
}

func scanPoint(row store.Scanner) (p itemPoint, err error) {
	err = row.Scan(&p.item, &p.Text, &p.Basis)
	return p, err
}

// addPoints completes items with their points. The list of one authority has
// some hundred.
func addPoints(ctx context.Context, db *store.DB, authority string, items []Item) error {
	at := map[string]int{}
	for i := range items {
		at[items[i].ID] = i
	}
	return store.Each(ctx, db, scanPoint, func(p itemPoint) error {
		if i, ok := at[p.item]; ok {
			items[i].Points = append(items[i].Points, p.Point)
		}
		return nil
	}, `
		SELECT item_id, text, basis
		FROM register_item_point
		WHERE authority_id = $1
		ORDER BY item_id, no`, authority)
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

func saveItems(ctx context.Context, tx *store.DB, authority string, version int64) (*Saver[Item], error) {
	const cols = itemCols + `, search, digest`
	s := &Saver[Item]{
		main: &store.Bulk{Ctx: ctx, Tx: tx, Cols: 22,
			Insert: `INSERT INTO register_item (authority_id, ` + cols + `) VALUES `,
			Tail:   store.Replacing("authority_id, item_id", cols)},
		children: &store.Bulk{Ctx: ctx, Tx: tx, Cols: 5,
			Insert: `INSERT INTO register_item_point (authority_id, item_id, no, text, basis) VALUES `},
		prefix: []any{authority},
		row: func(i Item) []any {
			return []any{authority, i.ID, i.Code, i.Category, i.Name, i.Sub, i.Subject, string(i.Level), i.Method, i.Ratio, i.Frequency,
				i.Body, i.Basis, i.Staff, i.Note, i.PublishedOn.String(), i.placeIn(version), i.Active, i.Reason, version, i.search(), digestOf(i.Canonical(nil))}
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
	return s, s.forgetting(ctx, tx, `DELETE FROM register_item_point WHERE authority_id = $1 AND item_id = $2`)
}
