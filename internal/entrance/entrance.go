// Package entrance is where officials come in: signing in, one's own account
// (/w/me), the accounts of the office and how their people sign in
// (/w/accounts), and the audit log (/w/audit). It holds no rule and runs no SQL;
// the office's work is in the other doors.
package entrance

import (
	"embed"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"suiji/internal/access"
	"suiji/internal/airlock"
	"suiji/internal/audit"
	"suiji/internal/counter"
	"suiji/internal/federation"
	"suiji/internal/identity"
	"suiji/internal/page"
)

//go:embed all:templates
var files embed.FS

// Config is what the pages stand on; all but Provider is required.
type Config struct {
	Identity *identity.Service
	Sessions *identity.Sessions
	Door     *audit.Door
	Provider *federation.Service // nil: nobody signs in elsewhere
	Airlock  airlock.Airlock     // how tables of accounts are opened
	Now      func() time.Time
	Log      *slog.Logger
}

// Server serves the pages.
type Server struct {
	Config
	set *page.Set
}

// Paths are the beginnings of the addresses that Handler serves, whole and with
// anything behind them.
var Paths = []string{"/w/login", "/w/logout", "/w/me", "/w/accounts", "/w/audit"}

// New makes the pages.
func New(c Config) *Server {
	s := &Server{Config: c}
	s.set = counter.Pages("entrance", files, c.Identity, c.Log, c.Now)
	return s
}

// Set returns the pages, whose assets cmd serves.
func (s *Server) Set() *page.Set { return s.set }

// Handler serves everything under Paths. It wants a session around it.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	open := func(path, name string, show page.Show, act page.Act) {
		mux.Handle("GET "+path, s.set.Get(name, show))
		mux.Handle("POST "+path, s.set.Post(name, show, act))
	}
	open("/w/login", "login", s.login, s.signIn)
	open("/w/login/password", "password", s.password, s.newPassword)
	open("/w/login/code", "code", s.code, s.enterCode)
	mux.Handle("GET /w/login/oidc", s.set.Post("login", s.login, s.leave))
	mux.Handle("GET "+federation.Callback, s.set.Post("login", s.login, s.comeBack))
	mux.Handle("POST /w/login/passkey", s.asked())
	mux.Handle("POST /w/login/second/passkey", s.set.Post("second", s.enrol, s.enrolPasskey))
	mux.Handle("GET /w/login/second", s.set.Get("second", s.enrol))
	mux.Handle("POST /w/login/second/begin", s.set.Post("second", s.enrol, s.enrolBegin))
	mux.Handle("POST /w/login/second/confirm", s.set.Post("second", s.enrol, s.enrolConfirm))
	mux.Handle("POST /w/logout", forgotten(s.set.Post("login", s.login, s.signOut)))
	get := func(path, name string, may access.Action, show page.Show) {
		mux.Handle("GET "+path, s.set.Get(name, counter.Inside(may, show)))
	}
	post := func(path, name string, may access.Action, show page.Show, act page.Act) {
		mux.Handle("POST "+path, s.set.Post(name, counter.Inside(may, show), counter.Keyed(counter.Inside(may, act))))
	}
	get("/w/me", "me", access.OwnAccount, s.me)
	post("/w/me/password", "me", access.OwnAccount, s.me, s.changePassword)
	post("/w/me/signins/end", "me", access.OwnAccount, s.me, s.endSignins)
	post("/w/me/signins/{signin}/end", "me", access.OwnAccount, s.me, s.endSignin)
	get("/w/me/second", "second", access.OwnAccount, s.second)
	post("/w/me/second/begin", "second", access.OwnAccount, s.second, s.beginSecond)
	post("/w/me/second/confirm", "second", access.OwnAccount, s.second, s.confirmSecond)
	post("/w/me/second/codes", "second", access.OwnAccount, s.second, s.renewRecovery)
	post("/w/me/second/remove", "second", access.OwnAccount, s.second, s.removeSecond)

	get("/w/me/federation", "federation", access.OwnAccount, s.federation)
	mux.Handle("GET /w/me/federation/begin", s.set.Post("federation", counter.Inside(access.OwnAccount, s.federation), counter.Inside(access.OwnAccount, s.beginLink)))
	post("/w/me/federation/link", "federation", access.OwnAccount, s.federation, s.link)
	post("/w/me/federation/unlink", "federation", access.OwnAccount, s.federation, s.unlink)
	post("/w/me/passkeys", "second", access.OwnAccount, s.second, s.addPasskey)
	post("/w/me/passkeys/{key}/rename", "second", access.OwnAccount, s.second, s.renamePasskey)
	post("/w/me/passkeys/{key}/remove", "second", access.OwnAccount, s.second, s.removePasskey)

	s.office(get, post)
	mux.Handle("GET /w/accounts/batch.xlsx", s.set.File(counter.Inside(access.AccountBatch, s.blankBatch)))
	mux.Handle("GET /w/audit/export.csv", s.set.File(counter.Inside(access.AuditRead, s.exportAudit)))
	mux.Handle("/", s.set.NotFound())
	return onward{mux}
}

