package store

import (
	"context"
	"fmt"
	"strings"
)

// Bulk writes rows of one table, several in one statement: a statement a row
// would cost a round trip a row.
type Bulk struct {
	Ctx    context.Context
	Tx     *DB
	Insert string // INSERT INTO … (…) VALUES
	Tail   string // ON CONFLICT …
	Cols   int
	Before func() error // runs before rows go out: the rows that these refer to

	many func(args ...any) error // prepared when the first piece is full
	done func() error
	args []any
}

// rows is how many rows go into one statement.
const rows = 50

// Add writes one row, now or with later ones.
func (b *Bulk) Add(args ...any) error {
	b.args = append(b.args, args...)
	if len(b.args) < rows*b.Cols {
		return nil
	}
	if b.Before != nil {
		if err := b.Before(); err != nil {
			return err
		}
	}
	if b.many == nil {
		var err error
		// SQLite's driver starts a goroutine for each statement that could be
		// cancelled; asking here once a statement does as well.
		if b.many, b.done, err = b.Tx.Prepare(context.WithoutCancel(b.Ctx), b.text(rows)); err != nil {
			return err
		}
	}
	if err := b.Ctx.Err(); err != nil {
		return err
	}
	err := b.many(b.args...)
	b.args = b.args[:0]
	return err
}

// Flush writes what is left.
func (b *Bulk) Flush() error {
	if len(b.args) == 0 {
		return nil
	}
	if b.Before != nil {
		if err := b.Before(); err != nil {
			return err
		}
	}
	_, err := b.Tx.Exec(b.Ctx, b.text(len(b.args)/b.Cols), b.args...)
	b.args = b.args[:0]
	return err
}

// Close releases the prepared statement.
func (b *Bulk) Close() error {
	if b.done == nil {
		return nil
	}
	return b.done()
}

// text is the statement for n rows.
func (b *Bulk) text(n int) string {
	var s strings.Builder
	s.WriteString(b.Insert)
	for row := range n {
		if row > 0 {
			s.WriteString(", ")
		}
		if b.Tx.Engine() == SQLite { // its driver looks a numbered place up among all of the statement's
			s.WriteString("(?" + strings.Repeat(", ?", b.Cols-1) + ")")
			continue
		}
		s.WriteString("(" + Places(row*b.Cols+1, b.Cols) + ")")
	}
	return s.String() + b.Tail
}

// Given narrows a query to what is given: pairs of a column and a value, after
// args. It returns a piece of the WHERE clause, and all arguments; an empty
// value narrows nothing. A condition that may be empty ($2 = ” OR x = $2) would
// keep the database from its index.
func Given(args []any, pairs ...string) (piece string, all []any) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			args = append(args, pairs[i+1])
			piece += fmt.Sprintf(" AND %s = $%d", pairs[i], len(args))
		}
	}
	return piece, args
}

// OneOf is the condition that a column has one of some values, which follow
// args. There must be one: what no value chooses is not asked for.
func OneOf(column string, values []string, args []any) (condition string, all []any) {
	first := len(args) + 1
	for _, v := range values {
		args = append(args, v)
	}
	return column + " IN (" + Places(first, len(values)) + ")", args
}

// Anywhere is the pattern of LIKE … ESCAPE '\' for texts that have a part, whose
// own % and _ are plain.
func Anywhere(part string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(part) + "%"
}

// Places returns n placeholders, the first with a number: $3, $4.
func Places(first, n int) string {
	var s strings.Builder
	for i := range n {
		if i > 0 {
			s.WriteString(", ")
		}
		fmt.Fprintf(&s, "$%d", first+i)
	}
	return s.String()
}

// Replacing is the tail of a statement that overwrites the row that is there.
// key and cols are constants of the caller.
func Replacing(key, cols string) string {
	var sets []string
	for c := range strings.SplitSeq(cols, ", ") {
		sets = append(sets, c+" = excluded."+c)
	}
	return "\nON CONFLICT (" + key + ") DO UPDATE SET " + strings.Join(sets, ", ")
}
