package entrance

import (
	"net/http"
	"strings"

	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/federation"
	"suiji/internal/identity"
	"suiji/internal/page"
)

type mePage struct {
	page.Base
	Account identity.Account
	Duties  string
	Of      string // the unit; empty: the authority has none
	Rule    string
	New     bool // the password has just been changed
	Signins []identity.Signin
	Current string // the sign-in that asks
	Second  identity.Second

	Provider string // empty: there is none
	Link     federation.Link
}

// own is the account of whoever asks.
func (s *Server) own(r *http.Request) (identity.Account, error) {
	a := counter.Actor(r)
	return s.Identity.Account(r.Context(), a.Authority, a.ID)
}

func (s *Server) me(r *http.Request) (page.Page, error) {
	acc, err := s.own(r)
	if err != nil {
		return nil, err
	}
	p := &mePage{Base: page.Base{Title: "我的账号"}, Account: acc, Duties: names(acc.Roles), New: r.URL.Query().Get("done") == "password"}
	units, err := s.Identity.Units(r.Context(), acc.Authority)
	if err != nil {
		return nil, err
	}
	if len(units) > 0 {
		p.Of = identity.UnitName(units, acc.Unit)
	}
	if p.Second, err = s.Identity.Second(r.Context(), acc); err != nil {
		return nil, err
	}
	if p.Provider = s.Provider.Name(); p.Provider != "" {
		if p.Link, err = s.Provider.Own(r.Context(), acc.Authority, acc.ID); err != nil {
			return nil, err
		}
	}
	p.Current = s.Sessions.Current(r.Context())
	if p.Signins, err = s.Identity.Signins(r.Context(), acc); err != nil {
		return nil, err
	}
	p.Rule, err = s.rule(r, acc.Authority)
	return p, err
}

// endSignin ends one of one's own sessions.
func (s *Server) endSignin(r *http.Request) (string, error) {
	return "/w/me", s.Identity.EndSignin(r.Context(), counter.Actor(r), r.PathValue("signin"))
}

// endSignins ends all but this one.
func (s *Server) endSignins(r *http.Request) (string, error) {
	a := counter.Actor(r)
	return "/w/me", s.Identity.EndSignins(r.Context(), a, a.ID, s.Sessions.Current(r.Context()))
}

func names(roles []access.Role) string {
	all := make([]string, len(roles))
	for i, x := range roles {
		all[i] = x.Name()
	}
	return strings.Join(all, "、")
}

func (s *Server) changePassword(r *http.Request) (string, error) {
	acc, err := s.own(r)
	if err != nil {
		return "", err
	}
	return "/w/me?done=password", s.replace(r, acc)
}
