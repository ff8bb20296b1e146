package entrance

import (
	"net/http"
	"strings"

	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/identity"
	"suiji/internal/page"
	"suiji/internal/store"
)

type accountRow struct {
	identity.Account
	Duties string
}

// slip is a password for one sign-in, to be handed over.
type slip struct{ Name, Username, Password string }

type accountsPage struct {
	page.Base
	ID       string // of the account that the form would make
	Relaxed  bool
	Accounts []accountRow
	Choices  []page.Option
	Slip     *slip
}

func (s *Server) accounts(r *http.Request) (page.Page, error) {
	auth, err := s.Identity.Authority(r.Context(), counter.Actor(r).Authority)
	if err != nil {
		return nil, err
	}
	all, err := s.Identity.Accounts(r.Context(), auth.ID)
	if err != nil {
		return nil, err
	}
	p := &accountsPage{Base: page.Base{Title: "账号"}, ID: store.NewID(s.Now()), Relaxed: auth.RelaxedDuties}
	id, password, _ := strings.Cut(s.Sessions.Said(r.Context()), " ")
	for _, a := range all {
		p.Accounts = append(p.Accounts, accountRow{a, names(a.Roles)})
		if a.ID == id {
			p.Slip = &slip{a.Name, a.Username, password}
		}
	}
	for _, x := range access.Roles {
		p.Choices = append(p.Choices, page.Option{Value: string(x.Role), Label: x.Name})
	}
	return p, nil
}

func (s *Server) addAccount(r *http.Request) (string, error) {
	acc := identity.Account{ID: counter.Text(r, "id"), Username: counter.Text(r, "username"), Name: counter.Text(r, "name"), OfficerID: counter.Text(r, "officer")}
	for _, x := range r.PostForm["roles"] {
		acc.Roles = append(acc.Roles, access.Role(x))
	}
	once, err := s.Identity.Admit(r.Context(), counter.Actor(r), acc)
	if err != nil {
		return "", err
	}
	return "/w/accounts", s.hand(r, acc.ID, once)
}

// hand keeps a password for the page that shows it once.
func (s *Server) hand(r *http.Request, id, once string) error {
	if once == "" {
		return nil
	}
	return s.Sessions.Say(r.Context(), id+" "+once)
}

type accountPage struct {
	page.Base
	Account accountRow
	Own     bool
	Second  identity.Second
}

func (s *Server) account(r *http.Request) (page.Page, error) {
	a := counter.Actor(r)
	acc, err := s.Identity.Account(r.Context(), a.Authority, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	second, err := s.Identity.Second(r.Context(), acc)
	if err != nil {
		return nil, err
	}
	return &accountPage{Second: second, Base: page.Base{Title: acc.Name, Trail: []page.Link{{Word: "账号", Href: "/w/accounts"}}},
		Account: accountRow{acc, names(acc.Roles)}, Own: acc.ID == a.ID}, nil
}

func (s *Server) reset(r *http.Request) (string, error) {
	id := r.PathValue("id")
	once, err := s.Identity.Reset(r.Context(), counter.Actor(r), id)
	if err != nil {
		return "", err
	}
	return "/w/accounts", s.hand(r, id, once)
}

func (s *Server) enable(r *http.Request) (string, error) {
	id := r.PathValue("id")
	return "/w/accounts/" + id, s.Identity.Enable(r.Context(), counter.Actor(r), id, true)
}

func (s *Server) disable(r *http.Request) (string, error) {
	id := r.PathValue("id")
	return "/w/accounts/" + id, s.Identity.Enable(r.Context(), counter.Actor(r), id, false)
}

type rulesPage struct {
	page.Base
	Rules    identity.Rules
	Profiles []page.Option
	Choices  []page.Option
}

func (s *Server) rules(r *http.Request) (page.Page, error) {
	rules, err := s.Identity.Rules(r.Context(), counter.Actor(r).Authority)
	if err != nil {
		return nil, err
	}
	p := &rulesPage{Base: page.Base{Title: "登录规则", Trail: []page.Link{{Word: "账号", Href: "/w/accounts"}}}, Rules: rules}
	for _, x := range identity.Profiles {
		p.Profiles = append(p.Profiles, page.Option{Value: string(x.Profile), Label: x.Name, Hint: x.Hint})
	}
	for _, x := range access.Roles {
		p.Choices = append(p.Choices, page.Option{Value: string(x.Role), Label: x.Name})
	}
	return p, nil
}

func (s *Server) setRules(r *http.Request) (string, error) {
	rules := identity.Rules{Passwords: identity.Profile(r.PostFormValue("passwords"))}
	for _, x := range r.PostForm["second"] {
		rules.Second = append(rules.Second, access.Role(x))
	}
	return "/w/accounts/rules", s.Identity.SetRules(r.Context(), counter.Actor(r), rules)
}
