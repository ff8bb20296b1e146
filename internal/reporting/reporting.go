// Package reporting is the office's reports as pages (/w/reports): the
// leader's numbers and their lists, progress, summaries, what is sent upward,
// an officer's own year. It holds no rule and runs no SQL; what a number counts, package report says.
package reporting

import (
	"embed"
	"log/slog"
	"net/http"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/identity"
	"suiji/internal/page"
	"suiji/internal/report"
	"suiji/internal/round"
)

//go:embed all:templates
var files embed.FS

// Config is what the pages stand on. All is required.
type Config struct {
	Identity *identity.Service
	Round    *round.Service
	Report   *report.Service
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
var Paths = []string{"/w/reports"}

// New makes the pages.
func New(c Config) *Server {
	s := &Server{Config: c}
	s.set = counter.Pages("reporting", files, c.Identity, c.Log, c.Now)
	return s
}

// Set returns the pages, whose assets cmd serves.
func (s *Server) Set() *page.Set { return s.set }

// Handler serves everything under Paths. It wants a session around it.
func (s *Server) Handler() http.Handler {
	m := counter.Routes{ServeMux: http.NewServeMux(), Set: s.set, Offices: s.Identity}
	m.Get("/w/reports", "reports", s.reports)
	m.Get("/w/reports/list/{key}", "report-list", s.list)
	m.File("/w/reports/tables.xlsx", s.workbook)

	m.Get("/w/reports/summaries", "summaries", s.summaries)
	m.Post("/w/reports/summaries", "summaries", s.summaries, s.draft, access.ReportEdit)
	m.Get("/w/reports/summaries/{kind}/{subject}/{no}", "summary", s.summary)
	m.Post("/w/reports/summaries/{kind}/{subject}/{no}", "summary", s.summary, s.save, access.ReportEdit)
	m.Post("/w/reports/summaries/{kind}/{subject}/{no}/recount", "summary", s.summary, s.recount, access.ReportEdit)
	m.Post("/w/reports/summaries/{kind}/{subject}/{no}/submit", "summary", s.summary, s.submit, access.ReportEdit)
	m.Post("/w/reports/summaries/{kind}/{subject}/{no}/decide", "summary", s.summary, s.decide, access.ReportApprove)
	m.File("/w/reports/summaries/{kind}/{subject}/{no}/{file}", s.file)

	m.Get("/w/reports/upward", "upwards", s.upwards)
	m.Post("/w/reports/upward", "upwards", s.upwards, s.fill, access.ReportSend)
	m.Get("/w/reports/upward/{no}", "upward", s.upward)
	m.Post("/w/reports/upward/{no}/send", "upward", s.upward, s.sendUpward, access.ReportSend)
	m.Post("/w/reports/upward/{no}/receipt", "upward", s.upward, s.receiveUpward, access.ReportSend)
	m.File("/w/reports/upward/{no}/report.xlsx", s.upwardFile)

	m.Get("/w/reports/questions", "asked", s.questions)
	m.Post("/w/reports/questions", "asked", s.questions, s.ask)
	m.Get("/w/reports/questions/{no}", "question", s.question)
	m.Post("/w/reports/questions/{no}/send", "question", s.question, s.sendQuestion, access.ReportAsk)
	m.Post("/w/reports/questions/{no}/answer", "question", s.question, s.answerQuestion, access.ReportAsk)

	m.Get("/w/reports/me", "record", s.own)
	m.Get("/w/reports/officers/{officer}", "record", s.record)
	m.Handle("/", s.set.NotFound())
	return m
}

func actor(r *http.Request) access.Actor { return counter.Actor(r) }

func (s *Server) today() calendar.Date { return calendar.In(s.Now()) }

func trail() []page.Link { return []page.Link{{Word: "统计报表", Href: "/w/reports"}} }
