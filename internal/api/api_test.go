package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"suiji/internal/intake"
	"suiji/internal/page"
	"suiji/internal/page/pagetest"
	"suiji/internal/shape"
	"suiji/internal/store"
	"suiji/internal/store/storetest"
)

func TestTemplates(t *testing.T) {
	pagetest.Check(t, newDoor(t, storetest.SQLite(t)).server.Set(), map[string]page.Page{"docs": &docsPage{}, "tokens": &tokensPage{}, "collect": &collectPage{}})
}

// The document is whole: every operation has words, kinds of problem and an
// example; every parameter and every member has a type and words; and what the
// document names is what is registered, no more and no less.
func TestDocument(t *testing.T) {
	d := newDoor(t, storetest.SQLite(t))
	w := d.get("/api/v1/openapi.json")
	var doc struct {
		OpenAPI string                     `json:"openapi"`
		Paths   map[string]map[string]any  `json:"paths"`
		Schemas map[string]json.RawMessage `json:"-"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || doc.OpenAPI != "3.1.0" {
		t.Fatalf("openapi.json: %v, version %q, want 3.1.0", err, doc.OpenAPI)
	}
	for _, op := range operations(d.server.api.OpenAPI()) {
		if op.Summary == "" || op.OperationID == "" || len(op.Tags) != 1 {
			t.Errorf("%s %s says nothing of itself", op.Method, op.Path)
		}
		if !slices.ContainsFunc(examples, func(e example) bool { return e.id == op.OperationID }) {
			t.Errorf("%s has no example", op.OperationID)
		}
		for _, p := range op.Parameters {
			if p.Description == "" || p.Schema == nil || p.Schema.Type == "" {
				t.Errorf("%s: parameter %s has no type or no words", op.OperationID, p.Name)
			}
		}
		for _, status := range []string{"400", "429", "500"} {
			if op.Responses[status] == nil || op.Responses[status].Content[shape.ProblemType] == nil {
				t.Errorf("%s: no problem for %s", op.OperationID, status)
			}
		}
		if _, ok := doc.Paths[op.Path][strings.ToLower(op.Method)]; !ok {
			t.Errorf("%s is not in the document", op.OperationID)
		}
		r := httptest.NewRequest(op.Method, regexp.MustCompile(`{[a-z]+}`).ReplaceAllString(op.Path, "x"), nil)
		if _, pattern := d.server.mux.Handler(r); pattern != op.Method+" "+op.Path {
			t.Errorf("%s %s is routed to %q", op.Method, op.Path, pattern)
		}
	}
	for name, s := range d.server.api.OpenAPI().Components.Schemas.Map() {
		for field, p := range s.Properties {
			if p.Description == "" || p.Type == "" && p.Ref == "" {
				t.Errorf("%s.%s has no type or no words", name, field)
			}
		}
	}
	for name := range shape.Words {
		if d.server.api.OpenAPI().Components.Schemas.Map()[name] == nil {
			t.Errorf("words for %s, which is no schema", name)
		}
	}
}

// routes counts what is registered beside huma, which would be in no document.
func TestNothingBesideTheDocument(t *testing.T) {
	d := newDoor(t, storetest.SQLite(t))
	known := map[string]bool{}
	for _, op := range operations(d.server.api.OpenAPI()) {
		known[op.Method+" "+op.Path] = true
	}
	text := fmt.Sprintf("%+v", d.server.mux)
	for _, m := range regexp.MustCompile(`(GET|POST|PUT|PATCH|DELETE) (/api/v1/[a-z{}/.-]+)`).FindAllString(text, -1) {
		if !known[m] && m != "GET /api/v1/openapi.json" {
			t.Errorf("%s is served and not in the document", m)
		}
	}
}

// words fills the braces of an example's address.
func (d *door) words(path string) string {
	firm := d.forms[0].Firm
	return strings.NewReplacer("{plan}", d.plan, "{round}", d.done, "{result}", d.forms[0].ID, "{penalty}", d.penalty, "{firm}", firm.Code, "{name}", url.QueryEscape(firm.Name[:12]),
		"{item}", d.item(), "{form}", d.forms[7].ID, "{ready}", d.forms[5].ID+","+d.forms[6].ID, "{officer}", d.team(0), "{import}", d.importID(), "{objection}", d.forms[4].ID+"-o1", "{open}", d.forms[6].ID, "{decision}", url.PathEscape(decided), "{corrected}", d.forms[3].ID, "{gone}", d.forms[5].ID,
		"{document}", d.document, "{draft}", d.draft, "{question}", d.question, "{next}", d.next, "{filed}", d.forms[0].Firm.TargetID, "{attached}", d.attached).Replace(path)
}

// importID is that of the file that waits to be written, else of the last one.
func (d *door) importID() string {
	all, err := d.Intake.Imports(d.t.Context(), "130132-rs", "targets", 9)
	d.Must(err)
	if i := slices.IndexFunc(all, func(i intake.Import) bool { return i.State == intake.Checked }); i >= 0 {
		return all[i].ID
	}
	return all[0].ID
}

func (d *door) item() string {
	if d.first != "" {
		return d.first
	}
	all, err := d.server.Disclosure.Items(d.t.Context(), "130132-rs")
	d.Must(err)
	d.first = all[0].ID
	return d.first
}

// Every example of the documentation page is sent to a server, and the answer
// held to the document.
func TestExamples(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := filled(t, db)
		ops := map[string]shown{}
		for _, op := range operations(d.server.api.OpenAPI()) {
			ops[op.OperationID] = op
		}
		for _, e := range examples {
			op, ok := ops[e.id]
			if !ok {
				t.Errorf("an example for %s, which is no operation", e.id)
				continue
			}
			if e.office {
				continue
			}
			w := d.get(d.words(e.path))
			d.fits(op, w)
			if n := len(w.Body.Bytes()); n < 3 {
				t.Errorf("%s: %d bytes", e.path, n)
			}
		}
	})
}

// fits holds an answer to the document: its status, media type and shape.
func (d *door) fits(op shown, w *httptest.ResponseRecorder) {
	d.t.Helper()
	r := op.Responses[fmt.Sprint(w.Code)]
	if r == nil || w.Code >= 400 {
		d.t.Errorf("%s: status %d: %s", op.OperationID, w.Code, w.Body)
		return
	}
	kind, _, err := mime.ParseMediaType(w.Header().Get("Content-Type"))
	d.Must(err)
	m := r.Content[kind]
	if m == nil {
		d.t.Errorf("%s answers %s, which is not in the document", op.OperationID, kind)
		return
	}
	if m.Schema.Format == "binary" {
		return
	}
	d.shaped(op.OperationID, m.Schema, w.Body.Bytes())
}

// shaped holds JSON to a schema.
func (d *door) shaped(name string, s *huma.Schema, text []byte) {
	d.t.Helper()
	if s == nil {
		return
	}
	var v any
	d.Must(json.NewDecoder(bytes.NewReader(text)).Decode(&v))
	res := &huma.ValidateResult{}
	huma.Validate(d.server.api.OpenAPI().Components.Schemas, s, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, v, res)
	for _, err := range res.Errors {
		d.t.Errorf("%s: %v in %.300s", name, err, text)
	}
}

// problemOf reads a problem and holds it to its shape.
func (d *door) problemOf(name string, w *httptest.ResponseRecorder) shape.Problem {
	d.t.Helper()
	var p shape.Problem
	if kind := w.Header().Get("Content-Type"); kind != shape.ProblemType {
		d.t.Errorf("%s: %d %s %s, want %s", name, w.Code, kind, w.Body, shape.ProblemType)
		return p
	}
	d.shaped(name, &huma.Schema{Ref: "#/components/schemas/Problem"}, w.Body.Bytes())
	d.Must(json.Unmarshal(w.Body.Bytes(), &p))
	if p.Status != w.Code || p.Detail == "" || p.Instance != "/requests/"+w.Header().Get("X-Request-Id") {
		d.t.Errorf("%s: %+v with status %d and request %s", name, p, w.Code, w.Header().Get("X-Request-Id"))
	}
	if !slices.ContainsFunc(problems, func(k kind) bool { return p.Type == "/api/problems/"+k.Name && p.Title == k.Title }) {
		d.t.Errorf("%s: type %q is not in the table", name, p.Type)
	}
	return p
}

func TestProblems(t *testing.T) {
	d := filled(t, storetest.SQLite(t))
	tests := []struct {
		name   string
		ask    asked
		status int
		kind   kind
		says   string
	}{
		{"no such address", asked{path: "/api/v1/nothing"}, 404, notFound, "接口没有这个地址"},
		{"another method", asked{method: "POST", path: "/api/v1/plans"}, 405, wrongMethod, "Allow"},
		{"no such plan", asked{path: "/api/v1/plans/x"}, 404, notFound, "没有公布过这份计划"},
		{"no such firm", asked{path: "/api/v1/firms/91130132MA07XXXX0X"}, 404, notFound, "没有该企业"},
		{"no such authority", asked{path: "/api/v1/plans?authority=x"}, 404, notFound, "没有这个单位"},
		{"not published", asked{path: "/api/v1/results/" + d.forms[6].ID}, 404, notFound, "没有公示过"},
		{"unknown parameter", asked{path: "/api/v1/results?yaer=2022"}, 400, badRequest, "yaer"},
		{"no number", asked{path: "/api/v1/results?limit=x"}, 400, badRequest, "limit"},
		{"too many", asked{path: "/api/v1/results?limit=501"}, 400, badRequest, "不能大于 500"},
		{"bad cursor", asked{path: "/api/v1/results?cursor=abc"}, 400, badRequest, "cursor 不是"},
		{"crafted cursor", asked{path: "/api/v1/results?cursor=YWJjZGVmZ2hpamtsbW5v"}, 400, badRequest, "cursor 不是"},
		{"no such code", asked{path: "/api/v1/results?code=R99"}, 400, badRequest, "没有结果代码"},
		{"too short", asked{path: "/api/v1/firms?q=x"}, 400, badRequest, "至少 2 个字"},
		{"nothing to look for", asked{path: "/api/v1/firms"}, 400, badRequest, "query.q"},
		{"no token", asked{path: "/api/v1/office/targets"}, 401, signIn, "Bearer"},
		{"no such token", asked{path: "/api/v1/office/targets", token: "suiji_130132-rs_X_Y"}, 401, signIn, "令牌无效"},
	}
	for _, tt := range tests {
		w := d.ask(tt.ask)
		p := d.problemOf(tt.name, w)
		if w.Code != tt.status || p.Title != tt.kind.Title || !strings.Contains(p.Detail+w.Header().Get("Allow"), tt.says) && tt.says != "Allow" {
			t.Errorf("%s: %d %q %q, want %d %q with %q", tt.name, w.Code, p.Title, p.Detail, tt.status, tt.kind.Title, tt.says)
		}
	}
	if w := d.ask(asked{method: "POST", path: "/api/v1/plans"}); w.Header().Get("Allow") != "GET" {
		t.Errorf("Allow = %q, want GET", w.Header().Get("Allow"))
	}
}

// Pages of a list hold together while results are added, and a cursor is good
// for its own list alone.
func TestCursors(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := filled(t, db)
		first := read[Page[shape.Result]](d, "/api/v1/results?limit=2&count=exact")
		if len(first.Items) != 2 || first.NextCursor == "" || first.Total == nil || *first.Total != 4 {
			t.Fatalf("first page = %+v, want 2 of 4", first)
		}
		seen := []string{first.Items[0].Form, first.Items[1].Form}
		d.Must(d.server.Disclosure.Publish(t.Context(), reviewer, d.ids(5, 7)))
		w := d.get("/api/v1/results?limit=2&cursor=" + first.NextCursor)
		link := regexp.MustCompile(`^<(/api/v1/results\?.*cursor=[\w-]+.*)>; rel="next"$`)
		var second Page[shape.Result]
		d.Must(json.Unmarshal(w.Body.Bytes(), &second))
		for _, r := range second.Items {
			seen = append(seen, r.Form)
		}
		slices.Sort(seen)
		if len(slices.Compact(seen)) != 4 || second.NextCursor != "" || w.Header().Get("Link") != "" {
			t.Errorf("pages = %v, next %q, want the four that were there", seen, second.NextCursor)
		}
		if l := d.get("/api/v1/results?limit=2").Header().Get("Link"); !link.MatchString(l) {
			t.Errorf("Link = %q", l)
		} else if w := d.get(link.FindStringSubmatch(l)[1]); w.Code != http.StatusOK {
			t.Errorf("the next page: %d %s", w.Code, w.Body)
		}
		for _, path := range []string{"/api/v1/results?year=2022&limit=2&cursor=", "/api/v1/corrections?cursor=", "/api/v1/items?cursor="} {
			if p := d.problemOf(path, d.get(path+first.NextCursor)); p.Status != 400 {
				t.Errorf("%s with another list's cursor: %+v", path, p)
			}
		}
		whole := read[Page[shape.Inspector]](d, "/api/v1/inspectors").Items
		var parts []shape.Inspector
		for next := "?limit=3"; next != ""; {
			p := read[Page[shape.Inspector]](d, "/api/v1/inspectors"+next)
			parts = append(parts, p.Items...)
			if next = ""; p.NextCursor != "" {
				next = "?limit=3&cursor=" + p.NextCursor
			}
		}
		if len(whole) != 8 || fmt.Sprint(whole) != fmt.Sprint(parts) {
			t.Errorf("by threes: %v, want %v", parts, whole)
		}
	})
}

// read gets JSON.
func read[T any](d *door, path string) (v T) {
	d.t.Helper()
	w := d.get(path)
	if w.Code != http.StatusOK {
		d.t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	d.Must(json.Unmarshal(w.Body.Bytes(), &v))
	return v
}

// What is the same is not sent again; everybody may read it from anywhere.
func TestCachingAndCORS(t *testing.T) {
	d := filled(t, storetest.SQLite(t))
	w := d.get("/api/v1/firms/" + d.forms[0].Firm.Code)
	tag := w.Header().Get("ETag")
	if tag == "" || w.Header().Get("Cache-Control") != "public, max-age=60" || w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("headers = %v", w.Header())
	}
	again := d.ask(asked{path: "/api/v1/firms/" + d.forms[0].Firm.Code, none: tag})
	if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("again: %d with %d bytes, want 304", again.Code, again.Body.Len())
	}
	d.Must(d.server.Disclosure.Withdraw(t.Context(), reviewer, d.forms[0].ID, "名称有误"))
	w = d.ask(asked{path: "/api/v1/firms/" + d.forms[0].Firm.Code, none: tag})
	var firm shape.Firm
	if err := json.Unmarshal(w.Body.Bytes(), &firm); w.Code != http.StatusOK || err != nil || firm.Name+firm.Code != "" || firm.Results+len(firm.Records) != 0 ||
		len(firm.Withdrawn) != 1 || firm.Withdrawn[0].Record != nil || firm.Withdrawn[0].Reason != "名称有误" {
		t.Errorf("withdrawn: %d %+v, %v; want the withdrawal alone, without its content", w.Code, firm, err)
	}
	gone := read[shape.PublicResult](d, "/api/v1/results/"+d.forms[0].ID)
	if last := gone.Versions[len(gone.Versions)-1]; last.State != "withdrawn" || last.Record != nil || last.Reason == "" || gone.Versions[0].Record != nil {
		t.Errorf("withdrawn: %+v", gone)
	}
	pre := d.ask(asked{method: http.MethodOptions, path: "/api/v1/results"})
	if pre.Code != http.StatusNoContent || pre.Header().Get("Access-Control-Allow-Methods") != "GET, HEAD" {
		t.Errorf("preflight: %d %v", pre.Code, pre.Header())
	}
	if o := d.ask(asked{path: "/api/v1/office/targets"}); o.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Error("the office's operations may be read from other sites")
	}
}

// Whoever asks too often is told when to come again.
func TestLimits(t *testing.T) {
	d := newDoor(t, storetest.SQLite(t))
	d.server.Limits = Limits{Address: 3, Token: 2}
	for i, left := range []string{"2", "1", "0"} {
		if w := d.get("/api/v1/authorities"); w.Code != http.StatusOK || w.Header().Get("RateLimit-Remaining") != left || w.Header().Get("RateLimit-Limit") != "3" {
			t.Errorf("request %d: %d %v, want %s left", i, w.Code, w.Header(), left)
		}
	}
	w := d.get("/api/v1/authorities")
	if p := d.problemOf("too often", w); p.Title != tooMany.Title || w.Header().Get("Retry-After") != "21" {
		t.Errorf("%+v, Retry-After %q, want 429 and 21", p, w.Header().Get("Retry-After"))
	}
	d.At(d.Now().Add(21_000_000_000))
	if w := d.get("/api/v1/authorities"); w.Code != http.StatusOK {
		t.Errorf("after 21 seconds: %d", w.Code)
	}
}

// The page is whole without anything from elsewhere.
func TestDocsPage(t *testing.T) {
	d := newDoor(t, storetest.SQLite(t))
	w := d.get("/api")
	if w.Code != http.StatusOK {
		t.Fatalf("/api: %d", w.Code)
	}
	text := w.Body.String()
	for _, op := range operations(d.server.api.OpenAPI()) {
		if !strings.Contains(text, `id="`+op.OperationID+`"`) {
			t.Errorf("%s is not on the page", op.OperationID)
		}
	}
	for _, m := range regexp.MustCompile(`(?:src|href|action)="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		if id, ok := strings.CutPrefix(m[1], "#"); ok && !strings.Contains(text, `id="`+id+`"`) {
			t.Errorf("%s leads nowhere", m[1])
		} else if !ok && !strings.HasPrefix(m[1], "/") {
			t.Errorf("%s is elsewhere", m[1])
		}
	}
	if regexp.MustCompile(`<script(>| [^s])`).MatchString(text) || strings.Contains(text, " style=") {
		t.Error("script or style inside the page")
	}
	if w := d.get("/api/problems/conflict"); w.Header().Get("Location") != "/api#problem-conflict" {
		t.Errorf("a problem's address leads to %q", w.Header().Get("Location"))
	}
}
