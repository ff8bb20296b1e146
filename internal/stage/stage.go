// Package stage is the draw in public: the page for the wall and the live
// stream, and the page on each witness's telephone. It holds no rule and runs
// no SQL; what may be shown is decided by ceremony.Snapshot. However many look
// on, a ceremony is read from the database at most once a beat.
package stage

import (
	"embed"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/skip2/go-qrcode"

	"suiji/internal/access"
	"suiji/internal/ceremony"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/page"
	"suiji/verify"
)

//go:embed all:templates
var files embed.FS

// Config is what the stage stands on. BaseURL (https://host, no slash at the
// end) goes into the QR code on the wall; all is required.
type Config struct {
	Identity *identity.Service
	Ceremony *ceremony.Service
	Now      func() time.Time
	Log      *slog.Logger
	BaseURL  string
}

// Server serves /stage and /witness.
type Server struct {
	Config
	set *page.Set
	hub *hub
}

// New makes the stage. Until Beat runs, every look reads the database.
func New(c Config) *Server {
	s := &Server{Config: c}
	s.set = page.New(page.Config{Name: "stage", Files: files, Layout: "plain", Log: c.Log, Now: c.Now, Frame: s.frame})
	s.hub = newHub(c.Ceremony)
	return s
}

// Set returns the stage's pages, whose assets cmd serves.
func (s *Server) Set() *page.Set { return s.set }

// Handler serves everything under /stage and /witness. It wants a session
// around it: some stages are only for the people of the office.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /stage/{round}", s.set.Get("stage", s.stage))
	mux.Handle("GET /stage/{round}/snapshot.json", s.set.File(s.snapshot))
	mux.Handle("GET /stage/{round}/qr.png", s.set.PublicFile(s.qr))
	mux.Handle("GET /stage/{round}/version", s.set.File(s.version(s.onStage)))
	mux.Handle("GET /stage/{round}/events", s.events(s.onStage))

	mux.Handle("GET /witness/core.js", s.set.PublicFile(func(*http.Request) (*page.File, error) {
		return &page.File{Name: "core.js", Type: "text/javascript; charset=utf-8", Inline: true, Body: verify.Core}, nil
	}))
	mux.Handle("GET /witness/{address}", s.set.Get("witness", s.witness))
	mux.Handle("GET /witness/{address}/standing.json", s.set.File(s.standing))
	mux.Handle("GET /witness/{address}/version", s.set.File(s.version(s.ofWitness)))
	mux.Handle("GET /witness/{address}/events", s.events(s.ofWitness))
	mux.Handle("POST /witness/{address}/join", s.set.Post("witness", s.witness, s.join))
	mux.Handle("POST /witness/{address}/commit", s.set.Post("witness", s.witness, s.commit))
	mux.Handle("POST /witness/{address}/reveal", s.set.Post("witness", s.witness, s.reveal))
	mux.Handle("POST /witness/{address}/refuse", s.set.Post("witness", s.witness, s.refuse))
	mux.Handle("/", s.set.NotFound())
	return mux
}

func (s *Server) frame(*http.Request) page.Frame {
	return page.Frame{Site: "双随机、一公开 公开抽取"}
}

// onStage returns what the wall of a round shows now, to those who may see it.
func (s *Server) onStage(r *http.Request) (view, error) {
	id := r.PathValue("round")
	authority, _, _ := strings.Cut(id, ".")
	v, err := s.hub.view(r.Context(), authority, id)
	if err != nil {
		return v, err
	}
	a := identity.ActorFrom(r.Context())
	if !v.Open && (a.Authority != authority || !access.Allow(a, access.DeskRead)) {
		return view{}, errs.E(errs.NotFound, "这个抽取现场不对外公开：它是一次演练，或者封存时约定检查结束后再公开。本单位人员登录后可以查看")
	}
	return v, nil
}

type stagePage struct {
	page.Base
	View   ceremony.Snapshot
	Light  bool
	Ms     int64  // now, for the clock and for how many rows are due
	Drawn  int64  // when it was drawn
	Public string // address of the round's public page
}

// Theme is the style class of the page.
func (p *stagePage) Theme() string {
	if p.Light {
		return "light"
	}
	return "dark"
}

func (s *Server) stage(r *http.Request) (page.Page, error) {
	v, err := s.onStage(r)
	if err != nil {
		return nil, err
	}
	q, id := r.URL.Query(), r.PathValue("round")
	p := &stagePage{Base: page.Base{Title: v.Title + " 公开抽取", Live: "/stage/" + id + "/events", Shows: v.version},
		View: v.shown(r), Light: q.Get("theme") == "light", Ms: s.Now().UnixMilli(), Public: s.BaseURL + "/rounds/" + id}
	if !v.DrawnAt.IsZero() {
		p.Drawn = v.DrawnAt.UnixMilli()
	}
	return p, nil
}

// snapshot is the stage as JSON.
func (s *Server) snapshot(r *http.Request) (*page.File, error) {
	v, err := s.onStage(r)
	if err != nil {
		return nil, err
	}
	raw, err := printed(v.shown(r))
	return &page.File{Name: r.PathValue("round") + ".json", Type: "application/json", Inline: true, Body: raw}, err
}

// qr is the way from the wall to the round's public page.
func (s *Server) qr(r *http.Request) (*page.File, error) {
	if _, err := s.onStage(r); err != nil {
		return nil, err
	}
	q, err := qrcode.New(s.BaseURL+"/rounds/"+r.PathValue("round"), qrcode.Medium)
	if err != nil {
		return nil, fmt.Errorf("qr of round: %w", err)
	}
	png, err := q.PNG(600)
	return &page.File{Name: "qr.png", Type: "image/png", Inline: true, Body: png}, err
}

// ShortFingerprint is what the wall shows: the first sixteen digits, in fours.
func (p *stagePage) ShortFingerprint() []string { return fours(p.View.Fingerprint) }

func fours(s string) []string {
	var parts []string
	for i := 0; i+4 <= len(s) && i < 16; i += 4 {
		parts = append(parts, s[i:i+4])
	}
	return parts
}
