package identity

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"suiji/internal/store"
	"suiji/internal/throttle"
)

// What is counted. A stranger who fails in another's name is stopped at once at
// his own address; the account itself waits only after many failures from many
// places, never long, and never for a browser that its owner has used before:
// nobody can keep the leader out on the day of the draw.
var (
	fromOnePlace = throttle.Limit{Free: 5, Longest: 30 * time.Minute} // First: the profile's
	ofAnAccount  = throttle.Limit{Free: 20, First: time.Minute, Longest: 10 * time.Minute}
	ofAnAddress  = throttle.Limit{Free: 50, First: time.Minute, Longest: 15 * time.Minute}
	ofAProof     = throttle.Limit{Free: 5, First: time.Minute, Longest: 30 * time.Minute} // by somebody who is in, or half way
)

// remote reports whether the attempt's address is one, and another machine's.
func (t Attempt) remote() bool {
	a, err := netip.ParseAddr(t.Address)
	return err == nil && !a.IsLoopback()
}

// Whoever tries one password on ten thousand accounts from as many addresses
// is stopped by no count of one account or one address. So the failures of
// strangers, those from a browser and an address that nobody of the office has
// signed in from, are counted together: in each ten minutes, and in each day.
const (
	burst    = 10 * time.Minute
	burstHas = 100 // failures in it that raise an alarm
	dayHas   = 500 // failures in a day that raise one, or one for each five accounts
)

// ofStrangers lets them try on slowly once there were too many.
var ofStrangers = throttle.Limit{Free: 2 * burstHas, First: 30 * time.Second, Longest: 5 * time.Minute}

// window is the stretch of time that an instant lies in, and the name of what
// strangers do in it.
func window(at time.Time, length time.Duration) (begin time.Time, subject string) {
	begin = at.UTC().Truncate(length)
	return begin, digest("strangers", length.String(), begin.String())
}

// strangers are what a stranger's attempt counts for besides. The day has no
// limit: it would keep out whoever comes last.
func strangers(now time.Time) []throttle.Counted {
	_, quick := window(now, burst)
	_, slow := window(now, throttle.Forget)
	return []throttle.Counted{{Subject: quick, Limit: ofStrangers, Shared: true}, {Subject: slow, Limit: throttle.Limit{Free: 1 << 60}, Shared: true}}
}

// counts says what an attempt counts for. known: it comes from a browser that
// the account has signed in from.
func (s *Service) counts(ctx context.Context, t Attempt, known bool, first time.Duration) ([]throttle.Counted, error) {
	place, name := fromOnePlace, strings.ToLower(t.Username)
	place.First = first
	if known {
		return []throttle.Counted{{Subject: digest("device", name, t.Device), Limit: place}}, nil
	}
	all := []throttle.Counted{{Subject: digest("place", name, t.Address), Limit: place}, {Subject: digest("account", name), Limit: ofAnAccount}}
	if t.remote() {
		all = append(all, throttle.Counted{Subject: digest("address", t.Address), Limit: ofAnAddress, Shared: true})
	}
	familiar, err := s.familiar(ctx, t)
	if !familiar {
		all = append(all, strangers(s.now())...)
	}
	return all, err
}

// familiar reports whether somebody of the office has signed in from an address
// of late. That of this machine says nothing: it is that of a server in front.
func (s *Service) familiar(ctx context.Context, t Attempt) (bool, error) {
	if !t.remote() {
		return false, nil
	}
	n, err := store.One(ctx, s.db, store.Value[int64], `
		SELECT count(*)
		FROM identity_signin
		WHERE authority_id = $1 AND address = $2`, t.Authority, t.Address)
	return n > 0, err
}

// Spray is many failures to sign in by strangers within a short time.
type Spray struct {
	Begin    time.Time     // of the stretch that they were counted in
	Within   time.Duration // its length
	Failures int64
}

// Spray returns the worst of the present and the last stretches of time in which
// strangers failed so often that somebody should look; nothing if there is none.
func (s *Service) Spray(ctx context.Context, authority string) (worst Spray, err error) {
	accounts, err := store.One(ctx, s.db, store.Value[int64], `
		SELECT count(*)
		FROM identity_account
		WHERE authority_id = $1`, authority)
	if err != nil {
		return Spray{}, err
	}
	for _, x := range []struct {
		length time.Duration
		has    int64
	}{{burst, burstHas}, {throttle.Forget, max(dayHas, accounts/5)}} {
		for _, at := range []time.Time{s.now(), s.now().Add(-x.length)} {
			begin, subject := window(at, x.length)
			n, err := s.throttle.Failures(ctx, authority, subject)
			if err != nil {
				return Spray{}, err
			}
			if n >= x.has && worst.Failures == 0 {
				worst = Spray{Begin: begin, Within: x.length, Failures: n}
			}
		}
	}
	return worst, nil
}
