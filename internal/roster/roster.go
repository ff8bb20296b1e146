// Package roster keeps what an office must know of its officers beyond their
// line in the register (执法检查人员名录库, clauses 1.10–1.12, 1.15): further
// certificates and what became of each, leave and duty, training and
// assessment, declared recusals. From these it says who may enter the pool of
// a draw, and for which reason each other officer does not. It owns the tables
// roster_….
package roster

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/errs"
	"suiji/internal/register"
	"suiji/internal/store"
	"suiji/internal/wording"
)

// Service keeps the roster of every authority of one database.
type Service struct {
	db       *store.DB
	door     *audit.Door
	register *register.Service
	now      func() time.Time
}

// New makes the service.
func New(db *store.DB, door *audit.Door, reg *register.Service, now func() time.Time) *Service {
	return &Service{db, door, reg, now}
}

func (s *Service) today() calendar.Date { return calendar.In(s.now()) }

// do is one change of what is known of an officer in the register.
func (s *Service) do(ctx context.Context, a access.Actor, officerID, what string, fn func(tx *store.DB) error) error {
	if o, err := s.register.Officer(ctx, a.Authority, officerID); err != nil {
		return err
	} else if !o.Active {
		return errs.E(errs.Conflict, "此人已移出名录，没有改动")
	}
	if err := s.door.Do(ctx, a, access.RegisterEdit, "officers/"+officerID, fn); err != nil {
		return fmt.Errorf("%s of %s: %w", what, officerID, err)
	}
	return nil
}

// once turns a row that was there already into a sentence.
func once(n int64, err error, sentence string) error {
	if err == nil && n == 0 {
		return errs.E(errs.Conflict, sentence)
	}
	return err
}

// day reads a stored date; an empty one is the zero Date.
func day(text string, to *calendar.Date) error {
	if text == "" {
		*to = calendar.Date{}
		return nil
	}
	var err error
	*to, err = calendar.Parse(text)
	return err
}

// form gathers what is wrong with what was typed.
type form struct{ problems []errs.Problem }

func (f *form) bad(field, sentence string) {
	f.problems = append(f.problems, errs.Problem{Field: field, Sentence: sentence})
}

// text cleans one line and holds it to a length.
func (f *form) text(field, label, typed string, need bool, longest int) string {
	typed, _ = wording.Clean(typed, false)
	switch {
	case typed == "" && need:
		f.bad(field, "请填写"+label)
	case len([]rune(typed)) > longest:
		f.bad(field, fmt.Sprintf("%s请在 %d 字以内", label, longest))
	}
	return typed
}

// date reads a day; an empty one is the zero Date unless it is needed.
func (f *form) date(field, label, typed string, need bool) calendar.Date {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		if need {
			f.bad(field, "请填写"+label)
		}
		return calendar.Date{}
	}
	d, err := calendar.Parse(typed)
	if err != nil {
		f.bad(field, label+"应是存在的日期，如 2022-06-01")
	}
	return d
}

// span refuses an end before its beginning.
func (f *form) span(field string, from, until calendar.Date) {
	if !from.Zero() && !until.Zero() && until.Before(from) {
		f.bad(field, "止日不能早于起日")
	}
}

func (f *form) oneOf(field, label, typed string, all []string) string {
	if !slices.Contains(all, typed) {
		f.bad(field, "请选择"+label)
	}
	return typed
}

func (f *form) err() error { return errs.All(f.problems) }
