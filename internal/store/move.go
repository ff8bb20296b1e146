package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"os"
	"strings"

	"suiji/internal/errs"
)

// Tally is how many rows a table has, and the SHA-256 over all of them in the
// order of their keys, the same on both engines.
type Tally struct {
	Table  string `json:"table"`
	Rows   int64  `json:"rows"`
	Digest string `json:"digest"`
}

// Tally counts and digests every table.
func (db *DB) Tally(ctx context.Context) ([]Tally, error) {
	tables, err := db.Tables(ctx)
	if err != nil {
		return nil, err
	}
	var all []Tally
	for _, t := range tables {
		got, err := t.read(ctx, db, func([]any) error { return nil })
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", t.Name, err)
		}
		all = append(all, got)
	}
	return all, nil
}

// Move copies everything into an empty database, which may be of the other
// engine, in one transaction, and compares what arrived with what was read.
// Nobody can write to db meanwhile; db stays as it is. Errors: Conflict if to
// is not empty or something did not arrive.
func (db *DB) Move(ctx context.Context, to *DB) ([]Tally, error) {
	var all []Tally
	err := db.InTx(ctx, func(from *DB) error {
		tables, err := from.Tables(ctx)
		if err != nil {
			return err
		}
		return to.InTx(ctx, func(tx *DB) error {
			all = nil
			for _, t := range tables {
				n, err := One(ctx, tx, Value[int64], `SELECT count(*) FROM `+t.Name)
				if err != nil {
					return err
				}
				if n > 0 {
					return errs.E(errs.Conflict, fmt.Sprintf("目标数据库不是空的：%s 已有 %d 行。没有写入任何数据，请换一个新建的数据库", t.Name, n))
				}
			}
			for _, t := range tables {
				moved, err := t.move(ctx, from, tx)
				if err != nil {
					return fmt.Errorf("move %s: %w", t.Name, err)
				}
				all = append(all, moved)
			}
			return nil
		})
	})
	return all, err
}

// rowsAtOnce is how many rows go into one statement.
const rowsAtOnce = 50

// move copies one table and holds that it arrived.
func (t Table) move(ctx context.Context, from, to *DB) (Tally, error) {
	many, done, err := to.Prepare(ctx, t.insert(rowsAtOnce))
	if err != nil {
		return Tally{}, err
	}
	defer done() // the transaction closes it anyway
	var args []any
	read, err := t.read(ctx, from, func(row []any) error {
		args = append(args, row...)
		if len(args) < rowsAtOnce*len(t.Columns) {
			return nil
		}
		defer func() { args = args[:0] }()
		return many(args...)
	})
	if err != nil {
		return read, err
	}
	if n := len(args) / len(t.Columns); n > 0 {
		if _, err := to.Exec(ctx, t.insert(n), args...); err != nil {
			return read, err
		}
	}
	arrived, err := t.read(ctx, to, func([]any) error { return nil })
	if err == nil && arrived != read {
		err = errs.E(errs.Conflict, fmt.Sprintf("%s 搬过去的内容与原来不同（原有 %d 行，到达 %d 行），没有写入任何数据", t.Name, read.Rows, arrived.Rows))
	}
	return read, err
}

func (t Table) names() string {
	var all []string
	for _, c := range t.Columns {
		all = append(all, c.Name)
	}
	return strings.Join(all, ", ")
}

func (t Table) insert(n int) string {
	var s strings.Builder
	s.WriteString("INSERT INTO " + t.Name + " (" + t.names() + ") VALUES ")
	for i := range n * len(t.Columns) {
		switch {
		case i == 0:
			s.WriteString("(")
		case i%len(t.Columns) == 0:
			s.WriteString("), (")
		default:
			s.WriteString(", ")
		}
		fmt.Fprintf(&s, "$%d", i+1)
	}
	s.WriteString(")")
	return s.String()
}

// read hands the table's rows to fn in the order of their keys.
func (t Table) read(ctx context.Context, db *DB, fn func(row []any) error) (Tally, error) {
	tally, h := Tally{Table: t.Name}, sha256.New()
	err := Each(ctx, db, t.scan, func(row []any) error {
		tally.Rows++
		for _, v := range row {
			digest(h, v)
		}
		return fn(row)
	}, `SELECT `+t.names()+` FROM `+t.Name+` ORDER BY `+strings.Join(t.Key, ", "))
	tally.Digest = hex.EncodeToString(h.Sum(nil))
	return tally, err
}

// scan reads a row; every value is nil or a string, int64, float64, bool or
// []byte, as its column's type says and not as the engine happens to give it.
func (t Table) scan(row Scanner) ([]any, error) {
	dest := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		switch c.Type {
		case "TEXT":
			dest[i] = new(*string)
		case "BIGINT":
			dest[i] = new(*int64)
		case "BOOLEAN":
			dest[i] = new(*bool)
		case "DOUBLE PRECISION":
			dest[i] = new(*float64)
		case "BYTEA":
			dest[i] = new(*[]byte)
		default:
			return nil, fmt.Errorf("%s.%s has the type %s", t.Name, c.Name, c.Type)
		}
	}
	if err := row.Scan(dest...); err != nil {
		return nil, err
	}
	for i, d := range dest {
		switch d := d.(type) {
		case **string:
			dest[i] = value(*d)
		case **int64:
			dest[i] = value(*d)
		case **bool:
			dest[i] = value(*d)
		case **float64:
			dest[i] = value(*d)
		case **[]byte:
			dest[i] = value(*d)
		}
	}
	return dest, nil
}

func value[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

// digest adds a value with its type and length, so that no two rows look alike.
func digest(h hash.Hash, v any) {
	var kind byte
	var body []byte
	switch v := v.(type) {
	case string:
		kind, body = 's', []byte(v)
	case int64:
		kind, body = 'i', fmt.Append(nil, v)
	case bool:
		kind, body = 'b', fmt.Append(nil, v)
	case float64:
		kind, body = 'f', fmt.Append(nil, v)
	case []byte:
		kind, body = 'x', v
	default:
		kind = '0'
	}
	var head [9]byte
	head[0] = kind
	binary.BigEndian.PutUint64(head[1:], uint64(len(body)))
	h.Write(head[:])
	h.Write(body)
}

// Snapshot writes a copy of the database as an SQLite file, while others go on
// working with it. The file must not exist.
func (db *DB) Snapshot(ctx context.Context, path string) error {
	if db.engine == SQLite {
		_, err := db.read.ExecContext(ctx, `VACUUM INTO $1`, path)
		return err
	}
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("%s is there already", path)
	}
	to, err := Open(ctx, path)
	if err != nil {
		return err
	}
	_, err = db.Move(ctx, to)
	return errors.Join(err, to.Close())
}

// Sound asks SQLite whether its file is whole. PostgreSQL looks after its own.
func (db *DB) Sound(ctx context.Context) error { return db.sound(ctx, "integrity_check") }

// Legible is Sound without whether each index has just the rows of its table, for
// which every row is looked up once an index: minutes for a file of gigabytes.
func (db *DB) Legible(ctx context.Context) error { return db.sound(ctx, "quick_check") }

func (db *DB) sound(ctx context.Context, check string) error {
	if db.engine != SQLite {
		return nil
	}
	said, err := All(ctx, db, Value[string], "PRAGMA "+check+"(10)")
	if err == nil && (len(said) != 1 || said[0] != "ok") {
		err = errs.E(errs.Conflict, "数据库文件已损坏："+strings.Join(said, "；"))
	}
	return err
}
