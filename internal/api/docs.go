package api

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"suiji/internal/counter"
	"suiji/internal/page"
)

// pages registers the door's pages for people.
func (s *Server) pages(mux *http.ServeMux) {
	mux.Handle("GET /api", s.set.Public("docs", s.docs))
	mux.HandleFunc("GET /api/problems/{name}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/api#problem-"+r.PathValue("name"), http.StatusSeeOther)
	})
	mux.Handle("/", s.set.NotFound())
}

// frame stands around the door's pages: that of officials under /w, else what
// everybody sees.
func (s *Server) frame(r *http.Request) page.Frame {
	if strings.HasPrefix(r.URL.Path, "/w") {
		return counter.Frame(s.Identity)(r)
	}
	f := page.Frame{Site: "双随机、一公开 抽查公示", Home: "/", Nav: []page.Link{{Word: "首页", Href: "/"}, {Word: "开放数据", Href: "/data"}, {Word: "接口", Href: "/api"}}}
	if a, err := s.officeOf(r.Context(), "", ""); err == nil {
		f.Unit = a.Name
		f.Footer = []page.Fact{{Name: "主办单位", Text: a.Name}, {Name: "联系电话", Text: a.Phone}, {Text: "无障碍说明", Href: "/accessibility"}, {Text: "隐私说明", Href: "/privacy"}}
	}
	return f
}

// docsPage is the document for people.
type docsPage struct {
	page.Base
	Server  string
	Address int // requests a minute
	Token   int
	Groups  []docGroup
	Kinds   []kind
	Shapes  []docShape
}

// docGroup are the operations of one kind.
type docGroup struct {
	Name string
	Ops  []docOp
}

// docOp is one operation.
type docOp struct {
	ID, Method, Path, Summary string
	About                     []string // paragraphs
	Params                    []docField
	Sends, Answers            docType
	Statuses                  string
	Examples                  []string
}

// docField is a parameter or a member.
type docField struct {
	Name, Where string
	Type        docType
	Need        bool
	Words       string
}

// docType is a type in a word, with the shape that it leads to.
type docType struct{ Word, Shape string }

// docShape is one schema.
type docShape struct {
	Name   string
	Fields []docField
}

func (s *Server) docs(*http.Request) (page.Page, error) {
	d := s.api.OpenAPI()
	p := &docsPage{Base: page.Base{Title: "接口"}, Server: s.BaseURL, Address: s.Limits.Address, Token: s.Limits.Token, Kinds: problems}
	for _, op := range operations(d) {
		i := slices.IndexFunc(p.Groups, func(g docGroup) bool { return g.Name == op.Tags[0] })
		if i < 0 {
			i, p.Groups = len(p.Groups), append(p.Groups, docGroup{Name: op.Tags[0]})
		}
		p.Groups[i].Ops = append(p.Groups[i].Ops, s.docOp(op))
	}
	slices.SortStableFunc(p.Groups, func(a, b docGroup) int { return cmp.Compare(groupOrder(a.Name), groupOrder(b.Name)) })
	for name, schema := range d.Components.Schemas.Map() {
		p.Shapes = append(p.Shapes, docShape{name, fieldsOf(schema)})
	}
	slices.SortFunc(p.Shapes, func(a, b docShape) int { return cmp.Compare(a.Name, b.Name) })
	return p, nil
}

// groupOrder puts what needs no token first.
func groupOrder(name string) int {
	if name == "公开" {
		return 0
	}
	return 1
}

func (s *Server) docOp(op shown) docOp {
	x := docOp{ID: op.OperationID, Method: op.Method, Path: op.Path, Summary: op.Summary}
	for p := range strings.SplitSeq(op.Description, "\n\n") {
		if p != "" {
			x.About = append(x.About, p)
		}
	}
	for _, p := range op.Parameters {
		x.Params = append(x.Params, docField{p.Name, where[p.In], typeOf(p.Schema), p.Required, p.Description})
	}
	if op.RequestBody != nil {
		x.Sends = contentOf(op.RequestBody.Content)
	}
	var statuses []string
	for status, r := range op.Responses {
		statuses = append(statuses, status)
		if status[0] == '2' {
			x.Answers = contentOf(r.Content)
		}
	}
	slices.Sort(statuses)
	x.Statuses = strings.Join(statuses, " ")
	for _, e := range examples {
		if e.id == x.ID {
			x.Examples = append(x.Examples, e.curl(x.Method, s.BaseURL))
		}
	}
	return x
}

var where = map[string]string{"query": "参数", "path": "地址", "header": "请求头"}

// contentOf says what a body is.
func contentOf(content map[string]*huma.MediaType) docType {
	for kind, m := range content {
		t := typeOf(m.Schema)
		if kind != "application/json" {
			t.Word = kind
		}
		return t
	}
	return docType{}
}

// typeOf says a schema in a word.
func typeOf(s *huma.Schema) docType {
	if s == nil {
		return docType{}
	}
	if s.Ref != "" {
		name := path.Base(s.Ref)
		return docType{name, name}
	}
	t := docType{Word: s.Type}
	switch {
	case s.Items != nil:
		of := typeOf(s.Items)
		t = docType{of.Word + " 的数组", of.Shape}
	case s.Format != "" && s.Type == "string":
		t.Word = s.Format
	case s.Type == "string":
		t.Word = "字符串"
	case s.Type == "integer":
		t.Word = "整数"
	case s.Type == "number":
		t.Word = "数"
	case s.Type == "boolean":
		t.Word = "true / false"
	case s.Type == "object":
		t.Word = "对象"
	}
	if len(s.Enum) > 0 {
		t.Word += " " + strings.Trim(fmt.Sprint(s.Enum), "[]")
	}
	return t
}

func fieldsOf(s *huma.Schema) []docField {
	var all []docField
	for name, p := range s.Properties {
		all = append(all, docField{name, "", typeOf(p), slices.Contains(s.Required, name), p.Description})
	}
	slices.SortFunc(all, func(a, b docField) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// curl is an example as one types it.
func (e example) curl(method, base string) string {
	text := "curl"
	if method != http.MethodGet {
		text += " -X " + method
	}
	if e.office {
		text += " -H 'Authorization: Bearer 令牌'"
	}
	if method != http.MethodGet {
		text += " -H 'Idempotency-Key: 每件事一个'"
	}
	if e.match {
		text += ` -H 'If-Match: "先前的 ETag"'`
	}
	switch {
	case e.kind != "":
		text += " -H 'Content-Type: " + e.kind + "' --data-binary @文件"
	case e.body != nil:
		body, err := json.Marshal(e.body)
		if err != nil {
			panic("api: " + err.Error()) // a table of ours
		}
		text += " -H 'Content-Type: application/json' -d '" + string(body) + "'"
	}
	return text + " '" + base + e.path + "'"
}
