package api

import (
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limits are how many requests a minute are answered: from one address without
// a token, and with one token.
type Limits struct{ Address, Token int }

// limiter counts the requests of each address and token.
type limiter struct {
	mu   sync.Mutex
	seen map[string]*caller
}

type caller struct {
	*rate.Limiter
	last time.Time
}

// mostCallers is how many are remembered; those who were quiet for a minute
// are forgotten first.
const mostCallers = 10_000

// take counts one request of who at a time and says how many are left, and in
// how many seconds the next may come; ok is false if this one came too early.
func (l *limiter) take(who string, perMinute int, now time.Time) (left, wait int, ok bool) {
	l.mu.Lock()
	c := l.seen[who]
	if c == nil {
		l.forget(now)
		c = &caller{Limiter: rate.NewLimiter(rate.Limit(perMinute)/60, perMinute)}
		l.seen[who] = c
	}
	c.last = now
	l.mu.Unlock()
	ok = c.AllowN(now, 1)
	tokens := c.TokensAt(now)
	if !ok {
		wait = int((1-tokens)*60/float64(perMinute)) + 1
	}
	return max(0, int(tokens)), wait, ok
}

func (l *limiter) forget(now time.Time) {
	if len(l.seen) < mostCallers {
		return
	}
	for who, c := range l.seen {
		if now.Sub(c.last) > time.Minute {
			delete(l.seen, who)
		}
	}
	if len(l.seen) >= mostCallers { // more addresses than a minute has seen before: begin anew
		clear(l.seen)
	}
}

// address is who sent a request without a token. Behind a proxy that is the
// proxy: no header that anybody may send is believed.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// within answers 429 to whoever asks too often, and tells everybody how much is
// left (draft-ietf-httpapi-ratelimit-headers).
func (s *Server) within(w http.ResponseWriter, who string, perMinute int) error {
	left, wait, ok := s.limiter.take(who, perMinute, s.Now())
	h := w.Header()
	h.Set("RateLimit-Limit", strconv.Itoa(perMinute))
	h.Set("RateLimit-Remaining", strconv.Itoa(left))
	h.Set("RateLimit-Reset", strconv.Itoa(max(wait, (perMinute-left)*60/perMinute)))
	if ok {
		return nil
	}
	h.Set("Retry-After", strconv.Itoa(wait))
	return an{tooMany, fmt.Sprintf("每分钟最多 %d 次，这一次没有办理。请 %d 秒以后再发；要取全部数据请用开放数据的文件", perMinute, wait)}
}
