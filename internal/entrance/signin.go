package entrance

import (
	"net/http"

	"suiji/internal/counter"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/page"
	"suiji/internal/password"
)

type loginPage struct {
	page.Base
	Next        string
	Authorities []page.Option
	Provider    string // where one may sign in instead; empty: nowhere
}

func next(r *http.Request) string { return page.LocalPath(r.FormValue("next"), "/w") }

func (s *Server) login(r *http.Request) (page.Page, error) {
	all, err := s.Identity.Authorities(r.Context())
	if err != nil {
		return nil, err
	}
	return &loginPage{
		Base: page.Base{Title: "登录"},
		Next: next(r), Provider: s.Provider.Name(),
		Authorities: page.Options(all, func(a identity.Authority) (string, string) {
			return a.ID, a.Name
		}),
	}, nil
}

func (s *Server) signIn(r *http.Request) (string, error) {
	all, err := s.Identity.Authorities(r.Context())
	if err != nil {
		return "", err
	}
	authority := ""
	for _, x := range all {
		if len(all) == 1 || x.ID == r.PostFormValue("authority") {
			authority = x.ID
		}
	}
	if authority == "" {
		return "", errs.At("authority", "请选择单位")
	}
	acc, err := s.Identity.SignIn(r.Context(), identity.Attempt{Authority: authority, Username: counter.Text(r, "username"),
		Password: r.PostFormValue("password"), Address: identity.Address(r), Device: identity.Device(r)})
	if err != nil {
		return "", err
	}
	if err := s.Sessions.SignIn(r.Context(), acc); err != nil {
		return "", err
	}
	return counter.Home(acc.Actor(), next(r)), s.Sessions.Remember(r, acc)
}

// forgotten has the browser drop what it keeps of our pages, those that the
// back button would show too. Not "storage": a telephone's visits that are not
// uploaded lie there and nowhere else; field/app.js clears what the office has.
func forgotten(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Clear-Site-Data", `"cache"`)
		h.ServeHTTP(w, r)
	})
}

func (s *Server) signOut(r *http.Request) (string, error) {
	return "/w/login", s.Sessions.SignOut(r.Context())
}

type passwordPage struct {
	page.Base
	Next string
	Once bool // the old one was for one sign-in
	Rule string
}

// halfway returns who has signed in and has to do step before working.
func halfway(r *http.Request, step identity.Step) (identity.Account, error) {
	if counter.Actor(r).ID != "" {
		return identity.Account{}, errs.E(errs.Forbidden, "您已经登录，不用再办这一步")
	}
	acc, at := identity.Halfway(r.Context())
	if at != step || acc.ID == "" {
		return acc, errs.E(errs.SignIn, "请先登录")
	}
	return acc, nil
}

func (s *Server) password(r *http.Request) (page.Page, error) {
	acc, err := halfway(r, identity.NewPassword)
	if err != nil {
		return nil, err
	}
	rule, err := s.rule(r, acc.Authority)
	return &passwordPage{Base: page.Base{Title: "设置新密码"}, Next: next(r), Once: acc.MustChange, Rule: rule}, err
}

// rule is what a password must be, in words.
func (s *Server) rule(r *http.Request, authority string) (string, error) {
	rules, err := s.Identity.Rules(r.Context(), authority)
	for _, x := range password.Profiles {
		if x.Profile == rules.Passwords {
			return x.Hint, err
		}
	}
	return "", err
}

func (s *Server) newPassword(r *http.Request) (string, error) {
	acc, err := halfway(r, identity.NewPassword)
	if err != nil {
		return "", err
	}
	return counter.Home(acc.Actor(), next(r)), s.replace(r, acc)
}

// replace changes acc's password to what the form says.
func (s *Server) replace(r *http.Request, acc identity.Account) error {
	if r.PostFormValue("password") != r.PostFormValue("again") {
		return errs.At("again", "两次输入的新密码不一样，没有改动")
	}
	if err := s.Identity.ChangePassword(r.Context(), acc, r.PostFormValue("old"), r.PostFormValue("password")); err != nil {
		return err
	}
	return s.Sessions.Renew(r.Context(), acc)
}
