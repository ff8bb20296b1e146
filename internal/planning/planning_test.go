package planning

import (
	"log/slog"
	"maps"
	"net/http"
	"testing"

	"suiji/internal/archive"
	"suiji/internal/gazette"
	"suiji/internal/page"
	"suiji/internal/page/pagetest"
	"suiji/internal/papers"
	"suiji/internal/round/roundtest"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

// fixture is the pages over a fresh office, with one account a role.
type fixture struct {
	*roundtest.Office
	server  *Server
	handler http.Handler
}

func newDesk(t *testing.T, db *store.DB) *fixture {
	t.Helper()
	o := roundtest.New(t, db)
	s := New(Config{Identity: o.Identity, Archive: archive.New(archive.Config{DB: db}), Register: o.Register, Plan: o.Plan, Credit: o.Credit, Caps: o.Caps,
		Gazette: gazette.Publisher{Fonts: papers.FindFonts("")}, Now: o.Now, Log: slog.New(slog.DiscardHandler)})
	return &fixture{Office: o, server: s, handler: s.Handler()}
}

// as signs a request in as the person of a role.
func (f *fixture) as(r *http.Request, role string) *http.Request { return roundtest.SignedIn(r, role) }

func (f *fixture) run(t *testing.T, cases []pagetest.Case) {
	t.Helper()
	pagetest.Run(t, f.handler, f.as, cases)
}

func form(pairs ...string) map[string][]string { return pagetest.Form(pairs...) }

// Every template fits its struct.
func TestTemplates(t *testing.T) {
	all := map[string]page.Page{}
	maps.Copy(all, planPages)
	maps.Copy(all, creditPages)
	pagetest.Check(t, newDesk(t, storetest.SQLite(t)).server.Set(), all)
}
