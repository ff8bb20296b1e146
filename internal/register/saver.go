package register

import (
	"context"
	"fmt"
	"strings"

	"suiji/internal/store"
)

// bulk writes rows of one table, several in one statement: a statement a row
// would cost a round trip a row.
type bulk struct {
	ctx    context.Context
	tx     *store.DB
	insert string // INSERT INTO … (…) VALUES
	tail   string // ON CONFLICT …
	cols   int
	before func() error // runs before rows go out: the rows that these refer to

	many func(args ...any) error // prepared when the first piece is full
	done func() error
	args []any
}

// rows is how many rows go into one statement. PostgreSQL is asked over a
// wire; SQLite is not, and its driver looks each placeholder up among all of
// the statement's.
func (b *bulk) rows() int {
	if b.tx.Engine() == store.SQLite {
		return 16
	}
	return 50
}

func (b *bulk) add(args ...any) error {
	b.args = append(b.args, args...)
	if len(b.args) < b.rows()*b.cols {
		return nil
	}
	if b.before != nil {
		if err := b.before(); err != nil {
			return err
		}
	}
	if b.many == nil {
		var err error
		// SQLite's driver starts a goroutine for each statement that could be
		// cancelled; asking here once a statement does as well.
		if b.many, b.done, err = b.tx.Prepare(context.WithoutCancel(b.ctx), b.text(b.rows())); err != nil {
			return err
		}
	}
	if err := b.ctx.Err(); err != nil {
		return err
	}
	err := b.many(b.args...)
	b.args = b.args[:0]
	return err
}

// flush writes what is left.
func (b *bulk) flush() error {
	if len(b.args) == 0 {
		return nil
	}
	if b.before != nil {
		if err := b.before(); err != nil {
			return err
		}
	}
	_, err := b.tx.Exec(b.ctx, b.text(len(b.args)/b.cols), b.args...)
	b.args = b.args[:0]
	return err
}

func (b *bulk) close() error {
	if b.done == nil {
		return nil
	}
	return b.done()
}

// text is the statement for n rows.
func (b *bulk) text(n int) string {
	var s strings.Builder
	s.WriteString(b.insert)
	for row := range n {
		if row > 0 {
			s.WriteString(", ")
		}
		s.WriteString("(" + places(row*b.cols+1, b.cols) + ")")
	}
	return s.String() + b.tail
}

// places returns n placeholders, the first with a number: $3, $4.
func places(first, n int) string {
	var s strings.Builder
	for i := range n {
		if i > 0 {
			s.WriteString(", ")
		}
		fmt.Fprintf(&s, "$%d", first+i)
	}
	return s.String()
}

// replacing is the tail of a statement that overwrites the row that is there.
// key and cols are constants of this package.
func replacing(key, cols string) string {
	var sets []string
	for c := range strings.SplitSeq(cols, ", ") {
		sets = append(sets, c+" = excluded."+c)
	}
	return "\nON CONFLICT (" + key + ") DO UPDATE SET " + strings.Join(sets, ", ")
}

// saver writes records of one list with what belongs to them in a table of
// its own: tags, fields, points.
type saver[T record[T]] struct {
	main     *bulk
	children *bulk
	forget   func(args ...any) error // takes the kept children away
	done     func() error

	row    func(T) []any
	parts  func(T) [][]any // children without authority and id
	prefix []any           // authority
}

// forgetting prepares the statement that takes children away.
func (s *saver[T]) forgetting(ctx context.Context, tx *store.DB, query string) (err error) {
	s.forget, s.done, err = tx.Prepare(ctx, query)
	return err
}

// add writes rec, in place of before if that is not nil.
func (s *saver[T]) add(rec T, before *T) error {
	if err := s.main.add(s.row(rec)...); err != nil {
		return err
	}
	if before != nil && len(s.parts(*before)) > 0 {
		if err := s.forget(s.prefix[0], rec.id()); err != nil {
			return err
		}
	}
	for _, part := range s.parts(rec) {
		if err := s.children.add(append([]any{s.prefix[0], rec.id()}, part...)...); err != nil {
			return err
		}
	}
	return nil
}

// close writes what is left.
func (s *saver[T]) close() error {
	for _, step := range []func() error{s.main.flush, s.children.flush, s.main.close, s.children.close, s.done} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}
