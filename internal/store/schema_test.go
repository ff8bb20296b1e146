package store_test

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

var update = flag.Bool("update", false, "rewrite docs/schema.sql")

const schemaFile = "../../docs/schema.sql"

const schemaHead = "-- The schema of a fresh database, as SQLite keeps it; PostgreSQL's comes from the\n" +
	"-- same text. Written by: go test ./internal/store -run TestSchema -update\n"

// docs/schema.sql is what the migrations make, for people to read and for a
// reviewer to see what a migration changes.
func TestSchemaIsDocumented(t *testing.T) {
	statements, err := store.All(t.Context(), storetest.SQLite(t), store.Value[string], `
		SELECT sql
		FROM sqlite_master
		WHERE sql IS NOT NULL AND tbl_name NOT LIKE 'goose_%' AND tbl_name NOT LIKE 'sqlite_%'
		ORDER BY tbl_name, type DESC, name`)
	if err != nil {
		t.Fatal(err)
	}
	got := schemaHead
	for _, s := range statements {
		got += "\n" + s + ";\n"
	}
	if *update {
		if err := os.WriteFile(schemaFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("docs/schema.sql is not the schema that the migrations make: first difference at %q; run this test with -update", firstDifference(got, string(want)))
	}
}

// firstDifference returns the first line of got that want does not have in its
// place.
func firstDifference(got, want string) string {
	w := strings.Split(want, "\n")
	for i, line := range strings.Split(got, "\n") {
		if i >= len(w) || w[i] != line {
			return line
		}
	}
	return "the end"
}

// shared tells which tables belong to no authority: the list of authorities
// itself, what all of them read, and the migrations' own.
func shared(table string) bool {
	return table == "identity_authority" || strings.HasPrefix(table, "reference_") || strings.HasPrefix(table, "goose_") ||
		strings.HasPrefix(table, "search_terms") // FTS5's own, by the rows of search_target, which has the authority
}

// Every table that grows has the authority first in every key, so that it can
// be spread over several servers by it, and no key crosses authorities.
func TestSchemaKeys(t *testing.T) {
	db := storetest.SQLite(t)
	tables := texts(t, db, `
		SELECT name
		FROM sqlite_master
		WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
		ORDER BY name`)
	if len(tables) < 30 {
		t.Fatalf("%d tables, want the whole schema", len(tables))
	}
	for _, table := range tables {
		if shared(table) {
			continue
		}
		if key := primaryKey(t, db, table); len(key) < 2 || key[0] != "authority_id" {
			t.Errorf("%s has the primary key %v, want authority_id first and more behind it", table, key)
		}
		for _, d := range departures(t, db, table) {
			t.Errorf("%s: %s", table, d)
		}
	}
}

// The lint finds what it is there to find.
func TestSchemaKeysAreHeld(t *testing.T) {
	db := storetest.SQLite(t)
	err := db.InTx(t.Context(), func(tx *store.DB) error {
		for _, s := range []string{
			`CREATE TABLE bad (authority_id TEXT, round_id TEXT, code TEXT UNIQUE, PRIMARY KEY (round_id, authority_id))`,
			`CREATE TABLE crossing (authority_id TEXT, plan_id TEXT, PRIMARY KEY (authority_id, plan_id), FOREIGN KEY (plan_id) REFERENCES plan (plan_id))`,
			`CREATE TABLE swapped (authority_id TEXT, plan_id TEXT, PRIMARY KEY (authority_id, plan_id), FOREIGN KEY (plan_id, authority_id) REFERENCES plan (authority_id, plan_id))`,
		} {
			if _, err := tx.Exec(t.Context(), s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		table string
		key   []string
		want  int
	}{
		{"bad", []string{"round_id", "authority_id"}, 2}, // the UNIQUE, and the primary key's own index
		{"crossing", []string{"authority_id", "plan_id"}, 1},
		{"swapped", []string{"authority_id", "plan_id"}, 1},
	}
	for _, tt := range tests {
		if got := primaryKey(t, db, tt.table); !slices.Equal(got, tt.key) {
			t.Errorf("primaryKey(%s) = %v, want %v", tt.table, got, tt.key)
		}
		if got := departures(t, db, tt.table); len(got) != tt.want {
			t.Errorf("departures(%s) = %q, want %d", tt.table, got, tt.want)
		}
	}
}

func TestSchemaHasNoTriggers(t *testing.T) {
	db := storetest.SQLite(t)
	if got := texts(t, db, `SELECT name FROM sqlite_master WHERE type IN ('trigger', 'view') ORDER BY name`); len(got) > 0 {
		t.Errorf("triggers and views %v, want none: what happens is to be read in Go", got)
	}
}

func texts(t *testing.T, db *store.DB, query string, args ...any) []string {
	t.Helper()
	all, err := store.All(t.Context(), db, store.Value[string], query, args...)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func primaryKey(t *testing.T, db *store.DB, table string) []string {
	t.Helper()
	return texts(t, db, `SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk`, table)
}

// departures says which unique indexes do not have authority_id first, and
// which foreign keys do not pair it with authority_id.
func departures(t *testing.T, db *store.DB, table string) []string {
	t.Helper()
	var out []string
	for _, index := range texts(t, db, `SELECT name FROM pragma_index_list($1) WHERE "unique" ORDER BY name`, table) {
		columns := texts(t, db, `SELECT name FROM pragma_index_info($1) ORDER BY seqno`, index)
		if columns[0] != "authority_id" {
			out = append(out, "unique index over "+strings.Join(columns, ", "))
		}
	}
	keys := map[string][]string{}
	for _, row := range texts(t, db, `
		SELECT id || ' ' || "table" || ' ' || "from" || '=' || coalesce("to", "from")
		FROM pragma_foreign_key_list($1)
		ORDER BY id, seq`, table) {
		at := strings.LastIndex(row, " ")
		keys[row[:at]] = append(keys[row[:at]], row[at+1:])
	}
	for key, pairs := range keys {
		_, to, _ := strings.Cut(key, " ")
		if !shared(to) && !slices.Contains(pairs, "authority_id=authority_id") {
			out = append(out, "foreign key to "+to+" over "+strings.Join(pairs, ", "))
		}
	}
	return out
}
