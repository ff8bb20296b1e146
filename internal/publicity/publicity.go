// Package publicity is what follows a publication, as pages: objections to
// public records for officials (/w/objections) and for the firm behind its code
// (/c/{code}/objection), and penalties in public with their terms and credit
// repair (/w/penalties). It holds no rule and runs no SQL; what may be
// done, package disclosure decides.
package publicity

import (
	"embed"
	"log/slog"
	"net/http"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/casework"
	"suiji/internal/counter"
	"suiji/internal/disclosure"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/page"
)

//go:embed all:templates
var files embed.FS

// Config is what the pages stand on; all is required.
type Config struct {
	Identity   *identity.Service
	Inspection *inspection.Service
	Disclosure *disclosure.Service
	Casework   *casework.Service
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
var Paths = []string{"/w/objections", "/w/penalties"}

// FirmPaths are what Firm serves.
var FirmPaths = []string{"/c/{code}/objection"}

// New makes the pages.
func New(c Config) *Server {
	s := &Server{Config: c}
	s.set = counter.Pages("publicity", files, c.Identity, c.Log, c.Now)
	return s
}

// Set returns the pages, whose assets cmd serves.
func (s *Server) Set() *page.Set { return s.set }

// Handler serves everything under Paths. It wants a session around it.
func (s *Server) Handler() http.Handler {
	m := counter.Routes{ServeMux: http.NewServeMux(), Set: s.set, Offices: s.Identity}
	m.Get("/w/objections", "objections", s.objections)
	m.Get("/w/objections/new", "objection-new", s.askPaper)
	m.Post("/w/objections/new", "objection-new", s.askPaper, s.receive)
	m.Get("/w/objections/{id}", "objection", s.objection)
	m.Post("/w/objections/{id}", "objection", s.objection, s.answer, access.ObjectionAnswer)
	m.Get("/w/penalties", "penalties", s.penalties)
	m.Get("/w/penalties/preview", "penalty-preview", s.preview)
	m.Post("/w/penalties/preview", "penalty-preview", s.preview, s.publish, access.PenaltyPublish)
	m.Get("/w/penalties/{id}", "penalty", s.penalty)
	m.Post("/w/penalties/{id}/withdraw", "penalty", s.penalty, s.withdraw)
	m.Post("/w/penalties/{id}/repair", "penalty", s.penalty, s.applyRepair)
	m.Post("/w/penalties/{id}/decide", "penalty", s.penalty, s.decideRepair)
	m.Handle("/", s.set.NotFound())
	return m
}

// Firm serves what a firm comes to from the code on its form. It wants no
// session: whoever holds the code may object.
func (s *Server) Firm() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /c/{code}/objection", s.set.Get("object", s.ownObjections))
	mux.Handle("POST /c/{code}/objection", s.set.Post("object", s.ownObjections, counter.Keyed(s.object)))
	mux.Handle("/", s.set.NotFound())
	return mux
}

func actor(r *http.Request) access.Actor { return counter.Actor(r) }

func (s *Server) today() calendar.Date { return calendar.In(s.Now()) }
