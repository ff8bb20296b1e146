package portal

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"suiji/internal/audit"
	"suiji/internal/backup"
	"suiji/internal/caps"
	"suiji/internal/casework"
	"suiji/internal/ceremony"
	"suiji/internal/credit"
	"suiji/internal/disclosure"
	"suiji/internal/errs"
	"suiji/internal/fresh"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/opendata"
	"suiji/internal/plan"
	"suiji/internal/reference"
	"suiji/internal/register"
	"suiji/internal/roster"
	"suiji/internal/round"
	"suiji/internal/round/roundtest"
	"suiji/internal/schedule"
	"suiji/internal/scribe"
	"suiji/internal/stats"
	"suiji/internal/store"
)

// copied is the portal of a copy of the site, on another machine.
func (s *site) copied(t *testing.T, dir string) *site {
	t.Helper()
	db, err := store.OpenCopy(t.Context(), filepath.Join(dir, "suiji.db"))
	s.Must(err)
	t.Cleanup(func() { db.Close() })
	return s.on(t, db, dir, true)
}

// on is the site's portal on another handle, as another process has it.
func (s *site) on(t *testing.T, db *store.DB, dir string, public bool) *site {
	door := audit.New(db, s.Now)
	ledger := scribe.New(scribe.Config{DB: db, Door: door, Now: s.Now, Dir: dir, Public: public})
	offices, days := identity.New(db, door, s.Now), reference.New(db, door)
	reg := register.New(register.Config{DB: db, Door: door, Scribe: ledger, Now: s.Now})
	limits, people := caps.New(db, door), roster.New(db, door, reg, s.Now)
	plans := plan.New(plan.Config{DB: db, Door: door, Scribe: ledger, Now: s.Now, Identity: offices, Reference: days, Register: reg, Caps: limits})
	rounds := round.New(round.Config{DB: db, Door: door, Scribe: ledger, Now: s.Now, Identity: offices, Reference: days, Register: reg, Plan: plans, Caps: limits, Roster: people})
	visits := schedule.New(schedule.Config{DB: db, Door: door, Now: s.Now, Identity: offices, Reference: days, Register: reg, Roster: people, Caps: limits, Dir: dir})
	forms := inspection.New(inspection.Config{DB: db, Door: door, Now: s.Now, Identity: offices, Schedule: visits,
		Credit: credit.New(credit.Config{DB: db, Door: door, Now: s.Now, Reference: days, Register: reg})})
	c := s.server.Config
	c.Fresh = fresh.New(db.Edition, s.Now, 1<<20)
	results := disclosure.New(disclosure.Config{DB: db, Door: door, Scribe: ledger, Now: s.Now, Identity: offices, Reference: days, Round: rounds, Inspection: forms, Fresh: c.Fresh})
	c.Identity, c.Reference, c.Register, c.Plan, c.Round, c.Inspection, c.Disclosure, c.Scribe = offices, days, reg, plans, rounds, forms, results, ledger
	c.Ceremony = ceremony.New(ceremony.Config{DB: db, Door: door, Scribe: ledger, Now: s.Now, Identity: offices, Register: reg, Round: rounds})
	c.Stats = stats.New(stats.Config{DB: db, Door: door, Now: s.Now, Round: rounds})
	c.OpenData = opendata.New(opendata.Config{Plan: plans, Round: rounds, Disclosure: results, Spool: spooled(t)})
	c.Casework = casework.New(casework.Config{DB: db, Door: door, Now: s.Now, Reference: days, Inspection: forms, Dir: dir})
	server := New(c)
	return &site{server: server, Handler: server.Handler(), Disclosure: results, forms: s.forms}
}

// alone is the portal of a copy made now, on a machine that has no other door.
func (s *site) alone(t *testing.T) *site {
	t.Helper()
	key, err := s.Scribe.VerifierKey(t.Context(), roundtest.Authority)
	s.Must(err)
	dir := filepath.Join(t.TempDir(), "copy")
	s.Must(backup.Public(t.Context(), s.DB, map[string]string{roundtest.Authority: key}, dir))
	c := s.copied(t, dir)
	c.server.Alone = true
	return c
}

// The portal of a stripped, read-only copy says at every address what the
// office's own says, byte for byte; nobody can write, and what is inside the
// office is not in the file.
func TestPortalFromACopy(t *testing.T) {
	s := filled(t, plan.DigestFirst)
	key, err := s.Scribe.VerifierKey(t.Context(), roundtest.Authority)
	s.Must(err)
	dir := filepath.Join(t.TempDir(), "copy")
	s.Must(backup.Public(t.Context(), s.DB, map[string]string{roundtest.Authority: key}, dir))
	if err := backup.Public(t.Context(), s.DB, nil, dir); errs.KindOf(err) != errs.Conflict {
		t.Errorf("a second copy over the first: %v, want Conflict", err)
	}
	s.Must(os.Chmod(filepath.Join(dir, "suiji.db"), 0o400))
	c := s.copied(t, dir)
	from := []string{"/", "/c", "/search?q=示例县", "/index.json", "/ledger/130132-rs/checkpoint", "/ledger/130132-rs/receipt/3", "/results?year=2022"}
	own := crawl(t, s, from...)
	own["/c/"+s.forms[0].Code] = s.get("/c/" + s.forms[0].Code).Body.String()
	if len(own) < 50 {
		t.Fatalf("only %d addresses", len(own))
	}
	for path, want := range own {
		if strings.HasSuffix(path, ".sqlite") || strings.HasSuffix(path, ".xlsx") {
			continue // hold the moment at which they were made
		}
		w := httptest.NewRecorder()
		c.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Body.String() != want {
			t.Errorf("%s is another from the copy (%d, %d bytes; %d of the office)", path, w.Code, w.Body.Len(), len(want))
		}
	}
	if err := c.server.Disclosure.EndTerms(t.Context(), roundtest.Authority); err != nil {
		t.Errorf("nothing is due, and the copy was written to: %v", err)
	}
	err = c.server.Disclosure.Object(t.Context(), roundtest.Authority, disclosure.Claim{Kind: disclosure.ResultKind, Record: s.forms[0].ID, Words: "不对"})
	if err == nil {
		t.Error("the copy can be written to")
	}
	raw, err := os.ReadFile(filepath.Join(dir, "suiji.db"))
	s.Must(err)
	for _, x := range []string{plantedPerson, plantedPhone, plantedEvidence} {
		if strings.Contains(string(raw), x) {
			t.Errorf("the copy's file holds %s", x)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "keys", roundtest.Authority+".key")); err == nil {
		t.Error("the copy holds the signing key")
	}
}
