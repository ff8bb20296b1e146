package reckon_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"suiji/internal/reckon"
	"suiji/internal/scribe"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
	"suiji/ledger"
)

// full is set by make tamper: more rows of every column.
var full = os.Getenv("SUIJI_TAMPER") == "full"

// unheld are the tables, columns and operations on which no verdict rests, as
// docs/tamper.md lists them, each with its reason.
func unheld(t *testing.T) map[string]bool {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "tamper.md"))
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| (`[^|]+`) \\| [^|]{10,} \\|$").FindAllStringSubmatch(string(raw), -1) {
		for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(m[1], -1) {
			listed[name[1]] = true
		}
	}
	return listed
}

// vandal writes into the database beside the program, as its owner could:
// without foreign keys.
type vandal struct {
	t      *testing.T
	db     *sql.DB
	o      *office
	tables []store.Table
	listed map[string]bool
	used   map[string]bool // of listed: what indeed nobody noticed
	tally  map[string]int
}

// tampered opens an office's database for a vandal, with a copy to restore it
// from.
func tampered(t *testing.T, dsn string) *vandal {
	t.Helper()
	db, err := store.Open(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	o := newOffice(t, db)
	o.year()
	o.cosigned()
	v := &vandal{t: t, o: o, listed: unheld(t), used: map[string]bool{}, tally: map[string]int{}}
	v.tables, err = db.Tables(ctx)
	o.Must(err)
	if db.Engine() == store.SQLite {
		v.db, err = sql.Open("sqlite", dsn+"?_pragma=busy_timeout(10000)")
	} else {
		v.db, err = store.TestOnlyRaw(dsn)
	}
	o.Must(err)
	t.Cleanup(func() { v.db.Close() })
	v.db.SetMaxOpenConns(1)
	if db.Engine() == store.SQLite {
		v.exec(fmt.Sprintf("VACUUM INTO '%s'", dsn+".pristine"))
		v.exec(fmt.Sprintf("ATTACH '%s' AS pristine", dsn+".pristine"))
		return v
	}
	v.exec("SET session_replication_role = replica")
	v.exec("CREATE SCHEMA pristine")
	for _, x := range v.tables {
		v.exec("CREATE TABLE pristine." + quoted(x.Name) + " AS TABLE " + quoted(x.Name))
	}
	return v
}

// cosigned has a witness cosign the newest checkpoint.
func (o *office) cosigned() {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	o.Must(err)
	raw := append([]byte{4}, public...)
	sum := sha256.Sum256(append([]byte("w.example\n"), raw...))
	cosigner, err := ledger.ParseCosigner(fmt.Sprintf("w.example+%x+%s", sum[:4], base64.StdEncoding.EncodeToString(raw)))
	o.Must(err)
	signed, size, err := o.Scribe.Checkpoint(ctx, authority)
	o.Must(err)
	text, _, _ := strings.Cut(signed, "\n\n")
	at := o.Now().Unix()
	sig := ed25519.Sign(private, fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s\n", at, text))
	line := append(append([]byte{}, sum[:4]...), binary.BigEndian.AppendUint64(nil, uint64(at))...)
	o.Must(o.Door.Keep(ctx, func(tx *store.DB) error {
		_, err := tx.Exec(ctx, `INSERT INTO ledger_cosignature (authority_id, size, witness, at, line) VALUES ($1, $2, $3, $4, $5)`,
			authority, size, fmt.Sprintf("w.example+%x", sum[:4]), at*1000, "— w.example "+base64.StdEncoding.EncodeToString(append(line, sig...))+"\n")
		return err
	}))
	o.reckon = o.reckoner(scribe.New(scribe.Config{DB: o.DB, Door: o.Door, Now: o.Now, Dir: o.Dir, Witnesses: []scribe.Witness{{Cosigner: cosigner}}}))
}

func quoted(name string) string { return `"` + name + `"` }

func (v *vandal) exec(text string, args ...any) {
	v.t.Helper()
	if _, err := v.db.Exec(text, args...); err != nil {
		v.t.Fatalf("%s: %v", text, err)
	}
}

// try runs statements; whatever the engine itself refuses is undone.
func (v *vandal) try(x store.Table, do func(tx *sql.Tx) error) bool {
	tx, err := v.db.Begin()
	if err != nil {
		v.t.Fatal(err)
	}
	if err := do(tx); err != nil {
		if err := tx.Rollback(); err != nil {
			v.t.Fatal(err)
		}
		return false
	}
	if err := tx.Commit(); err != nil {
		v.t.Fatal(err)
	}
	return true
}

func (v *vandal) restore(x store.Table) {
	v.t.Helper()
	v.exec("DELETE FROM " + quoted(x.Name))
	v.exec("INSERT INTO " + quoted(x.Name) + " SELECT * FROM pristine." + quoted(x.Name))
}

// rows returns a table's rows by its key.
func (v *vandal) rows(x store.Table) (all [][]any) {
	v.t.Helper()
	rows, err := v.db.Query("SELECT * FROM pristine." + quoted(x.Name) + " ORDER BY " + quoted(strings.Join(x.Key, `", "`)))
	if err != nil {
		v.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		row := make([]any, len(x.Columns))
		into := make([]any, len(row))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			v.t.Fatal(err)
		}
		all = append(all, row)
	}
	return all
}

// where chooses one row by its key.
func where(x store.Table, row []any, from int) (text string, args []any) {
	for i, c := range x.Columns {
		if slices.Contains(x.Key, c.Name) {
			text += fmt.Sprintf(" AND %s = $%d", quoted(c.Name), from+len(args))
			args = append(args, row[i])
		}
	}
	return " WHERE TRUE" + text, args
}

func (v *vandal) set(tx *sql.Tx, x store.Table, row []any, column int, value any) error {
	text, args := where(x, row, 2)
	res, err := tx.Exec("UPDATE "+quoted(x.Name)+" SET "+quoted(x.Columns[column].Name)+" = $1"+text, append([]any{value}, args...)...)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return fmt.Errorf("%d rows: %w", n, err)
	}
	return nil
}

