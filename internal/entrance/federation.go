package entrance

import (
	"encoding/json"
	"net/http"

	"suiji/internal/counter"
	"suiji/internal/errs"
	"suiji/internal/federation"
	"suiji/internal/identity"
	"suiji/internal/page"
)

// parked is what a session holds of somebody's way to the provider: the way
// itself, or what came of it and waits for a press of the button.
type parked struct {
	Flow    federation.Flow
	Subject string
	Said    string // why nothing came of it
}

func (s *Server) park(r *http.Request, p parked) error {
	raw, err := json.Marshal(p)
	if err == nil {
		s.Sessions.Keep(r.Context(), string(raw))
	}
	return err
}

func (s *Server) parked(r *http.Request) (p parked) {
	if json.Unmarshal([]byte(s.Sessions.Kept(r.Context())), &p) != nil {
		return parked{} // nothing is held
	}
	return p
}

// leave sends somebody to the provider. It is a link and no form: a page's
// policy lets no form lead elsewhere.
func (s *Server) leave(r *http.Request) (string, error) {
	return s.toProvider(r, federation.Flow{Next: next(r)})
}

func (s *Server) beginLink(r *http.Request) (string, error) {
	return s.toProvider(r, federation.Flow{Link: true})
}

func (s *Server) toProvider(r *http.Request, f federation.Flow) (string, error) {
	if s.Provider.Name() == "" {
		return "", errs.E(errs.NotFound, "")
	}
	address, f, err := s.Provider.Begin(r.Context(), f)
	if err != nil {
		return "", s.told(r, err)
	}
	return address, s.park(r, parked{Flow: f})
}

// told writes down why the provider was no help: who signs in is told less.
func (s *Server) told(r *http.Request, err error) error {
	if errs.KindOf(err) == errs.Invalid {
		s.Log.WarnContext(r.Context(), "identity provider", "request", page.RequestID(r.Context()), "error", err)
	}
	return err
}

// comeBack takes what the provider sent somebody back with. The way is used up,
// whatever comes of it.
func (s *Server) comeBack(r *http.Request) (string, error) {
	if s.Provider.Name() == "" {
		return "", errs.E(errs.NotFound, "")
	}
	f := s.parked(r).Flow
	s.Sessions.Drop(r.Context())
	x, err := s.Provider.Finish(r.Context(), f, r.URL.Query())
	if f.Link && counter.Actor(r).ID != "" {
		p := parked{Subject: x.ID}
		if err != nil {
			p.Said = errs.Sentence(s.told(r, err))
		}
		return "/w/me/federation", s.park(r, p)
	}
	if err != nil {
		return "", s.told(r, err)
	}
	if f.Link || counter.Actor(r).ID != "" {
		return "", errs.E(errs.Invalid, "登录已经变化，没有办理。请重新登录后再试")
	}
	acc, err := s.Provider.Enter(r.Context(), x)
	if err != nil {
		return "", err
	}
	return counter.Home(acc.Actor(), page.LocalPath(f.Next, "/w")), s.Sessions.SignInVouched(r.Context(), acc, x.Strong)
}

type federationPage struct {
	page.Base
	Provider string
	Link     federation.Link
	By       string // who linked it, if it was a colleague
	Waiting  string // a subject that waits to be linked
	Why      string // nothing came of the last way there
}

func (s *Server) federation(r *http.Request) (page.Page, error) {
	if s.Provider.Name() == "" {
		return nil, errs.E(errs.NotFound, "")
	}
	a := counter.Actor(r)
	kept := s.parked(r)
	p := &federationPage{Base: page.Base{Title: s.Provider.Name(), Trail: []page.Link{{Word: "我的账号", Href: "/w/me"}}}, Provider: s.Provider.Name(), Waiting: kept.Subject, Why: kept.Said}
	var err error
	if p.Link, err = s.Provider.Own(r.Context(), a.Authority, a.ID); err != nil || p.Link.Subject == "" || p.Link.By == a.ID {
		return p, err
	}
	by, err := s.Identity.Account(r.Context(), a.Authority, p.Link.By)
	if errs.KindOf(err) == errs.NotFound { // the program itself
		by, err = identity.Account{Name: "系统"}, nil
	}
	p.By = by.Name
	return p, err
}

func (s *Server) link(r *http.Request) (string, error) {
	if err := s.Provider.Link(r.Context(), counter.Actor(r), s.parked(r).Subject); err != nil {
		return "", err
	}
	s.Sessions.Drop(r.Context())
	return "/w/me/federation", nil
}

func (s *Server) unlink(r *http.Request) (string, error) {
	a := counter.Actor(r)
	return "/w/me/federation", s.Provider.Unlink(r.Context(), a, a.ID)
}

type linkRow struct {
	federation.Link
	Name, Username string
	Own            bool
}

type linksPage struct {
	page.Base
	Provider string
	Linked   []linkRow
	Without  int  // accounts in use that are not linked
	May      bool // who looks may change them
}

func (s *Server) links(r *http.Request) (page.Page, error) {
	if s.Provider.Name() == "" {
		return nil, errs.E(errs.NotFound, "")
	}
	a := counter.Actor(r)
	p := &linksPage{Base: page.Base{Title: s.Provider.Name(), Trail: []page.Link{{Word: "账号", Href: "/w/accounts"}}}, Provider: s.Provider.Name()}
	kept, err := s.Identity.KeptFrom(r.Context(), a)
	if err != nil {
		return nil, err
	}
	p.May = !kept
	all, err := s.Identity.Accounts(r.Context(), a.Authority)
	if err != nil {
		return nil, err
	}
	links, err := s.Provider.Links(r.Context(), a.Authority)
	if err != nil {
		return nil, err
	}
	of := map[string]federation.Link{}
	for _, l := range links {
		of[l.Account] = l
	}
	for _, x := range all {
		if l, linked := of[x.ID]; linked {
			p.Linked = append(p.Linked, linkRow{l, x.Name, x.Username, x.ID == a.ID})
		} else if x.Active {
			p.Without++
		}
	}
	return p, nil
}

func (s *Server) setLinks(r *http.Request) (string, error) {
	return "/w/accounts/federation", s.Provider.SetAll(r.Context(), counter.Actor(r), r.PostFormValue("links"))
}

func (s *Server) unlinkTheirs(r *http.Request) (string, error) {
	return "/w/accounts/federation", s.Provider.Unlink(r.Context(), counter.Actor(r), r.PathValue("id"))
}
