package registry

import (
	"log/slog"
	"net/http"
	"testing"

	"suiji/internal/filter"
	"suiji/internal/inspection"
	"suiji/internal/page"
	"suiji/internal/page/pagetest"
	"suiji/internal/round/roundtest"
	"suiji/internal/staffing"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// fixture is the pages over a fresh office, with one account a role.
type fixture struct {
	*roundtest.Office
	server  *Server
	handler http.Handler
}

func newRegistry(t *testing.T, db *store.DB) *fixture {
	t.Helper()
	o := roundtest.New(t, db)
	s := New(Config{Identity: o.Identity, Register: o.Register, Roster: o.Roster, Caps: o.Caps, Intake: o.Intake, Credit: o.Credit, Round: o.Round, Proof: o.Proof, Filter: filter.New(db, o.Door, o.Now),
		Staffing:   staffing.New(staffing.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Register: o.Register, Roster: o.Roster, Round: o.Round}),
		Inspection: inspection.New(inspection.Config{DB: db, Door: o.Door, Now: o.Now, Identity: o.Identity, Credit: o.Credit, Schedule: o.Schedule}),
		Now:        o.Now, Log: slog.New(slog.DiscardHandler)})
	return &fixture{Office: o, server: s, handler: s.Handler()}
}

// as signs a request in as the person of a role; an empty one stays outside.
func (f *fixture) as(r *http.Request, role string) *http.Request { return roundtest.SignedIn(r, role) }

func (f *fixture) run(t *testing.T, cases []pagetest.Case) {
	t.Helper()
	pagetest.Run(t, f.handler, f.as, cases)
}

func form(pairs ...string) map[string][]string { return pagetest.Form(pairs...) }

// Every template fits its struct.
func TestTemplates(t *testing.T) {
	pagetest.Check(t, newRegistry(t, storetest.SQLite(t)).server.Set(), pages)
}

var pages = map[string]page.Page{
	"targets": &targetsPage{}, "target": &targetPage{}, "officers": &officersPage{}, "officer": &officerPage{},
	"items": &itemsPage{}, "item": &itemPage{}, "import-new": &newImportPage{}, "import": &importPage{}, "imports": &importsPage{}, "changes": &changesPage{}, "edit": &editPage{},
	"roster-month": &monthPage{}, "roster-compare": &comparePage{}, "roster-training": &trainingPage{}, "roster-rule": &rosterRulePage{},
}