// judged looks whether what was done is noticed and named, and undoes it.
func (v *vandal) judged(op string, x store.Table, column string, rows ...[]any) {
	v.t.Helper()
	defer v.restore(x)
	v.tally[op]++
	name := x.Name
	if column != "" {
		name += "." + column
	}
	at := fmt.Sprint(op, " ", name)
	r, err := v.o.reckon.Check(ctx, authority)
	if err != nil {
		v.t.Errorf("%s: Check: %v", at, err)
		return
	}
	listed := name
	if column == "" {
		listed = name + ": " + op
	}
	if r.OK() {
		if !v.listed[listed] {
			v.t.Errorf("%s was not noticed: %v", at, rows)
		}
		v.used[listed] = true
		v.tally["unnoticed, listed"]++
		return
	}
	v.tally["noticed"]++
	if len(rows) > 0 && !slices.ContainsFunc(rows, func(row []any) bool { return names(x, row, r) }) {
		v.t.Errorf("%s: %v\nis not named by %v", at, rows, r.Findings)
	}
}

// mirrored reports whether two rows that exchange a column are what they were.
func mirrored(a, b []any, column int) bool {
	a = slices.Clone(a)
	a[column] = b[column]
	return fmt.Sprint(a) == fmt.Sprint(b)
}

// names reports whether a finding names the row: by its key; where the ledger
// has one digest for many rows, by the version of the list or by the round.
func names(x store.Table, row []any, r reckon.Report) bool {
	for _, f := range r.Findings {
		said := f.String()
		for i, c := range x.Columns {
			s := fmt.Sprint(row[i])
			if x.Name == "disclosure_exemption" && c.Name == "form_id" {
				s = s[:strings.LastIndexByte(s, '.')]
			}
			if slices.Contains(x.Key, c.Name) && c.Name != "authority_id" && s != "" && strings.Contains(said, s) {
				return true
			}
		}
		list, _, _ := strings.Cut(strings.TrimPrefix(x.Name, "register_"), "_")
		if strings.HasPrefix(said, "register_version "+list) || strings.HasPrefix(x.Name, "ledger_") && numbered.MatchString(f.Sentence) {
			return true
		}
	}
	return false
}

