package register

import (
	"context"

	"suiji/internal/store"
)

// Saver writes records of one list with what belongs to them in a table of
// its own: tags, fields, points.
type Saver[T Record[T]] struct {
	main       *store.Bulk
	children   *store.Bulk
	aside      func(args ...any) error // lays the state that ends aside
	asideParts func(args ...any) error // and its children; nil: these have no past
	forget     func(args ...any) error // takes the kept children away
	done       []func() error
	at         Moment

	row    func(T) []any
	parts  func(T) [][]any // children without authority and id
	prefix []any           // authority

	index   func(rec T, before *T) error // enters what the record is found by; nil: the list has no index
	indexed func() error
}

// prepare readies what happens to the kept state: it is laid aside, its
// children are taken away by forget.
func (s *Saver[T]) prepare(ctx context.Context, tx *store.DB, list List, at Moment, forget string) error {
	s.at = at
	state, children := tables[list].aside()
	do, done, err := tx.Prepare(ctx, state)
	if err != nil {
		return err
	}
	s.aside, s.done = do, append(s.done, done)
	if children != "" {
		if s.asideParts, done, err = tx.Prepare(ctx, children); err != nil {
			return err
		}
		s.done = append(s.done, done)
	}
	do, done, err = tx.Prepare(ctx, forget)
	s.forget, s.done = do, append(s.done, done)
	return err
}

// layAside keeps the state that ends.
func (s *Saver[T]) layAside(id string) error {
	if err := s.aside(s.prefix[0], id, s.at.Effective.String(), s.at.Version); err != nil || s.asideParts == nil {
		return err
	}
	return s.asideParts(s.prefix[0], id)
}

// Add writes rec, in place of before if that is not nil.
func (s *Saver[T]) Add(rec T, before *T) error {
	if before != nil {
		if err := s.layAside(rec.Key()); err != nil {
			return err
		}
	}
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
	steps := []func() error{s.main.Flush, s.children.Flush, s.main.Close, s.children.Close}
	steps = append(steps, s.done...)
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
