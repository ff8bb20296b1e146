package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"suiji/internal/shape"
)

// describe completes the document and writes it. It panics if it cannot be
// written: that is a programmer's mistake, found at start.
func describe(d *huma.OpenAPI) []byte {
	for name, schema := range d.Components.Schemas.Map() {
		for field, words := range shape.Words[name] {
			if p := schema.Properties[field]; p != nil && p.Description == "" {
				p.Description = words
			}
		}
	}
	for _, op := range operations(d) {
		headed(op.Operation)
	}
	text, err := json.Marshal(d)
	if err != nil {
		panic("api: " + err.Error())
	}
	return text
}

// shown is one operation with where it is.
type shown struct {
	*huma.Operation
	Path string
}

// operations lists a document's operations by path and method.
func operations(d *huma.OpenAPI) []shown {
	var all []shown
	for path, at := range d.Paths {
		for _, op := range []*huma.Operation{at.Get, at.Put, at.Post, at.Delete, at.Patch} {
			if op != nil {
				all = append(all, shown{op, path})
			}
		}
	}
	slices.SortFunc(all, func(a, b shown) int {
		switch {
		case a.Path+" "+a.Method < b.Path+" "+b.Method:
			return -1
		case a.Path+" "+a.Method > b.Path+" "+b.Method:
			return 1
		}
		return 0
	})
	return all
}

func header(words, kind string) *huma.Param {
	return &huma.Param{Description: words, Schema: &huma.Schema{Type: kind}}
}

// always marks a header that no answer lacks.
func always(h *huma.Param) *huma.Param {
	h.Required = true
	return h
}

// headed says which headers every answer has, and what changes must bring.
func headed(op *huma.Operation) {
	for status, r := range op.Responses {
		if r.Headers == nil {
			r.Headers = map[string]*huma.Param{}
		}
		r.Headers["X-Request-Id"] = always(header("这次请求的编号", "string"))
		r.Headers["RateLimit-Limit"] = always(header("每分钟最多几次（次）", "integer"))
		r.Headers["RateLimit-Remaining"] = always(header("现在还可以几次（次）", "integer"))
		r.Headers["RateLimit-Reset"] = always(header("几秒以后恢复（秒）", "integer"))
		if status == strconv.Itoa(http.StatusTooManyRequests) {
			r.Headers["Retry-After"] = header("几秒以后再发（秒）", "integer")
		}
		if op.Method == http.MethodGet && status == "200" && r.Headers["ETag"] == nil && r.Content["application/json"] != nil {
			r.Headers["ETag"] = header("内容的标记；放进 If-None-Match 再读，没有变化则回答 304", "string")
		}
	}
	if op.Responses["206"] != nil {
		parted(op)
	}
	for _, p := range op.Parameters {
		p.Required = p.Required || p.Name == "If-Match"
	}
	if op.Method == http.MethodGet && !inOffice(op.Path) && op.Responses["200"] != nil && op.Responses["200"].Content["application/json"] != nil {
		op.Parameters = append(op.Parameters, &huma.Param{Name: "If-None-Match", In: "header", Description: "先前的 ETag", Schema: &huma.Schema{Type: "string"}})
		op.Responses["304"] = &huma.Response{Description: "没有变化"}
	}
	if op.Method != http.MethodGet {
		op.Parameters = append(op.Parameters, &huma.Param{Name: "Idempotency-Key", In: "header", Required: true,
			Description: "每件事一个，8 至 100 个可见 ASCII 字符；同一个再发一次得到同样的回答，保存 72 小时", Schema: &huma.Schema{Type: "string", MinLength: ptr(8), MaxLength: ptr(100)}})
	}
}

// parted says how a file is read in parts, and read again.
func parted(op *huma.Operation) {
	for _, status := range []string{"200", "206"} {
		op.Responses[status].Headers["ETag"] = always(header("文件的标记，由它的指纹而来；不会变动", "string"))
		op.Responses[status].Headers["Accept-Ranges"] = always(header("bytes：可以分段读取", "string"))
	}
	op.Responses["206"].Headers["Content-Range"] = always(header("这是哪一段，共有多少字节", "string"))
	op.Responses["304"] = &huma.Response{Description: "没有变化"}
	for _, p := range [][2]string{{"Range", "要哪一段，如 bytes=0-1023"}, {"If-Range", "先前的 ETag；不同则回答整个文件"}, {"If-None-Match", "先前的 ETag"}} {
		op.Parameters = append(op.Parameters, &huma.Param{Name: p[0], In: "header", Description: p[1], Schema: &huma.Schema{Type: "string"}})
	}
}

func ptr[T any](v T) *T { return &v }
