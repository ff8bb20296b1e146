package register

import (
	"context"

	"suiji/internal/store"
)

// Saver writes records of one list with what belongs to them in a table of
// its own: tags, fields, points.
type Saver[T Record[T]] struct {
	main     *store.Bulk
	children *store.Bulk
	forget   func(args ...any) error // takes the kept children away
	done     func() error

	row    func(T) []any
	parts  func(T) [][]any // children without authority and id
	prefix []any           // authority

	index   func(rec T, before *T) error // enters what the record is found by; nil: the list has no index
	indexed func() error
}

// forgetting prepares the statement that takes children away.
func (s *Saver[T]) forgetting(ctx context.Context, tx *store.DB, query string) (err error) {
	s.forget, s.done, err = tx.Prepare(ctx, query)
	return err
}

// Add writes rec, in place of before if that is not nil.
func (s *Saver[T]) Add(rec T, before *T) error {
	if err := s.main.Add(s.row(rec)...); err != nil {
		return err
	}
	if before != nil && len(s.parts(*before)) > 0 {
		if err := s.forget(s.prefix[0], rec.Key()); err != nil {
			return err
		}
	}
	for _, part := range s.parts(rec) {
		if err := s.children.Add(append([]any{s.prefix[0], rec.Key()}, part...)...); err != nil {
			return err
		}
	}
	if s.index == nil {
		return nil
	}
	return s.index(rec, before)
}

// Close writes what is left.
func (s *Saver[T]) Close() error {
	steps := []func() error{s.main.Flush, s.children.Flush, s.main.Close, s.children.Close, s.done}
	if s.index != nil {
		steps = append(steps, s.indexed)
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}
