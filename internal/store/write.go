package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"strings"
)

// NewTable is a table of a file that is handed out.
type NewTable struct {
	Name    string
	Columns []Column
	Key     []string
	Rows    iter.Seq2[[]any, error]
}

// WriteSQLite writes tables into a new SQLite file, which others open by
// themselves. Names must come from the program.
func WriteSQLite(ctx context.Context, path string, tables []NewTable) error {
	db, err := sql.Open("sqlite", path+"?_pragma=journal_mode(OFF)&_pragma=synchronous(OFF)&_pragma=cache_size(-32768)")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return errors.Join(err, db.Close())
	}
	for _, t := range tables {
		if err := t.write(ctx, tx); err != nil {
			return errors.Join(fmt.Errorf("write %s: %w", t.Name, err), tx.Rollback(), db.Close())
		}
	}
	return errors.Join(tx.Commit(), db.Close())
}

func (t NewTable) write(ctx context.Context, tx *sql.Tx) error {
	var columns []string
	for _, c := range t.Columns {
		columns = append(columns, c.Name+" "+c.Type)
	}
	_, err := tx.ExecContext(ctx, `CREATE TABLE `+t.Name+` (`+strings.Join(columns, ", ")+`, PRIMARY KEY (`+strings.Join(t.Key, ", ")+`))`)
	if err != nil {
		return err
	}
	rows := Bulk{Ctx: ctx, Tx: &DB{engine: SQLite, tx: tx}, Insert: `INSERT INTO ` + t.Name + ` VALUES `, Cols: len(t.Columns)}
	for row, err := range t.Rows {
		if err == nil {
			err = rows.Add(row...)
		}
		if err != nil {
			return errors.Join(err, rows.Close())
		}
	}
	return errors.Join(rows.Flush(), rows.Close())
}
