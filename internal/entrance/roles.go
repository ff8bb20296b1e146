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

// roleChoices are all roles, for a form.
func roleChoices() (all []page.Option) {
	for _, x := range access.Roles {
		all = append(all, page.Option{Value: string(x.Role), Label: x.Name})
	}
	return all
}

// rolesIn are the roles that were chosen in a form's field.
func rolesIn(r *http.Request, field string) (all []access.Role) {
	for _, x := range r.PostForm[field] {
		all = append(all, access.Role(x))
	}
	return all
}

// grantRow is a change of roles with the names of those in it.
type grantRow struct {
	identity.Grant
	Duties, Asker, Decider string
	Of                     string // the unit that the account comes to; empty: it stays
	State                  page.Tag
}

var grantTags = map[identity.GrantState]page.Tag{
	identity.Asked: {Tone: page.Warn, Word: "待审批"}, identity.Granted: {Tone: page.OK, Word: "已批准"}, identity.Refused: {Tone: page.Bad, Word: "未批准"},
}

// changes is the part of an account's page about its roles.
type changes struct {
	GrantID string // of the change that the form would ask for
	Choices []page.Option
	Units   []page.Option // empty: the authority has none
	Of      string        // the account's unit as it is
	Waiting *grantRow
	Decide  bool // who looks may decide it
	Past    []grantRow
}

// changes gathers what was asked for acc's roles. kept: a security
// administrator decides, and who looks is not one.
func (s *Server) changes(r *http.Request, acc identity.Account, kept bool) (c changes, err error) {
	a := counter.Actor(r)
	all, err := s.Identity.Grants(r.Context(), acc.Authority, acc.ID)
	if err != nil {
		return c, err
	}
	people, err := s.Identity.Accounts(r.Context(), acc.Authority)
	if err != nil {
		return c, err
	}
	called := map[string]string{}
	for _, x := range people {
		called[x.ID] = x.Name
	}
	units, err := s.Identity.Units(r.Context(), acc.Authority)
	if err != nil {
		return c, err
	}
	c.Units, c.Of = unitChoices(units, acc.Unit), identity.UnitName(units, acc.Unit)
	c.GrantID, c.Choices = store.NewID(s.Now()), roleChoices()
	for _, g := range all {
		row := grantRow{g, names(g.Roles), called[g.AskedBy], called[g.DecidedBy], "", grantTags[g.State]}
		if g.LastDay.Zero() && len(units) > 0 {
			row.Of = identity.UnitName(units, g.Unit)
		}
		if g.State != identity.Asked {
			c.Past = append(c.Past, row)
			continue
		}
		c.Waiting = &row
		c.Decide = a.ID != g.AskedBy && a.ID != g.Account && !kept
	}
	return c, nil
}

// duties says what an account may do, and until when where that ends; lasting
// are the roles that do not.
func (s *Server) duties(r *http.Request, acc identity.Account) (text string, lasting []access.Role, err error) {
	all, err := s.Identity.Duties(r.Context(), acc)
	var words []string
	for _, d := range all {
		w := d.Role.Name()
		if !d.LastDay.Zero() {
			w += "（代理至 " + d.LastDay.String() + "）"
		} else {
			lasting = append(lasting, d.Role)
		}
		words = append(words, w)
	}
	return strings.Join(words, "、"), lasting, err
}

func (s *Server) askRoles(r *http.Request) (string, error) {
	id := r.PathValue("id")
	g := identity.Grant{ID: counter.Text(r, "grant"), Account: id, Roles: rolesIn(r, "roles"), Unit: counter.Text(r, "unit"), Reason: counter.Text(r, "reason")}
	var err error
	if g.LastDay, err = counter.Date(r, "last_day"); err != nil {
		return "", err
	}
	return "/w/accounts/" + id, s.Identity.AskRoles(r.Context(), counter.Actor(r), g)
}

func (s *Server) grantRoles(r *http.Request) (string, error) { return s.decideRoles(r, true) }

func (s *Server) refuseRoles(r *http.Request) (string, error) { return s.decideRoles(r, false) }

func (s *Server) decideRoles(r *http.Request, grant bool) (string, error) {
	return "/w/accounts/" + r.PathValue("id"), s.Identity.DecideRoles(r.Context(), counter.Actor(r), r.PathValue("grant"), grant)
}
