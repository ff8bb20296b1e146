package intake

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/office"
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

// desk is a service over a fresh database, with the registers that it fills.
type desk struct {
	*Service
	*lists
	t    testing.TB
	db   *store.DB
	door *audit.Door
	now  time.Time
}

// lists stands for the service of the registers beside the one of the intake.
type lists = register.Service

func newDesk(t testing.TB, db *store.DB) *desk {
	t.Helper()
	d := &desk{t: t, db: db, now: noon}
	clock := func() time.Time { return d.now }
	d.door = audit.New(db, clock)
	dir := t.TempDir()
	s := scribe.New(scribe.Config{DB: db, Door: d.door, Now: clock, Dir: dir})
	d.lists = register.New(register.Config{DB: db, Door: d.door, Scribe: s, Now: clock})
	d.Service = New(Config{DB: db, Door: d.door, Register: d.lists, Now: clock, Dir: dir})
	return d
}

// each runs body on both engines.
func each(t *testing.T, body func(t *testing.T, d *desk)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { body(t, newDesk(t, db)) })
}

// check checks a file that is in order.
func (d *desk) check(list register.List, name string, content []byte) Import {
	d.t.Helper()
	i, err := d.Check(d.t.Context(), clerk, list, name, bytes.NewReader(content))
	if err != nil {
		d.t.Fatalf("Check(%s): %v", name, err)
	}
	return i
}

// write writes a checked import.
func (d *desk) write(i Import) Import {
	d.t.Helper()
	got, err := d.Write(d.t.Context(), clerk, i.ID)
	if err != nil {
		d.t.Fatalf("Write(%s): %v", i.FileName, err)
	}
	return got
}

// enter checks and writes.
func (d *desk) enter(list register.List, name, content string) Import {
	d.t.Helper()
	return d.write(d.check(list, name, []byte(content)))
}

func (d *desk) issues(i Import) []Issue {
	d.t.Helper()
	issues, n, err := d.Issues(d.t.Context(), authority, i.ID, IssueFilter{})
	if err != nil || n != len(issues) {
		d.t.Fatalf("Issues = %d of %d, %v", len(issues), n, err)
	}
	return issues
}

func (d *desk) version(list register.List) register.Version {
	d.t.Helper()
	v, err := d.Version(d.t.Context(), authority, list)
	if err != nil {
		d.t.Fatal(err)
	}
	return v
}

// shared returns a file of the real data beside the repository.
func shared(t testing.TB, name string) []byte {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "data", name)
	b, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		t.Skipf("the real data are not here (%s)", path)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func unzip(t testing.TB, b []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func date(s string) calendar.Date { return calendar.MustParse(s) }

// diff compares two values.
func diff(want, got any) string { return cmp.Diff(want, got, cmp.AllowUnexported(calendar.Date{})) }

// workbook makes an XLSX of rows of text.
func workbook(t testing.TB, rows [][]string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := office.WriteXLSX(&b, []office.Sheet{{Name: "Sheet", Header: rows[0], Rows: office.Texts(rows[1:])}}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
