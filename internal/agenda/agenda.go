// Package agenda is the back office's pages of what waits for somebody: the
// board of what is due (/w/due), everybody's messages and what of them left the
// house (/w/messages), and the questions of supervision (/w/supervision). It
// holds no rule and runs no SQL; the other pages of officials are in desk and
// planning.
package agenda

import (
	"embed"
	"log/slog"
	"net/http"
	"time"

	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/identity"
	"suiji/internal/notice"
	"suiji/internal/page"
	"suiji/internal/round"
	"suiji/internal/supervise"
)

//go:embed all:templates
var files embed.FS

// Config is what the pages stand on; all is required.
type Config struct {
	Identity  *identity.Service
	Notice    *notice.Service
	Supervise *supervise.Service
	Round     *round.Service
	Now       func() time.Time
	Log       *slog.Logger
}

// Server serves the pages.
type Server struct {
	Config
	set *page.Set
}

// Paths are the beginnings of the addresses that Handler serves, whole and with
// anything behind them.
var Paths = []string{"/w/due", "/w/messages", "/w/supervision"}

// New makes the pages.
func New(c Config) *Server {
	s := &Server{Config: c}
	s.set = counter.Pages("agenda", files, c.Identity, c.Log, c.Now)
	return s
}

// Set returns the pages, whose assets cmd serves.
func (s *Server) Set() *page.Set { return s.set }

// Handler serves everything under Paths. It wants a session around it.
func (s *Server) Handler() http.Handler {
	m := counter.Routes{ServeMux: http.NewServeMux(), Set: s.set, Offices: s.Identity}
	mux := m.ServeMux
	get := func(path, name string, show page.Show) {
		mux.Handle("GET "+path, s.set.Get(name, counter.Inside(access.NoticeRead, show)))
	}
	post := func(path, name string, show page.Show, act page.Act) {
		mux.Handle("POST "+path, s.set.Post(name, counter.Inside(access.NoticeRead, show), counter.Keyed(counter.Inside(access.NoticeRead, act))))
	}
	get("/w/due", "due", s.due)
	get("/w/messages", "messages", s.messages)
	post("/w/messages/read", "messages", s.messages, s.read)
	post("/w/messages/address", "messages", s.messages, s.setAddress)
	get("/w/messages/deliveries", "deliveries", s.deliveries)
	post("/w/messages/deliveries/{id}/replay", "deliveries", s.deliveries, s.replay)

	m.Get("/w/supervision", "questions", s.questions)
	m.Post("/w/supervision", "questions", s.questions, s.look)
	get("/w/supervision/rules", "rules", s.rules)
	get("/w/supervision/rules/{rule}", "rule", s.rule)
	post("/w/supervision/rules/{rule}", "rule", s.rule, s.setRule)
	m.Get("/w/supervision/questions/{id}", "question", s.question)
	m.Post("/w/supervision/questions/{id}/answer", "question", s.question, s.answer)
	m.Post("/w/supervision/questions/{id}/judge", "question", s.question, s.judge)
	mux.Handle("/", s.set.NotFound())
	return mux
}

// section is one group of the board.
type section struct {
	ID   string
	Name string
	Tag  page.Tag
	Rows []line
}

// line is one row with its distance in words.
type line struct {
	notice.Row
	Left string
}

type duePage struct {
	page.Base
	On            string
	Role, Round   string
	Who           string
	Mine          bool
	Duties        []page.Option // roles to choose from
	Rounds        []page.Option
	People        []page.Option
	Chips         []page.Chip
	Sections      []section
	Counts        []page.Link
	Total, Hidden int
	All           bool // the asker sees everybody's
}

func (s *Server) due(r *http.Request) (page.Page, error) {
	q, a := r.URL.Query(), counter.Actor(r)
	f := notice.Filter{Role: access.Role(q.Get("role")), Round: q.Get("round"), Who: q.Get("who"), Mine: q.Get("mine") != ""}
	b, err := s.Notice.Board(r.Context(), a, f)
	if err != nil {
		return nil, err
	}
	p := &duePage{Base: page.Base{Title: "期限"}, On: b.On.String(), Role: string(f.Role), Round: f.Round, Mine: f.Mine, Total: len(b.Rows), Hidden: b.Hidden,
		All: access.Allow(a, access.DeskRead)}
	for _, x := range access.Roles {
		if x.Role != access.Auditor && x.Role != access.Security { // nothing is due from them
			p.Duties = append(p.Duties, page.Option{Value: string(x.Role), Label: x.Name})
		}
	}
	p.Rounds = page.Options(b.Rounds, func(id string) (string, string) { return id, id })
	if f.Role != "" {
		p.Chips = append(p.Chips, page.Chip{Word: f.Role.Name(), Without: page.Without(r, "role")})
	}
	if f.Round != "" {
		p.Chips = append(p.Chips, page.Chip{Word: f.Round, Without: page.Without(r, "round")})
	}
	p.Who, p.People = f.Who, page.Options(b.People, func(x notice.Person) (string, string) { return x.ID(), x.Name })
	if f.Who != "" {
		p.Chips = append(p.Chips, page.Chip{Word: nameOf(f.Who, p.People), Without: page.Without(r, "who")})
	}
	if f.Mine {
		p.Chips = append(p.Chips, page.Chip{Word: "只看我的", Without: page.Without(r, "mine")})
	}
	for _, g := range notice.Groups {
		rows := b.In(g.Group)
		if g.Group != notice.Unknown || len(rows) > 0 {
			p.Counts = append(p.Counts, page.Link{Word: g.Name, Href: "#group-" + string(g.Group), Count: len(rows)})
		}
		if len(rows) == 0 {
			continue
		}
		sec := section{ID: "group-" + string(g.Group), Name: g.Name, Tag: page.Tag{Tone: tones[g.Group], Word: g.Name}}
		for _, x := range rows {
			sec.Rows = append(sec.Rows, line{x, x.Left(b.On)})
		}
		p.Sections = append(p.Sections, sec)
	}
	return p, nil
}

// nameOf is the label of a choice; one that is not there any more names nobody.
func nameOf(value string, all []page.Option) string {
	for _, o := range all {
		if o.Value == value {
			return o.Label
		}
	}
	return "没有要办事项的人"
}

var tones = map[notice.Group]page.Tone{notice.Overdue: page.Bad, notice.Unknown: page.Bad, notice.Today: page.Warn, notice.In3: page.Warn, notice.In7: page.Doing}
