// Package desk is the back office: HTML for the officials who carry out the
// rounds, enter and publish the results; the pages of the registers are in
// registry, those of the plan in planning, those of accounts in entrance. It holds no rule and runs no SQL: each file is one
// noun's pages over that noun's service.
package desk

import (
	"embed"
	"log/slog"
	"net/http"
	"time"

	"suiji/internal/access"
	"suiji/internal/archive"
	"suiji/internal/beacon"
	"suiji/internal/ceremony"
	"suiji/internal/counter"
	"suiji/internal/disclosure"
	"suiji/internal/feedback"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/notice"
	"suiji/internal/page"
	"suiji/internal/plan"
	"suiji/internal/proof"
	"suiji/internal/reckon"
	"suiji/internal/reference"
	"suiji/internal/register"
	"suiji/internal/round"
	"suiji/internal/scribe"
	"suiji/internal/visit"
)

//go:embed all:templates
var files embed.FS

// Config is what the desk stands on. BaseURL (https://host, no slash at the
// end) goes into the QR codes of printed forms; all else is required.
type Config struct {
	Identity   *identity.Service
	Reference  *reference.Service
	Register   *register.Service
	Plan       *plan.Service
	Round      *round.Service
	Proof      *proof.Service
	Beacon     *beacon.Client // nil: no network
	Ceremony   *ceremony.Service
	Inspection *inspection.Service
	Disclosure *disclosure.Service
	Archive    *archive.Service
	Notice     *notice.Service
	Visit      *visit.Service
	Feedback   *feedback.Service
	Scribe     *scribe.Scribe
	Reckon     *reckon.Service
	Now        func() time.Time
	Log        *slog.Logger
	BaseURL    string
}

// Server serves the desk under /w.
type Server struct {
	Config
	set *page.Set
}

// New makes the desk.
func New(c Config) *Server {
	s := &Server{Config: c}
	s.set = page.New(page.Config{Name: "desk", Files: files, Layout: "desk", SignIn: "/w/login", Log: c.Log, Now: c.Now, Frame: s.frame})
	return s
}

// Set returns the desk's pages, whose assets cmd serves.
func (s *Server) Set() *page.Set { return s.set }

// Handler serves everything under /w. It wants a session around it.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	s.get(mux, "/w", "home", s.home)

	s.roundRoutes(mux)
	s.inspectionRoutes(mux)
	s.disclosureRoutes(mux)
	s.adminRoutes(mux)
	s.ledgerRoutes(mux)
	mux.Handle("/w/", s.set.NotFound())
	return entrance{mux}
}

// entrance leads on who has no workbench: every page of the public leads here.
type entrance struct{ mux *http.ServeMux }

// ServeHTTP answers a request.
func (e entrance) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if a := actor(r); a.ID != "" && counter.Home(a, r.URL.Path) != r.URL.Path {
		http.Redirect(w, r, counter.Home(a, r.URL.Path), http.StatusSeeOther)
		return
	}
	e.mux.ServeHTTP(w, r)
}

// get serves a page to officials.
func (s *Server) get(mux *http.ServeMux, path, name string, show page.Show) {
	desk{s, s.routes(mux)}.get(path, name, show)
}

// post serves an act of officials; page name is shown again when it is
// refused. The form's key makes it happen once; rights as counter.Routes.Post.
func (s *Server) post(mux *http.ServeMux, path, name string, show page.Show, act page.Act, rights ...access.Action) {
	desk{s, s.routes(mux)}.post(path, name, show, act, rights...)
}

// file serves a download to officials.
func (s *Server) file(mux *http.ServeMux, path string, serve func(*http.Request) (*page.File, error)) {
	s.routes(mux).File(path, serve)
}

func (s *Server) routes(mux *http.ServeMux) counter.Routes {
	return counter.Routes{ServeMux: mux, Set: s.set, Offices: s.Identity}
}

// desk are routes whose pages record who looks at drawn names.
type desk struct {
	*Server
	counter.Routes
}

func (d desk) get(path, name string, show page.Show) { d.Get(path, name, d.recorded(show)) }

func (d desk) post(path, name string, show page.Show, act page.Act, rights ...access.Action) {
	d.Post(path, name, d.recorded(show), act, rights...)
}

func actor(r *http.Request) access.Actor { return counter.Actor(r) }
