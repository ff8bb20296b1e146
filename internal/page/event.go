package page

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"suiji/internal/keep"
	"suiji/internal/office"
)

// An Event is a request that a rule of input refused, or turned into nothing, of
// a kind that people who try to get around something send: by mistake now and
// then, in numbers when somebody tries.
type Event string

// The events.
const (
	Elsewhere Event = "form-from-elsewhere" // a form that no page of ours holds
	Replayed  Event = "key-replayed"        // the key of one request with the content of another
	WrongFile Event = "file-kind"           // a file that is not what is taken there, broken or over its limit
	BadPath   Event = "path"                // an address that climbs, or is written to be misread
	Oversize  Event = "oversize"            // more than is taken there
	TooOften  Event = "too-often"           // over the limit of an address
	NoCode    Event = "unknown-code"        // a code, an invitation or a ticket that nobody was given
)

// SetEvent notes what a request was refused for.
func SetEvent(ctx context.Context, e Event) { noteOf(ctx).event = e }

// Suspect notes the event behind an error, if there is one.
func Suspect(ctx context.Context, err error) {
	var file *keep.Refusal
	var table *office.Error
	var big *http.MaxBytesError
	switch {
	case errors.As(err, &big):
		SetEvent(ctx, Oversize)
	case errors.As(err, &file), errors.As(err, &table):
		SetEvent(ctx, WrongFile)
	}
}

// Watched writes a line for each request that is an event, and tells of it. The
// line names the route and the account, not what was sent nor from where. It
// stands inside Numbered, around everything that refuses.
func Watched(log *slog.Logger, tell func(Event)) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rec := &recorder{ResponseWriter: w, status: http.StatusOK}
			defer func() {
				n := noteOf(r.Context())
				if n.event == "" {
					n.event = odd(r, rec.status)
				}
				if n.event == "" {
					return
				}
				tell(n.event)
				log.WarnContext(r.Context(), "security", "event", string(n.event), "method", r.Method, "route", route(r), "status", rec.status, "actor", n.actor, "request", n.id)
			}()
			next.ServeHTTP(rec, r)
		})
	}
}

// odd is the event that a request is by its address and its answer.
func odd(r *http.Request, status int) Event {
	path := strings.ToLower(r.URL.EscapedPath())
	for _, x := range []string{"/../", "%2e%2e", "%2f", "%5c", "%00", `\`} {
		if strings.Contains(path+"/", x) && status >= http.StatusMultipleChoices && !coded(r) {
			return BadPath
		}
	}
	switch {
	case status == http.StatusRequestEntityTooLarge:
		return Oversize
	case status == http.StatusNotFound && coded(r):
		return NoCode
	}
	return ""
}

// coded reports whether a request's address is a secret: what it holds may be
// written as one likes.
func coded(r *http.Request) bool {
	for _, before := range []string{"/c/", "/witness/", "/t/"} {
		if strings.HasPrefix(r.URL.Path, before) {
			return true
		}
	}
	return false
}

// FromHere refuses forms that come from pages of other sites.
func FromHere(next http.Handler) http.Handler {
	c := http.NewCrossOriginProtection()
	c.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		SetEvent(r.Context(), Elsewhere)
		http.Error(w, "这次提交不是从本站的页面来的，没有办理。请打开本站的页面再提交 / cross-origin request refused", http.StatusForbidden)
	}))
	return c.Handler(next)
}

// boundedBody notes that more came than is taken.
type boundedBody struct {
	io.ReadCloser
	ctx context.Context
}

func (b boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		Suspect(b.ctx, err)
	}
	return n, err
}
