package page

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// A Crowd lets so many readers' requests be answered at a time, and so many more wait
// for a place, each so long. Whoever comes when the waiting room is full, or has
// waited in vain, is told at once to come again later (503): so those who are
// let in are answered in time, memory has a bound, and what stands outside the
// crowd — the office at its work, the phones, a draw — goes on.
type Crowd struct {
	here     atomic.Int64 // inside or waiting
	most     int64
	inside   chan struct{}
	patience time.Duration
	turned   atomic.Int64 // told to come again
}

// NewCrowd returns a crowd of at most inside requests and so many waiting.
func NewCrowd(inside, waiting int, patience time.Duration) *Crowd {
	return &Crowd{most: int64(inside + waiting), inside: make(chan struct{}, inside), patience: patience}
}

// Through is h for those who get a place. One crowd may stand before several
// handlers.
func (c *Crowd) Through(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.serve(h, w, r) })
}

func (c *Crowd) serve(h http.Handler, w http.ResponseWriter, r *http.Request) {
	if !reads(r) {
		h.ServeHTTP(w, r) // somebody works
		return
	}
	if !c.enter(r) {
		c.turn(w, r)
		return
	}
	defer c.leave()
	runtime.Gosched() // who has come meanwhile is counted, and waits for a place, no more for the processor
	h.ServeHTTP(w, r)
}

func reads(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// turn tells a reader to come again later.
func (c *Crowd) turn(w http.ResponseWriter, r *http.Request) {
	c.turned.Add(1)
	comeAgain(w, r)
}

// full reports whether whoever comes now would be turned away at once.
func (c *Crowd) full() bool { return c.here.Load() >= c.most }

// enter waits for a place as long as there is one to wait in.
func (c *Crowd) enter(r *http.Request) bool {
	if c.here.Add(1) > c.most {
		c.here.Add(-1)
		return false
	}
	select {
	case c.inside <- struct{}{}:
		return true
	default:
	}
	late := time.NewTimer(c.patience)
	defer late.Stop()
	select {
	case c.inside <- struct{}{}:
		return true
	case <-late.C:
	case <-r.Context().Done():
	}
	c.here.Add(-1)
	return false
}

func (c *Crowd) leave() {
	<-c.inside
	c.here.Add(-1)
}

// Crowds are the two in which the public comes, as large as the processors can
// serve: who reads, and who takes whole files away. So neither keeps the office
// from its work, nor one the other waiting.
type Crowds struct {
	readers, takers *Crowd
	ours            func(*http.Request) bool // leads to what stands behind the readers' crowd
}

// each is how many readers a processor serves at a time: more than it can keep
// busy take turns, and the office takes turns with them.
const each = 8

// NewCrowds returns them empty.
func NewCrowds() *Crowds {
	n := runtime.GOMAXPROCS(0)
	return &Crowds{readers: NewCrowd(each*n, 256*n, time.Second), takers: NewCrowd(4*n, 16*n, 5*time.Second)}
}

// Turned is how many were told to come again so far.
func (c *Crowds) Turned() int64 { return c.readers.turned.Load() + c.takers.turned.Load() }

// Told writes a line for each minute in which somebody was told to come again,
// until ctx ends: a line for each of them would cost more than the telling.
func (c *Crowds) Told(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for before := int64(0); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if n := c.Turned(); n > before {
			log.WarnContext(ctx, "crowded: readers were told to come again", "readers", n-before)
			before = n
		}
	}
}

// Early turns readers away before anything else is done for them, while their
// waiting room is full: five times as many as can be answered come to more
// work than the answers, else. ours reports whether a request leads to what
// stands behind the readers' crowd.
func (c *Crowds) Early(ours func(*http.Request) bool) Middleware {
	c.ours = ours
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if c.tooMany(r) {
				c.readers.turn(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

func (c *Crowds) tooMany(r *http.Request) bool {
	return c.readers.full() && reads(r) && !whole(r.URL.Path) && c.ours(r)
}

// Through is h for those who get a place in their crowd.
func (c *Crowds) Through(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		of := c.readers
		if whole(r.URL.Path) {
			of = c.takers
		}
		of.serve(h, w, r)
	})
}

// whole reports whether a path leads to a file that is taken away whole: a table of
// the open data, a draw's bundle.
func whole(path string) bool {
	return strings.HasPrefix(path, "/data/") || strings.HasPrefix(path, "/api/v1/datasets/") || strings.HasSuffix(path, ".zip") || strings.HasSuffix(path, "/bundle")
}

// againAfter is after how many seconds one may come again.
const againAfter = 5

var crowded = refusal("访问的人太多", `<h1>现在访问的人太多</h1><p>这一页暂时没有打开，没有任何内容丢失或改变。请 5 秒以后刷新。</p>
<div lang="en"><h2>Too many visitors</h2><p>Nothing was lost or changed. Please reload in 5 seconds.</p></div>`)

const crowdedTwin = `{"type":"about:blank","title":"访问的人太多","status":503,"detail":"暂时没有答复，没有任何改动。请在 Retry-After 的秒数以后再请求。"}
`

// An again is a refusal that is made already: net/http copies its head and
// changes nothing of it. The page holds nothing that a browser would load.
type again struct {
	head http.Header
	body string
	raw  []byte // both, for who is told without net/http
}

func newAgain(kind, body string) again {
	head := http.Header{"Content-Type": {kind}, "Content-Length": {strconv.Itoa(len(body))}, "Cache-Control": {"no-store"}, "Retry-After": {strconv.Itoa(againAfter)},
		"Content-Security-Policy": {refusalPolicy}, "X-Content-Type-Options": {"nosniff"}}
	return again{head, body, raw(http.StatusServiceUnavailable, head, body)}
}

var (
	againPage = newAgain("text/html; charset=utf-8", crowded)
	againTwin = newAgain("application/problem+json", crowdedTwin)
)

// comeAgain refuses a request as cheaply as it can be done: no template, no
// database, nothing that is made for it.
func comeAgain(w http.ResponseWriter, r *http.Request) {
	mark(r)
	a := againOf(r)
	maps.Copy(w.Header(), a.head)
	w.WriteHeader(http.StatusServiceUnavailable)
	io.WriteString(w, a.body) // whoever does not read it has gone
}

func againOf(r *http.Request) again {
	if asksTwin(r) {
		return againTwin
	}
	return againPage
}
