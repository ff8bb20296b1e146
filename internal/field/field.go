// Package field is the inspector's telephone: HTML under /m for the day's
// tasks, the arrival, the check points, the signatures and the result, and the
// script that keeps a day's work through a day without signal. Everything that
// the office needs works as plain forms; the script adds drafts, photographs
// reduced on the phone, signatures and the outbox. The door holds no rule and
// runs no SQL: what is taken in, package visit decides.
package field

import (
	"embed"
	"log/slog"
	"net/http"
	"time"

	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/errs"
	"suiji/internal/feedback"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/page"
	"suiji/internal/staffing"
	"suiji/internal/visit"
	"suiji/verify"
)

var (
	//go:embed all:templates
	files embed.FS
	//go:embed app.js
	app []byte
	//go:embed sw.js
	worker []byte
	//go:embed phone.css
	style []byte
	//go:embed firm.css
	firmStyle []byte
)

// Config is what the phone's pages stand on. BaseURL (https://host, no slash
// at the end) goes into identity codes; all is required.
type Config struct {
	Identity   *identity.Service
	Inspection *inspection.Service
	Visit      *visit.Service
	Feedback   *feedback.Service
	Staffing   *staffing.Service
	Now        func() time.Time
	Log        *slog.Logger
	BaseURL    string
}

// Server serves /m.
type Server struct {
	Config
	set    *page.Set
	photos chan struct{} // a place for each photograph on its way in
}

// mostPhotos is how many photographs are received at a time: each is in memory.
const mostPhotos = 32

// New makes the door.
func New(c Config) *Server {
	s := &Server{Config: c, photos: make(chan struct{}, mostPhotos)}
	s.set = page.New(page.Config{Name: "field", Files: files, Layout: "phone", SignIn: "/w/login", Log: c.Log, Now: c.Now, Frame: s.frame})
	return s
}

// Set returns the pages, whose assets cmd serves.
func (s *Server) Set() *page.Set { return s.set }

// Handler serves everything under /m. It wants a session around it.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /m", s.set.Get("tasks", inside(s.tasks)))
	mux.Handle("POST /m/scan", s.set.Post("tasks", inside(s.tasks), inside(received(s, s.scan))))
	mux.Handle("GET /m/outbox", s.set.Get("outbox", inside(s.outbox)))
	mux.Handle("GET /m/tasks/{id}", s.set.Get("task", inside(s.task)))
	mux.Handle("POST /m/tasks/{id}", s.set.Post("task", inside(s.task), inside(s.enter)))
	mux.Handle("POST /m/tasks/{id}/arrive", s.set.Post("task", inside(s.task), inside(s.arrive)))
	mux.Handle("POST /m/tasks/{id}/pledge", s.set.Post("task", inside(s.task), inside(s.pledge)))
	mux.Handle("POST /m/tasks/{id}/urgent", s.set.Post("task", inside(s.task), counter.Keyed(inside(s.hurry))))
	mux.Handle("POST /m/tasks/{id}/conflict", s.set.Post("task", inside(s.task), counter.Keyed(inside(s.recuse))))
	mux.Handle("GET /m/tasks/{id}/papers/{digest}", s.set.File(inside(s.paper)))
	mux.Handle("POST /m/tasks/{id}/photos", s.set.Post("task", inside(s.task), inside(received(s, s.addPhoto))))
	mux.Handle("GET /m/tasks/{id}/photos/{digest}", s.set.File(inside(s.picture)))
	mux.Handle("GET /m/tasks/{id}/code", s.set.Get("identity", inside(s.identity)))
	mux.Handle("GET /m/tasks/{id}/code.png", s.set.File(inside(s.identityQR)))

	mux.Handle("GET /m/pack.json", s.json(s.pack))
	mux.Handle("POST /m/sync", s.json(s.sync))
	mux.Handle("POST /m/photos", s.json(received(s, s.sendPhoto)))

	const js, css = "text/javascript; charset=utf-8", "text/css; charset=utf-8"
	mux.Handle("GET /m/core.js", part("core.js", js, verify.Core))
	mux.Handle("GET /m/app.js", part("app.js", js, app))
	mux.Handle("GET /m/sw.js", part("sw.js", js, worker))
	mux.Handle("GET /m/phone.css", part("phone.css", css, style))
	mux.Handle("GET /m/firm.css", part("firm.css", css, firmStyle))
	mux.Handle("/", s.set.NotFound())
	return mux
}

// FirmPaths are what Firm serves; the rest under /c is the portal's.
var FirmPaths = []string{"/c/{code}/id/", "/c/{code}/rate", "/c/{code}/complain", "/c/{code}/visits", "/t/"}

// Firm serves what a firm comes to from the code on the inspector's telephone.
// It wants no session: whoever holds the code may look.
func (s *Server) Firm() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /c/{code}/id/{shown}", s.set.Get("shown", s.shown))
	mux.Handle("GET /c/{code}/rate", s.set.Get("rate", s.rate))
	mux.Handle("POST /c/{code}/rate", s.set.Post("rate", s.rate, s.addRating))
	mux.Handle("GET /c/{code}/complain", s.set.Get("complain", s.complain))
	mux.Handle("POST /c/{code}/complain", s.set.Post("complain", s.complain, s.addComplaint))
	mux.Handle("GET /c/{code}/visits", s.set.Get("visits", s.visits))
	mux.Handle("GET /t/{authority}/{ticket}", s.set.Get("ticket", s.ticket))
	mux.Handle("/", s.set.NotFound())
	return mux
}

// part serves a file that all pages have. It is asked for anew each time: an
// old one must not outlive an update of the program.
func part(name, kind string, body []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page.SetPattern(r.Context(), "GET /m/"+name)
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("Service-Worker-Allowed", "/m") // sw.js serves /m itself, too
		w.Write(body)
	})
}

// inside lets inspectors through.
func inside[T any](h func(*http.Request) (T, error)) func(*http.Request) (T, error) {
	return counter.Inside(access.VisitRecord, h)
}

// mostWait is how long a photograph waits for its place before its body is read.
const mostWait = 40 * time.Second

// received gives h a place among the photographs that are received.
func received[T any](s *Server, h func(*http.Request) (T, error)) func(*http.Request) (T, error) {
	return func(r *http.Request) (none T, err error) {
		late := time.NewTimer(mostWait)
		defer late.Stop()
		select {
		case s.photos <- struct{}{}:
			defer func() { <-s.photos }()
			return h(r)
		case <-r.Context().Done():
			return none, r.Context().Err()
		case <-late.C:
			return none, errs.E(errs.Away, "同时上传照片的手机很多，这一张没有收下，还在手机里，请稍后再传")
		}
	}
}

func actor(r *http.Request) access.Actor { return counter.Actor(r) }

func (s *Server) frame(r *http.Request) page.Frame {
	a := actor(r)
	f := page.Frame{Site: "现场检查", Home: "/m", User: a.Name}
	if a.ID == "" {
		return f
	}
	f.Out = "/w/logout"
	f.Nav = []page.Link{{Word: "任务", Href: "/m"}, {Word: "待上传", Href: "/m/outbox"}, {Word: "办公", Href: "/w"}}
	if auth, err := s.Identity.Authority(r.Context(), a.Authority); err == nil {
		f.Unit, f.Help = auth.Name, auth.Phone
		if auth.Demo {
			f.Demo = "示例数据，不是真实企业和人员"
		}
	}
	return f
}
