package pagetest

import (
	"html/template"
	"strings"
	"testing"

	"suiji/internal/page"
)

type firm struct {
	Name  string
	Times int
	Tags  map[string]string
}

func (f *firm) Late(days int) bool { return days > f.Times }

type samplePage struct {
	page.Base
	Firms []firm
	First *firm
	Any   any
	Box   page.Notice
}

func TestProblems(t *testing.T) {
	tests := []struct {
		name, text, want string
	}{
		{"fields", `{{.Title}}{{.First.Name}}{{range .Firms}}{{.Name}}{{end}}`, ""},
		{"unknown field", `{{.Nmae}}`, "no field or method Nmae"},
		{"in a range", `{{range $i, $f := .Firms}}{{$i}}{{$f.Nmae}}{{end}}`, "no field or method Nmae"},
		{"root in a range", `{{range .Firms}}{{$.Title}}{{$.Nmae}}{{end}}`, "no field or method Nmae"},
		{"else keeps the dot", `{{range .Firms}}{{.Name}}{{else}}{{.Title}}{{end}}`, ""},
		{"with", `{{with .First}}{{.Name}}{{.Title}}{{end}}`, "no field or method Title"},
		{"range over text", `{{range .Title}}{{end}}`, "range over string"},
		{"method of pointer", `{{range .Firms}}{{.Late 3}}{{end}}`, ""},
		{"method wants an int", `{{.First.Late "3"}}`, "argument 1 is string, want int"},
		{"method wants one", `{{.First.Late}}`, "0 arguments, wants 1"},
		{"field takes none", `{{.Title 3}}`, "no method Title"},
		{"unexported", `{{.held}}`, "no field or method held"},
		{"map", `{{.First.Tags.a}}{{index .First.Tags "b"}}`, ""},
		{"index by text", `{{index .Firms "b"}}`, "no index of string"},
		{"field of index", `{{(index .Firms 0).Nmae}}`, "no field or method Nmae"},
		{"any hides", `{{.Any.Name}}`, "no field or method Name"},
		{"function", `{{count .First.Times}}{{.First.Name | dash}}{{yes true}}`, ""},
		{"function wants a bool", `{{yes .Title}}`, "argument 1 is string, want bool"},
		{"handed on", `{{.Title | yes}}`, "argument 1 is string, want bool"},
		{"result of a function", `{{(input $ "a" "b" "").Nmae}}`, "no field or method Nmae"},
		{"not the page", `{{range .Firms}}{{input . "a" "b" ""}}{{end}}`, "want page.Page"},
		{"a part with its argument", `{{template "tag" (tag "ok" "x")}}`, ""},
		{"a part with another", `{{template "tag" .First}}`, "no field or method Word"},
		{"a part without", `{{template "tag"}}`, "cannot tell"},
		{"defined here", `{{define "row"}}{{.Nmae}}{{end}}{{range .Firms}}{{template "row" .}}{{end}}`, "no field or method Nmae"},
		{"comparison", `{{if eq .Title "x"}}{{end}}{{if gt .First.Times 3}}{{end}}`, ""},
		{"unlike", `{{if eq .Title 3}}{{end}}`, "string is compared with int"},
		{"always true", `{{if .Box}}{{end}}`, "always true"},
		{"variable", `{{$f := .First}}{{$f.Name}}{{$f = .Title}}`, "becomes a string"},
		{"no such template", `{{template "nowhere" .}}`, "no template"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tmpl := template.New("page").Funcs(page.Funcs())
			template.Must(tmpl.New("tag").Parse(`{{.Word}}`))
			template.Must(tmpl.Parse(tt.text))
			got := strings.Join(Problems(tmpl, &samplePage{}), "\n")
			if got == "" && tt.want == "" {
				return
			}
			if tt.want == "" || !strings.Contains(got, tt.want) {
				t.Errorf("Problems(%s) = %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}

const samplePageText = `<html lang="zh"><head><title>t</title></head><body><h1 id="top">对象</h1>
<table class="list plain"><tr><td data-label="n">一</td><td data-label="n">二</td></tr></table>
<form><label for="a">名</label><input id="a" name="a" type="text"></form><p><b>x</b></p></body></html>`

func TestWant(t *testing.T) {
	tests := []struct {
		name string
		want Want
		ok   bool
	}{
		{"text", Want{"h1": "对象"}, true},
		{"other text", Want{"h1": "人员"}, false},
		{"number", Want{"table.list td": 2}, true},
		{"other number", Want{"td": 3}, false},
		{"inside", Want{"table.list.plain": Want{"td": "二"}}, true},
		{"outside", Want{"table": Want{"h1": true}}, false},
		{"attribute", Want{`input#a[name=a][type="text"]`: true, "input[value]": false}, true},
		{"child", Want{"p > b": 1, "body > b": 0, "body > p > b": 1}, true},
		{"either", Want{"h1, b": 2}, true},
		{"missing", Want{".nowhere": Want{"b": 1}}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.want.Problems(samplePageText); len(got) == 0 != tt.ok {
				t.Errorf("Problems() = %q, want none: %v", got, tt.ok)
			}
		})
	}
}

func TestManners(t *testing.T) {
	tests := []struct{ name, cut, put, want string }{
		{"good", "", "", ""},
		{"no language", ` lang="zh"`, "", "no language"},
		{"no title", "<title>t</title>", "", "no title"},
		{"no heading", `<h1 id="top">对象</h1>`, "", "no h1"},
		{"no label", `for="a"`, "", "has no label"},
		{"style", `<h1 id="top"`, `<h1 id="top" style="color:red"`, "forbids style"},
		{"script", "<p>", "<script>alert(1)</script><p>", "forbids it inside"},
		{"from elsewhere", "<p>", `<script src="//cdn.example/x.js"></script><p>`, "from elsewhere"},
		{"same id", `<b>`, `<b id="a">`, "several elements"},
		{"narrow", ` data-label="n"`, "", "no data-label"},
		{"dead end", "<p>", `<a>x</a><p>`, "leads nowhere"},
		{"lost anchor", "<p>", `<a href="#b">x</a><p>`, "leads to nothing"},
		{"empty button", "<p>", `<button></button><p>`, "is empty"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body := strings.Replace(samplePageText, tt.cut, tt.put, 1)
			got := strings.Join(Manners(body), "\n")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("Manners() = %q, want %q", got, tt.want)
			}
		})
	}
}
