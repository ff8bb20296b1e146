package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Table is a table as both engines have it.
type Table struct {
	Name    string
	Columns []Column // in their order
	Key     []string // the primary key's columns, in its order
	refs    []string // the tables that its foreign keys point to
}

// Column is a column with the type that the migrations gave it: TEXT, BIGINT,
// BOOLEAN, BYTEA or DOUBLE PRECISION.
type Column struct{ Name, Type string }

// Tables returns the tables that hold what cannot be made anew: all but the
// migrations' own and the search's, which the program rebuilds. A table stands
// behind those that it refers to.
func (db *DB) Tables(ctx context.Context) ([]Table, error) {
	q := tableQueries[db.engine]
	names, err := All(ctx, db, Value[string], q.names)
	if err != nil {
		return nil, err
	}
	all := map[string]Table{}
	for _, name := range names {
		if strings.HasPrefix(name, "goose_") || strings.HasPrefix(name, "search_") || strings.HasPrefix(name, "sqlite_") {
			continue
		}
		t := Table{Name: name}
		if t.Columns, err = All(ctx, db, scanColumn, q.columns, name); err != nil {
			return nil, err
		}
		if t.Key, err = All(ctx, db, Value[string], q.key, name); err != nil {
			return nil, err
		}
		if t.refs, err = All(ctx, db, Value[string], q.refs, name); err != nil {
			return nil, err
		}
		all[name] = t
	}
	return inOrder(all, names)
}

func scanColumn(row Scanner) (c Column, err error) {
	err = row.Scan(&c.Name, &c.Type)
	c.Type = strings.ToUpper(c.Type)
	return c, err
}

// inOrder puts each table behind those that it refers to.
func inOrder(all map[string]Table, names []string) ([]Table, error) {
	var out []Table
	done := map[string]bool{}
	for len(out) < len(all) {
		before := len(out)
		for _, name := range names {
			t, ok := all[name]
			if !ok || done[name] || slices.ContainsFunc(t.refs, func(r string) bool { return r != name && !done[r] }) {
				continue
			}
			done[name], out = true, append(out, t)
		}
		if len(out) == before {
			return nil, fmt.Errorf("tables refer to each other in a circle: %d of %d in order", len(out), len(all))
		}
	}
	return out, nil
}

// tableQueries ask an engine for its own catalogue, which is the one thing
// that no common text can say.
var tableQueries = map[Engine]struct{ names, columns, key, refs string }{
	SQLite: {
		names:   `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`,
		columns: `SELECT name, type FROM pragma_table_info($1) ORDER BY cid`,
		key:     `SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk`,
		refs:    `SELECT DISTINCT "table" FROM pragma_foreign_key_list($1) ORDER BY 1`,
	},
	Postgres: {
		names:   `SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY 1`,
		columns: `SELECT column_name::text, data_type::text FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position`,
		key: `SELECT a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
			WHERE i.indrelid = $1::regclass AND i.indisprimary ORDER BY array_position(i.indkey::int2[], a.attnum)`,
		refs: `SELECT DISTINCT confrelid::regclass::text FROM pg_constraint WHERE conrelid = $1::regclass AND contype = 'f' ORDER BY 1`,
	},
}
