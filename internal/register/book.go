package register

import (
	"context"

	"suiji/calendar"
	"suiji/internal/store"
)

// Record is what the records of the three lists have in common for whoever
// enters many of them at once.
type Record[T any] interface {
	Key() string               // the identifier
	Named() string             // as the column name has it
	Label() string             // the name that two records should not share
	InForce() bool             // not withdrawn
	Whole(b []byte) []byte     // appends all that an import can change
	Onto(old T) T              // old with what the record says; what it leaves empty stays
	Fresh() T                  // completed, as it is entered for the first time
	Canonical(b []byte) []byte // appends what the list's version fixes

	state() (version int64, since calendar.Date) // which began the state, and from which day
	why() string                                 // why withdrawn
}

// Book is how one list is read and written by whoever enters many records.
type Book[T Record[T]] struct {
	List      List
	load      func(ctx context.Context, db *store.DB, authority string, ids []string) ([]T, error)
	namesakes func(ctx context.Context, db *store.DB, authority string, names []string) ([]Namesake, error)
	save      func(ctx context.Context, tx *store.DB, authority string, at Moment) (*Saver[T], error)
	scan      func(store.Scanner) (T, error)
	complete  func(ctx context.Context, db *store.DB, authority string, all []T) error // adds what a table of its own holds
	facets    []Facet[T]
}

// Began is the day from which a record is what it is; zero: always.
func Began[T Record[T]](rec T) calendar.Date {
	_, since := rec.state()
	return since
}

// The books of the three lists.
var (
	TargetBook  = Book[Target]{Targets, loadTargets, targetNamesakes, saveTargets, scanTarget, nil, targetFacets}
	OfficerBook = Book[Officer]{Officers, loadOfficers, officerNamesakes, saveOfficers, scanOfficer, nil, officerFacets}
	ItemBook    = Book[Item]{Items, loadItems, itemNamesakes, saveItems, scanItem, addPoints, itemFacets}
)

// Namesake is a kept record that has a certain name.
type Namesake struct{ Label, ID, Number string }

// Load returns the kept records of these identifiers, withdrawn ones too. It
// is for some hundred at a time.
func (b Book[T]) Load(ctx context.Context, db *store.DB, authority string, ids []string) ([]T, error) {
	return b.load(ctx, db, authority, ids)
}

// Namesakes returns the records in force that have one of these names.
func (b Book[T]) Namesakes(ctx context.Context, db *store.DB, authority string, names []string) ([]Namesake, error) {
	return b.namesakes(ctx, db, authority, names)
}

// Moment is under which version a change is entered, and from which day it
// holds.
type Moment struct {
	Version   int64
	Effective calendar.Date
}

// Save begins to write records under the version that Turn has given. A record
// whose last change holds from a later day than this one keeps that day: the
// days of a record's states never go back.
func (b Book[T]) Save(ctx context.Context, tx *store.DB, authority string, at Moment) (*Saver[T], error) {
	return b.save(ctx, tx, authority, at)
}

// IDs tells which identifiers the list certainly does not have.
func (b Book[T]) IDs(ctx context.Context, db *store.DB, authority string) (*Presence, error) {
	return presenceOf(ctx, db, authority, b.List, tables[b.List].id)
}

// Names tells which names the list certainly does not have.
func (b Book[T]) Names(ctx context.Context, db *store.DB, authority string) (*Presence, error) {
	return presenceOf(ctx, db, authority, b.List, "name")
}
