package api

import (
	"net/http"
	"slices"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/counter"
	"suiji/internal/errs"
	"suiji/internal/page"
	"suiji/internal/store"
	"suiji/internal/token"
)

// DeskPaths are the addresses of the back office that Desk serves, whole and
// with anything behind them.
var DeskPaths = []string{"/w/tokens"}

// Desk serves the page of tokens. It wants a session around it.
func (s *Server) Desk() http.Handler {
	mux := http.NewServeMux()
	get := func(path, name string, show page.Show) {
		mux.Handle("GET "+path, s.set.Get(name, counter.Inside(access.TokenCollect, show)))
	}
	post := func(path, name string, show page.Show, act page.Act) {
		mux.Handle("POST "+path, s.set.Post(name, counter.Inside(access.TokenCollect, show), counter.Keyed(counter.Inside(access.TokenCollect, act))))
	}
	get("/w/tokens", "tokens", s.tokens)
	post("/w/tokens", "tokens", s.tokens, s.grant)
	post("/w/tokens/{id}/revoke", "tokens", s.tokens, s.revoke)
	get("/w/tokens/{id}", "collect", s.collecting)
	post("/w/tokens/{id}", "collect", s.collecting, s.collect)
	mux.Handle("/", s.set.NotFound())
	return mux
}

type tokensPage struct {
	page.Base
	Tokens   []tokenLine
	May      bool // grant
	ID       string
	Accounts []page.Option
	Duties   []page.Option
	Scopes   []page.Option
	Expires  string // proposed
}

// tokenLine is a token as the page shows it.
type tokenLine struct {
	token.Token
	Who     string // for whom it acts
	Tag     page.Tag
	Scopes  []string
	Collect bool // waits for whoever looks
	End     bool // can be revoked
}

var stateTags = map[string]page.Tag{
	"granted": {Tone: page.Doing, Word: "待领取"}, "collected": {Tone: page.OK, Word: "在用"},
	"expired": {Tone: page.Mute, Word: "已到期"}, "revoked": {Tone: page.Bad, Word: "已撤销"},
}

func (s *Server) tokens(r *http.Request) (page.Page, error) {
	a, today := counter.Actor(r), calendar.In(s.Now())
	all, err := s.Token.Tokens(r.Context(), a)
	if err != nil {
		return nil, err
	}
	accounts, err := s.Identity.Accounts(r.Context(), a.Authority)
	if err != nil {
		return nil, err
	}
	p := &tokensPage{Base: page.Base{Title: "接口令牌"}, May: access.Allow(a, access.TokenGrant), ID: store.NewID(s.Now()), Expires: today.AddDays(180).String()}
	who := map[string]string{}
	for _, x := range accounts {
		who[x.ID] = x.Name
		if x.Active {
			label := x.Name
			for _, r := range x.Roles {
				label += " " + r.Name()
			}
			p.Accounts = append(p.Accounts, page.Option{Value: x.ID, Label: label})
		}
	}
	for _, t := range all {
		l := tokenLine{Token: t, Who: who[t.Account], Tag: stateTags[t.State(today)]}
		for _, c := range t.Scopes {
			l.Scopes = append(l.Scopes, c.Name())
		}
		l.Collect = t.State(today) == "granted" && t.Account == a.ID
		l.End = slices.Contains([]string{"granted", "collected"}, t.State(today))
		p.Tokens = append(p.Tokens, l)
	}
	for _, x := range access.Roles {
		p.Duties = append(p.Duties, page.Option{Value: string(x.Role), Label: x.Name})
	}
	for _, x := range token.Scopes {
		p.Scopes = append(p.Scopes, page.Option{Value: string(x.Scope), Label: x.Name, Hint: string(x.Scope)})
	}
	return p, nil
}

func (s *Server) grant(r *http.Request) (string, error) {
	expires, err := counter.Date(r, "expires")
	if err != nil {
		return "", err
	}
	t := token.Token{ID: counter.Text(r, "id"), Name: counter.Text(r, "name"), Account: counter.Text(r, "account"), Role: access.Role(counter.Text(r, "role")), ExpiresOn: expires}
	for _, c := range r.PostForm["scopes"] {
		t.Scopes = append(t.Scopes, token.Scope(c))
	}
	return "/w/tokens", s.Token.Grant(r.Context(), counter.Actor(r), t)
}

func (s *Server) revoke(r *http.Request) (string, error) {
	return "/w/tokens", s.Token.Revoke(r.Context(), counter.Actor(r), r.PathValue("id"))
}

// collectPage shows a secret once, before it is good for anything.
type collectPage struct {
	page.Base
	Token  token.Token
	Scopes []string
	Secret string
	Text   string
	Server string
}

func (s *Server) collecting(r *http.Request) (page.Page, error) {
	t, err := s.Token.Own(r.Context(), counter.Actor(r), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if t.State(calendar.In(s.Now())) != "granted" {
		return nil, errs.E(errs.NotFound, "这个令牌已经领取、撤销或者到期，不能再显示。需要时请管理员重新授权")
	}
	p := &collectPage{Base: page.Base{Title: "领取令牌", Trail: []page.Link{{Word: "接口令牌", Href: "/w/tokens"}}}, Token: t, Secret: token.Fresh(), Server: s.BaseURL}
	if typed := r.PostFormValue("secret"); typed != "" {
		p.Secret = typed // the one that is written down already
	}
	p.Text = t.Text(p.Secret)
	for _, c := range t.Scopes {
		p.Scopes = append(p.Scopes, c.Name())
	}
	return p, nil
}

func (s *Server) collect(r *http.Request) (string, error) {
	return "/w/tokens", s.Token.Collect(r.Context(), counter.Actor(r), r.PathValue("id"), counter.Text(r, "secret"))
}
