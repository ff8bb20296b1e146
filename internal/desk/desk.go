// Package desk is the back office: HTML for the officials who keep the
// registers, draft and approve the plan, carry out the rounds, enter and
// publish the results. It holds no rule and runs no SQL: each file is one
// noun's pages over that noun's service.
package desk

import (
	"embed"
	"log/slog"
	"net/http"
	"time"

	"suiji/internal/access"
	"suiji/internal/audit"
	"suiji/internal/beacon"
	"suiji/internal/caps"
	"suiji/internal/ceremony"
	"suiji/internal/credit"
	"suiji/internal/disclosure"
	"suiji/internal/errs"
	"suiji/internal/gazette"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/intake"
	"suiji/internal/page"
	"suiji/internal/plan"
	"suiji/internal/reference"
	"suiji/internal/register"
	"suiji/internal/round"
	"suiji/internal/scribe"
)

//go:embed all:templates
var files embed.FS

// Config is what the desk stands on. BaseURL (https://host, no slash at the
// end) goes into the QR codes of printed forms; all else is required.
type Config struct {
	Identity   *identity.Service
	Sessions   *identity.Sessions
	Reference  *reference.Service
	Register   *register.Service
	Intake     *intake.Service
	Plan       *plan.Service
	Credit     *credit.Service
	Round      *round.Service
	Beacon     *beacon.Client // nil: no network
	Ceremony   *ceremony.Service
	Inspection *inspection.Service
	Disclosure *disclosure.Service
	Scribe     *scribe.Scribe
	Door       *audit.Door
	Gazette    gazette.Publisher
	Caps       *caps.Service
	Now        func() time.Time
	Log        *slog.Logger
	BaseURL    string
}

// Server serves the desk under /w.
type Server struct {
	Config
	set *page.Set
}

// New makes the desk.
func New(c Config) *Server {
	s := &Server{Config: c}
	s.set = page.New(page.Config{Name: "desk", Files: files, Layout: "desk", SignIn: "/w/login", Log: c.Log, Now: c.Now, Frame: s.frame})
	return s
}

// Set returns the desk's pages, whose assets cmd serves.
func (s *Server) Set() *page.Set { return s.set }

// Handler serves everything under /w. It wants a session around it.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /w/login", s.set.Get("login", s.login))
	mux.Handle("POST /w/login", s.set.Post("login", s.login, s.signIn))
	mux.Handle("POST /w/logout", s.set.Post("login", s.login, s.signOut))
	s.get(mux, "/w", "home", s.home)

	s.registerRoutes(mux)
	s.creditRoutes(mux)
	s.planRoutes(mux)
	s.capRoutes(mux)
	s.roundRoutes(mux)
	s.inspectionRoutes(mux)
	s.disclosureRoutes(mux)
	s.adminRoutes(mux)
	mux.Handle("/w/", s.set.NotFound())
	return mux
}

// get serves a page to officials.
func (s *Server) get(mux *http.ServeMux, path, name string, show page.Show) {
	mux.Handle("GET "+path, s.set.Get(name, inside(access.DeskRead, s.recorded(show))))
}

// post serves an act of officials; page name is shown again when it is
// refused. The form's key makes it happen once.
func (s *Server) post(mux *http.ServeMux, path, name string, show page.Show, act page.Act) {
	mux.Handle("POST "+path, s.set.Post(name, inside(access.DeskRead, s.recorded(show)), keyed(inside(access.DeskRead, act))))
}

// file serves a download to officials.
func (s *Server) file(mux *http.ServeMux, path string, serve func(*http.Request) (*page.File, error)) {
	mux.Handle("GET "+path, s.set.File(inside(access.DeskRead, serve)))
}

// inside lets only people through who may do act; the rights for each change
// are the door's to check.
func inside[T any](act access.Action, h func(*http.Request) (T, error)) func(*http.Request) (T, error) {
	return func(r *http.Request) (T, error) {
		var none T
		a := actor(r)
		if a.ID == "" {
			return none, errs.E(errs.SignIn, "请先登录")
		}
		if !access.Allow(a, act) {
			return none, errs.E(errs.Forbidden, "您的角色不能查看此页。需要开通请联系系统管理员")
		}
		return h(r)
	}
}

// keyed passes the form's idempotency key on to the door.
func keyed(act page.Act) page.Act {
	return func(r *http.Request) (string, error) {
		return act(r.WithContext(audit.WithKey(r.Context(), r.PostFormValue("key"))))
	}
}

func actor(r *http.Request) access.Actor { return identity.ActorFrom(r.Context()) }

// nav is the left column, in the order of the work. Each entry is shown to
// those who may use it.
var nav = []struct {
	page.Link
	act access.Action
}{
	{page.Link{Word: "工作台", Href: "/w"}, access.DeskRead},
	{page.Link{Word: "检查对象", Href: "/w/targets"}, access.DeskRead},
	{page.Link{Word: "执法人员", Href: "/w/officers"}, access.DeskRead},
	{page.Link{Word: "抽查事项", Href: "/w/items"}, access.DeskRead},
	{page.Link{Word: "信用等级", Href: "/w/credit"}, access.DeskRead},
	{page.Link{Word: "频次上限", Href: "/w/caps"}, access.DeskRead},
	{page.Link{Word: "年度计划", Href: "/w/plans"}, access.DeskRead},
	{page.Link{Word: "抽取", Href: "/w/rounds"}, access.DeskRead},
	{page.Link{Word: "检查表", Href: "/w/forms"}, access.DeskRead},
	{page.Link{Word: "问题处置", Href: "/w/findings"}, access.DeskRead},
	{page.Link{Word: "结果公示", Href: "/w/publish"}, access.DeskRead},
	{page.Link{Word: "审计日志", Href: "/w/audit"}, access.AuditRead},
	{page.Link{Word: "账号", Href: "/w/accounts"}, access.AccountEdit},
	{page.Link{Word: "单位设置", Href: "/w/settings"}, access.SettingEdit},
	{page.Link{Word: "放假通知", Href: "/w/notices"}, access.CalendarEdit},
}

func (s *Server) frame(r *http.Request) page.Frame {
	a := actor(r)
	f := page.Frame{Site: "双随机、一公开 抽查平台", Home: "/w"}
	if a.ID == "" {
		return f
	}
	f.User, f.Out, f.Home = a.Name, "/w/logout", home(a, f.Home)
	for _, x := range a.Roles {
		f.Roles = append(f.Roles, x.Name())
	}
	for _, n := range nav {
		if access.Allow(a, n.act) {
			f.Nav = append(f.Nav, n.Link)
		}
	}
	if auth, err := s.Identity.Authority(r.Context(), a.Authority); err == nil {
		f.Unit, f.Help = auth.Name, auth.Phone
		if auth.Demo {
			f.Demo = "示例数据：本页的企业、人员和结果都由程序生成，不是真实信息"
		}
	}
	return f
}
