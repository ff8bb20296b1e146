package entrance

import (
	"net/http"
	"strings"

	"suiji/internal/counter"
	"suiji/internal/identity"
	"suiji/internal/page"
	"suiji/internal/store"
)

// unitRow is a unit with how many accounts in use belong to it alone.
type unitRow struct {
	identity.Unit
	Lead     string // blanks before the name, by how deep it is
	Accounts int
	Before   string // the names it had
}

type unitsPage struct {
	page.Base
	ID      string // of the unit that the form would make
	Rows    []unitRow
	Parents []page.Option
	May     bool // who looks changes them
}

// unitChoices are the units that accounts may come to, and the one that is
// chosen though it is closed.
func unitChoices(all []identity.Unit, now string) []page.Option {
	var list []page.Option
	for _, u := range all {
		if !u.Closed || u.ID == now {
			list = append(list, page.Option{Value: u.ID, Label: strings.Repeat("　", u.Depth) + u.Name})
		}
	}
	return list
}

func (s *Server) unitRows(r *http.Request) ([]unitRow, error) {
	a := counter.Actor(r)
	all, err := s.Identity.Units(r.Context(), a.Authority)
	if err != nil {
		return nil, err
	}
	accounts, err := s.Identity.Accounts(r.Context(), a.Authority)
	if err != nil {
		return nil, err
	}
	of := map[string]int{}
	for _, x := range accounts {
		if x.Active {
			of[x.Unit]++
		}
	}
	var rows []unitRow
	for _, u := range all {
		var before []string
		for _, n := range u.Names {
			if n != u.Name {
				before = append(before, n)
			}
		}
		rows = append(rows, unitRow{u, strings.Repeat("　", u.Depth), of[u.ID], strings.Join(before, "、")})
	}
	return rows, nil
}

func (s *Server) units(r *http.Request) (page.Page, error) {
	rows, err := s.unitRows(r)
	if err != nil {
		return nil, err
	}
	kept, err := s.Identity.KeptFrom(r.Context(), counter.Actor(r))
	if err != nil {
		return nil, err
	}
	p := &unitsPage{Base: page.Base{Title: "部门", Trail: accountsTrail}, ID: store.NewID(s.Now()), Rows: rows, May: !kept}
	var all []identity.Unit
	for _, x := range rows {
		all = append(all, x.Unit)
	}
	p.Parents = unitChoices(all, "")
	return p, nil
}

func (s *Server) addUnit(r *http.Request) (string, error) {
	u := identity.Unit{ID: counter.Text(r, "id"), Parent: counter.Text(r, "parent"), Name: counter.Text(r, "name")}
	return "/w/accounts/units", s.Identity.AddUnit(r.Context(), counter.Actor(r), u)
}

type unitPage struct {
	page.Base
	Of  unitRow
	Up  string // the unit above
	May bool
}

func (s *Server) unit(r *http.Request) (page.Page, error) {
	rows, err := s.unitRows(r)
	if err != nil {
		return nil, err
	}
	u, err := s.Identity.Unit(r.Context(), counter.Actor(r).Authority, r.PathValue("unit"))
	if err != nil {
		return nil, err
	}
	kept, err := s.Identity.KeptFrom(r.Context(), counter.Actor(r))
	p := &unitPage{Base: page.Base{Title: u.Name, Trail: append(accountsTrail[:1:1], page.Link{Word: "部门", Href: "/w/accounts/units"})}, Up: identity.UnitName(nil, ""), May: !kept}
	for _, x := range rows {
		switch x.ID {
		case u.ID:
			p.Of = x
		case u.Parent:
			p.Up = x.Name
		}
	}
	return p, err
}

func unitPath(r *http.Request) string { return "/w/accounts/units/" + r.PathValue("unit") }

func (s *Server) renameUnit(r *http.Request) (string, error) {
	return unitPath(r), s.Identity.RenameUnit(r.Context(), counter.Actor(r), r.PathValue("unit"), counter.Text(r, "name"))
}

func (s *Server) closeUnit(r *http.Request) (string, error) {
	return unitPath(r), s.Identity.CloseUnit(r.Context(), counter.Actor(r), r.PathValue("unit"), true)
}

func (s *Server) openUnit(r *http.Request) (string, error) {
	return unitPath(r), s.Identity.CloseUnit(r.Context(), counter.Actor(r), r.PathValue("unit"), false)
}
