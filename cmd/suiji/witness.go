package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"suiji/internal/errs"
	"suiji/internal/scribe"
	"suiji/ledger"
)

// witnessFile names the ledger's outside witnesses, in the data directory: a
// line each, "witness NAME VERIFIER-KEY URL", as witness policies of the C2SP
// family write it. Lines that begin with # are remarks.
const witnessFile = "witnesses"

func readWitnesses(dir string) ([]scribe.Witness, error) {
	path := filepath.Join(dir, witnessFile)
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []scribe.Witness
	for i, line := range strings.Split(string(raw), "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		w, err := readWitness(words)
		if err != nil {
			return nil, errs.Because(errs.Invalid, fmt.Sprintf("%s 第 %d 行不是“witness 名称 验证密钥 网址”，服务没有启动", path, i+1), err)
		}
		all = append(all, w)
	}
	return all, nil
}

func readWitness(words []string) (scribe.Witness, error) {
	if len(words) != 4 || words[0] != "witness" {
		return scribe.Witness{}, errors.New("not four words")
	}
	key, err := ledger.ParseCosigner(words[2])
	if err != nil {
		return scribe.Witness{}, err
	}
	u, err := url.Parse(words[3])
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
		return scribe.Witness{}, fmt.Errorf("%q is no address", words[3])
	}
	return scribe.Witness{Cosigner: key, URL: words[3]}, nil
}

// onlyTo returns a client that reaches the witnesses' own addresses and no
// other: it follows no redirection and asks no proxy.
func onlyTo(witnesses []scribe.Witness) *http.Client {
	allowed := map[string]bool{}
	for _, w := range witnesses {
		if u, err := url.Parse(w.URL); err == nil {
			port := u.Port()
			if port == "" {
				port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
			}
			allowed[net.JoinHostPort(u.Hostname(), port)] = true
		}
	}
	var dialer net.Dialer
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute,
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				if !allowed[address] {
					return nil, fmt.Errorf("%s is not among the witnesses' addresses", address)
				}
				return dialer.DialContext(ctx, network, address)
			},
		},
	}
}

// A witness is asked once a second, and less and less often while it does not
// answer.
const (
	askEvery  = time.Second
	askSeldom = time.Minute
)

// witness has one witness cosign every authority's newest checkpoint, until
// ctx ends. Each witness has a turn of its own: one that is slow holds up no
// other, and none holds up an office.
func (a *app) witness(ctx context.Context, log *slog.Logger, w scribe.Witness) {
	for wait := askEvery; ; {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		err := a.askFor(ctx, w)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			log.Error("ledger", "err", err)
		}
		wait = backOff(wait, err)
	}
}

// backOff is how long to wait before a witness is asked again.
func backOff(waited time.Duration, err error) time.Duration {
	if err == nil {
		return askEvery
	}
	return min(2*waited, askSeldom)
}

func (a *app) askFor(ctx context.Context, w scribe.Witness) error {
	all, err := a.identity.Authorities(ctx)
	if err != nil {
		return err
	}
	for _, x := range all {
		err = errors.Join(err, a.scribe.Ask(ctx, x.ID, w))
	}
	return err
}
