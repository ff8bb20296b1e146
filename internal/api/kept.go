package api

import (
	"bytes"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// keeps says of which types an operation's files are, which lie on the disk
// and are read again, or in parts.
func keeps(o operation, types ...string) operation {
	o = downloads(o, types...)
	o.ranged, o.kinds = true, append(o.kinds, unsatisfiable, conflict)
	return o
}

// kept answers with a file that never changes: its digest is its tag, and who
// asks for a part gets that (RFC 9110, 14).
func kept(name, kind, digest string, content []byte) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		r, w := humago.Unwrap(ctx)
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(name))
		h.Set("Cache-Control", "private, no-cache")
		h.Set("ETag", `"`+digest+`"`)
		http.ServeContent(&parts{ResponseWriter: w, r: r}, r, "", time.Time{}, bytes.NewReader(content))
	}}
}

// parts answers a part that there is not with a problem.
type parts struct {
	http.ResponseWriter
	r       *http.Request
	refused bool
}

// WriteHeader sends the problem instead of the standard library's text.
func (p *parts) WriteHeader(status int) {
	if p.refused = status == http.StatusRequestedRangeNotSatisfiable; !p.refused {
		p.ResponseWriter.WriteHeader(status)
		return
	}
	for _, name := range []string{"Content-Disposition", "Content-Length", "ETag"} {
		p.Header().Del(name)
	}
	writeProblem(p.ResponseWriter, p.r, an{unsatisfiable, ""})
}

// Write swallows the text.
func (p *parts) Write(b []byte) (int, error) {
	if p.refused {
		return len(b), nil
	}
	return p.ResponseWriter.Write(b)
}
