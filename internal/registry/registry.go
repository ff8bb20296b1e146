// Package registry is the back office's pages of the registers: firms
// (/w/targets), officers (/w/officers) and items (/w/items), their past, and the
// files that are imported into them (/w/imports). It holds no rule and runs no
// SQL; the other pages of officials are in desk and planning.
package registry

import (
	"embed"
	"log/slog"
	"net/http"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/caps"
	"suiji/internal/counter"
	"suiji/internal/credit"
	"suiji/internal/filter"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/intake"
	"suiji/internal/page"
	"suiji/internal/proof"
	"suiji/internal/register"
	"suiji/internal/roster"
	"suiji/internal/round"
	"suiji/internal/staffing"
)

//go:embed all:templates
var files embed.FS

// Config is what the pages stand on; all is required.
type Config struct {
	Identity   *identity.Service
	Register   *register.Service
	Roster     *roster.Service
	Caps       *caps.Service
	Intake     *intake.Service
	Credit     *credit.Service
	Round      *round.Service
	Proof      *proof.Service
	Staffing   *staffing.Service
	Inspection *inspection.Service
	Filter     *filter.Service
	Now        func() time.Time
	Log        *slog.Logger
}

// Server serves the pages.
type Server struct {
	Config
	set *page.Set
}

// Paths are the beginnings of the addresses that Handler serves, whole and with
// anything behind them.
var Paths = []string{"/w/targets", "/w/officers", "/w/items", "/w/imports", "/w/templates"}

// New makes the pages.
func New(c Config) *Server {
	s := &Server{Config: c}
	s.set = counter.Pages("registry", files, c.Identity, c.Log, c.Now)
	return s
}

// Set returns the pages, whose assets cmd serves.
func (s *Server) Set() *page.Set { return s.set }

// Handler serves everything under Paths. It wants a session around it.
func (s *Server) Handler() http.Handler {
	m := counter.Routes{ServeMux: http.NewServeMux(), Set: s.set, Offices: s.Identity}
	s.listRoutes(m)
	s.pastRoutes(m)
	s.rosterRoutes(m)
	s.importRoutes(m)
	m.Handle("/", s.set.NotFound())
	return m
}

func actor(r *http.Request) access.Actor { return counter.Actor(r) }

func (s *Server) today() calendar.Date { return calendar.In(s.Now()) }