var numbered = regexp.MustCompile(`\d`)

// words are states and the like that a column may be limited to.
var words = []string{"frozen", "sealed", "drawn", "abandoned", "confirmed", "removed", "reserve", "team", "passed", "replaced", "committed", "public",
	"published", "corrected", "withdrawn", "closed", "general", "serious", "ended", "key", "uscc", "registration", "other", "at-once", "digest-first", "after-check",
	"sha256", "sm3", "targets", "officers", "up", "days", "workdays"}

var dated = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)

// others returns values that might stand in the place of one.
func others(value any, column store.Column) (all []any) {
	switch x := value.(type) {
	case int64:
		if column.Type == "BOOLEAN" {
			return []any{1 - x}
		}
		if x > 1e12 {
			return []any{x + (24 * time.Hour).Milliseconds()}
		}
		return []any{x + 1, x + 1000}
	case bool:
		return []any{!x}
	case []byte:
		b := slices.Clone(x)
		if len(b) == 0 {
			return []any{[]byte("x")}
		}
		b[len(b)/2] ^= 1
		return []any{b}
	case string:
		switch {
		case dated.MatchString(x):
			return []any{"2020-02-03"}
		case x == "":
			all = append(all, "9")
		default:
			all = append(all, changed(x))
		}
		for _, w := range words {
			if w != x {
				all = append(all, w)
			}
		}
	}
	return all
}

// changed is a text with one letter changed, of the same sort.
func changed(s string) string {
	b := []byte(s)
	for i := len(b) / 2; i < len(b); i++ {
		switch c := b[i]; {
		case c >= '0' && c <= '8', c >= 'a' && c <= 'e', c >= 'A' && c <= 'Y':
			b[i]++
			return string(b)
		}
	}
	return s + "x"
}

// some chooses rows: a few, spread over the table.
func some(rows [][]any) [][]any {
	if !full {
		return rows[len(rows)/2:][:1]
	}
	const most = 12
	if len(rows) <= most {
		return rows
	}
	var out [][]any
	for i := range most {
		out = append(out, rows[i*(len(rows)-1)/(most-1)])
	}
	return out
}

// columns changes and swaps every column of a table.
func (v *vandal) columns(x store.Table, rows [][]any) {
	for i, c := range x.Columns {
		for _, row := range some(rows) {
			if row[i] == nil {
				continue
			}
			done := slices.ContainsFunc(others(row[i], c), func(value any) bool {
				return v.try(x, func(tx *sql.Tx) error { return v.set(tx, x, row, i, value) })
			})
			if !done {
				v.tally["refused by the engine"]++
				continue
			}
			v.judged("change", x, c.Name, row)
		}
		if testing.Short() {
			continue
		}
		op := "swap"
		if slices.Contains(x.Key, c.Name) || c.Name == "position" || c.Name == "made" || c.Name == "rank" || c.Name == "place" || c.Name == "no" {
			op = "reorder"
		}
		for _, a := range some(rows) {
			at := slices.IndexFunc(rows, func(b []any) bool { return fmt.Sprint(b[i]) != fmt.Sprint(a[i]) && b[i] != nil && a[i] != nil })
			if at < 0 {
				continue
			}
			b := rows[at]
			if mirrored(a, b, i) {
				continue // each becomes what the other was
			}
			if !v.try(x, func(tx *sql.Tx) error { return v.swap(tx, x, a, b, i) }) {
				v.tally["refused by the engine"]++
				continue
			}
			v.judged(op, x, c.Name, a, b)
		}
	}
}

