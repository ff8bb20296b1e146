// Package beacon brings rounds of the drand beacon (公共信标) into the office:
// over HTTPS from the addresses that the installation allows, or out of a file
// that somebody brings from a computer with a network. Where a round comes
// from is no matter, because nothing leaves this package whose signature was
// not verified. It keeps nothing: round.Service.Beacon does. Decision 0023.
package beacon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"suiji/internal/errs"
	"suiji/randomness"
)

// Round is one round of a chain with its signature.
type Round struct {
	Round     int
	Signature string
}

// Limits of a round's file, and of the wait for one address.
const (
	maxFile  = 4 << 10
	patience = 8 * time.Second
)

var errForm = errs.At("file", "这不是 drand 的一轮：应为该轮的 JSON，有 round 和 signature。没有录入任何内容")

// Read reads a round as drand's HTTP interface gives it. The randomness that
// stands beside the signature is worked out anew; one that differs is refused
// with the whole file, because somebody has changed it.
func Read(r io.Reader, chain randomness.Chain) (Round, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return Round{}, errs.Because(errs.Invalid, "文件没有完整读到，没有录入任何内容。请再试一次", err)
	}
	var f struct {
		Round      int    `json:"round"`
		Signature  string `json:"signature"`
		Randomness string `json:"randomness"`
	}
	if len(raw) > maxFile || json.Unmarshal(raw, &f) != nil || f.Round < 1 || f.Signature == "" {
		return Round{}, errForm
	}
	value, err := chain.Value(f.Round, f.Signature)
	if err != nil {
		return Round{}, errs.At("file", fmt.Sprintf("第 %d 轮的签名核验不过：不是 %s 的签名，或者文件被改动过。没有录入，请重新取得这一轮", f.Round, chain.Name))
	}
	if f.Randomness != "" && f.Randomness != value {
		return Round{}, errs.At("file", fmt.Sprintf("第 %d 轮的 randomness 与签名不符，文件被改动过。没有录入，请重新取得这一轮", f.Round))
	}
	return Round{Round: f.Round, Signature: f.Signature}, nil
}

// Client fetches rounds from the allowed addresses.
type Client struct {
	addresses []string
	http      *http.Client
}

// New makes a client of the allowed addresses, each https:// with a host and
// perhaps a path, in the order in which they are tried. Without addresses the
// network is off. transport is how the installation gets out, by a proxy or
// not.
func New(addresses []string, transport http.RoundTripper) (*Client, error) {
	c := &Client{http: &http.Client{Transport: transport, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	for _, a := range addresses {
		u, err := url.Parse(strings.TrimRight(a, "/"))
		if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return nil, errs.E(errs.Invalid, "drand 地址“"+a+"”不对：应以 https:// 开头，例如 https://api.drand.sh")
		}
		c.addresses = append(c.addresses, u.String())
	}
	return c, nil
}

// On reports whether the network may be asked; a nil client may not.
func (c *Client) On() bool { return c != nil && len(c.addresses) > 0 }

// Path is where a round stands on every server of drand.
func Path(chain randomness.Chain, round int) string {
	return fmt.Sprintf("/%s/public/%d", chain.Hash, round)
}

// Fetch asks one address after the other for a round, until one gives a round
// that is verified. Conflict if none does: the round waits, and whoever asked
// may ask again.
func (c *Client) Fetch(ctx context.Context, chain randomness.Chain, round int) (Round, error) {
	if !c.On() {
		return Round{}, errs.E(errs.Conflict, "本系统没有设置可以访问的 drand 地址。请在能上网的电脑上下载这一轮的文件，再在这里上传")
	}
	var failed error
	for _, a := range c.addresses {
		r, err := c.fetch(ctx, a+Path(chain, round), chain)
		if err == nil && r.Round != round {
			err = fmt.Errorf("%s gave round %d", a, r.Round)
		}
		if err == nil {
			return r, nil
		}
		failed = errors.Join(failed, err)
	}
	return Round{}, errs.Because(errs.Conflict, fmt.Sprintf("没有取到 %s 第 %d 轮（已试 %d 个地址）。没有任何改动，不会改用别的随机数；请稍后再试，或者上传这一轮的文件",
		chain.Name, round, len(c.addresses)), failed)
}

func (c *Client) fetch(ctx context.Context, address string, chain randomness.Chain) (Round, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return Round{}, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return Round{}, err
	}
	defer res.Body.Close() // only read
	if res.StatusCode != http.StatusOK {
		return Round{}, fmt.Errorf("%s answers %s", address, res.Status)
	}
	return Read(res.Body, chain)
}
