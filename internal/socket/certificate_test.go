package socket_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"suiji/internal/errs"
	"suiji/internal/socket"
	"suiji/internal/socket/sockettest"
)

var today = time.Date(2026, 5, 6, 9, 0, 0, 0, time.UTC)

func now() time.Time { return today }

// trusting is a client that trusts leaf alone.
func trusting(leaf *x509.Certificate, set func(*tls.Config)) *http.Client {
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	c := &tls.Config{RootCAs: roots, Time: now}
	set(c)
	return &http.Client{Transport: &http.Transport{TLSClientConfig: c, DisableKeepAlives: true, ForceAttemptHTTP2: true}}
}

// serve answers over HTTPS; trouble counts renewals that were no good.
func serve(t *testing.T, cert, key string) (address string, trouble *atomic.Int32) {
	t.Helper()
	trouble = new(atomic.Int32)
	c, err := socket.Load(cert, key, now, func(error) { trouble.Add(1) })
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) }), ReadHeaderTimeout: time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	done := make(chan error)
	go func() { done <- srv.Serve(c.Around(l)) }()
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return "https://" + l.Addr().String(), trouble
}

// TLS 1.2 and 1.3 are spoken, with HTTP/2 for who can; older protocols, suites
// that keep no secret later, and plain HTTP are not.
func TestCertificate(t *testing.T) {
	cert, key, leaf := sockettest.Pair(t, t.TempDir(), 1, today, today.AddDate(0, 3, 0))
	address, _ := serve(t, cert, key)
	tests := []struct {
		name    string
		set     func(*tls.Config)
		version uint16 // 0: refused
	}{
		{"1.3", func(c *tls.Config) { c.MinVersion = tls.VersionTLS13 }, tls.VersionTLS13},
		{"1.2", func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }, tls.VersionTLS12},
		{"1.1", func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }, 0},
		{"1.2 without forward secrecy", func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256}
		}, 0},
		{"1.2 in CBC mode", func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}
		}, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			resp, err := trusting(leaf, test.set).Get(address)
			if test.version == 0 {
				if err == nil {
					resp.Body.Close()
					t.Fatal("was answered")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.TLS.Version != test.version || resp.Proto != "HTTP/2.0" {
				t.Errorf("spoke %s over %s", resp.Proto, tls.VersionName(resp.TLS.Version))
			}
		})
	}
	resp, err := http.Get("http://" + strings.TrimPrefix(address, "https://"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusBadRequest {
		t.Errorf("plain HTTP got %s", resp.Status)
	}
}

// A renewal is shown to the next who comes; half of one and one that has
// expired are told once, and what was good is shown on.
func TestRenewal(t *testing.T) {
	dir := t.TempDir()
	cert, key, first := sockettest.Pair(t, dir, 1, today, today.AddDate(0, 3, 0))
	address, trouble := serve(t, cert, key)
	shown := func(leaf *x509.Certificate) int64 {
		t.Helper()
		resp, err := trusting(leaf, func(*tls.Config) {}).Get(address)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.TLS.PeerCertificates[0].SerialNumber.Int64()
	}
	// Files of the next pair are put in place one after the other.
	next := t.TempDir()
	nextCert, nextKey, second := sockettest.Pair(t, next, 2, today, today.AddDate(0, 6, 0))
	move := func(from, to string) {
		t.Helper()
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	if got := shown(first); got != 1 {
		t.Fatalf("showed certificate %d first", got)
	}
	move(nextKey, key)
	for range 2 {
		if got := shown(first); got != 1 {
			t.Errorf("showed certificate %d while only the key was new", got)
		}
	}
	if got := trouble.Load(); got != 1 {
		t.Errorf("half a renewal was told %d times", got)
	}
	move(nextCert, cert)
	if got := shown(second); got != 2 {
		t.Errorf("showed certificate %d after the renewal", got)
	}
	thirdCert, thirdKey, _ := sockettest.Pair(t, t.TempDir(), 3, today.AddDate(0, -6, 0), today.AddDate(0, 0, -1))
	move(thirdKey, key)
	move(thirdCert, cert)
	if got := shown(second); got != 2 || trouble.Load() != 2 {
		t.Errorf("an expired renewal: showed certificate %d, told %d times", got, trouble.Load())
	}
	if err := os.Remove(cert); err != nil {
		t.Fatal(err)
	}
	if got := shown(second); got != 2 || trouble.Load() != 3 {
		t.Errorf("no file: showed certificate %d, told %d times", got, trouble.Load())
	}
}

// What cannot be used is refused with a sentence that says what to do.
func TestLoadRefuses(t *testing.T) {
	cert, key, _ := sockettest.Pair(t, t.TempDir(), 1, today, today.AddDate(0, 3, 0))
	other, _, _ := sockettest.Pair(t, t.TempDir(), 2, today, today.AddDate(0, 3, 0))
	oldCert, oldKey, _ := sockettest.Pair(t, t.TempDir(), 3, today.AddDate(-1, 0, 0), today.AddDate(0, 0, -1))
	soonCert, soonKey, _ := sockettest.Pair(t, t.TempDir(), 4, today.AddDate(0, 0, 1), today.AddDate(1, 0, 0))
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, cert, key, want string }{
		{"no key", cert, "", "要一起设置"},
		{"no certificate", "", key, "要一起设置"},
		{"missing certificate", cert + ".x", key, "读不到 HTTPS 证书文件"},
		{"missing key", cert, key + ".x", "读不到 HTTPS 私钥文件"},
		{"no PEM", text, key, "没有 PEM 格式的证书"},
		{"the key for the certificate", key, key, "没有 PEM 格式的证书"},
		{"another's key", other, key, "不是一对"},
		{"a key that is none", cert, text, "不是一对"},
		{"expired", oldCert, oldKey, "已于 2026-05-05 09:00 UTC 到期"},
		{"too early", soonCert, soonKey, "才生效"},
	} {
		_, err := socket.Load(test.cert, test.key, now, nil)
		if got := errs.Sentence(err); errs.KindOf(err) != errs.Invalid || !strings.Contains(got, test.want) {
			t.Errorf("%s: %v, want …%s…", test.name, err, test.want)
		}
	}
	if c, err := socket.Load("", "", now, nil); c != nil || err != nil {
		t.Errorf("nothing set: %v, %v", c, err)
	}
}

// The administrator is told of a certificate before browsers are.
func TestExamine(t *testing.T) {
	cert, key, _ := sockettest.Pair(t, t.TempDir(), 1, today, today.AddDate(0, 3, 0))
	soonCert, soonKey, _ := sockettest.Pair(t, t.TempDir(), 2, today, today.AddDate(0, 0, 14))
	openCert, openKey, _ := sockettest.Pair(t, t.TempDir(), 3, today, today.AddDate(0, 3, 0))
	if err := os.Chmod(openKey, 0o644); err != nil {
		t.Fatal(err)
	}
	const base = "https://suiji.example.gov.cn"
	for _, test := range []struct {
		name, cert, key, base string
		ok                    bool
		want                  string
	}{
		{"none", "", "", base, true, "前面的服务器"},
		{"trusted by nobody", cert, key, base, false, "浏览器会警告"},
		{"another name", cert, key, "https://other.example.gov.cn", false, "没有 other.example.gov.cn"},
		{"nearly over", soonCert, soonKey, base, false, "只剩 14 天"},
		{"open key", openCert, openKey, base, false, "对所有用户开放"},
		{"not there", "x", "y", base, false, "读不到"},
	} {
		if got, ok := socket.Examine(test.cert, test.key, test.base, today); ok != test.ok || !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, %v, want …%s…", test.name, got, ok, test.want)
		}
	}
}
