package entrance

import (
	"net/http"
	"slices"
	"strings"

	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/identity"
	"suiji/internal/page"
	"suiji/internal/password"
	"suiji/internal/store"
)

type accountRow struct {
	identity.Account
	Duties string
	Of     string // the unit
	Change bool   // of roles waits
}

type accountsPage struct {
	page.Base
	ID       string // of the account that the form would make
	Relaxed  bool
	Accounts []accountRow
	Choices  []page.Option
	Units    []page.Option // empty: the authority has none
	Slip     *identity.Slip
	Add      bool // who looks makes accounts
	Divided  bool // and another takes them into use
	Waiting  int  // changes of roles
	Provider string
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
	waiting, err := s.Identity.Grants(r.Context(), auth.ID, "")
	if err != nil {
		return nil, err
	}
	p := &accountsPage{Base: page.Base{Title: "账号"}, ID: store.NewID(s.Now()), Relaxed: auth.RelaxedDuties, Choices: roleChoices(),
		Add: access.Allow(counter.Actor(r), access.AccountEdit), Waiting: len(waiting)}
	if p.Divided, err = s.Identity.Divided(r.Context(), auth.ID); err != nil {
		return nil, err
	}
	units, err := s.Identity.Units(r.Context(), auth.ID)
	if err != nil {
		return nil, err
	}
	p.Units, p.Provider = unitChoices(units, ""), s.Provider.Name()
	id, password, _ := strings.Cut(s.Sessions.Said(r.Context()), " ")
	for _, a := range all {
		change := slices.ContainsFunc(waiting, func(g identity.Grant) bool { return g.Account == a.ID })
		p.Accounts = append(p.Accounts, accountRow{a, names(a.Roles), identity.UnitName(units, a.Unit), change})
		if a.ID == id {
			p.Slip = &identity.Slip{Name: a.Name, Username: a.Username, Password: password}
		}
	}
	return p, nil
}

func (s *Server) addAccount(r *http.Request) (string, error) {
	acc := identity.Account{ID: counter.Text(r, "id"), Username: counter.Text(r, "username"), Name: counter.Text(r, "name"), OfficerID: counter.Text(r, "officer"), Roles: rolesIn(r, "roles"), Unit: counter.Text(r, "unit")}
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
	Signins []identity.Signin
	May     bool // who looks resets, disables, ends
	Lasting []access.Role
	changes
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
	signins, err := s.Identity.Signins(r.Context(), acc)
	if err != nil {
		return nil, err
	}
	kept, err := s.Identity.KeptFrom(r.Context(), a)
	if err != nil {
		return nil, err
	}
	p := &accountPage{Second: second, Signins: signins, Base: page.Base{Title: acc.Name, Trail: []page.Link{{Word: "账号", Href: "/w/accounts"}}},
		Account: accountRow{Account: acc}, Own: acc.ID == a.ID, May: !kept}
	if p.Account.Duties, p.Lasting, err = s.duties(r, acc); err != nil {
		return nil, err
	}
	p.changes, err = s.changes(r, acc, kept)
	return p, err
}

func (s *Server) reset(r *http.Request) (string, error) {
	id := r.PathValue("id")
	once, err := s.Identity.Reset(r.Context(), counter.Actor(r), id)
	if err != nil {
		return "", err
	}
	return "/w/accounts", s.hand(r, id, once)
}

func (s *Server) endTheirs(r *http.Request) (string, error) {
	id := r.PathValue("id")
	return "/w/accounts/" + id, s.Identity.EndSignins(r.Context(), counter.Actor(r), id, "")
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
	May      bool // who looks may change them
	Rules    identity.Rules
	Profiles []page.Option
	Choices  []page.Option
}

func (s *Server) rules(r *http.Request) (page.Page, error) {
	rules, err := s.Identity.Rules(r.Context(), counter.Actor(r).Authority)
	if err != nil {
		return nil, err
	}
	p := &rulesPage{Base: page.Base{Title: "登录规则", Trail: []page.Link{{Word: "账号", Href: "/w/accounts"}}}, Rules: rules, Choices: roleChoices()}
	kept, err := s.Identity.KeptFrom(r.Context(), counter.Actor(r))
	if err != nil {
		return nil, err
	}
	p.May = !kept
	for _, x := range password.Profiles {
		p.Profiles = append(p.Profiles, page.Option{Value: string(x.Profile), Label: x.Name, Hint: x.Hint})
	}
	return p, nil
}

func (s *Server) setRules(r *http.Request) (string, error) {
	rules := identity.Rules{Passwords: password.Profile(r.PostFormValue("passwords")), Second: rolesIn(r, "second")}
	return "/w/accounts/rules", s.Identity.SetRules(r.Context(), counter.Actor(r), rules)
}
