// Package portal is what everybody sees: the plans, the drawings, the results,
// the lists of items and officers, and how to check them. It has no sign-in
// and no session; every page is the same for everybody, has an entity tag and a
// twin as JSON. The one cookie says that a visitor wants large type. It holds no rule and runs no SQL: what may be
// shown is decided by openbook.Round, plan.Published and package disclosure.
package portal

import (
	"context"
	"embed"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"suiji/internal/casework"
	"suiji/internal/ceremony"
	"suiji/internal/disclosure"
	"suiji/internal/errs"
	"suiji/internal/fresh"
	"suiji/internal/gazette"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/opendata"
	"suiji/internal/page"
	"suiji/internal/plan"
	"suiji/internal/reference"
	"suiji/internal/register"
	"suiji/internal/round"
	"suiji/internal/scribe"
	"suiji/internal/stats"
)

//go:embed all:templates
var files embed.FS

// Config is what the portal stands on. BaseURL is the address of this site
// (https://host, no slash at the end). All else but Casework and Fresh is
// required.
type Config struct {
	Identity   *identity.Service
	Reference  *reference.Service
	Register   *register.Service
	Plan       *plan.Service
	Round      *round.Service
	Ceremony   *ceremony.Service
	Inspection *inspection.Service
	Disclosure *disclosure.Service
	Stats      *stats.Service
	OpenData   *opendata.Service
	Scribe     *scribe.Scribe
	Now        func() time.Time
	Log        *slog.Logger
	BaseURL    string
	Gazette    gazette.Publisher
	Casework   *casework.Service // nil: a firm's page names none of its duties after an inspection
	Fresh      *fresh.Cache      // keeps answers while they are true; nil keeps none
	Alone      bool              // served from a copy: there is no other door to lead to
}

// Server serves the portal.
type Server struct {
	Config
	set      *page.Set
	excluded sync.Map // round id → []round.Counted: a sealed list never changes
}

// New makes the portal.
func New(c Config) *Server {
	s := &Server{Config: c}
	s.set = page.New(page.Config{Name: "portal", Files: files, Layout: "portal", Log: c.Log, Frame: s.frame, Fresh: c.Fresh})
	return s
}

// Set returns the portal's pages, whose assets cmd serves.
func (s *Server) Set() *page.Set { return s.set }

// Handler serves the portal from the root.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	public := func(path, name string, show page.Show) { mux.Handle("GET "+path, s.set.Public(name, show)) }
	public("/{$}", "home", s.home)
	public("/search", "search", s.search)
	mux.HandleFunc("GET /size", s.setSize)
	mux.HandleFunc("GET /size.css", sizeStyles)
	public("/firms/{id}", "firm", s.firm)

	public("/plans", "plans", s.plans)
	public("/plans/{id}", "plan", s.plan)
	mux.Handle("GET /plans/{id}/{form}", s.set.PublicFile(s.planFile))

	public("/rounds", "rounds", s.rounds)
	public("/rounds/{id}", "round", s.round)
	mux.Handle("GET /rounds/{id}/{file}", s.set.File(s.bundle))
	mux.Handle("GET /rounds/{id}/{half}/manifest.json", s.set.PublicFile(s.manifest))

	public("/fairness", "fairness", s.fairness)

	public("/results", "results", s.results)
	public("/results/{id}", "result", s.result)
	mux.Handle("GET /results/{id}/record.json", s.set.PublicFile(s.record))
	public("/penalties", "penalties", s.penalties)
	public("/penalties/{id}", "penalty", s.penalty)
	mux.Handle("GET /penalties/{id}/record.json", s.set.PublicFile(s.penaltyRecord))
	public("/corrections", "corrections", s.corrections)

	public("/officers", "officers", s.officers)
	public("/items", "items", s.items)
	public("/items/{id}", "item", s.item)

	mux.Handle("GET /c/{code}", s.set.Get("code", s.code)) // never cached: it may run out today
	mux.Handle("GET /c", s.askCode())

	public("/verify", "verify", s.verify)
	mux.Handle("GET /verify/suiji_verify.py", s.set.PublicFile(s.verifier))
	s.checks(mux)
	public("/ledger", "ledger", s.ledger)
	mux.Handle("GET /ledger/{authority}/receipt/{position}", s.set.PublicFile(s.receipt))
	mux.Handle("GET /ledger/{authority}/{path...}", s.set.PublicFile(s.tile))

	s.dataRoutes(mux)
	mux.Handle("GET /feeds/{feed}", s.set.PublicFile(s.feedFile))
	mux.Handle("GET /firms/{id}/feed.atom", s.set.PublicFile(s.firmFeed))

	public("/statistics", "statistics", s.statistics)
	public("/help", "help", s.help)
	public("/accessibility", "accessibility", s.accessibility)
	public("/privacy", "privacy", s.privacy)
	mux.Handle("/", s.set.NotFound())
	return page.Twins(mux)
}

// sheet is what every page of the portal has beside its own.
type sheet struct {
	page.Base
	Of identity.Authority // whose page it is
	In string             // "?authority=…" behind links, or empty
	// Alone says that no other door is here to lead to.
	Alone bool
}

func (s *Server) sheet(r *http.Request, title string, trail ...page.Link) (sheet, error) {
	a, in, err := s.pick(r)
	for i := range trail {
		trail[i].Href += in
	}
	return sheet{Base: page.Base{Title: title, English: heads[title], Trail: trail}, Of: a, In: in, Alone: s.Alone}, err
}

