// Package paperwork is the door to the papers of enforcement, as pages: the
// register of documents, drafts and their issue, attachments, the office's own
// templates, and all forms of a round as one PDF (/w/docs). It holds no rule and
// runs no SQL; what may be done, package documents decides.
package paperwork

import (
	"embed"
	"log/slog"
	"net/http"
	"time"

	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/documents"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/page"
	"suiji/internal/round"
)

//go:embed all:templates
var files embed.FS

// Config is what the pages stand on. All is required.
type Config struct {
	Identity   *identity.Service
	Round      *round.Service
	Inspection *inspection.Service
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
var Paths = []string{"/w/docs"}

// New makes the pages.
func New(c Config) *Server {
	s := &Server{Config: c}
	s.set = counter.Pages("paperwork", files, c.Identity, c.Log, c.Now)
	return s
}

// Set returns the pages, whose assets cmd serves.
func (s *Server) Set() *page.Set { return s.set }

// Handler serves everything under Paths. It wants a session around it.
func (s *Server) Handler() http.Handler {
	m := counter.Routes{ServeMux: http.NewServeMux(), Set: s.set, Offices: s.Identity}
	of := m.Forms()
	of.Get("/w/docs", "docs", s.register)
	of.File("/w/docs/list.csv", s.list("csv"))
	of.File("/w/docs/list.xlsx", s.list("xlsx"))
	of.File("/w/docs/rounds/{round}/forms.pdf", s.printForms)
	of.Get("/w/docs/new", "docs-new", s.choose)
	m.Get("/w/docs/numbers", "docs-numbers", s.numbers)
	m.Post("/w/docs/numbers", "docs-numbers", s.numbers, s.setNumbers, access.DocumentSet)
	m.Get("/w/docs/templates", "docs-templates", s.templates)
	m.Post("/w/docs/templates", "docs-templates", s.templates, s.addTemplate, access.DocumentSet)
	m.Post("/w/docs/templates/offer", "docs-templates", s.templates, s.offer, access.DocumentSet)
	m.File("/w/docs/templates/{kind}/{digest}", s.template)

	of.Get("/w/docs/forms/{form}", "docs-form", s.ofForm)
	of.Post("/w/docs/forms/{form}", "docs-form", s.ofForm, s.begin, access.DocumentEdit)
	of.Post("/w/docs/forms/{form}/files", "docs-form", s.ofForm, s.attach, access.DocumentEdit)
	of.File("/w/docs/forms/{form}/files/{digest}", s.attachment)

	of.Get("/w/docs/papers/{id}", "doc", s.doc)
	of.Post("/w/docs/papers/{id}", "doc", s.doc, s.save, access.DocumentEdit)
	of.Post("/w/docs/papers/{id}/issue", "doc", s.doc, s.issue)
	of.Post("/w/docs/papers/{id}/drop", "doc", s.doc, s.drop, access.DocumentEdit)
	of.Post("/w/docs/papers/{id}/void", "doc", s.doc, s.void, access.DocumentVoid)
	of.Post("/w/docs/papers/{id}/next", "doc", s.doc, s.next, access.DocumentEdit)
	of.Post("/w/docs/papers/{id}/files", "doc", s.doc, s.attachTo, access.DocumentEdit)
	of.File("/w/docs/papers/{id}/paper.docx", s.file(documents.DOCX))
	of.File("/w/docs/papers/{id}/paper.pdf", s.file(documents.PDF))
	of.File("/w/docs/papers/{id}/preview.docx", s.preview(documents.DOCX))
	of.File("/w/docs/papers/{id}/preview.pdf", s.preview(documents.PDF))
	m.Handle("/", s.set.NotFound())
	return m
}

func actor(r *http.Request) access.Actor { return counter.Actor(r) }

func trail(more ...page.Link) []page.Link {
	return append([]page.Link{{Word: "公文与打印", Href: "/w/docs"}}, more...)
}
