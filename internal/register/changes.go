package register

import (
	"context"
	"slices"

	"suiji/calendar"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// ChangeKind says what became of a record.
type ChangeKind string

// The kinds.
const (
	Entered   ChangeKind = "新增" // entered, or back in the register
	Amended   ChangeKind = "变更"
	Withdrawn ChangeKind = "注销" // taken out of the register
)

// FieldChange is one thing that a record says otherwise.
type FieldChange struct{ Label, Before, After string }

// Change is what became of one record.
type Change struct {
	ID, Name string
	Kind     ChangeKind
	Fields   []FieldChange // of an amended record
	Reason   string        // of a withdrawn one
}

// Event is a change in the history of a record.
type Event struct {
	Change
	Version Version
	Since   calendar.Date // from which day
}

// between says what became of a record between two states; ok is false if
// nothing did. A state that is nil, or withdrawn, is not in the register.
func between[T Record[T]](b Book[T], before, after *T) (c Change, ok bool) {
	was, is := before != nil && (*before).InForce(), after != nil && (*after).InForce()
	switch {
	case !was && !is:
		return c, false
	case is:
		c.ID, c.Name, c.Kind = (*after).Key(), (*after).Label(), Entered
	default:
		c.ID, c.Name, c.Kind = (*before).Key(), (*before).Label(), Withdrawn
		if after != nil {
			c.Reason = (*after).why()
		}
	}
	if was && is {
		c.Kind = Amended
		c.Fields = differences(b.facets, *before, *after)
	}
	return c, c.Kind != Amended || len(c.Fields) > 0
}

// differences lists what two states say differently.
func differences[T any](facets []Facet[T], before, after T) []FieldChange {
	var out []FieldChange
	for _, f := range facets {
		if x, y := f.get(before), f.get(after); x != y {
			out = append(out, FieldChange{f.Label, x, y})
		}
	}
	return out
}

// History returns what became of a record, the newest first. Errors: NotFound.
func (s *Service) History(ctx context.Context, authority string, list List, id string) ([]Event, error) {
	switch list {
	case Officers:
		return history(ctx, s, OfficerBook, authority, id)
	case Items:
		return history(ctx, s, ItemBook, authority, id)
	}
	return history(ctx, s, TargetBook, authority, id)
}

func history[T Record[T]](ctx context.Context, s *Service, b Book[T], authority, id string) ([]Event, error) {
	states, err := b.States(ctx, s.db, authority, id)
	if err != nil {
		return nil, err
	}
	versions, err := s.versionsOf(ctx, authority, b.List, id)
	if err != nil {
		return nil, err
	}
	var out []Event
	var before *T
	for i := range states {
		if c, ok := between(b, before, &states[i]); ok {
			number, since := states[i].state()
			out = append(out, Event{c, versions[number], since})
		}
		before = &states[i]
	}
	slices.Reverse(out)
	return out, nil
}

// versionsOf returns the versions that changed a record.
func (s *Service) versionsOf(ctx context.Context, authority string, list List, id string) (map[int64]Version, error) {
	t, out := tables[list], map[int64]Version{}
	err := store.Each(ctx, s.db, scanVersion, func(v Version) error {
		out[v.Number] = v
		return nil
	}, `
		SELECT `+versionCols+`
		FROM register_version
		WHERE authority_id = $1 AND list = $2 AND version IN (
			SELECT version FROM `+t.table+` WHERE authority_id = $1 AND `+t.id+` = $3
			UNION ALL
			SELECT version FROM `+t.table+`_past WHERE authority_id = $1 AND `+t.id+` = $3)
		ORDER BY version`, authority, string(list), id)
	return out, err
}

// EachChange hands every record that differs between the ends of two days to
// fn, in the order of identifiers, in memory of some hundred.
func (s *Service) EachChange(ctx context.Context, authority string, list List, from, to calendar.Date, fn func(Change) error) error {
	switch list {
	case Officers:
		return eachChange(ctx, s, OfficerBook, authority, from, to, fn)
	case Items:
		return eachChange(ctx, s, ItemBook, authority, from, to, fn)
	}
	return eachChange(ctx, s, TargetBook, authority, from, to, fn)
}

// sided is a record's state on one of the two days.
type sided[T any] struct {
	rec   T
	later bool
}

// shifted reads a row whose first column is taken.
type shifted struct {
	row   store.Scanner
	first any
}

// Scan reads the rest of the row.
func (s shifted) Scan(dest ...any) error { return s.row.Scan(append([]any{s.first}, dest...)...) }

func eachChange[T Record[T]](ctx context.Context, s *Service, b Book[T], authority string, from, to calendar.Date, fn func(Change) error) error {
	t, cols := tables[b.List], b.columns()
	touched := ` AND ` + t.id + ` IN (
				SELECT ` + t.id + ` FROM ` + t.table + `_past WHERE authority_id = $1 AND since > $2 AND since <= $3
				UNION ALL
				SELECT ` + t.id + ` FROM ` + t.table + ` WHERE authority_id = $1 AND since > $2 AND since <= $3)`
	scan := func(row store.Scanner) (x sided[T], err error) {
		x.rec, err = b.scan(shifted{row, &x.later})
		return x, err
	}
	p := pairs[T]{ctx: ctx, s: s, book: b, authority: authority, fn: fn}
	err := store.Each(ctx, s.db, scan, p.add, `
		SELECT FALSE AS later, `+cols+`
		FROM `+t.on("$2", touched)+`
		UNION ALL
		SELECT TRUE AS later, `+cols+`
		FROM `+t.on("$3", touched)+`
		ORDER BY `+t.id+`, later`, authority, from.String(), to.String())
	if err != nil {
		return err
	}
	return p.flush()
}

// pairs brings the two states of each record together.
type pairs[T Record[T]] struct {
	ctx       context.Context
	s         *Service
	book      Book[T]
	authority string
	fn        func(Change) error
	kept      []sided[T]
}

func (p *pairs[T]) add(x sided[T]) error {
	if n := len(p.kept); n >= atOnce && p.kept[n-1].rec.Key() != x.rec.Key() {
		if err := p.flush(); err != nil {
			return err
		}
	}
	p.kept = append(p.kept, x)
	return nil
}

func (p *pairs[T]) flush() error {
	all := make([]T, len(p.kept))
	for i, x := range p.kept {
		all[i] = x.rec
	}
	if p.book.complete != nil {
		if err := p.book.complete(p.ctx, p.s.db, p.authority, all); err != nil {
			return err
		}
	}
	for i := 0; i < len(all); i++ {
		var before, after *T
		if p.kept[i].later {
			after = &all[i]
		} else {
			before = &all[i]
			if i+1 < len(all) && all[i+1].Key() == all[i].Key() {
				i++
				after = &all[i]
			}
		}
		if c, ok := between(p.book, before, after); ok {
			if err := p.fn(c); err != nil {
				return err
			}
		}
	}
	p.kept = p.kept[:0]
	return nil
}

// Line is one thing that a record says, as a form shows it.
type Line struct {
	Name, Label, Value, Hint  string
	Long, Date, Private, Need bool
	Choices                   []string
}

// Lines returns what a record said under a version of it, or says now (0), and
// its version. Errors: NotFound.
func (s *Service) Lines(ctx context.Context, authority string, list List, id string, version int64) ([]Line, int64, error) {
	switch list {
	case Officers:
		return linesOf(ctx, s, OfficerBook, authority, id, version)
	case Items:
		return linesOf(ctx, s, ItemBook, authority, id, version)
	}
	return linesOf(ctx, s, TargetBook, authority, id, version)
}

func linesOf[T Record[T]](ctx context.Context, s *Service, b Book[T], authority, id string, version int64) ([]Line, int64, error) {
	states, err := b.States(ctx, s.db, authority, id)
	if err != nil {
		return nil, 0, err
	}
	for _, rec := range slices.Backward(states) {
		number, _ := rec.state()
		if version != 0 && number != version {
			continue
		}
		var out []Line
		for _, f := range b.facets {
			out = append(out, Line{f.Name, f.Label, f.get(rec), f.Hint, f.Long, f.Date, f.Private, f.Need, f.Choices})
		}
		return out, number, nil
	}
	return nil, 0, errs.E(errs.NotFound, "名录里没有这条记录")
}

// TargetOn returns a target as it stood at the end of a day. Errors: NotFound.
func (s *Service) TargetOn(ctx context.Context, authority, id string, day calendar.Date) (Target, error) {
	return TargetBook.On(ctx, s.db, authority, id, day)
}

// OfficerOn returns an officer as TargetOn does.
func (s *Service) OfficerOn(ctx context.Context, authority, id string, day calendar.Date) (Officer, error) {
	return OfficerBook.On(ctx, s.db, authority, id, day)
}

// ItemOn returns an item as TargetOn does.
func (s *Service) ItemOn(ctx context.Context, authority, id string, day calendar.Date) (Item, error) {
	return ItemBook.On(ctx, s.db, authority, id, day)
}