// swap exchanges one column of two rows; if it must be unique, by way of a
// third value.
func (v *vandal) swap(tx *sql.Tx, x store.Table, a, b []any, column int) error {
	text, args := where(x, a, 1)
	if _, err := tx.Exec("DELETE FROM "+quoted(x.Name)+text, args...); err != nil {
		return err
	}
	text, args = where(x, b, 1)
	if _, err := tx.Exec("DELETE FROM "+quoted(x.Name)+text, args...); err != nil {
		return err
	}
	a, b = slices.Clone(a), slices.Clone(b)
	a[column], b[column] = b[column], a[column]
	if err := v.add(tx, x, a); err != nil {
		return err
	}
	return v.add(tx, x, b)
}

func (v *vandal) add(tx *sql.Tx, x store.Table, row []any) error {
	_, err := tx.Exec("INSERT INTO "+quoted(x.Name)+" VALUES ("+store.Places(1, len(row))+")", row...)
	return err
}

// whole deletes and inserts rows of a table, and empties it.
func (v *vandal) whole(x store.Table, rows [][]any) {
	if testing.Short() {
		return
	}
	for _, row := range some(rows) {
		text, args := where(x, row, 1)
		v.try(x, func(tx *sql.Tx) error {
			_, err := tx.Exec("DELETE FROM "+quoted(x.Name)+text, args...)
			return err
		})
		v.judged("delete", x, "", row)
		if more := v.twin(x, row); more != nil {
			v.judged("insert", x, "", more)
		} else {
			v.tally["refused by the engine"]++
		}
	}
	v.exec("DELETE FROM " + quoted(x.Name))
	v.judged("truncate", x, "")
}

// twin inserts a row like another under another key.
func (v *vandal) twin(x store.Table, row []any) []any {
	for _, all := range []bool{false, true} {
		for i := len(x.Columns) - 1; i >= 0; i-- {
			if !slices.Contains(x.Key, x.Columns[i].Name) || x.Columns[i].Name == "authority_id" {
				continue
			}
			for _, value := range others(row[i], x.Columns[i]) {
				more := slices.Clone(row)
				for j, c := range x.Columns {
					if n, ok := more[j].(int64); ok && all && c.Type == "BIGINT" {
						more[j] = n + 1000
					}
				}
				more[i] = value
				if v.try(x, func(tx *sql.Tx) error { return v.add(tx, x, more) }) {
					return more
				}
			}
		}
	}
	return nil
}

// TestTamper changes, deletes, inserts, swaps, reorders and empties whatever a
// verdict rests on, beside the program. Each is noticed and the record named;
// on what is not, no verdict rests, and docs/tamper.md says why.
func TestTamper(t *testing.T) {
	dsns := map[string]string{"sqlite": filepath.Join(t.TempDir(), "suiji.db")}
	if dsn := os.Getenv("SUIJI_TEST_POSTGRES"); dsn != "" && full {
		dsns["postgres"] = storetest.Postgres(t, dsn)
	}
	for engine, dsn := range dsns {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			v := tampered(t, dsn)
			columns, tables := 0, 0
			for _, x := range v.tables {
				room, _, _ := strings.Cut(x.Name, "_")
				if v.listed[x.Name] || v.listed[room+"_*"] {
					continue
				}
				rows := v.rows(x)
				if len(rows) == 0 {
					t.Errorf("%s has no row to tamper with", x.Name)
					continue
				}
				tables, columns = tables+1, columns+len(x.Columns)
				v.columns(x, rows)
				v.whole(x, rows)
			}
			v.o.clean("after everything was restored")
			if full { // a column may be noticed in some rows and not in others
				v.stale()
			}
			t.Logf("%d columns of %d tables: %v", columns, tables, v.tally)
		})
	}
}

// stale finds what docs/tamper.md lists although it is noticed, or is not
// there.
func (v *vandal) stale() {
	for name := range v.listed {
		whole := slices.ContainsFunc(v.tables, func(x store.Table) bool { return x.Name == name })
		if !whole && !v.used[name] && !strings.ContainsAny(name, "/*") {
			v.t.Errorf("docs/tamper.md lists %s, which is noticed or not there", name)
		}
	}
}
