package register

import (
	"context"
	"strings"

	"suiji/calendar"
	"suiji/internal/store"
)

// table is where a list stands. The states that its records had before stand,
// with the same columns, in the table of the same name with _past behind it.
type table struct {
	table, id, cols string
	children        bool // in tables of their own that have a past
}

// tables names the table, the identifier and the columns of each list.
var tables = map[List]table{
	Targets:  {"register_target", "target_id", targetCols + `, digest`, false},
	Officers: {"register_officer", "officer_id", officerCols + `, search, digest`, false},
	Items:    {"register_item", "item_id", itemCols + `, search, digest`, true},
}

// later is the later of a record's day and the day of a change ($3).
const later = `CASE WHEN since > $3 THEN since ELSE $3 END`

// aside returns the statement that lays a record's state aside, with
// authority, identifier, the day and the version of the change; and the one
// that does so with its children, with the first two alone, if there are any.
func (t table) aside() (state, children string) {
	state = `
		SELECT authority_id, ` + t.cols + `, ` + later + `, CAST($4 AS BIGINT)
		FROM ` + t.table + `
		WHERE authority_id = $1 AND ` + t.id + ` = $2`
	if t.children {
		children = `INSERT INTO register_item_past_point (authority_id, item_id, version, no, text, basis)
			SELECT p.authority_id, p.item_id, i.version, p.no, p.text, p.basis
			FROM register_item_point p
			JOIN register_item i ON i.authority_id = p.authority_id AND i.item_id = p.item_id
			WHERE p.authority_id = $1 AND p.item_id = $2`
	}
	return `INSERT INTO ` + t.table + `_past (authority_id, ` + t.cols + `, until, until_version)` + state, children
}

// layAside keeps the state of one record that ends.
func (t table) layAside(ctx context.Context, tx *store.DB, authority, id string, at Moment) error {
	state, children := t.aside()
	if _, err := tx.Exec(ctx, state, authority, id, at.Effective.String(), at.Version); err != nil || children == "" {
		return err
	}
	_, err := tx.Exec(ctx, children, authority, id)
	return err
}

// replacing is the tail of a statement that enters a record in place of the
// one that is there. The first day of its state never goes back.
func (t table) replacing() string {
	return strings.Replace(store.Replacing("authority_id, "+t.id, t.cols), "since = excluded.since",
		"since = CASE WHEN excluded.since > "+t.table+".since THEN excluded.since ELSE "+t.table+".since END", 1)
}

// asOf is the list's table as it stood at the end of a day, under the table's
// own name; the zero Date is now.
func (w *where) asOf(list List, on calendar.Date) string {
	t := tables[list]
	if on.Zero() {
		return t.table
	}
	return t.on(w.place(on.String()), "")
}

// on is the table as it stood at the end of the day at a place, of the records
// that a further condition chooses.
func (t table) on(day, and string) string {
	return `(
			SELECT authority_id, ` + t.cols + `
			FROM ` + t.table + `
			WHERE authority_id = $1 AND since <= ` + day + and + `
			UNION ALL
			SELECT authority_id, ` + t.cols + `
			FROM ` + t.table + `_past
			WHERE authority_id = $1 AND since <= ` + day + ` AND until > ` + day + and + `
		) ` + t.table
}

// On returns a record as it stood at the end of a day, withdrawn or not.
// Errors: NotFound if it was not there yet.
func (b Book[T]) On(ctx context.Context, db *store.DB, authority, id string, day calendar.Date) (T, error) {
	t, w := tables[b.List], newWhere(authority)
	w.must(t.id+" = ?", id)
	from := w.asOf(b.List, day)
	rec, err := store.One(ctx, db, b.scan, `SELECT `+b.columns()+` FROM `+from+` WHERE `+w.text.String(), w.args...)
	return b.whole(ctx, db, authority, rec, err)
}

// whole completes one record.
func (b Book[T]) whole(ctx context.Context, db *store.DB, authority string, rec T, err error) (T, error) {
	if err != nil || b.complete == nil {
		return rec, err
	}
	all := []T{rec}
	err = b.complete(ctx, db, authority, all)
	return all[0], err
}

// States returns every state that a record had, the first first; the last is
// the present one.
func (b Book[T]) States(ctx context.Context, db *store.DB, authority, id string) ([]T, error) {
	t := tables[b.List]
	cols := b.columns()
	all, err := store.All(ctx, db, b.scan, `
		SELECT `+cols+`
		FROM `+t.table+`_past
		WHERE authority_id = $1 AND `+t.id+` = $2
		UNION ALL
		SELECT `+cols+`
		FROM `+t.table+`
		WHERE authority_id = $1 AND `+t.id+` = $2
		ORDER BY version`, authority, id)
	if err != nil || b.complete == nil {
		return all, err
	}
	return all, b.complete(ctx, db, authority, all)
}

// columns are those that scan reads.
func (b Book[T]) columns() string {
	return strings.TrimSuffix(strings.TrimSuffix(tables[b.List].cols, ", digest"), ", search")
}

// Kept is one state of a record as the database has it: the digest that is
// stored with it, the version that began it, and the one that ended it; 0 if
// it is the present state.
type Kept[T any] struct {
	Record      T
	Digest      []byte
	From, Until int64
}

// EachState hands every state of every record to fn, in ascending order of
// identifiers, the first state first.
func (b Book[T]) EachState(ctx context.Context, db *store.DB, authority string, fn func(Kept[T]) error) error {
	t, cols := tables[b.List], b.columns()
	var part []Kept[T]
	flush := func() error {
		all := make([]T, len(part))
		for i, k := range part {
			all[i] = k.Record
		}
		if b.complete != nil {
			if err := b.complete(ctx, db, authority, all); err != nil {
				return err
			}
		}
		for i, k := range part {
			k.Record = all[i]
			if err := fn(k); err != nil {
				return err
			}
		}
		part = part[:0]
		return nil
	}
	scan := func(row store.Scanner) (k Kept[T], err error) {
		k.Record, err = b.scan(shifted{shifted{row, &k.Digest}, &k.Until})
		if err == nil {
			k.From, _ = k.Record.state()
		}
		return k, err
	}
	err := store.Each(ctx, db, scan, func(k Kept[T]) error {
		if part = append(part, k); len(part) < atOnce {
			return nil
		}
		return flush()
	}, `
		SELECT digest, 0 AS until_version, `+cols+`
		FROM `+t.table+`
		WHERE authority_id = $1
		UNION ALL
		SELECT digest, until_version, `+cols+`
		FROM `+t.table+`_past
		WHERE authority_id = $1
		ORDER BY `+t.id+`, version`, authority)
	if err != nil {
		return err
	}
	return flush()
}
