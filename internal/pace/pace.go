// Package pace counts how often somebody comes, and says when he comes too
// often. It remembers in memory, of a bounded number of people, and of each no
// longer than two minutes: what must outlast a restart is throttle's.
package pace

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limiter counts by whom it is told.
type Limiter struct {
	most        int
	mu          sync.Mutex
	now, before map[string]*rate.Limiter // seen since turned, and in the minute before that
	turned      time.Time
}

// New returns a limiter that remembers at most so many at once, or a few
// thousand if most is 0.
func New(most int) *Limiter {
	if most == 0 {
		most = 20_000
	}
	return &Limiter{most: most / 2, now: map[string]*rate.Limiter{}}
}

// Take counts one request of who at a time and says how many of a minute's are
// left, and in how many seconds the next may come; ok is false if this one came
// too early. Whoever was quiet for a while may come perMinute times at once.
func (l *Limiter) Take(who string, perMinute int, now time.Time) (left, wait int, ok bool) {
	c := l.of(who, perMinute, now)
	ok = c.AllowN(now, 1)
	tokens := c.TokensAt(now)
	if !ok {
		wait = int((1-tokens)*60/float64(perMinute)) + 1
	}
	return max(0, int(tokens)), wait, ok
}

// of finds who was counted before. A minute's quiet is forgotten with the whole
// minute, and when more come than are remembered the quiet half goes: nobody is
// searched for, however many come.
func (l *Limiter) of(who string, perMinute int, now time.Time) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.now) >= l.most || now.Sub(l.turned) > time.Minute {
		l.before, l.now, l.turned = l.now, map[string]*rate.Limiter{}, now
	}
	c := l.now[who]
	if c == nil {
		if c = l.before[who]; c == nil {
			c = rate.NewLimiter(rate.Limit(perMinute)/60, perMinute)
		}
		l.now[who] = c
	}
	return c
}

// Address is whom a request without a name is counted for: the address it comes
// from, of IPv6 the network, since one household has 2⁶⁴ addresses. Headers that
// anybody may send are not looked at: page.Behind has believed the proxies that
// are ours.
func Address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if a = a.Unmap().WithZone(""); a.Is6() {
		if net, err := a.Prefix(64); err == nil {
			return net.String()
		}
	}
	return a.String()
}
