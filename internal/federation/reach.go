package federation

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// Limits of what the provider is waited for, and what it may send.
const (
	patience    = 10 * time.Second
	answerLimit = 1 << 20
)

// listed reaches the hosts of a list, and no others.
type listed struct {
	hosts []string
	via   http.RoundTripper
}

// RoundTrip sends a request to a host of the list.
func (l listed) RoundTrip(r *http.Request) (*http.Response, error) {
	if !slices.Contains(l.hosts, strings.ToLower(r.URL.Hostname())) {
		return nil, fmt.Errorf("%s is not among the hosts that may be reached", r.URL.Hostname())
	}
	if r.URL.Scheme != "https" && !local(r.URL) {
		return nil, fmt.Errorf("%s is not https", r.URL.Host)
	}
	res, err := l.via.RoundTrip(r)
	if err == nil {
		res.Body = bounded{io.LimitReader(res.Body, answerLimit), res.Body}
	}
	return res, err
}

// bounded is a body of which no more than a limit is read.
type bounded struct {
	io.Reader
	io.Closer
}

// reaching gives a context the client for a list of hosts.
func reaching(hosts []string) func(context.Context) context.Context {
	c := client(hosts)
	return func(ctx context.Context) context.Context { return oidc.ClientContext(ctx, c) }
}

// client reaches the hosts of a list, directly, and follows no redirection.
func client(hosts []string) *http.Client {
	return &http.Client{
		Transport:     listed{hosts, &http.Transport{Proxy: nil, TLSHandshakeTimeout: patience, ResponseHeaderTimeout: patience}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       patience,
	}
}
