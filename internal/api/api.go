// Package api is the door for other programs: /api/v1, JSON over the same
// methods and the same rights as the pages. What everybody may read needs no
// token and may be read from other sites; what the office does wants a token
// (package token), which acts for one account in one of its roles. The document
// /api/v1/openapi.json is made from the code, and the page /api from the
// document. It holds no rule and runs no SQL.
package api

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"suiji/internal/access"
	"suiji/internal/archive"
	"suiji/internal/casework"
	"suiji/internal/disclosure"
	"suiji/internal/documents"
	"suiji/internal/errs"
	"suiji/internal/exchange"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/intake"
	"suiji/internal/notice"
	"suiji/internal/opendata"
	"suiji/internal/pace"
	"suiji/internal/page"
	"suiji/internal/plan"
	"suiji/internal/register"
	"suiji/internal/round"
	"suiji/internal/scribe"
	"suiji/internal/stats"
	"suiji/internal/supervise"
	"suiji/internal/token"
	"suiji/internal/visit"
)

//go:embed all:templates
var files embed.FS

// Config is what the door stands on. BaseURL is the address of this site;
// Limits may be zero, which is 6,000 requests a minute from one address and
// 1,200 by one token. All else is required.
type Config struct {
	Identity   *identity.Service
	Register   *register.Service
	Intake     *intake.Service
	Plan       *plan.Service
	Round      *round.Service
	Inspection *inspection.Service
	Visit      *visit.Service
	Disclosure *disclosure.Service
	Stats      *stats.Service
	OpenData   *opendata.Service
	Notice     *notice.Service
	Casework   *casework.Service
	Documents  *documents.Service
	Archive    *archive.Service
	Exchange   *exchange.Service
	Supervise  *supervise.Service
	Token      *token.Service
	Scribe     *scribe.Scribe
	Now        func() time.Time
	Log        *slog.Logger
	BaseURL    string
	Limits     Limits
}

// Server serves the API, its documentation and the page of tokens.
type Server struct {
	Config
	set      *page.Set
	mux      *http.ServeMux
	api      huma.API
	document []byte
	limiter  *pace.Limiter
	offices  offices
	excluded sync.Map // round id → []round.Counted: a sealed list never changes
}

// New makes the door.
func New(c Config) *Server {
	taughtHuma()
	if c.Limits == (Limits{}) {
		c.Limits = Limits{Address: 6000, Token: 1200}
	}
	s := &Server{Config: c, mux: http.NewServeMux(), limiter: pace.New(0)}
	s.set = page.New(page.Config{Name: "api", Files: files, Layout: "desk", SignIn: "/w/login", Log: c.Log, Now: c.Now, Frame: s.frame})
	s.api = humago.New(s.mux, settings(c.BaseURL))
	s.api.UseMiddleware(s.scoped)
	s.public()
	s.office()
	s.document = describe(s.api.OpenAPI())
	s.mux.HandleFunc("GET /api/v1/openapi.json", s.openapi)
	s.mux.HandleFunc("/", s.nowhere)
	return s
}

// Set returns the door's pages, whose assets cmd serves.
func (s *Server) Set() *page.Set { return s.set }

// settings are huma's: our own paths, no page of its own, no links to schemas,
// nothing unknown in a query.
func settings(base string) huma.Config {
	c := huma.DefaultConfig("双随机、一公开 抽查平台接口", "1")
	c.OpenAPIPath, c.DocsPath, c.SchemasPath, c.CreateHooks = "", "", "", nil
	c.RejectUnknownQueryParameters = true
	c.Formats = map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat}
	c.Info.Description = "公开的计划、抽取、结果不需要令牌；办公操作用令牌，权限与账号相同。编码一律是字符串，日期为 YYYY-MM-DD，时刻为 RFC 3339。错误按 RFC 9457 回答。v1 只增不减。"
	c.Servers = []*huma.Server{{URL: base, Description: "本平台"}}
	c.Components = &huma.Components{
		Schemas: huma.NewMapRegistry("#/components/schemas/", named),
		SecuritySchemes: map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer",
			Description: "系统管理员在 /w/tokens 授权、本人领取的令牌"}},
	}
	return c
}

// entrance tells the operations from the pages about them. Each keeps its mux
// where a test finds it.
type entrance struct {
	*Server
	operations, pages *http.ServeMux
}

// Handler serves /api and everything under it.
func (s *Server) Handler() http.Handler {
	e := entrance{s, s.mux, http.NewServeMux()}
	s.pages(e.pages)
	return e
}

// ServeHTTP answers a request to the operations or to the pages.
func (e entrance) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.URL.Path, prefix) {
		e.pages.ServeHTTP(w, r)
		return
	}
	defer func() {
		if v := recover(); v != nil {
			if v == http.ErrAbortHandler {
				panic(v)
			}
			e.Log.ErrorContext(r.Context(), "panic", "request", page.RequestID(r.Context()), "error", v, "stack", string(debug.Stack()))
			writeProblem(w, r, errs.E(errs.Internal, ""))
		}
	}()
	r = r.WithContext(context.WithValue(r.Context(), logKey{}, e.Log))
	if strings.HasPrefix(r.URL.Path, prefix+"office/") {
		e.inside(w, r)
		return
	}
	e.outside(w, r)
}

// prefix begins the address of every operation.
const prefix = "/api/v1/"

type logKey struct{}

// logged writes down what has no sentence for whoever asked.
func logged(ctx context.Context, err error) {
	log, ok := ctx.Value(logKey{}).(*slog.Logger)
	if k := errs.KindOf(err); ok && (k != errs.Internal && k.Ours() || k == errs.Internal && !isOwn(err)) {
		log.ErrorContext(ctx, "request went wrong", "request", page.RequestID(ctx), "error", err)
	}
}

