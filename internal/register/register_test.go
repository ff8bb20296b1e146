package register_test

import (
	"bytes"
	"testing"
	"time"

	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/intake"
	"suiji/internal/register"
	"suiji/internal/scribe"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// authority is the bureau of the tests.
const authority = "130132-rs"

// clerk keeps the registers.
var clerk = access.Actor{Authority: authority, ID: "clerk", Name: "李敏", Roles: []access.Role{access.Clerk}}

// noon is the moment of the tests.
var noon = time.Date(2022, 3, 1, 4, 0, 0, 0, time.UTC)

// desk is a service over a fresh database, with the intake that fills it.
type desk struct {
	*register.Service
	*files
	t    testing.TB
	db   *store.DB
	door *audit.Door
	now  time.Time
}

// files stands for the service of the intake beside the one of the registers.
type files = intake.Service

func newDesk(t testing.TB, db *store.DB) *desk {
	t.Helper()
	d := &desk{t: t, db: db, now: noon}
	clock := func() time.Time { return d.now }
	d.door = audit.New(db, clock)
	dir := t.TempDir()
	s := scribe.New(scribe.Config{DB: db, Door: d.door, Now: clock, Dir: dir})
	d.Service = register.New(register.Config{DB: db, Door: d.door, Scribe: s, Now: clock})
	d.files = intake.New(intake.Config{DB: db, Door: d.door, Register: d.Service, Now: clock, Dir: dir})
	return d
}

// each runs body on both engines.
func each(t *testing.T, body func(t *testing.T, d *desk)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { body(t, newDesk(t, db)) })
}

// check checks a file that is in order.
func (d *desk) check(list register.List, name string, content []byte) intake.Import {
	d.t.Helper()
	i, err := d.Check(d.t.Context(), clerk, list, name, bytes.NewReader(content))
	if err != nil {
		d.t.Fatalf("Check(%s): %v", name, err)
	}
	return i
}

// write writes a checked import.
func (d *desk) write(i intake.Import) intake.Import {
	d.t.Helper()
	got, err := d.Write(d.t.Context(), clerk, i.ID)
	if err != nil {
		d.t.Fatalf("Write(%s): %v", i.FileName, err)
	}
	return got
}

// enter checks and writes.
func (d *desk) enter(list register.List, name, content string) intake.Import {
	d.t.Helper()
	return d.write(d.check(list, name, []byte(content)))
}

func (d *desk) version(list register.List) register.Version {
	d.t.Helper()
	v, err := d.Version(d.t.Context(), authority, list)
	if err != nil {
		d.t.Fatal(err)
	}
	return v
}
