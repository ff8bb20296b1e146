// Package federation lets people sign in as who they are at the office's
// identity provider (统一身份认证, OpenID Connect), in place of the password. It
// gives nobody an account or a right: a subject of the provider opens the
// account that its owner has linked from inside, or that an administrator has
// linked for him. It owns the table federation_link.
//
// The way in is the code flow with PKCE, a state and a nonce:
//
//	Begin → (the provider asks the person) → Finish → Enter or Link
package federation

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"suiji/internal/audit"
	"suiji/internal/errs"
	"suiji/internal/identity"
	"suiji/internal/store"
)

// Settings name the one provider of an installation.
type Settings struct {
	Issuer string   // https://…; empty: there is no provider
	Client string   // how the provider calls us
	Secret string   // what we show it
	Name   string   // on the button; empty: 统一身份认证
	Enough []string // values of acr or amr that stand for two factors; empty: none does
	Hosts  []string // that may be reached (SUIJI_OUTGOING)
}

// Check tells what is wrong with the settings.
func (c Settings) Check() error {
	if c.Issuer == "" {
		return nil
	}
	u, err := url.Parse(c.Issuer)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Scheme != "https" && !local(u):
		return errs.E(errs.Invalid, "SUIJI_OIDC_ISSUER 应是 https 网址，没有启动。请核对后再试")
	case !slices.Contains(c.Hosts, strings.ToLower(u.Hostname())):
		return errs.E(errs.Invalid, "SUIJI_OIDC_ISSUER 的主机不在 SUIJI_OUTGOING 里，没有启动。请把它加进去")
	case c.Client == "":
		return errs.E(errs.Invalid, "设置了 SUIJI_OIDC_ISSUER，没有设置 SUIJI_OIDC_CLIENT，没有启动")
	}
	return nil
}

// local reports whether an address is this machine's: for tests and for a
// provider behind a tunnel.
func local(u *url.URL) bool {
	return u.Scheme == "http" && (u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost")
}

// Service knows whose account a subject opens.
type Service struct {
	db       *store.DB
	door     *audit.Door
	now      func() time.Time
	identity *identity.Service

	settings Settings
	back     string                                // where the provider sends people
	reaching func(context.Context) context.Context // with the client of reach.go

	mu       sync.Mutex
	provider *oidc.Provider // once it has answered
}

// New makes the service; there is no provider before At.
func New(db *store.DB, door *audit.Door, identity *identity.Service, now func() time.Time) *Service {
	return &Service{db: db, door: door, identity: identity, now: now}
}

// Callback is the path to which the provider sends people back.
const Callback = "/w/login/oidc/callback"

// At names the provider and our public address, before the first request.
func (s *Service) At(c Settings, base string) {
	if c.Name == "" {
		c.Name = "统一身份认证"
	}
	s.settings, s.back, s.reaching, s.provider = c, base+Callback, reaching(c.Hosts), nil
}

// Name is what the provider is called; empty: there is none.
func (s *Service) Name() string {
	if s == nil || s.settings.Issuer == "" {
		return ""
	}
	return s.settings.Name
}

// Flow is one person's way to the provider and back. It stays with the session
// that began it.
type Flow struct {
	State, Nonce, Verifier string
	Link                   bool   // by somebody who is in and links his account
	Next                   string // where to go after signing in
	Begun                  int64  // ms
}

// lasts is how long somebody may take at the provider.
const lasts = 10 * time.Minute

// ask is said when the provider does not answer as it should.
func (s *Service) ask(err error) error {
	return errs.Because(errs.Invalid, s.Name()+"现在不能核对身份，没有登录。请稍后再试，或者用密码登录", err)
}

// config is what a request to the provider needs; the provider is asked for it once.
func (s *Service) config(ctx context.Context) (context.Context, *oidc.Provider, *oauth2.Config, error) {
	if s.Name() == "" {
		return ctx, nil, nil, errs.E(errs.NotFound, "")
	}
	ctx = s.reaching(ctx)
	s.mu.Lock()
	p := s.provider
	s.mu.Unlock()
	if p == nil {
		var err error
		if p, err = oidc.NewProvider(ctx, s.settings.Issuer); err != nil {
			return ctx, nil, nil, s.ask(err)
		}
		s.mu.Lock()
		s.provider = p
		s.mu.Unlock()
	}
	return ctx, p, &oauth2.Config{ClientID: s.settings.Client, ClientSecret: s.settings.Secret, Endpoint: p.Endpoint(), RedirectURL: s.back, Scopes: []string{oidc.ScopeOpenID}}, nil
}

// Begin returns where to send a person, and what must be there when he comes
// back.
func (s *Service) Begin(ctx context.Context, f Flow) (address string, _ Flow, err error) {
	_, _, c, err := s.config(ctx)
	if err != nil {
		return "", f, err
	}
	f.State, f.Nonce, f.Verifier, f.Begun = rand.Text(), rand.Text(), oauth2.GenerateVerifier(), s.now().UnixMilli()
	return c.AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), f, nil
}

