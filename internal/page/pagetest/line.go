package pagetest

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
)

// Line is the bad line between a client and an office: it drops requests and
// answers, doubles a request at the same moment, breaks one off half-way, and
// lets one arrive after later ones. It carries one request at a time.
type Line struct {
	Office http.Handler
	Dice   *rand.Rand
	Did    map[string]int // how often each of these happened

	mu   sync.Mutex
	late []*http.Request
}

// Serve opens the line and returns its address.
func (l *Line) Serve(t testing.TB) string {
	web := httptest.NewServer(l)
	t.Cleanup(web.Close)
	return web.URL
}

// ServeHTTP passes a request on, or not.
func (l *Line) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	l.mu.Lock() // a browser asks again on another connection before the first has ended
	defer l.mu.Unlock()
	again := func() *http.Request { // it arrives, whatever becomes of who sent it
		c := r.Clone(context.WithoutCancel(r.Context()))
		c.Body = io.NopCloser(bytes.NewReader(body))
		return c
	}
	if len(l.late) > 0 && l.Dice.IntN(2) == 0 {
		l.arrive(l.Dice.IntN(len(l.late)))
	}
	switch p := l.Dice.IntN(100); {
	case p < 15:
		l.Did["request dropped"]++
		panic(http.ErrAbortHandler)
	case p < 30:
		l.late = append(l.late, again())
		panic(http.ErrAbortHandler)
	case p < 45:
		l.Did["doubled"]++
		var other sync.WaitGroup
		other.Go(func() { l.unheard(again()) })
		defer other.Wait()
	case p < 60:
		l.Did["answer dropped"]++
		l.unheard(again())
		panic(http.ErrAbortHandler)
	case p < 70:
		l.Did["broken off"]++
		l.breakOff(again(), body)
		panic(http.ErrAbortHandler)
	}
	l.Office.ServeHTTP(w, again())
}

// unheard delivers a request whose answer nobody hears.
func (l *Line) unheard(r *http.Request) { l.Office.ServeHTTP(httptest.NewRecorder(), r) }

// breakOff delivers a part of a request.
func (l *Line) breakOff(r *http.Request, body []byte) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	r = r.WithContext(ctx)
	r.Body = io.NopCloser(&breaking{b: body[:l.Dice.IntN(len(body)+1)], cancel: cancel})
	l.unheard(r)
}

// arrive delivers what is late.
func (l *Line) arrive(i int) {
	l.Did["late"]++
	l.unheard(l.late[i])
	l.late = slices.Delete(l.late, i, i+1)
}

// Arrive delivers all that is late.
func (l *Line) Arrive() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.late) > 0 {
		l.arrive(0)
	}
}

// breaking is a body of which no more than b comes.
type breaking struct {
	b      []byte
	cancel func()
}

// Read gives what came before the break.
func (b *breaking) Read(p []byte) (int, error) {
	if len(b.b) == 0 {
		b.cancel()
		return 0, io.ErrUnexpectedEOF
	}
	n := copy(p, b.b)
	b.b = b.b[n:]
	return n, nil
}
