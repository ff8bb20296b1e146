// Package prepare is what comes before the visit (检查准备): the back office's
// pages of schedules, their approval, vehicles and notices (/w/schedules), and
// the firm's pages behind its code: the notice, papers for a written review
// (/c/{code}/notice, …/papers). It holds no rule and runs no SQL; what may be done, package
// schedule decides.
package prepare

import (
	"embed"
	"log/slog"
	"net/http"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/documents"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/page"
	"suiji/internal/round"
	"suiji/internal/schedule"
	"suiji/internal/supervise"
)

//go:embed all:templates
var files embed.FS

// Config is what the pages stand on. All is required.
type Config struct {
	Identity   *identity.Service
	Round      *round.Service
	Schedule   *schedule.Service
	Inspection *inspection.Service
	Supervise  *supervise.Service
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
var Paths = []string{"/w/schedules"}

// New makes the pages.
func New(c Config) *Server {
	s := &Server{Config: c}
	s.set = counter.Pages("prepare", files, c.Identity, c.Log, c.Now)
	return s
}

// Set returns the pages, whose assets cmd serves.
func (s *Server) Set() *page.Set { return s.set }

// Handler serves everything under Paths. It wants a session around it.
func (s *Server) Handler() http.Handler {
	m := counter.Routes{ServeMux: http.NewServeMux(), Set: s.set, Offices: s.Identity}
	m.Get("/w/schedules", "schedules", s.schedules)
	m.Get("/w/schedules/vehicles", "vehicles", s.vehicles)
	m.Post("/w/schedules/vehicles", "vehicles", s.vehicles, s.setVehicle)
	m.Post("/w/schedules/places", "vehicles", s.vehicles, s.setPlaces)
	m.Get("/w/schedules/items", "announcing", s.announcing)
	m.Post("/w/schedules/items", "announcing", s.announcing, s.announce)

	m.Get("/w/schedules/{id}", "schedule", s.schedule)
	m.Post("/w/schedules/{id}/propose", "schedule", s.schedule, s.propose)
	m.Post("/w/schedules/{id}/submit", "schedule", s.schedule, s.submit)
	m.Get("/w/schedules/{id}/approve", "schedule-approve", s.approval)
	m.Post("/w/schedules/{id}/approve", "schedule-approve", s.approval, s.approve, access.ScheduleApprove)
	m.Get("/w/schedules/{id}/print", "schedule-print", s.print)
	m.Get("/w/schedules/{id}/firms/{target}", "schedule-firm", s.firm)
	m.Post("/w/schedules/{id}/firms/{target}", "schedule-firm", s.firm, s.move)
	m.Post("/w/schedules/{id}/firms/{target}/urgent", "schedule-firm", s.firm, s.hurry)
	m.Post("/w/schedules/{id}/firms/{target}/decide", "schedule-firm", s.firm, s.decideUrgent, access.ScheduleApprove)
	m.Post("/w/schedules/{id}/notices", "schedule", s.schedule, s.issue)
	m.File("/w/schedules/{id}/notices.pdf", s.notices)
	m.Post("/w/schedules/{id}/firms/{target}/told", "schedule-firm", s.firm, s.tell, access.ScheduleEdit)
	m.File("/w/schedules/{id}/firms/{target}/papers/{digest}", s.paper)
	m.Handle("/", s.set.NotFound())
	return m
}

func actor(r *http.Request) access.Actor { return counter.Actor(r) }

func (s *Server) today() calendar.Date { return calendar.In(s.Now()) }

func path(r *http.Request) string { return "/w/schedules/" + r.PathValue("id") }
