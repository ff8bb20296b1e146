// Package planning is the back office's pages of the plan and of what it rests
// on: gradings and policies (/w/credit), frequency caps (/w/caps) and the plans
// themselves (/w/plans). It holds no rule and runs no SQL; the other pages of
// officials are in desk.
package planning

import (
	"embed"
	"log/slog"
	"net/http"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/archive"
	"suiji/internal/caps"
	"suiji/internal/counter"
	"suiji/internal/credit"
	"suiji/internal/gazette"
	"suiji/internal/identity"
	"suiji/internal/page"
	"suiji/internal/plan"
	"suiji/internal/register"
)

//go:embed all:templates
var files embed.FS

// Config is what the pages stand on; all is required.
type Config struct {
	Identity *identity.Service
	Register *register.Service
	Plan     *plan.Service
	Credit   *credit.Service
	Caps     *caps.Service
	Gazette  gazette.Publisher
	Archive  *archive.Service
	Now      func() time.Time
	Log      *slog.Logger
}

// Server serves the pages.
type Server struct {
	Config
	set *page.Set
}

// Paths are the beginnings of the addresses that Handler serves, whole and with
// anything behind them.
var Paths = []string{"/w/credit", "/w/caps", "/w/plans"}

// New makes the pages.
func New(c Config) *Server {
	s := &Server{Config: c}
	s.set = counter.Pages("planning", files, c.Identity, c.Log, c.Now)
	return s
}

// Set returns the pages, whose assets cmd serves.
func (s *Server) Set() *page.Set { return s.set }

// Handler serves everything under Paths. It wants a session around it.
func (s *Server) Handler() http.Handler {
	m := counter.Routes{ServeMux: http.NewServeMux(), Set: s.set, Offices: s.Identity}
	s.creditRoutes(m)
	s.planRoutes(m)
	s.capRoutes(m)
	m.Handle("/", s.set.NotFound())
	return m
}

func actor(r *http.Request) access.Actor { return counter.Actor(r) }

func (s *Server) today() calendar.Date { return calendar.In(s.Now()) }
