package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"suiji/calendar"
	"suiji/internal/access"
	"suiji/internal/airlock"
	"suiji/internal/canon"
	"suiji/internal/identity"
	"suiji/internal/inspection"
	"suiji/internal/page"
	"suiji/internal/stage"
	"suiji/internal/store"
	"suiji/internal/token"
)

// rule is a line of the permission table: a route, who may take it, and one
// well-formed request.
type rule struct {
	pattern string
	may     []access.Role // everybody: anybody; nobody signed in counts too
	open    bool          // to who has not signed in, too
	args    string        // of path, query and form, as a form would send them
	early   bool          // the request is refused before the right is asked for
	gone    bool          // the office has no such thing: those who may are told so
	unit    bool          // somebody of a unit may too, with what is the unit's
}

// everyone are the roles of accounts.
func everyone() (all []access.Role) {
	for _, x := range access.Roles {
		all = append(all, x.Role)
	}
	return all
}

// rules reads the permission table.
func rules(t *testing.T) map[string]rule {
	t.Helper()
	text, err := os.ReadFile("testdata/permissions.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]rule{}
	for _, line := range strings.Split(string(text), "\n") {
		f := strings.Split(line, "|")
		if len(f) < 2 || strings.HasPrefix(line, "#") {
			continue
		}
		r := rule{pattern: strings.TrimSpace(f[0])}
		for _, who := range strings.Fields(f[1]) {
			switch who {
			case "everybody":
				r.open, r.may = true, everyone()
			case "accounts":
				r.may = everyone()
			case "officials":
				for _, x := range everyone() {
					if access.Allow(access.Actor{ID: "x", Roles: []access.Role{x}}, access.DeskRead) {
						r.may = append(r.may, x)
					}
				}
			default:
				if !access.Role(who).OfAccount() {
					t.Errorf("%s: nobody is %q", r.pattern, who)
				}
				r.may = append(r.may, access.Role(who))
			}
		}
		if len(f) > 2 {
			for _, arg := range strings.Split(strings.TrimSpace(strings.Join(f[2:], "|")), "&") {
				switch arg {
				case "~":
					r.early = true
				case "!":
					r.gone = true
				case "@":
					r.unit = true
				default:
					r.args += "&" + arg
				}
			}
			r.args = strings.TrimPrefix(r.args, "&")
		}
		if _, twice := all[r.pattern]; twice {
			t.Errorf("%s has two rows", r.pattern)
		}
		all[r.pattern] = r
	}
	return all
}

// routes returns every pattern that the doors serve, as their muxes have them.
func routes(t *testing.T, doors []served) []string {
	t.Helper()
	var all []string
	for _, d := range doors {
		found := patterns(reflect.ValueOf(d.handler))
		if len(found) == 0 { // it is one thing by itself
			found = d.paths
		}
		for _, p := range found {
			if !strings.HasSuffix(p, "/") { // nothing is there
				all = append(all, p)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// patterns reads the patterns of the muxes that a handler holds.
func patterns(v reflect.Value) (all []string) {
	for v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if v.Type() == reflect.TypeFor[*http.ServeMux]() {
		index := v.Elem().FieldByName("index")
		lists := []reflect.Value{index.FieldByName("multis")}
		for at := index.FieldByName("segments").MapRange(); at.Next(); {
			lists = append(lists, at.Value())
		}
		for _, list := range lists {
			for i := range list.Len() {
				all = append(all, list.Index(i).Elem().FieldByName("str").String())
			}
		}
		return all
	}
	if v.Kind() != reflect.Struct {
		return nil
	}
	for i := range v.NumField() {
		if v.Field(i).Type() == reflect.TypeFor[*http.ServeMux]() {
			all = append(all, patterns(v.Field(i))...)
		}
	}
	return all
}

// permitted is a small real office of its own, with one account a role and one
// at a neighbour authority, in a directory that each change starts from.
type permitted struct {
	t      *testing.T
	p      program
	base   string
	names  map[string]string // what $… in the table stands for
	tokens map[string]string // by account
}

const neighbour = "990102-rs"

func newPermitted(t *testing.T) *permitted {
	t.Helper()
	clock := &demoClock{real: func() time.Time { return calendar.MustParse("2026-07-01").Start().Add(9 * time.Hour) }}
	w := &permitted{t: t, base: t.TempDir(), names: map[string]string{}, tokens: map[string]string{}}
	w.p = program{stdout: io.Discard, stderr: io.Discard, getenv: func(string) string { return "" }, now: clock.Now}
	w.provider()
	app, err := w.p.open(t.Context(), &place{dir: w.base})
	w.must(err)
	d := w.p.county(t.Context(), app, clock, 800)
	w.must(d.make())
	if r, err := app.reckon.Check(t.Context(), demoAuthority); err != nil || !r.OK() {
		t.Fatalf("the demo's records are not as its ledger has them: %v, %v", r.Findings, err)
	}
	clock.at = time.Time{}
	w.must(app.identity.Found(t.Context(), identity.Authority{ID: neighbour, Name: "邻县人力资源和社会保障局", Hash: canon.SHA256}))
	for _, role := range everyone() {
		a := access.Actor{Authority: neighbour, ID: "far-" + string(role), Name: "邻县" + role.Name(), Roles: []access.Role{role}}
		w.must(app.identity.AddAccount(t.Context(), access.System(neighbour), identity.Account{ID: a.ID, Username: a.ID, Name: a.Name, Roles: a.Roles}, "Lamp-72-Ming"))
		w.grant(app, a)
		w.grant(app, d.as(role))
	}
	w.things(app, &d)
	w.must(app.close())
	return w
}

func (w *permitted) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// grant gives an account a token with every scope.
func (w *permitted) grant(app *app, a access.Actor) {
	w.t.Helper()
	tk := token.Token{Authority: a.Authority, ID: store.NewID(w.p.now()), Name: "业务系统", Account: a.ID, Role: a.Roles[0], ExpiresOn: calendar.In(w.p.now()).AddDays(30)}
	for _, x := range token.Scopes {
		tk.Scopes = append(tk.Scopes, x.Scope)
	}
	admin := access.Actor{Authority: a.Authority, ID: "admin", Name: "管理员", Roles: []access.Role{access.Admin}}
	w.must(app.token.Grant(w.t.Context(), admin, tk))
	secret := token.Fresh()
	w.must(app.token.Collect(w.t.Context(), a, tk.ID, secret))
	w.tokens[a.ID] = tk.Text(secret)
}

// things names what the table's requests are about.
func (w *permitted) things(app *app, d *demo) {
	ctx := w.t.Context()
	one := func(name, query string, args ...any) {
		v, err := store.One(ctx, app.db, store.Value[string], query, args...)
		if err != nil {
			w.t.Fatalf("$%s: %v", name, err)
		}
		w.names[name] = v
	}
	one("plan", `SELECT plan_id FROM plan WHERE authority_id = $1`, demoAuthority)
	w.names["round"], w.names["rehearsal"] = d.running, d.rehearsal
	one("done", `SELECT min(round_id) FROM round WHERE authority_id = $1 AND state = 'closed'`, demoAuthority)
	acc, err := app.identity.Account(ctx, demoAuthority, "inspector")
	w.must(err)
	forms, err := app.inspection.Forms(ctx, demoAuthority, inspection.Filter{RoundID: d.running, Officer: acc.OfficerID})
	w.must(err)
	w.names["form"], w.names["code"], w.names["target"] = forms[0].ID, forms[0].Code, forms[0].Firm.TargetID
	w.names["officer"], w.names["authority"], w.names["firm"] = acc.OfficerID, demoAuthority, forms[0].Firm.Code
	one("item", `SELECT min(item_id) FROM register_item WHERE authority_id = $1`, demoAuthority)
	one("import", `SELECT min(import_id) FROM intake_import WHERE authority_id = $1`, demoAuthority)
	one("grades", `SELECT min(import_id) FROM credit_import WHERE authority_id = $1`, demoAuthority)
	one("token", `SELECT token_id FROM token WHERE authority_id = $1 AND account_id = 'clerk'`, demoAuthority)
	one("done_form", `SELECT min(form_id) FROM inspection_form WHERE authority_id = $1 AND round_id = $2`, demoAuthority, w.names["done"])
	one("done_target", `SELECT target_id FROM inspection_form WHERE authority_id = $1 AND form_id = $2`, demoAuthority, w.names["done_form"])
	w.must(app.lookAll(ctx))
	one("proof", `SELECT min(digest) FROM proof_file WHERE authority_id = $1`, demoAuthority)
	one("paper", `SELECT min(document_id) FROM documents_paper WHERE authority_id = $1 AND state = 'issued'`, demoAuthority)
	one("found_form", `SELECT min(form_id) FROM casework_paper WHERE authority_id = $1`, demoAuthority)
	w.handed(app, w.names)
	for _, name := range slices.Sorted(maps.Keys(kept)) {
		one(name, kept[name], demoAuthority)
	}
	w.entered(app, d)
	w.names["fresh"], w.names["granted"] = store.NewID(w.p.now()), store.NewID(w.p.now())
	w.must(app.token.Grant(ctx, d.as(access.Admin), token.Token{Authority: demoAuthority, ID: w.names["granted"], Name: "还没有领取", Account: "clerk", Role: access.Clerk,
		Scopes: []token.Scope{token.ReadPlan}, ExpiresOn: calendar.In(w.p.now()).AddDays(30)}))
	w.names["batch"] = store.NewID(w.p.now())
	w.must(app.identity.CheckBatch(ctx, d.as(access.Admin), w.names["batch"], "账号.csv", []byte("姓名,登录名,角色\n陈一,chenyi,经办人\n"), airlock.Airlock{}))
	w.names["unit"] = store.NewID(w.p.now())
	w.must(app.identity.AddUnit(ctx, d.as(access.Security), identity.Unit{ID: w.names["unit"], Name: "示例县市场监督管理局"}))
	w.names["change"] = store.NewID(w.p.now())
	w.must(app.identity.AskRoles(ctx, d.as(access.Admin), identity.Grant{ID: w.names["change"], Account: "clerk", Roles: []access.Role{access.Clerk, access.Inspector}, Reason: "兼任检查人员"}))
	one("question", `SELECT coalesce(min(question_id), 'none') FROM supervise_question WHERE authority_id = $1`, demoAuthority)
	one("rule", `SELECT coalesce(min(rule), 'none') FROM supervise_question WHERE authority_id = $1`, demoAuthority)
}

// office opens a copy of the installation; as names who acts, to be set for
// each request.
func (w *permitted) office(as *access.Actor) http.Handler {
	w.t.Helper()
	dir, err := os.MkdirTemp(w.t.TempDir(), "")
	w.must(err)
	w.must(os.CopyFS(filepath.Join(dir, "data"), os.DirFS(w.base)))
	app, err := w.p.open(w.t.Context(), &place{dir: filepath.Join(dir, "data")})
	w.must(err)
	w.must(w.p.reach(app, "http://suiji.test"))
	w.t.Cleanup(func() {
		if err := app.close(); err != nil {
			w.t.Error(err)
		}
	})
	sessions := app.identity.Sessions(false)
	mux, _ := mounted(w.doors(app, sessions), func(h http.Handler) http.Handler {
		return sessions.Wrap(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if as.ID != "" {
				r = r.WithContext(identity.WithActor(r.Context(), *as))
			}
			h.ServeHTTP(rw, r)
		}))
	}, page.Paced(0, w.p.now, nil), page.NewCrowds())
	return page.Chain(mux, page.Numbered)
}

func (w *permitted) doors(app *app, sessions *identity.Sessions) []served {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	const base = "http://suiji.test"
	st := stage.New(stage.Config{Identity: app.identity, Ceremony: app.ceremony, Now: w.p.now, Log: log, BaseURL: base})
	doors, _ := w.p.doors(app, sessions, st, base, log)
	return doors
}

var variable = regexp.MustCompile(`\$[a-z_]+`)

// request makes the request of a row with the given names for its things.
func (w *permitted) request(r rule, names map[string]string) *http.Request {
	w.t.Helper()
	args, err := url.ParseQuery(r.args)
	if err != nil {
		w.t.Fatalf("%s: %v", r.pattern, err)
	}
	method, path, ok := strings.Cut(r.pattern, " ")
	if !ok {
		method, path = http.MethodGet, r.pattern
	}
	form, body, files := url.Values{}, "", url.Values{}
	for name, values := range args {
		for _, v := range values {
			v = variable.ReplaceAllStringFunc(v, func(s string) string {
				x, ok := names[s[1:]]
				if !ok {
					w.t.Fatalf("%s: nothing is called %s", r.pattern, s)
				}
				return x
			})
			in := "{" + name + "}"
			switch {
			case strings.Contains(path, in):
				path = strings.ReplaceAll(path, in, url.PathEscape(v))
			case strings.Contains(path, "{"+name+"...}"):
				path = strings.ReplaceAll(path, "{"+name+"...}", v)
			case name == "body":
				body = v
			case strings.HasPrefix(name, "file."):
				files.Add(strings.TrimPrefix(name, "file."), v)
			default:
				form.Add(name, v)
			}
		}
	}
	path = strings.TrimSuffix(path, "{$}")
	if strings.Contains(path, "{") {
		w.t.Fatalf("%s: no value for every part of the path", r.pattern)
	}
	if method == http.MethodGet {
		if len(form) > 0 {
			path += "?" + form.Encode()
		}
		return httptest.NewRequest(method, path, nil)
	}
	if body != "" {
		req := httptest.NewRequest(method, path, strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", "k-"+store.NewID(time.Now()))
		return req
	}
	if len(files) > 0 {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		for name := range form {
			w.must(m.WriteField(name, form.Get(name)))
		}
		for name := range files {
			f, err := m.CreateFormFile(name, "file.csv")
			w.must(err)
			_, err = f.Write([]byte(files.Get(name)))
			w.must(err)
		}
		w.must(m.Close())
		req := httptest.NewRequest(method, path, &b)
		req.Header.Set("Content-Type", m.FormDataContentType())
		return req
	}
	req := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return req
}

// ask sends a row's request as somebody.
func (w *permitted) ask(h http.Handler, as *access.Actor, who access.Actor, r rule, names map[string]string) *httptest.ResponseRecorder {
	*as = who
	req := w.request(r, names)
	ctx, cancel := context.WithTimeout(req.Context(), 10*time.Second)
	defer cancel()
	if strings.HasSuffix(r.pattern, "/events") { // a stream, which ends with whoever listens
		time.AfterFunc(100*time.Millisecond, cancel)
	}
	if t := w.tokens[who.ID]; t != "" {
		req.Header.Set("Authorization", "Bearer "+t)
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req.WithContext(ctx))
	return rec
}

// told is what an answer says of the right to it.
func told(rec *httptest.ResponseRecorder) string {
	switch {
	case rec.Code == http.StatusUnauthorized || rec.Code == http.StatusSeeOther && strings.HasPrefix(rec.Header().Get("Location"), "/w/login?"):
		return "sign in"
	case rec.Code == http.StatusForbidden:
		return "no"
	case rec.Code == http.StatusNotFound || rec.Code >= 500:
		return fmt.Sprint(rec.Code)
	case rec.Code >= 400:
		return "refused"
	}
	return "yes"
}

// TestRoutesAreDocumented holds that each route of the doors has its row in the
// table, and docs/permissions.md says what the table says.
func TestRoutesAreDocumented(t *testing.T) {
	w := &permitted{t: t, p: program{stdout: io.Discard, stderr: io.Discard, getenv: func(string) string { return "" }, now: time.Now}}
	app, err := w.p.open(t.Context(), &place{dir: t.TempDir()})
	w.must(err)
	all := routes(t, w.doors(app, app.identity.Sessions(false)))
	w.must(app.close())
	table := rules(t)
	for _, pattern := range all {
		if _, ok := table[pattern]; !ok {
			t.Errorf("%s has no row in testdata/permissions.txt", pattern)
		}
	}
	for pattern := range table {
		if !slices.Contains(all, pattern) {
			t.Errorf("%s has a row in testdata/permissions.txt, and is no route", pattern)
		}
	}
	documented(t, all, table)
}

// TestWhoIsTurnedAway holds that a crowd keeps readers of the public pages out,
// and nobody who works, nor a firm with its code.
func TestWhoIsTurnedAway(t *testing.T) {
	w := &permitted{t: t, p: program{stdout: io.Discard, stderr: io.Discard, getenv: func(string) string { return "" }, now: time.Now}}
	app, err := w.p.open(t.Context(), &place{dir: t.TempDir()})
	w.must(err)
	pass := func(h http.Handler) http.Handler { return h }
	_, open := mounted(w.doors(app, app.identity.Sessions(false)), pass, pass, page.NewCrowds())
	w.must(app.close())
	for path, want := range map[string]bool{"/": true, "/results?after=1": true, "/firms/1.json": true, "/search?q=a": true, "/c/ABC": true, "/api/v1/results": true,
		"/w": false, "/w/rounds/1": false, "/m": false, "/m/tasks/1": false, "/stage/1": false, "/witness/x": false, "/static/base.css": false, "/readyz": false, "/c/ABC/objection": false, "/t/x": false} {
		if got := open(httptest.NewRequest("GET", path, nil)); got != want {
			t.Errorf("%s stands behind the crowd: %v, want %v", path, got, want)
		}
	}
}

// TestPermissions takes every route as nobody and as each role, and holds what
// comes of it to the table.
func TestPermissions(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some hundred routes as nine people")
	}
	w := newPermitted(t)
	var as access.Actor
	h := w.office(&as)
	table := rules(t)
	for _, pattern := range slices.Sorted(maps.Keys(table)) {
		changed := false
		t.Run(pattern, func(t *testing.T) {
			one := *w
			one.t = t
			changed = one.judge(h, &as, table[pattern])
		})
		if changed {
			h = w.office(&as)
		}
	}
}

// judge takes a route as everybody, those who may not first, so that nothing
// has changed when they try. It reports whether something has afterwards.
func (w *permitted) judge(h http.Handler, as *access.Actor, r rule) (changed bool) {
	w.t.Helper()
	want := []string{"sign in"}
	if r.open {
		want = r.yes()
	}
	rec := w.ask(h, as, access.Actor{}, r, w.names)
	if got := told(rec); !slices.Contains(want, got) {
		w.t.Errorf("%s as nobody: %s, want %s; %s", r.pattern, got, want, said(rec))
	}
	for _, may := range []bool{false, true} {
		want := r.no()
		if may {
			want = r.yes()
		}
		for _, role := range everyone() {
			if slices.Contains(r.may, role) != may {
				continue
			}
			rec := w.ask(h, as, demoActor(role), r, w.names)
			if may && changed && rec.Code == http.StatusNotFound { // the one before has taken it away
				h = w.office(as)
				rec = w.ask(h, as, demoActor(role), r, w.names)
			}
			changed = changed || !strings.HasPrefix(r.pattern, "GET ") && rec.Code < 400
			if got := told(rec); !slices.Contains(want, got) {
				w.t.Errorf("%s as %s: %s (%d), want %s; %s", r.pattern, role, got, rec.Code, want, said(rec))
			}
		}
	}
	return changed
}

// yes is what those hear who may.
func (r rule) yes() []string {
	if r.gone {
		return []string{"404"}
	}
	return []string{"yes", "refused"}
}

// scoped reports whether the route is about one thing that is some unit's.
func (r rule) scoped() bool {
	return slices.ContainsFunc([]string{"$form", "$found_form", "$done_form", "$paper", "$round"}, func(x string) bool { return strings.Contains(r.args, x) })
}

// no is what those hear who may not.
func (r rule) no() []string {
	if r.early {
		return []string{"no", "refused", "404"}
	}
	return []string{"no"}
}

const permissionsFile = "../../docs/permissions.md"

const permissionsHead = "# Who may do what\n\n" +
	"Every address of the program and who may use it, as `cmd/suiji.TestPermissions` finds it: it takes each route of the real doors as nobody and as\n" +
	"each role, and `cmd/suiji.TestNeighbours` again as the people of another authority, who are told of nothing. A route without a row in\n" +
	"`cmd/suiji/testdata/permissions.txt` fails. ● may; ○ need not sign in. The roles exclude each other as `internal/access` says; what a rule asks beyond the role\n" +
	"(another hand, one's own form, one's own question) stands with the rule. *late* marks an act whose request is looked at before the right: who may not is\n" +
	"refused, and nothing changes, but it may be for another reason. *of a unit* says what somebody has whose account belongs to a unit (`decisions/0101-units.md`):\n" +
	"● the page; *own, below*: what is the unit's or of a unit below it, while another unit's is told like what does not exist; nothing: the page is the whole\n" +
	"authority's. `cmd/suiji.TestUnits` takes each. Written by: go test ./cmd/suiji -run TestRoutesAreDocumented -update\n\n"

// documented holds docs/permissions.md to the table.
func documented(t *testing.T, all []string, table map[string]rule) {
	t.Helper()
	var b strings.Builder
	b.WriteString(permissionsHead + "| address | nobody |")
	line := "\n| --- | --- |"
	for _, x := range access.Roles {
		b.WriteString(" " + x.Name + " |")
		line += " --- |"
	}
	b.WriteString(" of a unit |" + line + " --- |\n")
	slices.SortStableFunc(all, func(a, b string) int {
		_, a, _ = strings.Cut(a, " ")
		_, b, _ = strings.Cut(b, " ")
		return strings.Compare(a, b)
	})
	for _, pattern := range all {
		r := table[pattern]
		b.WriteString("| `" + pattern + "`" + map[bool]string{true: " *late*"}[r.early] + " | " + map[bool]string{true: "○"}[r.open] + " |")
		for _, role := range everyone() {
			b.WriteString(map[bool]string{true: " ● |", false: "  |"}[slices.Contains(r.may, role)])
		}
		of := map[bool]string{true: " ●"}[r.open || r.unit]
		if r.unit && r.scoped() {
			of = " own, below"
		}
		b.WriteString(of + " |\n")
	}
	if *update {
		if err := os.WriteFile(permissionsFile, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(permissionsFile); err != nil || string(want) != b.String() {
		t.Errorf("docs/permissions.md is not the table; run this test with -update (%v)", err)
	}
}

func demoActor(role access.Role) access.Actor { return (&demo{}).as(role) }

var mainPart = regexp.MustCompile(`(?s)<main.*?</main>`)
var tags = regexp.MustCompile(`<[^>]*>|\s+`)

// said is the beginning of what a page says.
func said(rec *httptest.ResponseRecorder) string {
	text := rec.Body.String()
	if m := mainPart.FindString(text); m != "" {
		text = m
	}
	text = tags.ReplaceAllString(text, " ")
	return string([]rune(text)[:min(300, len([]rune(text)))])
}

// TestNeighbours takes every route as the people of another authority. What is
// not theirs looks exactly like what does not exist.
func TestNeighbours(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some hundred routes as eight people")
	}
	w := newPermitted(t)
	none := map[string]string{}
	for name, v := range w.names {
		none[name] = madeUp(v)
	}
	none["ref"] = w.names["ref"] // a number within its form
	var as access.Actor
	h := w.office(&as)
	asked := 0
	for pattern, r := range rules(t) {
		if r.open || !strings.Contains(r.args, "$") || strings.Contains(r.args, "$fresh") { // what is fresh is nobody's yet
			continue
		}
		for _, role := range everyone() {
			who := access.Actor{Authority: neighbour, ID: "far-" + string(role), Name: "邻县" + role.Name(), Roles: []access.Role{role}}
			theirs, nothing := w.ask(h, &as, who, r, w.names), w.ask(h, &as, who, r, none)
			asked++
			a, b := anonymous(theirs, w.names, none), anonymous(nothing, none, none)
			if theirs.Code != nothing.Code || a != b {
				t.Errorf("%s as the neighbour's %s: %d for another authority's, %d for nothing\n%s\n%s", pattern, role, theirs.Code, nothing.Code, differ(a, b), differ(b, a))
			}
		}
	}
	if asked < 1000 {
		t.Errorf("only %d were asked", asked)
	}
}

// madeUp is an id of the same form that means nothing.
func madeUp(id string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '8':
			return r + 1
		case r >= 'A' && r < 'Z' && r != 'H' && r != 'K' && r != 'N' && r != 'T':
			return r + 1
		}
		return r
	}, id)
}

// freshKey is a key that a page makes for its form.
var freshKey = regexp.MustCompile(`[0-9A-Z]{26}`)

// asked is where a page says which address it is.
var asked = regexp.MustCompile(`抽查平台　/[^<\n]*`)

// anonymous is an answer without what names the thing asked for, the request,
// and forms that nobody has sent yet.
func anonymous(rec *httptest.ResponseRecorder, names, none map[string]string) string {
	text := rec.Header().Get("Location") + "\n" + rec.Body.String()
	for _, name := range slices.SortedFunc(maps.Keys(names), func(a, b string) int { return len(names[b]) - len(names[a]) }) {
		if v := names[name]; len(v) >= 8 { // a shorter one stands in every page
			text = strings.ReplaceAll(text, v, none[name])
		}
	}
	text = asked.ReplaceAllString(text, "#")
	return freshKey.ReplaceAllString(strings.ReplaceAll(text, rec.Header().Get("X-Request-Id"), "#"), "#")
}

// differ is where a leaves b.
func differ(a, b string) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	return strings.ToValidUTF8(a[max(0, i-40):min(len(a), i+160)], "")
}