// outside serves what everybody may read, also from pages of other sites.
func (s *Server) outside(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "ETag, Link, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, X-Request-Id")
	if r.Method == http.MethodOptions {
		h.Set("Access-Control-Allow-Methods", "GET, HEAD")
		h.Set("Access-Control-Allow-Headers", "If-None-Match")
		h.Set("Access-Control-Max-Age", "86400")
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if err := s.within(w, "address "+pace.Address(r), s.Limits.Address); err != nil {
		writeProblem(w, r, err)
		return
	}
	b := &held{ResponseWriter: w, cache: "public, max-age=60", public: true}
	s.mux.ServeHTTP(b, r)
	b.send(r)
}

// nowhere answers an address that leads nowhere, or not by this method.
func (s *Server) nowhere(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, m := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		other := r.Clone(r.Context())
		other.Method = m
		if _, pattern := s.mux.Handler(other); pattern != "/" {
			allowed = append(allowed, m)
		}
	}
	if len(allowed) > 0 {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		writeProblem(w, r, an{wrongMethod, ""})
		return
	}
	writeProblem(w, r, an{notFound, "接口没有这个地址。全部操作见 /api"})
}

// openapi is the document.
func (s *Server) openapi(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Write(s.document)
}

// operation is what every operation says of itself.
type operation struct {
	id      string // never changes
	method  string
	path    string // below /api/v1
	tag     string
	summary string
	about   string
	status  int // 0: 200
	scope   token.Scope
	act     access.Action // asked for before anything is read; empty: the reading of the scope
	kinds   []kind        // of problem, beside those that all have
	files   []string      // media types, of what is downloaded whole
	ranged  bool          // the files are also read in parts
}

// wants has o ask for the right to act before anything of a request is looked
// at.
func (o operation) wants(act access.Action) operation {
	o.act = act
	return o
}

// add registers an operation of the API.
func add[I, O any](s *Server, o operation, do func(context.Context, *I) (*O, error)) {
	op := huma.Operation{OperationID: o.id, Method: o.method, Path: strings.TrimSuffix(prefix, "/") + o.path, Tags: []string{o.tag},
		Summary: o.summary, Description: o.about, DefaultStatus: o.status, MaxBodyBytes: mostBody,
		// The body is read before (once). A deadline for it would stay on the connection, and end what takes longer.
		BodyReadTimeout: -1}
	kinds := append([]kind{badRequest, tooMany, internal}, o.kinds...)
	if o.scope != "" {
		op.Metadata = map[string]any{"scope": o.scope}
		op.Security = []map[string][]string{{"token": {}}}
		op.Description += "\n\n需要令牌，权限范围“" + o.scope.Name() + "”（" + string(o.scope) + "）。"
		kinds = append(kinds, signIn, forbidden)
		act := access.DeskRead
		switch o.scope {
		case token.ReadDue:
			act = access.NoticeRead
		case token.ReadForm, token.WriteResult, token.WriteVisit, token.WritePublish, token.ReadFollowup, token.WriteFollowup, token.ReadDocument, token.WriteDocument, token.WriteReview:
			act = access.FormRead
		}
		op.Metadata["act"] = cmp.Or(o.act, act)
	}
	if strings.Contains(o.path, "{") {
		kinds = append(kinds, notFound)
	}
	seen := map[int]bool{}
	for _, k := range kinds {
		if !seen[k.Status] {
			op.Errors, seen[k.Status] = append(op.Errors, k.Status), true
		}
	}
	if len(o.files) > 0 {
		op.Responses = map[string]*huma.Response{"200": {Description: "文件", Content: map[string]*huma.MediaType{}}}
	}
	for _, t := range o.files {
		schema := &huma.Schema{Type: "string", Format: "binary"}
		if t == "application/json" {
			schema = &huma.Schema{Type: "object", AdditionalProperties: true}
		}
		op.Responses["200"].Content[t] = &huma.MediaType{Schema: schema}
	}
	if o.ranged {
		op.Responses["206"] = &huma.Response{Description: "文件的一段", Content: op.Responses["200"].Content}
	}
	huma.Register(s.api, op, do)
}

// mostBody is how large a body may be; files of registers come in it.
const mostBody = 32 << 20

// scoped lets a token through to what it is for, and tells the log which way a
// request took.
func (s *Server) scoped(ctx huma.Context, next func(huma.Context)) {
	op := ctx.Operation()
	page.SetPattern(ctx.Context(), op.Method+" "+op.Path)
	scope, _ := op.Metadata["scope"].(token.Scope)
	act, _ := op.Metadata["act"].(access.Action)
	err := an{forbidden, "令牌所代表的角色不能查看或办理这一项，没有办理"}
	switch {
	case scope == "" || tokenOf(ctx.Context()).Has(scope) && access.Allow(actor(ctx.Context()), act):
		next(ctx)
		return
	case !tokenOf(ctx.Context()).Has(scope):
		err.detail = "这个令牌没有“" + scope.Name() + "”（" + string(scope) + "）的权限范围，没有办理。需要时请系统管理员重新授权"
	case op.Method != http.MethodGet: // recorded, like what the audit door refuses
		u := ctx.URL()
		if e := s.Identity.Ask(ctx.Context(), actor(ctx.Context()), u.Path, act); errs.KindOf(e) != errs.Forbidden {
			logged(ctx.Context(), e)
		}
	}
	if werr := huma.WriteErr(s.api, ctx, http.StatusInternalServerError, "", err); werr != nil {
		logged(ctx.Context(), werr)
	}
}

// isOwn reports whether an error has a kind of problem of its own.
func isOwn(err error) bool {
	_, ok := err.(an)
	return ok
}

// raw is a piece of JSON that was made elsewhere.
type raw = json.RawMessage
