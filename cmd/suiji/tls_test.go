package main

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"suiji/internal/socket/sockettest"
)

// A server with a certificate speaks HTTPS alone, from TLS 1.2 on; browsers
// are told to stay with it, and cookies go nowhere else. A renewal is shown
// without a restart, and the doctor is content with what the machine trusts.
func TestHTTPS(t *testing.T) {
	w := newTown(t, "")
	start := time.Now().Add(-time.Hour)
	dir := t.TempDir()
	cert, key, first := sockettest.Pair(t, dir, 1, start, start.AddDate(0, 3, 0))
	w.ok(townPassword+"\n", "user", "add", "admin", "--name", "甲", "--role", "admin", "--authority", townAuthority)
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "SUIJI_DATA=" + w.dir, "SUIJI_TLS_CERT=" + cert, "SUIJI_TLS_KEY=" + key,
		"SUIJI_BASE_URL=https://suiji.example.gov.cn", "SSL_CERT_FILE=" + cert}
	s, err := startServer(env, t.TempDir())
	w.must(err)
	t.Cleanup(s.abort)
	trust := x509.NewCertPool()
	trust.AddCert(first)
	client := func(lowest, highest uint16) *http.Client {
		return &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trust, MinVersion: lowest, MaxVersion: highest}, DisableKeepAlives: true, ForceAttemptHTTP2: true}}
	}
	if resp, err := client(tls.VersionTLS10, tls.VersionTLS11).Get(s.address + "/"); err == nil {
		resp.Body.Close()
		t.Error("TLS 1.1 is spoken")
	}
	resp, err := client(tls.VersionTLS13, 0).PostForm(s.address+"/w/login", url.Values{"username": {"admin"}, "password": {townPassword}})
	w.must(err)
	resp.Body.Close()
	cookies := resp.Header.Values("Set-Cookie")
	if resp.StatusCode != http.StatusSeeOther || resp.Proto != "HTTP/2.0" || resp.Header.Get("Strict-Transport-Security") == "" || len(cookies) == 0 {
		t.Errorf("signing in: %s %s, %v", resp.Proto, resp.Status, resp.Header)
	}
	for _, c := range cookies {
		if !strings.HasPrefix(c, "__Host-") || !strings.Contains(c, "Secure") {
			t.Errorf("the cookie %q", c)
		}
	}
	if out, err := w.run(env, "", "doctor"); !strings.Contains(out, "名称相符，签发机构可信") {
		t.Errorf("suiji doctor: %v\n%s", err, out)
	}
	_, _, second := sockettest.Pair(t, dir, 2, start, start.AddDate(0, 6, 0))
	trust.AddCert(second)
	resp, err = client(tls.VersionTLS12, 0).Get(s.address + "/healthz")
	w.must(err)
	resp.Body.Close()
	if n := resp.TLS.PeerCertificates[0].SerialNumber.Int64(); n != 2 {
		t.Errorf("after the renewal certificate %d is shown", n)
	}
	w.must(s.stop())
	if out, err := w.run(env, "", "serve", "--base-url", "http://suiji.example.gov.cn"); err == nil || !strings.Contains(out, "请把 SUIJI_BASE_URL 改成 https://") {
		t.Errorf("with an address that says HTTP: %v\n%s", err, out)
	}
	sockettest.Pair(t, dir, 3, start.AddDate(0, -3, 0), start)
	if out, err := w.run(env, "", "serve", "--listen", "127.0.0.1:0"); err == nil || !strings.Contains(out, "到期，没有启用") {
		t.Errorf("with a certificate that has expired: %v\n%s", err, out)
	}
}
