// Package audit is the one door through which state changes: may this person
// do it, do it, write it down, in one transaction. A refusal is written down
// too. The entries of an authority are a chain, in which each covers the one
// before. It owns the table audit_entry.
package audit

import (
	"context"
	"slices"
	"time"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/store"
)

// Door lets acts through.
type Door struct {
	db   *store.DB
	now  func() time.Time
	step func(name string)
	seen func(act access.Action, took time.Duration, err error)

	heads string // directory of the chains' heads; empty: none is kept
}

// New makes a door to db. now tells the time.
func New(db *store.DB, now func() time.Time) *Door {
	return &Door{db: db, now: now, step: func(string) {}}
}

// Watch has fn told of each act that comes to its end, how long it took and
// how it ended. It is set before the first act.
func (d *Door) Watch(fn func(act access.Action, took time.Duration, err error)) { d.seen = fn }

// TestOnlyStep calls fn at each named step of an act, so that a test can kill
// the program there.
func (d *Door) TestOnlyStep(fn func(name string)) { d.step = fn }

// Step names a point inside an act at which the program may die and must be
// found whole afterwards.
func (d *Door) Step(name string) { d.step(name) }

type keyCtx struct{}

// WithKey gives ctx the key of a request. An act that was done under the same
// key before is not done again: Do returns nil without running it.
func WithKey(ctx context.Context, key string) context.Context {
	return context.WithValue(ctx, keyCtx{}, key)
}

func keyOf(ctx context.Context) *string {
	if k, _ := ctx.Value(keyCtx{}).(string); k != "" {
		return &k
	}
	return nil
}

// Do lets a perform act on object by running fn, and records it; or records
// that it was refused. fn must be repeatable and do nothing outside tx.
// Errors: Forbidden, Unknown (the commit was not confirmed; the same key may
// be sent again), Prove (a grave act by somebody who has not shown for a while
// who he is), and those of fn.
func (d *Door) Do(ctx context.Context, a access.Actor, act access.Action, object string, fn func(tx *store.DB) error) (err error) {
	if d.seen != nil {
		begun := d.now()
		defer func() { d.seen(act, d.now().Sub(begun), err) }()
	}
	allowed := access.Allow(a, act)
	key := keyOf(ctx)
	if allowed && a.Stale != "" && access.Grave(act) {
		return errs.E(errs.Prove, a.Stale)
	}
	d.step(string(act) + " begin")
	err = d.db.InTx(ctx, func(tx *store.DB) error {
		if !allowed {
			return d.write(ctx, tx, a, act, object, nil)
		}
		if done, err := d.done(ctx, tx, a, act, key); done || err != nil {
			return err
		}
		if err := fn(tx); err != nil {
			return err
		}
		if err := d.write(ctx, tx, a, act, object, key); err != nil {
			return err
		}
		d.step(string(act) + " before commit")
		return nil
	})
	d.step(string(act) + " after commit")
	if err == nil && !allowed {
		err = errs.E(errs.Forbidden, "您没有此项权限，操作没有执行，此次尝试已记录")
	}
	return err
}

// DoEach is Do for several acts of one kind, each on its object, in one
// transaction: the disk is waited for once. fn does the i-th. Each is recorded for
// itself; one that breaks a rule leaves nothing and keeps no other from being
// done, which told says at its place. Anything else that goes wrong ends them all,
// as it would one. A request's key is not looked at: fn knows what was done before.
func (d *Door) DoEach(ctx context.Context, a access.Actor, act access.Action, objects []string, fn func(tx *store.DB, i int) error) (told []error, err error) {
	if len(objects) == 0 {
		return nil, nil
	}
	if !access.Allow(a, act) || a.Stale != "" && access.Grave(act) {
		return nil, d.Do(ctx, a, act, objects[0], nil) // says no
	}
	begun := d.now()
	d.step(string(act) + " begin")
	err = d.db.InTx(ctx, func(tx *store.DB) error {
		told = make([]error, len(objects))
		for i, object := range objects {
			told[i] = tx.Apart(ctx, func() error {
				if err := fn(tx, i); err != nil {
					return err
				}
				return d.write(ctx, tx, a, act, object, nil)
			})
			switch errs.KindOf(told[i]) {
			case errs.Invalid, errs.Conflict, errs.NotFound:
				continue
			}
			if told[i] != nil {
				return told[i]
			}
			d.step(string(act) + " before commit")
		}
		return nil
	})
	d.step(string(act) + " after commit")
	if d.seen != nil && err == nil {
		for _, failed := range told {
			d.seen(act, d.now().Sub(begun)/time.Duration(len(told)), failed)
		}
	}
	return told, err
}

