// Package interchange is the exchange with the province and the nation, as pages
// (/w/exchange): who is reported to and in which columns, the codes that are
// missing, what a batch would bring and what is wrong with it, batches with
// their receipts, and what comes in from others: states of registration
// (/w/registration), and the ways to the other imports. It holds no rule and runs
// no SQL; what goes, package exchange decides, and what comes, tidings.
package interchange

import (
	"embed"
	"log/slog"
	"net/http"
	"time"

	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/exchange"
	"suiji/internal/identity"
	"suiji/internal/page"
	"suiji/internal/tidings"
)

//go:embed all:templates
var files embed.FS

// Config is what the pages stand on; all is required.
type Config struct {
	Identity *identity.Service
	Exchange *exchange.Service
	Tidings  *tidings.Service
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
var Paths = []string{"/w/exchange", registration}

// New makes the pages.
func New(c Config) *Server {
	s := &Server{Config: c}
	s.set = counter.Pages("interchange", files, c.Identity, c.Log, c.Now)
	return s
}

// Set returns the pages, whose assets cmd serves.
func (s *Server) Set() *page.Set { return s.set }

// Handler serves everything under Paths. It wants a session around it.
func (s *Server) Handler() http.Handler {
	m := counter.Routes{ServeMux: http.NewServeMux(), Set: s.set, Offices: s.Identity}
	m.Get("/w/exchange", "exchange", s.overview)
	m.Get("/w/exchange/{target}", "receiver", s.receiver)
	m.Post("/w/exchange/{target}/batches", "receiver", s.receiver, s.prepare, access.ExchangeSend)
	m.Get("/w/exchange/{target}/records", "records", s.records)
	m.Get("/w/exchange/{target}/fields", "fields", s.fields)
	m.Get("/w/exchange/{target}/codes", "codes", s.codes)
	m.Post("/w/exchange/{target}/codes", "codes", s.codes, s.setCodes, access.ExchangeEdit)
	m.Get("/w/exchange/{target}/batches/{serial}", "batch", s.batch)
	m.Post("/w/exchange/{target}/batches/{serial}/receipt", "batch", s.batch, s.receive, access.ExchangeReceive)
	m.File("/w/exchange/{target}/batches/{serial}/package.zip", s.file)
	m.File("/w/exchange/{target}/batches/{serial}/receipt.xlsx", s.blank)
	m.Get(registration, "registration", s.registration)
	m.Post(registration, "registration", s.registration, s.takeStates, access.RegisterImport)
	m.Get(registration+"/{file}", "states", s.states)
	m.Post(registration+"/{file}/write", "states", s.states, s.writeStates, access.RegisterImport)
	m.Post(registration+"/{file}/drop", "states", s.states, s.dropStates, access.RegisterImport)
	m.Handle("/", s.set.NotFound())
	return m
}

func actor(r *http.Request) access.Actor { return counter.Actor(r) }

// noReceiver is of the pages that are about none.
var noReceiver exchange.Receiver

func trail(t exchange.Receiver) []page.Link {
	all := []page.Link{{Word: "数据报送", Href: "/w/exchange"}}
	if t.ID != "" {
		all = append(all, page.Link{Word: t.Name, Href: "/w/exchange/" + t.ID})
	}
	return all
}
