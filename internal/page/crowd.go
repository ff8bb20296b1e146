package page

import (
	"net/http"
	"runtime"
	"strings"
	"time"
)

// A Crowd lets so many readers' requests be answered at a time, and so many more wait
// for a place, each so long. Whoever comes when the waiting room is full, or has
// waited in vain, is told at once to come again later (503): so those who are
// let in are answered in time, memory has a bound, and what stands outside the
// crowd — the office at its work, the phones, a draw — goes on.
type Crowd struct {
	inside   chan struct{}
	waiting  chan struct{}
	patience time.Duration
}

// NewCrowd returns a crowd of at most inside requests and as many waiting.
func NewCrowd(inside, waiting int, patience time.Duration) *Crowd {
	return &Crowd{make(chan struct{}, inside), make(chan struct{}, waiting), patience}
}

// Through is h for those who get a place. One crowd may stand before several
// handlers.
func (c *Crowd) Through(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.serve(h, w, r) })
}

func (c *Crowd) serve(h http.Handler, w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.ServeHTTP(w, r) // somebody works
		return
	}
	if !c.enter(r) {
		comeAgain(w, r)
		return
	}
	defer func() { <-c.inside }()
	h.ServeHTTP(w, r)
}

// enter waits for a place as long as there is one to wait in.
func (c *Crowd) enter(r *http.Request) bool {
	select {
	case c.inside <- struct{}{}:
		return true
	default:
	}
	select {
	case c.waiting <- struct{}{}:
		defer func() { <-c.waiting }()
	default:
		return false
	}
	late := time.NewTimer(c.patience)
	defer late.Stop()
	select {
	case c.inside <- struct{}{}:
		return true
	case <-late.C:
	case <-r.Context().Done():
	}
	return false
}

// Crowds are the two in which the public comes, as large as the processors can
// serve: who reads, and who takes whole files away. So neither keeps the office
// from its work, nor one the other waiting.
type Crowds struct{ readers, takers *Crowd }

// NewCrowds returns them empty.
func NewCrowds() *Crowds {
	n := runtime.GOMAXPROCS(0)
	return &Crowds{NewCrowd(8*n, 256*n, time.Second), NewCrowd(4*n, 16*n, 5*time.Second)}
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

const crowded = `<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>访问的人太多</title></head>
<body><h1>现在访问的人太多</h1><p>这一页暂时没有打开，没有任何内容丢失或改变。请 5 秒以后刷新。</p><p lang="en">Too many visitors right now. Nothing was lost or changed. Please reload in 5 seconds.</p></body></html>
`

const crowdedTwin = `{"type":"about:blank","title":"访问的人太多","status":503,"detail":"暂时没有答复，没有任何改动。请在 Retry-After 的秒数以后再请求。"}
`

// comeAgain refuses a request as cheaply as it can be done: no template, no
// database.
func comeAgain(w http.ResponseWriter, r *http.Request) {
	refuse(w, r, http.StatusServiceUnavailable, againAfter, crowded, crowdedTwin)
}