// Ask says whether a may do one of acts, before anything else of what is asked
// for is looked at: who may not is told nothing of what is there. The refusal
// is recorded, as of the first of them. Errors: Forbidden.
func (d *Door) Ask(ctx context.Context, a access.Actor, object string, acts ...access.Action) error {
	if len(acts) == 0 || slices.ContainsFunc(acts, func(act access.Action) bool { return access.Allow(a, act) }) {
		return nil
	}
	return d.Do(ctx, a, acts[0], object, nil)
}

// Keep runs housekeeping that is no act of the office and is not recorded:
// sessions, positions of ledger entries, checked uploads not yet confirmed.
func (d *Door) Keep(ctx context.Context, fn func(tx *store.DB) error) error {
	return d.db.InTx(ctx, fn)
}

// KeepInTurn is Keep for those who queue by a row (store.DB.InTurn).
func (d *Door) KeepInTurn(ctx context.Context, fn func(tx *store.DB) error) error {
	return d.db.InTurn(ctx, fn)
}

func (d *Door) done(ctx context.Context, tx *store.DB, a access.Actor, act access.Action, key *string) (bool, error) {
	if key == nil {
		return false, nil
	}
	n, err := store.One(ctx, tx, store.Value[int64], `
		SELECT count(*)
		FROM audit_entry
		WHERE authority_id = $1 AND action = $2 AND request_key = $3`, a.Authority, string(act), *key)
	return n > 0, err
}

// write records the act. A refused act has no key: it may be tried again by
// someone who may.
func (d *Door) write(ctx context.Context, tx *store.DB, a access.Actor, act access.Action, object string, key *string) error {
	now := d.now()
	_, err := tx.Exec(ctx, `
		INSERT INTO audit_entry (authority_id, entry_id, at, actor_id, actor_name, action, object, allowed, request_key)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		a.Authority, store.NewID(now), now.UnixMilli(), a.ID, a.Name, string(act), object, access.Allow(a, act), key)
	return err
}

// Entry is one recorded act.
type Entry struct {
	At      time.Time
	ActorID string
	Actor   string
	Action  access.Action
	Object  string
	Allowed bool
}

const entryCols = `at, actor_id, actor_name, action, object, allowed`

func scanEntry(row store.Scanner) (e Entry, err error) {
	var at int64
	err = row.Scan(&at, &e.ActorID, &e.Actor, &e.Action, &e.Object, &e.Allowed)
	e.At = time.UnixMilli(at).UTC()
	return e, err
}

// Entries returns the newest limit entries before the given time (zero: now)
// whose object begins with object (empty: all).
func (d *Door) Entries(ctx context.Context, authority, object string, before time.Time, limit int) ([]Entry, error) {
	if before.IsZero() {
		before = d.now().Add(time.Minute)
	}
	return store.All(ctx, d.db, scanEntry, `
		SELECT `+entryCols+`
		FROM audit_entry
		WHERE authority_id = $1 AND at < $2 AND substr(object, 1, length($3)) = $3
		ORDER BY at DESC, entry_id DESC
		LIMIT $4`, authority, before.UnixMilli(), object, limit)
}
