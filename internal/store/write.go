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
	db, err := sql.Open("sqlite", path+"?_pragma=journal_mode(OFF)&_pragma=synchronous(OFF)")
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
	var columns, places []string
	for i, c := range t.Columns {
		columns, places = append(columns, c.Name+" "+c.Type), append(places, fmt.Sprintf("$%d", i+1))
	}
	_, err := tx.ExecContext(ctx, `CREATE TABLE `+t.Name+` (`+strings.Join(columns, ", ")+`, PRIMARY KEY (`+strings.Join(t.Key, ", ")+`))`)
	if err != nil {
		return err
	}
	st, err := tx.PrepareContext(ctx, `INSERT INTO `+t.Name+` VALUES (`+strings.Join(places, ", ")+`)`)
	if err != nil {
		return err
	}
	defer st.Close() // the transaction closes it anyway
	for row, err := range t.Rows {
		if err != nil {
			return err
		}
		if _, err := st.ExecContext(ctx, row...); err != nil {
			return err
		}
	}
	return nil
}