// Subject is who somebody is at the provider.
type Subject struct {
	Issuer, ID string
	Strong     bool // the provider has seen two factors, and that is enough here
}

// Finish judges what the provider sent a person back with. Errors: Invalid, with
// what to do instead.
func (s *Service) Finish(ctx context.Context, f Flow, sent url.Values) (Subject, error) {
	if f.State == "" || subtle.ConstantTimeCompare([]byte(f.State), []byte(sent.Get("state"))) != 1 || s.now().UnixMilli()-f.Begun > lasts.Milliseconds() {
		return Subject{}, errs.E(errs.Invalid, "这次登录不是从这里开始的，或者已经用过、超过了 10 分钟，没有登录。请再按一次按钮")
	}
	if sent.Get("error") != "" {
		return Subject{}, errs.Because(errs.Invalid, s.Name()+"没有确认您的身份，没有登录。可以再试一次，或者用密码登录", errors.New("provider: "+sent.Get("error")))
	}
	if iss := sent.Get("iss"); iss != "" && iss != s.settings.Issuer { // RFC 9207
		return Subject{}, s.ask(errors.New("answer of another issuer"))
	}
	ctx, provider, c, err := s.config(ctx)
	if err != nil {
		return Subject{}, err
	}
	token, err := c.Exchange(ctx, sent.Get("code"), oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return Subject{}, s.ask(err)
	}
	raw, _ := token.Extra("id_token").(string) // empty does not verify
	id, err := provider.Verifier(&oidc.Config{ClientID: s.settings.Client, SupportedSigningAlgs: []string{oidc.RS256, oidc.PS256, oidc.ES256, oidc.EdDSA}, Now: s.now}).Verify(ctx, raw)
	if err != nil {
		return Subject{}, s.ask(err)
	}
	if f.Nonce == "" || subtle.ConstantTimeCompare([]byte(f.Nonce), []byte(id.Nonce)) != 1 {
		return Subject{}, s.ask(errors.New("another nonce"))
	}
	var claims struct {
		ACR   string   `json:"acr"`
		AMR   []string `json:"amr"`
		Party string   `json:"azp"`
	}
	if err := id.Claims(&claims); err != nil {
		return Subject{}, s.ask(err)
	}
	if claims.Party != "" && claims.Party != s.settings.Client || len(id.Audience) > 1 && claims.Party == "" {
		return Subject{}, s.ask(errors.New("token for another party"))
	}
	if id.Subject == "" || len(id.Subject) > 255 {
		return Subject{}, s.ask(errors.New("no subject"))
	}
	return Subject{id.Issuer, id.Subject, slices.ContainsFunc(append(claims.AMR, claims.ACR), func(x string) bool { return slices.Contains(s.settings.Enough, x) })}, nil
}