// office are the pages of the office's accounts and its log.
func (s *Server) office(get func(path, name string, may access.Action, show page.Show), post func(path, name string, may access.Action, show page.Show, act page.Act)) {
	get("/w/accounts", "accounts", access.AccountRead, s.accounts)
	post("/w/accounts", "accounts", access.AccountEdit, s.accounts, s.addAccount)
	get("/w/accounts/rules", "rules", access.RulesEdit, s.rules)
	post("/w/accounts/rules", "rules", access.RulesEdit, s.rules, s.setRules)
	get("/w/accounts/batch", "upload", access.AccountBatch, s.upload)
	post("/w/accounts/batches", "upload", access.AccountBatch, s.upload, s.checkBatch)
	get("/w/accounts/batches/{id}", "batch", access.AccountBatch, s.batch)
	post("/w/accounts/batches/{id}/write", "batch", access.AccountBatch, s.batch, s.writeBatch)
	get("/w/accounts/federation", "links", access.FederationSet, s.links)
	post("/w/accounts/federation", "links", access.FederationSet, s.links, s.setLinks)
	post("/w/accounts/{id}/federation/unlink", "links", access.FederationSet, s.links, s.unlinkTheirs)
	get("/w/accounts/units", "units", access.AccountRead, s.units)
	post("/w/accounts/units", "units", access.UnitEdit, s.units, s.addUnit)
	get("/w/accounts/units/{unit}", "unit", access.AccountRead, s.unit)
	post("/w/accounts/units/{unit}/rename", "unit", access.UnitEdit, s.unit, s.renameUnit)
	post("/w/accounts/units/{unit}/close", "unit", access.UnitEdit, s.unit, s.closeUnit)
	post("/w/accounts/units/{unit}/open", "unit", access.UnitEdit, s.unit, s.openUnit)
	get("/w/accounts/{id}", "account", access.AccountRead, s.account)
	post("/w/accounts/{id}/roles", "account", access.RolesAsk, s.account, s.askRoles)
	post("/w/accounts/{id}/roles/{grant}/grant", "account", access.RolesDecide, s.account, s.grantRoles)
	post("/w/accounts/{id}/roles/{grant}/refuse", "account", access.RolesDecide, s.account, s.refuseRoles)
	post("/w/accounts/{id}/reset", "account", access.AccountReset, s.account, s.reset)
	post("/w/accounts/{id}/second", "account", access.SecondRemove, s.account, s.removeTheirs)
	post("/w/accounts/{id}/signins/end", "account", access.SigninsEnd, s.account, s.endTheirs)
	post("/w/accounts/{id}/enable", "account", access.AccountEnable, s.account, s.enable)
	post("/w/accounts/{id}/disable", "account", access.AccountEnable, s.account, s.disable)

	get("/w/audit", "audit", access.AuditRead, s.audit)
	get("/w/audit/check", "chain", access.AuditRead, s.chain)
}

// onward leads whoever is half way in to what is still missing.
type onward struct{ mux *http.ServeMux }

// ServeHTTP answers a request.
func (o onward) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, step := identity.Halfway(r.Context())
	if at := "/w/login/" + string(step); step != identity.Inside && r.Method == http.MethodGet && r.URL.Path != at {
		asked := "/w"
		if !strings.HasPrefix(r.URL.Path, "/w/login") {
			asked = r.URL.RequestURI()
		}
		http.Redirect(w, r, at+"?next="+url.QueryEscape(page.LocalPath(r.FormValue("next"), asked)), http.StatusSeeOther)
		return
	}
	o.mux.ServeHTTP(w, r)
}
