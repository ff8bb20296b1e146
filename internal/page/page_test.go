package page_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"suiji/internal/errs"
	"suiji/internal/page"
)

type firmPage struct {
	page.Base
	Name string
}

// JSON is the twin of a firm.
func (p *firmPage) JSON() any { return map[string]string{"name": p.Name} }

var firmFiles = fstest.MapFS{
	"templates/firm/firm.tmpl": {Data: []byte(`{{define "main"}}<h1>{{.Name}}</h1>
<form method="post">{{template "key" .}}{{template "field" (input $ "name" "名称" .Name "required")}}<button>保存</button></form>{{end}}`)},
	"templates/firm/firm.css":    {Data: []byte("h1{color:red}")},
	"templates/shout/shout.tmpl": {Data: []byte(`{{define "main"}}<h1>{{.Name}}</h1>{{end}}`)},
	"templates/bare/bare.tmpl":   {Data: []byte(`{{template "print" .}}{{define "main"}}<h1>纸</h1>{{end}}`)},
}

func newSet(log io.Writer) *page.Set {
	return page.New(page.Config{
		Name: "test", Files: firmFiles, Layout: "desk", SignIn: "/login",
		Log: slog.New(slog.NewTextHandler(log, nil)),
		Frame: func(*http.Request) page.Frame {
			return page.Frame{Site: "抽查系统", Nav: []page.Link{{Word: "企业", Href: "/firms"}, {Word: "首页", Href: "/"}}}
		},
	})
}

func showFirm(*http.Request) (page.Page, error) {
	return &firmPage{Base: page.Base{Title: "企业"}, Name: "元氏县某公司"}, nil
}

func do(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func post(path string, form url.Values) *http.Request {
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func TestGet(t *testing.T) {
	w := do(newSet(io.Discard).Get("firm", showFirm), httptest.NewRequest("GET", "/firms/1", nil))
	if w.Code != 200 || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("Get = %d %v, want 200 and no-store", w.Code, w.Header())
	}
	for _, want := range []string{
		"<title>企业 - 抽查系统</title>", "<h1>元氏县某公司</h1>", `value="元氏县某公司"`,
		`<a href="/firms" aria-current="page">企业</a>`, `<a href="/">首页</a>`, `/static/test-firm.`,
	} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("Get shows no %q in:\n%s", want, w.Body)
		}
	}
}

func TestPageKeepsItsOwnLayout(t *testing.T) {
	w := do(newSet(io.Discard).Get("bare", showFirm), httptest.NewRequest("GET", "/", nil))
	if !strings.Contains(w.Body.String(), `<body class="paper">`) {
		t.Errorf("page that names the layout print is shown in another:\n%s", w.Body)
	}
}

func TestPost(t *testing.T) {
	cause := errors.New("disk on fire")
	tests := []struct {
		name     string
		err      error
		status   int
		location string
		shows    []string
		hides    []string
	}{
		{"done", nil, 303, "/next", nil, nil},
		{"rule", errs.At("name", "请填写名称"), 422, "", []string{`value="typed"`, `href="#f-name"`, `id="f-name-error"`, "<title>错误："}, []string{`value="k1"`}},
		{"late", errs.E(errs.Conflict, "李敏刚改过"), 409, "", []string{`value="typed"`, "李敏刚改过"}, []string{`value="k1"`}},
		{"no answer", errs.Because(errs.Unknown, "结果未知", cause), 503, "", []string{`value="typed"`, `value="k1"`, "结果未知"}, []string{"fire"}},
		{"gone", errs.E(errs.NotFound, "没有这家企业"), 404, "", []string{"没有这家企业"}, []string{`value="typed"`}},
		{"not his", errs.E(errs.Forbidden, "您没有此项权限"), 403, "", []string{"您没有此项权限"}, nil},
		{"signed out", errs.E(errs.SignIn, ""), 303, "/login?next=%2F", nil, nil},
		{"ours", cause, 500, "", []string{"系统没有完成这次操作", "没有只写入一半"}, []string{"fire"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			act := func(*http.Request) (string, error) { return "/next", tt.err }
			form := url.Values{"name": {"typed"}, "key": {"k1"}}
			w := do(newSet(io.Discard).Post("firm", showFirm, act), post("/firms", form))
			if w.Code != tt.status || w.Header().Get("Location") != tt.location {
				t.Errorf("Post = %d to %q, want %d to %q", w.Code, w.Header().Get("Location"), tt.status, tt.location)
			}
			for _, s := range tt.shows {
				if !strings.Contains(w.Body.String(), s) {
					t.Errorf("page lacks %q:\n%s", s, w.Body)
				}
			}
			for _, s := range tt.hides {
				if strings.Contains(w.Body.String(), s) {
					t.Errorf("page shows %q:\n%s", s, w.Body)
				}
			}
		})
	}
}

func TestFaultIsLoggedWithTheNumberShown(t *testing.T) {
	var log strings.Builder
	fails := func(*http.Request) (page.Page, error) { return nil, errors.New("disk on fire") }
	w := do(page.Numbered(newSet(&log).Get("firm", fails)), httptest.NewRequest("GET", "/firms", nil))
	found := regexp.MustCompile(`<code class="quote">([A-Z2-7]{4}-[A-Z2-7]{4})</code>`).FindStringSubmatch(w.Body.String())
	if found == nil {
		t.Fatalf("no number on the page:\n%s", w.Body)
	}
	if !strings.Contains(log.String(), found[1]) || !strings.Contains(log.String(), "disk on fire") {
		t.Errorf("log lacks the number %s or the cause: %s", found[1], log.String())
	}
}

func TestKeysDiffer(t *testing.T) {
	var b page.Base
	if one, two := b.Key(), b.Key(); one == two || len(one) < 20 {
		t.Errorf("Key() = %q, then %q, want two that cannot be guessed", one, two)
	}
}
