package entrance

import (
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"

	"github.com/skip2/go-qrcode"

	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/identity"
	"suiji/internal/page"
	"suiji/internal/passkey"
)

type codePage struct {
	page.Base
	Next   string
	Second identity.Second
	Origin string // where passkeys work; empty: nowhere
}

func (s *Server) code(r *http.Request) (page.Page, error) {
	acc, err := halfway(r, identity.Code)
	if err != nil {
		return nil, err
	}
	second, err := s.Identity.Second(r.Context(), acc)
	return &codePage{Base: page.Base{Title: "双因素登录", Passkey: second.Keys > 0}, Next: next(r), Second: second, Origin: s.Identity.Passkeys().Origin()}, err
}

func (s *Server) enterCode(r *http.Request) (string, error) {
	acc, err := halfway(r, identity.Code)
	if err != nil {
		return "", err
	}
	if answer := r.PostFormValue("passkey"); answer != "" {
		err = s.Sessions.ShowPasskey(r.Context(), acc, answer)
	} else {
		err = s.Identity.ProveSecond(r.Context(), acc, r.PostFormValue("code"))
	}
	if err != nil {
		return "", err
	}
	return counter.Home(acc.Actor(), next(r)), s.Sessions.Proved(r.Context())
}

// secondPage is one's own second factor, at /w/me or on the way in.
type secondPage struct {
	page.Base
	At       string // where its forms lead
	Next     string
	Second   identity.Second
	QR       template.URL
	Secret   string   // in groups of four
	Recovery []string // shown once
	Required bool
	Passkeys []passkey.Key
	Last     bool   // what is there may not be taken away
	Origin   string // where passkeys work; empty: nowhere
}

func (s *Server) secondOf(r *http.Request, acc identity.Account, at string, trail ...page.Link) (page.Page, error) {
	p := &secondPage{Base: page.Base{Title: "双因素登录", Trail: trail, Passkey: true}, At: at, Next: next(r)}
	var err error
	if p.Second, err = s.Identity.Second(r.Context(), acc); err != nil {
		return nil, err
	}
	rules, err := s.Identity.Rules(r.Context(), acc.Authority)
	if err != nil {
		return nil, err
	}
	p.Required = rules.Needs(acc)
	p.Origin = s.Identity.Passkeys().Origin()
	if p.Passkeys, err = s.Identity.Passkeys().Keys(r.Context(), acc.Authority, acc.ID); err != nil {
		return nil, err
	}
	p.Last = p.Required && (p.Second.On && p.Second.Keys == 0 || !p.Second.On && p.Second.Keys == 1)
	p.Recovery = strings.Fields(s.Sessions.Said(r.Context()))
	address, secret, err := s.Identity.Key(r.Context(), acc)
	if err != nil || address == "" {
		return p, err
	}
	for i := 0; i < len(secret); i += 4 {
		p.Secret += secret[i:min(i+4, len(secret))] + " "
	}
	png, err := qrcode.Encode(address, qrcode.Medium, 320)
	p.QR = template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(png))
	return p, err
}

func (s *Server) enrol(r *http.Request) (page.Page, error) {
	acc, err := halfway(r, identity.Enrol)
	if err != nil {
		return nil, err
	}
	return s.secondOf(r, acc, "/w/login/second")
}

func (s *Server) enrolBegin(r *http.Request) (string, error) {
	acc, err := halfway(r, identity.Enrol)
	if err != nil {
		return "", err
	}
	return "/w/login/second", s.Identity.BeginSecond(r.Context(), acc.Actor())
}

func (s *Server) enrolConfirm(r *http.Request) (string, error) {
	acc, err := halfway(r, identity.Enrol)
	if err != nil {
		return "", err
	}
	return "/w/me/second", s.confirm(r, acc.Actor())
}

// confirm takes a second factor into use and keeps the recovery codes for the
// next page.
func (s *Server) confirm(r *http.Request, by access.Actor) error {
	codes, err := s.Identity.ConfirmSecond(r.Context(), by, r.PostFormValue("code"))
	if err != nil || len(codes) == 0 {
		return err
	}
	return s.enrolled(r, by, codes)
}

// enrolled lets the session go on with a second factor that was just shown, and
// keeps recovery codes for the next page.
func (s *Server) enrolled(r *http.Request, by access.Actor, codes []string) error {
	if err := s.Sessions.Renew(r.Context(), identity.Account{Authority: by.Authority, ID: by.ID}); err != nil {
		return err
	}
	if err := s.Sessions.Proved(r.Context()); err != nil || len(codes) == 0 {
		return err
	}
	return s.Sessions.Say(r.Context(), strings.Join(codes, " "))
}

func (s *Server) second(r *http.Request) (page.Page, error) {
	acc, err := s.own(r)
	if err != nil {
		return nil, err
	}
	return s.secondOf(r, acc, "/w/me/second", page.Link{Word: "我的账号", Href: "/w/me"})
}

func (s *Server) beginSecond(r *http.Request) (string, error) {
	return "/w/me/second", s.Identity.BeginSecond(r.Context(), counter.Actor(r))
}

func (s *Server) confirmSecond(r *http.Request) (string, error) {
	return "/w/me/second", s.confirm(r, counter.Actor(r))
}

func (s *Server) renewRecovery(r *http.Request) (string, error) {
	codes, err := s.Identity.RenewRecovery(r.Context(), counter.Actor(r))
	if err != nil || len(codes) == 0 {
		return "/w/me/second", err
	}
	return "/w/me/second", s.Sessions.Say(r.Context(), strings.Join(codes, " "))
}

func (s *Server) removeSecond(r *http.Request) (string, error) {
	a := counter.Actor(r)
	if err := s.Identity.RemoveSecond(r.Context(), a, a.ID); err != nil {
		return "", err
	}
	return "/w/me/second", s.Sessions.Renew(r.Context(), identity.Account{Authority: a.Authority, ID: a.ID})
}

func (s *Server) removeTheirs(r *http.Request) (string, error) {
	id := r.PathValue("id")
	return "/w/accounts/" + id, s.Identity.RemoveSecond(r.Context(), counter.Actor(r), id)
}
