package page

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// Middleware wraps a handler.
type Middleware func(http.Handler) http.Handler

// Chain puts middleware around h, outermost first.
func Chain(h http.Handler, outermostFirst ...Middleware) http.Handler {
	for i := len(outermostFirst) - 1; i >= 0; i-- {
		h = outermostFirst[i](h)
	}
	return h
}

// note is what is learnt about a request on its way in, for the log on its way
// out.
type note struct {
	id      string
	pattern string
	actor   string
	event   Event
}

type noteKey struct{}

func noteOf(ctx context.Context) *note {
	if n, ok := ctx.Value(noteKey{}).(*note); ok {
		return n
	}
	return &note{}
}

// Numbered gives each request a number: eight letters and digits that can be
// read over the telephone.
func Numbered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := rand.Text()[:8]
		n := &note{id: id[:4] + "-" + id[4:]}
		w.Header().Set("X-Request-Id", n.id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), noteKey{}, n)))
	})
}

// Behind gives a request that comes through one of our proxies the address it
// came from before: the last one that X-Forwarded-For names which is no proxy
// of ours. Nobody else's word for it is taken. list is their addresses with
// commas between them; what is none is nobody's.
func Behind(list string) Middleware {
	var proxies []netip.Addr
	for _, x := range strings.Split(list, ",") {
		if a, err := netip.ParseAddr(strings.TrimSpace(x)); err == nil {
			proxies = append(proxies, a)
		}
	}
	ours := func(text string) bool {
		a, err := netip.ParseAddr(text)
		return err == nil && slices.Contains(proxies, a.Unmap())
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			host, port, err := net.SplitHostPort(r.RemoteAddr)
			if err == nil && ours(host) {
				hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
				for i := len(hops) - 1; i >= 0 && ours(host); i-- {
					a, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
					if err != nil {
						break
					}
					host = a.String()
				}
				r = r.WithContext(r.Context())
				r.RemoteAddr = net.JoinHostPort(host, port)
			}
			next.ServeHTTP(w, r)
		})
	}
}

// RequestID returns the request's number; empty outside Numbered.
func RequestID(ctx context.Context) string { return noteOf(ctx).id }

// SetActor tells the log who acts: the id of an account, no name.
func SetActor(ctx context.Context, id string) { noteOf(ctx).actor = id }

// SetPattern tells the log which route a request took. Pages do it themselves.
func SetPattern(ctx context.Context, pattern string) { noteOf(ctx).pattern = pattern }

func mark(r *http.Request) { SetPattern(r.Context(), r.Pattern) }

// withoutID hides the request's number, which would give a public page new
// bytes each time.
func withoutID(r *http.Request) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), noteKey{}, &note{}))
}

// route is the pattern that a request took: a door's own, else the whole
// program's.
func route(r *http.Request) string {
	if n := noteOf(r.Context()); n.pattern != "" {
		return n.pattern
	}
	return r.Pattern
}

// Counted tells of each request which route it took, with what status, and how
// long it took. It stands inside Numbered.
func Counted(now func() time.Time, tell func(route string, status int, took time.Duration)) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := now()
			rec := &recorder{ResponseWriter: w, status: http.StatusOK}
			defer func() { tell(route(r), rec.status, now().Sub(start)) }()
			next.ServeHTTP(rec, r)
		})
	}
}

// Logged writes one line a request.
func Logged(log *slog.Logger, now func() time.Time) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := now()
			rec := &recorder{ResponseWriter: w, status: http.StatusOK}
			defer func() {
				n := noteOf(r.Context())
				log.InfoContext(r.Context(), "request", "method", r.Method, "route", route(r), "status", rec.status,
					"ms", now().Sub(start).Milliseconds(), "actor", n.actor, "request", n.id)
			}()
			next.ServeHTTP(rec, r)
		})
	}
}

// recorder remembers the status.
type recorder struct {
	http.ResponseWriter
	status int
	wrote  bool
}

func (w *recorder) WriteHeader(status int) {
	if !w.wrote {
		w.status, w.wrote = status, true
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	w.wrote = true
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Recovered turns a panic into the page of an internal error.
func (s *Set) Recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &recorder{ResponseWriter: w}
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v == http.ErrAbortHandler {
				panic(v)
			}
			s.cfg.Log.ErrorContext(r.Context(), "panic", "request", RequestID(r.Context()), "error", v, "stack", string(debug.Stack()))
			if rec.wrote {
				panic(http.ErrAbortHandler)
			}
			s.showFault(w, r, newFault(0, nil))
		}()
		next.ServeHTTP(rec, r)
	})
}

// Limited bounds the body of a request in bytes: of a form, and of one that
// carries files or is one.
func Limited(form, upload int64) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			limit := form
			if kind := r.Header.Get("Content-Type"); strings.HasPrefix(kind, "multipart/") || kind == "application/octet-stream" {
				limit = upload
			}
			r.Body = boundedBody{http.MaxBytesReader(w, r.Body, limit), r.Context()}
			next.ServeHTTP(w, r)
		})
	}
}

// A body may take this long, and a second more for each of its paceBytes: a weak
// signal gets through, one who sends a byte now and then to hold a place does
// not.
const (
	patience  = time.Minute
	paceBytes = 1 << 10
)

// Patient ends the connection of a body that comes too slowly. now is the
// machine's clock.
func Patient(now func() time.Time) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Body = &pacedBody{ReadCloser: r.Body, conn: http.NewResponseController(w), from: now()}
			next.ServeHTTP(w, r)
		})
	}
}

type pacedBody struct {
	io.ReadCloser
	conn *http.ResponseController
	from time.Time
	n    int64
}

// Read waits as long as the body's pace allows. When it has ended the
// connection waits for nothing: a deadline would end a long answer.
func (b *pacedBody) Read(p []byte) (int, error) {
	b.conn.SetReadDeadline(b.from.Add(patience + time.Duration(b.n/paceBytes)*time.Second))
	n, err := b.ReadCloser.Read(p)
	if b.n += int64(n); err != nil {
		b.conn.SetReadDeadline(time.Time{})
	}
	return n, err
}

// Guarded sets the headers that keep a page what it is: nothing from
// elsewhere, no script or style inside the page, no frame around it.
func Guarded(next http.Handler) http.Handler {
	const policy = "default-src 'self'; img-src 'self' data:; object-src 'none'; " +
		"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()")
		next.ServeHTTP(w, r)
	})
}

// Encrypted has browsers come over HTTPS alone for a year, to hosts below this
// one too, where the public address says that there is HTTPS. That server in
// front may say so itself; twice the same is once.
func Encrypted(base string) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(base, "https://") {
				w.Header().Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
			}
			next.ServeHTTP(w, r)
		})
	}
}
