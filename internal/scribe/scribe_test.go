package scribe_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"suiji/internal/audit"
	"suiji/internal/errs"
	"suiji/internal/scribe"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

const rs, mk = "130132-rs", "130132-mk"

// desk is a scribe with a clock that tests move by hand.
type desk struct {
	*scribe.Scribe
	t    *testing.T
	db   *store.DB
	door *audit.Door
	dir  string
	at   time.Time

	started   func() // what a test does each time the program starts
	witnesses []scribe.Witness
}

func newDesk(t *testing.T, db *store.DB) *desk {
	t.Helper()
	d := &desk{t: t, db: db, dir: t.TempDir(), at: time.Date(2022, 6, 6, 1, 2, 3, 0, time.UTC)}
	d.open()
	return d
}

// open starts the program anew on the same database and directory.
func (d *desk) open() {
	now := func() time.Time { return d.at }
	d.door = audit.New(d.db, now)
	d.Scribe = scribe.New(scribe.Config{DB: d.db, Door: d.door, Now: now, Dir: d.dir, Witnesses: d.witnesses, Client: noRedirect})
	if d.started != nil {
		d.started()
	}
}

// noRedirect is a client as cmd makes it, for addresses on this machine.
var noRedirect = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func newScribe(db *store.DB, door *audit.Door, now func() time.Time, dir string) *scribe.Scribe {
	return scribe.New(scribe.Config{DB: db, Door: door, Now: now, Dir: dir})
}

// enter writes one entry in a transaction of its own.
func (d *desk) enter(authority, typ, subject string, data any) {
	d.t.Helper()
	if err := d.tryEnter(authority, typ, subject, data); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) tryEnter(authority, typ, subject string, data any) error {
	return d.door.Keep(d.t.Context(), func(tx *store.DB) error {
		return d.Enter(d.t.Context(), tx, authority, typ, subject, data)
	})
}

func (d *desk) count(query string, args ...any) int64 {
	d.t.Helper()
	n, err := store.One(d.t.Context(), d.db, store.Value[int64], query, args...)
	if err != nil {
		d.t.Fatal(err)
	}
	return n
}

func TestEnterBelongsToTheAct(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		stop := errors.New("stop")
		err := d.door.Keep(t.Context(), func(tx *store.DB) error {
			if err := d.Enter(t.Context(), tx, rs, "round.sealed", "r1", map[string]string{"manifest": "x"}); err != nil {
				return err
			}
			return stop
		})
		if !errors.Is(err, stop) {
			t.Fatalf("Keep = %v, want %v", err, stop)
		}
		if n := d.count(`SELECT count(*) FROM ledger_entry`); n != 0 {
			t.Errorf("a rolled-back act left %d entries, want 0", n)
		}
		if err := d.Enter(t.Context(), db, rs, "round.sealed", "r1", map[string]string{}); err == nil {
			t.Error("Enter outside a transaction succeeded")
		}
	})
}

func TestEnterRefuses(t *testing.T) {
	d := newDesk(t, storetest.SQLite(t))
	d.enter(rs, "round.sealed", "r1", map[string]string{})
	back := d.at
	tests := []struct {
		name, typ, subject string
		data               any
		at                 time.Time
		want               errs.Kind
	}{
		{"unknown type", "round.won", "r1", map[string]string{}, back, errs.Internal},
		{"no object", "round.drawn", "r1", []string{}, back, errs.Internal},
		{"null", "round.drawn", "r1", map[string]any{"a": nil}, back, errs.Internal},
		{"too long", "round.drawn", "r1", map[string]string{"a": string(make([]byte, 1<<16))}, back, errs.Internal},
		{"clock went back", "round.drawn", "r1", map[string]string{}, back.Add(-2 * time.Minute), errs.Conflict},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d.at = tt.at
			err := d.tryEnter(rs, tt.typ, tt.subject, tt.data)
			if err == nil || errs.KindOf(err) != tt.want {
				t.Errorf("Enter = %v (kind %v), want kind %v", err, errs.KindOf(err), tt.want)
			}
		})
	}
}

// TestTimesNeverDecrease sets the clock back by little, which nobody notices,
// and by much, which stops the acts; and holds the tree's times.
func TestTimesNeverDecrease(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		start := d.at
		for i, back := range []time.Duration{0, time.Second, 59 * time.Second} {
			d.at = start.Add(-back)
			d.enter(rs, "round.sealed", fmt.Sprint("r", i), map[string]string{})
			if i < 2 {
				d.open() // a new process reads where the tree ends
				d.sequence(rs)
			}
		}
		d.at = start.Add(-2 * time.Minute)
		err := d.tryEnter(rs, "round.sealed", "another", map[string]string{})
		if errs.KindOf(err) != errs.Conflict || !strings.Contains(errs.Sentence(err), "请校准服务器时间") {
			t.Errorf("Enter two minutes back = %v, want a Conflict about the clock", err)
		}
		d.enter(mk, "round.sealed", "r1", map[string]string{}) // another tree has its own time
		d.at = start
		d.sequence(rs)
		all, err := d.All(t.Context(), rs, 0, 10)
		if err != nil || len(all) != 3 {
			t.Fatalf("All = %d, %v, want 3", len(all), err)
		}
		for i, r := range all {
			if r.Entry.At != start {
				t.Errorf("entry %d says %v, want %v", i, r.Entry.At, start)
			}
		}
	})
}

// TestLateEntryTakesTheTimeBefore enters two acts whose transactions end in
// the other order.
func TestLateEntryTakesTheTimeBefore(t *testing.T) {
	d := newDesk(t, storetest.SQLite(t))
	early := d.at
	d.enter(rs, "round.sealed", "slow", map[string]string{})
	d.exec(`UPDATE ledger_entry SET authority_id = 'elsewhere'`) // not committed yet
	d.at = early.Add(5 * time.Second)
	d.enter(rs, "round.sealed", "quick", map[string]string{})
	d.sequence(rs)
	d.exec(`UPDATE ledger_entry SET authority_id = $1 WHERE authority_id = 'elsewhere'`, rs)
	d.sequence(rs)
	all, err := d.All(t.Context(), rs, 0, 10)
	if err != nil || len(all) != 2 || all[1].Entry.Subject != "slow" || all[1].Entry.At != d.at {
		t.Errorf("All = %+v, %v, want slow at 1 with quick's time", all, err)
	}
	if n, err := d.Check(t.Context(), rs); n != 2 || err != nil {
		t.Errorf("Check = %d, %v, want 2, nil", n, err)
	}
}