// heads are the pages' titles in English.
var heads = map[string]string{
	"首页": "Random inspections, in public", "查询": "Search", "公平性统计": "Fairness of the draws", "随机抽查事项清单": "Items that may be inspected", "年度计划": "Plans of the year",
	"抽取记录": "Draws", "检查结果": "Results of inspections", "行政处罚信息": "Penalties", "执法检查人员名录": "Officers in service", "统计": "Statistics",
	"核验方法": "How to verify a draw", "公开台账": "The public ledger", "开放数据": "Open data", "更正与撤回": "Corrections and withdrawals",
	"核对检查表": "Is this form genuine?", "帮助": "Help", "无障碍说明": "Accessibility", "隐私说明": "Privacy",
}

// pick finds the authority that a request is about: named in the path, first
// part of the id (rounds and forms), named in the query, or the first one. in
// is what links of the page carry on.
func (s *Server) pick(r *http.Request) (a identity.Authority, in string, err error) {
	all, err := s.offices(r.Context())
	if err != nil {
		return a, "", err
	}
	if len(all) == 0 {
		return a, "", errs.E(errs.NotFound, "本平台还没有启用")
	}
	owner, _, _ := strings.Cut(r.PathValue("id"), ".")
	for i, name := range []string{r.PathValue("authority"), owner, r.URL.Query().Get("authority")} {
		at := slices.IndexFunc(all, func(x identity.Authority) bool { return x.ID == name })
		if at >= 0 {
			return all[at], query(at, all[at].ID), nil
		}
		if name != "" && i != 1 {
			return a, "", errs.E(errs.NotFound, "本平台没有这个单位")
		}
	}
	return all[0], "", nil
}

// offices are all authorities, in the order of their names.
func (s *Server) offices(ctx context.Context) ([]identity.Authority, error) {
	size := func(all []identity.Authority) int { return 1024 * len(all) }
	return fresh.Read(ctx, s.Fresh, "offices", size, func() ([]identity.Authority, error) { return s.Identity.Authorities(ctx) })
}

// query keeps the first authority's addresses short.
func query(at int, id string) string {
	if at == 0 {
		return ""
	}
	return "?authority=" + id
}

// frame stands around every page: the same for everybody.
func (s *Server) frame(r *http.Request) page.Frame {
	f := page.Frame{Site: "双随机、一公开 抽查公示", Home: "/", Search: "/search", Here: s.BaseURL + r.URL.RequestURI(), Sizes: sizes(r)}
	a, in, err := s.pick(r)
	if err != nil {
		return f
	}
	f.Unit, f.Home = a.Name, "/"+in
	if a.Demo {
		f.Demo = "示例数据：本站的企业、人员和结果都由程序生成，不是真实信息"
	}
	for _, l := range []page.Link{
		{Word: "抽查事项清单", English: "Items", Href: "/items"}, {Word: "年度计划", English: "Plans", Href: "/plans"},
		{Word: "抽取记录", English: "Draws", Href: "/rounds"}, {Word: "检查结果", English: "Results", Href: "/results"},
		{Word: "处罚信息", English: "Penalties", Href: "/penalties"}, {Word: "执法人员", English: "Officers", Href: "/officers"},
		{Word: "统计", English: "Statistics", Href: "/statistics"}, {Word: "公平性", English: "Fairness", Href: "/fairness"},
		{Word: "核验方法", English: "Verify", Href: "/verify"}, {Word: "开放数据", English: "Open data", Href: "/data"}, {Word: "帮助", English: "Help", Href: "/help"},
	} {
		l.Href += in
		f.Nav = append(f.Nav, l)
	}
	if r.URL.Path == "/" || r.URL.Path == "/search" {
		f.Search = "" // these pages have their own, larger
	}
	f.Footer = []page.Fact{
		{Name: "主办单位", Text: a.Name}, {Name: "承办单位", Text: a.Foot.Operator}, {Name: "联系电话", Text: a.Phone}, {Name: "地址", Text: a.Foot.Address},
		{Name: "网站标识码", Text: a.Foot.SiteCode}, {Text: a.Foot.ICP, Href: recorded(a.Foot.ICP, "https://beian.miit.gov.cn/")}, {Text: a.Foot.Police},
		{Text: "更正与撤回", Href: "/corrections" + in}, {Text: "核对检查表", Href: "/c"}, {Text: "帮助", Href: "/help" + in},
		{Text: "无障碍说明", Href: "/accessibility" + in}, {Text: "隐私说明", Href: "/privacy" + in}, {Text: "开放数据", Href: "/data" + in},
	}
	if !s.Alone {
		f.Footer = append(f.Footer, page.Fact{Text: "开放接口", Href: "/api"}, page.Fact{Text: "工作人员登录", Href: "/w"})
	}
	return f
}

// recorded leads to where a number is recorded, if there is one.
func recorded(number, href string) string {
	if number == "" {
		return ""
	}
	return href
}

// published returns a plan that the public may read, in this version.
func (s *Server) published(ctx context.Context, authority, id string) (plan.Plan, error) {
	p, err := s.Plan.Plan(ctx, authority, id)
	if err == nil && p.State != plan.Published && p.State != plan.Closed || errs.KindOf(err) == errs.NotFound {
		return plan.Plan{}, errs.E(errs.NotFound, "没有公布过这份计划")
	}
	return p, err
}
