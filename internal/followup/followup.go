// Package followup is what follows an inspection, as pages (后续处置): the back
// office's board of open ends, each with its timeline and its one next act
// (/w/followups), and the firm's page behind its code on which it shows that it
// has put things right (/c/{code}/rectify). It holds no rule and runs no SQL;
// what may be done, package casework decides.
package followup

import (
	"embed"
	"log/slog"
	"net/http"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/casework"
	"suiji/internal/counter"
	"suiji/internal/documents"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/page"
	"suiji/internal/round"
)

//go:embed all:templates
var files embed.FS

// Config is what the pages stand on; all is required.
type Config struct {
	Identity   *identity.Service
	Round      *round.Service
	Inspection *inspection.Service
	Casework   *casework.Service
	Documents  *documents.Service
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
var Paths = []string{"/w/followups", "/w/findings"}

// New makes the pages.
func New(c Config) *Server {
	s := &Server{Config: c}
	s.set = counter.Pages("followup", files, c.Identity, c.Log, c.Now)
	return s
}

// Set returns the pages, whose assets cmd serves.
func (s *Server) Set() *page.Set { return s.set }

// Handler serves everything under Paths. It wants a session around it.
func (s *Server) Handler() http.Handler {
	m := counter.Routes{ServeMux: http.NewServeMux(), Set: s.set, Offices: s.Identity}.Forms() // all of it belongs to forms
	m.Get("/w/followups", "followups", s.board)
	m.Get("/w/followups/penalties", "penalties", s.penalties)
	m.Get("/w/followups/{form}/{ref}", "followup", s.followup)
	m.Post("/w/followups/{form}/{ref}/{act}", "followup", s.followup, s.do)
	m.File("/w/followups/{form}/{ref}/papers/{digest}", s.paper)
	m.Handle("GET /w/findings", http.RedirectHandler("/w/followups", http.StatusMovedPermanently)) // where problems were before
	m.Handle("/", s.set.NotFound())
	return m
}

// FirmPaths are what Firm serves; the rest under /c is other doors'.
var FirmPaths = []string{"/c/{code}/rectify"}

// Firm serves what a firm comes to from its code. It wants no session: whoever
// holds the code may look.
func (s *Server) Firm() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /c/{code}/rectify", s.set.Get("rectify", s.rectify))
	mux.Handle("POST /c/{code}/rectify", s.set.Post("rectify", s.rectify, s.submit))
	mux.Handle("/", s.set.NotFound())
	return mux
}

func actor(r *http.Request) access.Actor { return counter.Actor(r) }

func (s *Server) today() calendar.Date { return calendar.In(s.Now()) }
